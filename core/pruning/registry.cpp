#include "core/pruning/registry.h"

#include "core/pruning/divprune.h"
#include "core/pruning/dycoke.h"
#include "core/pruning/fastvid.h"
#include "core/pruning/in_decoder.h"
#include "core/pruning/prumerge.h"
#include "core/pruning/sparsevlm.h"
#include "core/pruning/visionzip.h"

#include <algorithm>
#include <array>

namespace sparsight {
namespace {

std::unique_ptr<PruningStrategy> make_none(const PruningOptions&, const PruningSetting&) { return nullptr; }

constexpr std::array kStrategies{
    StrategyInfo{"none", "nothing is pruned", "", make_none},
    StrategyInfo{"sparsevlm-first", "SparseVLM, first release: as many as the rank says, the rest recycled",
                 "arXiv 2410.04417; Gumpest/SparseVLMs 91fb6d9", make_sparsevlm_first, kRaters, true},
    StrategyInfo{"sparsevlm-v1.5", "SparseVLM v1.5: fixed counts at three layers, the rest recycled",
                 "Gumpest/SparseVLMs, tag v1.5", make_sparsevlm_v15, kRaters, true},
    StrategyInfo{"sparsevlm-plus", "SparseVLM+ (v2): scores free of RoPE's bias, original positions, no recycling",
                 "Gumpest/SparseVLMs, tag v2.0", make_sparsevlm_plus, kRaters | kScoringHeads},
    StrategyInfo{"sparsevlm-video", "SparseVLM for video: once, behind layer 1, as many as the rank",
                 "Gumpest/SparseVLMs, branch video", make_sparsevlm_video, kRaters, true},
    StrategyInfo{"fastv", "FastV: half of the tokens behind layer 1, by the last row's attention",
                 "arXiv 2403.06764; pkunlp-icler/FastV d165972", make_fastv},
    StrategyInfo{"pyramiddrop", "PyramidDrop: a half, a quarter, an eighth, by the next layer's attention",
                 "arXiv 2410.17247; Cooperx521/PyramidDrop", make_pyramiddrop},
    StrategyInfo{"text-image", "our interpretation of text-image interaction: like the frame, then like the text",
                 "arXiv 2409.01162; no code was released", make_text_image},
    StrategyInfo{"dycoke", "DyCoke: frames keep what is new in them; decoding looks at a fifth of the keys",
                 "arXiv 2411.15024; KD-TAO/DyCoke dd74634", make_dycoke},
    StrategyInfo{"prumerge", "LLaVA-PruMerge: in the tower, outliers of CLS attention, others merged into them",
                 "arXiv 2403.15388; 42Shawn/LLaVA-PruMerge 097c041", make_prumerge, 0, true},
    StrategyInfo{"prumerge+", "PruMerge+: the same, and patches at regular distances",
                 "arXiv 2403.15388; 42Shawn/LLaVA-PruMerge 097c041", make_prumerge_plus, 0, true},
    StrategyInfo{"visionzip", "VisionZip: in the tower, most CLS attention, the rest merged by their keys",
                 "arXiv 2412.04467; dvlab-research/VisionZip 3151f6d", make_visionzip, 0, true},
    StrategyInfo{"divprune", "DivPrune: before the decoder, tokens as far from each other as can be",
                 "arXiv 2503.02175; vbdi/divprune 799e2d9", make_divprune},
    StrategyInfo{"fastvid", "FastVID: before the decoder, salient tokens and density peaks of a video's segments",
                 "arXiv 2503.11187; LunarShen/FastVID a40a109", make_fastvid, 0, true},
    StrategyInfo{"random", "a floor: 192 tokens drawn by --prune-seed, where SparseVLM prunes first", "", make_random,
                 kSeed},
    StrategyInfo{"uniform", "a floor: 192 tokens, evenly spaced, where SparseVLM prunes first", "", make_uniform},
};

}  // namespace

std::span<const StrategyInfo> strategies() { return kStrategies; }

const StrategyInfo* find_strategy(std::string_view name) {
  const auto found = std::ranges::find(kStrategies, name, &StrategyInfo::name);
  return found == kStrategies.end() ? nullptr : &*found;
}

std::unique_ptr<PruningStrategy> make_strategy(const PruningOptions& options, const PruningSetting& setting) {
  const StrategyInfo* found = find_strategy(options.strategy);
  if (found == nullptr) {
    std::string names;
    for (const StrategyInfo& s : kStrategies) names += (names.empty() ? "" : ", ") + std::string(s.name);
    fail(ErrorKind::Usage, "pruning \"{}\": expected one of {}", options.strategy, names);
  }
  if (options.budget.everything() || setting.visual_tokens == 0) return nullptr;
  return found->make(options, setting);
}

}  // namespace sparsight
