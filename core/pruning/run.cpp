#include "core/pruning/run.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace sparsight {
namespace {

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// The outputs' states: as the strategy made them, or gathered once.
void put_outputs(const Selection& selection, TensorView entered, Tensor& to, std::size_t at) {
  if (!selection.states.empty()) {
    std::copy_n(selection.states.f32(), selection.states.shape().elements(), to.row(at).data());
    return;
  }
  for (std::size_t i = 0; i < selection.kept.size(); ++i)
    std::ranges::copy(entered.row(selection.kept[i]), to.row(at + i).begin());
}

}  // namespace

PruningRun::PruningRun(PruningStrategy* strategy, const ModelConfig& config, Llama& llama, Backend& backend,
                       Trace& trace, OnTrace on_trace)
    : strategy_(strategy),
      config_(config),
      llama_(llama),
      backend_(backend),
      trace_(trace),
      on_trace_(std::move(on_trace)),
      layers_(strategy != nullptr ? strategy->layers() : std::vector<std::size_t>{}) {}

void PruningRun::record(std::int32_t layer, const Selection& selection, double ms) {
  TraceStep step;
  step.layer = layer;
  step.ids = ids_;
  step.scores = selection.scores;
  step.rank = selection.rank;
  step.ms = ms;
  auto fresh = static_cast<std::int32_t>(trace_.visual_tokens + trace_.merged_tokens());
  for (const std::size_t kept : selection.kept) step.out_ids.push_back(ids_[kept]);
  for (std::size_t i = 0; i < selection.merged(); ++i) step.out_ids.push_back(fresh++);
  for (const std::int32_t into : selection.into)
    step.into.push_back(into == Selection::kDropped ? Selection::kDropped
                                                    : step.out_ids[static_cast<std::size_t>(into)]);
  ids_ = step.out_ids;
  trace_.steps.push_back(std::move(step));
}

Tensor PruningRun::before_decoder(TensorView visual, TensorView text, const VisualLayout& layout) {
  trace_.visual_tokens = visual.rows();
  trace_.text_tokens = text.rows();
  trace_.layout = layout;
  ids_.resize(visual.rows());
  std::iota(ids_.begin(), ids_.end(), 0);
  if (strategy_ == nullptr) return {};
  const auto start = std::chrono::steady_clock::now();
  const std::optional<Selection> selection = strategy_->before_decoder({visual, text, layout, &backend_});
  trace_.rater_weights = strategy_->rater_weights();
  for (const std::size_t row : strategy_->rows()) trace_.raters.push_back(static_cast<std::uint32_t>(row));
  if (!selection) return {};
  record(TraceStep::kBeforeDecoder, *selection, ms_since(start));
  if (selection->changes_nothing()) return {};
  Tensor shorter(Shape{selection->outputs(), visual.cols()});
  put_outputs(*selection, visual, shorter, 0);
  return shorter;
}

std::vector<std::size_t> PruningRun::text_rows(std::size_t text_begin) const {
  std::vector<std::size_t> rows = strategy_->rows();
  for (std::size_t& row : rows) row += text_begin;
  return rows;
}

void PruningRun::attach(ForwardOptions& options, const PromptSpans& spans, std::size_t first_row) {
  spans_ = spans;
  first_row_ = first_row;
  trace_.visual_begin = spans.visual_begin;
  if (!trace_.steps.empty() && trace_.steps.back().positions.empty()) {
    auto& positions = trace_.steps.back().positions;
    positions.resize(ids_.size());
    std::iota(positions.begin(), positions.end(), static_cast<std::int32_t>(spans.visual_begin));
  }
  if (!layers_.empty() && strategy_->attention() == PruningStrategy::Attention::ThisLayer) {
    options.score_rows = [this](std::size_t layer) {
      if (next_step_ >= layers_.size() || layers_[next_step_] != layer) return std::vector<std::size_t>{};
      // Rows of a pass that begins later than the prompt does.
      const std::size_t passed = next_step_ == 0 ? first_row_ : 0;
      return text_rows(spans_.visual_begin + spans_.visual_count - passed);
    };
  }
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

std::optional<Sequence> PruningRun::step(const LayerView& view) {
  const TextConfig& c = config_.text;
  const std::size_t q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  const LayerFlops flops = layer_flops(spans_.length, 0, c.hidden, c.intermediate, q, kv);
  trace_.layers.push_back({.tokens = spans_.length,
                           .visual_in = spans_.visual_count,
                           .visual_out = spans_.visual_count,
                           .ms = view.ms,
                           .flops_formula = flops.formula,
                           .flops_true = flops.exact,
                           .kv_bytes = 2 * kv * spans_.length * sizeof(float)});
  std::optional<Sequence> shorter;
  if (next_step_ < layers_.size() && layers_[next_step_] == view.layer) {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t begin = spans_.visual_begin, n = spans_.visual_count, text = begin + n;
    const std::vector<std::size_t> rows = text_rows(text);
    Tensor ahead;
    TensorView scores = view.scores;
    if (strategy_->attention() == PruningStrategy::Attention::NextLayer && !rows.empty()) {
      ahead = llama_.attention_ahead(view.layer + 1, view.hidden, view.positions, rows);
      scores = ahead;
    }
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
    if (selection && selection->changes_nothing()) {
      record(static_cast<std::int32_t>(view.layer), *selection, ms_since(start));
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
      put_outputs(*selection, visual, shorter->hidden, begin);
      copy_rows(text, spans_.length - text, begin + outputs);
      shorter->positions.resize(length);
      std::iota(shorter->positions.begin(), shorter->positions.end(), 0);
      if (selection->positions == Positions::Original) {
        SPARSIGHT_CHECK(selection->merged() == 0);
        for (std::size_t i = 0; i < begin; ++i) shorter->positions[i] = view.positions[i];
        for (std::size_t i = 0; i < outputs; ++i)
          shorter->positions[begin + i] = view.positions[begin + selection->kept[i]];
        for (std::size_t i = text; i < spans_.length; ++i) shorter->positions[i - n + outputs] = view.positions[i];
      }
      record(static_cast<std::int32_t>(view.layer), *selection, ms_since(start));
      trace_.steps.back().positions.assign(shorter->positions.begin() + static_cast<std::ptrdiff_t>(begin),
                                           shorter->positions.begin() + static_cast<std::ptrdiff_t>(begin + outputs));
      spans_.visual_count = outputs;
      spans_.length = length;
      trace_.layers.back().visual_out = outputs;
    }
  }
  if (on_trace_) on_trace_(trace_);
  return shorter;
}

}  // namespace sparsight
