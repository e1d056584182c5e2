// Pixel formats, ranges and brightness: how a decoded picture is converted, with the ffmpeg program as reference.
#include "core/media/video.h"
#include "core/media/video_frames.h"
#include "core/media/video_picture.h"

#include "core/base/stopwatch.h"
#include "kernels/backends.h"
#include "tests/media.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

using namespace sparsight;
using namespace sparsight::test;

namespace {

constexpr int kWidth = 72, kHeight = 50;

struct OneFormat {
  AVPixelFormat format;
  std::string name;
};

// All formats that swscale reads.
std::vector<OneFormat> readable_formats() {
  std::vector<OneFormat> formats;
  for (const AVPixFmtDescriptor* d = av_pix_fmt_desc_next(nullptr); d != nullptr; d = av_pix_fmt_desc_next(d)) {
    const AVPixelFormat format = av_pix_fmt_desc_get_id(d);
    if ((d->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0 && sws_isSupportedInput(format) != 0)
      formats.push_back({format, d->name});
  }
  return formats;
}

// Pictures in every format: converted by ffmpeg or, if it cannot write one, bytes that a decoder might give.
void make_raw(const std::vector<OneFormat>& formats, const TempDir& dir) {
  std::string arguments = fmt::format("-f lavfi -i testsrc2=size={}x{}:rate=1:duration=1", kWidth, kHeight);
  for (const OneFormat& one : formats)
    if (sws_isSupportedOutput(one.format) != 0)
      arguments +=
          fmt::format(" -frames:v 1 -pix_fmt {} -f rawvideo {}", one.name, (dir / (one.name + ".raw")).string());
  make_clip(arguments + " -frames:v 1 -f rawvideo", dir / "last.raw");
  for (const OneFormat& one : formats) {
    if (sws_isSupportedOutput(one.format) != 0) continue;
    const AVPixFmtDescriptor& d = *av_pix_fmt_desc_get(one.format);
    std::string bytes(static_cast<std::size_t>(av_image_get_buffer_size(one.format, kWidth, kHeight, 1)), '\0');
    std::uint32_t random = 7;
    const bool floats = (d.flags & AV_PIX_FMT_FLAG_FLOAT) != 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      random = random * 1664525u + 1013904223u;
      const bool high = (i % 2 == 1) == ((d.flags & AV_PIX_FMT_FLAG_BE) == 0);
      const int unused = d.comp[0].depth > 8 && d.comp[0].depth < 16 && d.comp[0].shift == 0 ? 16 - d.comp[0].depth : 0;
      bytes[i] = static_cast<char>(static_cast<std::uint8_t>(random >> 24) >> (high ? unused : 0));
      if (floats) bytes[i] = 0;
    }
    write_file(dir / (one.name + ".raw"), bytes);
  }
}

// The RGB of all these by ffmpeg, in as few runs as its inputs allow.
void convert_all(const std::vector<OneFormat>& formats, const std::string& options, const TempDir& dir) {
  constexpr std::size_t kTogether = 64;
  for (std::size_t begin = 0; begin < formats.size(); begin += kTogether) {
    std::string inputs = "-filter_threads 1", outputs;  // with several threads, slices have borders of their own
    for (std::size_t i = begin; i < std::min(begin + kTogether, formats.size()); ++i) {
      inputs += fmt::format(" -threads 1 {} -f rawvideo -video_size {}x{} -pixel_format {} -i {}", options, kWidth,
                            kHeight, formats[i].name, (dir / (formats[i].name + ".raw")).string());
      outputs += fmt::format(" -map {}:v -frames:v 1 -pix_fmt rgb24 -f rawvideo {}", i - begin,
                             (dir / (formats[i].name + ".rgb")).string());
    }
    make_clip(inputs + outputs + " -map 0:v -frames:v 1 -pix_fmt rgb24 -f rawvideo", dir / "last.rgb");
  }
}

int largest_difference(const std::vector<std::uint8_t>& a, const std::string& b) {
  REQUIRE(a.size() == b.size());
  int most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - static_cast<std::uint8_t>(b[i])));
  return most;
}

