#include "core/video_picture.h"

#include <algorithm>
#include <cstdlib>

namespace sparsight::ffmpeg {

Orientation stream_orientation(const AVStream& stream) {
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
  if (data == nullptr) return {};
  std::array<std::int32_t, 9> matrix{};
  std::copy_n(data, sizeof(matrix), reinterpret_cast<std::uint8_t*>(matrix.data()));
  // x' = a x + c y, y' = b x + d y
  const std::int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) return {false, a < 0, d < 0};
  return {true, c < 0, b < 0};
}

Orientation exif_orientation(int number) {
  switch (number) {
    case 2: return {false, true, false};
    case 3: return {false, true, true};
    case 4: return {false, false, true};
    case 5: return {true, false, false};
    case 6: return {true, true, false};
    case 7: return {true, true, true};
    case 8: return {true, false, true};
    default: return {};
  }
}

RgbImage turn_upright(RgbImage image, Orientation orientation) {
  if (orientation == Orientation{}) return image;
  RgbImage result;
  result.width = orientation.transpose ? image.height : image.width;
  result.height = orientation.transpose ? image.width : image.height;
  result.pixels.resize(image.pixels.size());
  const std::ptrdiff_t row = std::ptrdiff_t{3} * image.width;
  // The source's steps for one pixel to the right and one down in the result.
  std::ptrdiff_t right = orientation.transpose ? row : 3;
  std::ptrdiff_t down = orientation.transpose ? 3 : row;
  const std::uint8_t* start = image.pixels.data();
  if (orientation.flip_x) {
    start += right * (result.width - 1);
    right = -right;
  }
  if (orientation.flip_y) {
    start += down * (result.height - 1);
    down = -down;
  }
  std::uint8_t* out = result.pixels.data();
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) out = std::copy_n(start + y * down + x * right, 3, out);
  return result;
}

RgbImage Painter::paint(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (frame.width <= 0 || frame.height <= 0 || frame.width > kMaxSide || frame.height > kMaxSide ||
      std::int64_t{frame.width} * frame.height > kMaxPixels)
    fail(ErrorKind::Decode, "a picture of {} x {}: expected at most {} a side and {} pixels", frame.width, frame.height,
         kMaxSide, kMaxPixels);
  const char* format_name = av_get_pix_fmt_name(format);
  if (format_name == nullptr || sws_isSupportedInput(format) == 0)
    fail(ErrorKind::Decode, "pictures of pixel format {} cannot be converted",
         format_name != nullptr ? format_name : "unknown");

  const Key key{frame.width, frame.height, frame.format, frame.color_range, frame.colorspace};
  if (key_ != key) {
    key_.reset();
    scaler_ = own(sws_alloc_context());
    const auto set = [this](const char* name, std::int64_t value) { av_opt_set_int(scaler_.get(), name, value, 0); };
    set("srcw", frame.width);
    set("srch", frame.height);
    set("src_format", frame.format);
    set("dstw", frame.width);
    set("dsth", frame.height);
    set("dst_format", AV_PIX_FMT_RGB24);
    set("sws_flags", SWS_BICUBIC);
    // Where FFmpeg's own scale filter puts the chroma rows of this one format.
    if (format == AV_PIX_FMT_YUV420P) set("src_v_chr_pos", 128);
    if (frame.color_range != AVCOL_RANGE_UNSPECIFIED) set("src_range", frame.color_range == AVCOL_RANGE_JPEG);
    const int initialised = sws_init_context(scaler_.get(), nullptr, nullptr);
    check_memory(initialised);
    if (initialised < 0) fail(ErrorKind::Decode, "pictures of pixel format {} cannot be converted", format_name);
    int* source_table = nullptr;
    int* target_table = nullptr;
    int source_range = 0, target_range = 0, brightness = 0, contrast = 0, saturation = 0;
    if (sws_getColorspaceDetails(scaler_.get(), &source_table, &source_range, &target_table, &target_range, &brightness,
                                 &contrast, &saturation) >= 0) {
      if (frame.color_range != AVCOL_RANGE_UNSPECIFIED) source_range = frame.color_range == AVCOL_RANGE_JPEG;
      sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(frame.colorspace), source_range, target_table,
                               target_range, brightness, contrast, saturation);
    }
    rgb_ = own(av_frame_alloc());
    rgb_->format = AV_PIX_FMT_RGB24;
    rgb_->width = frame.width;
    rgb_->height = frame.height;
    if (av_frame_get_buffer(rgb_.get(), 0) < 0) fail(ErrorKind::Memory, "no memory left for decoding");
    key_ = key;
  }
  // The scaler writes whole vectors, so it gets padded rows; ours are packed.
  if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rgb_->data, rgb_->linesize) < 0)
    fail(ErrorKind::Decode, "a picture of pixel format {} could not be converted", format_name);
  RgbImage image{frame.width, frame.height, {}};
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(frame.width);
  image.pixels.resize(row * static_cast<std::size_t>(frame.height));
  for (int y = 0; y < frame.height; ++y)
    std::copy_n(rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0], row,
                image.pixels.data() + static_cast<std::size_t>(y) * row);
  return image;
}

}  // namespace sparsight::ffmpeg
