// The time that a question takes: the arithmetic of the estimate, with speeds that are given. No time is ever checked.
#include "core/measure/question_time.h"

#include <catch2/catch.hpp>

#include "core/measure/bench.h"
#include "core/model_check.h"
#include "kernels/backends.h"
#include "tests/cli.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace sparsight {
namespace {

// With a tower of three layers, of which two are run.
ModelConfig question_config() {
  ModelConfig config = test::small_config();
  config.vision.hidden = 32;
  config.vision.intermediate = 40;
  config.vision.layers = 3;
  config.vision.heads = 4;
  config.feature_layers = {2};
  return config;
}

constexpr double kFast = std::numeric_limits<double>::infinity();

// A machine on which all but one thing takes no time.
MachineSpeed fast_machine() {
  const MachineSpeed::Products products{.operations = kFast, .bytes = kFast};
  return {.floats = products,
          .int8 = products,
          .int4 = products,
          .tower_attention = kFast,
          .rounded_attention = kFast,
          .attention = kFast,
          .calls = kFast};
}

constexpr std::size_t kFrames = 3, kQuestion = 64;

}  // namespace

TEST_CASE("question time: one operation a second takes as many seconds as the shape has operations",
          "[question-time]") {
  const ModelConfig config = question_config();
  MachineSpeed speed = fast_machine();
  speed.floats.operations = speed.tower_attention = speed.attention = 1;
  const QuestionTime time = estimate_question(config, WeightFormat::F16, speed, kFrames);
  CHECK(time.media == MediaKind::Video);
  CHECK(time.frames == kFrames);
  CHECK(time.encode_s == vision_flops(config, kFrames).sum());

  // The decoder's are those that a real prefill of as many tokens counts.
  const auto backend = make_cpu_backend({.threads = 2});
  const Weights weights = random_weights(config, DType::BF16, 1);
  Llama llama(config, weights, *backend);
  KvCache cache = llama.make_cache();
  const std::size_t tokens = config.layout(MediaKind::Video, kFrames).tokens() + kQuestion;
  const PrefillRun run = run_prefill(config, llama, *backend, cache, random_prompt(config, tokens, kFrames, 0, 7), {});
  CHECK(time.prefill_s == run.trace.flops_true());
  CHECK(time.first_word_s() == time.encode_s + time.prefill_s);
}

TEST_CASE("question time: each part of the machine counts for its part of the work", "[question-time]") {
  const ModelConfig config = question_config();
  const VisionFlops vision = vision_flops(config, kFrames);
  const auto encode_with = [&](double MachineSpeed::*part) {
    MachineSpeed speed = fast_machine();
    speed.*part = 2;
    return estimate_question(config, WeightFormat::F16, speed, kFrames);
  };
  CHECK(encode_with(&MachineSpeed::tower_attention).encode_s == vision.attention / 2);
  CHECK(encode_with(&MachineSpeed::tower_attention).prefill_s == 0);
  CHECK(encode_with(&MachineSpeed::attention).encode_s == 0);
  CHECK(encode_with(&MachineSpeed::attention).prefill_s > 0);
  CHECK(encode_with(&MachineSpeed::calls).token_s > 0);

  // int4 leaves the towers in int8.
  MachineSpeed speed = fast_machine();
  speed.int8.operations = 1;
  const QuestionTime four = estimate_question(config, WeightFormat::Int4, speed, kFrames);
  CHECK(four.encode_s == vision.products);
  speed.rounded_attention = 2;
  CHECK(estimate_question(config, WeightFormat::Int4, speed, kFrames).encode_s ==
        vision.products + vision.attention / 2);
  CHECK(four.prefill_s == 0);
  CHECK(estimate_question(config, WeightFormat::Int8, speed, kFrames).prefill_s > 0);
}

TEST_CASE("question time: a token reads the weights, the keys and the values that a real one reads",
          "[question-time]") {
  const ModelConfig config = question_config();
  const auto backend = make_cpu_backend({.threads = 2});
  const std::size_t tokens = config.layout(MediaKind::Video, kFrames).tokens() + kQuestion;
  MachineSpeed speed = fast_machine();
  speed.floats.bytes = 1;
  for (const auto& [format, dtype] : {std::pair{WeightFormat::F16, DType::BF16}, {WeightFormat::F32, DType::F32}}) {
    const Weights weights = random_weights(config, dtype, 1);
    Llama llama(config, weights, *backend, DType::F32);
    KvCache cache = llama.make_cache();
    fill_cache(config, cache, *backend, tokens - 1, 3);
    const GenerateRun run = run_generate(config, weights, llama, *backend, cache, 1, {});
    const QuestionTime time = estimate_question(config, format, speed, kFrames);
    CHECK(time.token_s == Approx(run.read_bytes).epsilon(0.05));  // norms are not counted
    CHECK(time.tokens_per_second() == 1 / time.token_s);
  }
}

