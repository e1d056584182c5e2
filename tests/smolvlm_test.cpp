// SmolVLM2: what does not need a checkpoint. Expected values are those of transformers 5.24 and torchvision 0.29.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/media/resize.h"
#include "core/model/families/smolvlm.h"
#include "tests/models.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>

namespace sparsight::test {
namespace {

// HuggingFaceTB/SmolVLM2-500M-Video-Instruct's, with all of its odd keys.
constexpr const char* kSmolVlm500M = R"({
  "architectures": ["SmolVLMForConditionalGeneration"], "image_token_id": 49190, "model_type": "smolvlm",
  "pad_token_id": 128002, "scale_factor": 4,
  "text_config": {
    "architectures": ["VLlama3ForCausalLM"], "head_dim": 64, "hidden_size": 960, "intermediate_size": 2560,
    "is_llama_config": true, "max_position_embeddings": 8192, "model_type": "llama", "neftune_noise_alpha": 0.0,
    "num_attention_heads": 15, "num_hidden_layers": 32, "num_key_value_heads": 5, "pad_token_id": 2,
    "pixel_shuffle_factor": 4, "qk_layer_norms": false, "rms_norm_eps": 1e-05, "rope_interleaved": false,
    "rope_theta": 100000, "torch_dtype": "bfloat16", "use_resampler": false, "vocab_size": 49280},
  "tie_word_embeddings": false, "torch_dtype": "float32", "use_cache": false, "use_reentrant_checkpointing": false,
  "vision_config": {
    "hidden_size": 768, "image_size": 512, "max_image_size": {"longest_edge": 512}, "model_type": "smolvlm_vision",
    "num_attention_heads": 12, "patch_size": 16, "size": {"longest_edge": 2048}, "tie_word_embeddings": false,
    "use_base_siglip": false},
  "vocab_size": 49280})";

constexpr const char* kSmolVlmPixels = R"({
  "do_convert_rgb": true, "do_image_splitting": true, "do_normalize": true, "do_pad": true, "do_rescale": true,
  "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "SmolVLMImageProcessor",
  "image_std": [0.5, 0.5, 0.5], "max_image_size": {"longest_edge": 512}, "processor_class": "SmolVLMProcessor",
  "resample": 1, "rescale_factor": 0.00392156862745098, "size": {"longest_edge": 2048},
  "video_sampling": {"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 512}}})";

std::string words_for(const Medium& medium, const ModelConfig& config) {
  return smolvlm().placeholder_text(config, medium, config.layout(medium));
}

}  // namespace

TEST_CASE("smolvlm: the configuration of a published checkpoint", "[smolvlm][config]") {
  const ModelConfig config = parse_config(kSmolVlm500M, R"({"eos_token_id": 49279})", "config.json");
  CHECK(config.family == &smolvlm());
  CHECK(config.text.kv_heads == 5);
  CHECK(config.text.rope.theta == 100000);
  CHECK(config.vision.layers == 12);
  CHECK(config.vision.intermediate == 3072);
  CHECK_FALSE(config.vision.has_cls);
  CHECK(config.image_token == 49190);
  CHECK(config.eos == std::vector<std::int32_t>{49279});
  CHECK(config.layout(MediaKind::Video, 8).tokens() == 8 * 64);
  const PreprocessConfig pixels = parse_preprocess_config(kSmolVlmPixels, "preprocessor_config.json", smolvlm().pixels);
  CHECK(pixels.longest_edge == 2048);  // `size` has priority over `video_size`, as in transformers 5
  CHECK(pixels.tile == 512);
  CHECK(pixels.max_frames == 64);
  CHECK(pixels.frames_per_second == 1);
  CHECK_FALSE(pixels.center_crop);
  CHECK_THROWS_AS(parse_config(R"({"model_type": "smolvlm", "scale_factor": 5})", "", "config.json"), Error);
}

TEST_CASE("smolvlm: frames are sampled as by SmolVLMVideoProcessor", "[smolvlm]") {
  struct Case {
    std::int64_t total;
    double rate, wanted_rate;
    std::size_t most, count;
    std::int64_t first, last, weighted;
  };
  for (const Case& c : {Case{250, 25, 1, 64, 10, 0, 249, 9114},
                        {70, 1, 1, 64, 64, 1, 69, 95315},
                        {5, 1.5, 2, 10, 5, 0, 4, 40},
                        {5, 25, 1, 64, 1, 0, 0, 0},
                        {107892, 30000.0 / 1001, 1, 64, 64, 29, 107862, 149587763},
                        {1, 25, 1, 64, 1, 0, 0, 0},
                        {40, 10, 0.5, 3, 2, 10, 30, 70},
                        {137, 23.976, 3, 9, 9, 0, 136, 4080},
                        {75, 30, 1, 64, 2, 0, 74, 148}}) {
    CAPTURE(c.total, c.rate);
    PreprocessConfig how = smolvlm().pixels;
    how.frames_per_second = c.wanted_rate;
    how.max_frames = c.most;
    const std::vector<std::int64_t> frames = smolvlm().frames(c.total, c.rate, how);
    REQUIRE(frames.size() == c.count);
    CHECK(frames.front() == c.first);
    CHECK(frames.back() == c.last);
    std::int64_t weighted = 0, at = 0;
    for (const std::int64_t index : frames) weighted += ++at * index;
    CHECK(weighted == c.weighted);
  }
}

