#include "core/pictures/film.h"

#include "core/media/resize.h"
#include "core/media/video_frames.h"
#include "core/media/video_writer.h"
#include "core/pictures/sheet.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sparsight {
namespace {

// Blends the strip over the frame's bottom.
void blend_strip(RgbImage& image, const RgbImage& strip) {
  constexpr int kCover = 218;  // of 256
  std::uint8_t* to = image.pixels.data() + image.pixels.size() - strip.pixels.size();
  for (const std::uint8_t over : strip.pixels) {
    *to = static_cast<std::uint8_t>((*to * (256 - kCover) + over * kCover) >> 8);
    ++to;
  }
}

}  // namespace

std::size_t nearest_frame(std::span<const Frame> frames, double time_s) {
  SPARSIGHT_CHECK(!frames.empty());
  const auto distance = [time_s](const Frame& frame) { return std::abs(frame.time_s - time_s); };
  return static_cast<std::size_t>(std::ranges::min_element(frames, {}, distance) - frames.begin());
}

FilmResult write_film(const Clip& clip, std::span<const GridWindow> windows, const Trace& trace, const Heatmap& heatmap,
                      const std::filesystem::path& out, const PaintOptions& options, const Control& control) {
  SPARSIGHT_CHECK(!clip.is_image && windows.size() == clip.frames.size());
  if (heatmap.layout.frames() != clip.frames.size())
    fail(ErrorKind::Usage, "{}: expected a trace of {} frames, found {}", clip.path.string(), clip.frames.size(),
         heatmap.layout.frames());
  constexpr int kLowest = 160;  // a strip would cover too much of a lower frame
  std::vector<std::optional<RgbImage>> strips(clip.frames.size());
  if (clip.height >= kLowest)
    for (std::size_t f = 0; f < strips.size(); ++f)
      strips[f] = fate_strip(trace, heatmap, {clip.frames[f].image.get(), windows[f], {}}, f, clip.width, options);

  const double interval = clip.duration_s / static_cast<double>(std::max<std::int64_t>(clip.total_frames, 1));
  VideoWriter writer(out, clip.width, clip.height, interval);
  FilmResult result{.codec = writer.codec(), .warning = writer.warning()};
  const auto total = static_cast<std::size_t>(clip.total_frames);
  const auto add = [&](const Frame& frame) {
    control.report(Stage::Film, std::min(static_cast<std::size_t>(result.frames), total), total);
    const std::size_t nearest = nearest_frame(clip.frames, frame.time_s);
    RgbImage image = *frame.image;
    if (image.width != clip.width || image.height != clip.height)
      image = resize(image, clip.width, clip.height, ResizeFilter::Bicubic);
    const RgbImage& sampled = *clip.frames[nearest].image;
    const GridWindow window = windows[nearest].scaled(static_cast<double>(clip.width) / sampled.width,
                                                      static_cast<double>(clip.height) / sampled.height);
    paint_heatmap(image, window, heatmap, nearest, options);
    if (strips[nearest]) blend_strip(image, *strips[nearest]);
    writer.add(image, frame.time_s);
    ++result.frames;
    return true;
  };
  const double end = for_each_frame(clip.path, clip.tone_map, add, control.stop);
  writer.finish(end);
  control.report(Stage::Film, total, total);
  return result;
}

}  // namespace sparsight
