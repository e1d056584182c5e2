#include "core/model/torch_file.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/pickle.h"
#include "core/model/stored_zip.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace sparsight {
namespace {

using PickleKind = PickleValue::Kind;

constexpr std::size_t kMaxTorchPickle = std::size_t{64} << 20;
constexpr std::size_t kMaxTorchDims = 64;  // PyTorch's limit
// 0x1950a86a20f9469cfc6c, which begins files of the old format.
constexpr std::string_view kTorchMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr std::string_view kTorchMagicDigits = "119547037146038801333356";

struct TorchType {
  std::string_view storage;  // "FloatStorage"; empty: untyped
  std::string_view dtype, short_dtype;
  std::string_view name;  // in safetensors
  std::size_t bytes;
  std::optional<DType> ours;
};
constexpr std::array kTorchTypes{
    TorchType{"FloatStorage", "float32", "float", "F32", 4, DType::F32},
    TorchType{"HalfStorage", "float16", "half", "F16", 2, DType::F16},
    TorchType{"BFloat16Storage", "bfloat16", "", "BF16", 2, DType::BF16},
    TorchType{"DoubleStorage", "float64", "double", "F64", 8, {}},
    TorchType{"LongStorage", "int64", "long", "I64", 8, DType::I64},
    TorchType{"IntStorage", "int32", "int", "I32", 4, DType::I32},
    TorchType{"ShortStorage", "int16", "short", "I16", 2, {}},
    TorchType{"CharStorage", "int8", "", "I8", 1, DType::I8},
    TorchType{"ByteStorage", "uint8", "", "U8", 1, DType::U8},
    TorchType{"BoolStorage", "bool", "", "BOOL", 1, {}},
    TorchType{"ComplexFloatStorage", "complex64", "cfloat", "C64", 8, {}},
    TorchType{"ComplexDoubleStorage", "complex128", "cdouble", "C128", 16, {}},
    TorchType{"", "float8_e4m3fn", "", "F8_E4M3", 1, {}},
    TorchType{"", "float8_e5m2", "", "F8_E5M2", 1, {}},
    TorchType{"", "float8_e4m3fnuz", "", "F8_E4M3FNUZ", 1, {}},
    TorchType{"", "float8_e5m2fnuz", "", "F8_E5M2FNUZ", 1, {}},
    TorchType{"", "uint16", "", "U16", 2, {}},
    TorchType{"", "uint32", "", "U32", 4, {}},
    TorchType{"", "uint64", "", "U64", 8, {}},
};
constexpr TorchType kUntyped{"UntypedStorage", "", "", "U8", 1, DType::U8};

// Of "torch.FloatStorage" or "torch.float32"; nullptr: unknown.
const TorchType* torch_type(std::string_view global) {
  constexpr std::string_view kTorch = "torch.";
  if (global == "torch.storage.UntypedStorage" || global == "torch.UntypedStorage") return &kUntyped;
  if (!global.starts_with(kTorch)) return nullptr;
  global.remove_prefix(kTorch.size());
  for (const TorchType& type : kTorchTypes)
    if (global == type.dtype || (!global.empty() && (global == type.storage || global == type.short_dtype)))
      return &type;
  return nullptr;
}

constexpr std::string_view kRebuild = "torch._utils._rebuild_tensor", kRebuild2 = "torch._utils._rebuild_tensor_v2",
                           kRebuild3 = "torch._utils._rebuild_tensor_v3";
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter",
                           kParameterWithState = "torch._utils._rebuild_parameter_with_state";

bool is_known_global(std::string_view global) {
  return global == "collections.OrderedDict" || global == kRebuild || global == kRebuild2 || global == kRebuild3 ||
         global == kParameter || global == kParameterWithState || global == "torch.Size" || global == "torch.device" ||
         torch_type(global) != nullptr;
}

// The data that tensors are views of.
struct TorchStorage {
  const TorchType* type = nullptr;
  std::size_t elements = 0;
  std::size_t begin = 0;
};
using TorchStorages = std::function<TorchStorage(std::string_view key, const TorchType& type, std::size_t elements)>;

// A tensor's view of its data, in elements.
struct TorchLayout {
  std::vector<std::size_t> shape, strides;
  std::size_t elements = 1, last = 0;  // their number, and the distance of the last from the first
  bool rows = true;                    // contiguous, in row-major order
};

// Reads the tensors of a pickle; the two file formats say where its data is.
class TorchReader {
 public:
  TorchReader(std::span<const std::byte> bytes, std::string_view where, const Pickle& pickle, TorchStorages storages)
      : bytes_(bytes), where_(where), pickle_(pickle), storages_(std::move(storages)) {}

