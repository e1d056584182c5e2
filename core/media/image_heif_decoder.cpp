#include "core/media/image_heif_decoder.h"

#include "core/media/video_source.h"
#include "kernels/out_of_memory.h"

#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

using namespace ffmpeg;

thread_local bool heif_damage = false;

constexpr heif_error kHeifOk{heif_error_Ok, heif_suberror_Unspecified, "Success"};
constexpr heif_error kHeifDamaged{heif_error_Decoder_plugin_error, heif_suberror_Unspecified, "it is damaged"};

struct FreeHeifImage {
  void operator()(heif_image* p) const { heif_image_release(p); }
  void operator()(heif_color_profile_nclx* p) const { heif_nclx_color_profile_free(p); }
};
template <typename T>
using OwnedHeifImage = std::unique_ptr<T, FreeHeifImage>;

void check_image(const heif_error& error) {
  if (error.code == heif_error_Memory_allocation_error) fail(ErrorKind::Memory, "not enough memory for decoding");
  if (error.code != heif_error_Ok) fail(ErrorKind::Decode, "{}", error.message);
}

void set_colours(heif_image* image, const AVFrame& frame) {
  const OwnedHeifImage<heif_color_profile_nclx> colours(heif_nclx_color_profile_alloc());
  if (colours == nullptr) fail(ErrorKind::Memory, "not enough memory for decoding");
  // Values that H.273 does not define stay unspecified.
  (void)heif_nclx_color_profile_set_color_primaries(colours.get(), static_cast<std::uint16_t>(frame.color_primaries));
  (void)heif_nclx_color_profile_set_transfer_characteristics(colours.get(),
                                                             static_cast<std::uint16_t>(frame.color_trc));
  (void)heif_nclx_color_profile_set_matrix_coefficients(colours.get(), static_cast<std::uint16_t>(frame.colorspace));
  colours->full_range_flag = frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0;
  check_image(heif_image_set_nclx_color_profile(image, colours.get()));
}

