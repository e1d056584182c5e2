// A video, an animation or a picture as it is played: its pictures in order, from any time on, and the sound beside
// them.
#pragma once

#include "core/media/video.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

// Where the sound goes: interleaved 16-bit stereo at 48 kHz.
class ReelSound {
 public:
  static constexpr int kRate = 48'000, kChannels = 2;

  virtual ~ReelSound() = default;
  // Forgets what waits; what is written next belongs to `time_s` of the video.
  virtual void reset(double time_s) = 0;
  // A second of what is written next is `tempo` seconds of the video.
  virtual void set_tempo(double tempo) = 0;
  virtual void write_samples(std::span<const std::int16_t> samples) = 0;
  [[nodiscard]] virtual double waiting_s() const = 0;  // of what was written and not taken yet
};

struct SoundTrack {
  int stream = 0;               // its number in the file
  std::string language, title;  // as the file says; empty: it does not
  std::string codec;            // FFmpeg's name
  int channels = 0;
};

struct ReelInfo {
  double duration_s = 0;    // the container's word
  double frame_s = 0;       // nominal time of a frame
  double pixel_aspect = 1;  // width of a pixel over its height
  bool has_sound = false;
  bool still = false;  // one picture, which has no time
  std::vector<SoundTrack> sounds{};
  int sound = -1;  // stream of the sound that is played; -1: none
};

// Times are seconds from the start of the video, as the sampled frames have them. One thread; another may stop it.
class Reel {
 public:
  struct Picture {
    RgbImage image;
    double time_s;
  };

  // `sound` may be null: it is left out. It outlives this. `device`: one of this machine may decode, whose pictures may
  // differ from software's by rounding. Error{File, Decode, Memory}; Cancelled.
  Reel(std::filesystem::path file, ToneMap tone_map, std::stop_token stop, ReelSound* sound = nullptr,
       bool device = true);
  ~Reel();

  [[nodiscard]] ReelInfo info() const;
  [[nodiscard]] bool has_sound() const;
  void take_sound(bool take);  // from the next picture on; at first it is taken
  // How fast the sound is from now on, at its own pitch: 2 is twice as fast. Within kLeastTempo..kMostTempo.
  void set_tempo(double tempo);
  static constexpr double kLeastTempo = 0.25, kMostTempo = 4;
  void choose_sound(int stream);  // of ReelInfo::sounds, from the next at() on

  [[nodiscard]] std::optional<double> next_time();    // of the next picture; nullopt at the end
  [[nodiscard]] Picture take();                       // that picture
  void skip();                                        // leaves it out
  [[nodiscard]] bool next_is_due(double time) const;  // the one behind it too, as far as it is decoded
  // Reads on while little sound waits and pictures may.
  void keep_sound_flowing();

  // Goes to the picture that is shown at `time` and takes it; the last one where the video is shorter. nullopt: none
  // can be decoded, or `give_up`, asked for each picture on the way, said so.
  [[nodiscard]] std::optional<Picture> at(double time, const std::function<bool()>& give_up = {});
  // The last picture before `time`, likewise.
  [[nodiscard]] std::optional<Picture> before(double time);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
