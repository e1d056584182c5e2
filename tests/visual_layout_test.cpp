// Where visual tokens are: Video-LLaVA's grid, and grids that no model here has yet.
#include "core/model/visual_layout.h"

#include <catch2/catch.hpp>

#include <vector>

namespace sparsight::test {
namespace {

using Tokens = std::vector<std::size_t>;

// Checks for every patch token that token() finds what place() said.
void check_both_ways(const VisualLayout& layout) {
  std::size_t patches = 0, expected = 0;
  for (std::size_t token = 0; token < layout.tokens(); ++token) {
    const TokenPlace place = layout.place(token);
    CHECK(layout.begin(place.block) <= token);
    CHECK(token < layout.end(place.block));
    CHECK(place.frame == layout.blocks()[place.block].frame);
    CHECK(layout.is_cls(token) == (place.kind == TokenPlace::Kind::Cls));
    if (!place.is_patch()) continue;
    ++patches;
    CHECK(layout.token(place.block, place.row, place.column) == token);
  }
  for (const VisualBlock& block : layout.blocks()) expected += block.rows * block.columns;
  CHECK(patches == expected);
}

}  // namespace

TEST_CASE("frames of CLS and a square grid", "[layout]") {
  const VisualLayout layout = VisualLayout::alike(8, {.rows = 16, .columns = 16, .cls = true});
  CHECK(layout.tokens() == 2056);
  CHECK(layout.frames() == 8);
  CHECK(layout.tokens_each() == std::optional<std::size_t>(257));
  CHECK(layout.cls(3) == std::optional<std::size_t>(3 * 257));
  CHECK(layout.token(2, 1, 5) == 2 * 257 + 1 + 16 + 5);
  CHECK(layout.has_cls());
  CHECK(layout.is_cls(257));
  CHECK_FALSE(layout.is_cls(256));
  CHECK_FALSE(layout.is_cls(2056));
  CHECK(layout.shown(7) == Tokens{7});
  check_both_ways(layout);
}

TEST_CASE("rows that end with a newline", "[layout]") {
  const VisualLayout layout = VisualLayout::alike(2, {.rows = 3, .columns = 5, .after_row = 1});
  CHECK(layout.tokens() == 36);
  CHECK_FALSE(layout.has_cls());
  CHECK(layout.cls(1) == std::nullopt);
  CHECK(layout.token(1, 2, 4) == 18 + 2 * 6 + 4);
  for (const std::size_t newline : {5u, 11u, 17u, 23u, 29u, 35u})
    CHECK(layout.place(newline).kind == TokenPlace::Kind::Extra);
  check_both_ways(layout);
}

TEST_CASE("blocks that differ: an overview, tiles, and pairs of frames", "[layout]") {
  const VisualLayout layout(std::vector<VisualBlock>{
      {.frame = 0, .rows = 2, .columns = 2, .cls = true, .after = 1},
      {.frame = 0, .rows = 3, .columns = 2, .before = 2, .before_row = 1, .part = {0, 0, 0.5, 1}},
      {.frame = 0, .rows = 3, .columns = 2, .after_row = 1, .part = {0.5, 0, 0.5, 1}},
      {.frame = 1, .frames = 2, .rows = 4, .columns = 6},
      {.frame = 3, .frames = 2, .rows = 2, .columns = 3},
  });
  CHECK(layout.frames() == 5);
  CHECK(layout.tokens() == 6 + 11 + 9 + 24 + 6);
  CHECK(layout.tokens_each() == std::nullopt);
  CHECK(layout.shown(0) == Tokens{1, 2});
  CHECK(layout.shown(1) == Tokens{3});
  CHECK(layout.shown(2) == Tokens{3});
  CHECK(layout.shown(4) == Tokens{4});
  CHECK(layout.shown(5).empty());
  CHECK(layout.tokens_of(0).size() == 26);
  CHECK(layout.tokens_of(2).front() == 26);
  CHECK(layout.tokens_of(2).size() == 24);
  CHECK(layout.place(5).kind == TokenPlace::Kind::Extra);
  CHECK(layout.token(1, 0, 0) == 6 + 2 + 1);
  check_both_ways(layout);
}

TEST_CASE("words around a frame's tokens", "[layout]") {
  const VisualLayout layout(std::vector<VisualBlock>{
      {.frame = 0, .rows = 2, .columns = 2, .cls = true, .words_before = 3, .words_after = 1},
      {.frame = 1, .rows = 1, .columns = 2, .before = 1, .words_before = 2},
  });
  REQUIRE(layout.tokens() == 9 + 5);
  CHECK(layout.has_words());
  CHECK(layout.cls(0) == std::optional<std::size_t>(3));
  CHECK(layout.token(0, 0, 0) == 4);
  CHECK(layout.token(1, 0, 1) == 9 + 2 + 1 + 1);
  CHECK(layout.place(11).kind == TokenPlace::Kind::Extra);
  Tokens words;
  for (std::size_t token = 0; token < layout.tokens(); ++token)
    if (layout.is_word(token)) words.push_back(token);
  CHECK(words == Tokens{0, 1, 2, 8, 9, 10});
  CHECK_FALSE(VisualLayout::alike(2, {.rows = 2, .columns = 2, .after_row = 1}).has_words());
  check_both_ways(layout);
}

TEST_CASE("nothing is known of an empty layout", "[layout]") {
  const VisualLayout layout;
  CHECK(layout.empty());
  CHECK(layout.tokens() == 0);
  CHECK(layout.frames() == 0);
  CHECK(layout.tokens_each() == std::nullopt);
  CHECK_FALSE(layout.is_cls(0));
  CHECK(layout.shown(0).empty());
}

}  // namespace sparsight::test
