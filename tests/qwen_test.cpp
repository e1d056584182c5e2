// Qwen2-VL and Qwen2.5-VL without a reference: their files, sizes, frames and places, and what windows and blocks of
// frames mean for the tower. tests/golden_families_test.cpp compares whole models.
#include <catch2/catch.hpp>

#include "core/measure/bench.h"
#include "core/model/families/family.h"
#include "core/model/families/qwen2_5_vl.h"
#include "core/model/families/qwen2_vl.h"
#include "core/model/preprocess.h"
#include "core/model/vision.h"
#include "core/prompt_cache.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace sparsight::test {
namespace {

using Catch::Contains;
using QwenJson = nlohmann::json;

// As Qwen/Qwen2-VL-2B-Instruct has it, whose text's keys are at the top level.
QwenJson qwen2_2b() {
  return {{"architectures", {"Qwen2VLForConditionalGeneration"}},
          {"attention_dropout", 0.0},
          {"bos_token_id", 151643},
          {"eos_token_id", 151645},
          {"vision_start_token_id", 151652},
          {"vision_end_token_id", 151653},
          {"vision_token_id", 151654},
          {"image_token_id", 151655},
          {"video_token_id", 151656},
          {"hidden_act", "silu"},
          {"hidden_size", 1536},
          {"intermediate_size", 8960},
          {"max_position_embeddings", 32768},
          {"max_window_layers", 28},
          {"model_type", "qwen2_vl"},
          {"num_attention_heads", 12},
          {"num_hidden_layers", 28},
          {"num_key_value_heads", 2},
          {"rms_norm_eps", 1e-06},
          {"rope_theta", 1000000.0},
          {"sliding_window", 32768},
          {"tie_word_embeddings", true},
          {"torch_dtype", "bfloat16"},
          {"use_sliding_window", false},
          {"vision_config",
           {{"depth", 32},
            {"embed_dim", 1280},
            {"mlp_ratio", 4},
            {"num_heads", 16},
            {"in_chans", 3},
            {"hidden_size", 1536},
            {"patch_size", 14},
            {"spatial_merge_size", 2},
            {"spatial_patch_size", 14},
            {"temporal_patch_size", 2}}},
          {"rope_scaling", {{"type", "mrope"}, {"mrope_section", {16, 24, 24}}}},
          {"vocab_size", 151936}};
}

// As Qwen/Qwen2.5-VL-3B-Instruct has it.
QwenJson qwen2_5_3b() {
  QwenJson out = qwen2_2b();
  out.update({{"architectures", {"Qwen2_5_VLForConditionalGeneration"}},
              {"hidden_size", 2048},
              {"intermediate_size", 11008},
              {"max_position_embeddings", 128000},
              {"max_window_layers", 70},
              {"model_type", "qwen2_5_vl"},
              {"num_attention_heads", 16},
              {"num_hidden_layers", 36}});
  out["vision_config"] = {{"depth", 32},
                          {"hidden_act", "silu"},
                          {"hidden_size", 1280},
                          {"intermediate_size", 3420},
                          {"num_heads", 16},
                          {"in_chans", 3},
                          {"out_hidden_size", 2048},
                          {"patch_size", 14},
                          {"spatial_merge_size", 2},
                          {"spatial_patch_size", 14},
                          {"window_size", 112},
                          {"fullatt_block_indexes", {7, 15, 23, 31}},
                          {"tokens_per_second", 2},
                          {"temporal_patch_size", 2}};
  return out;
}

ModelConfig qwen_config(const QwenJson& from) {
  return parse_config(from.dump(), R"({"eos_token_id": [151645, 151643], "pad_token_id": 151643})", "config.json");
}

template <typename F>
std::string qwen_refuses(F&& work) {  // empty: it does not
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string qwen_refusal(const QwenJson& from) {
  return qwen_refuses([&] { static_cast<void>(qwen_config(from)); });
}

QwenJson with(QwenJson base, const char* key, const QwenJson& value) {
  base[key] = value;
  return base;
}

QwenJson with_vision(QwenJson base, const char* key, const QwenJson& value) {
  base["vision_config"][key] = value;
  return base;
}

// The tokens of some frames, on the host.
HostTensor tokens_of(const ModelConfig& config, HostView pixels, MediaKind kind = MediaKind::Video,
                     std::optional<Quantisation> quantisation = {}) {
  const auto backend = make_cpu_backend({.threads = 2});
  const Weights weights = random_towers(config, *backend, DType::F32, 5, quantisation);
  const VisionEncoder vision(config, weights, *backend);
  const Medium medium{
      .kind = kind, .frames = pixels.shape()[0], .view_width = pixels.shape()[3], .view_height = pixels.shape()[2]};
  const VisualTokens tokens = vision.encode(pixels, medium);
  return HostTensor::copy_of(backend->read(tokens.embeddings));
}

HostTensor first_frames(const HostTensor& of, std::size_t count) {
  HostTensor out(Shape{count, of.shape()[1], of.shape()[2], of.shape()[3]});
  for (std::size_t i = 0; i < count; ++i) std::ranges::copy(of.row(std::min(i, of.rows() - 1)), out.row(i).begin());
  return out;
}

double largest_difference(HostView a, HostView b) {
  REQUIRE(a.shape() == b.shape());
  double most = 0;
  for (std::size_t i = 0; i < a.shape().elements(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a.f32()[i]) - static_cast<double>(b.f32()[i])));
  return most;
}

}  // namespace

