#include "core/model/weights.h"

#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"
#include "core/model/safetensors.h"
#include "core/model/stored_tensor.h"
#include "core/model/torch_file.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

// Suffixes of a quantised matrix's name.
constexpr std::string_view kScale = "_scale", kBlockScale = "_block_scale";

// The index may only name files in its own folder.
void check_shard_name(const std::string& name, const std::string& index) {
  const bool plain =
      !name.empty() && name.find_first_of("/\\") == std::string::npos && name != "." && name != ".." &&
      std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!plain)
    fail(ErrorKind::Model, "{}: weight_map: \"{}\" is not the name of a file in the same folder", index, shown(name));
}

std::vector<StoredTensor> safetensors_of(const MappedFile& file) {
  const std::string where = file.path().string();
  SafetensorsFile parsed = parse_safetensors(file.bytes(), where);
  const auto order = parsed.metadata.find(kLayoutKey);
  if (parsed.metadata.contains(kQuantisedKey) && order != parsed.metadata.end() && order->second != kQuantisedLayout)
    fail(ErrorKind::Model,
         "{}: its quantised weights are laid out as \"{}\", expected \"{}\"; quantise the model again", where,
         shown(order->second), kQuantisedLayout);
  const auto data = file.bytes().subspan(parsed.data_begin);
  std::vector<StoredTensor> out;
  for (auto& [name, entry] : parsed.entries)
    out.push_back({name, std::move(entry.type), entry.dtype, std::move(entry.shape),
                   data.subspan(entry.begin, entry.end - entry.begin)});
  return out;
}

std::vector<StoredTensor> tensors_of(const MappedFile& file) {
  const std::string where = file.path().string();
  if (is_gguf(file.path())) {
    const GgufFile gguf = parse_gguf(file.bytes(), where);
    if (gguf.text("general.architecture") != "clip") return gguf_decoder_tensors(gguf, read_gguf_decoder(gguf));
    const GgufTower tower = read_gguf_tower(gguf);
    return gguf_tower_tensors(gguf, tower, tower.kind == GgufTower::Kind::Llava ? "vision_tower." : "visual.");
  }
  return is_pickle(file.path()) ? parse_torch_file(file.bytes(), where) : safetensors_of(file);
}

std::string shape_str(const StoredTensor& tensor) { return fmt::format("[{}]", fmt::join(tensor.shape, ", ")); }

}  // namespace

struct Weights::Impl {
  struct File {
    std::string path;
    MappedFile mapped;
  };
  struct Entry {
    StoredTensor tensor;
    std::optional<std::size_t> file;  // nullopt: in memory
    mutable bool in_use = false;      // by order_mutex
  };

  TensorNames layout;
  std::string path;
  std::vector<File> files;
  std::map<std::string, HostTensor> in_memory;
  OnAsked on_asked;  // of unwritten()
  std::map<std::string, Entry, std::less<>> by_name;
  std::map<std::string, const Entry*, std::less<>> by_canonical;
  std::shared_ptr<ReadSoFar> read_so_far = std::make_shared<ReadSoFar>();
  mutable std::mutex order_mutex;
  std::vector<ReadAhead::Part> order;  // tensors of files, in the order in which they were first asked for
  std::size_t bytes_in_order = 0;
  mutable std::mutex copies_mutex;
  mutable std::map<const Entry*, HostTensor> copies;  // tensors that are misaligned in the file, or made from it

  [[nodiscard]] const std::string& place(const Entry& e) const { return e.file ? files[*e.file].path : path; }

  // True if `a` and `b` are one tensor saved under the names of two layouts.
  static bool may_stand_for(const Entry& a, const Entry& b) {
    if (&a == &b) return true;
    return a.tensor.type == b.tensor.type && a.tensor.shape == b.tensor.shape && !a.tensor.make && !b.tensor.make &&
           std::ranges::equal(a.tensor.bytes, b.tensor.bytes);
  }

  static std::vector<StoredTensor> read_tensors(const MappedFile& file) {
    try {
      std::vector<StoredTensor> found = tensors_of(file);
      file.check();
      return found;
    } catch (const Error&) {
      file.check_unchanged();  // a changed file explains any other error
      throw;
    }
  }

