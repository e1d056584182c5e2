// The parts of SparseVLM where the goldens do not reach: plain references, awkward input, budgets, layers, traces.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/pruning/clustering.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/sparsevlm.h"
#include "core/trace.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

namespace sparsight::test {
namespace {

Tensor random_states(std::size_t rows, std::size_t cols, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor t(Shape{rows, cols});
  for (std::size_t i = 0; i < rows * cols; ++i) t.f32()[i] = normal(random);
  return t;
}

// Section 1.6, token by token in double precision.
std::vector<std::vector<std::size_t>> reference_clusters(const Tensor& x, std::size_t count) {
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

std::filesystem::path demo_model() { return source_dir() / "resources/models/sparsight-demo"; }

Answer ask(Engine& engine, std::shared_ptr<const EncodedMedia> media, const std::string& text,
           const PruningOptions& pruning) {
  return engine.answer({.media = std::move(media),
                        .system = {},
                        .turns = {{text, ""}},
                        .sampling = {},
                        .max_new_tokens = 24,
                        .pruning = pruning});
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
  for (const auto& [rows, cols, rank] : {std::tuple{5, 40, 3}, {40, 5, 2}, {6, 6, 6}, {1, 9, 1}, {12, 2000, 7}}) {
    const auto m = static_cast<std::size_t>(rows), n = static_cast<std::size_t>(cols),
               r = static_cast<std::size_t>(rank);
    const Tensor a = random_states(m, r, 1), b = random_states(r, n, 2);
    Tensor product = Tensor::zeros(Shape{m, n});
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < r; ++k) sum += static_cast<double>(a.row(i)[k]) * static_cast<double>(b.row(k)[j]);
        product.row(i)[j] = static_cast<float>(sum);
      }
    CAPTURE(rows, cols);
    CHECK(matrix_rank(product) == r);
  }
  CHECK(matrix_rank(Tensor::zeros(Shape{3, 4})) == 0);
  // A direction just above the tolerance counts, one just below does not: max(m, n) * 2^-23.
  for (const float factor : {2.0f, 0.5f}) {
    Tensor diagonal = Tensor::zeros(Shape{2, 100});
    diagonal.row(0)[0] = 1;
    diagonal.row(1)[1] = 100 * std::numeric_limits<float>::epsilon() * factor;
    CHECK(matrix_rank(diagonal) == (factor > 1 ? 2u : 1u));
  }
}

TEST_CASE("clusters are those of the plain definition", "[pruning]") {
  const auto backend = make_cpu_backend(2);
  for (const auto& [n, count] : {std::pair<std::size_t, std::size_t>{1, 1}, {2, 1}, {11, 3}, {40, 5}, {120, 13}}) {
    for (unsigned seed = 0; seed < 5; ++seed) {
      CAPTURE(n, count, seed);
      const Tensor x = random_states(n, 24, seed);
      const Clusters clusters = cluster(x, count, count, *backend);
      std::vector<std::vector<std::size_t>> members(count);
      for (std::size_t i = 0; i < n; ++i) members[clusters.of[i]].push_back(i);
      std::sort(members.begin(), members.end());
      CHECK(members == reference_clusters(x, count));
    }
  }
  // All alike: every centre is a token of its own cluster, whatever else.
  Tensor same(Shape{9, 4});
  std::fill_n(same.f32(), 36, 2.5f);
  const Clusters clusters = cluster(same, 3, 3, *backend);
  for (std::size_t c = 0; c < 3; ++c) CHECK(clusters.of[clusters.centres[c]] == c);
  CHECK(cluster_means(same, clusters).row(0)[0] == Approx(2.5));
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
  for (const char* text : {"published:192", "194", "9.4%", "100%", "rank*13.5+6"})
    CHECK(to_string(parse_budget(text)) == text);
  CHECK(parse_budget("").kind == Budget::Kind::Default);
  CHECK(parse_budget("rank").value == 1.0);
  CHECK(parse_budget("9.4%").tokens(2056) == 193);
  CHECK(parse_budget("5000").tokens(2056) == 2056);
  CHECK(parse_budget("0.001%").tokens(2056) == 1);
  for (const char* text : {"0", "-1", "1.5", "x", "%", "101%", "0%", "nan", "rank*", "rank+x", "rank*-1", "published:"})
    CHECK_THROWS_AS(parse_budget(text), Error);
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

TEST_CASE("a strategy or setting that is not there is named", "[pruning]") {
  const PruningSetting setting{.layers = 32, .visual_tokens = 100, .layout = {}};
  CHECK_THROWS_WITH(make_strategy({.strategy = "sparsevlm", .budget = {}}, setting), Catch::Contains("sparsevlm-v1.5"));
  CHECK_THROWS_WITH(make_strategy({.strategy = "sparsevlm-v1.5", .budget = parse_budget("published:7")}, setting),
                    Catch::Contains("192, 128, 96 and 64"));
  CHECK(make_strategy({.strategy = "none", .budget = {}}, setting) == nullptr);
  CHECK(make_strategy({.strategy = "sparsevlm-plus", .budget = parse_budget("100%")}, setting) == nullptr);
}

TEST_CASE("a trace holds what happened, and survives being saved", "[pruning][trace]") {
  const auto engine = Engine::load({.model = demo_model()});
  const auto media = engine->encode(read_clip(source_dir() / "resources/clips/crossing.mp4"));
  const TempDir temp;
  for (const char* strategy : {"none", "sparsevlm-first", "sparsevlm-v1.5", "sparsevlm-plus", "sparsevlm-video"}) {
    INFO(strategy);
    std::size_t reports = 0;
    PruningOptions options;
    options.strategy = strategy;
    Question question{.media = media,
                      .system = {},
                      .turns = {{"Which way does the star go?", ""}},
                      .sampling = {},
                      .max_new_tokens = 8,
                      .pruning = options,
                      .on_trace = [&](const Trace& trace) { CHECK(trace.layers.size() == ++reports); }};
    const Answer answer = engine->answer(question);
    REQUIRE(answer.trace);
    const Trace& trace = *answer.trace;
    CHECK(reports == 6);
    CHECK(trace.strategy == strategy);
    CHECK(trace.visual_tokens == 2056);
    CHECK(trace.layout.frames == 8);
    CHECK(trace.text.size() == trace.text_tokens);
    std::size_t left = trace.visual_tokens;
    for (const TraceStep& step : trace.steps) {
      CHECK(step.ids.size() == left);
      CHECK(step.kept() + step.recycled() + step.dropped() == left);
      CHECK(step.scores.size() == left);
      CHECK(step.positions.size() == step.out_ids.size());
      CHECK(std::ranges::is_sorted(step.positions));
      const std::size_t kept = step.kept();
      CHECK(std::is_sorted(step.out_ids.begin(), step.out_ids.begin() + static_cast<std::ptrdiff_t>(kept)));
      if (std::string(strategy) != "sparsevlm-plus") {
        for (std::size_t i = 0; i < step.positions.size(); ++i)
          CHECK(step.positions[i] == static_cast<std::int32_t>(trace.visual_begin + i));
      }
      left = step.out_ids.size();
    }
    if (!trace.steps.empty()) {
      CHECK(trace.layers.back().visual_in == left);
      // Every original token of a merged one was recycled, and no token is a member of two.
      std::vector<int> owners(trace.visual_tokens, 0);
      for (const std::int32_t id : trace.steps.back().out_ids)
        for (const std::int32_t member : trace.members(id)) ++owners[static_cast<std::size_t>(member)];
      CHECK(*std::max_element(owners.begin(), owners.end()) == 1);
    }
    save_trace(trace, temp / "a.trace");
    const Trace back = load_trace(temp / "a.trace");
    save_trace(back, temp / "b.trace");
    CHECK(read_file(temp / "a.trace") == read_file(temp / "b.trace"));
    CHECK(back.steps.size() == trace.steps.size());
    CHECK(back.text == trace.text);
    CHECK(back.equivalent_by_input() == trace.equivalent_by_input());
  }
}

TEST_CASE("a trace that was tampered with is refused", "[pruning][trace]") {
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
  const auto refused = [&](auto&& spoil) {
    Trace bad = trace;
    spoil(bad);
    save_trace(bad, temp / "bad");
    CHECK_THROWS_AS(load_trace(temp / "bad"), Error);
  };
  refused([](Trace& t) { t.steps[0].into[0] = 7; });
  refused([](Trace& t) { t.steps[0].ids = {0, 1}; });
  refused([](Trace& t) { t.steps[0].positions.pop_back(); });
  refused([](Trace& t) { t.raters = {5}; });
  refused([](Trace& t) { t.steps[0].out_ids = {3, 3}; });
  std::string bytes = read_file(temp / "good");
  for (const std::size_t cut : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(temp / "cut", bytes.substr(0, cut));
    CHECK_THROWS_AS(load_trace(temp / "cut"), Error);
  }
  CHECK_THROWS_AS(save_trace(trace, temp / "no/such/place"), Error);
}

TEST_CASE("a pruned follow-up goes on behind the first pruning layer, and answers as a fresh one",
          "[pruning][engine]") {
  const auto engine = Engine::load({.model = demo_model()});
  const auto media = engine->encode(read_clip(source_dir() / "resources/clips/crossing.mp4"));
  for (const char* strategy : {"sparsevlm-v1.5", "sparsevlm-plus", "sparsevlm-first", "sparsevlm-video"}) {
    INFO(strategy);
    PruningOptions options;
    options.strategy = strategy;
    (void)ask(*engine, media, "How many objects are there?", options);
    const Answer second = ask(*engine, media, "Which color does the star have?", options);
    CHECK(second.reused_tokens >= 2056);
    const auto fresh = Engine::load({.model = demo_model()});
    const auto again = fresh->encode(read_clip(source_dir() / "resources/clips/crossing.mp4"));
    const Answer alone = ask(*fresh, again, "Which color does the star have?", options);
    CHECK(alone.reused_tokens == 0);
    CHECK(alone.generated_ids == second.generated_ids);
    REQUIRE(alone.trace->steps.size() == second.trace->steps.size());
    for (std::size_t i = 0; i < alone.trace->steps.size(); ++i)
      CHECK(alone.trace->steps[i].into == second.trace->steps[i].into);
    // Back to all tokens: nothing of the pruned cache may leak.
    const Answer dense = ask(*engine, media, "Which color does the star have?", {});
    CHECK(dense.reused_tokens == 0);
    CHECK(dense.text == "The star is red.");
  }
}

TEST_CASE("counts and shares are met behind the first pruning layer", "[pruning][engine]") {
  const auto engine = Engine::load({.model = demo_model()});
  const auto media = engine->encode(read_clip(source_dir() / "resources/clips/crossing.mp4"));
  for (const char* strategy : {"sparsevlm-first", "sparsevlm-v1.5", "sparsevlm-plus", "sparsevlm-video"}) {
    for (const char* budget : {"50%", "25%", "9.4%", "5%", "2%"}) {
      CAPTURE(strategy, budget);
      PruningOptions options;
      options.strategy = strategy;
      options.budget = parse_budget(budget);
      const Answer answer = ask(*engine, media, "Which way does the star go?", options);
      const auto& layers = answer.trace->layers;
      const auto first = static_cast<std::size_t>(answer.trace->steps.front().layer);
      double mean = 0;
      for (std::size_t i = first + 1; i < layers.size(); ++i) mean += static_cast<double>(layers[i].visual_in);
      mean /= static_cast<double>(layers.size() - first - 1);
      CHECK(mean == Approx(static_cast<double>(options.budget.tokens(2056))).margin(2.0));
    }
  }
  PruningOptions everything;
  everything.strategy = "sparsevlm-v1.5";
  everything.budget = parse_budget("100%");
  CHECK(ask(*engine, media, "What happens in the video?", everything).generated_ids ==
        ask(*engine, media, "What happens in the video?", {}).generated_ids);
}

TEST_CASE("pruning is the same for any number of threads", "[pruning][engine]") {
  std::vector<std::shared_ptr<const Trace>> traces;
  for (const std::size_t threads : {1, 2}) {
    const auto engine = Engine::load({.model = demo_model(), .threads = threads});
    PruningOptions options;
    options.strategy = "sparsevlm-v1.5";
    traces.push_back(
        ask(*engine, engine->encode(read_clip(source_dir() / "resources/clips/trio.mp4")), "What do you see?", options)
            .trace);
  }
  REQUIRE(traces[0]->steps.size() == traces[1]->steps.size());
  for (std::size_t i = 0; i < traces[0]->steps.size(); ++i) {
    CHECK(traces[0]->steps[i].into == traces[1]->steps[i].into);
    CHECK(traces[0]->steps[i].scores == traces[1]->steps[i].scores);
  }
}

}  // namespace sparsight::test
