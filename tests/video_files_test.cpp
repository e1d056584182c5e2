// Awkward files made by the ffmpeg program, which is also the reference for counts and pixels.
#include "core/media/video.h"

#include "kernels/error.h"
#include "tests/media.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace sparsight;
using namespace sparsight::test;

namespace {

void same_frames(const Clip& a, const Clip& b) {
  CHECK(a.total_frames == b.total_frames);
  CHECK(a.duration_s == b.duration_s);
  REQUIRE(a.frames.size() == b.frames.size());
  for (std::size_t i = 0; i < a.frames.size(); ++i) {
    CAPTURE(i, a.frames[i].index);
    CHECK(a.frames[i].index == b.frames[i].index);
    CHECK(a.frames[i].time_s == b.frames[i].time_s);
    CHECK(a.frames[i].image->width == b.frames[i].image->width);
    CHECK((a.frames[i].image->pixels == b.frames[i].image->pixels));
  }
}

Clip in_order(const std::filesystem::path& path, std::size_t count = 8) {
  FrameRequest request;
  request.count = count;
  request.may_seek = false;
  return read_clip(path, request);
}

// Checks that seeking and decoding everything agree, for several counts and ranges. True if any of them used seeking.
bool seeking_agrees(const std::filesystem::path& path, double duration) {
  bool sought = false;
  const auto compare = [&](FrameRequest request) {
    std::optional<Clip> found;
    try {
      found = read_clip(path, request);
    } catch (const Error& error) {  // the range may have no frame
      CHECK(error.kind() == ErrorKind::Usage);
      request.may_seek = false;
      CHECK_THROWS_AS(read_clip(path, request), Error);
      return;
    }
    const Clip& with = *found;
    sought = sought || with.by_seeking;
    request.may_seek = false;
    const Clip without = read_clip(path, request);
    CHECK_FALSE(without.by_seeking);
    same_frames(with, without);
  };
  compare({.count = 2});
  compare({.count = 5, .choice = FrameChoice::Arange});
  for (const double start : {0.37, 0.83}) {
    CAPTURE(start);
    compare({.count = 1, .start_s = start * duration});
    compare({.count = 2, .start_s = start * duration, .end_s = (start + 0.16) * duration});
  }
  return sought;
}

// The complete comparison for a file whose pictures all have one size.
struct Expect {
  bool pixels = true;
  bool whole = true;  // expect no warnings
};
Clip check_against_ffmpeg(const std::filesystem::path& path, Expect expect = {}) {
  CAPTURE(path.filename().string());
  const std::int64_t count = ffprobe_count(path);
  REQUIRE(count > 0);
  const Clip clip = in_order(path, static_cast<std::size_t>(count));
  CHECK(clip.total_frames == count);
  if (expect.whole) CHECK(clip.warnings == std::vector<std::string>{});
  if (expect.pixels) {
    const auto frames = ffmpeg_frames(path, clip.width, clip.height);
    REQUIRE(frames.size() == clip.frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      CAPTURE(i);
      CHECK((clip.frames[i].image->pixels == frames[i]));
    }
  }
  for (std::size_t i = 1; i < clip.frames.size(); ++i) CHECK(clip.frames[i].time_s > clip.frames[i - 1].time_s);
  return clip;
}

struct Made {
  const char* name;
  std::string arguments;
};

}  // namespace

