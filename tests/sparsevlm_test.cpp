// Parts of SparseVLM that the goldens do not reach: plain references, awkward input, budgets, layers, traces.
#include <catch2/catch.hpp>

#include "core/base/stopwatch.h"
#include "core/engine.h"
#include "core/pruning/clustering.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/strategies/parts.h"
#include "core/pruning/trace.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <stop_token>

namespace sparsight::test {
namespace {

HostTensor random_states(std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  HostTensor t(Shape{rows, cols});
  for (std::size_t i = 0; i < rows * cols; ++i) t.f32()[i] = normal(random);
  return t;
}

// Section 1.6, token by token in double precision.
std::vector<std::vector<std::size_t>> reference_clusters(HostView x, std::size_t count) {
  const std::size_t n = x.rows();
  std::vector<std::vector<double>> d(n, std::vector<double>(n));
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t c = 0; c < x.cols(); ++c)
        sum += std::pow(static_cast<double>(x.row(i)[c]) - static_cast<double>(x.row(j)[c]), 2);
      d[i][j] = std::sqrt(sum) / std::sqrt(static_cast<double>(x.cols()));
      largest = std::max(largest, d[i][j]);
    }
  std::vector<double> rho(n), peak(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto row = d[i];
    std::sort(row.begin(), row.end());
    double sum = 0;
    for (std::size_t k = 0; k < count; ++k) sum += row[k] * row[k];
    rho[i] = std::exp(-sum / static_cast<double>(count));
  }
  for (std::size_t i = 0; i < n; ++i) {
    double delta = largest;
    for (std::size_t j = 0; j < n; ++j)
      if (rho[j] > rho[i]) delta = std::min(delta, d[i][j]);
    peak[i] = delta * rho[i];
  }
  std::vector<std::size_t> centres(n);
  std::iota(centres.begin(), centres.end(), std::size_t{0});
  std::stable_sort(centres.begin(), centres.end(), [&](std::size_t a, std::size_t b) { return peak[a] > peak[b]; });
  centres.resize(count);
  std::vector<std::vector<std::size_t>> members(count);
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t best = 0;
    for (std::size_t c = 0; c < count; ++c)
      if (d[i][centres[c]] < d[i][centres[best]]) best = c;
    for (std::size_t c = 0; c < count; ++c)
      if (centres[c] == i) best = c;
    members[best].push_back(i);
  }
  std::sort(members.begin(), members.end());
  return members;
}

}  // namespace

TEST_CASE("the k largest, the lower index among equals", "[pruning]") {
  const std::vector<float> scores{1, 3, 3, 2, 3, 0};
  CHECK(top_k(scores, 0).empty());
  CHECK(top_k(scores, 1) == std::vector<std::size_t>{1});
  CHECK(top_k(scores, 2) == std::vector<std::size_t>{1, 2});
  CHECK(top_k(scores, 4) == std::vector<std::size_t>{1, 2, 3, 4});
  CHECK(top_k(scores, 6).size() == 6);
  CHECK(top_k(std::vector<float>(9, 0.5f), 3) == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("the rank of a matrix", "[pruning]") {
  const auto backend = make_cpu_backend({.threads = 2});
  const auto matrix_rank = [&](const HostTensor& matrix) {
    const Tensor there = backend->upload(matrix);
    return sparsight::matrix_rank({there, *backend});
  };
  for (const auto& [rows, cols, rank] : {std::tuple{5, 40, 3}, {40, 5, 2}, {6, 6, 6}, {1, 9, 1}, {12, 2000, 7}}) {
    const auto m = static_cast<std::size_t>(rows), n = static_cast<std::size_t>(cols),
               r = static_cast<std::size_t>(rank);
    const HostTensor a = random_states(m, r, 1), b = random_states(r, n, 2);
    HostTensor product = HostTensor::zeros(Shape{m, n});
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < r; ++k) sum += static_cast<double>(a.row(i)[k]) * static_cast<double>(b.row(k)[j]);
        product.row(i)[j] = static_cast<float>(sum);
      }
    CAPTURE(rows, cols);
    CHECK(matrix_rank(product) == r);
  }
  CHECK(matrix_rank(HostTensor::zeros(Shape{3, 4})) == 0);
  // A direction just above the tolerance, max(m, n) * 2^-23, counts; one just below does not.
  for (const float factor : {2.0f, 0.5f}) {
    HostTensor diagonal = HostTensor::zeros(Shape{2, 100});
    diagonal.row(0)[0] = 1;
    diagonal.row(1)[1] = 100 * std::numeric_limits<float>::epsilon() * factor;
    CHECK(matrix_rank(diagonal) == (factor > 1 ? 2u : 1u));
  }
  std::stop_source stop;
  stop.request_stop();
  const Tensor there = backend->upload(random_states(5, 40, 1));
  CHECK_THROWS_AS(sparsight::matrix_rank({there, *backend}, 1.0, stop.get_token()), Cancelled);
}

