// What the decoder provides for pruning: attention of a later layer, and passes that attend to chosen keys.
#include <catch2/catch.hpp>

#include "core/model/llama.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <tuple>

namespace sparsight::test {
namespace {

using Indices = std::vector<std::size_t>;

// The demo model's decoder.
struct Decoder {
  explicit Decoder(DType kv = DType::F32) : llama(config, weights, *backend, kv) {}

  std::filesystem::path dir = demo_model();
  ModelConfig config = read_config(dir);
  Weights weights = Weights::open(dir);
  std::unique_ptr<Backend> backend = make_cpu_backend({.threads = 2});
  Llama llama;
};

void copy_row(Backend& backend, const KvCache& from, std::size_t layer, std::size_t row, KvCache& to) {
  const KvCache::Room room = to.extend(layer, 1);
  backend.copy_rows(from.keys(layer).slice_rows(row, 1), room.keys, room.first);
  backend.copy_rows(from.values(layer).slice_rows(row, 1), room.values, room.first);
}

HostTensor host_copy(TensorView view) { return HostTensor::copy_of(host(view)); }

// The largest difference between two tensors of the same shape.
double apart(HostView a, HostView b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (std::size_t i = 0; i < a.shape().elements(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a.f32()[i]) - static_cast<double>(b.f32()[i])));
  return worst;
}

}  // namespace

TEST_CASE("attention ahead of a layer is that layer's own", "[pruning][llama]") {
  const DType kv = GENERATE(DType::F32, DType::BF16);
  Decoder decoder(kv);
  Llama& llama = decoder.llama;
  const ModelConfig& config = decoder.config;
  const std::size_t length = 40;
  const SharedTensor input = random_tensor(Shape{length, config.text.hidden}, 3);
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 5);
  const Indices rows{length - 1, 7};
  for (std::size_t layer = 0; layer + 1 < config.text.layers; ++layer) {
    CAPTURE(layer);
    SharedTensor hidden;
    HostTensor own, own_mean;
    ForwardOptions options;
    options.score_rows = [&](std::size_t i) { return i == layer + 1 ? rows : Indices{}; };
    options.mean_score_rows = options.score_rows;
    options.on_layer = [&](const LayerView& view) {
      if (view.layer == layer) hidden = host_copy(view.hidden);
      if (view.layer == layer + 1) own = host_copy(view.scores), own_mean = host_copy(view.mean_scores);
    };
    KvCache cache = llama.make_cache();
    (void)llama.forward(input, positions, cache, options);
    const LayerScores ahead =
        llama.attention_ahead({.layer = layer, .hidden = hidden.view(), .positions = positions}, rows, rows);
    CHECK(apart(host(ahead.scores), own) < 1e-6);
    CHECK(apart(host(ahead.mean_scores), own_mean) < 1e-6);
  }
}

TEST_CASE("keys computed ahead are reused", "[pruning][llama]") {
  Decoder decoder;
  Llama& llama = decoder.llama;
  const std::size_t length = 60, dropped = 20;  // from row 10 on
  const SharedTensor input = random_tensor(Shape{length, decoder.config.text.hidden}, 3);
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  Indices left(10), shifted(10);
  std::iota(left.begin(), left.end(), 0);
  std::iota(shifted.begin(), shifted.end(), 0);
  for (std::size_t row = 10 + dropped; row < length; ++row) left.push_back(row), shifted.push_back(row - 1);
  // After layer 0 some rows are dropped and the others move up. `from` says whose keys they have.
  const auto run = [&](bool look_ahead, const Indices& from) {
    ForwardOptions options;
    options.reduce = [&](const LayerView& view) -> std::optional<Sequence> {
      if (view.layer != 0) return std::nullopt;
      if (look_ahead) (void)llama.attention_ahead(view, Indices{length - 1});
      Sequence shorter{decoder.backend->make(Shape{left.size(), view.hidden.cols()}), {}, from};
      decoder.backend->gather_rows(view.hidden, left, shorter.hidden, 0);
      shorter.positions.resize(left.size());
      std::iota(shorter.positions.begin(), shorter.positions.end(), 0);
      return shorter;
    };
    KvCache cache = llama.make_cache();
    HostTensor last = host_copy(llama.forward(input, positions, cache, options));
    return std::pair(std::move(last), host_copy(cache.keys(1)));
  };
  const auto [last, keys] = run(false, {});
  const auto [ahead_last, ahead_keys] = run(true, left);
  CHECK(apart(ahead_last, last) < 1e-5);
  CHECK(apart(ahead_keys, keys) < 1e-5);
  // Keys of others show that none were computed again. If rows are not given, or nothing was computed ahead, all are.
  CHECK(apart(run(true, shifted).second, keys) > 1e-3);
  CHECK(apart(run(false, shifted).second, keys) == 0);
  CHECK(apart(run(true, {}).second, keys) == 0);
}