TEST_CASE("Qwen2-VL's and Qwen2.5-VL's configs as they are published", "[qwen]") {
  const ModelConfig two = qwen_config(qwen2_2b());
  CHECK(two.family == &qwen2_vl());
  CHECK(two.text.hidden == 1536);
  CHECK(two.text.head_dim == 128);
  CHECK(two.text.kv_heads == 2);
  CHECK(two.text.attention_bias);
  CHECK_FALSE(two.text.output_bias);
  CHECK(two.text.tied_embeddings);
  CHECK(two.text.rope.kind == RopeConfig::Kind::Default);
  CHECK(two.text.rope.theta == 1e6);
  CHECK(two.text.rope.sections == std::array<std::size_t, 3>{16, 24, 24});
  CHECK(two.eos == std::vector<std::int32_t>{151645, 151643});
  CHECK(two.image_token == 151655);
  CHECK(two.video_token == 151656);
  CHECK(two.vision.hidden == 1280);
  CHECK(two.vision.intermediate == 5120);
  CHECK(two.vision.layers == 32);
  CHECK(two.vision.activation == Activation::QuickGelu);
  CHECK_FALSE(two.vision.gated);
  CHECK(two.vision.window == 0);
  CHECK(two.vision.token_side() == 28);

  const ModelConfig three = qwen_config(qwen2_5_3b());
  CHECK(three.family == &qwen2_5_vl());
  CHECK(three.text.max_positions == 128000);
  CHECK(three.vision.intermediate == 3420);
  CHECK(three.vision.gated);
  CHECK(three.vision.activation == Activation::Silu);
  CHECK(three.vision.window == 4);
  CHECK(three.vision.whole_layers == std::vector<std::size_t>{7, 15, 23, 31});
  CHECK(three.vision.tokens_per_second == 2);

  // As newer versions of transformers write it.
  QwenJson nested = qwen2_2b();
  nested["text_config"] = {
      {"model_type", "qwen2_vl_text"},
      {"hidden_size", 64},
      {"num_attention_heads", 4},
      {"num_key_value_heads", 2},
      {"num_hidden_layers", 4},
      {"vocab_size", 704},
      {"rope_parameters",
       {{"mrope_section", {2, 3, 3}}, {"rope_theta", 5e5}, {"rope_type", "default"}, {"type", "mrope"}}}};
  nested["vision_config"]["hidden_size"] = 64;
  nested.erase("rope_scaling");
  const ModelConfig small = qwen_config(nested);
  CHECK(small.text.hidden == 64);
  CHECK(small.text.rope.theta == 5e5);
  CHECK(small.text.rope.sections == std::array<std::size_t, 3>{2, 3, 3});
  CHECK(small.text.rms_eps == 1e-5f);
}

