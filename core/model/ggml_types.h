// llama.cpp's tensor types: the size of a block of each, and how to convert it to floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sparsight {

// `number` identifies it in GGUF files.
struct GgmlType {
  std::uint32_t number;
  std::string_view name;       // as llama.cpp prints it: "Q4_K"
  std::size_t block_elements;  // consecutive ones of a row
  std::size_t block_bytes;
  // Converts `count` blocks; nullptr: not supported. The values equal llama.cpp's to the bit: the same float operations
  // in the same order, none of them fused.
  void (*read)(const std::byte* blocks, std::size_t count, float* out);
};

[[nodiscard]] const GgmlType* find_ggml_type(std::uint32_t number);  // nullptr: unknown

}  // namespace sparsight
