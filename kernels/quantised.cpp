#include "kernels/quantised.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

namespace sparsight {
namespace {

constexpr float kMostInt8 = 127, kMostScale = 127;

float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) most = std::max(most, std::abs(value));
  return most;
}

int nearest(float value, float low, float high) {
  return static_cast<int>(std::clamp(std::nearbyint(value), low, high));
}

void to_int8(std::span<const float> from, std::int8_t* values, float& scale) {
  scale = largest(from) / kMostInt8;
  for (std::size_t i = 0; i < from.size(); ++i)
    values[i] = static_cast<std::int8_t>(scale == 0 ? 0 : nearest(from[i] / scale, -kMostInt8, kMostInt8));
}

double squared_error(std::span<const float> block, float step) {
  double sum = 0;
  for (const float value : block) {
    const double error =
        static_cast<double>(value) - static_cast<double>(step) * nearest(step == 0 ? 0 : value / step, -8, 7);
    sum += error * error;
  }
  return sum;
}

// The step of one block with the least error among those around "the largest value is -8 steps": its sign says which
// of the two ends, -8 or 7, the largest value gets.
float best_step(std::span<const float> block) {
  const float most = *std::ranges::max_element(block, {}, [](float v) { return std::abs(v); });
  float best = 0;
  double least = squared_error(block, 0);
  for (const float steps : {-8.5f, -8.0f, -7.5f, -7.0f, 7.0f, 7.5f}) {
    const float step = most / steps;
    if (const double error = squared_error(block, step); error < least) {
      least = error;
      best = step;
    }
  }
  return best;
}

void to_int4(std::span<const float> from, std::uint8_t* values, float& scale, std::int8_t* block_scales) {
  const std::size_t blocks = from.size() / kQuantisedBlock;
  std::vector<float> steps(blocks);
  for (std::size_t b = 0; b < blocks; ++b) steps[b] = best_step(from.subspan(b * kQuantisedBlock, kQuantisedBlock));
  scale = largest(steps) / kMostScale;
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto block = from.subspan(b * kQuantisedBlock, kQuantisedBlock);
    // The integer below or above the step that was wanted, or none.
    int chosen = 0;
    double least = squared_error(block, 0);
    const float wanted = scale == 0 ? 0 : steps[b] / scale;
    for (const float near : {std::floor(wanted), std::ceil(wanted)}) {
      const int whole = nearest(near, -kMostScale, kMostScale);
      if (const double error = squared_error(block, scale * static_cast<float>(whole)); error < least) {
        least = error;
        chosen = whole;
      }
    }
    block_scales[b] = static_cast<std::int8_t>(chosen);
    const float step = scale * static_cast<float>(chosen);
    std::array<int, kQuantisedBlock> q{};
    for (std::size_t i = 0; i < q.size(); ++i) q[i] = (step == 0 ? 0 : nearest(block[i] / step, -8, 7)) + 8;
    for (std::size_t i = 0; i < kQuantisedBlock / 2; ++i)
      values[b * kQuantisedBlock / 2 + i] = static_cast<std::uint8_t>(q[i] | q[i + kQuantisedBlock / 2] << 4);
  }
}

}  // namespace

QuantisedWeights quantise(TensorView weight, Quantisation to) {
  const std::size_t outputs = weight.rows(), inputs = weight.cols(), blocks = inputs / kQuantisedBlock;
  SPARSIGHT_CHECK(can_quantise(to, inputs));
  const bool int4 = to == Quantisation::Int4;
  QuantisedWeights out{int4 ? Tensor(Shape{outputs, inputs / 2}, DType::U8) : Tensor(Shape{outputs, inputs}, DType::I8),
                       Tensor(Shape{outputs}), int4 ? Tensor(Shape{outputs, blocks}, DType::I8) : Tensor()};
  for (std::size_t n = 0; n < outputs; ++n) {
    const Tensor row = to_f32(weight.slice_rows(n, 1));
    const std::span<const float> values = row.row(0);
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); }))
      fail(ErrorKind::Model, "output {} of a matrix {}: expected finite weights, found others", n,
           weight.shape().str());
    if (int4)
      to_int4(values, static_cast<std::uint8_t*>(out.values.data()) + n * inputs / 2, out.scales.f32()[n],
              static_cast<std::int8_t*>(out.block_scales.data()) + n * blocks);
    else
      to_int8(values, static_cast<std::int8_t*>(out.values.data()) + n * inputs, out.scales.f32()[n]);
  }
  return out;
}

Tensor dequantise(const WeightView& weight) {
  if (!weight.quantised()) return to_f32(weight.values);
  const std::size_t inputs = weight.inputs();
  Tensor out(Shape{weight.outputs(), inputs});
  for (std::size_t n = 0; n < weight.outputs(); ++n) {
    const float scale = weight.scales.f32()[n];
    for (std::size_t k = 0; k < inputs; ++k) {
      if (!weight.int4()) {
        out.row(n)[k] =
            scale * static_cast<float>(static_cast<const std::int8_t*>(weight.values.data())[n * inputs + k]);
        continue;
      }
      const std::size_t block = k / kQuantisedBlock, in_block = k % kQuantisedBlock, half = kQuantisedBlock / 2;
      const std::uint8_t byte =
          static_cast<const std::uint8_t*>(weight.values.data())[n * inputs / 2 + block * half + in_block % half];
      const int step =
          static_cast<const std::int8_t*>(weight.block_scales.data())[n * (inputs / kQuantisedBlock) + block];
      out.row(n)[k] = scale * static_cast<float>(step * ((in_block < half ? byte & 15 : byte >> 4) - 8));
    }
  }
  return out;
}

}  // namespace sparsight
