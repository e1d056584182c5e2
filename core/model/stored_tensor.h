// A tensor in a weight file: either the file's bytes are the tensor, or the tensor is made from them on demand.
#pragma once

#include "kernels/tensor.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

struct StoredTensor {
  std::string name;
  std::string type;            // as in the file: "BF16", "Q4_K"
  std::optional<DType> dtype;  // after reading; nullopt: the program cannot compute with it
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;   // in the file; the range that the tensor is made from
  std::function<void(void*)> make{};  // writes the whole tensor, as `dtype`; empty: `bytes` are the tensor
};

}  // namespace sparsight
