// Compares settings side by side: a picture of what each left of the frames, and a page with all numbers. Pure
// functions, any thread. Everything comes from the answers and their traces.
#pragma once

#include "core/measure/compare.h"
#include "core/media/video.h"
#include "core/model/preprocess.h"

#include <span>
#include <string>
#include <vector>

namespace sparsight {

// Borrows. `windows` is where the grid lies on each of the clip's frames, see EncodedMedia::window.
struct ComparePageInput {
  const Clip& clip;
  std::span<const GridWindow> windows;
  std::span<const Compared> results;
  std::string question;
  std::string model;
};

// One row per setting: its name and answer, and the frames with their tokens after the last step: kept ones clear,
// recycled and dropped ones coloured. At most kCompareFrames frames, evenly chosen. Settings that could not be used
// show the reason. Error{Model, Memory}.
constexpr std::size_t kCompareFrames = 16;
[[nodiscard]] RgbImage compare_picture(const ComparePageInput& input);

// An HTML page with the table and `picture`, a file beside it. It needs no network; texts are shown as they are, never
// as markup.
[[nodiscard]] std::string compare_page(const ComparePageInput& input, const std::string& picture);

}  // namespace sparsight
