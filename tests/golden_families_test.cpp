// Compares every family with transformers: whole small checkpoints with random weights and what transformers computes
// with them. SPARSIGHT_FAMILIES: directories with config.json and expected.json, or directories of these, separated by
// colons; ../shared/families by default.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/families/family.h"
#include "core/model/llama.h"
#include "core/model/preprocess.h"
#include "core/model/prompt.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "core/pruning/registry.h"
#include "core/pruning/run.h"
#include "tests/goldens.h"
#include "tests/models.h"
#include "tests/support.h"
#include "tests/tested_backend.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

// Of the largest expected value (at least 1): float32 arithmetic in another order.
constexpr double kFamilyTolerance = 1e-4;
// Of visual tokens from files: transformers' torchvision resizes a level apart from PIL here and there.
constexpr double kFromFileTolerance = 0.05;
// Of pixels that were interpolated as floats.
constexpr double kFloatPixels = 1e-5;

// One folder: the model, and what it must compute.
struct FamilyGolden {
  explicit FamilyGolden(const fs::path& where)
      : dir(where),
        expected(nlohmann::json::parse(read_file(where / "expected.json"))),
        tensors(Weights::open(where / "expected.safetensors")),
        config(read_config(where, Weights::open(where, read_config(where).family->names))),
        rounded(find_rounding()),
        engine(Engine::load({.model = where, .backend = tested_backend(), .round_frequencies = rounded})) {
    config = engine->info().config;
  }

  // The reference may be a model that was cast, with rotary frequencies rounded to the weights' dtype
  // (RopeConfig::frequencies): whichever first layer is nearer. All else must agree with it.
  [[nodiscard]] bool find_rounding() const {
    const std::size_t last = cases() - 1;
    const auto backend = tested_backend()();
    const Weights weights = Weights::open(dir, config.family->names);
    double error[2] = {0, 0};
    for (const bool round : {false, true}) {
      ModelConfig one = config;
      if (round) one.text.rope.frequencies = embedding_dtype(config, weights);
      Llama llama(one, weights, *backend);
      KvCache cache = llama.make_cache();
      const HostView hidden = tensors.raw("case" + std::to_string(last) + ".hidden");
      const Tensor embeds = embeds_of(last, llama, *backend);
      std::vector<std::int32_t> positions(embeds.rows());
      std::iota(positions.begin(), positions.end(), 0);
      const std::size_t tail = hidden.shape()[1], width = hidden.shape()[2];
      const auto add = [&](HostView got) {
        const auto wanted = values_of(hidden).first(2 * tail * width).last(got.shape().elements());
        for (std::size_t i = 0; i < wanted.size(); ++i)
          error[round] += std::abs(static_cast<double>(values_of(got)[i] - wanted[i]));
      };
      const TensorView normed =
          llama.forward(embeds, positions, cache, {.on_layer = [&](const LayerView& view) {
                          if (view.layer == 0 && config.text.layers > 1)
                            add(backend->read(view.hidden.slice_rows(view.hidden.rows() - tail, tail)));
                        }});
      if (config.text.layers == 1) add(backend->read(normed));
    }
    return error[true] < error[false];
  }

  // What enters the decoder: as the file has it, or the embeddings of the ids with the expected visual tokens in place.
  [[nodiscard]] Tensor embeds_of(std::size_t n, const Llama& llama, Backend& backend) const {
    if (const std::string name = "case" + std::to_string(n) + ".inputs_embeds"; has(name))
      return backend.upload(tensors.raw(name));
    Ids words = ids(n);
    const auto first = std::ranges::find(words, kNoPlaceholderToken) - words.begin();
    std::erase(words, kNoPlaceholderToken);
    const std::size_t visual = at(n)["visual_tokens"];
    words.insert(words.begin() + first, visual, config.bos);
    Tensor out = backend.make(Shape{words.size(), config.text.hidden});
    llama.embed(words, out);
    if (visual != 0)
      backend.write(tensors.raw(kind(n) == "video" ? "visual_tokens" : "image_visual_tokens"), out,
                    static_cast<std::size_t>(first));
    return out;
  }

