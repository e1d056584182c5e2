// Weights as small integers with scales: what a matrix [outputs, inputs] becomes, and what it stands for.
//
// Int8: values I8 [outputs, inputs] in -127..127; weight = scale[output] * value.
// Int4: values U8 [outputs, inputs / 2]; byte j of the 16 of a block of 32 inputs holds input j in its lower four bits
// and input j + 16 in its upper ones, each 8 too large. block_scales I8 [outputs, inputs / 32];
// weight = scale[output] * block_scale * (value - 8). Scales of blocks are integers, so that a product of int4 weights
// is one of integers up to the output's own scale, as that of int8 weights is.
#pragma once

#include "kernels/tensor.h"

#include <cstddef>

namespace sparsight {

enum class Quantisation { Int8, Int4 };

constexpr std::size_t kQuantisedBlock = 32;  // inputs that share a block scale

// Borrowed; of a float matrix only `values` is there.
struct WeightView {
  TensorView values;          // F32, F16 or BF16 [outputs, inputs]; or as above
  TensorView scales{};        // F32 [outputs]
  TensorView block_scales{};  // I8

  WeightView() = default;
  WeightView(TensorView floats) : values(floats) {}     // NOLINT(google-explicit-constructor): floats are weights
  WeightView(const Tensor& floats) : values(floats) {}  // NOLINT(google-explicit-constructor)
  WeightView(TensorView integers, TensorView output_scales, TensorView of_blocks)
      : values(integers), scales(output_scales), block_scales(of_blocks) {}

  [[nodiscard]] bool quantised() const { return !scales.empty(); }
  [[nodiscard]] bool int4() const { return !block_scales.empty(); }
  [[nodiscard]] std::size_t outputs() const { return values.rows(); }
  [[nodiscard]] std::size_t inputs() const { return int4() ? 2 * values.cols() : values.cols(); }
  [[nodiscard]] std::size_t bytes() const { return values.bytes() + scales.bytes() + block_scales.bytes(); }
};

struct QuantisedWeights {
  Tensor values, scales, block_scales;  // block_scales: int4 only
  [[nodiscard]] WeightView view() const { return {values, scales, block_scales}; }
};

// Whether a matrix of so many inputs can be stored so: int4 wants whole blocks.
[[nodiscard]] constexpr bool can_quantise(Quantisation to, std::size_t inputs) {
  return to == Quantisation::Int8 || inputs % kQuantisedBlock == 0;
}
// To the nearest representable weights, by output; int4 chooses each block's scale for the least squared error.
// `weight` is F32, F16 or BF16 [outputs, inputs] and finite: Error{Model} otherwise. Any number of calls at a time.
[[nodiscard]] QuantisedWeights quantise(TensorView weight, Quantisation to);
// The floats that a view stands for, [outputs, inputs].
[[nodiscard]] Tensor dequantise(const WeightView& weight);

}  // namespace sparsight
