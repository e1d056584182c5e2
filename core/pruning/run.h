// Carries out the pruning of one question: asks the strategy, builds the shorter sequence, writes the trace.
#pragma once

#include "core/model/config.h"
#include "core/model/llama.h"
#include "core/model/vision.h"
#include "core/pruning/attention_recorder.h"
#include "core/pruning/strategy.h"
#include "core/pruning/trace.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// Where the parts of the prompt lie as it enters the decoder.
struct PromptSpans {
  std::size_t visual_begin = 0;
  std::size_t visual_count = 0;
  std::size_t length = 0;  // prefix, visual and text

  [[nodiscard]] PromptSpans with_visual(std::size_t count) const {
    return {visual_begin, count, length - visual_count + count};
  }
};
// The rows of `prompt` with `visual` in place of its visual tokens, [rows, hidden].
[[nodiscard]] Tensor splice(Backend& backend, TensorView prompt, const PromptSpans& spans, TensorView visual);

// What to record for the trace's reader. It changes no decision.
struct TraceRequest {
  bool text_attention = false;  // TraceStep::text_attention, for steps inside the decoder
  bool attention = false;       // Trace::attention
  // For it: the text token that the last turn begins with, and the most tokens that may be generated.
  std::size_t turn = 0, answer = 0;
  bool rank = false;  // TraceStep::rank wherever a strategy can compute one, not only where the budget depends on it
};

// One question. If `strategy` is null, only the trace is written. Borrows everything; one thread.
class PruningRun {
 public:
  using OnTrace = std::function<void(const Trace&)>;

  PruningRun(PruningStrategy* strategy, const ModelConfig& config, Llama& llama, Backend& backend, Trace& trace,
             OnTrace on_trace = {}, const TraceRequest& request = {});

  // Hook 1. `tokens` were made by `vision`. Returns the projected visual tokens to go on with, or an empty tensor if
  // all go on unchanged. Call it once, before before_decoder(). Error{Model}: the tower has no such layer. Cancelled.
  [[nodiscard]] Tensor tower(const VisionEncoder& vision, const VisualTokens& tokens, const VisualLayout& layout,
                             const Control& control = {});

  // Hook 2. Also shows the strategy the prompt: `visual` are the visual tokens that hook 1 left, `text` the text tokens
  // after them, both [tokens, hidden]. Returns the visual tokens to go on with, or an empty tensor if all go on
  // unchanged. Call it once, before forward().
  [[nodiscard]] Tensor before_decoder(TensorView visual, TensorView text, const VisualLayout& layout);

  // Positions of the prompt's rows as they enter the decoder: prefix, visual tokens, text. `visual_begin` and `length`
  // are those of the prompt that enters.
  [[nodiscard]] std::vector<std::int32_t> positions(std::size_t visual_begin, std::size_t length) const;

  // Sets up Llama::forward for a pass over the prompt's rows from `first_row` on. `options` has its control already.
  void attach(ForwardOptions& options, const PromptSpans& spans, std::size_t first_row);

  // Hook 4: sets up Llama::forward for a pass of one new token after the prompt.
  void attach_decode(ForwardOptions& options);

  // After the last pass, also one that was stopped: completes the trace of an answer of `tokens` tokens.
  void finish(std::size_t tokens) { recorder_.finish(tokens); }

 private:
  [[nodiscard]] std::optional<Sequence> step(const LayerView& view);
  [[nodiscard]] std::optional<Sequence> prune(const LayerView& view);
  // What LayerStep::normed and keys refer to.
  struct SequenceStates {
    Tensor normed, keys;
  };
  [[nodiscard]] SequenceStates sequence_states(const LayerView& view) const;
  [[nodiscard]] Sequence shortened(const LayerView& view, const Selection& selection) const;
  [[nodiscard]] std::optional<std::vector<std::size_t>> cached_keys(std::size_t layer, std::size_t cached);
  [[nodiscard]] std::vector<std::size_t> text_rows(std::size_t text_begin) const;
  [[nodiscard]] bool records_text() const;  // whether the next step records what the text attends to
  void begin(std::size_t visual, const VisualLayout& layout);
  void shorten(std::int32_t step, const Selection& selection, double ms);
  void record(std::int32_t layer, const Selection& selection, double ms);

  PruningStrategy* strategy_;
  const ModelConfig& config_;
  Llama& llama_;
  Backend& backend_;
  Trace& trace_;
  OnTrace on_trace_;
  TraceRequest request_;
  std::vector<std::size_t> layers_;  // where hook 3 is called
  std::size_t next_step_ = 0;
  PromptSpans spans_;              // as of now
  std::vector<std::int32_t> ids_;  // of the visual tokens that are left
  // Before the decoder, from the first visual token on: positions of the tokens that are left, and where the text
  // begins.
  std::vector<std::int32_t> offsets_;
  std::size_t text_offset_ = 0;
  double tower_ms_ = 0;  // time of hook 1 where it selected nothing
  std::size_t first_row_ = 0;
  Control control_;                                 // of the running pass
  HostTensor decode_scores_;                        // in the running pass, of the layer that hook 4 reads
  std::optional<std::vector<std::size_t>> chosen_;  // by hook 4 in the running layer
  AttentionRecorder recorder_;
};

}  // namespace sparsight
