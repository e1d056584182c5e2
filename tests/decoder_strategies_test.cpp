// Compares the strategies inside the decoder, and the baselines, with plain and slow references.
#include <catch2/catch.hpp>

#include "core/pruning/registry.h"
#include "core/pruning/scores.h"
#include "core/pruning/strategies/parts.h"
#include "tests/models.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace sparsight::test {
namespace {

using Indices = std::vector<std::size_t>;

PruningOptions options_of(const char* strategy, const char* budget = "", std::vector<std::size_t> layers = {}) {
  PruningOptions options;
  options.strategy = strategy;
  options.budget = parse_budget(budget);
  options.layers = std::move(layers);
  return options;
}

PruningSetting setting_of(std::size_t visual, std::size_t layers = 32, VisualLayout layout = {}) {
  return {.layers = layers, .visual_tokens = visual, .layout = std::move(layout)};
}

std::unique_ptr<PruningStrategy> made(const PruningOptions& options, const PruningSetting& setting) {
  auto strategy = make_strategy(options, setting);
  REQUIRE(strategy);
  return strategy;
}

// A stand-in for a decoder: attention of all text rows; a strategy gets the rows that it asks for.
struct DecoderScene {
  std::size_t heads, text, begin, n;
  HostTensor attention;  // [heads, text, begin + n + text]
  SharedTensor visual, words;
  VisualLayout layout{};
  std::unique_ptr<Backend> backend = make_cpu_backend({.threads = 1});

  DecoderScene(std::size_t heads_, std::size_t text_, std::size_t n_, unsigned seed)
      : heads(heads_),
        text(text_),
        begin(3),
        n(n_),
        attention(random_tensor(Shape{heads_, std::max<std::size_t>(text_, 1), 3 + n_ + text_}, seed)),
        visual(random_tensor(Shape{n_, 8}, seed + 100)),
        words(random_tensor(Shape{std::max<std::size_t>(text_, 1), 8}, seed + 200)) {
    for (std::size_t i = 0; i < attention.shape().elements(); ++i) attention.f32()[i] = std::abs(attention.f32()[i]);
  }

  [[nodiscard]] float& at(std::size_t head, std::size_t row, std::size_t j) {
    return attention.f32()[(head * attention.shape()[1] + row) * attention.shape()[2] + begin + j];
  }
  [[nodiscard]] PromptView prompt() const {
    return {{visual, *backend}, {words.view().slice_rows(0, text), *backend}, layout};
  }

  [[nodiscard]] std::optional<Selection> run(PruningStrategy& strategy, std::size_t step = 0) const {
    const Indices rows = strategy.rows();
    const std::size_t keys = attention.shape()[2];
    HostTensor scores;
    if (!rows.empty()) {
      scores = HostTensor(Shape{heads, rows.size(), keys});
      for (std::size_t h = 0; h < heads; ++h)
        for (std::size_t r = 0; r < rows.size(); ++r)
          std::copy_n(attention.f32() + (h * attention.shape()[1] + rows[r]) * keys, keys,
                      scores.f32() + (h * rows.size() + r) * keys);
    }
    std::vector<std::int32_t> ids(n), positions(n), row_positions(rows.size(), 99);
    std::iota(ids.begin(), ids.end(), 0);
    std::iota(positions.begin(), positions.end(), static_cast<std::int32_t>(begin));
    return strategy.at_layer({.step = step,
                              .layer = 1,
                              .visual = {visual, *backend},
                              .scores = scores,
                              .visual_begin = begin,
                              .row_positions = row_positions,
                              .visual_positions = positions,
                              .inv_freq = {},
                              .ids = ids});
  }
};

// By a full sort: best first, the lower index among equals.
Indices reference_best(const std::vector<double>& scores, std::size_t count) {
  Indices order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return static_cast<float>(scores[a]) > static_cast<float>(scores[b]);
  });
  order.resize(std::min(count, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<double> reference_attention(DecoderScene& stage, std::size_t first_row, std::size_t rows) {
  std::vector<double> out;
  for (std::size_t j = 0; j < stage.n; ++j) {
    double sum = 0;
    for (std::size_t h = 0; h < stage.heads; ++h)
      for (std::size_t r = first_row; r < first_row + rows; ++r) sum += static_cast<double>(stage.at(h, r, j));
    out.push_back(sum / static_cast<double>(stage.heads * rows));
  }
  return out;
}

double reference_cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return aa == 0 || bb == 0 ? 0 : ab / std::sqrt(aa * bb);
}

// By the distance of each point from the line through the first and the last point of the curve.
std::size_t reference_knee(std::vector<double> values) {
  std::sort(values.rbegin(), values.rend());
  const auto n = static_cast<double>(values.size());
  if (values.size() < 3) return values.size();
  const double dx = n - 1, dy = values.back() - values.front();
  std::size_t best = values.size() - 1;
  double farthest = 1e-6 * std::abs(dy) * dx / std::hypot(dx, dy);
  for (std::size_t i = 1; i + 1 < values.size(); ++i) {
    const double x = static_cast<double>(i), y = values[i] - values.front();
    const double distance = std::abs(dx * y - dy * x) / std::hypot(dx, dy);
    if (distance > farthest) farthest = distance, best = i;
  }
  return best + 1;
}

void check_drops(const Selection& selection, std::size_t entered) {
  REQUIRE(selection.into.size() == entered);
  CHECK(selection.sums.empty());
  CHECK(std::is_sorted(selection.kept.begin(), selection.kept.end()));
  for (std::size_t i = 0; i < entered; ++i) {
    const auto at = std::find(selection.kept.begin(), selection.kept.end(), i);
    const auto expected =
        at == selection.kept.end() ? Selection::kDropped : static_cast<std::int32_t>(at - selection.kept.begin());
    CHECK(selection.into[i] == expected);
  }
}

std::size_t half_to_even(std::size_t n) {
  const std::size_t half = n / 2;
  return std::max<std::size_t>(1, n % 2 == 0 || half % 2 == 0 ? half : half + 1);
}

}  // namespace

