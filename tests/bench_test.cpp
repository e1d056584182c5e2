// The parts of sparsight_bench: random models and prompts, and runs whose FLOPs and bytes are those of the work. Times
// are never checked.
#include <catch2/catch.hpp>

#include "core/measure/bench.h"
#include "core/model/vision.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

using test::small_config;

// Of the whole pages of a tensor, those that are in memory.
std::size_t resident_pages(HostView tensor) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(tensor.data()), end = begin + tensor.bytes();
  const std::uintptr_t first = (begin + page - 1) / page * page, whole = (end - first) / page;
  std::vector<unsigned char> resident(whole);
  REQUIRE(::mincore(reinterpret_cast<void*>(first), whole * page, resident.data()) == 0);
  return static_cast<std::size_t>(std::ranges::count_if(resident, [](unsigned char is) { return (is & 1) != 0; }));
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
  const auto backend = make_cpu_backend({.threads = 2});
  const Weights weights = random_weights(config, DType::BF16, 1);
  Llama llama(config, weights, *backend);
  KvCache cache = llama.make_cache();
  for (const std::size_t raters : {1, 5, 9}) {
    const BenchPrompt prompt = random_prompt(config, 3 * 17 + 5 + 30, 3, raters, 7);
    CHECK(prompt.spans.visual_count == 3 * 17);
    CHECK(prompt.embeddings.rows() == prompt.spans.length);
    CHECK(prompt.spans.length - prompt.spans.visual_begin - prompt.spans.visual_count == 30);
    PruningOptions pruning{.strategy = "sparsevlm-v1.5", .budget = parse_budget("25%")};
    const PrefillRun run = run_prefill(config, llama, *backend, cache, prompt, pruning);
    CHECK(run.trace.raters.size() == raters);
  }
  CHECK_THROWS_AS(random_prompt(config, 60, 3, 5, 7), Error);
}

TEST_CASE("bench: a prefill's FLOPs are those of the layers that ran, and of the head", "[bench]") {
  const ModelConfig config = small_config();
  const auto backend = make_cpu_backend({.threads = 2});
  for (const DType dtype : {DType::F32, DType::F16, DType::BF16}) {
    const Weights weights = random_weights(config, dtype, 1);
    CHECK(weights.get("lm_head.weight", Shape{70, 64}).dtype() == dtype);
    Llama llama(config, weights, *backend);
    KvCache cache = llama.make_cache();
    const BenchPrompt prompt = random_prompt(config, 3 * 17 + 40, 3, 5, 7);
    const PrefillRun none = run_prefill(config, llama, *backend, cache, prompt, {});
    const double head = 2.0 * 64 * 70;
    const auto layer = [](std::size_t tokens, std::size_t leaving) {
      return layer_flops(tokens, leaving, 64, 90, 64, 32).exact;
    };
    CHECK(none.flops == 3 * layer(91, 91) + layer(91, 1) + head);
    CHECK(none.cpu_ms > 0);
    const PrefillRun pruned = run_prefill(config, llama, *backend, cache, prompt,
                                          {.strategy = "sparsevlm-v1.5", .budget = parse_budget("10"), .layers = {0}});
    CHECK(pruned.flops == layer(91, 91) + 2 * layer(50, 50) + layer(50, 1) + head);
    CHECK(cache.length(0) == 91);
    CHECK(cache.length(3) == 50);
  }
}

TEST_CASE("bench: quantised weights are of the same model", "[bench]") {
  const ModelConfig config = small_config();
  const auto backend = make_cpu_backend({.threads = 2});
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const Weights weights = random_weights(config, DType::BF16, 1, to);
    const std::string layer = "model.language_model.layers.0.";
    CHECK(weights.matrix(layer + "mlp.gate_proj.weight", Shape{90, 64}).int4() == (to == Quantisation::Int4));
    CHECK_FALSE(weights.matrix(layer + "mlp.down_proj.weight", Shape{64, 90}).int4());  // 90 is not whole blocks
    Llama llama(config, weights, *backend);
    KvCache cache = llama.make_cache();
    const BenchPrompt prompt = random_prompt(config, 3 * 17 + 40, 3, 5, 7);
    CHECK(run_prefill(config, llama, *backend, cache, prompt, {}).flops > 0);
  }
}

