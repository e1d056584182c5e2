#include "core/pruning/run.h"

#include "core/base/stopwatch.h"

#include <algorithm>
#include <numeric>

namespace sparsight {
namespace {

// Writes the outputs of a selection, in the order in which they go on, to rows first_row.. of `to`: `sums` of rows of
// `from` or, without sums, the kept rows of `from`.
void put_outputs(Backend& backend, const Selection& selection, std::span<const std::vector<WeightedRow>> sums,
                 TensorView from, Tensor& to, std::size_t first_row) {
  SPARSIGHT_CHECK(selection.order.empty() || selection.order.size() == selection.outputs());
  const auto in_order = [&](const auto& all) {
    auto out = std::vector(all.begin(), all.end());
    for (std::size_t i = 0; i < selection.order.size(); ++i) out[i] = all[selection.order[i]];
    return out;
  };
  if (sums.empty())
    backend.gather_rows(from, in_order(selection.kept), to, first_row);
  else
    backend.combine(from, in_order(sums), to, first_row);
}

// Columns begin..begin + count of every row.
std::vector<float> columns_of(HostView rows, std::size_t begin, std::size_t count) {
  std::vector<float> out;
  out.reserve(rows.rows() * count);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const auto row = rows.row(r).subspan(begin, count);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

// `count` numbers from `first` on.
std::vector<std::size_t> range(std::size_t first, std::size_t count) {
  std::vector<std::size_t> out(count);
  std::iota(out.begin(), out.end(), first);
  return out;
}

}  // namespace

Tensor splice(Backend& backend, TensorView prompt, const PromptSpans& spans, TensorView visual) {
  const std::size_t text_begin = spans.visual_begin + spans.visual_count;
  Tensor out = backend.make(Shape{spans.with_visual(visual.rows()).length, prompt.cols()});
  backend.copy_rows(prompt.slice_rows(0, spans.visual_begin), out);
  backend.copy_rows(visual, out, spans.visual_begin);
  backend.copy_rows(prompt.slice_rows(text_begin, spans.length - text_begin), out, spans.visual_begin + visual.rows());
  return out;
}

PruningRun::PruningRun(PruningStrategy* strategy, const ModelConfig& config, Llama& llama, Backend& backend,
                       Trace& trace, OnTrace on_trace, const TraceRequest& request)
    : strategy_(strategy),
      config_(config),
      llama_(llama),
      backend_(backend),
      trace_(trace),
      on_trace_(std::move(on_trace)),
      request_(request),
      layers_(strategy != nullptr ? strategy->layers() : std::vector<std::size_t>{}),
      recorder_(trace, config.text, backend) {}

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

// Applies a step before the decoder to positions and trace.
void PruningRun::shorten(std::int32_t step, const Selection& selection, double ms) {
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
}

Tensor PruningRun::tower(const VisionEncoder& vision, const VisualTokens& tokens, const VisualLayout& layout,
                         const Control& control) {
  begin(layout.tokens(), layout);
  const std::size_t layer = strategy_ != nullptr ? strategy_->tower_request().layer_from_end : 0;
  if (layer == 0) return {};
  const Stopwatch watch;
  const TowerAttention attention = vision.attention(tokens, layer, control);
  const TowerView view{.features = {tokens.tower.features.view(), backend_},
                       .cls_attention = attention.cls_attention,
                       .keys = {attention.keys.view(), backend_},
                       .queries = {attention.queries.view(), backend_},
                       .heads = attention.cls_attention.shape()[1],
                       .layout = layout};
  const std::optional<Selection> selection = strategy_->tower(view);
  if (!selection) {
    tower_ms_ = watch.ms();
    return {};
  }
  Tensor outputs;
  if (!selection->sums.empty()) {
    std::vector<std::vector<WeightedRow>> sums = selection->sums;  // in rows of the tower
    for (std::vector<WeightedRow>& sum : sums)
      for (WeightedRow& part : sum) part.row = view.row_of(part.row);
    Tensor features = backend_.make(Shape{selection->outputs(), tokens.tower.features.cols()});
    put_outputs(backend_, *selection, sums, tokens.tower.features, features, 0);
    outputs = vision.project(features);
  } else if (!selection->changes_nothing()) {
    outputs = backend_.make(Shape{selection->outputs(), tokens.embeddings.cols()});
    put_outputs(backend_, *selection, {}, tokens.embeddings, outputs, 0);
  }
  shorten(TraceStep::kTower, *selection, watch.ms());
  return outputs;
}

Tensor PruningRun::before_decoder(TensorView visual, TensorView text, const VisualLayout& layout) {
  if (ids_.empty()) begin(visual.rows(), layout);
  SPARSIGHT_CHECK(ids_.size() == visual.rows());
  trace_.text_tokens = text.rows();
  if (strategy_ == nullptr) return {};
  const Stopwatch watch;
  const std::optional<Selection> selection = strategy_->before_decoder({{visual, backend_}, {text, backend_}, layout});
  trace_.rater_weights = strategy_->rater_weights();
  for (const std::size_t row : strategy_->rows()) trace_.raters.push_back(static_cast<std::uint32_t>(row));
  if (!selection) return {};
  Tensor outputs;
  if (!selection->changes_nothing()) {
    outputs = backend_.make(Shape{selection->outputs(), visual.cols()});
    put_outputs(backend_, *selection, selection->sums, visual, outputs, 0);
  }
  shorten(TraceStep::kBeforeDecoder, *selection, watch.ms() + tower_ms_);
  return outputs;
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
  if (!request_.text_attention) return false;
  std::size_t floats = trace_.text_tokens * spans_.visual_count;
  for (const TraceStep& step : trace_.steps) floats += step.text_attention.size();
  return floats * sizeof(float) <= TraceStep::kMostTextAttentionBytes;
}

void PruningRun::attach(ForwardOptions& options, const PromptSpans& spans, std::size_t first_row) {
  spans_ = spans;
  first_row_ = first_row;
  control_ = options.control;
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
    const auto comes = [this](std::size_t layer) {
      return next_step_ < layers_.size() && layers_[next_step_] == layer;
    };
    // As a row of the pass, which may begin later than the prompt.
    const auto text = [this] {
      const std::size_t passed = next_step_ == 0 ? first_row_ : 0;
      return spans_.visual_begin + spans_.visual_count - passed;
    };
    options.score_rows = [=, this](std::size_t layer) {
      return comes(layer) ? text_rows(text()) : std::vector<std::size_t>{};
    };
    options.mean_score_rows = [=, this](std::size_t layer) {
      return comes(layer) && records_text() ? range(text(), trace_.text_tokens) : std::vector<std::size_t>{};
    };
  }
  if (!layers_.empty() && layers_.back() + 1 == config_.text.layers) options.last_layer_rows = spans.length;
  if (request_.attention) {
    const std::size_t text = spans.visual_begin + spans.visual_count;
    recorder_.begin(first_row > text ? first_row - text : 0, request_.turn, spans.visual_count, request_.answer);
    options.observe = [this](std::size_t layer) { return recorder_.in_prompt(layer); };
  }
  options.reduce = [this](const LayerView& view) { return step(view); };
}

void PruningRun::attach_decode(ForwardOptions& options) {
  const auto looked_at = strategy_ != nullptr ? strategy_->cached_attention() : std::nullopt;
  options.on_layer = {};
  if (trace_.visual_tokens == 0) return;
  if (request_.attention) {
    options.observe = [this](std::size_t layer) { return recorder_.in_answer(layer); };
    options.on_layer = [this](const LayerView& view) { recorder_.answer(view, spans_.visual_begin, chosen_); };
  }
  if (!looked_at) return;
  decode_scores_ = HostTensor();
  const std::size_t layer = looked_at.value_or(0);
  options.score_rows = [layer](std::size_t i) {
    return i == layer ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
  };
  options.on_layer = [this, layer, recorded = options.on_layer](const LayerView& view) {
    if (view.layer == layer) decode_scores_ = HostTensor::copy_of(backend_.read(view.scores));
    if (recorded) recorded(view);
  };
  options.cached_keys = [this](std::size_t i, std::size_t cached) { return cached_keys(i, cached); };
}

std::optional<std::vector<std::size_t>> PruningRun::cached_keys(std::size_t layer, std::size_t cached) {
  const std::size_t begin = spans_.visual_begin, visual = trace_.layers[layer].visual_in;
  chosen_ =
      strategy_->choose_cached({.layer = layer, .visual = visual, .visual_begin = begin, .scores = decode_scores_});
  const auto& chosen = chosen_;
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
  // Output rows computed: in the last layer those of the pass, elsewhere all, with those of an earlier pass.
  const std::size_t leaving = view.layer + 1 == c.layers ? view.hidden.rows() : spans_.length;
  const LayerFlops flops = layer_flops(spans_.length, leaving, c.hidden, c.intermediate, q, kv);
  trace_.layers.push_back({.tokens = spans_.length,
                           .visual_in = spans_.visual_count,
                           .visual_out = spans_.visual_count,
                           .ms = view.ms,
                           .flops_formula = flops.formula,
                           .flops_true = flops.exact,
                           .kv_bytes = view.kv_bytes});
  if (request_.attention) recorder_.prompt(view, spans_.visual_begin, spans_.visual_count);
  std::optional<Sequence> shorter;
  if (next_step_ < layers_.size() && layers_[next_step_] == view.layer) shorter = prune(view);
  if (on_trace_) on_trace_(trace_);
  return shorter;
}

PruningRun::SequenceStates PruningRun::sequence_states(const LayerView& view) const {
  return {.normed = llama_.final_norm(view.hidden), .keys = backend_.upload(to_f32(backend_.read(view.keys)))};
}

// Asks the strategy after one of its layers, and carries out its answer.
std::optional<Sequence> PruningRun::prune(const LayerView& view) {
  const std::size_t begin = spans_.visual_begin, n = spans_.visual_count, text = begin + n;
  const std::vector<std::size_t> rows = text_rows(text);
  const std::vector<std::size_t> recorded = records_text() ? range(text, trace_.text_tokens) : range(text, 0);
  const Stopwatch watch;
  const bool looks_ahead = strategy_->attention() == PruningStrategy::Attention::NextLayer;
  LayerScores ahead;
  if (looks_ahead && !(rows.empty() && recorded.empty()))
    ahead = llama_.attention_ahead(view, rows, recorded, control_);
  const HostRead scores = backend_.read(looks_ahead ? ahead.scores.view() : view.scores);
  std::vector<std::int32_t> row_positions;
  for (const std::size_t row : rows) row_positions.push_back(view.positions[row]);
  const auto positions = view.positions.subspan(begin, n);
  const SequenceStates sequence = strategy_->reads_sequence() ? sequence_states(view) : SequenceStates{};
  const std::optional<Selection> selection =
      strategy_->at_layer({.step = next_step_++,
                           .layer = view.layer,
                           .visual = {view.hidden.slice_rows(begin, n), backend_},
                           .scores = scores,
                           .visual_begin = begin,
                           .row_positions = row_positions,
                           .visual_positions = positions,
                           .inv_freq = llama_.inv_freq(),
                           .ids = ids_,
                           .normed = {sequence.normed, backend_},
                           .keys = {sequence.keys, backend_},
                           .wants_rank = request_.rank,
                           .stop = control_.stop});
  if (!selection) return std::nullopt;
  std::optional<Sequence> shorter;
  if (!selection->changes_nothing()) shorter = shortened(view, *selection);
  record(static_cast<std::int32_t>(view.layer), *selection, watch.ms());
  const auto left =
      shorter ? std::span<const std::int32_t>(shorter->positions).subspan(begin, selection->outputs()) : positions;
  trace_.steps.back().positions.assign(left.begin(), left.end());
  if (!recorded.empty())
    trace_.steps.back().text_attention =
        columns_of(backend_.read(looks_ahead ? ahead.mean_scores.view() : view.mean_scores), begin, n);
  if (shorter) {
    spans_.visual_count = selection->outputs();
    spans_.length = shorter->positions.size();
    trace_.layers.back().visual_out = spans_.visual_count;
  }
  return shorter;
}

// The sequence after a layer, with the remaining visual tokens.
Sequence PruningRun::shortened(const LayerView& view, const Selection& selection) const {
  const std::size_t begin = spans_.visual_begin, n = spans_.visual_count, text = begin + n;
  const std::size_t outputs = selection.outputs(), behind = spans_.length - text, length = begin + outputs + behind;
  Sequence out{backend_.make(Shape{length, view.hidden.cols()}), {}};
  backend_.copy_rows(view.hidden.slice_rows(0, begin), out.hidden);
  put_outputs(backend_, selection, selection.sums, view.hidden.slice_rows(begin, n), out.hidden, begin);
  backend_.copy_rows(view.hidden.slice_rows(text, behind), out.hidden, begin + outputs);
  std::vector<std::size_t> rows = range(0, begin);  // rows that go on unchanged, in order
  for (const std::size_t kept : selection.kept) rows.push_back(begin + kept);
  std::ranges::copy(range(text, behind), std::back_inserter(rows));
  out.positions.resize(length);
  std::iota(out.positions.begin(), out.positions.end(), 0);
  if (selection.positions == Positions::Original) {
    SPARSIGHT_CHECK(selection.merged() == 0 && selection.order.empty());
    for (std::size_t i = 0; i < length; ++i) out.positions[i] = view.positions[rows[i]];
  }
  if (selection.sums.empty() && selection.order.empty()) out.from = std::move(rows);
  return out;
}

}  // namespace sparsight
