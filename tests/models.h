// Shared by the tests that compute: random tensors, weights in every format on every CPU target, questions.
#pragma once

#include "core/engine.h"
#include "core/model/weights.h"
#include "kernels/backends.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::test {

// A matrix that a test fills and reads, and that the CPU's backend uses in place.
class SharedTensor {
 public:
  SharedTensor() = default;
  explicit SharedTensor(Shape shape, DType type = DType::F32) : SharedTensor(HostTensor(shape, type)) {}
  SharedTensor(HostTensor memory);  // NOLINT(google-explicit-constructor)
  [[nodiscard]] static SharedTensor zeros(Shape shape, DType type = DType::F32) {
    return HostTensor::zeros(shape, type);
  }
  [[nodiscard]] static SharedTensor copy_of(HostView view) { return HostTensor::copy_of(view); }

  operator Tensor&() { return lent_; }                  // NOLINT(google-explicit-constructor)
  operator TensorView() const { return lent_; }         // NOLINT(google-explicit-constructor)
  operator WeightView() const { return lent_.view(); }  // NOLINT(google-explicit-constructor)
  operator HostView() const { return memory_.view(); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] Tensor& tensor() { return lent_; }
  [[nodiscard]] TensorView view() const { return lent_; }
  [[nodiscard]] HostView host() const { return memory_; }
  [[nodiscard]] const Shape& shape() const { return memory_.shape(); }
  [[nodiscard]] DType dtype() const { return memory_.dtype(); }
  [[nodiscard]] std::size_t rows() const { return memory_.rows(); }
  [[nodiscard]] std::size_t cols() const { return memory_.cols(); }
  [[nodiscard]] bool empty() const { return memory_.empty(); }
  [[nodiscard]] void* data() { return memory_.data(); }
  [[nodiscard]] const void* data() const { return memory_.data(); }
  [[nodiscard]] float* f32() { return memory_.f32(); }
  [[nodiscard]] const float* f32() const { return memory_.f32(); }
  [[nodiscard]] std::span<float> row(std::size_t r) { return memory_.row(r); }
  [[nodiscard]] std::span<const float> row(std::size_t r) const { return memory_.row(r); }
  void reshape(Shape shape);

 private:
  HostTensor memory_;
  Tensor lent_;
};
// The content of a tensor of the CPU's backend.
[[nodiscard]] HostView host(const TensorView& view);
[[nodiscard]] HostWeight host(const WeightView& weight);
// The host's memory as a tensor of the CPU's backend.
[[nodiscard]] TensorView lent(HostView view);
[[nodiscard]] WeightView lent(const HostWeight& weight);

// Normally distributed; the same seed gives the same values.
[[nodiscard]] HostTensor random_tensor(Shape shape, unsigned seed);
// F32 values rounded to a floating dtype.
[[nodiscard]] HostTensor stored_as(DType type, HostView values);
// Runs `body` with a backend of two threads for each of cpu_targets().
void on_every_target(const std::function<void(Backend&)>& body);
// Checks that each value is within `tolerance`.
void check_near(HostView got, const std::vector<double>& expected, double tolerance);

// For random weights: grouped heads, a width that is not a multiple of the block, a tower of 17 tokens.
[[nodiscard]] ModelConfig small_config();

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
// the bounds at most.
// Against the unrounded model:
[[nodiscard]] double format_tolerance(WeightFormat format, std::size_t layers);
// Against the same rounded weights in float32: the effect of rounded activations and of the order of sums.
[[nodiscard]] double arithmetic_tolerance(WeightFormat format, std::size_t layers);

[[nodiscard]] std::span<const float> values_of(HostView view);
// Checks that every value is finite and within tolerance times the largest expected magnitude (at least 1).
void check_within(const std::string& what, std::span<const float> got, std::span<const float> expected,
                  double tolerance);
// Root mean square of the difference, relative to that of the expected values; infinite if a value is not finite.
[[nodiscard]] double relative_rms(std::span<const float> got, std::span<const float> expected);

[[nodiscard]] std::filesystem::path demo_model();
// Copies its files to a folder where they may be damaged.
void copy_demo_model(const std::filesystem::path& to);
// Greedy, at most 16 tokens.
[[nodiscard]] Answer ask(Engine& engine, std::shared_ptr<const EncodedMedia> media, const std::string& text,
                         const PruningOptions& pruning = {});

}  // namespace sparsight::test