  [[nodiscard]] bool has(const std::string& name) const { return std::ranges::count(tensors.names(), name) != 0; }
  [[nodiscard]] std::size_t cases() const { return expected["cases"].size(); }
  [[nodiscard]] const nlohmann::json& at(std::size_t n) const { return expected["cases"][n]; }
  [[nodiscard]] std::string kind(std::size_t n) const { return at(n)["kind"]; }
  [[nodiscard]] Ids ids(std::size_t n) const {
    return at(n).contains("input_ids") ? at(n)["input_ids"] : at(n)["prompt_ids"];
  }
  // The file of a case; nullopt: a text, or the clips are not here.
  [[nodiscard]] std::optional<fs::path> file(std::size_t n) const {
    if (kind(n) == "text") return std::nullopt;
    return golden_clip(dir, expected.value(kind(n) == "video" ? "clip" : "image", ""));
  }
  [[nodiscard]] std::shared_ptr<const EncodedMedia> media(std::size_t n) const {
    const auto path = file(n);
    if (!path) return nullptr;
    FrameRequest request = engine->trained_request({});
    if (expected.contains("frame_indices")) request = {.count = expected["frame_indices"].size()};
    return engine->open(*path, request).encoded;
  }
  [[nodiscard]] Question question(std::size_t n, std::shared_ptr<const EncodedMedia> media) const {
    Question out;
    out.media = std::move(media);
    out.turns = {{at(n)["question"], ""}};
    out.max_new_tokens = std::max<std::size_t>(1, at(n)["generated_ids"].size());
    return out;
  }

  fs::path dir;
  nlohmann::json expected;
  Weights tensors;
  ModelConfig config;
  bool rounded;
  std::unique_ptr<Engine> engine;
};

bool is_known(const fs::path& dir) {
  try {
    static_cast<void>(read_config(dir));
    return true;
  } catch (const Error& error) {
    skip(dir.filename().string() + ": " + error.what());
    return false;
  }
}

template <typename Body>
void for_each_family(const Body& body) {
  const std::vector<fs::path> dirs = golden_dirs("SPARSIGHT_FAMILIES", {shared_dir() / "families"});
  if (dirs.empty()) return skip("no golden directory: see SPARSIGHT_FAMILIES");
  for (const fs::path& dir : dirs) {
    if (!is_known(dir)) continue;
    INFO(dir.string());
    const FamilyGolden golden(dir);
    for (std::size_t n = 0; n < golden.cases(); ++n) {
      INFO("case " << n << ": " << golden.kind(n));
      if (golden.kind(n) != "text" && !golden.file(n))
        skip("the clips of the goldens are not here (../shared/clips)");
      else
        body(golden, n);
    }
  }
}

// The embeddings that enter the decoder, and what comes of them.
Ids check_decoder(const FamilyGolden& golden, std::size_t n, const std::vector<RotaryPlace>& places) {
  const std::string name = "case" + std::to_string(n);
  const auto backend = tested_backend()();
  const Weights weights = Weights::open(golden.dir, golden.config.family->names);
  Llama llama(golden.config, weights, *backend);
  const HostView embeds = golden.tensors.raw(name + ".inputs_embeds");
  const std::size_t length = embeds.rows(), layers = golden.config.text.layers;
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  const HostView hidden = golden.tensors.raw(name + ".hidden");
  const std::size_t tail = hidden.shape()[1], width = hidden.shape()[2];
  const auto state = [&](std::size_t i) { return values_of(hidden).subspan(i * tail * width, tail * width); };

  KvCache cache = llama.make_cache();
  ForwardOptions options;
  options.score_rows = [&](std::size_t) { return std::vector{length - 1}; };
  options.on_layer = [&](const LayerView& view) {
    INFO("layer " << view.layer);
    const HostRead rows = backend->read(view.hidden);
    if (view.layer + 1 < layers)
      check_within("hidden", values_of(rows.view().slice_rows(length - tail, tail)), state(view.layer + 1),
                   kFamilyTolerance);
    check_within("attention", values_of(backend->read(view.scores)),
                 golden.tensors.raw(name + ".attention_last_row").row(view.layer), kFamilyTolerance);
  };
  llama.set_places(places);
  const Tensor uploaded = backend->upload(embeds);
  const TensorView last = llama.forward(uploaded, positions, cache, options);
  check_within("final norm", values_of(backend->read(last)), state(layers).last(width), kFamilyTolerance);
  check_within("logits", values_of(backend->read(llama.logits(last))), values_of(golden.tensors.raw(name + ".logits")),
               kFamilyTolerance);
  return greedy_ids(llama, *backend, golden.config, last, cache, length, golden.at(n)["generated_ids"].size());
}

