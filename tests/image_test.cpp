// Pictures as PIL decodes them: tests/data/preprocess/images, written by tools/golden_preprocess.py.
#include "core/media/image_file.h"
#include "core/media/video_frames.h"

#include "kernels/error.h"
#include "tests/media.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <span>

using namespace sparsight;
using namespace sparsight::test;

namespace {

std::filesystem::path images() { return source_dir() / "tests/data/preprocess/images"; }

struct Decoded {
  RgbImage image;
  std::vector<std::string> warnings;
};

// Nothing if the file is refused, which must be by Error{Decode}.
std::optional<Decoded> decode(const std::string& file) {
  try {
    Decoded decoded;
    decoded.image = decode_webp({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, decoded.warnings);
    const RgbImage& image = decoded.image;
    REQUIRE(image.pixels.size() == std::size_t{3} * static_cast<std::size_t>(image.width * image.height));
    return decoded;
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Decode);
    return std::nullopt;
  }
}

// Writes a number of `bytes` bytes, little-endian, at `at`.
void put(std::string& file, std::size_t at, unsigned value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) file.at(at + i) = static_cast<char>(value >> 8 * i & 0xff);
}

}  // namespace

TEST_CASE("WebP, and pictures turned by EXIF, equal PIL's to the bit", "[video][image][preprocess]") {
  const auto cases = nlohmann::json::parse(read_file(source_dir() / "tests/data/preprocess/images.json"));
  REQUIRE(cases.size() >= 17);
  for (const auto& one : cases) {
    CAPTURE(one.dump());
    const Clip clip = read_clip(images() / one["file"].get<std::string>());
    const bool animated = one["file"].get<std::string>().starts_with("animated");
    CHECK(clip.is_image == !animated);
    REQUIRE(clip.frames.size() == (animated ? 8 : 1));
    CHECK(clip.width == one["size"][0].get<int>());
    CHECK(clip.height == one["size"][1].get<int>());
    CHECK(fingerprint(*clip.frames[0].image) == one["fnv1a"].get<std::string>());
    CHECK(clip.warnings.empty());
  }
}

TEST_CASE("a truncated WebP: its upper part with a warning, or an error", "[video][image]") {
  for (const char* name : {"lossy.webp", "lossless.webp", "alpha-lossy.webp", "animated.webp", "turned-2.webp"}) {
    const std::string whole = read_file(images() / name);
    const auto complete = decode(whole);
    REQUIRE(complete);
    std::size_t parts = 0;
    for (std::size_t size = 0; size < whole.size(); size += size < 100 ? 1 : 37) {
      CAPTURE(name, size);
      const auto part = decode(whole.substr(0, size));
      if (!part) continue;
      ++parts;
      CHECK(part->warnings.size() >= 1);
      CHECK(part->image.width == complete->image.width);
    }
    CAPTURE(name);
    CHECK(parts >= 1);
  }

  const TempDir dir;
  const std::string whole = read_file(images() / "lossless.webp");
  write_file(dir / "part.webp", std::string_view(whole).substr(0, whole.size() * 3 / 4));
  const Clip clip = read_clip(dir / "part.webp");
  CHECK(clip.warnings.size() == 1);
  const auto complete = decode(whole);
  const auto& pixels = clip.frames[0].image->pixels;
  CHECK(std::equal(pixels.begin(), pixels.begin() + 97 * 3 * 20, complete->image.pixels.begin()));
  write_file(dir / "head.webp", std::string_view(whole).substr(0, 40));
  CHECK_THROWS_AS(read_clip(dir / "head.webp"), Error);
}

TEST_CASE("a WebP with random bytes in it is a picture or an error", "[video][image]") {
  std::uint32_t random = 2024;
  const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 8; };
  for (const char* name : {"lossy-coarse.webp", "lossless.webp", "alpha-turned-6.webp", "animated-margin.webp"}) {
    const std::string whole = read_file(images() / name);
    for (int round = 0; round < 300; ++round) {
      CAPTURE(name, round);
      std::string file = whole;
      // Half of the rounds change the headers.
      const std::size_t range = round % 2 == 0 ? file.size() : 64;
      for (int change = 0; change <= round % 4; ++change) file[next() % range] = static_cast<char>(next());
      (void)decode(file);
    }
  }
}

