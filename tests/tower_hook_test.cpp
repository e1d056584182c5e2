// Hook 1: what the tower passes to a strategy, and what the engine does with the answer.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/llama.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "core/pruning/registry.h"
#include "kernels/backends.h"
#include "tests/media.h"
#include "tests/models.h"
#include "tests/support.h"
#include "tests/tower_scene.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEverywhere[] = {"prumerge", "prumerge+", "visionzip", "divprune", "fastvid"};
constexpr double kHookTolerance = 1e-4;  // relative to the largest expected value, at least 1

fs::path tiny_model() { return source_dir() / "tests/data/golden/tiny-gqa"; }

// x W^T + b of one row, with as many outputs as inputs.
Row linear(const Weights& weights, const std::string& name, const Row& x) {
  const HostTensor w = to_f32(weights.get(name + ".weight", Shape{x.size(), x.size()})),
                   b = to_f32(weights.get(name + ".bias", Shape{x.size()}));
  Row out;
  for (std::size_t i = 0; i < w.rows(); ++i) out.push_back(dot(row_of(w, i), x) + static_cast<double>(b.f32()[i]));
  return out;
}

Row layer_norm(const Weights& weights, const std::string& name, const Row& x, double eps) {
  const HostTensor w = to_f32(weights.get(name + ".weight", Shape{x.size()})),
                   b = to_f32(weights.get(name + ".bias", Shape{x.size()}));
  const auto n = static_cast<double>(x.size());
  double mean = 0, variance = 0;
  for (const double value : x) mean += value / n;
  for (const double value : x) variance += (value - mean) * (value - mean) / n;
  Row out;
  for (std::size_t c = 0; c < x.size(); ++c)
    out.push_back((x[c] - mean) / std::sqrt(variance + eps) * static_cast<double>(w.f32()[c]) +
                  static_cast<double>(b.f32()[c]));
  return out;
}

void check_near(std::span<const float> got, const Row& expected) {
  REQUIRE(got.size() == expected.size());
  double worst = 0, largest = 1;
  for (std::size_t i = 0; i < got.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(got[i]) - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  CHECK(worst <= kHookTolerance * largest);
}

// The image for the tests: the first frame of a clip.
std::shared_ptr<const EncodedMedia> encode_image(Engine& engine, const TempDir& temp) {
  write_png(*read_clip(demo_clip("rising.mp4")).frames[0].image, temp / "frame.png");
  return engine.encode(read_clip(temp / "frame.png"));
}

}  // namespace

TEST_CASE("the tower's last layers equal plain arithmetic", "[pruning][tower]") {
  const Weights weights = Weights::open(tiny_model());
  const Weights golden = Weights::open(tiny_model() / "expected.safetensors");
  const auto backend = make_cpu_backend({.threads = 2});
  ModelConfig config = read_config(tiny_model());
  const VisionConfig& c = config.vision;
  const std::size_t tokens = c.tokens(), head = c.hidden / c.heads;

  for (const MediaKind kind : {MediaKind::Video, MediaKind::Image}) {
    const std::string tower = kind == MediaKind::Video ? "model.video_tower." : "model.image_tower.";
    const HostView pixels = golden.raw(kind == MediaKind::Video ? "pixel_values" : "image_pixel_values");
    // Whatever the feature layer is: what was not computed for it is computed on request.
    for (const std::size_t feature : {0u, 1u, 2u, 3u}) {
      config.feature_layers = {feature};
      const VisionEncoder vision(config, weights, *backend);
      const VisualTokens encoded = vision.encode(pixels, kind);
      CHECK(encoded.tower.features.rows() == encoded.layout.frames() * tokens);
      for (const std::size_t from_end : {1u, 2u}) {
        CAPTURE(tower, feature, from_end);
        const std::size_t layer = c.layers - from_end;
        ModelConfig state_config = config;
        state_config.feature_layers = {layer};
        const Tensor state = VisionEncoder(state_config, weights, *backend).run_tower(pixels, kind).features;
        const std::string at = tower + "encoder.layers." + std::to_string(layer) + ".";
        const TowerAttention got = vision.attention(encoded, from_end);
        REQUIRE(got.cls_attention.shape() == Shape{encoded.layout.frames(), c.heads, tokens});
        REQUIRE(got.keys.shape() == Shape{encoded.layout.frames() * tokens, c.hidden});
        for (std::size_t f = 0; f < encoded.layout.frames(); ++f) {
          std::vector<Row> keys;
          Row query;
          for (std::size_t j = 0; j < tokens; ++j) {
            const Row normed = layer_norm(weights, at + "layer_norm1", row_of(host(state), f * tokens + j),
                                          static_cast<double>(c.norm_eps));
            keys.push_back(linear(weights, at + "self_attn.k_proj", normed));
            check_near(host(got.keys).row(f * tokens + j), keys.back());
            const Row q = linear(weights, at + "self_attn.q_proj", normed);
            check_near(host(got.queries).row(f * tokens + j), q);
            if (j == 0) query = q;
          }
          for (std::size_t h = 0; h < c.heads; ++h) {
            Row row;
            double sum = 0;
            for (std::size_t j = 0; j < tokens; ++j) {
              double product = 0;
              for (std::size_t d = h * head; d < (h + 1) * head; ++d) product += query[d] * keys[j][d];
              sum += row.emplace_back(std::exp(product / std::sqrt(static_cast<double>(head))));
            }
            for (double& value : row) value /= sum;
            check_near({got.cls_attention.f32() + (f * c.heads + h) * tokens, tokens}, row);
          }
        }
      }
    }
  }
  std::stop_source stopped;
  stopped.request_stop();
  config.feature_layers = {0};
  const VisionEncoder vision(config, weights, *backend);
  const VisualTokens encoded = vision.encode(golden.raw("pixel_values"), MediaKind::Video);
  CHECK_THROWS_AS(vision.attention(encoded, 1, {{}, stopped.get_token()}), Cancelled);
}