TEST_CASE("containers and codecs: count and pixels are those of ffmpeg", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const Made made = GENERATE_COPY(values<Made>({
      {"b-pyramid.mp4", kPattern + "2 -c:v libx264 -pix_fmt yuv420p -bf 4 -b_strategy 0 -x264-params b-pyramid=normal"},
      {"odd.mp4", "-f lavfi -i testsrc=size=321x241:rate=25:duration=0.4 -c:v libx264 -pix_fmt yuv444p"},
      {"odd.mkv", "-f lavfi -i testsrc=size=321x241:rate=25:duration=0.4 -c:v ffv1 -pix_fmt yuv420p"},
      {"ten-bit.mkv", kPattern + "0.6 -c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le"},
      {"ten-bit.mp4", kPattern + "0.6 -c:v libx264 -pix_fmt yuv422p10le"},
      {"full-range.mp4", kPattern + "0.6 -vf scale=out_range=full -color_range pc -c:v libx264 -pix_fmt yuv420p"},
      {"bt709.mp4", kPattern + "0.6 -c:v libx264 -pix_fmt yuv420p -colorspace bt709 -color_range tv"},
      {"animation.gif", kPattern + "1 -r 10"},
      {"animation.apng", kPattern + "0.6 -r 10 -plays 0 -f apng"},
      {"one.mp4", kPattern + "1 -frames:v 1 -c:v libx264 -pix_fmt yuv420p"},
      {"vp8.webm", kPattern + "2 -c:v libvpx -deadline realtime -auto-alt-ref 1 -lag-in-frames 10 -g 20"},
      {"vp9.webm", kPattern + "2 -c:v libvpx-vp9 -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 20 -g 20"},
      {"av1.mkv", kPattern + "0.6 -c:v libaom-av1 -cpu-used 8 -g 8"},
      {"motion.avi", kPattern + "0.6 -c:v mjpeg -pix_fmt yuvj422p"},
      {"xvid.avi", kPattern + "1 -c:v mpeg4 -bf 2"},
      {"mpeg2.ts", kPattern + "1 -c:v mpeg2video -bf 2"},
      {"raw.h264", kPattern + "1 -c:v libx264 -pix_fmt yuv420p -bf 0 -f h264"},
      {"bt2020.mp4", kPattern + "0.4 -c:v libx264 -pix_fmt yuv420p10le -colorspace bt2020nc"},
      {"prores.mov", kPattern + "0.4 -c:v prores_ks"},
      {"interlaced.mp4", kPattern + "1 -c:v libx264 -flags +ildct+ilme -pix_fmt yuv420p"},
      {"broadcast.ts", kPattern + "2 -c:v libx264 -pix_fmt yuv420p -g 10"},
  }));
  make_clip(made.arguments, dir / made.name);
  const Clip clip = check_against_ffmpeg(dir / made.name);
  CHECK_FALSE(clip.is_image);
  CHECK(clip.frames.front().time_s == Approx(0.0).margin(0.05));
  seeking_agrees(dir / made.name, clip.duration_s);
}

TEST_CASE("seeking gives the frames of a full decode, and is used where it pays", "[video][files][seek]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const std::string source = kPattern + "8 ";
  const Made made = GENERATE_COPY(values<Made>({
      {"h264.mp4", source + "-c:v libx264 -pix_fmt yuv420p -preset fast -g 25"},
      {"h264-open-gop.mkv", source + "-c:v libx264 -pix_fmt yuv420p -preset fast -g 25 -x264-params open-gop=1"},
      {"h264.ts", source + "-c:v libx264 -pix_fmt yuv420p -preset fast -g 25"},
      {"hevc-open-gop.mp4", source + "-c:v libx265 -preset ultrafast -bf 3 -g 25 "
                                     "-x265-params open-gop=1:scenecut=0:log-level=none"},
      {"hevc-closed.mkv", source + "-c:v libx265 -preset ultrafast -g 25 -x265-params open-gop=0:log-level=none"},
      {"vp9.webm", source + "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25"},
      {"vp8.webm", source + "-c:v libvpx -deadline realtime -cpu-used 8 -g 25"},
      {"av1.mp4",
       "-f lavfi -i testsrc2=size=96x64:rate=25:duration=3 -c:v libaom-av1 -cpu-used 8 -usage realtime -g 10"},
      {"fragments.mp4", source + "-c:v libx264 -pix_fmt yuv420p -g 25 -movflags frag_keyframe+empty_moov"},
  }));
  CAPTURE(made.name);
  make_clip(made.arguments, dir / made.name);
  check_against_ffmpeg(dir / made.name, {.pixels = false});
  CHECK(seeking_agrees(dir / made.name, std::string_view(made.name) == "av1.mp4" ? 3 : 8));
}

TEST_CASE("rotation and mirroring are applied", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "0.4 -c:v libx264 -pix_fmt yuv420p", dir / "plain.mp4");
  const Clip plain = in_order(dir / "plain.mp4");
  for (const int degrees : {90, 180, 270}) {
    CAPTURE(degrees);
    const auto path = dir / fmt::format("turned{}.mp4", degrees);
    make_clip(fmt::format("-i {} -c copy -metadata:s:v:0 rotate={}", (dir / "plain.mp4").string(), degrees), path);
    const Clip clip = check_against_ffmpeg(path);  // ffmpeg turns the picture too
    CHECK((clip.width == plain.width) == (degrees == 180));
    CHECK((clip.frames[0].image->pixels != plain.frames[0].image->pixels));
  }
}

