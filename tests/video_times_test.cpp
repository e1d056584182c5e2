// Wrong or missing times in containers, and pixels that are not square.
#include "core/media/display.h"
#include "core/media/video.h"
#include "core/media/video_frames.h"
#include "core/pictures/film.h"
#include "core/pictures/shown_clip.h"

#include "kernels/error.h"
#include "tests/media.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace sparsight;
using namespace sparsight::test;

namespace {

// Checks that all frames have the same times, which never go back: in order, one at a time and, where possible, by
// seeking.
Clip check_times(const std::filesystem::path& path, std::int64_t frames, double rate) {
  CAPTURE(path.filename().string());
  const auto count = static_cast<std::size_t>(frames);
  const Clip clip = read_clip(path, {.count = count, .may_seek = false});
  CHECK(clip.total_frames == frames);
  CHECK(clip.duration_s == Approx(static_cast<double>(frames) / rate).margin(1e-3));
  REQUIRE(clip.frames.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK(clip.frames[i].time_s == Approx(static_cast<double>(i) / rate).margin(1e-3));
  }
  const Clip quick = read_clip(path, {.count = count});
  std::size_t next = 0;
  const double end = for_each_frame(path, ToneMap::Auto, [&](const Frame& frame) {
    CHECK(frame.time_s == clip.frames.at(next).time_s);
    CHECK(quick.frames.at(next).time_s == frame.time_s);
    ++next;
    return true;
  });
  CHECK(next == count);
  CHECK(end == clip.duration_s);
  // The second half by time is the second half by count.
  const Clip half = read_clip(path, {.count = 1, .start_s = static_cast<double>(frames) / rate / 2 - 1e-6});
  CHECK(half.frames[0].index == frames / 2);
  return clip;
}

std::string made(const TempDir& dir, const char* name, const std::string& arguments) {
  make_clip(arguments, dir / name);
  return read_file(dir / name);
}

std::string ten_a_second(int seconds, const char* size = "96x64") {
  return fmt::format("-f lavfi -i testsrc2=size={}:rate=10:duration={}", size, seconds);
}

}  // namespace

TEST_CASE("times: AVI with B-frames has only the order of decoding", "[video][times]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  (void)made(dir, "h264.avi", ten_a_second(2) + " -c:v libx264 -pix_fmt yuv420p -bf 3 -b_strategy 0 -g 12");
  (void)made(dir, "mpeg4.avi", ten_a_second(2) + " -c:v mpeg4 -bf 2 -g 12");
  (void)made(dir, "plain.avi", ten_a_second(2) + " -c:v libx264 -pix_fmt yuv420p -bf 0");
  for (const char* name : {"h264.avi", "mpeg4.avi", "plain.avi"})
    CHECK(check_times(dir / name, 20, 10).warnings.empty());
}

TEST_CASE("times: joined recordings continue", "[video][times]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const std::string plain = " -c:v libx264 -pix_fmt yuv420p -bf 0 -g 10",
                    reordered = " -c:v libx264 -pix_fmt yuv420p -bf 2 -g 10";
  const std::string first = made(dir, "a.ts", ten_a_second(2) + plain);
  write_file(dir / "twice.ts", first + first);
  CHECK(check_times(dir / "twice.ts", 40, 10).warnings.empty());

  const std::string b = made(dir, "b.ts", ten_a_second(2) + reordered);
  write_file(dir / "reordered.ts", b + b + b);
  CHECK(check_times(dir / "reordered.ts", 60, 10).warnings.empty());

  const std::string later = made(dir, "later.ts", ten_a_second(2) + plain + " -output_ts_offset 5000");
  write_file(dir / "gap.ts", first + later);
  CHECK(check_times(dir / "gap.ts", 40, 10).warnings.empty());

  const std::string wide = made(dir, "wide.ts", ten_a_second(2, "128x64") + plain);
  write_file(dir / "sizes.ts", first + wide);
  const Clip sizes = check_times(dir / "sizes.ts", 40, 10);
  CHECK(sizes.warnings.empty());
  CHECK(sizes.frames.front().image->width == 96);
  CHECK(sizes.frames.back().image->width == 128);

  const std::string program =
      made(dir, "a.mpg", "-f lavfi -i testsrc2=size=96x64:rate=25:duration=2 -c:v mpeg2video -bf 2");
  write_file(dir / "twice.mpg", program + program);
  const Clip mpg = read_clip(dir / "twice.mpg", {.count = 100});
  CHECK(mpg.duration_s == Approx(4.0).margin(0.1));
  for (std::size_t i = 1; i < mpg.frames.size(); ++i) CHECK(mpg.frames[i].time_s >= mpg.frames[i - 1].time_s);
}

