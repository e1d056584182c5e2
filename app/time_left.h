// How long a stage of work will take yet, judged by what it has done so far.
#pragma once

#include "core/base/progress.h"

#include <optional>

namespace sparsight {

class TimeLeft {
 public:
  // Notes how far the work has come at `now_s` and says how many seconds the stage will take from there; nullopt where
  // that is not known yet: its total is not, or too little of it is done.
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
