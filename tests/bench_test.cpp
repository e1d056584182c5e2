// What sparsight_bench measures with: random decoders and prompts, and a prefill whose FLOPs are those of its trace.
// Times are never asserted.
#include <catch2/catch.hpp>

#include "core/bench.h"
#include "tests/support.h"

#include <cmath>
#include <cstring>

namespace sparsight {
namespace {

ModelConfig small_config() {
  ModelConfig config;
  config.text.vocab = 70;
  config.text.hidden = 64;
  config.text.intermediate = 90;
  config.text.layers = 4;
  config.text.heads = 4;
  config.text.kv_heads = 2;
  config.text.head_dim = 16;
  config.text.max_positions = 512;
  config.vision.image_size = 56;
  config.vision.patch_size = 14;
  return config;
}

}  // namespace

TEST_CASE("bench: shapes are configurations, found by name or by file", "[bench]") {
  const ModelConfig seven = bench_config("vicuna-7b", 3);
  CHECK(seven.text.layers == 3);
  CHECK(seven.text.hidden == 4096);
  CHECK(seven.text.intermediate == 11008);
  CHECK(seven.vision.tokens() == 257);
  CHECK(bench_config("vicuna-7b", 0).text.layers == 32);
  try {
    static_cast<void>(bench_config("no-such-shape", 1));
    FAIL("expected an error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Usage);
    CHECK_THAT(error.what(), Catch::Contains("no-such-shape") && Catch::Contains("vicuna-7b"));
  }
}

TEST_CASE("bench: a prompt has the raters that were asked for", "[bench]") {
  const ModelConfig config = small_config();
  const auto backend = make_cpu_backend(2);
  const Weights weights = random_weights(config, DType::BF16, 1);
  Llama llama(config, weights, *backend);
  KvCache cache = llama.make_cache();
  for (const std::size_t raters : {1, 5, 9}) {
    const BenchPrompt prompt = random_prompt(config, 3 * 17 + 5 + 30, 3, raters, 7);
    CHECK(prompt.spans.visual_count == 3 * 17);
    CHECK(prompt.text().rows() == 30);
    PruningOptions pruning{.strategy = "sparsevlm-v1.5", .budget = parse_budget("25%")};
    const PrefillRun run = run_prefill(config, llama, *backend, cache, prompt, pruning);
    CHECK(run.trace.raters.size() == raters);
  }
  CHECK_THROWS_AS(random_prompt(config, 60, 3, 5, 7), Error);
}

TEST_CASE("bench: a prefill's FLOPs are those of the layers that ran, and of the head", "[bench]") {
  const ModelConfig config = small_config();
  const auto backend = make_cpu_backend(2);
  for (const DType dtype : {DType::F32, DType::F16, DType::BF16}) {
    const Weights weights = random_weights(config, dtype, 1);
    CHECK(weights.get("lm_head.weight", Shape{70, 64}).dtype() == dtype);
    Llama llama(config, weights, *backend);
    KvCache cache = llama.make_cache();
    const BenchPrompt prompt = random_prompt(config, 3 * 17 + 40, 3, 5, 7);
    const PrefillRun none = run_prefill(config, llama, *backend, cache, prompt, {});
    const double head = 2.0 * 64 * 70;
    const double layer = layer_flops(91, 0, 64, 90, 64, 32).exact;
    CHECK(none.flops == 4 * layer + head);
    CHECK(none.cpu_ms > 0);
    const PrefillRun pruned = run_prefill(config, llama, *backend, cache, prompt,
                                          {.strategy = "sparsevlm-v1.5", .budget = parse_budget("10"), .layers = {0}});
    CHECK(pruned.flops == layer + 3 * layer_flops(50, 0, 64, 90, 64, 32).exact + head);
    CHECK(cache.length(0) == 91);
    CHECK(cache.length(3) == 50);
  }
}

TEST_CASE("bench: quantised weights are of the same model", "[bench]") {
  const ModelConfig config = small_config();
  const auto backend = make_cpu_backend(2);
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const Weights weights = random_weights(config, DType::BF16, 1, to);
    const std::string layer = "model.language_model.layers.0.";
    CHECK(weights.matrix(layer + "mlp.up_proj.weight", Shape{90, 64}).int4() == (to == Quantisation::Int4));
    CHECK_FALSE(weights.matrix(layer + "mlp.down_proj.weight", Shape{64, 90}).int4());  // 90 inputs are no whole blocks
    Llama llama(config, weights, *backend);
    KvCache cache = llama.make_cache();
    const BenchPrompt prompt = random_prompt(config, 3 * 17 + 40, 3, 5, 7);
    CHECK(run_prefill(config, llama, *backend, cache, prompt, {}).flops > 0);
  }
}

TEST_CASE("bench: weights are drawn from the seed, in range", "[bench]") {
  const ModelConfig config = small_config();
  const Weights a = random_weights(config, DType::F32, 1), same = random_weights(config, DType::F32, 1),
                b = random_weights(config, DType::F32, 2);
  const std::string name = "model.language_model.layers.2.mlp.down_proj.weight";
  const TensorView view = a.get(name, Shape{64, 90});
  CHECK(std::memcmp(view.data(), same.get(name, Shape{64, 90}).data(), view.bytes()) == 0);
  CHECK(std::memcmp(view.data(), b.get(name, Shape{64, 90}).data(), view.bytes()) != 0);
  double sum = 0, squares = 0, most = 0;
  for (std::size_t i = 0; i < view.shape().elements(); ++i) {
    const auto value = static_cast<double>(view.f32()[i]);
    sum += value;
    squares += value * value;
    most = std::max(most, std::abs(value));
  }
  const auto n = static_cast<double>(view.shape().elements());
  CHECK(std::abs(sum / n) < 0.01);
  CHECK(squares / n * 90 == Approx(1.0).epsilon(0.1));  // keeps the variance of what it multiplies
  CHECK(most <= std::sqrt(3.0 / 90) * 1.0001);
}

TEST_CASE("bench: wrong use ends with a message", "[bench]") {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& message) {
    std::vector<std::string> command{SPARSIGHT_BENCH};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const test::Ran ran = test::run(command);
    CHECK(ran.exit_code == 2);
    CHECK(ran.out.empty());
    CHECK_THAT(ran.err, Catch::Contains(message));
  };
  refused({"prefill", "--shape", "nothing"}, "expected a config.json or one of vicuna-7b");
  refused({"prefill", "--tokens", "2000"}, "want at least");
  refused({"prefill", "--prune", "none", "--layers", "-1"}, "--layers");
  refused({"prefill", "--prune", "guessing"}, "sparsevlm-v1.5");
  refused({"gemm", "--target", "MMX"}, "target \"MMX\"");
  refused({"attention", "--heads", "4", "--kv-heads", "3"}, "divisor");
  refused({}, "subcommand");
}

}  // namespace sparsight
