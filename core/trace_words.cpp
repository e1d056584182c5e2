#include "core/trace_words.h"

#include "core/base/text.h"

#include <algorithm>

namespace sparsight {
namespace {

bool is_space(char32_t c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x3000; }

// Of scripts that are written without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese.
bool is_unspaced(char32_t c) {
  return (c >= 0x0E00 && c < 0x0F00) || (c >= 0x1000 && c < 0x10A0) || (c >= 0x1780 && c < 0x1800) ||
         (c >= 0x2E80 && c < 0xA000) || (c >= 0xF900 && c < 0xFB00) || (c >= 0xFF00 && c < 0xFFF0) ||
         (c >= 0x20000 && c < 0x40000);
}

// Positions of the text's bytes that are no ASCII white space.
std::vector<std::size_t> solid(std::string_view text) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!is_space(static_cast<unsigned char>(text[i])) || static_cast<unsigned char>(text[i]) >= 0x80) out.push_back(i);
  return out;
}

}  // namespace

std::vector<TraceWord> words_in(std::string_view text, std::span<const TokenText> tokens, std::size_t begin,
                                std::size_t end) {
  std::vector<TraceWord> words;
  std::size_t token = 0;  // the first that may belong to the next word
  const auto add = [&](std::size_t from, std::size_t to) {
    const auto has = [&](const TokenText& t) {
      if (t.special) return false;
      return t.begin == t.end ? t.begin >= from && t.begin < to : t.begin < to && t.end > from;
    };
    while (token < tokens.size() && std::max(tokens[token].end, tokens[token].begin + 1) <= from) ++token;
    while (token < tokens.size() && !has(tokens[token]) && tokens[token].begin < to) ++token;
    std::size_t last = token;
    while (last < tokens.size() && has(tokens[last])) ++last;
    if (last == token) return;
    words.push_back(
        {.text = std::string(text.substr(from, to - from)), .first = token, .count = last - token, .at = from});
  };
  std::size_t from = begin;
  bool in_word = false, unspaced = false;
  std::size_t boundary = 0;  // the first token that begins at or behind `at`
  for (std::size_t at = begin; at < end;) {
    const Utf8Step step = utf8_step(text.substr(at, end - at));
    while (boundary < tokens.size() && tokens[boundary].begin < at) ++boundary;
    const bool starts = boundary < tokens.size() && tokens[boundary].begin == at;
    const bool now = is_unspaced(step.code);
    if (is_space(step.code) && step.kind == Utf8Step::Kind::Character) {
      if (in_word) add(from, at);
      in_word = false;
    } else if (!in_word) {
      in_word = true;
      from = at;
    } else if (starts && (now || unspaced)) {
      add(from, at);
      from = at;
    }
    unspaced = now;
    at += step.bytes;
  }
  if (in_word) add(from, end);
  return words;
}

std::vector<TraceWord> words_of_prompt(const Chat& chat, const Family& family, const Tokenizer& tokenizer,
                                       std::span<const std::int32_t> ids) {
  std::string text;
  std::vector<TokenText> tokens;
  StreamDecoder stream(tokenizer);
  for (const std::int32_t id : ids) {
    const bool special = tokenizer.is_special(id);
    const std::size_t begin = text.size();
    if (special)
      text += stream.flush() + tokenizer.piece(id);
    else
      text += stream.push(id);
    tokens.push_back({begin, text.size(), special});
  }
  text += stream.flush();
  if (!tokens.empty()) tokens.back().end = text.size();
  // From the end, as the text may begin within a part; white space is the tokenizer's business.
  const std::vector<std::size_t> places = solid(text);
  std::size_t left = places.size();
  std::vector<TraceWord> words;
  const std::vector<PromptPart> parts = parts_behind_media(chat, family);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    const std::vector<std::size_t> own = solid(part->text);
    if (own.empty()) continue;
    if (own.size() > left) break;
    bool same = true;
    for (std::size_t i = 0; i < own.size() && same; ++i)
      same = text[places[left - own.size() + i]] == part->text[own[i]];
    if (!same) break;
    const std::size_t end = places[left - 1] + 1;
    left -= own.size();
    if (part->kind == PromptPart::Kind::Template) continue;
    std::vector<TraceWord> found = words_in(text, tokens, places[left], end);
    for (TraceWord& word : found) {
      word.turn = part->turn;
      word.of_question = part->kind == PromptPart::Kind::Question;
      word.at = 0;
    }
    words.insert(words.begin(), found.begin(), found.end());
  }
  return words;
}

}  // namespace sparsight