TEST_CASE("a WebP too large is refused before memory is asked for", "[video][image]") {
  std::string file = read_file(images() / "animated.webp");
  const std::size_t canvas = file.find("VP8X") + 12;
  put(file, canvas, 16384, 3);  // stored as one less
  CHECK_FALSE(decode(file));
  put(file, canvas, 16383, 3);
  put(file, canvas + 3, 16383, 3);
  CHECK_FALSE(decode(file));
  put(file, canvas, 20, 3);  // the frames no longer fit
  put(file, canvas + 3, 20, 3);
  CHECK_FALSE(decode(file));
}

TEST_CASE("a PNG's eXIf chunk is looked for within the file's bounds", "[video][image]") {
  const TempDir dir;
  const auto path = dir / "a.png";
  const std::string file = read_file(images() / "turned-6.png");
  CHECK(read_png_orientation(images() / "turned-6.png") == 6);
  const std::size_t chunk = file.find("eXIf") - 4;
  const auto orientation = [&](const std::string& content) {
    write_file(path, content);
    return read_png_orientation(path);
  };
  CHECK(orientation(file.substr(0, chunk + 12)) == 1);
  CHECK(orientation(file.substr(0, 20)) == 1);
  CHECK(orientation("") == 1);
  CHECK(orientation(file.substr(1)) == 1);
  std::string longer = file;
  longer.replace(chunk, 4, "\xff\xff\xff\xff", 4);
  CHECK(orientation(longer) == 6);
  longer = file;
  longer.replace(8, 4, "\xff\xff\xff\xff", 4);  // IHDR extends beyond the file
  CHECK(orientation(longer) == 1);
  CHECK(read_png_orientation(dir / "absent.png") == 1);
}

TEST_CASE("an animated WebP is a video of all its pictures", "[video][image]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const std::string source = "-f lavfi -i testsrc2=size=96x64:rate=10:duration=1";
  make_clip(source + " -c:v libwebp_anim -pix_fmt bgra -lossless 1", dir / "a.webp");
  make_clip(source + " -c:v ffv1 -pix_fmt bgra", dir / "a.mkv");
  const Clip clip = read_clip(dir / "a.webp", {.count = 10});
  CHECK_FALSE(clip.is_image);
  CHECK(clip.total_frames == 10);
  CHECK(clip.duration_s == 1.0);
  CHECK(clip.codec == "webp");
  CHECK(clip.warnings.empty());
  const auto witness = ffmpeg_frames(dir / "a.mkv", 96, 64);
  REQUIRE(witness.size() == 10);
  std::size_t next = 0;
  const double end = for_each_frame(dir / "a.webp", ToneMap::Auto, [&](const Frame& frame) {
    CAPTURE(next);
    CHECK(frame.time_s == Approx(0.1 * static_cast<double>(next)));
    CHECK((frame.image->pixels == witness[next]));
    CHECK((clip.frames[next].image->pixels == witness[next]));
    return ++next < 20;
  });
  CHECK(next == 10);
  CHECK(end == 1.0);
  const Clip part = read_clip(dir / "a.webp", {.count = 2, .start_s = 0.35, .end_s = 0.75});
  CHECK(part.frames[0].index == 4);
  CHECK(part.frames[1].index == 7);
  CHECK_THROWS_WITH(read_clip(dir / "a.webp", {.start_s = 3}), Catch::Contains("no frame in the range"));

  const std::string whole = read_file(dir / "a.webp");
  std::size_t third = 0;
  for (int i = 0; i < 3; ++i) third = whole.find("ANMF", third + 1);
  write_file(dir / "cut.webp", std::string_view(whole).substr(0, third + 30));
  const Clip cut = read_clip(dir / "cut.webp");
  CHECK(cut.total_frames == 2);
  REQUIRE(cut.warnings.size() == 1);
  CHECK_THAT(cut.warnings[0], Catch::Contains("cut short"));
  // Any part of the file is an animation, a picture or an error.
  for (std::size_t size = 0; size < whole.size(); size += 101) {
    write_file(dir / "part.webp", std::string_view(whole).substr(0, size));
    try {
      const Clip of_part = read_clip(dir / "part.webp");
      CHECK(of_part.warnings.size() == 1);
    } catch (const Error&) {
    }
  }
}

