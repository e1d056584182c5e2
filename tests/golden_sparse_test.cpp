// SparseVLM against the published decoder code: raters, ranks, kept tokens and decoded ids equal, to the index.
// SPARSIGHT_GOLDEN_SPARSE: a directory with decoder.safetensors, or one of such directories.
#include <catch2/catch.hpp>

#include "core/llama.h"
#include "core/pruning/registry.h"
#include "core/pruning/run.h"
#include "core/weights.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

// The goldens are float64; ours is float32. Relative to the largest expected magnitude, at least 1.
constexpr double kMergedTolerance = 1e-4;
constexpr double kHiddenTolerance = 1e-4;
constexpr double kScoreTolerance = 1e-5;
// Scores of SparseVLM+ are divided by RoPE's own share, which comes near zero and magnifies the last bit of a cosine.
constexpr double kPlusScoreTolerance = 1e-3;

std::vector<fs::path> sparse_dirs() {
  const char* chosen = std::getenv("SPARSIGHT_GOLDEN_SPARSE");
  const fs::path place = chosen != nullptr ? fs::path(chosen) : shared_dir() / "golden";
  if (fs::exists(place / "decoder.safetensors")) return {place};
  std::vector<fs::path> found;
  if (fs::is_directory(place))
    for (const auto& entry : fs::directory_iterator(place))
      if (fs::exists(entry.path() / "decoder.safetensors")) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

ModelConfig decoder_config(const nlohmann::json& json) {
  ModelConfig config;
  config.text.vocab = json["vocab_size"];
  config.text.hidden = json["hidden_size"];
  config.text.intermediate = json["intermediate_size"];
  config.text.layers = json["num_hidden_layers"];
  config.text.heads = json["num_attention_heads"];
  config.text.kv_heads = json.value("num_key_value_heads", config.text.heads);
  config.text.head_dim = json.value("head_dim", config.text.hidden / config.text.heads);
  config.text.rms_eps = json.value("rms_norm_eps", 1e-6f);
  config.text.rope.theta = json.value("rope_theta", 10000.0);
  config.text.max_positions = json.value("max_position_embeddings", 4096);
  return config;
}

// The strategy that a golden's name and settings stand for.
PruningOptions options_of(const nlohmann::json& golden) {
  const std::string variant = golden["variant"];
  PruningOptions options;
  options.layers = golden["pruning_layers"].get<std::vector<std::size_t>>();
  const nlohmann::json settings = golden.value("settings", nlohmann::json::object());
  const auto begins = [&](std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return variant.starts_with(name); });
  };
  if (begins({"first", "v1_0"})) {
    options.strategy = "sparsevlm-first";
    options.budget = {Budget::Kind::Rank, settings["scale"].get<double>(), settings["bias"].get<double>()};
  } else if (begins({"video"})) {
    options.strategy = "sparsevlm-video";
  } else {
    options.strategy = begins({"v2"}) ? "sparsevlm-plus" : "sparsevlm-v1.5";
    options.budget = {Budget::Kind::Published, std::stod(settings["retain"].get<std::string>()), 0};
  }
  return options;
}

void check_close(const std::string& what, std::span<const float> got, std::span<const float> expected,
                 double tolerance) {
  INFO(what);
  REQUIRE(got.size() == expected.size());
  double worst = 0, largest = 1;
  for (std::size_t i = 0; i < got.size(); ++i) {
    worst = std::max(
        worst, std::isfinite(got[i]) ? std::abs(static_cast<double>(got[i]) - static_cast<double>(expected[i])) : 1e30);
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
  }
  CAPTURE(worst, largest);
  CHECK(worst <= tolerance * largest);
}

std::vector<std::int32_t> ints(TensorView view) {
  const auto* data = static_cast<const std::int32_t*>(view.data());
  return {data, data + view.shape().elements()};
}

// A strategy that passes everything on and remembers what was decided.
class Witness final : public PruningStrategy {
 public:
  explicit Witness(std::unique_ptr<PruningStrategy> inner) : inner_(std::move(inner)) {}
  std::optional<Selection> before_decoder(const PromptView& prompt) override { return inner_->before_decoder(prompt); }
  [[nodiscard]] std::vector<std::size_t> layers() const override { return inner_->layers(); }
  [[nodiscard]] Attention attention() const override { return inner_->attention(); }
  [[nodiscard]] std::vector<std::size_t> rows() const override { return inner_->rows(); }
  [[nodiscard]] DecodePositions decode_positions() const override { return inner_->decode_positions(); }
  std::optional<Selection> at_layer(const LayerStep& step) override {
    auto selection = inner_->at_layer(step);
    Step seen{step.visual.rows(), {}, {}, {}, 0};
    if (selection) {
      seen.kept.assign(selection->kept.begin(), selection->kept.end());
      seen.scores = selection->scores;
      seen.rank = selection->rank.value_or(0);
      for (std::size_t i = seen.kept.size(); i < selection->outputs(); ++i)
        seen.merged.insert(seen.merged.end(), selection->states.row(i).begin(), selection->states.row(i).end());
    }
    steps.push_back(std::move(seen));
    return selection;
  }

  struct Step {
    std::size_t before;
    std::vector<std::int32_t> kept;
    std::vector<float> scores, merged;
    std::size_t rank;
  };
  std::vector<Step> steps;

 private:
  std::unique_ptr<PruningStrategy> inner_;
};

