#include "app/player/playback.h"

#include "core/base/progress.h"
#include "core/media/picture_file.h"
#include "core/media/video_picture.h"
#include "core/media/video_scan.h"
#include "core/media/video_source.h"
#include "core/media/video_times.h"
#include "kernels/backends.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <vector>

namespace sparsight {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kSoundAhead = 0.4;       // seconds of sound kept waiting
constexpr std::size_t kMostPictures = 8;  // decoded ahead
constexpr double kLate = 0.1;             // a picture this late is skipped if the next one is due too
constexpr double kTolerance = 1e-4;       // times this close belong to one frame
constexpr std::int64_t kQuicklyRead = std::int64_t{1}
                                      << 30;  // files up to this many bytes are read through first if need be

// Half of the cores, because an answer may be computed while a video plays.
int decoder_threads() { return static_cast<int>(std::max<std::size_t>(1, cpu_cores() / 2)); }

struct FreeResampler {
  void operator()(SwrContext* p) const { swr_free(&p); }
};

QImage to_image(RgbImage image) {
  auto* pixels = new std::vector<std::uint8_t>(std::move(image.pixels));
  const auto free = [](void* owned) { delete static_cast<std::vector<std::uint8_t>*>(owned); };
  return {pixels->data(), image.width, image.height, image.width * 3, QImage::Format_RGB888, free, pixels};
}

}  // namespace

// The open file: pictures in order, sound into its ring.
class Playback::Reel {
 public:
  struct Picture {
    QImage image;
    double time_s;
  };

