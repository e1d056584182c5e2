// LLaVA-PruMerge and PruMerge+ (arXiv 2403.15388; 42Shawn/LLaVA-PruMerge 097c041), reference pruning.md section 3:
// in the tower, frame by frame.
//
// Attention is that of the tower's last layer without splitting heads, softmax(q k^T / sqrt(width)), its CLS row over
// the N patches. The ratio is the share of patches above Q3 + 1.5 IQR; the int(N * ratio) that get most attention stay.
// Each takes in its 32 nearest by cosine of keys, kept ones or not: x_i += sum a_j x_j. One more token, the sum of
// a_j x_j over all that did not stay, comes behind them. PruMerge+ also keeps the patches 0, s, 2s, ... below N - 1,
// with s = max(1, int(1 / ratio) / 3); without an outlier it takes 1 / N for the ratio there.
//
// As in the published code CLS itself does not go on, unless `keep_cls` says so. Kept patches stay in the order of the
// frame (the published code leaves them in the order that topk gives).
//
// A count or a share is met exactly, as far as there are patches: it is spread over the frames and gives the ratio
// instead of the outliers. PruMerge+ takes the largest ratio k / N whose patches fit, and fills up by attention. A
// frame whose part is one token is that sum alone; one without a part is dropped.
//
// Where several kept tokens took a token in, `into` names the one whose key is nearest; a token that none took in went
// into the sum. Where all were taken in, `into` names the sum for the one that is least near to any.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <memory>

namespace sparsight {

std::unique_ptr<PruningStrategy> make_prumerge(const PruningOptions&, const PruningSetting&);
std::unique_ptr<PruningStrategy> make_prumerge_plus(const PruningOptions&, const PruningSetting&);

}  // namespace sparsight
