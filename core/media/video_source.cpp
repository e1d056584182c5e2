#include "core/media/video_source.h"

#include "core/base/progress.h"
#include "core/base/replace_file.h"
#include "core/media/video.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace sparsight::ffmpeg {
namespace {

constexpr int kIoBuffer = 1 << 16;
constexpr std::int64_t kMaxTarga = std::int64_t{512} << 20;  // bytes

// Targa files have no signature, so only the extension tells.
bool is_targa(std::string extension) {
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return extension == ".tga" || extension == ".icb" || extension == ".vda" || extension == ".vst";
}

std::int64_t area_of(const AVStream& stream) { return std::int64_t{stream.codecpar->width} * stream.codecpar->height; }

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

// Formats that only refer to other files or addresses.
bool is_playlist(const AVInputFormat& format) {
  static constexpr std::array<std::string_view, 7> kNames{"hls", "concat", "dash", "sdp", "imf", "rtsp", "rtp"};
  const std::string_view name = format.name;
  return std::any_of(kNames.begin(), kNames.end(), [name](std::string_view known) { return name == known; });
}

class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&dictionary_); }
  void set(const char* key, const char* value) { check_memory(av_dict_set(&dictionary_, key, value, 0)); }
  void set(const char* key, std::int64_t value) { check_memory(av_dict_set_int(&dictionary_, key, value, 0)); }
  [[nodiscard]] AVDictionary** get() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

}  // namespace

Source::Source(const std::filesystem::path& path, std::stop_token stop, Sound sound)
    : path_(path), stop_(std::move(stop)) {
  silence_log();
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::none)
    fail(ErrorKind::File, "{}: cannot be read: {}", path.string(), error.message());
  if (!std::filesystem::exists(status)) fail(ErrorKind::File, "{}: there is no such file", path.string());
  if (std::filesystem::is_directory(status))
    fail(ErrorKind::File, "{}: expected a video or an image, found a directory", path.string());
  if (!std::filesystem::is_regular_file(status))
    fail(ErrorKind::File, "{}: expected a regular file, found a device or a pipe", path.string());
  if (file_.open(path, std::ios::in | std::ios::binary) == nullptr)
    fail(ErrorKind::File, "{}: cannot be opened for reading", path.string());
  size_ = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  if (error) fail(ErrorKind::File, "{}: its size cannot be read: {}", path.string(), error.message());
  if (size_ == 0) fail(ErrorKind::File, "{}: the file is empty", path.string());
  keep_input(path);

  try {
    open_format("");
  } catch (const Error&) {
    // A few raw formats are recognised by extension only. Image extensions are not tried: FFmpeg would read a numbered
    // series of files.
    const std::string extension = path.extension().string();
    const bool targa = is_targa(extension) && size_ <= kMaxTarga;
    if (!targa && av_find_input_format(extension.empty() ? "" : extension.c_str() + 1) == nullptr) throw;
    file_.pubseekpos(0, std::ios::in);
    if (targa)
      open_format("", av_find_input_format("image2pipe"), AV_CODEC_ID_TARGA);
    else
      open_format("clip" + extension);
  }

  std::vector<Options> options(format_->nb_streams);
  std::vector<AVDictionary*> raw;
  for (Options& one : options) {
    one.set("max_pixels", kMaxPixels);
    one.set("threads", 1);
    raw.push_back(std::exchange(*one.get(), nullptr));
  }
  const int result = avformat_find_stream_info(format_.get(), raw.data());
  for (AVDictionary*& one : raw) av_dict_free(&one);
  stop_here();
  check_memory(result);
  if (result < 0) fail(ErrorKind::Decode, "{}: not a video or image: {}", path.string(), describe(result));

  choose_streams(sound);
}

void Source::choose_streams(Sound sound) {
  int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (container() == "ico")
    for (int i = 0; i < static_cast<int>(format_->nb_streams); ++i)
      if (area_of(*format_->streams[i]) > area_of(*format_->streams[index])) index = i;
  const bool cover_art = index >= 0 && (format_->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  if (index < 0 || cover_art) {
    const bool audio =
        av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) != AVERROR_STREAM_NOT_FOUND;
    fail(ErrorKind::Decode, "{}: expected a video, found {} ({})", path_.string(), audio ? "only sound" : "no picture",
         container());
  }
  const int sound_index = sound == Sound::Read
                              ? av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, index, nullptr, 0)
                              : AVERROR_STREAM_NOT_FOUND;
  for (int i = 0; i < static_cast<int>(format_->nb_streams); ++i)
    format_->streams[i]->discard = i == index || i == sound_index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  if (sound_index >= 0) sound_ = format_->streams[sound_index];
  stream_ = format_->streams[index];
}

