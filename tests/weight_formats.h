// A model's weights in every format, and how much each loses.
#pragma once

#include "core/model/weights.h"

#include <cstddef>
#include <string_view>

namespace sparsight::test {

enum class WeightFormat { F32, F16, BF16, Int8, Int4 };
[[nodiscard]] std::string_view to_string(WeightFormat format);
// The floating weights `from` with `format` for the matrices that `sparsight-cli quantize` would quantise.
[[nodiscard]] Weights in_format(const Weights& from, WeightFormat format);
// The same weights in float32, with the rounding of the format.
[[nodiscard]] Weights as_floats(const Weights& from, WeightFormat format);

// Bounds for relative_rms() of states after `layers` decoder layers, or of the logits, on goldens like the
// repository's: decoders of random weights, whose layers are as loud as their residual stream, so that a layer
// amplifies the loss of its products about three times; the losses of layers add up as squares. A product loses 2^-12
// (f16), 2^-9 (bf16), 0.9 % (int8) or 8 % (int4) of its weights, and 0.9 % of activations rounded to 8 bits. Measured:
// at most two thirds of the bounds.
// Against the unrounded model:
[[nodiscard]] double format_tolerance(WeightFormat format, std::size_t layers);
// Against the same rounded weights in float32: the effect of rounded activations and of the order of sums.
[[nodiscard]] double arithmetic_tolerance(WeightFormat format, std::size_t layers);

}  // namespace sparsight::test
