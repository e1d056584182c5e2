#include "app/player/playback.h"

#include "core/base/progress.h"
#include "core/base/stopwatch.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace sparsight {
namespace {

constexpr double kDeaf = 1;    // seconds after which a device that takes nothing counts as gone
constexpr double kLate = 0.1;  // a picture this late is skipped if the next one is due too

QImage to_image(RgbImage image) {
  auto* pixels = new std::vector<std::uint8_t>(std::move(image.pixels));
  const auto free = [](void* owned) { delete static_cast<std::vector<std::uint8_t>*>(owned); };
  return {pixels->data(), image.width, image.height, image.width * 3, QImage::Format_RGB888, free, pixels};
}

}  // namespace

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

void Playback::choose_sound(int stream) {
  {
    const std::lock_guard lock(mutex_);
    commands_.sound = stream;
  }
  wake_.notify_all();
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

// What is shown, and since when it plays.
class Playback::Show {
 public:
  Show(Playback& playback, Reel& reel) : playback_(playback), reel_(reel) { go_to(0); }

  // What was commanded since, once there is something to do.
  [[nodiscard]] Commands take_commands(const std::stop_token& stop);
  // All but playing on.
  void obey(const Commands& now);
  // Shows what is due by now, or waits until something is.
  void play_on(const Commands& now, const std::stop_token& stop);

 private:
  [[nodiscard]] bool is_heard(const Commands& now) const {
    return reel_.has_sound() && !deaf_ && now.rate >= Reel::kLeastTempo && now.rate <= Reel::kMostTempo;
  }
  void start_clock(double time_s) {
    start_s_ = time_s;
    since_start_ = Stopwatch();
  }
  void show(Reel::Picture picture) {
    shown_s_ = picture.time_s;
    playback_.events_.picture(to_image(std::move(picture.image)), picture.time_s);
  }
  void go_to(double time_s) {
    if (auto picture = reel_.at(time_s)) show(std::move(*picture));
    start_clock(shown_s_);
  }
  void end(const Commands& now);
  void listen_to_device(bool begins);

  Playback& playback_;
  Reel& reel_;
  double shown_s_ = 0;  // time of the shown picture
  bool was_playing_ = false, was_heard_ = true;
  std::uint64_t asked_ = 0;  // as SoundRing has it
  Stopwatch since_asked_;
  bool deaf_ = false;   // the device is gone, so that the machine's clock counts
  double start_s_ = 0;  // where the video stood at the clock's start
  Stopwatch since_start_;
};

Playback::Commands Playback::Show::take_commands(const std::stop_token& stop) {
  Commands& commands = playback_.commands_;
  std::unique_lock lock(playback_.mutex_);
  if (!was_playing_)
    playback_.wake_.wait(lock, stop,
                         [&] { return commands.playing || commands.seek || commands.step != 0 || commands.sound; });
  Commands now = commands;
  commands.seek.reset();
  commands.step = 0;
  commands.sound.reset();
  return now;
}

// Whether the device still takes sound. `begins`: it plays from now on.
void Playback::Show::listen_to_device(bool begins) {
  if (!reel_.has_sound()) return;
  if (const std::uint64_t asked = playback_.sound_->asked(); begins || asked != asked_) {
    deaf_ = deaf_ && asked == asked_;
    asked_ = asked;
    since_asked_ = Stopwatch();
  } else if (since_asked_.seconds() > kDeaf) {
    deaf_ = true;
  }
}

void Playback::Show::obey(const Commands& now) {
  listen_to_device(now.playing && !was_playing_);
  const bool heard = is_heard(now);
  reel_.take_sound(heard);
  if (heard) reel_.set_tempo(now.rate);
  if (now.sound) reel_.choose_sound(*now.sound);
  // Sound that was left out until now, or another one, begins at the shown picture.
  const bool begins = now.playing && was_playing_ && ((heard && !was_heard_) || now.sound);
  was_heard_ = heard;
  if (now.seek) go_to(*now.seek);
  if (!now.seek && begins) go_to(shown_s_);
  for (int i = 0; i < now.step; ++i)
    if (reel_.next_time()) show(reel_.take());
  for (int i = 0; i > now.step; --i)
    if (auto picture = reel_.before(shown_s_)) show(std::move(*picture));
  if (now.playing && !was_playing_) {
    if (!reel_.next_time())
      go_to(0);
    else if (heard)
      go_to(shown_s_);  // sound begins at the shown picture
    start_clock(shown_s_);
  }
  was_playing_ = now.playing;
  if (reel_.has_sound()) playback_.sound_->set_silent(!(now.playing && heard));
}

void Playback::Show::end(const Commands& now) {
  if (now.loop) return go_to(now.start);
  was_playing_ = false;
  {
    const std::lock_guard lock(playback_.mutex_);
    playback_.commands_.playing = false;
  }
  if (reel_.has_sound()) playback_.sound_->set_silent(true);
  playback_.events_.ended();
}

void Playback::Show::play_on(const Commands& now, const std::stop_token& stop) {
  const bool heard = is_heard(now);
  const std::optional<double> next = reel_.next_time();
  if (now.loop && now.end > now.start && next && *next >= now.end) return go_to(now.start);
  if (heard) reel_.keep_sound_flowing();
  if (!next) return end(now);
  const double machine = start_s_ + since_start_.seconds() * now.rate;
  const SoundRing* sound = playback_.sound_;
  const bool by_sound = heard && sound->waiting_s() > 0;
  const double clock = by_sound ? sound->read_up_to_s() - now.sound_delay * now.rate : machine;
  if (by_sound) start_clock(clock);  // so that the machine's goes on from there where the sound ends
  if (*next <= clock) {
    if (clock - *next < kLate || !reel_.next_is_due(clock))
      show(reel_.take());
    else
      reel_.skip();
    return;
  }
  const double wait = std::min((*next - clock) / now.rate, 0.02);
  const Commands& commands = playback_.commands_;
  std::unique_lock lock(playback_.mutex_);
  playback_.wake_.wait_for(lock, stop, std::chrono::duration<double>(wait),
                           [&] { return !commands.playing || commands.seek || commands.step != 0 || commands.sound; });
  if (!heard && now.rate != commands.rate) start_clock(clock);
}

void Playback::show_until_stopped(Reel& reel, const std::stop_token& stop) {
  Show show(*this, reel);
  while (!stop.stop_requested()) {
    const Commands now = show.take_commands(stop);
    if (stop.stop_requested()) return;
    show.obey(now);
    if (now.playing) show.play_on(now, stop);
  }
}

}  // namespace sparsight
