// Reads pickles as data. A pickle is a program that Python runs and that can call anything. Here nothing is called: the
// result contains each call as a value. Internal to core/model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// The number of a value. As in Python, values may be shared and may contain each other.
using PickleRef = std::uint32_t;

struct PickleValue {
  enum class Kind : std::uint8_t {
    None,
    Bool,
    Integer,
    BigInteger,  // of more than 64 bits: `text` holds its bytes, little-endian, or its digits
    Float,
    Text,
    Bytes,
    List,
    Tuple,
    Set,
    Dict,        // or OrderedDict: key, value, key, value ...
    Global,      // a name that Python imports: "torch.FloatStorage"
    Call,        // items[0](*items[1])
    Persistent,  // an object outside the pickle, identified by items[0]
  };
  Kind kind = Kind::None;
  std::int64_t integer = 0;  // also of a Bool
  double number = 0;
  std::string_view text{};
  std::vector<PickleRef> items{};

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_global(std::string_view name) const { return kind == Kind::Global && text == name; }
};

// A view of the bytes, valid as long as they are.
class Pickle {
 public:
  // Reads one pickle of protocol 0 to 5 from the start of `bytes`. Refuses globals that `is_known` does not accept,
  // extension codes, buffers outside the pickle, unknown instructions, malformed stacks and more than 4 million values.
  // Error{Model} with `where`. Time and memory are proportional to the bytes, however deep values are nested.
  Pickle(std::span<const std::byte> bytes, std::string_view where, bool (*is_known)(std::string_view global));

  [[nodiscard]] const PickleValue& root() const { return values_[root_]; }
  [[nodiscard]] const PickleValue& operator[](PickleRef ref) const { return values_[ref]; }
  [[nodiscard]] std::span<const PickleValue> values() const { return values_; }
  [[nodiscard]] std::size_t bytes() const { return size_; }  // length of the pickle

 private:
  friend class PickleMachine;
  std::vector<PickleValue> values_;
  std::deque<std::string> texts_;  // those that the bytes do not contain literally
  PickleRef root_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sparsight