// The trace's attention of the last row of the prompt, in every layer and head.
void check_trace_attention(const FamilyGolden& golden, std::size_t n, const std::vector<RotaryPlace>& places) {
  const std::string name = "case" + std::to_string(n);
  const auto backend = tested_backend()();
  const Weights weights = Weights::open(golden.dir, golden.config.family->names);
  Llama llama(golden.config, weights, *backend);
  const Tensor embeds = backend->upload(golden.tensors.raw(name + ".inputs_embeds"));
  const PromptLayout layout = golden.engine->lay_out(golden.question(n, golden.media(n)));
  REQUIRE(layout.length == embeds.rows());
  Trace trace;
  PruningRun run(nullptr, golden.config, llama, *backend, trace, {}, {.attention = true, .answer = 1});
  CHECK(run.before_decoder(embeds.view().slice_rows(layout.visual_begin, layout.visual_count()),
                           embeds.view().slice_rows(layout.visual_end, layout.length - layout.visual_end),
                           layout.visual)
            .empty());
  ForwardOptions options;
  run.attach(options, {layout.visual_begin, layout.visual_count(), layout.length}, 0);
  std::vector<std::int32_t> positions(layout.length);
  std::iota(positions.begin(), positions.end(), 0);
  llama.set_places(places);
  KvCache cache = llama.make_cache();
  static_cast<void>(llama.forward(embeds, positions, cache, options));
  run.finish(1);
  const TextConfig& c = golden.config.text;
  REQUIRE(trace.attention.layers.size() == c.layers);
  REQUIRE(trace.attention.mean_layers() == 0);
  const std::vector<std::size_t> last{trace.attention.text_rows - 1};
  for (std::size_t layer = 0; layer < c.layers; ++layer)
    for (std::size_t head = 0; head < c.heads; ++head) {
      INFO("layer " << layer << ", head " << head);
      const auto expected = golden.tensors.raw(name + ".attention_last_row").row(layer);
      check_within("attention of a trace", trace.attention.mean(layer, last, head),
                   expected.subspan(head * layout.length + layout.visual_begin, layout.visual_count()),
                   kFamilyTolerance + 1.0 / 2048);  // and that of half floats
    }
}

// The places of a whole prompt, as position_ids [3, length] has them.
std::vector<RotaryPlace> expected_places(const FamilyGolden& golden, std::size_t n) {
  const std::string name = "case" + std::to_string(n) + ".position_ids";
  std::vector<RotaryPlace> out;
  if (!golden.has(name)) return out;
  const std::vector<std::int64_t> ids = whole_numbers(golden.tensors, name);
  const std::size_t length = ids.size() / 3;
  for (std::size_t i = 0; i < length; ++i)
    out.push_back({static_cast<std::int32_t>(ids[i]), static_cast<std::int32_t>(ids[length + i]),
                   static_cast<std::int32_t>(ids[2 * length + i])});
  return out;
}

