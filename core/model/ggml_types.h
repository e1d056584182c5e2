// The types of llama.cpp's tensors: what a block of each holds, and the floats that it stands for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sparsight {

// By its number in a GGUF file.
struct GgmlType {
  std::uint32_t number;
  std::string_view name;       // as llama.cpp prints it: "Q4_K"
  std::size_t block_elements;  // that follow each other in a row
  std::size_t block_bytes;
  // Of that many blocks; nullptr: nothing here reads them. Values are llama.cpp's to the bit: the same products and
  // sums in float, in the same order, none of them fused.
  void (*read)(const std::byte* blocks, std::size_t count, float* out);
};

[[nodiscard]] const GgmlType* find_ggml_type(std::uint32_t number);  // nullptr: there is none of this number

}  // namespace sparsight
