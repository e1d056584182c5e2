// Colours for pictures of tokens: perceptually uniform maps for scores, colour-blind-safe ones for kinds. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sparsight {

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

[[nodiscard]] std::string hex(Rgb colour);            // "#rrggbb"
[[nodiscard]] constexpr Rgb rgb(std::uint32_t hex) {  // 0xRRGGBB
  const auto byte = [hex](unsigned shift) { return static_cast<std::uint8_t>(hex >> shift & 0xFF); };
  return {byte(16), byte(8), byte(0)};
}

// Matplotlib's maps as polynomials fitted by Matt Zucker (public domain, CC0), within six levels of 255.
enum class ColourMap { Viridis, Inferno };
[[nodiscard]] std::optional<ColourMap> colour_map(std::string_view name);  // "viridis", "inferno"
// Below 0 counts as 0, above 1 as 1, NaN as 0.
[[nodiscard]] Rgb colour_of(ColourMap map, double at);

// The palette of Okabe and Ito ("Color Universal Design", 2008), which people with red-green colour blindness (eight in
// a hundred men) can tell apart.
namespace palette {
constexpr Rgb kBlack{}, kOrange = rgb(0xE69F00), kSkyBlue = rgb(0x56B4E9), kGreen = rgb(0x009E73),
                        kYellow = rgb(0xF0E442), kBlue = rgb(0x0072B2), kVermilion = rgb(0xD55E00),
                        kPurple = rgb(0xCC79A7);
}  // namespace palette

// All but black; more kinds than that repeat the colours.
constexpr std::size_t kKindColours = 7;
[[nodiscard]] Rgb kind_colour(std::size_t kind);

// Colours of pictures and pages that show frames.
namespace page {
constexpr Rgb kGround = rgb(0x12151B), kPanel = rgb(0x1C2028), kText = rgb(0xE8EAED), kQuiet = rgb(0x9AA3B2),
              kRule = rgb(0x3A414E), kRim = rgb(0x767676);
// Squares that a frame shows through: two greys, and both from afar.
constexpr Rgb kDarkCheck = rgb(0x808690), kLightCheck = rgb(0xB8BEC8), kChecks = rgb(0x989EA8);
}  // namespace page

// Colours of plots.
namespace paper {
constexpr Rgb kWhite = rgb(0xFFFFFF), kInk = rgb(0x222222), kSoft = rgb(0x666666), kGrid = rgb(0xE2E2E2),
              kFloor = rgb(0x777777);
}  // namespace paper

}  // namespace sparsight
