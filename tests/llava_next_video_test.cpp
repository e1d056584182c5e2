#include "core/model/families/llava_next_video.h"
#include "core/model/any_resolution.h"
#include "core/model/config.h"
#include "core/model/preprocess.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace sparsight::test {
namespace {

using Catch::Contains;
using NextJson = nlohmann::json;

// What transformers 5.24 computes for pictures of many sizes, with the sizes and the 24 x 24 patches of the published
// models: select_best_resolution, get_patch_output_size and unpad_image.
struct FittedPicture {
  PictureSize picture, best, fitted;
  KeptPatches kept;
};
const std::vector<FittedPicture> kFittedPictures{
    {{640, 480}, {672, 672}, {672, 504}, {0, 48, 6, 36}},    {{480, 640}, {672, 672}, {504, 672}, {6, 36, 0, 48}},
    {{336, 336}, {672, 336}, {336, 336}, {12, 24, 0, 24}},   {{672, 672}, {672, 672}, {672, 672}, {0, 48, 0, 48}},
    {{1, 1}, {672, 336}, {336, 336}, {12, 24, 0, 24}},       {{1, 1000}, {336, 1008}, {2, 1008}, {12, 0, 0, 72}},
    {{1000, 1}, {1008, 336}, {1008, 2}, {0, 72, 12, 0}},     {{3000, 17}, {1008, 336}, {1008, 6}, {0, 72, 12, 0}},
    {{17, 3000}, {336, 1008}, {6, 1008}, {12, 0, 0, 72}},    {{1920, 1080}, {672, 672}, {672, 378}, {0, 48, 10, 28}},
    {{1080, 1920}, {672, 672}, {378, 672}, {10, 28, 0, 48}}, {{333, 501}, {336, 672}, {336, 506}, {0, 24, 6, 36}},
    {{999, 1001}, {672, 672}, {671, 672}, {0, 48, 0, 48}},   {{1234, 407}, {1008, 336}, {1008, 333}, {0, 72, 0, 24}},
    {{2, 3}, {672, 336}, {224, 336}, {16, 16, 0, 24}},       {{7, 5}, {672, 336}, {471, 336}, {7, 34, 0, 24}},
    {{49, 47}, {672, 336}, {351, 336}, {11, 26, 0, 24}},     {{673, 671}, {672, 672}, {672, 671}, {0, 48, 0, 48}},
    {{1009, 335}, {1008, 336}, {1008, 335}, {0, 72, 0, 24}}, {{4032, 3024}, {672, 672}, {672, 504}, {0, 48, 6, 36}},
    {{101, 307}, {672, 336}, {111, 336}, {20, 8, 0, 24}},    {{16384, 1}, {672, 336}, {672, 1}, {0, 48, 12, 0}},
    {{213, 640}, {336, 672}, {224, 672}, {4, 16, 0, 48}},    {{336, 1008}, {336, 1008}, {336, 1008}, {0, 24, 0, 72}},
    {{1010, 337}, {1008, 336}, {1008, 336}, {0, 72, 0, 24}}, {{975, 2428}, {336, 1008}, {336, 837}, {0, 24, 6, 60}},
    {{2230, 535}, {1008, 336}, {1008, 242}, {0, 72, 3, 18}}, {{1516, 2474}, {672, 672}, {412, 672}, {9, 30, 0, 48}},
    {{1942, 2563}, {672, 672}, {510, 672}, {6, 36, 0, 48}},  {{2380, 269}, {1008, 336}, {1008, 114}, {0, 72, 8, 8}},
    {{2481, 54}, {1008, 336}, {1008, 22}, {0, 72, 11, 2}},   {{1922, 1063}, {672, 672}, {672, 372}, {0, 48, 11, 26}},
    {{2257, 960}, {1008, 336}, {790, 336}, {8, 56, 0, 24}},  {{786, 2938}, {336, 1008}, {270, 1008}, {2, 20, 0, 72}},
    {{1927, 2216}, {672, 672}, {585, 672}, {3, 42, 0, 48}},  {{2252, 1952}, {672, 672}, {672, 583}, {0, 48, 3, 42}},
    {{1627, 2618}, {672, 672}, {418, 672}, {9, 30, 0, 48}},  {{617, 950}, {672, 672}, {437, 672}, {8, 32, 0, 48}},
    {{2601, 622}, {1008, 336}, {1008, 242}, {0, 72, 3, 18}}, {{2143, 1598}, {672, 672}, {672, 502}, {0, 48, 6, 36}},
};

NextJson next_config() {
  return {{"model_type", "llava_next_video"},
          {"text_config",
           {{"model_type", "llama"}, {"vocab_size", 32064}, {"rope_scaling", {{"factor", 2.0}, {"type", "linear"}}}}},
          {"vision_config",
           {{"model_type", "clip_vision_model"},
            {"hidden_size", 1024},
            {"image_size", 336},
            {"intermediate_size", 4096},
            {"num_attention_heads", 16},
            {"num_hidden_layers", 24},
            {"patch_size", 14}}},
          {"image_token_index", 32001},
          {"video_token_index", 32000}};
}

ModelConfig read_next(const NextJson& json) { return parse_config(json.dump(), "", "config.json"); }

template <typename Act>
std::string next_refusal(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Model);
    return error.what();
  }
  return "accepted";
}

RgbImage picture_of(int width, int height) {
  RgbImage out{.width = width, .height = height, .pixels = {}};
  for (int i = 0; i < width * height * 3; ++i) out.pixels.push_back(static_cast<std::uint8_t>(i * 31 % 251));
  return out;
}

}  // namespace

