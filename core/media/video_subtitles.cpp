#include "core/media/video_subtitles.h"

#include "core/base/progress.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/media/ass_text.h"
#include "core/media/video_source.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace sparsight {
namespace {

using ffmpeg::check_memory, ffmpeg::describe, ffmpeg::own, ffmpeg::Owned, ffmpeg::silence_log, ffmpeg::Source,
    ffmpeg::tag_of;

constexpr double kUnlessSaid = 4;  // seconds that a cue without an end is shown
constexpr double kLongest = 3600;  // and any cue at most

struct FreeSubtitle {
  void operator()(AVSubtitle* p) const { avsubtitle_free(p); }
};

const char* format_of(const std::string& ending) {
  if (ending == "srt") return "srt";
  if (ending == "ass" || ending == "ssa") return "ass";
  return ending == "vtt" ? "webvtt" : nullptr;
}

std::string lower(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

bool is_kind(AVCodecID codec, int kind) {
  const AVCodecDescriptor* known = avcodec_descriptor_get(codec);
  return known != nullptr && (known->props & kind) != 0;
}
bool is_text(AVCodecID codec) { return is_kind(codec, AV_CODEC_PROP_TEXT_SUB); }
bool is_readable(AVCodecID codec) {
  return is_kind(codec, AV_CODEC_PROP_TEXT_SUB | AV_CODEC_PROP_BITMAP_SUB) && avcodec_find_decoder(codec) != nullptr;
}

void add_beside(const std::filesystem::path& video, std::vector<SubtitleTrack>& tracks) {
  std::error_code failed;
  const std::string stem = video.stem().string();
  std::vector<SubtitleTrack> beside;
  const auto folder = video.has_parent_path() ? video.parent_path() : std::filesystem::path(".");
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(stem + ".")) continue;
    const std::string ending = lower(at->path().extension().string());
    if (ending.empty() || format_of(ending.substr(1)) == nullptr) continue;
    // NAME.srt has no word between; NAME.en.srt has one.
    const std::size_t between = name.size() - ending.size();
    const std::string word = between > stem.size() ? name.substr(stem.size() + 1, between - stem.size() - 1) : "";
    std::error_code unknown;
    if (word.find('.') != std::string::npos || !at->is_regular_file(unknown)) continue;
    beside.push_back({.file = at->path(), .language = one_line(word, 100), .codec = ending.substr(1)});
  }
  std::ranges::sort(beside, {}, &SubtitleTrack::file);
  for (SubtitleTrack& track : beside)
    if (tracks.size() < kMostSubtitleTracks) tracks.push_back(std::move(track));
}

// Decodes the packets of one stream and passes its cues on.
class Cues {
 public:
  // `pictures`: the stream that is shown below; null: there is none.
  Cues(const AVStream& stream, const AVStream* pictures, double origin_s,
       const std::function<void(std::vector<SubtitleCue>)>& on_cues)
      : unit_(av_q2d(stream.time_base)), origin_s_(origin_s), pictures_(pictures), on_cues_(on_cues) {
    const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
    if (codec == nullptr || !is_readable(stream.codecpar->codec_id))
      fail(ErrorKind::Decode, "subtitles of the kind {} cannot be shown", avcodec_get_name(stream.codecpar->codec_id));
    context_ = own(avcodec_alloc_context3(codec));
    check_memory(avcodec_parameters_to_context(context_.get(), stream.codecpar));
    context_->pkt_timebase = stream.time_base;
    const int result = avcodec_open2(context_.get(), codec, nullptr);
    check_memory(result);
    if (result < 0) fail(ErrorKind::Decode, "the decoder for {} does not start: {}", codec->name, describe(result));
  }

