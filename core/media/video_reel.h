// A video, an animation or a picture as it is played: its pictures in order, from any time on, and the sound beside
// them.
#pragma once

#include "core/media/video.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

namespace sparsight {

// Where the sound goes: interleaved 16-bit stereo at 48 kHz.
class ReelSound {
 public:
  static constexpr int kRate = 48'000, kChannels = 2;

  virtual ~ReelSound() = default;
  // Forgets what waits; what is written next belongs to `time_s` of the video.
  virtual void reset(double time_s) = 0;
  virtual void write_samples(std::span<const std::int16_t> samples) = 0;
  [[nodiscard]] virtual double waiting_s() const = 0;  // of what was written and not taken yet
};

struct ReelInfo {
  double duration_s = 0;    // the container's word
  double frame_s = 0;       // nominal time of a frame
  double pixel_aspect = 1;  // width of a pixel over its height
  bool has_sound = false;
  bool still = false;  // one picture, which has no time
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

  // The next picture; nullptr at the end.
  [[nodiscard]] const Picture* front();
  [[nodiscard]] Picture take();                       // what front() shows
  [[nodiscard]] bool next_is_due(double time) const;  // the one behind front() too, as far as it is decoded
  // Reads on while little sound waits and pictures may.
  void keep_sound_flowing();

  // Goes to the picture that is shown at `time` and takes it; the last one where the video is shorter. nullopt: none
  // can be decoded.
  [[nodiscard]] std::optional<Picture> at(double time);
  // The last picture before `time`, likewise.
  [[nodiscard]] std::optional<Picture> before(double time);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
