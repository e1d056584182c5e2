// What became of every visual token, layer by layer. Everything that a picture of pruning shows comes from here. Tokens
// have ids: 0 .. visual_tokens-1 are the prompt's own, in the order of VisualLayout; merged ones follow in the order in
// which they were made.
#pragma once

#include "core/model/preprocess.h"
#include "core/model/visual_layout.h"
#include "core/pruning/strategy.h"
#include "core/pruning/trace_attention.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// One decision about all visual tokens at that point.
struct TraceStep {
  static constexpr std::int32_t kBeforeDecoder = -1;
  static constexpr std::int32_t kTower = -2;

  std::int32_t layer = kBeforeDecoder;  // the layer after which it was taken; or one of the above
  std::vector<std::int32_t> ids;        // tokens that entered, in order
  std::vector<float> scores;            // of ids; empty: the strategy has none
  std::vector<std::int32_t> into;       // of ids: the id a token goes on as or was merged into; -1: dropped
  std::vector<std::int32_t> out_ids;    // tokens after the step, in order
  std::vector<std::int32_t> positions;  // of out_ids, in the sequence
  // On request, for a step inside the decoder: what each text token attends to in the layer whose attention the step
  // reads, post-softmax, mean over the heads. [text tokens, tokens that entered]; empty: not recorded, or all steps
  // together would exceed kMostTextAttentionBytes.
  static constexpr std::size_t kMostTextAttentionBytes = std::size_t{8} << 20;
  SharedFloats text_attention;
  std::optional<std::size_t> rank;
  double ms = 0;  // time of the strategy alone

  // Of all ids, words among them; Trace::counts() has what is shown.
  [[nodiscard]] std::size_t kept() const;      // they go on as themselves
  [[nodiscard]] std::size_t recycled() const;  // they were merged into others
  [[nodiscard]] std::size_t dropped() const;

  friend bool operator==(const TraceStep&, const TraceStep&) = default;
};

struct TraceLayer {
  std::size_t tokens = 0;      // that went through the layer
  std::size_t visual_in = 0;   // the visual ones among these
  std::size_t visual_out = 0;  // after its pruning step, if it has one
  double ms = 0;
  double flops_formula = 0;  // 4 n d^2 + 2 n^2 d + 3 n d m, as the papers count (multiply-adds)
  // Multiplications and additions that this decoder computes, causal and grouped. The last layer computes only the
  // output rows that are read, which is one.
  double flops_true = 0;
  std::size_t kv_bytes = 0;  // in the layer's cache

  friend bool operator==(const TraceLayer&, const TraceLayer&) = default;
};

// A frame from which visual tokens were made.
struct TraceFrame {
  std::int64_t index = 0;  // as Frame has it
  double time_s = 0;
  GridWindow window{};  // where the grid of its tokens lies on it

  friend bool operator==(const TraceFrame&, const TraceFrame&) = default;
};

// What a trace was made from: it may be painted over these frames of this clip only. Unknown values, as in files of
// older versions, are empty or 0.
struct TraceSource {
  std::string model;       // name of its folder
  std::string model_hash;  // its identity: a hash of its weights
  std::size_t layers = 0;  // of its decoder
  std::string clip_hash;   // content_hash() of the file
  std::vector<TraceFrame> frames;

  friend bool operator==(const TraceSource&, const TraceSource&) = default;
};

// Visual tokens at a step, as every legend, table and export counts them: words between frames are none.
struct TokenCounts {
  std::size_t entered = 0;
  std::size_t kept = 0;      // go on as themselves
  std::size_t recycled = 0;  // were merged into others
  std::size_t dropped = 0;
  std::size_t left = 0;  // after the step

  friend bool operator==(const TokenCounts&, const TokenCounts&) = default;
};

