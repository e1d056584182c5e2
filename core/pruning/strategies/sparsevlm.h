// SparseVLM (arXiv 2410.04417), exactly as the published code decides; pruning.md section 1 names the four variants.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace sparsight {

std::unique_ptr<PruningStrategy> make_sparsevlm_first(const PruningOptions&, const PruningSetting&);
std::unique_ptr<PruningStrategy> make_sparsevlm_v15(const PruningOptions&, const PruningSetting&);
std::unique_ptr<PruningStrategy> make_sparsevlm_plus(const PruningOptions&, const PruningSetting&);
std::unique_ptr<PruningStrategy> make_sparsevlm_video(const PruningOptions&, const PruningSetting&);

// How relevant each text token is to the picture: the mean over visual tokens of softmax over text of (Hv Hq^T). [text]
[[nodiscard]] std::vector<float> text_relevance(const States& visual, const States& text);

// Text tokens above the mean relevance (or at it, `at_mean`). Where none is above it, since all are equal, all are.
[[nodiscard]] std::vector<std::size_t> choose_raters(std::span<const float> relevance, bool at_mean);

// The pruned tokens that are recycled, and into how many: s = int(0.3 n) + 1 of n, C = int(s / 10) + 1.
struct RecycleCount {
  std::size_t tokens;
  std::size_t clusters;
};
[[nodiscard]] RecycleCount recycle_count(std::size_t pruned);

}  // namespace sparsight
