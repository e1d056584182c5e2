#include "core/model/pickle.h"

#include "core/base/json.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

namespace sparsight {
namespace {

constexpr std::size_t kMaxPickleValues = std::size_t{1} << 22;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F)), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
  }
}

}  // namespace

// Python's pickle machine: a stack, marks in it, and a memo.
class PickleMachine {
 public:
  PickleMachine(Pickle& out, std::span<const std::byte> bytes, std::string_view where,
                bool (*is_known)(std::string_view))
      : out_(out), bytes_(bytes), where_(where), is_known_(is_known) {}

  void run() {
    while (!stopped_) step(static_cast<unsigned char>(take(1)[0]));
    out_.root_ = pop();
    out_.size_ = at_;
  }

 private:
  using Kind = PickleValue::Kind;

  template <typename... Args>
  [[noreturn]] void fail_at(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::Model, "{}: {}", where_, fmt::format(format, std::forward<Args>(args)...));
  }

  [[noreturn]] void broken() const { fail_at("the pickle is damaged at byte {}", at_); }

  // ---- The bytes

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_)
      fail_at("the file ends inside a pickle, at byte {}; is it cut off?", bytes_.size());
    const auto out = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += out.size();
    return {reinterpret_cast<const char*>(out.data()), out.size()};
  }

  std::uint64_t take_number(std::size_t size) {
    const std::string_view text = take(size);
    std::uint64_t out = 0;
    for (std::size_t i = size; i-- > 0;) out = out << 8 | static_cast<unsigned char>(text[i]);
    return out;
  }

  std::string_view take_line() {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + at_, bytes_.size() - at_);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      fail_at("the file ends inside a pickle, at byte {}; is it cut off?", bytes_.size());
    at_ += end + 1;
    return rest.substr(0, end);
  }

  std::string_view kept(std::string text) { return out_.texts_.emplace_back(std::move(text)); }

  // ---- The stack

  PickleRef make(Kind kind) {
    if (out_.values_.size() == kMaxPickleValues)
      fail_at("expected a pickle of at most {} values, found more", kMaxPickleValues);
    out_.values_.push_back({.kind = kind});
    return static_cast<PickleRef>(out_.values_.size() - 1);
  }
  PickleValue& push(Kind kind) {
    const PickleRef made = make(kind);
    stack_.push_back(made);
    return out_.values_[made];
  }
  void push_text(Kind kind, std::string_view text) { push(kind).text = text; }
  void push_integer(std::int64_t value, Kind kind = Kind::Integer) { push(kind).integer = value; }

  PickleRef top() const {
    if (stack_.size() == (marks_.empty() ? 0 : marks_.back())) broken();
    return stack_.back();
  }
  PickleRef pop() {
    const PickleRef out = top();
    stack_.pop_back();
    return out;
  }
  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) broken();
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> out(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return out;
  }
  std::vector<PickleRef> pop_some(std::size_t count) {
    std::vector<PickleRef> out(count);
    for (std::size_t i = count; i-- > 0;) out[i] = pop();
    return out;
  }

  void add_items(Kind kind, const std::vector<PickleRef>& items) {
    PickleValue& to = out_.values_[top()];
    if (to.kind != kind) broken();
    if (kind == Kind::Dict && items.size() % 2 != 0) broken();
    to.items.insert(to.items.end(), items.begin(), items.end());
  }
  void push_items(Kind kind, std::vector<PickleRef> items) {
    if (kind == Kind::Dict && items.size() % 2 != 0) broken();
    push(kind).items = std::move(items);
  }

  void remember(std::uint64_t as) { memo_[as] = top(); }
  void recall(std::uint64_t what) {
    const auto it = memo_.find(what);
    if (it == memo_.end()) broken();
    stack_.push_back(it->second);
  }
  std::uint64_t memo_number(std::string_view digits) const {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc() || end != digits.data() + digits.size()) broken();
    return out;
  }

  // ---- Globals and calls

  void push_global(std::string_view module, std::string_view name) {
    std::string global(module);
    global.append(".").append(name);
    if (!is_known_(global))
      fail_at(
          "the file asks to run {}: refused, because that could do anything; use the model's *.safetensors, or a file "
          "that "
          "torch.save(model.state_dict(), ...) wrote",
          shown(global));
    push_text(Kind::Global, kept(std::move(global)));
  }

  // callee(*arguments)
  void push_call(PickleRef callee, PickleRef arguments) {
    if (!out_.values_[callee].is(Kind::Global)) broken();
    if (!out_.values_[arguments].is(Kind::Tuple)) broken();
    if (!out_.values_[callee].is_global("collections.OrderedDict")) {
      push(Kind::Call).items = {callee, arguments};
      return;
    }
    std::vector<PickleRef> items;
    const std::vector<PickleRef>& given = out_.values_[arguments].items;
    if (!given.empty())
      for (const PickleRef pair : out_.values_[given.front()].items) {
        const std::vector<PickleRef>& both = out_.values_[pair].items;
        if (both.size() != 2) broken();
        if (++copied_ > kMaxPickleValues)
          fail_at("expected a pickle of at most {} values, found more", kMaxPickleValues);
        items.insert(items.end(), both.begin(), both.end());
      }
    push_items(Kind::Dict, std::move(items));
  }

  PickleRef tuple_of(std::vector<PickleRef> items) {
    const PickleRef made = make(Kind::Tuple);
    out_.values_[made].items = std::move(items);
    return made;
  }

  // ---- Numbers and texts

  void push_decimal(std::string_view digits) {
    if (digits == "00" || digits == "01") return push_integer(digits == "01", Kind::Bool);
    if (digits.ends_with('L')) digits.remove_suffix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) return push_text(Kind::BigInteger, digits);
    if (error != std::errc() || end != digits.data() + digits.size()) broken();
    push_integer(value);
  }

  void push_long(std::string_view bytes) {
    if (bytes.size() > 8) return push_text(Kind::BigInteger, bytes);
    std::uint64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    push_integer(static_cast<std::int64_t>(value));
  }

  void push_double(std::string_view digits) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) broken();
    push(Kind::Float).number = value;
  }

  std::uint32_t hex(std::string_view digits, std::size_t count) const {
    std::uint32_t out = 0;
    if (digits.size() < count) broken();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + count, out, 16);
    if (error != std::errc() || end != digits.data() + count) broken();
    return out;
  }

  // Protocol 0: with `\u1234`.
  void push_escaped_unicode(std::string_view line) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char kind = line[i] == '\\' && i + 1 < line.size() ? line[i + 1] : ' ';
      if (kind != 'u' && kind != 'U') {
        append_utf8(out, static_cast<unsigned char>(line[i]));
        continue;
      }
      const std::size_t digits = kind == 'u' ? 4 : 8;
      append_utf8(out, hex(line.substr(i + 2), digits) & 0x1FFFFF);
      i += 1 + digits;
    }
    push_text(Kind::Text, kept(std::move(out)));
  }

  // Protocol 0: in quotes, with `\x41`.
  void push_quoted(std::string_view line) {
    const bool quoted =
        line.size() >= 2 && (line.front() == '\'' || line.front() == '"') && line.back() == line.front();
    if (!quoted) broken();
    line = line.substr(1, line.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '\\') {
        out += line[i];
        continue;
      }
      const char kind = ++i < line.size() ? line[i] : ' ';
      if (kind == 'x') {
        out += static_cast<char>(hex(line.substr(i + 1), 2));
        i += 2;
      } else if (kind == 'n' || kind == 't' || kind == 'r') {
        out += kind == 'n' ? '\n' : kind == 't' ? '\t' : '\r';
      } else if (kind == '\\' || kind == '\'' || kind == '"') {
        out += kind;
      } else {
        broken();
      }
    }
    push_text(Kind::Text, kept(std::move(out)));
  }

  // ---- The instructions: those of the stack first, then values, then collections and calls

  void step(unsigned char code) {
    if (!step_stack(code) && !step_value(code) && !step_collection(code) && !step_call(code))
      fail_at("the pickle has the unsupported instruction {} at byte {}", code, at_ - 1);
  }

  bool step_stack(unsigned char code) {
    switch (code) {
      case 0x80:
        if (const std::uint64_t protocol = take_number(1); protocol > 5)
          fail_at("expected a pickle of protocol 0 to 5, found {}", protocol);
        return true;
      case 0x95:  // the length of a frame
        if (take_number(8) > bytes_.size() - at_)
          fail_at("the file ends inside a pickle, at byte {}; is it cut off?", bytes_.size());
        return true;
      case '.': return stopped_ = true;
      case '(': marks_.push_back(stack_.size()); return true;
      case '0':
        if (!marks_.empty() && marks_.back() == stack_.size())
          marks_.pop_back();
        else
          pop();
        return true;
      case '1': pop_to_mark(); return true;
      case '2': stack_.push_back(top()); return true;
      case 'p': remember(memo_number(take_line())); return true;
      case 'q': remember(take_number(1)); return true;
      case 'r': remember(take_number(4)); return true;
      case 0x94: remember(memo_.size()); return true;
      case 'g': recall(memo_number(take_line())); return true;
      case 'h': recall(take_number(1)); return true;
      case 'j': recall(take_number(4)); return true;
      default: return false;
    }
  }

  bool step_value(unsigned char code) {
    switch (code) {
      case 'N': push(Kind::None); return true;
      case 0x88:
      case 0x89: push_integer(code == 0x88, Kind::Bool); return true;
      case 'I':
      case 'L': push_decimal(take_line()); return true;
      case 'J': push_integer(static_cast<std::int32_t>(take_number(4))); return true;
      case 'K': push_integer(static_cast<std::int64_t>(take_number(1))); return true;
      case 'M': push_integer(static_cast<std::int64_t>(take_number(2))); return true;
      case 0x8A: push_long(take(take_number(1))); return true;
      case 0x8B: push_long(take(take_number(4))); return true;
      case 'F': push_double(take_line()); return true;
      case 'G': push(Kind::Float).number = take_double(); return true;
      case 'S': push_quoted(take_line()); return true;
      case 'V': push_escaped_unicode(take_line()); return true;
      case 'T':
      case 'X': push_text(Kind::Text, take(take_number(4))); return true;
      case 'U':
      case 0x8C: push_text(Kind::Text, take(take_number(1))); return true;
      case 0x8D: push_text(Kind::Text, take(take_number(8))); return true;
      case 'C': push_text(Kind::Bytes, take(take_number(1))); return true;
      case 'B': push_text(Kind::Bytes, take(take_number(4))); return true;
      case 0x8E:
      case 0x96: push_text(Kind::Bytes, take(take_number(8))); return true;
      default: return false;
    }
  }

  double take_double() {  // big-endian
    std::uint64_t bits = 0;
    for (const char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
    return std::bit_cast<double>(bits);
  }

  bool step_collection(unsigned char code) {
    switch (code) {
      case ']': push(Kind::List); return true;
      case ')': push(Kind::Tuple); return true;
      case '}': push(Kind::Dict); return true;
      case 0x8F: push(Kind::Set); return true;
      case 'l': push_items(Kind::List, pop_to_mark()); return true;
      case 't': push_items(Kind::Tuple, pop_to_mark()); return true;
      case 'd': push_items(Kind::Dict, pop_to_mark()); return true;
      case 0x91: push_items(Kind::Set, pop_to_mark()); return true;
      case 0x85:
      case 0x86:
      case 0x87: push_items(Kind::Tuple, pop_some(code - 0x84u)); return true;
      case 'a': add_items(Kind::List, pop_some(1)); return true;
      case 'e': add_items(Kind::List, pop_to_mark()); return true;
      case 0x90: add_items(Kind::Set, pop_to_mark()); return true;
      case 's': add_items(Kind::Dict, pop_some(2)); return true;
      case 'u': add_items(Kind::Dict, pop_to_mark()); return true;
      default: return false;
    }
  }

  bool step_call(unsigned char code) {
    switch (code) {
      case 'c': {
        const std::string_view module = take_line();
        push_global(module, take_line());
        return true;
      }
      case 0x93: {
        const std::vector<PickleRef> both = pop_some(2);
        for (const PickleRef name : both)
          if (!out_.values_[name].is(Kind::Text)) broken();
        push_global(out_.values_[both[0]].text, out_.values_[both[1]].text);
        return true;
      }
      case 'R':
      case 0x81: {
        const std::vector<PickleRef> both = pop_some(2);
        push_call(both[0], both[1]);
        return true;
      }
      case 0x92: {  // the last are keyword arguments
        const std::vector<PickleRef> all = pop_some(3);
        push_call(all[0], all[1]);
        return true;
      }
      case 'i': {
        const std::string_view module = take_line();
        const PickleRef arguments = tuple_of(pop_to_mark());
        push_global(module, take_line());
        push_call(pop(), arguments);
        return true;
      }
      case 'o': {
        std::vector<PickleRef> all = pop_to_mark();
        if (all.empty()) broken();
        const PickleRef callee = all.front();
        all.erase(all.begin());
        push_call(callee, tuple_of(std::move(all)));
        return true;
      }
      case 'b': pop(), top(); return true;  // sets attributes, which no reader needs
      case 'P': {
        const std::string_view name = take_line();
        push_text(Kind::Text, name);
        push_persistent();
        return true;
      }
      case 'Q': push_persistent(); return true;
      default: return false;
    }
  }

  void push_persistent() {
    const PickleRef name = pop();
    push(Kind::Persistent).items = {name};
  }

  Pickle& out_;
  std::span<const std::byte> bytes_;
  std::string_view where_;
  bool (*is_known_)(std::string_view);
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // pairs; a list may be copied many times
  bool stopped_ = false;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;  // the stack's size at each
  std::unordered_map<std::uint64_t, PickleRef> memo_;
};

Pickle::Pickle(std::span<const std::byte> bytes, std::string_view where, bool (*is_known)(std::string_view global)) {
  PickleMachine(*this, bytes, where, is_known).run();
}

}  // namespace sparsight