// A row of 16-bit R'G'B' patches of 8 x 8, lossless, with the tags of `transfer`.
std::filesystem::path make_patches(const TempDir& dir, const std::vector<std::array<double, 3>>& signals,
                                   const std::string& transfer) {
  std::string raw;
  for (int y = 0; y < 8; ++y)
    for (const auto& patch : signals)
      for (int x = 0; x < 8; ++x)
        for (const double signal : patch) {
          const auto level = static_cast<unsigned>(std::lround(signal * 65535));
          raw += {static_cast<char>(level & 0xff), static_cast<char>(level >> 8)};
        }
  write_file(dir / "patches.raw", raw);
  make_clip(
      fmt::format("-f rawvideo -video_size {}x8 -pixel_format rgb48le -i {} -c:v ffv1 -pix_fmt gbrp16le -color_trc {} "
                  "-color_primaries bt2020 -colorspace rgb -color_range pc",
                  8 * signals.size(), (dir / "patches.raw").string(), transfer),
      dir / "patches.mkv");
  return dir / "patches.mkv";
}

std::vector<std::array<int, 3>> patches_of(const Clip& clip) {
  const RgbImage& image = *clip.frames[0].image;
  std::vector<std::array<int, 3>> patches;
  for (int x = 4; x < image.width; x += 8) {
    const auto at = static_cast<std::size_t>(3 * (4 * image.width + x));
    patches.push_back({image.pixels[at], image.pixels[at + 1], image.pixels[at + 2]});
  }
  return patches;
}

}  // namespace

TEST_CASE("every pixel format that FFmpeg reads is converted as the ffmpeg program does", "[video][formats]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const std::vector<OneFormat> formats = readable_formats();
  REQUIRE(formats.size() > 150);
  make_raw(formats, dir);
  struct Said {
    const char* options;
    AVColorRange range;
    AVColorSpace matrix;
  };
  for (const Said& said : {Said{"", AVCOL_RANGE_UNSPECIFIED, AVCOL_SPC_UNSPECIFIED},
                           Said{"-color_range tv -colorspace bt709", AVCOL_RANGE_MPEG, AVCOL_SPC_BT709},
                           Said{"-color_range pc -colorspace bt2020nc", AVCOL_RANGE_JPEG, AVCOL_SPC_BT2020_NCL}}) {
    convert_all(formats, said.options, dir);
    for (const OneFormat& one : formats) {
      CAPTURE(one.name, said.options);
      const std::string raw = read_file(dir / (one.name + ".raw"));
      REQUIRE(static_cast<int>(raw.size()) == av_image_get_buffer_size(one.format, kWidth, kHeight, 1));
      const auto frame = ffmpeg::own(av_frame_alloc());
      frame->format = one.format;
      frame->width = kWidth;
      frame->height = kHeight;
      frame->color_range = said.range;
      frame->colorspace = said.matrix;
      REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
      std::array<std::uint8_t*, 4> planes{};
      std::array<int, 4> strides{};
      av_image_fill_arrays(planes.data(), strides.data(), reinterpret_cast<const std::uint8_t*>(raw.data()), one.format,
                           kWidth, kHeight, 1);
      av_image_copy(frame->data, frame->linesize, const_cast<const std::uint8_t**>(planes.data()), strides.data(),
                    one.format, kWidth, kHeight);
      const RgbImage image = ffmpeg::RgbConverter().convert(*frame);
      CHECK(largest_difference(image.pixels, read_file(dir / (one.name + ".rgb"))) <= 1);
    }
  }
}

