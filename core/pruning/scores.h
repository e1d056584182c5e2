// Scores of visual tokens, as several strategies make them.
#pragma once

#include "core/pruning/strategy.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sparsight {

// Error{Model} where a score is not a finite number.
void check_attention(std::span<const float> scores, std::size_t layer);
void check_similarity(std::span<const float> scores);

// By key of [begin, begin + count): the attention that it gets, mean over heads and rows of `scores` [heads, rows,
// keys]; summed in double. `layer` is whose attention it is, for Error{Model} as above.
[[nodiscard]] std::vector<float> mean_attention(HostView scores, std::size_t begin, std::size_t count,
                                                std::size_t layer);
// The same of a step's visual tokens.
[[nodiscard]] std::vector<float> attention_to_visual(const LayerStep& step);

// The scores of tokens by their ids, with those of CLS tokens raised above all others.
[[nodiscard]] std::vector<float> cls_first(std::vector<float> scores, std::span<const std::int32_t> ids,
                                           const VisualLayout& layout);

// Keeps the `count` best of the tokens of a step, or all if there are no more, and drops the rest. `always_cls`: CLS
// tokens come first.
[[nodiscard]] Selection keep_best(std::vector<float> scores, std::size_t count, std::span<const std::int32_t> ids,
                                  const VisualLayout& layout, bool always_cls, Positions positions);

// a.b / (|a| |b|), in double; 0 where one of them is a vector of zeros.
[[nodiscard]] float cosine(std::span<const float> a, std::span<const float> b);

// `count` of `n` indices, evenly spaced: the middles of as many equal parts, rounded down. count <= n.
[[nodiscard]] std::vector<std::size_t> evenly_spaced(std::size_t count, std::size_t n);

}  // namespace sparsight
