// The original Video-LLaVA, as a small checkpoint of random weights: what its tensors say, its frames and its answers.
#include "core/model/families/video_llava_original.h"
#include "core/engine.h"
#include "core/measure/bench.h"
#include "core/model/preprocess.h"
#include "core/model/quantise.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "core/model_check.h"
#include "core/pruning/registry.h"
#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr std::size_t kOriginalFrames = 4;

nlohmann::json original_json() {
  return {{"model_type", "llava"},
          {"mm_video_tower", "LanguageBind/LanguageBind_Video_merge"},
          {"mm_image_tower", "LanguageBind/LanguageBind_Image"},
          {"mm_projector_type", "mlp2x_gelu"},
          {"mm_vision_select_layer", -2},
          {"mm_vision_select_feature", "patch"},
          {"mm_hidden_size", 64},
          {"image_aspect_ratio", "pad"},
          {"hidden_size", 48},
          {"intermediate_size", 80},
          {"num_hidden_layers", 4},
          {"num_attention_heads", 4},
          {"num_key_value_heads", 2},
          {"max_position_embeddings", 2048},
          {"rope_scaling", nullptr},
          {"vocab_size", read_config(demo_model()).text.vocab}};
}

// Spelled as in the published files.
std::string in_published_files(const std::string& name) {
  for (const auto& [ours, theirs] : {std::pair{"model.video_tower.", "model.video_tower.video_tower."},
                                     {"model.image_tower.", "model.image_tower.image_tower."},
                                     {"model.multi_modal_projector.linear_1.", "model.mm_projector.0."},
                                     {"model.multi_modal_projector.linear_2.", "model.mm_projector.2."},
                                     {"model.language_model.", "model."}})
    if (name.starts_with(ours)) return theirs + name.substr(std::string_view(ours).size());
  return name;
}

// Towers of 3 layers with 2 x 2 patches of 14 pixels; the video's looks at 4 frames together.
void make_small(VisionConfig& tower) {
  tower.layers = 3;
  tower.intermediate = 96;
  tower.image_height = tower.image_width = 28;
}

struct OriginalModel {
  using Keep = std::function<bool(const std::string& published_name)>;
  using Change = std::function<void(const std::string& published_name, HostTensor& tensor)>;

  explicit OriginalModel(const std::function<void(ModelConfig&)>& shape = {}, const Keep& keep = {},
                         const Change& change = {}) {
    fs::create_directories(path);
    for (const char* name : {"tokenizer.model", "tokenizer.json", "tokenizer_config.json"})
      fs::copy_file(demo_model() / name, path / name);
    write_config(original_json());
    ModelConfig config = read_config(path);
    make_small(config.vision);
    make_small(*config.video_vision);
    config.video_vision->frames_together = kOriginalFrames;
    config.feature_layers = {2};
    if (shape) shape(config);
    const auto backend = cpu_backend()();
    SafetensorsWriter file;
    for (const Weights& weights :
         {random_weights(config, DType::F32, 5), random_towers(config, *backend, DType::F32, 6)})
      for (const std::string& name : weights.names()) {
        HostTensor tensor(weights.raw(name).shape());
        // random_towers() leaves this tower's matrices unwritten.
        if (name.starts_with("model.image_tower.") && tensor.shape().rank() > 1)
          for (std::size_t i = 0; i < tensor.shape().elements(); ++i)
            tensor.f32()[i] = 0.1f * std::sin(static_cast<float>(i));
        else
          tensor = HostTensor::copy_of(weights.raw(name));
        std::vector<std::size_t> sides;
        for (std::size_t i = 0; i < tensor.shape().rank(); ++i) sides.push_back(tensor.shape()[i]);
        const std::string theirs = in_published_files(name);
        if (keep && !keep(theirs)) continue;
        if (change) change(theirs, tensor);
        file.add(theirs, "F32", sides, {static_cast<const char*>(tensor.data()), tensor.view().bytes()});
      }
    write_file(path / "model.safetensors", file.str());
  }
  void write_config(const nlohmann::json& json) const { write_file(path / "config.json", json.dump()); }
  [[nodiscard]] Weights weights() const { return Weights::open(path, video_llava_original().names); }
  [[nodiscard]] ModelConfig config() const { return read_config(path, weights()); }
  [[nodiscard]] std::unique_ptr<Engine> engine() const {
    return Engine::load({.model = path, .backend = cpu_backend({.threads = 2})});
  }
  [[nodiscard]] std::string problem() const {
    try {
      static_cast<void>(engine());
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Model);
      return error.what();
    }
    return "";
  }

  TempDir folder;
  fs::path path = folder / "original";
};

