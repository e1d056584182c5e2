#include "core/model/tokenizer/normalizer.h"

#include "core/base/json.h"
#include "core/model/tokenizer/parts.h"
#include "core/model/tokenizer/pattern.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

namespace sparsight {
namespace {

// Characters that are left out, or become blanks.
enum class Fate { Stays, Goes, Blank };

Fate fate_of_marks(char32_t code) { return is_mark(code) ? Fate::Goes : Fate::Stays; }

// The rules of SentencePiece's "nmt".
Fate fate_of_nmt(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
      c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD)
    return Fate::Blank;
  if ((c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F)
    return Fate::Goes;
  return Fate::Stays;
}

auto change_characters(Fate (*fate_of)(char32_t)) {
  return [fate_of](NormalizedText& text) {
    std::string out;
    for (std::string_view rest = text.text; !rest.empty();) {
      const Character next = first_character(rest);
      const Fate fate = fate_of(next.code);
      if (fate == Fate::Blank) out += ' ';
      if (fate == Fate::Stays) out += rest.substr(0, next.bytes);
      if (fate == Fate::Goes && rest.size() == text.text.size()) text.from_start = false;
      rest.remove_prefix(next.bytes);
    }
    text.text = std::move(out);
  };
}

auto change_text(std::function<std::string(const std::string&)> change) {
  return [change = std::move(change)](NormalizedText& text) { text.text = change(text.text); };
}

void strip_text(NormalizedText& text, bool left, bool right) {
  if (right) text.text.resize(text.text.size() - white_at_end(text.text));
  const std::size_t white = left ? white_at_start(text.text) : 0;
  text.text.erase(0, white);
  text.from_start = text.from_start && white == 0;
}

// The start goes with more than one character, or with one that nothing takes the place of.
void replace_text(NormalizedText& text, const Pattern& pattern, const std::string& by) {
  if (const auto first = pattern.find_all(text.text); !first.empty() && first[0].begin == 0 && first[0].end > 0)
    text.from_start = text.from_start && !by.empty() && first_character(text.text).bytes == first[0].end;
  text.text = pattern.replace_all(text.text, by);
}

}  // namespace

Normalizer Normalizer::read(const JsonNode& node) {
  Normalizer normalizer;
  for (const JsonNode& step : node.steps("normalizers")) normalizer.add(step);
  return normalizer;
}

void Normalizer::add(const JsonNode& step) {
  const std::string type = step.type();
  const auto form = [](NormalForm to) {
    return change_text([to](const std::string& text) { return normalized(text, to); });
  };
  if (type == "NFC") {
    add(form(NormalForm::Nfc));
  } else if (type == "NFD") {
    add(form(NormalForm::Nfd));
  } else if (type == "NFKC") {
    add(form(NormalForm::Nfkc));
  } else if (type == "NFKD") {
    add(form(NormalForm::Nfkd));
  } else if (type == "Lowercase") {
    add(change_text(lowercase));
  } else if (type == "ByteLevel") {
    add(change_text(byte_characters));
    writes_bytes_ = true;
  } else if (type == "StripAccents") {
    add(change_characters(fate_of_marks));
  } else if (type == "Nmt") {
    add(change_characters(fate_of_nmt));
  } else if (type == "Strip") {
    add([left = step.at("strip_left").flag(), right = step.at("strip_right").flag()](NormalizedText& text) {
      strip_text(text, left, right);
    });
  } else if (type == "Prepend") {
    add([prefix = step.at("prepend").short_text()](NormalizedText& text) {
      if (!text.text.empty()) text.text.insert(0, prefix);
    });
    prepends_ = true;
  } else if (type == "Replace") {
    add([pattern = Pattern::read(step.at("pattern")), by = step.at("content").short_text()](NormalizedText& text) {
      replace_text(text, pattern, by);
    });
  } else {
    fail(ErrorKind::Model, "{}.type: a normalizer that is not known: {}", step.place(), shown(type));
  }
}

NormalizedText Normalizer::operator()(std::string_view text) const {
  NormalizedText result{std::string(text)};
  for (const auto& step : steps_) {
    step(result);
    check_growth(text.size(), result.text.size());
  }
  return result;
}

}  // namespace sparsight