TEST_CASE("AVIF and HEIC are one upright picture", "[video][image]") {
  for (const auto& [name, width, height] : {std::tuple{"photo.heic", 320, 240}, {"turned.avif", 240, 320}}) {
    CAPTURE(name);
    const Clip clip = read_clip(source_dir() / "tests/data/pictures" / name);
    CHECK(clip.is_image);
    REQUIRE(clip.frames.size() == 1);
    CHECK(clip.width == width);
    CHECK(clip.height == height);
    CHECK(clip.warnings.empty());
    // testsrc2: red, green, yellow, ... from the left; when turned, from the top.
    const auto at = [&](int along) {
      const int x = width > height ? along : 120, y = width > height ? 120 : along;
      return clip.frames[0].image->pixels.data() + std::ptrdiff_t{3} * (y * width + x);
    };
    CHECK((at(20)[0] > 200 && at(20)[1] < 60 && at(20)[2] < 60));
    CHECK((at(140)[0] > 200 && at(140)[1] > 200 && at(140)[2] < 60));
    CHECK((at(190)[0] < 60 && at(190)[1] < 60 && at(190)[2] > 200));
  }
  const TempDir dir;
  const std::string heic = read_file(source_dir() / "tests/data/pictures/photo.heic");
  std::size_t pictures = 0;
  for (std::size_t size = 12; size < heic.size(); size += 331) {
    write_file(dir / "part.heic", std::string_view(heic).substr(0, size));
    try {
      pictures += read_clip(dir / "part.heic").is_image ? 1 : 0;
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Decode);
      CHECK_THAT(error.what(), Catch::Contains("part.heic") && Catch::Contains("save it as JPEG or PNG"));
    }
  }
  CHECK(pictures * 331 < heic.size() / 2);
  std::uint32_t random = 99;
  const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 8; };
  for (int round = 0; round < 100; ++round) {
    std::string file = heic;
    for (int change = 0; change <= round % 4; ++change) file[12 + next() % 600] = static_cast<char>(next());
    write_file(dir / "noise.heic", file);
    try {
      (void)read_clip(dir / "noise.heic");
    } catch (const Error&) {
    }
  }

  if (!have_ffmpeg()) return skip("the ffmpeg program is absent: AVIF of its own not tried");
  make_clip("-f lavfi -i testsrc2=size=96x64 -frames:v 1 -c:v libaom-av1 -pix_fmt yuv444p -crf 0 -still-picture 1",
            dir / "a.avif");
  const Clip clip = read_clip(dir / "a.avif");
  CHECK(clip.is_image);
  const auto witness = ffmpeg_frames(dir / "a.avif", 96, 64);
  REQUIRE(witness.size() == 1);
  int most = 0;
  for (std::size_t i = 0; i < witness[0].size(); ++i)
    most = std::max(most, std::abs(witness[0][i] - clip.frames[0].image->pixels[i]));
  CHECK(most <= 3);
}

TEST_CASE("a damaged picture is never reported as a lack of memory", "[video][image][memory]") {
  const TempDir dir;
  for (const char* name : {"photo.heic", "turned.avif"}) {
    const std::string whole = read_file(source_dir() / "tests/data/pictures" / name);
    int damaged = 0;
    // The sizes in the header become huge.
    for (std::size_t at = 12; at < std::min<std::size_t>(whole.size(), 700); ++at) {
      std::string file = whole;
      file[at] = static_cast<char>(file[at] ^ 0x80);
      write_file(dir / name, file);
      try {
        (void)read_clip(dir / name);
      } catch (const Error& error) {
        CAPTURE(name, at, error.what());
        CHECK(error.kind() == ErrorKind::Decode);
        ++damaged;
      }
    }
    CHECK(damaged > 0);
  }
}

