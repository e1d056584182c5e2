#include "core/model/likelihood.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sparsight {

std::vector<float> log_softmax(std::span<const float> logits) {
  const auto most = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x) - most);
  std::vector<float> out;
  out.reserve(logits.size());
  for (const float x : logits) out.push_back(static_cast<float>(static_cast<double>(x) - most - std::log(sum)));
  return out;
}

std::vector<float> log_probabilities(Llama& llama, const ModelConfig& config, Backend& backend,
                                     std::span<const std::int32_t> ids, const Control& control) {
  constexpr std::size_t kRowsAtOnce = 128;  // of logits, which are as wide as the vocabulary
  expect_in_vocabulary(ids, config.text);
  std::vector<float> out;
  KvCache seen = llama.make_cache();
  std::vector<std::int32_t> positions;
  for (std::size_t begin = 0, rows = 0; begin < ids.size(); begin += rows) {
    control.report(Stage::Prefill, begin, ids.size());
    const std::size_t position = begin % config.text.max_positions;
    rows = std::min({kRowsAtOnce, ids.size() - begin, config.text.max_positions - position});
    if (position == 0) seen.truncate(0);
    Tensor embeddings = backend.make(Shape{rows, config.text.hidden});
    llama.embed(ids.subspan(begin, rows), embeddings, control);
    positions.resize(rows);
    std::iota(positions.begin(), positions.end(), static_cast<std::int32_t>(position));
    Tensor states;
    const auto on_progress = [&](const Progress& now) {
      if (now.stage == Stage::Read) control.report(now.stage, now.done, now.total);
    };
    ForwardOptions options{.control = {on_progress, control.stop}, .last_layer_rows = rows};
    options.on_layer = [&](const LayerView& view) {
      if (view.layer + 1 == config.text.layers) states = llama.final_norm(view.hidden);
    };
    static_cast<void>(llama.forward(embeddings, positions, seen, options));
    const HostRead logits = backend.read(llama.logits(states));
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t next = begin + i + 1;
      if (next < ids.size() && next % config.text.max_positions != 0)
        out.push_back(log_softmax(logits.row(i))[static_cast<std::size_t>(ids[next])]);
    }
  }
  control.report(Stage::Prefill, ids.size(), ids.size());
  return out;
}

}  // namespace sparsight
