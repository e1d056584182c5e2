// Written videos, and frames that are read one at a time: what was put in comes back.
#include <catch2/catch.hpp>

#include "core/media/video.h"
#include "core/media/video_frames.h"
#include "core/media/video_writer.h"
#include "kernels/error.h"
#include "tests/media.h"
#include "tests/support.h"

#include <cmath>
#include <cstdlib>

namespace sparsight::test {
namespace {

// Four flat quarters, whose colours identify the frame.
RgbImage quarters(int width, int height, int number) {
  RgbImage image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const int level : {30 + 20 * number, x < width / 2 ? 200 : 60, y < height / 2 ? 180 : 40})
        image.pixels.push_back(static_cast<std::uint8_t>(level));
  return image;
}

int largest_difference(const RgbImage& a, const RgbImage& b, int x, int y) {
  int largest = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto at = [&](const RgbImage& image) {
      return int{image.pixels[std::size_t{3} * static_cast<std::size_t>(y * image.width + x) + c]};
    };
    largest = std::max(largest, std::abs(at(a) - at(b)));
  }
  return largest;
}

}  // namespace

TEST_CASE("a written video reads back: number, size, times and colours", "[video_writer]") {
  const TempDir temp;
  const std::vector<double> times{0, 0.04, 0.08, 0.5, 0.54, 1.0, 1.25};  // frames at no constant rate
  for (const auto& [width, height] : {std::pair{64, 48}, std::pair{65, 49}, std::pair{2, 1}, std::pair{320, 180}}) {
    INFO(width << " x " << height);
    const auto path = temp / "out.mp4";
    VideoWriter writer(path, width, height, 0.04);
    CHECK((writer.codec() == "libx264" || writer.warning()));
    for (std::size_t i = 0; i < times.size(); ++i) writer.add(quarters(width, height, static_cast<int>(i)), times[i]);
    if (width == 64) CHECK_FALSE(std::filesystem::exists(path));
    writer.finish(1.5);
    CHECK_FALSE(std::filesystem::exists(temp / "out.mp4.part"));

    const Clip clip = read_clip(path, {.count = times.size()});
    CHECK(clip.codec == "h264");
    CHECK(clip.total_frames == static_cast<std::int64_t>(times.size()));
    CHECK(clip.width == width + width % 2);
    CHECK(clip.height == height + height % 2);
    CHECK(clip.duration_s == Approx(1.5).margin(0.001));
    CHECK(clip.warnings.empty());
    for (std::size_t i = 0; i < times.size(); ++i) {
      CHECK(clip.frames[i].time_s == Approx(times[i]).margin(0.0005));
      if (width < 64) continue;  // chroma has half the resolution
      const RgbImage expected = quarters(width, height, static_cast<int>(i));
      for (const auto& [x, y] : {std::pair{width / 4, height / 4}, std::pair{3 * width / 4, 3 * height / 4}}) {
        const RgbImage& image = *clip.frames[i].image;
        RgbImage padded{image.width, image.height, {}};
        padded.pixels.resize(image.pixels.size());
        const auto at = std::size_t{3} * static_cast<std::size_t>(y * width + x);
        const auto to = std::size_t{3} * static_cast<std::size_t>(y * image.width + x);
        for (std::size_t c = 0; c < 3; ++c) padded.pixels[to + c] = expected.pixels[at + c];
        CHECK(largest_difference(image, padded, x, y) <= 10);
      }
    }
  }
}

TEST_CASE("a written video is H.264 of BT.709 with its index in front", "[video_writer]") {
  if (!have_ffmpeg()) return skip("ffmpeg and ffprobe are not installed");
  const TempDir temp;
  {
    VideoWriter writer(temp / "out.mp4", 96, 64, 1.0 / 25);
    for (int i = 0; i < 8; ++i) writer.add(quarters(96, 64, i), i / 25.0);
    writer.finish(8 / 25.0);
  }
  const Ran ran = run({"ffprobe", "-v", "error", "-show_entries",
                       "stream=codec_name,pix_fmt,color_space,color_primaries,color_transfer,color_range,r_frame_rate",
                       "-of", "default=nw=1:nk=1", (temp / "out.mp4").string()});
  for (const char* word : {"h264", "yuv420p", "bt709", "tv", "25/1"}) CHECK_THAT(ran.out, Catch::Contains(word));
  const std::string file = read_file(temp / "out.mp4");
  CHECK(file.find("moov") < file.find("mdat"));
}

TEST_CASE("equal times are moved apart; nothing is lost", "[video_writer]") {
  const TempDir temp;
  VideoWriter writer(temp / "out.mp4", 64, 64, 0.1);
  for (int i = 0; i < 4; ++i) writer.add(quarters(64, 64, i), 0.2);
  writer.finish(0.2);
  CHECK(read_clip(temp / "out.mp4", {.count = 4}).total_frames == 4);
}