TEST_CASE("a tower of one layer has no last but one", "[pruning][tower]") {
  const Weights weights = Weights::open(tiny_model());
  const auto backend = make_cpu_backend({.threads = 2});
  ModelConfig config = read_config(tiny_model());
  config.vision.layers = 1;
  config.feature_layers = {0};
  const VisionEncoder vision(config, weights, *backend);
  const Weights golden = Weights::open(tiny_model() / "expected.safetensors");
  const VisualTokens encoded = vision.encode(golden.raw("pixel_values"), MediaKind::Video);
  CHECK(vision.attention(encoded, 1).keys.rows() == encoded.tower.features.rows());
  CHECK_THROWS_WITH(vision.attention(encoded, 2), Catch::Contains("1 layers"));
}

TEST_CASE("tokens pruned before the decoder: counts, trace and answer", "[pruning][tower][engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const TempDir temp;
  const auto video = engine->encode(read_clip(demo_clip("crossing.mp4")));
  const auto image = encode_image(*engine, temp);
  for (const auto& media : {video, image}) {
    const std::size_t all = media->visual_tokens();
    for (const std::string strategy : kEverywhere) {
      for (const std::string budget : {"", "50%", "40", "3"}) {
        CAPTURE(all, strategy, budget);
        const PruningOptions options = options_for(strategy, budget);
        const Answer answer = ask(*engine, media, "Which color does the star have?", options);
        REQUIRE(answer.trace);
        const Trace& trace = *answer.trace;
        REQUIRE(trace.steps.size() == 1);
        const TraceStep& step = trace.steps[0];
        const bool in_tower = strategy != "divprune" && strategy != "fastvid";
        CHECK(step.layer == (in_tower ? TraceStep::kTower : TraceStep::kBeforeDecoder));
        CHECK(trace.visual_tokens == all);
        CHECK(step.ids.size() == all);
        CHECK(step.kept() + step.recycled() + step.dropped() == all);
        CHECK(step.positions.size() == step.out_ids.size());
        CHECK(std::ranges::is_sorted(step.positions));
        CHECK(step.ms > 0);
        REQUIRE(trace.layers.size() == 6);
        for (const TraceLayer& layer : trace.layers) {
          CHECK(layer.visual_in == step.out_ids.size());
          CHECK(layer.tokens == answer.prompt_tokens - all + layer.visual_in);
        }
        if (!budget.empty()) CHECK(step.out_ids.size() == options.budget.tokens(all));
        for (std::size_t i = 0; i < step.out_ids.size(); ++i) {
          const std::size_t stands = strategy == "fastvid" ? static_cast<std::size_t>(step.out_ids[i]) : i;
          CHECK(step.positions[i] == static_cast<std::int32_t>(trace.visual_begin + stands));
        }
        save_trace(trace, temp / "a.trace");
        CHECK(load_trace(temp / "a.trace").steps[0].into == step.into);
        if (budget == "50%") CHECK_FALSE(answer.text.empty());
      }
    }
  }
}

