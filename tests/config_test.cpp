#include "core/model/config.h"

#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace sparsight;
using namespace sparsight::test;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

Json minimal() { return {{"model_type", "video_llava"}, {"text_config", Json::object()}}; }

ModelConfig parse(const Json& config, std::string_view generation = "") {
  return parse_config(config.dump(), generation, "config.json");
}

template <typename F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::Model);
    return e.what();
  }
  FAIL("nothing was refused");
  return "";
}

// The message for `value` at a path such as "/text_config/hidden_size".
std::string refused(const char* pointer, const Json& value) {
  Json config = minimal();
  config[Json::json_pointer(pointer)] = value;
  INFO(pointer << " = " << value.dump());
  return refusal([&] { (void)parse(config); });
}

ModelConfig with(const char* pointer, const Json& value) {
  Json config = minimal();
  config[Json::json_pointer(pointer)] = value;
  return parse(config);
}

}  // namespace

TEST_CASE("the tiny checkpoints' configs, of transformers 5 and 4", "[config]") {
  const auto gqa_dir = shared_dir() / "golden/tiny-gqa";
  const auto hub_dir = shared_dir() / "golden/tiny-hub";
  const auto demo_dir = shared_dir() / "demo-model/sparsight-demo";
  for (const auto& dir : {gqa_dir, hub_dir, demo_dir})
    if (!std::filesystem::exists(dir)) {
      skip("no " + dir.string());
      return;
    }
  const ModelConfig gqa = read_config(gqa_dir);
  CHECK(gqa.text.vocab == 576);
  CHECK(gqa.text.hidden == 96);
  CHECK(gqa.text.intermediate == 160);
  CHECK(gqa.text.layers == 5);
  CHECK(gqa.text.heads == 6);
  CHECK(gqa.text.kv_heads == 2);
  CHECK(gqa.text.head_dim == 16);
  CHECK(gqa.text.rms_eps == 1e-5f);
  CHECK(gqa.text.max_positions == 4096);
  CHECK(gqa.text.rope.kind == RopeConfig::Kind::Default);
  CHECK(gqa.text.rope.theta == 10000.0);
  CHECK_FALSE(gqa.text.tied_embeddings);
  CHECK(gqa.vision.tokens() == 26);
  CHECK(gqa.vision.heads == 3);
  CHECK(gqa.vision.activation == Activation::QuickGelu);
  CHECK(gqa.image_token == 512);
  CHECK(gqa.video_token == 513);
  CHECK(gqa.pad == 514);
  CHECK(gqa.bos == 1);
  CHECK(gqa.eos == std::vector<std::int32_t>{2});
  CHECK(gqa.feature_layers == std::vector<std::size_t>{2});
  CHECK_FALSE(gqa.image.cls);
  CHECK(read_preprocess_config(gqa_dir, gqa).crop_height == 70);
  CHECK(read_preprocess_config(gqa_dir, gqa).shortest_edge == 70);

  const ModelConfig hub = read_config(hub_dir);
  CHECK(hub.text.head_dim == 32);
  CHECK(hub.text.kv_heads == 4);
  CHECK(hub.vision.rows() == 8);
  CHECK(hub.feature_layers == std::vector<std::size_t>{3});
  CHECK(read_config(demo_dir).vision.tokens() == 257);
  CHECK(read_preprocess_config(demo_dir, read_config(demo_dir)).filter == ResizeFilter::Bicubic);
}

