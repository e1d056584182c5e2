// Parts of strategies that are tested on their own. Each is defined in its strategy's file.
#pragma once

#include "core/pruning/states.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// ---- SparseVLM

// How relevant each text token is to the picture: mean over visual tokens of softmax over text of (Hv Hq^T). [text]
[[nodiscard]] std::vector<float> text_relevance(const States& visual, const States& text);

// Text tokens above the mean relevance (or at it, `at_mean`). If none is above it, since all are equal, all of them.
[[nodiscard]] std::vector<std::size_t> choose_raters(std::span<const float> relevance, bool at_mean);

// How many pruned tokens are recycled, and into how many: s = int(0.3 n) + 1 of n, C = int(s / 10) + 1.
struct RecycleCount {
  std::size_t tokens;
  std::size_t clusters;
};
[[nodiscard]] RecycleCount recycle_count(std::size_t pruned);

// ---- FastVID

// The frame at which each segment begins, the first one 0, from the similarities of neighbouring frames.
[[nodiscard]] std::vector<std::size_t> video_segments(std::span<const float> similarity);

// ---- CDPruner

// For each token the mean cosine with the texts, negated if asked for, less its minimum and plus 1e-6, over the range
// of all tokens; 1 for all if they are alike. Tokens and texts have one width.
[[nodiscard]] std::vector<float> question_relevance(const States& tokens, const States& texts, bool negated);

// Chosen tokens in order, and what each added to the determinant; 0 for those that the kernel's rank had no room for.
struct DiverseChoice {
  std::vector<std::size_t> order;
  std::vector<float> gains;
};
// Greedy maximum of the determinant of relevance_i cosine_ij relevance_j, beginning with `first`. What exceeds the
// kernel's rank is filled up by relevance. count <= tokens.
[[nodiscard]] DiverseChoice choose_diverse(const States& tokens, std::span<const float> relevance, std::size_t count,
                                           std::span<const std::size_t> first = {});

// ---- DART

// The order in which CPython iterates over a set into which the numbers were put in this order.
[[nodiscard]] std::vector<std::size_t> order_of_set(std::span<const std::size_t> numbers);

// ---- VidCom2

struct StandOut {
  std::vector<std::size_t> channels;  // that count, ascending
  std::vector<float> video, frame;    // [tokens]: likeness to the whole video and to the token's frame, 0..5
  std::vector<double> weights;        // [frames]: 1 + p - 1 / frames, larger for frames that stand out
};
// `begins`: the first token of each frame, and the number of tokens.
[[nodiscard]] StandOut stand_out(const States& tokens, std::span<const std::size_t> begins);

// ---- DyCoke

// The frame to compare a frame with; nullopt: it stays whole.
[[nodiscard]] std::optional<std::size_t> dycoke_partner(std::size_t frame, std::size_t frames);

// ---- Text-image interaction

// How many of the `descending` values lie up to the knee: the point farthest from the chord between the first and the
// last (the earlier one among equals). All of them if there is no knee: fewer than three values, or a straight line.
[[nodiscard]] std::size_t up_to_knee(std::span<const float> descending);

}  // namespace sparsight