  Reel(std::filesystem::path file, ToneMap tone_map, std::stop_token stop, SoundRing* sound)
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
    converter_ = ffmpeg::RgbConverter(conversion, static_cast<int>(cpu_cores()));
    aspect_ = ffmpeg::upright_aspect(*source_, conversion.orientation);
    hardware_ = ffmpeg::open_hardware(source_->stream());
    find_times();
    start_decoders();
  }

  [[nodiscard]] Info info() const {
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
            .has_sound = has_sound()};
  }
  [[nodiscard]] bool has_sound() const { return sound_.has_value(); }
  void take_sound(bool take) { take_sound_ = take; }

  // The next picture; nullptr at the end.
  [[nodiscard]] Picture* front() {
    while (pictures_.empty() && !ended_) pump();
    return pictures_.empty() ? nullptr : &pictures_.front();
  }
  [[nodiscard]] Picture take() {
    Picture picture = std::move(pictures_.front());
    pictures_.pop_front();
    return picture;
  }
  [[nodiscard]] bool next_is_due(double time) const { return pictures_.size() > 1 && pictures_[1].time_s <= time; }
  // Reads on while there is little sound and room for pictures.
  void keep_sound_flowing() {
    while (take_sound_ && has_sound() && !ended_ && pictures_.size() < kMostPictures &&
           ring_->waiting_s() < kSoundAhead)
      pump();
  }

  // The picture shown at `time`, or the last one if the video is shorter. nullopt: no picture can be decoded.
  [[nodiscard]] std::optional<Picture> at(double time) {
    for (double back = 0;; back = back == 0 ? 2 : back * 4) {
      const bool at_start = !jump(time - back);
      std::optional<Picture> shown;
      while (Picture* next = front()) {
        if (next->time_s > time + kTolerance && (shown || at_start)) break;
        if (next->time_s > time + kTolerance) break;
        shown = take();
      }
      if (!shown && at_start && front() != nullptr) shown = take();
      if (!shown && at_start && hardware_) {  // the device opened but decodes nothing
        hardware_.reset();
        return at(time);
      }
      if (shown || at_start) {
        if (has_sound()) ring_->reset(shown ? shown->time_s : time);
        return shown;
      }
    }
  }
  // The last picture before `time`.
  [[nodiscard]] std::optional<Picture> before(double time) { return at(std::max(0.0, time - 2 * kTolerance)); }

 private:
  void open_source() {
    source_ =
        std::make_unique<ffmpeg::Source>(file_, stop_, ring_ != nullptr ? ffmpeg::Sound::Read : ffmpeg::Sound::Leave);
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
    resampler_.reset();
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
    sound_from_ = time;
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
      pictures_.push_back({to_image(pictures_of_file_->picture(next_of_file_)), times[next_of_file_]});
      ++next_of_file_;
      return;
    }
    const bool got = source_->next(*packet_);
    const AVPacket* packet = got ? packet_.get() : nullptr;
    if (packet != nullptr && packet->stream_index == source_->stream().index && std::exchange(landed_, false))
      times_->start_at(packet->dts);
    if (packet != nullptr && packet->stream_index != source_->stream().index) {
      if (sound_ && take_sound_) sound_->feed(packet, [this](const AVFrame& frame) { return hear(frame); });
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
    pictures_.push_back({to_image(converter_.convert(frame)), time});
    return true;
  }

  bool hear(const AVFrame& frame) {
    if (!resampler_) {
      AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO, heard = frame.ch_layout;
      SwrContext* context = nullptr;
      swr_alloc_set_opts2(&context, &stereo, AV_SAMPLE_FMT_S16, SoundRing::kRate, &heard,
                          static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
      resampler_.reset(context);
      if (context == nullptr || swr_init(context) < 0) {
        sound_.reset();
        return false;
      }
    }
    const AVStream& stream = *source_->sound();
    const double time = frame.best_effort_timestamp == AV_NOPTS_VALUE
                            ? sound_from_
                            : static_cast<double>(frame.best_effort_timestamp) * av_q2d(stream.time_base) -
                                  static_cast<double>(origin_) * unit_;
    std::vector<std::int16_t> out(static_cast<std::size_t>(swr_get_out_samples(resampler_.get(), frame.nb_samples)) *
                                  SoundRing::kChannels);
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    const int got = swr_convert(resampler_.get(), &to, static_cast<int>(out.size()) / SoundRing::kChannels,
                                const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
    if (got <= 0) return true;
    out.resize(static_cast<std::size_t>(got) * SoundRing::kChannels);
    // Sound from before the target picture is left out.
    const double early = std::clamp(sound_from_ - time, 0.0, static_cast<double>(got) / SoundRing::kRate);
    const auto skip = static_cast<std::size_t>(early * SoundRing::kRate) * SoundRing::kChannels;
    ring_->write_samples(std::span<const std::int16_t>(out).subspan(std::min(skip, out.size())));
    return true;
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
  SoundRing* ring_;
  ffmpeg::Owned<AVPacket> packet_;
  std::optional<ffmpeg::Decoder> video_, sound_;
  std::unique_ptr<SwrContext, FreeResampler> resampler_;
  ffmpeg::RgbConverter converter_;
  std::deque<Picture> pictures_;
  double last_ = 0, sound_from_ = 0;
  bool ended_ = false, take_sound_ = true;
};

Playback::Playback(std::filesystem::path file, ToneMap tone_map, Events events, SoundRing* sound)
    : file_(std::move(file)),
      tone_map_(tone_map),
      events_(std::move(events)),
      sound_(sound),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Playback::~Playback() {
  thread_.request_stop();
  wake_.notify_all();
  thread_.join();
}

void Playback::play(bool on) {
  {
    const std::lock_guard lock(mutex_);
    commands_.playing = on;
  }
  wake_.notify_all();
}

void Playback::seek(double time_s) {
  {
    const std::lock_guard lock(mutex_);
    commands_.seek = std::max(0.0, time_s);
    commands_.step = 0;
  }
  wake_.notify_all();
}

void Playback::step(int frames) {
  {
    const std::lock_guard lock(mutex_);
    commands_.playing = false;
    commands_.step += frames;
  }
  wake_.notify_all();
}

void Playback::set_rate(double rate) {
  const std::lock_guard lock(mutex_);
  commands_.rate = std::clamp(rate, 0.1, 8.0);
}

void Playback::set_loop(bool loop) {
  const std::lock_guard lock(mutex_);
  commands_.loop = loop;
}

void Playback::set_range(double start_s, double end_s) {
  const std::lock_guard lock(mutex_);
  commands_.start = start_s;
  commands_.end = end_s;
}

void Playback::set_sound_delay(double seconds) {
  const std::lock_guard lock(mutex_);
  commands_.sound_delay = seconds;
}

void Playback::run(const std::stop_token& stop) {
  try {
    Reel reel(file_, tone_map_, stop, sound_);
    events_.opened(reel.info());
    show_until_stopped(reel, stop);
  } catch (const Cancelled&) {
  } catch (const std::exception& error) {
    events_.failed(QString::fromUtf8(error.what()));
  }
}

void Playback::show_until_stopped(Reel& reel, const std::stop_token& stop) {
  double shown_s = 0;  // time of the shown picture
  bool was_playing = false;
  double start_s = 0;  // by the machine's clock
  auto start = Clock::now();
  const auto show = [&](const Reel::Picture& picture) {
    shown_s = picture.time_s;
    events_.picture(picture.image, picture.time_s);
  };
  const auto go_to = [&](double time) {
    if (const auto picture = reel.at(time)) show(*picture);
    start_s = shown_s;
    start = Clock::now();
  };
  go_to(0);
  while (!stop.stop_requested()) {
    Commands now;
    {
      std::unique_lock lock(mutex_);
      if (!was_playing)
        wake_.wait(lock, stop, [&] { return commands_.playing || commands_.seek || commands_.step != 0; });
      now = commands_;
      commands_.seek.reset();
      commands_.step = 0;
    }
    if (stop.stop_requested()) return;
    const bool heard = reel.has_sound() && now.rate == 1.0;
    reel.take_sound(heard);
    if (now.seek) go_to(*now.seek);
    for (; now.step > 0; --now.step)
      if (reel.front() != nullptr) show(reel.take());
    for (; now.step < 0; ++now.step)
      if (const auto picture = reel.before(shown_s)) show(*picture);
    if (now.playing && !was_playing) {
      if (reel.front() == nullptr)
        go_to(0);
      else if (heard)
        go_to(shown_s);  // sound begins at the shown picture
      start_s = shown_s;
      start = Clock::now();
    }
    was_playing = now.playing;
    if (reel.has_sound()) sound_->set_silent(!(now.playing && heard));
    if (!now.playing) continue;

    const Reel::Picture* next = reel.front();
    if (now.loop && now.end > now.start && next != nullptr && next->time_s >= now.end) {
      go_to(now.start);
      continue;
    }
    if (heard) reel.keep_sound_flowing();
    if (next == nullptr) {
      if (now.loop) {
        go_to(now.start);
        continue;
      }
      was_playing = false;
      {
        const std::lock_guard lock(mutex_);
        commands_.playing = false;
      }
      if (reel.has_sound()) sound_->set_silent(true);
      events_.ended();
      continue;
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    const double machine = start_s + elapsed * now.rate;
    const double clock = heard && sound_->waiting_s() > 0 ? sound_->read_up_to_s() - now.sound_delay : machine;
    if (next->time_s <= clock) {
      const Reel::Picture picture = reel.take();
      if (clock - picture.time_s < kLate || !reel.next_is_due(clock)) show(picture);
      continue;
    }
    const double wait = std::min((next->time_s - clock) / now.rate, 0.02);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, std::chrono::duration<double>(wait),
                   [&] { return !commands_.playing || commands_.seek || commands_.step != 0; });
    if (!heard && now.rate != commands_.rate) {
      start_s = clock;
      start = Clock::now();
    }
  }
}

}  // namespace sparsight
