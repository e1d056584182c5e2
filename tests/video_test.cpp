#include "core/media/video.h"

#include "kernels/error.h"
#include "tests/media.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <semaphore>
#include <thread>

using namespace sparsight;
using namespace sparsight::test;

namespace {

using Indices = std::vector<std::int64_t>;

ErrorKind kind_of_failure(const std::filesystem::path& path, const FrameRequest& request = {}) {
  try {
    (void)read_clip(path, request);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).size() > 10);
    return error.kind();
  }
  FAIL("read_clip should have failed: " << path);
  return ErrorKind::Usage;
}

}  // namespace

TEST_CASE("the frames chosen are numpy's", "[video]") {
  // np.linspace(0, N - 1, count).astype(int)
  CHECK(choose_frames(250, 8, FrameChoice::Linspace) == Indices{0, 35, 71, 106, 142, 177, 213, 249});
  CHECK(choose_frames(146, 8, FrameChoice::Linspace) == Indices{0, 20, 41, 62, 82, 103, 124, 145});
  CHECK(choose_frames(1, 8, FrameChoice::Linspace) == Indices(8, 0));
  CHECK(choose_frames(5, 8, FrameChoice::Linspace) == Indices{0, 0, 1, 1, 2, 2, 3, 4});
  CHECK(choose_frames(100, 1, FrameChoice::Linspace) == Indices{0});
  CHECK(choose_frames(100, 2, FrameChoice::Linspace) == Indices{0, 99});
  // np.arange(0, N, N / count).astype(int)
  CHECK(choose_frames(250, 8, FrameChoice::Arange) == Indices{0, 31, 62, 93, 125, 156, 187, 218});
  CHECK(choose_frames(3, 8, FrameChoice::Arange) == Indices{0, 0, 0, 1, 1, 1, 2, 2});
  CHECK(choose_frames(7, 7, FrameChoice::Arange) == Indices{0, 1, 2, 3, 4, 5, 6});

  const auto cases = nlohmann::json::parse(read_file(source_dir() / "tests/data/preprocess/choices.json"));
  for (const auto& one : cases) {
    CAPTURE(one["total"].get<int>(), one["count"].get<int>());
    std::uint64_t linspace = 0, arange = 0;
    for (const auto index : choose_frames(one["total"], one["count"], FrameChoice::Linspace))
      linspace = (linspace * 1000003 + static_cast<std::uint64_t>(index)) % 2147483647;
    for (const auto index : choose_frames(one["total"], one["count"], FrameChoice::Arange))
      arange = (arange * 1000003 + static_cast<std::uint64_t>(index)) % 2147483647;
    CHECK(linspace == one["linspace"].get<std::uint64_t>());
    CHECK(arange == one["arange"].get<std::uint64_t>());
  }
}

TEST_CASE("decoded frames equal the reference's to the bit", "[video][golden]") {
  for (const char* name : {"tiny-gqa", "tiny-hub"}) {
    const auto dir = shared_dir() / "golden" / name;
    if (!std::filesystem::exists(dir)) return skip("the goldens in ../shared are absent");
    const auto expected = nlohmann::json::parse(read_file(dir / "expected.json"));
    const auto rgb = read_golden(dir / "expected.safetensors").at("frames_rgb");
    const auto path = shared_dir() / "clips" / expected["clip"].get<std::string>();
    for (const bool may_seek : {true, false}) {
      FrameRequest request;
      request.may_seek = may_seek;
      const Clip clip = read_clip(path, request);
      CHECK(clip.total_frames == expected["total_frames"].get<std::int64_t>());
      CHECK(clip.warnings.empty());
      Indices indices;
      for (const Frame& frame : clip.frames) indices.push_back(frame.index);
      CHECK(indices == expected["frame_indices"].get<Indices>());
      std::string pixels;
      for (std::size_t i = 0; i < rgb.shape[0]; ++i)
        pixels.append(clip.frames[i].image->pixels.begin(), clip.frames[i].image->pixels.end());
      CHECK((pixels == rgb.bytes));
    }
  }
}