void Source::open_format(const std::string& name_hint, const AVInputFormat* kind, AVCodecID codec) {
  format_.reset();
  io_.reset();
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBuffer));
  if (buffer == nullptr) fail(ErrorKind::Memory, "not enough memory for decoding");
  AVIOContext* io = avio_alloc_context(buffer, kIoBuffer, 0, this, &Source::read, nullptr, &Source::seek);
  if (io == nullptr) av_free(buffer);
  io_ = own(io);

  AVFormatContext* format = own(avformat_alloc_context()).release();
  format->pb = io_.get();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = refuse_to_open;
  format->interrupt_callback = {[](void* self) { return static_cast<Source*>(self)->stop_.stop_requested() ? 1 : 0; },
                                this};
  // Playlists are refused by format, before the code that reads them runs.
  int result = kind != nullptr ? 0 : av_probe_input_buffer2(io_.get(), &kind, name_hint.c_str(), nullptr, 0, 0);
  if (result >= 0 && is_playlist(*kind)) {
    avformat_free_context(format);
    fail(ErrorKind::Decode,
         "{}: a playlist ({}) refers to other files or addresses, which are not opened; open the video itself",
         path_.string(), kind->name);
  }
  Options options;
  options.set("protocol_whitelist", "none");
  if (codec != AV_CODEC_ID_NONE) {
    format->video_codec_id = codec;
    options.set("frame_size", size_);
  }
  if (result >= 0)
    result = avformat_open_input(&format, name_hint.c_str(), kind, options.get());
  else
    avformat_free_context(format);
  stop_here();
  check_memory(result);
  if (result < 0) {  // FFmpeg has freed the context
    if (result == AVERROR(EPERM))
      fail(ErrorKind::Decode, "{}: the file refers to other files or addresses, which are not opened", path_.string());
    fail(ErrorKind::Decode, "{}: FFmpeg cannot open it as a video or image: {}", path_.string(), describe(result));
  }
  format_.reset(format);
}

void Source::stop_here() const { stop_here_if_asked(stop_); }

int Source::read(void* self, std::uint8_t* buffer, int size) {
  auto& source = *static_cast<Source*>(self);
  if (source.stop_.stop_requested()) return AVERROR_EXIT;
  const std::streamsize got = source.file_.sgetn(reinterpret_cast<char*>(buffer), size);
  return got > 0 ? static_cast<int>(got) : AVERROR_EOF;
}

std::int64_t Source::seek(void* self, std::int64_t offset, int whence) {
  auto& source = *static_cast<Source*>(self);
  if ((whence & AVSEEK_SIZE) != 0) return source.size_;
  std::ios::seekdir from = std::ios::beg;
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET: break;
    case SEEK_CUR: from = std::ios::cur; break;
    case SEEK_END: from = std::ios::end; break;
    default: return AVERROR(EINVAL);
  }
  const std::streamoff at = source.file_.pubseekoff(offset, from, std::ios::in);
  return at < 0 ? AVERROR(EIO) : at;
}

bool Source::next(AVPacket& packet) {
  for (;;) {
    stop_here();
    av_packet_unref(&packet);
    const int result = av_read_frame(format_.get(), &packet);
    stop_here();
    check_memory(result);
    if (result == AVERROR(EAGAIN)) continue;
    if (result < 0) {
      read_error_ = result == AVERROR_EOF ? 0 : result;
      return false;
    }
    if (only_ >= 0) {
      if (packet.stream_index == only_) return true;
      continue;
    }
    if (packet.stream_index == stream_->index || (sound_ != nullptr && packet.stream_index == sound_->index)) {
      continue_times(packet);
      return true;
    }
  }
}

std::vector<SoundTrack> Source::sounds() const {
  std::vector<SoundTrack> tracks;
  for (const AVStream* stream : std::span(format_->streams, format_->nb_streams)) {
    const AVCodecParameters& codec = *stream->codecpar;
    if (codec.codec_type != AVMEDIA_TYPE_AUDIO || avcodec_find_decoder(codec.codec_id) == nullptr) continue;
    tracks.push_back({stream->index, tag_of(*stream, "language"), tag_of(*stream, "title"),
                      avcodec_get_name(codec.codec_id), codec.ch_layout.nb_channels});
  }
  return tracks;
}

