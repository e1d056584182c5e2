// Pictures as PIL decodes them: tests/data/preprocess/images, written by tools/golden_preprocess.py.
#include "core/image_file.h"

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

// Nothing if the file is refused, which only Error{Decode} may do.
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

// A number of `bytes` bytes, little end first, at `at`.
void put(std::string& file, std::size_t at, unsigned value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) file.at(at + i) = static_cast<char>(value >> 8 * i & 0xff);
}

}  // namespace

TEST_CASE("WebP, and what EXIF turns, are PIL's to the bit", "[video][image][preprocess]") {
  const auto cases = nlohmann::json::parse(read_file(source_dir() / "tests/data/preprocess/images.json"));
  REQUIRE(cases.size() >= 17);
  for (const auto& one : cases) {
    CAPTURE(one.dump());
    const Clip clip = read_clip(images() / one["file"].get<std::string>());
    CHECK(clip.is_image);
    REQUIRE(clip.frames.size() == 1);
    CHECK(clip.width == one["size"][0].get<int>());
    CHECK(clip.height == one["size"][1].get<int>());
    CHECK(fingerprint(clip.frames[0].image) == one["fnv1a"].get<std::string>());
    const bool animated = one["file"].get<std::string>().starts_with("animated");
    CHECK(clip.warnings.size() == (animated ? 1 : 0));
  }
}

TEST_CASE("a WebP that is cut short: its upper part with a warning, or an error", "[video][image]") {
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
  const auto& pixels = clip.frames[0].image.pixels;
  CHECK(std::equal(pixels.begin(), pixels.begin() + 97 * 3 * 20, complete->image.pixels.begin()));
  write_file(dir / "head.webp", std::string_view(whole).substr(0, 40));
  CHECK_THROWS_AS(read_clip(dir / "head.webp"), Error);
}

TEST_CASE("a WebP with anything in it is a picture or an error", "[video][image]") {
  std::uint32_t random = 2024;
  const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 8; };
  for (const char* name : {"lossy-coarse.webp", "lossless.webp", "alpha-turned-6.webp", "animated-margin.webp"}) {
    const std::string whole = read_file(images() / name);
    for (int round = 0; round < 300; ++round) {
      CAPTURE(name, round);
      std::string file = whole;
      // Half of the rounds among the headers.
      const std::size_t range = round % 2 == 0 ? file.size() : 64;
      for (int change = 0; change <= round % 4; ++change) file[next() % range] = static_cast<char>(next());
      (void)decode(file);
    }
  }
}

TEST_CASE("a WebP too large is refused before memory is asked for", "[video][image]") {
  std::string file = read_file(images() / "animated.webp");
  const std::size_t canvas = file.find("VP8X") + 12;
  put(file, canvas, 16384, 3);  // less one
  CHECK_FALSE(decode(file));
  put(file, canvas, 16383, 3);
  put(file, canvas + 3, 16383, 3);
  CHECK_FALSE(decode(file));
  put(file, canvas, 20, 3);  // the frames do not fit any more
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
  longer.replace(8, 4, "\xff\xff\xff\xff", 4);  // IHDR reaches beyond the file
  CHECK(orientation(longer) == 1);
  CHECK(read_png_orientation(dir / "absent.png") == 1);
}