HostTensor some_pixels(std::size_t frames, unsigned seed) {
  HostTensor out = random_tensor(Shape{frames * 3, 28 * 28}, seed);
  out.reshape(Shape{frames, 3, 28, 28});
  return out;
}

std::vector<float> embeddings_of(Backend& backend, const VisionEncoder& vision, HostView pixels) {
  const VisualTokens tokens = vision.encode(pixels, MediaKind::Video);
  const HostRead read = backend.read(tokens.embeddings);
  return {values_of(read).begin(), values_of(read).end()};
}

Question original_question(std::shared_ptr<const EncodedMedia> media) {
  Question out;
  out.media = std::move(media);
  out.turns = {{"Which <image> way?", ""}};
  out.max_new_tokens = 4;
  return out;
}

}  // namespace

TEST_CASE("the original Video-LLaVA has the shapes of its tensors", "[original]") {
  const OriginalModel model;
  const ModelConfig config = model.config();
  REQUIRE(config.family == &video_llava_original());
  for (const MediaKind kind : {MediaKind::Image, MediaKind::Video}) {
    const VisionConfig& tower = config.tower(kind);
    CHECK(tower.hidden == 64);
    CHECK(tower.heads == 1);
    CHECK(tower.layers == 3);
    CHECK(tower.intermediate == 96);
    CHECK(tower.patch_size == 14);
    CHECK(tower.image_height == 28);
    CHECK(tower.activation == Activation::Gelu);
    CHECK(tower.frames_together == (kind == MediaKind::Video ? kOriginalFrames : 0));
  }
  CHECK(config.feature_layers == std::vector<std::size_t>{2});
  CHECK(config.layout(MediaKind::Video, kOriginalFrames).tokens() == kOriginalFrames * 5);
  CHECK(config.layout(MediaKind::Image, 1).tokens() == 4);

  const ModelConfig assumed = read_config(model.path);  // without weights: LanguageBind's
  CHECK(assumed.vision.layers == 24);
  CHECK(assumed.video_vision->frames_together == 8);
  CHECK(assumed.feature_layers == std::vector<std::size_t>{23});

  const ModelInfo info = describe_model(model.path, config, model.weights());
  REQUIRE(info.notes.size() == 2);
  CHECK_THAT(info.notes[0], Contains("mirrors"));
  const auto quick = Engine::load(
      {.model = model.path, .backend = cpu_backend({.threads = 2}), .tower_activation = Activation::QuickGelu});
  CHECK(quick->info().config.tower(MediaKind::Video).activation == Activation::QuickGelu);
  CHECK(quick->info().config.tower(MediaKind::Image).activation == Activation::QuickGelu);
}

TEST_CASE("the original Video-LLaVA looks at frames together", "[original]") {
  const OriginalModel model;
  const ModelConfig config = model.config();
  const Weights weights = model.weights();
  const auto backend = make_cpu_backend({.threads = 2});
  const VisionEncoder vision(config, weights, *backend);
  CHECK_FALSE(vision.frame_by_frame());
  const HostTensor pixels = some_pixels(2 * kOriginalFrames, 1);
  const std::size_t frame = pixels.cols(), tokens = 5 * config.text.hidden;
  const HostView first(pixels.f32(), DType::F32, Shape{kOriginalFrames, 3, 28, 28}),
      second(pixels.f32() + kOriginalFrames * frame, DType::F32, Shape{kOriginalFrames, 3, 28, 28});

  // Runs of as many frames do not see each other, as in the published layers.
  const std::vector<float> both = embeddings_of(*backend, vision, pixels), one = embeddings_of(*backend, vision, first),
                           other = embeddings_of(*backend, vision, second);
  REQUIRE(both.size() == one.size() + other.size());
  CHECK(std::equal(one.begin(), one.end(), both.begin()));
  CHECK(std::equal(other.begin(), other.end(), both.begin() + static_cast<std::ptrdiff_t>(one.size())));

  // Within a run the last frame changes the tokens of the first.
  HostTensor changed = HostTensor::copy_of(first);
  for (std::size_t i = 0; i < frame; ++i) changed.row(kOriginalFrames - 1)[i] += 1;
  const std::vector<float> moved = embeddings_of(*backend, vision, changed);
  CHECK_FALSE(std::equal(moved.begin(), moved.begin() + static_cast<std::ptrdiff_t>(tokens), one.begin()));

  const HostView three(pixels.f32(), DType::F32, Shape{3, 3, 28, 28});
  CHECK_THROWS_WITH(vision.encode(three, MediaKind::Video), Contains("4 frames") && Contains("found 3"));
  const HostView picture(pixels.f32(), DType::F32, Shape{1, 3, 28, 28});
  CHECK(vision.encode(picture, MediaKind::Image).layout.tokens() == 4);
}

