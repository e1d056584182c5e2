#include "core/chat_store.h"

#include "core/chat_store_sql.h"
#include "core/json.h"
#include "core/mapped_file.h"
#include "core/trace.h"
#include "migrations.h"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kApplicationId = 0x53505354;  // "SPST", so that `file` and we know our own
constexpr std::size_t kMostTraceBytes = std::size_t{1} << 30;
constexpr int kCompression = 6;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

template <typename Enum, std::size_t N>
Enum parse(const std::string& name, const std::array<Enum, N>& all, const fs::path& file) {
  for (const Enum value : all)
    if (to_string(value) == name) return value;
  fail(ErrorKind::Store, "{}: the database is damaged: \"{}\" is not expected there", file.string(), shown(name));
}

constexpr std::array kRoles{MessageRole::Question, MessageRole::Answer};
constexpr std::array kStates{MessageState::Complete, MessageState::Partial, MessageState::Stopped,
                             MessageState::Failed};

// The words of a search as FTS5 reads them: each a string, all of them wanted, the last one a beginning.
std::string fts_query(std::string_view words) {
  std::string query;
  std::size_t at = 0;
  while ((at = words.find_first_not_of(" \t\n\r", at)) != std::string_view::npos) {
    const std::size_t end = std::min(words.find_first_of(" \t\n\r", at), words.size());
    std::string quoted;
    for (const char c : words.substr(at, end - at)) {
      if (c == '"') quoted += '"';
      if (c != '\0') quoted += c;
    }
    query += (query.empty() ? "\"" : " \"") + quoted + "\"";
    at = end;
  }
  return query.empty() ? query : query + " *";
}

// Cuts the marks that snippet() put in out of the text and says where they were.
void take_marks(SearchHit& hit, const std::string& marked) {
  std::size_t begin = 0;
  for (const char c : marked) {
    if (c == '\x02')
      begin = hit.excerpt.size();
    else if (c == '\x03')
      hit.marks.emplace_back(begin, hit.excerpt.size() - begin);
    else
      hit.excerpt += c;
  }
}

}  // namespace

std::string_view to_string(MessageRole role) { return role == MessageRole::Question ? "question" : "answer"; }

std::string_view to_string(MessageState state) {
  switch (state) {
    case MessageState::Complete: return "complete";
    case MessageState::Partial: return "partial";
    case MessageState::Stopped: return "stopped";
    case MessageState::Failed: return "failed";
  }
  return "";
}

struct ChatStore::Impl {
  explicit Impl(const fs::path& file) : sql(file) {}

  SqlDatabase sql;
  std::int64_t seen_version = 0;

  void migrate();
  void write(SqlStatement statement, std::string_view what, std::int64_t id);
  [[nodiscard]] std::int64_t media_id(const SessionMedia& media) const;
  [[nodiscard]] Session read_session(SqlStatement& row) const;
};

// Brings the file to this version's form. Nothing is written before it is known to be ours and not newer.
void ChatStore::Impl::migrate() {
  const std::string where = sql.file().string();
  const auto version = [&] { return sql.pragma("user_version"); };
  const std::int64_t tables = [&] {
    SqlStatement count = sql.prepare("SELECT count(*) FROM sqlite_schema");
    return count.step() ? count.integer(0) : 0;
  }();
  const std::int64_t application = sql.pragma("application_id");
  if (tables > 0 && application != kApplicationId)
    fail(ErrorKind::Store, "{}: expected a chat database of Sparsight, found a database of another program", where);
  if (version() > static_cast<std::int64_t>(kMigrations.size()))
    fail(ErrorKind::Store,
         "{}: the database has version {}, this Sparsight reads up to {}: a newer Sparsight wrote it. It was not "
         "changed",
         where, version(), kMigrations.size());
  if (sql.read_only()) {
    if (version() < static_cast<std::int64_t>(kMigrations.size()))
      fail(ErrorKind::Store, "{}: the database has an older form ({}) and may only be read, so it cannot be renewed",
           where, version());
    sql.execute("PRAGMA foreign_keys = ON");
    return;
  }
  sql.execute("PRAGMA journal_mode = WAL");
  sql.execute("PRAGMA synchronous = FULL");
  sql.execute("PRAGMA foreign_keys = ON");
  if (version() == static_cast<std::int64_t>(kMigrations.size())) return;
  SqlTransaction transaction(sql);
  // Another process may have been faster while this one waited.
  for (auto next = static_cast<std::size_t>(version()); next < kMigrations.size(); ++next)
    sql.execute(std::string(kMigrations[next]));
  sql.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
  sql.execute(fmt::format("PRAGMA user_version = {}", kMigrations.size()));
  transaction.commit();
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
    "SELECT s.id, s.title, s.pinned, s.created_ms, s.updated_ms, s.messages, m.path, m.hash, m.bytes "
    "FROM sessions s LEFT JOIN media m ON m.id = s.media_id ";
}

