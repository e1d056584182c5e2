// Shared by the tests that compute: random tensors, every CPU target, comparisons.
#pragma once

#include "kernels/backends.h"

#include <functional>
#include <span>
#include <string>
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

[[nodiscard]] std::span<const float> values_of(HostView view);
// Checks that every value is finite and within tolerance times the largest expected magnitude (at least 1).
void check_within(const std::string& what, std::span<const float> got, std::span<const float> expected,
                  double tolerance);
// Root mean square of the difference, relative to that of the expected values; infinite if a value is not finite.
[[nodiscard]] double relative_rms(std::span<const float> got, std::span<const float> expected);

}  // namespace sparsight::test
