// Compares SparseVLM with the published decoder code: raters, ranks, kept tokens and decoded ids are equal.
// SPARSIGHT_GOLDEN_SPARSE: a directory with decoder.safetensors, or one of such directories.
#include <catch2/catch.hpp>

#include "core/model/llama.h"
#include "core/model/weights.h"
#include "core/pruning/registry.h"
#include "core/pruning/run.h"
#include "kernels/backends.h"
#include "tests/foreign_backend.h"
#include "tests/support.h"
#include "tests/tensors.h"
#include "tests/tested_backend.h"
#include "tests/weight_formats.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

// Relative to the largest expected magnitude (at least 1): the goldens are float64, ours is float32.
constexpr double kMergedTolerance = 1e-4;
constexpr double kHiddenTolerance = 1e-4;
constexpr double kScoreTolerance = 1e-5;
// Scores of SparseVLM+ are divided by RoPE's own share, which can be near zero and amplifies the last bit of a cosine.
constexpr double kPlusScoreTolerance = 1e-3;
constexpr std::int32_t kEndToken = 2;

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

// The strategy for a golden's name and settings.
PruningOptions options_in(const nlohmann::json& golden) {
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

std::vector<std::int32_t> ints(HostView view) {
  const auto* data = static_cast<const std::int32_t*>(view.data());
  return {data, data + view.shape().elements()};
}

// Passes everything on to a strategy and records its decisions.
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
    Step seen{step.visual.count(), {}, {}, {}, 0};
    if (selection) {
      seen.kept.assign(selection->kept.begin(), selection->kept.end());
      seen.scores = selection->scores;
      seen.rank = selection->rank.value_or(0);
    }
    steps.push_back(std::move(seen));
    return selection;
  }

  struct Step {
    std::size_t before;
    std::vector<std::int32_t> kept;
    std::vector<float> scores;
    std::vector<float> merged;  // as the decoder continues with them
    std::size_t rank;
  };
  std::vector<Step> steps;

 private:
  std::unique_ptr<PruningStrategy> inner_;
};

// One decoder.safetensors and its inputs.
struct GoldenDecoder {
  explicit GoldenDecoder(const fs::path& where)
      : dir(where),
        shape(nlohmann::json::parse(read_file(dir / "config.json"))),
        config(decoder_config(shape)),
        weights(Weights::open(dir / "decoder.safetensors")),
        input(Weights::open(dir / "input.safetensors")),
        spans{shape["visual_start"], shape["visual_tokens"], input.raw("inputs_embeds").rows()} {}

  [[nodiscard]] std::vector<fs::path> goldens() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(dir))
      if (entry.path().extension() == ".json" && entry.path().filename() != "config.json")
        found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }

  fs::path dir;
  nlohmann::json shape;
  ModelConfig config;
  Weights weights, input;
  PromptSpans spans;
};

// The results of a prompt under a strategy.
struct Prefill {
  Prefill(const GoldenDecoder& scene, const PruningOptions& options, Llama& decoder, Backend& backend)
      : llama(decoder),
        device(backend),
        strategy(make_strategy(
            options, {.layers = scene.config.text.layers, .visual_tokens = scene.spans.visual_count, .layout = {}})),
        cache(decoder.make_cache()) {
    const Tensor embeddings = backend.upload(scene.input.raw("inputs_embeds"));
    const std::size_t begin = scene.spans.visual_begin, visual = scene.spans.visual_count, length = scene.spans.length;
    PruningRun run(&strategy, scene.config, llama, backend, trace, {}, {.rank = true});
    REQUIRE(run.before_decoder(embeddings.view().slice_rows(begin, visual),
                               embeddings.view().slice_rows(begin + visual, length - begin - visual), {})
                .empty());
    ForwardOptions forward;
    run.attach(forward, scene.spans, 0);
    forward.on_layer = [&](const LayerView& layer) {
      const HostRead row = backend.read(layer.hidden.slice_rows(layer.hidden.rows() - 1, 1));
      last_hidden.emplace_back(values_of(row).begin(), values_of(row).end());
    };
    forward.reduce = [&, reduce = forward.reduce](const LayerView& layer) {
      auto shorter = reduce(layer);
      if (shorter) {
        Witness::Step& step = strategy.steps.back();
        const std::size_t kept = step.kept.size(), outputs = trace.steps.back().out_ids.size();
        const HostRead merged = backend.read(shorter->hidden.view().slice_rows(begin + kept, outputs - kept));
        step.merged.assign(values_of(merged).begin(), values_of(merged).end());
      }
      return shorter;
    };
    std::vector<std::int32_t> positions(length);
    std::iota(positions.begin(), positions.end(), 0);
    logits = HostTensor::copy_of(backend.read(llama.logits(llama.forward(embeddings, positions, cache, forward))));
  }

