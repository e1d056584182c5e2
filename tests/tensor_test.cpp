// Tensors and the dtypes of their elements.
#include <catch2/catch.hpp>

#include "kernels/error.h"
#include "kernels/tensor.h"

#include <cmath>
#include <limits>

namespace sparsight::test {

TEST_CASE("half and bfloat16 round to nearest even and come back exactly", "[kernels]") {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (!std::isnan(f16_to_f32(half))) REQUIRE(f32_to_f16(f16_to_f32(half)) == half);
    if (!std::isnan(bf16_to_f32(half))) REQUIRE(f32_to_bf16(bf16_to_f32(half)) == half);
  }
  // Halfway between two neighbours goes to the even one; a hair above goes up.
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
  CHECK(f32_to_bf16(1.00390625f) == 0x3F80);  // halfway, even below
  CHECK(f32_to_bf16(1.01171875f) == 0x3F82);  // halfway, even above
}

TEST_CASE("a tensor that cannot be had is an error", "[kernels]") {
  CHECK_THROWS_AS(HostTensor(Shape{std::size_t{1} << 40, std::size_t{1} << 40}), Error);
}

}  // namespace sparsight::test