TEST_CASE("missing keys mean transformers' defaults", "[config]") {
  const ModelConfig c = parse(minimal());
  CHECK(c.text.vocab == 32000);
  CHECK(c.text.hidden == 4096);
  CHECK(c.text.intermediate == 11008);
  CHECK(c.text.layers == 32);
  CHECK(c.text.heads == 32);
  CHECK(c.text.kv_heads == 32);
  CHECK(c.text.head_dim == 128);
  CHECK(c.text.rms_eps == 1e-6f);
  CHECK(c.text.max_positions == 2048);
  CHECK(c.text.activation == Activation::Silu);
  CHECK_FALSE(c.text.attention_bias);
  CHECK_FALSE(c.text.mlp_bias);
  CHECK_FALSE(c.text.tied_embeddings);
  CHECK(c.vision.hidden == 1024);
  CHECK(c.vision.layers == 24);
  CHECK(c.vision.patch_size == 14);
  CHECK(c.vision.tokens() == 257);
  CHECK(c.feature_layers == std::vector<std::size_t>{23});
  CHECK(c.image_token == 32000);
  CHECK(c.video_token == 32001);
  CHECK(c.bos == 1);
  CHECK_FALSE(c.pad.has_value());
  CHECK(c.eos == std::vector<std::int32_t>{2});
  CHECK(c.projector_bias);
  CHECK(c.projector_activation == Activation::Gelu);

  // A vision_config that exists but is empty means CLIP's own.
  const ModelConfig clip = with("/vision_config", Json::object());
  CHECK(clip.vision.hidden == 768);
  CHECK(clip.vision.heads == 12);
  CHECK(clip.vision.tokens() == 50);
  CHECK(with("/vision_config", nullptr).vision.hidden == 1024);
  CHECK(with("/text_config/num_key_value_heads", nullptr).text.kv_heads == 32);
  CHECK(with("/text_config/head_dim", nullptr).text.head_dim == 128);
}

TEST_CASE("variants of the architecture", "[config]") {
  CHECK(with("/text_config/head_dim", 64).text.head_dim == 64);  // heads * head_dim need not be hidden
  CHECK(with("/text_config/attention_bias", true).text.attention_bias);
  CHECK(with("/text_config/mlp_bias", true).text.mlp_bias);
  CHECK(with("/tie_word_embeddings", true).text.tied_embeddings);
  CHECK(with("/text_config/tie_word_embeddings", true).text.tied_embeddings);
  CHECK(with("/multimodal_projector_bias", false).projector_bias == false);
  CHECK(with("/vision_feature_select_strategy", "full").image.cls);
  CHECK(with("/image_token_id", 7).image_token == 7);
  CHECK(with("/vision_config/image_size", Json{98, 98}).vision.image_width == 98);
  CHECK(with("/vision_config/image_size", 100).vision.rows() == 3);

  CHECK(with("/vision_feature_layer", -1).feature_layers == std::vector<std::size_t>{24});
  CHECK(with("/vision_feature_layer", 0).feature_layers == std::vector<std::size_t>{0});
  CHECK(with("/vision_feature_layer", 24).feature_layers == std::vector<std::size_t>{24});
  CHECK(with("/vision_feature_layer", -25).feature_layers == std::vector<std::size_t>{0});
  CHECK(with("/vision_feature_layer", Json{-2, 3, -5, 3}).feature_layers == std::vector<std::size_t>{23, 3, 20, 3});

  const std::vector<std::pair<const char*, Activation>> names{{"gelu", Activation::Gelu},
                                                              {"gelu_new", Activation::GeluTanh},
                                                              {"gelu_pytorch_tanh", Activation::GeluTanh},
                                                              {"quick_gelu", Activation::QuickGelu},
                                                              {"silu", Activation::Silu},
                                                              {"swish", Activation::Silu},
                                                              {"relu", Activation::Relu},
                                                              {"linear", Activation::None}};
  for (const auto& [name, activation] : names) {
    CHECK(with("/text_config/hidden_act", name).text.activation == activation);
    CHECK(with("/vision_config/hidden_act", name).vision.activation == activation);
    CHECK(with("/projector_hidden_act", name).projector_activation == activation);
  }
}