TEST_CASE("a follow-up on a prompt pruned before the decoder answers like a fresh engine", "[pruning][tower][engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const Clip clip = read_clip(demo_clip("crossing.mp4"));
  const auto media = engine->encode(clip);
  for (const std::string strategy : kEverywhere) {
    CAPTURE(strategy);
    const PruningOptions options = options_for(strategy, "10%");
    const Answer first = ask(*engine, media, "How many objects are there?", options);
    CHECK(first.reused_tokens < 10);
    // The same tokens are left, whatever the question: they are in the cache.
    const Answer second = ask(*engine, media, "Which color does the star have?", options);
    CHECK(second.reused_tokens >= 206);
    // Other tokens: only the words before them are reused.
    const Answer fewer = ask(*engine, media, "Which color does the star have?", options_for(strategy, "5%"));
    CHECK(fewer.reused_tokens < 10);
    // A chat continues after the given answer.
    Question chat{.media = media,
                  .system = {},
                  .turns = {{"How many objects are there?", ""}},
                  .sampling = {},
                  .max_new_tokens = 16,
                  .pruning = options};
    const Answer opening = engine->answer(chat);
    chat.turns = {{"How many objects are there?", opening.text}, {"Which color does the star have?", ""}};
    const Answer going_on = engine->answer(chat);
    CHECK(going_on.reused_tokens > 206 + 8);

    const auto fresh = Engine::load({.model = demo_model(), .backend = cpu_backend()});
    const auto again = fresh->encode(clip);
    const Answer alone = ask(*fresh, again, "Which color does the star have?", options);
    CHECK(alone.reused_tokens == 0);
    CHECK(alone.generated_ids == second.generated_ids);
    CHECK(alone.trace->steps[0].into == second.trace->steps[0].into);
    const auto another = Engine::load({.model = demo_model(), .backend = cpu_backend()});
    chat.media = another->encode(clip);
    CHECK(another->answer(chat).generated_ids == going_on.generated_ids);

    // To all tokens, to pruning in the decoder, and back: nothing remains of the one before.
    const Answer dense = ask(*engine, media, "Which color does the star have?", {});
    CHECK(dense.reused_tokens < 10);
    CHECK(dense.text == "The star is red.");
    (void)ask(*engine, media, "Which color does the star have?", options_for("sparsevlm-v1.5"));
    const Answer back = ask(*engine, media, "Which color does the star have?", options);
    CHECK(back.reused_tokens == 0);
    CHECK(back.generated_ids == second.generated_ids);
  }
}

namespace {

// The engine's work by hand: embeddings and positions are put together here, and each token is decoded at the position
// that the policy says.
struct ByHand {
  ModelConfig config = read_config(demo_model());
  Weights weights = Weights::open(demo_model());
  std::unique_ptr<Backend> backend = make_cpu_backend({.threads = 2});
  VisionEncoder vision{config, weights, *backend};
  Llama llama{config, weights, *backend};

  struct Survivors {
    Selection selection;
    Tensor states;  // [outputs, hidden]; empty: the tokens as they are
  };
  Survivors survivors(const PruningOptions& options, const VisualTokens& tokens, const VisualLayout& layout,
                      TensorView text) {
    const auto made =
        make_strategy(options, {.layers = config.text.layers, .visual_tokens = layout.tokens(), .layout = layout});
    std::optional<Selection> selection;
    if (const std::size_t layer = made->tower_request().layer_from_end) {
      const TowerAttention attention = vision.attention(tokens, layer);
      const TowerView tower{.features = {tokens.tower.features, *backend},
                            .cls_attention = attention.cls_attention,
                            .keys = {attention.keys, *backend},
                            .queries = {attention.queries, *backend},
                            .heads = config.vision.heads,
                            .layout = layout};
      selection = made->tower(tower);
      if (selection)
        for (auto& sum : selection->sums)
          for (WeightedRow& part : sum) part.row = tower.row_of(part.row);
    }
    const bool in_tower = selection.has_value();
    if (!in_tower) selection = made->before_decoder({{tokens.embeddings, *backend}, {text, *backend}, layout});
    REQUIRE(selection);
    Survivors out{*std::move(selection), {}};
    if (out.selection.sums.empty()) return out;
    const TensorView from = in_tower ? tokens.tower.features : tokens.embeddings;
    out.states = backend->make(Shape{out.selection.outputs(), from.cols()});
    backend->combine(from, out.selection.sums, out.states, 0);
    if (in_tower) out.states = vision.project(out.states);
    return out;
  }

