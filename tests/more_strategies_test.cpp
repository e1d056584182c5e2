// What cdpruner, dart, vidcom2, evs and pool promise beside what their published code decides (golden_strategies_test).
#include <catch2/catch.hpp>

#include "core/pruning/strategies/parts.h"
#include "tests/strategy_golden.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace sparsight::test {
namespace {

// Rows of numbers that repeat nowhere: row r of [rows, width] depends on `seed` and r.
HostTensor wavy_rows(std::size_t rows, std::size_t width, double seed) {
  HostTensor out(Shape{rows, width});
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < width; ++c)
      out.row(r)[c] = static_cast<float>(
          std::sin(seed + 1.7 * static_cast<double>(r * r + 3 * c) + 0.13 * static_cast<double>(c * r)));
  return out;
}

std::optional<Selection> before(const PruningOptions& options, const VisualLayout& layout, const States& tokens) {
  return golden_strategy(options, layout)->before_decoder({tokens, tokens.slice(0, 2), layout});
}

Indices counts_of(const Indices& kept, std::size_t frames, std::size_t each) {
  Indices counts(frames, 0);
  for (const std::size_t i : kept) ++counts[i / each];
  return counts;
}

}  // namespace

TEST_CASE("states give sums of absolute values, variances and columns", "[pruning][states]") {
  Uploads upload;
  HostTensor rows(Shape{3, 2});
  const float values[] = {1, -2, 3, 4, -5, 6};
  std::copy_n(values, 6, rows.f32());
  const States states = upload(rows);
  CHECK(states.absolute_sums() == std::vector<double>{3, 7, 11});
  const std::vector<double> variances = states.column_variances();
  double mean = (1.0 + 3 - 5) / 3, sum = 0;
  for (const double x : {1.0, 3.0, -5.0}) sum += (x - mean) * (x - mean) / 3;
  CHECK(variances[0] == Approx(sum));
  const States second = states.columns(Indices{1});
  CHECK(second.absolute_sums() == std::vector<double>{2, 4, 6});
  CHECK(States().empty());
  CHECK_FALSE(states.empty());
}

TEST_CASE("a set is iterated as CPython iterates", "[pruning][dart]") {
  const auto check = [](const Indices& numbers, const Indices& expected) { CHECK(order_of_set(numbers) == expected); };
  check({}, {});
  check({5, 5, 5}, {5});
  check({8, 16, 24, 32}, {8, 16, 32, 24});
  check({35, 67, 99, 131, 3, 600, 611, 620}, {99, 3, 67, 35, 131, 611, 620, 600});
  check({0, 8, 1, 9, 2, 10, 3, 11}, {0, 1, 2, 3, 8, 9, 10, 11});
  check({70, 6, 38, 102, 134, 166, 198, 230, 262}, {38, 102, 134, 70, 6, 166, 198, 230, 262});
  check({2100, 2068, 52, 84, 20, 1044, 2085, 2086}, {2085, 2086, 20, 2100, 2068, 52, 84, 1044});
  check({386,  962,  1698, 961,  1280, 450, 290,  770, 2,    1568, 322, 65,
         1568, 1665, 962,  1473, 1441, 802, 1634, 896, 1793, 192,  257, 417},
        {1280, 1793, 386, 770, 2,   1665, 896, 257, 1568, 1441, 1698,
         290,  802,  417, 192, 961, 962,  450, 322, 65,   1473, 1634});
}

TEST_CASE("dart meets any budget, with few pivots or none in the text", "[pruning][dart]") {
  Uploads upload;
  constexpr std::size_t kTokens = 40, kBegin = 3;
  for (const std::size_t text : {0u, 2u, 9u}) {
    const HostTensor rows = wavy_rows(kBegin + kTokens + text, 8, 2);
    std::vector<std::int32_t> ids(kTokens);
    std::iota(ids.begin(), ids.end(), 0);
    LayerStep step = golden_step(0, upload(rows).slice(kBegin, kTokens), {}, kBegin, ids);
    step.normed = step.keys = upload(rows);
    for (const char* budget : {"1", "3", "4", "5", "17", "39"}) {
      CAPTURE(text, budget);
      const auto got = golden_strategy(golden_options("dart", budget), frames_of(1, kTokens))->at_layer(step);
      REQUIRE(got);
      CHECK(got->kept.size() == std::stoul(budget));
      CHECK(got->scores.size() == kTokens);
    }
    CHECK_FALSE(golden_strategy(golden_options("dart", "40"), frames_of(1, kTokens))->at_layer(step));
    PruningOptions none = golden_options("dart");
    none.visual_pivots = none.text_pivots = 0;
    CHECK_THROWS_WITH(golden_strategy(none, frames_of(1, kTokens))->at_layer(step), Catch::Contains("pivot"));
  }
}

