#include "core/pictures/sheet.h"

#include "core/base/base64.h"
#include "core/base/text.h"
#include "core/base/time_text.h"
#include "core/media/resize.h"
#include "core/pictures/canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

using page::kGround, page::kPanel, page::kText, page::kQuiet, page::kRule;
constexpr int kMargin = 20;
constexpr double kSwatch = 12;
using Align = TextStyle::Align;

std::string short_number(double value) {
  const double size = std::abs(value);
  return value == 0 ? "0" : size >= 1e-3 && size < 1e5 ? fmt::format("{:.3g}", value) : fmt::format("{:.1e}", value);
}

std::string pruning_name(const Trace& trace) {
  if (trace.strategy == "none") return "no pruning";
  return trace.budget.empty() ? trace.strategy : trace.strategy + ", " + trace.budget;
}

// As dark as the colour is over an average picture.
Rgb swatch(const TokenPaint& paint) {
  constexpr double kAverage = 118;
  const auto mixed = [&](std::uint8_t over) {
    return static_cast<std::uint8_t>(std::lround(kAverage + (over - kAverage) * paint.cover));
  };
  return {mixed(paint.colour.r), mixed(paint.colour.g), mixed(paint.colour.b)};
}

struct Entry {
  enum class Kind { Plain, Clear, Hatched };  // Clear: the frame shows through
  Rgb colour;
  Kind kind;
  std::string text;
};

const Entry kNotSeen{kUnseenColour, Entry::Kind::Hatched, "not seen by the model"};

std::vector<Entry> fate_entries(const Heatmap& map) {
  const auto count = [](std::size_t n, std::string_view what) { return fmt::format("{} {}", n, what); };
  const std::string recycled =
      map.merged > 0 ? fmt::format("{} recycled into {}", map.recycled, map.merged) : count(map.recycled, "recycled");
  return {{kGround, Entry::Kind::Clear, count(map.kept, "kept")},
          {kind_colour(0), Entry::Kind::Plain, recycled},
          {kGoneColour, Entry::Kind::Plain, count(map.dropped, "dropped")}};
}

double draw_entry(Canvas& canvas, double x, double y, const Entry& entry, const TextStyle& style) {
  const Box box{x, y - kSwatch + 2, kSwatch, kSwatch};
  if (entry.kind == Entry::Kind::Clear) {
    canvas.fill(box, page::kDarkCheck);
    canvas.fill({box.x, box.y, box.width / 2, box.height / 2}, page::kLightCheck);
    canvas.fill({box.x + box.width / 2, box.y + box.height / 2, box.width / 2, box.height / 2}, page::kLightCheck);
  } else {
    canvas.fill(box, entry.colour);
  }
  if (entry.kind == Entry::Kind::Hatched)
    for (int row = 0; row < static_cast<int>(kSwatch); ++row)
      for (int column = 0; column < static_cast<int>(kSwatch); ++column)
        if ((row + column) % kHatchPeriod < kHatchStripe)
          canvas.fill({box.x + column, box.y + row, 1, 1}, kHatchColour);
  canvas.outline(box, kQuiet);
  return kSwatch + 6 + canvas.text(x + kSwatch + 6, y, entry.text, style);
}

double entry_width(Canvas& canvas, const Entry& entry, const TextStyle& style) {
  return kSwatch + 6 + canvas.text_width(entry.text, style);
}

// The colour bar with five numbers, `width` wide from `x` on; its text is below `y`.
void draw_scale(Canvas& canvas, const Heatmap& map, double x, double y, double width) {
  constexpr double kBar = 12;
  const ScoreScale& scale = *map.scale;
  const auto steps = static_cast<int>(width);
  for (int i = 0; i < steps; ++i) canvas.fill({x + i, y, 1, kBar}, colour_of(map.colours, (i + 0.5) / steps));
  canvas.outline({x, y, static_cast<double>(steps), kBar}, kRule);
  const std::array<double, 5> ticks{0, 0.25, 0.5, 0.75, 1};
  for (const double tick : ticks) {
    const double at = x + tick * steps;
    canvas.fill({std::min(at, x + steps - 1), y + kBar, 1, 4}, kQuiet);
    std::string label = short_number(scale.value(tick));
    if (tick == 0 && scale.min < scale.low) label = "≤ " + label;
    if (tick == 1 && scale.max > scale.high) label = "≥ " + label;
    canvas.text(at, y + kBar + 16, label,
                {.size = 11,
                 .colour = kQuiet,
                 .align = tick == 0   ? Align::Left
                          : tick == 1 ? Align::Right
                                      : Align::Centre});
  }
}

