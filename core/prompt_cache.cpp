#include "core/prompt_cache.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace sparsight {

PromptCache::PromptCache(Llama& llama, Backend& backend)
    : llama_(llama), backend_(backend), cache_(llama.make_cache()) {}

void PromptCache::forget() {
  ids_.clear();
  positions_.clear();
}

bool PromptCache::same_values(TensorView a, TensorView b) const {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.shape() == b.shape() &&
         std::memcmp(backend_.read(a).view().data(), backend_.read(b).view().data(), a.bytes()) == 0;
}

// Rows at the start of a prompt that went through the layers before. At least one row is left to compute.
std::size_t PromptCache::common_beginning(const DecoderPrompt& prompt) const {
  const std::size_t most = std::min({prompt.ids.size() - 1, ids_.size(), prompt.computed_from});
  std::size_t same = 0;
  while (same < most && prompt.ids[same] == ids_[same] && prompt.positions[same] == positions_[same]) ++same;
  if (prompt.clip == clip_ && same_values(prompt.changed, changed_)) return same;
  return std::min(same, prompt.spans.visual_begin);
}

// Cuts the cache down to what the prompt can go on from; returns how many of its rows that is.
std::size_t PromptCache::keep_common(const DecoderPrompt& prompt) {
  const std::size_t common = common_beginning(prompt);
  const std::size_t visual_end = prompt.spans.visual_begin + prompt.spans.visual_count;
  std::size_t kept = 0;
  if (prompt.pruned_after == pruned_after_) {
    if (!pruned_after_) kept = common;
    if (pruned_after_ && common >= visual_end) kept = visual_end;
  }
  for (std::size_t layer = 0; layer < cache_.layers(); ++layer)
    cache_.truncate_layer(layer, layer <= prompt.pruned_after.value_or(layer) ? kept : 0);
  ids_.resize(kept);
  positions_.resize(kept);
  clip_ = prompt.clip;
  changed_ = prompt.changed.empty() ? Tensor() : backend_.copy_of(prompt.changed);
  return kept;
}

TensorView PromptCache::prefill(const DecoderPrompt& prompt, std::size_t more,
                                const std::function<ForwardOptions(std::size_t first_row)>& options) {
  const std::size_t kept = keep_common(prompt);
  cache_.reserve(prompt.spans.length + more);
  if (token_.empty()) token_ = backend_.make(Shape{1, prompt.embeddings.cols()});
  const std::span<const std::int32_t> positions = prompt.positions;
  ForwardOptions pass = options(kept);
  if (prompt.pruned_after && kept != 0) pass.resume = Resume{*prompt.pruned_after, after_layer_, positions.first(kept)};
  if (prompt.pruned_after && kept == 0)
    pass.on_layer = [&, asked = std::move(pass.on_layer)](const LayerView& view) {
      if (view.layer == *prompt.pruned_after)
        after_layer_ =
            backend_.copy_of(view.hidden.slice_rows(0, prompt.spans.visual_begin + prompt.spans.visual_count));
      if (asked) asked(view);
    };
  const TensorView hidden = llama_.forward(prompt.embeddings.slice_rows(kept, prompt.spans.length - kept),
                                           positions.subspan(kept), cache_, pass);
  positions_ = prompt.positions;  // first: without memory for the ids, no id lacks its position
  ids_ = prompt.ids;
  pruned_after_ = prompt.pruned_after;
  return hidden;
}

TensorView PromptCache::next(std::int32_t id, std::int32_t position, const ForwardOptions& options) {
  llama_.embed({&id, 1}, token_);
  const TensorView hidden = llama_.forward(token_, {&position, 1}, cache_, options);
  if (!pruned_after_ && !options.cached_keys) {
    positions_.push_back(position);
    ids_.push_back(id);
  }
  return hidden;
}

}  // namespace sparsight
