// Parses the header as a stream of events, so that a hostile one is refused at its first wrong byte and needs no more
// memory than the entries of its tensors.
#include "core/model/safetensors.h"

#include "core/base/json.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace sparsight {
namespace {

constexpr std::size_t kPrefix = 8;  // little-endian length of the header
constexpr std::size_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxRank = 64;  // also of tensors that are never used
constexpr const char* kMetadata = "__metadata__";

struct Type {
  std::string_view name;
  std::size_t bits;
  std::optional<DType> dtype;
};
constexpr std::array kTypes{
    Type{"F32", 32, DType::F32}, Type{"F16", 16, DType::F16}, Type{"BF16", 16, DType::BF16}, Type{"U8", 8, DType::U8},
    Type{"I32", 32, DType::I32}, Type{"I64", 64, DType::I64}, Type{"BOOL", 8, {}},           Type{"I8", 8, DType::I8},
    Type{"I16", 16, {}},         Type{"U16", 16, {}},         Type{"U32", 32, {}},           Type{"U64", 64, {}},
    Type{"F64", 64, {}},         Type{"C64", 64, {}},         Type{"F8_E4M3", 8, {}},        Type{"F8_E5M2", 8, {}},
    Type{"F8_E4M3FNUZ", 8, {}},  Type{"F8_E5M2FNUZ", 8, {}},  Type{"F8_E8M0", 8, {}},        Type{"F4", 4, {}},
    Type{"F6_E2M3", 6, {}},      Type{"F6_E3M2", 6, {}},
};

const Type* find_type(std::string_view name) {
  for (const Type& type : kTypes)
    if (type.name == name) return &type;
  return nullptr;
}

// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ..., "__metadata__": {"key": "text"}}
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(SafetensorsFile& out, std::string_view where) : out_(out), where_(where) {}

  bool start_object(std::size_t) override {
    if (depth_ > 1) unexpected("an object");
    if (depth_ == 1) {
      if (name_ == kMetadata) {
        if (std::exchange(has_metadata_, true)) wrong("occurs twice");
      } else {
        entry_ = {};
        seen_ = {};
      }
    }
    ++depth_;
    return true;
  }

  bool key(string_t& text) override {
    if (depth_ == 1) {
      name_ = std::move(text);
      named_ = true;
      if (out_.entries.contains(name_)) wrong("occurs twice");
    } else if (name_ == kMetadata) {
      metadata_key_ = std::move(text);
    } else {
      field_ = Field::None;
      for (std::size_t i = 0; i < kFields.size(); ++i)
        if (kFields[i] == text) field_ = static_cast<Field>(i);
      if (field_ == Field::None) wrong(fmt::format("unexpected key \"{}\"", shown(text)));
      if (std::exchange(seen_[static_cast<std::size_t>(field_)], true)) wrong(fmt::format("{} occurs twice", text));
    }
    return true;
  }

  bool string(string_t& text) override {
    if (depth_ == 2 && name_ == kMetadata) {
      out_.metadata.insert_or_assign(std::move(metadata_key_), std::move(text));
      return true;
    }
    if (depth_ != 2 || field_ != Field::Dtype) unexpected(fmt::format("\"{}\"", shown(text)));
    const Type* type = find_type(text);
    if (type == nullptr) wrong(fmt::format("unknown dtype \"{}\"", shown(text)));
    entry_.type = text;
    entry_.dtype = type->dtype;
    bits_ = type->bits;
    return true;
  }

  bool start_array(std::size_t) override {
    if (in_list_ || depth_ != 2 || name_ == kMetadata || (field_ != Field::Shape && field_ != Field::Offsets))
      unexpected("a list");
    in_list_ = true;
    offsets_.clear();
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (!in_list_) unexpected(std::to_string(value));
    std::vector<std::size_t>& list = field_ == Field::Shape ? entry_.shape : offsets_;
    if (list.size() == kMaxRank) wrong(fmt::format("more than {} dimensions", kMaxRank));
    list.push_back(static_cast<std::size_t>(value));
    return true;
  }

  bool end_array() override {
    in_list_ = false;
    if (field_ != Field::Offsets) return true;
    if (offsets_.size() != 2) wrong(fmt::format("data_offsets: expected two numbers, found {}", offsets_.size()));
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    return true;
  }

  bool end_object() override {
    --depth_;
    if (depth_ == 1 && name_ != kMetadata) {
      for (std::size_t i = 0; i < kFields.size(); ++i)
        if (!seen_[i]) wrong(fmt::format("{} is missing", kFields[i]));
      check_size();
      out_.entries.emplace(std::move(name_), std::move(entry_));
    }
    named_ = depth_ > 1;
    return true;
  }

