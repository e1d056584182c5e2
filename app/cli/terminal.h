// What the user of a terminal sees while the program works.
#pragma once

#include "core/base/progress.h"
#include "kernels/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace sparsight::cli {

// A line on stderr that shows the running stage, cut to the terminal's width. Draws nothing unless stderr is a terminal
// that can clear a line (TERM). One thread.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void show(const std::string& text);  // instead of the stage
  void clear();
  [[nodiscard]] OnProgress callback() {
    return [this](const Progress& progress) { show(progress); };
  }

 private:
  void draw(std::string_view text);

  bool terminal_;
  bool drawn_ = false;
};

void print_warnings(const std::vector<std::string>& warnings);  // to stderr, one per line
// Standard output cannot be written any more, so the command cannot go on.
struct OutputLost : Error {
  using Error::Error;
};
void print_now(std::string_view text);  // to stdout, flushed. OutputLost, a File error: disk full, stdout closed
// Text from a model or a file without control characters: all of it with newlines and tabs, or as one line.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] std::string printable_line(std::string_view text);

[[nodiscard]] std::string human_bytes(std::size_t bytes);  // "9.5 MB"

}  // namespace sparsight::cli
