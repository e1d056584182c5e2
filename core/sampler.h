// Logits -> the next token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace sparsight {

// temperature 0: greedy, the default. Otherwise transformers' order: temperature, top-k, top-p, then a draw.
struct Sampling {
  float temperature = 0.0f;
  std::size_t top_k = 0;  // 0: all
  float top_p = 1.0f;     // 1: all
  std::uint64_t seed = 0;
};

// Error{Usage} for a negative temperature or a top_p outside (0, 1].
void validate(const Sampling& sampling);

// The same seed gives the same ids on every machine. One owner.
class Sampler {
 public:
  explicit Sampler(const Sampling& sampling);
  // Greedy: the largest logit, the lowest id among equals.
  [[nodiscard]] std::int32_t next(std::span<const float> logits);

 private:
  Sampling sampling_;
  std::mt19937_64 random_;
};

}  // namespace sparsight
