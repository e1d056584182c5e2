// The settings as a whole: named values of the section "answers", and back to the defaults.
#include "app/settings/settings.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace sparsight {
namespace {

constexpr qsizetype kMostPresetName = 60;
constexpr QLatin1String kOwnPrefix("own:");
const QString kUsed = QStringLiteral("preset_used");  // the one that was chosen or saved last

struct BuiltInPreset {
  const char* id;
  double temperature, top_p;
};
constexpr std::array kBuiltInPresets{BuiltInPreset{"exact", 0, 1}, BuiltInPreset{"natural", 0.7, 0.9},
                                     BuiltInPreset{"creative", 1, 0.95}};

struct SettingKey {
  const char* section;
  const char* name;
  const char* fallback;  // as the file has it
};
// "strategy" and "budget" are those of earlier versions. "frames" has no value where the model decides.
constexpr std::array kSettingKeys{SettingKey{"general", "theme", "system"},
                                  SettingKey{"general", "language", "system"},
                                  SettingKey{"general", "scale", "100"},
                                  SettingKey{"general", "motion", "system"},
                                  SettingKey{"general", "reopen_last", "true"},
                                  SettingKey{"answers", "system", ""},
                                  SettingKey{"answers", "temperature", "0"},
                                  SettingKey{"answers", "top_p", "1"},
                                  SettingKey{"answers", "top_k", "0"},
                                  SettingKey{"answers", "new_seed", "true"},
                                  SettingKey{"answers", "seed", "0"},
                                  SettingKey{"answers", "max_new_tokens", "256"},
                                  SettingKey{"tokens", "prune", ""},
                                  SettingKey{"tokens", "prune_budget", ""},
                                  SettingKey{"tokens", "strategy", "sparsevlm-v1.5"},
                                  SettingKey{"tokens", "budget", ""},
                                  SettingKey{"tokens", "frames", ""},
                                  SettingKey{"tokens", "colours", "inferno"},
                                  SettingKey{"tokens", "strength", "0.45"},
                                  SettingKey{"player", "volume", "1"},
                                  SettingKey{"player", "tone_map", "true"},
                                  SettingKey{"machine", "device", "auto"},
                                  SettingKey{"machine", "cuda_folder", ""},
                                  SettingKey{"machine", "threads", "0"},
                                  SettingKey{"machine", "arithmetic", "f32"}};

bool nearly(double a, double b) { return std::abs(a - b) < 0.001; }

QJsonArray read_presets(const QSettings& file) {
  QJsonArray kept;
  const QJsonArray all = QJsonDocument::fromJson(file.value("presets").toString().toUtf8()).array();
  for (const QJsonValue& one : all)
    if (!one["name"].toString().isEmpty() && kept.size() < Settings::mostPresets()) kept.append(one);
  return kept;
}

void write_presets(QSettings& file, const QJsonArray& presets) {
  file.setValue("presets", QString::fromUtf8(QJsonDocument(presets).toJson(QJsonDocument::Compact)));
}

QJsonObject values_of(const Settings& settings) {
  return {{"system", settings.system()},
          {"temperature", settings.temperature()},
          {"top_p", settings.topP()},
          {"top_k", settings.topK()},
          {"new_seed", settings.newSeed()},
          {"seed", settings.seed()},
          {"max_new_tokens", settings.maxNewTokens()}};
}

// The seed counts only where it is used.
bool same_values(const QJsonObject& kept, const QJsonObject& now) {
  for (const char* key : {"temperature", "top_p"})
    if (!nearly(kept[key].toDouble(), now[key].toDouble())) return false;
  for (const char* key : {"system", "top_k", "new_seed", "max_new_tokens"})
    if (kept[key] != now[key]) return false;
  return now["new_seed"].toBool() || kept["seed"] == now["seed"];
}

}  // namespace

QVariantList Settings::presets() const {
  QVariantList list;
  const auto add = [&](const QString& id, const QString& name, bool own) {
    list << QVariantMap{{"id", id}, {"name", name}, {"own", own}};
  };
  for (const BuiltInPreset& one : kBuiltInPresets) add(QString::fromLatin1(one.id), {}, false);
  for (const QJsonValue& one : read_presets(file_))
    add(kOwnPrefix + one["name"].toString(), one["name"].toString(), true);
  return list;
}