Session ChatStore::Impl::read_session(SqlStatement& row) const {
  Session session{.id = row.integer(0),
                  .title = row.text(1),
                  .pinned = row.integer(2) != 0,
                  .created_ms = row.integer(3),
                  .updated_ms = row.integer(4),
                  .messages = static_cast<std::size_t>(std::max<std::int64_t>(0, row.integer(5)))};
  if (!row.is_null(6))
    session.media = SessionMedia{row.text(6), row.text(7), static_cast<std::uint64_t>(row.integer(8))};
  return session;
}

ChatStore::ChatStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChatStore::ChatStore(ChatStore&&) noexcept = default;
ChatStore& ChatStore::operator=(ChatStore&&) noexcept = default;
ChatStore::~ChatStore() = default;

ChatStore ChatStore::open(const fs::path& file) {
  std::error_code ignored;  // what is wrong with the folder shows when the file is opened
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
  auto impl = std::make_unique<Impl>(file);
  impl->migrate();
  impl->seen_version = impl->sql.pragma("data_version");
  return ChatStore(std::move(impl));
}

fs::path ChatStore::default_file() {
  const auto from = [](const char* name) { return std::getenv(name); };
  fs::path base;
  if (const char* data = from("XDG_DATA_HOME"); data != nullptr && *data == '/') base = data;
#ifdef _WIN32
  else if (const char* local = from("LOCALAPPDATA"); local != nullptr)
    base = local;
#endif
  else if (const char* home = from("HOME"); home != nullptr && *home != '\0')
    base = fs::path(home) / ".local" / "share";
  else
    fail(ErrorKind::Store, "no place for the chat database: neither XDG_DATA_HOME nor HOME is set");
  return base / "sparsight" / "chats.db";
}

const fs::path& ChatStore::file() const { return impl_->sql.file(); }
bool ChatStore::read_only() const { return impl_->sql.read_only(); }

bool ChatStore::changed_elsewhere() {
  const std::int64_t version = impl_->sql.pragma("data_version");
  return std::exchange(impl_->seen_version, version) != version;
}

SessionId ChatStore::add_session(std::string_view title, const std::optional<SessionMedia>& media) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  const std::int64_t now = now_ms();
  const auto media_id = media ? std::optional(impl_->media_id(*media)) : std::nullopt;
  sql.prepare("INSERT INTO sessions (title, created_ms, updated_ms, media_id) VALUES (?, ?, ?, ?)")
      .bind(title)
      .bind(now)
      .bind(now)
      .bind(media_id)
      .run();
  const SessionId id = sql.last_id();
  transaction.commit();
  return id;
}

std::vector<Session> ChatStore::sessions(std::size_t limit, std::size_t offset) const {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(std::min<std::size_t>(n, INT64_MAX)); };
  SqlStatement row = impl_->sql.prepare(std::string(kSessionColumns) +
                                        "WHERE s.deleted_ms IS NULL "
                                        "ORDER BY s.pinned DESC, s.updated_ms DESC, s.id DESC LIMIT ? OFFSET ?");
  row.bind(count(limit)).bind(count(offset));
  std::vector<Session> out;
  while (row.step()) out.push_back(impl_->read_session(row));
  return out;
}