TEST_CASE("bench: the tower's FLOPs are those of the layers that run, and the projector's", "[bench]") {
  ModelConfig config = small_config();  // 17 tokens per frame
  config.vision.hidden = 32;
  config.vision.intermediate = 40;
  config.vision.layers = 3;
  config.vision.heads = 4;
  config.feature_layers = {2};
  const double patches = 2.0 * 2 * 16 * 32 * (3 * 14 * 14), projector = 2.0 * 2 * 17 * (32 * 64 + 64 * 64);
  const double layer = 2.0 * 2 * 17 * (4 * 32 * 32 + 2 * 32 * 40) + 2 * (2.0 * 2 * 17 * 17 * 32);
  CHECK(vision_flops(config, 2).sum() == patches + 2 * layer + projector);
  CHECK(vision_flops(config, 2).attention == 2 * (2 * (2.0 * 2 * 17 * 17 * 32)));

  const auto backend = make_cpu_backend({.threads = 2});
  const HostTensor pixels = HostTensor::zeros(Shape{2, 3, 56, 56});
  std::size_t layers_run = 0;
  const Control counted{[&](const Progress& progress) { layers_run = progress.total; }, {}};
  using Format = std::pair<DType, std::optional<Quantisation>>;
  for (const auto& [dtype, to] : {Format{DType::F32, {}},
                                  {DType::F16, {}},
                                  {DType::BF16, {}},
                                  {DType::BF16, Quantisation::Int8},
                                  {DType::BF16, Quantisation::Int4}}) {
    const Weights weights = random_towers(config, *backend, dtype, 1, to);
    const std::string name = "model.video_tower.encoder.layers.1.mlp.fc1.weight";
    const HostWeight fc1 = weights.matrix(name, Shape{config.vision.intermediate, config.vision.hidden});
    CHECK(fc1.quantised() == to.has_value());
    CHECK_FALSE(fc1.int4());
    const VisionEncoder encoder(config, weights, *backend);
    const VisualTokens tokens = encoder.encode(pixels, MediaKind::Video, counted);
    CHECK(layers_run == 2);
    REQUIRE(tokens.embeddings.shape() == Shape{34, 64});
    double squares = 0;
    const HostRead embeddings = backend->read(tokens.embeddings);
    for (std::size_t i = 0; i < 34 * 64; ++i) squares += std::pow(static_cast<double>(embeddings.f32()[i]), 2);
    CHECK(std::isfinite(squares));
    CHECK(squares > 0);
  }
}

TEST_CASE("bench: a model that looks at pictures alone is measured with pictures", "[bench]") {
  const ModelConfig config = bench_config("llava-1.5-7b", 1);
  REQUIRE(config.main_medium() == MediaKind::Image);
  CHECK(random_prompt(config, 576 + 40, 1, 5, 7).spans.visual_count == 576);
  // 24 by 24 patches and CLS go through 23 of the 24 layers.
  const double rows = 577, layer = 2 * rows * 1024 * (4 * 1024 + 2 * 4096) + 2 * (2 * rows * rows * 1024);
  const double patches = 2 * 576.0 * 1024 * 3 * 14 * 14;
  CHECK(vision_flops(config, 1).sum() - patches - 23 * layer == Approx(2 * rows * 4096 * (1024 + 4096)));
}