TEST_CASE("special tokens: generation_config.json, text_config, the top level", "[config]") {
  using Ids = std::vector<std::int32_t>;
  CHECK(with("/eos_token_id", 9).eos == Ids{9});
  CHECK(with("/text_config/eos_token_id", Json{9, 11}).eos == Ids{9, 11});
  Json config = minimal();
  config["eos_token_id"] = 5;
  config["text_config"]["eos_token_id"] = 6;
  config["text_config"]["pad_token_id"] = -1;
  CHECK(parse(config).eos == Ids{6});
  CHECK_FALSE(parse(config).pad.has_value());
  CHECK(parse(config, R"({"eos_token_id": [7, 8], "pad_token_id": 3, "bos_token_id": 4})").eos == Ids{7, 8});
  CHECK(parse(config, R"({"eos_token_id": [7, 8], "pad_token_id": 3, "bos_token_id": 4})").pad == 3);
  CHECK(parse(config, R"({"eos_token_id": [7, 8], "pad_token_id": 3, "bos_token_id": 4})").bos == 4);
  CHECK(parse(config, R"({"eos_token_id": null})").eos == Ids{6});
  CHECK_THAT(refusal([&] { (void)parse(config, R"({"eos_token_id": "x"})"); }),
             Contains("generation_config.json: eos_token_id: expected an integer, found \"x\""));
  CHECK_THAT(refusal([&] { (void)parse(config, "{"); }), Contains("generation_config.json: not valid JSON"));
}

TEST_CASE("rotary embedding", "[config]") {
  SECTION("both styles of config") {
    const Json linear{{"rope_type", "linear"}, {"factor", 4}, {"rope_theta", 5000}};
    CHECK(with("/text_config/rope_theta", 500000).text.rope.theta == 500000.0);
    CHECK(with("/text_config/rope_parameters", linear).text.rope.theta == 5000.0);
    CHECK(with("/text_config/rope_parameters", linear).text.rope.factor == 4.0);
    const ModelConfig v4 = with("/text_config/rope_scaling", Json{{"type", "linear"}, {"factor", 2.5}});
    CHECK(v4.text.rope.kind == RopeConfig::Kind::Linear);
    CHECK(v4.text.rope.factor == 2.5);
    CHECK(v4.text.rope.theta == 10000.0);
    CHECK(with("/text_config/rope_scaling", nullptr).text.rope.kind == RopeConfig::Kind::Default);
  }
  SECTION("frequencies") {
    // 10000^(-2j/16), in float precision.
    TextConfig text;
    text.head_dim = 16;
    const std::vector<float> plain = text.inv_freq();
    REQUIRE(plain.size() == 8);
    for (std::size_t j = 0; j < 8; ++j)
      CHECK(plain[j] == Approx(std::pow(10000.0, -static_cast<double>(j) / 8.0)).epsilon(2e-7));
    text.rope.kind = RopeConfig::Kind::Linear;
    text.rope.factor = 8;
    for (std::size_t j = 0; j < 8; ++j) CHECK(text.inv_freq()[j] == plain[j] / 8);
  }
  SECTION("llama3: short waves stay, long ones are stretched, those between are blended") {
    const Json llama3{{"rope_type", "llama3"},   {"factor", 8.0},          {"low_freq_factor", 1.0},
                      {"high_freq_factor", 4.0}, {"rope_theta", 500000.0}, {"original_max_position_embeddings", 8192}};
    const TextConfig text = with("/text_config/rope_parameters", llama3).text;
    CHECK(text.rope.kind == RopeConfig::Kind::Llama3);
    CHECK(text.rope.original_max_positions == 8192);
    const std::vector<float> scaled = text.inv_freq();
    REQUIRE(scaled.size() == 64);
    for (std::size_t j = 0; j < 64; ++j) {
      const double f = std::pow(500000.0, -static_cast<double>(j) / 64.0);
      const double turns = 8192 * f / (2 * 3.14159265358979323846);
      const double blend = (turns - 1) / 3;
      const double expected = turns > 4 ? f : turns < 1 ? f / 8 : (1 - blend) * f / 8 + blend * f;
      CHECK(scaled[j] == Approx(expected).epsilon(1e-5));
    }
    Json without = llama3;
    without.erase("original_max_position_embeddings");
    CHECK(with("/text_config/rope_parameters", without).text.rope.original_max_positions == 2048);
    without.erase("low_freq_factor");
    CHECK_THAT(refused("/text_config/rope_parameters", without),
               Contains("text_config.rope_parameters.low_freq_factor") && Contains("missing"));
  }
  SECTION("refused") {
    CHECK_THAT(refused("/text_config/rope_parameters", Json{{"rope_type", "yarn"}}),
               Contains("text_config.rope_parameters.rope_type: expected default, linear or llama3, found \"yarn\""));
    CHECK_THAT(refused("/text_config/rope_scaling", Json{{"type", "dynamic"}, {"factor", 2}}),
               Contains("rope_scaling.type"));
    CHECK_THAT(refused("/text_config/rope_parameters", Json{{"partial_rotary_factor", 0.5}}), Contains("only 1"));
    CHECK_THAT(refused("/text_config/rope_theta", 0), Contains("rope_theta: expected a positive number, found 0"));
    CHECK_THAT(refused("/text_config/rope_theta", 1e300), Contains("rope_theta"));
    CHECK_THAT(refused("/text_config/rope_parameters", Json{{"rope_type", "linear"}, {"factor", -1}}),
               Contains("rope_parameters.factor: expected a positive number, found -1"));
  }
}

