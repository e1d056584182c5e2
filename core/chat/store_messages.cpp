// Messages, their tree and their traces.
#include "core/chat/store_impl.h"
#include "core/pruning/trace.h"

#include <zstd.h>

namespace sparsight {

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

namespace {

constexpr std::size_t kMostTraceBytes = std::size_t{1} << 30;
constexpr int kCompression = 6;

// The ids of the path that session ?1 shows. It ends even in a damaged database: each message has one parent. The sign
// + removes the column's affinity from the comparison, without which SQLite would not use the index messages_shown.
constexpr std::string_view kShownPath =
    "WITH RECURSIVE path (id, depth) AS ("
    "SELECT id, 0 FROM messages WHERE session_id = ?1 AND ifnull(parent_id, 0) = 0 AND shown = 1 UNION ALL "
    "SELECT m.id, path.depth + 1 FROM path JOIN messages m ON m.session_id = ?1 AND ifnull(m.parent_id, 0) = +path.id "
    "AND m.shown = 1) ";

constexpr std::string_view kMessageColumns =
    "SELECT m.id, m.role, m.text, m.state, m.created_ms, m.details, EXISTS (SELECT 1 FROM traces WHERE message_id = "
    "m.id), ifnull(m.parent_id, 0), (SELECT count(*) FROM messages v WHERE v.parent_id IS m.parent_id AND v.session_id "
    "= m.session_id AND v.id <= m.id), (SELECT count(*) FROM messages v WHERE v.parent_id IS m.parent_id AND "
    "v.session_id = m.session_id) ";

}  // namespace

Message ChatStore::Impl::read_message(const SqlStatement& row) const {
  return {.id = row.integer(0),
          .role = parse_name(row.text(1), chat_text::kRoles, sql.file()),
          .text = row.text(2),
          .state = parse_name(row.text(3), chat_text::kStates, sql.file()),
          .created_ms = row.integer(4),
          .details = row.text(5),
          .has_trace = row.integer(6) != 0,
          .parent = row.integer(7),
          .version = static_cast<std::size_t>(row.integer(8)),
          .versions = static_cast<std::size_t>(row.integer(9))};
}

// The parent of a message, for a new version of it.
MessageId ChatStore::Impl::parent_of_version(SessionId session, MessageId id, MessageRole role) const {
  SqlStatement row =
      sql.prepare("SELECT ifnull(parent_id, 0) FROM messages WHERE id = ? AND session_id = ? AND role = ?");
  row.bind(id).bind(session).bind(to_string(role));
  if (!row.step())
    fail(ErrorKind::Usage, "{}: there is no {} {} in session {}", sql.file().string(), to_string(role), id, session);
  return row.integer(0);
}

// Hides all messages of a session with this parent.
void ChatStore::Impl::hide_versions(SessionId session, MessageId parent) const {
  sql.prepare("UPDATE messages SET shown = 0 WHERE session_id = ? AND ifnull(parent_id, 0) = ? AND shown = 1")
      .bind(session)
      .bind(parent)
      .run();
}

MessageId ChatStore::add_message(SessionId session, const Message& message, std::optional<MessageId> parent) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  if (!parent) {
    SqlStatement leaf = sql.prepare(fmt::format("{}SELECT id FROM path ORDER BY depth DESC LIMIT 1", kShownPath));
    leaf.bind(session);
    parent = leaf.step() ? leaf.integer(0) : 0;
  } else if (*parent != 0) {
    SqlStatement there = sql.prepare("SELECT 1 FROM messages WHERE id = ? AND session_id = ?");
    there.bind(*parent).bind(session);
    if (!there.step())
      fail(ErrorKind::Usage, "{}: there is no message {} in session {}", file().string(), *parent, session);
  }
  impl_->hide_versions(session, *parent);
  // Not last_insert_rowid(), which may be a row of the search index.
  SqlStatement insert = sql.prepare(
      "INSERT INTO messages (session_id, parent_id, role, text, state, created_ms, details) "
      "SELECT id, nullif(?, 0), ?, ?, ?, ?, ? FROM sessions WHERE id = ? AND deleted_ms IS NULL RETURNING id");
  insert.bind(*parent)
      .bind(to_string(message.role))
      .bind(message.text)
      .bind(to_string(message.state))
      .bind(message.created_ms)
      .bind(message.details)
      .bind(session);
  if (!insert.step()) fail(ErrorKind::Usage, "{}: there is no session {}", file().string(), session);
  const MessageId id = insert.integer(0);
  insert.run();
  transaction.commit();
  return id;
}

