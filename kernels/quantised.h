// Weights as small integers with scales, in the order in which kernels read them: how a matrix [outputs, inputs] is
// stored, and which values it represents.
//
// 16 outputs form a panel, in which 4 inputs of an output are adjacent. Integers are stored with an offset, so that
// they are not negative; padding of the last panel and of the last 4 inputs represents 0.
//
// Int8: values U8 [panels, inputs / 4, 64]: byte 4 o + i is input i of 4 of the panel's output o, plus 128.
//   weight = scale[output] * (byte - 128).
// Int4: values U8 [panels, inputs / 8, 64]: byte 4 o + i has input i of 8 in its lower four bits and input i + 4 in its
//   upper ones, plus 8. block_scales I8 [panels, inputs / 32, 16]. weight = scale[output] * block_scale * (bits - 8).
//   Block scales are integers, so that products with int4 weights, like those with int8 weights, are exact integers up
//   to the output's scale.
// scales F32 [panels, 16].
#pragma once

#include "kernels/tensor.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sparsight {

enum class Quantisation { Int8, Int4 };

// The name of the order above, for files.
constexpr std::string_view kQuantisedLayout = "panels of 16 outputs";

constexpr std::size_t kQuantisedBlock = 32;  // inputs that share a block scale
constexpr std::size_t kPanelOutputs = 16;    // outputs per panel
constexpr std::size_t kPanelBytes = 64;      // 4 inputs per output as int8, or 8 as int4

// Shapes of the tensors that represent a matrix.
struct QuantisedShapes {
  Shape values, scales, block_scales;  // block_scales: int4 only
};
[[nodiscard]] QuantisedShapes quantised_shapes(Quantisation to, std::size_t outputs, std::size_t inputs);

// A borrowed matrix; a float matrix has only `values`. View: HostView or TensorView.
template <typename View>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(View floats) : values_(floats) {}  // NOLINT(google-explicit-constructor): floats are weights
  // block_scales: empty for int8.
  MatrixView(View values, View scales, View block_scales, std::size_t outputs, std::size_t inputs)
      : values_(values), scales_(scales), block_scales_(block_scales), outputs_(outputs), inputs_(inputs) {}

  [[nodiscard]] bool quantised() const { return !scales_.empty(); }
  [[nodiscard]] bool int4() const { return !block_scales_.empty(); }
  [[nodiscard]] View values() const { return values_; }  // F32, F16 or BF16 [outputs, inputs]; or as above
  [[nodiscard]] View scales() const { return scales_; }
  [[nodiscard]] View block_scales() const { return block_scales_; }
  [[nodiscard]] std::size_t outputs() const { return quantised() ? outputs_ : values_.rows(); }
  [[nodiscard]] std::size_t inputs() const { return quantised() ? inputs_ : values_.cols(); }
  [[nodiscard]] std::size_t bytes() const { return values_.bytes() + scales_.bytes() + block_scales_.bytes(); }

 private:
  View values_, scales_, block_scales_;
  std::size_t outputs_ = 0, inputs_ = 0;
};
using HostWeight = MatrixView<HostView>;    // in a checkpoint
using WeightView = MatrixView<TensorView>;  // in a backend's memory

// A matrix in a backend's memory.
struct Weight {
  Tensor values, scales, block_scales;
  std::size_t outputs = 0, inputs = 0;
  [[nodiscard]] WeightView view() const {
    return scales.empty() ? WeightView(values) : WeightView(values, scales, block_scales, outputs, inputs);
  }
  operator WeightView() const { return view(); }  // NOLINT(google-explicit-constructor): a cheap view
};

struct QuantisedWeights {
  HostTensor values, scales, block_scales;  // block_scales: int4 only
  std::size_t outputs = 0, inputs = 0;
  [[nodiscard]] HostWeight view() const { return {values, scales, block_scales, outputs, inputs}; }
};

// Whether a matrix with `inputs` inputs can be stored as `to`: int4 requires whole blocks.
[[nodiscard]] constexpr bool can_quantise(Quantisation to, std::size_t inputs) {
  return to == Quantisation::Int8 || inputs % kQuantisedBlock == 0;
}
// Rounds to the nearest representable weights, by output; int4 chooses each block's scale for the least squared error.
// `weight` is F32, F16 or BF16 [outputs, inputs] and finite: Error{Model} otherwise. May run in several threads at
// once.
[[nodiscard]] QuantisedWeights quantise(HostView weight, Quantisation to);

// The same integers and scales in plain rows, for a backend with another order.
struct QuantisedRows {
  HostTensor values;        // I8 [outputs, inputs]: -127..127 of int8, -8..7 of int4
  HostTensor scales;        // F32 [outputs]
  HostTensor block_scales;  // I8 [outputs, inputs / 32]; int8: empty
};
[[nodiscard]] QuantisedRows unpack(const HostWeight& weight);  // quantised
// The floats that `weight` represents, [outputs, inputs].
[[nodiscard]] HostTensor dequantise(const HostWeight& weight);

}  // namespace sparsight
