// Weights as small integers with scales, laid out as kernels read them: what a matrix [outputs, inputs] becomes, and
// what it stands for.
//
// 16 outputs are a panel, in which 4 inputs of an output stand together. Integers are stored with an offset, so that
// they are not negative; outputs and inputs that fill up the last panel and the last 4 stand for 0.
//
// Int8: values U8 [panels, inputs / 4, 64]: byte 4 o + i is input i of 4 of the panel's output o, plus 128.
//   weight = scale[output] * (byte - 128).
// Int4: values U8 [panels, inputs / 8, 64]: byte 4 o + i has input i of 8 in its lower four bits and input i + 4 in its
//   upper ones, plus 8. block_scales I8 [panels, inputs / 32, 16]. weight = scale[output] * block_scale * (bits - 8).
//   Scales of blocks are integers, so that a product of int4 weights is one of integers up to the output's own scale,
//   as that of int8 weights is.
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
constexpr std::size_t kPanelOutputs = 16;    // outputs
constexpr std::size_t kPanelBytes = 64;      // of 4 inputs as int8, or of 8 as int4

// Shapes of the tensors that stand for a matrix.
struct QuantisedShapes {
  Shape values, scales, block_scales;  // block_scales: int4 only
};
[[nodiscard]] QuantisedShapes quantised_shapes(Quantisation to, std::size_t outputs, std::size_t inputs);

// Borrowed; of a float matrix only `values` is there. View: HostView or TensorView.
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
using HostWeight = MatrixView<HostView>;    // as a checkpoint has it
using WeightView = MatrixView<TensorView>;  // as a backend multiplies it

// A matrix in a backend's memory.
struct Weight {
  Tensor values, scales, block_scales;
  std::size_t outputs = 0, inputs = 0;
  [[nodiscard]] WeightView view() const {
    return scales.empty() ? WeightView(values) : WeightView(values, scales, block_scales, outputs, inputs);
  }
  operator WeightView() const { return view(); }  // NOLINT(google-explicit-constructor): lending is free
};

struct QuantisedWeights {
  HostTensor values, scales, block_scales;  // block_scales: int4 only
  std::size_t outputs = 0, inputs = 0;
  [[nodiscard]] HostWeight view() const { return {values, scales, block_scales, outputs, inputs}; }
};

// Whether a matrix of so many inputs can be stored so: int4 wants whole blocks.
[[nodiscard]] constexpr bool can_quantise(Quantisation to, std::size_t inputs) {
  return to == Quantisation::Int8 || inputs % kQuantisedBlock == 0;
}
// To the nearest representable weights, by output; int4 chooses each block's scale for the least squared error.
// `weight` is F32, F16 or BF16 [outputs, inputs] and finite: Error{Model} otherwise. Any number of calls at a time.
[[nodiscard]] QuantisedWeights quantise(HostView weight, Quantisation to);

// The same integers and scales in plain rows, for a backend that orders them otherwise.
struct QuantisedRows {
  HostTensor values;        // I8 [outputs, inputs]: -127..127 of int8, -8..7 of int4
  HostTensor scales;        // F32 [outputs]
  HostTensor block_scales;  // I8 [outputs, inputs / 32]; int8: empty
};
[[nodiscard]] QuantisedRows unpack(const HostWeight& weight);  // quantised
// The floats that a view stands for, [outputs, inputs].
[[nodiscard]] HostTensor dequantise(const HostWeight& weight);

}  // namespace sparsight
