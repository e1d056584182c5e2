#include "core/chat/store.h"

#include "core/base/os/os.h"
#include "core/base/replace_file.h"
#include "core/base/text.h"
#include "core/chat/store_impl.h"
#include "migrations.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostTitle = 500;  // bytes
constexpr std::string_view kDraftKey = "draft";
constexpr std::int64_t kApplicationId = 0x53505354;  // "SPST", so that `file` and we know our own

}  // namespace

// Brings the file to this version's form. Writes nothing before the file is known to be ours and of a version that we
// know.
void ChatStore::Impl::migrate() {
  const std::string where = sql.file().string();
  const auto version = [&] { return sql.pragma("user_version"); };
  constexpr auto kNewest = static_cast<std::int64_t>(kMigrations.size());
  {
    // In one statement: another process may be making the tables.
    SqlStatement now = sql.prepare(
        "SELECT (SELECT count(*) FROM sqlite_schema), (SELECT application_id FROM pragma_application_id), "
        "(SELECT user_version FROM pragma_user_version)");
    SPARSIGHT_CHECK(now.step());
    const bool tables = now.integer(0) > 0;
    const std::int64_t found = now.integer(2);
    if (tables && now.integer(1) != kApplicationId)
      fail(ErrorKind::Store, "{}: expected a chat database of Sparsight, found a database of another program", where);
    if (found > kNewest)
      fail(ErrorKind::Store,
           "{}: the database has version {}, this Sparsight reads up to {}: a newer Sparsight wrote it. It was not "
           "changed",
           where, found, kNewest);
    if (tables && found < 1)
      fail(ErrorKind::Store,
           "{}: the database is damaged: its version (user_version) is {}, expected 1 to {}. It was not changed", where,
           found, kNewest);
    if (!tables && found != 0)
      fail(ErrorKind::Store,
           "{}: the database is damaged: it has no tables, though its version (user_version) is {}. It was not changed",
           where, found);
  }
  sql.choose_journal();
  const bool current = version() == kNewest;
  if (sql.read_only() && !current) sql.copy_aside();
  sql.execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  if (!current) {
    SqlTransaction transaction(sql);
    // Another process may have been faster while this one waited.
    for (auto next = static_cast<std::size_t>(version()); next < kMigrations.size(); ++next)
      sql.execute(std::string(kMigrations[next]));
    sql.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
    sql.execute(fmt::format("PRAGMA user_version = {}", kMigrations.size()));
    transaction.commit();
  }
  if (sql.read_only()) sql.execute("PRAGMA query_only = ON");
}

void ChatStore::Impl::write(SqlStatement statement, std::string_view what, std::int64_t id) {
  statement.run();
  if (sql.changes() == 0) fail(ErrorKind::Usage, "{}: there is no {} {}", sql.file().string(), what, id);
}

