#include "app/chat/answer_facts.h"

#include "app/chat/pruning_choices.h"
#include "app/core_words.h"
#include "app/words.h"
#include "core/pruning/registry.h"
#include "sparsight_version.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

QJsonObject read_details(const std::string& details) {
  return QJsonDocument::fromJson(QByteArray::fromStdString(details)).object();
}

std::string write_details(const QJsonObject& details) {
  return QJsonDocument(details).toJson(QJsonDocument::Compact).toStdString();
}

QString text(std::string_view view) { return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size())); }

qint64 number(std::size_t value) { return static_cast<qint64>(value); }

QJsonObject settings_of(const AnswerOrigin& origin) {
  const Sampling& sampling = origin.sampling;
  QJsonObject settings{{"strategy", text(origin.pruning.strategy)},
                       {"budget", text(to_string(origin.pruning.budget))},
                       {"max_new_tokens", number(origin.max_new_tokens)},
                       {"temperature", static_cast<double>(sampling.temperature)},
                       {"top_k", number(sampling.top_k)},
                       {"top_p", static_cast<double>(sampling.top_p)},
                       {"seed", static_cast<qint64>(sampling.seed)}};
  if (!origin.system.empty()) settings["system"] = text(origin.system);
  if (origin.model) {
    settings["arithmetic"] = origin.model->arithmetic == Arithmetic::Bf16 ? "bf16" : "f32";
    settings["kv"] = text(to_string(origin.model->kv_dtype));
  }
  return settings;
}

// Hundredths of a second, as shown: so the figures add up for the reader, too.
qint64 hundredths(double ms) { return std::llround(ms / 10); }
QString seconds_text(qint64 hundredths) {
  return tr("%1 s").arg(number_text(static_cast<double>(hundredths) / 100, 2));
}

// In the order of events. The times of the answer itself, except that of the first word, add up to the whole.
std::vector<std::pair<QString, QString>> times_of(const QJsonObject& all, const QJsonObject& times) {
  std::vector<std::pair<QString, QString>> out;
  const auto add = [&](const QString& name, qint64 time) { out.emplace_back(name, seconds_text(time)); };
  if (const double encode = times["encode_ms"].toDouble(); encode > 0)
    out.emplace_back(tr("Reading the frames, once"),
                     tr("%1, of which %2 in the vision tower")
                         .arg(seconds_text(hundredths(encode)),
                              seconds_text(hundredths(std::min(encode, times["vision_ms"].toDouble())))));
  const qint64 reading = hundredths(times["prefill_ms"].toDouble()),
               writing = hundredths(times["generate_ms"].toDouble());
  const qint64 whole = hundredths(times["ended_ms"].toDouble() - times["begun_ms"].toDouble());
  if (times.contains("prefill_ms")) add(tr("Reading the question"), reading);
  if (const double first = all["first_token_ms"].toDouble(); first > 0) add(tr("First word after"), hundredths(first));
  if (times.contains("generate_ms")) add(tr("Writing the answer"), writing);
  if (times.contains("prefill_ms") && whole > reading + writing) add(tr("Everything else"), whole - reading - writing);
  if (whole > 0) add(tr("From question to answer"), std::max(whole, reading + writing));
  return out;
}

}  // namespace

std::string origin_details(const AnswerOrigin& origin, const Answer* answer, const QString& error) {
  QJsonObject details = answer == nullptr ? QJsonObject() : read_details(answer_details(*answer, origin.range));
  if (answer == nullptr && !origin.range.whole())
    details["range"] = QJsonArray{origin.range.start_s, origin.range.end_s};
  if (!error.isEmpty()) details["error"] = error;
  if (origin.model) {
    const std::filesystem::path& path = origin.model->path;
    QJsonObject model{{"name", text((path.has_filename() ? path : path.parent_path()).filename().string())},
                      {"path", text(path.string())},
                      {"parameters", number(origin.model->parameters)},
                      {"dtype", text(origin.model->dtype)}};
    if (!origin.model_hash.empty()) model["hash"] = text(origin.model_hash);
    details["model"] = model;
  }
  if (!origin.clip.empty())
    details["clip"] =
        QJsonObject{{"path", text(origin.clip)}, {"hash", text(origin.clip_hash)}, {"frames", number(origin.frames)}};
  details["settings"] = settings_of(origin);
  QJsonObject times{{"begun_ms", static_cast<qint64>(origin.begun_ms)},
                    {"ended_ms", static_cast<qint64>(origin.ended_ms)}};
  if (!origin.clip.empty()) {
    times["vision_ms"] = origin.encoding.vision;
    times["encode_ms"] = origin.encoding.encode;
  }
  if (answer != nullptr) {
    times["prefill_ms"] = answer->timings.prefill;
    times["generate_ms"] = answer->timings.generate;
  }
  details["times"] = times;
  details["program"] = QStringLiteral(SPARSIGHT_VERSION);
  return write_details(details);
}