  // False: there are as many as may be.
  [[nodiscard]] bool add(AVPacket& packet) {
    if (packet.pts == AV_NOPTS_VALUE) return true;
    const double start = static_cast<double>(packet.pts) * unit_ - origin_s_;
    const double said = static_cast<double>(packet.duration) * unit_;
    // A cue without an end ends where the next one begins.
    if (open_ended_ > 0)
      for (SubtitleCue& cue : std::span(cues_).last(std::min(open_ended_, cues_.size())))
        if (start > cue.start_s) cue.end_s = std::min(cue.end_s, start);
    open_ended_ = 0;
    AVSubtitle subtitle{};
    int got = 0;
    if (avcodec_decode_subtitle2(context_.get(), &subtitle, &got, &packet) < 0 || got == 0) return true;
    const std::unique_ptr<AVSubtitle, FreeSubtitle> freed(&subtitle);
    const bool timed = subtitle.end_display_time > 0 && subtitle.end_display_time != UINT32_MAX;
    const double shown = start + subtitle.start_display_time / 1000.0, from = std::max(shown, 0.0);
    const double to = said > 0 ? start + said
                      : timed  ? start + subtitle.end_display_time / 1000.0
                               : shown + kUnlessSaid;
    if (std::vector<SubtitlePicture> pictures = pictures_of(subtitle); !pictures.empty() && to > from) {
      // Pictures stay until the next ones come, or nothing does.
      const double end = said > 0 || timed ? std::min(to, from + kLongest) : from + kLongest;
      cues_.push_back({.start_s = from, .end_s = end, .pictures = std::move(pictures)});
      open_ended_ += said <= 0 && !timed ? 1 : 0;
      if (++count_ == kMostCues || picture_bytes_ > kMostPictureBytes) return false;
    }
    for (const AVSubtitleRect* rect : std::span(subtitle.rects, subtitle.num_rects)) {
      if (rect->ass == nullptr && rect->text == nullptr) continue;
      const std::string_view text = rect->ass != nullptr ? text_of_ass_line(rect->ass) : rect->text;
      auto runs = read_ass_text(text, kMostCueBytes);
      if (runs.empty() || to <= from) continue;
      cues_.push_back({.start_s = from, .end_s = std::min(to, from + kLongest), .runs = std::move(runs)});
      open_ended_ += said <= 0 && !timed ? 1 : 0;
      if (++count_ == kMostCues) return false;
    }
    constexpr double kOften = 0.3;  // seconds
    if (open_ended_ == 0 && since_passed_.seconds() > kOften) pass();
    return true;
  }
  void pass() {
    if (!cues_.empty()) on_cues_(std::exchange(cues_, {}));
    since_passed_ = Stopwatch();
  }

 private:
  [[nodiscard]] std::vector<SubtitlePicture> pictures_of(const AVSubtitle& subtitle) {
    std::vector<SubtitlePicture> pictures;
    // The canvas is what the track says, else the video's picture.
    const bool own = context_->width > 0 && context_->height > 0;
    const int wide = own ? context_->width : pictures_ != nullptr ? pictures_->codecpar->width : 0;
    const int high = own ? context_->height : pictures_ != nullptr ? pictures_->codecpar->height : 0;
    for (const AVSubtitleRect* rect : std::span(subtitle.rects, subtitle.num_rects)) {
      if (rect->type != SUBTITLE_BITMAP || pictures.size() == kMostCuePictures) continue;
      auto picture = pack_picture({.x = rect->x,
                                   .y = rect->y,
                                   .width = rect->w,
                                   .height = rect->h,
                                   .stride = rect->linesize[0],
                                   .colours = std::clamp(rect->nb_colors, 0, AVPALETTE_COUNT),
                                   .indices = rect->data[0],
                                   .palette = reinterpret_cast<const std::uint32_t*>(rect->data[1])},
                                  wide, high);
      if (!picture) continue;
      picture_bytes_ += picture->packed->size();
      pictures.push_back(std::move(*picture));
    }
    return pictures;
  }

  double unit_, origin_s_;
  const AVStream* pictures_;
  const std::function<void(std::vector<SubtitleCue>)>& on_cues_;
  Owned<AVCodecContext> context_;
  std::vector<SubtitleCue> cues_;
  std::size_t count_ = 0, open_ended_ = 0, picture_bytes_ = 0;
  Stopwatch since_passed_;
};

// The text of a file as UTF-8: FFmpeg reads UTF-16 itself; anything else that is not UTF-8 is taken for Windows-1252.
std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kMostSubtitleFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in.is_open())) fail(ErrorKind::File, "{}: cannot be opened for reading", path.string());
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMostSubtitleFile)
    fail(ErrorKind::File, "{}: expected at most {} MiB of subtitles", path.string(), kMostSubtitleFile >> 20);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || utf8_of(text) == Utf8::Valid) return text;
  // 0x80 to 0x9F; the rest is as in Unicode.
  static constexpr std::array<char16_t, 32> kWindows = {
      u'\u20AC', u'\uFFFD', u'\u201A', u'\u0192', u'\u201E', u'\u2026', u'\u2020', u'\u2021',
      u'\u02C6', u'\u2030', u'\u0160', u'\u2039', u'\u0152', u'\uFFFD', u'\u017D', u'\uFFFD',
      u'\uFFFD', u'\u2018', u'\u2019', u'\u201C', u'\u201D', u'\u2022', u'\u2013', u'\u2014',
      u'\u02DC', u'\u2122', u'\u0161', u'\u203A', u'\u0153', u'\uFFFD', u'\u017E', u'\u0178'};
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const unsigned code = byte >= 0x80 && byte < 0xA0 ? kWindows[byte - 0x80U] : byte;
    if (code < 0x80) {
      out += c;
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0U | code >> 6U);
      out += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
      out += static_cast<char>(0xE0U | code >> 12U);
      out += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
      out += static_cast<char>(0x80U | (code & 0x3FU));
    }
  }
  return out;
}