TEST_CASE("times: damage is still reported where recordings are joined", "[video][times]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const std::string whole = made(dir, "a.ts", ten_a_second(4) + " -c:v libx264 -pix_fmt yuv420p -bf 0 -g 10");
  // A packet in the middle of the first recording loses all its transport packets but the first.
  const std::vector<MediaPacket> packets = packets_of(dir / "a.ts");
  REQUIRE(packets.size() == 40);
  const std::size_t from = static_cast<std::size_t>(packets[20].position) + 188;
  std::string holed = whole;
  std::size_t lost = 0;
  for (std::size_t at = from; at < static_cast<std::size_t>(packets[21].position); at += 188, ++lost)
    holed.replace(at, 188, std::string(188, '\x47'));
  REQUIRE(lost > 0);
  write_file(dir / "holed.ts", holed + whole);
  CHECK_FALSE(read_clip(dir / "holed.ts").warnings.empty());
}

TEST_CASE("times: a start at 10^6 seconds is the start", "[video][times]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  for (const char* name : {"far.mkv", "far.mp4", "far.ts", "far.webm"}) {
    const std::string codec =
        std::string(name) == "far.webm" ? " -c:v libvpx -deadline realtime" : " -c:v libx264 -pix_fmt yuv420p";
    (void)made(dir, name, ten_a_second(2) + codec + " -output_ts_offset 1000000");
    CHECK(check_times(dir / name, 20, 10).warnings.empty());
  }
}

TEST_CASE("times: stamps that are all equal", "[video][times]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  (void)made(dir, "same.mkv", ten_a_second(2) + " -c:v libx264 -pix_fmt yuv420p -bf 0 -bsf:v setts=ts=0");
  const Clip clip = check_times(dir / "same.mkv", 20, 10);
  REQUIRE(clip.warnings.size() == 1);
  CHECK_THAT(clip.warnings[0], Catch::Contains("timestamps repeat"));
  // Pairs share a time: they also share the time up to the next pair.
  (void)made(dir, "pairs.mkv", ten_a_second(2) + " -c:v libx264 -pix_fmt yuv420p -bf 0 -bsf:v setts=ts=floor(N/2)*200");
  const Clip pairs = read_clip(dir / "pairs.mkv", {.count = 20});
  for (std::size_t i = 0; i < 19; ++i)
    CHECK(pairs.frames[i].time_s == Approx(0.1 * static_cast<double>(i)).margin(1e-3));
  CHECK(pairs.warnings.size() == 1);
}

TEST_CASE("times: the recorded cases", "[video][times]") {
  const auto cases = shared_dir() / "cases";
  if (!std::filesystem::exists(cases)) return skip("the folder of recorded cases is absent");
  for (const auto& [name, frames, rate] : {std::tuple{"h264b.avi", 20, 10},
                                           {"cat.ts", 200, 25},
                                           {"pts-back.ts", 40, 10},
                                           {"size-change.ts", 40, 10},
                                           {"far.mkv", 20, 10}})
    CHECK(check_times(cases / name, frames, rate).warnings.empty());
  CHECK(check_times(cases / "samepts.mkv", 20, 10).warnings.size() == 1);
  CHECK(read_clip(cases / "crossing-sar.mp4").pixel_aspect == Approx(0.7));
  CHECK(read_clip(cases / "anam.mp4").pixel_aspect == Approx(64.0 / 45));
  CHECK(read_clip(cases / "sar89.mkv").pixel_aspect == Approx(8.0 / 9));
}

