#include "core/media/video_writer.h"

#include "core/base/replace_file.h"
#include "core/media/video_ffmpeg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sparsight {
namespace {

using namespace ffmpeg;

constexpr int kTicks = 90000;       // per second; a multiple of every usual frame rate
constexpr int kMpeg4Ticks = 60000;  // per second; its clock has 16 bits
constexpr const char* kQuality = "20";
constexpr int kThreads = 2;

struct CloseOutput {
  void operator()(AVFormatContext* p) const {
    if (p->pb != nullptr) avio_closep(&p->pb);
    avformat_free_context(p);
  }
};

const AVCodec* find_encoder() {
  for (const char* name : {"libx264", "libopenh264", "mpeg4"})
    if (const AVCodec* codec = avcodec_find_encoder_by_name(name); codec != nullptr) return codec;
  fail(ErrorKind::Device, "this FFmpeg has no encoder for H.264 or MPEG-4 (libx264, libopenh264, mpeg4)");
}

}  // namespace

struct VideoWriter::Impl {
  std::filesystem::path path;
  std::optional<UnfinishedFile> unfinished;
  std::string codec_name;
  std::optional<std::string> warning;
  int width = 0, height = 0;  // of the frames given to add(); encoded ones are even
  std::int64_t interval = 1, last = -1, tail = 0;
  Owned<AVCodecContext> encoder;
  std::unique_ptr<AVFormatContext, CloseOutput> output;
  AVStream* stream = nullptr;
  Owned<SwsContext> scaler;
  Owned<AVFrame> rgb, yuv;
  Owned<AVPacket> packet;

  Impl() = default;
  [[nodiscard]] std::int64_t ticks(double seconds) const { return std::llround(seconds * encoder->time_base.den); }
  [[noreturn]] void wrong(int error) const {
    check_memory(error);
    fail(ErrorKind::File, "{}: the video could not be written: {}", path.string(), describe(error));
  }
  void check(int result) const {
    if (result < 0) wrong(result);
  }

  void open_encoder(double frame_interval_s) {
    const AVCodec* codec = find_encoder();
    codec_name = codec->name;
    if (codec->id != AV_CODEC_ID_H264)
      warning = fmt::format("this FFmpeg has no encoder for H.264; the video is {}, which not every player can play",
                            codec->name);
    encoder = own(avcodec_alloc_context3(codec));
    encoder->width = width + width % 2;
    encoder->height = height + height % 2;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = {1, kTicks};
    encoder->framerate = av_d2q(1.0 / frame_interval_s, 1'001'000);
    encoder->color_range = AVCOL_RANGE_MPEG;
    encoder->colorspace = AVCOL_SPC_BT709;
    encoder->color_primaries = AVCOL_PRI_BT709;
    encoder->color_trc = AVCOL_TRC_BT709;
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    encoder->thread_count = kThreads;
    encoder->max_b_frames = 0;  // with B-frames an MP4 does not say how long its last frame lasts
    if (codec_name == "mpeg4") {
      encoder->time_base = {1, kMpeg4Ticks};
      encoder->flags |= AV_CODEC_FLAG_QSCALE;
      encoder->global_quality = 4 * FF_QP2LAMBDA;
    }
    av_opt_set(encoder->priv_data, "preset", "veryfast", 0);
    av_opt_set(encoder->priv_data, "crf", kQuality, 0);
    check(avcodec_open2(encoder.get(), codec, nullptr));
  }

  void open_output() {
    AVFormatContext* context = nullptr;
    check(avformat_alloc_output_context2(&context, nullptr, "mp4", nullptr));
    output.reset(context);
    stream = avformat_new_stream(output.get(), nullptr);
    if (stream == nullptr) wrong(AVERROR(ENOMEM));
    stream->time_base = encoder->time_base;
    stream->avg_frame_rate = encoder->framerate;
    check(avcodec_parameters_from_context(stream->codecpar, encoder.get()));
    // As a "file:" URL, so that no file name is taken for an address. The muxer opens it again to move the index.
    unfinished.emplace(path);
    const std::string name = "file:" + unfinished->path().string();
    output->url = av_strdup(name.c_str());
    check(avio_open(&output->pb, name.c_str(), AVIO_FLAG_WRITE));
    AVDictionary* options = nullptr;
    av_dict_set(&options, "movflags", "+faststart", 0);
    const int result = avformat_write_header(output.get(), &options);
    av_dict_free(&options);
    check(result);
  }

