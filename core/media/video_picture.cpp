#include "core/media/video_picture.h"

#include "core/media/display.h"
#include "core/media/image_file.h"

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
  // Steps in the source for one pixel right and one pixel down in the result.
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

double upright_aspect(const Source& source, Orientation orientation) {
  const double aspect = source.pixel_aspect();
  return orientation.transpose ? 1 / aspect : aspect;
}

Conversion conversion_of(const Source& source, const std::filesystem::path& path, ToneMap tone_map,
                         bool square_pixels) {
  Conversion conversion{.tone_map = tone_map, .peak = stream_peak(source.stream())};
  conversion.orientation = source.container() == "png_pipe"    ? exif_orientation(read_png_orientation(path))
                           : source.container() == "tiff_pipe" ? exif_orientation(read_tiff_orientation(path))
                                                               : stream_orientation(source.stream());
  if (square_pixels) conversion.pixel_aspect = upright_aspect(source, conversion.orientation);
  return conversion;
}

void RgbConverter::prepare(const AVFrame& frame, AVPixelFormat target) {
  const Key key{frame.width, frame.height, frame.format, frame.color_range, frame.colorspace, target};
  if (key_ == key) return;
  key_.reset();
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const char* format_name = av_get_pix_fmt_name(format);
  if (format_name == nullptr || sws_isSupportedInput(format) == 0)
    fail(ErrorKind::Decode, "pixel format {} cannot be converted", format_name != nullptr ? format_name : "unknown");
  // The range and matrix that a frame claims do not apply to RGB: with them swscale would compress the levels and mix
  // the colours.
  const bool rgb = (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0 || format == AV_PIX_FMT_XYZ12LE ||
                   format == AV_PIX_FMT_XYZ12BE;
  const bool ranged = frame.color_range != AVCOL_RANGE_UNSPECIFIED && !rgb;
  const auto start = [&](int threads) {
    scaler_ = own(sws_alloc_context());
    const auto set = [this](const char* name, std::int64_t value) { av_opt_set_int(scaler_.get(), name, value, 0); };
    set("srcw", frame.width);
    set("srch", frame.height);
    set("src_format", frame.format);
    set("dstw", frame.width);
    set("dsth", frame.height);
    set("dst_format", target);
    set("sws_flags", target == AV_PIX_FMT_RGB24 ? SWS_BICUBIC : SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT);
    set("threads", threads);
    // For this format FFmpeg's own scale filter places the chroma rows here.
    if (format == AV_PIX_FMT_YUV420P) set("src_v_chr_pos", 128);
    if (ranged) set("src_range", frame.color_range == AVCOL_RANGE_JPEG);
    return sws_init_context(scaler_.get(), nullptr, nullptr);
  };
  const int threads = target == AV_PIX_FMT_RGB24 ? 1 : threads_;
  int initialised = start(threads);
  if (initialised < 0 && threads > 1) initialised = start(1);
  check_memory(initialised);
  if (initialised < 0) fail(ErrorKind::Decode, "pixel format {} cannot be converted", format_name);
  int* source_table = nullptr;
  int* target_table = nullptr;
  int source_range = 0, target_range = 0, brightness = 0, contrast = 0, saturation = 0;
  if (sws_getColorspaceDetails(scaler_.get(), &source_table, &source_range, &target_table, &target_range, &brightness,
                               &contrast, &saturation) >= 0) {
    if (ranged) source_range = frame.color_range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(scaler_.get(), rgb ? target_table : sws_getCoefficients(frame.colorspace), source_range,
                             target_table, target_range, brightness, contrast, saturation);
  }
  rgb_ = own(av_frame_alloc());
  rgb_->format = target;
  rgb_->width = frame.width;
  rgb_->height = frame.height;
  if (av_frame_get_buffer(rgb_.get(), 0) < 0) fail(ErrorKind::Memory, "not enough memory for decoding");
  key_ = key;
}

void RgbConverter::map_rows(RgbImage& image) {
  constexpr int kRows = 16;  // per task
  const auto map = [&](std::size_t task) {
    const int begin = static_cast<int>(task) * kRows;
    for (int y = begin; y < std::min(begin + kRows, image.height); ++y)
      mapper_->map(
          reinterpret_cast<const std::uint16_t*>(rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0]), image.width,
          image.pixels.data() + std::size_t{3} * static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width));
  };
  const auto tasks = static_cast<std::size_t>((image.height + kRows - 1) / kRows);
  if (threads_ > 1 && !pool_) {
    try {
      pool_ = std::make_unique<cpu::ThreadPool>(static_cast<std::size_t>(threads_));
    } catch (const Error&) {  // not enough threads can be started
      threads_ = 1;
    }
  }
  if (pool_)
    pool_->run(tasks, [&](std::size_t task, std::size_t) { map(task); });
  else
    for (std::size_t task = 0; task < tasks; ++task) map(task);
}

RgbImage RgbConverter::convert(const AVFrame& frame) {
  if (frame.width <= 0 || frame.height <= 0 || frame.width > kMaxSide || frame.height > kMaxSide ||
      std::int64_t{frame.width} * frame.height > kMaxPixels)
    fail(ErrorKind::Decode, "a picture of {} x {}: expected at most {} pixels a side and {} in all", frame.width,
         frame.height, kMaxSide, kMaxPixels);
  const auto curve = conversion_.tone_map == ToneMap::Auto ? hdr_curve(frame.color_trc) : std::nullopt;
  prepare(frame, curve ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24);
  // The scaler writes whole vectors, so it gets padded rows; RgbImage has packed ones.
  const int scaled =
      curve ? sws_scale_frame(scaler_.get(), rgb_.get(), &frame)
            : sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rgb_->data, rgb_->linesize);
  check_memory(scaled);
  if (scaled < 0)
    fail(ErrorKind::Decode, "a picture with pixel format {} could not be converted",
         av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format)));
  if (curve && !(mapper_ && mapper_->is(*curve, frame.color_primaries)))
    mapper_.emplace(*curve, frame.color_primaries, conversion_.peak);
  RgbImage image{frame.width, frame.height, {}};
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(frame.width);
  image.pixels.resize(row * static_cast<std::size_t>(frame.height));
  if (curve)
    map_rows(image);
  else
    for (int y = 0; y < frame.height; ++y)
      std::copy_n(rgb_->data[0] + std::ptrdiff_t{y} * rgb_->linesize[0], row,
                  image.pixels.data() + static_cast<std::size_t>(y) * row);
  const AVDictionaryEntry* exif = av_dict_get(frame.metadata, "Orientation", nullptr, 0);
  image = turn_upright(std::move(image),
                       exif != nullptr ? exif_orientation(std::atoi(exif->value)) : conversion_.orientation);
  return with_square_pixels(std::move(image), conversion_.pixel_aspect);
}

}  // namespace sparsight::ffmpeg