TEST_CASE("cdpruner chooses each token once, even if many are alike", "[pruning][cdpruner]") {
  Uploads upload;
  HostTensor rows = wavy_rows(12, 3, 1);  // rank 3
  for (std::size_t r = 6; r < 12; ++r) std::ranges::copy(rows.row(r - 6), rows.row(r).begin());
  const States tokens = upload(rows);
  std::vector<float> relevance(12);
  for (std::size_t i = 0; i < 12; ++i) relevance[i] = 0.1f + 0.07f * static_cast<float>((i * 5) % 12);
  const DiverseChoice all = choose_diverse(tokens, relevance, 12);
  CHECK(std::set<std::size_t>(all.order.begin(), all.order.end()).size() == 12);
  for (const float gain : all.gains) CHECK(std::isfinite(gain));
  CHECK(std::ranges::is_sorted(all.gains, std::greater()));
  for (const std::size_t count : {0u, 1u, 3u, 8u}) {
    const Indices some = choose_diverse(tokens, relevance, count).order;
    CHECK(std::ranges::equal(some, std::span(all.order).first(count)));
  }
  CHECK(choose_diverse(tokens, relevance, 2, Indices{7}).order.front() == 7);
}

TEST_CASE("cdpruner's relevance is that of the question, or the opposite", "[pruning][cdpruner]") {
  Uploads upload;
  HostTensor rows = wavy_rows(9, 4, 5);
  const HostTensor text = HostTensor::copy_of(rows.view().slice_rows(4, 1));
  const std::vector<float> like = question_relevance(upload(rows), upload(text), false),
                           unlike = question_relevance(upload(rows), upload(text), true);
  CHECK(std::ranges::max_element(like) - like.begin() == 4);
  CHECK(std::ranges::min_element(unlike) - unlike.begin() == 4);
  CHECK(*std::ranges::max_element(unlike) == Approx(1).margin(1e-5));
  HostTensor same(Shape{3, 4});
  for (std::size_t r = 0; r < 3; ++r) std::ranges::copy(text.view().row(0), same.row(r).begin());
  CHECK(question_relevance(upload(same), upload(text), false) == std::vector<float>{1, 1, 1});
}

TEST_CASE("vidcom2 gives a frame that stands out more, up to all of it", "[pruning][vidcom2]") {
  Uploads upload;
  constexpr std::size_t kFrames = 4, kEach = 20;
  HostTensor rows(Shape{kFrames * kEach, 6});
  const HostTensor still = wavy_rows(kEach, 6, 1), other = wavy_rows(kEach, 6, 9);
  for (std::size_t i = 0; i < rows.rows(); ++i)
    std::ranges::copy((i / kEach == 2 ? other : still).view().row(i % kEach), rows.row(i).begin());
  const States tokens = upload(rows);
  const VisualLayout layout = frames_of(kFrames, kEach);
  for (const char* budget : {"1", "3", "24", "60", "79"}) {
    CAPTURE(budget);
    const auto got = before(golden_options("vidcom2", budget), layout, tokens);
    REQUIRE(got);
    CHECK(got->kept.size() == std::stoul(budget));
    const Indices counts = counts_of(got->kept, kFrames, kEach);
    CHECK(*std::ranges::max_element(counts) == counts[2]);
    if (std::stoul(budget) >= 60) CHECK(counts[2] == kEach);
  }
  PruningOptions all = golden_options("vidcom2");
  all.vidcom2_retention = 0.001;
  CHECK(before(all, layout, tokens)->kept.size() == kFrames);  // one of each frame at least
}

TEST_CASE("evs keeps the first frame, and then what changed", "[pruning][evs]") {
  Uploads upload;
  constexpr std::size_t kFrames = 5, kEach = 12;
  HostTensor rows(Shape{kFrames * kEach, 6});
  const HostTensor still = wavy_rows(kEach, 6, 1), other = wavy_rows(kEach, 6, 9);
  for (std::size_t i = 0; i < rows.rows(); ++i)
    std::ranges::copy((i == 2 * kEach + 7 ? other : still).view().row(i % kEach), rows.row(i).begin());
  const States tokens = upload(rows);
  const VisualLayout layout = frames_of(kFrames, kEach);
  Indices expected(kEach);
  std::iota(expected.begin(), expected.end(), std::size_t{0});
  expected.push_back(2 * kEach + 7);  // what appears
  expected.push_back(3 * kEach + 7);  // and what it leaves behind
  CHECK(before(golden_options("evs", "14"), layout, tokens)->kept == expected);
  PruningOptions most = golden_options("evs");
  most.evs_rate = 1;
  CHECK(before(most, layout, tokens)->kept.size() == kEach);
  most.evs_rate = 0;
  CHECK_FALSE(before(most, layout, tokens));
  CHECK(before(golden_options("evs", "3"), layout, tokens)->kept == Indices{2, 6, 10});  // evenly, of the first frame
  CHECK_FALSE(before(golden_options("evs"), frames_of(1, kEach), tokens.slice(0, kEach)));  // a picture stays whole
}

