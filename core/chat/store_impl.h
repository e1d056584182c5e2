// Shared by the sources of the chat store.
#pragma once

#include "core/base/json.h"
#include "core/base/stopwatch.h"
#include "core/chat/sql.h"
#include "core/chat/store.h"
#include "core/chat/store_excerpt.h"
#include "core/chat/text.h"
#include "kernels/error.h"

#include <array>

namespace sparsight {

struct ChatStore::Impl {
  Impl(const std::filesystem::path& file, bool make) : sql(file, make) {}

  std::unique_ptr<ExcerptBudget> excerpts = std::make_unique<ExcerptBudget>();  // outlives the database
  SqlDatabase sql;
  std::int64_t seen_version = 0;

  void migrate();
  void write(SqlStatement statement, std::string_view what, std::int64_t id);
  [[nodiscard]] std::int64_t media_id(const SessionMedia& media) const;
  [[nodiscard]] Session read_session(SqlStatement& row) const;
  [[nodiscard]] Message read_message(const SqlStatement& row) const;
  [[nodiscard]] MessageId parent_of_version(SessionId session, MessageId id, MessageRole role) const;
  void hide_versions(SessionId session, MessageId parent) const;
  [[nodiscard]] MessageId add_new(ChatStore& store, SessionId session, const Message& message,
                                  std::optional<MessageId> instead_of);
};

// Adds the SQL function folded(text): alike for texts that differ only in the case of letters. Returns SQLite's code.
[[nodiscard]] int add_folded_function(sqlite3* database);

// A condition that session s has all of `count` tags, to be bound.
[[nodiscard]] std::string having_tags(std::size_t count);
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

// The value of a name in the database.
template <typename Enum, std::size_t N>
Enum parse_name(const std::string& name, const std::array<Enum, N>& all, const std::filesystem::path& file) {
  for (const Enum value : all)
    if (to_string(value) == name) return value;
  fail(ErrorKind::Store, "{}: the database is damaged: \"{}\" is not expected there", file.string(), shown(name));
}

}  // namespace sparsight
