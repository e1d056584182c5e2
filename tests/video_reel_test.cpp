// A video as it is played: sound at its place and at other speeds, tracks, and the times of frames.
#include "core/media/video_reel.h"
#include "core/media/video_frames.h"
#include "kernels/error.h"
#include "tests/media.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

namespace sparsight::test {
namespace {

// Keeps what is written, however much.
struct Recorder : ReelSound {
  std::vector<std::int16_t> left;  // channel
  double start_s = 0, tempo = 1;
  void reset(double time_s) override {
    left.clear();
    start_s = time_s;
  }
  void set_tempo(double faster) override { tempo = faster; }
  void write_samples(std::span<const std::int16_t> samples) override {
    for (std::size_t i = 0; i < samples.size(); i += kChannels) left.push_back(samples[i]);
  }
  [[nodiscard]] double waiting_s() const override { return 0; }
};

void play_to_the_end(Reel& reel) {
  while (reel.next_time()) reel.skip();
}

// Crossings of zero from below, a second.
double pitch(const std::vector<std::int16_t>& samples) {
  int crossings = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) crossings += samples[i - 1] < 0 && samples[i] >= 0;
  return crossings * static_cast<double>(ReelSound::kRate) / static_cast<double>(samples.size());
}

// What the sound says of its time: it rises from 0 to 1 in 16 seconds.
const std::string kRamp = " -f lavfi -i aevalsrc=t/16|t/16:s=48000:d=8 -c:a pcm_s16le ";
double time_in(std::int16_t sample) { return sample / 32767.0 * 16; }

}  // namespace

TEST_CASE("sound begins where the pictures do", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "8" + kRamp + "-c:v libx264 -g 50 -pix_fmt yuv420p", dir / "ramp.mkv");
  Recorder sound;
  Reel reel((dir / "ramp.mkv").string(), ToneMap::Auto, {}, &sound, false);
  REQUIRE(reel.has_sound());
  for (const double time : {3.0, 0.0, 5.96, 1.0}) {
    const auto shown = reel.at(time);
    REQUIRE(shown);
    CHECK(std::abs(shown->time_s - time) < 0.041);
    play_to_the_end(reel);
    INFO(time);
    REQUIRE(!sound.left.empty());
    CHECK(sound.start_s == time);
    CHECK(std::abs(time_in(sound.left.front()) - time) < 0.01);
    CHECK(std::abs(time_in(sound.left.back()) - 8) < 0.05);
    CHECK(std::abs(static_cast<double>(sound.left.size()) / ReelSound::kRate - (8 - time)) < 0.05);
  }
}

TEST_CASE("sound that begins later than the pictures comes later", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "4 -itsoffset 0.5 -f lavfi -i sine=frequency=500:duration=2 -c:a pcm_s16le -c:v mpeg4",
            dir / "late.mkv");
  Recorder sound;
  Reel reel((dir / "late.mkv").string(), ToneMap::Auto, {}, &sound, false);
  REQUIRE(reel.at(0));
  play_to_the_end(reel);
  const auto first = std::ranges::find_if(sound.left, [](std::int16_t sample) { return std::abs(sample) > 100; });
  CHECK(std::abs(static_cast<double>(first - sound.left.begin()) / ReelSound::kRate - 0.5) < 0.01);
}

TEST_CASE("sound at other speeds keeps its pitch", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "6 -f lavfi -i sine=frequency=500:duration=6:sample_rate=44100 -c:a pcm_s16le -c:v mpeg4 -g 10",
            dir / "tone.mkv");
  Recorder sound;
  Reel reel((dir / "tone.mkv").string(), ToneMap::Auto, {}, &sound, false);
  for (const double tempo : {0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0}) {
    reel.set_tempo(tempo);
    REQUIRE(reel.at(0));
    play_to_the_end(reel);
    INFO(tempo);
    CHECK(sound.tempo == tempo);
    CHECK(std::abs(static_cast<double>(sound.left.size()) / ReelSound::kRate - 6 / tempo) < 0.3);
    CHECK(std::abs(pitch(sound.left) - 500) < 10);
  }
}