TEST_CASE("more frames than the video has are repeats; any number may be asked for", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "0.2 -c:v libx264 -pix_fmt yuv420p", dir / "five.mp4");
  const Clip clip = read_clip(dir / "five.mp4");
  REQUIRE(clip.frames.size() == 8);
  CHECK(clip.total_frames == 5);
  CHECK(clip.frames[0].index == clip.frames[1].index);
  CHECK((clip.frames[0].image->pixels == clip.frames[1].image->pixels));
  CHECK(clip.duration_s == Approx(0.2).margin(0.001));
  CHECK(clip.width == 96);
  CHECK(clip.codec == "h264");
  CHECK(read_clip(dir / "five.mp4", {.count = 33}).frames.size() == 33);
}

TEST_CASE("an invalid request is refused", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "0.4 -c:v libx264 -pix_fmt yuv420p", dir / "a.mp4");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(kind_of_failure(dir / "a.mp4", {.count = 0}) == ErrorKind::Usage);
  CHECK(kind_of_failure(dir / "a.mp4", {.start_s = 0.3, .end_s = 0.3}) == ErrorKind::Usage);
  CHECK(kind_of_failure(dir / "a.mp4", {.start_s = 5.0}) == ErrorKind::Usage);
  CHECK(kind_of_failure(dir / "a.mp4", {.end_s = -1.0}) == ErrorKind::Usage);
  CHECK(kind_of_failure(dir / "a.mp4", {.start_s = nan}) == ErrorKind::Usage);
  make_clip(kPattern + "0.04 -frames:v 1", dir / "a.png");
  for (const FrameRequest& range : {FrameRequest{.start_s = 5.0}, FrameRequest{.end_s = 0.5}}) {
    CHECK(kind_of_failure(dir / "a.png", range) == ErrorKind::Usage);
    CHECK_THROWS_WITH(read_clip(dir / "a.png", range), Catch::Contains("an image has no duration"));
  }
  CHECK(kind_of_failure(dir / "a.mp4", {.count = std::numeric_limits<std::size_t>::max()}) == ErrorKind::Memory);
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(read_clip(dir / "a.mp4", {.start_s = -infinity, .end_s = infinity}).frames.back().index == 9);
}

TEST_CASE("files that are not videos are refused with a reason", "[video]") {
  const TempDir dir;
  CHECK(kind_of_failure(dir / "absent.mp4") == ErrorKind::File);
  CHECK(kind_of_failure(dir.path()) == ErrorKind::File);
  CHECK(kind_of_failure("/dev/zero") == ErrorKind::File);
  write_file(dir / "empty.mp4", "");
  CHECK(kind_of_failure(dir / "empty.mp4") == ErrorKind::File);
  write_file(dir / "text.mp4", "This is no video, whatever its name says.\n");
  CHECK(kind_of_failure(dir / "text.mp4") == ErrorKind::Decode);
  std::string noise(200000, '\0');
  std::uint32_t random = 1;
  for (char& byte : noise) byte = static_cast<char>((random = random * 1664525u + 1013904223u) >> 24);
  write_file(dir / "noise.mkv", noise);
  CHECK(kind_of_failure(dir / "noise.mkv") == ErrorKind::Decode);
  write_png({16400, 1, std::vector<std::uint8_t>(16400 * 3)}, dir / "wide.png");
  try {
    (void)read_clip(dir / "wide.png");
    FAIL("a picture wider than the limit was read");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Decode);
    CHECK_THAT(error.what(), Catch::Contains("wide.png") && Catch::Contains("16400 x 1"));
  }
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent: audio-only files not tried");
  make_clip("-f lavfi -i sine=duration=0.5", dir / "sound.mp3");
  make_clip("-f lavfi -i sine=duration=0.5", dir / "sound.m4a");
  CHECK(kind_of_failure(dir / "sound.mp3") == ErrorKind::Decode);
  CHECK(kind_of_failure(dir / "sound.m4a") == ErrorKind::Decode);
  try {
    (void)read_clip(dir / "sound.m4a");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("only sound") != std::string::npos);
  }
}

TEST_CASE("a file that may not be read says so", "[video]") {
  const TempDir dir;
  write_file(dir / "locked.mp4", "x");
  std::filesystem::permissions(dir / "locked.mp4", std::filesystem::perms::none);
  if (!read_file(dir / "locked.mp4").empty()) return skip("this user may read every file");
  CHECK(kind_of_failure(dir / "locked.mp4") == ErrorKind::File);
}

