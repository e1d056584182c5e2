// Hides words between visual tokens from a strategy: tokens of the vocabulary such as a frame's time, which stand among
// the visual tokens of a prompt (VisualBlock::words_before, words_after) and which nothing may drop, merge or rank.
#pragma once

#include "core/pruning/strategy.h"

#include <cstddef>
#include <memory>

namespace sparsight {

// A strategy that shows `inner` the prompt, the layers and the cache without the words of `layout`, and puts the words
// back into what it selects: all are kept, each in its place. `inner` was made for layout.without_words() and does not
// use hook 1: a model with words has no tokens that are rows of a tower with CLS.
[[nodiscard]] std::unique_ptr<PruningStrategy> around_words(std::unique_ptr<PruningStrategy> inner,
                                                            const VisualLayout& layout);

}  // namespace sparsight
