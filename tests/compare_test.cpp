// One question under several settings, compared with the unpruned answer.
#include <catch2/catch.hpp>

#include "core/measure/compare.h"
#include "core/media/video.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <limits>

namespace sparsight::test {
namespace {

using nlohmann::json;

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

TEST_CASE("the unpruned answer equals itself to the bit; pruning saves what the trace says", "[compare]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const Question question{.media = engine->encode(read_clip(demo_clip())),
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
  // Each trace itself has what its pruning saves.
  CHECK(results[0].answer.trace->flops_saved() == 0);
  CHECK(results[2].answer.trace->flops_saved() == Approx(results[2].saved_true));
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
  const Ran plain = run({SPARSIGHT_CLI, "compare", demo_clip(), "Which way does the star go?", "--prune",
                         "none,sparsevlm-v1.5", "--budget", "25%"});
  INFO(plain.err);
  REQUIRE(plain.exit_code == 0);
  CHECK_THAT(plain.out, Catch::Contains("2056 visual tokens"));
  CHECK_THAT(plain.out, Catch::Contains("strategy") && Catch::Contains("KL") &&
                            Catch::Contains("after first pruning") && Catch::Contains("FLOPs saved (formula)") &&
                            Catch::Contains("FLOPs saved (counted)"));
  CHECK_THAT(plain.out, Catch::Contains("The star moves left."));
  CHECK_THAT(plain.out, Catch::Matches("[^]*\nnone +100% +yes +0  [^]*"));

  const Ran ran = run({SPARSIGHT_CLI, "compare", demo_clip(), "Which way does the star go?", "--prune",
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

  CHECK(run({SPARSIGHT_CLI, "compare", demo_clip(), "What?", "--prune", "nonsense"}).exit_code == 2);
  CHECK(run({SPARSIGHT_CLI, "compare", demo_clip(), "What?"}).exit_code == 2);
}

TEST_CASE("compare --out writes a picture of every setting and a page that shows texts as they are", "[compare][cli]") {
  const TempDir temp;
  const std::filesystem::path out = temp / "compared";
  const std::vector<std::string> command{SPARSIGHT_CLI, "compare",
                                         demo_clip(),   "<script>alert(1)</script> & which?",
                                         "--prune",     "sparsevlm-v1.5",
                                         "--budget",    "5%,published:7",
                                         "--out",       out};
  const Ran ran = run(command);
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const std::string page = read_file(out / "index.html");
  CHECK(page.find("<script") == std::string::npos);
  CHECK_THAT(page, Catch::Contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; which?"));
  CHECK_THAT(page, Catch::Contains("src=\"compare.png\"") && !Catch::Contains("http"));
  CHECK_THAT(page, Catch::Contains("published settings are 192") && Catch::Contains("<th>after first pruning</th>"));
  CHECK(json::parse(read_file(out / "compare.json"))["settings"].size() == 3);
  CHECK(json::parse(read_file(out / "written.json"))["files"].size() == 3);

  // Two rows of frames: unchanged, and darker where tokens were dropped.
  const Clip picture = read_clip(out / "compare.png");
  const RgbImage& image = *picture.frames[0].image;
  const auto brightness = [&](int from, int to) {
    double sum = 0;
    const auto row = static_cast<std::size_t>(image.width) * 3;
    for (std::size_t i = static_cast<std::size_t>(from) * row; i < static_cast<std::size_t>(to) * row; ++i)
      sum += image.pixels[i];
    return sum;
  };
  CHECK(image.width > 8 * 200);
  CHECK(image.height > 2 * 216);
  constexpr int kHead = 72, kRow = 46 + 216 + 18;
  CHECK(brightness(kHead + 46, kHead + 46 + 216) > 1.1 * brightness(kHead + kRow + 46, kHead + kRow + 46 + 216));

  CHECK(run(command).exit_code == 0);  // it may replace its own files
  std::filesystem::create_directory(temp / "mine");
  write_file(temp / "mine/index.html", "a page of somebody's");
  std::vector<std::string> into_mine = command;
  into_mine.back() = temp / "mine";
  CHECK(run(into_mine).exit_code != 0);
  CHECK(read_file(temp / "mine/index.html") == "a page of somebody's");
}

}  // namespace sparsight::test
