#include "core/pruning/attention_recorder.h"

#include <algorithm>

namespace sparsight {
namespace {

constexpr std::size_t kPlannedAnswer = 64;  // tokens of an answer that have room from the start
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool is_nth_from_end(std::size_t i, std::size_t count, std::size_t step) {
  return step != 0 && (count - 1 - i) % step == 0;
}

// [rows, heads, visual] -> [rows, visual]
std::vector<std::uint16_t> means_of(std::span<const std::uint16_t> all, std::size_t heads, std::size_t visual) {
  std::vector<std::uint16_t> out(all.size() / heads);
  for (std::size_t row = 0; row * visual < out.size(); ++row)
    for (std::size_t i = 0; i < visual; ++i) {
      float sum = 0;
      for (std::size_t head = 0; head < heads; ++head)
        sum += TraceAttention::attention(all[(row * heads + head) * visual + i]);
      out[row * visual + i] = TraceAttention::stored(sum / static_cast<float>(heads));
    }
  return out;
}

}  // namespace

void AttentionRecorder::begin(std::size_t computed, std::size_t turn, std::size_t visual, std::size_t answer) {
  TraceAttention& to = trace_.attention;
  to = {};
  to.heads = config_.heads;
  if (visual == 0 || trace_.text_tokens <= computed) return;
  const auto plan = [&](std::size_t first) {
    return plan_attention({.layers = config_.layers,
                           .heads = config_.heads,
                           .rows = trace_.text_tokens - first + std::min(answer, kPlannedAnswer),
                           .visual = visual});
  };
  to.first_text = computed;
  auto found = plan(computed);
  if (found != AttentionPlan{} && turn > computed && turn < trace_.text_tokens) {
    to.first_text = turn;
    to.text_left_out = turn - computed;
    found = plan(turn);
  }
  if (!found) {
    to.layers_left_out = config_.layers;
    return;
  }
  on_ = true;
  plan_ = *found;
  to.text_rows = trace_.text_tokens - to.first_text;
  index_.assign(config_.layers, kNone);
}

Observe AttentionRecorder::in_prompt(std::size_t layer) const {
  if (!on_ || !is_nth_from_end(layer, config_.layers, plan_.layer_step)) return {};
  const bool heads = plan_.layer_step == 1 && is_nth_from_end(layer, config_.layers, plan_.head_step);
  return {.rows = trace_.attention.text_rows, .heads = heads};
}

void AttentionRecorder::prompt(const LayerView& view, std::size_t visual_begin, std::size_t visual) {
  if (!on_) return;
  TraceAttention& to = trace_.attention;
  if (view.observed.empty()) {
    ++to.layers_left_out;
    return;
  }
  const bool all = view.observed.shape().rank() == 3;
  const std::size_t rows = to.text_rows, maps = all ? config_.heads : 1;
  const std::size_t keys = view.observed.shape().elements() / (maps * rows);
  const HostRead read = backend_.read(view.observed.reshaped(Shape{maps * rows, keys}));
  Halves values;
  values.reserve(rows * maps * visual);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t map = 0; map < maps; ++map)
      for (const float value : read.row(map * rows + row).subspan(visual_begin, visual))
        values.push_back(TraceAttention::stored(value));
  index_[view.layer] = to.layers.size();
  to.layers.push_back(
      {.layer = view.layer, .heads = all ? config_.heads : 0, .visual = visual, .values = std::move(values)});
  answer_.emplace_back();
}

// Turns a layer's heads into their mean.
void AttentionRecorder::only_means(std::size_t index) {
  TraceAttention::Layer& layer = trace_.attention.layers[index];
  layer.values = means_of({layer.values.data(), layer.values.size()}, layer.heads, layer.visual);
  answer_[index] = means_of(answer_[index], layer.heads, layer.visual);
  layer.heads = 0;
}

void AttentionRecorder::make_room() {
  TraceAttention& to = trace_.attention;
  while (!full_) {
    std::size_t values = 0;
    for (const TraceAttention::Layer& layer : to.layers)
      values += (to.text_rows + to.answer_rows + 1) * layer.maps() * layer.visual;
    if (values * sizeof(std::uint16_t) <= TraceAttention::kMostBytes) return;
    if (plan_.head_step == 0) {
      full_ = true;
      return;
    }
    plan_.head_step = plan_.head_step < to.layers.size() ? 2 * plan_.head_step : 0;
    for (std::size_t i = 0; i < to.layers.size(); ++i)
      if (to.layers[i].heads != 0 && !is_nth_from_end(i, to.layers.size(), plan_.head_step)) only_means(i);
  }
}

Observe AttentionRecorder::in_answer(std::size_t layer) {
  if (!on_ || trace_.attention.empty()) return {};
  if (layer == 0) make_room();
  const std::size_t index = index_[layer];
  if (full_ || index == kNone) return {};
  return {.rows = 1, .heads = trace_.attention.layers[index].heads != 0};
}

void AttentionRecorder::answer(const LayerView& view, std::size_t visual_begin,
                               const std::optional<std::vector<std::size_t>>& chosen) {
  if (!on_ || full_ || view.observed.empty()) return;
  TraceAttention& to = trace_.attention;
  const std::size_t index = index_[view.layer];
  const TraceAttention::Layer& layer = to.layers[index];
  const std::size_t keys = view.observed.shape()[view.observed.shape().rank() - 1];
  const HostRead read = backend_.read(view.observed.reshaped(Shape{layer.maps(), keys}));
  for (std::size_t map = 0; map < layer.maps(); ++map) {
    const auto row = read.row(map).subspan(visual_begin, chosen ? chosen->size() : layer.visual);
    const std::size_t first = answer_[index].size();
    answer_[index].resize(first + layer.visual);
    for (std::size_t i = 0; i < row.size(); ++i)
      answer_[index][first + (chosen ? (*chosen)[i] : i)] = TraceAttention::stored(row[i]);
  }
  if (index + 1 == to.layers.size()) ++to.answer_rows;
}

void AttentionRecorder::finish(std::size_t tokens) {
  TraceAttention& to = trace_.attention;
  if (!on_) return;
  on_ = false;
  for (std::size_t i = 0; i < to.layers.size(); ++i) {
    TraceAttention::Layer& layer = to.layers[i];
    Halves values(layer.values.begin(), layer.values.end());
    // A pass that was stopped has rows of its first layers only.
    const auto whole = answer_[i].begin() + static_cast<std::ptrdiff_t>(to.answer_rows * layer.maps() * layer.visual);
    values.insert(values.end(), answer_[i].begin(), whole);
    layer.values = std::move(values);
  }
  answer_.clear();
  if (tokens > to.answer_rows + 1) to.answer_left_out = tokens - to.answer_rows - 1;
}

}  // namespace sparsight
