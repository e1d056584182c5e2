// Shares over shares: a line a series, a logarithmic axis across, per cent up. Colours can be told apart by the
// colour-blind (Okabe and Ito's), and each series has a marker of its own too. Pure functions, any thread.
#pragma once

#include "core/pictures/drawing.h"

#include <string>
#include <vector>

namespace sparsight {

struct PlotPoint {
  double x;  // above 0, at most 1
  double y;  // 0 to 1
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;  // by ascending x
  bool dashed = false;            // a floor to compare with, in grey
};

struct Plot {
  std::string title, x_label, y_label;
  std::vector<PlotSeries> series;  // up to 56 look different
};

// Points that are not finite or outside their axis are left out.
[[nodiscard]] Drawing draw_plot(const Plot& plot);

}  // namespace sparsight