TEST_CASE("the rank of many raters' attention is computed quickly", "[pruning]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return skip("sanitizers take their time");
#endif
  const auto backend = make_cpu_backend({.threads = 2});
  const Tensor attention = backend->upload(random_states(400, 2056, 1));
  double best_ms = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    const Stopwatch watch;
    CHECK(matrix_rank({attention, *backend}) == 400);
    best_ms = std::min(best_ms, watch.ms());
  }
  INFO(best_ms << " ms");
  CHECK(best_ms < 1000);  // 50 on an ordinary machine; plain rotations take 3500
}

TEST_CASE("the options that strategies read are a table", "[pruning]") {
  CHECK(strategies().front().name == "none");
  std::set<std::string_view> names, options;
  for (const StrategyInfo& strategy : strategies()) {
    INFO(strategy.name);
    CHECK(names.insert(strategy.name).second);
    CHECK(find_strategy(strategy.name) == &strategy);
    for (const Knob& knob : strategy.knobs) {
      INFO(knob.name);
      CHECK_FALSE(knob.help.empty());
      CHECK(knob.least <= knob.most);
      if (!knob.instead_of.empty())
        CHECK(std::ranges::find(strategy.knobs, knob.instead_of, &Knob::name) != strategy.knobs.end());
    }
  }
  for (const Knob& knob : knobs()) CHECK(options.insert(knob.name).second);
  for (const char* option : {"rater-at-mean", "rank-tolerance", "scoring-heads", "scoring-head-share", "prune-seed"})
    CHECK(options.contains(option));
}

TEST_CASE("products in double", "[pruning]") {
  for (const std::size_t width : {1u, 7u, 16u, 33u, 144u}) {
    const HostTensor a = random_states(70, width, 1), b = random_states(67, width, 2);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < a.rows(); ++i)
      for (std::size_t j = 0; j < b.rows(); ++j) pairs.emplace_back(i, j);
    std::vector<std::vector<double>> found;
    for (const std::size_t threads : {1u, 3u}) {
      const auto backend = make_cpu_backend({.threads = threads});
      const Tensor x = backend->upload(a), y = backend->upload(b);
      std::vector<double>& products = found.emplace_back(pairs.size());
      backend->double_products(x, y, products);
      const std::vector<double> wanted = backend->dots(x, y, pairs);
      for (std::size_t i = 0; i < pairs.size(); ++i) CHECK(products[i] == Approx(wanted[i]).margin(1e-12));
      const std::vector<double> gram = States(x, *backend).gram();
      for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(gram[i * a.rows() + j] == gram[j * a.rows() + i]);
    }
    CHECK(found[0] == found[1]);
  }
}

TEST_CASE("the rank is computed if the budget depends on it or the trace's reader asks", "[pruning]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(read_clip(demo_clip()));
  const auto steps_of = [&](const char* strategy, const char* budget, bool asked) {
    Question question{.media = media, .system = {}, .turns = {{"What moves?", ""}}, .sampling = {}};
    question.max_new_tokens = 1;
    question.pruning = {.strategy = strategy, .budget = parse_budget(budget)};
    question.rank = asked;
    return engine->answer(question).trace->steps;
  };
  const auto unasked = steps_of("sparsevlm-v1.5", "50%", false), asked = steps_of("sparsevlm-v1.5", "50%", true);
  REQUIRE(unasked.size() == asked.size());
  REQUIRE(!asked.empty());
  for (std::size_t s = 0; s < asked.size(); ++s) {
    CHECK_FALSE(unasked[s].rank.has_value());
    CHECK(asked[s].rank.value_or(0) > 0);
    CHECK(unasked[s].into == asked[s].into);
  }
  for (const TraceStep& step : steps_of("sparsevlm-first", "rank*0.5", false)) CHECK(step.rank.has_value());
}