struct Trace {
  TraceSource source;
  std::string strategy = "none";
  std::string budget;
  std::size_t visual_tokens = 0;  // before anything was pruned, with the words among them
  std::size_t visual_begin = 0;   // index in the prompt
  std::size_t text_tokens = 0;    // after the visual ones
  VisualLayout layout;
  std::vector<std::string> text;   // pieces of the text tokens, for display
  std::vector<std::string> words;  // pieces of the layout's words, in their order; empty: none, or not known
  // Whole words of the text's questions and earlier answers, in their order; empty in files of older versions.
  std::vector<TraceWord> said;
  std::string answer;                   // as far as it was written
  std::vector<TraceWord> answer_words;  // of `answer`
  TraceAttention attention;             // on request
  std::vector<float> rater_weights;     // for each text token; empty: the strategy has none
  std::vector<std::uint32_t> raters;    // indices into the text
  std::vector<TraceStep> steps;
  std::vector<TraceLayer> layers;  // those that prefill has finished
  // For each decode pass (one for each generated token but the first): the visual keys that the last layer attended to.
  // Empty if every pass attends to all.
  std::vector<std::uint32_t> decode_visual_keys;
  // What flops_true() would be without pruning; 0: unknown, in files of older versions.
  double flops_unpruned = 0;

  [[nodiscard]] std::size_t decoder_layers() const {  // of the whole decoder, however far prefill has come
    return std::max(source.layers, layers.size());
  }
  [[nodiscard]] std::size_t merged_tokens() const;  // made in all steps
  // What is counted, and by this alone. A word is an id that the layout has as a word; strategies keep all words, so
  // that a layer or the cache has as many as the prompt.
  [[nodiscard]] bool is_word(std::int32_t id) const;
  [[nodiscard]] std::size_t counted() const { return counted(visual_tokens); }  // before anything was pruned
  [[nodiscard]] std::size_t counted(std::size_t visual) const;  // of `visual` tokens in a layer or the cache
  [[nodiscard]] TokenCounts counts(std::size_t step) const;
  // The prompt's own tokens in a token, ascending: itself, or all that were merged into it, directly or not.
  [[nodiscard]] std::vector<std::int32_t> members(std::int32_t id) const;
  // Mean number of visual tokens (counted()) over the decoder's layers, counted as they leave a layer (as the papers
  // do) or as they enter it (what is computed).
  [[nodiscard]] double equivalent_by_output() const;
  [[nodiscard]] double equivalent_by_input() const;
  // The same over the layers after the first pruning, or over all if tokens were pruned before the decoder: what a
  // budget counts. All visual tokens if nothing was pruned.
  [[nodiscard]] double mean_behind_first_pruning() const;
  [[nodiscard]] double flops_formula() const;
  [[nodiscard]] double flops_true() const;
  // The tokens that entered a decoder layer, in their order there; all of the prompt's if nothing was pruned before.
  [[nodiscard]] std::vector<std::int32_t> entering(std::size_t layer) const;
  // How many steps were taken before a decoder layer.
  [[nodiscard]] std::size_t steps_before(std::size_t layer) const;
  // Share of these operations that pruning saves; 0 if nothing was pruned or it is unknown.
  [[nodiscard]] double flops_saved() const;
  [[nodiscard]] double strategy_ms() const;

  friend bool operator==(const Trace&, const Trace&) = default;
};

// The two counts for one layer: `tokens` enter a decoder layer of width `hidden` with an MLP of `intermediate`, and the
// output of the last `leaving` is computed. The formula assumes that all outputs are computed.
struct LayerFlops {
  double formula;
  double exact;
  double attention;  // the part of `exact` that multiplies queries with keys, and values with their weights
};
[[nodiscard]] LayerFlops layer_flops(std::size_t tokens, std::size_t leaving, std::size_t hidden,
                                     std::size_t intermediate, std::size_t query_width, std::size_t kv_width);

// A safetensors file; docs/trace-format.md describes it. Error{File}.
void save_trace(const Trace& trace, const std::filesystem::path& file);
// Reads what save_trace wrote, to the bit. Error{File, Model} for anything else.
[[nodiscard]] Trace load_trace(const std::filesystem::path& file);
// The same in memory; `where` names it in messages.
[[nodiscard]] std::string trace_bytes(const Trace& trace);
[[nodiscard]] Trace parse_trace(std::span<const std::byte> bytes, std::string_view where);

}  // namespace sparsight
