// Text of files and people (names, titles, cards, messages) on its way to whoever reads it: it can't drive a terminal,
// begin lines of its own or turn the order of what stands around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sparsight {

enum class Lines { Keep, Join };

// Every control character (C0, C1, DEL), separator of lines or paragraphs and mark of writing direction becomes
// `instead`, a byte that is not UTF-8 U+FFFD. Newlines and tabs stay, or with Lines::Join become a blank.
[[nodiscard]] std::string plain_text(std::string_view text, std::string_view instead, Lines lines = Lines::Join);

// One line of plain text, blanks in place of what is none, of at most `most` bytes and "…" where it goes on.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t most = 500);

// The first `most` bytes, or up to three less where the last character would be cut.
[[nodiscard]] std::string_view whole_characters(std::string_view text, std::size_t most);

}  // namespace sparsight