  // At most 12 tokens; the first stands at `position`.
  std::vector<std::int32_t> greedy(TensorView prompt, std::span<const std::int32_t> positions, std::int32_t position) {
    Tensor next = backend->make(Shape{1, config.text.hidden});
    KvCache cache = llama.make_cache();
    TensorView hidden = llama.forward(prompt, positions, cache);
    std::vector<std::int32_t> ids;
    while (ids.size() < 12) {
      const HostView logits = host(llama.logits(hidden));
      const auto id = static_cast<std::int32_t>(std::ranges::max_element(logits.row(0)) - logits.row(0).begin());
      if (std::ranges::count(config.eos, id) != 0) break;
      ids.push_back(id);
      llama.embed({&id, 1}, next);
      hidden = llama.forward(next, {&position, 1}, cache, {.stage = Stage::Generate});
      ++position;
    }
    return ids;
  }

  std::vector<std::int32_t> answer(const PromptLayout& layout, const EncodedMedia& media, const PruningOptions& options,
                                   bool original) {
    const VisualTokens& tokens = media.tokens();
    const std::vector<std::int32_t> prompt_ids = layout.expanded();
    Tensor all = backend->make(Shape{prompt_ids.size(), config.text.hidden});
    llama.embed(prompt_ids, all);
    const auto [selection, states] = survivors(
        options, tokens, media.layout(), all.view().slice_rows(layout.visual_end, layout.length - layout.visual_end));
    const std::size_t left = selection.outputs(), length = layout.length - layout.visual_count() + left;
    SharedTensor rows(Shape{length, all.cols()});
    std::vector<std::int32_t> positions(length);
    const auto put = [&](std::size_t at, std::span<const float> row, std::size_t position) {
      std::ranges::copy(row, rows.row(at).begin());
      positions[at] = static_cast<std::int32_t>(original ? position : at);
    };
    for (std::size_t i = 0; i < layout.visual_begin; ++i) put(i, host(all).row(i), i);
    for (std::size_t i = 0; i < left; ++i) {
      const std::size_t output = selection.order.empty() ? i : selection.order[i];
      const std::size_t token = output < selection.kept.size() ? selection.kept[output] : 0;
      put(layout.visual_begin + i, states.empty() ? host(tokens.embeddings).row(token) : host(states).row(output),
          layout.visual_begin + token);
    }
    for (std::size_t i = layout.visual_end; i < layout.length; ++i)
      put(i - layout.visual_count() + left, host(all).row(i), i);
    return greedy(rows, positions, static_cast<std::int32_t>(original ? layout.length : length));
  }
};

}  // namespace

TEST_CASE("survivors have the right positions, and the answer continues after them", "[pruning][tower][engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = 2})});
  const auto media = engine->encode(read_clip(demo_clip("trio.mp4")));
  ByHand by_hand;
  for (const std::string strategy : kEverywhere) {
    for (const bool original : {false, true}) {
      PruningOptions options = options_for(strategy, "12%");
      if (strategy == "divprune" || strategy == "fastvid")
        options.positions = original ? Positions::Original : Positions::Repacked;
      else if (original)
        continue;
      CAPTURE(strategy, original);
      const Question question{.media = media,
                              .system = {},
                              .turns = {{"What do you see?", ""}},
                              .sampling = {},
                              .max_new_tokens = 12,
                              .pruning = options};
      CHECK(by_hand.answer(engine->lay_out(question), *media, options, original) ==
            engine->answer(question).generated_ids);
    }
  }
}

}  // namespace sparsight::test