TEST_CASE("a variable frame rate keeps its times", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "2 -vf select='not(mod(n,7))+not(mod(n,3))' -vsync vfr -c:v libx264 -pix_fmt yuv420p",
            dir / "vfr.mkv");
  const Clip clip = check_against_ffmpeg(dir / "vfr.mkv");
  const std::vector<int> kept{0, 3, 6, 7, 9, 12, 14};
  REQUIRE(clip.frames.size() > kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(clip.frames[i].time_s == Approx(kept[i] / 25.0).margin(0.002));

  FrameRequest request;
  request.count = 3;
  request.start_s = 0.2;
  request.end_s = 0.5;
  const Clip part = read_clip(dir / "vfr.mkv", request);  // of 6, 7, 9, 12
  REQUIRE(part.frames.size() == 3);
  CHECK(part.frames[0].index == 2);
  CHECK(part.frames[1].index == 3);
  CHECK(part.frames[2].index == 5);
  CHECK(part.total_frames == clip.total_frames);
}

TEST_CASE("a cut without re-encoding shows what an edit list leaves", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "4 -c:v libx264 -pix_fmt yuv420p -g 25", dir / "long.mp4");
  for (const char* name : {"cut.mp4", "cut.mkv"}) {
    make_clip("-ss 1.5 -i " + (dir / "long.mp4").string() + " -t 1.2 -c copy", dir / name);
    const Clip clip = check_against_ffmpeg(dir / name, {.whole = false});
    seeking_agrees(dir / name, clip.duration_s);
  }
}

TEST_CASE("a stream whose start is missing", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "3 -c:v libx264 -pix_fmt yuv420p -g 25", dir / "whole.ts");
  const std::string whole = read_file(dir / "whole.ts");
  write_file(dir / "tail.ts",
             std::string_view(whole).substr(static_cast<std::size_t>(packets_of(dir / "whole.ts").at(30).position)));
  const Clip clip = check_against_ffmpeg(dir / "tail.ts", {.whole = false});
  CHECK(clip.total_frames < 75);
  seeking_agrees(dir / "tail.ts", clip.duration_s);
}

TEST_CASE("truncated files give what is there, and a warning", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const auto& [name, options] =
      GENERATE(table<std::string, std::string>({{"a.mp4", "-c:v libx264 -pix_fmt yuv420p -g 20 -movflags faststart"},
                                                {"a.mkv", "-c:v libx264 -pix_fmt yuv420p -g 20"},
                                                {"a.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20"},
                                                {"a.avi", "-c:v mjpeg"}}));
  make_clip(kPattern + "4 " + options, dir / name);
  const std::string whole = read_file(dir / name);
  const MediaPacket last = packets_of(dir / name).at(60);
  const std::size_t end = static_cast<std::size_t>(last.position) + last.size / 2;
  write_file(dir / ("cut-" + name), std::string_view(whole).substr(0, end));
  const Clip clip = check_against_ffmpeg(dir / ("cut-" + name), {.whole = false});
  CHECK(clip.total_frames < 100);
  CHECK(clip.total_frames > 20);
  CHECK(clip.warnings.size() >= 1);
  seeking_agrees(dir / ("cut-" + name), clip.duration_s);

  SECTION("an index at the end is lost with it") {
    if (name != "a.mp4") return;
    make_clip(kPattern + "1 -c:v libx264 -pix_fmt yuv420p", dir / "late.mp4");
    const std::string late = read_file(dir / "late.mp4");
    write_file(dir / "late-cut.mp4", std::string_view(late).substr(0, late.size() / 2));
    CHECK_THROWS_AS(read_clip(dir / "late-cut.mp4"), Error);
  }
}

