// Decodes a video, an animation or a picture on its own thread and emits each picture when it is due.
//
// Times are seconds from the start of the video, as for the sampled frames. If there is audible sound, it is the clock;
// otherwise the machine's clock is. Commands may come from any thread and take effect within a frame.
#pragma once

#include "app/player/sound.h"
#include "core/media/video_reel.h"

#include <QImage>
#include <QString>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace sparsight {

class Playback {
 public:
  // Called on the playback's thread.
  struct Events {
    std::function<void(const ReelInfo&)> opened;
    std::function<void(const QImage&, double time_s)> picture;
    std::function<void()> ended;
    std::function<void(const QString&)> failed;
  };

  // `sound` must outlive this; null: the machine has no sound device.
  Playback(std::filesystem::path file, ToneMap tone_map, Events events, SoundRing* sound);
  ~Playback();

  void play(bool on);
  void seek(double time_s);       // exactly to the frame shown at that time
  void step(int frames);          // +1 the next frame, -1 the one before
  void set_rate(double rate);     // there is sound within Reel's tempos
  void choose_sound(int stream);  // of ReelInfo::sounds
  void set_loop(bool loop);
  // The part that a loop repeats; an end of 0: to the end.
  void set_range(double start_s, double end_s);
  // How long samples stay in the audio backend before they are heard.
  void set_sound_delay(double seconds);

 private:
  struct Commands {
    bool playing = false;
    bool loop = false;
    double rate = 1;
    double sound_delay = 0;
    double start = 0, end = 0;
    std::optional<double> seek;
    int step = 0;
    std::optional<int> sound;
  };
  class Show;
  void run(const std::stop_token& stop);
  void show_until_stopped(Reel& reel, const std::stop_token& stop);

  std::filesystem::path file_;
  ToneMap tone_map_;
  Events events_;
  SoundRing* sound_;
  std::mutex mutex_;  // guards commands_
  std::condition_variable_any wake_;
  Commands commands_;
  std::jthread thread_;
};

}  // namespace sparsight
