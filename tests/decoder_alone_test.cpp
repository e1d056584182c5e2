// Decoders alone: from a folder or a GGUF file they answer text, and refuse a video.
#include "core/model/families/decoder_alone.h"
#include "core/answer_notes.h"
#include "core/engine.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"
#include "core/model/model_identity.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model_check.h"
#include "kernels/backends.h"
#include "tests/decoder_alone.h"
#include "tests/models.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using nlohmann::json;

Question text_question(const std::string& text) {
  Question out{.media = nullptr, .system = {}, .turns = {{text, ""}}, .sampling = {}, .max_new_tokens = 12};
  out.first_logits = true;
  return out;
}

std::unique_ptr<Engine> text_engine(const fs::path& model) {
  return Engine::load({.model = model, .backend = cpu_backend({.threads = 2})});
}

}  // namespace

TEST_CASE("a decoder alone answers the same from a folder, a GGUF file and a folder with one", "[decoder-alone]") {
  const TempDir temp;
  const DecoderAlone decoder(GENERATE("llama", "qwen2"));
  INFO(decoder.architecture);
  decoder.write_folder(temp / "folder");
  decoder.write_gguf(temp / "file.gguf");
  fs::create_directory(temp / "one");
  decoder.write_gguf(temp / "one" / "any-name.gguf");

  const auto from_folder = text_engine(temp / "folder");
  const Answer expected = from_folder->answer(text_question("A word."));
  CHECK_FALSE(expected.generated_ids.empty());
  CHECK_FALSE(expected.first_log_probs.empty());
  CHECK(expected.visual_tokens == 0);
  CHECK_FALSE(expected.could_see);
  CHECK(std::ranges::count(notes_of(expected), AnswerNote::NoVideo) == 0);
  for (const fs::path& model : {temp / "file.gguf", temp / "one"}) {
    INFO(model);
    const auto engine = text_engine(model);
    const Answer answer = engine->answer(text_question("A word."));
    CHECK(answer.prompt_ids == expected.prompt_ids);
    CHECK(answer.generated_ids == expected.generated_ids);
    CHECK(answer.first_log_probs == expected.first_log_probs);
    CHECK(answer.text == expected.text);
    const ModelConfig &got = engine->info().config, &wanted = from_folder->info().config;
    CHECK(got.family == wanted.family);
    CHECK(got.eos == wanted.eos);
    CHECK(got.text.vocab == wanted.text.vocab);
    CHECK(got.text.rope.theta == wanted.text.rope.theta);
    CHECK(engine->info().parameters == from_folder->info().parameters);
    CHECK(check_model(model, 8).problem.empty());
    CHECK(check_model(model, 8).memory_bytes > engine->info().weight_bytes);
    CHECK_FALSE(engine->model_hash().empty());
  }
  // Of a second turn, the first is not computed again.
  Question more = text_question("A word.");
  more.turns = {{"A word.", "One."}, {"And another?", ""}};
  const Answer second = from_folder->answer(more);
  CHECK(second.prompt_tokens > expected.prompt_tokens);
  CHECK(second.reused_tokens > 0);
}

TEST_CASE("a decoder alone says what it lacks when it is asked about a video", "[decoder-alone]") {
  const TempDir temp;
  DecoderAlone().write_gguf(temp / "text.gguf");
  const auto engine = text_engine(temp / "text.gguf");
  CHECK_THROWS_WITH(engine->open(demo_clip()), Contains("text.gguf: this model has no vision tower"));
  CHECK_THROWS_WITH(engine->encode(read_clip(demo_clip(), {.count = 1})), Contains("no vision tower"));
  CHECK_THROWS_WITH(engine->most_frames(text_question("What?")), Contains("no vision tower"));
  CHECK_FALSE(engine->answer(text_question("A word.")).generated_ids.empty());

  const auto cli = [&](std::vector<std::string> words) {
    words.insert(words.begin(), SPARSIGHT_CLI);
    words.insert(words.end(), {"--model", (temp / "text.gguf").string(), "--threads", "2"});
    return run(words);
  };
  const Ran seen = cli({"ask", demo_clip().string(), "What is there?"});
  CHECK(seen.exit_code == 2);
  CHECK_THAT(seen.err, Contains("it takes text only"));
  const Ran asked = cli({"ask", "--text", "A word.", "--max-new-tokens", "5", "--json"});
  INFO(asked.err);
  REQUIRE(asked.exit_code == 0);
  CHECK(json::parse(asked.out).at("generated_ids").size() <= 5);
  const Ran info = cli({"info"});
  CHECK(info.exit_code == 0);
  CHECK_THAT(info.out, Contains("none: it takes text only"));
  CHECK(json::parse(cli({"info", "--json"}).out).at("model").at("towers").is_null());

  for (const std::vector<std::string>& more : {std::vector<std::string>{"--no-video"}, {demo_clip().string()}}) {
    std::vector<std::string> words{"ask", "--text", "What?"};
    words.insert(words.end(), more.begin(), more.end());
    const Ran both = cli(words);
    CHECK(both.exit_code == 2);
    CHECK_THAT(both.err, Contains("--text: expected it alone"));
  }
  const Ran ignored = cli({"ask", "--text", "What?", "--frames", "4"});
  CHECK(ignored.exit_code == 2);
  CHECK_THAT(ignored.err, Contains("--frames would be ignored: with --text there is no video"));
  CHECK_THAT(cli({"ask"}).err, Contains("VIDEO: expected a file, or a question with --text"));
}