void check_golden(const fs::path& file, const ModelConfig& config, const nlohmann::json& shape, Llama& llama,
                  Backend& backend, TensorView embeddings) {
  const nlohmann::json golden = nlohmann::json::parse(read_file(file));
  const Weights expected = Weights::open(fs::path(file).replace_extension(".safetensors"));
  const std::size_t begin = shape["visual_start"], visual = shape["visual_tokens"], length = embeddings.rows();

  const PruningOptions options = options_of(golden);
  Witness strategy(make_strategy(options, {.layers = config.text.layers, .visual_tokens = visual, .layout = {}}));
  Trace trace;
  PruningRun run(&strategy, config, llama, backend, trace);
  REQUIRE(run.before_decoder(embeddings.slice_rows(begin, visual),
                             embeddings.slice_rows(begin + visual, length - begin - visual), {})
              .empty());
  const std::vector<std::size_t> raters = strategy.rows();
  CHECK(std::vector<std::int32_t>(raters.begin(), raters.end()) == ints(expected.raw("raters")));

  ForwardOptions forward;
  run.attach(forward, {.visual_begin = begin, .visual_count = visual, .length = length}, 0);
  const std::size_t layers = config.text.layers, width = config.text.hidden;
  const TensorView last_hidden = expected.raw("last_hidden_per_layer");
  forward.on_layer = [&](const LayerView& layer) {
    check_close("last hidden of layer " + std::to_string(layer.layer), layer.hidden.row(layer.hidden.rows() - 1),
                last_hidden.row(layer.layer), kHiddenTolerance);
  };
  KvCache cache = llama.make_cache();
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  Tensor hidden = llama.forward(embeddings, positions, cache, forward);

  const auto& steps = golden["steps"];
  REQUIRE(strategy.steps.size() == steps.size());
  for (std::size_t s = 0; s < steps.size(); ++s) {
    INFO("step " << s);
    const Witness::Step& step = strategy.steps[s];
    CHECK(step.before == steps[s]["visual_before"].get<std::size_t>());
    CHECK(step.kept.size() == steps[s]["kept"].get<std::size_t>());
    CHECK(step.rank == steps[s]["rank"].get<std::size_t>());
    CHECK(step.merged.size() / width == steps[s]["recycled_into"].get<std::size_t>());
    const std::string name = std::to_string(s) + ".";
    CHECK(step.kept == ints(expected.raw(name + "kept")));
    const TensorView scores = expected.raw(name + "score");
    check_close("scores", step.scores, {scores.f32(), scores.shape().elements()},
                options.strategy == "sparsevlm-plus" ? kPlusScoreTolerance : kScoreTolerance);
    if (steps[s]["recycled_into"].get<std::size_t>() == 0) continue;
    const TensorView merged = expected.raw(name + "merged");
    check_close("merged", step.merged, {merged.f32(), merged.shape().elements()}, kMergedTolerance);
  }
  CHECK(cache.lengths() == golden["kv_lengths_at_first_decode"].get<std::vector<std::size_t>>());
  const std::vector<std::size_t> lengths = golden["per_layer_lengths"];
  for (std::size_t i = 0; i < layers; ++i) CHECK(trace.layers[i].tokens == lengths[i]);

  const Tensor logits = llama.logits(hidden);
  const TensorView wanted_logits = expected.raw("logits");
  check_close("logits", logits.row(0), {wanted_logits.f32(), wanted_logits.shape().elements()}, kHiddenTolerance);
  std::vector<std::int32_t> ids;
  const std::vector<std::int32_t> wanted = golden["decoded_ids"];
  while (ids.size() < wanted.size()) {
    const Tensor next = llama.logits(hidden);
    ids.push_back(
        static_cast<std::int32_t>(std::max_element(next.row(0).begin(), next.row(0).end()) - next.row(0).begin()));
    const bool follow = strategy.decode_positions() == DecodePositions::LayerLength;
    const auto position = static_cast<std::int32_t>(length + ids.size() - 1);
    hidden = llama.forward(llama.embed({&ids.back(), 1}), {&position, 1}, cache,
                           {.stage = Stage::Generate, .positions_follow_cache = follow});
  }
  CHECK(ids == wanted);
}

}  // namespace

TEST_CASE("golden: SparseVLM decides as the published code does", "[golden-sparse]") {
  const std::vector<fs::path> dirs = sparse_dirs();
  if (dirs.empty()) return skip("no ../shared/golden and no SPARSIGHT_GOLDEN_SPARSE");
  for (const fs::path& dir : dirs) {
    const nlohmann::json shape = nlohmann::json::parse(read_file(dir / "config.json"));
    const ModelConfig config = decoder_config(shape);
    const Weights weights = Weights::open(dir / "decoder.safetensors");
    const auto backend = make_cpu_backend();
    Llama llama(config, weights, *backend);
    const Weights input = Weights::open(dir / "input.safetensors");
    std::size_t goldens = 0;
    for (const auto& entry : fs::directory_iterator(dir)) {
      if (entry.path().extension() != ".json" || entry.path().filename() == "config.json") continue;
      INFO(entry.path().string());
      check_golden(entry.path(), config, shape, llama, *backend, input.raw("inputs_embeds"));
      ++goldens;
    }
    INFO(dir.string());
    CHECK(goldens > 0);
  }
}

}  // namespace sparsight::test
