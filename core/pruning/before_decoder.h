// What the strategies that prune before the decoder share: budgets, refusals, and joining the frames of a clip.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sparsight {

// How many visual tokens, kept and merged together, a count or a share lets enter the decoder; nullopt for the default
// budget. Error{Usage}: a published, rank or list budget, decoder layers, or a choice of recycling.
[[nodiscard]] std::optional<std::size_t> budget_before_decoder(const PruningOptions& options,
                                                               const PruningSetting& setting);

// Error{Usage} if original positions are asked for: merged tokens have none.
void refuse_original_positions(const PruningOptions& options);

// Splits `total` into `parts` as evenly as integers can be: part i is floor((i + 1) total / parts) - floor(i total /
// parts).
[[nodiscard]] std::vector<std::size_t> spread(std::size_t total, std::size_t parts);

// Error{Model} naming `what` if a value is NaN or infinite.
void refuse_not_finite(HostView values, std::string_view what);

// What became of one frame's tokens. Indices count within the frame.
struct FrameSelection {
  std::vector<std::size_t> kept;   // ascending
  std::size_t merged = 0;          // outputs after the kept ones
  std::vector<std::int32_t> into;  // [tokens per frame]: output of this frame, or Selection::kDropped
  // [kept + merged]: the tokens of the frame that each output is a sum of; empty: nothing is merged or changed.
  std::vector<std::vector<WeightedRow>> sums;
  std::vector<float> scores;  // [tokens per frame]
};

// Joins the frames of a clip into one Selection with repacked positions: frame after frame, and in each the kept tokens
// before the merged ones. `each`: tokens per frame.
[[nodiscard]] Selection join_frames(const std::vector<FrameSelection>& frames, std::size_t each);

}  // namespace sparsight
