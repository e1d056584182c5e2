// Estimates how long a stage of work will still take, from its progress so far.
#pragma once

#include "core/base/progress.h"

#include <optional>

namespace sparsight {

class TimeLeft {
 public:
  // Notes the progress at `now_s` and returns the seconds that the stage still needs; nullopt: not known yet, because
  // the total is not known or too little is done.
  [[nodiscard]] std::optional<double> note(const Progress& progress, double now_s);
  void reset() { began_.reset(); }

 private:
  struct Began {
    Stage stage;
    std::size_t done;
    double at_s;
  };
  std::optional<Began> began_;
};

}  // namespace sparsight