TEST_CASE("attention over time that adds nothing leaves the tower as it is without", "[original]") {
  const auto silent = [](const std::string& name, HostTensor& tensor) {
    if (name.find("temporal_attn.out_proj") != std::string::npos ||
        name.find("temporal_embedding") != std::string::npos)
      std::fill_n(tensor.f32(), tensor.shape().elements(), 0.0f);
  };
  const OriginalModel with({}, {}, silent),
      without({}, [](const std::string&name) { return name.find("temporal") == std::string::npos; });
  const auto backend = make_cpu_backend({.threads = 2});
  const HostTensor pixels = some_pixels(kOriginalFrames, 2);
  std::vector<std::vector<float>> found;
  for (const OriginalModel* model : {&with, &without}) {
    const ModelConfig config = model->config();
    CHECK(config.tower(MediaKind::Video).frames_together == (model == &with ? kOriginalFrames : 0));
    const Weights weights = model->weights();
    const VisionEncoder vision(config, weights, *backend);
    found.push_back(embeddings_of(*backend, vision, pixels));
    const TowerAttention attention = vision.attention(vision.encode(pixels, MediaKind::Video), 1);
    const HostRead keys = backend->read(attention.keys);
    found.back().insert(found.back().end(), values_of(keys).begin(), values_of(keys).end());
  }
  CHECK(found[0] == found[1]);
}

TEST_CASE("hook 1 sees the original Video-LLaVA's tower after its attention over time", "[original]") {
  const auto loud = [](const std::string& name, HostTensor& tensor) {
    if (name.find("video_tower.encoder.layers.2.temporal_embedding") != std::string::npos)
      for (std::size_t i = 0; i < tensor.shape().elements(); ++i) tensor.f32()[i] = 3 * std::sin(static_cast<float>(i));
  };
  const OriginalModel plain, changed({}, {}, loud);
  const auto backend = make_cpu_backend({.threads = 2});
  const HostTensor pixels = some_pixels(2 * kOriginalFrames, 3);
  const auto keys_of = [&](const OriginalModel& model, std::size_t feature, std::size_t from_end) {
    ModelConfig config = model.config();
    config.feature_layers = {feature};
    const Weights weights = model.weights();
    const VisionEncoder vision(config, weights, *backend);
    const TowerAttention got = vision.attention(vision.encode(pixels, MediaKind::Video), from_end);
    const HostRead keys = backend->read(got.keys);
    std::vector<float> out(values_of(keys).begin(), values_of(keys).end());
    const auto attention = values_of(got.cls_attention);
    out.insert(out.end(), attention.begin(), attention.end());
    return out;
  };
  for (const std::size_t from_end : {1u, 2u})
    for (const std::size_t feature : {0u, 1u, 2u}) {
      CAPTURE(from_end, feature);
      CHECK(keys_of(plain, feature, from_end) == keys_of(plain, 3, from_end));
    }
  CHECK(keys_of(plain, 2, 1) != keys_of(changed, 2, 1));  // the last layer adds it before its keys
  CHECK(keys_of(plain, 2, 2) == keys_of(changed, 2, 2));
}

TEST_CASE("every strategy prunes the original Video-LLaVA, quantised and not", "[original]") {
  const OriginalModel model;
  const Clip clip = read_clip(demo_clip(), {.count = 2 * kOriginalFrames});
  for (const std::optional<Quantisation> to :
       {std::optional<Quantisation>{}, std::optional(Quantisation::Int8), std::optional(Quantisation::Int4)}) {
    const fs::path quantised = model.folder / (to ? std::to_string(static_cast<int>(*to)) : "none");
    if (to) {
      const QuantiseResult result = quantise_checkpoint(model.path, *to, quantised);
      CHECK(std::ranges::count_if(result.tensors, [](const QuantisedTensor& t) {
              return t.name.find("temporal_attn") != std::string::npos;
            }) == 3 * 4);
    }
    const fs::path path = to ? quantised : model.path;
    CHECK(check_model(path, 8).problem.empty());
    const auto engine = Engine::load({.model = path, .backend = cpu_backend({.threads = 2})});
    Question question = original_question(engine->encode(clip));
    for (const StrategyInfo& strategy : strategies()) {
      INFO(strategy.name);
      question.pruning = {};
      question.pruning.strategy = strategy.name;
      const Answer answer = engine->answer(question);
      CHECK(answer.visual_tokens == 2 * kOriginalFrames * 5);
      CHECK_FALSE(answer.generated_ids.empty());
    }
  }
}

