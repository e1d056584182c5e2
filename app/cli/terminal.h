// What a person at a terminal sees while the program works.
#pragma once

#include "core/base/progress.h"
#include "kernels/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace sparsight::cli {

// A line on stderr that shows the running stage, cut to the terminal's width; draws nothing unless stderr is a terminal
// that knows how to clear a line (TERM). One thread.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void show(const std::string& text);  // in place of the stage
  void clear();
  [[nodiscard]] OnProgress callback() {
    return [this](const Progress& progress) { show(progress); };
  }

 private:
  void draw(std::string_view text);

  bool terminal_;
  bool drawn_ = false;
};

void print_warnings(const std::vector<std::string>& warnings);  // to stderr, a line each
// Standard output takes nothing more, so that no command can go on.
struct OutputLost : Error {
  using Error::Error;
};
void print_now(std::string_view text);  // to stdout, flushed. OutputLost (a File error): a full disk, a closed stdout
// Text from a model or a file as plain_text(): in full, newlines and tabs included, or in one line.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] std::string printable_line(std::string_view text);

[[nodiscard]] std::string human_bytes(std::size_t bytes);  // "9.5 MB"

}  // namespace sparsight::cli