TEST_CASE("a damaged HEIC shows what can be decoded, with a warning", "[video][image]") {
  const TempDir dir;
  const std::string whole = read_file(source_dir() / "tests/data/pictures/photo.heic");
  int warned = 0;
  for (std::size_t at = whole.size() / 2; at + 64 < whole.size(); at += 500) {
    std::string file = whole;
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at), 64, '\xff');
    write_file(dir / "damaged.heic", file);
    try {
      const Clip clip = read_clip(dir / "damaged.heic");
      CHECK(clip.frames.at(0).image->width == 320);
      for (const std::string& warning : clip.warnings)
        warned += warning == "the HEIC is damaged; parts of the picture are guessed" ? 1 : 0;
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Decode);
    }
  }
  CHECK(warned > 0);
}

TEST_CASE("HDR stills are mapped like videos", "[video][image][hdr]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(
      "-f lavfi -i testsrc2=size=96x64 -frames:v 1 -c:v libaom-av1 -pix_fmt yuv444p10le -crf 0 -still-picture 1 "
      "-color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc -color_range tv",
      dir / "hdr.avif");
  make_clip(
      "-f lavfi -i testsrc2=size=96x64 -frames:v 1 -c:v libaom-av1 -pix_fmt yuv444p10le -crf 0 -cpu-used 6 "
      "-color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc -color_range tv",
      dir / "hdr.mkv");
  const Clip still = read_clip(dir / "hdr.avif"), video = read_clip(dir / "hdr.mkv", {.count = 1});
  REQUIRE(still.warnings.size() == 1);
  CHECK(still.warnings == video.warnings);
  double sum = 0;
  for (std::size_t i = 0; i < still.frames[0].image->pixels.size(); ++i)
    sum += std::abs(still.frames[0].image->pixels[i] - video.frames[0].image->pixels[i]);
  CHECK(sum / static_cast<double>(still.frames[0].image->pixels.size()) < 3);
  const Clip off = read_clip(dir / "hdr.avif", {.tone_map = ToneMap::Off});
  CHECK_THAT(off.warnings.at(0), Catch::Contains("as stored"));
  CHECK((off.frames[0].image->pixels != still.frames[0].image->pixels));
}

TEST_CASE("an icon is its largest picture", "[video][image]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  const auto source = [](const char* size) {
    return fmt::format("-f lavfi -i testsrc2=size={}:rate=1:duration=1 ", size);
  };
  make_clip(source("16x16") + source("64x48") + source("32x32") + "-map 0:v -map 1:v -map 2:v", dir / "a.ico");
  const Clip clip = read_clip(dir / "a.ico");
  CHECK(clip.is_image);
  CHECK(clip.width == 64);
  CHECK(clip.height == 48);
  CHECK(clip.warnings.empty());
  CHECK((clip.frames[0].image->pixels == ffmpeg_frames(dir / "a.ico", 64, 48, "", "-map 0:v:1").at(0)));
  CHECK_THROWS_WITH(read_clip(dir / "a.ico", {.end_s = 1}), Catch::Contains("an image has no duration"));
}

TEST_CASE("a TGA is recognised by its name alone", "[video][image]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  for (const char* format : {"bgr24", "bgra", "gray", "rgb555le"}) {
    CAPTURE(format);
    make_clip("-f lavfi -i testsrc2=size=96x64 -frames:v 1 -pix_fmt " + std::string(format), dir / "a.tga");
    std::filesystem::copy_file(dir / "a.tga", dir / "B.TGA", std::filesystem::copy_options::overwrite_existing);
    for (const char* name : {"a.tga", "B.TGA"}) {
      const Clip clip = read_clip(dir / name);
      CHECK(clip.is_image);
      CHECK(clip.total_frames == 1);
      CHECK((clip.frames[0].image->pixels == ffmpeg_frames(dir / "a.tga", 96, 64).at(0)));
    }
  }
  write_file(dir / "text.tga", "This is no picture, whatever its name says, and it goes on for a while.\n");
  CHECK_THROWS_AS(read_clip(dir / "text.tga"), Error);
  write_file(dir / "short.tga", "x");
  CHECK_THROWS_AS(read_clip(dir / "short.tga"), Error);
}

