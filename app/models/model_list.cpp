#include "app/models/model_list.h"

#include "app/core_words.h"
#include "app/format.h"
#include "core/base/machine.h"
#include "core/base/resources.h"
#include "core/model/families/family.h"

#include <QDir>
#include <QLocale>
#include <QMetaObject>

#include <algorithm>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

namespace sparsight {
namespace fs = std::filesystem;
namespace {

fs::path demo_model() {
  try {
    return resource_dir() / "models" / "sparsight-demo";
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

// A count with the language's abbreviation for thousand, million or billion.
QString count_text(double value) {
  const QString number = short_number(value).chopped(2);
  if (value >= 1e9) return ModelList::tr("%1 G", "parameters").arg(number);
  if (value >= 1e6) return ModelList::tr("%1 M", "parameters").arg(number);
  return ModelList::tr("%1 k", "parameters").arg(number);
}

namespace {

// How many visual tokens a video becomes or, for a model of pictures, a picture.
QString tokens_text(const ModelConfig& config, int frames) {
  if (!config.family->sees()) return ModelList::tr("text only, no videos");
  const MediaKind media = config.main_medium();
  if (config.tower(media).any_size()) return ModelList::tr("tokens by the size of the picture");
  const QString each = number_text(config.layout(media, 1).tokens());
  if (media != MediaKind::Video) return ModelList::tr("pictures only, %1 tokens each").arg(each);
  if (config.family->frames != nullptr) return ModelList::tr("%1 tokens a frame").arg(each);
  return ModelList::tr("%1 frames × %2 tokens").arg(frames).arg(each);
}

QString family_name(const ModelConfig& config) {
  const std::string_view name = config.family->name();
  return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

}  // namespace

ModelList::ModelList(Settings& settings, QObject* parent) : QAbstractListModel(parent), settings_(settings) {}

int ModelList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QHash<int, QByteArray> ModelList::roleNames() const {
  return {{PathRole, "path"},     {NameRole, "name"},  {OriginRole, "origin"},   {ShapeRole, "shape"},
          {MemoryRole, "needed"}, {TimeRole, "time"},  {ProblemRole, "problem"}, {WarningRole, "doubt"},
          {NotesRole, "notes"},   {AddedRole, "added"}};
}

QVariant ModelList::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const auto& [found, check] = rows_[static_cast<std::size_t>(index.row())];
  const ModelConfig& config = check.info.config;
  const QLocale locale;
  switch (role) {
    case PathRole: return QString::fromStdString(found.path.string());
    case NameRole: return QString::fromStdString(found.name());
    case OriginRole:
      if (found.origin == ModelOrigin::Demo) return tr("comes with Sparsight");
      if (found.origin == ModelOrigin::Folder && found.folder.empty())
        return tr("in %1").arg(QString::fromStdString(found.path.parent_path().string()));
      return found.origin == ModelOrigin::Cache ? tr("in the Hugging Face cache") : tr("in one of your folders");
    case ShapeRole: {
      if (config.text.layers == 0) return QString();
      const QString shape = tr("%1 · %2 layers, %3 wide · %4")
                                .arg(family_name(config))
                                .arg(config.text.layers)
                                .arg(number_text(config.text.hidden), tokens_text(config, settings_.frames()));
      if (check.info.parameters == 0) return shape;
      return tr("%1 · %2 parameters, %3")
          .arg(shape, count_text(static_cast<double>(check.info.parameters)), QString::fromStdString(check.info.dtype));
    }
    case MemoryRole:
      return check.memory_bytes == 0 ? QString()
                                     : tr("needs about %1B").arg(short_number(static_cast<double>(check.memory_bytes)));
    case TimeRole:
      if (!speed_ || !check.problem.empty()) return QString();
      return question_time_text(
          estimate_question(config, format_of(check.info), *speed_, static_cast<std::size_t>(settings_.frames())));
    case ProblemRole:
      if (!check.problem.empty()) return in_words(QString::fromStdString(check.problem));
      if (check.memory_bytes > available_)
        return tr("Not enough memory: it needs about %1B, but only %2B is free.")
            .arg(short_number(static_cast<double>(check.memory_bytes)), short_number(static_cast<double>(available_)));
      return QString();
    case WarningRole: {
      QStringList warnings;
      for (const std::string& one : check.info.warnings) warnings << in_words(QString::fromStdString(one));
      return warnings.join('\n');
    }
    case NotesRole: {
      QStringList notes;
      for (const std::string& note : check.info.notes) notes << in_words(QString::fromStdString(note));
      return notes.join(QLatin1Char(' '));
    }
    case AddedRole: return !found.folder.empty();
    default: return {};
  }
}

void ModelList::set_speed(const MachineSpeed& speed) {
  speed_ = speed;
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {TimeRole});
}

void ModelList::retranslate() {
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1));
  emit searchingChanged();
}

QString ModelList::memory() const {
  return tr("This machine has %1B of memory; %2B is free.")
      .arg(short_number(static_cast<double>(memory_)), short_number(static_cast<double>(available_)));
}

void ModelList::set_loaded(const QString& path) {
  if (std::exchange(loaded_, path) != path && rowCount() > 0) search();
}

void ModelList::search() {
  again_ = searching_;
  if (searching_) return;
  std::vector<fs::path> folders;
  const fs::path loaded = loaded_.toStdString();
  for (const QString& folder : settings_.model_folders()) folders.emplace_back(folder.toStdString());
  searching_ = true;
  emit searchingChanged();
  const auto frames = static_cast<std::size_t>(settings_.frames());
  try {
    thread_ = std::jthread([this, folders, loaded, frames](const std::stop_token& stop) {
      search_folders(folders, loaded, frames, stop);
    });
  } catch (const std::system_error&) {  // no further thread can be started: the former list stays
    searching_ = false;
    emit searchingChanged();
  }
}

void ModelList::search_folders(const std::vector<fs::path>& folders, const fs::path& loaded, std::size_t frames,
                               const std::stop_token& stop) {
  auto rows = std::make_shared<std::vector<Row>>();
  try {
    std::vector<FoundModel> all = find_models(demo_model(), folders, {hugging_face_cache()});
    const auto is_loaded = [&](const FoundModel& found) {
      std::error_code absent;
      return found.path == loaded || fs::equivalent(found.path, loaded, absent);
    };
    if (!loaded.empty() && std::ranges::none_of(all, is_loaded)) all.push_back({.path = loaded});
    for (FoundModel& found : all) {
      if (stop.stop_requested()) return;
      rows->push_back({found, check_model(found.path, frames)});
    }
  } catch (const std::bad_alloc&) {  // shows the models found so far
  }
  const MachineInfo machine = describe_machine();
  QMetaObject::invokeMethod(
      this,
      [this, rows, all = machine.memory_bytes, available = machine.available_memory_bytes] {
        beginResetModel();
        rows_ = std::move(*rows);
        memory_ = all;
        available_ = available;
        searching_ = false;
        endResetModel();
        emit countChanged();
        emit searchingChanged();
        if (again_) search();
      },
      Qt::QueuedConnection);
}

void ModelList::addFolder(const QString& url) {
  const QString folder = QDir::cleanPath(local_path(url));
  QStringList folders = settings_.model_folders();
  if (!folders.contains(folder)) settings_.set_model_folders(folders << folder);
  search();
}

void ModelList::removeFolder(int row) {
  if (row < 0 || row >= rowCount()) return;
  QStringList folders = settings_.model_folders();
  folders.removeAll(QString::fromStdString(rows_[static_cast<std::size_t>(row)].found.folder.string()));
  settings_.set_model_folders(folders);
  search();
}

}  // namespace sparsight
