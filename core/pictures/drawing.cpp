#include "core/pictures/drawing.h"

#include "core/base/text.h"
#include "kernels/error.h"

#include <cairo.h>

#include <memory>
#include <numbers>

namespace sparsight {
namespace {

std::string svg_points(const std::vector<Point>& points) {
  std::string out;
  for (const Point& p : points) out += fmt::format("{}{:.1f},{:.1f}", out.empty() ? "" : " ", p.x, p.y);
  return out;
}

std::string svg(const Line& line) {
  return fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:g}\" "
      "stroke-linejoin=\"round\"{}/>\n",
      svg_points(line.points), hex(line.colour), line.width, line.dashed ? " stroke-dasharray=\"6 4\"" : "");
}

std::string svg(const Polygon& shape) {
  return fmt::format("<polygon points=\"{}\" fill=\"{}\" stroke=\"{}\"/>\n", svg_points(shape.points), hex(shape.fill),
                     hex(shape.edge));
}

std::string svg(const Label& label) {
  const char* anchor = label.align == Label::Align::Left     ? "start"
                       : label.align == Label::Align::Middle ? "middle"
                                                             : "end";
  return fmt::format(
      "<text x=\"{0:.1f}\" y=\"{1:.1f}\" font-size=\"{2:g}\" fill=\"{3}\" text-anchor=\"{4}\"{5}{6}>{7}</text>\n",
      label.at.x, label.at.y, label.size, hex(label.colour), anchor, label.bold ? " font-weight=\"bold\"" : "",
      label.upwards ? fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", label.at.x, label.at.y) : "",
      escaped(label.text, Format::Xml));
}

struct Free {
  void operator()(cairo_surface_t* p) const { cairo_surface_destroy(p); }
  void operator()(cairo_t* p) const { cairo_destroy(p); }
};

void use(cairo_t* to, Rgb colour) { cairo_set_source_rgb(to, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0); }

void path(cairo_t* to, const std::vector<Point>& points) {
  cairo_new_path(to);
  for (const Point& p : points) cairo_line_to(to, p.x, p.y);
}

void paint(cairo_t* to, const Line& line) {
  constexpr double dashes[] = {6, 4};
  use(to, line.colour);
  cairo_set_line_width(to, line.width);
  cairo_set_dash(to, dashes, line.dashed ? 2 : 0, 0);
  path(to, line.points);
  cairo_stroke(to);
  cairo_set_dash(to, dashes, 0, 0);
}

void paint(cairo_t* to, const Polygon& shape) {
  path(to, shape.points);
  cairo_close_path(to);
  use(to, shape.fill);
  cairo_fill_preserve(to);
  use(to, shape.edge);
  cairo_set_line_width(to, 1);
  cairo_stroke(to);
}

void paint(cairo_t* to, const Label& label) {
  cairo_select_font_face(to, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         label.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(to, label.size);
  cairo_text_extents_t extents{};
  cairo_text_extents(to, label.text.c_str(), &extents);
  const double share = label.align == Label::Align::Left ? 0 : label.align == Label::Align::Middle ? 0.5 : 1;
  cairo_save(to);
  cairo_translate(to, label.at.x, label.at.y);
  if (label.upwards) cairo_rotate(to, -std::numbers::pi / 2);
  use(to, label.colour);
  cairo_move_to(to, -extents.x_advance * share, 0);
  cairo_show_text(to, label.text.c_str());
  cairo_restore(to);
}

}  // namespace

std::string to_svg(const Drawing& drawing) {
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"{2}\"/>\n",
      drawing.width, drawing.height, hex(drawing.background));
  for (const auto& mark : drawing.marks) out += std::visit([](const auto& m) { return svg(m); }, mark);
  return out + "</svg>\n";
}

std::string to_png(const Drawing& drawing, int scale) {
  const std::unique_ptr<cairo_surface_t, Free> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, drawing.width * scale, drawing.height * scale));
  const std::unique_ptr<cairo_t, Free> cairo(cairo_create(surface.get()));
  cairo_scale(cairo.get(), scale, scale);
  cairo_set_line_join(cairo.get(), CAIRO_LINE_JOIN_ROUND);
  use(cairo.get(), drawing.background);
  cairo_paint(cairo.get());
  for (const auto& mark : drawing.marks) std::visit([&](const auto& m) { paint(cairo.get(), m); }, mark);
  std::string bytes;
  const auto write = [](void* to, const unsigned char* data, unsigned int length) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  if (cairo_status(cairo.get()) != CAIRO_STATUS_SUCCESS ||
      cairo_surface_write_to_png_stream(surface.get(), write, &bytes) != CAIRO_STATUS_SUCCESS)
    fail(ErrorKind::Memory, "a picture of {} x {} could not be made: {}", drawing.width * scale, drawing.height * scale,
         cairo_status_to_string(cairo_status(cairo.get())));
  return bytes;
}

}  // namespace sparsight
