#include "core/pictures/canvas.h"

#include "core/base/text.h"
#include "kernels/error.h"

#include <cairo.h>

#include <algorithm>
#include <cstdint>
#include <numbers>

namespace sparsight {

namespace {

// Cairo stops drawing for good at the first byte that is not UTF-8; control characters have no shape.
std::string drawable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    if (step.kind == Utf8Step::Kind::Character && !step.is_control()) out += text.substr(0, step.bytes);
    text.remove_prefix(step.bytes);
  }
  return out;
}

}  // namespace

struct Canvas::Impl {
  struct Free {
    void operator()(cairo_surface_t* p) const { cairo_surface_destroy(p); }
    void operator()(cairo_t* p) const { cairo_destroy(p); }
  };
  std::unique_ptr<cairo_surface_t, Free> surface;
  std::unique_ptr<cairo_t, Free> cairo;

  void use(Rgb colour) const {
    cairo_set_source_rgb(cairo.get(), colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
  }
  void use(const TextStyle& style) const {
    cairo_select_font_face(cairo.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo.get(), style.size);
  }
};

Canvas::Canvas(int width, int height, Rgb background) : impl_(std::make_unique<Impl>()) {
  SPARSIGHT_CHECK(width > 0 && height > 0 && width <= kMostSide && height <= kMostSide);
  impl_->surface.reset(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  impl_->cairo.reset(cairo_create(impl_->surface.get()));
  if (cairo_status(impl_->cairo.get()) != CAIRO_STATUS_SUCCESS)
    fail(ErrorKind::Memory, "no memory left for a picture of {} x {}", width, height);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_set_font_options(impl_->cairo.get(), options);
  cairo_font_options_destroy(options);
  impl_->use(background);
  cairo_paint(impl_->cairo.get());
}

Canvas::~Canvas() = default;

void Canvas::fill(const Box& box, Rgb colour, double radius) {
  cairo_t* c = impl_->cairo.get();
  impl_->use(colour);
  const double r = std::min({radius, box.width / 2, box.height / 2});
  if (r <= 0) {
    cairo_rectangle(c, box.x, box.y, box.width, box.height);
  } else {
    constexpr double kQuarter = std::numbers::pi / 2;
    cairo_new_sub_path(c);
    cairo_arc(c, box.x + box.width - r, box.y + r, r, -kQuarter, 0);
    cairo_arc(c, box.x + box.width - r, box.y + box.height - r, r, 0, kQuarter);
    cairo_arc(c, box.x + r, box.y + box.height - r, r, kQuarter, 2 * kQuarter);
    cairo_arc(c, box.x + r, box.y + r, r, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(c);
  }
  cairo_fill(c);
}

void Canvas::outline(const Box& box, Rgb colour, double line) {
  cairo_t* c = impl_->cairo.get();
  impl_->use(colour);
  cairo_set_line_width(c, line);
  cairo_rectangle(c, box.x + line / 2, box.y + line / 2, box.width - line, box.height - line);
  cairo_stroke(c);
}

void Canvas::image(const RgbImage& image, int x, int y) {
  cairo_surface_t* surface = impl_->surface.get();
  cairo_surface_flush(surface);
  unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  const int width = cairo_image_surface_get_width(surface), height = cairo_image_surface_get_height(surface);
  for (int row = std::max(0, -y); row < image.height && y + row < height; ++row) {
    const std::uint8_t* from =
        image.pixels.data() + std::size_t{3} * static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width);
    auto* to = reinterpret_cast<std::uint32_t*>(data + std::ptrdiff_t{y + row} * stride);
    for (int column = std::max(0, -x); column < image.width && x + column < width; ++column) {
      const std::uint8_t* pixel = from + std::ptrdiff_t{3} * column;
      to[x + column] = std::uint32_t{pixel[0]} << 16 | std::uint32_t{pixel[1]} << 8 | pixel[2];
    }
  }
  cairo_surface_mark_dirty(surface);
}

double Canvas::text_width(const std::string& text, const TextStyle& style) {
  impl_->use(style);
  cairo_text_extents_t extents{};
  cairo_text_extents(impl_->cairo.get(), drawable(text).c_str(), &extents);
  return extents.x_advance;
}

double Canvas::text(double x, double y, const std::string& text, const TextStyle& style) {
  const double width = text_width(text, style);
  const double share = style.align == TextStyle::Align::Left ? 0.0 : style.align == TextStyle::Align::Right ? 1.0 : 0.5;
  impl_->use(style.colour);
  cairo_move_to(impl_->cairo.get(), x - width * share, y);
  cairo_show_text(impl_->cairo.get(), drawable(text).c_str());
  return width;
}

RgbImage Canvas::rgb() const {
  cairo_surface_t* surface = impl_->surface.get();
  cairo_surface_flush(surface);
  RgbImage image{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  image.pixels.reserve(std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < image.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(data + std::ptrdiff_t{y} * stride);
    for (int x = 0; x < image.width; ++x)
      for (const int shift : {16, 8, 0}) image.pixels.push_back(static_cast<std::uint8_t>(row[x] >> shift));
  }
  return image;
}

}  // namespace sparsight
