// Heatmaps with title, legend and CLS tokens: single pictures, the contact sheet, the strip at the bottom of a film.
// Pure functions; any thread. Error{Memory}.
#pragma once

#include "core/media/video.h"
#include "core/pictures/heatmap.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

// A sampled frame to show. Borrows the image.
struct SheetFrame {
  const RgbImage* image = nullptr;
  GridWindow window;    // on the image
  std::string caption;  // "frame 23, 1.917 s"
};

// The frames of a clip, with `windows` (per frame) as where their tokens lie. Borrows the clip.
[[nodiscard]] std::vector<SheetFrame> sheet_frames(const Clip& clip, std::span<const GridWindow> windows);
// One after each step; one before pruning if there is no step.
[[nodiscard]] std::vector<Heatmap> step_heatmaps(const Trace& trace, HeatmapMode mode, ColourMap colours);

// `frame` of the heatmap, scaled to about 900 pixels at most a side: title above, legend and CLS token below.
[[nodiscard]] RgbImage frame_picture(const Trace& trace, const Heatmap& heatmap, const SheetFrame& shown,
                                     std::size_t frame, const PaintOptions& options = {});

// The same without title and legend as SVG: the frame, a path over what was not seen, and a rectangle for each token,
// so that everything can be edited.
[[nodiscard]] std::string frame_svg(const Heatmap& heatmap, const SheetFrame& shown, std::size_t frame,
                                    const PaintOptions& options = {});

// All frames (columns) before pruning and in each heatmap (rows, with a legend). A bar joins frames that share their
// tokens. With more than kSheetFrames frames it
// shows the first ones and says so.
constexpr std::size_t kSheetFrames = 128;
[[nodiscard]] RgbImage contact_sheet(const Trace& trace, std::span<const Heatmap> heatmaps,
                                     std::span<const SheetFrame> frames, const PaintOptions& options = {});

// A legend of the fates in `frame`, with counts: `width` pixels wide, or nullopt if it does not fit.
[[nodiscard]] std::optional<RgbImage> fate_strip(const Trace& trace, const Heatmap& heatmap, const SheetFrame& shown,
                                                 std::size_t frame, int width, const PaintOptions& options = {});

}  // namespace sparsight