std::optional<Session> ChatStore::session(SessionId id) const {
  SqlStatement row = impl_->sql.prepare(std::string(kSessionColumns) + "WHERE s.id = ? AND s.deleted_ms IS NULL");
  row.bind(id);
  return row.step() ? std::optional(impl_->read_session(row)) : std::nullopt;
}

void ChatStore::rename_session(SessionId id, std::string_view title) {
  SqlStatement change = impl_->sql.prepare("UPDATE sessions SET title = ? WHERE id = ?");
  change.bind(title).bind(id);
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

MessageId ChatStore::add_message(SessionId session, const Message& message) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  SqlStatement insert = sql.prepare(
      "INSERT INTO messages (session_id, role, text, state, created_ms, details) "
      "SELECT id, ?, ?, ?, ?, ? FROM sessions WHERE id = ? AND deleted_ms IS NULL");
  insert.bind(to_string(message.role))
      .bind(message.text)
      .bind(to_string(message.state))
      .bind(message.created_ms)
      .bind(message.details)
      .bind(session);
  impl_->write(std::move(insert), "session", session);
  // Not last_insert_rowid(): the search's index has rows of its own.
  SqlStatement newest = sql.prepare("SELECT max(id) FROM messages WHERE session_id = ?");
  newest.bind(session);
  SPARSIGHT_CHECK(newest.step());
  const MessageId id = newest.integer(0);
  transaction.commit();
  return id;
}

MessageId ChatStore::add_question(SessionId session, std::string_view text) {
  return add_message(session, {.role = MessageRole::Question, .text = std::string(text), .created_ms = now_ms()});
}

MessageId ChatStore::begin_answer(SessionId session) {
  return add_message(session,
                     {.role = MessageRole::Answer, .text = {}, .state = MessageState::Partial, .created_ms = now_ms()});
}

void ChatStore::write_answer(MessageId id, std::string_view text) {
  SqlStatement change = impl_->sql.prepare("UPDATE messages SET text = ? WHERE id = ? AND role = 'answer'");
  change.bind(text).bind(id);
  impl_->write(std::move(change), "answer", id);
}

void ChatStore::finish_answer(MessageId id, std::string_view text, MessageState state, std::string_view details) {
  SqlStatement change =
      impl_->sql.prepare("UPDATE messages SET text = ?, state = ?, details = ? WHERE id = ? AND role = 'answer'");
  change.bind(text).bind(to_string(state)).bind(details).bind(id);
  impl_->write(std::move(change), "answer", id);
}

std::vector<Message> ChatStore::messages(SessionId session) const {
  SqlStatement row = impl_->sql.prepare(
      "SELECT m.id, m.role, m.text, m.state, m.created_ms, m.details, t.message_id IS NOT NULL "
      "FROM messages m LEFT JOIN traces t ON t.message_id = m.id WHERE m.session_id = ? ORDER BY m.id");
  row.bind(session);
  std::vector<Message> out;
  while (row.step())
    out.push_back({.id = row.integer(0),
                   .role = parse(row.text(1), kRoles, file()),
                   .text = row.text(2),
                   .state = parse(row.text(3), kStates, file()),
                   .created_ms = row.integer(4),
                   .details = row.text(5),
                   .has_trace = row.integer(6) != 0});
  return out;
}

void ChatStore::remove_from(MessageId id) {
  SqlStatement remove = impl_->sql.prepare(
      "DELETE FROM messages WHERE id >= ?1 AND session_id = (SELECT session_id FROM messages WHERE id = ?1)");
  remove.bind(id);
  impl_->write(std::move(remove), "message", id);
}

