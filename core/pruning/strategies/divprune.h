// DivPrune (arXiv 2503.02175; vbdi/divprune 799e2d9), reference pruning.md section 7: on the projected tokens, before
// the decoder, without the text.
//
// D = 1 - cosine. m = round(r N) tokens stay, r = 0.098 (halves to even, as published), or as many as a count or a
// share says: first the one whose nearest neighbour is farthest, then again and again the one farthest from those
// chosen (max-min). Float32; the lowest index among equals; a token is chosen once. They go on in their order,
// positions re-packed. Distances to the chosen are kept as a running minimum, O(m N); no N x N matrix is held.
//
// With `keep_cls` the CLS tokens are the first that are chosen. A score is the distance at which a token was chosen, or
// that it is left with.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <memory>

namespace sparsight {

std::unique_ptr<PruningStrategy> make_divprune(const PruningOptions&, const PruningSetting&);

}  // namespace sparsight
