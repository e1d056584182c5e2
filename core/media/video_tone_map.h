// HDR -> colours of an ordinary screen. Internal to the video module.
//
// R'G'B' of Rec. BT.2100 becomes light (SMPTE ST 2084, or ARIB STD-B67 with the system gamma of a display of 1000
// cd/m2). The brightest component goes through the curve of Rec. BT.2390-10 (5.4.1) from the source's peak down to 203
// cd/m2, the reference white of Rec. BT.2408; the other two are scaled with it, so that hue and saturation stay. Then
// the primaries of BT.2020 or P3 are converted to BT.709, values out of range are clipped, and the inverse of BT.1886
// (gamma 2.4) gives 8 bits.
#pragma once

#include "core/media/video.h"
#include "core/media/video_ffmpeg.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sparsight::ffmpeg {

enum class HdrCurve { Pq, Hlg };
[[nodiscard]] std::optional<HdrCurve> hdr_curve(
    int transfer);  // `transfer` is an AVColorTransferCharacteristic, as in H.273
[[nodiscard]] std::string_view to_string(HdrCurve curve);  // "PQ"

constexpr double kPeakUnlessSaid = 1000;  // cd/m2
// The stream's peak brightness as the container says, in cd/m2; else kPeakUnlessSaid.
[[nodiscard]] double stream_peak(const AVStream& stream);

class ToneMapper {
 public:
  // `primaries`: an AVColorPrimaries, as in H.273; anything but P3 counts as BT.2020.
  ToneMapper(HdrCurve curve, int primaries, double peak);
  [[nodiscard]] bool is(HdrCurve curve, int primaries) const { return curve == curve_ && primaries == primaries_; }

  // Maps a row of `pixels` pixels: full-range 16-bit R'G'B' -> 8-bit.
  void map(const std::uint16_t* from, int pixels, std::uint8_t* to) const;

 private:
  HdrCurve curve_;
  int primaries_;
  std::array<std::array<float, 3>, 3> to_709_;
  std::vector<float> light_;        // by 16-bit level; PQ: 1 is 203 cd/m2, HLG: scene light
  std::vector<float> gain_;         // PQ by the brightest level, HLG by the square root of display light; 1 is the peak
  std::vector<std::uint8_t> code_;  // by the square root of light
};

}  // namespace sparsight::ffmpeg
