#include "app/session_list.h"

#include "app/core_words.h"
#include "app/format.h"
#include "app/stored.h"
#include "core/base/progress.h"
#include "core/chat/export.h"

#include <QMetaObject>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace sparsight {
namespace {
constexpr int kWatchMs = 2000;
constexpr std::size_t kMostHits = 200;

template <typename T>
void move_one(std::vector<T>& list, int from, int to) {
  const auto at = [&](int i) { return list.begin() + i; };
  if (from < to)
    std::rotate(at(from), at(from + 1), at(to + 1));
  else
    std::rotate(at(to), at(from), at(from + 1));
}

// The fewest moves of one element each, {from, to}, that sort `order`, whose numbers are distinct. The elements of a
// longest ascending subsequence stay in place.
std::vector<std::pair<int, int>> moves_to_sort(std::vector<std::size_t> order) {
  std::vector<std::size_t> tails, before(order.size(), SIZE_MAX);  // indices
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto at = std::lower_bound(tails.begin(), tails.end(), i,
                                     [&](std::size_t tail, std::size_t value) { return order[tail] < order[value]; });
    if (at != tails.begin()) before[i] = *(at - 1);
    if (at == tails.end())
      tails.push_back(i);
    else
      *at = i;
  }
  std::set<std::size_t> sorted, moving(order.begin(), order.end());
  for (std::size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = before[i]) {
    sorted.insert(order[i]);
    moving.erase(order[i]);
  }
  std::vector<std::pair<int, int>> moves;
  for (const std::size_t value : moving) {
    const auto place = [&](std::size_t v) {
      return static_cast<int>(std::find(order.begin(), order.end(), v) - order.begin());
    };
    const int from = place(value);
    const auto next = sorted.lower_bound(value);
    const int behind = next == sorted.begin() ? -1 : place(*std::prev(next));
    const int to = behind < from ? behind + 1 : behind;
    if (from != to) moves.emplace_back(from, to);
    move_one(order, from, to);
    sorted.insert(value);
  }
  return moves;
}

}  // namespace

SessionList::SessionList(StoreThread& store, QObject* parent)
    : QAbstractListModel(parent), store_(store), aside_([this] {
        QMetaObject::invokeMethod(
            this, [this] { aside_.deliver(); }, Qt::QueuedConnection);
      }) {
  refresh();
  watch_.setInterval(kWatchMs);
  connect(&watch_, &QTimer::timeout, this, &SessionList::look_for_changes);
  watch_.start();
}

// Asks the connection that writes, for which our own writes do not count as changes.
void SessionList::look_for_changes() {
  if (std::exchange(looking_, true)) return;
  const auto changed = std::make_shared<bool>(false);
  store_.add(
      this, [changed](ChatStore& store) { *changed = store.changed_elsewhere(); },
      [this, changed] {
        looking_ = false;
        if (*changed) refresh();
      },
      [this](const QString& why) {
        looking_ = false;
        emit errorOccurred(why);
      });
}

SessionList::~SessionList() { leaving_.request_stop(); }

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
    case HitRole: return static_cast<qint64>(row.message);
    case TimeRole: return date_text(row.time_ms);
    case ExcerptRole: return row.excerpt;
    default: return {};
  }
}

QHash<int, QByteArray> SessionList::roleNames() const {
  return {{IdRole, "sessionId"}, {TitleRole, "title"},   {DetailRole, "detail"},  {PinnedRole, "pinned"},
          {TimeRole, "time"},    {HitRole, "messageId"}, {ExcerptRole, "excerpt"}};
}

void SessionList::setSearch(const QString& words) {
  if (words == search_) return;
  search_ = words;
  emit searchChanged();
  stored(*this, [this] {
    std::vector<Row> rows = wanted_rows();
    beginResetModel();
    rows_ = std::move(rows);
    endResetModel();
    emit countChanged();
  });
}

void SessionList::setOpen(qint64 id) {
  if (std::exchange(open_, id) != id) emit openChanged();
}

std::vector<SessionList::Row> SessionList::wanted_rows() const {
  std::vector<Row> rows;
  const auto file_of = [](const Session& s) {
    return s.media ? QString::fromStdString(s.media->path.filename().string()) : QString();
  };
  if (search_.trimmed().isEmpty()) {
    for (const Session& s : store_.store().sessions())
      rows.push_back({s.id, 0, QString::fromStdString(s.title), file_of(s), {}, s.pinned, s.updated_ms});
    return rows;
  }
  std::map<SessionId, QString> files;
  for (const SearchHit& hit : store_.store().search(search_.toStdString(), kMostHits)) {
    const auto [file, first] = files.try_emplace(hit.session);
    if (first)
      if (const auto session = store_.store().session(hit.session)) file->second = file_of(*session);
    const bool more = hit.message != 0 && hit.excerpt != hit.title;
    rows.push_back({hit.session, hit.message, QString::fromStdString(hit.title), file->second,
                    more ? QString::fromStdString(hit.excerpt) : QString(), false, hit.created_ms});
  }
  return rows;
}