  void open_scaler() {
    rgb = own(av_frame_alloc());
    rgb->format = AV_PIX_FMT_RGB24;
    yuv = own(av_frame_alloc());
    yuv->format = AV_PIX_FMT_YUV420P;
    for (AVFrame* frame : {rgb.get(), yuv.get()}) {
      frame->width = encoder->width;
      frame->height = encoder->height;
      check(av_frame_get_buffer(frame, 0));
    }
    yuv->color_range = encoder->color_range;
    yuv->colorspace = encoder->colorspace;
    scaler = own(sws_getContext(rgb->width, rgb->height, AV_PIX_FMT_RGB24, yuv->width, yuv->height, AV_PIX_FMT_YUV420P,
                                SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
    const int* table = sws_getCoefficients(SWS_CS_ITU709);
    constexpr int kOne = 1 << 16;
    sws_setColorspaceDetails(scaler.get(), table, 1, table, 0, 0, kOne, kOne);
  }

  void copy_rows(const RgbImage& image) {
    const std::size_t row = std::size_t{3} * static_cast<std::size_t>(width);
    for (int y = 0; y < rgb->height; ++y) {
      const std::uint8_t* from = image.pixels.data() + static_cast<std::size_t>(std::min(y, height - 1)) * row;
      std::uint8_t* to = rgb->data[0] + std::ptrdiff_t{y} * rgb->linesize[0];
      std::copy_n(from, row, to);
      if (rgb->width > width) std::copy_n(from + row - 3, 3, to + row);
    }
  }

  void encode(const AVFrame* frame) {
    check(avcodec_send_frame(encoder.get(), frame));
    for (;;) {
      const int result = avcodec_receive_packet(encoder.get(), packet.get());
      if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
      check(result);
      // Only the last packet's duration is read: the others end where the next one begins.
      packet->duration = frame == nullptr ? tail : interval;
      packet->stream_index = stream->index;
      av_packet_rescale_ts(packet.get(), encoder->time_base, stream->time_base);
      check(av_interleaved_write_frame(output.get(), packet.get()));
    }
  }
};

VideoWriter::VideoWriter(std::filesystem::path path, int width, int height, double frame_interval_s)
    : impl_(std::make_unique<Impl>()) {
  silence_log();
  Impl& m = *impl_;
  m.path = std::move(path);
  if (width < 1 || height < 1 || width >= kMaxSide || height >= kMaxSide || std::int64_t{width} * height > kMaxPixels)
    fail(ErrorKind::Usage, "{}: a video of {} x {}: expected 1 to {} pixels a side", m.path.string(), width, height,
         kMaxSide - 1);
  if (!(frame_interval_s > 0) || !std::isfinite(frame_interval_s)) frame_interval_s = 1.0 / 25;
  m.width = width;
  m.height = height;
  m.packet = own(av_packet_alloc());
  m.open_encoder(frame_interval_s);
  m.interval = std::max<std::int64_t>(1, m.ticks(frame_interval_s));
  m.open_scaler();
  m.open_output();
}

VideoWriter::~VideoWriter() = default;

void VideoWriter::add(const RgbImage& image, double time_s) {
  Impl& m = *impl_;
  SPARSIGHT_CHECK(m.output && image.width == m.width && image.height == m.height);
  m.check(av_frame_make_writable(m.rgb.get()));
  m.check(av_frame_make_writable(m.yuv.get()));
  m.copy_rows(image);
  if (sws_scale(m.scaler.get(), m.rgb->data, m.rgb->linesize, 0, m.rgb->height, m.yuv->data, m.yuv->linesize) < 0)
    m.wrong(AVERROR(EINVAL));
  m.last = std::max(m.ticks(time_s), m.last + 1);
  m.yuv->pts = m.last;
  m.encode(m.yuv.get());
}

void VideoWriter::finish(double end_s) {
  Impl& m = *impl_;
  SPARSIGHT_CHECK(m.output && m.last >= 0);
  m.tail = std::max<std::int64_t>(1, m.ticks(end_s) - m.last);
  m.encode(nullptr);
  m.check(av_write_trailer(m.output.get()));
  m.check(avio_closep(&m.output->pb));
  m.output.reset();
  m.unfinished->keep();
}

const std::string& VideoWriter::codec() const { return impl_->codec_name; }
const std::optional<std::string>& VideoWriter::warning() const { return impl_->warning; }

}  // namespace sparsight
