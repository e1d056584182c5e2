#include "core/media/video_times.h"

#include <algorithm>

namespace sparsight::ffmpeg {

FrameTimes::FrameTimes(const Source& source, const Scan& scan)
    : scan_(scan),
      origin_(source.stream().start_time),
      unit_(av_q2d(source.stream().time_base)),
      step_(source.frame_interval()) {
  if (!scan.decode_order.empty()) origin_ = scan.decode_order.front();
}

double FrameTimes::at(std::int64_t timestamp) const {
  return std::max(0.0, (static_cast<double>(timestamp) - static_cast<double>(origin_)) * unit_);
}

double FrameTimes::time_of(std::int64_t timestamp) {
  const double next = seconds_.empty() ? 0.0 : seconds_.back() + step_;
  if (!scan_.decode_order.empty()) {
    const std::size_t index = ordinal_++;
    return index < scan_.decode_order.size() ? at(scan_.decode_order[index]) : next;
  }
  if (timestamp == AV_NOPTS_VALUE) return next;
  if (origin_ == AV_NOPTS_VALUE) origin_ = timestamp;
  repeats_ = timestamp == last_stamp_ ? repeats_ + 1 : 0;
  last_stamp_ = timestamp;
  if (repeats_ == 0) return at(timestamp);
  repaired_ = true;
  const auto [first, last] = std::equal_range(scan_.stamps.begin(), scan_.stamps.end(), timestamp);
  const auto same =
      static_cast<double>(std::max<std::ptrdiff_t>(last - first, static_cast<std::ptrdiff_t>(repeats_) + 1));
  const double share = last != scan_.stamps.end() ? (at(*last) - at(timestamp)) / same : step_;
  return at(timestamp) + static_cast<double>(repeats_) * share;
}

void FrameTimes::add(std::int64_t timestamp) {
  const double time = time_of(timestamp);
  const bool back = !seconds_.empty() && time < seconds_.back();
  repaired_ = repaired_ || back;
  seconds_.push_back(back ? seconds_.back() + step_ : time);
}

void FrameTimes::start_at(std::int64_t dts) {
  seconds_.clear();
  const auto& order = scan_.decode_order;
  ordinal_ = static_cast<std::size_t>(std::lower_bound(order.begin(), order.end(), dts) - order.begin());
}

bool times_are_plain(const Scan& scan) {
  const auto& stamps = scan.shown_pts;
  return !scan.joined && !stamps.empty() && std::adjacent_find(stamps.begin(), stamps.end()) == stamps.end();
}

double FrameTimes::duration() const {
  if (seconds_.empty()) return 0;
  double length = static_cast<double>(std::max<std::int64_t>(scan_.last_duration, 0)) * unit_;
  if (length <= 0)
    length =
        seconds_.size() > 1 ? (seconds_.back() - seconds_.front()) / static_cast<double>(seconds_.size() - 1) : step_;
  return seconds_.back() + length;
}

}  // namespace sparsight::ffmpeg
