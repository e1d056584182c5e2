#include "core/pictures/plot.h"

#include "kernels/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace sparsight {
namespace {

constexpr double kLeft = 76, kTop = 52, kWidth = 620, kHeight = 400;
constexpr double kRight = kLeft + kWidth, kBottom = kTop + kHeight;
constexpr double kPlotLegend = kRight + 26, kPlotLegendLine = 22;
using paper::kInk, paper::kSoft, paper::kGrid, paper::kFloor;

// Yellow is hard to see on white.
constexpr std::array kColours{palette::kBlue,   palette::kVermilion, palette::kGreen, palette::kPurple,
                              palette::kOrange, palette::kSkyBlue,   palette::kBlack};

enum class Marker { Circle, Square, Up, Diamond, Down, Pentagon, Star, Cross };
constexpr std::size_t kMarkers = 8;

struct SeriesStyle {
  Rgb colour;
  Marker marker;
  bool dashed;
};

std::vector<Point> regular(Point at, double radius, int corners, double turn, double inner = 1) {
  std::vector<Point> points;
  const int steps = inner < 1 ? 2 * corners : corners;
  for (int i = 0; i < steps; ++i) {
    const double angle = turn + 2 * std::numbers::pi * i / steps;
    const double r = inner < 1 && i % 2 == 1 ? radius * inner : radius;
    points.push_back({at.x + r * std::cos(angle), at.y + r * std::sin(angle)});
  }
  return points;
}

Polygon marker(Point at, const SeriesStyle& style) {
  constexpr double up = -std::numbers::pi / 2, r = 5.5;
  std::vector<Point> points;
  switch (style.marker) {
    case Marker::Circle: points = regular(at, r - 0.5, 24, 0); break;
    case Marker::Square: points = regular(at, r + 0.8, 4, std::numbers::pi / 4); break;
    case Marker::Up: points = regular(at, r + 1.2, 3, up); break;
    case Marker::Diamond: points = regular(at, r + 1.2, 4, up); break;
    case Marker::Down: points = regular(at, r + 1.2, 3, -up); break;
    case Marker::Pentagon: points = regular(at, r + 0.5, 5, up); break;
    case Marker::Star: points = regular(at, r + 2, 5, up, 0.45); break;
    case Marker::Cross: points = regular(at, r + 1.5, 4, up, 0.4); break;
  }
  return {std::move(points), style.colour, paper::kWhite};
}

std::vector<SeriesStyle> styles_of(const std::vector<PlotSeries>& series) {
  std::vector<SeriesStyle> styles;
  std::size_t nth = 0;
  for (const PlotSeries& line : series) {
    if (line.dashed) {
      styles.push_back({kFloor, Marker::Circle, true});
    } else {
      styles.push_back({kColours[nth % kColours.size()], static_cast<Marker>(nth % kMarkers), false});
      ++nth;
    }
  }
  return styles;
}

bool drawable(const PlotPoint& p) { return p.x > 0 && p.x <= 1.0000001 && p.y >= 0 && p.y <= 1; }

struct Axes {
  double x_low = 1;  // to 1, logarithmic
  double y_low = 1, y_high = 0;

  explicit Axes(const Plot& plot) {
    for (const PlotSeries& line : plot.series) {
      for (const PlotPoint& p : line.points) {
        if (!drawable(p)) continue;
        x_low = std::min(x_low, p.x);
        y_low = std::min(y_low, p.y);
        y_high = std::max(y_high, p.y);
      }
    }
    x_low = std::max(std::min(x_low, 0.5) / 1.15, 1e-6);
    if (y_low > y_high) y_low = y_high = 0.5;
    y_low = std::max(0.0, std::floor(y_low * 10 - 0.2) / 10);
    y_high = std::min(1.0, std::ceil(y_high * 10 + 0.2) / 10);
  }
  [[nodiscard]] double x(double share) const {
    return kLeft + kWidth * (std::log(share / x_low) / std::log(1.08 / x_low));
  }
  [[nodiscard]] double y(double share) const { return kBottom - kHeight * (share - y_low) / (y_high - y_low); }
};

void draw_axes(const Plot& plot, const Axes& axes, Drawing& to) {
  const int steps = static_cast<int>(std::lround((axes.y_high - axes.y_low) * 10));
  for (int i = 0; i <= steps; ++i) {
    const double share = axes.y_low + i / 10.0, y = axes.y(share);
    to.marks.push_back(Line{{{kLeft, y}, {kRight, y}}, kGrid});
    to.marks.push_back(
        Label{{kLeft - 10, y + 4.5}, fmt::format("{:.0f} %", 100 * share), 13, kSoft, Label::Align::Right});
  }
  for (const double share : {1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 1e-4, 1e-5}) {
    if (share < axes.x_low) break;
    const double x = axes.x(share);
    to.marks.push_back(Line{{{x, kTop}, {x, kBottom}}, kGrid});
    to.marks.push_back(Label{{x, kBottom + 20}, fmt::format("{:g} %", 100 * share), 13, kSoft, Label::Align::Middle});
  }
  to.marks.push_back(Line{{{kLeft, kTop}, {kLeft, kBottom}, {kRight, kBottom}}, kSoft});
  to.marks.push_back(Label{{kLeft, 28}, plot.title, 16, kInk, Label::Align::Left, true});
  to.marks.push_back(Label{{kLeft + kWidth / 2, kBottom + 46}, plot.x_label, 13.5, kInk, Label::Align::Middle});
  to.marks.push_back(Label{{20, kTop + kHeight / 2}, plot.y_label, 13.5, kInk, Label::Align::Middle, false, true});
}

}  // namespace

Drawing draw_plot(const Plot& plot) {
  const Axes axes(plot);
  const std::vector<SeriesStyle> styles = styles_of(plot.series);
  std::size_t longest = 4;
  for (const PlotSeries& line : plot.series) longest = std::max(longest, line.name.size());
  const double legend_bottom = kTop + kPlotLegendLine * static_cast<double>(plot.series.size());
  Drawing out{
      .width = static_cast<int>(kPlotLegend + 40 + 8.0 * static_cast<double>(std::min<std::size_t>(longest, 60))),
      .height = static_cast<int>(std::max(kBottom + 66, legend_bottom + 20)),
      .marks = {}};
  draw_axes(plot, axes, out);
  const auto place = [&](const PlotPoint& p) { return Point{axes.x(std::min(p.x, 1.0)), axes.y(p.y)}; };
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    Line line{{}, styles[i].colour, 2, styles[i].dashed};
    for (const PlotPoint& p : plot.series[i].points)
      if (drawable(p)) line.points.push_back(place(p));
    if (line.points.size() > 1) out.marks.emplace_back(line);
  }
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    for (const PlotPoint& p : plot.series[i].points)
      if (drawable(p)) out.marks.emplace_back(marker(place(p), styles[i]));
    const double y = kTop + 8 + kPlotLegendLine * static_cast<double>(i);
    out.marks.emplace_back(Line{{{kPlotLegend, y}, {kPlotLegend + 28, y}}, styles[i].colour, 2, styles[i].dashed});
    out.marks.emplace_back(marker({kPlotLegend + 14, y}, styles[i]));
    out.marks.emplace_back(Label{{kPlotLegend + 36, y + 4.5}, plot.series[i].name, 13, kInk});
  }
  return out;
}

}  // namespace sparsight
