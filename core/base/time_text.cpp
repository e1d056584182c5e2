#include "core/base/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sparsight {
namespace {

constexpr double kHour = 3600;
constexpr double kMost = 1e12;  // seconds, 30,000 years

std::string with_hours(std::int64_t seconds) {
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

double bounded(double seconds) { return std::isnan(seconds) ? 0 : std::clamp(seconds, -kMost, kMost); }

}  // namespace

std::string time_text(double seconds, int decimals) {
  seconds = bounded(seconds);
  const double unit = std::pow(10.0, decimals);
  const double rounded = std::round(seconds * unit) / unit;
  if (rounded < kHour) return fmt::format("{:.{}f} s", seconds, decimals);
  std::string text = with_hours(static_cast<std::int64_t>(rounded));
  std::string rest = fmt::format("{:.{}f}", rounded - std::floor(rounded), decimals);
  rest.erase(rest.find_last_not_of('0') + 1);
  return rest.size() > 2 ? text + rest.substr(1) : text;
}

std::string clock_text(double seconds) {
  const double tenths = std::floor(std::max(0.0, bounded(seconds)) * 10 + 1e-6);
  const auto whole = static_cast<std::int64_t>(tenths / 10);
  if (static_cast<double>(whole) >= kHour) return with_hours(whole);
  return fmt::format("{}:{:02}.{}", whole / 60, whole % 60, static_cast<std::int64_t>(tenths) % 10);
}

}  // namespace sparsight
