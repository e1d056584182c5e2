// What a model's card says, and that the shipped model's card is true.
#include <catch2/catch.hpp>

#include "core/chat/store.h"
#include "core/engine.h"
#include "core/model/quantise.h"
#include "core/model_card.h"
#include "core/model_check.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <set>
#include <sstream>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kCard = R"({"name": "toy", "knows": {"en": "toys", "de": "Spielzeug"},
  "languages": ["en", "de"], "pruning": {"strategy": "fastv", "budget": "25%"}, "questions": ["What is it?"],
  "clips": [{"name": "a.mp4", "bytes": 3, "hash": "00112233445566778899aabbccddeeff", "questions": ["Which toy?"]}],
  "accuracy": {"on": "toys", "questions": 200,
               "right": {"none": {"100%": 180}, "fastv": {"50%": 170, "10%": 120, "": 160}, "random": {"10%": 90}}}})";

std::string refusal_of_card(const std::string& card) {
  try {
    (void)parse_model_card(card, "sparsight.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Model);
    return error.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("a card says what a model knows, how it is pruned and what was measured", "[card]") {
  const ModelCard card = parse_model_card(kCard, "sparsight.json");
  CHECK(card.name == "toy");
  CHECK(card.knows_only() == "toys");
  CHECK(card.knows_only("de") == "Spielzeug");
  CHECK(card.knows_only("fr") == "toys");
  CHECK(default_pruning(card) == CardPruning{"fastv", "25%"});
  CHECK(default_pruning(std::nullopt) == CardPruning{"none", ""});
  REQUIRE(card.clip("00112233445566778899aabbccddeeff") != nullptr);
  CHECK(card.clip("00112233445566778899aabbccddeeff")->questions == std::vector<std::string>{"Which toy?"});
  CHECK(card.clip("") == nullptr);
  const ModelCard bare = parse_model_card(R"({"name": "bare"})", "sparsight.json");
  CHECK(bare.knows_only().empty());
  CHECK(card.languages == std::vector<std::string>{"en", "de"});
  CHECK(bare.languages.empty());
  CHECK(default_pruning(bare) == CardPruning{"none", ""});
  CHECK_FALSE(bare.accuracy.has_value());
}

TEST_CASE("accuracy is known where it was measured, and between two measured budgets", "[card]") {
  const CardAccuracy accuracy = parse_model_card(kCard, "sparsight.json").accuracy.value();
  const auto at = [&](const char* strategy, const char* budget) {
    return accuracy_at(accuracy, strategy, parse_budget(budget), 1000);
  };
  for (const auto& [strategy, budget, right] : {std::tuple{"none", "", 0.9},
                                                {"none", "10%", 0.9},
                                                {"fastv", "50%", 0.85},
                                                {"fastv", "500", 0.85},
                                                {"fastv", "100", 0.6},
                                                {"fastv", "100%", 0.9},
                                                {"fastv", "1000", 0.9},
                                                {"fastv", "", 0.8},
                                                {"random", "10%", 0.45},
                                                {"visionzip", "100%", 0.9}}) {
    INFO(strategy << " " << budget);
    const auto found = at(strategy, budget);
    REQUIRE(found.has_value());
    CHECK(found->exact());
    CHECK(found->most == Approx(right));
  }
  const auto between = at("fastv", "25%");
  REQUIRE(between.has_value());
  CHECK_FALSE(between->exact());
  CHECK(between->least == Approx(0.6));
  CHECK(between->most == Approx(0.85));
  CHECK_FALSE(at("fastv", "5%").has_value());
  CHECK_FALSE(at("visionzip", "50%").has_value());
  CHECK_FALSE(at("sparsevlm-v1.5", "published:192").has_value());
}

TEST_CASE("an invalid card is refused, naming the wrong key", "[card]") {
  const auto with = [](const char* key, const json& value) {
    json card = json::parse(kCard);
    card[json::json_pointer(key)] = value;
    return refusal_of_card(card.dump());
  };
  CHECK_THAT(refusal_of_card("{"), Catch::Contains("not valid JSON"));
  CHECK_THAT(refusal_of_card("[]"), Catch::Contains("an object"));
  CHECK_THAT(refusal_of_card("{}"), Catch::Contains("name"));
  CHECK_THAT(with("/name", 7), Catch::Contains("name"));
  CHECK_THAT(with("/name", std::string(5000, 'x')), Catch::Contains("name") && Catch::Contains("5000"));
  CHECK_THAT(with("/knows", "toys"), Catch::Contains("knows"));
  CHECK_THAT(with("/knows", {{"de", "Spielzeug"}}), Catch::Contains("\"en\""));
  for (const auto& [budget, says] : {std::pair{json("much"), "much"},
                                     {json("rank*13.5+6"), "it has no rank"},
                                     {json("published:192"), "no published setting"},
                                     {json("250%"), "100%"},
                                     {json(3), "a string"}})
    CHECK_THAT(with("/pruning/budget", budget),
               Catch::StartsWith("sparsight.json: pruning.budget: ") && Catch::Contains(says));
  CHECK_THAT(with("/questions", json::array({1})), Catch::Contains("questions"));
  CHECK_THAT(with("/questions", json(std::vector<std::string>(2000, "?"))), Catch::Contains("questions"));
  CHECK_THAT(with("/languages", "en"), Catch::Contains("languages"));
  CHECK_THAT(with("/languages", json::array({""})), Catch::Contains("languages"));
  CHECK_THAT(with("/languages", json::array({std::string(36, 'x')})), Catch::Contains("languages"));
  CHECK_THAT(with("/clips/0/hash", "xyz"), Catch::Contains("hash"));
  CHECK_THAT(with("/clips/0/bytes", -1), Catch::Contains("bytes"));
  CHECK_THAT(with("/clips/0", 3), Catch::Contains("clips"));
  CHECK_THAT(with("/accuracy/questions", 0), Catch::Contains("accuracy.questions"));
  CHECK_THAT(with("/accuracy/right/fastv/50%", 201), Catch::Contains("accuracy.right.fastv.50%"));
  CHECK_THAT(with("/accuracy/right/fastv", 1), Catch::Contains("accuracy.right.fastv"));
}

TEST_CASE("a card with an unknown strategy gives a warning, and nothing is pruned", "[card]") {
  json card = json::parse(kCard);
  CHECK(parse_model_card(card.dump(), "x/sparsight.json").warnings.empty());
  card["pruning"] = {{"strategy", "hyper\nprune"}, {"budget", "of its own kind"}};
  const ModelCard later = parse_model_card(card.dump(), "x/sparsight.json");
  CHECK(default_pruning(later) == CardPruning{"none", ""});
  REQUIRE(later.warnings.size() == 1);
  CHECK_THAT(later.warnings[0], Catch::StartsWith("x/sparsight.json: pruning.strategy: ") &&
                                    Catch::Contains("\"hyper prune\"") && !Catch::Contains("\n"));
}

TEST_CASE("texts of a card are one line without control characters", "[card]") {
  json card = json::parse(kCard);
  const std::string hostile = "a\nwarning: b\r\x1b[31m\u009b5m\u202ec";
  card["name"] = hostile;
  card["knows"] = {{"en", hostile}};
  card["questions"] = {hostile};
  card["accuracy"]["on"] = hostile;
  const ModelCard read = parse_model_card(card.dump(), "sparsight.json");
  const std::string plain = "a warning: b  [31m 5m c";
  CHECK(read.name == plain);
  CHECK(read.knows_only() == plain);
  CHECK(read.questions == std::vector{plain});
  CHECK(read.accuracy.value().on == plain);
}

TEST_CASE("a model without a card has none; one with a broken card says so when it is checked", "[card]") {
  const TempDir temp;
  CHECK_FALSE(read_model_card(temp.path()).has_value());
  CHECK_FALSE(beyond_knowledge(std::nullopt, {}).has_value());
  fs::copy(demo_model(), temp / "model");
  CHECK(check_model(temp / "model", 8).problem.empty());
  write_file(temp / "model/sparsight.json", R"({"name": "x", "pruning": {"strategy": "fastv", "budget": "zz"}})");
  CHECK_THAT(check_model(temp / "model", 8).problem, Catch::Contains("sparsight.json: pruning.budget"));
  fs::remove(temp / "model/sparsight.json");
  const auto engine = Engine::load({.model = temp / "model", .backend = cpu_backend()});
  CHECK_FALSE(engine->info().card.has_value());
  CHECK(default_pruning(engine->info().card).strategy == "none");
}

TEST_CASE("a quantised copy has the card without what was measured with other weights", "[card][quantise]") {
  const TempDir temp;
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int8, temp / "int8"));
  const auto card = read_model_card(demo_model()), copy = read_model_card(temp / "int8");
  REQUIRE((card.has_value() && copy.has_value()));
  CHECK(card->accuracy.has_value());
  CHECK_FALSE(copy->accuracy.has_value());
  CHECK(copy->pruning == card->pruning);
  CHECK(copy->knows == card->knows);
  CHECK(copy->clips.size() == card->clips.size());
}

TEST_CASE("the demo model's card: its clips are those that ship, known by content wherever they are", "[card][demo]") {
  const auto card = read_model_card(demo_model());
  REQUIRE(card.has_value());
  std::set<std::string> named, shipped;
  for (const CardClip& clip : card->clips) {
    named.insert(clip.name);
    CHECK(content_hash(demo_clip(clip.name)) == clip.hash);
    CHECK(fs::file_size(demo_clip(clip.name)) == clip.bytes);
  }
  for (const auto& entry : fs::directory_iterator(source_dir() / "resources/clips"))
    if (entry.path().extension() == ".mp4") shipped.insert(entry.path().filename());
  CHECK(named == shipped);

  const TempDir temp;
  fs::copy(demo_clip(), temp / "holiday.mp4");
  CHECK_FALSE(beyond_knowledge(card, temp / "holiday.mp4").has_value());
  std::string other = read_file(demo_clip());
  other.back() = static_cast<char>(other.back() ^ 1);
  write_file(temp / "crossing.mp4", other);
  CHECK_THAT(beyond_knowledge(card, temp / "crossing.mp4").value_or(""), Catch::Contains("shapes"));
  CHECK_THAT(beyond_knowledge(card, {}).value_or(""), Catch::Contains("shapes"));
}

TEST_CASE("the demo model's card: the model gives the true answer to every question that it suggests", "[card][demo]") {
  std::map<std::pair<std::string, std::string>, std::string> truth;
  std::istringstream lines(read_file(source_dir() / "resources/clips/questions.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json row = json::parse(line);
    truth[{row["clip"], row["question"]}] = row["answer"];
  }
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  REQUIRE(engine->info().card.has_value());
  const ModelCard& card = *engine->info().card;
  const PruningOptions pruning{.strategy = card.pruning.strategy, .budget = parse_budget(card.pruning.budget)};
  CHECK(pruning.strategy != "none");
  for (const CardClip& clip : card.clips) {
    CHECK(clip.questions.size() >= 3);
    const auto media = engine->encode(read_clip(demo_clip(clip.name)));
    for (const std::string& question : clip.questions) {
      INFO(clip.name << ": " << question);
      REQUIRE(truth.contains({clip.name, question}));
      CHECK(ask(*engine, media, question, pruning).text == truth[{clip.name, question}]);
    }
  }
}

}  // namespace sparsight::test
