// What the decoder offers to pruning: attention ahead of a layer, and passes that attend to chosen keys.
#include <catch2/catch.hpp>

#include "core/llama.h"
#include "core/weights.h"
#include "tests/models.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace sparsight::test {
namespace {

using Indices = std::vector<std::size_t>;

// The demo model's decoder.
struct Decoder {
  std::filesystem::path dir = demo_model();
  ModelConfig config = read_config(dir);
  Weights weights = Weights::open(dir);
  std::unique_ptr<Backend> backend = make_cpu_backend(2);
  Llama llama{config, weights, *backend};
};

}  // namespace

TEST_CASE("attention ahead of a layer is that layer's own", "[pruning][llama]") {
  Decoder decoder;
  Llama& llama = decoder.llama;
  const ModelConfig& config = decoder.config;
  const std::size_t length = 40;
  Tensor input = random_tensor(Shape{length, config.text.hidden}, 3);
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 5);
  const Indices rows{length - 1, 7};
  for (std::size_t layer = 0; layer + 1 < config.text.layers; ++layer) {
    CAPTURE(layer);
    Tensor hidden, own;
    ForwardOptions options;
    options.score_rows = [&](std::size_t i) { return i == layer + 1 ? rows : Indices{}; };
    options.on_layer = [&](const LayerView& view) {
      if (view.layer == layer) hidden = Tensor::copy_of(view.hidden);
      if (view.layer == layer + 1) own = Tensor::copy_of(view.scores);
    };
    KvCache cache = llama.make_cache();
    (void)llama.forward(input, positions, cache, options);
    const Tensor ahead = llama.attention_ahead(layer + 1, hidden, positions, rows);
    REQUIRE(ahead.shape() == own.shape());
    double worst = 0;
    for (std::size_t i = 0; i < own.shape().elements(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(ahead.f32()[i]) - static_cast<double>(own.f32()[i])));
    CHECK(worst < 1e-6);
  }
}

TEST_CASE("a pass attends to the chosen keys as if there were no others", "[pruning][llama]") {
  Decoder decoder;
  Llama& llama = decoder.llama;
  const ModelConfig& config = decoder.config;
  const std::size_t length = 30, layers = config.text.layers;
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  KvCache cache = llama.make_cache();
  (void)llama.forward(random_tensor(Shape{length, config.text.hidden}, 3), positions, cache);
  const Tensor token = random_tensor(Shape{1, config.text.hidden}, 4);
  const std::int32_t position = 30;

  const std::vector<Indices> choices{{}, {0}, {29}, {0, 1, 5, 6, 7, 20, 29}};
  for (const Indices& chosen : choices) {
    CAPTURE(chosen);
    KvCache few = llama.make_cache();  // chosen keys from layer 1 on, all in layer 0
    for (std::size_t i = 0; i < layers; ++i) {
      for (std::size_t t = 0; t < length; ++t)
        if (i == 0 || std::ranges::binary_search(chosen, t))
          few.append(i, cache.keys(i).slice_rows(t, 1), cache.values(i).slice_rows(t, 1));
    }
    const Tensor expected = llama.forward(token, {&position, 1}, few);
    std::vector<Tensor> keys;
    for (std::size_t i = 0; i < layers; ++i) keys.push_back(Tensor::copy_of(cache.keys(i)));
    ForwardOptions options;
    options.stage = Stage::Generate;
    options.cached_keys = [&](std::size_t layer, std::size_t cached) {
      CHECK(cached == length);
      return layer == 0 ? std::nullopt : std::optional(chosen);
    };
    options.score_rows = [](std::size_t) { return Indices{0}; };
    options.on_layer = [&](const LayerView& view) {
      CHECK(view.scores.shape()[2] == (view.layer == 0 ? length : chosen.size()) + 1);
    };
    const Tensor got = llama.forward(token, {&position, 1}, cache, options);
    CHECK(std::memcmp(got.f32(), expected.f32(), config.text.hidden * sizeof(float)) == 0);
    for (std::size_t i = 0; i < layers; ++i) {
      REQUIRE(cache.length(i) == length + 1);
      CHECK(std::memcmp(cache.keys(i).data(), keys[i].data(), keys[i].view().bytes()) == 0);
    }
    cache.truncate(length);
  }
}

}  // namespace sparsight::test