TEST_CASE("white is white in RGB of more than 8 bits, whatever the codec", "[video][formats]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const auto [name, options] = GENERATE(table<std::string, std::string>(
      {{"ffv1-9.mkv", "-c:v ffv1 -pix_fmt gbrp9le"},
       {"ffv1-10.mkv", "-c:v ffv1 -pix_fmt gbrp10le"},
       {"ffv1-12.mkv", "-c:v ffv1 -pix_fmt gbrp12le"},
       {"ffv1-14.mkv", "-c:v ffv1 -pix_fmt gbrp14le"},
       {"ffv1-16.mkv", "-c:v ffv1 -pix_fmt gbrp16le"},
       {"ffv1-rgb48.mkv", "-c:v ffv1 -pix_fmt rgb48le"},
       {"hevc.mkv", "-c:v libx265 -pix_fmt gbrp10le -x265-params lossless=1:log-level=none"},
       {"vp9.webm", "-c:v libvpx-vp9 -pix_fmt gbrp10le -lossless 1 -deadline realtime -cpu-used 8"},
       {"av1.mkv", "-c:v libaom-av1 -pix_fmt gbrp10le -crf 0 -cpu-used 8"},
       {"ten.dpx", "-c:v dpx -pix_fmt gbrp10be"}}));
  CAPTURE(name);
  make_clip("-f lavfi -i color=white:size=64x48:rate=1:duration=1 -vf drawbox=w=32:c=red:t=fill -frames:v 1 " + options,
            dir / name);
  const Clip clip = read_clip(dir / name);
  const RgbImage& image = *clip.frames[0].image;
  const auto witness = ffmpeg_frames(dir / name, 64, 48);
  REQUIRE(witness.size() == 1);
  CHECK(largest_difference(image.pixels, {witness[0].begin(), witness[0].end()}) <= 1);
  CHECK(image.pixels[3 * 60] >= 252);
  CHECK(image.pixels[3 * 60 + 2] >= 252);
  CHECK(image.pixels[3 * 10] >= 252);
  CHECK(image.pixels[3 * 10 + 1] <= 4);
}

TEST_CASE("HDR is mapped to what an ordinary screen shows", "[video][hdr]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  // Black, 100 and 203 cd/m2 (BT.2408: 51 and 58 %), 1000 and 10000 cd/m2; red and green below the knee, equally
  // bright.
  const std::vector<std::array<double, 3>> pq{{0, 0, 0},
                                              {0.50808, 0.50808, 0.50808},
                                              {0.58069, 0.58069, 0.58069},
                                              {0.75183, 0.75183, 0.75183},
                                              {1, 1, 1},
                                              {0.44, 0.2, 0.2},
                                              {0.2, 0.44, 0.2},
                                              {0.65, 0.3, 0.3}};
  const auto path = make_patches(dir, pq, "smpte2084");
  const Clip clip = read_clip(path);
  REQUIRE(clip.warnings.size() == 1);
  CHECK_THAT(clip.warnings[0], Catch::Contains("HDR (PQ)") && Catch::Contains("mapped"));
  const auto seen = patches_of(clip);
  CHECK(seen[0] == std::array<int, 3>{0, 0, 0});
  // BT.2390 from 1000 to 203 cd/m2, computed by hand: 100 stays nearly 100, 203 becomes 160; then 1/2.4.
  CHECK(std::abs(seen[1][0] - 189) <= 1);
  CHECK(std::abs(seen[2][0] - 231) <= 1);
  CHECK(seen[3] == std::array<int, 3>{255, 255, 255});
  CHECK(seen[4] == std::array<int, 3>{255, 255, 255});
  for (std::size_t grey : {1u, 2u}) CHECK(std::abs(seen[grey][0] - seen[grey][2]) <= 1);
  CHECK(seen[5][0] > 120);
  CHECK(seen[5][1] < 10);
  CHECK(seen[6][1] > 120);
  CHECK(seen[6][0] < 10);
  CHECK(seen[7][0] > 250);

  const Clip stored = read_clip(path, {.tone_map = ToneMap::Off});
  CHECK_THAT(stored.warnings.at(0), Catch::Contains("HDR (PQ)") && Catch::Contains("as stored"));
  const auto witness = ffmpeg_frames(path, stored.width, stored.height);
  CHECK((stored.frames[0].image->pixels == witness.at(0)));

  // HLG: 75 % is BT.2408's reference white, 203 cd/m2 on a display of 1000, and looks like that of PQ.
  const Clip hlg =
      read_clip(make_patches(dir, {{0, 0, 0}, {0.75, 0.75, 0.75}, {1, 1, 1}, {0.5, 0.2, 0.2}}, "arib-std-b67"));
  CHECK_THAT(hlg.warnings.at(0), Catch::Contains("HDR (HLG)"));
  const auto bright = patches_of(hlg);
  CHECK(bright[0] == std::array<int, 3>{0, 0, 0});
  CHECK(std::abs(bright[1][0] - 231) <= 1);
  CHECK(bright[2] == std::array<int, 3>{255, 255, 255});
  CHECK(bright[3][0] > 2 * bright[3][1]);
}

