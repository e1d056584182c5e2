// What the decoder holds of the last prompt and its answer, so that the next prompt goes on from where the two part.
#pragma once

#include "core/model/llama.h"
#include "core/model/vision.h"
#include "core/pruning/run.h"
#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

// A prompt as it enters the decoder: prefix, visual tokens, text.
struct DecoderPrompt {
  PromptSpans spans;
  std::vector<std::int32_t> ids, positions;  // [spans.length]; the placeholder's id stands for each visual token
  TensorView embeddings;                     // [spans.length, hidden]
  // Tells prompts of different clips apart, whose ids are the same; null: no clip.
  std::shared_ptr<const VisualTokens> clip;
  TensorView changed;  // the visual rows, where they are not all of the clip's tokens as they are
  // Rows from this one on are computed, though they are there: someone looks on.
  std::size_t computed_from = static_cast<std::size_t>(-1);
  std::optional<std::size_t> pruned_after;  // the first decoder layer after which a strategy prunes
};

// One owner, one thread. Borrows decoder and backend.
class PromptCache {
 public:
  PromptCache(Llama& llama, Backend& backend);

  // Takes a prompt through the decoder, with room for `more` tokens after it; returns the hidden state that the first
  // token follows from, [1, hidden], valid until the decoder's next call. Rows before `first_row` are reused, and
  // `options` gives the options of the pass that computes the others. The rows from the start that have the same ids,
  // positions and visual tokens as before are reused, except the last row. A prompt that a strategy prunes in the
  // decoder reuses prefix and visual tokens of one that was pruned after the same layer, or nothing. When it throws
  // (Cancelled, Error), what was reused is still held.
  [[nodiscard]] TensorView prefill(const DecoderPrompt& prompt, std::size_t more,
                                   const std::function<ForwardOptions(std::size_t first_row)>& options);
  // Runs one more token; returns its hidden state in the same way. Its row can be reused unless it saw only a part of
  // the prompt.
  [[nodiscard]] TensorView next(std::int32_t id, std::int32_t position, const ForwardOptions& options);
  // The next prompt is computed from its first row on.
  void forget();

 private:
  [[nodiscard]] bool same_values(TensorView a, TensorView b) const;
  [[nodiscard]] std::size_t common_beginning(const DecoderPrompt& prompt) const;
  [[nodiscard]] std::size_t keep_common(const DecoderPrompt& prompt);

  Llama& llama_;
  Backend& backend_;
  KvCache cache_;
  // What the layers up to pruned_after_, or all of them, hold row by row.
  std::vector<std::int32_t> ids_, positions_;
  std::shared_ptr<const VisualTokens> clip_;
  Tensor changed_;
  std::optional<std::size_t> pruned_after_;
  // What that layer gave for prefix and visual tokens, [rows, hidden]: another question goes on from there.
  Tensor after_layer_;
  Tensor token_;  // [1, hidden]
};

}  // namespace sparsight