void SessionList::refresh() {
  stored(*this, [this] { become(wanted_rows()); });
}

void SessionList::become(std::vector<Row> rows) {
  const int before = rowCount();
  std::map<std::pair<SessionId, MessageId>, std::size_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) places[{rows[i].id, rows[i].message}] = i;
  for (int last = before - 1; last >= 0; --last) {
    const auto gone = [&](int row) {
      const Row& r = rows_[static_cast<std::size_t>(row)];
      return !places.contains({r.id, r.message});
    };
    if (!gone(last)) continue;
    int first = last;
    while (first > 0 && gone(first - 1)) --first;
    beginRemoveRows({}, first, last);
    rows_.erase(rows_.begin() + first, rows_.begin() + last + 1);
    endRemoveRows();
    last = first;
  }
  std::vector<std::size_t> order;
  for (const Row& row : rows_) order.push_back(places[{row.id, row.message}]);
  for (const auto& [from, to] : moves_to_sort(order)) {
    beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
    move_one(rows_, from, to);
    endMoveRows();
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto there = [&](std::size_t row) {
      return i < rows_.size() && rows_[i].id == rows[row].id && rows_[i].message == rows[row].message;
    };
    if (!there(i)) {
      std::size_t end = i + 1;
      while (end < rows.size() && !there(end)) ++end;
      beginInsertRows({}, static_cast<int>(i), static_cast<int>(end) - 1);
      rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(i), rows.begin() + static_cast<std::ptrdiff_t>(i),
                   rows.begin() + static_cast<std::ptrdiff_t>(end));
      endInsertRows();
      i = end - 1;
    } else if (!(rows_[i] == rows[i])) {
      rows_[i] = std::move(rows[i]);
      emit dataChanged(index(static_cast<int>(i)), index(static_cast<int>(i)));
    }
  }
  // The language of the dates may have changed.
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {TimeRole});
  if (rowCount() != before) emit countChanged();
}

qint64 SessionList::idAt(int row) const { return data(index(row), IdRole).toLongLong(); }

qint64 SessionList::hitAt(int row) const { return data(index(row), HitRole).toLongLong(); }

int SessionList::rowOf(qint64 id) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [id](const Row& row) { return row.id == id; });
  return found == rows_.end() ? -1 : static_cast<int>(found - rows_.begin());
}

void SessionList::rename(qint64 id, const QString& title) {
  write([id, title = title.trimmed().toStdString()](ChatStore& store) { store.rename_session(id, title); });
}

void SessionList::pin(qint64 id, bool pinned) {
  write([id, pinned](ChatStore& store) { store.pin_session(id, pinned); });
}

void SessionList::remove(qint64 id) {
  const auto title = std::make_shared<std::string>();
  write(
      [id, title](ChatStore& store) {
        if (const auto session = store.session(id)) *title = session->title;
        store.delete_session(id);
      },
      [this, id, title] { emit removed(id, QString::fromStdString(*title)); });
}

void SessionList::restore(qint64 id) {
  write([id](ChatStore& store) { store.restore_session(id); });
}

void SessionList::write(StoreThread::Write write, const StoreThread::Written& written) {
  store_.wait_a_moment(store_.add(
      this, std::move(write),
      [this, written] {
        if (written) written();
        refresh();
      },
      [this](const QString& why) {
        emit errorOccurred(why);
        refresh();
      }));
}

void SessionList::importFile(const QString& path) {
  if (importing()) return;
  const std::filesystem::path file = local_path(path).toStdString(), database = store_.store().file();
  if (database == ":memory:") {  // a second connection would have a database of its own
    stored(*this, [&] { end_import(import_file(store_.store(), file)); });
    return;
  }
  import_progress_ = -1;
  import_ = aside_.add([this, file, database](JobQueue::Job, const std::stop_token& stop) {
    const auto on_progress = [this](std::size_t done, std::size_t total) {
      aside_.post([this, share = static_cast<double>(done) / static_cast<double>(std::max(total, done))] {
        import_progress_ = share;
        emit importChanged();
      });
    };
    try {
      ChatStore store = ChatStore::open(database, ChatStore::IfAbsent::Refuse);
      aside_.post(
          [this, added = import_file(store, file, {on_progress, stop, leaving_.get_token()})] { end_import(added); });
    } catch (const Cancelled&) {
      aside_.post([this] { end_import({}); });
    } catch (const std::exception& error) {
      aside_.post([this, message = QString::fromUtf8(message_of(error))] {
        end_import({});
        emit errorOccurred(message);
      });
    }
  });
  emit importChanged();
}

void SessionList::stopImport() {
  if (importing() && aside_.stop(import_)) end_import({});
}

void SessionList::end_import(const std::vector<SessionId>& added) {
  import_ = 0;
  emit importChanged();
  refresh();
  if (!added.empty()) emit imported(static_cast<int>(added.size()), added.front());
}

}  // namespace sparsight