  std::vector<std::int32_t> decode(std::size_t count) {
    std::vector<std::int32_t> ids;
    auto position = static_cast<std::int32_t>(trace.layers.front().tokens);
    const bool follow = strategy.decode_positions() == DecodePositions::LayerLength;
    HostTensor next = HostTensor::copy_of(logits);
    Tensor token = device.make(Shape{1, last_hidden.front().size()});
    for (;; ++position) {
      const auto row = next.row(0);
      ids.push_back(static_cast<std::int32_t>(std::ranges::max_element(row) - row.begin()));
      if (ids.size() == count) return ids;
      llama.embed({&ids.back(), 1}, token);
      next = HostTensor::copy_of(device.read(llama.logits(
          llama.forward(token, {&position, 1}, cache, {.stage = Stage::Generate, .positions_follow_cache = follow}))));
    }
  }

  Llama& llama;
  Backend& device;
  Witness strategy;
  Trace trace;
  KvCache cache;
  std::vector<std::vector<float>> last_hidden;  // by layer, of the last row
  HostTensor logits;
};

void check_golden(const fs::path& file, const GoldenDecoder& scene, Llama& llama, Backend& backend) {
  const nlohmann::json golden = nlohmann::json::parse(read_file(file));
  const Weights expected = Weights::open(fs::path(file).replace_extension(".safetensors"));
  const PruningOptions options = options_in(golden);
  Prefill got(scene, options, llama, backend);
  const std::vector<std::size_t> raters = got.strategy.rows();
  CHECK(std::vector<std::int32_t>(raters.begin(), raters.end()) == ints(expected.raw("raters")));
  const HostView last_hidden = expected.raw("last_hidden_per_layer");
  for (std::size_t i = 0; i < got.last_hidden.size(); ++i)
    check_within("last hidden of layer " + std::to_string(i), got.last_hidden[i], last_hidden.row(i), kHiddenTolerance);

  const auto& steps = golden["steps"];
  REQUIRE(got.strategy.steps.size() == steps.size());
  for (std::size_t s = 0; s < steps.size(); ++s) {
    INFO("step " << s);
    const Witness::Step& step = got.strategy.steps[s];
    CHECK(step.before == steps[s]["visual_before"].get<std::size_t>());
    CHECK(step.kept.size() == steps[s]["kept"].get<std::size_t>());
    CHECK(step.rank == steps[s]["rank"].get<std::size_t>());
    CHECK(step.merged.size() / scene.config.text.hidden == steps[s]["recycled_into"].get<std::size_t>());
    const std::string name = std::to_string(s) + ".";
    CHECK(step.kept == ints(expected.raw(name + "kept")));
    check_within("scores", step.scores, values_of(expected.raw(name + "score")),
                 options.strategy == "sparsevlm-plus" ? kPlusScoreTolerance : kScoreTolerance);
    if (!step.merged.empty())
      check_within("merged", step.merged, values_of(expected.raw(name + "merged")), kMergedTolerance);
  }
  CHECK(got.cache.lengths() == golden["kv_lengths_at_first_decode"].get<std::vector<std::size_t>>());
  const std::vector<std::size_t> lengths = golden["per_layer_lengths"];
  for (std::size_t i = 0; i < lengths.size(); ++i) CHECK(got.trace.layers[i].tokens == lengths[i]);
  check_within("logits", got.logits.row(0), values_of(expected.raw("logits")), kHiddenTolerance);
  const std::vector<std::int32_t> wanted = golden["decoded_ids"];
  CHECK(got.decode(wanted.size()) == wanted);
}

// Share of the larger of two ascending lists that both contain.
double overlap(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  std::vector<std::int32_t> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(std::max(a.size(), b.size()));
}

}  // namespace