TEST_CASE("fastv keeps what the last row attends to most", "[pruning][decoder-strategies]") {
  for (const std::size_t n : {1u, 2u, 3u, 7u, 257u}) {
    for (const std::size_t text : {1u, 5u}) {
      for (const char* budget : {"", "3", "30%", "5000"}) {
        CAPTURE(n, text, budget);
        DecoderScene stage(4, text, n, static_cast<unsigned>(n));
        const auto strategy = made(options_of("fastv", budget), setting_of(n));
        CHECK(strategy->layers() == Indices{1});
        CHECK(strategy->attention() == PruningStrategy::Attention::ThisLayer);
        CHECK(strategy->decode_positions() == DecodePositions::ContinueUnpruned);
        CHECK_FALSE(strategy->before_decoder(stage.prompt()));
        CHECK(strategy->rows() == Indices{text - 1});
        const auto selection = stage.run(*strategy);
        REQUIRE(selection);
        const Budget wanted = parse_budget(budget);
        const std::size_t count = *budget == '\0' ? half_to_even(n) : wanted.tokens(n);
        const std::vector<double> scores = reference_attention(stage, text - 1, 1);
        CHECK(selection->kept == reference_best(scores, count));
        CHECK(selection->positions == Positions::Original);
        for (std::size_t j = 0; j < n; ++j) CHECK(selection->scores[j] == static_cast<float>(scores[j]));
        check_drops(*selection, n);
      }
    }
  }
  DecoderScene equal(2, 3, 10, 1);
  std::fill_n(equal.attention.f32(), equal.attention.shape().elements(), 0.125f);
  const auto strategy = made(options_of("fastv", "4"), setting_of(10));
  (void)strategy->before_decoder(equal.prompt());
  CHECK(equal.run(*strategy)->kept == Indices{0, 1, 2, 3});
}

TEST_CASE("pyramiddrop keeps a half, a quarter, an eighth", "[pruning][decoder-strategies]") {
  for (const std::size_t n : {1u, 9u, 100u, 2056u}) {
    const auto strategy = made(options_of("pyramiddrop"), setting_of(n));
    CHECK(strategy->layers() == Indices{7, 15, 23});
    CHECK(strategy->attention() == PruningStrategy::Attention::NextLayer);
    CHECK(strategy->decode_positions() == DecodePositions::LayerLength);
    std::size_t left = n;
    for (std::size_t step = 0; step < 3; ++step) {
      CAPTURE(n, step);
      DecoderScene stage(2, 4, left, static_cast<unsigned>(n + step));
      CHECK_FALSE(strategy->before_decoder(stage.prompt()));
      const auto selection = stage.run(*strategy, step);
      REQUIRE(selection);
      const double ratio = step == 0 ? 0.5 : step == 1 ? 0.25 : 0.125;
      const std::size_t count = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(n) * ratio));
      CHECK(selection->kept == reference_best(reference_attention(stage, 3, 1), count));
      CHECK(selection->positions == Positions::Repacked);
      check_drops(*selection, left);
      left = selection->kept.size();
    }
  }
  CHECK(made(options_of("pyramiddrop"), setting_of(100, 6))->layers() == Indices{1, 3, 4});
}

