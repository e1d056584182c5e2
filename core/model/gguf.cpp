#include "core/model/gguf.h"

#include "core/base/json.h"
#include "core/base/text.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace sparsight {
namespace {

constexpr std::size_t kMaxGgufDims = 4;
constexpr std::size_t kMaxGgufName = 65535;                    // the format's limit for keys
constexpr std::size_t kMaxGgufEntries = std::size_t{1} << 20;  // of tensors, and of values
constexpr std::size_t kMaxGgufTexts = std::size_t{1} << 24;
constexpr int kMaxGgufNesting = 4;
constexpr std::size_t kMinGgufValue = 8 + 4 + 1, kMinGgufTensor = 8 + 4 + 4 + 8;  // their least bytes

static_assert(std::endian::native == std::endian::little, "GGUF files are little-endian");

// 0: no fixed size.
std::size_t size_of_value(GgufValue::Type type) {
  using Value = GgufValue::Type;
  switch (type) {
    case Value::U8:
    case Value::I8:
    case Value::Bool: return 1;
    case Value::U16:
    case Value::I16: return 2;
    case Value::U32:
    case Value::I32:
    case Value::F32: return 4;
    case Value::U64:
    case Value::I64:
    case Value::F64: return 8;
    case Value::Text:
    case Value::Array: break;
  }
  return 0;
}

template <typename T>
T little_endian(std::span<const std::byte> bytes, std::size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  GgufFile read() {
    GgufFile out;
    out.where = where_;
    read_version();
    const std::size_t tensors = read_count(kMinGgufTensor);
    const std::size_t values = read_count(kMinGgufValue);
    for (std::size_t i = 0; i < values; ++i) {
      std::string key(read_text(kMaxGgufName));
      const auto [at, is_new] = out.metadata.try_emplace(std::move(key));
      if (!is_new) out.refuse(at->first, "occurs twice");
      at->second = read_value(at->first);
    }
    read_tensors(out, tensors);
    return out;
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail_at(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::Model, "{}: {}", where_, fmt::format(format, std::forward<Args>(args)...));
  }

  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > left()) fail_at("the file ends inside its header, at byte {}; is it cut off?", bytes_.size());
    const auto out = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += out.size();
    return out;
  }
  template <typename T>
  T read_number() {
    return little_endian<T>(take(sizeof(T)), 0);
  }

  void read_version() {
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    if (text.starts_with("version https://git-lfs"))
      fail_at("this is a Git LFS pointer, not the weights; fetch them with `git lfs pull`");
    if (!text.starts_with("GGUF")) fail_at("expected a GGUF file, found another kind of file");
    at_ = 4;
    const auto version = read_number<std::uint32_t>();
    if ((version & 0xFFFF) == 0) fail_at("its data is big-endian, which is not supported");
    if (version != 2 && version != 3)
      fail_at("expected GGUF version 2 or 3, found {}; convert the model again with a current llama.cpp", version);
  }

  std::size_t read_count(std::size_t bytes_each) {
    const auto count = read_number<std::uint64_t>();
    if (count > std::min(left() / bytes_each, kMaxGgufEntries))
      fail_at("the header counts {} entries, more than fit into the file's {} bytes; is it cut off?", count,
              bytes_.size());
    return static_cast<std::size_t>(count);
  }

  std::string_view read_text(std::size_t most = std::numeric_limits<std::size_t>::max()) {
    const auto length = read_number<std::uint64_t>();
    if (length > most) fail_at("expected a name of at most {} bytes, found {}", most, length);
    const auto text = take(length);
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }

  GgufValue::Type read_type(std::string_view key) {
    const auto number = read_number<std::uint32_t>();
    if (number > static_cast<std::uint32_t>(GgufValue::Type::F64))
      fail_at("{}: unknown value type {}", shown(key), number);
    return static_cast<GgufValue::Type>(number);
  }

  GgufValue read_value(std::string_view key) {
    GgufValue out;
    out.type = read_type(key);
    if (out.type == GgufValue::Type::Array) {
      out.is_array = true;
      read_array(out, key, 0);
    } else {
      read_elements(out, key);
    }
    return out;
  }

  void read_array(GgufValue& out, std::string_view key, int depth) {
    out.type = read_type(key);
    const std::size_t each = size_of_value(out.type);
    const auto count = read_number<std::uint64_t>();
    // A text takes at least the eight bytes of its length, an array the twelve of its type and count.
    const std::size_t least = each != 0 ? each : out.type == GgufValue::Type::Text ? 8 : 12;
    if (count > left() / least) fail_at("{}: {} elements do not fit into the file; is it cut off?", shown(key), count);
    out.count = static_cast<std::size_t>(count);
    if (out.type != GgufValue::Type::Array) return read_elements(out, key);
    if (depth == kMaxGgufNesting) fail_at("{}: arrays nested deeper than {} levels", shown(key), kMaxGgufNesting);
    for (std::size_t i = 0; i < out.count; ++i) {
      GgufValue ignored;
      read_array(ignored, key, depth + 1);
    }
  }

  void read_elements(GgufValue& out, std::string_view key) {
    if (out.type != GgufValue::Type::Text) {
      out.numbers = take(out.count * size_of_value(out.type));
      return;
    }
    texts_ += out.count;
    if (texts_ > kMaxGgufTexts)
      fail_at("{}: expected at most {} strings in the file, found more", shown(key), kMaxGgufTexts);
    out.texts.reserve(out.count);
    for (std::size_t i = 0; i < out.count; ++i) out.texts.push_back(read_text());
  }

  // A tensor without its bytes, and the offset of these.
  std::pair<GgufTensor, std::uint64_t> read_entry() {
    GgufTensor tensor;
    tensor.name = read_text(kMaxGgufName);
    if (utf8_of(tensor.name) != Utf8::Valid) fail_at("tensor {}: its name is not valid UTF-8", shown(tensor.name));
    const auto wrong = [&](std::string_view why) { fail_at("tensor {}: {}", shown(tensor.name), why); };
    const auto dims = read_number<std::uint32_t>();
    if (dims > kMaxGgufDims) wrong(fmt::format("expected at most {} dimensions, found {}", kMaxGgufDims, dims));
    std::uint64_t elements = 1;
    for (std::size_t i = 0; i < dims; ++i) {
      const auto dim = read_number<std::uint64_t>();
      if (dim == 0 || dim > (std::uint64_t{1} << 48) / elements)
        wrong(fmt::format("its shape is too large: a dimension is {}", dim));
      elements *= dim;
      tensor.shape.insert(tensor.shape.begin(), static_cast<std::size_t>(dim));
    }
    const auto number = read_number<std::uint32_t>();
    tensor.type = find_ggml_type(number);
    if (tensor.type == nullptr) wrong(fmt::format("unknown tensor type {}", number));
    if (tensor.columns() % tensor.type->block_elements != 0)
      wrong(fmt::format("expected rows of a multiple of {} elements for {}, found {}", tensor.type->block_elements,
                        tensor.type->name, tensor.columns()));
    return {std::move(tensor), read_number<std::uint64_t>()};
  }

  void read_tensors(GgufFile& out, std::size_t count) {
    std::vector<std::pair<GgufTensor, std::uint64_t>> entries;
    for (std::size_t i = 0; i < count; ++i) entries.push_back(read_entry());

    const std::size_t alignment = out.size("general.alignment", std::size_t{1} << 20).value_or(32);
    if (!std::has_single_bit(alignment))
      out.refuse("general.alignment", fmt::format("expected a power of 2, found {}", alignment));
    const auto aligned = [&](std::uint64_t n) { return (n + alignment - 1) / alignment * alignment; };
    const std::uint64_t begin = aligned(at_);
    std::uint64_t next = 0;  // in the data section
    for (auto& [tensor, offset] : entries) {
      if (offset != next)
        fail_at("tensor {}: expected its data at offset {}, found {}", shown(tensor.name), next, offset);
      const std::uint64_t size =
          std::uint64_t{tensor.rows()} * (tensor.columns() / tensor.type->block_elements) * tensor.type->block_bytes;
      if (begin > bytes_.size() || offset > bytes_.size() - begin || size > bytes_.size() - begin - offset)
        fail_at("tensor {}: its {} bytes at {} are outside the file's {} bytes; is it cut off?", shown(tensor.name),
                size, begin + offset, bytes_.size());
      tensor.bytes = bytes_.subspan(static_cast<std::size_t>(begin + offset), static_cast<std::size_t>(size));
      next = aligned(offset + size);
      std::string name = tensor.name;
      const auto [at, is_new] = out.tensors.try_emplace(std::move(name), std::move(tensor));
      if (!is_new) fail_at("tensor {}: occurs twice", shown(at->first));
    }
  }

  std::span<const std::byte> bytes_;
  std::string where_;
  std::size_t at_ = 0;
  std::size_t texts_ = 0;
};

}  // namespace

