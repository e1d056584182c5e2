#include "core/pruning/run.h"

#include "core/stopwatch.h"

#include <algorithm>
#include <numeric>

namespace sparsight {
namespace {

// The outputs' states in the order in which they go on: as the strategy made them, or gathered once.
void put_outputs(const Selection& selection, TensorView states, TensorView entered, Tensor& to, std::size_t at) {
  SPARSIGHT_CHECK(selection.order.empty() || selection.order.size() == selection.outputs());
  for (std::size_t i = 0; i < selection.outputs(); ++i) {
    const std::size_t output = selection.order.empty() ? i : selection.order[i];
    std::ranges::copy(states.empty() ? entered.row(selection.kept[output]) : states.row(output),
                      to.row(at + i).begin());
  }
}

// The first `count` rows of each head.
Tensor first_rows(TensorView scores, std::size_t count) {
  const std::size_t heads = scores.shape()[0], rows = scores.shape()[1], keys = scores.shape()[2];
  Tensor out(Shape{heads, count, keys});
  for (std::size_t h = 0; h < heads; ++h)
    std::copy_n(scores.f32() + h * rows * keys, count * keys, out.f32() + h * count * keys);
  return out;
}

// Mean over the heads of what the rows from `first` on pay to `visual` keys from `begin` on, [rows, visual].
std::vector<float> mean_over_heads(TensorView scores, std::size_t first, std::size_t begin, std::size_t visual) {
  const std::size_t heads = scores.shape()[0], all = scores.shape()[1], keys = scores.shape()[2];
  std::vector<float> mean((all - first) * visual, 0.0f);
  for (std::size_t h = 0; h < heads; ++h)
    for (std::size_t r = first; r < all; ++r) {
      const float* row = scores.f32() + (h * all + r) * keys + begin;
      for (std::size_t j = 0; j < visual; ++j) mean[(r - first) * visual + j] += row[j] / static_cast<float>(heads);
    }
  return mean;
}

// `count` numbers from `first` on.
std::vector<std::size_t> range(std::size_t first, std::size_t count) {
  std::vector<std::size_t> out(count);
  std::iota(out.begin(), out.end(), first);
  return out;
}

}  // namespace

PruningRun::PruningRun(PruningStrategy* strategy, const ModelConfig& config, Llama& llama, Backend& backend,
                       Trace& trace, OnTrace on_trace, bool text_attention)
    : strategy_(strategy),
      config_(config),
      llama_(llama),
      backend_(backend),
      trace_(trace),
      on_trace_(std::move(on_trace)),
      asked_for_text_(text_attention),
      layers_(strategy != nullptr ? strategy->layers() : std::vector<std::size_t>{}) {}

void PruningRun::record(std::int32_t layer, const Selection& selection, double ms) {
  TraceStep step;
  step.layer = layer;
  step.ids = ids_;
  step.scores = selection.scores;
  step.rank = selection.rank;
  step.ms = ms;
  auto fresh = static_cast<std::int32_t>(trace_.visual_tokens + trace_.merged_tokens());
  std::vector<std::int32_t> outputs;
  for (const std::size_t kept : selection.kept) outputs.push_back(ids_[kept]);
  for (std::size_t i = 0; i < selection.merged(); ++i) outputs.push_back(fresh++);
  for (const std::int32_t into : selection.into)
    step.into.push_back(into == Selection::kDropped ? Selection::kDropped : outputs[static_cast<std::size_t>(into)]);
  for (const std::size_t output : selection.order) step.out_ids.push_back(outputs[output]);
  if (selection.order.empty()) step.out_ids = std::move(outputs);
  ids_ = step.out_ids;
  trace_.steps.push_back(std::move(step));
}

void PruningRun::begin(std::size_t visual, const VisualLayout& layout) {
  trace_.visual_tokens = visual;
  trace_.layout = layout;
  ids_.resize(visual);
  std::iota(ids_.begin(), ids_.end(), 0);
  offsets_ = ids_;
  text_offset_ = visual;
}

// Carries out a step before the decoder. `states` are the selection's, as the decoder takes them.
Tensor PruningRun::shorten(std::int32_t step, const Selection& selection, TensorView states, TensorView entered,
                           double ms) {
  SPARSIGHT_CHECK(selection.into.size() == ids_.size() && selection.outputs() != 0);
  if (selection.positions == Positions::Original) {
    SPARSIGHT_CHECK(selection.merged() == 0 && selection.order.empty());
    std::vector<std::int32_t> left;
    for (const std::size_t kept : selection.kept) left.push_back(offsets_[kept]);
    offsets_ = std::move(left);
  } else {
    text_offset_ = selection.outputs();
    offsets_.resize(text_offset_);
    std::iota(offsets_.begin(), offsets_.end(), 0);
  }
  record(step, selection, ms);
  trace_.steps.back().positions = offsets_;
  if (selection.changes_nothing()) return {};
  Tensor shorter(Shape{selection.outputs(), entered.cols()});
  put_outputs(selection, states, entered, shorter, 0);
  return shorter;
}

Tensor PruningRun::tower(const VisionEncoder& vision, const VisualTokens& tokens, const VisualLayout& layout,
                         const Control& control) {
  begin(tokens.embeddings.rows(), layout);
  const std::size_t layer = strategy_ != nullptr ? strategy_->tower_request().layer_from_end : 0;
  if (layer == 0) return {};
  const Stopwatch watch;
  const TowerAttention attention = vision.attention(tokens, layer, control);
  const std::optional<Selection> selection = strategy_->tower({.features = tokens.tower.features,
                                                               .cls_attention = attention.cls_attention,
                                                               .keys = attention.keys,
                                                               .queries = attention.queries,
                                                               .heads = attention.cls_attention.shape()[1],
                                                               .layout = layout,
                                                               .backend = &backend_});
  if (!selection) {
    tower_ms_ = watch.ms();
    return {};
  }
  const Tensor states = selection->states.empty() ? Tensor() : vision.project(selection->states);
  return shorten(TraceStep::kTower, *selection, states, tokens.embeddings, watch.ms());
}

Tensor PruningRun::before_decoder(TensorView visual, TensorView text, const VisualLayout& layout) {
  if (ids_.empty()) begin(visual.rows(), layout);
  SPARSIGHT_CHECK(ids_.size() == visual.rows());
  trace_.text_tokens = text.rows();
  if (strategy_ == nullptr) return {};
  const Stopwatch watch;
  const std::optional<Selection> selection = strategy_->before_decoder({visual, text, layout, &backend_});
  trace_.rater_weights = strategy_->rater_weights();
  for (const std::size_t row : strategy_->rows()) trace_.raters.push_back(static_cast<std::uint32_t>(row));
  if (!selection) return {};
  return shorten(TraceStep::kBeforeDecoder, *selection, selection->states, visual, watch.ms() + tower_ms_);
}

std::vector<std::int32_t> PruningRun::positions(std::size_t visual_begin, std::size_t length) const {
  const std::size_t text = visual_begin + ids_.size();
  SPARSIGHT_CHECK(text <= length);
  std::vector<std::int32_t> out(length);
  std::iota(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(visual_begin), 0);
  for (std::size_t i = 0; i < ids_.size(); ++i)
    out[visual_begin + i] = static_cast<std::int32_t>(visual_begin) + offsets_[i];
  std::iota(out.begin() + static_cast<std::ptrdiff_t>(text), out.end(),
            static_cast<std::int32_t>(visual_begin + text_offset_));
  return out;
}

std::vector<std::size_t> PruningRun::text_rows(std::size_t text_begin) const {
  std::vector<std::size_t> rows = strategy_->rows();
  for (std::size_t& row : rows) row += text_begin;
  return rows;
}

bool PruningRun::records_text() const {
  return asked_for_text_ && trace_.text_tokens * spans_.visual_count <= TraceStep::kMostTextAttention;
}

void PruningRun::attach(ForwardOptions& options, const PromptSpans& spans, std::size_t first_row) {
  spans_ = spans;
  first_row_ = first_row;
  trace_.visual_begin = spans.visual_begin;
  const TextConfig& c = config_.text;
  const std::size_t all = spans.length - spans.visual_count + trace_.visual_tokens;
  const auto cost = [&](std::size_t leaving) {
    return layer_flops(all, leaving, c.hidden, c.intermediate, c.heads * c.head_dim, c.kv_heads * c.head_dim).exact;
  };
  trace_.flops_unpruned = static_cast<double>(c.layers - 1) * cost(all) + cost(1);
  for (TraceStep& step : trace_.steps)
    for (std::int32_t& position : step.positions) position += static_cast<std::int32_t>(spans.visual_begin);
  if (!layers_.empty() && strategy_->attention() == PruningStrategy::Attention::ThisLayer) {
    options.score_rows = [this](std::size_t layer) {
      if (next_step_ >= layers_.size() || layers_[next_step_] != layer) return std::vector<std::size_t>{};
      // Rows of a pass that begins later than the prompt does.
      const std::size_t passed = next_step_ == 0 ? first_row_ : 0;
      const std::size_t text = spans_.visual_begin + spans_.visual_count - passed;
      std::vector<std::size_t> rows = text_rows(text);
      if (records_text()) std::ranges::copy(range(text, trace_.text_tokens), std::back_inserter(rows));
      return rows;
    };
  }
  if (!layers_.empty() && layers_.back() + 1 == config_.text.layers) options.last_layer_rows = spans.length;
  options.reduce = [this](const LayerView& view) { return step(view); };
}

void PruningRun::attach_decode(ForwardOptions& options) {
  const auto looked_at = strategy_ != nullptr ? strategy_->cached_attention() : std::nullopt;
  if (!looked_at || trace_.visual_tokens == 0) return;
  decode_scores_ = Tensor();
  options.score_rows = [layer = *looked_at](std::size_t i) {
    return i == layer ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
  };
  options.on_layer = [this, layer = *looked_at](const LayerView& view) {
    if (view.layer == layer) decode_scores_ = Tensor::copy_of(view.scores);
  };
  options.cached_keys = [this](std::size_t layer, std::size_t cached) { return cached_keys(layer, cached); };
}

std::optional<std::vector<std::size_t>> PruningRun::cached_keys(std::size_t layer, std::size_t cached) {
  const std::size_t begin = spans_.visual_begin, visual = trace_.layers[layer].visual_in;
  const auto chosen =
      strategy_->choose_cached({.layer = layer, .visual = visual, .visual_begin = begin, .scores = decode_scores_});
  if (layer + 1 == trace_.layers.size())
    trace_.decode_visual_keys.push_back(static_cast<std::uint32_t>(chosen ? chosen->size() : visual));
  if (!chosen) return std::nullopt;
  std::vector<std::size_t> keys(begin);
  std::iota(keys.begin(), keys.end(), std::size_t{0});
  for (const std::size_t i : *chosen) keys.push_back(begin + i);
  for (std::size_t i = begin + visual; i < cached; ++i) keys.push_back(i);
  return keys;
}

std::vector<float> PruningRun::text_attention(const LayerView& view) {
  if (!records_text()) return {};
  const std::size_t begin = spans_.visual_begin, visual = spans_.visual_count;
  if (strategy_->attention() == PruningStrategy::Attention::ThisLayer)
    return mean_over_heads(view.scores, strategy_->rows().size(), begin, visual);
  const std::vector<std::size_t> rows = range(begin + visual, trace_.text_tokens);
  return mean_over_heads(llama_.attention_ahead(view.layer + 1, view.hidden, view.positions, rows), 0, begin, visual);
}

std::optional<Sequence> PruningRun::step(const LayerView& view) {
  const TextConfig& c = config_.text;
  const std::size_t q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  // Of the last layer the rows that it computes; elsewhere all, also those that an earlier pass did.
  const std::size_t leaving = view.layer + 1 == c.layers ? view.hidden.rows() : spans_.length;
  const LayerFlops flops = layer_flops(spans_.length, leaving, c.hidden, c.intermediate, q, kv);
  trace_.layers.push_back({.tokens = spans_.length,
                           .visual_in = spans_.visual_count,
                           .visual_out = spans_.visual_count,
                           .ms = view.ms,
                           .flops_formula = flops.formula,
                           .flops_true = flops.exact,
                           .kv_bytes = view.kv_bytes});
  std::optional<Sequence> shorter;
  if (next_step_ < layers_.size() && layers_[next_step_] == view.layer) {
    std::vector<float> attention = text_attention(view);
    const Stopwatch watch;
    const std::size_t begin = spans_.visual_begin, n = spans_.visual_count, text = begin + n;
    const std::vector<std::size_t> rows = text_rows(text);
    // What the strategy sees is the same to the bit whether text is recorded or not.
    const bool looks_ahead = strategy_->attention() == PruningStrategy::Attention::NextLayer;
    Tensor own;
    if (looks_ahead && !rows.empty())
      own = llama_.attention_ahead(view.layer + 1, view.hidden, view.positions, rows);
    else if (records_text() && !rows.empty())
      own = first_rows(view.scores, rows.size());
    const TensorView scores = looks_ahead || records_text() ? own.view() : view.scores;
    std::vector<std::int32_t> row_positions;
    for (const std::size_t row : rows) row_positions.push_back(view.positions[row]);
    const TensorView visual = view.hidden.slice_rows(begin, n);
    const std::optional<Selection> selection =
        strategy_->at_layer({.step = next_step_,
                             .layer = view.layer,
                             .visual = visual,
                             .scores = scores,
                             .visual_begin = begin,
                             .row_positions = row_positions,
                             .visual_positions = view.positions.subspan(begin, n),
                             .inv_freq = llama_.inv_freq(),
                             .ids = ids_,
                             .backend = &backend_});
    ++next_step_;
    const std::size_t recorded = trace_.steps.size();
    if (selection && selection->changes_nothing()) {
      record(static_cast<std::int32_t>(view.layer), *selection, watch.ms());
      const auto positions = view.positions.subspan(begin, n);
      trace_.steps.back().positions.assign(positions.begin(), positions.end());
    } else if (selection) {
      const std::size_t outputs = selection->outputs(), length = spans_.length - n + outputs;
      shorter.emplace(Sequence{Tensor(Shape{length, view.hidden.cols()}), {}});
      const auto copy_rows = [&](std::size_t from, std::size_t count, std::size_t to) {
        if (count != 0)
          std::copy_n(view.hidden.row(from).data(), count * view.hidden.cols(), shorter->hidden.row(to).data());
      };
      copy_rows(0, begin, 0);
      put_outputs(*selection, selection->states, visual, shorter->hidden, begin);
      copy_rows(text, spans_.length - text, begin + outputs);
      shorter->positions.resize(length);
      std::iota(shorter->positions.begin(), shorter->positions.end(), 0);
      if (selection->positions == Positions::Original) {
        SPARSIGHT_CHECK(selection->merged() == 0 && selection->order.empty());
        for (std::size_t i = 0; i < begin; ++i) shorter->positions[i] = view.positions[i];
        for (std::size_t i = 0; i < outputs; ++i)
          shorter->positions[begin + i] = view.positions[begin + selection->kept[i]];
        for (std::size_t i = text; i < spans_.length; ++i) shorter->positions[i - n + outputs] = view.positions[i];
      }
      record(static_cast<std::int32_t>(view.layer), *selection, watch.ms());
      trace_.steps.back().positions.assign(shorter->positions.begin() + static_cast<std::ptrdiff_t>(begin),
                                           shorter->positions.begin() + static_cast<std::ptrdiff_t>(begin + outputs));
      spans_.visual_count = outputs;
      spans_.length = length;
      trace_.layers.back().visual_out = outputs;
    }
    if (trace_.steps.size() > recorded) trace_.steps.back().text_attention = std::move(attention);
  }
  if (on_trace_) on_trace_(trace_);
  return shorter;
}

}  // namespace sparsight