TEST_CASE("the last layer computes the rows that are read, as if it computed all", "[llama]") {
  const DType kv = GENERATE(DType::F32, DType::BF16);
  Decoder decoder(kv);
  const std::size_t length = 40, earlier = 6, last = decoder.config.text.layers - 1;
  const SharedTensor input = random_tensor(Shape{length, decoder.config.text.hidden}, 3);
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);

  struct Pass {
    HostTensor hidden, scores, keys, after;
    std::vector<std::int32_t> positions;
  };
  // In two passes, so that the second has keys before its own.
  const auto run = [&](std::size_t last_layer_rows, const Indices& rows) {
    Pass out;
    KvCache cache = decoder.llama.make_cache();
    (void)decoder.llama.forward(input.view().slice_rows(0, earlier), std::span(positions).first(earlier), cache);
    ForwardOptions options;
    options.last_layer_rows = last_layer_rows;
    options.score_rows = [&](std::size_t layer) { return layer == last ? rows : Indices{}; };
    options.on_layer = [&](const LayerView& view) {
      if (view.layer != last) {
        CHECK(view.hidden.rows() == length - earlier);
        return;
      }
      out.hidden = host_copy(view.hidden);
      out.positions.assign(view.positions.begin(), view.positions.end());
      if (!rows.empty()) out.scores = host_copy(view.scores);
    };
    out.after = host_copy(decoder.llama.forward(input.view().slice_rows(earlier, length - earlier),
                                                std::span(positions).subspan(earlier), cache, options));
    out.keys = host_copy(cache.keys(last));
    return out;
  };
  const std::size_t rows = length - earlier;
  const Indices asked{rows - 3, rows - 20};
  const Pass all = run(1000, asked);
  REQUIRE(all.hidden.rows() == rows);
  for (const auto& [wanted, asks, computed] :
       {std::tuple{1, Indices{}, 1}, {5, Indices{}, 5}, {1, asked, 20}, {0, Indices{}, 1}, {25, asked, 25}}) {
    CAPTURE(wanted, asks);
    const Pass some = run(static_cast<std::size_t>(wanted), asks);
    const auto count = static_cast<std::size_t>(computed);
    REQUIRE(some.hidden.rows() == count);
    CHECK(apart(some.hidden, all.hidden.view().slice_rows(rows - count, count)) < 1e-4);
    CHECK(apart(some.after, all.after) < 1e-4);
    CHECK(std::ranges::equal(some.positions, std::span(all.positions).last(count)));
    CHECK(std::memcmp(some.keys.data(), all.keys.data(), all.keys.view().bytes()) == 0);
    if (!asks.empty()) CHECK(apart(some.scores, all.scores) < 1e-6);
  }
}

TEST_CASE("a pass attends to the chosen keys as if there were no others", "[pruning][llama]") {
  const DType kv = GENERATE(DType::F32, DType::BF16);
  Decoder decoder(kv);
  Llama& llama = decoder.llama;
  const ModelConfig& config = decoder.config;
  const std::size_t length = 30, layers = config.text.layers;
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  KvCache cache = llama.make_cache();
  (void)llama.forward(SharedTensor(random_tensor(Shape{length, config.text.hidden}, 3)), positions, cache);
  const SharedTensor token = random_tensor(Shape{1, config.text.hidden}, 4);
  const std::int32_t position = 30;

  const std::vector<Indices> choices{{}, {0}, {29}, {0, 1, 5, 6, 7, 20, 29}};
  for (const Indices& chosen : choices) {
    CAPTURE(chosen);
    KvCache few = llama.make_cache();  // chosen keys from layer 1 on, all in layer 0
    for (std::size_t i = 0; i < layers; ++i) {
      for (std::size_t t = 0; t < length; ++t)
        if (i == 0 || std::ranges::binary_search(chosen, t)) copy_row(*decoder.backend, cache, i, t, few);
    }
    const HostTensor expected = host_copy(llama.forward(token, {&position, 1}, few));
    std::vector<HostTensor> keys;
    for (std::size_t i = 0; i < layers; ++i) keys.push_back(host_copy(cache.keys(i)));
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
    const HostView got = host(llama.forward(token, {&position, 1}, cache, options));
    CHECK(std::memcmp(got.f32(), expected.f32(), config.text.hidden * sizeof(float)) == 0);
    for (std::size_t i = 0; i < layers; ++i) {
      REQUIRE(cache.length(i) == length + 1);
      CHECK(std::memcmp(host(cache.keys(i)).data(), keys[i].data(), keys[i].view().bytes()) == 0);
    }
    cache.truncate(length);
  }
}

TEST_CASE(
    "a cache in bfloat16 holds the rounded rows in half the memory, and the same for tokens one by one as together",
    "[llama]") {
  Decoder exact(DType::F32), halved(DType::BF16);
  const std::size_t length = 50, layers = exact.config.text.layers;
  const SharedTensor input = random_tensor(Shape{length, exact.config.text.hidden}, 3);
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  KvCache wide = exact.llama.make_cache(), half = halved.llama.make_cache(), stepwise = halved.llama.make_cache();
  (void)exact.llama.forward(input, positions, wide);
  (void)halved.llama.forward(input, positions, half);
  CHECK(half.dtype() == DType::BF16);
  CHECK(2 * half.bytes(0) == wide.bytes(0));
  CHECK(half.bytes(0) == 2 * half.keys(0).bytes());
  // Layer 0 has not seen the cache yet: its rows are the exact ones, rounded.
  const auto* bits = static_cast<const std::uint16_t*>(host(half.keys(0)).data());
  std::size_t different = 0;
  for (std::size_t i = 0; i < wide.keys(0).shape().elements(); ++i)
    different += bits[i] != f32_to_bf16(host(wide.keys(0)).f32()[i]);
  CHECK(different == 0);

  for (std::size_t i = 0; i < length; ++i)
    (void)halved.llama.forward(input.view().slice_rows(i, 1), {&positions[i], 1}, stepwise);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const HostTensor together = to_f32(host(half.values(layer))), alone = to_f32(host(stepwise.values(layer)));
    double worst = 0, most = 0;
    for (std::size_t i = 0; i < together.shape().elements(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(together.f32()[i]) - static_cast<double>(alone.f32()[i])));
      most = std::max(most, std::abs(static_cast<double>(together.f32()[i])));
    }
    CHECK(worst <= most / 128);  // a rounding or two: other orders of summing change how some values round
  }
}

}  // namespace sparsight::test
