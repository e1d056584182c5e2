// Text: trimming, characters, hostile bytes, and escaping for other formats.
#include <catch2/catch.hpp>

#include "core/base/text.h"

#include <string>

namespace sparsight {

TEST_CASE("text without blanks around it", "[text]") {
  CHECK(trimmed(" \t a b\r\n") == "a b");
  CHECK(trimmed(" \n ").empty());
  CHECK(trimmed("").empty());
  CHECK(trimmed("\n a \n", "\n") == " a ");
  CHECK(trimmed_end(" a \n") == " a");
  CHECK(trimmed_end("\n").empty());
}

TEST_CASE("characters of UTF-8, and invalid bytes", "[text]") {
  using Kind = Utf8Step::Kind;
  const auto is = [](std::string_view text, Kind kind, std::size_t bytes, char32_t code = 0) {
    const Utf8Step step = utf8_step(text);
    return step.kind == kind && step.bytes == bytes && step.code == code;
  };
  CHECK(is("a", Kind::Character, 1, U'a'));
  CHECK(is("\u00e9x", Kind::Character, 2, U'\u00e9'));
  CHECK(is("\u20ac", Kind::Character, 3, U'\u20ac'));
  CHECK(is("\U0010ffff", Kind::Character, 4, U'\U0010ffff'));
  CHECK(is("\xe2\x82", Kind::Unfinished, 2));
  CHECK(is("\xff", Kind::Invalid, 1));
  CHECK(is("\x80", Kind::Invalid, 1));
  CHECK(is("\xc0\x80", Kind::Invalid, 1));          // overlong
  CHECK(is("\xe0\x9f\xbf", Kind::Invalid, 1));      // overlong
  CHECK(is("\xed\xa0\x80", Kind::Invalid, 1));      // a surrogate
  CHECK(is("\xf4\x90\x80\x80", Kind::Invalid, 1));  // beyond U+10FFFF
  CHECK(is("\xe2\x82z", Kind::Invalid, 2));
  CHECK(utf8_step("\xc2\x85").is_control());
  CHECK(utf8_step("\x7f").is_control());
  CHECK_FALSE(utf8_step("\xc2\xa0").is_control());
  CHECK(utf8_of("a\u20ac") == Utf8::Valid);
  CHECK(utf8_of("a\xe2\x82") == Utf8::Unfinished);
  CHECK(utf8_of("\xe2\x82z") == Utf8::Invalid);
  CHECK(valid_utf8("a\xff\xe2\x82z\u20ac") == "a\uFFFD\uFFFDz\u20ac");
}

TEST_CASE("text is cut between characters", "[text]") {
  const std::string text = "a\u20acb";
  CHECK(whole_characters(text, 0) == 0);
  CHECK(whole_characters(text, 1) == 1);
  CHECK(whole_characters(text, 3) == 1);
  CHECK(whole_characters(text, 4) == 4);
  CHECK(whole_characters(text, 9) == 5);
  CHECK(whole_characters("\x80\x80\x80", 2) == 0);
  CHECK(whole_characters("\x80\x80\x80\x80\x80", 4) == 1);  // no character is longer
  CHECK(whole_characters("é", 1) == 0);
}

TEST_CASE("plain text has no control characters and stays readable", "[text]") {
  CHECK(plain_text("Où va l'étoile? 星 😀", "") == "Où va l'étoile? 星 😀");
  CHECK(plain_text("a\nb\tc", "") == "a b c");
  CHECK(plain_text("a\nb\tc\rd", "", Lines::Keep) == "a\nb\tcd");
  CHECK(plain_text("\x1b]0;x\x07\x7f\u009b5m", "?") == "?]0;x???5m");
  // Line and paragraph separators, and characters that change the direction of the text after them.
  CHECK(plain_text("a\u2028b\u2029c\u202Ed\u2066e\u2069f", "") == "abcdef");
  CHECK(plain_text(std::string_view("a\0b", 3), "?") == "a?b");
}

TEST_CASE("invalid UTF-8 becomes U+FFFD in plain text", "[text]") {
  const std::string bad = "\uFFFD";
  CHECK(plain_text("caf\xe9.mp4", "") == "caf" + bad + ".mp4");
  CHECK(plain_text("\x9b", "") == bad);                                // C1 on a terminal that reads Latin-1
  CHECK(plain_text("\xc0\x80", "") == bad + bad);                      // overlong
  CHECK(plain_text("\xed\xa0\x80", "") == bad + bad + bad);            // half a surrogate pair
  CHECK(plain_text("\xf4\x90\x80\x80", "") == bad + bad + bad + bad);  // beyond Unicode
  CHECK(plain_text("\xe2\x82", "") == bad);                            // cut off
}

TEST_CASE("one line is cut between characters and says so", "[text]") {
  const std::string text = "a\u20acb";
  CHECK(one_line(text, 5) == text);
  CHECK(one_line(text, 3) == "a…");
  CHECK(one_line("a\nb") == "a b");
  CHECK(one_line("abc", 3) == "abc");
  CHECK(one_line("abcd", 3) == "abc…");
  CHECK(one_line("ab😀c", 5) == "ab…");
  CHECK(one_line("ab😀c", 6) == "ab😀…");
  CHECK(one_line(std::string(10'000, 'x')).size() == 503);
  CHECK(one_line("a\rb\x7f"
                 "c",
                 9, "", "?") == "a?b?c");
}

TEST_CASE("text is escaped as each format requires", "[text]") {
  CHECK(escaped("<a href='\"&\n", Format::Html) == "&lt;a href=&#39;&quot;&amp; ");
  CHECK(escaped("<a\n\"&'>", Format::Xml) == "&lt;a&quot;&amp;'&gt;");
  CHECK(escaped("\"<\u2028>&\u2029\xE2\x80\"", Format::JsonInScript) ==
        "\"\\u003c\\u2028\\u003e\\u0026\\u2029\xE2\x80\"");
  CHECK(escaped("a|b\nc", Format::MarkdownCell) == "a b c");
  CHECK(escaped("plain", Format::CsvField) == "plain");
  CHECK(escaped("a,\"b\"", Format::CsvField) == "\"a,\"\"b\"\"\"");
  CHECK(escaped("/a b/\u20ac?x-1_.db", Format::UriPath) == "/a%20b/%E2%82%AC%3Fx-1_.db");
}

}  // namespace sparsight