TEST_CASE("smolvlm: a clip's frames are those of a rule, sought or decoded in order, in a range, too", "[smolvlm]") {
  std::int64_t seen_total = 0;
  double seen_rate = 0;
  FrameRequest request;
  request.rule = [&](std::int64_t total, double rate) {
    seen_total = total;
    seen_rate = rate;
    return std::vector<std::int64_t>{1, total - 1};
  };
  for (const bool may_seek : {true, false}) {
    request.may_seek = may_seek;
    const Clip clip = read_clip(demo_clip(), request);
    CHECK(seen_total == clip.total_frames);
    CHECK(seen_rate == clip.frames_per_second);
    REQUIRE(clip.frames.size() == 2);
    CHECK(clip.frames[0].index == 1);
    CHECK(clip.frames[1].index == clip.total_frames - 1);
    FrameRequest part = request;
    part.start_s = 0.5;
    const Clip end = read_clip(demo_clip(), part);
    CHECK(seen_total < clip.total_frames);
    CHECK(end.frames[0].index == clip.total_frames - seen_total + 1);
    part.most = 1;
    CHECK_THROWS_WITH(read_clip(demo_clip(), part), Catch::Contains("at most 1 fit"));
  }
}

TEST_CASE("smolvlm: the words of a video and of a picture in tiles", "[smolvlm]") {
  const ModelConfig config = parse_config(
      R"({"model_type": "smolvlm", "vision_config": {"image_size": 64, "patch_size": 32}})", "", "config.json");
  Medium video{
      .kind = MediaKind::Video, .frames = 2, .indices = {0, 3725}, .total_frames = 93599, .frames_per_second = 25};
  CHECK(words_for(video, config) ==
        "You are provided the following series of two frames from a 1:02:23 [H:MM:SS] video.\n"
        "\nFrame from 00:00:<fake_token_around_image><global-img><image><fake_token_around_image>"
        "\nFrame from 02:29:<fake_token_around_image><global-img><image><fake_token_around_image>\n\n");
  video.total_frames = 25 * 90000;
  CHECK_THAT(words_for(video, config), Catch::Contains("from a 1 day, 1:00:00 [H"));
  const Medium picture{.kind = MediaKind::Image, .tile_rows = 1, .tile_columns = 2};
  CHECK(words_for(picture, config) ==
        "<fake_token_around_image><row_1_col_1><image><fake_token_around_image><row_1_col_2><image>\n"
        "\n<fake_token_around_image><global-img><image><fake_token_around_image>");
  const VisualLayout layout = config.layout(picture);
  const auto blocks = layout.blocks();
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[1].part == FramePart{0.5, 0, 0.5, 1});
  CHECK(blocks[2].part.whole());

  const auto intro = [&](std::size_t frames) {
    const std::string text = words_for({.kind = MediaKind::Video, .frames = frames}, config);
    return text.substr(0, text.find(" frames from"));
  };
  const std::string start = "You are provided the following series of ";
  CHECK(intro(21) == start + "twenty-one");
  CHECK(intro(64) == start + "sixty-four");
  CHECK(intro(110) == start + "one hundred and ten");
  CHECK(intro(1101) == start + "one thousand, one hundred and one");
}

TEST_CASE("resize: as torchvision does it, to the bit", "[resize]") {
  RgbImage image{37, 23, {}};
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c)
        image.pixels.push_back(static_cast<std::uint8_t>((x * x * 7 + y * 31 + c * 101 + x * y) % 256));
  struct Case {
    ResizeFilter filter;
    int width, height;
    std::int64_t weighted;
  };
  for (const Case& c : {Case{ResizeFilter::Lanczos, 50, 11, 25423366},
                        {ResizeFilter::Lanczos, 9, 40, 16469661},
                        {ResizeFilter::Lanczos, 12, 23, 12426788},
                        {ResizeFilter::Bicubic, 50, 11, 25430685},
                        {ResizeFilter::Bicubic, 9, 40, 16468575},
                        {ResizeFilter::Bicubic, 12, 23, 12426615},
                        {ResizeFilter::Bilinear, 50, 11, 25439834},
                        {ResizeFilter::Bilinear, 9, 40, 16469526},
                        {ResizeFilter::Bilinear, 12, 23, 12426897}}) {
    CAPTURE(c.width, c.height);
    const RgbImage got = resize_as_torchvision(image, c.width, c.height, c.filter);
    std::int64_t weighted = 0;
    for (std::size_t i = 0; i < got.pixels.size(); ++i)
      weighted += got.pixels[i] * static_cast<std::int64_t>(i % 251 + 1);
    CHECK(weighted == c.weighted);
  }
}

TEST_CASE("smolvlm: as many frames as fit are taken, and not one more", "[smolvlm][frame_limit]") {
  const std::filesystem::path dir = shared_dir() / "families" / "smolvlm";
  if (!std::filesystem::exists(dir)) return skip("../shared/families is not here");
  const auto engine = Engine::load({.model = dir, .backend = cpu_backend()});
  Question question{.media = nullptr, .system = "", .turns = {{"Which way does the star move?", ""}}, .sampling = {}};
  const std::size_t most = engine->most_frames(question), positions = engine->info().config.text.max_positions;
  CHECK(engine->info().frames_to_offer < most);
  question.media = engine->open(demo_clip(), {.count = most, .most = most}).encoded;
  const std::size_t length = engine->lay_out(question).length;
  CHECK(length < positions);
  CHECK(length + length / most >= positions);
  CHECK_THROWS_WITH(engine->open(demo_clip(), {.count = most + 1, .most = most}), Catch::Contains("at most"));
  // The model's own rule, as far as it fits.
  const OpenedClip own = engine->open(demo_clip(), {.as_trained = true});
  const double seconds = static_cast<double>(own.clip.total_frames) / own.clip.frames_per_second;
  CHECK(own.clip.frames.size() == static_cast<std::size_t>(std::max(1.0, std::nearbyint(seconds))));
  CHECK(engine->open(demo_clip(), {.as_trained = true, .most = 1}).clip.frames.size() == 1);
}

}  // namespace sparsight::test