// Height of what draw_legend draws.
constexpr int kLegend = 44;

void draw_legend(Canvas& canvas, const Heatmap& map, double x, double y, double width, bool outlines) {
  const TextStyle style{.size = 12, .colour = kText};
  if (map.scale) {
    std::string name = map.subject.empty() ? "score" : "attention";
    if (map.scale->logarithmic) name += ", logarithmic";
    const double named = canvas.text(x, y + 12, name, style) + 14;
    const Entry gone{kGoneColour, Entry::Kind::Plain, "pruned earlier"},
        outlined{kGround, Entry::Kind::Plain, "outlined: kept"};
    double right = entry_width(canvas, gone, style);
    draw_entry(canvas, x + width - right, y + 12, gone, style);
    if (outlines) {
      right += 18 + entry_width(canvas, outlined, style);
      const double at = x + width - right;
      canvas.outline({at, y + 12 - kSwatch + 2, kSwatch, kSwatch}, {255, 255, 255}, 2);
      canvas.text(at + kSwatch + 6, y + 12, outlined.text, style);
    }
    draw_scale(canvas, map, x + named, y + 2, std::max(60.0, width - named - right - 22));
    return;
  }
  double at = x;
  double line = y + 12;
  std::vector<Entry> entries = fate_entries(map);
  if (map.mode == HeatmapMode::Clusters) entries[1].text += ", a colour each";
  for (const Entry& entry : entries) {
    if (at > x && at + entry_width(canvas, entry, style) > x + width) at = x, line += 20;
    at += draw_entry(canvas, at, line, entry, style) + 18;
  }
}

std::string cls_text(const Heatmap& map, std::size_t token) {
  const TokenState& state = map.states[token];
  std::string text = fmt::format("CLS, for the whole frame: {}", to_string(state.fate));
  if (map.scale && state.score) text += fmt::format(", score {}", short_number(static_cast<double>(*state.score)));
  return text;
}

// CLS, the token of the whole frame, as a square with a rim.
void draw_cls(Canvas& canvas, const Heatmap& map, std::size_t token, double x, double y, double side) {
  canvas.fill({x, y, side, side}, page::kRim);
  const TokenPaint& paint = map.tokens[token];
  canvas.fill({x, y, side, side}, swatch(paint));
  canvas.outline({x, y, side, side}, kText);
}

RgbImage scaled(const RgbImage& image, double by) {
  const auto side = [by](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * by))); };
  if (side(image.width) == image.width && side(image.height) == image.height) return image;
  return resize(image, side(image.width), side(image.height), ResizeFilter::Bicubic);
}

// The scale that makes an image about `wide` pixels wide and at most `high`.
double factor(const RgbImage& image, double wide, double high) {
  return std::min(wide / image.width, high / image.height);
}

// Whether the view shows all of a frame.
bool all_seen(const Heatmap& map, const SheetFrame& shown, std::size_t frame, FrameView view) {
  return PatchAreas(map.layout, frame, view, shown.window, shown.image->width, shown.image->height).all_seen();
}

// "the sampled frames 3 and 4 share these tokens"; empty: the frame has its own.
std::string span_text(const FrameSpan& span) {
  if (!span.several()) return {};
  return span.first + 1 == span.last
             ? fmt::format("the sampled frames {} and {} share these tokens", span.first + 1, span.last + 1)
             : fmt::format("the sampled frames {} to {} share these tokens", span.first + 1, span.last + 1);
}

// As much of a caption, which may be a file name, as fits.
std::string shortened(Canvas& canvas, std::string text, const TextStyle& style, double width) {
  constexpr std::size_t kMost = 512;
  text.resize(whole_characters(text, kMost));
  if (canvas.text_width(text, style) <= width) return text;
  while (!text.empty() && canvas.text_width(text + "…", style) > width)
    text.resize(whole_characters(text, text.size() - 1));
  return text + "…";
}

// A bar below frame `f` at `below`, if it shares its tokens; it goes on over the gap to the next one of them.
void draw_span(Canvas& canvas, const FrameSpan& span, std::size_t f, const Box& below, double gap) {
  constexpr double kEnd = 3, kBar = 3;
  if (!span.several()) return;
  const double from = f == span.first ? kEnd : 0, to = f == span.last ? below.width - kEnd : below.width + gap;
  canvas.fill({below.x + from, below.y + 1, to - from, kBar}, kQuiet);
}

