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
// How many of the first `most` bytes are whole characters.
[[nodiscard]] std::size_t whole_characters(std::string_view text, std::size_t most);

// In a line, as much as `most` bytes hold and, where that is not all, `ending`; for control characters `control`.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most, std::string_view ending = "…",
                                   char control = ' ');

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
