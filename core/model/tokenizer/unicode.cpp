#include "core/model/tokenizer/unicode.h"

#include "core/base/text.h"
#include "kernels/error.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace sparsight {
namespace {

utf8proc_category_t category(char32_t code) { return utf8proc_category(static_cast<utf8proc_int32_t>(code)); }

// Alphabetic by Other_Alphabetic, and neither letter, mark nor number: letters in circles and squares.
bool is_enclosed_letter(char32_t code) {
  return (code >= 0x24B6 && code <= 0x24E9) || (code >= 0x1F130 && code <= 0x1F149) ||
         (code >= 0x1F150 && code <= 0x1F169) || (code >= 0x1F170 && code <= 0x1F189);
}

constexpr bool is_seen(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

constexpr std::size_t kByteCharacters = 256 + 68;  // 68 bytes can't be seen

struct ByteTable {
  std::array<char32_t, 256> character{};
  std::array<std::int16_t, kByteCharacters> byte{};
};

constexpr ByteTable make_byte_table() {
  ByteTable table;
  table.byte.fill(-1);
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char32_t code = is_seen(byte) ? byte : next++;
    table.character[byte] = code;
    table.byte[code] = static_cast<std::int16_t>(byte);
  }
  return table;
}

constexpr ByteTable kBytes = make_byte_table();

void append_decomposed(utf8proc_int32_t code, int options, std::vector<utf8proc_int32_t>& codes) {
  constexpr std::size_t kLongest = 18;  // U+FDFA in its compatible form
  std::array<utf8proc_int32_t, kLongest> parts{};
  int boundary = 0;
  const auto count =
      utf8proc_decompose_char(code, parts.data(), parts.size(), static_cast<utf8proc_option_t>(options), &boundary);
  SPARSIGHT_CHECK(count >= 0 && count <= static_cast<utf8proc_ssize_t>(kLongest));
  codes.insert(codes.end(), parts.begin(), parts.begin() + count);
}

// The canonical order of each run of marks. The library's own takes quadratic time.
void sort_marks(std::vector<utf8proc_int32_t>& codes) {
  const auto rank = [](utf8proc_int32_t code) { return utf8proc_get_property(code)->combining_class; };
  for (auto begin = codes.begin(); begin != codes.end();) {
    const auto end = std::find_if(begin, codes.end(), [&](utf8proc_int32_t code) { return rank(code) == 0; });
    std::stable_sort(begin, end, [&](utf8proc_int32_t a, utf8proc_int32_t b) { return rank(a) < rank(b); });
    begin = end == codes.end() ? end : end + 1;
  }
}

}  // namespace

Character first_character(std::string_view text) {
  const Utf8Step step = utf8_step(text);
  SPARSIGHT_CHECK(step.kind == Utf8Step::Kind::Character);
  return {step.code, step.bytes};
}

Character last_character(std::string_view text) {
  return first_character(text.substr(whole_characters(text, text.size() - 1)));
}

void append_character(std::string& text, char32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

bool is_white(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
  const utf8proc_category_t c = category(code);
  return code == 0x85 || c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL || c == UTF8PROC_CATEGORY_ZP;
}

bool is_numeric(char32_t code) {
  const utf8proc_category_t c = category(code);
  return c == UTF8PROC_CATEGORY_ND || c == UTF8PROC_CATEGORY_NL || c == UTF8PROC_CATEGORY_NO;
}

bool is_mark(char32_t code) {
  const utf8proc_category_t c = category(code);
  return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC || c == UTF8PROC_CATEGORY_ME;
}

bool is_punctuation(char32_t code) {
  if (code < 0x80)
    return code > ' ' && code < 0x7F && !(code >= '0' && code <= '9') && !(code >= 'A' && code <= 'Z') &&
           !(code >= 'a' && code <= 'z');
  const utf8proc_category_t c = category(code);
  return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
}

bool is_word(char32_t code) {
  const utf8proc_category_t c = category(code);
  const bool letter = c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
  const bool joiner = code == 0x200C || code == 0x200D;
  return letter || is_mark(code) || c == UTF8PROC_CATEGORY_ND || c == UTF8PROC_CATEGORY_NL ||
         c == UTF8PROC_CATEGORY_PC || joiner || is_enclosed_letter(code);
}

std::size_t white_at_start(std::string_view text) {
  std::size_t total = 0;
  while (total < text.size()) {
    const Character next = first_character(text.substr(total));
    if (!is_white(next.code)) break;
    total += next.bytes;
  }
  return total;
}

std::size_t white_at_end(std::string_view text) {
  std::size_t total = 0;
  while (total < text.size()) {
    const Character last = last_character(text.substr(0, text.size() - total));
    if (!is_white(last.code)) break;
    total += last.bytes;
  }
  return total;
}

std::string normalized(std::string_view text, NormalForm form) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return std::string(text);
  const bool composed = form == NormalForm::Nfc || form == NormalForm::Nfkc;
  const bool compatible = form == NormalForm::Nfkc || form == NormalForm::Nfkd;
  const int options =
      UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) | (compatible ? UTF8PROC_COMPAT : 0);
  std::vector<utf8proc_int32_t> codes;
  codes.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    append_decomposed(static_cast<utf8proc_int32_t>(next.code), options, codes);
    text.remove_prefix(next.bytes);
  }
  sort_marks(codes);
  // Composes, and encodes in place: a character takes no more bytes than its code did.
  const auto count = static_cast<utf8proc_ssize_t>(codes.size());
  codes.push_back(0);
  const auto size = utf8proc_reencode(codes.data(), count, static_cast<utf8proc_option_t>(options));
  SPARSIGHT_CHECK(size >= 0);
  return {reinterpret_cast<const char*>(codes.data()), static_cast<std::size_t>(size)};
}

std::string lowercase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.code == 0x130)
      out += "i\u0307";  // the one character whose small form is two
    else
      append_character(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(next.code))));
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::string byte_characters(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_character(out, kBytes.character[static_cast<unsigned char>(byte)]);
  return out;
}

std::optional<std::string> bytes_of_characters(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.code >= kByteCharacters || kBytes.byte[next.code] < 0) return std::nullopt;
    out += static_cast<char>(kBytes.byte[next.code]);
    text.remove_prefix(next.bytes);
  }
  return out;
}

}  // namespace sparsight
