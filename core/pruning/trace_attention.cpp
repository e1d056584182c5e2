#include "core/pruning/trace_attention.h"

#include "kernels/tensor.h"

#include <fmt/format.h>

namespace sparsight {

std::uint16_t TraceAttention::stored(float attention) { return f32_to_f16(attention * kScale); }
float TraceAttention::attention(std::uint16_t stored) { return f16_to_f32(stored) / kScale; }

std::size_t TraceAttention::bytes() const {
  std::size_t values = 0;
  for (const Layer& layer : layers) values += layer.values.size();
  return values * sizeof(std::uint16_t);
}

std::size_t TraceAttention::mean_layers() const {
  if (heads < 2) return 0;
  return static_cast<std::size_t>(std::ranges::count(layers, std::size_t{0}, &Layer::heads));
}

bool TraceAttention::left_out() const { return mean_layers() + layers_left_out + text_left_out + answer_left_out != 0; }

std::vector<std::size_t> TraceAttention::rows_of(const TraceWord& word) const {
  std::vector<std::size_t> out;
  for (std::size_t token = word.first; token < word.first + word.count; ++token)
    if (token >= first_text && token - first_text < text_rows) out.push_back(token - first_text);
  return out;
}

std::vector<std::size_t> TraceAttention::rows_of_answer(const TraceWord& word) const {
  std::vector<std::size_t> out;
  for (std::size_t token = word.first; token < word.first + word.count; ++token)
    if (const std::size_t next = text_rows + token; next > 0 && next - 1 < rows()) out.push_back(next - 1);
  return out;
}

std::vector<float> TraceAttention::mean(std::size_t at, std::span<const std::size_t> of,
                                        std::optional<std::size_t> head) const {
  const Layer& layer = layers.at(at);
  const bool one = head && *head < layer.heads;
  const std::size_t first = one ? *head : 0, maps = one ? 1 : layer.maps();
  std::vector<double> sums(layer.visual, 0.0);
  for (const std::size_t row : of) {
    SPARSIGHT_CHECK(row < rows());
    const std::uint16_t* from = layer.values.data() + (row * layer.maps() + first) * layer.visual;
    for (std::size_t map = 0; map < maps; ++map)
      for (double& sum : sums) sum += static_cast<double>(attention(*from++));
  }
  std::vector<float> out;
  for (const double sum : sums)
    out.push_back(static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(1, of.size() * maps))));
  return out;
}

std::size_t TraceAttention::nearest(std::size_t layer) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].layer <= layer) found = i;
  return found;
}

std::vector<std::string> TraceAttention::notes() const {
  const std::string why = fmt::format("the trace would exceed {} MiB", kMostBytes >> 20);
  std::vector<std::string> all;
  if (empty() && left_out()) return {fmt::format("the trace has no attention: {}", why)};
  if (layers_left_out != 0)
    all.push_back(fmt::format("the trace has the attention of {} of {} layers: {}", layers.size(),
                              layers.size() + layers_left_out, why));
  if (const std::size_t means = mean_layers(); means == layers.size() && means != 0)
    all.push_back(fmt::format("the trace has the attention's mean over the heads, not each head: {}", why));
  else if (means != 0)
    all.push_back(
        fmt::format("the trace has the attention of each head in {} of {} layers, in the others their mean: {}",
                    layers.size() - means, layers.size(), why));
  if (text_left_out != 0)
    all.push_back(fmt::format("the trace has no attention of the text before the question: {}", why));
  if (answer_left_out != 0)
    all.push_back(fmt::format("the trace has no attention of the answer's last {} tokens: {}", answer_left_out, why));
  return all;
}

std::optional<AttentionPlan> plan_attention(const AttentionShape& shape, std::size_t most) {
  const auto fits = [&](const AttentionPlan& plan) {
    const std::size_t stored = (shape.layers + plan.layer_step - 1) / plan.layer_step;
    const std::size_t with_heads = plan.head_step == 0 ? 0 : (stored + plan.head_step - 1) / plan.head_step;
    const std::size_t maps = stored - with_heads + with_heads * std::max<std::size_t>(1, shape.heads);
    return static_cast<double>(maps) * static_cast<double>(shape.rows) * static_cast<double>(shape.visual) *
               sizeof(std::uint16_t) <=
           static_cast<double>(most);
  };
  if (shape.layers == 0 || shape.rows == 0 || shape.visual == 0) return std::nullopt;
  for (std::size_t step = 1; step < 2 * shape.layers; step *= 2)
    if (const AttentionPlan plan{1, step}; fits(plan)) return plan;
  for (std::size_t step = 1; step < 2 * shape.layers; step *= 2)
    if (const AttentionPlan plan{step, 0}; fits(plan)) return plan;
  return std::nullopt;
}

}  // namespace sparsight