std::optional<std::int64_t> GgufValue::integer(std::size_t i) const {
  switch (type) {
    case Type::U8:
    case Type::Bool: return little_endian<std::uint8_t>(numbers, i);
    case Type::I8: return little_endian<std::int8_t>(numbers, i);
    case Type::U16: return little_endian<std::uint16_t>(numbers, i);
    case Type::I16: return little_endian<std::int16_t>(numbers, i);
    case Type::U32: return little_endian<std::uint32_t>(numbers, i);
    case Type::I32: return little_endian<std::int32_t>(numbers, i);
    case Type::I64: return little_endian<std::int64_t>(numbers, i);
    case Type::U64: {
      const auto value = little_endian<std::uint64_t>(numbers, i);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
    case Type::F32:
    case Type::F64:
    case Type::Text:
    case Type::Array: break;
  }
  return std::nullopt;
}

std::optional<double> GgufValue::number(std::size_t i) const {
  if (type == Type::F32) return little_endian<float>(numbers, i);
  if (type == Type::F64) return little_endian<double>(numbers, i);
  if (type == Type::Bool) return std::nullopt;
  const std::optional<std::int64_t> whole = integer(i);
  return whole ? std::optional<double>(static_cast<double>(*whole)) : std::nullopt;
}

std::size_t GgufTensor::rows() const {
  std::size_t out = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) out *= shape[i];
  return out;
}

