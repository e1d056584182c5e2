// VisionZip (arXiv 2412.04467; dvlab-research/VisionZip 3151f6d), reference pruning.md section 7: in the tower, frame
// by frame.
//
// In the last layer but one, a patch's score is the CLS attention that it gets, summed over heads, and its metric the
// keys averaged over heads, scaled to length 1. Dominant: CLS and the best D - 1, in the order of the frame. Of the n
// patches left, those at stride max(1, n / C), the first C of them, are targets; each other one joins the target of the
// largest cosine, the earlier among equals. Contextual: target + mean of what joined it. Both go through the projector;
// the contextual tokens of a frame come behind its dominant ones.
//
// Where the model drops CLS before the projector (an image, as a rule), D patches are dominant.
//
// Default: D 54 and C 10 for an image or a single frame; else 14 and 3 a frame, the paper's 17 in the same proportion.
// A count or a share is spread over the frames and met exactly; of a frame's part n, round(54 n / 64) are dominant, at
// least one. Nothing is pruned where that is all.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <memory>

namespace sparsight {

std::unique_ptr<PruningStrategy> make_visionzip(const PruningOptions&, const PruningSetting&);

}  // namespace sparsight
