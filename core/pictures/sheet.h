// Heatmaps with title, legend and CLS tokens: single pictures, the contact sheet, the strip under a film. Pure
// functions; any thread. Error{Memory}.
#pragma once

#include "core/pictures/heatmap.h"
#include "core/media/video.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

// A sampled frame as pictures show it. Borrows the image.
struct SheetFrame {
  const RgbImage* image = nullptr;
  GridWindow window;    // on the image
  std::string caption;  // "frame 23, 1.917 s"
};

// The frames of a clip, whose tokens lie where `windows` (by frame) say. Borrows the clip.
[[nodiscard]] std::vector<SheetFrame> sheet_frames(const Clip& clip, std::span<const GridWindow> windows);
// After each step; as it entered where there is none.
[[nodiscard]] std::vector<Heatmap> step_heatmaps(const Trace& trace, HeatmapMode mode, ColourMap colours);

// `frame` of the heatmap, about 900 pixels wide or as large as it is: title above, legend and CLS token below.
[[nodiscard]] RgbImage frame_picture(const Trace& trace, const Heatmap& heatmap, const SheetFrame& shown,
                                     std::size_t frame, const PaintOptions& options = {});

// The same without title and legend as SVG: the frame as it is, and a rectangle a token, so that all of it can be
// edited.
[[nodiscard]] std::string frame_svg(const Heatmap& heatmap, const SheetFrame& shown, std::size_t frame,
                                    const PaintOptions& options = {});

// All frames (columns) as they entered and in each heatmap (rows, with its legend). Of more than kSheetFrames frames
// the first ones, and it says so.
constexpr std::size_t kSheetFrames = 128;
[[nodiscard]] RgbImage contact_sheet(const Trace& trace, std::span<const Heatmap> heatmaps,
                                     std::span<const SheetFrame> frames, const PaintOptions& options = {});

// What the colours of a fate map mean, with counts, for `frame`: `width` pixels wide, or nullopt where it does not fit.
[[nodiscard]] std::optional<RgbImage> fate_strip(const Trace& trace, const Heatmap& heatmap, std::size_t frame,
                                                 int width);

}  // namespace sparsight
