// Shared by the tests of pictures and reports: a small trace that has everything.
#pragma once

#include "core/pruning/trace.h"

namespace sparsight::test {

// Two frames of CLS and 2 x 2: tokens 0 and 5 are CLS. Before the decoder 2 and 3 become 10, and 4 and 9 are dropped;
// after layer 3 of four, 10 is dropped and 5 merged into 6, which goes on.
[[nodiscard]] inline Trace small_trace() {
  Trace trace;
  trace.strategy = "made-up";
  trace.budget = "half";
  trace.visual_tokens = 10;
  trace.visual_begin = 4;
  trace.text_tokens = 3;
  trace.layout = VisualLayout::alike(2, {.rows = 2, .columns = 2, .cls = true});
  trace.text = {"\n", "\u2581What", "?"};
  trace.rater_weights = {0.125f, 0.5f, 0.25f};
  trace.raters = {1};
  TraceStep first;
  first.layer = TraceStep::kBeforeDecoder;
  first.ids = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  first.scores = {0.9f, 0.8f, 0.2f, 0.3f, 0.1f, 0.7f, 0.6f, 0.5f, 0.4f, 0.05f};
  first.into = {0, 1, 10, 10, -1, 5, 6, 7, 8, -1};
  first.out_ids = {0, 1, 5, 6, 7, 8, 10};
  first.positions = {4, 5, 6, 7, 8, 9, 10};
  first.rank = 5;
  first.ms = 1.5;
  TraceStep second;
  second.layer = 3;
  second.ids = first.out_ids;
  second.scores = {0.5f, 0.25f, 0.25f, 0.5f, 0.75f, 0.125f, 0.125f};
  second.into = {0, 1, 6, 6, 7, -1, -1};
  second.out_ids = {0, 1, 6, 7};
  second.positions = {4, 5, 6, 7};
  trace.steps = {first, second};
  for (std::size_t layer = 0; layer < 4; ++layer)
    trace.layers.push_back({.tokens = 14,
                            .visual_in = 7,
                            .visual_out = layer == 3 ? std::size_t{4} : std::size_t{7},
                            .ms = 2,
                            .flops_formula = 1e6,
                            .flops_true = 2e6,
                            .kv_bytes = 4096});
  return trace;
}

}  // namespace sparsight::test
