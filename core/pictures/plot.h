// A plot of shares over shares: one line per series, logarithmic axis across, per cent upwards. Series differ by colour
// (Okabe and Ito's, safe for the colour-blind) and by marker. Pure functions, any thread.
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
  bool dashed = false;            // a baseline to compare with, in grey
};

struct Plot {
  std::string title, x_label, y_label;
  std::vector<PlotSeries> series;  // up to 56 can be told apart
};

// Leaves out points that are not finite or lie outside their axis.
[[nodiscard]] Drawing draw_plot(const Plot& plot);

}  // namespace sparsight
