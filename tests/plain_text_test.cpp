// Text of files on its way to people.
#include <catch2/catch.hpp>

#include "core/plain_text.h"

namespace sparsight::test {

TEST_CASE("plain text drives no terminal and stays readable", "[text]") {
  CHECK(plain_text("Où va l'étoile? 星 😀", "") == "Où va l'étoile? 星 😀");
  CHECK(plain_text("a\nb\tc", "") == "a b c");
  CHECK(plain_text("a\nb\tc\rd", "", Lines::Keep) == "a\nb\tcd");
  CHECK(plain_text("\x1b]0;x\x07\x7f\u009b5m", "?") == "?]0;x???5m");
  // Separators of lines and paragraphs; what turns the order of the text behind it.
  CHECK(plain_text("a\u2028b\u2029c\u202Ed\u2066e\u2069f", "") == "abcdef");
  CHECK(plain_text(std::string_view("a\0b", 3), "?") == "a?b");
}

TEST_CASE("what is no UTF-8 becomes U+FFFD byte by byte", "[text]") {
  const std::string bad = "\uFFFD";
  CHECK(plain_text("caf\xe9.mp4", "") == "caf" + bad + ".mp4");
  CHECK(plain_text("\x9b", "") == bad);                                // C1 to a terminal that reads Latin-1
  CHECK(plain_text("\xc0\x80", "") == bad + bad);                      // overlong
  CHECK(plain_text("\xed\xa0\x80", "") == bad + bad + bad);            // half a surrogate pair
  CHECK(plain_text("\xf4\x90\x80\x80", "") == bad + bad + bad + bad);  // beyond Unicode
  CHECK(plain_text("\xe2\x82", "") == bad + bad);                      // cut off
}

TEST_CASE("one line is cut between characters and says so", "[text]") {
  CHECK(one_line("a\nb") == "a b");
  CHECK(one_line("abc", 3) == "abc");
  CHECK(one_line("abcd", 3) == "abc…");
  CHECK(one_line("ab😀c", 5) == "ab…");
  CHECK(one_line("ab😀c", 6) == "ab😀…");
  CHECK(one_line(std::string(10'000, 'x')).size() == 503);
  CHECK(whole_characters("é", 1).empty());
}

}  // namespace sparsight::test