std::string step_summary(const Trace& trace, const Heatmap& map) {
  if (map.behind == 0) return fmt::format("{} visual tokens", trace.counted());
  const TraceStep& step = trace.steps[map.behind - 1];
  const TokenCounts counts = trace.counts(map.behind - 1);
  std::string text = fmt::format("{} → {} visual tokens", counts.entered, counts.left);
  if (step.rank) text += fmt::format(", rank {}", *step.rank);
  return text;
}

}  // namespace

RgbImage frame_picture(const Trace& trace, const Heatmap& heatmap, const SheetFrame& shown, std::size_t frame,
                       const PaintOptions& options) {
  constexpr double kWide = 900, kHigh = 900;
  constexpr int kHead = 62, kCls = 26, kLeast = 560;
  const double by = factor(*shown.image, kWide, kHigh);
  RgbImage image = scaled(*shown.image, by);
  paint_heatmap(image, shown.window.scaled(by), heatmap, frame, options);
  const int inner = std::max(image.width, kLeast);
  const auto cls = cls_of(heatmap.layout, frame, options.view);
  const bool cut = options.hatch_unseen && !all_seen(heatmap, shown, frame, options.view);
  const int height = kHead + image.height + 14 + kLegend + (cls || cut ? kCls : 0) + 10;
  Canvas canvas(inner + 2 * kMargin, height, kGround);
  const double right = kMargin + inner;
  const double half = heatmap.subject.empty() ? 0.6 : 0.4;
  canvas.text(kMargin, 28, shortened(canvas, shown.caption, {.size = 17, .bold = true}, inner * half),
              {.size = 17, .colour = kText, .bold = true});
  canvas.text(right, 28,
              heatmap.subject.empty() ? step_title(trace, heatmap.behind)
                                      : shortened(canvas, heatmap.subject, {.size = 17, .bold = true}, inner * 0.57),
              {.size = 17, .colour = kText, .bold = true, .align = Align::Right});
  std::string pruning = pruning_name(trace);
  if (const std::string span = span_text(span_of(heatmap.layout, frame, options.view)); !span.empty())
    pruning += " · " + span;
  canvas.text(kMargin, 49, pruning, {.size = 12.5, .colour = kQuiet});
  canvas.text(right, 49, step_summary(trace, heatmap), {.size = 12.5, .colour = kQuiet, .align = Align::Right});
  canvas.image(image, kMargin + (inner - image.width) / 2, kHead);
  double y = kHead + image.height + 14;
  draw_legend(canvas, heatmap, kMargin, y, inner, options.lines);
  y += kLegend;
  if (cls) {
    draw_cls(canvas, heatmap, *cls, kMargin, y, 16);
    canvas.text(kMargin + 24, y + 13, cls_text(heatmap, *cls), {.size = 12, .colour = kText});
  }
  const TextStyle style{.size = 12, .colour = kText};
  if (cut) draw_entry(canvas, right - entry_width(canvas, kNotSeen, style), y + 13, kNotSeen, style);
  return canvas.rgb();
}