TEST_CASE("an unfinished video leaves no file, and impossible videos are refused", "[video_writer]") {
  const TempDir temp;
  {
    VideoWriter writer(temp / "out.mp4", 64, 64, 0.04);
    writer.add(quarters(64, 64, 0), 0);
    CHECK_FALSE(std::filesystem::is_empty(temp.path()));
    CHECK_FALSE(std::filesystem::exists(temp / "out.mp4"));
  }
  CHECK(std::filesystem::is_empty(temp.path()));
  CHECK_THROWS_AS(VideoWriter(temp / "no/such/folder.mp4", 64, 64, 0.04), Error);
  CHECK_THROWS_AS(VideoWriter(temp / "x.mp4", 0, 64, 0.04), Error);
  CHECK_THROWS_AS(VideoWriter(temp / "x.mp4", 64, 1 << 20, 0.04), Error);
  CHECK(std::filesystem::is_empty(temp.path()));
  // A name that looks like an address is a name.
  VideoWriter odd(temp / "http:x.mp4", 64, 64, 0.04);
  odd.add(quarters(64, 64, 0), 0);
  odd.finish(0.04);
  CHECK(std::filesystem::exists(temp / "http:x.mp4"));
}

TEST_CASE("frames one at a time are those that read_clip gives", "[video_frames]") {
  const auto path = demo_clip();
  const Clip clip = read_clip(path, {.count = 48});
  REQUIRE(clip.total_frames == 48);
  std::size_t i = 0;
  const double end = for_each_frame(path, ToneMap::Auto, [&](const Frame& frame) {
    REQUIRE(i < 48);
    CHECK(frame.index == clip.frames[i].index);
    CHECK(frame.time_s == clip.frames[i].time_s);
    CHECK(frame.image->pixels == clip.frames[i].image->pixels);
    ++i;
    return true;
  });
  CHECK(i == 48);
  CHECK(end == clip.duration_s);
}

TEST_CASE("frames one at a time: rotation, an early end, a stop, damage", "[video_frames]") {
  const auto path = demo_clip();
  int seen = 0;
  for_each_frame(path, ToneMap::Auto, [&](const Frame&) { return ++seen < 5; });
  CHECK(seen == 5);
  std::stop_source source;
  source.request_stop();
  CHECK_THROWS_AS(for_each_frame(
                      path, ToneMap::Auto, [](const Frame&) { return true; }, source.get_token()),
                  Cancelled);
  CHECK_THROWS_AS(for_each_frame("absent.mp4", ToneMap::Auto, [](const Frame&) { return true; }), Error);

  const TempDir temp;
  write_file(temp / "cut.mp4", read_file(path).substr(0, std::filesystem::file_size(path) * 2 / 3));
  const Clip cut = read_clip(temp / "cut.mp4", {.count = 1});
  std::int64_t frames = 0;
  for_each_frame(temp / "cut.mp4", ToneMap::Auto, [&](const Frame&) { return ++frames > 0; });
  CHECK(frames == cut.total_frames);

  if (!have_ffmpeg()) return skip("ffmpeg and ffprobe are not installed");
  make_clip("-f lavfi -i testsrc=size=96x64:rate=10:duration=1 -pix_fmt yuv420p", temp / "flat.mp4");
  make_clip("-i " + (temp / "flat.mp4").string() + " -c copy -metadata:s:v:0 rotate=90", temp / "turned.mp4");
  const Clip turned = read_clip(temp / "turned.mp4", {.count = 10});
  REQUIRE(turned.width == 64);
  std::size_t i = 0;
  for_each_frame(temp / "turned.mp4", ToneMap::Auto, [&](const Frame& frame) {
    CHECK(frame.image->pixels == turned.frames[i++].image->pixels);
    return true;
  });
  CHECK(i == 10);
}

TEST_CASE("a JPEG in memory decodes to nearly the same picture", "[video_writer]") {
  const TempDir temp;
  const RgbImage image = quarters(67, 45, 3);
  const std::vector<std::uint8_t> jpeg = encode_jpeg(image, 95);
  write_file(temp / "x.jpg", {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()});
  const Clip clip = read_clip(temp / "x.jpg");
  CHECK(clip.is_image);
  REQUIRE(clip.frames[0].image->width == 67);
  REQUIRE(clip.frames[0].image->height == 45);
  for (const auto& [x, y] : {std::pair{10, 10}, std::pair{60, 40}})
    CHECK(largest_difference(*clip.frames[0].image, image, x, y) <= 6);
}

}  // namespace sparsight::test