TEST_CASE("pixels that are not square are stretched if asked for", "[video][aspect]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  (void)made(dir, "flat.mp4", ten_a_second(1) + " -c:v libx264 -pix_fmt yuv420p -vf setsar=4/3");
  make_clip("-i " + (dir / "flat.mp4").string() + " -c copy -metadata:s:v:0 rotate=90", dir / "turned.mp4");
  const Clip stored = read_clip(dir / "flat.mp4");
  CHECK(stored.pixel_aspect == Approx(4.0 / 3));
  CHECK(stored.width == 96);
  const Clip square = read_clip(dir / "flat.mp4", {.square_pixels = true});
  CHECK(square.pixel_aspect == 1);
  CHECK(square.width == 128);
  CHECK(square.height == 64);
  CHECK(square.frames[0].image->width == 128);
  CHECK((square.frames[0].image->pixels == with_square_pixels(*stored.frames[0].image, 4.0 / 3).pixels));
  // Compared with ffmpeg's own way, whose filter differs a little.
  const auto witness = ffmpeg_frames(dir / "flat.mp4", 128, 64, "", "-vf format=rgb24,scale=iw*sar:ih");
  double sum = 0;
  for (std::size_t i = 0; i < witness.at(0).size(); ++i)
    sum += std::abs(witness[0][i] - square.frames[0].image->pixels[i]);
  CHECK(sum / static_cast<double>(witness[0].size()) < 4);

  const Clip turned = read_clip(dir / "turned.mp4");
  CHECK(turned.pixel_aspect == Approx(3.0 / 4));
  CHECK(turned.width == 64);
  CHECK(turned.height == 96);
  CHECK(read_clip(dir / "turned.mp4", {.square_pixels = true}).width == 48);

  // As pictures and films show it.
  const std::vector<GridWindow> windows(stored.frames.size(), GridWindow{16, 0, 64, 64});
  const ShownClip shown = as_shown(stored, windows);
  CHECK(shown.clip.width == 128);
  CHECK(shown.clip.pixel_aspect == 1);
  CHECK((shown.clip.frames[3].image->pixels == square.frames[3].image->pixels));
  CHECK(shown.windows[3].left == Approx(16 * 4.0 / 3));
  CHECK(shown.windows[3].width == Approx(64 * 4.0 / 3));
  CHECK(shown.windows[3].height == Approx(64));
  const ShownClip same = as_shown(square, windows);
  CHECK(same.clip.frames[0].image == square.frames[0].image);

  CHECK(display_size(16384, 16, 15.0 / 128).width == 1920);
  CHECK(display_size(16384, 100, 2).width == 16384);
  CHECK(display_size(16384, 100, 2).height == 50);
  CHECK(display_size(1, 1, 0.01).width == 1);
}

TEST_CASE("films and pictures of pixels that are not square have the display's shape", "[video][aspect][inspect]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  (void)made(dir, "tall.mp4", ten_a_second(1, "320x224") + " -c:v libx264 -pix_fmt yuv420p -vf setsar=1/2");
  const Ran ran = run({SPARSIGHT_CLI, "inspect", (dir / "tall.mp4").string(), "What happens?", "--prune", "uniform",
                       "--budget", "10%", "--frames", "2", "--out", (dir / "seen").string()});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const Clip film = read_clip(dir / "seen/overlay.mp4");
  CHECK(film.width == 160);
  CHECK(film.height == 224);
  CHECK(film.pixel_aspect == 1);
  CHECK_THAT(read_file(dir / "seen/report.html"),
             Catch::Contains("\"width\":160") && Catch::Contains("\"height\":224"));

  // As the model sees it: only if asked for.
  const auto sizes = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{
        SPARSIGHT_CLI, "frames", (dir / "tall.mp4").string(), "--out", (dir / "pictures").string(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Ran frames = run(words);
    REQUIRE(frames.exit_code == 0);
    const auto told = nlohmann::json::parse(frames.out);
    return std::pair(told["width"].get<int>(), told["height"].get<int>());
  };
  CHECK(sizes({}) == std::pair(320, 224));
  CHECK(sizes({"--square-pixels"}) == std::pair(160, 224));
}

TEST_CASE("frames that repeat share their picture", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  (void)made(dir, "two.mp4", "-f lavfi -i testsrc2=size=96x64:rate=10:duration=0.2 -c:v libx264 -pix_fmt yuv420p");
  const Clip clip = read_clip(dir / "two.mp4");
  REQUIRE(clip.total_frames == 2);
  for (std::size_t i = 1; i < 8; ++i)
    CHECK((clip.frames[i].image == clip.frames[i - 1].image) == (clip.frames[i].index == clip.frames[i - 1].index));
  // Repeated frames cost nothing: with copies, this would need more memory than is ever granted.
  const Clip many = read_clip(dir / "two.mp4", {.count = 1 << 19});
  CHECK(many.frames.size() == 1 << 19);
  CHECK(many.frames[0].image == many.frames[1].image);
}