TEST_CASE("clusters equal the plain definition", "[pruning]") {
  const auto backend = make_cpu_backend({.threads = 2});
  for (const auto& [n, count] : {std::pair<std::size_t, std::size_t>{1, 1}, {2, 1}, {11, 3}, {40, 5}, {120, 13}}) {
    for (unsigned seed = 0; seed < 5; ++seed) {
      CAPTURE(n, count, seed);
      const SharedTensor x = random_states(n, 24, seed);
      const Clusters clusters = cluster({x, *backend}, count, count);
      std::vector<std::vector<std::size_t>> members(count);
      for (std::size_t i = 0; i < n; ++i) members[clusters.of[i]].push_back(i);
      std::sort(members.begin(), members.end());
      CHECK(members == reference_clusters(x, count));
    }
  }
  // All equal: every centre is still in its own cluster.
  SharedTensor same(Shape{9, 4});
  std::fill_n(same.f32(), 36, 2.5f);
  const Clusters clusters = cluster({same, *backend}, 3, 3);
  for (std::size_t c = 0; c < 3; ++c) CHECK(clusters.of[clusters.centres[c]] == c);
  Tensor means = backend->make(Shape{3, 4});
  backend->combine(same, cluster_means(clusters), means, 0);
  CHECK(host(means).row(0)[0] == Approx(2.5));
}

