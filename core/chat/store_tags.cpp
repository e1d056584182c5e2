// Tags of sessions, and tags in a search.
#include "core/base/text.h"
#include "core/chat/store_impl.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace sparsight {
namespace {

constexpr std::size_t kMostTag = 60;  // bytes
constexpr std::string_view kTagWord = "tag:", kBlanks = " \t\n\r";

// Without the difference between capital and small letters, and between ways to compose a letter.
std::string folded(std::string_view text) {
  utf8proc_uint8_t* small = nullptr;
  const utf8proc_ssize_t bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &small, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  if (bytes == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (bytes < 0) return std::string(text);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(small, &std::free);
  return {reinterpret_cast<const char*>(small), static_cast<std::size_t>(bytes)};
}

}  // namespace

int add_folded_function(sqlite3* database) {
  const auto fold = [](sqlite3_context* context, int, sqlite3_value** values) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    if (text == nullptr) return sqlite3_result_null(context);
    try {
      const std::string small = folded({text, static_cast<std::size_t>(sqlite3_value_bytes(values[0]))});
      sqlite3_result_text(context, small.data(), static_cast<int>(small.size()), SQLITE_TRANSIENT);
    } catch (const std::bad_alloc&) {
      sqlite3_result_error_nomem(context);
    }
  };
  return sqlite3_create_function_v2(database, "folded", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, fold, nullptr,
                                    nullptr, nullptr);
}

std::string tag_of(std::string_view text) {
  std::string tag = one_line(trimmed(text), kMostTag, "");
  std::erase(tag, '"');
  return std::string(trimmed(tag));
}

SearchWords parse_search(std::string_view text) {
  SearchWords found;
  for (std::size_t at = 0; (at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos;) {
    std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    std::string_view word = text.substr(at, end - at);
    if (!word.starts_with(kTagWord)) {
      if (!found.words.empty()) found.words += ' ';
      found.words += word;
    } else {
      if (word.substr(kTagWord.size()).starts_with('"')) {
        end = std::min(text.find('"', at + kTagWord.size() + 1), text.size());
        word = text.substr(at, end - at);
      }
      if (std::string tag = tag_of(word.substr(kTagWord.size())); !tag.empty()) found.tags.push_back(std::move(tag));
    }
    at = std::min(end + 1, text.size());
  }
  // Whether the last word is complete matters to the search.
  if (!found.words.empty() && !text.empty() && kBlanks.find(text.back()) != std::string_view::npos) found.words += ' ';
  return found;
}

std::string having_tags(std::size_t count) {
  std::string condition;
  for (std::size_t i = 0; i < count; ++i)
    condition += " AND EXISTS (SELECT 1 FROM tags WHERE session_id = s.id AND folded(tag) = folded(?))";
  return condition;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

void ChatStore::set_tag(SessionId id, std::string_view text, bool has) {
  const std::string tag = tag_of(text);
  if (tag.empty()) fail(ErrorKind::Usage, "a tag is empty");
  const SqlDatabase& sql = impl_->sql;
  SqlTransaction transaction(sql);
  SqlStatement there = sql.prepare("SELECT 1 FROM sessions WHERE id = ?");
  there.bind(id);
  if (!there.step()) fail(ErrorKind::Usage, "{}: there is no session {}", file().string(), id);
  sql.prepare(has ? "INSERT INTO tags (session_id, tag) SELECT ?1, ?2 "
                    "WHERE NOT EXISTS (SELECT 1 FROM tags WHERE session_id = ?1 AND folded(tag) = folded(?2))"
                  : "DELETE FROM tags WHERE session_id = ? AND folded(tag) = folded(?)")
      .bind(id)
      .bind(tag)
      .run();
  transaction.commit();
}

std::vector<std::pair<std::string, std::size_t>> ChatStore::tags() const {
  SqlStatement row = impl_->sql.prepare(
      "SELECT min(t.tag), count(*) FROM tags t JOIN sessions s ON s.id = t.session_id WHERE s.deleted_ms IS NULL "
      "GROUP BY folded(t.tag) ORDER BY folded(t.tag)");
  std::vector<std::pair<std::string, std::size_t>> out;
  while (row.step()) out.emplace_back(row.text(0), static_cast<std::size_t>(row.integer(1)));
  return out;
}

}  // namespace sparsight