RgbImage contact_sheet(const Trace& trace, std::span<const Heatmap> heatmaps, std::span<const SheetFrame> frames,
                       const PaintOptions& options) {
  SPARSIGHT_CHECK(!frames.empty());
  const std::size_t count = std::min(frames.size(), kSheetFrames);
  constexpr int kGap = 8, kHead = 70, kBandHead = 34, kCaption = 20, kBandGap = 22;
  const auto columns = static_cast<int>(std::min<std::size_t>(count, 8));
  const int thumb = count == 1 ? 640 : columns <= 4 ? 320 : 232;
  const double by = factor(*frames[0].image, thumb, thumb * 1.5);
  const int cell_width = std::max(1, static_cast<int>(std::lround(frames[0].image->width * by)));
  const int cell_height = std::max(1, static_cast<int>(std::lround(frames[0].image->height * by)));
  const int lines =
      static_cast<int>((count + static_cast<std::size_t>(columns) - 1) / static_cast<std::size_t>(columns));
  const int band = kBandHead + lines * (cell_height + kCaption + kGap) + kBandGap;
  const int width = 2 * kMargin + std::max(720, columns * (cell_width + kGap) - kGap);
  // A sheet of many steps shows as many as fit into a picture, always with the last one.
  const auto room = static_cast<std::size_t>(std::max(2, (Canvas::kMostSide - kHead) / (band + kLegend)));
  std::vector<const Heatmap*> shown;
  for (std::size_t i = 0; i < heatmaps.size(); ++i)
    if (i + 2 < room || i + 1 == heatmaps.size()) shown.push_back(&heatmaps[i]);
  const int height = kHead + band + static_cast<int>(shown.size()) * (band + kLegend) + 4;

  Canvas canvas(width, std::min(height, Canvas::kMostSide), kGround);
  std::string title = "What became of every visual token";
  canvas.text(kMargin, 32, title, {.size = 20, .colour = kText, .bold = true});
  std::string about =
      fmt::format("{} · {} visual tokens in {} frames", pruning_name(trace), trace.counted(), trace.layout.frames());
  if (count < frames.size()) about += fmt::format(" · the first {} of them are shown", count);
  if (shown.size() < heatmaps.size())
    about += fmt::format(" · {} of {} steps are shown", shown.size(), heatmaps.size());
  canvas.text(kMargin, 54, about, {.size = 13, .colour = kQuiet});
  bool cut = false;  // some part of a frame was not seen
  for (std::size_t f = 0; f < count && !shown.empty(); ++f)
    cut = cut || !all_seen(*shown.front(), frames[f], f, options.view);
  if (const TextStyle style{.size = 12, .colour = kText}; options.hatch_unseen && cut)
    draw_entry(canvas, width - kMargin - entry_width(canvas, kNotSeen, style), 32, kNotSeen, style);

  double top = kHead;
  const auto draw_band = [&](const Heatmap* map, const std::string& name, const std::string& detail) {
    canvas.fill({kMargin, top, static_cast<double>(width - 2 * kMargin), 1}, kRule);
    const double named = canvas.text(kMargin, top + 23, name, {.size = 14, .colour = kText, .bold = true});
    canvas.text(kMargin + named + 12, top + 23, detail, {.size = 12.5, .colour = kQuiet});
    for (std::size_t f = 0; f < count; ++f) {
      const int x = kMargin + static_cast<int>(f % static_cast<std::size_t>(columns)) * (cell_width + kGap);
      const int y = static_cast<int>(top) + kBandHead +
                    static_cast<int>(f / static_cast<std::size_t>(columns)) * (cell_height + kCaption + kGap);
      const double own = std::min(static_cast<double>(cell_width) / frames[f].image->width,
                                  static_cast<double>(cell_height) / frames[f].image->height);
      RgbImage image = scaled(*frames[f].image, own);
      if (map != nullptr) {
        PaintOptions small = options;
        small.lines = options.lines && !map->scale;
        paint_heatmap(image, frames[f].window.scaled(own), *map, f, small);
      }
      canvas.image(image, x, y);
      const double baseline = y + cell_height + 15;
      const std::string caption = shortened(canvas, frames[f].caption, {.size = 11}, cell_width - 44);
      canvas.text(x, baseline, caption, {.size = 11, .colour = kQuiet});
      const bool at_edge = (f + 1) % static_cast<std::size_t>(columns) == 0 || f + 1 == count;
      draw_span(canvas, span_of(trace.layout, f, options.view), f,
                {static_cast<double>(x), static_cast<double>(y + cell_height), static_cast<double>(cell_width), 4},
                at_edge ? 0 : kGap);
      const auto cls = map != nullptr ? cls_of(map->layout, f, options.view) : std::nullopt;
      if (cls) {
        draw_cls(canvas, *map, *cls, x + cell_width - 12, baseline - 10, 12);
        canvas.text(x + cell_width - 16, baseline, "CLS", {.size = 10, .colour = kQuiet, .align = Align::Right});
      }
    }
    top += band - kBandGap;
    if (map != nullptr) {
      draw_legend(canvas, *map, kMargin, top + 4, std::min(width - 2 * kMargin, 760), false);
      top += kLegend;
    }
    top += kBandGap;
  };
  draw_band(nullptr, "before pruning", fmt::format("{} visual tokens", trace.counted()));
  for (const Heatmap* map : shown) draw_band(map, step_title(trace, map->behind), step_summary(trace, *map));
  return canvas.rgb();
}

std::vector<SheetFrame> sheet_frames(const Clip& clip, std::span<const GridWindow> windows) {
  std::vector<SheetFrame> frames;
  for (std::size_t f = 0; f < clip.frames.size(); ++f) {
    const Frame& frame = clip.frames[f];
    frames.push_back({frame.image.get(), windows[f],
                      clip.is_image ? clip.path.filename().string()
                                    : fmt::format("frame {}, {}", frame.index, time_text(frame.time_s, 2))});
  }
  return frames;
}