  std::vector<StoredTensor> read() const {
    const PickleValue& dict = state_dict();
    std::vector<StoredTensor> out;
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      const PickleValue& key = pickle_[dict.items[i]];
      if (!key.is(PickleKind::Text) || !is_tensor(pickle_[dict.items[i + 1]])) continue;
      if (utf8_of(key.text) != Utf8::Valid) wrong(key.text, "its name is not valid UTF-8");
      if (!names.insert(key.text).second) wrong(key.text, "occurs twice");
      out.push_back(read_tensor(key.text, pickle_[dict.items[i + 1]]));
    }
    return out;
  }

 private:
  [[noreturn]] void wrong(std::string_view tensor, std::string_view why) const {
    fail(ErrorKind::Model, "{}: tensor {}: {}", where_, shown(tensor), why);
  }

  [[noreturn]] void damaged(std::string_view tensor) const { wrong(tensor, "its description is damaged"); }

  [[nodiscard]] bool is_tensor(const PickleValue& value) const {
    if (!value.is(PickleKind::Call)) return false;
    const std::string_view callee = pickle_[value.items[0]].text;
    return callee.starts_with(kRebuild) || callee.starts_with(kParameter);
  }
  [[nodiscard]] bool has_tensors(const PickleValue& value) const {
    if (!value.is(PickleKind::Dict)) return false;
    for (std::size_t i = 0; i < value.items.size(); i += 2)
      if (pickle_[value.items[i]].is(PickleKind::Text) && is_tensor(pickle_[value.items[i + 1]])) return true;
    return false;
  }

  [[nodiscard]] const PickleValue& state_dict() const {
    const PickleValue& root = pickle_.root();
    if (has_tensors(root)) return root;
    for (const std::string_view name : {"state_dict", "model_state_dict", "model", "module"})
      for (std::size_t i = 0; root.is(PickleKind::Dict) && i < root.items.size(); i += 2) {
        const PickleValue &key = pickle_[root.items[i]], &value = pickle_[root.items[i + 1]];
        if (key.is(PickleKind::Text) && key.text == name && has_tensors(value)) return value;
      }
    fail(ErrorKind::Model, "{}: expected a dict of tensors, as torch.save(model.state_dict(), ...) writes it", where_);
  }

  // A call's arguments.
  [[nodiscard]] const std::vector<PickleRef>& arguments(std::string_view tensor, const PickleValue& call,
                                                        std::size_t least) const {
    const std::vector<PickleRef>& out = pickle_[call.items[1]].items;
    if (out.size() < least) damaged(tensor);
    return out;
  }

  [[nodiscard]] std::size_t size(std::string_view tensor, const PickleValue& value) const {
    if (!value.is(PickleKind::Integer) || value.integer < 0) damaged(tensor);
    return static_cast<std::size_t>(value.integer);
  }
  [[nodiscard]] std::vector<std::size_t> sizes(std::string_view tensor, const PickleValue& value) const {
    const PickleValue* list = &value;
    if (list->is(PickleKind::Call) && pickle_[list->items[0]].is_global("torch.Size"))
      list = &pickle_[arguments(tensor, *list, 1)[0]];
    if (!list->is(PickleKind::Tuple) && !list->is(PickleKind::List)) damaged(tensor);
    if (list->items.size() > kMaxTorchDims) wrong(tensor, fmt::format("more than {} dimensions", kMaxTorchDims));
    std::vector<std::size_t> out;
    for (const PickleRef item : list->items) out.push_back(size(tensor, pickle_[item]));
    return out;
  }