TEST_CASE("a budget is met on average, whatever the steps can hold", "[pruning][decoder-strategies]") {
  const Indices shape{4, 2, 1};
  for (const auto& layers : {Indices{7, 15, 23}, Indices{1, 3, 4}, Indices{0}, Indices{2, 3, 4, 5}}) {
    const std::size_t depth = layers.back() < 6 ? 8 : 32;
    const Indices spans = layer_spans(layers, depth);
    CHECK(std::accumulate(spans.begin(), spans.end(), std::size_t{0}) == depth - 1 - layers.front());
    for (const std::size_t most : {1u, 10u, 257u, 2056u}) {
      for (const double share : {0.01, 0.1, 0.5, 0.75, 0.9, 0.99}) {
        CAPTURE(depth, most, share, layers);
        const double mean = std::max(1.0, std::round(share * static_cast<double>(most)));
        const Indices outputs = outputs_for(mean, shape, spans, most);
        REQUIRE(outputs.size() == layers.size());
        CHECK(std::is_sorted(outputs.rbegin(), outputs.rend()));
        CHECK(outputs.front() <= most);
        CHECK(outputs.back() >= 1);
        double sum = 0;
        for (std::size_t s = 0; s < spans.size(); ++s) sum += static_cast<double>(outputs[s] * spans[s]);
        sum /= static_cast<double>(depth - 1 - layers.front());
        CHECK(std::abs(sum - mean) <= 1.0);
      }
    }
  }
}

TEST_CASE("the knee of a curve", "[pruning][decoder-strategies]") {
  std::mt19937 random(5);
  std::exponential_distribution<float> falling;
  for (std::size_t n = 0; n < 60; ++n) {
    std::vector<float> values(n);
    for (float& v : values) v = falling(random);
    std::sort(values.rbegin(), values.rend());
    CAPTURE(n);
    CHECK(up_to_knee(values) == reference_knee({values.begin(), values.end()}));
  }
  CHECK(up_to_knee(std::vector<float>{9, 8, 1, 0.5f, 0}) == 3);
  CHECK(up_to_knee(std::vector<float>(7, 0.25f)) == 7);
  CHECK(up_to_knee(std::vector<float>{5, 4, 3, 2, 1}) == 5);
}