std::vector<Heatmap> step_heatmaps(const Trace& trace, HeatmapMode mode, ColourMap colours) {
  std::vector<Heatmap> maps;
  const std::size_t steps = trace.steps.size();
  for (std::size_t behind = steps == 0 ? 0 : 1; behind <= steps; ++behind)
    maps.push_back(make_heatmap(trace, behind, mode, colours));
  return maps;
}

namespace {

// The picture without what blocks cover, hatched.
std::string unseen_svg(const PatchAreas& areas, const RgbImage& image, double opacity) {
  std::string path = fmt::format("M0 0H{}V{}H0Z", image.width, image.height);
  for (const PixelBox& box : areas.covered())
    path += fmt::format("M{} {}V{}H{}V{}Z", box.left, box.top, box.bottom, box.right, box.top);
  return fmt::format(
      "<pattern id=\"hatch\" width=\"{0}\" height=\"{0}\" patternUnits=\"userSpaceOnUse\">"
      "<path d=\"M0 0H{0}V{0}H0Z\" fill=\"{1}\"/><path d=\"M0 {0}L{0} 0\" stroke=\"{2}\" stroke-width=\"1.4\"/>"
      "</pattern>\n<path class=\"unseen\" fill-rule=\"evenodd\" d=\"{3}\" fill=\"url(#hatch)\" "
      "fill-opacity=\"{4:.3f}\"/>\n",
      kHatchPeriod, hex(kUnseenColour), hex(kHatchColour), path, kUnseenCover * opacity);
}

}  // namespace

std::string frame_svg(const Heatmap& heatmap, const SheetFrame& shown, std::size_t frame, const PaintOptions& options) {
  constexpr int kQuality = 92;
  const RgbImage& image = *shown.image;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n"
      "<image width=\"{0}\" height=\"{1}\" href=\"data:image/jpeg;base64,{2}\"/>\n"
      "<g shape-rendering=\"crispEdges\">\n",
      image.width, image.height, to_base64(encode_jpeg(image, kQuality)));
  const double opacity = std::clamp(options.opacity, 0.0, 1.0);
  const PatchAreas areas(heatmap.layout, frame, options.view, shown.window, image.width, image.height);
  if (options.hatch_unseen && !areas.all_seen()) svg += unseen_svg(areas, image, opacity);
  for (const std::size_t token : areas.tokens()) {
    const TokenPaint& paint = heatmap.tokens[token];
    if (paint.cover * opacity <= 0) continue;
    const GridWindow at = *areas.area(token);
    svg += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\" "
        "fill-opacity=\"{:.3f}\"/>\n",
        at.left, at.top, at.width, at.height, hex(paint.colour), paint.cover * opacity);
  }
  return svg + "</g>\n</svg>\n";
}

std::optional<RgbImage> fate_strip(const Trace& trace, const Heatmap& heatmap, const SheetFrame& shown,
                                   std::size_t frame, int width, const PaintOptions& options) {
  constexpr int kHigh = 26, kNarrowest = 120;
  if (width < kNarrowest || width > Canvas::kMostSide) return std::nullopt;
  const TextStyle style{.size = 12, .colour = kText};
  Canvas canvas(width, kHigh, kPanel);
  std::vector<Entry> entries = fate_entries(heatmap);
  if (options.hatch_unseen && !all_seen(heatmap, shown, frame, options.view)) entries.push_back(kNotSeen);
  if (const auto cls = cls_of(heatmap.layout, frame, options.view))
    entries.push_back({swatch(heatmap.tokens[*cls]),
                       heatmap.states[*cls].fate == Fate::Kept ? Entry::Kind::Clear : Entry::Kind::Plain,
                       fmt::format("CLS {}", to_string(heatmap.states[*cls].fate))});
  double x = 10;
  const double y = 17;
  for (const Entry& entry : entries) {
    const double wide = entry_width(canvas, entry, style);
    if (x + wide > width - 8) return x > 10 ? std::optional(canvas.rgb()) : std::nullopt;
    draw_entry(canvas, x, y, entry, style);
    x += wide + 16;
  }
  const std::string name = pruning_name(trace);
  if (x + canvas.text_width(name, style) + 10 < width)
    canvas.text(width - 10, y, name, {.size = 12, .colour = kQuiet, .align = Align::Right});
  return canvas.rgb();
}

}  // namespace sparsight
