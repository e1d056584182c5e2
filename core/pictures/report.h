// A page to look through what became of the tokens: one HTML file that needs nothing else, neither network nor library.
#pragma once

#include "core/engine.h"
#include "core/pictures/heatmap.h"
#include "core/media/video.h"

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sparsight {

// Borrows; of one question about one clip.
struct ReportInput {
  const Clip& clip;
  std::span<const GridWindow> windows;  // by sampled frame
  const Trace& trace;
  const Answer& answer;
  std::string question;
  std::string model;
  ColourMap colours = ColourMap::Inferno;
  // Files beside the page that it links to: name and what it is.
  std::vector<std::pair<std::string, std::string>> files{};
};

// The page. Frames are embedded as JPEG of at most 960 pixels a side. Texts are data, never markup: whatever a
// question, an answer or a file name holds, it is shown as it is; what is no UTF-8 becomes U+FFFD. All numbers are the
// trace's. Error{Model}: a trace whose layout does not fit, or does not fit the clip; Error{Memory}.
[[nodiscard]] std::string make_report(const ReportInput& input);

}  // namespace sparsight
