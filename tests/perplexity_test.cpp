// What a model makes of a text, and what other weights make of an answer.
#include "core/measure/perplexity.h"

#include "core/measure/logit_change.h"
#include "core/model/llama.h"
#include "core/model/quantise.h"
#include "kernels/backends.h"
#include "tests/decoder_alone.h"
#include "tests/models.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

EngineOptions measured_model(const fs::path& model) { return {.model = model, .backend = cpu_backend({.threads = 2})}; }

LogitChange change_between(const fs::path& before, const fs::path& after, const std::string& question,
                           const fs::path& about) {
  const auto answer_of = [&](const fs::path& model) {
    return answer_to_compare(*Engine::load(measured_model(model)), question, about);
  };
  return logit_change(answer_of(before), answer_of(after));
}

}  // namespace

TEST_CASE("perplexity: each token is predicted from those before it", "[perplexity]") {
  const TempDir temp;
  DecoderAlone decoder;
  decoder.chat_template = "";
  decoder.write_gguf(temp / "plain.gguf");
  const auto engine = Engine::load(measured_model(temp / "plain.gguf"));
  std::string text = "Some words: ";
  while (text.size() < 500) text += "a word, another " + std::to_string(text.size() * 7919) + " word. ";
  text.pop_back();

  // The same from the first word of an answer to what comes before each token.
  const std::vector<float> found = engine->log_probabilities(text, 1000);
  const std::vector<std::int32_t> ids =
      engine->lay_out({.media = {}, .system = {}, .turns = {{text, ""}}, .sampling = {}}).ids;
  REQUIRE(found.size() + 1 == ids.size());
  REQUIRE(found.size() > 260);  // several pieces
  for (const std::size_t at : {std::size_t{1}, std::size_t{2}, std::size_t{127}, std::size_t{128}, std::size_t{129},
                               std::size_t{200}, ids.size() - 1}) {
    std::string before;
    const Tokenizer tokenizer = Tokenizer::open(temp / "plain.gguf");
    before = tokenizer.decode(std::span(ids).first(at));
    Question asked{.media = {}, .system = {}, .turns = {{before, ""}}, .sampling = {}, .max_new_tokens = 1};
    asked.first_logits = true;
    if (before.ends_with(' ')) continue;  // which a prompt would lose
    const Answer answer = engine->answer(asked);
    INFO(at);
    CHECK(found[at - 1] == Approx(answer.first_log_probs[static_cast<std::size_t>(ids[at])]).margin(1e-4));
  }
  double sum = 0;
  for (std::size_t i = 0; i < 99; ++i) sum += static_cast<double>(found[i]);
  const Perplexity hundred = perplexity(*engine, text, 100);
  CHECK(hundred.tokens == 99);
  CHECK(hundred.value == Approx(std::exp(-sum / 99)));
  CHECK_THROWS_WITH(engine->log_probabilities("", 10), Catch::Contains("at least two tokens"));

  write_file(temp / "text.txt", text);
  const Ran ran = run({SPARSIGHT_CLI, "perplexity", (temp / "text.txt").string(), "--tokens", "100", "--json",
                       "--model", (temp / "plain.gguf").string()});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(nlohmann::json::parse(ran.out).at("perplexity").get<double>() == Approx(hundred.value));

  write_file(temp / "latin.txt", "na\xEFve");
  const Ran latin = run({SPARSIGHT_CLI, "perplexity", (temp / "latin.txt").string()});
  CHECK(latin.exit_code == 2);
  CHECK_THAT(latin.err, Catch::Contains("expected a text in UTF-8"));
  // The demo model says itself what it knows.
  const Ran guesses = run({SPARSIGHT_CLI, "perplexity", (temp / "text.txt").string(), "--tokens", "10"});
  CHECK(guesses.exit_code == 0);
  CHECK_THAT(guesses.err, Catch::Contains("knows only"));
}

TEST_CASE("the change in logits is computed, and larger with fewer bits", "[quantise]") {
  const TempDir temp;
  const std::string question = "Which way does the star move?";
  const LogitChange none = change_between(demo_model(), demo_model(), question, demo_clip());
  CHECK(none.logits == 0.0);
  CHECK(none.divergence == 0.0);
  CHECK(none.words > 3);
  CHECK(none.same == none.words);
  std::vector<double> lost;
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const fs::path out = temp / (to == Quantisation::Int8 ? "int8" : "int4");
    static_cast<void>(quantise_checkpoint(demo_model(), to, out));
    const LogitChange change = change_between(demo_model(), out, question, demo_clip());
    CHECK(change.divergence >= 0);
    lost.push_back(change.logits);
  }
  CHECK(lost[0] > 0);
  CHECK(lost[0] < lost[1]);
  CHECK(lost[1] < 0.3);

  const Ran ran = run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int8", "--out",
                       (temp / "cli").string(), "--ask", question, "--about", demo_clip().string(), "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(nlohmann::json::parse(ran.out).at("change").at("logits").get<double>() == Approx(lost[0]));
  const Ran alone = run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int8", "--out",
                         (temp / "other").string(), "--about", demo_clip().string()});
  CHECK(alone.exit_code == 2);
  CHECK_THAT(alone.err, Catch::Contains("--about would be ignored"));
  // What cannot be asked is refused before anything is written.
  const Ran nothing = run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int8", "--out",
                           (temp / "third").string(), "--ask", question, "--about", (temp / "no.mp4").string()});
  CHECK(nothing.exit_code == 3);
  CHECK_FALSE(fs::exists(temp / "third"));
  CHECK_FALSE(fs::exists(temp / "third.part"));
}

