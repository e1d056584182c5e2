// UTF-8 text: trimming, characters, and escaping for other formats. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sparsight {

// Without `blanks` at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");
[[nodiscard]] std::string_view trimmed_end(std::string_view text, std::string_view blanks = " \t\r\n");

// What a text begins with.
struct Utf8Step {
  enum class Kind {
    Character,
    Unfinished,  // the text ends within a character
    Invalid,     // bytes that neither are nor begin a character
  };
  Kind kind;
  std::size_t bytes;  // of the character, or of the invalid bytes; at least 1
  char32_t code = 0;  // of a Character
  [[nodiscard]] bool is_control() const {
    return kind == Kind::Character && (code < 0x20 || (code >= 0x7F && code < 0xA0));
  }
};
[[nodiscard]] Utf8Step utf8_step(std::string_view text);  // `text` is not empty
enum class Utf8 { Valid, Unfinished, Invalid };
// Unfinished: valid up to a last character that is cut off.
[[nodiscard]] Utf8 utf8_of(std::string_view text);
[[nodiscard]] std::string valid_utf8(std::string_view text);  // invalid bytes become U+FFFD
// The length of the longest prefix of whole characters within `most` bytes: `most`, or up to three less.
[[nodiscard]] std::size_t whole_characters(std::string_view text, std::size_t most);

// Makes text of files and people (names, titles, cards, messages) safe to show: it can't control a terminal, start new
// lines or change the writing direction of the text around it. Every control character (C0, C1, DEL), line or paragraph
// separator and direction mark becomes `instead`, invalid UTF-8 becomes U+FFFD. Newlines and tabs stay; with
// Lines::Join they become a space.
enum class Lines { Keep, Join };
[[nodiscard]] std::string plain_text(std::string_view text, std::string_view instead, Lines lines = Lines::Join);
// One line of plain text: at most `most` bytes, followed by `ending` if that is not all.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most = 500, std::string_view ending = "…",
                                   std::string_view instead = " ");

enum class Format {
  Html,          // text and quoted values; control characters become spaces
  Xml,           // the same; control characters are left out, XML has none
  JsonInScript,  // JSON inside a <script>: without '<', '>', '&', U+2028 and U+2029
  MarkdownCell,  // of a table
  CsvField,
  UriPath,
};
[[nodiscard]] std::string escaped(std::string_view text, Format format);

}  // namespace sparsight