TEST_CASE("a playlist opens nothing else, neither here nor on the network", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "0.4 -c:v libx264 -pix_fmt yuv420p", dir / "secret.ts");
  const std::string secret = (dir / "secret.ts").string();
  const std::string m3u8 = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n";
  write_file(dir / "local.m3u8", m3u8 + secret + "\n#EXT-X-ENDLIST\n");
  write_file(dir / "local.mp4", m3u8 + "file:" + secret + "\n#EXT-X-ENDLIST\n");
  write_file(dir / "remote.m3u8", m3u8 + "http://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n");
  write_file(dir / "list.txt", "ffconcat version 1.0\nfile " + secret + "\n");
  write_file(dir / "list.ffconcat", "ffconcat version 1.0\nfile secret.ts\n");
  write_file(dir / "session.sdp",
             "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
             "a=rtpmap:96 H264/90000\n");
  for (const char* name : {"local.m3u8", "local.mp4", "remote.m3u8", "list.txt", "list.ffconcat", "session.sdp"})
    CHECK(kind_of_failure(dir / name) == ErrorKind::Decode);
}

TEST_CASE("paths of every kind", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "0.2 -c:v libx264 -pix_fmt yuv420p", dir / "a.mp4");
  make_clip(kPattern + "1 -frames:v 1", dir / "a.png");
  for (const char* name : {"mit Leerzeichen.mp4", "视频 Фильм ü.mp4", "-i.mp4", "http:x.mp4", "a%03d.mp4",
                           "no-extension", "wrong.txt", "concat:a|b.mp4"}) {
    CAPTURE(name);
    std::filesystem::copy_file(dir / "a.mp4", dir / name);
    CHECK(read_clip(dir / name).total_frames == 5);
  }
  for (const char* name : {"series%03d.png", "star*.png"}) {
    std::filesystem::copy_file(dir / "a.png", dir / name);
    CHECK(read_clip(dir / name).is_image);
  }
  std::filesystem::create_symlink(dir / "a.mp4", dir / "link.mp4");
  CHECK(read_clip(dir / "link.mp4").total_frames == 5);
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  CHECK(read_clip("-i.mp4").total_frames == 5);
  std::filesystem::current_path(here);
}

TEST_CASE("reading stops soon after it is asked to", "[video]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip("-f lavfi -i testsrc2=size=640x360:rate=25:duration=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
            dir / "a.mp4");
  SECTION("before it starts") {
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS(read_clip(dir / "a.mp4", {}, {{}, stop.get_token()}), Cancelled);
  }
  SECTION("from the progress report") {
    std::stop_source stop;
    std::size_t last = 0;
    const Control control{[&](const Progress& progress) {
                            last = progress.done;
                            if (progress.stage == Stage::Frames && progress.done == 20) stop.request_stop();
                          },
                          stop.get_token()};
    CHECK_THROWS_AS(read_clip(dir / "a.mp4", {.may_seek = false}, control), Cancelled);
    CHECK(last == 20);
  }
  SECTION("from another thread") {
    std::stop_source stop;
    std::binary_semaphore decoding(0), asked(0);
    std::jthread other([&] {
      decoding.acquire();
      stop.request_stop();
      asked.release();
    });
    std::size_t after = 0;  // frames reported after the request to stop
    const Control control{[&](const Progress& progress) {
                            if (progress.stage != Stage::Frames) return;
                            if (stop.stop_requested()) ++after;
                            if (progress.done != 20) return;
                            decoding.release();
                            asked.acquire();
                          },
                          stop.get_token()};
    CHECK_THROWS_AS(read_clip(dir / "a.mp4", {.may_seek = false}, control), Cancelled);
    CHECK(after == 0);
  }
}

