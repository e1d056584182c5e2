// Shared by the tests that compute: random tensors, weights in every format on every CPU target, questions.
#pragma once

#include "core/engine.h"
#include "core/weights.h"
#include "kernels/backend.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::test {

// Normally distributed; the same seed gives the same values.
[[nodiscard]] Tensor random_tensor(Shape shape, unsigned seed);
// F32 values in a floating dtype, to the nearest.
[[nodiscard]] Tensor stored_as(DType type, TensorView values);
// Body is run with a backend of two threads for each of cpu_targets().
void on_every_target(const std::function<void(Backend&)>& body);
// Checks that no value is further off.
void check_near(const Tensor& got, const std::vector<double>& expected, double tolerance);

// Grouped heads, a width that is no whole number of blocks, a tower of 17 tokens: for random weights.
[[nodiscard]] ModelConfig small_config();

enum class WeightFormat { F32, F16, BF16, Int8, Int4 };
[[nodiscard]] std::string_view to_string(WeightFormat format);
// `from`, of floats, with those matrices in `format` that `sparsight-cli quantize` would quantise.
[[nodiscard]] Weights in_format(const Weights& from, WeightFormat format);
// The same weights, rounded as the format rounds, in float32.
[[nodiscard]] Weights as_floats(const Weights& from, WeightFormat format);

// Bounds for relative_rms() of states behind `layers` decoder layers, or of the logits, on goldens of the repository's
// kind: decoders of random weights, whose layers are as loud as their residual stream, so that a layer makes about
// three times of what its products lost; what layers lose adds up as squares. A product loses of its weights 2^-12
// (f16), 2^-9 (bf16), 0.9 % (int8) and 8 % (int4), and of activations rounded to 8 bits 0.9 %. Measured: two thirds of
// the bounds at most.
// Against the unrounded model:
[[nodiscard]] double format_tolerance(WeightFormat format, std::size_t layers);
// Against the same rounded weights in float32: what rounded activations do, and the order of sums.
[[nodiscard]] double arithmetic_tolerance(WeightFormat format, std::size_t layers);

[[nodiscard]] std::span<const float> values_of(TensorView view);
// Checks that no value is further off than tolerance times the largest expected magnitude, at least 1, or is not
// finite.
void check_within(const std::string& what, std::span<const float> got, std::span<const float> expected,
                  double tolerance);
// Root mean square of the difference over that of what was expected; infinite if anything got is not finite.
[[nodiscard]] double relative_rms(std::span<const float> got, std::span<const float> expected);

[[nodiscard]] std::filesystem::path demo_model();
// Its files in a folder of their own, where they may be spoilt.
void copy_demo_model(const std::filesystem::path& to);
// Greedy, at most 16 tokens.
[[nodiscard]] Answer ask(Engine& engine, std::shared_ptr<const EncodedMedia> media, const std::string& text,
                         const PruningOptions& pruning = {});

}  // namespace sparsight::test