void GgufTensor::read_row(std::size_t row, float* out) const {
  if (type->read == nullptr)
    fail(ErrorKind::Model, "{}: its type {} is not supported; expected F32, F16, BF16, Q8_0, Q4_0 to Q6_K, or IQ4",
         shown(name), type->name);
  const std::size_t blocks = columns() / type->block_elements;
  type->read(bytes.data() + row * blocks * type->block_bytes, blocks, out);
}

const GgufTensor* GgufFile::tensor(std::string_view name) const {
  const auto it = tensors.find(name);
  return it == tensors.end() ? nullptr : &it->second;
}

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto it = metadata.find(key);
  return it == metadata.end() ? nullptr : &it->second;
}

void GgufFile::refuse(std::string_view key, std::string_view why) const {
  fail(ErrorKind::Model, "{}: {}: {}", where, shown(key), why);
}

std::optional<std::string_view> GgufFile::text(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || value->type != GgufValue::Type::Text) refuse(key, "expected a text");
  return value->texts.front();
}

std::optional<bool> GgufFile::boolean(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || value->type != GgufValue::Type::Bool) refuse(key, "expected true or false");
  return value->integer() != 0;
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<double> found = value->is_array ? std::nullopt : value->number();
  if (!found || !std::isfinite(static_cast<float>(*found))) refuse(key, "expected a finite number");
  return found;
}

std::optional<std::size_t> GgufFile::size(std::string_view key, std::size_t max) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<std::int64_t> found = value->is_array ? std::nullopt : value->integer();
  if (!found) refuse(key, fmt::format("expected an integer of 1 to {}", max));
  if (*found < 1 || static_cast<std::uint64_t>(*found) > max)
    refuse(key, fmt::format("expected an integer of 1 to {}, found {}", max, *found));
  return static_cast<std::size_t>(*found);
}

std::optional<std::int32_t> GgufFile::id(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<std::int64_t> found = value->is_array ? std::nullopt : value->integer();
  if (!found || *found < 0 || *found > std::numeric_limits<std::int32_t>::max()) refuse(key, "expected a token's id");
  return static_cast<std::int32_t>(*found);
}

const GgufValue* GgufFile::array(std::string_view key, GgufValue::Type of) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array || value->type != of) refuse(key, "expected an array of another type");
  return value;
}

GgufFile parse_gguf(std::span<const std::byte> bytes, std::string_view where) {
  return GgufReader(bytes, where).read();
}

}  // namespace sparsight