TEST_CASE("the model sees the red star of an HDR clip, and --tone-map off is reported", "[video][hdr]") {
  const auto path = shared_dir() / "cases/crossing-pq.mp4";
  if (!std::filesystem::exists(path)) return skip("the folder of recorded cases is absent");
  const auto ask = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{SPARSIGHT_CLI, "ask", path.string(), "Which color does the star have?"};
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = run(words);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    return ran;
  };
  const Ran mapped = ask({});
  CHECK_THAT(mapped.out, Catch::Contains("red"));
  CHECK_THAT(mapped.err, Catch::Contains("HDR (PQ)") && Catch::Contains("mapped"));
  CHECK_THAT(ask({"--tone-map", "off"}).err, Catch::Contains("HDR (PQ)") && Catch::Contains("as stored"));
  CHECK_THAT(ask({"--json"}).out, Catch::Contains("HDR (PQ)"));
}

TEST_CASE("below the knee HDR has the light that zimg computes", "[video][hdr]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  if (run({"ffmpeg", "-v", "quiet", "-h", "filter=zscale"}).out.find("zscale AVOptions") == std::string::npos)
    return skip("this ffmpeg has no zscale filter");
  const TempDir dir;
  std::vector<std::array<double, 3>> signals;  // below 80 cd/m2
  for (const double r : {0.0, 0.15, 0.3, 0.42, 0.48})
    for (const double g : {0.0, 0.2, 0.36, 0.48})
      for (const double b : {0.0, 0.25, 0.47}) signals.push_back({r, g, b});
  const auto path = make_patches(dir, signals, "smpte2084");
  make_clip("-i " + path.string() +
                " -vf zscale=min=gbr:tin=smpte2084:pin=bt2020:rin=full:t=linear:npl=203:p=bt709:m=gbr,format=gbrpf32le "
                "-frames:v 1 -f rawvideo",
            dir / "light.raw");
  const std::string raw = read_file(dir / "light.raw");
  const std::size_t width = 8 * signals.size(), plane = width * 8;
  REQUIRE(raw.size() == 3 * plane * sizeof(float));
  const auto seen = patches_of(read_clip(path));
  for (std::size_t i = 0; i < signals.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      CAPTURE(i, c, signals[i][0], signals[i][1], signals[i][2]);
      const std::size_t of_plane = c == 0 ? 2 : c - 1;  // green, blue, red
      float light = 0;
      std::memcpy(&light, raw.data() + (of_plane * plane + 4 * width + 8 * i + 4) * sizeof(float), sizeof(light));
      const double expected = 255 * std::pow(std::clamp(static_cast<double>(light), 0.0, 1.0), 1 / 2.4);
      CHECK(std::abs(seen[i][c] - expected) <= 1.5);
    }
}

TEST_CASE("HDR looks the same by seeking, in order and frame by frame; SDR is left alone", "[video][hdr]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern +
                "6 -c:v libx265 -preset ultrafast -g 25 -pix_fmt yuv420p10le -color_trc smpte2084 "
                "-color_primaries bt2020 -colorspace bt2020nc -x265-params log-level=none",
            dir / "hdr.mp4");
  const Clip sought = read_clip(dir / "hdr.mp4", {.count = 3});
  const Clip whole = read_clip(dir / "hdr.mp4", {.count = 3, .may_seek = false});
  CHECK(sought.by_seeking);
  for (std::size_t i = 0; i < 3; ++i) CHECK((sought.frames[i].image->pixels == whole.frames[i].image->pixels));
  for_each_frame(dir / "hdr.mp4", ToneMap::Auto, [&](const Frame& frame) {
    CHECK((frame.image->pixels == whole.frames[0].image->pixels));
    return false;
  });
  const Clip off = read_clip(dir / "hdr.mp4", {.count = 3, .tone_map = ToneMap::Off});
  CHECK((off.frames[0].image->pixels != whole.frames[0].image->pixels));
  CHECK((off.frames[0].image->pixels == ffmpeg_frames(dir / "hdr.mp4", 96, 64).at(0)));

  const Clip sdr = read_clip(demo_clip(), {.tone_map = ToneMap::Auto}),
             same = read_clip(demo_clip(), {.tone_map = ToneMap::Off});
  CHECK(sdr.warnings.empty());
  for (std::size_t i = 0; i < sdr.frames.size(); ++i)
    CHECK((sdr.frames[i].image->pixels == same.frames[i].image->pixels));
}