TEST_CASE("the prompt of a decoder alone is the one of its chat template", "[decoder-alone]") {
  const TempDir temp;
  DecoderAlone decoder;
  const auto prompt = [&](const char* system) {
    decoder.write_gguf(temp / "x.gguf");
    const ModelConfig config = read_config(temp / "x.gguf");
    return render({.system = system, .turns = {{"One?", "1"}, {"Two?", ""}}}, *config.family);
  };
  CHECK(prompt("") ==
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n1<|im_end|>\n"
        "<|im_start|>user\nTwo?<|im_end|>\n<|im_start|>assistant\n");
  CHECK_THAT(prompt("Be short."), Catch::StartsWith("<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nOne?"));
  decoder.chat_template = llama_chatml().chat_template;
  CHECK_THAT(prompt(""), Catch::StartsWith("<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n1<|im_end|>"));
  decoder.chat_template = "";
  CHECK(prompt("") == "One?1\nTwo?");
  decoder.chat_template = "{{ messages }}";
  CHECK_THROWS_WITH(prompt(""),
                    Contains("x.gguf: the chat template of this model is not known here") && Contains("SmolLM2"));

  // In a folder: the newer file of its own, or a list with names.
  decoder.chat_template = llama_smollm2().chat_template;
  decoder.write_folder(temp / "folder");
  CHECK(read_config(temp / "folder").family == &llama_smollm2());
  write_file(temp / "folder" / "tokenizer_config.json",
             json{{"chat_template",
                   {{{"name", "tools"}, {"template", "x"}},
                    {{"name", "default"}, {"template", llama_chatml().chat_template}}}}}
                 .dump());
  CHECK(read_config(temp / "folder").family == &llama_chatml());
  write_file(temp / "folder" / "chat_template.jinja", std::string(llama_smollm2().chat_template) + "\n");
  CHECK(read_config(temp / "folder").family == &llama_smollm2());
  write_file(temp / "folder" / "chat_template.jinja", "{{ other }}");
  CHECK_THROWS_WITH(read_config(temp / "folder"), Contains("config.json: the chat template of this model"));
}

TEST_CASE("the prompts of Qwen2 and Qwen2.5 alone", "[decoder-alone]") {
  const TempDir temp;
  DecoderAlone decoder("qwen2");
  const auto prompt = [&](const char* system) {
    decoder.write_gguf(temp / "x.gguf");
    decoder.write_folder(temp / "folder");
    const ModelConfig config = read_config(temp / "x.gguf");
    CHECK(read_config(temp / "folder").family == config.family);
    return render({.system = system, .turns = {{"One?", "1"}, {"Two?", ""}}}, *config.family);
  };
  const std::string turns =
      "<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n1<|im_end|>\n"
      "<|im_start|>user\nTwo?<|im_end|>\n<|im_start|>assistant\n";
  const std::string helpful = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n" + turns;
  const std::string qwen =
      "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n" + turns;
  CHECK(prompt("") == helpful);
  CHECK(prompt("Be short.") == "<|im_start|>system\nBe short.<|im_end|>\n" + turns);
  // Qwen2.5's, of which files have two spellings of the text about tools; with another system text it is Qwen2's.
  const std::string published = read_file(source_dir() / "tests/data/qwen2.5-template.jinja");
  const auto with = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = decoder.chat_template.find(from, at)) != std::string::npos; at += to.size())
      decoder.chat_template.replace(at, from.size(), to);
    return prompt("");
  };
  decoder.chat_template = published;
  CHECK(prompt("") == qwen);
  CHECK(with("You are Qwen, created by Alibaba Cloud. ", "") == helpful);
  CHECK(with(R"({\"name\": <function-name>, \"arguments\": <args-json-object>})",
             R"({{\"name\": <function-name>, \"arguments\": <args-json-object>}})") == helpful);
  CHECK(with("You are a helpful", "You are Qwen, created by Alibaba Cloud. You are a helpful") == qwen);
  CHECK_THROWS_WITH(
      with("\"user\"", "\"person\""),
      Contains("x.gguf: the chat template of this model is not known here") && Contains("Qwen2ForCausalLM"));
  decoder.chat_template = qwen2_chatml().chat_template;
  CHECK(prompt("") == turns);
  decoder.chat_template = "";
  CHECK(prompt("") == "One?1\nTwo?");
}

