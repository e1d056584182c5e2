// A checkpoint's tensors, memory-mapped: single or sharded safetensors. Hostile files are refused, never
// trusted: every size and offset is checked before use (format: huggingface/safetensors, README "Format").
#pragma once

#include "core/base/file_stamp.h"
#include "core/model/families/names.h"
#include "core/model/safetensors.h"
#include "kernels/quantised.h"
#include "kernels/tensor.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Keys of a quantised file's metadata: what its matrices are, "int8" or "int4", and kQuantisedLayout.
inline constexpr const char* kQuantisedKey = "quantised";
inline constexpr const char* kLayoutKey = "layout";

// Immutable after open; safe to read from any thread. Views live as long as the Weights.
class Weights {
 public:
  // `path`: a Hugging Face directory (model.safetensors, or model.safetensors.index.json with its shards), or one
  // .safetensors file. Shard names may not leave the directory; symbolic links are followed, as Hugging Face's cache
  // is made of them. All tensors of all shards count, whether the index lists them or not. `names`: as the model's
  // family has them. Error{File, Model}.
  [[nodiscard]] static Weights open(const std::filesystem::path& path, TensorNames names = default_names());

  // Of tensors in memory, under the names that files would have. CHECKs that no name occurs twice in any layout.
  [[nodiscard]] static Weights of(std::map<std::string, HostTensor> tensors, TensorNames names = default_names());

  Weights(Weights&&) noexcept;
  Weights& operator=(Weights&&) noexcept;
  ~Weights();

  // Canonical names (core/model/families/names.h); what other layouts call the tensor finds it too.
  [[nodiscard]] bool contains(std::string_view name) const;
  // Floating dtypes only (F32, F16, BF16). Error{Model} if missing, misshapen or of another dtype, with the tensor's
  // and the file's name. Views are aligned for their dtype; where the file's data is not, they are of a copy that is
  // made once and kept (Error{Memory}).
  [[nodiscard]] HostView get(std::string_view name, const Shape& expected) const;
  // A matrix [outputs, inputs]: floats as get() gives them, or what `sparsight-cli quantize` makes of them
  // (docs/quantised.md), whose values stand under `name` and whose scales under `name`_scale and `name`_block_scale.
  // A file whose metadata names another order of their integers under kLayoutKey is refused when it is opened.
  [[nodiscard]] HostWeight matrix(std::string_view name, const Shape& expected) const;
  // Any DType and any shape of up to Shape::kMaxRank dimensions, by exact name in the file. Error{Model}.
  [[nodiscard]] HostView raw(std::string_view name) const;
  // Has the files read ahead and their pages entered in this process's tables (MappedFile::populate).
  void populate(const std::stop_token& stop) const;
  // A file that was opened: all of its bytes, as they are mapped, and its stamp from then.
  struct File {
    std::filesystem::path path;
    std::span<const std::byte> bytes;
    FileStamp stamp;
  };
  [[nodiscard]] std::vector<File> files() const;
  // A file that is cut while it is mapped, or whose disk is gone, gives zeros from then on: whoever computed with the
  // weights asks before anyone sees what came of it. Error{File}. Quick, from any thread.
  void check() const;
  // Asks the file system too whether somebody wrote into the files since they were opened. Error{File}.
  void check_unchanged() const;
  [[nodiscard]] std::vector<std::string> names() const;   // as they stand in the files, sorted
  [[nodiscard]] std::size_t bytes() const;                // of all tensors
  [[nodiscard]] std::size_t parameters() const;           // of all tensors: elements, but for scales
  [[nodiscard]] std::vector<std::string> dtypes() const;  // as the files name them, sorted, each once

 private:
  struct Impl;
  explicit Weights(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