  // Accepts null for __metadata__, as the format's library does.
  bool null() override {
    if (depth_ != 1 || name_ != kMetadata) unexpected("null");
    if (std::exchange(has_metadata_, true)) wrong("occurs twice");
    named_ = false;
    return true;
  }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { unexpected(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { unexpected(shown(text)); }
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail(ErrorKind::Model, "{}: the header is not valid JSON at byte {}", where_, position);
  }

 private:
  enum class Field { Dtype, Shape, Offsets, None };
  static constexpr std::array<std::string_view, 3> kFields{"dtype", "shape", "data_offsets"};

  void check_size() const {
    std::size_t bits = bits_;
    for (const std::size_t dim : entry_.shape) {
      if (dim != 0 && bits > std::numeric_limits<std::size_t>::max() / dim)
        wrong(fmt::format("a size of {} x {} overflows", entry_.shape_str(), entry_.type));
      bits *= dim;
    }
    if (bits % 8 != 0) wrong(fmt::format("{} x {} is no whole number of bytes", entry_.shape_str(), entry_.type));
    if (entry_.end < entry_.begin || entry_.end - entry_.begin != bits / 8)
      wrong(fmt::format("data_offsets [{}, {}]: expected {} bytes for {} x {}", entry_.begin, entry_.end, bits / 8,
                        entry_.shape_str(), entry_.type));
  }

  [[noreturn]] void wrong(std::string_view what) const {
    fail(ErrorKind::Model, "{}: tensor {}: {}", where_, shown(name_), what);
  }
  [[noreturn]] void unexpected(std::string_view what) const {
    if (!named_) fail(ErrorKind::Model, "{}: the header: expected an object of tensors, found {}", where_, what);
    wrong(fmt::format("unexpected {} in the header", what));
  }

  SafetensorsFile& out_;
  std::string_view where_;
  int depth_ = 0;  // nesting depth of objects
  bool in_list_ = false;
  bool has_metadata_ = false;
  bool named_ = false;  // name_ is the entry that is being read
  std::string name_, metadata_key_;
  Field field_ = Field::None;
  std::array<bool, kFields.size()> seen_{};
  SafetensorsEntry entry_;
  std::size_t bits_ = 0;
  std::vector<std::size_t> offsets_;
};

// The format requires that the tensors cover the data section without gaps or overlaps.
void check_tiling(const SafetensorsFile& file, std::size_t data_size, std::string_view where) {
  using Item = std::pair<const std::string, SafetensorsEntry>;
  std::vector<const Item*> order;
  for (const Item& item : file.entries) order.push_back(&item);
  std::sort(order.begin(), order.end(), [](const Item* a, const Item* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::size_t end = 0;
  const Item* previous = nullptr;
  for (const Item* item : order) {
    const auto& [name, entry] = *item;
    if (entry.end > data_size)
      fail(ErrorKind::Model,
           "{}: tensor {}: data_offsets [{}, {}] are outside the file's {} bytes of data; is it cut off?", where,
           shown(name), entry.begin, entry.end, data_size);
    if (entry.begin < end)
      fail(ErrorKind::Model, "{}: tensor {}: its data overlaps that of {}", where, shown(name), shown(previous->first));
    if (entry.begin > end)
      fail(ErrorKind::Model, "{}: tensor {}: {} bytes before its data belong to no tensor", where, shown(name),
           entry.begin - end);
    end = entry.end;
    previous = item;
  }
  if (end != data_size) fail(ErrorKind::Model, "{}: the last {} bytes belong to no tensor", where, data_size - end);
}

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

}  // namespace

std::string SafetensorsEntry::shape_str() const { return fmt::format("[{}]", fmt::join(shape, ", ")); }

SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("version https://git-lfs"))
    fail(ErrorKind::Model, "{}: this is a Git LFS pointer, not the weights; fetch them with `git lfs pull`", where);
  if (bytes.size() < kPrefix)
    fail(ErrorKind::Model, "{}: {} bytes are too few for a safetensors file", where, bytes.size());
  std::uint64_t length = 0;
  for (std::size_t i = kPrefix; i-- > 0;) length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  if (length > bytes.size() - kPrefix)
    fail(ErrorKind::Model,
         "{}: the header's length, {}, is more than the file's {} bytes; not a safetensors file, or cut off", where,
         length, bytes.size());
  if (length > kMaxHeader)
    fail(ErrorKind::Model, "{}: a header of {} bytes is longer than the format's limit of {}", where, length,
         kMaxHeader);

  const auto header_size = static_cast<std::size_t>(length);
  const std::string_view header = text.substr(kPrefix, header_size);
  SafetensorsFile out;
  out.data_begin = kPrefix + header_size;
  HeaderReader reader(out, where);
  nlohmann::json::sax_parse(header, &reader);
  check_tiling(out, bytes.size() - out.data_begin, where);
  return out;
}

std::string safetensors_header(std::span<const SafetensorsPart> parts,
                               std::span<const std::pair<std::string, std::string>> metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) header[kMetadata][key] = value;
  std::size_t at = 0;
  for (const SafetensorsPart& part : parts) {
    nlohmann::ordered_json shape = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < part.shape.rank(); ++i) shape.push_back(part.shape[i]);
    header[part.name] = {{"dtype", to_string(part.dtype)}, {"shape", shape}, {"data_offsets", {at, at + part.bytes()}}};
    at += part.bytes();
  }
  std::string text = header.dump();
  text.append((kPrefix - text.size() % kPrefix) % kPrefix, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), kPrefix) + text;
}

}  // namespace sparsight
