// Presentation times of a stream's pictures. Internal to the video module.
#pragma once

#include "core/video_source.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sparsight::ffmpeg {

// Where a stream's time starts, so that both ways of decoding tell the same times.
class FrameTimes {
 public:
  explicit FrameTimes(const Source& source)
      : origin_(source.stream().start_time), unit_(av_q2d(source.stream().time_base)), step_(source.frame_interval()) {}

  void add(std::int64_t timestamp) {
    if (timestamp == AV_NOPTS_VALUE) {
      seconds_.push_back(seconds_.empty() ? 0.0 : seconds_.back() + step_);
      return;
    }
    if (origin_ == AV_NOPTS_VALUE) origin_ = timestamp;
    seconds_.push_back(std::max(0.0, (static_cast<double>(timestamp) - static_cast<double>(origin_)) * unit_));
  }
  [[nodiscard]] const std::vector<double>& seconds() const { return seconds_; }

  // To the end of the last frame, whose own length may be unknown (0).
  [[nodiscard]] double duration(std::int64_t last_duration) const {
    if (seconds_.empty()) return 0;
    const auto [first, last] = std::minmax_element(seconds_.begin(), seconds_.end());
    double length = static_cast<double>(std::max<std::int64_t>(last_duration, 0)) * unit_;
    if (length <= 0) length = seconds_.size() > 1 ? (*last - *first) / static_cast<double>(seconds_.size() - 1) : step_;
    return *last + length;
  }

 private:
  std::int64_t origin_;
  double unit_;
  double step_;
  std::vector<double> seconds_;
};

}  // namespace sparsight::ffmpeg
