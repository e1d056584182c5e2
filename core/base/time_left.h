// Estimates how fast a stage of work is and how long it will still take, from its progress so far.
#pragma once

#include "core/base/progress.h"

#include <optional>

namespace sparsight {

class TimeLeft {
 public:
  // Notes the progress at `now_s` and returns the seconds that the stage still needs; nullopt: not known yet, because
  // the total is not known or too little is done.
  [[nodiscard]] std::optional<double> note(const Progress& progress, double now_s);
  // Of the progress that was noted last, in its unit (bytes for Stage::Fetch); nullopt: too little is done.
  [[nodiscard]] std::optional<double> per_second() const { return per_second_; }
  void reset() {
    began_.reset();
    per_second_.reset();
  }

 private:
  struct Began {
    Stage stage;
    std::size_t done;
    double at_s;
  };
  std::optional<Began> began_;
  std::optional<double> per_second_;
};

}  // namespace sparsight
