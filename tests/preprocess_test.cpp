#include "core/model/preprocess.h"
#include "core/media/resize.h"

#include "tests/media.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace sparsight;
using namespace sparsight::test;

namespace {

PreprocessConfig clip_config(std::size_t side) {
  PreprocessConfig config;
  config.shortest_edge = side;
  config.crop_height = config.crop_width = side;
  config.rescale_factor = 0.00392156862745098;
  return config;
}

float max_difference(HostView found, const std::vector<float>& expected) {
  REQUIRE(found.shape().elements() == expected.size());
  float worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) worst = std::max(worst, std::abs(found.f32()[i] - expected[i]));
  return worst;
}

RgbImage pattern(int width, int height) {
  RgbImage image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.pixels.push_back(static_cast<std::uint8_t>((x * x * 7 + y * 13 + x * y * 3 + c * 85) % 256));
  return image;
}

}  // namespace

TEST_CASE("resize equals PIL's to the bit, for every filter", "[preprocess]") {
  const auto cases = nlohmann::json::parse(read_file(source_dir() / "tests/data/preprocess/resize.json"));
  REQUIRE(cases.size() >= 50);
  for (const auto& one : cases) {
    const RgbImage image = pattern(one["from"][0], one["from"][1]);
    const auto filter = static_cast<ResizeFilter>(one["filter"].get<int>());
    const RgbImage resized = resize(image, one["to"][0], one["to"][1], filter);
    CAPTURE(one.dump());
    CHECK(fingerprint(resized) == one["fnv1a"].get<std::string>());
  }
}

TEST_CASE("pixel values equal the reference's", "[preprocess][golden]") {
  for (const auto& [name, side] : {std::pair{"tiny-gqa", std::size_t{70}}, {"tiny-hub", std::size_t{112}}}) {
    const auto dir = shared_dir() / "golden" / name;
    if (!std::filesystem::exists(dir)) return skip("the goldens in ../shared are absent");
    const auto expected = nlohmann::json::parse(read_file(dir / "expected.json"));
    const auto tensors = read_golden(dir / "expected.safetensors");
    const PreprocessConfig config = clip_config(side);

    const Clip clip = read_clip(shared_dir() / "clips" / expected["clip"].get<std::string>());
    const HostTensor video = preprocess(clip.frames, config);
    CHECK(video.shape() == Shape{8, 3, side, side});
    CHECK(max_difference(video, tensors.at("pixel_values").floats()) < 1e-6f);

    const Clip still = read_clip(shared_dir() / "clips" / expected["image"].get<std::string>());
    REQUIRE(still.is_image);
    const HostTensor image = preprocess(*still.frames[0].image, config);
    CHECK(max_difference(image, tensors.at("image_pixel_values").floats()) < 1e-6f);
  }
}

TEST_CASE("the crop takes the middle, and pads what is smaller with black", "[preprocess]") {
  PreprocessConfig config;
  config.resize = false;
  config.rescale = false;
  config.normalize = false;
  const RgbImage image = pattern(5, 4);
  const auto at = [&image](int x, int y, int c) {
    return static_cast<float>(image.pixels[static_cast<std::size_t>((y * image.width + x) * 3 + c)]);
  };

  SECTION("smaller, odd remainders") {
    config.crop_width = 2;
    config.crop_height = 3;
    const HostTensor out = preprocess(image, config);
    REQUIRE(out.shape() == Shape{3, 3, 2});
    CHECK(out.f32()[0] == at(1, 0, 0));
    CHECK(out.f32()[(2 * 3 + 2) * 2 + 1] == at(2, 2, 2));
  }
  SECTION("larger") {
    config.crop_width = 8;
    config.crop_height = 7;
    const HostTensor out = preprocess(image, config);
    REQUIRE(out.shape() == Shape{3, 7, 8});
    // transformers pads the larger half first: 2 of 3 columns on the left, 2 of 3 rows at the top.
    CHECK(out.f32()[0] == 0.0f);
    CHECK(out.f32()[2 * 8 + 2] == at(0, 0, 0));
    CHECK(out.f32()[5 * 8 + 6] == at(4, 3, 0));
    CHECK(out.f32()[5 * 8 + 7] == 0.0f);
    CHECK(out.f32()[6 * 8 + 6] == 0.0f);
  }
  SECTION("none") {
    config.center_crop = false;
    CHECK(preprocess(image, config).shape() == Shape{3, 4, 5});
  }
}

TEST_CASE("the short side decides the scale, and the long one is truncated, not rounded", "[preprocess]") {
  PreprocessConfig config = clip_config(7);
  config.center_crop = false;
  CHECK(preprocess(pattern(13, 9), config).shape() == Shape{3, 7, 10});  // 10.1
  CHECK(preprocess(pattern(9, 14), config).shape() == Shape{3, 10, 7});  // 10.9
  CHECK(preprocess(pattern(3, 3), config).shape() == Shape{3, 7, 7});
  config.shortest_edge = 0;
  config.height = 5;
  config.width = 6;
  CHECK(preprocess(pattern(9, 14), config).shape() == Shape{3, 5, 6});
}

TEST_CASE("a crop of a very long picture needs no memory for the rest", "[preprocess]") {
  const HostTensor out = preprocess(pattern(16384, 1), clip_config(224));
  CHECK(out.shape() == Shape{3, 224, 224});
}

TEST_CASE("frames of different shapes and invalid configs are refused", "[preprocess]") {
  PreprocessConfig config;
  config.center_crop = false;
  config.shortest_edge = 8;
  std::vector<Frame> frames{{0, 0.0, std::make_shared<RgbImage>(pattern(9, 9))},
                            {1, 0.1, std::make_shared<RgbImage>(pattern(18, 9))}};
  CHECK_THROWS_AS(preprocess(frames, config), Error);
  config.mean = {0.5f};
  CHECK_THROWS_AS(preprocess(*frames[0].image, config), Error);
}

TEST_CASE("preprocessing stops when asked", "[preprocess]") {
  std::stop_source stop;
  stop.request_stop();
  const std::vector<Frame> frames{{0, 0.0, std::make_shared<RgbImage>(pattern(9, 9))}};
  CHECK_THROWS_AS(preprocess(frames, clip_config(8), {{}, stop.get_token()}), Cancelled);
}