TEST_CASE("a truncated GIF gives a warning, even if one frame is left", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip("-f lavfi -i testsrc2=size=96x64:rate=10:duration=2", dir / "a.gif");
  const std::string whole = read_file(dir / "a.gif");
  CHECK(read_clip(dir / "a.gif").warnings.empty());
  write_file(dir / "padded.gif", whole + std::string(100, '\0'));
  CHECK(read_clip(dir / "padded.gif").warnings.empty());
  const std::size_t second = whole.find("\x21\xf9\x04", whole.find("\x21\xf9\x04") + 1);
  for (const std::size_t end : {second + 12, whole.size() / 2, whole.size() - 1}) {
    CAPTURE(end);
    write_file(dir / "cut.gif", std::string_view(whole).substr(0, end));
    const Clip clip = read_clip(dir / "cut.gif");
    CHECK((end == second + 12) == clip.is_image);
    REQUIRE(clip.warnings.size() >= 1);
    CHECK_THAT(clip.warnings.back(), Catch::Contains("cut short"));
  }
}

TEST_CASE("with damage in the middle, seeking and full decoding still agree", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const auto& [name, options] = GENERATE(
      table<std::string, std::string>({{"a.mp4", "-c:v libx264 -pix_fmt yuv420p -g 20"},
                                       {"a.mkv", "-c:v libx264 -pix_fmt yuv420p -g 20"},
                                       {"a.ts", "-c:v libx264 -pix_fmt yuv420p -g 20"},
                                       {"b.mp4", "-c:v libx265 -preset ultrafast -g 20 -x265-params log-level=none"},
                                       {"a.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20"},
                                       {"b.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -g 20"}}));
  make_clip(kPattern + "4 " + options, dir / name);
  const std::string whole = read_file(dir / name);
  // Inside a packet in the middle, and all of that packet and those after it.
  const std::vector<MediaPacket> packets = packets_of(dir / name);
  const auto start = [&](std::size_t number) { return static_cast<std::size_t>(packets.at(number).position); };
  const auto& [first, end] = GENERATE_COPY(
      values<std::pair<std::size_t, std::size_t>>({{(start(50) + start(51)) / 2, start(51)}, {start(50), start(54)}}));
  {
    CAPTURE(name, first, end);
    std::string damaged = whole;
    std::uint32_t random = 12345;
    for (std::size_t i = first; i < end; ++i) {
      random = random * 1664525u + 1013904223u;
      damaged[i] = static_cast<char>(random >> 24);
    }
    write_file(dir / ("damaged-" + name), damaged);
    const Clip clip = in_order(dir / ("damaged-" + name), 100);
    CHECK(clip.total_frames == ffprobe_count(dir / ("damaged-" + name)));
    same_frames(clip, in_order(dir / ("damaged-" + name), 100));
    seeking_agrees(dir / ("damaged-" + name), clip.duration_s);
  }
}

TEST_CASE("a container that lies about its count is not believed", "[video][files]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "1 -c:v mpeg4", dir / "a.avi");
  std::string file = read_file(dir / "a.avi");
  const std::size_t header = file.find("avih");
  REQUIRE(header != std::string::npos);
  const std::size_t stream = file.find("strh");
  REQUIRE(stream != std::string::npos);
  for (const std::size_t at : {header + 8 + 16, stream + 8 + 32}) {  // dwTotalFrames, dwLength
    file[at] = static_cast<char>(0xe8);
    file[at + 1] = 3;
  }
  write_file(dir / "lies.avi", file);
  const Clip clip = check_against_ffmpeg(dir / "lies.avi", {.whole = false});
  CHECK(clip.total_frames == 25);
  CHECK(clip.frames.back().index == 24);
}

TEST_CASE("messages about long videos use hours", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip("-f lavfi -i testsrc2=size=32x32:rate=1/4000:duration=8000 -c:v ffv1", dir / "long.mkv");
  const auto refusal = [&](double from) -> std::string {
    try {
      (void)read_clip(dir / "long.mkv", {.start_s = from});
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Usage);
      return error.what();
    }
    return "";
  };
  CHECK_THAT(refusal(100'000), Catch::EndsWith("it lasts 2:13:20"));
  // Sound that continues long after the pictures.
  make_clip(
      "-f lavfi -i testsrc2=size=32x32:rate=5:duration=2 -f lavfi -i anullsrc=r=8000:cl=mono -t 8000 -c:v mpeg4 "
      "-c:a pcm_u8",
      dir / "sound.mkv");
  const Clip clip = read_clip(dir / "sound.mkv");
  REQUIRE(clip.warnings.size() == 1);
  CHECK(clip.warnings[0] == "the container declares 2:13:20, the picture ends at 2.0 s");
}