  void add_file(const fs::path& file_path) {
    files.push_back({file_path.string(), MappedFile::open(file_path)});
    const File& file = files.back();
    for (StoredTensor& tensor : read_tensors(file.mapped)) {
      const std::string name = tensor.name;
      const auto [it, is_new] = by_name.try_emplace(name, Entry{std::move(tensor), files.size() - 1});
      const Entry& present = *by_canonical.try_emplace(canonical_name(name, layout), &it->second).first->second;
      if (!is_new || !may_stand_for(present, it->second))
        fail(ErrorKind::Model, "{}: tensor {}: the same tensor as {} of {}", file.path, shown(name),
             shown(present.tensor.name), place(present));
    }
  }

  [[nodiscard]] bool has_decoder() const {
    return std::ranges::any_of(by_canonical,
                               [](const auto& entry) { return part_of(entry.first) == TensorPart::DecoderLayer; });
  }

  void add_shards(const fs::path& dir, const fs::path& index_path, const std::string& index_text) {
    const std::string where = index_path.string();
    const nlohmann::json document = parse_json(index_text, where);
    const JsonObject top(document, where);
    const nlohmann::json* map = top.find("weight_map");
    if (map == nullptr) top.refuse("weight_map", "expected an object, the key is missing");
    if (!map->is_object()) top.wrong("weight_map", "an object", *map);
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : map->items()) {
      if (!shard.is_string()) top.wrong("weight_map." + shown(tensor), "a file's name", shard);
      shards.insert(shard.get<std::string>());
    }
    if (shards.empty()) top.refuse("weight_map", "names no file");
    for (const std::string& shard : shards) {
      check_shard_name(shard, where);
      add_file(dir / shard);
    }
    for (const auto& [tensor, shard] : map->items()) {
      const std::string path_of_shard = (dir / shard.get_ref<const std::string&>()).string();
      const auto it = by_name.find(tensor);
      if (it == by_name.end() || place(it->second) != path_of_shard)
        fail(ErrorKind::Model, "{}: tensor {}: not in {}, where {} has it", where, shown(tensor), path_of_shard,
             index_path.filename().string());
    }
  }

  [[noreturn]] void wrong(const Entry& e, std::string_view expected, std::string_view found) const {
    fail(ErrorKind::Model, "{}: expected {}, {} has {}", shown(e.tensor.name), expected, place(e), found);
  }

  // Error{Model} if the names show that a wrapper was saved in place of the model inside it. Wrappers may be nested, or
  // wrap a part of the model: the message names the outermost one.
  void refuse_wrapped() const {
    for (const auto& item : by_name) {
      const std::string& name = item.first;
      for (std::size_t at = 0; at < name.size();) {  // the start of each part of the name
        const auto refuse = [&](std::string_view word, std::string_view what) {
          if (!std::string_view(name).substr(at).starts_with(word)) return;
          fail(ErrorKind::Model,
               "{}: its tensors' names have \"{}\" ({}), as {} saves them; save the model inside it instead",
               place(item.second), shown(name.substr(0, at + word.size())), shown(name), what);
        };
        refuse("_orig_mod.", "a model that torch.compile wraps");
        refuse("module.", "a model that DataParallel wraps");
        refuse("base_model.model.", "a model with peft's adapters");
        const std::size_t end = name.find('.', at);
        at = end == std::string::npos ? name.size() : end + 1;
      }
    }
  }

  void add_in_memory(const std::string& name, const HostView& view) {
    StoredTensor stored{.name = name,
                        .type = std::string(to_string(view.dtype())),
                        .dtype = view.dtype(),
                        .shape = {},
                        .bytes = {static_cast<const std::byte*>(view.data()), view.bytes()}};
    for (std::size_t i = 0; i < view.shape().rank(); ++i) stored.shape.push_back(view.shape()[i]);
    const auto it = by_name.emplace(name, Entry{std::move(stored), std::nullopt}).first;
    SPARSIGHT_CHECK(by_canonical.emplace(canonical_name(name, layout), &it->second).second);
  }

  void put_in_order(const Entry& e) {
    if (!e.file) return;
    const std::lock_guard lock(order_mutex);
    if (std::exchange(e.in_use, true)) return;
    order.push_back({&files[*e.file].mapped, e.tensor.bytes});
    bytes_in_order += e.tensor.bytes.size();
  }

  [[nodiscard]] const Entry& find(std::string_view name, const Shape& expected) {
    auto it = by_canonical.find(canonical_name(name, layout));
    if (it == by_canonical.end() && on_asked) {
      const std::string asked(name);
      add_in_memory(asked, in_memory.emplace(asked, HostTensor(expected)).first->second.view());
      on_asked(asked, expected);
      it = by_canonical.find(canonical_name(name, layout));
    }
    if (it == by_canonical.end()) refuse_wrapped();
    if (it == by_canonical.end())
      fail(ErrorKind::Model, "{}: expected {}, {} has no such tensor", shown(name), expected.str(), path);
    put_in_order(*it->second);
    return *it->second;
  }

  [[nodiscard]] HostView shaped(const Entry& e, const Shape& expected) const {
    const std::vector<std::size_t>& shape = e.tensor.shape;
    if (shape.size() > Shape::kMaxRank || Shape(std::span<const std::size_t>(shape)) != expected)
      wrong(e, expected.str(), shape_str(e.tensor));
    return view(e);
  }

  [[nodiscard]] const Entry& named(std::string_view name) const {
    const auto it = by_name.find(name);
    if (it == by_name.end()) fail(ErrorKind::Model, "{}: {} has no such tensor", shown(name), path);
    return it->second;
  }

  [[nodiscard]] Form form(const Entry& e) const {
    const StoredTensor& tensor = e.tensor;
    if (!tensor.dtype) wrong(e, "F32, F16, BF16, U8, I8, I32 or I64", tensor.type);
    if (tensor.shape.size() > Shape::kMaxRank)
      wrong(e, fmt::format("at most {} dimensions", Shape::kMaxRank), shape_str(tensor));
    return {*tensor.dtype, Shape(std::span<const std::size_t>(tensor.shape))};
  }

  [[nodiscard]] HostTensor read(const Entry& e) const {
    const auto [dtype, shape] = form(e);
    if (!e.tensor.make) return HostTensor::copy_of({e.tensor.bytes.data(), dtype, shape});
    HostTensor made(shape, dtype);
    e.tensor.make(made.data());
    return made;
  }

  [[nodiscard]] HostView view(const Entry& e) const {
    const StoredTensor& tensor = e.tensor;
    const auto [dtype, shape] = form(e);
    const HostView mapped(tensor.bytes.data(), dtype, shape);
    const bool aligned = reinterpret_cast<std::uintptr_t>(mapped.data()) % size_of(dtype) == 0;
    if (aligned && !tensor.make) return mapped;
    const std::lock_guard lock(copies_mutex);
    const auto it = copies.find(&e);
    if (it != copies.end()) return it->second.view();
    return copies.emplace(&e, read(e)).first->second.view();
  }
};

