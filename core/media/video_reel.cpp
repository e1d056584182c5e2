#include "core/media/video_reel.h"

#include "core/base/machine.h"
#include "core/media/picture_file.h"
#include "core/media/video_picture.h"
#include "core/media/video_scan.h"
#include "core/media/video_sound.h"
#include "core/media/video_source.h"
#include "core/media/video_times.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

constexpr double kSoundAhead = 0.4;                           // seconds of sound kept waiting
constexpr std::size_t kMostPictures = 16;                     // decoded ahead
constexpr double kTolerance = 1e-4;                           // times this close belong to one frame
constexpr std::int64_t kQuicklyRead = std::int64_t{1} << 30;  // bytes of a file that may be read through at once

// Half of the cores, because an answer may be computed while a video plays.
int decoder_threads() { return static_cast<int>(std::max<std::size_t>(1, usable_cores() / 2)); }

// Decoded, but not yet converted: most pictures before the one sought never are.
struct Decoded {
  ffmpeg::Owned<AVFrame> frame;  // null: it is the picture `of_file`
  std::size_t of_file = 0;
  double time_s = 0;
};

}  // namespace

struct Reel::Impl {
  Impl(std::filesystem::path file, ToneMap tone_map, std::stop_token stop, ReelSound* sound, bool device)
      : file_(std::move(file)), stop_(std::move(stop)), ring_(sound), packet_(ffmpeg::own(av_packet_alloc())) {
    auto kind = kind_of_picture(file_);
    if (!kind) {
      open_source();
      kind = kind_of_picture(file_, *source_);
    }
    if (kind) {
      pictures_of_file_ = std::make_unique<PictureFile>(file_, *kind, tone_map);
      return;
    }
    unit_ = av_q2d(source_->stream().time_base);
    origin_ = source_->stream().start_time == AV_NOPTS_VALUE ? 0 : source_->stream().start_time;
    const ffmpeg::Conversion conversion = ffmpeg::conversion_of(*source_, file_, tone_map, false);
    converter_ = ffmpeg::RgbConverter(conversion, static_cast<int>(usable_cores()));
    aspect_ = ffmpeg::upright_aspect(*source_, conversion.orientation);
    if (device) hardware_ = ffmpeg::open_hardware(source_->stream());
    find_times();
    start_decoders();
  }

  [[nodiscard]] ReelInfo info() const {
    if (pictures_of_file_) {
      const auto count = static_cast<double>(pictures_of_file_->times().size());
      return {.duration_s = pictures_of_file_->duration_s(),
              .frame_s = pictures_of_file_->duration_s() / count,
              .still = count == 1};
    }
    if (still_) return {.pixel_aspect = aspect_, .still = true};
    double duration = source_->declared_seconds();
    if (scan_) {
      ffmpeg::FrameTimes times(*source_, *scan_);
      for (const std::int64_t stamp : scan_->decode_order.empty() ? scan_->stamps : scan_->decode_order)
        times.add(stamp);
      duration = times.duration();
    } else if (duration <= 0 && source_->format().duration > 0) {
      duration = static_cast<double>(source_->format().duration) / AV_TIME_BASE;
    }
    return {.duration_s = duration,
            .frame_s = source_->frame_interval(),
            .pixel_aspect = aspect_,
            .has_sound = has_sound(),
            .sounds = source_->sounds(),
            .sound = source_->sound() != nullptr ? source_->sound()->index : -1};
  }
  [[nodiscard]] bool has_sound() const { return sound_.has_value(); }
  void take_sound(bool take) { take_sound_ = take; }

  [[nodiscard]] std::optional<double> next_time() {
    while (pictures_.empty() && !ended_) pump();
    return pictures_.empty() ? std::nullopt : std::optional(pictures_.front().time_s);
  }
  [[nodiscard]] Decoded pull() {
    Decoded next = std::move(pictures_.front());
    pictures_.pop_front();
    return next;
  }
  [[nodiscard]] Picture convert(const Decoded& next) {
    return {next.frame ? converter_.convert(*next.frame) : pictures_of_file_->picture(next.of_file), next.time_s};
  }
  [[nodiscard]] bool next_is_due(double time) const { return pictures_.size() > 1 && pictures_[1].time_s <= time; }
  void keep_sound_flowing() {
    while (take_sound_ && has_sound() && !ended_ && pictures_.size() < kMostPictures &&
           ring_->waiting_s() < kSoundAhead)
      pump();
  }

  [[nodiscard]] std::optional<Picture> at(double time, const std::function<bool()>& give_up) {
    for (double back = 0;; back = back == 0 ? 2 : back * 4) {
      const bool at_start = !jump(time - back);
      sound_from_ = time;  // what is decoded on the way and is later than this is heard
      sound_begins_ = true;
      if (has_sound()) ring_->reset(time);
      std::optional<Decoded> shown;
      while (const auto next = next_time()) {
        if (give_up && give_up()) return std::nullopt;
        if (*next > time + kTolerance) break;
        shown = pull();
      }
      if (!shown && at_start && next_time()) shown = pull();
      if (!shown && at_start && hardware_) {  // the device opened but decodes nothing
        hardware_.reset();
        return at(time, give_up);
      }
      if (!shown && !at_start) continue;
      return shown ? std::optional(convert(*shown)) : std::nullopt;
    }
  }

