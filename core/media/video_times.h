// Presentation times of a stream's pictures. Internal to the video module.
#pragma once

#include "core/media/video_scan.h"
#include "core/media/video_source.h"

#include <cstdint>
#include <vector>

namespace sparsight::ffmpeg {

// Computes the times of pictures in presentation order, from the start of the stream; they never go back. Seeking and
// full decoding give the same times. A picture's time is its timestamp; pictures with the same timestamp divide the
// time up to the next one; where the container has only decoding timestamps (AVI), these are used in ascending order;
// else pictures follow at the container's rate.
class FrameTimes {
 public:
  // Borrows the scan.
  FrameTimes(const Source& source, const Scan& scan);

  void add(std::int64_t timestamp);
  // The next picture is the first one decoded from a packet with this dts or a later one. Only if the scan has
  // decode_order.
  void start_at(std::int64_t dts);
  [[nodiscard]] const std::vector<double>& seconds() const { return seconds_; }
  // Up to the end of the last frame.
  [[nodiscard]] double duration() const;
  // Some timestamps repeat or go back.
  [[nodiscard]] bool repaired() const { return repaired_; }

 private:
  [[nodiscard]] double at(std::int64_t timestamp) const;
  [[nodiscard]] double time_of(std::int64_t timestamp);

  const Scan& scan_;
  std::int64_t origin_;
  double unit_;
  double step_;
  std::size_t ordinal_ = 0;  // of the next picture, in decoding order
  std::int64_t last_stamp_ = AV_NOPTS_VALUE;
  std::size_t repeats_ = 0;  // of last_stamp_, so far
  std::vector<double> seconds_;
  bool repaired_ = false;
};

// Every picture has its own timestamp, so that a time can be sought in the file.
[[nodiscard]] bool times_are_plain(const Scan& scan);

}  // namespace sparsight::ffmpeg
