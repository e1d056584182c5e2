#include "core/image_file.h"

#include "core/video_ffmpeg.h"
#include "core/video_picture.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

namespace sparsight {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct Free {
  void operator()(WebPDemuxer* p) const { WebPDemuxDelete(p); }
  void operator()(WebPIDecoder* p) const { WebPIDelete(p); }
};

// The first frame, the only one of a still picture.
class FirstFrame {
 public:
  explicit FirstFrame(const WebPDemuxer* file) : there_(WebPDemuxGetFrame(file, 1, &iterator_) != 0) {}
  FirstFrame(const FirstFrame&) = delete;
  FirstFrame& operator=(const FirstFrame&) = delete;
  ~FirstFrame() { WebPDemuxReleaseIterator(&iterator_); }
  explicit operator bool() const { return there_; }
  const WebPIterator* operator->() const { return &iterator_; }
  const WebPIterator& operator*() const { return iterator_; }

 private:
  WebPIterator iterator_{};
  bool there_;
};

int read_orientation(const WebPDemuxer* file) {
  WebPChunkIterator chunk{};
  int orientation = 1;
  if (WebPDemuxGetChunk(file, "EXIF", 1, &chunk) != 0)
    orientation = read_exif_orientation(Bytes(chunk.chunk.bytes, chunk.chunk.size));
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

// Rows that were decoded into `canvas`, from the frame's top.
int decode_frame(const WebPIterator& frame, RgbImage& canvas) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) fail(ErrorKind::Decode, "this libwebp is of another version");
  const WebPData& data = frame.fragment;
  if (WebPGetFeatures(data.bytes, data.size, &config.input) != VP8_STATUS_OK) return 0;
  const auto inside = [](int offset, int size, int whole) { return offset >= 0 && size > 0 && size <= whole - offset; };
  const int width = config.input.width;
  const int height = config.input.height;
  if (!inside(frame.x_offset, width, canvas.width) || !inside(frame.y_offset, height, canvas.height))
    fail(ErrorKind::Decode, "a WebP frame of {} x {} at {}, {} does not fit into {} x {}", width, height,
         frame.x_offset, frame.y_offset, canvas.width, canvas.height);
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(canvas.width);
  const std::size_t start =
      static_cast<std::size_t>(frame.y_offset) * row + std::size_t{3} * static_cast<std::size_t>(frame.x_offset);
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {canvas.pixels.data() + start, static_cast<int>(row), canvas.pixels.size() - start};
  // Row by row, which keeps those before the damage.
  const std::unique_ptr<WebPIDecoder, Free> decoder(WebPIDecode(nullptr, 0, &config));
  if (decoder == nullptr) fail(ErrorKind::Memory, "no memory left for decoding");
  const VP8StatusCode status = WebPIUpdate(decoder.get(), data.bytes, data.size);
  if (status == VP8_STATUS_OUT_OF_MEMORY) fail(ErrorKind::Memory, "no memory left for decoding");
  if (status == VP8_STATUS_OK) return height;
  int rows = 0;
  return WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr) != nullptr ? rows : 0;
}

}  // namespace

RgbImage decode_webp(Bytes data, std::vector<std::string>& warnings) {
  const WebPData file{data.data(), data.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, Free> demuxer(WebPDemuxPartial(&file, &state));
  if (demuxer == nullptr) fail(ErrorKind::Decode, "the WebP is damaged");
  const FirstFrame frame(demuxer.get());
  if (!frame) fail(ErrorKind::Decode, "the WebP is damaged or cut short before its picture");
  const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  if (width > ffmpeg::kMaxSide || height > ffmpeg::kMaxSide || std::int64_t{width} * height > ffmpeg::kMaxPixels)
    fail(ErrorKind::Decode, "{} x {} pixels are too many", width, height);
  RgbImage image{static_cast<int>(width), static_cast<int>(height),
                 std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  const int rows = decode_frame(*frame, image);
  if (rows == 0) fail(ErrorKind::Decode, "the WebP is damaged or cut short; nothing of its picture is left");
  if (rows < frame->height)
    warnings.emplace_back("the WebP is damaged or cut short; parts of the picture are missing");
  else if (state != WEBP_DEMUX_DONE)
    warnings.emplace_back("the WebP is cut short behind its first picture");
  const std::uint32_t frames = WebPDemuxGetI(demuxer.get(), WEBP_FF_FRAME_COUNT);
  if ((WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG) != 0 && frames > 1)
    warnings.emplace_back(fmt::format("an animated WebP of {} frames; only the first is used", frames));
  return ffmpeg::turn_upright(std::move(image), ffmpeg::exif_orientation(read_orientation(demuxer.get())));
}

}  // namespace sparsight
