// A checkpoint's tensors, memory-mapped from one or several files: safetensors, PyTorch's pickles or GGUF. Files are
// not trusted: every size and offset is checked before use, and no code in a pickle is run.
#pragma once

#include "core/base/file_stamp.h"
#include "core/model/families/names.h"
#include "core/model/read_ahead.h"
#include "core/model/safetensors.h"
#include "kernels/quantised.h"
#include "kernels/tensor.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Keys of a quantised file's metadata: what its matrices are, "int8" or "int4", and kQuantisedLayout.
inline constexpr const char* kQuantisedKey = "quantised";
inline constexpr const char* kLayoutKey = "layout";

// Immutable after open; may be read from any thread. Views are valid as long as the Weights.
class Weights {
 public:
  // `path`: a Hugging Face folder, of which weights_in() gives the file, or one file: .safetensors, a pickle of
  // PyTorch, or a GGUF file of a decoder or tower, whose tensors get the names that transformers gives them. Shard
  // names may not leave the folder; symbolic links are followed, since Hugging Face's cache consists of them. All
  // tensors of all shards count, whether the index lists them or not. `names`: those of the model's family. Error{File,
  // Model}.
  [[nodiscard]] static Weights open(const std::filesystem::path& path, TensorNames names = default_names());

  // Makes Weights of tensors in memory, with the names that files have. CHECKs that no name occurs twice in any layout.
  [[nodiscard]] static Weights of(std::map<std::string, HostTensor> tensors, TensorNames names = default_names());

  // Tensors that come into being when get() or matrix() asks for them: F32, in memory that is never written. `on_asked`
  // hears the name and shape of each: for finding out what a model reads. One thread.
  using OnAsked = std::function<void(const std::string& name, const Shape& shape)>;
  [[nodiscard]] static Weights unwritten(OnAsked on_asked);

  Weights(Weights&&) noexcept;
  Weights& operator=(Weights&&) noexcept;
  ~Weights();

  // Takes canonical names (core/model/families/names.h), or those of other layouts.
  [[nodiscard]] bool contains(std::string_view name) const;
  // As in the file; nullopt: there is no such tensor, or it has more than Shape::kMaxRank dimensions.
  [[nodiscard]] std::optional<Shape> shape_of(std::string_view name) const;
  // Floating dtypes only (F32, F16, BF16). Error{Model}, with the tensor's and the file's name, if it is missing or has
  // another shape or dtype. Views are aligned for their dtype. Data that is misaligned, or has to be converted (a
  // GGUF file's quantised tensors become F32), is copied once and the copy kept (Error{Memory}).
  [[nodiscard]] HostView get(std::string_view name, const Shape& expected) const;
  // A matrix [outputs, inputs]: floats as from get(), or quantised by `sparsight-cli quantize` (docs/quantised.md),
  // with the values in `name` and the scales in `name`_scale and `name`_block_scale.
  // A file whose metadata names another order of their integers under kLayoutKey is refused when it is opened.
  [[nodiscard]] HostWeight matrix(std::string_view name, const Shape& expected) const;
  // Any DType and any shape of up to Shape::kMaxRank dimensions, by exact name in the file. Error{Model}.
  [[nodiscard]] HostView raw(std::string_view name) const;
  // The same without reading it.
  struct Form {
    DType dtype;
    Shape shape;
  };
  [[nodiscard]] Form form(std::string_view name) const;
  // The same as a copy of the caller's own; none is kept here. Error{Model, Memory}.
  [[nodiscard]] HostTensor read(std::string_view name) const;
  // All tensors that get() and matrix() were asked for so far: who asks for a part's tensors last waits for the part.
  [[nodiscard]] Needed needed() const;
  // Reads the files ahead: tensors in the order in which they were asked for so far, which is the one in which a model
  // uses them, then the rest.
  [[nodiscard]] ReadAhead read_ahead() const;
  // An open file: all of its bytes, mapped, and its stamp when it was opened.
  struct File {
    std::filesystem::path path;
    std::span<const std::byte> bytes;
    FileStamp stamp;
  };
  [[nodiscard]] std::vector<File> files() const;
  // Error{File} if a file became shorter while it was mapped, or its disk is gone: its bytes are then zeros. Call it
  // after computing with the weights, before using the result. Quick, from any thread.
  void check() const;
  // Error{File} also if somebody wrote into the files since they were opened; asks the file system.
  void check_unchanged() const;
  [[nodiscard]] std::vector<std::string> names() const;   // as in the files, sorted
  [[nodiscard]] std::size_t bytes() const;                // of all tensors
  [[nodiscard]] std::size_t parameters() const;           // elements of all tensors except scales
  [[nodiscard]] std::vector<std::string> dtypes() const;  // as in the files, sorted, each once

 private:
  struct Impl;
  explicit Weights(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
