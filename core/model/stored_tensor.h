// A tensor as a file of weights holds it: its bytes lie there as they are computed with, or it is made of them when
// somebody asks for it. Internal to core/model.
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
  std::string type;            // as the file names it: "BF16", "Q4_K"
  std::optional<DType> dtype;  // of what is read; none for one that nothing here computes with
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;   // in the file: all that the tensor is made of lies between their ends
  std::function<void(void*)> make{};  // writes the whole tensor as `dtype`; empty: `bytes` are the tensor
};

}  // namespace sparsight