TEST_CASE("quantise takes over no folder that is not its own", "[quantise]") {
  const TempDir temp;
  fs::copy(demo_model(), temp / "m.part");
  const auto refused = [&](const fs::path& model, const fs::path& out) {
    CHECK_THROWS_WITH(quantise_checkpoint(model, Quantisation::Int8, out), Catch::Contains("is in the way"));
  };
  const std::string weights = read_file(temp / "m.part/model.safetensors");
  refused(temp / "m.part", temp / "m");
  refused(demo_model(), temp / "m");
  CHECK(read_file(temp / "m.part/model.safetensors") == weights);
  fs::create_directories(temp / "u.part");
  write_file(temp / "u.part/errors", "the user's");
  refused(demo_model(), temp / "u");
  CHECK(read_file(temp / "u.part/errors") == "the user's");
  fs::create_directory_symlink(temp / "u.part", temp / "l.part");
  refused(demo_model(), temp / "l");
  // What a run that was killed at once leaves is no obstacle.
  fs::create_directories(temp / "k.part");
  write_file(temp / "k.part/lock", "");
  write_file(temp / "k.part/model.safetensors", "");
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int8, temp / "k"));
  CHECK(fs::exists(temp / "k/model.safetensors"));
}

TEST_CASE("a token without an embedding is refused, and a likelihood that is no number", "[perplexity]") {
  const TempDir temp;
  DecoderAlone decoder;
  decoder.chat_template = "";
  decoder.write_gguf(temp / "plain.gguf");
  const auto engine = Engine::load(measured_model(temp / "plain.gguf"));
  TextConfig text = engine->info().config.text;
  const auto last = static_cast<std::int32_t>(text.vocab) - 1;
  CHECK_NOTHROW(expect_in_vocabulary(std::vector<std::int32_t>{0, last}, text));
  for (const std::int32_t id : {-1, last + 1})
    CHECK_THROWS_WITH(expect_in_vocabulary(std::vector<std::int32_t>{0, id}, text), Catch::Contains("vocabulary ends"));
  // A long text whose beginning alone is asked for has the same tokens there.
  std::string words;
  while (words.size() < 40'000) words += "a word, b\u00e4\u00e4 another ";
  const std::vector<float> some = engine->log_probabilities(words, 50);
  CHECK(some == engine->log_probabilities(std::string_view(words).substr(0, 2'000), 50));
}

TEST_CASE("a GGUF file is quantised to a folder that is a model", "[quantise]") {
  const TempDir temp;
  const DecoderAlone decoder(GENERATE("llama", "qwen2"));
  INFO(decoder.architecture);
  decoder.write_gguf(temp / "x.gguf");
  const Question asked{.media = {}, .system = {}, .turns = {{"A word.", ""}}, .sampling = {}, .max_new_tokens = 4};
  const Answer expected = Engine::load(measured_model(temp / "x.gguf"))->answer(asked);
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const fs::path out = temp / (to == Quantisation::Int8 ? "int8" : "int4");
    const QuantiseResult result = quantise_checkpoint(temp / "x.gguf", to, out);
    // Matrices of 32 and 48 inputs: 48 is no whole number of blocks. The head is a copy of the tied embeddings.
    CHECK(result.tensors.size() == 2 * 7 + 1);
    for (const QuantisedTensor& tensor : result.tensors) {
      INFO(tensor.name);
      if (tensor.name.find("down_proj") != std::string::npos || tensor.name == kLmHead)
        CHECK(tensor.to == Quantisation::Int8);
    }
    const auto engine = Engine::load(measured_model(out));
    CHECK(engine->info().config.family == (decoder.architecture == "llama" ? &llama_smollm2() : &qwen2_text()));
    const Answer answer = engine->answer(asked);
    CHECK(answer.prompt_ids == expected.prompt_ids);
    if (to == Quantisation::Int8) CHECK(answer.generated_ids.front() == expected.generated_ids.front());
    CHECK(change_between(temp / "x.gguf", out, "A word.", {}).logits < (to == Quantisation::Int8 ? 0.05 : 0.4));
  }
}

}  // namespace sparsight::test