TEST_CASE("pool averages windows and keeps newlines", "[pruning][pool]") {
  Uploads upload;
  const VisualLayout layout = VisualLayout::alike(1, {.rows = 4, .columns = 5, .cls = true, .after_row = 1});
  HostTensor rows(Shape{layout.tokens(), 1});
  for (std::size_t i = 0; i < rows.rows(); ++i) rows.f32()[i] = static_cast<float>(i);
  const States tokens = upload(rows);
  const auto got = before(golden_options("pool"), layout, tokens);
  REQUIRE(got);
  // CLS is 0, rows begin at 1, 7, 13, 19 and end with a newline; the fifth column fills no window.
  CHECK(got->kept == Indices{1, 3, 6, 13, 15, 18});
  const HostTensor out = outputs_of(*got, tokens, upload.backend());
  for (std::size_t i = 0; const float expected : {4.5f, 6.5f, 6.0f, 16.5f, 18.5f, 18.0f})
    CHECK(out.row(i++)[0] == Approx(expected));
  CHECK(got->into[0] == Selection::kDropped);
  CHECK(got->into[8] == 0);
  CHECK(got->into[5] == Selection::kDropped);

  PruningOptions options = golden_options("pool");
  options.keep_cls = true;
  CHECK(before(options, layout, tokens)->kept == Indices{0, 1, 3, 6, 13, 15, 18});
  options.pool_stride = 100;  // one token for all patches
  CHECK(before(options, layout, tokens)->kept.size() == 3);
  CHECK_THROWS_WITH(golden_strategy(golden_options("pool", "5"), layout),
                    Catch::Contains("6, 2") && Catch::Contains("5"));
  CHECK(before(golden_options("pool", "6"), layout, tokens)->kept == got->kept);
  const VisualLayout squares = VisualLayout::alike(2, {.rows = 4, .columns = 4, .cls = true});
  CHECK(before(golden_options("pool", "25%"), squares, upload(wavy_rows(34, 3, 1)))->kept.size() == 8);
}

TEST_CASE("SparseVLM's presets keep the published counts of LLaVA-1.5's 576 tokens", "[pruning][sparsevlm]") {
  Uploads upload;
  constexpr std::size_t kTokens = 576, kBegin = 35, kText = 9, kHeads = 2;
  const VisualLayout picture = VisualLayout::alike(1, {.rows = 24, .columns = 24});
  const States visual = upload(wavy_rows(kTokens, 8, 1)), text = upload(wavy_rows(kText, 8, 4));
  std::vector<std::int32_t> ids(kTokens), positions(kTokens);
  std::iota(ids.begin(), ids.end(), 0);
  std::iota(positions.begin(), positions.end(), static_cast<std::int32_t>(kBegin));
  struct Preset {
    const char *strategy, *budget;
    Indices kept;
  };
  for (const Preset& preset : {Preset{"sparsevlm-v1.5", "published:192", {300, 200, 110}},
                               {"sparsevlm-v1.5", "published:128", {303, 110, 36}},
                               {"sparsevlm-v1.5", "published:64", {66, 30, 17}},
                               {"sparsevlm-plus", "published:192", {300, 200, 118}},
                               {"sparsevlm-plus", "published:128", {238, 108, 60}},
                               {"sparsevlm-plus", "published:64", {66, 34, 20}}}) {
    CAPTURE(preset.strategy, preset.budget);
    const auto strategy = golden_strategy(golden_options(preset.strategy, preset.budget), picture);
    CHECK(strategy->layers() == Indices{2, 6, 15});
    CHECK_FALSE(strategy->before_decoder({visual, text, picture}));
    const std::size_t rows = strategy->rows().size();
    HostTensor scores(Shape{kHeads, rows, kBegin + kTokens + kText});
    for (std::size_t i = 0; i < scores.shape().elements(); ++i)
      scores.f32()[i] = 0.01f + 0.009f * std::sin(static_cast<float>(i * i % 1009));
    const std::vector<std::int32_t> row_positions(rows, static_cast<std::int32_t>(kBegin + kTokens));
    const std::vector<float> frequencies{1.0f, 0.01f};
    for (std::size_t s = 0; s < preset.kept.size(); ++s) {
      LayerStep step = golden_step(s, visual, {}, kBegin, ids);
      step.scores = scores;
      step.row_positions = row_positions;
      step.visual_positions = positions;
      step.inv_freq = frequencies;
      const auto got = strategy->at_layer(step);
      REQUIRE(got);
      CHECK(got->kept.size() == preset.kept[s]);
    }
  }
}

}  // namespace sparsight::test