TEST_CASE("text-image cuts at the knee of both curves", "[pruning][decoder-strategies]") {
  struct Case {
    std::size_t frames, each;
    bool cls;
  };
  for (const Case& c : {Case{1, 16, false}, {1, 17, true}, {8, 17, true}, {1, 1, true}, {3, 1, true}, {1, 2, false}}) {
    for (const unsigned seed : {1u, 2u, 3u}) {
      CAPTURE(c.frames, c.each, c.cls, seed);
      const std::size_t n = c.frames * c.each;
      DecoderScene stage(3, 4, n, seed);
      stage.layout = VisualLayout::alike(c.frames, {.rows = 1, .columns = c.each - c.cls, .cls = c.cls});
      const auto strategy = made(options_of("text-image"), setting_of(n, 32, stage.layout));
      const auto first = strategy->before_decoder(stage.prompt());
      REQUIRE(first);
      std::vector<double> scores, curve;
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t frame = i / c.each * c.each;
        std::vector<float> whole(stage.visual.row(frame).begin(), stage.visual.row(frame).end());
        if (!c.cls) {
          for (std::size_t w = 0; w < whole.size(); ++w) {
            double sum = 0;
            for (std::size_t t = 0; t < c.each; ++t) sum += static_cast<double>(stage.visual.row(frame + t)[w]);
            whole[w] = static_cast<float>(sum / static_cast<double>(c.each));
          }
        }
        scores.push_back(static_cast<double>(static_cast<float>(reference_cosine(stage.visual.row(i), whole))));
        if (!c.cls || i != frame) curve.push_back(scores.back());
        if (c.cls && i == frame) scores.back() = 2;
      }
      CHECK(first->kept == reference_best(scores, reference_knee(curve) + (c.cls ? c.frames : 0)));
      check_drops(*first, n);

      CHECK(strategy->layers() == Indices{2});
      CHECK(strategy->rows() == Indices{0, 1, 2, 3});
      const auto second = stage.run(*strategy);
      REQUIRE(second);
      std::vector<double> attention = reference_attention(stage, 0, 4);
      for (double& a : attention) a = static_cast<double>(static_cast<float>(a));
      CHECK(second->kept == reference_best(attention, reference_knee(attention)));
    }
  }
  // All equal: there is no knee, and nothing is dropped.
  DecoderScene same(2, 2, 12, 1);
  same.layout = VisualLayout::alike(2, {.rows = 1, .columns = 5, .cls = true});
  std::fill_n(same.visual.f32(), same.visual.shape().elements(), 1.5f);
  std::fill_n(same.attention.f32(), same.attention.shape().elements(), 0.1f);
  const auto strategy = made(options_of("text-image"), setting_of(12, 32, same.layout));
  CHECK(strategy->before_decoder(same.prompt())->changes_nothing());
  CHECK(same.run(*strategy)->changes_nothing());
  // A budget replaces both knees: twice as many tokens in three layers, as many in 29.
  const auto counted = made(options_of("text-image", "30"), setting_of(100));
  DecoderScene hundred(2, 3, 100, 4);
  hundred.layout = VisualLayout::alike(1, {.rows = 10, .columns = 10});
  const std::size_t one = counted->before_decoder(hundred.prompt())->kept.size(),
                    two = hundred.run(*counted)->kept.size();
  CHECK(one == Approx(2.0 * static_cast<double>(two)).margin(1));
  CHECK((3.0 * static_cast<double>(one) + 29.0 * static_cast<double>(two)) / 32 == Approx(30).margin(1));
}

TEST_CASE("dycoke keeps what is new in a frame", "[pruning][decoder-strategies]") {
  for (const std::size_t frames : {1u, 2u, 3u, 4u, 5u, 6u, 8u, 9u, 12u}) {
    for (const std::size_t each : {1u, 4u, 10u, 17u}) {
      for (const bool equal : {false, true}) {
        CAPTURE(frames, each, equal);
        const std::size_t n = frames * each;
        DecoderScene stage(2, 3, n, static_cast<unsigned>(n));
        if (equal) std::fill_n(stage.visual.f32(), stage.visual.shape().elements(), 1.0f);
        stage.layout = VisualLayout::alike(frames, {.rows = 1, .columns = each});
        const auto strategy = made(options_of("dycoke"), setting_of(n, 32, stage.layout));
        // As published: first the pairs, then the fours, of which the last is left out.
        std::vector<Indices> of(frames);
        for (std::size_t f = 0; f < frames; ++f)
          for (std::size_t t = 0; t < each; ++t) of[f].push_back(t);
        const auto keep_new = [&](std::size_t of_frame, std::size_t like) {
          std::vector<double> unlike;
          for (std::size_t t = 0; t < each; ++t)
            unlike.push_back(
                -reference_cosine(stage.visual.row(of_frame * each + t), stage.visual.row(like * each + t)));
          of[of_frame] = reference_best(unlike, static_cast<std::size_t>((1 - 0.7) * static_cast<double>(each)));
        };
        for (std::size_t i = 0; i + 1 < frames; i += 2) keep_new(i + 1, i);
        for (std::size_t i = 0; i + 4 < frames; i += 4) keep_new(i + 2, i);
        Indices expected;
        for (std::size_t f = 0; f < frames; ++f)
          for (const std::size_t t : of[f]) expected.push_back(f * each + t);
        const auto selection = strategy->before_decoder(stage.prompt());
        REQUIRE(selection);
        CHECK(selection->kept == expected);
        check_drops(*selection, n);

        for (const char* budget : {"1", "7", "9.4%", "50%", "80%", "99%", "9999"}) {
          CAPTURE(budget);
          const auto counted = made(options_of("dycoke", budget), setting_of(n, 32, stage.layout));
          const auto some = counted->before_decoder(stage.prompt());
          REQUIRE(some);
          CHECK(some->kept.size() == parse_budget(budget).tokens(n));
          check_drops(*some, n);
        }
      }
    }
  }
}