TEST_CASE("pictures fit the sizes that transformers chooses", "[llava-next]") {
  const Pinpoints sizes = read_next(next_config()).pinpoints;
  REQUIRE(sizes.size() == 5);
  for (const FittedPicture& one : kFittedPictures) {
    INFO(one.picture.width << " x " << one.picture.height);
    const PictureSize best = best_resolution(one.picture, sizes);
    CHECK(best == one.best);
    CHECK(fitted_size(one.picture, best) == one.fitted);
    CHECK(unpadded(one.picture, best.width / 14, best.height / 14) == one.kept);
  }
}

TEST_CASE("a picture's tokens: the whole, then its tiles as one grid that stands where it was cut", "[llava-next]") {
  const ModelConfig config = read_next(next_config());
  const auto layout = [&](std::size_t width, std::size_t height) {
    return config.layout({.kind = MediaKind::Image, .width = width, .height = height});
  };
  const VisualLayout wide = layout(1920, 1080);
  REQUIRE(wide.blocks().size() == 2);
  const VisualBlock &whole = wide.blocks()[0], &tiles = wide.blocks()[1];
  CHECK((whole == VisualBlock{.rows = 24, .columns = 24}));
  CHECK(tiles.rows == 28);
  CHECK(tiles.columns == 48);
  CHECK(tiles.after_row == 1);
  CHECK(wide.tokens() == 576 + 28 * 49);
  // 672 x 378 pixels of the picture in 672 x 672, from row 147 on; the patches from row 140 to 532.
  CHECK(tiles.part.left == 0);
  CHECK(tiles.part.width == Approx(1));
  CHECK(tiles.part.top == Approx(-7.0 / 378));
  CHECK(tiles.part.height == Approx(392.0 / 378));
  CHECK(wide.shown(0) == std::vector<std::size_t>{1});

  // A line: no row of the tiles is more than padding.
  CHECK(layout(16384, 1).tokens() == 576);
  CHECK(layout(1, 1000).tokens() == 576 + 72);
  // A picture that is not known yet counts as a large one.
  CHECK(layout(0, 0).tokens() == 576 + 48 * 49);
  CHECK(config.tower_tokens(MediaKind::Image) == TowerTokens::Made);
}

TEST_CASE("a video's patches are averaged", "[llava-next]") {
  NextJson json = next_config();
  const ModelConfig two = read_next(json);
  CHECK((two.layout(MediaKind::Video, 8) == VisualLayout::alike(8, {.rows = 12, .columns = 12})));
  CHECK(two.tower_tokens(MediaKind::Video) == TowerTokens::Made);
  json["spatial_pool_stride"] = 5;
  const VisualLayout five = read_next(json).layout(MediaKind::Video, 2);
  CHECK(five.blocks()[0].rows == 4);
  CHECK(five.blocks()[0].part.width == Approx(20.0 / 24));
}

TEST_CASE("views of a picture: black around it, tiles from left to right", "[llava-next]") {
  const ModelConfig config = read_next(next_config());
  PreprocessConfig how;
  how.shortest_edge = how.crop_height = how.crop_width = 336;
  how.normalize = false;
  const ViewPixels views = look_at(picture_of(600, 100), how, config, MediaKind::Image);
  CHECK(views.tile_rows == 1);
  CHECK(views.tile_columns == 3);
  CHECK(views.values.shape() == Shape{4, 3, 336, 336});
  CHECK(views.window == GridWindow{0, 0, 600, 100});
  // 1008 x 168 pixels from row 84 on.
  const auto at = [&](std::size_t view, std::size_t row, std::size_t column) {
    return views.values.f32()[(view * 3 * 336 + row) * 336 + column];
  };
  const RgbImage fitted = resize(picture_of(600, 100), 1008, 168, how.filter);
  for (const std::size_t tile : {1, 2, 3}) {
    CHECK(at(tile, 83, 7) == 0);
    CHECK(at(tile, 252, 7) == 0);
    const std::size_t column = (tile - 1) * 336 + 7;
    CHECK(at(tile, 84 + 20, 7) == Approx(fitted.pixels[(20 * 1008 + column) * 3] / 255.0));
  }
  how.crop_width = 200;
  CHECK_THAT(next_refusal([&] { (void)look_at(picture_of(600, 100), how, config, MediaKind::Image); }),
             Contains("image_grid_pinpoints: expected multiples of crop_size, 336 x 200, found 336 x 1008"));
}

TEST_CASE("LLaVA-NeXT-Video's config.json", "[llava-next]") {
  const ModelConfig published = read_next(next_config());
  CHECK(published.family == &llava_next_video());
  CHECK(published.image_token == 32001);
  CHECK(published.video_token == 32000);
  CHECK(published.text.rope.kind == RopeConfig::Kind::Linear);
  CHECK(published.text.rope.factor == 2);
  const auto refused = [](const char* key, const NextJson& value) {
    NextJson json = next_config();
    json[key] = value;
    return next_refusal([&] { (void)read_next(json); });
  };
  CHECK_THAT(refused("spatial_pool_mode", "conv"), Contains("spatial_pool_mode: expected average, found \"conv\""));
  CHECK_THAT(refused("spatial_pool_stride", 25), Contains("spatial_pool_stride: expected a positive integer up to 24"));
  CHECK_THAT(refused("vision_feature_select_strategy", "full"), Contains("only default is supported"));
  CHECK_THAT(refused("video_token_index", 32001), Contains("expected another id than image_token_index"));
  CHECK_THAT(refused("image_grid_pinpoints", {{336, 500}}),
             Contains("image_grid_pinpoints: expected multiples of the tower's image_size, 336"));
  CHECK_THAT(refused("image_grid_pinpoints", {{13440, 13440}}), Contains("of at most 1024 tiles"));
}

}  // namespace sparsight::test
