#include "core/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sparsight {
namespace {

std::string html(std::string_view text, bool xml) {
  std::string out;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || (!xml && c == 0x7F);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'' && !xml)
      out += "&#39;";
    else if (!control)
      out += c;
    else if (!xml)
      out += ' ';
  }
  return out;
}

std::string json_in_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const std::string_view rest = json.substr(i, 3);
    if (rest == "\u2028" || rest == "\u2029") {
      out += rest == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out(1, '"');
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string uri_path(std::string_view path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/.-_";
  std::string out;
  for (const char c : path)
    out += kPlain.find(c) != std::string_view::npos ? std::string(1, c)
                                                    : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const std::size_t begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? std::string_view() : trimmed_end(text.substr(begin), blanks);
}

std::string_view trimmed_end(std::string_view text, std::string_view blanks) {
  return text.substr(0, text.find_last_not_of(blanks) + 1);  // npos + 1 is 0
}

Utf8Step utf8_step(std::string_view text) {
  using Kind = Utf8Step::Kind;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {Kind::Character, 1, lead};
  if (lead < 0xC2 || lead > 0xF4) return {Kind::Invalid, 1};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = lead & (0x7Fu >> length);
  // The second byte's range excludes overlong forms, surrogates and code points beyond U+10FFFF.
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {Kind::Unfinished, i};
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < low || byte > high) return {Kind::Invalid, i};
    code = code << 6 | (byte & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {Kind::Character, length, code};
}

Utf8 utf8_of(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    if (step.kind == Utf8Step::Kind::Invalid) return Utf8::Invalid;
    if (step.kind == Utf8Step::Kind::Unfinished) return Utf8::Unfinished;
    text.remove_prefix(step.bytes);
  }
  return Utf8::Valid;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    out += step.kind == Utf8Step::Kind::Character ? text.substr(0, step.bytes) : std::string_view("\uFFFD");
    text.remove_prefix(step.bytes);
  }
  return out;
}

std::size_t whole_characters(std::string_view text, std::size_t most) {
  if (most >= text.size()) return text.size();
  std::size_t end = most;
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

std::string plain_text(std::string_view text, std::string_view instead, Lines lines) {
  const auto drives = [](const Utf8Step& step) {
    return step.is_control() || (step.code >= 0x2028 && step.code <= 0x202E) ||
           (step.code >= 0x2066 && step.code <= 0x2069);
  };
  std::string out;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    const std::string_view bytes = text.substr(0, step.bytes);
    if (step.kind != Utf8Step::Kind::Character)
      out += "\uFFFD";
    else if (step.code == '\n' || step.code == '\t')
      out += lines == Lines::Keep ? bytes : " ";
    else
      out += drives(step) ? instead : bytes;
    text.remove_prefix(bytes.size());
  }
  return out;
}

std::string one_line(std::string_view text, std::size_t most, std::string_view ending, std::string_view instead) {
  const std::size_t whole = whole_characters(text, most);
  std::string out = plain_text(text.substr(0, whole), instead);
  if (whole < text.size()) out += ending;
  return out;
}

std::string escaped(std::string_view text, Format format) {
  switch (format) {
    case Format::Html: return html(text, false);
    case Format::Xml: return html(text, true);
    case Format::JsonInScript: return json_in_script(text);
    case Format::CsvField: return csv_field(text);
    case Format::UriPath: return uri_path(text);
    case Format::MarkdownCell: break;
  }
  std::string cell(text);
  std::ranges::replace_if(
      cell, [](char c) { return c == '|' || c == '\n' || c == '\r'; }, ' ');
  return cell;
}

}  // namespace sparsight
