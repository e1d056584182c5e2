// FastVID (arXiv 2503.11187; LunarShen/FastVID a40a109), reference pruning.md section 7: before the decoder, for video.
//
// Segments: with g a frame's CLS feature of length 1, t_i = g_i . g_{i+1}; the video is cut at the c - 1 smallest t and
// wherever t < tau = 0.9. c is 8 for 16 frames and more, half the frames for fewer, at least 2.
// A frame has T patches and keeps R = int(r T) for r = 0.10, at least 1; of these context = int(d R), d = 0.4, and the
// rest are salient: those of most CLS attention in the tower's last layer but one, mean over heads.
// Anchors are a segment's last frame and every p-th, p = 4, before it. They share the segment's context: centres by
// density peaks (k = 4) among an anchor's patches that are not salient, all on projected tokens. For every anchor, each
// token of the segment that is not salient joins the centre of the largest cosine, a centre itself:
// centre <- w centre + (1 - w) mean of those, w = max(1 / (count + 1), beta), beta = 0.6.
// Survivors keep their original positions, unless options say otherwise. CLS tokens are no candidates: they do not go
// on, unless `keep_cls` says so. An image is one frame and one segment.
//
// By default the segment's context is divided by its anchors and the remainder is lost, as published. A count or a
// share is spread over the frames, loses nothing, and is met exactly as far as there are patches: where an anchor has
// too few for its centres, more tokens are salient.
//
// `into` names the centre of the largest cosine among all anchors.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/registry.h"

#include <memory>
#include <span>
#include <vector>

namespace sparsight {

std::unique_ptr<PruningStrategy> make_fastvid(const PruningOptions&, const PruningSetting&);

// Frame at which each segment begins, the first one 0, from similarities of neighbouring frames.
[[nodiscard]] std::vector<std::size_t> video_segments(std::span<const float> similarity);

}  // namespace sparsight
