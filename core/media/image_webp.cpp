#include "core/media/image_file.h"

#include "core/media/video_ffmpeg.h"
#include "core/media/video_picture.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

namespace sparsight {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct FreeWebp {
  void operator()(WebPDemuxer* p) const { WebPDemuxDelete(p); }
  void operator()(WebPIDecoder* p) const { WebPIDelete(p); }
  void operator()(WebPAnimDecoder* p) const { WebPAnimDecoderDelete(p); }
};

// The first frame of a WebP; a still image has no other.
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

// Decodes into `canvas`; returns the number of rows from the frame's top.
int decode_frame(const WebPIterator& frame, RgbImage& canvas) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0)
    fail(ErrorKind::Decode, "this libwebp has another version than the one that Sparsight was built with");
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
  // Row by row, so that the rows before any damage are kept.
  const std::unique_ptr<WebPIDecoder, FreeWebp> decoder(WebPIDecode(nullptr, 0, &config));
  if (decoder == nullptr) fail(ErrorKind::Memory, "not enough memory for decoding");
  const VP8StatusCode status = WebPIUpdate(decoder.get(), data.bytes, data.size);
  if (status == VP8_STATUS_OUT_OF_MEMORY && memory_is_short())
    fail(ErrorKind::Memory, "not enough memory for decoding");
  if (status == VP8_STATUS_OK) return height;
  int rows = 0;
  return WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr) != nullptr ? rows : 0;
}

constexpr std::size_t kHead = 8;  // of a chunk and of the file: name and size
std::size_t size_at(Bytes data, std::size_t at) {
  return data[at] | data[at + 1] << 8 | data[at + 2] << 16 | static_cast<std::size_t>(data[at + 3]) << 24;
}

// Where the last complete chunk ends.
std::size_t end_of_whole_chunks(Bytes data) {
  std::size_t end = kHead + 4;
  while (end + kHead <= data.size()) {
    const std::size_t size = size_at(data, end + 4);
    const std::size_t padded = size + size % 2;
    if (padded > data.size() - end - kHead) break;
    end += kHead + padded;
  }
  return end;
}

}  // namespace

struct WebpAnimation::Impl {
  std::vector<std::uint8_t> data;
  std::unique_ptr<WebPAnimDecoder, FreeWebp> decoder;
  std::vector<double> durations;
  ffmpeg::Orientation orientation;
  std::size_t next = 0;  // picture that the decoder gives next
  RgbImage last;         // the picture before `next`
};

WebpAnimation::WebpAnimation() : impl_(std::make_unique<Impl>()) {}
WebpAnimation::~WebpAnimation() = default;
const std::vector<double>& WebpAnimation::durations() const { return impl_->durations; }

std::unique_ptr<WebpAnimation> WebpAnimation::open(Bytes data, std::vector<std::string>& warnings) {
  constexpr std::size_t kFlags = 20;  // of a VP8X chunk, which comes first
  if (data.size() <= kFlags || (data[kFlags] & ANIMATION_FLAG) == 0) return nullptr;
  const std::size_t whole = end_of_whole_chunks(data);
  const bool cut = size_at(data, 4) + kHead > whole;
  std::unique_ptr<WebpAnimation> animation(new WebpAnimation());
  Impl& m = *animation->impl_;
  m.data.assign(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(cut ? whole : data.size()));
  if (cut)
    for (std::size_t i = 0; i < 4; ++i) m.data[4 + i] = static_cast<std::uint8_t>((whole - kHead) >> 8 * i);
  const WebPData file{m.data.data(), m.data.size()};
  const std::unique_ptr<WebPDemuxer, FreeWebp> demuxer(WebPDemux(&file));
  if (demuxer == nullptr) return nullptr;
  const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  if (width > ffmpeg::kMaxSide || height > ffmpeg::kMaxSide || std::int64_t{width} * height > ffmpeg::kMaxPixels)
    fail(ErrorKind::Decode, "a picture of {} x {} pixels is too large", width, height);
  WebPIterator frame{};
  for (int more = WebPDemuxGetFrame(demuxer.get(), 1, &frame); more != 0; more = WebPDemuxNextFrame(&frame)) {
    constexpr int kUnsaid = 10, kThen = 100;  // milliseconds
    m.durations.push_back((frame.duration <= kUnsaid ? kThen : frame.duration) / 1000.0);
  }
  WebPDemuxReleaseIterator(&frame);
  if (m.durations.size() < 2) return nullptr;
  m.orientation = ffmpeg::exif_orientation(read_orientation(demuxer.get()));
  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0)
    fail(ErrorKind::Decode, "this libwebp has another version than the one that Sparsight was built with");
  m.decoder.reset(WebPAnimDecoderNew(&file, &options));
  if (m.decoder == nullptr) {
    if (memory_is_short()) fail(ErrorKind::Memory, "not enough memory for decoding");
    fail(ErrorKind::Decode, "the WebP is damaged");
  }
  if (cut) warnings.emplace_back("the WebP is cut short; its later pictures are missing");
  return animation;
}

