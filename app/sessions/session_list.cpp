#include "app/sessions/session_list.h"

#include "app/core_words.h"
#include "app/format.h"
#include "app/sessions/stored.h"

#include <QDateTime>
#include <QLocale>
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
  today_ = QDate::currentDate();
  refresh();
  watch_.setInterval(kWatchMs);
  connect(&watch_, &QTimer::timeout, this, &SessionList::look_for_changes);
  watch_.start();
}

// Asks the connection that writes, for which our own writes do not count as changes.
void SessionList::look_for_changes() {
  if (const QDate now = QDate::currentDate(); std::exchange(today_, now) != now && rowCount() > 0)
    emit dataChanged(index(0), index(rowCount() - 1), {GroupRole});
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
    case GroupRole: return group_of(row);
    case AnswersRole: return row.answers;
    case TagsRole: return row.tags;
    case PathRole: return row.path;
    case HashRole: return row.hash;
    case SelectedRole: return selected_.contains(row.id);
    default: return {};
  }
}

QHash<int, QByteArray> SessionList::roleNames() const {
  return {{IdRole, "sessionId"},     {TitleRole, "title"},   {DetailRole, "detail"},   {PinnedRole, "pinned"},
          {TimeRole, "time"},        {HitRole, "messageId"}, {ExcerptRole, "excerpt"}, {GroupRole, "group"},
          {AnswersRole, "answers"},  {TagsRole, "tags"},     {PathRole, "path"},       {HashRole, "hash"},
          {SelectedRole, "selected"}};
}

QString SessionList::group_of(const Row& row) const {
  if (row.answers < 0) return {};
  if (row.pinned) return tr("Pinned");
  const QDate date = QDateTime::fromMSecsSinceEpoch(row.time_ms).date();
  const qint64 days = date.daysTo(today_);
  if (days <= 0) return tr("Today");
  if (days == 1) return tr("Yesterday");
  if (days <= 7) return tr("Last 7 days");
  return QStringLiteral("%1 %2").arg(QLocale().standaloneMonthName(date.month()), QString::number(date.year()));
}

void SessionList::setSearch(const QString& words) {
  if (words == search_) return;
  search_ = words;
  emit searchChanged();
  stored(*this, [this] {
    std::vector<Row> rows = wanted_rows();
    beginResetModel();
    rows_ = std::move(rows);
    selected_.clear();
    endResetModel();
    emit countChanged();
    emit selectionChanged();
  });
}

void SessionList::setOpen(qint64 id) {
  if (std::exchange(open_, id) != id) emit openChanged();
}

std::vector<SessionList::Row> SessionList::wanted_rows() const {
  std::vector<Row> rows;
  const auto describe = [](Row& row, const Session& s) {
    row.pinned = s.pinned;
    for (const std::string& tag : s.tags) row.tags << QString::fromStdString(tag);
    if (!s.media) return;
    row.path = QString::fromStdString(s.media->path.string());
    row.hash = QString::fromStdString(s.media->hash);
    row.detail = row.path.section('/', -1);
  };
  const std::string text = search_.toStdString();
  if (const SearchWords words = parse_search(text); words.words.empty()) {
    const std::vector<Session> sessions = store_.store().sessions(SIZE_MAX, 0, words.tags);
    rows.reserve(sessions.size());
    for (const Session& s : sessions) {
      rows.push_back(
          {s.id, 0, QString::fromStdString(s.title), {}, {}, s.pinned, s.updated_ms, static_cast<int>(s.answers)});
      describe(rows.back(), s);
    }
    return rows;
  }
  for (const SearchHit& hit : store_.store().search(text, kMostHits)) {
    const bool more = hit.message != 0 && hit.excerpt != hit.title;
    rows.push_back({hit.session,
                    hit.message,
                    QString::fromStdString(hit.title),
                    {},
                    more ? QString::fromStdString(hit.excerpt) : QString(),
                    false,
                    hit.created_ms});
    if (const auto session = store_.store().session(hit.session)) describe(rows.back(), *session);
    rows.back().pinned = false;
  }
  return rows;
}

void SessionList::refresh() {
  stored(*this, [this] { become(wanted_rows()); });
}

void SessionList::become(std::vector<Row> rows) {
  const int before = rowCount();
  if (!std::ranges::equal(rows_, rows,
                          [](const Row& a, const Row& b) { return a.id == b.id && a.message == b.message; }))
    arrange(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows_[i] == rows[i]) continue;
    rows_[i] = std::move(rows[i]);
    emit dataChanged(index(static_cast<int>(i)), index(static_cast<int>(i)));
  }
  // The language of the dates may have changed.
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {TimeRole, GroupRole});
  if (!selected_.empty()) {
    std::set<SessionId> there;
    for (const Row& row : rows_)
      if (selected_.contains(row.id)) there.insert(row.id);
    select(std::move(there));
  }
  if (rowCount() != before) emit countChanged();
}

// Removes, moves and inserts rows until they are about the same sessions and messages as `rows`.
void SessionList::arrange(const std::vector<Row>& rows) {
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
    }
  }
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

void SessionList::pin(qint64 id, bool pinned) { pinAll({QVariant::fromValue(id)}, pinned); }

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

// ---- Selecting

QVariantList SessionList::selected() const {
  QVariantList ids;
  std::set<SessionId> told;
  for (const Row& row : rows_)
    if (selected_.contains(row.id) && told.insert(row.id).second) ids << QVariant::fromValue<qint64>(row.id);
  return ids;
}

void SessionList::select(std::set<SessionId> ids) {
  if (std::exchange(selected_, std::move(ids)) != selected_) tell_selection();
}

void SessionList::tell_selection() {
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {SelectedRole});
  emit selectionChanged();
}

void SessionList::toggleSelected(int row) {
  const SessionId id = idAt(row);
  if (id == 0) return;
  anchor_ = id;
  std::set<SessionId> ids = selected_;
  if (ids.erase(id) == 0) ids.insert(id);
  select(std::move(ids));
}

void SessionList::selectTo(int row, int from) {
  if (rowOf(anchor_) < 0 || selected_.empty()) anchor_ = idAt(std::max(0, from));
  const int begin = rowOf(anchor_);
  if (begin < 0 || idAt(row) == 0) return;
  std::set<SessionId> ids;
  for (int i = std::min(begin, row); i <= std::max(begin, row); ++i) ids.insert(idAt(i));
  select(std::move(ids));
}

void SessionList::selectAll() {
  std::set<SessionId> ids;
  for (const Row& row : rows_) ids.insert(row.id);
  select(std::move(ids));
}

void SessionList::clearSelection() { select({}); }

}  // namespace sparsight
