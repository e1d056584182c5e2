// Finding words in messages.
#include "core/chat_store_impl.h"

#include <algorithm>

namespace sparsight {
namespace {

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
                  .role = parse_name(row.text(3), chat_text::kRoles, file()),
                  .excerpt = {},
                  .created_ms = row.integer(5)};
    take_marks(hit, row.text(4));
    out.push_back(std::move(hit));
  }
  return out;
}

}  // namespace sparsight
