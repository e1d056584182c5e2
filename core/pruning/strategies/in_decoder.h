// Strategies that prune behind decoder layers, each as published; pruning.md sections 2, 4 and 7.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <cstddef>
#include <memory>
#include <span>

namespace sparsight {

// FastV (pkunlp-icler/FastV d165972): behind layer K - 1 = 1 of 32, by that layer's attention of the prompt's last row.
std::unique_ptr<PruningStrategy> make_fastv(const PruningOptions&, const PruningSetting&);
// PyramidDrop (Cooperx521/PyramidDrop): behind the first 8, 16 and 24 layers of 32, that is layers 7, 15 and 23, by the
// next layer's attention of the prompt's last row.
std::unique_ptr<PruningStrategy> make_pyramiddrop(const PruningOptions&, const PruningSetting&);

// Text-image interaction (arXiv 2409.01162), an interpretation, since no code was released. Stage 1, before the
// decoder: visual tokens by cosine similarity to the CLS of their frame (of a picture without CLS: to the mean of its
// tokens), sorted, cut at the knee; CLS tokens stay and are no part of the curve. Stage 2, behind layer 2 of 32: by the
// attention that they get from all text rows, cut at the knee. Of the text nothing is dropped. A count or share
// replaces both knees: stage 1 then keeps twice as many as stage 2.
std::unique_ptr<PruningStrategy> make_text_image(const PruningOptions&, const PruningSetting&);

// How many of `descending` values lie up to its knee, the point farthest from the chord between the first and the last
// (the earlier one among equals). All of a curve without a knee: fewer than three values, or a straight line.
[[nodiscard]] std::size_t up_to_knee(std::span<const float> descending);

// Floors to compare with, behind layer 2 of 32 as SparseVLM's first: tokens drawn by options.seed, or evenly spaced. By
// default 192 tokens, SparseVLM's own default.
std::unique_ptr<PruningStrategy> make_random(const PruningOptions&, const PruningSetting&);
std::unique_ptr<PruningStrategy> make_uniform(const PruningOptions&, const PruningSetting&);

}  // namespace sparsight
