// Colours for pictures of tokens: perceptually uniform maps for scores, colour-blind-safe ones for kinds. All of them
// may be called from any thread.
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

[[nodiscard]] std::string hex(Rgb colour);  // "#rrggbb"

// Matplotlib's maps, as the polynomials that Matt Zucker fitted to them (public domain, CC0); within six levels of 255.
enum class ColourMap { Viridis, Inferno };
[[nodiscard]] std::optional<ColourMap> colour_map(std::string_view name);  // "viridis", "inferno"
// `at` below 0 is 0, above 1 is 1; not a number is 0.
[[nodiscard]] Rgb colour_of(ColourMap map, double at);

// The palette of Okabe and Ito ("Color Universal Design", 2008) without its black, over and over: eight colour-blind
// readers in a hundred men can tell them apart.
constexpr std::size_t kKindColours = 7;
[[nodiscard]] Rgb kind_colour(std::size_t kind);

}  // namespace sparsight
