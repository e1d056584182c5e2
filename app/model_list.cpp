#include "app/model_list.h"

#include "app/core_words.h"
#include "app/format.h"
#include "core/base/machine.h"
#include "core/base/resources.h"

#include <QDir>
#include <QLocale>
#include <QMetaObject>

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

QString short_number(double value) {
  const QLocale locale;
  constexpr double kKilo = 1e3, kMega = 1e6, kGiga = 1e9;
  if (value >= kGiga) return locale.toString(value / kGiga, 'f', 1) + QStringLiteral(" G");
  if (value >= kMega) return locale.toString(value / kMega, 'f', 1) + QStringLiteral(" M");
  return locale.toString(value / kKilo, 'f', 1) + QStringLiteral(" k");
}

// A count with the language's abbreviation for thousand, million or billion.
QString count_text(double value) {
  const QString number = short_number(value).chopped(2);
  if (value >= 1e9) return ModelList::tr("%1 G", "parameters").arg(number);
  if (value >= 1e6) return ModelList::tr("%1 M", "parameters").arg(number);
  return ModelList::tr("%1 k", "parameters").arg(number);
}

ModelList::ModelList(Settings& settings, QObject* parent) : QAbstractListModel(parent), settings_(settings) {}

int ModelList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QHash<int, QByteArray> ModelList::roleNames() const {
  return {{PathRole, "path"},     {NameRole, "name"},     {OriginRole, "origin"},
          {ShapeRole, "shape"},   {MemoryRole, "needed"}, {ProblemRole, "problem"},
          {WarningRole, "doubt"}, {NotesRole, "notes"},   {AddedRole, "added"}};
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
      return found.origin == ModelOrigin::Cache ? tr("in the Hugging Face cache") : tr("in one of your folders");
    case ShapeRole: {
      if (config.text.layers == 0) return QString();
      const std::size_t tokens = config.layout(MediaKind::Video, 1).tokens();
      const QString shape = tokens == 0 ? tr("%1 layers, %2 wide · text only, no videos")
                                              .arg(config.text.layers)
                                              .arg(number_text(config.text.hidden))
                                        : tr("%1 layers, %2 wide · %3 frames × %4 tokens")
                                              .arg(config.text.layers)
                                              .arg(number_text(config.text.hidden))
                                              .arg(settings_.frames())
                                              .arg(number_text(tokens));
      if (check.info.parameters == 0) return shape;
      return tr("%1 · %2 parameters, %3")
          .arg(shape, count_text(static_cast<double>(check.info.parameters)), QString::fromStdString(check.info.dtype));
    }
    case MemoryRole:
      return check.memory_bytes == 0 ? QString()
                                     : tr("needs about %1B").arg(short_number(static_cast<double>(check.memory_bytes)));
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

void ModelList::retranslate() {
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1));
  emit searchingChanged();
}

QString ModelList::memory() const {
  return tr("This machine has %1B of memory; %2B is free.")
      .arg(short_number(static_cast<double>(memory_)), short_number(static_cast<double>(available_)));
}

void ModelList::search() {
  again_ = searching_;
  if (searching_) return;
  std::vector<fs::path> folders;
  for (const QString& folder : settings_.model_folders()) folders.emplace_back(folder.toStdString());
  searching_ = true;
  emit searchingChanged();
  const auto frames = static_cast<std::size_t>(settings_.frames());
  try {
    thread_ =
        std::jthread([this, folders, frames](const std::stop_token& stop) { search_folders(folders, frames, stop); });
  } catch (const std::system_error&) {  // no further thread can be started: the former list stays
    searching_ = false;
    emit searchingChanged();
  }
}

void ModelList::search_folders(const std::vector<fs::path>& folders, std::size_t frames, const std::stop_token& stop) {
  auto rows = std::make_shared<std::vector<Row>>();
  try {
    for (FoundModel& found : find_models(demo_model(), folders, {hugging_face_cache()})) {
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