namespace {

double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// Every possible level, in random order.
ffmpeg::Owned<AVFrame> hdr_noise(int width, int height, AVColorTransferCharacteristic curve, AVPixelFormat format) {
  auto frame = ffmpeg::own(av_frame_alloc());
  frame->format = format;
  frame->width = width;
  frame->height = height;
  frame->color_range = AVCOL_RANGE_MPEG;
  frame->colorspace = AVCOL_SPC_BT2020_NCL;
  frame->color_primaries = AVCOL_PRI_BT2020;
  frame->color_trc = curve;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) >= 0);
  std::uint32_t random = 5;
  for (int plane = 0; plane < 3; ++plane) {
    const int rows = plane == 0 || format != AV_PIX_FMT_YUV420P10LE ? height : (height + 1) / 2;
    for (int y = 0; y < rows; ++y) {
      auto* row = reinterpret_cast<std::uint16_t*>(frame->data[plane] + std::ptrdiff_t{y} * frame->linesize[plane]);
      for (int x = 0; x < frame->linesize[plane] / 2; ++x)
        row[x] = static_cast<std::uint16_t>((random = random * 1664525u + 1013904223u) >> 22);
    }
  }
  return frame;
}

}  // namespace

TEST_CASE("HDR is the same to the bit, whatever the number of threads", "[video][hdr]") {
  for (const auto curve : {AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67})
    for (const auto format : {AVPixelFormat{AV_PIX_FMT_YUV420P10LE}, AVPixelFormat{AV_PIX_FMT_YUV444P10LE}})
      for (const auto& [width, height] : {std::pair{640, 360}, {333, 251}, {64, 1}, {16, 18}}) {
        const auto frame = hdr_noise(width, height, curve, format);
        const RgbImage one = ffmpeg::RgbConverter({.tone_map = ToneMap::Auto}).convert(*frame);
        for (const int threads : {2, 3, 8}) {
          CAPTURE(width, height, threads);
          ffmpeg::RgbConverter converter({.tone_map = ToneMap::Auto}, threads);
          for (int again = 0; again < 2; ++again) CHECK((converter.convert(*frame).pixels == one.pixels));
        }
      }
}

// Not a test: how long a picture of 3840 x 2160 takes, in elapsed time and in the calling thread's share of the work,
// which other programs do not lengthen.
TEST_CASE("milliseconds per HDR picture", "[.][speed]") {
  for (const auto curve : {AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67}) {
    const auto frame = hdr_noise(3840, 2160, curve, AV_PIX_FMT_YUV420P10LE);
    for (const int threads : {1, static_cast<int>(cpu_cores())}) {
      ffmpeg::RgbConverter converter({.tone_map = ToneMap::Auto}, threads);
      std::vector<double> ms, computed;
      for (int i = 0; i < 9; ++i) {
        const Stopwatch watch;
        const double before = thread_ms();
        (void)converter.convert(*frame);
        computed.push_back(thread_ms() - before);
        ms.push_back(watch.ms());
      }
      std::sort(ms.begin(), ms.end());
      std::sort(computed.begin(), computed.end());
      std::printf("%s, %d threads: %.1f ms, from %.1f to %.1f; computed in one thread %.1f\n",
                  curve == AVCOL_TRC_SMPTE2084 ? "PQ" : "HLG", threads, ms[4], ms.front(), ms.back(), computed[4]);
    }
  }
}
