// Shapes, pictures and text on an RGB image. Cairo draws and shows in canvas.cpp only.
#pragma once

#include "core/media/video.h"
#include "core/pictures/colour_map.h"

#include <memory>
#include <string>

namespace sparsight {

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

struct TextStyle {
  enum class Align { Left, Centre, Right };
  double size = 13;  // of the em, in pixels
  Rgb colour{0xe8, 0xea, 0xed};
  bool bold = false;
  Align align = Align::Left;
};

// One thread. Error{Memory}.
class Canvas {
 public:
  static constexpr int kMostSide = 32000;

  // At most kMostSide a side.
  Canvas(int width, int height, Rgb background);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  void fill(const Box& box, Rgb colour, double radius = 0);
  void outline(const Box& box, Rgb colour, double line = 1);
  // As large as it is; `x` and `y` of its upper left corner.
  void image(const RgbImage& image, int x, int y);
  // UTF-8, one line, in the system's sans-serif; `y` of the baseline. Returns its width. What is no UTF-8 is left out.
  double text(double x, double y, const std::string& text, const TextStyle& style = {});
  [[nodiscard]] double text_width(const std::string& text, const TextStyle& style = {});
  [[nodiscard]] RgbImage rgb() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