std::string with_model_hash(const std::string& details, const std::string& hash) {
  QJsonObject all = read_details(details);
  QJsonObject model = all["model"].toObject();
  model["hash"] = text(hash);
  all["model"] = model;
  return write_details(all);
}

std::optional<CardPruning> pruning_of_details(const std::string& details) {
  const QJsonObject settings = read_details(details)["settings"].toObject();
  const CardPruning pruning{settings["strategy"].toString().toStdString(), settings["budget"].toString().toStdString()};
  if (find_strategy(pruning.strategy) == nullptr) return std::nullopt;
  try {
    (void)parse_budget(pruning.budget);
  } catch (const Error&) {
    return std::nullopt;
  }
  return pruning;
}

AnswerFigures figures_of_details(const std::string& details) {
  const QJsonObject all = read_details(details), times = all["times"].toObject();
  const double ms = times["ended_ms"].toDouble() - times["begun_ms"].toDouble();
  return {.seconds = std::max(0.0, ms / 1000),
          .tokens = all["visual_tokens_mean"].toDouble(),
          .visual_tokens = all["visual_tokens"].toDouble()};
}

QVariantList facts_of_details(const std::string& details) {
  const QJsonObject all = read_details(details);
  const QJsonObject model = all["model"].toObject(), clip = all["clip"].toObject(),
                    settings = all["settings"].toObject(), times = all["times"].toObject();
  const QLocale locale;
  QVariantList facts;
  const auto add = [&](const QString& name, const QString& value) {
    if (!value.isEmpty()) facts << QVariantMap{{"name", name}, {"value", value}};
  };
  const auto add_count = [&](const QString& name, const QJsonValue& count) {
    if (count.isDouble()) add(name, number_text(count.toInteger()));
  };
  add(tr("Model"), model["name"].toString());
  add(tr("Model folder"), model["path"].toString());
  add(tr("Hash of the model"), model["hash"].toString());
  add(tr("Weights"), model["dtype"].toString());
  add(tr("File"), clip["path"].toString());
  add(tr("Hash of the file"), clip["hash"].toString());
  add_count(tr("Frames"), clip["frames"]);
  if (const QJsonArray range = all["range"].toArray(); !range.isEmpty()) {
    const double start_s = range.at(0).toDouble(), end_s = range.at(1).toDouble();
    const QString from = time_in_words(start_s, 1), to = time_in_words(end_s, 1);
    add(tr("Part"), end_s > 0 ? tr("%1 to %2").arg(from, to) : tr("from %1 on").arg(from));
  }
  const QString strategy = settings.contains("strategy") ? settings["strategy"].toString() : all["strategy"].toString();
  const QString budget = settings.contains("budget") ? settings["budget"].toString() : all["budget"].toString();
  add(tr("Pruning"), strategy);
  if (!strategy.isEmpty() && strategy != QLatin1String("none"))
    add(tr("Budget"), budget_words(budget.toStdString(),
                                   static_cast<std::size_t>(std::max<qint64>(0, all["visual_tokens"].toInteger()))));
  add_count(tr("Visual tokens"), all["visual_tokens"]);
  if (all.contains("visual_tokens_mean"))
    add(tr("On average after the first pruning"), number_text(all["visual_tokens_mean"].toDouble()));
  add_count(tr("In the last layer"), all["visual_tokens_left"]);
  if (const double saved = all["flops_saved"].toDouble(); saved >= 0.005)
    add(tr("Fewer FLOPs"), tr("%1 %").arg(number_text(saved * 100)));
  add(tr("System prompt"), settings["system"].toString());
  if (settings.contains("temperature"))
    add(tr("Sampling"), settings["temperature"].toDouble() > 0
                            ? tr("temperature %1, top-k %2, top-p %3, seed %4")
                                  .arg(locale.toString(settings["temperature"].toDouble()))
                                  .arg(settings["top_k"].toInteger())
                                  .arg(locale.toString(settings["top_p"].toDouble()))
                                  .arg(settings["seed"].toInteger())
                            : tr("the most likely word each time"));
  add_count(tr("Longest answer, in tokens"), settings["max_new_tokens"]);
  add_count(tr("Tokens in the answer"), all["generated_tokens"]);
  add(tr("Arithmetic"), settings["arithmetic"].toString().toUpper());
  add(tr("Keys and values"), settings["kv"].toString());
  if (const double begun = times["begun_ms"].toDouble(); begun > 0)
    add(tr("Asked"), date_text(static_cast<std::int64_t>(begun)));
  for (const auto& [name, value] : times_of(all, times)) add(name, value);
  if (const double rate = all["tokens_per_second"].toDouble(); rate > 0)
    add(tr("Tokens a second"), number_text(rate, 1));
  add(tr("Sparsight"), all["program"].toString());
  add(tr("Error"), in_words(all["error"].toString()));
  return facts;
}

}  // namespace sparsight