void ChatStore::set_trace(MessageId answer, const Trace& trace) {
  const std::string bytes = trace_bytes(trace);
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kCompression);
  if (ZSTD_isError(size) != 0) fail(ErrorKind::Memory, "a trace could not be compressed: {}", ZSTD_getErrorName(size));
  packed.resize(size);
  SqlStatement insert = impl_->sql.prepare(
      "INSERT OR REPLACE INTO traces (message_id, bytes, data) SELECT id, ?, ? FROM messages WHERE id = ?");
  insert.bind(static_cast<std::int64_t>(bytes.size())).bind_blob(packed).bind(answer);
  impl_->write(std::move(insert), "answer", answer);
}

std::optional<Trace> ChatStore::trace(MessageId answer) const {
  SqlStatement row = impl_->sql.prepare("SELECT bytes, data FROM traces WHERE message_id = ?");
  row.bind(answer);
  if (!row.step()) return std::nullopt;
  const std::string where = fmt::format("{}: the trace of message {}", file().string(), answer);
  const auto size = row.integer(0);
  const std::span<const char> packed = row.blob(1);
  if (size < 0 || static_cast<std::size_t>(size) > kMostTraceBytes)
    fail(ErrorKind::Store, "{}: is damaged: {} bytes long", where, size);
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != bytes.size()) fail(ErrorKind::Store, "{}: is damaged", where);
  try {
    return parse_trace(bytes, where);
  } catch (const Error& error) {
    fail(ErrorKind::Store, "{}", error.what());
  }
}

std::vector<SearchHit> ChatStore::search(std::string_view words, std::size_t limit) const {
  const std::string query = fts_query(words);
  if (query.empty()) return {};
  SqlStatement row = impl_->sql.prepare(
      "SELECT s.id, s.title, m.id, m.role, snippet(messages_fts, 0, char(2), char(3), '…', 16), m.created_ms "
      "FROM messages_fts JOIN messages m ON m.id = messages_fts.rowid JOIN sessions s ON s.id = m.session_id "
      "WHERE messages_fts MATCH ? AND s.deleted_ms IS NULL ORDER BY messages_fts.rowid DESC LIMIT ?");
  row.bind(query).bind(static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
  std::vector<SearchHit> out;
  while (row.step()) {
    SearchHit hit{.session = row.integer(0),
                  .title = row.text(1),
                  .message = row.integer(2),
                  .role = parse(row.text(3), kRoles, file()),
                  .excerpt = {},
                  .created_ms = row.integer(5)};
    take_marks(hit, row.text(4));
    out.push_back(std::move(hit));
  }
  return out;
}

std::optional<std::string> ChatStore::setting(std::string_view key) const {
  SqlStatement row = impl_->sql.prepare("SELECT value FROM settings WHERE key = ?");
  row.bind(key);
  return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

void ChatStore::set_setting(std::string_view key, std::string_view value) {
  impl_->sql.prepare("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)").bind(key).bind(value).run();
}

std::optional<fs::path> ChatStore::find_by_hash(std::string_view hash) const {
  SqlStatement row = impl_->sql.prepare("SELECT path, bytes FROM media WHERE hash = ? ORDER BY id DESC");
  row.bind(hash);
  while (row.step()) {
    std::error_code error;
    const fs::path path = row.text(0);
    if (fs::is_regular_file(path, error) && fs::file_size(path, error) == static_cast<std::uint64_t>(row.integer(1)) &&
        !error && content_hash(path) == hash)
      return path;
  }
  return std::nullopt;
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

std::string content_hash(const fs::path& file) {
  const MappedFile mapped = MappedFile::open(file);
  const auto bytes = mapped.bytes();
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string hex;
  for (const unsigned char byte : canonical.digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

SessionMedia describe_media(const fs::path& file) {
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(file, error);
  if (error) fail(ErrorKind::File, "{}: {}", file.string(), error.message());
  return {fs::absolute(file).lexically_normal(), content_hash(file), bytes};
}

}  // namespace sparsight
