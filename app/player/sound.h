// Sound on its way to the speaker: a ring of samples that the audio backend reads, on any thread.
#pragma once

#include "core/media/video_reel.h"

#include <QAudioFormat>
#include <QIODevice>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

namespace sparsight {

// Any thread.
class SoundRing : public QIODevice, public ReelSound {
 public:
  static constexpr std::size_t kFrameBytes = kChannels * sizeof(std::int16_t);

  explicit SoundRing(double seconds);
  [[nodiscard]] static QAudioFormat format();

  void reset(double time_s) override;
  void set_tempo(double tempo) override;
  void write_samples(
      std::span<const std::int16_t> samples) override;  // samples that do not fit are lost: check room_s() first
  [[nodiscard]] double waiting_s() const override;
  [[nodiscard]] double room_s() const;
  // The video time of the last sample that the backend has taken.
  [[nodiscard]] double read_up_to_s() const;
  // Bytes that the backend has asked for, silence included: they do not grow if there is no device any more.
  [[nodiscard]] std::uint64_t asked() const;
  void set_silent(bool silent);

 protected:
  qint64 readData(char* to, qint64 bytes) override;
  qint64 writeData(const char*, qint64) override { return -1; }

 private:
  // From this byte on, samples belong to this time of the video.
  struct Stretch {
    std::uint64_t from = 0;
    double start_s = 0, tempo = 1;
    [[nodiscard]] double time_of(std::uint64_t byte) const;
  };

  mutable std::mutex mutex_;
  std::vector<char> ring_;
  std::size_t begin_ = 0, size_ = 0;
  std::uint64_t read_ = 0;                    // bytes since reset; written are read_ + size_
  std::deque<Stretch> stretches_{Stretch{}};  // those of what waits, and the one that was read last
  std::uint64_t asked_ = 0;
  bool silent_ = false;
};

}  // namespace sparsight