TEST_CASE("question time: every shape has one, and a smaller format is not slower to read", "[question-time]") {
  MachineSpeed speed = fast_machine();
  for (MachineSpeed::Products* products : {&speed.floats, &speed.int8, &speed.int4}) *products = {1e11, 1e10};
  speed.tower_attention = speed.rounded_attention = speed.attention = 1e11;
  speed.calls = 1e5;
  for (const std::string& shape : bench_shapes()) {
    INFO(shape);
    const ModelConfig config = bench_config(shape, 0);
    const QuestionTime whole = estimate_question(config, WeightFormat::F16, speed, 8),
                       int8 = estimate_question(config, WeightFormat::Int8, speed, 8),
                       int4 = estimate_question(config, WeightFormat::Int4, speed, 8);
    CHECK(whole.encode_s > 0);
    CHECK(whole.prefill_s > 0);
    CHECK(int8.token_s < whole.token_s);
    CHECK(int4.token_s < int8.token_s);
    CHECK(whole.media == (shape == "llava-1.5-7b" ? MediaKind::Image : MediaKind::Video));
    if (whole.media == MediaKind::Video)
      CHECK(estimate_question(config, WeightFormat::F16, speed, 16).first_word_s() > whole.first_word_s());
  }
}

TEST_CASE("question time: the format is that of the layers", "[question-time]") {
  ModelInfo info;
  info.parameters = 1000;
  info.weight_bytes = 2100;
  CHECK(format_of(info) == WeightFormat::F16);
  info.weight_bytes = 4000;
  CHECK(format_of(info) == WeightFormat::F32);
  info.quantisation = Quantisation::Int8;
  CHECK(format_of(info) == WeightFormat::Int8);
  const ModelConfig config = question_config();
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4})
    CHECK(describe_model("", config, random_weights(config, DType::BF16, 1, to)).quantisation == to);
  CHECK_FALSE(describe_model("", config, random_weights(config, DType::BF16, 1)).quantisation);
}

TEST_CASE("question time: a machine's speed is measured, or the measurement is cancelled", "[question-time]") {
  const MachineSpeed speed = measure_speed(cpu_backend({.threads = 2}));
  for (const MachineSpeed::Products& products : {speed.floats, speed.int8, speed.int4}) {
    CHECK(products.operations > 0);
    CHECK(products.bytes > 0);
  }
  CHECK(speed.tower_attention > 0);
  CHECK(speed.rounded_attention > 0);
  CHECK(speed.attention > 0);
  CHECK(speed.calls > 0);

  std::stop_source stop;
  const auto stopped_on_the_way = [&] {
    const std::unique_ptr<Backend> backend = make_cpu_backend({.threads = 1});
    stop.request_stop();
    return make_cpu_backend({.threads = 1});
  };
  CHECK_THROWS_AS(measure_speed(stopped_on_the_way, stop.get_token()), Cancelled);
}

TEST_CASE("question time: the command line says it, of models that are here and of those that are not",
          "[question-time][cli]") {
  const std::string about = "a question about 8 frames: ", rest = " tokens a second";
  const test::Ran demo = test::cli({"info"});
  CHECK(demo.exit_code == 0);
  CHECK_THAT(demo.out, Catch::Contains(about) && Catch::Contains(rest));
  const auto json = nlohmann::json::parse(test::cli({"info", "--json"}).out);
  CHECK(json["question"]["frames"] == 8);
  CHECK(json["question"]["first_word_s"] > 0.0);
  CHECK(json["question"]["tokens_per_second"] > 0.0);
  const test::Ran recommended = test::cli({"models", "info", "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"});
  CHECK(recommended.exit_code == 0);
  CHECK_THAT(recommended.out,
             Catch::Contains(about) && Catch::Contains("as int8, " + about) && Catch::Contains("as int4, " + about));
  const test::Ran pictures = test::cli({"models", "info", "llava-hf/llava-1.5-7b-hf"});
  CHECK_THAT(pictures.out, Catch::Contains("a question about a picture: "));
}

}  // namespace sparsight
