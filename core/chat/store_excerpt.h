// An SQL function beside FTS5's own: excerpt(TABLE, WORDS) is a piece of the text around a hit, with char(2) before and
// char(3) behind each hit. Internal to the chat store.
//
// snippet() compares every hit with every other. This looks at the first hits only and reads no more than it must, so
// that the cost of a long message grows with its length and no faster.
#pragma once

#include <cstddef>

struct sqlite3;

namespace sparsight {

// How many bytes the excerpts of one search may read; later hits show the beginning of the text.
struct ExcerptBudget {
  std::size_t bytes = 0;
};

// `budget` is read at each call and must outlive the database. Returns SQLite's result code.
[[nodiscard]] int add_excerpt_function(sqlite3* database, ExcerptBudget* budget);

}  // namespace sparsight
