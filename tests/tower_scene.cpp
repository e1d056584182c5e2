#include "tests/tower_scene.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace sparsight::test {
namespace {

constexpr double kStateTolerance = 1e-5;  // of states, relative to the largest expected value of a row, at least 1

HostTensor drawn_tensor(const Shape& shape, std::mt19937& random) {
  std::normal_distribution<float> normal;
  HostTensor t(shape);
  for (std::size_t i = 0; i < shape.elements(); ++i) t.f32()[i] = normal(random);
  return t;
}

}  // namespace

Scene::Scene(std::size_t frames, std::size_t grid, bool has_cls, unsigned seed, std::size_t heads_)
    : layout(VisualLayout::alike(frames, {.rows = grid, .columns = grid, .cls = has_cls})), heads(heads_) {
  std::mt19937 random(seed);
  const std::size_t rows = frames * tower_tokens(), width = heads * 8;
  features = drawn_tensor(Shape{rows, width}, random);
  keys = drawn_tensor(Shape{rows, width}, random);
  queries = drawn_tensor(Shape{rows, width}, random);
  attention = drawn_tensor(Shape{frames, heads, tower_tokens()}, random);
  for (std::size_t r = 0; r < frames * heads; ++r) {
    float sum = 0;
    float* row = attention.f32() + r * tower_tokens();
    for (std::size_t j = 0; j < tower_tokens(); ++j) sum += row[j] = std::exp(row[j]);
    for (std::size_t j = 0; j < tower_tokens(); ++j) row[j] /= sum;
  }
  projected = drawn_tensor(Shape{tokens(), 40}, random);
  text = drawn_tensor(Shape{1, 40}, random);
}

TowerView Scene::tower() const {
  return {.features = {features, *backend},
          .cls_attention = attention,
          .keys = {keys, *backend},
          .queries = {queries, *backend},
          .heads = heads,
          .layout = layout};
}

double Scene::attention_sum(std::size_t frame, std::size_t row) const {
  double sum = 0;
  for (std::size_t h = 0; h < heads; ++h)
    sum += static_cast<double>(attention.f32()[(frame * heads + h) * tower_tokens() + row]);
  return sum;
}

Row row_of(HostView t, std::size_t r) { return {t.row(r).begin(), t.row(r).end()}; }
double dot(const Row& a, const Row& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
double cosine(const Row& a, const Row& b) {
  const double lengths = std::sqrt(dot(a, a)) * std::sqrt(dot(b, b));
  return lengths > 0 ? dot(a, b) / lengths : 0.0;
}
void add(Row& to, const Row& from, double weight) {
  for (std::size_t c = 0; c < to.size(); ++c) to[c] += weight * from[c];
}

std::vector<std::size_t> descending(const Row& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  return order;
}

PruningOptions options_for(const std::string& strategy, const std::string& budget) {
  PruningOptions options;
  options.strategy = strategy;
  options.budget = parse_budget(budget);
  return options;
}

std::unique_ptr<PruningStrategy> strategy_for(const Scene& scene, const PruningOptions& options) {
  return make_strategy(options, {.layers = 6, .visual_tokens = scene.tokens(), .layout = scene.layout});
}

std::optional<Decision> select(const Scene& scene, PruningStrategy& strategy) {
  std::optional<Selection> selection;
  if (strategy.tower_request().layer_from_end != 0) selection = strategy.tower(scene.tower());
  const bool in_tower = selection.has_value();
  if (!in_tower) selection = strategy.before_decoder(scene.prompt());
  if (!selection) return std::nullopt;
  HostTensor states;
  if (std::vector<std::vector<WeightedRow>> sums = selection->sums; !sums.empty()) {
    if (in_tower)
      for (auto& sum : sums)
        for (WeightedRow& part : sum) part.row = scene.tower().row_of(part.row);
    const TensorView from = in_tower ? scene.features : scene.projected;
    Tensor out = scene.backend->make(Shape{sums.size(), from.cols()});
    scene.backend->combine(from, sums, out, 0);
    states = HostTensor::copy_of(scene.backend->read(out));
  }
  return Decision{std::move(*selection), std::move(states)};
}

std::optional<Decision> select(const Scene& scene, const PruningOptions& options) {
  const auto strategy = strategy_for(scene, options);
  REQUIRE(strategy);
  return select(scene, *strategy);
}

void check_sound(const Selection& s, std::size_t entered) {
  CHECK(std::is_sorted(s.kept.begin(), s.kept.end()));
  CHECK(std::adjacent_find(s.kept.begin(), s.kept.end()) == s.kept.end());
  REQUIRE(s.into.size() == entered);
  CHECK(s.scores.size() == entered);
  std::vector<int> used(s.outputs(), 0);
  for (const std::int32_t into : s.into) {
    REQUIRE(into >= Selection::kDropped);
    REQUIRE(into < static_cast<std::int32_t>(s.outputs()));
    if (into >= 0) ++used[static_cast<std::size_t>(into)];
  }
  CHECK(std::ranges::count(used, 0) == 0);
  for (std::size_t i = 0; i < s.kept.size(); ++i) CHECK(s.into[s.kept[i]] == static_cast<std::int32_t>(i));
  if (s.positions == Positions::Original) CHECK(s.merged() == 0);
  if (s.order.empty()) return;
  std::vector<std::size_t> order = s.order;
  std::sort(order.begin(), order.end());
  REQUIRE(order.size() == s.outputs());
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
}

void check_outputs(const Decision& s, const std::vector<Row>& expected) {
  REQUIRE(s.outputs() == expected.size());
  REQUIRE(s.states.rows() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto got = s.states.row(s.order.empty() ? i : s.order[i]);
    REQUIRE(got.size() == expected[i].size());
    double worst = 0, largest = 1;
    for (std::size_t c = 0; c < got.size(); ++c) {
      worst = std::max(worst, std::abs(static_cast<double>(got[c]) - expected[i][c]));
      largest = std::max(largest, std::abs(expected[i][c]));
    }
    CAPTURE(i);
    CHECK(worst <= kStateTolerance * largest);
  }
}

}  // namespace sparsight::test