MessageId ChatStore::Impl::add_new(ChatStore& store, SessionId session, const Message& message,
                                   std::optional<MessageId> instead_of) {
  SqlTransaction transaction(sql);
  const auto parent = instead_of ? std::optional(parent_of_version(session, *instead_of, message.role)) : std::nullopt;
  const MessageId id = store.add_message(session, message, parent);
  transaction.commit();
  return id;
}

MessageId ChatStore::add_question(SessionId session, std::string_view text, std::optional<MessageId> instead_of) {
  return impl_->add_new(*this, session,
                        {.role = MessageRole::Question, .text = std::string(text), .created_ms = now_ms()}, instead_of);
}

MessageId ChatStore::begin_answer(SessionId session, std::optional<MessageId> instead_of) {
  return impl_->add_new(
      *this, session, {.role = MessageRole::Answer, .text = {}, .state = MessageState::Partial, .created_ms = now_ms()},
      instead_of);
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
      fmt::format("{}{}FROM path JOIN messages m ON m.id = path.id ORDER BY path.depth", kShownPath, kMessageColumns));
  row.bind(session);
  std::vector<Message> out;
  while (row.step()) out.push_back(impl_->read_message(row));
  return out;
}

std::vector<Message> ChatStore::all_messages(SessionId session) const {
  SqlStatement row =
      impl_->sql.prepare(fmt::format("{}FROM messages m WHERE m.session_id = ? ORDER BY m.id", kMessageColumns));
  row.bind(session);
  std::vector<Message> out;
  while (row.step()) out.push_back(impl_->read_message(row));
  return out;
}

std::vector<MessageId> ChatStore::versions(MessageId id) const {
  SqlStatement row = impl_->sql.prepare(
      "SELECT v.id FROM messages m JOIN messages v ON v.parent_id IS m.parent_id AND v.session_id = m.session_id "
      "WHERE m.id = ? ORDER BY v.id");
  row.bind(id);
  std::vector<MessageId> out;
  while (row.step()) out.push_back(row.integer(0));
  return out;
}

std::vector<Message> ChatStore::version_messages(MessageId id, std::size_t most) const {
  SqlStatement row = impl_->sql.prepare(
      fmt::format("{}FROM messages m JOIN messages o ON m.parent_id IS o.parent_id AND m.session_id = o.session_id "
                  "AND m.role = o.role WHERE o.id = ? ORDER BY m.id DESC LIMIT ?",
                  kMessageColumns));
  row.bind(id).bind(static_cast<std::int64_t>(most));
  std::vector<Message> out;
  while (row.step()) out.push_back(impl_->read_message(row));
  std::ranges::reverse(out);
  return out;
}

void ChatStore::choose(MessageId id) {
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  struct Hidden {
    MessageId id, parent;
    SessionId session;
  };
  std::vector<Hidden> hidden;
  {
    // UNION, not UNION ALL: it ends even if a damaged database has a cycle.
    SqlStatement up = sql.prepare(
        "WITH RECURSIVE up (id, parent, session, shown) AS ("
        "SELECT id, ifnull(parent_id, 0), session_id, shown FROM messages WHERE id = ? UNION "
        "SELECT m.id, ifnull(m.parent_id, 0), m.session_id, m.shown FROM up JOIN messages m ON m.id = up.parent) "
        "SELECT id, parent, session, shown FROM up");
    up.bind(id);
    bool found = false;
    for (; up.step(); found = true)
      if (up.integer(3) == 0) hidden.push_back({up.integer(0), up.integer(1), up.integer(2)});
    if (!found) fail(ErrorKind::Usage, "{}: there is no message {}", file().string(), id);
  }
  for (const Hidden& message : hidden) {
    impl_->hide_versions(message.session, message.parent);
    sql.prepare("UPDATE messages SET shown = 1 WHERE id = ?").bind(message.id).run();
  }
  transaction.commit();
}

PackedTrace::PackedTrace(const Trace& trace) {
  const std::string whole = trace_bytes(trace);
  bytes = whole.size();
  data.resize(ZSTD_compressBound(bytes));
  const std::size_t size = ZSTD_compress(data.data(), data.size(), whole.data(), whole.size(), kCompression);
  if (ZSTD_isError(size) != 0) fail(ErrorKind::Memory, "a trace could not be compressed: {}", ZSTD_getErrorName(size));
  data.resize(size);
}

void ChatStore::set_trace(MessageId answer, const PackedTrace& trace) {
  SqlStatement insert = impl_->sql.prepare(
      "INSERT OR REPLACE INTO traces (message_id, bytes, data) SELECT id, ?, ? FROM messages WHERE id = ?");
  insert.bind(static_cast<std::int64_t>(trace.bytes)).bind_blob(trace.data).bind(answer);
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

}  // namespace sparsight