// A case of a folder whose tensors have the form of ../golden: states of the prompt with the expected visual tokens in
// place.
Ids check_answering(const FamilyGolden& golden, std::size_t n) {
  const std::string name = "case" + std::to_string(n);
  const auto backend = tested_backend()();
  const Weights weights = Weights::open(golden.dir, golden.config.family->names);
  Llama llama(golden.config, weights, *backend);
  const Tensor embeds = golden.embeds_of(n, llama, *backend);
  const std::size_t length = embeds.rows();
  std::vector<std::int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  const HostView hidden = golden.tensors.raw(name + ".hidden");
  const std::size_t tail = hidden.shape()[1], width = hidden.shape()[2], layers = golden.config.text.layers;
  const auto state = [&](std::size_t i) { return values_of(hidden).subspan(i * tail * width, tail * width); };
  const auto tail_of = [&](HostView rows) { return values_of(rows.slice_rows(rows.rows() - tail, tail)); };

  check_within("embeddings", tail_of(backend->read(embeds)), state(0), kFamilyTolerance);
  KvCache cache = llama.make_cache();
  const TensorView last = llama.forward(embeds, positions, cache, {.on_layer = [&](const LayerView& view) {
                                          INFO("layer " << view.layer);
                                          if (view.layer + 1 < layers)
                                            check_within("hidden", tail_of(backend->read(view.hidden)),
                                                         state(view.layer + 1), kFamilyTolerance);
                                        }});
  check_within("final norm", values_of(backend->read(last)), state(layers).last(width), kFamilyTolerance);
  check_within("logits", values_of(backend->read(llama.logits(last))), values_of(golden.tensors.raw(name + ".logits")),
               kFamilyTolerance);
  return greedy_ids(llama, *backend, golden.config, last, cache, length, golden.at(n)["generated_ids"].size());
}

// The frames of a case as the family looks at them, [frames, 3, height, width].
HostTensor pixels_of(const FamilyGolden& golden, const Clip& clip) {
  const MediaKind kind = clip.is_image ? MediaKind::Image : MediaKind::Video;
  const VisionConfig& tower = golden.config.tower(kind);
  const PreprocessConfig how = read_preprocess_config(golden.dir, golden.config, kind);
  HostTensor out(Shape{clip.frames.size(), tower.channels, tower.image_height, tower.image_width});
  for (std::size_t f = 0; f < clip.frames.size(); ++f) {
    const ViewPixels one = look_at(*clip.frames[f].image, how, golden.config, kind);
    REQUIRE(one.values.shape().elements() == out.cols());
    std::ranges::copy(values_of(one.values), out.row(f).begin());
  }
  return out;
}

}  // namespace

TEST_CASE("golden families: prompt ids and places", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    const PromptLayout layout = golden.engine->lay_out(golden.question(n, media));
    CHECK((golden.at(n).contains("input_ids") ? layout.expanded() : layout.ids) == golden.ids(n));
    const std::vector<RotaryPlace> wanted = expected_places(golden, n);
    if (wanted.empty() || !media) return;
    CHECK(golden.engine->places(golden.question(n, media)) == wanted);
  });
}

TEST_CASE("golden families: visual tokens from the file", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    const std::string name = "case" + std::to_string(n) + ".inputs_embeds";
    if (!media || !golden.has(name)) return;
    const PromptLayout layout = golden.engine->lay_out(golden.question(n, media));
    const HostView wanted = golden.tensors.raw(name);
    const auto backend = tested_backend()();
    const HostRead got = backend->read(media->tokens().embeddings);
    std::size_t row = 0;
    for (std::size_t i = 0; i < layout.visual.tokens(); ++i) {
      if (layout.visual.is_word(i)) continue;
      INFO("token " << i);
      check_within("visual token", got.row(row++), wanted.row(layout.visual_begin + i), kFromFileTolerance);
    }
    CHECK(row == got.view().rows());
  });
}

TEST_CASE("golden families: the decoder's states, attention, logits and greedy ids", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    if (!golden.has("case" + std::to_string(n) + ".inputs_embeds")) return;
    CHECK(check_decoder(golden, n, expected_places(golden, n)) == golden.at(n)["generated_ids"].get<Ids>());
  });
}

TEST_CASE("golden families: a trace's attention is that of transformers", "[golden-families][trace-attention]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    const std::string name = "case" + std::to_string(n);
    if (!media || !golden.has(name + ".inputs_embeds") || !golden.has(name + ".attention_last_row")) return;
    check_trace_attention(golden, n, expected_places(golden, n));
  });
}

