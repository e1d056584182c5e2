#include "core/model/tokenizer/pre_tokenizer.h"

#include "core/base/json.h"
#include "core/model/tokenizer/parts.h"
#include "core/model/tokenizer/pattern.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

using Piece = PreTokenizer::Piece;
using Pieces = std::vector<Piece>;

constexpr std::size_t kMaxPieceLength = 1u << 20;
constexpr std::string_view kGpt2Regex = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

enum class Behavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

Behavior read_behavior(const JsonNode& node) {
  const std::string name = node.text();
  if (name == "Removed") return Behavior::Removed;
  if (name == "Isolated") return Behavior::Isolated;
  if (name == "MergedWithPrevious") return Behavior::MergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::MergedWithNext;
  if (name == "Contiguous") return Behavior::Contiguous;
  node.mismatch("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

// A stretch of the text that is a match, or stands between two.
struct CutPart {
  std::size_t begin;
  std::size_t end;
  bool match;
};

std::vector<CutPart> cut_parts(const std::vector<Pattern::Match>& matches, std::size_t size, bool invert) {
  std::vector<CutPart> parts;
  std::size_t done = 0;
  for (const Pattern::Match& match : matches) {
    if (done != match.begin) parts.push_back({done, match.begin, invert});
    parts.push_back({match.begin, match.end, !invert});
    done = match.end;
  }
  if (done != size) parts.push_back({done, size, invert});
  return parts;
}

std::vector<CutPart> contiguous(const std::vector<CutPart>& parts) {
  std::vector<CutPart> out;
  bool before = false;
  for (const CutPart& part : parts) {
    if (part.match == before && !out.empty())
      out.back().end = part.end;
    else
      out.push_back(part);
    before = part.match;
  }
  return out;
}

std::vector<CutPart> merged_with_previous(const std::vector<CutPart>& parts) {
  std::vector<CutPart> out;
  bool before = false;
  for (const CutPart& part : parts) {
    if (part.match && !before && !out.empty())
      out.back().end = part.end;
    else
      out.push_back(part);
    before = part.match;
  }
  return out;
}

std::vector<CutPart> merged_with_next(const std::vector<CutPart>& parts) {
  std::vector<CutPart> out;
  bool behind = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->match && !behind && !out.empty())
      out.back().begin = part->begin;
    else
      out.push_back(*part);
    behind = part->match;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void cut(const Piece& piece, std::vector<CutPart> parts, Behavior behavior, Pieces& out) {
  switch (behavior) {
    case Behavior::Removed: std::erase_if(parts, [](const CutPart& part) { return part.match; }); break;
    case Behavior::Isolated: break;
    case Behavior::MergedWithPrevious: parts = merged_with_previous(parts); break;
    case Behavior::MergedWithNext: parts = merged_with_next(parts); break;
    case Behavior::Contiguous: parts = contiguous(parts); break;
  }
  for (const CutPart& part : parts)
    if (part.end > part.begin)
      out.push_back({piece.text.substr(part.begin, part.end - part.begin), piece.at_start && part.begin == 0});
}

template <typename F>
std::vector<Pattern::Match> characters_where(std::string_view text, F&& wanted) {
  std::vector<Pattern::Match> matches;
  for (std::size_t at = 0; at < text.size();) {
    const Character next = first_character(text.substr(at));
    if (wanted(next.code)) matches.push_back({at, at + next.bytes});
    at += next.bytes;
  }
  return matches;
}

// Cuts where single characters are of a kind.
auto cut_by_character(bool (*wanted)(char32_t), Behavior behavior) {
  return [wanted, behavior](Piece&& piece, Pieces& out) {
    cut(piece, cut_parts(characters_where(piece.text, wanted), piece.text.size(), false), behavior, out);
  };
}

auto cut_by_pattern(Pattern pattern, Behavior behavior, bool invert) {
  return [pattern = std::move(pattern), behavior, invert](Piece&& piece, Pieces& out) {
    cut(piece, cut_parts(pattern.find_all(piece.text), piece.text.size(), invert), behavior, out);
  };
}

// Runs of word characters, and of what is neither word nor white.
void cut_by_words(const Piece& piece, Pieces& out) {
  enum class Kind { White, Word, Sign };
  const auto kind_of = [](char32_t code) {
    return is_word(code) ? Kind::Word : is_white(code) ? Kind::White : Kind::Sign;
  };
  Kind last = Kind::White;
  std::vector<CutPart> parts;
  for (std::size_t at = 0; at < piece.text.size();) {
    const Character next = first_character(std::string_view(piece.text).substr(at));
    const Kind kind = kind_of(next.code);
    if (kind == last && kind != Kind::White)
      parts.back().end = at + next.bytes;
    else if (kind != Kind::White)
      parts.push_back({at, at + next.bytes, false});
    last = kind;
    at += next.bytes;
  }
  cut(piece, std::move(parts), Behavior::Isolated, out);
}

void cut_by_length(const Piece& piece, std::size_t length, Pieces& out) {
  std::vector<CutPart> parts;
  std::size_t count = 0;
  for (std::size_t at = 0; at < piece.text.size(); ++count) {
    const std::size_t bytes = first_character(std::string_view(piece.text).substr(at)).bytes;
    if (count % length == 0)
      parts.push_back({at, at + bytes, false});
    else
      parts.back().end += bytes;
    at += bytes;
  }
  cut(piece, std::move(parts), Behavior::Isolated, out);
}

}  // namespace

PrependScheme read_prepend_scheme(const JsonNode& metaspace) {
  const auto scheme = metaspace.find("prepend_scheme");
  const bool prefix = metaspace.flag_or("add_prefix_space", true);
  const std::string name = scheme ? scheme->text() : prefix ? "always" : "never";
  if (name != "always" && name != "first" && name != "never") scheme->mismatch("always, first or never");
  if (!prefix && name != "never")
    fail(ErrorKind::Model, "{}.add_prefix_space: false, where prepend_scheme is {}", metaspace.place(), name);
  return name == "always" ? PrependScheme::Always : name == "first" ? PrependScheme::First : PrependScheme::Never;
}

PreTokenizer PreTokenizer::read(const JsonNode& node) {
  PreTokenizer result;
  for (const JsonNode& step : node.steps("pretokenizers")) result.add(step);
  return result;
}

PreTokenizer PreTokenizer::metaspace(PrependScheme scheme) {
  PreTokenizer result;
  result.add_metaspace("\u2581", scheme, false);
  return result;
}

void PreTokenizer::add_metaspace(const std::string& sign, PrependScheme scheme, bool split) {
  steps_.emplace_back(
      [blank = Pattern::literal(" "), sign = Pattern::literal(sign), scheme, split](Piece&& piece, Pieces& out) {
        const std::string& mark = *sign.as_literal();
        piece.text = blank.replace_all(piece.text, mark);
        const bool wanted = scheme == PrependScheme::Always || (scheme == PrependScheme::First && piece.at_start);
        if (wanted && !piece.text.starts_with(mark)) piece.text.insert(0, mark);
        if (split)
          cut(piece, cut_parts(sign.find_all(piece.text), piece.text.size(), false), Behavior::MergedWithNext, out);
        else
          out.push_back(std::move(piece));
      });
  prepends_always_ = prepends_always_ || scheme == PrependScheme::Always;
}

void PreTokenizer::add_byte_level(bool prefix, bool split) {
  if (prefix)
    steps_.emplace_back([](Piece&& piece, Pieces& out) {
      if (!piece.text.starts_with(' ')) piece.text.insert(0, 1, ' ');
      out.push_back(std::move(piece));
    });
  if (split) steps_.emplace_back(cut_by_pattern(Pattern::regex(kGpt2Regex, "ByteLevel"), Behavior::Isolated, false));
  steps_.emplace_back([](Piece&& piece, Pieces& out) {
    piece.text = byte_characters(piece.text);
    out.push_back(std::move(piece));
  });
  prepends_always_ = prepends_always_ || prefix;
  writes_bytes_ = true;
}

void PreTokenizer::add(const JsonNode& node) {
  const std::string type = node.type();
  if (type == "Split") {
    steps_.emplace_back(cut_by_pattern(Pattern::read(node.at("pattern")), read_behavior(node.at("behavior")),
                                       node.flag_or("invert", false)));
  } else if (type == "Digits") {
    const bool each = node.flag_or("individual_digits", false);
    steps_.emplace_back(cut_by_character(is_numeric, each ? Behavior::Isolated : Behavior::Contiguous));
  } else if (type == "ByteLevel") {
    add_byte_level(node.flag_or("add_prefix_space", true), node.flag_or("use_regex", true));
  } else if (type == "Metaspace") {
    add_metaspace(node.at("replacement").character(), read_prepend_scheme(node), node.flag_or("split", true));
  } else if (type == "Whitespace") {
    steps_.emplace_back(cut_by_words);
  } else if (type == "WhitespaceSplit") {
    steps_.emplace_back(cut_by_character(is_white, Behavior::Removed));
  } else if (type == "Punctuation") {
    const auto behavior = node.find("behavior");
    steps_.emplace_back(cut_by_character(is_punctuation, behavior ? read_behavior(*behavior) : Behavior::Isolated));
  } else if (type == "BertPreTokenizer") {
    steps_.emplace_back(cut_by_character(is_white, Behavior::Removed));
    steps_.emplace_back(cut_by_character(is_punctuation, Behavior::Isolated));
  } else if (type == "CharDelimiterSplit") {
    steps_.emplace_back(cut_by_pattern(Pattern::literal(node.at("delimiter").character()), Behavior::Removed, false));
  } else if (type == "FixedLength") {
    const std::size_t length = node.count_or("length", 5, kMaxPieceLength);
    if (length == 0) node.at("length").mismatch("a length of at least 1");
    steps_.emplace_back([length](Piece&& piece, Pieces& out) { cut_by_length(piece, length, out); });
  } else {
    fail(ErrorKind::Model, "{}.type: a pre-tokenizer that is not known: {}", node.place(), shown(type));
  }
}

std::vector<PreTokenizer::Piece> PreTokenizer::operator()(Piece text) const {
  Pieces pieces;
  const std::size_t size = text.text.size();
  if (!text.text.empty()) pieces.push_back(std::move(text));
  for (const Cut& step : steps_) {
    Pieces next;
    next.reserve(pieces.size());
    for (Piece& piece : pieces) step(std::move(piece), next);
    pieces = std::move(next);
    std::size_t now = 0;
    for (const Piece& piece : pieces) now += piece.text.size();
    check_growth(size, now);
  }
  return pieces;
}

}  // namespace sparsight
