// Decoded sound -> 16-bit stereo at 48 kHz, faster or slower at its own pitch. Internal to the video module.
#pragma once

#include "core/media/video_ffmpeg.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

struct AVFilterContext;
struct AVFilterGraph;
struct SwrContext;

namespace sparsight::ffmpeg {

// Used by one thread.
class Resampler {
 public:
  // Replaces `to` with the frame's samples, interleaved. False: this kind of sound cannot be converted. Error{Memory}.
  [[nodiscard]] bool convert(const AVFrame& frame, std::vector<std::int16_t>& to);

 private:
  struct FreeContext {
    void operator()(SwrContext* p) const;
  };
  struct Key {
    int format = 0, rate = 0, channels = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  std::unique_ptr<SwrContext, FreeContext> context_;
  Key key_;
};

// Changes how fast sound is and keeps its pitch: libavfilter's atempo. Used by one thread.
class Tempo {
 public:
  using OnSamples = std::function<void(std::span<const std::int16_t>)>;

  explicit Tempo(double tempo) : tempo_(tempo) {}  // 1: samples pass as they are
  [[nodiscard]] double tempo() const { return tempo_; }
  // Error{Memory, Decode}.
  void feed(std::span<const std::int16_t> samples, const OnSamples& on_samples);
  void finish(const OnSamples& on_samples);  // what was held back; nothing may be fed after it

 private:
  struct FreeGraph {
    void operator()(AVFilterGraph* p) const;
  };
  void start();
  void drain(const OnSamples& on_samples);

  double tempo_;
  std::unique_ptr<AVFilterGraph, FreeGraph> graph_;  // made with the first samples
  AVFilterContext* in_ = nullptr;
  AVFilterContext* out_ = nullptr;
  std::int64_t fed_ = 0;  // samples of each channel
  Owned<AVFrame> frame_;
};

}  // namespace sparsight::ffmpeg