TEST_CASE("an invalid config is refused with the key's name", "[config]") {
  CHECK(refused("/text_config/num_attention_heads", "six") ==
        "config.json: text_config.num_attention_heads: expected a positive integer, found \"six\"");
  for (const Json& value : {Json(0), Json(-1), Json(1.5), Json(true), Json::array(), Json::object(), Json(1e30)})
    for (const char* key : {"/text_config/hidden_size", "/text_config/vocab_size", "/text_config/num_hidden_layers",
                            "/text_config/head_dim", "/vision_config/patch_size", "/vision_config/num_hidden_layers"})
      CHECK_THAT(refused(key, value), Contains("expected a positive integer"));
  for (const char* key : {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"})
    CHECK_THAT(refused(("/text_config/" + std::string(key)).c_str(), UINT64_MAX),
               Contains(std::string("text_config.") + key + ": expected a positive integer up to"));
  CHECK_THAT(refused("/text_config/num_key_value_heads", 5), Contains("divisor of num_attention_heads, 32, found 5"));
  CHECK_THAT(refused("/text_config/num_key_value_heads", 64), Contains("divisor"));
  CHECK_THAT(refused("/text_config/head_dim", 7), Contains("text_config.head_dim: expected an even number, found 7"));
  CHECK_THAT(refused("/text_config/head_dim", 1 << 18), Contains("head_dim"));
  CHECK_THAT(refused("/text_config/hidden_size", 4095), Contains("multiple of num_attention_heads"));
  CHECK_THAT(refused("/text_config/rms_norm_eps", -1), Contains("rms_norm_eps: expected a positive number"));
  CHECK_THAT(refused("/text_config/hidden_act", "mish"), Contains("text_config.hidden_act") && Contains("\"mish\""));
  CHECK_THAT(refused("/text_config/attention_bias", 1), Contains("expected true or false, found 1"));
  CHECK_THAT(refused("/text_config", Json::array()), Contains("config.json: text_config: expected an object"));
  CHECK_THAT(refused("/text_config/model_type", "mistral"), Contains("\"llama\"") && Contains("\"mistral\""));
  CHECK_THAT(refused("/vision_config/model_type", "siglip_vision_model"), Contains("\"clip_vision_model\""));
  CHECK_THAT(refused("/model_type", "bert"),
             Contains("VideoLlavaForConditionalGeneration") && Contains("found \"bert\""));
  CHECK_THAT(refused("/model_type", nullptr),
             Contains("model_type: expected \"video_llava\" or \"") && Contains(", the key is missing"));
  CHECK_THAT(refused("/quantization_config", Json{{"quant_method", "gptq"}}), Contains("gptq"));
  CHECK_THAT(refused("/vision_config/hidden_size", 50), Contains("vision_config.hidden_size: expected a multiple"));
  CHECK_THAT(refused("/vision_config/patch_size", 225), Contains("patch_size: expected at most image_size"));
  CHECK_THAT(refused("/vision_config/image_size", Json{224, 112}), Contains("two equal ones"));
  CHECK_THAT(refused("/vision_config/num_channels", 4), Contains("num_channels: expected 3"));
  CHECK_THAT(refused("/vision_feature_layer", 25), Contains("vision_feature_layer: expected -25 .. 24"));
  CHECK_THAT(refused("/vision_feature_layer", -26), Contains("vision_feature_layer: expected -25 .. 24"));
  CHECK_THAT(refused("/vision_feature_layer", Json::array()), Contains("vision_feature_layer"));
  CHECK_THAT(refused("/vision_feature_layer", Json{-2, "x"}), Contains("expected an integer, found \"x\""));
  CHECK_THAT(refused("/vision_feature_layer", UINT64_MAX), Contains("expected an integer"));
  CHECK_THAT(refused("/vision_feature_layer", INT64_MIN), Contains("vision_feature_layer"));
  CHECK_THAT(refused("/vision_feature_select_strategy", "half"), Contains("default or full"));
  CHECK_THAT(refused("/image_token_index", -1), Contains("image_token_index: expected a token id, found -1"));
  CHECK_THAT(refused("/image_token_index", 32001), Contains("another id than image_token_index"));
  CHECK_THAT(refused("/eos_token_id", 1LL << 40), Contains("eos_token_id: expected a token id"));
}

TEST_CASE("hostile JSON is refused", "[config]") {
  const auto text = [](std::string_view json) { return refusal([&] { (void)parse_config(json, "", "config.json"); }); };
  CHECK_THAT(text(""), Contains("config.json: not valid JSON"));
  CHECK_THAT(text("nul"), Contains("config.json: not valid JSON at byte"));
  CHECK_THAT(text("[]"), Contains("config.json: expected an object, found a list of 0"));
  CHECK_THAT(text("{\"a\": 1e999}"), Contains("config.json: not valid JSON"));
  CHECK_THAT(text("{\"a\": \"\xff\"}"), Contains("config.json: not valid JSON"));
  CHECK_THAT(text("version https://git-lfs.github.com/spec/v1\n"), Contains("Git LFS"));
  CHECK_THAT(text(std::string(1'000'000, '[')), Contains("config.json: JSON nested deeper than 64"));
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK_THAT(text(R"({"model_type": "video_llava", "x": )" + deep + "}"), Contains("nested deeper"));
  std::string objects;
  for (int i = 0; i < 250'000; ++i) objects += R"({"a":)";
  CHECK_THAT(text(objects), Contains("nested deeper"));
  const std::string message = text(fmt::format(R"({{"model_type": "{:x>100000}"}})", R"(\u001b[2J)"));
  CHECK(message.size() < 2000);  // it names every family
}

TEST_CASE("preprocessing as image processors of all versions write it", "[config]") {
  const auto pre = [](const Json& json) { return parse_preprocess_config(json.dump(), "preprocessor_config.json"); };
  const auto bad = [&](const Json& json) { return refusal([&] { (void)pre(json); }); };
  const PreprocessConfig defaults = pre(Json::object());
  CHECK(defaults.resize);
  CHECK(defaults.shortest_edge == 224);
  CHECK(defaults.crop_width == 224);
  CHECK(defaults.filter == ResizeFilter::Bicubic);
  CHECK(defaults.mean[0] == 0.48145466f);

  CHECK(pre({{"size", 70}}).shortest_edge == 70);
  CHECK(pre({{"size", {{"shortest_edge", 70}, {"height", nullptr}}}}).shortest_edge == 70);
  const PreprocessConfig exact = pre({{"size", {{"height", 60}, {"width", 80}}}, {"do_center_crop", false}});
  CHECK(exact.shortest_edge == 0);
  CHECK(exact.height == 60);
  CHECK(exact.width == 80);
  CHECK_FALSE(exact.center_crop);
  CHECK(pre({{"crop_size", 70}}).crop_height == 70);
  CHECK(pre({{"crop_size", {{"height", 60}, {"width", 80}}}}).crop_width == 80);
  CHECK(pre({{"crop_size", {60, 80}}}).crop_height == 60);
  CHECK(pre({{"resample", 2}}).filter == ResizeFilter::Bilinear);
  CHECK(pre({{"image_mean", 0.5}}).mean == std::vector<float>{0.5f, 0.5f, 0.5f});
  CHECK(pre({{"image_std", {1, 2, 3}}}).std == std::vector<float>{1, 2, 3});
  CHECK(pre({{"rescale_factor", 0.5}, {"do_rescale", false}}).rescale_factor == 0.5);

  CHECK_THAT(bad({{"resample", 6}}), Contains("preprocessor_config.json: resample: expected one of PIL's filters"));
  CHECK_THAT(bad({{"resample", "bicubic"}}), Contains("resample: expected an integer"));
  CHECK_THAT(bad({{"size", {{"tallest", 70}}}}), Contains("size.height: expected a positive integer"));
  CHECK_THAT(bad({{"size", "big"}}), Contains("size: expected a positive integer, found \"big\""));
  CHECK_THAT(bad({{"size", 1 << 20}}), Contains("size: expected a positive integer up to"));
  CHECK_THAT(bad({{"crop_size", {1, 2, 3}}}), Contains("crop_size: expected height and width"));
  CHECK_THAT(bad({{"image_std", {1, 0, 1}}}), Contains("image_std: expected positive numbers"));
  CHECK_THAT(bad({{"image_mean", {1, 0}}}), Contains("image_mean: expected three numbers"));
  CHECK_THAT(bad({{"image_mean", {1, 0, "x"}}}), Contains("image_mean: expected a number"));
}

TEST_CASE("preprocessing as newer processors of several families write it", "[config]") {
  const auto pre = [](const Json& json, const PreprocessConfig& defaults = {}) {
    return parse_preprocess_config(json.dump(), "processor_config.json", defaults);
  };
  const auto bad = [&](const Json& json) { return refusal([&] { (void)pre(json); }); };

  const PreprocessConfig square = pre({{"crop_size", {{"shortest_edge", 70}}}, {"size", {60, 80}}});
  CHECK(square.crop_height == 70);
  CHECK(square.crop_width == 70);
  CHECK(square.shortest_edge == 0);
  CHECK(square.height == 60);
  CHECK(square.width == 80);
  const PreprocessConfig both = pre({{"size", {{"shortest_edge", 60}, {"longest_edge", 80}}}});
  CHECK(both.shortest_edge == 60);
  CHECK(both.longest_edge == 80);

  // LLaVA-NeXT
  const PreprocessConfig tiles = pre({{"image_grid_pinpoints", {{336, 672}, {1008, 336}}}});
  CHECK(tiles.pinpoints == std::vector<std::pair<std::size_t, std::size_t>>{{336, 672}, {1008, 336}});
  CHECK_THAT(bad({{"image_grid_pinpoints", {336, 672}}}), Contains("image_grid_pinpoints: expected pairs"));
  CHECK_THAT(bad({{"image_grid_pinpoints", Json::array()}}), Contains("image_grid_pinpoints: expected a list"));
  CHECK_THAT(bad({{"image_grid_pinpoints", {{336, 0}}}}),
             Contains("image_grid_pinpoints: expected a positive integer"));

  // SmolVLM
  const Json smol{{"size", {{"longest_edge", 2048}}},
                  {"max_image_size", {{"longest_edge", 512}}},
                  {"do_image_splitting", false},
                  {"fps", 3},
                  {"num_frames", 7},
                  {"video_sampling", {{"fps", 1}, {"max_frames", 64}, {"video_size", {{"longest_edge", 512}}}}}};
  const PreprocessConfig cut = pre(smol, {.center_crop = false});
  CHECK(cut.longest_edge == 2048);
  CHECK(cut.shortest_edge == 0);
  CHECK(cut.tile == 512);
  CHECK_FALSE(cut.split);
  CHECK_FALSE(cut.center_crop);
  CHECK(cut.frames_per_second == 1);
  CHECK(cut.max_frames == 64);
  CHECK(pre({{"video_sampling", {{"video_size", {{"longest_edge", 512}}}}}}).longest_edge == 512);
  CHECK(pre({{"num_frames", 7}}).max_frames == 7);
  CHECK_THAT(bad({{"fps", 0}}), Contains("fps: expected a positive number"));
  CHECK_THAT(bad({{"max_frames", 1 << 20}}), Contains("max_frames: expected a positive integer up to"));

  // Qwen2-VL, in its three spellings
  const PreprocessConfig pixels{.center_crop = false, .min_pixels = 1, .max_pixels = 2};
  for (const Json& spelling :
       {Json{{"size", {{"shortest_edge", 3136}, {"longest_edge", 12845056}}}},
        Json{{"size", {{"min_pixels", 3136}, {"max_pixels", 12845056}}}},
        Json{{"size", {{"shortest_edge", 1}, {"longest_edge", 2}}}, {"min_pixels", 3136}, {"max_pixels", 12845056}}}) {
    const PreprocessConfig one = pre(spelling, pixels);
    CHECK(one.min_pixels == 3136);
    CHECK(one.max_pixels == 12845056);
    CHECK(one.shortest_edge == 0);
    CHECK(one.longest_edge == 0);
  }
  CHECK(pre({{"fps", 2.0}, {"min_frames", 4}, {"max_frames", 768}}, pixels).min_frames == 4);
  CHECK(pre(Json::object(), pixels).max_pixels == 2);
}

TEST_CASE("which file says how to preprocess", "[config]") {
  const TempDir dir;
  ModelConfig model;
  VisionConfig& vision = model.vision;
  vision.image_height = vision.image_width = 70;
  const auto crop_of = [](int size, int edge) {
    return Json{{"crop_size", size}, {"size", {{"shortest_edge", edge}}}};
  };
  CHECK(read_preprocess_config(dir.path(), model).shortest_edge == 70);
  CHECK(read_preprocess_config(dir.path(), model).crop_width == 70);
  write_file(dir / "preprocessor_config.json", crop_of(70, 71).dump());
  CHECK(read_preprocess_config(dir.path(), model).shortest_edge == 71);
  write_file(dir / "video_preprocessor_config.json", crop_of(70, 72).dump());
  CHECK(read_preprocess_config(dir.path(), model).shortest_edge == 72);
  CHECK(read_preprocess_config(dir.path(), model, MediaKind::Image).shortest_edge == 71);
  write_file(dir / "processor_config.json", R"({"processor_class": "VideoLlavaProcessor"})");
  CHECK(read_preprocess_config(dir.path(), model).shortest_edge == 72);
  write_file(dir / "processor_config.json",
             Json{{"image_processor", crop_of(70, 73)}, {"video_processor", crop_of(70, 74)}}.dump());
  CHECK(read_preprocess_config(dir.path(), model).shortest_edge == 74);
  CHECK(read_preprocess_config(dir.path(), model, MediaKind::Image).shortest_edge == 73);

  vision.image_height = vision.image_width = 56;
  CHECK_THAT(refusal([&] { (void)read_preprocess_config(dir.path(), model); }),
             Contains("processor_config.json: crop_size: expected 56 x 56, the tower's image_size, found 70 x 70"));
  write_file(dir / "processor_config.json", R"({"video_processor": {"size": {"longest_edge": 56}, "crop_size": 56}})");
  CHECK_THAT(refusal([&] { (void)read_preprocess_config(dir.path(), model); }),
             Contains("processor_config.json: size: expected height and width, or shortest_edge alone"));
}

TEST_CASE("a config.json that is missing or not a file", "[config]") {
  const TempDir dir;
  const auto message = [&] {
    try {
      (void)read_config(dir.path());
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::File);
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK_THAT(message(), Contains((dir / "config.json").string()) && Contains("no such file"));
  std::filesystem::create_directory(dir / "config.json");
  CHECK_THAT(message(), Contains("expected a regular file, found a directory"));
}