TEST_CASE("configs of Qwen2-VL that make no sense are refused by key", "[qwen]") {
  const QwenJson two = qwen2_2b(), three = qwen2_5_3b();
  const auto sections = [&](const QwenJson& list) {
    return qwen_refusal(with(two, "rope_scaling", {{"type", "mrope"}, {"mrope_section", list}}));
  };
  CHECK_THAT(sections({16, 24, 23}), Contains("mrope_section: expected three positive integers with the sum 64"));
  CHECK_THAT(sections({16, 48}), Contains("mrope_section: expected three positive integers with the sum 64"));
  CHECK_THAT(sections({16, 48, 0}), Contains("mrope_section: expected a positive integer"));
  CHECK_THAT(qwen_refusal(with(two, "rope_scaling", {{"type", "yarn"}, {"factor", 4}})), Contains("rope_scaling.type"));
  QwenJson sliding = with(two, "use_sliding_window", true);
  CHECK(qwen_refusal(sliding).empty());  // no layer has one
  sliding["max_window_layers"] = 20;
  CHECK_THAT(qwen_refusal(sliding), Contains("use_sliding_window: attention within a sliding window"));
  CHECK_THAT(qwen_refusal(with(two, "video_token_id", 151655)), Contains("video_token_id: expected another id"));
  CHECK_THAT(qwen_refusal(with_vision(two, "hidden_size", 1024)), Contains("vision_config.hidden_size: expected the"));
  CHECK_THAT(qwen_refusal(with_vision(two, "num_heads", 15)), Contains("vision_config.embed_dim: expected 15 heads"));
  CHECK_THAT(qwen_refusal(with_vision(two, "in_chans", 4)), Contains("vision_config.in_chans: expected 3"));
  CHECK_THAT(qwen_refusal(with_vision(two, "temporal_patch_size", 3)), Contains("temporal_patch_size: expected 2"));
  CHECK_THAT(qwen_refusal(with_vision(two, "mlp_ratio", 1e9)), Contains("vision_config.mlp_ratio"));
  CHECK_THAT(qwen_refusal(with_vision(three, "window_size", 27)), Contains("window_size: expected at least 28"));
  CHECK_THAT(qwen_refusal(with_vision(three, "out_hidden_size", 1024)), Contains("out_hidden_size: expected the"));
  CHECK_THAT(qwen_refusal(with_vision(three, "fullatt_block_indexes", QwenJson::array({32}))),
             Contains("expected layers, 0 to 31"));
}

TEST_CASE("Qwen's tensors have one name in every layout", "[qwen]") {
  const auto name = [](std::string_view from) { return canonical_name(from, qwen2_vl().names); };
  for (const char* visual : {"visual.", "model.visual."}) {
    const std::string at(visual);
    CHECK(name(at + "blocks.3.attn.qkv.weight") == "model.visual.blocks.3.attn.qkv.weight");
    CHECK(name(at + "patch_embed.proj.weight") == "model.visual.patch_embed.proj.weight");
    CHECK(name(at + "merger.mlp.0.bias") == projector_tensor("mlp.0.bias"));
    CHECK(part_of(name(at + "blocks.3.mlp.fc1.weight")) == TensorPart::TowerLayer);
    CHECK(part_of(name(at + "merger.mlp.2.weight")) == TensorPart::Projector);
  }
  for (const char* text : {"model.", "model.language_model.", "language_model."}) {
    const std::string at(text);
    CHECK(name(at + "layers.0.self_attn.q_proj.bias") == decoder_tensor("layers.0.self_attn.q_proj.bias"));
    CHECK(name(at + "embed_tokens.weight") == decoder_tensor("embed_tokens.weight"));
    CHECK(name(at + "norm.weight") == decoder_tensor("norm.weight"));
  }
  CHECK(name("lm_head.weight") == kLmHead);
}