TEST_CASE("dycoke chooses keys by the attention of the layer before", "[pruning][decoder-strategies]") {
  for (const std::size_t n : {1u, 4u, 10u, 300u}) {
    const auto strategy = made(options_of("dycoke"), setting_of(n));
    REQUIRE(strategy->cached_attention() == std::optional<std::size_t>(2));
    std::vector<double> before;
    for (const unsigned token : {1u, 2u, 2u, 3u, 4u, 4u}) {  // the same number gives the same attention
      CAPTURE(n, token);
      DecoderScene stage(3, 1, n, token);
      for (std::size_t j = 0; j < n; ++j)  // peaks, so that two tokens are not alike by chance
        for (std::size_t h = 0; h < 3; ++h) stage.at(h, 0, j) *= (j + token) % 3 == 0 ? 1.0f : 1e-3f;
      const std::vector<double> attention = reference_attention(stage, 0, 1);
      CachedStep step{.layer = 0, .visual = n, .visual_begin = stage.begin, .scores = {}};
      for (; step.layer < 3; ++step.layer) CHECK_FALSE(strategy->choose_cached(step));
      step.scores = stage.attention;
      const auto chosen = strategy->choose_cached(step);
      double ab = 0, aa = 0, bb = 0;
      for (std::size_t j = 0; j < before.size(); ++j)
        ab += attention[j] * before[j], aa += attention[j] * attention[j], bb += before[j] * before[j];
      const bool alike = !before.empty() && ab >= 0.9 * std::sqrt(aa * bb);
      CHECK(chosen.has_value() == !alike);
      if (chosen) {
        const auto count = static_cast<std::size_t>(static_cast<double>(n) * (1 - 0.8));
        CHECK(*chosen == reference_best(attention, std::max<std::size_t>(1, count)));
      }
      for (++step.layer; step.layer < 32; ++step.layer) CHECK(strategy->choose_cached(step) == chosen);
      before = attention;
    }
  }
}

TEST_CASE("tokens drawn by a seed, and evenly spaced ones", "[pruning][decoder-strategies]") {
  const std::size_t n = 50, count = 10;
  const auto draw = [&](std::uint64_t seed) {
    PruningOptions options = options_of("random", "10");
    options.seed = seed;
    return DecoderScene(1, 1, n, 1).run(*made(options, setting_of(n)))->kept;
  };
  CHECK(draw(7) == draw(7));
  CHECK(draw(7) != draw(8));
  // Each token is drawn equally often: 2000 draws of 10 of 50, within five standard deviations.
  std::vector<int> drawn(n, 0);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Indices kept = draw(seed);
    REQUIRE(kept.size() == count);
    for (const std::size_t i : kept) ++drawn[i];
  }
  CHECK(*std::min_element(drawn.begin(), drawn.end()) > 400 - 90);
  CHECK(*std::max_element(drawn.begin(), drawn.end()) < 400 + 90);

  for (const std::size_t tokens : {1u, 2u, 7u, 50u, 257u}) {
    for (const char* budget : {"1", "3", "50%", "9999"}) {
      CAPTURE(tokens, budget);
      const auto strategy = made(options_of("uniform", budget), setting_of(tokens));
      const Indices kept = DecoderScene(1, 1, tokens, 1).run(*strategy)->kept;
      const std::size_t k = parse_budget(budget).tokens(tokens);
      REQUIRE(kept.size() == k);
      Indices expected;
      for (std::size_t i = 0; i < k; ++i)
        expected.push_back(static_cast<std::size_t>(
            std::floor((static_cast<double>(i) + 0.5) * static_cast<double>(tokens) / static_cast<double>(k))));
      CHECK(kept == expected);
      CHECK(std::adjacent_find(kept.begin(), kept.end()) == kept.end());
    }
  }
  for (const char* name : {"random", "uniform"}) {
    CHECK(made(options_of(name), setting_of(2056))->layers() == Indices{2});
    CHECK(DecoderScene(1, 1, 2056, 1).run(*made(options_of(name), setting_of(2056)))->kept.size() == 192);
    CHECK(DecoderScene(1, 1, 100, 1).run(*made(options_of(name), setting_of(100)))->changes_nothing());
  }
}