TEST_CASE("bench: the GPU's roofline counts what core counts", "[bench]") {
  ModelConfig config = bench_config("video-llava-7b-original", 0);
  config.text.vocab = 32064;
  const TextConfig& c = config.text;
  const std::size_t all = 2100, frames = 8, visual = config.layout(MediaKind::Video, frames).tokens();
  CHECK(visual == 2056);
  const auto layer = [&](std::size_t tokens, std::size_t leaving) {
    return layer_flops(tokens, leaving, c.hidden, c.intermediate, c.heads * c.head_dim, c.kv_heads * c.head_dim).exact;
  };
  const double head = 2.0 * static_cast<double>(c.hidden * c.vocab);
  // The visual tokens of each layer under sparsevlm-v1.5.
  const std::array<std::size_t, 3> prunes_after{2, 6, 15}, shape{300, 200, 110};
  const std::vector<std::size_t> spans = layer_spans(prunes_after, c.layers),
                                 kept = outputs_for(194, shape, spans, visual);
  std::vector<std::size_t> tokens(prunes_after[0] + 1, all);
  for (std::size_t s = 0; s < spans.size(); ++s) tokens.insert(tokens.end(), spans[s], all - visual + kept[s]);
  REQUIRE(tokens.size() == c.layers);

  double pruned = head, after_dense = head, after_pruned = head, kv_dense = 0, kv_pruned = 0;
  for (std::size_t i = 0; i < c.layers; ++i) {
    const auto with_keys = [&](std::size_t keys) { return layer(1, 1) + 4.0 * static_cast<double>(keys * c.hidden); };
    const auto kv_bytes = [&](std::size_t keys) { return 2.0 * 2.0 * static_cast<double>(keys * c.hidden); };
    pruned += layer(tokens[i], i + 1 == c.layers ? 1 : tokens[i]);
    after_dense += with_keys(all), after_pruned += with_keys(tokens[i]);
    kv_dense += kv_bytes(all), kv_pruned += kv_bytes(tokens[i]);
  }
  const double dense = static_cast<double>(c.layers - 1) * layer(all, all) + layer(all, 1) + head;

  const auto weights = [&](Quantisation to) {
    const auto stored = [&](Quantisation how, std::size_t outputs, std::size_t inputs) {
      const QuantisedShapes shapes = quantised_shapes(how, outputs, inputs);
      const std::size_t blocks = how == Quantisation::Int4 ? shapes.block_scales.elements() : 0;
      return static_cast<double>(shapes.values.elements() + 4 * shapes.scales.elements() + blocks);
    };
    const double a_layer = 4 * stored(to, c.hidden, c.hidden) + 2 * stored(to, c.intermediate, c.hidden) +
                           stored(to, c.hidden, c.intermediate);
    return static_cast<double>(c.layers) * a_layer + stored(Quantisation::Int8, c.vocab, c.hidden);
  };
  const double bf16 = static_cast<double>(c.layers) * (layer(1, 1) - 4.0 * static_cast<double>(c.hidden)) + head;

  const std::string document = test::read_file(test::source_dir() / "BENCHMARKS.md");
  const auto check = [&](const std::string& stage, double flops, double weight_bytes, double kv_bytes) {
    const std::size_t at = document.find("| " + stage + " | ");
    CAPTURE(stage);
    REQUIRE(at != std::string::npos);
    std::string row = document.substr(at + stage.size() + 4, document.find('\n', at) - at - stage.size() - 4);
    std::erase_if(row, [](char letter) { return letter == ',' || letter == '|'; });
    std::istringstream figures(row);
    double gflop = 0, weights_gb = 0, kv_gb = 0;
    figures >> gflop >> weights_gb >> kv_gb;
    CHECK(gflop == Approx(flops / 1e9).epsilon(0).margin(0.0501));
    CHECK(weights_gb == Approx(weight_bytes / 1e9).epsilon(0).margin(0.00501));
    CHECK(kv_gb == Approx(kv_bytes / 1e9).epsilon(0).margin(0.000501));
  };
  const VisionConfig& v = config.tower(MediaKind::Video);
  const std::size_t tower_layer = 8 * v.hidden * v.hidden + 2 * v.hidden * v.intermediate,  // over space and over time
      beside = v.hidden * v.channels * v.patch_size * v.patch_size + c.hidden * (v.hidden + c.hidden);
  check("towers and projector", vision_flops(config, frames).sum(),
        2.0 * static_cast<double>(config.feature_layers[0] * tower_layer + beside), 0);
  check("prefill, dense", dense, bf16, kv_dense);
  check("prefill, pruned to 194", pruned, bf16, kv_pruned);
  const double own = 4.0 * static_cast<double>(c.layers * c.hidden);  // bytes of the token's keys and values
  for (const auto& [name, bytes] : {std::pair<std::string, double>{"bf16", bf16},
                                    {"int8", weights(Quantisation::Int8)},
                                    {"int4", weights(Quantisation::Int4)}}) {
    check("a token, " + name + ", after dense", after_dense, bytes, kv_dense + own);
    check("a token, " + name + ", after pruned", after_pruned, bytes, kv_pruned + own);
  }
}

TEST_CASE("bench: the tower that no frame goes through only reserves its memory", "[bench]") {
  ModelConfig config = small_config();
  config.vision.hidden = 1024;
  config.vision.intermediate = 4096;
  config.vision.layers = 2;
  config.vision.heads = 4;
  config.feature_layers = {1};
  const auto backend = make_cpu_backend({.threads = 2});
  const Weights weights = random_towers(config, *backend, DType::F32, 1);
  const auto pages_of = [&](const char* tower) {
    const std::string name = std::string("model.") + tower + ".encoder.layers.0.mlp.fc1.weight";
    return resident_pages(weights.get(name, Shape{4096, 1024}));
  };
  // Of the 4,096 pages of 16 MiB. A sanitizer's allocator writes to the first few that it gives out.
  CHECK(pages_of("video_tower") > 1000);
  CHECK(pages_of("image_tower") < 10);
}

