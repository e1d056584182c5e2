// Subtitles that are pictures, as Blu-ray (PGS), DVD and DVB have them: a decoder's bitmap -> a small packed picture,
// and back. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

// As a decoder gives it, borrowed. Nothing in it is trusted but that `indices` has height x stride bytes and `palette`
// has `colours` entries, if these are positive.
struct SubtitleBitmap {
  int x = 0, y = 0, width = 0, height = 0;  // on the canvas, and perhaps beyond it
  int stride = 0, colours = 0;
  const std::uint8_t* indices = nullptr;   // height x stride; one that the palette lacks is transparent
  const std::uint32_t* palette = nullptr;  // 0xAARRGGBB, not premultiplied
};

// A picture on a canvas, which lies over the whole picture of the video.
struct SubtitlePicture {
  int x = 0, y = 0, width = 0, height = 0;  // within the canvas, not empty
  int canvas_width = 0, canvas_height = 0;
  std::shared_ptr<const std::vector<std::uint8_t>> packed;  // never null
  friend bool operator==(const SubtitlePicture&, const SubtitlePicture&) = default;
};

constexpr int kMostCanvas = 8192;                                  // pixels along a side
constexpr std::size_t kMostSubtitlePixels = std::size_t{1} << 24;  // of one picture

// What lies on the canvas; nullopt if nothing does, all of it is transparent, or the bitmap is no bitmap.
// Error{Memory}.
[[nodiscard]] std::optional<SubtitlePicture> pack_picture(const SubtitleBitmap& bitmap, int canvas_width,
                                                          int canvas_height);
// height x width x 4: RGBA, premultiplied. Error{Memory}.
[[nodiscard]] std::vector<std::uint8_t> unpack_picture(const SubtitlePicture& picture);

}  // namespace sparsight
