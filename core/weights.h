// A checkpoint's tensors, memory-mapped: single or sharded safetensors. Hostile files are refused, never
// trusted: every size and offset is checked before use (format: huggingface/safetensors, README "Format").
#pragma once

#include "kernels/tensor.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// One safetensors header entry, offsets relative to the data section.
struct SafetensorsEntry {
  DType dtype;
  Shape shape;
  std::size_t begin;
  std::size_t end;
};

// Parses the header of a file of which `bytes` is the whole content. Refuses: a header longer than the file or
// than 100 MB, deep or malformed JSON, unknown dtypes, sizes that overflow or differ from shape x dtype, ranges
// that are out of bounds or overlap. Error{Model} naming `where` and the tensor.
[[nodiscard]] std::map<std::string, SafetensorsEntry, std::less<>> parse_safetensors(
    std::span<const std::byte> bytes, std::string_view where);

// Immutable after open; safe to read from any thread. Views live as long as the Weights.
class Weights {
 public:
  // `path`: a Hugging Face directory (model.safetensors.index.json with its shards, or model.safetensors), or one
  // .safetensors file. Shard names may not leave the directory. Error{File, Model}.
  [[nodiscard]] static Weights open(const std::filesystem::path& path);

  Weights(Weights&&) noexcept;
  Weights& operator=(Weights&&) noexcept;
  ~Weights();

  // Names as transformers 5 writes them, e.g. `model.language_model.layers.0.mlp.up_proj.weight`; the other
  // layouts in use (`language_model.model.…`, towers with or without `vision_model.`) are found under them too.
  [[nodiscard]] bool contains(std::string_view name) const;
  // Floating dtypes only (F32, F16, BF16). Error{Model} if missing or misshapen, with the tensor's and the file's name.
  [[nodiscard]] TensorView get(std::string_view name, const Shape& expected) const;
  // Any dtype and shape, by exact name in the file.
  [[nodiscard]] TensorView raw(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;  // as they stand in the files, sorted
  [[nodiscard]] std::size_t bytes() const;               // of all tensors

 private:
  struct Impl;
  explicit Weights(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
