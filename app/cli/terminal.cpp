#include "app/cli/terminal.h"

#include "core/base/os/os.h"
#include "core/base/text.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

namespace sparsight::cli {
namespace {

std::string_view title(Stage stage) {
  switch (stage) {
    case Stage::Load: return "loading the model";
    case Stage::Read: return "reading the model";
    case Stage::Open: return "opening the video";
    case Stage::Frames: return "reading frames";
    case Stage::Preprocess: return "preparing frames";
    case Stage::Vision: return "looking";
    case Stage::Prefill: return "reading the question";
    case Stage::Generate: return "answering";
    case Stage::Pictures: return "painting";
    case Stage::Film: return "writing the video";
    case Stage::Quantise: return "quantising";
    case Stage::Fetch: return "downloading";
    case Stage::Verify: return "verifying";
  }
  return "";
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(os::clears_lines(os::Stream::Error)) {}

void ProgressLine::show(const Progress& progress) {
  if (!terminal_ || progress.stage == Stage::Generate) return;
  constexpr std::size_t kWidth = 24;
  if (progress.total == 0) return draw(title(progress.stage));
  const std::size_t done = progress.done < progress.total ? progress.done : progress.total;
  const std::size_t filled = kWidth * done / progress.total;
  const auto amount = [&](std::size_t n) { return progress.stage == Stage::Read ? human_bytes(n) : std::to_string(n); };
  draw(fmt::format("{:<20} [{:#<{}}{:.<{}}] {}/{}", title(progress.stage), "", filled, "", kWidth - filled,
                   amount(done), amount(progress.total)));
}

void ProgressLine::show(const std::string& text) {
  if (terminal_) draw(printable_line(text));
}

// A line that is too wide would continue on the next one, which nothing clears.
void ProgressLine::draw(std::string_view text) {
  const std::size_t width = os::columns_of(os::Stream::Error).value_or(80);
  fmt::print(stderr, "\r\x1b[K{}", text.substr(0, whole_characters(text, width - 1)));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) fmt::print(stderr, "warning: {}\n", printable_line(warning));
}

void print_now(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw OutputLost(ErrorKind::File,
                     fmt::format("standard output: cannot be written: {}", std::generic_category().message(errno)));
}

std::string printable(std::string_view text) { return plain_text(text, "", Lines::Keep); }
std::string printable_line(std::string_view text) { return plain_text(text, ""); }

std::string human_bytes(std::size_t bytes) {
  const auto b = static_cast<double>(bytes);
  if (b >= 1e9) return fmt::format("{:.1f} GB", b / 1e9);
  if (b >= 1e6) return fmt::format("{:.1f} MB", b / 1e6);
  return fmt::format("{:.1f} kB", b / 1e3);
}

}  // namespace sparsight::cli