TEST_CASE("a speed that changes while playing leaves no sound out", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "8" + kRamp + "-c:v mpeg4 -g 10", dir / "ramp.mkv");
  Recorder sound;
  Reel reel((dir / "ramp.mkv").string(), ToneMap::Auto, {}, &sound, false);
  reel.set_tempo(2);
  REQUIRE(reel.at(0));
  for (int i = 0; i < 100; ++i) {  // four seconds
    REQUIRE(reel.next_time());
    reel.skip();
  }
  reel.set_tempo(1);
  const std::size_t fast = sound.left.size();
  play_to_the_end(reel);
  REQUIRE(sound.left.size() > fast + 1000);
  // The first samples at the usual speed follow those that were fast.
  CHECK(std::abs(time_in(sound.left[fast]) - time_in(sound.left[fast - 1])) < 0.1);
  CHECK(std::abs(static_cast<double>(fast) / ReelSound::kRate * 2 - time_in(sound.left[fast])) < 0.1);
}

TEST_CASE("one of several tracks of sound is chosen", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern +
                "4 -f lavfi -i sine=frequency=300:duration=4 -f lavfi -i sine=frequency=900:duration=4 -map 0 -map 1 "
                "-map 2 -c:v mpeg4 -c:a pcm_s16le -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger "
                "-metadata:s:a:1 title=Zwei -ac:a:1 2",
            dir / "two.mkv");
  Recorder sound;
  Reel reel((dir / "two.mkv").string(), ToneMap::Auto, {}, &sound, false);
  const ReelInfo info = reel.info();
  REQUIRE(info.sounds.size() == 2);
  CHECK(info.sounds[0].language == "eng");
  CHECK(info.sounds[1].title == "Zwei");
  CHECK(info.sounds[1].channels == 2);
  const auto heard = [&] {
    REQUIRE(reel.at(1));
    play_to_the_end(reel);
    return pitch(sound.left);
  };
  const double usual = heard();
  CHECK(std::abs(usual - (info.sound == info.sounds[0].stream ? 300 : 900)) < 10);
  reel.choose_sound(info.sounds[1].stream);
  CHECK(std::abs(heard() - 900) < 10);
  reel.choose_sound(info.sounds[0].stream);
  CHECK(std::abs(heard() - 300) < 10);
  reel.choose_sound(99);  // no such stream: nothing changes
  CHECK(std::abs(heard() - 300) < 10);
}

TEST_CASE("a search for a picture can be given up", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  make_clip(kPattern + "8 -c:v libx264 -g 250 -pix_fmt yuv420p", dir / "long.mp4");
  Reel reel((dir / "long.mp4").string(), ToneMap::Auto, {}, nullptr, false);
  int asked = 0;
  CHECK_FALSE(reel.at(7, [&] { return ++asked == 20; }));
  CHECK(asked == 20);
  const auto shown = reel.at(2);
  REQUIRE(shown);
  CHECK(std::abs(shown->time_s - 2) < 0.041);
}

TEST_CASE("the times of all frames are those of the sampled ones, at their index", "[reel]") {
  if (!have_ffmpeg()) return skip("the ffmpeg program is absent");
  const TempDir dir;
  for (const auto& [name, arguments] : {
           std::pair{"cfr.mp4", "-c:v libx264 -bf 3 -g 30 -pix_fmt yuv420p"},
           {"vfr.mkv", "-vf select=not(mod(n\\,7))+not(mod(n\\,5)) -vsync vfr -c:v libx264 -pix_fmt yuv420p"},
           {"two.ts", "-c:v mpeg2video -bf 2"},
           {"three.avi", "-c:v mpeg4 -bf 2"},
           {"four.webm", "-c:v libvpx-vp9 -cpu-used 8 -pix_fmt yuv420p"},
           {"five.gif", "-r 10"},
           {"six.webp", "-r 10 -c:v libwebp_anim"},
       }) {
    make_clip(kPattern + "3 " + arguments, dir / name);
    INFO(name);
    const Clip clip = read_clip(dir / name, {.count = 9});
    const std::vector<double> times = frame_times(dir / name);
    CHECK(static_cast<std::int64_t>(times.size()) == clip.total_frames);
    for (const Frame& frame : clip.frames) {
      REQUIRE(frame.index < static_cast<std::int64_t>(times.size()));
      CHECK(times[static_cast<std::size_t>(frame.index)] == Approx(frame.time_s).margin(1e-6));
    }
  }
  CHECK(frame_times(source_dir() / "tests/data/pictures/photo.heic").empty());
  CHECK_THROWS_AS(frame_times(dir / "absent.mp4"), Error);
}

}  // namespace sparsight::test
