#include "app/cli/how_long.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace sparsight::cli {
namespace {

// Two digits: the rest of an estimate is noise.
double two_digits(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-9))) - 1);
  return std::round(value / unit) * unit;
}

std::string seconds_text(double seconds) {
  if (seconds < 1) return "less than a second";
  if (seconds < 99.5) return fmt::format("about {:.0f} s", seconds);
  return fmt::format("about {:.0f} min", std::max(2.0, seconds / 60));
}

}  // namespace

std::string time_text(const QuestionTime& time) {
  const double rate = two_digits(time.tokens_per_second());
  return fmt::format("a question{}: {} to the first word, then about {} tokens a second",
                     time.media == MediaKind::None    ? std::string()
                     : time.media == MediaKind::Image ? std::string(" about a picture")
                     : time.frames == 1               ? std::string(" about 1 frame")
                                                      : fmt::format(" about {} frames", time.frames),
                     seconds_text(time.first_word_s()),
                     rate < 10 ? fmt::format("{:.1f}", rate) : fmt::format("{:.0f}", rate));
}

nlohmann::ordered_json time_json(const QuestionTime& time) {
  return {{"frames", time.media == MediaKind::Video ? time.frames : 0},
          {"first_word_s", two_digits(time.first_word_s())},
          {"tokens_per_second", two_digits(time.tokens_per_second())}};
}

}  // namespace sparsight::cli
