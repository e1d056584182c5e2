// One question under several settings, against the unpruned answer.
#include <catch2/catch.hpp>

#include "core/compare.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace sparsight::test {
namespace {

using nlohmann::json;

std::string clip() { return source_dir() / "resources/clips/crossing.mp4"; }

}  // namespace

TEST_CASE("the divergence of distributions", "[compare]") {
  const auto logs = [](std::vector<double> p) {
    std::vector<float> out;
    for (const double x : p) out.push_back(static_cast<float>(std::log(x)));
    return out;
  };
  CHECK(kl_divergence(logs({0.5, 0.5}), logs({0.5, 0.5})) == 0.0);
  CHECK(kl_divergence(logs({0.5, 0.5}), logs({0.25, 0.75})) == Approx(0.143841).margin(1e-6));
  CHECK(kl_divergence(logs({1, 0}), logs({0.5, 0.5})) == Approx(std::log(2.0)));
  CHECK(kl_divergence(logs({0.5, 0.5}), logs({1, 0})) == std::numeric_limits<double>::infinity());
}

TEST_CASE("nothing pruned agrees with itself to the bit; pruning saves what the trace says", "[compare]") {
  const auto engine = Engine::load({.model = source_dir() / "resources/models/sparsight-demo"});
  const Question question{.media = engine->encode(read_clip(clip())),
                          .system = {},
                          .turns = {{"Which way does the star go?", ""}},
                          .sampling = {},
                          .max_new_tokens = 32};
  PruningOptions none, pruned, impossible;
  pruned.strategy = impossible.strategy = "sparsevlm-v1.5";
  pruned.budget = parse_budget("5%");
  impossible.budget = parse_budget("published:7");
  const std::vector<PruningOptions> settings{none, pruned, impossible};
  const auto results = compare_settings(*engine, question, settings);
  REQUIRE(results.size() == 4);
  CHECK(results[0].budget == "100%");
  CHECK(results[1].kl == 0.0);
  CHECK(results[1].same_text);
  CHECK(results[1].saved_true == 0.0);
  CHECK(results[1].answer.reused_tokens == 0);
  CHECK(results[2].kl > 0.0);
  CHECK(results[2].answer.reused_tokens == 0);
  CHECK(results[2].saved_formula ==
        Approx(1 - results[2].answer.trace->flops_formula() / results[0].answer.trace->flops_formula()));
  CHECK(results[2].saved_true > 0.3);
  CHECK(results[2].total_ms + results[2].saved_ms == Approx(results[0].total_ms));
  CHECK_THAT(results[3].error, Catch::Contains("192"));

  double sum = 0;
  const auto& log_probs = results[0].answer.first_log_probs;
  REQUIRE(log_probs.size() == engine->info().config.text.vocab);
  for (const float p : log_probs) sum += std::exp(static_cast<double>(p));
  CHECK(sum == Approx(1.0).margin(1e-5));
  const auto first = static_cast<std::size_t>(results[0].answer.generated_ids[0]);
  CHECK(*std::max_element(log_probs.begin(), log_probs.end()) == log_probs[first]);
  CHECK(engine->answer(question).first_log_probs.empty());

  Question blind = question;
  blind.media = nullptr;
  CHECK_THROWS_AS(compare_settings(*engine, blind, settings), Error);
}

TEST_CASE("compare prints a table, and JSON", "[compare][cli]") {
  const Ran plain = run({SPARSIGHT_CLI, "compare", clip(), "Which way does the star go?", "--prune",
                         "none,sparsevlm-v1.5", "--budget", "25%"});
  INFO(plain.err);
  REQUIRE(plain.exit_code == 0);
  CHECK_THAT(plain.out, Catch::Contains("2056 visual tokens"));
  CHECK_THAT(plain.out, Catch::Contains("strategy") && Catch::Contains("KL") && Catch::Contains("true saved"));
  CHECK_THAT(plain.out, Catch::Contains("The star moves left."));
  CHECK_THAT(plain.out, Catch::Contains("\nnone            100%    yes        0  "));

  const Ran ran = run({SPARSIGHT_CLI, "compare", clip(), "Which way does the star go?", "--prune",
                       "none,sparsevlm-v1.5", "--budget", "25%,5%", "--json"});
  REQUIRE(ran.exit_code == 0);
  const json out = json::parse(ran.out);
  REQUIRE(out["settings"].size() == 4);
  for (const std::size_t same : {0U, 1U}) {
    CHECK(out["settings"][same]["kl_first_token"] == 0.0);
    CHECK(out["settings"][same]["same_text"] == true);
  }
  CHECK(out["settings"][3]["strategy"] == "sparsevlm-v1.5");
  CHECK(out["settings"][3]["budget"] == "5%");
  CHECK(out["settings"][3]["flops_saved_true"].get<double>() > out["settings"][2]["flops_saved_true"].get<double>());
  CHECK(out["settings"][3]["result"]["pruning"]["steps"].size() >= 1);
  CHECK(out["settings"][0]["result"]["timings_ms"]["prefill"].get<double>() > 0);

  CHECK(run({SPARSIGHT_CLI, "compare", clip(), "What?", "--prune", "nonsense"}).exit_code == 2);
  CHECK(run({SPARSIGHT_CLI, "compare", clip(), "What?"}).exit_code == 2);
}

}  // namespace sparsight::test
