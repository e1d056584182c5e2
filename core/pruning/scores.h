// Scores of visual tokens that several strategies use.
#pragma once

#include "core/pruning/strategy.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sparsight {

// Error{Model} if a score is NaN or infinite.
void check_attention(std::span<const float> scores, std::size_t layer);
void check_similarity(std::span<const float> scores);

// The attention that each key of [begin, begin + count) gets: mean over heads and rows of `scores` [heads, rows, keys],
// summed in double. `layer` names its origin in Error{Model}, as above.
[[nodiscard]] std::vector<float> mean_attention(HostView scores, std::size_t begin, std::size_t count,
                                                std::size_t layer);
// The same for a step's visual tokens.
[[nodiscard]] std::vector<float> attention_to_visual(const LayerStep& step);

// `scores`, whose tokens are `ids`, with those of CLS tokens raised to infinity.
[[nodiscard]] std::vector<float> cls_first(std::vector<float> scores, std::span<const std::int32_t> ids,
                                           const VisualLayout& layout);

// Keeps the `count` best tokens of a step, or all if there are fewer, and drops the rest. `always_cls`: CLS tokens come
// first.
[[nodiscard]] Selection keep_best(std::vector<float> scores, std::size_t count, std::span<const std::int32_t> ids,
                                  const VisualLayout& layout, bool always_cls, Positions positions);

// a.b / (|a| |b|), in double; 0 if a or b is all zeros.
[[nodiscard]] float cosine(std::span<const float> a, std::span<const float> b);

// `count` evenly spaced indices below n: the middles of `count` equal parts, rounded down. count <= n.
[[nodiscard]] std::vector<std::size_t> evenly_spaced(std::size_t count, std::size_t n);

}  // namespace sparsight
