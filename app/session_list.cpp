#include "app/session_list.h"

#include "app/format.h"
#include "core/chat_export.h"
#include "kernels/error.h"

#include <utility>

namespace sparsight {
namespace {
constexpr int kWatchMs = 2000;
constexpr std::size_t kMostHits = 200;
}  // namespace

SessionList::SessionList(ChatStore* store, QObject* parent) : QAbstractListModel(parent), store_(store) {
  refresh();
  watch_.setInterval(kWatchMs);
  connect(&watch_, &QTimer::timeout, this, [this] {
    stored([this] {
      if (store_->changed_elsewhere()) refresh();
    });
  });
  watch_.start();
}

template <typename Function>
void SessionList::stored(Function&& function) {
  if (store_ == nullptr) return;
  try {
    std::forward<Function>(function)();
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()));
  }
}

int SessionList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant SessionList::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  switch (role) {
    case IdRole: return static_cast<qint64>(row.id);
    case TitleRole: return row.title;
    case DetailRole: return row.detail;
    case PinnedRole: return row.pinned;
    case TimeRole: return QString::fromStdString(local_time(row.time_ms));
    default: return {};
  }
}

QHash<int, QByteArray> SessionList::roleNames() const {
  return {
      {IdRole, "sessionId"}, {TitleRole, "title"}, {DetailRole, "detail"}, {PinnedRole, "pinned"}, {TimeRole, "time"}};
}

void SessionList::setSearch(const QString& words) {
  if (words == search_) return;
  search_ = words;
  emit searchChanged();
  refresh();
}

void SessionList::refresh() {
  stored([this] {
    std::vector<Row> rows;
    if (search_.trimmed().isEmpty()) {
      for (const Session& s : store_->sessions())
        rows.push_back({s.id, QString::fromStdString(s.title),
                        s.media ? QString::fromStdString(s.media->path.filename().string()) : QString(), s.pinned,
                        s.updated_ms});
    } else {
      for (const SearchHit& hit : store_->search(search_.toStdString(), kMostHits))
        rows.push_back({hit.session, QString::fromStdString(hit.title), QString::fromStdString(hit.excerpt), false,
                        hit.created_ms});
    }
    beginResetModel();
    rows_ = std::move(rows);
    endResetModel();
    emit countChanged();
  });
}

qint64 SessionList::idAt(int row) const { return data(index(row), IdRole).toLongLong(); }

void SessionList::rename(qint64 id, const QString& title) {
  stored([&] { store_->rename_session(id, title.trimmed().toStdString()); });
  refresh();
}

void SessionList::pin(qint64 id, bool pinned) {
  stored([&] { store_->pin_session(id, pinned); });
  refresh();
}

void SessionList::remove(qint64 id) {
  stored([&] {
    const auto session = store_->session(id);
    store_->delete_session(id);
    emit removed(id, session ? QString::fromStdString(session->title) : QString());
  });
  refresh();
}

void SessionList::restore(qint64 id) {
  stored([&] { store_->restore_session(id); });
  refresh();
}

void SessionList::importFile(const QString& path) {
  stored([&] {
    const auto added = import_file(*store_, local_path(path).toStdString());
    refresh();
    if (!added.empty()) emit imported(static_cast<int>(added.size()), added.front());
  });
}

}  // namespace sparsight