// Keeps the planes in the file's order, even if they hold green, blue and red.
heif_image* to_heif(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const bool grey = format != nullptr && format->nb_components == 1;
  const bool planes = format != nullptr && (format->flags & (AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL)) == 0 &&
                      (grey || (format->nb_components == 3 && (format->flags & AV_PIX_FMT_FLAG_PLANAR) != 0));
  const auto shift =
      planes ? std::pair(format->log2_chroma_w, format->log2_chroma_h) : std::pair<std::uint8_t, std::uint8_t>(3, 3);
  if (!planes || shift.first > 1 || shift.second > shift.first)
    fail(ErrorKind::Decode, "its pixel format cannot be converted");
  const heif_chroma chroma = grey                ? heif_chroma_monochrome
                             : shift.second == 1 ? heif_chroma_420
                             : shift.first == 1  ? heif_chroma_422
                                                 : heif_chroma_444;
  heif_image* made = nullptr;
  check_image(heif_image_create(frame.width, frame.height, grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                                chroma, &made));
  OwnedHeifImage<heif_image> image(made);
  constexpr std::array kChannels{heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  const int depth = format->comp[0].depth;
  for (std::size_t i = 0; i < (grey ? 1 : kChannels.size()); ++i) {
    const int width = i == 0 ? frame.width : AV_CEIL_RSHIFT(frame.width, shift.first);
    const int height = i == 0 ? frame.height : AV_CEIL_RSHIFT(frame.height, shift.second);
    check_image(heif_image_add_plane(image.get(), kChannels[i], width, height, depth));
    int stride = 0;
    std::uint8_t* to = heif_image_get_plane(image.get(), kChannels[i], &stride);
    av_image_copy_plane(to, stride, frame.data[i], frame.linesize[i], width * (depth > 8 ? 2 : 1), height);
  }
  set_colours(image.get(), frame);
  return image.release();
}

struct Pushed {
  std::vector<std::uint8_t> bytes;
};

// Replaces the size in front of each HEVC NAL unit by a start code, which FFmpeg expects.
bool push_units(std::span<const std::uint8_t> data, std::vector<std::uint8_t>& to) {
  while (data.size() >= 4) {
    const std::size_t size =
        std::size_t{data[0]} << 24 | std::size_t{data[1]} << 16 | std::size_t{data[2]} << 8 | data[3];
    data = data.subspan(4);
    if (size > data.size()) return false;
    to.insert(to.end(), {0, 0, 0, 1});
    to.insert(to.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
    data = data.subspan(size);
  }
  return data.empty();
}

// Null: there is no picture in the data.
heif_image* decode_pushed(AVCodecID codec, const std::vector<std::uint8_t>& bytes) {
  silence_log();
  const auto format = own(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  const auto packet = own(av_packet_alloc());
  if (stream == nullptr || av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0)
    fail(ErrorKind::Memory, "not enough memory for decoding");
  std::copy(bytes.begin(), bytes.end(), packet->data);
  packet->flags |= AV_PKT_FLAG_KEY;
  stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  stream->codecpar->codec_id = codec;
  for (const Damage damage : {Damage::Refuse, Damage::Conceal}) {
    Decoder decoder(*stream, damage, 1);
    OwnedHeifImage<heif_image> image;
    const auto take = [&image](const AVFrame& frame) {
      image.reset(to_heif(frame));
      return false;
    };
    if (decoder.feed(packet.get(), take)) decoder.feed(nullptr, take);
    const bool doubtful = damage == Damage::Conceal || decoder.errors() + decoder.concealed() > 0;
    if (image == nullptr || (doubtful && damage == Damage::Refuse)) continue;
    heif_damage = heif_damage || doubtful;
    return image.release();
  }
  return nullptr;
}

// No exception may pass through libheif, which is C.
template <typename Work>
heif_error guarded(const Work& work) noexcept {
  constexpr heif_error kNoMemory{heif_error_Memory_allocation_error, heif_suberror_Unspecified, "no memory left"};
  try {
    return work();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::Memory ? kNoMemory : kHeifDamaged;
  } catch (const std::exception& error) {
    return lacks_memory(error) ? kNoMemory : kHeifDamaged;
  }
}

template <AVCodecID codec, heif_compression_format format>
constexpr heif_decoder_plugin plugin() {
  return {
      .plugin_api_version = 3,
      .get_plugin_name = [] { return "FFmpeg, on the caller's thread"; },
      .init_plugin = nullptr,
      .deinit_plugin = nullptr,
      .does_support_format =
          [](heif_compression_format asked) {
            constexpr int kBeforeOthers = 1000;
            return asked == format && avcodec_find_decoder(codec) != nullptr ? kBeforeOthers : 0;
          },
      .new_decoder =
          [](void** decoder) {
            return guarded([&] {
              *decoder = new Pushed();
              return kHeifOk;
            });
          },
      .free_decoder = [](void* decoder) { delete static_cast<Pushed*>(decoder); },
      .push_data =
          [](void* decoder, const void* data, std::size_t size) {
            return guarded([&] {
              const std::span bytes(static_cast<const std::uint8_t*>(data), size);
              auto& to = static_cast<Pushed*>(decoder)->bytes;
              if (codec == AV_CODEC_ID_HEVC) return push_units(bytes, to) ? kHeifOk : kHeifDamaged;
              to.insert(to.end(), bytes.begin(), bytes.end());
              return kHeifOk;
            });
          },
      .decode_image =
          [](void* decoder, heif_image** out) {
            return guarded([&] {
              *out = decode_pushed(codec, static_cast<Pushed*>(decoder)->bytes);
              return *out != nullptr ? kHeifOk : kHeifDamaged;
            });
          },
      .set_strict_decoding = [](void*, int) {},
      .id_name = codec == AV_CODEC_ID_HEVC ? "sparsight-hevc" : "sparsight-av1",
  };
}

}  // namespace

void decode_heif_with_ffmpeg() {
  static constexpr heif_decoder_plugin kHevc = plugin<AV_CODEC_ID_HEVC, heif_compression_HEVC>();
  static constexpr heif_decoder_plugin kAv1 = plugin<AV_CODEC_ID_AV1, heif_compression_AV1>();
  static std::once_flag once;
  std::call_once(once, [] {
    for (const heif_decoder_plugin* one : {&kHevc, &kAv1})
      if (heif_register_decoder_plugin(one).code != heif_error_Ok)
        fail(ErrorKind::Device, "this libheif accepts no decoder plugin");
  });
}

bool take_heif_damage() { return std::exchange(heif_damage, false); }

}  // namespace sparsight
