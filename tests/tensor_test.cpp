// Tensors and the dtypes of their elements.
#include <catch2/catch.hpp>

#include "kernels/error.h"
#include "kernels/tensor.h"

#include <cmath>
#include <limits>
#include <type_traits>

namespace sparsight::test {
namespace {

template <typename T>
concept LetsTheHostIn = requires(T& tensor) {
  tensor.f32();
}
|| requires(T& tensor) { tensor.row(0); }
|| requires(T& tensor) { tensor.data(); };

template <typename T>
constexpr bool kHostReads = LetsTheHostIn<T> || LetsTheHostIn<const T>;

// Tensors that core computes with come from a backend, do not convert to host memory, and do not compile where the host
// touches them.
static_assert(!kHostReads<Tensor> && !kHostReads<TensorView> && !kHostReads<Buffer>);
static_assert(kHostReads<HostTensor> && kHostReads<HostView>);
static_assert(!std::is_convertible_v<Tensor, HostView> && !std::is_convertible_v<TensorView, HostView>);
static_assert(!std::is_constructible_v<HostView, TensorView> && !std::is_constructible_v<HostTensor, Tensor>);
static_assert(!std::is_convertible_v<HostTensor, TensorView> && !std::is_convertible_v<HostView, TensorView>);
static_assert(!std::is_constructible_v<Tensor, Shape> && !std::is_constructible_v<Tensor, HostTensor>);

}  // namespace

TEST_CASE("half and bfloat16 round to nearest even and come back exactly", "[kernels]") {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (!std::isnan(f16_to_f32(half))) REQUIRE(f32_to_f16(f16_to_f32(half)) == half);
    if (!std::isnan(bf16_to_f32(half))) REQUIRE(f32_to_bf16(bf16_to_f32(half)) == half);
  }
  // Halfway between two neighbours rounds to the even one; slightly above rounds up.
  for (std::uint16_t half = 0; half < 0x7BFF; ++half) {
    const float low = f16_to_f32(half), high = f16_to_f32(static_cast<std::uint16_t>(half + 1));
    const float middle = 0.5f * (low + high);
    REQUIRE(f32_to_f16(middle) == (half % 2 == 0 ? half : half + 1));
    REQUIRE(f32_to_f16(std::nextafter(middle, high)) == half + 1);
    REQUIRE(f32_to_f16(std::nextafter(middle, low)) == half);
  }
  CHECK(f32_to_f16(65519.0f) == 0x7BFF);
  CHECK(f32_to_f16(65520.0f) == 0x7C00);
  CHECK(f32_to_f16(-1e30f) == 0xFC00);
  CHECK(std::isnan(f16_to_f32(f32_to_f16(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(std::isnan(bf16_to_f32(f32_to_bf16(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(f32_to_bf16(1.00390625f) == 0x3F80);  // halfway, rounds down to even
  CHECK(f32_to_bf16(1.01171875f) == 0x3F82);  // halfway, rounds up to even
}

TEST_CASE("a tensor that cannot be allocated is an error", "[kernels]") {
  CHECK_THROWS_AS(HostTensor(Shape{std::size_t{1} << 40, std::size_t{1} << 40}), Error);
}

}  // namespace sparsight::test