Weights::Weights(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Weights::Weights(Weights&&) noexcept = default;
Weights& Weights::operator=(Weights&&) noexcept = default;
Weights::~Weights() = default;

Weights Weights::open(const fs::path& path, TensorNames names) {
  auto impl = std::make_unique<Impl>();
  impl->layout = names;
  impl->path = path.string();
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    impl->add_file(path);
    return Weights(std::move(impl));
  }
  const std::optional<fs::path> found = weights_in(path);
  if (!found)
    fail(ErrorKind::File, "{}: neither model.safetensors nor model.safetensors.index.json here", path.string());
  if (found->extension() != ".json")
    impl->add_file(*found);
  else if (const std::optional<std::string> text = read_json_file(*found))
    impl->add_shards(path, *found, *text);
  else
    fail(ErrorKind::File, "{}: no such file", found->string());
  if (const auto tower = tower_gguf(path)) impl->add_file(*tower);
  // Towers in other files, with the decoder as GGUF beside them.
  if (const auto decoder = decoder_gguf_in(path); decoder && !is_gguf(*found) && !impl->has_decoder())
    impl->add_file(*decoder);
  return Weights(std::move(impl));
}

Weights Weights::of(std::map<std::string, HostTensor> tensors, TensorNames names) {
  auto impl = std::make_unique<Impl>();
  impl->layout = names;
  impl->path = "memory";
  impl->in_memory = std::move(tensors);
  for (const auto& [name, tensor] : impl->in_memory) impl->add_in_memory(name, tensor.view());
  return Weights(std::move(impl));
}

Weights Weights::unwritten(OnAsked on_asked) {
  auto impl = std::make_unique<Impl>();
  impl->layout = default_names();
  impl->path = "memory";
  impl->on_asked = std::move(on_asked);
  return Weights(std::move(impl));
}

bool Weights::contains(std::string_view name) const {
  return impl_->by_canonical.contains(canonical_name(name, impl_->layout));
}

