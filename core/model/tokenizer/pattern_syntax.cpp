// Oniguruma's expressions in PCRE2's words. What both read alike passes, what differs is spelled out, and what is left
// is refused: an expression never means something else in silence.
#include "core/model/tokenizer/pattern.h"

#include "core/base/json.h"
#include "kernels/error.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cctype>

namespace sparsight {
namespace {

// As members of a class. Oniguruma's \s is White_Space, PCRE2's has U+180E too; \w of the one has marks, letters in
// circles and all connectors, of the other only U+005F beside letters and numbers.
constexpr std::string_view kRegexWhite = R"(\t-\r\x{85}\p{Z})";
constexpr std::string_view kRegexWord = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
// Outside of a class Oniguruma counts Latin-1's small numbers and fractions among them.
constexpr std::string_view kRegexWordAlone = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";

constexpr std::array<std::array<std::string_view, 2>, 8> kLongNames = {{{"Letter", "L"},
                                                                        {"Mark", "M"},
                                                                        {"Number", "N"},
                                                                        {"Punctuation", "P"},
                                                                        {"Punct", "P"},
                                                                        {"Symbol", "S"},
                                                                        {"Alpha", "Alphabetic"},
                                                                        {"Digit", "Nd"}}};

bool is_script(std::string_view name) {
  std::string pattern(R"(\p{sc:)");
  pattern += name;
  pattern += '}';
  int error = 0;
  std::size_t at = 0;
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF, &error, &at, nullptr);
  pcre2_code_free(code);
  return code != nullptr;
}

class Translation {
 public:
  Translation(std::string_view pattern, const std::string& place) : in_(pattern), place_(place) {}

  std::string run() {
    while (!done()) {
      const char c = in_[at_];
      if (c == '\\')
        escape(false);
      else if (c == '[')
        bracket();
      else if (c == '(')
        group();
      else if (c == '{')
        interval();
      else
        out_ += take();
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool done() const { return at_ == in_.size(); }
  [[nodiscard]] std::string_view rest() const { return in_.substr(at_); }
  char take() {
    if (done()) reject("it ends too early");
    return in_[at_++];
  }
  [[noreturn]] void reject(std::string_view why) const {
    fail(ErrorKind::Model, "{}: this regular expression is not understood: {} at byte {} (\"{}\")", place_, why, at_,
         shown(in_));
  }

  void escape(bool in_class) {
    ++at_;
    const char c = take();
    switch (c) {
      case 's': return add(kRegexWhite, in_class, false);
      case 'S': return in_class ? void(out_ += R"(\S\x{180E})") : add(kRegexWhite, false, true);
      case 'w': return add(in_class ? kRegexWord : kRegexWordAlone, in_class, false);
      case 'W': return in_class ? reject(R"(\W in a class)") : add(kRegexWordAlone, false, true);
      case 'h': return add("0-9A-Fa-f", in_class, false);
      case 'H': return in_class ? reject(R"(\H in a class)") : add("0-9A-Fa-f", false, true);
      case 'b': return in_class ? void(out_ += R"(\x{8})") : boundary(false);
      case 'B': return in_class ? reject(R"(\B in a class)") : boundary(true);
      case 'v': out_ += R"(\x{B})"; return;
      case 'p':
      case 'P': return property(c);
      case 'u': return code_point();
      case 'x': return hexadecimal();
      case 'd':
      case 'D':
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a':
      case 'e': break;
      case 'A':
      case 'z':
      case 'Z':
      case 'R':
      case 'X':
        if (in_class) reject("such an escape in a class");
        break;
      case 'N':
      case 'O':
        if (in_class) reject("such an escape in a class");
        out_ += c == 'N' ? "[^\\n]" : "(?s:.)";
        return;
      default:
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) reject("an escape that is not known");
    }
    out_ += '\\';
    out_ += c;
  }

  void add(std::string_view members, bool in_class, bool negated) {
    if (!in_class) out_ += negated ? "[^" : "[";
    out_ += members;
    if (!in_class) out_ += ']';
  }

  void boundary(bool negated) {
    const std::string word = "[" + std::string(kRegexWordAlone) + "]";
    const std::string edge = "(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + ")";
    const std::string inside = "(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + ")";
    out_ += "(?:" + (negated ? inside : edge) + ")";
  }

  // A script's name alone means its extensions in PCRE2, too.
  void property(char kind) {
    if (done() || in_[at_] != '{') reject("a property without braces");
    const std::size_t end = in_.find('}', at_);
    if (end == std::string_view::npos || end - at_ > 40) reject("a property without its end");
    std::string_view name = in_.substr(at_ + 1, end - at_ - 1);
    bool negated = kind == 'P';
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    for (const char c : name)
      if (std::isalpha(static_cast<unsigned char>(c)) == 0 && c != '_' && c != ' ' && c != '-')
        reject("a property that is not known");
    at_ = end + 1;
    for (const auto& [longer, shorter] : kLongNames)
      if (name == longer) name = shorter;
    out_ += negated ? "\\P{" : "\\p{";
    if (name.size() > 2 && is_script(name)) out_ += "sc:";
    out_ += name;
    out_ += '}';
  }

