// Shared by the strategies that prune before the decoder: budgets, what they refuse, and frames put together again.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sparsight {

// The visual tokens that are to enter the decoder, kept and merged together, of a count or a share; nullopt for the
// default. Error{Usage}: a published, rank or layers' budget (they have none), decoder layers, another way of
// recycling.
[[nodiscard]] std::optional<std::size_t> budget_before_decoder(const PruningOptions& options,
                                                               const PruningSetting& setting);

// Error{Usage} where original positions are asked for: merged tokens have none.
void refuse_original_positions(const PruningOptions& options);

// `total` over `parts` as evenly as integers can be: part i gets floor((i + 1) total / parts) - floor(i total / parts).
[[nodiscard]] std::vector<std::size_t> spread(std::size_t total, std::size_t parts);

// Error{Model} naming `what` if a value is no number or infinite.
void refuse_not_finite(HostView values, std::string_view what);

// What became of one frame's tokens, counted within the frame.
struct FrameSelection {
  std::vector<std::size_t> kept;   // ascending
  std::size_t merged = 0;          // outputs behind them
  std::vector<std::int32_t> into;  // [tokens per frame]: output of this frame, or Selection::kDropped
  // [kept + merged]: what each output is a sum of, in tokens of the frame; empty: nothing merged, nothing changed.
  std::vector<std::vector<WeightedRow>> sums;
  std::vector<float> scores;  // [tokens per frame]
};

// All frames of a clip as one Selection with re-packed positions: frame after frame, in each the kept tokens, then the
// merged ones. `each`: tokens of a frame.
[[nodiscard]] Selection join_frames(const std::vector<FrameSelection>& frames, std::size_t each);

}  // namespace sparsight