std::int64_t ChatStore::Impl::media_id(const SessionMedia& media) const {
  const std::string path = media.path.string();
  sql.prepare("INSERT INTO media (path, hash, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(path)
      .bind(media.hash)
      .bind(static_cast<std::int64_t>(media.bytes))
      .run();
  SqlStatement row = sql.prepare("SELECT id FROM media WHERE path = ? AND hash = ?");
  row.bind(path).bind(media.hash);
  SPARSIGHT_CHECK(row.step());
  return row.integer(0);
}

namespace {
constexpr std::string_view kSessionColumns =
    "SELECT s.id, s.title, s.pinned, s.created_ms, s.updated_ms, s.messages, m.path, m.hash, m.bytes, s.answers, "
    "(SELECT group_concat(tag, char(10)) FROM tags WHERE session_id = s.id) "
    "FROM sessions s LEFT JOIN media m ON m.id = s.media_id ";
}

Session ChatStore::Impl::read_session(SqlStatement& row) const {
  Session session{.id = row.integer(0),
                  .title = row.text(1),
                  .pinned = row.integer(2) != 0,
                  .created_ms = row.integer(3),
                  .updated_ms = row.integer(4),
                  .messages = static_cast<std::size_t>(std::max<std::int64_t>(0, row.integer(5))),
                  .answers = static_cast<std::size_t>(std::max<std::int64_t>(0, row.integer(9)))};
  if (!row.is_null(6))
    session.media = SessionMedia{row.text(6), row.text(7), static_cast<std::uint64_t>(row.integer(8))};
  if (!row.is_null(10)) session.tags = lines_of(row.text(10));
  return session;
}

ChatStore::ChatStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChatStore::ChatStore(ChatStore&&) noexcept = default;
ChatStore& ChatStore::operator=(ChatStore&&) noexcept = default;
ChatStore::~ChatStore() = default;

ChatStore ChatStore::open(const fs::path& file, IfAbsent if_absent) {
  // To SQLite an empty file is a database without tables.
  if (std::error_code absent;
      if_absent == IfAbsent::Refuse && fs::is_regular_file(file, absent) && fs::file_size(file, absent) == 0)
    fail(ErrorKind::Store, "{}: expected a chat database, found an empty file", file.string());
  auto impl = std::make_unique<Impl>(file, if_absent == IfAbsent::Make);
  impl->migrate();
  keep_input(file);
  if (const int code = add_excerpt_function(impl->sql.handle(), impl->excerpts.get()); code != SQLITE_OK)
    impl->sql.refuse(code);
  if (const int code = add_folded_function(impl->sql.handle()); code != SQLITE_OK) impl->sql.refuse(code);
  impl->seen_version = impl->sql.pragma("data_version");
  return ChatStore(std::move(impl));
}

fs::path ChatStore::default_file() {
  const fs::path base = os::data_folder();
  if (base.empty()) fail(ErrorKind::Store, "no place for the chat database: neither XDG_DATA_HOME nor HOME is set");
  return base / "sparsight" / "chats.db";
}

const fs::path& ChatStore::file() const { return impl_->sql.file(); }
bool ChatStore::read_only() const { return impl_->sql.read_only(); }

bool ChatStore::changed_elsewhere() {
  const std::int64_t version = impl_->sql.pragma("data_version");
  return std::exchange(impl_->seen_version, version) != version;
}

SessionId ChatStore::add_session(std::string_view title, const std::optional<SessionMedia>& media) {
  const std::int64_t now = now_ms();
  return add_session({.title = std::string(title), .created_ms = now, .updated_ms = now, .media = media});
}

SessionId ChatStore::add_session(const Session& session) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  const auto media_id = session.media ? std::optional(impl_->media_id(*session.media)) : std::nullopt;
  SqlStatement insert = sql.prepare(
      "INSERT INTO sessions (title, pinned, created_ms, updated_ms, media_id) VALUES (?, ?, ?, ?, ?) RETURNING id");
  insert.bind(one_line(session.title, kMostTitle))
      .bind(std::int64_t{session.pinned})
      .bind(session.created_ms)
      .bind(session.updated_ms)
      .bind(media_id);
  SPARSIGHT_CHECK(insert.step());
  const SessionId id = insert.integer(0);
  insert.run();
  for (const std::string& tag : session.tags) set_tag(id, tag);
  transaction.commit();
  return id;
}

std::vector<Session> ChatStore::sessions(std::size_t limit, std::size_t offset,
                                         const std::vector<std::string>& tags) const {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(std::min<std::size_t>(n, INT64_MAX)); };
  SqlStatement row = impl_->sql.prepare(fmt::format(
      "{}WHERE s.deleted_ms IS NULL{} ORDER BY s.pinned DESC, s.updated_ms DESC, s.id DESC LIMIT ? OFFSET ?",
      kSessionColumns, having_tags(tags.size())));
  for (const std::string& tag : tags) row.bind(tag);
  row.bind(count(limit)).bind(count(offset));
  std::vector<Session> out;
  while (row.step()) out.push_back(impl_->read_session(row));
  return out;
}

std::optional<Session> ChatStore::session(SessionId id) const {
  SqlStatement row = impl_->sql.prepare(fmt::format("{}WHERE s.id = ? AND s.deleted_ms IS NULL", kSessionColumns));
  row.bind(id);
  return row.step() ? std::optional(impl_->read_session(row)) : std::nullopt;
}

void ChatStore::rename_session(SessionId id, std::string_view title) {
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET title = ? WHERE id = ?");
  change.bind(one_line(title, kMostTitle)).bind(id);
  impl_->write(std::move(change), "session", id);
}

void ChatStore::pin_session(SessionId id, bool pinned) {
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET pinned = ? WHERE id = ?");
  change.bind(std::int64_t{pinned}).bind(id);
  impl_->write(std::move(change), "session", id);
}