  [[nodiscard]] const TorchType& type_of(std::string_view tensor, const PickleValue& value) const {
    const TorchType* type = value.is(PickleKind::Global) ? torch_type(value.text) : nullptr;
    if (type == nullptr) damaged(tensor);
    return *type;
  }

  // ("storage", type, key, location, elements); in old files then None, or a part of it: (key, first, elements).
  [[nodiscard]] TorchStorage storage(std::string_view tensor, const PickleValue& value) const {
    if (!value.is(PickleKind::Persistent)) damaged(tensor);
    const std::vector<PickleRef>& id = pickle_[value.items[0]].items;
    if (id.size() < 5 || pickle_[id[0]].text != "storage" || !pickle_[id[2]].is(PickleKind::Text)) damaged(tensor);
    TorchStorage out = storages_(pickle_[id[2]].text, type_of(tensor, pickle_[id[1]]), size(tensor, pickle_[id[4]]));
    if (id.size() < 6 || pickle_[id[5]].is(PickleKind::None)) return out;
    const std::vector<PickleRef>& part = pickle_[id[5]].items;
    if (part.size() != 3) damaged(tensor);
    const std::size_t first = size(tensor, pickle_[part[1]]), count = size(tensor, pickle_[part[2]]);
    if (first > out.elements || count > out.elements - first) wrong(tensor, "it reaches past the end of its data");
    out.begin += first * out.type->bytes;
    out.elements = count;
    return out;
  }

  [[nodiscard]] TorchLayout layout(std::string_view tensor, std::vector<std::size_t> shape,
                                   std::vector<std::size_t> strides, std::size_t available) const {
    if (strides.size() != shape.size()) damaged(tensor);
    TorchLayout out{.shape = std::move(shape), .strides = std::move(strides)};
    if (std::ranges::find(out.shape, 0u) != out.shape.end()) {
      out.elements = 0;
      return out;
    }
    for (std::size_t i = out.shape.size(); i-- > 0;) {
      const std::size_t dim = out.shape[i], stride = out.strides[i];
      if (dim == 1) continue;
      out.rows = out.rows && stride == out.elements;
      if (dim > available / out.elements) wrong(tensor, "it has more elements than its data");
      out.elements *= dim;
      if (stride > (available - out.last) / (dim - 1)) wrong(tensor, "it reaches past the end of its data");
      out.last += stride * (dim - 1);
    }
    if (out.last >= available) wrong(tensor, "it reaches past the end of its data");
    return out;
  }

  [[nodiscard]] StoredTensor read_tensor(std::string_view name, const PickleValue& outer) const {
    const PickleValue* call = &outer;
    if (pickle_[call->items[0]].text.starts_with(kParameter)) call = &pickle_[arguments(name, *call, 1)[0]];
    if (!is_tensor(*call) || pickle_[call->items[0]].text.starts_with(kParameter)) damaged(name);
    const bool has_type = pickle_[call->items[0]].is_global(kRebuild3);
    const std::vector<PickleRef>& with = arguments(name, *call, has_type ? 7 : 4);
    TorchStorage data = storage(name, pickle_[with[0]]);
    if (has_type) {
      const TorchType& type = type_of(name, pickle_[with[6]]);
      data.elements = data.elements * data.type->bytes / type.bytes;
      data.type = &type;
    }
    const std::size_t first = size(name, pickle_[with[1]]);
    if (first > data.elements) wrong(name, "it reaches past the end of its data");
    const TorchLayout at =
        layout(name, sizes(name, pickle_[with[2]]), sizes(name, pickle_[with[3]]), data.elements - first);

    StoredTensor out;
    out.name = name;
    out.type = data.type->name;
    out.dtype = data.type->ours;
    out.shape = at.shape;
    const std::size_t item = data.type->bytes;
    if (at.elements != 0) out.bytes = bytes_.subspan(data.begin + first * item, (at.last + 1) * item);
    if (!at.rows) out.make = [at, bytes = out.bytes, item](void* to) { gather(at, bytes, item, to); };
    return out;
  }

