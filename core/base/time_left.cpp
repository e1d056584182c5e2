#include "core/base/time_left.h"

namespace sparsight {

std::optional<double> TimeLeft::note(const Progress& progress, double now_s) {
  constexpr double kFirstWord = 1;  // seconds of a stage before the first estimate
  if (!began_ || began_->stage != progress.stage || progress.done < began_->done)
    began_ = {progress.stage, progress.done, now_s};
  const double took = now_s - began_->at_s;
  per_second_.reset();
  if (progress.done <= began_->done || took < kFirstWord) return std::nullopt;
  per_second_ = static_cast<double>(progress.done - began_->done) / took;
  if (progress.total <= progress.done) return std::nullopt;
  return static_cast<double>(progress.total - progress.done) / *per_second_;
}

}  // namespace sparsight
