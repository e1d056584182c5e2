// Logits -> the next token.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace sparsight {

// temperature 0: greedy, the default. Otherwise transformers' order: temperature, top-k, top-p, then a draw.
struct Sampling {
  float temperature = 0.0f;
  std::size_t top_k = 0;  // 0: all; tokens as likely as the k-th stay, too
  float top_p = 1.0f;     // 1: all; else the smallest set of most likely tokens with this probability, at least one
  std::uint64_t seed = 0;
};

// Error{Usage} for a temperature that is negative or not finite, or a top_p outside (0, 1].
void validate(const Sampling& sampling);

// The same seed and logits give the same ids on every machine. One owner.
class Sampler {
 public:
  explicit Sampler(const Sampling& sampling);  // validates
  // Greedy: the largest logit, the lowest id among equals. Logits of -inf are never drawn. Error{Model} for NaN,
  // and for logits without a finite one or with +inf.
  [[nodiscard]] std::int32_t next(std::span<const float> logits);
  // The same for logits that `backend` holds, [1, vocabulary]: greedily, they do not leave it.
  [[nodiscard]] std::int32_t next(Backend& backend, TensorView logits);
  // The distribution that next() draws from: a probability per id, 0 for excluded ids.
  [[nodiscard]] std::vector<float> probabilities(std::span<const float> logits) const;

 private:
  Sampling sampling_;
  std::mt19937_64 random_;
};

}  // namespace sparsight
