// Decoding and encoding at once gives the same as one after the other.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/vision.h"
#include "kernels/backends.h"
#include "tests/media.h"
#include "tests/models.h"
#include "tests/support.h"

#include <cstring>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

const std::string kPatternOf160 = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=";

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(host(a).f32(), host(b).f32(), a.shape().elements() * sizeof(float)) == 0;
}

// Opens the file in both ways; returns the clip.
Clip check_open(Engine& engine, const fs::path& path, const FrameRequest& request = {}) {
  CAPTURE(path.filename().string(), request.count);
  const Clip clip = read_clip(path, request);
  const auto encoded = engine.encode(clip);
  const OpenedClip opened = engine.open(path, request);
  const VisualTokens &expected = encoded->tokens(), &got = opened.encoded->tokens();

  CHECK(opened.clip.is_image == clip.is_image);
  CHECK(opened.clip.warnings == clip.warnings);
  CHECK(opened.clip.by_seeking == clip.by_seeking);
  REQUIRE(opened.clip.frames.size() == clip.frames.size());
  for (std::size_t f = 0; f < clip.frames.size(); ++f) {
    CHECK(opened.encoded->marks()[f].index == clip.frames[f].index);
    CHECK((opened.clip.frames[f].image->pixels == clip.frames[f].image->pixels));
  }
  CHECK(got.kind == expected.kind);
  CHECK((got.layout == expected.layout));
  CHECK(same(got.embeddings, expected.embeddings));
  CHECK(same(got.tower.features, expected.tower.features));
  REQUIRE(got.tower.states.size() == expected.tower.states.size());
  for (std::size_t i = 0; i < got.tower.states.size(); ++i) {
    CHECK(got.tower.states[i].index == expected.tower.states[i].index);
    CHECK(same(got.tower.states[i].hidden, expected.tower.states[i].hidden));
  }
  const Timings& times = opened.encoded->timings();
  CHECK(times.encode > 0);
  CHECK(times.vision > 0);
  CHECK(times.vision <= times.encode);
  return opened.clip;
}

// Makes packet `number` undecodable: the lengths of its parts exceed it.
void destroy_packet(const fs::path& path, std::size_t number) {
  const std::vector<MediaPacket> packets = packets_of(path);
  REQUIRE(number < packets.size());
  REQUIRE_FALSE(packets[number].key);
  std::string bytes = read_file(path);
  const auto at = static_cast<std::size_t>(packets[number].position);
  REQUIRE(at + packets[number].size <= bytes.size());
  write_file(path, bytes.replace(at, packets[number].size, std::string(packets[number].size, '\xff')));
}

}  // namespace

TEST_CASE("a video encoded while it is decoded gives the same tokens to the bit", "[encode_clip]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const TempDir dir;
  const auto made = [&](const char* name, const std::string& arguments) {
    make_clip(arguments, dir / name);
    return dir / name;
  };
  const std::string h264 = " -c:v libx264 -pix_fmt yuv420p -g 25 ";

  SECTION("by seeking, and frame after frame") {
    const fs::path file = made("long.mp4", kPatternOf160 + "8" + h264);
    CHECK(check_open(*engine, file).by_seeking);
    CHECK_FALSE(check_open(*engine, file, {.may_seek = false}).by_seeking);
    CHECK_FALSE(check_open(*engine, file, {.count = 12, .choice = FrameChoice::Arange}).is_image);
    check_open(*engine, file, {.count = 3, .start_s = 1.3, .end_s = 5.1});
  }
  SECTION("with fewer frames than are asked for") {
    CHECK(check_open(*engine, made("three.mp4", kPatternOf160 + "0.12" + h264)).total_frames == 3);
  }
  SECTION("damaged, so that it is decoded more than once") {
    const fs::path file = made("damaged.mp4", kPatternOf160 + "4" + h264);
    destroy_packet(file, 40);
    CHECK_FALSE(check_open(*engine, file).warnings.empty());
    check_open(*engine, file, {.may_seek = false});
  }
  SECTION("shorter than its packets announce, so that frames are missing from the first pass") {
    const fs::path file = made("late.ts", kPatternOf160 + "3" + h264);
    write_file(dir / "cut.ts", read_file(file).substr(static_cast<std::size_t>(packets_of(file).at(30).position)));
    check_open(*engine, dir / "cut.ts", {.count = 12});
  }
  SECTION("an animation; one of a single picture, and other still images, which go through another tower") {
    CHECK_FALSE(check_open(*engine, made("moving.gif", kPatternOf160 + "1 -r 10")).is_image);
    CHECK(check_open(*engine, made("still.gif", kPatternOf160 + "1 -frames:v 1")).is_image);
    CHECK(check_open(*engine, made("still.png", kPatternOf160 + "1 -frames:v 1")).is_image);
    CHECK(check_open(*engine, made("still.jpg", kPatternOf160 + "1 -frames:v 1")).is_image);
  }
  SECTION("one picture of a video is a video") {
    CHECK_FALSE(check_open(*engine, made("one.mp4", kPatternOf160 + "1 -frames:v 1" + h264)).is_image);
  }
}

TEST_CASE("real clips encoded while they are decoded", "[encode_clip]") {
  if (!fs::exists(shared_dir() / "clips")) return skip("the folder of real clips is absent");
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = GENERATE(1u, 2u)})});
  for (const char* name : {"bikes.mp4", "video_llava_demo_3.mp4", "video_llava_demo_9.mp4", "waterview.jpg"})
    check_open(*engine, shared_dir() / "clips" / name);
}

TEST_CASE("opening can be stopped while it decodes and while it encodes, and works afterwards", "[encode_clip]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  for (const Stage stage : {Stage::Open, Stage::Vision}) {
    std::stop_source source;
    const Control control{[&](const Progress& progress) {
                            if (progress.stage == stage) source.request_stop();
                          },
                          source.get_token()};
    CHECK_THROWS_AS(engine->open(demo_clip("crossing.mp4"), {}, control), Cancelled);
  }
  CHECK(engine->open(demo_clip("crossing.mp4")).encoded->frames() == 8);
}

TEST_CASE("opening says why it fails", "[encode_clip]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  CHECK_THROWS_WITH(engine->open("/nowhere/at/all.mp4"), Catch::Contains("/nowhere/at/all.mp4"));
  CHECK_THROWS_AS(engine->open(demo_clip("crossing.mp4"), {.count = 0}), Error);
  CHECK_THROWS_WITH(engine->open(demo_clip("crossing.mp4"), {.start_s = 1000}),
                    Catch::Contains("no frame in the range"));
}

TEST_CASE("opening reports decoding first, then the tower", "[encode_clip]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  std::vector<Progress> told;
  (void)engine->open(demo_clip("crossing.mp4"), {}, {[&](const Progress& p) { told.push_back(p); }, {}});
  REQUIRE_FALSE(told.empty());
  for (std::size_t i = 1; i < told.size(); ++i) {
    CHECK(told[i].done <= told[i].total);
    CHECK(told[i].stage >= told[i - 1].stage);
    if (told[i].stage == told[i - 1].stage) CHECK(told[i].done >= told[i - 1].done);
  }
  CHECK(told.back().stage == Stage::Vision);
  CHECK(told.back().done == told.back().total);
}

}  // namespace sparsight::test
