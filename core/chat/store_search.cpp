// Finds words in messages, titles and file names.
#include "core/chat/store_impl.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace sparsight {
namespace {

constexpr std::size_t kMostWords = 16;                       // of a search; the rest of a long text is ignored
constexpr std::size_t kExcerptBytes = std::size_t{4} << 20;  // that the excerpts of one search may read

// A search in the syntax of FTS5: every word as a string, all required, the last one as a prefix.
std::string fts_query(std::string_view words) {
  std::string query;
  std::size_t at = 0, count = 0;
  while (count++ < kMostWords && (at = words.find_first_not_of(" \t\n\r", at)) != std::string_view::npos) {
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

// Removes the marks that excerpt() put into the text and notes where they were.
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

std::vector<SearchHit> ChatStore::search(std::string_view text, std::size_t limit) const {
  const SearchWords wanted = parse_search(text);
  const std::string query = fts_query(wanted.words), tagged = having_tags(wanted.tags.size());
  if (query.empty()) return {};
  impl_->excerpts->bytes = kExcerptBytes;
  std::vector<SearchHit> out;
  const auto left = [&] { return static_cast<std::int64_t>(std::min<std::size_t>(limit - out.size(), INT64_MAX)); };
  const auto bind = [&](SqlStatement& statement) {
    statement.bind(query);
    for (const std::string& tag : wanted.tags) statement.bind(tag);
    statement.bind(left());
  };
  SqlStatement named = impl_->sql.prepare(
      fmt::format("SELECT s.id, s.title, excerpt(sessions_fts, 16), s.updated_ms "
                  "FROM sessions_fts JOIN sessions s ON s.id = sessions_fts.rowid "
                  "WHERE sessions_fts MATCH ? AND s.deleted_ms IS NULL{} ORDER BY s.updated_ms DESC, s.id DESC LIMIT ?",
                  tagged));
  bind(named);
  while (named.step()) {
    SearchHit hit{.session = named.integer(0), .title = named.text(1), .excerpt = {}, .created_ms = named.integer(3)};
    take_marks(hit, named.text(2));
    out.push_back(std::move(hit));
  }
  SqlStatement said = impl_->sql.prepare(fmt::format(
      "SELECT s.id, s.title, m.id, m.role, excerpt(messages_fts, 16), m.created_ms, ifnull(m.parent_id, 0), m.shown "
      "FROM messages_fts JOIN messages m ON m.id = messages_fts.rowid JOIN sessions s ON s.id = m.session_id "
      "WHERE messages_fts MATCH ? AND s.deleted_ms IS NULL{} ORDER BY messages_fts.rowid DESC LIMIT ?",
      tagged));
  bind(said);
  // Versions with the same text are one hit: the version that is shown, else the newest.
  std::map<std::tuple<SessionId, MessageId, MessageRole, std::string>, std::size_t> versions;
  while (said.step()) {
    SearchHit hit{.session = said.integer(0),
                  .title = said.text(1),
                  .message = said.integer(2),
                  .role = parse_name(said.text(3), chat_text::kRoles, file()),
                  .excerpt = {},
                  .created_ms = said.integer(5)};
    take_marks(hit, said.text(4));
    const auto [at, first] = versions.try_emplace({hit.session, said.integer(6), hit.role, hit.excerpt}, out.size());
    if (first)
      out.push_back(std::move(hit));
    else if (said.integer(7) != 0)
      out[at->second] = std::move(hit);
  }
  // No session is listed twice: its title is often its first question.
  std::set<SessionId> told;
  for (const SearchHit& hit : out)
    if (hit.message != 0) told.insert(hit.session);
  std::erase_if(out, [&](const SearchHit& hit) { return hit.message == 0 && told.contains(hit.session); });
  return out;
}

}  // namespace sparsight