QString Settings::preset() const {
  const QJsonObject now = values_of(*this);
  for (const QJsonValue& one : read_presets(file_))
    if (same_values(one.toObject(), now)) return kOwnPrefix + one["name"].toString();
  // One's own that was changed is no other one.
  if (file_.value(kUsed).toString().startsWith(kOwnPrefix)) return {};
  for (const BuiltInPreset& one : kBuiltInPresets) {
    const bool greedy = one.temperature == 0 && temperature() == 0;
    if (greedy || (nearly(one.temperature, temperature()) && nearly(one.top_p, topP()) && topK() == 0))
      return QString::fromLatin1(one.id);
  }
  return {};
}

void Settings::usePreset(const QString& id) {
  file_.setValue(kUsed, id);
  for (const BuiltInPreset& one : kBuiltInPresets)
    if (id == QLatin1String(one.id)) {
      setTemperature(one.temperature);
      setTopP(one.top_p);
      setTopK(0);
    }
  for (const QJsonValue& one : read_presets(file_)) {
    if (id != kOwnPrefix + one["name"].toString()) continue;
    const QJsonObject preset = one.toObject();
    setSystem(preset["system"].toString());
    for (const char* key : {"temperature", "top_p", "top_k", "new_seed", "seed", "max_new_tokens"})
      if (preset.contains(key)) put(key, preset[key].toVariant());
  }
  emit changed();
}

bool Settings::savePreset(const QString& name) {
  const QString called = name.simplified().left(kMostPresetName);
  if (called.isEmpty()) return false;
  QJsonArray presets = read_presets(file_);
  QJsonObject preset = values_of(*this);
  preset["name"] = called;
  const auto there = std::find_if(presets.begin(), presets.end(),
                                  [&](const QJsonValue& one) { return one["name"].toString() == called; });
  if (there != presets.end())
    *there = preset;
  else if (presets.size() < mostPresets())
    presets.append(preset);
  else
    return false;
  file_.setValue(kUsed, kOwnPrefix + called);
  write_presets(file_, presets);
  emit changed();
  return true;
}

void Settings::removePreset(const QString& id) {
  QJsonArray presets = read_presets(file_);
  for (qsizetype i = presets.size() - 1; i >= 0; --i)
    if (kOwnPrefix + presets.at(i)["name"].toString() == id) presets.removeAt(i);
  if (file_.value(kUsed) == id) file_.remove(kUsed);
  write_presets(file_, presets);
  emit changed();
}

QStringList Settings::altered() const {
  QStringList sections;
  for (const SettingKey& key : kSettingKeys) {
    const QString section = QString::fromLatin1(key.section), name = QString::fromLatin1(key.name);
    if (sections.contains(section) || !file_.contains(name)) continue;
    if (file_.value(name).toString() != QLatin1String(key.fallback)) sections << section;
  }
  return sections;
}

void Settings::reset(const QString& section) {
  std::map<QString, QVariant> former;
  for (const SettingKey& key : kSettingKeys) {
    if (!section.isEmpty() && section != QLatin1String(key.section)) continue;
    const QString name = QString::fromLatin1(key.name);
    former[name] = file_.value(name);
    file_.remove(name);
  }
  if (section.isEmpty() || section == QLatin1String("answers")) {
    former[kUsed] = file_.value(kUsed);
    file_.remove(kUsed);
  }
  former_ = std::move(former);
  emit changed();
}

void Settings::note_change(const QString& key) {
  const bool listed = std::ranges::any_of(kSettingKeys, [&](const SettingKey& one) { return key == one.name; });
  if (listed) former_.clear();
}

void Settings::forgetReset() {
  if (!std::exchange(former_, {}).empty()) emit changed();
}

void Settings::undoReset() {
  for (const auto& [name, value] : std::exchange(former_, {})) {
    if (value.isValid())
      file_.setValue(name, value);
    else
      file_.remove(name);
  }
  emit changed();
}

}  // namespace sparsight
