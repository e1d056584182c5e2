#include "app/time_left.h"

namespace sparsight {

std::optional<double> TimeLeft::note(const Progress& progress, double now_s) {
  constexpr double kFirstWord = 1;  // seconds of a stage before the first estimate
  if (!began_ || began_->stage != progress.stage || progress.done < began_->done)
    began_ = {progress.stage, progress.done, now_s};
  const double took = now_s - began_->at_s;
  if (progress.total <= progress.done || progress.done <= began_->done || took < kFirstWord) return std::nullopt;
  return took / static_cast<double>(progress.done - began_->done) * static_cast<double>(progress.total - progress.done);
}

}  // namespace sparsight
