// How tensors and options of the backend's interface become parameters of kernels.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/parameters.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace sparsight::cuda {

inline Type type_of(DType type) {
  SPARSIGHT_CHECK(type == DType::F32 || type == DType::F16 || type == DType::BF16);
  return type == DType::F32 ? Type::F32 : type == DType::F16 ? Type::F16 : Type::BF16;
}
inline Function1 function_of(Activation activation) { return static_cast<Function1>(activation); }
static_assert(static_cast<int>(Function1::Relu) == static_cast<int>(Activation::Relu));

inline std::uint32_t narrow(std::size_t value) {
  SPARSIGHT_CHECK(value <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(value);
}

constexpr std::size_t divided_up(std::size_t count, std::size_t by) { return (count + by - 1) / by; }

template <typename T = float>
const T* at(const TensorView& view) {
  return view.empty() ? nullptr : static_cast<const T*>(BackendMemory::address(view));
}
template <typename T = float>
T* at(Tensor& tensor, std::size_t row = 0) {
  return reinterpret_cast<T*>(static_cast<std::byte*>(BackendMemory::address(tensor)) +
                              row * tensor.cols() * size_of(tensor.dtype()));
}

}  // namespace sparsight::cuda