TEST_CASE("CLS tokens stay if asked for", "[pruning][decoder-strategies]") {
  const VisualLayout layout = VisualLayout::alike(5, {.rows = 2, .columns = 3, .cls = true});
  for (const auto& [name, budget] : {std::pair{"fastv", "12"},
                                     {"pyramiddrop", "12"},
                                     {"text-image", "12"},
                                     {"dycoke", "5"},
                                     {"dycoke", "12"},
                                     {"random", "12"},
                                     {"uniform", "5"},
                                     {"uniform", "12"}}) {
    CAPTURE(name, budget);
    PruningOptions options = options_of(name, budget);
    options.keep_cls = true;
    DecoderScene stage(2, 3, 35, 9);
    stage.layout = layout;
    const auto strategy = made(options, setting_of(35, 32, layout));
    auto selection = strategy->before_decoder(stage.prompt());
    if (!selection) selection = stage.run(*strategy);
    REQUIRE(selection);
    CHECK(selection->kept.size() < 35);
    for (std::size_t f = 0; f < 5; ++f) CHECK(std::ranges::binary_search(selection->kept, f * 7));
  }
}

TEST_CASE("scores that are not numbers are refused", "[pruning][decoder-strategies]") {
  const auto refused = [](auto&& call) {
    try {
      call();
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Model);
    }
  };
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const char* name : {"fastv", "pyramiddrop", "text-image"}) {
      CAPTURE(name);
      DecoderScene stage(2, 3, 12, 1);
      stage.at(1, 2, 5) = bad;
      const auto strategy = made(options_of(name), setting_of(12));
      (void)strategy->before_decoder(stage.prompt());
      refused([&] { (void)stage.run(*strategy); });
    }
    for (const char* name : {"text-image", "dycoke"}) {
      CAPTURE(name);
      DecoderScene stage(2, 3, 12, 1);
      stage.layout = VisualLayout::alike(2, {.rows = 1, .columns = 5, .cls = true});
      stage.visual.row(6)[3] = bad;
      const auto strategy = made(options_of(name), setting_of(12, 32, stage.layout));
      refused([&] { (void)strategy->before_decoder(stage.prompt()); });
    }
    DecoderScene stage(2, 1, 12, 1);
    stage.at(0, 0, 3) = bad;
    const auto dycoke = made(options_of("dycoke"), setting_of(12));
    refused(
        [&] { (void)dycoke->choose_cached({.layer = 3, .visual = 12, .visual_begin = 3, .scores = stage.attention}); });
  }
}

TEST_CASE("without text rows nothing is pruned by their attention", "[pruning][decoder-strategies]") {
  for (const char* name : {"fastv", "pyramiddrop", "text-image"}) {
    CAPTURE(name);
    DecoderScene stage(2, 0, 9, 1);
    const auto strategy = made(options_of(name, "3"), setting_of(9));
    (void)strategy->before_decoder(stage.prompt());
    CHECK(strategy->rows().empty());
    CHECK_FALSE(stage.run(*strategy));
  }
}

TEST_CASE("options that a strategy does not have are refused", "[pruning][decoder-strategies]") {
  const auto refused = [](PruningOptions options, const char* what) {
    CAPTURE(options.strategy, what);
    CHECK_THROWS_WITH(make_strategy(options, setting_of(100)), Catch::Contains(what));
  };
  for (const char* name : {"fastv", "pyramiddrop", "text-image", "dycoke", "random", "uniform"}) {
    refused(options_of(name, "rank*2+1"), "it has no rank");
    refused(options_of(name, "published:192"), "no published setting");
    refused(options_of(name, "", {32}), "layers 0 to 31");
    PruningOptions recycling = options_of(name);
    recycling.recycle = Recycle::Mean;
    refused(recycling, "recycling can't be chosen");
    if (std::string(name) != "pyramiddrop") refused(options_of(name, "", {3, 4}), "expected one for");
  }
  refused(options_of("pyramiddrop", "", {3, 31}), "expected pruning layers below 31");
  refused(options_of("dycoke", "", {0}), "from 1 on");
  // A decoder too shallow for the published layer.
  for (const char* name : {"fastv", "pyramiddrop", "random", "uniform", "text-image"})
    CHECK(made(options_of(name), setting_of(100, 2))->layers().empty());
  CHECK_FALSE(made(options_of("dycoke"), setting_of(100, 2))->cached_attention());
}

}  // namespace sparsight::test
