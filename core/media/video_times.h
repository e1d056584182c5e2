// Presentation times of a stream's pictures. Internal to the video module.
#pragma once

#include "core/media/video_scan.h"
#include "core/media/video_source.h"

#include <cstdint>
#include <vector>

namespace sparsight::ffmpeg {

// Takes the pictures in their order and tells their times, which never go back, from the start of the stream. Both ways
// of decoding tell the same times. A picture's time is its time stamp; where stamps repeat, the pictures share the time
// up to the next one; where the container has none but those of decoding (AVI), these are taken in their order; else
// pictures follow at the container's rate.
class FrameTimes {
 public:
  // Borrows the scan.
  FrameTimes(const Source& source, const Scan& scan);

  void add(std::int64_t timestamp);
  // The next picture is the one that is decoded first from a packet of this dts on. Only where the scan has an order of
  // decoding.
  void start_at(std::int64_t dts);
  [[nodiscard]] const std::vector<double>& seconds() const { return seconds_; }
  // To the end of the last frame.
  [[nodiscard]] double duration() const;
  // Stamps that repeat or go back were found.
  [[nodiscard]] bool repaired() const { return repaired_; }

 private:
  [[nodiscard]] double at(std::int64_t timestamp) const;
  [[nodiscard]] double time_of(std::int64_t timestamp);

  const Scan& scan_;
  std::int64_t origin_;
  double unit_;
  double step_;
  std::size_t ordinal_ = 0;  // of the next picture in the order of decoding
  std::int64_t last_stamp_ = AV_NOPTS_VALUE;
  std::size_t repeats_ = 0;  // of last_stamp_, so far
  std::vector<double> seconds_;
  bool repaired_ = false;
};

// Every picture has a time stamp of its own, which says where in the file it lies.
[[nodiscard]] bool times_are_plain(const Scan& scan);

}  // namespace sparsight::ffmpeg