  void set_tempo(double tempo) {
    if (tempo == tempo_.tempo()) return;
    if (has_sound()) {
      tempo_.finish([this](std::span<const std::int16_t> samples) { ring_->write_samples(samples); });
      ring_->set_tempo(tempo);
    }
    tempo_ = ffmpeg::Tempo(tempo);
  }
  void choose_sound(int stream) {
    if (!source_ || ring_ == nullptr) return;
    wanted_sound_ = stream;
    source_->choose_sound(stream);
    start_decoders();
  }
  void open_source() {
    source_ =
        std::make_unique<ffmpeg::Source>(file_, stop_, ring_ != nullptr ? ffmpeg::Sound::Read : ffmpeg::Sound::Leave);
    if (wanted_sound_ >= 0) source_->choose_sound(wanted_sound_);
  }

  // Finds out whether the time stamps can be trusted, as they nearly always can. The first stamps show it, and the
  // format: some formats hold joined recordings. If not, reads the whole file to compute the times.
  void find_times() {
    constexpr int kFirst = 32;
    ffmpeg::Source source(file_, stop_);
    bool odd = (source.format().iformat->flags & AVFMT_TS_DISCONT) != 0;
    std::int64_t last = AV_NOPTS_VALUE;
    int read = 0;
    for (; read < (source.may_be_image() && odd ? 2 : odd ? 0 : kFirst) && source.next(*packet_); ++read) {
      odd = odd || packet_->pts == AV_NOPTS_VALUE || packet_->pts == last;
      last = packet_->pts;
    }
    av_packet_unref(packet_.get());
    still_ = source.may_be_image() && read == 1;
    if (still_) return;
    std::error_code unknown;
    if (!odd || static_cast<std::int64_t>(std::filesystem::file_size(file_, unknown)) > kQuicklyRead) return;
    ffmpeg::Source whole(file_, stop_);
    ffmpeg::Scan scan = ffmpeg::scan_packets(whole);
    if (ffmpeg::times_are_plain(scan)) return;
    scan_ = std::make_unique<const ffmpeg::Scan>(std::move(scan));
    times_.emplace(*source_, *scan_);
  }

  void start_decoders() {
    video_.emplace(source_->stream(), ffmpeg::Damage::Conceal, threads_, hardware_.get());
    sound_.reset();
    if (source_->sound() == nullptr || ring_ == nullptr) return;
    try {
      sound_.emplace(*source_->sound(), ffmpeg::Damage::Conceal, 1);
    } catch (const Error&) {  // no decoder for the sound: the pictures play without it
    }
    resampler_ = {};
    tempo_ = ffmpeg::Tempo(tempo_.tempo());
  }