RgbImage WebpAnimation::picture(std::size_t index, std::vector<std::string>& warnings) {
  Impl& m = *impl_;
  SPARSIGHT_CHECK(index < m.durations.size());
  if (index + 1 == m.next) return m.last;
  if (index < m.next) {
    WebPAnimDecoderReset(m.decoder.get());
    m.next = 0;
  }
  WebPAnimInfo info{};
  if (WebPAnimDecoderGetInfo(m.decoder.get(), &info) == 0) fail(ErrorKind::Decode, "the WebP is damaged");
  for (; m.next <= index; ++m.next) {
    std::uint8_t* rgba = nullptr;
    int end_ms = 0;
    if (WebPAnimDecoderGetNext(m.decoder.get(), &rgba, &end_ms) == 0) {
      if (m.next == 0) fail(ErrorKind::Decode, "the WebP is damaged; its first picture cannot be decoded");
      warnings.emplace_back("the WebP is damaged; each missing picture is replaced by the one before it");
      m.next = index + 1;
      return m.last;
    }
    if (m.next < index) continue;
    RgbImage image{static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height), {}};
    const std::size_t pixels = std::size_t{info.canvas_width} * info.canvas_height;
    image.pixels.resize(3 * pixels);
    for (std::size_t i = 0; i < pixels; ++i) std::copy_n(rgba + 4 * i, 3, image.pixels.data() + 3 * i);
    m.last = ffmpeg::turn_upright(std::move(image), m.orientation);
  }
  return m.last;
}

RgbImage decode_webp(Bytes data, std::vector<std::string>& warnings) {
  const WebPData file{data.data(), data.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, FreeWebp> demuxer(WebPDemuxPartial(&file, &state));
  if (demuxer == nullptr) fail(ErrorKind::Decode, "the WebP is damaged");
  const FirstFrame frame(demuxer.get());
  if (!frame) fail(ErrorKind::Decode, "the WebP is damaged or cut short before its picture");
  const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  if (width > ffmpeg::kMaxSide || height > ffmpeg::kMaxSide || std::int64_t{width} * height > ffmpeg::kMaxPixels)
    fail(ErrorKind::Decode, "a picture of {} x {} pixels is too large", width, height);
  RgbImage image{static_cast<int>(width), static_cast<int>(height),
                 std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  const int rows = decode_frame(*frame, image);
  if (rows == 0) fail(ErrorKind::Decode, "the WebP is damaged or cut short; its picture cannot be decoded");
  if (rows < frame->height)
    warnings.emplace_back("the WebP is damaged or cut short; parts of the picture are missing");
  else if (state != WEBP_DEMUX_DONE)
    warnings.emplace_back("the WebP is cut short after its first picture");
  return ffmpeg::turn_upright(std::move(image), ffmpeg::exif_orientation(read_orientation(demuxer.get())));
}

}  // namespace sparsight