void Source::choose_sound(int stream) {
  const auto tracks = sounds();
  if (std::ranges::none_of(tracks, [stream](const SoundTrack& track) { return track.stream == stream; })) return;
  if (sound_ != nullptr) sound_->discard = AVDISCARD_ALL;
  sound_ = format_->streams[stream];
  sound_->discard = AVDISCARD_DEFAULT;
  sound_clock_ = {};
}

void Source::read_only(int stream) {
  only_ = stream;
  for (AVStream* other : std::span(format_->streams, format_->nb_streams))
    other->discard = other->index == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

void Source::continue_times(AVPacket& packet) {
  constexpr double kGap = 10;  // seconds; a longer gap between packets means another recording
  joined_ = false;
  if ((format_->iformat->flags & AVFMT_TS_DISCONT) == 0) return;
  const bool picture = packet.stream_index == stream_->index;
  const AVStream& stream = picture ? *stream_ : *sound_;
  Clock& clock = picture ? picture_clock_ : sound_clock_;
  const std::int64_t stamp = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (stamp == AV_NOPTS_VALUE) return;
  if (clock.last != AV_NOPTS_VALUE) {
    const double on = static_cast<double>(stamp + clock.offset - clock.last) * av_q2d(stream.time_base);
    const double usual = static_cast<double>(clock.duration) * av_q2d(stream.time_base);
    joined_ = on < 0 || on > std::max(kGap, kGap * usual);
    if (joined_) clock.offset = clock.last + clock.duration - stamp;
  }
  clock.last = stamp + clock.offset;
  clock.duration =
      packet.duration > 0 ? packet.duration : static_cast<std::int64_t>(frame_interval() / av_q2d(stream.time_base));
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += clock.offset;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += clock.offset;
}

bool Source::jump(std::int64_t timestamp) {
  picture_clock_ = sound_clock_ = {};
  return av_seek_frame(format_.get(), stream_->index, timestamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

double Source::frame_interval() const {
  for (const AVRational rate : {stream_->avg_frame_rate, stream_->r_frame_rate})
    if (rate.num > 0 && rate.den > 0) return av_q2d(av_inv_q(rate));
  return 1.0 / 25;
}

double Source::frame_rate() const {
  for (const AVRational rate : {stream_->avg_frame_rate, stream_->r_frame_rate})
    if (rate.num > 0 && rate.den > 0) return av_q2d(rate);
  return 25;
}

double Source::declared_seconds() const {
  if (stream_->duration > 0) return static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  if (format_->duration <= 0 || format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) return 0;
  // Matroska's duration counts from 0, even if the first picture comes later.
  std::int64_t duration = format_->duration;
  if (container().starts_with("matroska") && format_->start_time > 0 && format_->start_time < duration)
    duration -= format_->start_time;
  return static_cast<double>(duration) / AV_TIME_BASE;
}

bool Source::may_be_image() const {
  const std::string name = container();
  return name.ends_with("_pipe") || name == "image2pipe" || name == "gif" || name == "apng" || name == "ico";
}

double Source::pixel_aspect() const {
  constexpr double kMost = 100;
  if (may_be_image()) return 1;
  const AVRational of_codec = stream_->codecpar->sample_aspect_ratio;
  const AVRational ratio = stream_->sample_aspect_ratio.num > 0 ? stream_->sample_aspect_ratio : of_codec;
  if (ratio.num <= 0 || ratio.den <= 0) return 1;
  const double aspect = av_q2d(ratio);
  return aspect <= kMost && aspect >= 1 / kMost ? aspect : 1;
}

namespace {

// The pixel format of `codec` on a device of that type; AV_PIX_FMT_NONE: it cannot decode there.
AVPixelFormat device_format(const AVCodec& codec, AVHWDeviceType type) {
  for (int i = 0;; ++i) {
    const AVCodecHWConfig* config = avcodec_get_hw_config(&codec, i);
    if (config == nullptr) return AV_PIX_FMT_NONE;
    if (config->device_type == type && (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0)
      return config->pix_fmt;
  }
}

AVHWDeviceType type_of(const AVBufferRef& device) {
  return reinterpret_cast<const AVHWDeviceContext*>(device.data)->type;
}

AVPixelFormat prefer_device(AVCodecContext* context, const AVPixelFormat* offered) {
  const AVPixelFormat wanted = device_format(*context->codec, type_of(*context->hw_device_ctx));
  for (const AVPixelFormat* format = offered; *format != AV_PIX_FMT_NONE; ++format)
    if (*format == wanted) return wanted;
  return avcodec_default_get_format(context, offered);
}

}  // namespace

Owned<AVBufferRef> open_hardware(const AVStream& stream) {
  silence_log();
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (codec == nullptr) return nullptr;
  // Not VDPAU: its library writes to stderr where there is no device, and VAAPI covers the same devices.
  for (const AVHWDeviceType type : {AV_HWDEVICE_TYPE_VAAPI, AV_HWDEVICE_TYPE_CUDA}) {
    AVBufferRef* device = nullptr;
    if (device_format(*codec, type) != AV_PIX_FMT_NONE &&
        av_hwdevice_ctx_create(&device, type, nullptr, nullptr, 0) >= 0)
      return Owned<AVBufferRef>(device);
  }
  return nullptr;
}

Decoder::Decoder(const AVStream& stream, Damage damage, int threads, AVBufferRef* hardware)
    : frame_(own(av_frame_alloc())), copy_(own(av_frame_alloc())) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  if (codec == nullptr)
    fail(ErrorKind::Decode, "this FFmpeg has no decoder for {}", avcodec_get_name(stream.codecpar->codec_id));
  const auto open = [&](int with_threads) {
    context_ = own(avcodec_alloc_context3(codec));
    check_memory(avcodec_parameters_to_context(context_.get(), stream.codecpar));
    context_->pkt_timebase = stream.time_base;
    context_->framerate = stream.avg_frame_rate;
    context_->thread_count = with_threads;
    context_->max_pixels = kMaxPixels;
    if (hardware != nullptr) {
      context_->hw_device_ctx = av_buffer_ref(hardware);
      context_->get_format = prefer_device;
    }
    if (damage == Damage::Refuse) context_->err_recognition |= AV_EF_EXPLODE;
    return avcodec_open2(context_.get(), codec, nullptr);
  };
  int result = open(threads);
  // That many threads could not be started; dav1d reports it as a lack of memory.
  if (threads > 1 && (result == AVERROR(EAGAIN) || result == AVERROR(ENOMEM))) result = open(1);
  check_memory(result == AVERROR(EAGAIN) ? AVERROR(ENOMEM) : result);
  if (result < 0) fail(ErrorKind::Decode, "the decoder for {} does not start: {}", codec->name, describe(result));
}

const AVFrame* Decoder::in_memory() {
  if (frame_->hw_frames_ctx == nullptr) return frame_.get();
  av_frame_unref(copy_.get());
  if (av_hwframe_transfer_data(copy_.get(), frame_.get(), 0) < 0) return nullptr;
  check_memory(av_frame_copy_props(copy_.get(), frame_.get()));
  return copy_.get();
}

bool Decoder::drain(const OnFrame& on_frame, bool& go_on) {
  constexpr int kPatience = 1000;  // consecutive errors after which the decoder counts as stuck
  for (int in_a_row = 0; in_a_row < kPatience;) {
    const int result = avcodec_receive_frame(context_.get(), frame_.get());
    if (result == AVERROR(EAGAIN)) return true;
    if (result == AVERROR_EOF) return false;
    check_memory(result);
    if (result < 0) {
      ++errors_;
      ++in_a_row;
      continue;
    }
    in_a_row = 0;
    if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0) ++concealed_;
    if (const AVFrame* frame = in_memory())
      go_on = on_frame(*frame);
    else
      ++errors_;
    av_frame_unref(frame_.get());
    if (!go_on) return false;
  }
  return false;
}

bool Decoder::feed(const AVPacket* packet, const OnFrame& on_frame) {
  // FFmpeg takes an empty packet for the end.
  if (packet != nullptr && packet->size == 0 && packet->side_data_elems == 0) return true;
  bool go_on = true;
  for (;;) {
    const int result = avcodec_send_packet(context_.get(), packet);
    check_memory(result);
    if (result < 0 && result != AVERROR(EAGAIN) && result != AVERROR_EOF) ++errors_;
    const bool open = drain(on_frame, go_on);
    if (!go_on) return false;
    if (result != AVERROR(EAGAIN) || !open) return true;
  }
}

}  // namespace sparsight::ffmpeg

namespace sparsight {

FfmpegBuild ffmpeg_build() { return {.version = av_version_info(), .licence = avcodec_license()}; }

}  // namespace sparsight
