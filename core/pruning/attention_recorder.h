// Fills Trace::attention while a question is answered. Internal to core/pruning.
#pragma once

#include "core/model/config.h"
#include "core/model/llama.h"
#include "core/pruning/trace.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// One question, one thread. Borrows everything.
class AttentionRecorder {
 public:
  AttentionRecorder(Trace& trace, const TextConfig& config, Backend& backend)
      : trace_(trace), config_(config), backend_(backend) {}

  // Plans what fits: the prompt's text from token `computed` on goes through the layers, with at most `visual` visual
  // tokens, and then at most `answer` tokens. If not all of it fits, only the text from `turn` on.
  void begin(std::size_t computed, std::size_t turn, std::size_t visual, std::size_t answer);

  // What Llama::forward is to observe in the prompt, and in a pass of one token after it.
  [[nodiscard]] Observe in_prompt(std::size_t layer) const;
  [[nodiscard]] Observe in_answer(std::size_t layer);
  // Takes what it observed; the visual tokens are the keys from `visual_begin` on, `visual` of them.
  void prompt(const LayerView& view, std::size_t visual_begin, std::size_t visual);
  // The keys are all visual tokens of the layer, or those `chosen`, ascending: others get no attention.
  void answer(const LayerView& view, std::size_t visual_begin, const std::optional<std::vector<std::size_t>>& chosen);
  // After the last pass; `tokens` of the answer were generated.
  void finish(std::size_t tokens);

 private:
  // What belongs to TraceAttention::layers[i] while the answer grows.
  using Halves = std::vector<std::uint16_t>;
  void make_room();  // for another row of the answer, or none is recorded any more
  void only_means(std::size_t index);

  Trace& trace_;
  const TextConfig& config_;
  Backend& backend_;
  bool on_ = false, full_ = false;
  AttentionPlan plan_{};
  std::vector<Halves> answer_;      // [rows, heads or 1, visual] of each layer stored
  std::vector<std::size_t> index_;  // by layer: in TraceAttention::layers
};

}  // namespace sparsight
