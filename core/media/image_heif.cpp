#include "core/media/image_file.h"

#include "core/media/image_heif_decoder.h"
#include "core/media/video_ffmpeg.h"
#include "core/media/video_tone_map.h"

#include <libheif/heif.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>

namespace sparsight {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct FreeHeif {
  void operator()(heif_context* p) const { heif_context_free(p); }
  void operator()(heif_image_handle* p) const { heif_image_handle_release(p); }
  void operator()(heif_image* p) const { heif_image_release(p); }
  void operator()(heif_decoding_options* p) const { heif_decoding_options_free(p); }
  void operator()(heif_color_profile_nclx* p) const { heif_nclx_color_profile_free(p); }
};
template <typename T>
using OwnedHeif = std::unique_ptr<T, FreeHeif>;

// Calls libheif. It allocates what the file asks for, so a lack of memory may mean a damaged file.
template <typename Call>
void check_heif(std::string_view kind, const Call& call) {
  heif_error error{heif_error_Memory_allocation_error, heif_suberror_Unspecified, ""};
  try {
    error = call();
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  if (error.code == heif_error_Ok) return;
  const bool memory = error.code == heif_error_Memory_allocation_error;
  if (memory && error.subcode != heif_suberror_Security_limit_exceeded && memory_is_short())
    fail(ErrorKind::Memory, "not enough memory for decoding");
  if (memory) fail(ErrorKind::Decode, "this {} is damaged: its sizes are too large; save it as JPEG or PNG", kind);
  fail(ErrorKind::Decode, "this {} cannot be decoded: {}; save it as JPEG or PNG", kind, error.message);
}

}  // namespace

bool is_heif(Bytes start) {
  // Brands of single images; sequences (avis, hevc, msf1) are videos.
  static constexpr std::array<std::string_view, 8> kBrands{"heic", "heix", "heim", "heis",
                                                           "mif1", "miaf", "avif", "jpgs"};
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  return text.size() >= 12 && text.substr(4, 4) == "ftyp" &&
         std::find(kBrands.begin(), kBrands.end(), text.substr(8, 4)) != kBrands.end();
}

RgbImage decode_heif(Bytes data, ToneMap tone_map, std::vector<std::string>& warnings, std::string& codec) {
  const std::string_view brand(reinterpret_cast<const char*>(data.data()) + 8, 4);
  const std::string_view kind = brand == "avif" ? "AVIF" : "HEIC";
  codec = brand == "avif" ? "av1" : "hevc";
  decode_heif_with_ffmpeg();
  (void)take_heif_damage();
  const OwnedHeif<heif_context> context(heif_context_alloc());
  if (context == nullptr) fail(ErrorKind::Memory, "not enough memory for decoding");
  heif_context_set_max_decoding_threads(context.get(), 0);
  check_heif(kind, [&] {
    return heif_context_read_from_memory_without_copy(context.get(), data.data(), data.size(), nullptr);
  });
  heif_image_handle* primary = nullptr;
  check_heif(kind, [&] { return heif_context_get_primary_image_handle(context.get(), &primary); });
  const OwnedHeif<heif_image_handle> handle(primary);
  const std::int64_t width = heif_image_handle_get_width(primary), height = heif_image_handle_get_height(primary);
  if (width <= 0 || height <= 0 || width > ffmpeg::kMaxSide || height > ffmpeg::kMaxSide ||
      width * height > ffmpeg::kMaxPixels)
    fail(ErrorKind::Decode, "a picture of {} x {} pixels is too large", width, height);

  heif_color_profile_nclx* said = nullptr;
  if (heif_image_handle_get_nclx_color_profile(primary, &said).code != heif_error_Ok) said = nullptr;
  const OwnedHeif<heif_color_profile_nclx> profile(said);
  const auto curve = said != nullptr ? ffmpeg::hdr_curve(said->transfer_characteristics) : std::nullopt;
  std::optional<ffmpeg::ToneMapper> mapper;
  if (curve) {
    warnings.push_back(hdr_warning(ffmpeg::to_string(*curve), tone_map));
    if (tone_map == ToneMap::Auto) mapper.emplace(*curve, said->color_primaries, ffmpeg::kPeakUnlessSaid);
  }

  const OwnedHeif<heif_decoding_options> options(heif_decoding_options_alloc());
  if (options == nullptr) fail(ErrorKind::Memory, "not enough memory for decoding");
  options->convert_hdr_to_8bit = mapper ? 0 : 1;
  heif_image* decoded = nullptr;
  check_heif(kind, [&] {
    return heif_decode_image(primary, &decoded, heif_colorspace_RGB,
                             mapper ? heif_chroma_interleaved_RRGGBB_LE : heif_chroma_interleaved_RGB, options.get());
  });
  if (take_heif_damage()) warnings.push_back(fmt::format("the {} is damaged; parts of the picture are guessed", kind));
  const OwnedHeif<heif_image> picture(decoded);
  int stride = 0;
  const std::uint8_t* plane = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  RgbImage image{heif_image_get_width(decoded, heif_channel_interleaved),
                 heif_image_get_height(decoded, heif_channel_interleaved),
                 {}};
  if (plane == nullptr || image.width <= 0 || image.height <= 0)
    fail(ErrorKind::Decode, "this {} holds no picture that can be decoded; save it as JPEG or PNG", kind);
  const auto row = std::size_t{3} * static_cast<std::size_t>(image.width);
  image.pixels.resize(row * static_cast<std::size_t>(image.height));
  const auto to_row = [&](int y) { return image.pixels.data() + static_cast<std::size_t>(y) * row; };
  if (!mapper) {
    for (int y = 0; y < image.height; ++y) std::copy_n(plane + std::ptrdiff_t{y} * stride, row, to_row(y));
    return image;
  }
  const int bits = std::clamp(heif_image_get_bits_per_pixel_range(decoded, heif_channel_interleaved), 8, 16);
  const unsigned most = (1u << bits) - 1;
  std::vector<std::uint16_t> levels(row);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* from = plane + std::ptrdiff_t{y} * stride;
    for (std::size_t i = 0; i < row; ++i) {
      const unsigned level = from[2 * i] | static_cast<unsigned>(from[2 * i + 1]) << 8;
      levels[i] = static_cast<std::uint16_t>(std::min(level, most) * 65535u / most);
    }
    mapper->map(levels.data(), image.width, to_row(y));
  }
  return image;
}

}  // namespace sparsight
