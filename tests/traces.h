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

// The same with attention: of the text's last two tokens and a token of the answer, in layer 1 with both heads and in
// layer 3 their mean. A value says where it is: 0.5 less (100 row + 10 head + token) / 1024.
[[nodiscard]] inline float attention_at(std::size_t row, std::size_t head, std::size_t token) {
  return 0.5f - static_cast<float>(100 * row + 10 * head + token) / 1024.0f;
}
[[nodiscard]] inline Trace attended_trace() {
  Trace trace = small_trace();
  trace.said = {{.text = "What?", .first = 1, .count = 2}};
  trace.answer = "A star";
  trace.answer_words = {{.text = "A", .first = 0, .count = 1, .of_question = false},
                        {.text = "star", .first = 1, .count = 1, .of_question = false, .at = 2}};
  trace.attention = {.heads = 2, .first_text = 1, .text_rows = 2, .answer_rows = 1, .layers_left_out = 2, .layers = {}};
  for (const std::size_t heads : {2, 0}) {
    std::vector<std::uint16_t> values;
    for (std::size_t row = 0; row < 3; ++row)
      for (std::size_t head = 0; head < (heads == 0 ? 1 : heads); ++head)
        for (std::size_t token = 0; token < 7; ++token)
          values.push_back(TraceAttention::stored(attention_at(row, head, token)));
    trace.attention.layers.push_back(
        {.layer = heads == 0 ? std::size_t{3} : std::size_t{1}, .heads = heads, .visual = 7, .values = values});
  }
  return trace;
}

}  // namespace sparsight::test