void ChatStore::set_media(SessionId id, const SessionMedia& media) {
  SqlTransaction transaction(impl_->sql);
  const std::int64_t media_id = impl_->media_id(media);
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET media_id = ? WHERE id = ?");
  change.bind(media_id).bind(id);
  impl_->write(std::move(change), "session", id);
  transaction.commit();
}

void ChatStore::delete_session(SessionId id) {
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET deleted_ms = ? WHERE id = ? AND deleted_ms IS NULL");
  change.bind(now_ms()).bind(id);
  impl_->write(std::move(change), "session", id);
}

void ChatStore::restore_session(SessionId id) {
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET deleted_ms = NULL WHERE id = ?");
  change.bind(id);
  impl_->write(std::move(change), "session", id);
}

std::string ChatStore::draft(std::optional<SessionId> session) const {
  if (!session) return setting(kDraftKey).value_or("");
  SqlStatement row = impl_->sql.prepare("SELECT draft FROM sessions WHERE id = ?");
  row.bind(*session);
  return row.step() ? row.text(0) : std::string();
}

void ChatStore::set_draft(std::optional<SessionId> session, std::string_view text) {
  if (!session) return set_setting(kDraftKey, text);
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET draft = ? WHERE id = ?");
  change.bind(text).bind(*session);
  impl_->write(std::move(change), "session", *session);
}

void ChatStore::purge_session(SessionId id) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  // Messages first: a cascade would pass over the triggers that keep the search's index.
  sql.prepare("DELETE FROM messages WHERE session_id = ?").bind(id).run();
  SqlStatement remove = sql.prepare("DELETE FROM sessions WHERE id = ?");
  remove.bind(id);
  impl_->write(std::move(remove), "session", id);
  transaction.commit();
}

std::size_t ChatStore::purge_deleted(std::int64_t age_ms) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  // Messages first: a cascade would pass over the triggers that keep the search's index.
  const std::int64_t before = now_ms() - age_ms;
  sql.prepare("DELETE FROM messages WHERE session_id IN (SELECT id FROM sessions WHERE deleted_ms <= ?)")
      .bind(before)
      .run();
  sql.prepare("DELETE FROM sessions WHERE deleted_ms <= ?").bind(before).run();
  const auto removed = static_cast<std::size_t>(sql.changes());
  sql.execute("DELETE FROM media WHERE id NOT IN (SELECT media_id FROM sessions WHERE media_id IS NOT NULL)");
  transaction.commit();
  return removed;
}

std::optional<std::string> ChatStore::setting(std::string_view key) const {
  SqlStatement row = impl_->sql.prepare("SELECT value FROM settings WHERE key = ?");
  row.bind(key);
  return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

void ChatStore::set_setting(std::string_view key, std::string_view value) {
  impl_->sql.prepare("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)").bind(key).bind(value).run();
}

std::vector<fs::path> ChatStore::places_of(std::string_view hash) const {
  SqlStatement row = impl_->sql.prepare("SELECT path, bytes FROM media WHERE hash = ? ORDER BY id DESC");
  row.bind(hash);
  std::vector<fs::path> places;
  while (row.step()) {
    std::error_code error;
    fs::path path = row.text(0);
    if (fs::is_regular_file(path, error) && fs::file_size(path, error) == static_cast<std::uint64_t>(row.integer(1)) &&
        !error)
      places.push_back(std::move(path));
  }
  return places;
}

std::string ChatStore::integrity_problems() const {
  std::string out;
  for (const char* check : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
    SqlStatement row = impl_->sql.prepare(check);
    while (row.step())
      if (const std::string line = row.text(0); line != "ok") out += line + "\n";
  }
  return out;
}

ChatStore::Batch::Batch(ChatStore& store) : store_(&store) { store.impl_->sql.execute("BEGIN IMMEDIATE"); }

ChatStore::Batch::~Batch() {
  if (open_) sqlite3_exec(store_->impl_->sql.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void ChatStore::Batch::commit() {
  store_->impl_->sql.execute("COMMIT");
  open_ = false;
}

SessionMedia describe_media(const fs::path& file, const std::stop_token& stop) {
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(file, error);
  if (error) fail(ErrorKind::File, "{}: {}", file.string(), error.message());
  return {fs::absolute(file).lexically_normal(), content_hash(file, stop), bytes};
}

}  // namespace sparsight