// A file of subtitles that FFmpeg reads from memory, so that it opens nothing itself.
class TextFile {
 public:
  explicit TextFile(const SubtitleTrack& track) : text_(read_text(track.file)) {
    silence_log();
    constexpr int kBuffer = 1 << 14;
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
    if (buffer == nullptr) fail(ErrorKind::Memory, "not enough memory for the subtitles");
    AVIOContext* io = avio_alloc_context(buffer, kBuffer, 0, this, &TextFile::read, nullptr, &TextFile::seek);
    if (io == nullptr) av_free(buffer);
    io_ = own(io);
    AVFormatContext* format = own(avformat_alloc_context()).release();
    format->pb = io_.get();
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); };
    const char* kind = format_of(track.codec);
    const int result =
        avformat_open_input(&format, "", kind != nullptr ? av_find_input_format(kind) : nullptr, nullptr);
    check_memory(result);
    if (result < 0)  // FFmpeg has freed the context
      fail(ErrorKind::Decode, "{}: these are no subtitles: {}", track.file.string(), describe(result));
    format_.reset(format);
    if (format_->nb_streams == 0) fail(ErrorKind::Decode, "{}: there are no subtitles in it", track.file.string());
  }
  [[nodiscard]] const AVStream& stream() const { return *format_->streams[0]; }
  [[nodiscard]] bool next(AVPacket& packet) {
    av_packet_unref(&packet);
    const int result = av_read_frame(format_.get(), &packet);
    check_memory(result);
    return result >= 0;
  }

 private:
  static int read(void* self, std::uint8_t* to, int size) {
    auto& file = *static_cast<TextFile*>(self);
    const std::size_t part = std::min(static_cast<std::size_t>(std::max(size, 0)), file.text_.size() - file.at_);
    std::copy_n(file.text_.data() + file.at_, part, reinterpret_cast<char*>(to));
    file.at_ += part;
    return part > 0 ? static_cast<int>(part) : AVERROR_EOF;
  }
  static std::int64_t seek(void* self, std::int64_t offset, int whence) {
    auto& file = *static_cast<TextFile*>(self);
    const auto size = static_cast<std::int64_t>(file.text_.size());
    if ((whence & AVSEEK_SIZE) != 0) return size;
    const int how = whence & ~AVSEEK_FORCE;
    const std::int64_t to = offset + (how == SEEK_CUR   ? static_cast<std::int64_t>(file.at_)
                                      : how == SEEK_END ? size
                                                        : 0);
    if (to < 0 || to > size) return AVERROR(EINVAL);
    file.at_ = static_cast<std::size_t>(to);
    return to;
  }

  std::string text_;
  std::size_t at_ = 0;
  Owned<AVIOContext> io_;
  Owned<AVFormatContext> format_;
};

}  // namespace

std::vector<SubtitleTrack> subtitle_tracks(const std::filesystem::path& video, const std::stop_token& stop) {
  std::vector<SubtitleTrack> tracks;
  try {
    const Source source(video, stop);
    for (const AVStream* stream : std::span(source.format().streams, source.format().nb_streams)) {
      const AVCodecParameters& codec = *stream->codecpar;
      if (codec.codec_type != AVMEDIA_TYPE_SUBTITLE || tracks.size() == kMostSubtitleTracks) continue;
      tracks.push_back({.stream = stream->index,
                        .language = tag_of(*stream, "language"),
                        .title = tag_of(*stream, "title"),
                        .codec = avcodec_get_name(codec.codec_id),
                        .text = is_text(codec.codec_id),
                        .readable = is_readable(codec.codec_id),
                        .forced = (stream->disposition & AV_DISPOSITION_FORCED) != 0});
    }
  } catch (const Error&) {  // the player says why
  }
  add_beside(video, tracks);
  return tracks;
}

void read_subtitles(const std::filesystem::path& video, const SubtitleTrack& track,
                    const std::function<void(std::vector<SubtitleCue>)>& on_cues, const std::stop_token& stop) {
  const auto packet = own(av_packet_alloc());
  if (!track.file.empty()) {
    TextFile file(track);
    Cues cues(file.stream(), nullptr, 0, on_cues);
    while (file.next(*packet) && cues.add(*packet)) stop_here_if_asked(stop);
    return cues.pass();
  }
  Source source(video, stop);
  const AVStream& pictures = source.stream();
  if (track.stream < 0 || track.stream >= static_cast<int>(source.format().nb_streams))
    fail(ErrorKind::Decode, "{}: there is no stream {}", video.string(), track.stream);
  const double origin =
      pictures.start_time == AV_NOPTS_VALUE ? 0 : static_cast<double>(pictures.start_time) * av_q2d(pictures.time_base);
  source.read_only(track.stream);
  Cues cues(*source.format().streams[track.stream], &pictures, origin, on_cues);
  while (source.next(*packet) && cues.add(*packet)) {
  }
  cues.pass();
}

}  // namespace sparsight
