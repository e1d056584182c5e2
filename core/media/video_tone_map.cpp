#include "core/media/video_tone_map.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <algorithm>
#include <cmath>

namespace sparsight::ffmpeg {
namespace {

constexpr double kWhite = 203, kHlgPeak = 1000;  // cd/m2
constexpr std::size_t kLevels = 1 << 16;
constexpr std::size_t kSteps = 1 << 12;  // of the tables by square root

// SMPTE ST 2084; light 1 is 10000 cd/m2.
constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 4096 * 128, kC1 = 3424.0 / 4096, kC2 = 2413.0 / 4096 * 32,
                 kC3 = 2392.0 / 4096 * 32;
double pq_light(double signal) {
  const double power = std::pow(signal, 1 / kM2);
  return std::pow(std::max(power - kC1, 0.0) / (kC2 - kC3 * power), 1 / kM1);
}
double pq_signal(double light) {
  const double power = std::pow(light, kM1);
  return std::pow((kC1 + kC2 * power) / (1 + kC3 * power), kM2);
}

// ARIB STD-B67: signal 1 gives scene light 1.
double hlg_light(double signal) {
  constexpr double kA = 0.17883277, kB = 1 - 4 * kA;
  const double c = 0.5 - kA * std::log(4 * kA);
  return signal <= 0.5 ? signal * signal / 3 : (std::exp((signal - c) / kA) + kB) / 12;
}

// BT.2390-10, 5.4.1, with a black of 0: cd/m2 -> cd/m2.
double rolled_off(double light, double peak) {
  if (peak <= kWhite) return std::min(light, kWhite);
  const double top = pq_signal(peak / 10000), most = pq_signal(kWhite / 10000) / top, knee = 1.5 * most - 0.5;
  const double from = std::min(1.0, pq_signal(light / 10000) / top);
  if (from <= knee) return light;
  const double t = (from - knee) / (1 - knee), t2 = t * t, t3 = t2 * t;
  const double to = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * most;
  return 10000 * pq_light(to * top);
}

using Matrix = std::array<std::array<float, 3>, 3>;
// Matrices for linear light with D65 white: BT.2087 for BT.2020; for P3 the same method with the primaries of SMPTE RP
// 431-2.
constexpr Matrix kFrom2020{
    {{1.660491f, -0.587641f, -0.072850f}, {-0.124550f, 1.132900f, -0.008349f}, {-0.018151f, -0.100579f, 1.118730f}}};
constexpr Matrix kFromP3{
    {{1.224940f, -0.224940f, 0.0f}, {-0.042057f, 1.042057f, 0.0f}, {-0.019638f, -0.078636f, 1.098274f}}};
constexpr std::array<float, 3> kLuminanceOf2020{0.2627f, 0.6780f, 0.0593f};

}  // namespace

std::optional<HdrCurve> hdr_curve(int transfer) {
  if (transfer == AVCOL_TRC_SMPTE2084) return HdrCurve::Pq;
  if (transfer == AVCOL_TRC_ARIB_STD_B67) return HdrCurve::Hlg;
  return std::nullopt;
}

std::string_view to_string(HdrCurve curve) { return curve == HdrCurve::Pq ? "PQ" : "HLG"; }

double stream_peak(const AVStream& stream) {
  std::size_t size = 0;
  double peak = 0;
  if (const auto* light = av_stream_get_side_data(&stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, &size);
      light != nullptr && size >= sizeof(AVContentLightMetadata))
    peak = reinterpret_cast<const AVContentLightMetadata*>(light)->MaxCLL;
  if (const auto* display = av_stream_get_side_data(&stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, &size);
      peak <= 0 && display != nullptr && size >= sizeof(AVMasteringDisplayMetadata)) {
    const auto& mastering = *reinterpret_cast<const AVMasteringDisplayMetadata*>(display);
    if (mastering.has_luminance != 0 && mastering.max_luminance.den != 0) peak = av_q2d(mastering.max_luminance);
  }
  return peak > 0 ? std::clamp(peak, kWhite, 10000.0) : kPeakUnlessSaid;
}

ToneMapper::ToneMapper(HdrCurve curve, int primaries, double peak)
    : curve_(curve),
      primaries_(primaries),
      to_709_(primaries == AVCOL_PRI_SMPTE432 || primaries == AVCOL_PRI_SMPTE431 ? kFromP3 : kFrom2020),
      light_(kLevels),
      code_(kSteps) {
  for (std::size_t i = 0; i < kLevels; ++i) {
    const double signal = static_cast<double>(i) / (kLevels - 1);
    light_[i] = static_cast<float>(curve == HdrCurve::Pq ? 10000 * pq_light(signal) / kWhite : hlg_light(signal));
  }
  const auto gain_at = [&](double light) { return rolled_off(light, curve == HdrCurve::Pq ? peak : kHlgPeak) / light; };
  if (curve == HdrCurve::Pq) {
    gain_.assign(kLevels, 1.0f);
    for (std::size_t i = 1; i < kLevels; ++i)
      if (light_[i] > 0) gain_[i] = static_cast<float>(gain_at(static_cast<double>(light_[i]) * kWhite));
  } else {
    gain_.assign(kSteps, 1.0f);
    for (std::size_t i = 1; i < kSteps; ++i) {
      const double root = static_cast<double>(i) / (kSteps - 1);
      gain_[i] = static_cast<float>(gain_at(root * root * kHlgPeak));
    }
  }
  for (std::size_t i = 0; i < kSteps; ++i) {
    const double root = static_cast<double>(i) / (kSteps - 1);
    code_[i] = static_cast<std::uint8_t>(std::lround(255 * std::pow(root * root, 1 / 2.4)));
  }
}

void ToneMapper::map(const std::uint16_t* from, int pixels, std::uint8_t* to) const {
  constexpr float kTop = kSteps - 1;
  const auto step = [](float light) {
    return static_cast<std::size_t>(std::sqrt(std::clamp(light, 0.0f, 1.0f)) * kTop + 0.5f);
  };
  for (int i = 0; i < pixels; ++i, from += 3) {
    std::array<float, 3> rgb{light_[from[0]], light_[from[1]], light_[from[2]]};
    float gain = 1;
    if (curve_ == HdrCurve::Pq) {
      gain = gain_[std::max({from[0], from[1], from[2]})];
    } else {
      // BT.2100's OOTF: display light is scene light times its luminance to the power of gamma - 1.
      const float scene = kLuminanceOf2020[0] * rgb[0] + kLuminanceOf2020[1] * rgb[1] + kLuminanceOf2020[2] * rgb[2];
      const float ootf = std::pow(scene, 0.2f);
      const float brightest = ootf * std::max({rgb[0], rgb[1], rgb[2]});
      gain = ootf * gain_[step(brightest)] * static_cast<float>(kHlgPeak / kWhite);
    }
    for (const auto& row : to_709_) *to++ = code_[step(gain * (row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]))];
  }
}

}  // namespace sparsight::ffmpeg
