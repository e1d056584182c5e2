// A drawing of lines, shapes and text as data, and its output as SVG or PNG. Pure functions, any thread.
#pragma once

#include "core/pictures/colour_map.h"

#include <string>
#include <variant>
#include <vector>

namespace sparsight {

struct Point {
  double x, y;  // pixels from the upper left corner
};

struct Line {
  std::vector<Point> points;
  Rgb colour{};
  double width = 1;
  bool dashed = false;
};

struct Polygon {
  std::vector<Point> points;
  Rgb fill{};
  Rgb edge = paper::kWhite;  // one pixel wide
};

struct Label {
  enum class Align { Left, Middle, Right };
  Point at;          // left, middle or right end of the baseline, by `align`
  std::string text;  // UTF-8
  double size = 13;
  Rgb colour = paper::kInk;
  Align align = Align::Left;
  bool bold = false;
  bool upwards = false;  // rotated by 90 degrees, to be read from bottom to top
};

struct Drawing {
  int width = 0, height = 0;
  Rgb background = paper::kWhite;
  std::vector<std::variant<Line, Polygon, Label>> marks;  // later ones cover earlier ones
};

[[nodiscard]] std::string to_svg(const Drawing& drawing);
// The bytes of a PNG file with `scale` pixels for each one of the drawing. Error{Memory}.
[[nodiscard]] std::string to_png(const Drawing& drawing, int scale = 2);

}  // namespace sparsight
