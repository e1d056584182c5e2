// DyCoke (arXiv 2411.15024; KD-TAO/DyCoke dd74634), with the settings of its evaluation: k = 0.7, l = 3 of 32, p = 0.8.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

// Before the decoder: of each pair of frames the second one, and of each four (but the last) the third one, keeps only
// the int((1 - k) * tokens) tokens that are least similar to the same place of the frame before, or of the four's
// first; the published code drops the others and averages nothing. Here the survivors keep their order (there those of
// a frame fall by similarity), and a last frame without a partner stays whole (there it is lost). A budget of more lets
// those frames keep more; one of less thins all frames in the published proportion, whole ones evenly.
//
// While decoding: the attention of layer l - 1 of each new token chooses int((1 - p) * visual), at least one, visual
// keys for layers l and up. Where it is like the token's before (cosine of at least 0.9), the published code chooses
// nothing and all keys are attended to; so here.
std::unique_ptr<PruningStrategy> make_dycoke(const PruningOptions&, const PruningSetting&);

// The frame that a frame is compared with; nullopt: it stays whole.
[[nodiscard]] std::optional<std::size_t> dycoke_partner(std::size_t frame, std::size_t frames);

}  // namespace sparsight
