// What a pickle describes, as data. The bytes of a pickle are a program for a machine of Python's that can call
// anything; here the machine calls nothing: what it would call stands in the result as a call. Internal to core/model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Values are found by number, so that they may be shared, and contain each other, as Python's do.
using PickleRef = std::uint32_t;

struct PickleValue {
  enum class Kind : std::uint8_t {
    None,
    Bool,
    Integer,
    BigInteger,  // beyond 64 bits: `text` has its bytes, little-endian, or its digits
    Float,
    Text,
    Bytes,
    List,
    Tuple,
    Set,
    Dict,        // an OrderedDict, too: key, value, key, value ...
    Global,      // a name that Python would import: "torch.FloatStorage"
    Call,        // of items[0] with the tuple items[1]
    Persistent,  // something outside the pickle, whose name is items[0]
  };
  Kind kind = Kind::None;
  std::int64_t integer = 0;  // of a Bool, too
  double number = 0;
  std::string_view text{};
  std::vector<PickleRef> items{};

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  [[nodiscard]] bool is_global(std::string_view name) const { return kind == Kind::Global && text == name; }
};

// The bytes outlive it.
class Pickle {
 public:
  // The pickle that `bytes` begin with, of protocols 0 to 5. `is_known` says which globals the reader of the result
  // understands; a pickle that names another is refused. So are extension codes, buffers outside of the pickle, unknown
  // instructions, stacks that run empty, and more than 4 million values. Error{Model} with `where`. Takes time and
  // memory in proportion to the bytes, however values are nested.
  Pickle(std::span<const std::byte> bytes, std::string_view where, bool (*is_known)(std::string_view global));

  [[nodiscard]] const PickleValue& root() const { return values_[root_]; }
  [[nodiscard]] const PickleValue& operator[](PickleRef ref) const { return values_[ref]; }
  [[nodiscard]] std::span<const PickleValue> values() const { return values_; }
  [[nodiscard]] std::size_t bytes() const { return size_; }  // that it takes

 private:
  friend class PickleMachine;
  std::vector<PickleValue> values_;
  std::deque<std::string> texts_;  // that do not stand in the bytes as they are
  PickleRef root_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sparsight