  // False: it went to the very start.
  bool jump(double time) {
    pictures_.clear();
    ended_ = false;
    if (pictures_of_file_) {
      const std::vector<double>& times = pictures_of_file_->times();
      const auto behind = std::upper_bound(times.begin(), times.end(), time + kTolerance);
      next_of_file_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(behind - times.begin() - 1, 0));
      return next_of_file_ > 0;
    }
    const bool by_time = !scan_ || !scan_->decode_order.empty();
    const bool jumped =
        time > 0 && by_time && source_->jump(origin_ + static_cast<std::int64_t>(std::floor(time / unit_)));
    if (!jumped && scan_) {  // their times can only be counted from the start
      open_source();
      times_.emplace(*source_, *scan_);
    } else if (!jumped) {
      (void)source_->jump(origin_);
    }
    landed_ = jumped && scan_ != nullptr;
    start_decoders();
    return jumped;
  }

  void pump() {
    if (pictures_of_file_) {
      const std::vector<double>& times = pictures_of_file_->times();
      ended_ = next_of_file_ == times.size();
      if (ended_) return;
      pictures_.push_back({nullptr, next_of_file_, times[next_of_file_]});
      ++next_of_file_;
      return;
    }
    const bool got = source_->next(*packet_);
    const AVPacket* packet = got ? packet_.get() : nullptr;
    if (packet != nullptr && packet->stream_index == source_->stream().index && std::exchange(landed_, false))
      times_->start_at(packet->dts);
    if (packet != nullptr && packet->stream_index != source_->stream().index) {
      if (sound_ && take_sound_) sound_->feed(packet, [this](const AVFrame& frame) { return hear(frame); });
      if (sound_failed_) sound_.reset();
      return;
    }
    video_->feed(packet, [this](const AVFrame& frame) { return see(frame); });
    if (!got) ended_ = true;
  }

  bool see(const AVFrame& frame) {
    const std::int64_t stamp = frame.best_effort_timestamp;
    double time =
        stamp == AV_NOPTS_VALUE ? last_ + source_->frame_interval() : static_cast<double>(stamp - origin_) * unit_;
    if (times_) {
      times_->add(stamp);
      time = times_->seconds().back();
    }
    last_ = time;
    pictures_.push_back({ffmpeg::own(av_frame_clone(&frame)), 0, time});
    return true;
  }

  bool hear(const AVFrame& frame) {
    if (!resampler_.convert(frame, samples_)) {
      sound_failed_ = true;
      return false;
    }
    const AVStream& stream = *source_->sound();
    const double time = frame.best_effort_timestamp == AV_NOPTS_VALUE
                            ? sound_from_
                            : static_cast<double>(frame.best_effort_timestamp) * av_q2d(stream.time_base) -
                                  static_cast<double>(origin_) * unit_;
    if (std::exchange(sound_begins_, false)) fill_gap(time - sound_from_);
    // Sound from before the target picture is left out.
    const auto frames = static_cast<double>(samples_.size() / ReelSound::kChannels);
    const double early = std::clamp(sound_from_ - time, 0.0, frames / ReelSound::kRate);
    const auto skip = static_cast<std::size_t>(early * ReelSound::kRate) * ReelSound::kChannels;
    tempo_.feed(std::span<const std::int16_t>(samples_).subspan(std::min(skip, samples_.size())),
                [this](std::span<const std::int16_t> samples) { ring_->write_samples(samples); });
    return true;
  }

  // Sound may begin later than the pictures.
  void fill_gap(double seconds) {
    constexpr double kMost = 1;
    if (seconds <= 0) return;
    const auto frames = static_cast<std::size_t>(std::min(seconds, kMost) * ReelSound::kRate);
    tempo_.feed(std::vector<std::int16_t>(frames * ReelSound::kChannels),
                [this](std::span<const std::int16_t> samples) { ring_->write_samples(samples); });
  }

  std::filesystem::path file_;
  std::stop_token stop_;
  std::unique_ptr<PictureFile> pictures_of_file_;  // null: FFmpeg decodes the file
  bool still_ = false;                             // FFmpeg decodes one picture
  std::size_t next_of_file_ = 0;
  std::unique_ptr<ffmpeg::Source> source_;
  const int threads_ = decoder_threads();
  double unit_ = 1, aspect_ = 1;
  std::int64_t origin_ = 0;
  std::unique_ptr<const ffmpeg::Scan> scan_;  // null: the stamps are the times
  std::optional<ffmpeg::FrameTimes> times_;   // with scan_: of the pictures since the start or the last jump
  bool landed_ = false;                       // the next packet is the first one after a jump
  ffmpeg::Owned<AVBufferRef> hardware_;       // null: pictures are decoded in software
  ReelSound* ring_;
  ffmpeg::Owned<AVPacket> packet_;
  std::optional<ffmpeg::Decoder> video_, sound_;
  int wanted_sound_ = -1;  // stream; -1: the usual one
  bool sound_failed_ = false;
  bool sound_begins_ = false;  // nothing was heard since the last at()
  ffmpeg::Resampler resampler_;
  ffmpeg::Tempo tempo_{1};
  std::vector<std::int16_t> samples_;
  ffmpeg::RgbConverter converter_;
  std::deque<Decoded> pictures_;
  double last_ = 0, sound_from_ = 0;
  bool ended_ = false, take_sound_ = true;
};

Reel::Reel(std::filesystem::path file, ToneMap tone_map, std::stop_token stop, ReelSound* sound, bool device)
    : impl_(std::make_unique<Impl>(std::move(file), tone_map, std::move(stop), sound, device)) {}
Reel::~Reel() = default;

ReelInfo Reel::info() const { return impl_->info(); }
bool Reel::has_sound() const { return impl_->has_sound(); }
void Reel::take_sound(bool take) { impl_->take_sound(take); }
void Reel::set_tempo(double tempo) { impl_->set_tempo(tempo); }
void Reel::choose_sound(int stream) { impl_->choose_sound(stream); }
std::optional<double> Reel::next_time() { return impl_->next_time(); }
Reel::Picture Reel::take() { return impl_->convert(impl_->pull()); }
void Reel::skip() { (void)impl_->pull(); }
bool Reel::next_is_due(double time) const { return impl_->next_is_due(time); }
void Reel::keep_sound_flowing() { impl_->keep_sound_flowing(); }
std::optional<Reel::Picture> Reel::at(double time, const std::function<bool()>& give_up) {
  return impl_->at(time, give_up);
}
std::optional<Reel::Picture> Reel::before(double time) { return impl_->at(std::max(0.0, time - 2 * kTolerance), {}); }

}  // namespace sparsight