  // Writes the elements in row-major order.
  static void gather(const TorchLayout& at, std::span<const std::byte> bytes, std::size_t item, void* to) {
    std::vector<std::size_t> index(at.shape.size());
    std::size_t from = 0;
    for (std::size_t i = 0; i < at.elements; ++i) {
      std::memcpy(static_cast<std::byte*>(to) + i * item, bytes.data() + from * item, item);
      for (std::size_t dim = index.size(); dim-- > 0;) {
        from += at.strides[dim];
        if (++index[dim] < at.shape[dim]) break;
        from -= at.strides[dim] * at.shape[dim];
        index[dim] = 0;
      }
    }
  }

  std::span<const std::byte> bytes_;
  std::string_view where_;
  const Pickle& pickle_;
  TorchStorages storages_;
};

[[noreturn]] void fail_missing(std::string_view where, std::string_view key) {
  fail(ErrorKind::Model, "{}: tensor data {}: missing; is the file cut off?", where, shown(key));
}
void check_size(std::string_view where, std::string_view key, const TorchType& type, std::size_t elements,
                std::size_t bytes) {
  if (bytes % type.bytes == 0 && bytes / type.bytes == elements) return;
  fail(ErrorKind::Model, "{}: tensor data {}: expected {} x {}, found {} bytes", where, shown(key), elements, type.name,
       bytes);
}
[[noreturn]] void fail_compressed(std::string_view where) {
  fail(ErrorKind::Model, "{}: the archive is compressed; save it again with torch.save, which does not compress",
       where);
}

// ---- A ZIP archive: one folder with data.pkl, data/0, data/1 ...

std::vector<StoredTensor> parse_torch_zip(std::span<const std::byte> bytes, std::string_view where) {
  constexpr std::string_view kPickle = "/data.pkl";
  const auto files = parse_stored_zip(bytes, where);
  std::string folder;
  for (const auto& [name, entry] : files) {
    if (!name.ends_with(kPickle)) continue;
    if (!folder.empty()) fail(ErrorKind::Model, "{}: expected one checkpoint in the archive, found two", where);
    folder = name.substr(0, name.size() - kPickle.size() + 1);
  }
  if (folder.empty()) fail(ErrorKind::Model, "{}: expected PyTorch's data.pkl in the ZIP archive, found none", where);
  const auto text_of = [&](const std::string& name) -> std::string_view {
    const auto it = files.find(folder + name);
    if (it == files.end()) return {};
    if (!it->second.plain) fail_compressed(where);
    return {reinterpret_cast<const char*>(bytes.data()) + it->second.begin, it->second.size};
  };
  if (const auto code = files.lower_bound(folder + "code/");
      code != files.end() && code->first.starts_with(folder + "code/"))
    fail(ErrorKind::Model, "{}: this is a TorchScript program; save the state_dict() of its model instead", where);
  if (text_of("byteorder").starts_with("big"))
    fail(ErrorKind::Model, "{}: its data is big-endian, which is not supported", where);
  const std::string_view text = text_of("data.pkl");
  if (text.size() > kMaxTorchPickle)
    fail(ErrorKind::Model, "{}: expected a pickle of at most {} bytes, found {}", where, kMaxTorchPickle, text.size());
  const Pickle pickle(std::as_bytes(std::span(text)), where, is_known_global);
  return TorchReader(bytes, where, pickle,
                     [&](std::string_view key, const TorchType& type, std::size_t elements) {
                       const auto it = files.find(folder + "data/" + std::string(key));
                       if (it == files.end()) fail_missing(where, key);
                       if (!it->second.plain) fail_compressed(where);
                       check_size(where, key, type, elements, it->second.size);
                       return TorchStorage{&type, elements, it->second.begin};
                     })
      .read();
}