  void code_point() {
    const std::string_view digits = rest().substr(0, 4);
    if (digits.size() < 4 || !all_hexadecimal(digits)) reject("a code point of less than four digits");
    out_ += "\\x{";
    out_ += digits;
    out_ += '}';
    at_ += 4;
  }

  void hexadecimal() {
    std::string_view digits;
    if (rest().starts_with('{')) {
      const std::size_t end = in_.find('}', at_);
      if (end == std::string_view::npos) reject("a code point without its end");
      digits = in_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else {
      digits = rest().substr(0, 2);
      at_ += digits.size();
      if (digits.size() < 2 || digits[0] > '7') reject("a byte that is no character");
    }
    if (digits.empty() || digits.size() > 6 || !all_hexadecimal(digits)) reject("digits that are none");
    out_ += "\\x{";
    out_ += digits;
    out_ += '}';
  }

  static bool all_hexadecimal(std::string_view text) {
    return text.find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
  }

  void bracket() {
    out_ += take();
    if (rest().starts_with('^')) out_ += take();
    bool first = true;
    while (first || !rest().starts_with(']')) {
      if (done()) reject("a class without its end");
      first = false;
      if (in_[at_] == '\\')
        escape(true);
      else if (rest().starts_with("[:"))
        posix();
      else if (in_[at_] == '[')
        reject("a class within a class");
      else if (rest().starts_with("&&"))
        reject("the intersection of classes");
      else
        out_ += take();
    }
    out_ += take();
  }

  void posix() {
    const std::size_t end = in_.find(":]", at_);
    if (end == std::string_view::npos) reject("a class without its end");
    const std::string_view name = in_.substr(at_ + 2, end - at_ - 2);
    at_ = end + 2;
    if (name == "alpha")
      out_ += R"(\p{Alphabetic})";
    else if (name == "alnum")
      out_ += R"(\p{Alphabetic}\p{Nd})";
    else if (name == "digit")
      out_ += R"(\p{Nd})";
    else if (name == "space")
      out_ += kRegexWhite;
    else if (name == "word")
      out_ += kRegexWord;
    else if (name == "punct")
      out_ += R"(\p{P}\p{S})";
    else
      reject("a class that is not known");
  }

  void group() {
    out_ += take();
    if (rest().starts_with('*')) reject("a verb");
    if (!rest().starts_with('?')) return;
    out_ += take();
    for (const std::string_view kind : {":", "=", "!", ">", "<=", "<!"})
      if (rest().starts_with(kind)) {
        out_ += kind;
        at_ += kind.size();
        return;
      }
    if (rest().starts_with('<')) {  // a name: nobody refers to it
      const std::size_t end = in_.find('>', at_);
      if (end == std::string_view::npos) reject("a name without its end");
      out_.pop_back();
      at_ = end + 1;
      return;
    }
    flags();
  }

  // In Oniguruma `m` lets the dot be a newline, which PCRE2 calls `s`.
  void flags() {
    while (!rest().starts_with(':') && !rest().starts_with(')')) {
      const char flag = take();
      if (flag != 'i' && flag != 'm' && flag != '-') reject("a group that is not known");
      out_ += flag == 'm' ? 's' : flag;
    }
    out_ += take();
  }

  // {2}, {2,}, {,3} or {2,3}: a `+` behind it repeats the whole, where PCRE2 would take it for possessive.
  void interval() {
    const std::size_t end = in_.find('}', at_);
    const std::string_view inner = end == std::string_view::npos ? "" : in_.substr(at_ + 1, end - at_ - 1);
    const std::size_t comma = inner.find(',');
    const std::string_view low = inner.substr(0, comma);
    const std::string_view high = comma == std::string_view::npos ? low : inner.substr(comma + 1);
    const auto number = [](std::string_view text) {
      return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (inner.empty() || inner == "," || !number(low) || !number(high)) {
      take();
      out_ += "\\{";
      return;
    }
    at_ = end + 1;
    const bool repeated = rest().starts_with('+');
    if (repeated && !(low.empty() || low == "0" || low == "1")) reject("the repetition of a repetition");
    if (repeated) ++at_;
    out_ += '{';
    out_ += low.empty() ? "0" : low;
    if (comma != std::string_view::npos || repeated) out_ += ',';
    if (comma != std::string_view::npos && !repeated) out_ += high;
    out_ += '}';
  }

  std::string_view in_;
  const std::string& place_;
  std::string out_;
  std::size_t at_ = 0;
};

}  // namespace

std::string pcre_of_oniguruma(std::string_view oniguruma, const std::string& place) {
  return Translation(oniguruma, place).run();
}

}  // namespace sparsight