TEST_CASE("Qwen's pictures keep their proportions within the limits of pixels", "[qwen]") {
  struct Case {
    int width, height;
    std::size_t least, most, high, wide;
  };
  const ModelConfig config = qwen_config(qwen2_2b());
  // The last two as transformers' smart_resize() gives them, with halves rounded to even numbers.
  for (const Case& c :
       {Case{640, 272, 3136, 7056, 28, 112}, Case{1000, 667, 3136, 9408, 56, 112}, Case{20, 30, 3136, 9408, 84, 56},
        Case{300, 20, 3136, 9408, 28, 308}, Case{4000, 30, 784, 9408, 28, 1120}, Case{42, 70, 3136, 12845056, 56, 56},
        Case{98, 42, 784, 12845056, 56, 112}}) {
    INFO(c.width << " x " << c.height);
    PreprocessConfig how = qwen2_vl().pixels;
    how.min_pixels = c.least;
    how.max_pixels = c.most;
    RgbImage picture{c.width, c.height, {}};
    picture.pixels.resize(static_cast<std::size_t>(c.width * c.height) * 3, 90);
    const ViewPixels view = look_at(picture, how, config, MediaKind::Image);
    CHECK(view.values.shape() == Shape{1, 3, c.high, c.wide});
    CHECK(view.window == GridWindow{0, 0, static_cast<double>(c.width), static_cast<double>(c.height)});
  }
  const RgbImage line{402, 2, std::vector<std::uint8_t>(402 * 2 * 3)};
  CHECK_THAT(qwen_refuses([&] { static_cast<void>(look_at(line, qwen2_vl().pixels, config, MediaKind::Image)); }),
             Contains("a picture of 402 x 2: one side may be at most 200 times as long"));
  PreprocessConfig as_it_is = qwen2_vl().pixels;
  as_it_is.resize = false;
  const RgbImage small{30, 28, std::vector<std::uint8_t>(30 * 28 * 3)};
  CHECK_THAT(qwen_refuses([&] { static_cast<void>(look_at(small, as_it_is, config, MediaKind::Image)); }),
             Contains("takes multiples of 28 pixels"));
}

TEST_CASE("Qwen's frames share the tokens of a video if the checkpoint says so", "[qwen]") {
  const ModelConfig config = qwen_config(qwen2_2b());
  RgbImage picture{640, 480, std::vector<std::uint8_t>(640 * 480 * 3)};
  PreprocessConfig how = parse_preprocess_config(
      R"({"size": {"shortest_edge": 3136, "longest_edge": 602112}, "cap_pixels_per_frame": true, "max_video_tokens": 1000})",
      "processor_config.json", qwen2_vl().pixels);
  how.frames = 16;  // 88,200 pixels each
  CHECK(look_at(picture, how, config, MediaKind::Video).values.shape() == Shape{1, 3, 252, 336});
  CHECK(look_at(picture, how, config, MediaKind::Image).values.shape() == Shape{1, 3, 476, 644});
  how.frames = 2000;  // no less than min_pixels and a twentieth
  CHECK(look_at(picture, how, config, MediaKind::Video).values.shape() == Shape{1, 3, 28, 56});
}

TEST_CASE("Qwen's frames come at two a second, in pairs", "[qwen]") {
  PreprocessConfig how = qwen2_vl().pixels;
  const auto frames = [&](std::int64_t total, double rate) { return qwen2_vl().frames(total, rate, how); };
  CHECK(frames(250, 25).size() == 20);
  how.max_frames = 16;
  CHECK(frames(250, 25) ==
        std::vector<std::int64_t>{0, 15, 31, 46, 62, 78, 93, 109, 125, 140, 156, 171, 187, 203, 218, 234});
  CHECK(frames(30, 30) == std::vector<std::int64_t>{0, 7, 15, 22});  // at least min_frames
  CHECK(frames(3, 30) == std::vector<std::int64_t>{0, 1});
  CHECK(frames(1, 30) == std::vector<std::int64_t>{0});
  CHECK(frames(40, 0).size() == 16);
  how.max_frames = 1;
  CHECK(frames(40, 25) == std::vector<std::int64_t>{0});
}