// ---- The format before PyTorch 1.6: pickles of a magic number, a version, facts about the machine, the checkpoint and
// the keys of its data; then for each key the number of its elements, and these

class OldTorchFile {
 public:
  OldTorchFile(std::span<const std::byte> bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  std::vector<StoredTensor> read() {
    const Pickle magic = next();
    const PickleValue& number = magic.root();
    if (!number.is(PickleKind::BigInteger) || (number.text != kTorchMagic && number.text != kTorchMagicDigits))
      fail(ErrorKind::Model, "{}: expected a checkpoint of PyTorch, found another pickle", where_);
    const Pickle version = next(), machine = next(), checkpoint = next(), keys = next();
    if (!version.root().is(PickleKind::Integer) || version.root().integer != 1001)
      fail(ErrorKind::Model, "{}: expected version 1001 of PyTorch's old format, found another", where_);
    check_byte_order(machine);
    find_data(checkpoint, keys);
    return TorchReader(bytes_, where_, checkpoint,
                       [&](std::string_view key, const TorchType& type, std::size_t elements) {
                         const auto it = data_.find(key);
                         if (it == data_.end()) fail_missing(where_, key);
                         check_size(where_, key, type, elements, it->second.elements * it->second.type->bytes);
                         return it->second;
                       })
        .read();
  }

 private:
  Pickle next() {
    const auto rest = bytes_.subspan(at_);
    Pickle out(rest.first(std::min(rest.size(), kMaxTorchPickle)), where_, is_known_global);
    at_ += out.bytes();
    return out;
  }

  void check_byte_order(const Pickle& machine) const {
    const PickleValue& facts = machine.root();
    for (std::size_t i = 0; facts.is(PickleKind::Dict) && i < facts.items.size(); i += 2)
      if (machine[facts.items[i]].text == "little_endian" && machine[facts.items[i + 1]].integer == 0)
        fail(ErrorKind::Model, "{}: its data is big-endian, which is not supported", where_);
  }

  // The checkpoint gives the type of the data, the file their number and place.
  void find_data(const Pickle& checkpoint, const Pickle& keys) {
    for (const PickleValue& value : checkpoint.values()) {
      if (!value.is(PickleKind::Persistent)) continue;
      const std::vector<PickleRef>& id = checkpoint[value.items[0]].items;
      if (id.size() < 5) continue;
      const TorchType* type = torch_type(checkpoint[id[1]].text);
      if (type != nullptr && checkpoint[id[2]].is(PickleKind::Text))
        data_.try_emplace(checkpoint[id[2]].text, TorchStorage{type});
    }
    for (const PickleRef ref : keys.root().items) {
      const std::string_view key = keys[ref].text;
      const auto it = data_.find(key);
      if (it == data_.end()) fail(ErrorKind::Model, "{}: tensor data {}: no tensor has them", where_, shown(key));
      std::uint64_t elements = 0;
      if (bytes_.size() - at_ < sizeof elements) fail_missing(where_, key);
      std::memcpy(&elements, bytes_.data() + at_, sizeof elements);
      at_ += sizeof elements;
      if (elements > (bytes_.size() - at_) / it->second.type->bytes) fail_missing(where_, key);
      it->second.elements = static_cast<std::size_t>(elements);
      it->second.begin = at_;
      at_ += it->second.elements * it->second.type->bytes;
    }
  }

  std::span<const std::byte> bytes_;
  std::string_view where_;
  std::size_t at_ = 0;
  std::map<std::string_view, TorchStorage, std::less<>> data_;
};

}  // namespace

std::vector<StoredTensor> parse_torch_file(std::span<const std::byte> bytes, std::string_view where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("version https://git-lfs"))
    fail(ErrorKind::Model, "{}: this is a Git LFS pointer, not the weights; fetch them with `git lfs pull`", where);
  return text.starts_with("PK\3\4") ? parse_torch_zip(bytes, where) : OldTorchFile(bytes, where).read();
}

}  // namespace sparsight