TEST_CASE("the original Video-LLaVA's prompt has an id of -200 for each frame", "[original]") {
  const OriginalModel model;
  const auto engine = model.engine();
  const auto media = engine->encode(read_clip(demo_clip(), {.count = kOriginalFrames}));
  const PromptLayout layout = engine->lay_out(original_question(media));
  CHECK(std::ranges::count(layout.ids, -200) == static_cast<std::ptrdiff_t>(kOriginalFrames));
  CHECK(layout.ids[layout.visual_begin] == -200);
  CHECK(layout.visual_count() == kOriginalFrames * 5);
  const Question text = original_question(nullptr);
  CHECK(std::ranges::count(engine->lay_out(text).ids, -200) == 0);  // a typed <image> is text
  CHECK(engine->answer(text).visual_tokens == 0);
}

TEST_CASE("what is wrong with a checkpoint of the original Video-LLaVA is said", "[original]") {
  const auto changed = [](const char* key, const nlohmann::json& value) {
    const OriginalModel model;
    nlohmann::json json = original_json();
    json[key] = value;
    model.write_config(json);
    return model.problem();
  };
  CHECK_THAT(changed("mm_hidden_size", 128), Contains("mm_hidden_size: expected 64") && Contains("found 128"));
  CHECK_THAT(changed("mm_hidden_size", 100), Contains("a multiple of 64") && Contains("found 100"));
  CHECK_THAT(changed("mm_projector_type", "linear"), Contains("mlp2x_gelu") && Contains("found \"linear\""));
  CHECK_THAT(changed("mm_use_im_start_end", true), Contains("mm_use_im_start_end"));
  CHECK_THAT(changed("mm_vision_select_feature", "all"), Contains("patch or cls_patch"));
  CHECK_THAT(changed("mm_vision_select_layer", -5), Contains("mm_vision_select_layer") && Contains("3 layers"));
  CHECK(changed("mm_hidden_size", nullptr).empty());  // the tensors say it

  const auto without = [](const char* part) {
    return OriginalModel({}, [part](const std::string& name) { return name.find(part) == std::string::npos; })
        .problem();
  };
  CHECK_THAT(without("video_tower.embeddings.class_embedding"),
             Contains("class_embedding") && Contains("no such tensor"));
  CHECK_THAT(without("layers.0.temporal_embedding"), Contains("layers.0.temporal_embedding"));
  CHECK_THAT(without("video_tower.encoder.layers.1."), Contains("layers.1."));
  CHECK_THAT(without("mm_projector.2."), Contains("linear_2"));
  CHECK_THAT(without("image_tower"), Contains("image_tower"));

  const auto shaped = [](const std::function<void(ModelConfig&)>& shape) { return OriginalModel(shape).problem(); };
  CHECK_THAT(shaped([](ModelConfig& c) { c.video_vision->image_width = 42; }),
             Contains("position_embedding") && Contains("a square of patches") && Contains("found 7"));
  CHECK_THAT(shaped([](ModelConfig& c) { c.video_vision->layers = 2; }), Contains("the video tower 2 of 64"));
}

TEST_CASE("the original Video-LLaVA's pixels", "[original]") {
  const OriginalModel model;
  const ModelConfig config = model.config();
  const PreprocessConfig how;
  const auto level = [&](std::size_t value, std::size_t c) {
    return (static_cast<float>(value) / 255.0f - how.mean[c]) / how.std[c];
  };
  RgbImage same{.width = 28, .height = 28, .pixels = std::vector<std::uint8_t>(std::size_t{28} * 28 * 3)};
  for (std::size_t i = 0; i < same.pixels.size(); ++i) same.pixels[i] = static_cast<std::uint8_t>(i * 7);
  for (const MediaKind kind : {MediaKind::Image, MediaKind::Video}) {
    const ViewPixels view = look_at(same, how, config, kind);
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t i = 0; i < std::size_t{28} * 28; ++i)
        REQUIRE(view.values.f32()[c * 28 * 28 + i] == Approx(level(same.pixels[i * 3 + c], c)).margin(1e-6));
    CHECK(view.window == GridWindow{0, 0, 28, 28});
  }
  const RgbImage wide{.width = 56, .height = 14, .pixels = std::vector<std::uint8_t>(std::size_t{56} * 14 * 3, 255)};
  const ViewPixels padded = look_at(wide, how, config, MediaKind::Image);
  CHECK(padded.window == GridWindow{0, -21, 56, 56});
  const std::size_t mean[] = {122, 116, 104};
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(padded.values.f32()[c * 28 * 28] == Approx(level(mean[c], c)).margin(1e-6));
    CHECK(padded.values.f32()[c * 28 * 28 + 14 * 28 + 14] == Approx(level(255, c)).margin(1e-6));
  }
  const ViewPixels cut = look_at(wide, how, config, MediaKind::Video);
  CHECK(cut.window == GridWindow{21, 0, 14, 14});
  CHECK(cut.values.f32()[0] == Approx(level(255, 0)).margin(1e-6));
}

}  // namespace sparsight::test
