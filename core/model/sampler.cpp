#include "core/model/sampler.h"

#include "kernels/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace sparsight {
namespace {

// The index of the largest of `count` logits.
std::size_t checked(const Largest& best, std::size_t count) {
  if (std::isnan(best.value)) fail(ErrorKind::Model, "the model produced NaN for token {} of {}", best.index, count);
  if (!std::isfinite(best.value))
    fail(ErrorKind::Model, "the model produced {} as its largest logit, of token {}: expected a finite number",
         best.value, best.index);
  return best.index;
}
std::size_t largest(std::span<const float> logits) { return checked(largest_of(logits), logits.size()); }

void normalize(std::vector<float>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (float& weight : weights) weight = static_cast<float>(static_cast<double>(weight) / sum);
}

void keep_top_k(std::span<const float> logits, std::size_t k, std::vector<float>& weights) {
  std::vector<float> sorted(logits.begin(), logits.end());
  const auto kth = sorted.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(sorted.begin(), kth, sorted.end(), std::greater<>());
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (logits[i] < *kth) weights[i] = 0.0f;
}

// Equally likely tokens are ordered by id.
void keep_top_p(float top_p, std::vector<float>& weights) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i] > 0.0f) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  double before = 0.0;
  const auto enough = static_cast<double>(top_p);
  for (const std::size_t i : order) {
    const auto weight = static_cast<double>(weights[i]);
    if (before >= enough) weights[i] = 0.0f;
    before += weight;
  }
}

}  // namespace

void validate(const Sampling& sampling) {
  if (!(sampling.temperature >= 0.0f) || std::isinf(sampling.temperature))
    fail(ErrorKind::Usage, "temperature: expected 0 (greedy) or more, found {}", sampling.temperature);
  if (!(sampling.top_p > 0.0f && sampling.top_p <= 1.0f))
    fail(ErrorKind::Usage, "top_p: expected more than 0 and at most 1, found {}", sampling.top_p);
}

Sampler::Sampler(const Sampling& sampling) : sampling_(sampling), random_(sampling.seed) { validate(sampling); }

std::vector<float> Sampler::probabilities(std::span<const float> logits) const {
  const std::size_t best = largest(logits);
  std::vector<float> weights(logits.size(), 0.0f);
  if (sampling_.temperature == 0.0f) {
    weights[best] = 1.0f;
    return weights;
  }
  // Subtracts the largest before the division, so that a tiny temperature can't overflow.
  for (std::size_t i = 0; i < logits.size(); ++i)
    weights[i] = std::exp((logits[i] - logits[best]) / sampling_.temperature);
  if (sampling_.top_k > 0 && sampling_.top_k < logits.size()) keep_top_k(logits, sampling_.top_k, weights);
  normalize(weights);
  if (sampling_.top_p < 1.0f) {
    keep_top_p(sampling_.top_p, weights);
    normalize(weights);
  }
  return weights;
}

std::int32_t Sampler::next(Backend& backend, TensorView logits) {
  if (sampling_.temperature == 0.0f) return static_cast<std::int32_t>(checked(backend.largest(logits), logits.cols()));
  return next(backend.read(logits).row(0));
}

std::int32_t Sampler::next(std::span<const float> logits) {
  if (sampling_.temperature == 0.0f) return static_cast<std::int32_t>(largest(logits));
  const std::vector<float> weights = probabilities(logits);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  // 53 random bits give a double in [0, 1); std::uniform_real_distribution differs between standard libraries.
  const double target = static_cast<double>(random_() >> 11) * 0x1p-53 * total;
  double sum = 0.0;
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0.0f) continue;
    chosen = i;
    sum += static_cast<double>(weights[i]);
    if (sum > target) break;
  }
  return static_cast<std::int32_t>(chosen);
}

}  // namespace sparsight