TEST_CASE("bench: a generated token reads every weight but the embeddings, and the keys and values so far", "[bench]") {
  const ModelConfig config = small_config();
  const auto backend = make_cpu_backend({.threads = 2});
  for (const std::optional<Quantisation> to : {std::optional<Quantisation>{}, std::optional(Quantisation::Int8)}) {
    const Weights weights = random_weights(config, DType::BF16, 1, to);
    CHECK(default_kv_dtype(config, weights) == (to ? DType::BF16 : DType::F32));
    Llama llama(config, weights, *backend, default_kv_dtype(config, weights));
    KvCache cache = llama.make_cache();
    fill_cache(config, cache, *backend, 11, 3);
    const std::size_t a_token = cache.layers() * cache.bytes(0) / 11;
    CHECK(cache.length(3) == 11);
    const GenerateRun run = run_generate(config, weights, llama, *backend, cache, 3, {});
    CHECK(cache.length(3) == 11);
    const std::size_t embeddings = 2 * 70 * 64;
    CHECK(run.read_bytes == static_cast<double>(3 * (weights.bytes() - embeddings) + (12 + 13 + 14) * a_token));
    CHECK(run.wall_ms > 0);
  }
}

TEST_CASE("bench: a video is decoded and encoded one after the other, and both at once", "[bench]") {
  const std::string shape = (test::source_dir() / "tests/data/golden/tiny-gqa/config.json").string();
  const std::string video = test::demo_clip().string();
  const test::Ran ran = test::run({SPARSIGHT_BENCH, "vision", "--shape", shape, "--video", video, "--repeat", "2"});
  REQUIRE(ran.exit_code == 0);
  const auto json = nlohmann::json::parse(ran.out)["video"];
  for (const char* stage : {"read_ms", "vision_ms"}) CHECK(json[stage] > 0.0);
  for (const char* way : {"apart", "together"}) CHECK(json[way]["wall_ms"]["runs"] == 2);
  CHECK(json["gain"] > 0.0);
}

TEST_CASE("bench: loading a model reports its times and page faults", "[bench]") {
  const std::string model = (test::source_dir() / "resources/models/sparsight-demo").string();
  const std::string video = test::demo_clip().string();
  const test::Ran ran = test::run({SPARSIGHT_BENCH, "load", model, "--video", video, "--repeat", "3"});
  REQUIRE(ran.exit_code == 0);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json["weights"] == "BF16");
  for (const char* start : {"cold", "warm"})
    for (const char* part : {"load", "first_word", "next_word"}) {
      CHECK(json[start][part]["wall_ms"]["runs"] == 3);
      CHECK(json[start][part]["wall_ms"]["median"].get<double>() > 0);
    }
  CHECK(json["cold"]["load"]["minor_faults"]["median"].get<double>() > 0);
  // At least one of three warm starts finds everything in memory, whatever else needs memory.
  CHECK(json["warm"]["load"]["major_faults"]["min"].get<double>() == 0);
  CHECK(json["warm"]["first_word_beside_reader"]["major_faults"]["min"].get<double>() == 0);
  CHECK(json["warm"]["first_word_beside_reader"]["minor_faults"]["min"].get<double>() > 0);
  CHECK(json["read"]["wall_ms"]["runs"] == 3);
  CHECK(json["cold_over_read_or_warm"].get<double>() > 0);
}

TEST_CASE("bench: weights are drawn from the seed, in range", "[bench]") {
  const ModelConfig config = small_config();
  const Weights a = random_weights(config, DType::F32, 1), same = random_weights(config, DType::F32, 1),
                b = random_weights(config, DType::F32, 2);
  const std::string name = "model.language_model.layers.2.mlp.down_proj.weight";
  const HostView view = a.get(name, Shape{64, 90});
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
  CHECK(squares / n * 90 == Approx(1.0).epsilon(0.1));  // keeps the variance of the activations
  CHECK(most <= std::sqrt(3.0 / 90) * 1.0001);
}

TEST_CASE("bench: wrong usage ends with a message", "[bench]") {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& message) {
    std::vector<std::string> command{SPARSIGHT_BENCH};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const test::Ran ran = test::run(command);
    CHECK(ran.exit_code == 2);
    CHECK(ran.out.empty());
    CHECK_THAT(ran.err, Catch::Contains(message));
  };
  refused({"prefill", "--shape", "nothing"}, "expected a config.json or one of");
  refused({"prefill", "--tokens", "2000"}, "need at least");
  refused({"prefill", "--prune", "none", "--layers", "-1"}, "--layers");
  refused({"prefill", "--prune", "guessing"}, "sparsevlm-v1.5");
  refused({"gemm", "--target", "MMX"}, "target \"MMX\"");
  refused({"generate", "--new", "0"}, "--new");
  refused({"load", "no-such-folder"}, "no-such-folder");
  refused({"load", ".", "--video", "no-such-file"}, "no-such-file");
  refused({"attention", "--heads", "4", "--kv-heads", "3"}, "divisor");
  refused({}, "subcommand");
}

}  // namespace sparsight
