#include "core/pictures/colour_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {
namespace {

using Triple = std::array<double, 3>;

// Coefficients of 1, t, t^2, ... for red, green and blue.
using Polynomial = std::array<Triple, 7>;

constexpr Polynomial kViridis{{{0.2777273272234177, 0.005407344544966578, 0.3340998053353061},
                               {0.1050930431085774, 1.404613529898575, 1.384590162594685},
                               {-0.3308618287255563, 0.214847559468213, 0.09509516302823659},
                               {-4.634230498983486, -5.799100973351585, -19.33244095627987},
                               {6.228269936347081, 14.17993336680509, 56.69055260068105},
                               {4.776384997670288, -13.74514537774601, -65.35303263337234},
                               {-5.435455855934631, 4.645852612178535, 26.3124352495832}}};

constexpr Polynomial kInferno{{{0.0002189403691192265, 0.001651004631001012, -0.01948089843709184},
                               {0.1065134194856116, 0.5639564367884091, 3.932712388889277},
                               {11.60249308247187, -3.972853965665698, -15.9423941062914},
                               {-41.70399613139459, 17.43639888205313, 44.35414519872813},
                               {77.162935699427, -33.40235894210092, -81.80730925738993},
                               {-71.31942824499214, 32.62606426397723, 73.20951985803202},
                               {25.13112622477341, -12.24266895238567, -23.07032500287172}}};

constexpr std::array<Rgb, kKindColours> kKinds{palette::kOrange, palette::kSkyBlue,   palette::kGreen, palette::kYellow,
                                               palette::kPurple, palette::kVermilion, palette::kBlue};

}  // namespace

std::string hex(Rgb colour) { return fmt::format("#{:02x}{:02x}{:02x}", colour.r, colour.g, colour.b); }

std::optional<ColourMap> colour_map(std::string_view name) {
  if (name == "viridis") return ColourMap::Viridis;
  if (name == "inferno") return ColourMap::Inferno;
  return std::nullopt;
}

Rgb colour_of(ColourMap map, double at) {
  const double t = at > 0 ? std::min(at, 1.0) : 0.0;  // NaN becomes 0
  const Polynomial& p = map == ColourMap::Viridis ? kViridis : kInferno;
  std::array<std::uint8_t, 3> out{};
  for (std::size_t c = 0; c < out.size(); ++c) {
    double sum = 0;
    for (auto term = p.rbegin(); term != p.rend(); ++term) sum = sum * t + (*term)[c];
    out[c] = static_cast<std::uint8_t>(std::lround(std::clamp(sum, 0.0, 1.0) * 255));
  }
  return {out[0], out[1], out[2]};
}

Rgb kind_colour(std::size_t kind) { return kKinds[kind % kKinds.size()]; }

}  // namespace sparsight
