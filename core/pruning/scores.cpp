#include "core/pruning/scores.h"

#include "core/pruning/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sparsight {
namespace {

bool finite(std::span<const float> scores) {
  return std::ranges::all_of(scores, [](float score) { return std::isfinite(score); });
}

}  // namespace

void check_attention(std::span<const float> scores, std::size_t layer) {
  if (!finite(scores)) fail(ErrorKind::Model, "the model's attention in layer {} is not a number", layer);
}

void check_similarity(std::span<const float> scores) {
  if (!finite(scores)) fail(ErrorKind::Model, "the model's visual tokens are not numbers");
}

std::vector<float> mean_attention(HostView scores, std::size_t begin, std::size_t count, std::size_t layer) {
  const std::size_t rows = scores.shape()[0] * scores.shape()[1], keys = scores.shape()[2];
  SPARSIGHT_CHECK(rows != 0 && begin + count <= keys);
  std::vector<double> sums(count, 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    const float* attention = scores.f32() + row * keys + begin;
    for (std::size_t j = 0; j < count; ++j) sums[j] += static_cast<double>(attention[j]);
  }
  std::vector<float> mean(count);
  for (std::size_t j = 0; j < count; ++j) mean[j] = static_cast<float>(sums[j] / static_cast<double>(rows));
  check_attention(mean, layer);
  return mean;
}

std::vector<float> attention_to_visual(const LayerStep& step) {
  return mean_attention(step.scores, step.visual_begin, step.visual.count(), step.layer);
}

std::vector<float> cls_first(std::vector<float> scores, std::span<const std::int32_t> ids, const VisualLayout& layout) {
  for (std::size_t j = 0; j < scores.size(); ++j)
    if (layout.is_cls(static_cast<std::size_t>(ids[j]))) scores[j] = std::numeric_limits<float>::infinity();
  return scores;
}

Selection keep_best(std::vector<float> scores, std::size_t count, std::span<const std::int32_t> ids,
                    const VisualLayout& layout, bool always_cls, Positions positions) {
  const std::size_t n = scores.size(), kept = std::min(count, n);
  Selection selection =
      Selection::keep(top_k(always_cls ? cls_first(scores, ids, layout) : scores, kept), n, positions);
  selection.scores = std::move(scores);
  return selection;
}

float cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0, a2 = 0, b2 = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    product += x * y;
    a2 += x * x;
    b2 += y * y;
  }
  if (a2 == 0 || b2 == 0) return 0;
  return static_cast<float>(product / (std::sqrt(a2) * std::sqrt(b2)));
}

std::vector<std::size_t> evenly_spaced(std::size_t count, std::size_t n) {
  SPARSIGHT_CHECK(count <= n);
  std::vector<std::size_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = (2 * i + 1) * n / (2 * count);
  return out;
}

}  // namespace sparsight
