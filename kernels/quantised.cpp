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

// Where the values of output n begin, and the distance between its neighbouring quads (octets with int4), in bytes.
std::size_t byte_of(std::size_t output, std::size_t groups) {
  return output / kPanelOutputs * groups * kPanelBytes + output % kPanelOutputs * 4;
}

// Quantises one output; `values` points to its first byte.
void to_int8(std::span<const float> from, std::uint8_t* values, float& scale) {
  scale = largest(from) / kMostInt8;
  for (std::size_t i = 0; i < from.size(); ++i)
    values[i / 4 * kPanelBytes + i % 4] =
        static_cast<std::uint8_t>(128 + (scale == 0 ? 0 : nearest(from[i] / scale, -kMostInt8, kMostInt8)));
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

// The step of one block with the least error among the candidates around "the largest value is -8 steps"; its sign
// decides whether the largest value maps to -8 or 7.
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

// Quantises one output; `values` and `block_scales` point to its first ones.
void to_int4(std::span<const float> from, std::uint8_t* values, float& scale, std::int8_t* block_scales) {
  const std::size_t blocks = from.size() / kQuantisedBlock;
  std::vector<float> steps(blocks);
  for (std::size_t b = 0; b < blocks; ++b) steps[b] = best_step(from.subspan(b * kQuantisedBlock, kQuantisedBlock));
  scale = largest(steps) / kMostScale;
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto block = from.subspan(b * kQuantisedBlock, kQuantisedBlock);
    // The integer below or above the best step, or 0.
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
    block_scales[b * kPanelOutputs] = static_cast<std::int8_t>(chosen);
    const float step = scale * static_cast<float>(chosen);
    std::array<int, kQuantisedBlock> q{};
    for (std::size_t i = 0; i < q.size(); ++i) q[i] = (step == 0 ? 0 : nearest(block[i] / step, -8, 7)) + 8;
    for (std::size_t i = 0; i < q.size(); i += 8)
      for (std::size_t j = 0; j < 4; ++j)
        values[(b * kQuantisedBlock + i) / 8 * kPanelBytes + j] =
            static_cast<std::uint8_t>(q[i + j] | q[i + j + 4] << 4);
  }
}

}  // namespace

QuantisedShapes quantised_shapes(Quantisation to, std::size_t outputs, std::size_t inputs) {
  const std::size_t panels = (outputs + kPanelOutputs - 1) / kPanelOutputs;
  if (to == Quantisation::Int8)
    return {Shape{panels, (inputs + 3) / 4, kPanelBytes}, Shape{panels, kPanelOutputs}, Shape{}};
  return {Shape{panels, inputs / 8, kPanelBytes}, Shape{panels, kPanelOutputs},
          Shape{panels, inputs / kQuantisedBlock, kPanelOutputs}};
}

QuantisedWeights quantise(HostView weight, Quantisation to) {
  const std::size_t outputs = weight.rows(), inputs = weight.cols();
  SPARSIGHT_CHECK(can_quantise(to, inputs));
  const bool int4 = to == Quantisation::Int4;
  const QuantisedShapes shapes = quantised_shapes(to, outputs, inputs);
  QuantisedWeights out{HostTensor(shapes.values, DType::U8), HostTensor::zeros(shapes.scales),
                       int4 ? HostTensor::zeros(shapes.block_scales, DType::I8) : HostTensor(), outputs, inputs};
  auto* values = static_cast<std::uint8_t*>(out.values.data());
  std::fill_n(values, shapes.values.elements(), static_cast<std::uint8_t>(int4 ? 0x88 : 0x80));
  for (std::size_t n = 0; n < outputs; ++n) {
    const HostTensor row = to_f32(weight.slice_rows(n, 1));
    const std::span<const float> from = row.row(0);
    if (!std::ranges::all_of(from, [](float v) { return std::isfinite(v); }))
      fail(ErrorKind::Model, "output {} of a matrix {}: expected finite weights, found NaN or infinity", n,
           weight.shape().str());
    std::uint8_t* to_row = values + byte_of(n, shapes.values[1]);
    if (int4)
      to_int4(from, to_row, out.scales.f32()[n],
              static_cast<std::int8_t*>(out.block_scales.data()) +
                  n / kPanelOutputs * shapes.block_scales[1] * kPanelOutputs + n % kPanelOutputs);
    else
      to_int8(from, to_row, out.scales.f32()[n]);
  }
  return out;
}

QuantisedRows unpack(const HostWeight& weight) {
  SPARSIGHT_CHECK(weight.quantised());
  const std::size_t outputs = weight.outputs(), inputs = weight.inputs(), blocks = inputs / kQuantisedBlock;
  const std::size_t groups = weight.values().shape()[1];
  const bool int4 = weight.int4();
  QuantisedRows out{HostTensor(Shape{outputs, inputs}, DType::I8), HostTensor(Shape{outputs}),
                    int4 ? HostTensor(Shape{outputs, blocks}, DType::I8) : HostTensor()};
  std::copy_n(weight.scales().f32(), outputs, out.scales.f32());
  for (std::size_t n = 0; n < outputs; ++n) {
    const std::uint8_t* from = static_cast<const std::uint8_t*>(weight.values().data()) + byte_of(n, groups);
    auto* row = static_cast<std::int8_t*>(out.values.data()) + n * inputs;
    for (std::size_t k = 0; k < inputs; ++k) {
      const int byte = from[(int4 ? k / 8 : k / 4) * kPanelBytes + k % 4];
      row[k] = static_cast<std::int8_t>(int4 ? (k % 8 < 4 ? byte & 15 : byte >> 4) - 8 : byte - 128);
    }
    if (!int4) continue;
    const auto* scales = static_cast<const std::int8_t*>(weight.block_scales().data()) +
                         n / kPanelOutputs * blocks * kPanelOutputs + n % kPanelOutputs;
    for (std::size_t b = 0; b < blocks; ++b)
      static_cast<std::int8_t*>(out.block_scales.data())[n * blocks + b] = scales[b * kPanelOutputs];
  }
  return out;
}

HostTensor dequantise(const HostWeight& weight) {
  if (!weight.quantised()) return to_f32(weight.values());
  const QuantisedRows rows = unpack(weight);
  const auto* values = static_cast<const std::int8_t*>(rows.values.data());
  const auto* steps = static_cast<const std::int8_t*>(rows.block_scales.data());
  HostTensor out(rows.values.shape());
  for (std::size_t n = 0; n < out.rows(); ++n)
    for (std::size_t k = 0; k < out.cols(); ++k) {
      const int step = weight.int4() ? steps[n * (out.cols() / kQuantisedBlock) + k / kQuantisedBlock] : 1;
      out.row(n)[k] = rows.scales.f32()[n] * static_cast<float>(step * values[n * out.cols() + k]);
    }
  return out;
}

}  // namespace sparsight