TEST_CASE("Qwen's tokens by frames, rows and columns, and their places", "[qwen]") {
  const ModelConfig two = qwen_config(qwen2_2b()), three = qwen_config(qwen2_5_3b());
  Medium medium{.kind = MediaKind::Video, .frames = 5, .view_width = 84, .view_height = 56};
  medium.total_frames = 250;
  medium.frames_per_second = 25;
  const VisualLayout layout = two.layout(medium);
  REQUIRE(layout.blocks().size() == 3);
  CHECK((layout.blocks()[1] == VisualBlock{.frame = 2, .frames = 2, .rows = 2, .columns = 3}));
  CHECK((layout.blocks()[2] == VisualBlock{.frame = 4, .frames = 1, .rows = 2, .columns = 3}));
  CHECK(layout.frames() == 5);

  const std::vector<RotaryPlace> places = qwen2_vl().places(two, medium, layout);
  REQUIRE(places.size() == 18);
  CHECK(places[17] == RotaryPlace{2, 1, 2});
  // A block lasts 2 frames of 0.5 a second: 4 seconds, of 2 steps each.
  CHECK(qwen2_5_vl().places(three, medium, layout)[17] == RotaryPlace{16, 1, 2});
  medium.frames = 16;  // 1.25 seconds a block, as transformers truncates them
  const std::vector<RotaryPlace> more = qwen2_5_vl().places(three, medium, three.layout(medium));
  std::vector<std::int32_t> times;
  for (std::size_t i = 0; i < more.size(); i += 6) times.push_back(more[i].time);
  CHECK(times == std::vector<std::int32_t>{0, 2, 5, 7, 10, 12, 15, 17});
  medium.kind = MediaKind::Image;
  medium.frames = 1;
  CHECK(qwen2_5_vl().places(three, medium, three.layout(medium)).back() == RotaryPlace{0, 1, 2});

  // Nothing that may fit is refused before the size is known.
  CHECK(two.layout(MediaKind::Video, 7).tokens() == 4);
}

TEST_CASE("Qwen's tower repeats the last frame of an odd number, and a picture", "[qwen]") {
  for (const bool gated : {false, true}) {
    const ModelConfig config = small_qwen(gated);
    const HostTensor five = random_tensor({5, 3, 24, 40}, 7);
    const HostTensor odd = tokens_of(config, five), even = tokens_of(config, first_frames(five, 6));
    CHECK(odd.rows() == 3 * 3 * 5);
    CHECK(largest_difference(odd, even) == 0);
    const HostTensor one = first_frames(five, 1);
    CHECK(largest_difference(tokens_of(config, one, MediaKind::Image), tokens_of(config, first_frames(one, 2))) == 0);
  }
}

TEST_CASE("Qwen's tower takes long videos in several passes", "[qwen]") {
  const ModelConfig config = small_qwen(true);
  HostTensor many = random_tensor({600, 3, 24, 40}, 8);  // 300 blocks of 60 patches
  const HostTensor all = tokens_of(config, many);
  REQUIRE(all.rows() == 300 * 15);
  for (const std::size_t block : {std::size_t{0}, std::size_t{136}, std::size_t{299}}) {
    HostTensor two(Shape{2, 3, 24, 40});
    for (std::size_t i = 0; i < 2; ++i) std::ranges::copy(many.row(2 * block + i), two.row(i).begin());
    CHECK(largest_difference(tokens_of(config, two), all.view().slice_rows(block * 15, 15)) < 1e-4);
  }
}

TEST_CASE("Qwen2.5's windows keep to themselves, also where the edge cuts them", "[qwen]") {
  // 3 x 5 tokens: windows of 2 x 2, 2 x 1, 1 x 2 and 1 x 1.
  const auto window_of = [](std::size_t token) { return std::pair(token / 5 / 2, token % 5 / 2); };
  ModelConfig config = small_qwen(true);
  const HostTensor pixels = random_tensor({4, 3, 24, 40}, 9);
  for (const bool whole : {false, true}) {
    if (whole) config.vision.whole_layers = {1};
    const HostTensor before = tokens_of(config, pixels);
    for (std::size_t changed = 0; changed < 15; ++changed) {
      HostTensor other = HostTensor::copy_of(pixels);
      other.f32()[changed / 5 * 8 * 40 + changed % 5 * 8] += 1;
      const HostTensor after = tokens_of(config, other);
      for (std::size_t token = 0; token < before.rows(); ++token) {
        const bool differs = !std::ranges::equal(before.row(token), after.row(token));
        const bool together = token < 15 && (whole || window_of(token) == window_of(changed));
        CHECK(differs == together);
      }
    }
  }

  // A window as large as the frame is the whole frame.
  ModelConfig large = small_qwen(true), all = small_qwen(true);
  large.vision.window = 5;
  all.vision.whole_layers = {0, 1};
  CHECK(largest_difference(tokens_of(large, pixels), tokens_of(all, pixels)) < 1e-4);
}

