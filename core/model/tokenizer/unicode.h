// What Unicode says about characters, for the steps of a tokenizer.json. All take and give valid UTF-8. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sparsight {

// The first character of text that is not empty and valid.
struct Character {
  char32_t code;
  std::size_t bytes;
};
[[nodiscard]] Character first_character(std::string_view text);
[[nodiscard]] Character last_character(std::string_view text);
inline constexpr std::string_view kReplacementCharacter = "\ufffd";
void append_character(std::string& text, char32_t code);

[[nodiscard]] bool is_white(char32_t code);        // White_Space
[[nodiscard]] bool is_numeric(char32_t code);      // Nd, Nl, No
[[nodiscard]] bool is_mark(char32_t code);         // Mn, Mc, Me
[[nodiscard]] bool is_punctuation(char32_t code);  // P* and ASCII's signs
[[nodiscard]] bool is_word(char32_t code);         // \w of UTS 18

[[nodiscard]] std::size_t white_at_start(std::string_view text);  // bytes
[[nodiscard]] std::size_t white_at_end(std::string_view text);

enum class NormalForm { Nfc, Nfd, Nfkc, Nfkd };
[[nodiscard]] std::string normalized(std::string_view text, NormalForm form);
[[nodiscard]] std::string lowercase(std::string_view text);

// The characters that byte-level BPE writes for bytes: those of Latin-1 that can be seen are themselves, the others
// come after U+00FF.
[[nodiscard]] std::string byte_characters(std::string_view bytes);
// Back again; nothing if a character stands for no byte.
[[nodiscard]] std::optional<std::string> bytes_of_characters(std::string_view text);

}  // namespace sparsight