TEST_CASE("golden: SparseVLM decides as the published code does", "[golden-sparse]") {
  const std::vector<fs::path> dirs = sparse_dirs();
  if (dirs.empty()) return skip("no ../shared/golden and no SPARSIGHT_GOLDEN_SPARSE");
  // The last bits of sums differ between targets, but no decision may.
  std::vector<std::string> targets = cpu_targets();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  targets.resize(1);  // each takes minutes
#endif
  if (tests_cuda()) targets.resize(1);
  const auto check = [&](const MakeBackend& make) {
    for (const fs::path& dir : dirs) {
      const GoldenDecoder scene(dir);
      const auto backend = make();
      Llama llama(scene.config, scene.weights, *backend);
      const std::vector<fs::path> goldens = scene.goldens();
      CHECK_FALSE(goldens.empty());
      for (const fs::path& file : goldens) {
        INFO(backend->info().name << ", " << cpu_targets().front() << ", " << file.string());
        check_golden(file, scene, llama, *backend);
      }
    }
  };
  for (const std::string& target : targets) {
    REQUIRE(choose_cpu_target(target));
    check(tested_backend());
  }
  REQUIRE(choose_cpu_target(""));
  check(foreign_backend());
}

// What random decoders compute after one token of hundreds was chosen differently is arbitrary: clusters and merged
// tokens change, and with them everything after; even f16 weights cause this. So the test compares what comes before:
// the states up to the first pruning layer, and the tokens that it keeps. A trained decoder, the demo's, still gives
// the same answer and nearly the same logits.
TEST_CASE("golden: SparseVLM with weights in every format", "[golden-sparse][formats]") {
  struct Bound {
    WeightFormat format;
    double random_overlap, trained_overlap;  // share of the kept tokens
  };
  constexpr double kTrainedLogits = 0.08;
  const std::vector<fs::path> dirs = sparse_dirs();
  if (dirs.empty()) return skip("no ../shared/golden and no SPARSIGHT_GOLDEN_SPARSE");
  for (const fs::path& dir : dirs) {
    const GoldenDecoder scene(dir);
    const bool trained = scene.shape.contains("answer");
    for (const auto& [format, random_overlap, trained_overlap] :
         {Bound{WeightFormat::BF16, 0.97, 0.99}, Bound{WeightFormat::Int8, 0.90, 0.95},
          Bound{WeightFormat::Int4, 0.55, 0.90}}) {
      const Weights weights = in_format(scene.weights, format);
      const auto check = [&](Backend& backend, const fs::path& file) {
        CAPTURE(file.string(), to_string(format), backend.info().details[0]);
        const nlohmann::json golden = nlohmann::json::parse(read_file(file));
        const Weights expected = Weights::open(fs::path(file).replace_extension(".safetensors"));
        Llama llama(scene.config, weights, backend);
        Prefill got(scene, options_in(golden), llama, backend);
        const std::size_t pruned = golden["pruning_layers"][0];
        for (std::size_t i = 0; i <= pruned; ++i)
          CHECK(relative_rms(got.last_hidden[i], expected.raw("last_hidden_per_layer").row(i)) <
                format_tolerance(format, i + 1));
        CHECK(overlap(got.strategy.steps[0].kept, ints(expected.raw("0.kept"))) >=
              (trained ? trained_overlap : random_overlap));
        if (trained) {
          CHECK(relative_rms(values_of(got.logits), values_of(expected.raw("logits"))) < kTrainedLogits);
          std::vector<std::int32_t> answer = golden["decoded_ids"];
          answer.erase(std::ranges::find(answer, kEndToken) + 1, answer.end());
          CHECK(got.decode(answer.size()) == answer);
        }
        return got.last_hidden;
      };
      const auto one = make_cpu_backend({.threads = 1}), two = make_cpu_backend({.threads = 2});
      for (const fs::path& file : scene.goldens()) {
        if (file.stem() == "video") check(*two, file);
        if (file.stem() != "v15-192" || dir.filename() == "sparsevlm-video") continue;
        CHECK(check(*one, file) == check(*two, file));
        if (format != WeightFormat::BF16) on_every_target([&](Backend& backend) { check(backend, file); });
      }
    }
  }
}

}  // namespace sparsight::test
