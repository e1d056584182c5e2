// Carries one question's pruning through the decoder: asks the strategy, builds the shorter sequence, writes the trace.
#pragma once

#include "core/model/config.h"
#include "core/model/llama.h"
#include "core/pruning/strategy.h"
#include "core/pruning/trace.h"
#include "core/model/vision.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace sparsight {

// Where the prompt's parts lie before the decoder.
struct PromptSpans {
  std::size_t visual_begin = 0;
  std::size_t visual_count = 0;  // as they enter the decoder
  std::size_t length = 0;        // prefix, visual and text
};

// What the trace's reader asks for; no decision changes.
struct TraceRequest {
  bool text_attention = false;  // TraceStep::text_attention, of steps inside the decoder
  bool rank = false;            // TraceStep::rank wherever a strategy has one, not only where a budget follows it
};

// One question. `strategy` may be null: then only the trace is written. Borrows everything; one thread.
class PruningRun {
 public:
  using OnTrace = std::function<void(const Trace&)>;

  PruningRun(PruningStrategy* strategy, const ModelConfig& config, Llama& llama, Backend& backend, Trace& trace,
             OnTrace on_trace = {}, const TraceRequest& request = {});

  // Hook 1. `tokens` were made by `vision`. Returns the visual tokens to go on with, projected, or an empty tensor for
  // all as they are. Call it once, before before_decoder(). Error{Model}: the tower has no such layer. Cancelled.
  [[nodiscard]] Tensor tower(const VisionEncoder& vision, const VisualTokens& tokens, const VisualLayout& layout,
                             const Control& control = {});

  // Hook 2, and what the strategy wants to know of the prompt. `prompt` [length, hidden] holds all embeddings. Returns
  // the visual tokens to go on with, or an empty tensor for all as they are. Call it once, before forward(), with what
  // hook 1 left of the visual tokens.
  [[nodiscard]] Tensor before_decoder(TensorView visual, TensorView text, const VisualLayout& layout);

  // Where the prompt's rows stand as they enter the decoder: prefix, visual tokens, text. `visual_begin` and `length`
  // are those of what enters.
  [[nodiscard]] std::vector<std::int32_t> positions(std::size_t visual_begin, std::size_t length) const;

  // Options of Llama::forward, which has its control already, for a pass that holds the prompt's rows from `first_row`
  // on.
  void attach(ForwardOptions& options, const PromptSpans& spans, std::size_t first_row);

  // Hook 4: options of Llama::forward for the pass of one new token, behind the prompt.
  void attach_decode(ForwardOptions& options);

 private:
  [[nodiscard]] std::optional<Sequence> step(const LayerView& view);
  [[nodiscard]] std::optional<Sequence> prune(const LayerView& view);
  [[nodiscard]] Sequence shortened(const LayerView& view, const Selection& selection) const;
  [[nodiscard]] std::optional<std::vector<std::size_t>> cached_keys(std::size_t layer, std::size_t cached);
  [[nodiscard]] std::vector<std::size_t> text_rows(std::size_t text_begin) const;
  [[nodiscard]] bool records_text() const;  // what text attends to, at the step that comes
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
  std::vector<std::size_t> layers_;  // of hook 3
  std::size_t next_step_ = 0;
  PromptSpans spans_;              // as they are now
  std::vector<std::int32_t> ids_;  // of the visual tokens that are left
  // Before the decoder, counted from the first visual token: where those that are left stand, and where text begins.
  std::vector<std::int32_t> offsets_;
  std::size_t text_offset_ = 0;
  double tower_ms_ = 0;  // of hook 1 where it only looked
  std::size_t first_row_ = 0;
  std::stop_token stop_;      // of the pass that runs
  HostTensor decode_scores_;  // of the layer that hook 4 looks at, in the pass that runs
};

}  // namespace sparsight
