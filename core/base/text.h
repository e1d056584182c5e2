// Text as bytes of UTF-8: its ends, its characters, and how other formats take it. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sparsight {

// Without `blanks` at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");
[[nodiscard]] std::string_view trimmed_end(std::string_view text, std::string_view blanks = " \t\r\n");

// What text begins with.
struct Utf8Step {
  enum class Kind {
    Character,
    Unfinished,  // the text ends within a character
    Invalid,     // bytes that are none, and begin none
  };
  Kind kind;
  std::size_t bytes;  // of the character, or those that are none; at least 1
  char32_t code = 0;  // of a Character
  [[nodiscard]] bool is_control() const {
    return kind == Kind::Character && (code < 0x20 || (code >= 0x7F && code < 0xA0));
  }
};
[[nodiscard]] Utf8Step utf8_step(std::string_view text);  // of text that is not empty
enum class Utf8 { Valid, Unfinished, Invalid };
// Unfinished: valid up to a character whose first bytes are there and could go on.
[[nodiscard]] Utf8 utf8_of(std::string_view text);
[[nodiscard]] std::string valid_utf8(std::string_view text);  // what is none becomes U+FFFD
// How many of the first `most` bytes are whole characters: all, or up to three less.
[[nodiscard]] std::size_t whole_characters(std::string_view text, std::size_t most);

// Text of files and people (names, titles, cards, messages) on its way to whoever reads it: it can't drive a terminal,
// begin lines of its own or turn the order of what stands around it. Every control character (C0, C1, DEL), separator
// of lines or paragraphs and mark of writing direction becomes `instead`, what is no UTF-8 U+FFFD. Newlines and tabs
// stay, or with Lines::Join become a blank.
enum class Lines { Keep, Join };
[[nodiscard]] std::string plain_text(std::string_view text, std::string_view instead, Lines lines = Lines::Join);
// One line of plain text: as much as `most` bytes hold and, where that is not all, `ending`.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most = 500, std::string_view ending = "…",
                                   std::string_view instead = " ");

enum class Format {
  Html,          // text, and values in quotes; control characters become blanks
  Xml,           // the same; control characters, which it has no way to say, are left out
  JsonInScript,  // JSON that stands in a <script>: without '<', '>', '&', U+2028 and U+2029
  MarkdownCell,  // of a table
  CsvField,
  UriPath,
};
[[nodiscard]] std::string escaped(std::string_view text, Format format);

}  // namespace sparsight