TEST_CASE("images are read like videos", "[video][image]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  struct Made {
    const char* name;
    const char* options;
    bool exact;  // no interpolated chroma
  };
  const Made made = GENERATE(values<Made>({{"rgb.png", "-pix_fmt rgb24", true},
                                           {"alpha.png", "-pix_fmt rgba", true},
                                           {"gray.png", "-pix_fmt gray", true},
                                           {"gray16.png", "-pix_fmt gray16be", true},
                                           {"deep.png", "-pix_fmt rgb48be", true},
                                           {"palette.png", "-pix_fmt pal8", true},
                                           {"photo.jpg", "-pix_fmt yuvj420p -q:v 2", false},
                                           {"full-chroma.jpg", "-pix_fmt yuvj444p -q:v 2", false},
                                           {"gray.jpg", "-pix_fmt gray -q:v 2", false},
                                           {"lossless.webp", "-lossless 1", true},
                                           {"lossy.webp", "-quality 90", false},
                                           {"a.bmp", "", true},
                                           {"still.gif", "", true},
                                           {"a.tiff", "", true}}));
  CAPTURE(made.name);
  const auto path = dir / made.name;
  make_clip("-f lavfi -i testsrc=size=97x65 -frames:v 1 " + std::string(made.options), path);
  const Clip clip = read_clip(path);
  CHECK(clip.is_image);
  REQUIRE(clip.frames.size() == 1);
  CHECK(clip.total_frames == 1);
  CHECK(clip.width == 97);
  CHECK(clip.height == 65);
  CHECK(clip.warnings.empty());
  const auto witness = ffmpeg_frames(path, 97, 65);
  REQUIRE(witness.size() == 1);
  const auto& pixels = clip.frames[0].image->pixels;
  if (made.exact) {
    CHECK((pixels == witness[0]));
  } else {
    double sum = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) sum += std::abs(pixels[i] - witness[0][i]);
    CHECK(sum / static_cast<double>(pixels.size()) < 20.0);
  }
}

TEST_CASE("a photograph is turned upright by its EXIF", "[video][image]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip("-f lavfi -i testsrc2=size=96x64 -frames:v 1 -pix_fmt yuvj444p -q:v 2", dir / "plain.jpg");
  const std::string jpeg = read_file(dir / "plain.jpg");
  const Clip plain = read_clip(dir / "plain.jpg");
  const auto& source = *plain.frames[0].image;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    std::string exif(
        "\xff\xe1\0\x22"
        "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0",
        36);
    exif[exif.find('?')] = static_cast<char>(orientation);
    write_file(dir / "turned.jpg", jpeg.substr(0, 2) + exif + jpeg.substr(2));
    const Clip clip = read_clip(dir / "turned.jpg");
    const auto& turned = *clip.frames[0].image;
    const bool swapped = orientation >= 5;
    REQUIRE(turned.width == (swapped ? 64 : 96));
    // EXIF: where the stored upper left corner belongs.
    const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    const int x = right ? turned.width - 1 : 0;
    const int y = bottom ? turned.height - 1 : 0;
    // One step to the right in the stored picture follows rows or columns.
    const int step_x = swapped ? 0 : (right ? -7 : 7);
    const int step_y = swapped ? (bottom ? -7 : 7) : 0;
    for (int c = 0; c < 3; ++c) {
      const auto at = [&](int column, int row) {
        return turned.pixels[static_cast<std::size_t>((row * turned.width + column) * 3 + c)];
      };
      CHECK(at(x, y) == source.pixels[static_cast<std::size_t>(c)]);
      CHECK(at(x + step_x, y + step_y) == source.pixels[static_cast<std::size_t>(7 * 3 + c)]);
    }
  }
}

TEST_CASE("damaged images: a part with a warning, or an error", "[video][image]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip("-f lavfi -i testsrc2=size=320x240 -frames:v 1 -q:v 2", dir / "a.jpg");
  const std::string jpeg = read_file(dir / "a.jpg");
  write_file(dir / "half.jpg", std::string_view(jpeg).substr(0, jpeg.size() / 2));
  const Clip half = read_clip(dir / "half.jpg");
  CHECK(half.is_image);
  CHECK(half.warnings.size() == 1);
  CHECK(half.height == 240);
  write_file(dir / "head.jpg", std::string_view(jpeg).substr(0, 60));
  CHECK(kind_of_failure(dir / "head.jpg") == ErrorKind::Decode);

  make_clip("-f lavfi -i testsrc2=size=96x64 -frames:v 1", dir / "a.png");
  std::string png = read_file(dir / "a.png");
  png[16] = png[20] = 0x7f;  // 2 billion by 2 billion pixels
  write_file(dir / "huge.png", png);
  CHECK(kind_of_failure(dir / "huge.png") == ErrorKind::Decode);
}

TEST_CASE("a PNG that is written reads back the same", "[video][image]") {
  const TempDir dir;
  RgbImage image{5, 3, {}};
  for (int i = 0; i < 45; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 5));
  write_png(image, dir / "ü a.png");
  const Clip clip = read_clip(dir / "ü a.png");
  CHECK(clip.is_image);
  CHECK((clip.frames[0].image->pixels == image.pixels));
  CHECK_THROWS_AS(write_png(image, dir / "absent" / "a.png"), Error);
}