std::optional<Shape> Weights::shape_of(std::string_view name) const {
  const auto it = impl_->by_canonical.find(canonical_name(name, impl_->layout));
  if (it == impl_->by_canonical.end()) return std::nullopt;
  const std::vector<std::size_t>& shape = it->second->tensor.shape;
  if (shape.size() > Shape::kMaxRank) return std::nullopt;
  return Shape(std::span<const std::size_t>(shape));
}

HostView Weights::get(std::string_view name, const Shape& expected) const {
  const Impl::Entry& e = impl_->find(name, expected);
  const std::optional<DType> dtype = e.tensor.dtype;
  if (dtype != DType::F32 && dtype != DType::F16 && dtype != DType::BF16)
    impl_->wrong(e, "F32, F16 or BF16", e.tensor.type);
  return impl_->shaped(e, expected);
}

HostWeight Weights::matrix(std::string_view name, const Shape& expected) const {
  const Impl::Entry& e = impl_->find(name, expected);
  if (e.tensor.dtype != DType::U8 && e.tensor.dtype != DType::I8) return get(name, expected);
  const std::size_t outputs = expected[0], inputs = expected[1];
  const bool int4 = contains(std::string(name) += kBlockScale);
  if (int4 && !can_quantise(Quantisation::Int4, inputs))
    impl_->wrong(e, fmt::format("no block scales: {} inputs are no multiple of {}", inputs, kQuantisedBlock), "some");
  const QuantisedShapes shapes = quantised_shapes(int4 ? Quantisation::Int4 : Quantisation::Int8, outputs, inputs);
  const auto part = [&](std::string_view suffix, DType dtype, const Shape& shape) {
    const Impl::Entry& of = impl_->find(std::string(name) += suffix, shape);
    if (of.tensor.dtype != dtype) impl_->wrong(of, to_string(dtype), of.tensor.type);
    return impl_->shaped(of, shape);
  };
  return {part("", DType::U8, shapes.values), part(kScale, DType::F32, shapes.scales),
          int4 ? part(kBlockScale, DType::I8, shapes.block_scales) : HostView(), outputs, inputs};
}

HostView Weights::raw(std::string_view name) const { return impl_->view(impl_->named(name)); }

Weights::Form Weights::form(std::string_view name) const { return impl_->form(impl_->named(name)); }
HostTensor Weights::read(std::string_view name) const { return impl_->read(impl_->named(name)); }

Needed Weights::needed() const {
  const std::lock_guard lock(impl_->order_mutex);
  return {impl_->read_so_far, impl_->bytes_in_order};
}

ReadAhead Weights::read_ahead() const {
  std::vector<ReadAhead::Part> files;
  for (const Impl::File& file : impl_->files) files.push_back({&file.mapped, file.mapped.bytes()});
  const std::lock_guard lock(impl_->order_mutex);
  return {impl_->read_so_far, impl_->order, files};
}

std::vector<Weights::File> Weights::files() const {
  std::vector<File> out;
  for (const Impl::File& file : impl_->files) out.push_back({file.path, file.mapped.bytes(), file.mapped.stamp()});
  return out;
}

void Weights::check() const {
  for (const Impl::File& file : impl_->files) file.mapped.check();
}

void Weights::check_unchanged() const {
  for (const Impl::File& file : impl_->files) file.mapped.check_unchanged();
}

std::vector<std::string> Weights::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : impl_->by_name) out.push_back(name);
  return out;
}

std::size_t Weights::bytes() const {
  std::size_t sum = 0;
  for (const auto& [name, e] : impl_->by_name) sum += e.tensor.bytes.size();
  return sum;
}

std::size_t Weights::parameters() const {
  std::size_t sum = 0;
  for (const auto& item : impl_->by_name) {
    const std::string& name = item.first;
    const Impl::Entry& e = item.second;
    const auto scales = [&](std::string_view suffix) {
      return name.ends_with(suffix) && impl_->by_name.contains(name.substr(0, name.size() - suffix.size()));
    };
    if (scales(kScale) || scales(kBlockScale)) continue;
    const std::size_t elements =
        std::accumulate(e.tensor.shape.begin(), e.tensor.shape.end(), std::size_t{1}, std::multiplies<>());
    sum += impl_->by_name.contains(std::string(name) += kBlockScale) ? 2 * elements : elements;
  }
  return sum;
}

std::vector<std::string> Weights::dtypes() const {
  std::set<std::string> found;
  for (const auto& [name, e] : impl_->by_name) found.insert(e.tensor.type);
  return {found.begin(), found.end()};
}

}  // namespace sparsight
