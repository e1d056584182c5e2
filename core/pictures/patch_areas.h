// Which token each point of a frame's picture shows, and where on it each token's area is. Painting, pointing and
// exporting ask here alone, so that they agree to the pixel. Pure data; any thread.
#pragma once

#include "core/model/preprocess.h"
#include "core/model/visual_layout.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// The pixels [left, right) x [top, bottom).
struct PixelBox {
  int left = 0, top = 0, right = 0, bottom = 0;

  [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
  friend bool operator==(const PixelBox&, const PixelBox&) = default;
};

// The part of a frame's window `frame` that a block covers.
[[nodiscard]] GridWindow window_of(const GridWindow& frame, const VisualBlock& block);

class PatchAreas {
 public:
  static constexpr std::int32_t kNoToken = -1;

  // For frame `of` of `layout`, on a picture of `width` x `height` pixels on which its grid lies at `window`.
  PatchAreas(const VisualLayout& layout, std::size_t of, FrameView view, const GridWindow& window, int width,
             int height);

  // All patches that the view shows of the frame, block by block, row by row.
  [[nodiscard]] const std::vector<std::size_t>& tokens() const { return tokens_; }
  // The whole area of a patch, which may extend beyond the picture, over padding; nullopt: the view does not show it.
  [[nodiscard]] std::optional<GridWindow> area(std::size_t token) const;
  // The pixels whose centres are in the area; empty if there is none.
  [[nodiscard]] PixelBox pixels(std::size_t token) const;
  // The token at a point of the picture; where areas overlap, that of the later block.
  [[nodiscard]] std::optional<std::size_t> at(double x, double y) const;
  // The tokens of a row of pixels, by their centres; kNoToken: the model saw nothing of the pixel. `tokens` has as many
  // elements as the picture is wide.
  void row(int y, std::span<std::int32_t> tokens) const;
  // Whether every pixel has a token.
  [[nodiscard]] bool all_seen() const;
  // The parts of the picture that blocks cover, in pixels.
  [[nodiscard]] std::vector<PixelBox> covered() const;
  [[nodiscard]] double narrowest() const;  // width of the narrowest patch, in pixels; infinite if there is none

 private:
  struct Grid {
    GridWindow window;
    std::size_t first, step;         // token of the first patch; tokens from one row to the next
    std::vector<int> columns, rows;  // by cell its first pixel, and the end
  };
  struct Cell {
    const Grid* grid = nullptr;
    std::size_t row = 0, column = 0;
  };
  [[nodiscard]] Cell cell_of(std::size_t token) const;

  int width_, height_;
  std::vector<Grid> grids_;
  std::vector<std::size_t> tokens_;
};

}  // namespace sparsight
