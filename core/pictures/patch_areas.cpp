#include "core/pictures/patch_areas.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sparsight {
namespace {

// For each of `cells` along an axis of `pixels` the first pixel whose centre is in it or beyond, and after them the
// first one beyond all.
std::vector<int> first_pixels(int pixels, double begin, double length, std::size_t cells) {
  const double side = length / static_cast<double>(cells);
  std::vector<int> out(cells + 1, pixels);
  std::size_t next = 0;
  for (int x = 0; x < pixels && next <= cells; ++x) {
    const double cell = std::floor((x + 0.5 - begin) / side);
    while (next <= cells && cell >= static_cast<double>(next)) out[next++] = x;
  }
  return out;
}

std::optional<std::size_t> cell_at(double at, double begin, double length, std::size_t cells) {
  const double cell = std::floor((at - begin) / (length / static_cast<double>(cells)));
  if (!(cell >= 0 && cell < static_cast<double>(cells))) return std::nullopt;
  return static_cast<std::size_t>(cell);
}

}  // namespace

GridWindow window_of(const GridWindow& frame, const VisualBlock& block) {
  const FramePart& part = block.part;
  return {frame.left + part.left * frame.width, frame.top + part.top * frame.height, part.width * frame.width,
          part.height * frame.height};
}

PatchAreas::PatchAreas(const VisualLayout& layout, std::size_t of, FrameView view, const GridWindow& window, int width,
                       int height)
    : width_(width), height_(height) {
  for (const std::size_t block : layout.shown(of, view)) {
    const VisualBlock& b = layout.blocks()[block];
    if (b.rows == 0 || b.columns == 0) continue;
    const GridWindow part = window_of(window, b);
    const Grid& grid = grids_.emplace_back(Grid{part, layout.token(block, 0, 0), b.a_row(),
                                                first_pixels(width, part.left, part.width, b.columns),
                                                first_pixels(height, part.top, part.height, b.rows)});
    for (std::size_t row = 0; row < b.rows; ++row)
      for (std::size_t column = 0; column < b.columns; ++column)
        tokens_.push_back(grid.first + row * grid.step + column);
  }
}

PatchAreas::Cell PatchAreas::cell_of(std::size_t token) const {
  for (const Grid& grid : grids_) {
    if (token < grid.first) continue;
    const std::size_t row = (token - grid.first) / grid.step, column = (token - grid.first) % grid.step;
    if (row + 1 < grid.rows.size() && column + 1 < grid.columns.size()) return {&grid, row, column};
  }
  return {};
}

std::optional<GridWindow> PatchAreas::area(std::size_t token) const {
  const auto [grid, row, column] = cell_of(token);
  if (grid == nullptr) return std::nullopt;
  const double width = grid->window.width / static_cast<double>(grid->columns.size() - 1),
               height = grid->window.height / static_cast<double>(grid->rows.size() - 1);
  return GridWindow{grid->window.left + static_cast<double>(column) * width,
                    grid->window.top + static_cast<double>(row) * height, width, height};
}

PixelBox PatchAreas::pixels(std::size_t token) const {
  const auto [grid, row, column] = cell_of(token);
  if (grid == nullptr) return {};
  return {grid->columns[column], grid->rows[row], grid->columns[column + 1], grid->rows[row + 1]};
}

std::optional<std::size_t> PatchAreas::at(double x, double y) const {
  if (!(x >= 0 && x < width_ && y >= 0 && y < height_)) return std::nullopt;
  for (auto grid = grids_.rbegin(); grid != grids_.rend(); ++grid) {
    const GridWindow& w = grid->window;
    const auto column = cell_at(x, w.left, w.width, grid->columns.size() - 1);
    const auto row = cell_at(y, w.top, w.height, grid->rows.size() - 1);
    if (row && column) return grid->first + *row * grid->step + *column;
  }
  return std::nullopt;
}

void PatchAreas::row(int y, std::span<std::int32_t> tokens) const {
  std::ranges::fill(tokens, kNoToken);
  for (const Grid& grid : grids_) {
    const auto below = std::ranges::upper_bound(grid.rows, y);
    if (below == grid.rows.begin() || below == grid.rows.end()) continue;
    const auto row = static_cast<std::size_t>(below - grid.rows.begin()) - 1;
    auto token = static_cast<std::int32_t>(grid.first + row * grid.step);
    for (std::size_t c = 0; c + 1 < grid.columns.size(); ++c, ++token)
      std::fill(tokens.begin() + grid.columns[c], tokens.begin() + grid.columns[c + 1], token);
  }
}

std::vector<PixelBox> PatchAreas::covered() const {
  std::vector<PixelBox> out;
  for (const Grid& grid : grids_) {
    const PixelBox box{grid.columns.front(), grid.rows.front(), grid.columns.back(), grid.rows.back()};
    if (!box.empty()) out.push_back(box);
  }
  return out;
}

bool PatchAreas::all_seen() const {
  std::vector<PixelBox> boxes = covered();
  std::ranges::sort(boxes, {}, &PixelBox::left);
  std::vector<int> edges{0};  // between them, all rows of pixels are covered alike
  for (const PixelBox& box : boxes)
    for (const int y : {box.top, box.bottom})
      if (y < height_) edges.push_back(y);
  for (const int y : edges) {
    int to = 0;
    for (const PixelBox& box : boxes)
      if (box.top <= y && y < box.bottom && box.left <= to) to = std::max(to, box.right);
    if (to < width_) return false;
  }
  return true;
}

double PatchAreas::narrowest() const {
  double least = std::numeric_limits<double>::infinity();
  for (const Grid& grid : grids_)
    least = std::min(least, grid.window.width / static_cast<double>(grid.columns.size() - 1));
  return least;
}

}  // namespace sparsight