TEST_CASE("raters", "[pruning]") {
  CHECK(choose_raters(std::vector<float>{0.1f, 0.5f, 0.4f}, false) == std::vector<std::size_t>{1, 2});
  CHECK(choose_raters(std::vector<float>{1.0f}, false) == std::vector<std::size_t>{0});
  CHECK(choose_raters(std::vector<float>{0.25f, 0.25f, 0.25f, 0.25f}, false) == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(choose_raters(std::vector<float>{0.0f, 0.5f, 1.0f}, false) == std::vector<std::size_t>{2});
  CHECK(choose_raters(std::vector<float>{0.0f, 0.5f, 1.0f}, true) == std::vector<std::size_t>{1, 2});
  CHECK(recycle_count(360).tokens == 109);
  CHECK(recycle_count(360).clusters == 11);
  CHECK(recycle_count(1).tokens == 1);
}

TEST_CASE("budgets are read and written", "[pruning]") {
  for (const char* text : {"published:192", "194", "9.4%", "100%", "rank*13.5+6", "300/200/110"})
    CHECK(to_string(parse_budget(text)) == text);
  CHECK(parse_budget("").kind == Budget::Kind::Default);
  CHECK(parse_budget("rank").value == 1.0);
  CHECK(parse_budget("9.4%").tokens(2056) == 193);
  CHECK(parse_budget("5000").tokens(2056) == 2056);
  CHECK(parse_budget("0.001%").tokens(2056) == 1);
  for (const char* text : {"0", "-1", "1.5", "x", "%", "101%", "0%", "nan", "rank*", "rank+x", "rank*-1",
                           "published:", "300/", "/3", "3//4", "3/x", "3/0", "3/-1", "3/1.5"})
    CHECK_THROWS_AS(parse_budget(text), Error);
}

TEST_CASE("a budget beyond its limits is refused with the limits", "[pruning]") {
  const auto expected = [](const std::string& text) {
    Budget budget{.kind = Budget::Kind::Count, .value = 7};
    const std::string what = read_budget(text, budget);
    CHECK(what.empty() == (budget.value != 7));
    return what;
  };
  for (const char* text : {"0.000001%", "100%", "1000000000", "rank*0.001", "rank*1000000+1000000000", "rank+0.5"})
    CHECK(expected(text).empty());
  for (const auto& [text, limit] : {std::pair{"250%", "100%"},
                                    {"1e-300%", "0.000001%"},
                                    {"1000000001", "from 1 to 1000000000"},
                                    {"1e300", "from 1 to 1000000000"},
                                    {"published:1e12", "from 1 to 1000000000"},
                                    {"rank*1e308+1e308", "0.001 to 1000000"},
                                    {"rank*1e18+5", "0.001 to 1000000"},
                                    {"rank*1e-9", "0.001 to 1000000"},
                                    {"rank*2+1e18", "plus 0 to 1000000000"},
                                    {"5/1e10", "from 1 to 1000000000"}}) {
    CHECK_THAT(expected(text), Catch::Contains(limit));
    CHECK_THROWS_WITH(parse_budget(text), Catch::Contains(text) && Catch::Contains(limit));
  }
  std::string many = "1";
  for (int i = 0; i < 5000; ++i) many += "/1";
  CHECK_THAT(expected(many), Catch::Contains("up to 1024"));
}

TEST_CASE("layers scale with the decoder's depth", "[pruning]") {
  const std::vector<std::size_t> published{2, 6, 15};
  CHECK(scale_layers(published, 32) == published);
  CHECK(scale_layers(published, 6) == std::vector<std::size_t>{1, 2, 3});
  CHECK(scale_layers(published, 4) == std::vector<std::size_t>{1, 2});
  CHECK(scale_layers(published, 2).empty());
  CHECK(scale_layers(std::vector<std::size_t>{2, 6, 15, 19}, 32) == std::vector<std::size_t>{2, 6, 15, 19});
  PruningOptions options;
  options.layers = {3, 3};
  CHECK_THROWS_AS(pruning_layers(options, published, 32), Error);
  options.layers = {32};
  CHECK_THROWS_AS(pruning_layers(options, published, 32), Error);
}

TEST_CASE("an unknown strategy or setting is named in the error", "[pruning]") {
  const PruningSetting setting{.layers = 32, .visual_tokens = 100, .layout = {}};
  CHECK_THROWS_WITH(make_strategy({.strategy = "sparsevlm", .budget = {}}, setting), Catch::Contains("sparsevlm-v1.5"));
  CHECK_THROWS_WITH(make_strategy({.strategy = "sparsevlm-v1.5", .budget = parse_budget("published:7")}, setting),
                    Catch::Contains("192, 128, 96 and 64"));
  CHECK(make_strategy({.strategy = "none", .budget = {}}, setting) == nullptr);
  CHECK(make_strategy({.strategy = "sparsevlm-plus", .budget = parse_budget("100%")}, setting) == nullptr);
}

TEST_CASE("counts by step are the published settings written out", "[pruning][engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(read_clip(demo_clip()));
  for (const auto& [strategy, budget, counts] :
       {std::tuple{"sparsevlm-v1.5", "published:192", "300/200/110"}, {"sparsevlm-plus", "published:64", "66/34/20"}}) {
    std::vector<std::shared_ptr<const Trace>> traces;
    for (const char* text : {budget, counts}) {
      PruningOptions options;
      options.strategy = strategy;
      options.budget = parse_budget(text);
      traces.push_back(engine
                           ->answer({.media = media,
                                     .system = {},
                                     .turns = {{"Which way does the star go?", ""}},
                                     .sampling = {},
                                     .max_new_tokens = 1,
                                     .pruning = options})
                           .trace);
    }
    REQUIRE(traces[0]->steps.size() == 3);
    REQUIRE(traces[1]->steps.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(traces[0]->steps[i].into == traces[1]->steps[i].into);
  }
  const PruningSetting setting{.layers = 32, .visual_tokens = 100, .layout = {}};
  for (const char* strategy : {"fastv", "random", "pyramiddrop"})
    CHECK_THROWS_WITH(make_strategy({.strategy = strategy, .budget = parse_budget("30/20")}, setting),
                      Catch::Contains("found 30/20"));
}

TEST_CASE("a manipulated trace is refused", "[pruning][trace]") {
  const TempDir temp;
  Trace trace;
  trace.visual_tokens = 3;
  trace.text_tokens = 1;
  TraceStep step;
  step.ids = {0, 1, 2};
  step.into = {0, -1, 3};
  step.out_ids = {0, 3};
  step.positions = {1, 2};
  trace.steps = {step};
  save_trace(trace, temp / "good");
  CHECK(load_trace(temp / "good").members(3) == std::vector<std::int32_t>{2});
  const auto refused = [&](auto&& damage) {
    Trace bad = trace;
    damage(bad);
    save_trace(bad, temp / "bad");
    CHECK_THROWS_AS(load_trace(temp / "bad"), Error);
  };
  refused([](Trace& t) { t.steps[0].into[0] = 7; });
  refused([](Trace& t) { t.steps[0].ids = {0, 1}; });
  refused([](Trace& t) { t.steps[0].positions.pop_back(); });
  refused([](Trace& t) { t.raters = {5}; });
  refused([](Trace& t) { t.decode_visual_keys = {3, 4}; });
  refused([](Trace& t) { t.steps[0].out_ids = {3, 3}; });
  refused([](Trace& t) { t.steps[0].text_attention = {0.5f, 0.25f}; });
  refused([](Trace& t) { t.text_tokens = 0, t.steps[0].text_attention = {0.5f, 0.25f, 0.25f}; });
  Trace attended = trace;
  attended.steps[0].text_attention = {0.5f, 0.25f, 0.125f};
  save_trace(attended, temp / "attended");
  CHECK(load_trace(temp / "attended") == attended);
  CHECK(trace_bytes(trace).find("text_attention") == std::string::npos);
  std::string bytes = read_file(temp / "good");
  // A trace of a version that did not count passes: without that array.
  std::string older = bytes;
  const std::size_t array = older.find(",\"decode_visual_keys\"");
  REQUIRE(array != std::string::npos);
  const std::size_t length = older.find('}', array) + 1 - array;
  older.replace(array, length, length, ' ');
  write_file(temp / "older", older);
  CHECK(load_trace(temp / "older") == trace);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(temp / "cut", bytes.substr(0, cut));
    CHECK_THROWS_AS(load_trace(temp / "cut"), Error);
  }
  CHECK_THROWS_AS(save_trace(trace, temp / "no/such/place"), Error);
}

}  // namespace sparsight::test