TEST_CASE("a TIFF is turned upright by its directory, wherever in the file that is", "[video][image]") {
  const TempDir dir;
  constexpr int kWide = 4, kHigh = 3;
  std::string pixels;
  for (int i = 0; i < kWide * kHigh * 3; ++i) pixels += static_cast<char>(i * 7);
  const auto tiff = [&](bool little, int orientation, bool directory_first) {
    std::string file(little ? "II*\0" : "MM\0*", 4);
    const auto number = [&](unsigned value, std::size_t bytes) {
      std::string out(bytes, '\0');
      for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i));
      return out;
    };
    constexpr unsigned kEntries = 10, kDirectory = 2 + 12 * kEntries + 4, kBits = 6;
    const unsigned directory = directory_first ? 8 : 8 + kBits + static_cast<unsigned>(pixels.size());
    const unsigned bits = directory_first ? 8 + kDirectory : 8, strip = bits + kBits;
    std::string entries = number(kEntries, 2);
    const auto entry = [&](unsigned tag, unsigned type, unsigned count, unsigned value) {
      entries += number(tag, 2) + number(type, 2) + number(count, 4);
      entries += type == 3 && count == 1 ? number(value, 2) + number(0, 2) : number(value, 4);
    };
    entry(256, 3, 1, kWide);
    entry(257, 3, 1, kHigh);
    entry(258, 3, 3, bits);
    entry(259, 3, 1, 1);
    entry(262, 3, 1, 2);
    entry(273, 4, 1, strip);
    entry(274, 3, 1, static_cast<unsigned>(orientation));
    entry(277, 3, 1, 3);
    entry(278, 3, 1, kHigh);
    entry(279, 4, 1, static_cast<unsigned>(pixels.size()));
    entries += number(0, 4);
    const std::string body = number(8, 2) + number(8, 2) + number(8, 2) + pixels;
    return file + number(directory, 4) + (directory_first ? entries + body : body + entries);
  };
  for (const bool little : {true, false})
    for (const bool first : {true, false})
      for (int orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(little, first, orientation);
        write_file(dir / "a.tif", tiff(little, orientation, first));
        const Clip clip = read_clip(dir / "a.tif");
        CHECK(clip.is_image);
        CHECK(clip.width == (orientation >= 5 ? kHigh : kWide));
        // The upper left corner as stored.
        const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        const int x = right ? clip.width - 1 : 0, y = bottom ? clip.height - 1 : 0;
        const std::uint8_t* corner = clip.frames[0].image->pixels.data() + std::ptrdiff_t{3} * (y * clip.width + x);
        CHECK((corner[0] == 0 && corner[1] == 7 && corner[2] == 14));
      }
  const std::string whole = tiff(true, 6, false);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(dir / "part.tif", std::string_view(whole).substr(0, size));
    CHECK(read_tiff_orientation(dir / "part.tif") >= 1);
  }
  CHECK(read_tiff_orientation(dir / "absent.tif") == 1);
}

TEST_CASE("pictures: the recorded cases", "[video][image]") {
  const auto cases = shared_dir() / "cases";
  if (!std::filesystem::exists(cases)) return skip("the folder of recorded cases is absent");
  for (const auto& [name, width, height] : {std::tuple{"still.avif", 192, 144},
                                            {"rot.avif", 240, 320},
                                            {"exif6.tif", 240, 320},
                                            {"photo.heic", 320, 240},
                                            {"x.ico", 128, 96},
                                            {"x.tga", 320, 240}}) {
    CAPTURE(name);
    const Clip clip = read_clip(cases / name);
    CHECK(clip.is_image);
    CHECK(clip.warnings.empty());
    CHECK(clip.width == width);
    CHECK(clip.height == height);
  }
  const Clip animation = read_clip(cases / "anim.webp");
  CHECK_FALSE(animation.is_image);
  CHECK(animation.total_frames == 20);
  CHECK(animation.duration_s == 2.0);
  CHECK_THROWS_WITH(read_clip(cases / "cover.png", {.start_s = 5}), Catch::Contains("an image has no duration"));
}
