#include "core/model/tokenizer/pattern.h"

#include "core/base/json.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <new>

namespace sparsight {
namespace {

constexpr std::size_t kMaxRegexBytes = 16384;   // bytes
constexpr std::size_t kRegexSteps = 10000;      // of one search, and
constexpr std::size_t kRegexStepsPerByte = 64;  // so many for each byte of the text
constexpr std::uint32_t kRegexHeap = 1u << 17;  // KiB

template <auto F>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    F(object);
  }
};
using Code = std::unique_ptr<pcre2_code, Freed<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Freed<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>>;

std::string pcre_message(int code) {
  std::array<PCRE2_UCHAR, 160> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

Code compile(const std::string& pattern, int& error, std::size_t& at) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!context) throw std::bad_alloc();
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_bsr(context.get(), PCRE2_BSR_UNICODE);
  return Code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                            PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &at,
                            context.get()));
}

}  // namespace

struct Pattern::Regex {
  Code code;
  std::string place;
};

// Of one thread, while it looks through one text.
struct Pattern::Scratch {
  MatchData data;
  MatchContext limits;
  Scratch(const pcre2_code* code, std::size_t size)
      : data(pcre2_match_data_create_from_pattern(code, nullptr)), limits(pcre2_match_context_create(nullptr)) {
    if (!data || !limits) throw std::bad_alloc();
    const std::size_t steps = kRegexSteps + kRegexStepsPerByte * size;
    pcre2_set_match_limit(limits.get(), static_cast<std::uint32_t>(std::min<std::size_t>(steps, UINT32_MAX)));
    pcre2_set_heap_limit(limits.get(), kRegexHeap);
  }
};

Pattern Pattern::literal(std::string text) {
  Pattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

Pattern Pattern::regex(std::string_view oniguruma, std::string place) {
  if (oniguruma.size() > kMaxRegexBytes)
    fail(ErrorKind::Model, "{}: expected at most {} bytes, found {}", place, kMaxRegexBytes, oniguruma.size());
  const std::string words = pcre_of_oniguruma(oniguruma, place);
  auto regex = std::make_shared<Regex>();
  int error = 0;
  std::size_t at = 0;
  regex->code = compile(words, error, at);
  if (!regex->code)
    fail(ErrorKind::Model, "{}: no regular expression: {} (\"{}\")", place, pcre_message(error), shown(oniguruma));
  regex->place = std::move(place);
  Pattern pattern;
  pattern.regex_ = std::move(regex);
  return pattern;
}

Pattern Pattern::read(const JsonNode& node) {
  if (const auto text = node.find("String")) return literal(text->text());
  const JsonNode regex = node.at("Regex");
  return Pattern::regex(regex.text(), regex.place());
}

std::optional<Pattern::Match> Pattern::find(std::string_view text, std::size_t from, const Scratch* scratch) const {
  if (!regex_) {
    const std::size_t at = text.find(literal_, from);
    return at == std::string_view::npos ? std::nullopt : std::optional(Match{at, at + literal_.size()});
  }
  const int found = pcre2_match(regex_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                PCRE2_NO_UTF_CHECK, scratch->data.get(), scratch->limits.get());
  if (found == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (found < 0)
    fail(ErrorKind::Model, "{}: on a text of {} bytes: {}", regex_->place, text.size(), pcre_message(found));
  const std::size_t* ends = pcre2_get_ovector_pointer(scratch->data.get());
  return Match{std::min(ends[0], ends[1]), ends[1]};
}

std::vector<Pattern::Match> Pattern::find_all(std::string_view text) const {
  std::vector<Match> matches;
  if (text.empty()) return matches;
  std::optional<Scratch> scratch;
  if (regex_) scratch.emplace(regex_->code.get(), text.size());
  for (std::size_t from = 0; from <= text.size();) {
    const auto match = find(text, from, scratch ? &*scratch : nullptr);
    if (!match) break;
    const bool again = match->begin == match->end && !matches.empty() && matches.back().end == match->end;
    if (!again) {
      matches.push_back(*match);
      from = match->end;
    } else {
      from += from < text.size() ? first_character(text.substr(from)).bytes : 1;
    }
  }
  return matches;
}

std::string Pattern::replace_all(std::string_view text, std::string_view by) const {
  std::string out;
  std::size_t done = 0;
  for (const Match& match : find_all(text)) {
    out += text.substr(done, match.begin - done);
    out += by;
    done = match.end;
  }
  out += text.substr(done);
  return out;
}

}  // namespace sparsight