TEST_CASE("Qwen's tower of int8 weights is near the one of floats, whatever its width", "[qwen]") {
  for (const std::size_t width : {16, 24}) {  // q, k and v in panels of their own, and not
    ModelConfig config = small_qwen(true);
    config.vision.hidden = width;
    const HostTensor pixels = random_tensor({2, 3, 24, 40}, 9);
    const HostTensor floats = tokens_of(config, pixels),
                     small = tokens_of(config, pixels, MediaKind::Video, Quantisation::Int8);
    double wrong = 0, all = 0;
    for (std::size_t i = 0; i < floats.shape().elements(); ++i) {
      wrong += std::pow(static_cast<double>(floats.f32()[i]) - static_cast<double>(small.f32()[i]), 2);
      all += std::pow(static_cast<double>(floats.f32()[i]), 2);
    }
    INFO("width " << width << ": " << std::sqrt(wrong / all));
    CHECK(wrong > 0);
    CHECK(std::sqrt(wrong / all) < 0.05);
  }
}

TEST_CASE("the words of an answer stand where the next prompt has them, and are reused", "[qwen]") {
  ModelConfig config = small_config();
  config.text.rope.sections = {2, 3, 3};
  const Weights weights = random_weights(config, DType::F32, 3);
  const auto backend = make_cpu_backend({.threads = 2});
  constexpr std::size_t kFirst = 10, kSecond = 14;
  // Two words, four visual tokens, and words, which go on behind the last row or column however long the video lasts.
  const auto places = [](std::size_t length, std::int32_t step) {
    std::vector<RotaryPlace> out{{0, 0, 0}, {1, 1, 1}};
    for (std::int32_t i = 0; i < 4; ++i) out.push_back({2 + i * step, 2, 2 + i % 2});
    for (std::int32_t next = 4; out.size() < length; ++next) out.push_back({next, next, next});
    return out;
  };
  const std::vector<std::int32_t> ids{1, 5, 7, 7, 7, 7, 9, 11, 13, 15, 21, 22, 30, 31};
  for (const std::int32_t step : {1, 40}) {
    INFO("a step of time: " << step);
    Llama llama(config, weights, *backend);
    Tensor embeddings = backend->make(Shape{kSecond, config.text.hidden});
    llama.embed(ids, embeddings);
    const auto prompt = [&](std::size_t length) {
      DecoderPrompt out;
      out.spans = {2, 4, length};
      out.ids.assign(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(length));
      for (std::size_t i = 0; i < length; ++i) out.positions.push_back(static_cast<std::int32_t>(i));
      out.embeddings = embeddings.view().slice_rows(0, length);
      return out;
    };
    std::size_t reused = 0;
    const auto prefill = [&](PromptCache& cache, std::size_t length) {
      llama.set_places(places(length, step));
      const TensorView hidden = cache.prefill(prompt(length), 4, [&](std::size_t first_row) {
        reused = first_row;
        return ForwardOptions{};
      });
      return HostTensor::copy_of(backend->read(hidden));
    };
    PromptCache fresh(llama, *backend), used(llama, *backend);
    const HostTensor wanted = prefill(fresh, kSecond);
    CHECK(reused == 0);
    static_cast<void>(prefill(used, kFirst));
    for (std::size_t i = kFirst; i < kFirst + 2; ++i)
      static_cast<void>(used.next(ids[i], static_cast<std::int32_t>(i), {.stage = Stage::Generate}));
    CHECK(largest_difference(prefill(used, kSecond), wanted) < 1e-4);
    CHECK(reused == kFirst + 2);
  }
}

}  // namespace sparsight::test
