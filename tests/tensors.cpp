#include "tests/tensors.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

namespace sparsight::test {

namespace {

struct OfTest final : Buffer {
  explicit OfTest(void* address) : Buffer(address, true) {}
};

Tensor over(HostTensor& memory) { return {std::make_unique<OfTest>(memory.data()), memory.shape(), memory.dtype()}; }

}  // namespace

SharedTensor::SharedTensor(HostTensor memory) : memory_(std::move(memory)), lent_(over(memory_)) {}

void SharedTensor::reshape(Shape shape) {
  memory_.reshape(shape);
  lent_.reshape(shape);
}

HostView host(const TensorView& view) { return {BackendMemory::address(view), view.dtype(), view.shape()}; }

HostWeight host(const WeightView& weight) {
  return weight.quantised() ? HostWeight(host(weight.values()), host(weight.scales()), host(weight.block_scales()),
                                         weight.outputs(), weight.inputs())
                            : HostWeight(host(weight.values()));
}

TensorView lent(HostView view) {
  return BackendMemory::view(const_cast<void*>(view.data()), view.dtype(), view.shape());
}

WeightView lent(const HostWeight& weight) {
  return weight.quantised() ? WeightView(lent(weight.values()), lent(weight.scales()), lent(weight.block_scales()),
                                         weight.outputs(), weight.inputs())
                            : WeightView(lent(weight.values()));
}

HostTensor random_tensor(Shape shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  HostTensor t(shape);
  for (std::size_t i = 0; i < shape.elements(); ++i) t.f32()[i] = normal(random);
  return t;
}

HostTensor stored_as(DType type, HostView values) {
  if (type == DType::F32) return HostTensor::copy_of(values);
  HostTensor t(values.shape(), type);
  auto* to = static_cast<std::uint16_t*>(t.data());
  for (std::size_t i = 0; i < values.shape().elements(); ++i)
    to[i] = type == DType::F16 ? f32_to_f16(values.f32()[i]) : f32_to_bf16(values.f32()[i]);
  return t;
}

void check_near(HostView got, const std::vector<double>& expected, double tolerance) {
  REQUIRE(got.shape().elements() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(got.f32()[i]) - expected[i]));
  CHECK(worst <= tolerance);
}

void on_every_target(const std::function<void(Backend&)>& body) {
  for (const std::string& target : cpu_targets()) {
    INFO("target " << target);
    REQUIRE(choose_cpu_target(target));
    const auto backend = make_cpu_backend({.threads = 2});
    body(*backend);
  }
  REQUIRE(choose_cpu_target(""));
}

double relative_rms(std::span<const float> got, std::span<const float> expected) {
  REQUIRE(got.size() == expected.size());
  double lost = 0, all = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = static_cast<double>(got[i]), b = static_cast<double>(expected[i]);
    if (!std::isfinite(a)) return std::numeric_limits<double>::infinity();
    lost += (a - b) * (a - b);
    all += b * b;
  }
  return std::sqrt(lost / all);
}

std::span<const float> values_of(HostView view) { return {view.f32(), view.shape().elements()}; }

void check_within(const std::string& what, std::span<const float> got, std::span<const float> expected,
                  double tolerance) {
  INFO(what);
  REQUIRE(got.size() == expected.size());
  double worst = 0, largest = 1;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = static_cast<double>(got[i]), b = static_cast<double>(expected[i]);
    worst = std::max(worst, std::isfinite(a) ? std::abs(a - b) : std::numeric_limits<double>::infinity());
    largest = std::max(largest, std::abs(b));
  }
  CAPTURE(worst, largest);
  CHECK(worst <= tolerance * largest);
}

}  // namespace sparsight::test
