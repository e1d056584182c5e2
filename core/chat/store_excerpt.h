// An SQL function beside FTS5's own: excerpt(TABLE, WORDS) is a piece of the text around what was found, with char(2)
// before and char(3) behind each hit. Internal to the chat store.
//
// snippet() weighs every hit against every other; this looks at the first ones and reads no further than it has to, so
// that a long message costs no more than its length.
#pragma once

#include <cstddef>

struct sqlite3;

namespace sparsight {

// The work that the excerpts of one search may take: a hit beyond it shows the text's beginning.
struct ExcerptBudget {
  std::size_t bytes = 0;
};

// `budget` is read at each call and outlives the database. The result code of SQLite.
[[nodiscard]] int add_excerpt_function(sqlite3* database, ExcerptBudget* budget);

}  // namespace sparsight