// What only folders whose tensors have the form of ../golden say.
TEST_CASE("golden families: frames, pixels, the tower's layers and visual tokens", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    if (!golden.has("pixel_values") || golden.kind(n) == "text") return;
    const bool video = golden.kind(n) == "video";
    const MediaKind kind = video ? MediaKind::Video : MediaKind::Image;
    const std::vector<std::int64_t> indices = golden.expected["frame_indices"];
    const Clip clip = read_clip(*golden.file(n), {.count = indices.size()});
    REQUIRE(clip.frames.size() == (video ? indices.size() : 1));
    for (std::size_t f = 0; video && f < indices.size(); ++f) CHECK(clip.frames[f].index == indices[f]);
    const std::string before = video ? "" : "image_";
    const HostView pixels = golden.tensors.raw(before + "pixel_values");
    check_within("pixels", values_of(pixels_of(golden, clip)), values_of(pixels), kFloatPixels);

    const auto backend = tested_backend()();
    const Weights weights = Weights::open(golden.dir, golden.config.family->names);
    const auto features = [&](std::size_t layer) {
      ModelConfig config = golden.config;
      config.feature_layers = {layer};
      return HostTensor::copy_of(
          backend->read(VisionEncoder(config, weights, *backend).run_tower(pixels, kind).features));
    };
    if (video) {
      check_within("tower, layer 1", values_of(features(1)), values_of(golden.tensors.raw("tower_hidden_1")),
                   kFamilyTolerance);
      check_within("tower", values_of(features(golden.config.feature_layers.front())),
                   values_of(golden.tensors.raw("tower_features")), kFamilyTolerance);
    }
    const VisualTokens tokens = VisionEncoder(golden.config, weights, *backend).encode(pixels, kind);
    check_within("visual tokens", values_of(backend->read(tokens.embeddings)),
                 values_of(golden.tensors.raw(before + "visual_tokens")), kFamilyTolerance);
  });
}

TEST_CASE("golden families: states, logits and greedy ids after the expected visual tokens", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    if (!golden.has("pixel_values")) return;
    CHECK(check_answering(golden, n) == golden.at(n)["generated_ids"].get<Ids>());
  });
}

TEST_CASE("golden families: answers from the file", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const Answer answer = golden.engine->answer(golden.question(n, golden.media(n)));
    Ids wanted = golden.at(n)["generated_ids"];
    if (answer.stop == StopReason::EndOfAnswer) wanted.pop_back();  // the list holds the end token
    CHECK(answer.generated_ids == wanted);
  });
}

TEST_CASE("golden families: reused rows change no answer", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    Question asked = golden.question(n, media), other = asked, again = asked;
    other.turns = {{"Why?", ""}};
    const Answer first = golden.engine->answer(asked);
    // The answer that was just generated is in the prompt now, and its rows may be where they do not belong.
    again.turns = {{asked.turns[0].question, first.text}, {"And then?", ""}};
    for (const Question* next : {&again, &other, &asked}) {
      Question fresh = *next;
      fresh.reuse = false;
      const Answer reusing = golden.engine->answer(*next), computed = golden.engine->answer(fresh);
      CHECK(reusing.generated_ids == computed.generated_ids);
    }
  });
}

TEST_CASE("golden families: every strategy answers, or says what it lacks", "[golden-families]") {
  for_each_family([](const FamilyGolden& golden, std::size_t n) {
    const auto media = golden.media(n);
    if (!media) return;
    Question asked = golden.question(n, media);
    asked.max_new_tokens = 4;
    for (const StrategyInfo& info : strategies()) {
      if (info.name == "none") continue;
      INFO(info.name);
      asked.pruning = {.strategy = std::string(info.name), .budget = parse_budget("50%")};
      try {
        const Answer answer = golden.engine->answer(asked);
        REQUIRE(answer.trace);
        for (const TraceStep& step : answer.trace->steps) CHECK(std::ranges::is_sorted(step.positions));
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Usage);
        CHECK(std::string(error.what()).starts_with(info.name));
      }
    }
  });
}

}  // namespace sparsight::test