TEST_CASE("what a folder of Qwen2 alone may not say", "[decoder-alone]") {
  const auto config = [](const json& more) {
    json out{{"model_type", "qwen2"}, {"hidden_size", 64}, {"num_attention_heads", 4}, {"num_key_value_heads", 2}};
    out.update(more);
    return parse_config(out.dump(), "", "config.json");
  };
  const ModelConfig plain = config(json::object());
  CHECK(plain.text.attention_bias);
  CHECK_FALSE(plain.text.output_bias);
  CHECK(plain.text.vocab == 151936);
  CHECK(plain.eos == std::vector<std::int32_t>{151645});
  CHECK_FALSE(config({{"attention_bias", true}}).text.output_bias);
  CHECK_THROWS_WITH(config({{"use_sliding_window", true}, {"num_hidden_layers", 29}}), Contains("sliding window"));
  CHECK_NOTHROW(config({{"use_sliding_window", true}, {"num_hidden_layers", 28}}));
  CHECK_THROWS_WITH(config({{"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}}}), Contains("\"yarn\""));
  CHECK_THROWS_WITH(config({{"num_key_value_heads", 3}}), Contains("a divisor"));
}

TEST_CASE("GGUF files beside each other, and what is none", "[decoder-alone]") {
  const TempDir temp;
  const DecoderAlone decoder;
  decoder.write_gguf(temp / "model-Q8.gguf");
  write_file(temp / "mmproj-model.gguf", "x");
  CHECK(decoder_gguf(temp.path()) == temp / "model-Q8.gguf");
  decoder.write_gguf(temp / "model-Q4.gguf");
  CHECK(decoder_gguf(temp.path()) == std::nullopt);
  CHECK_THROWS_WITH(check_model_folder(temp.path()), Contains("found the GGUF files") && Contains("model-Q4.gguf"));
  CHECK_NOTHROW(check_model_folder(temp / "model-Q4.gguf"));
  write_file(temp / "other.gguf", "nothing");
  CHECK_THROWS_WITH(text_engine(temp / "other.gguf"), Contains("expected a GGUF file"));
  CHECK_THAT(check_model(temp / "other.gguf", 8).problem, Contains("expected a GGUF file"));
}

TEST_CASE("the tokenizer in a GGUF file is the one that it was made from", "[decoder-alone][golden-tokenizers]") {
  const fs::path tokenizers = shared_dir() / "tokenizers";
  if (!fs::exists(tokenizers)) return skip("no tokenizers in ../shared");
  for (const auto& [name, split] : {std::pair("smollm", "smollm"), {"qwen", "qwen2"}}) {
    INFO(name);
    const json file = json::parse(read_file(tokenizers / name / "tokenizer.json"));
    const GgufWriter writer = gguf_of_tokenizer(file, split);
    const std::string content = writer.str();
    const Tokenizer tokenizer =
        Tokenizer::from_texts(gguf_tokenizer_texts(parse_gguf(std::as_bytes(std::span(content)), "x.gguf")), "x.gguf");
    const json expected = json::parse(read_file(tokenizers / name / "expected.json"));
    for (const json& row : expected.at("rows")) {
      const std::string text = row.at("text");
      const auto ids = row.at("ids").get<std::vector<std::int32_t>>();
      INFO(text);
      CHECK(tokenizer.encode(text) == ids);
      if (row.contains("decoded")) CHECK(tokenizer.decode(ids) == row.at("decoded").get<std::string>());
    }
  }
}

TEST_CASE("a SentencePiece tokenizer in a GGUF file", "[decoder-alone]") {
  const Tokenizer expected = Tokenizer::from_texts({.model = read_file(demo_model() / "tokenizer.model"),
                                                    .tokenizer_json = {},
                                                    .config_json = R"({"legacy": true})",
                                                    .added_tokens_json = {},
                                                    .special_tokens_map_json = {},
                                                    .model_type = ""},
                                                   "demo");
  const std::string content = gguf_of_pieces(read_file(demo_model() / "tokenizer.model")).str();
  const GgufFile file = parse_gguf(std::as_bytes(std::span(content)), "x.gguf");
  const Tokenizer tokenizer = Tokenizer::from_texts(gguf_tokenizer_texts(file), "x.gguf");
  CHECK(tokenizer.size() == expected.size());
  for (const char* text :
       {"The star is red.", " two  blanks ", "Which color does it have?\nÜber 9 \xF0\x9F\x90\x88", ""}) {
    INFO(text);
    const auto ids = expected.encode(text);
    CHECK(tokenizer.encode(text) == ids);
    CHECK(tokenizer.decode(ids) == expected.decode(ids));
  }
}

}  // namespace sparsight::test
