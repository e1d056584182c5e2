// Draws shapes, pictures and text on an RGB image. Only canvas.cpp sees Cairo.
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
  Rgb colour = page::kText;
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
  // Draws `image` unscaled with its upper left corner at `x`, `y`.
  void image(const RgbImage& image, int x, int y);
  // One line of UTF-8 in the system's sans-serif, with its baseline at `y`. Leaves out what is not UTF-8. Returns the
  // width.
  double text(double x, double y, const std::string& text, const TextStyle& style = {});
  [[nodiscard]] double text_width(const std::string& text, const TextStyle& style = {});
  [[nodiscard]] RgbImage rgb() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
