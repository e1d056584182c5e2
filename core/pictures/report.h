// A page that shows what became of the tokens: one HTML file that needs no network and no library.
#pragma once

#include "core/engine.h"
#include "core/media/video.h"
#include "core/pictures/heatmap.h"

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sparsight {

// One question about one clip. Borrows.
struct ReportInput {
  const Clip& clip;
  std::span<const GridWindow> windows;  // per sampled frame
  const Trace& trace;
  const Answer& answer;
  std::string question;
  std::string model;
  ColourMap colours = ColourMap::Inferno;
  // Files beside the page that it links to: name and description.
  std::vector<std::pair<std::string, std::string>> files{};
};

// The page. Frames are embedded as JPEG of at most 960 pixels a side. Texts are data, never markup: questions, answers
// and file names are shown as they are; bytes that are not UTF-8 become U+FFFD. All numbers are the trace's.
// Error{Model}: the trace's layout is invalid or does not fit the clip; Error{Memory}.
[[nodiscard]] std::string make_report(const ReportInput& input);

}  // namespace sparsight
