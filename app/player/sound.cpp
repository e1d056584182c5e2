#include "app/player/sound.h"

#include <algorithm>
#include <cstring>

namespace sparsight {
namespace {
constexpr double kBytesASecond = SoundRing::kRate * static_cast<double>(SoundRing::kFrameBytes);
}

SoundRing::SoundRing(double seconds) : ring_(static_cast<std::size_t>(seconds * kRate) * kFrameBytes) {
  open(QIODevice::ReadOnly | QIODevice::Unbuffered);
}

QAudioFormat SoundRing::format() {
  QAudioFormat format;
  format.setSampleRate(kRate);
  format.setChannelCount(kChannels);
  format.setSampleFormat(QAudioFormat::Int16);
  return format;
}

double SoundRing::Stretch::time_of(std::uint64_t byte) const {
  return start_s + static_cast<double>(byte - from) / kBytesASecond * tempo;
}

void SoundRing::reset(double time_s) {
  const std::lock_guard lock(mutex_);
  begin_ = size_ = 0;
  read_ = 0;
  stretches_ = {{0, time_s, stretches_.back().tempo}};
}

void SoundRing::set_tempo(double tempo) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t written = read_ + size_;
  const double time_s = stretches_.back().time_of(written);
  if (stretches_.back().from == written) stretches_.pop_back();
  stretches_.push_back({written, time_s, tempo});
}

void SoundRing::write_samples(std::span<const std::int16_t> samples) {
  const std::lock_guard lock(mutex_);
  const char* from = reinterpret_cast<const char*>(samples.data());
  std::size_t left = std::min(samples.size_bytes(), ring_.size() - size_);
  while (left > 0) {
    const std::size_t at = (begin_ + size_) % ring_.size(), part = std::min(left, ring_.size() - at);
    std::memcpy(ring_.data() + at, from, part);
    from += part;
    size_ += part;
    left -= part;
  }
}

double SoundRing::waiting_s() const {
  const std::lock_guard lock(mutex_);
  return static_cast<double>(size_) / kBytesASecond;
}

double SoundRing::room_s() const {
  const std::lock_guard lock(mutex_);
  return static_cast<double>(ring_.size() - size_) / kBytesASecond;
}

double SoundRing::read_up_to_s() const {
  const std::lock_guard lock(mutex_);
  return stretches_.front().time_of(read_);
}

std::uint64_t SoundRing::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void SoundRing::set_silent(bool silent) {
  const std::lock_guard lock(mutex_);
  silent_ = silent;
}

qint64 SoundRing::readData(char* to, qint64 bytes) {
  const std::lock_guard lock(mutex_);
  const std::size_t wanted = static_cast<std::size_t>(std::max<qint64>(bytes, 0)) / kFrameBytes * kFrameBytes;
  asked_ += wanted;
  std::size_t done = 0;
  while (!silent_ && done < wanted && size_ > 0) {
    const std::size_t part = std::min({wanted - done, size_, ring_.size() - begin_});
    std::memcpy(to + done, ring_.data() + begin_, part);
    begin_ = (begin_ + part) % ring_.size();
    size_ -= part;
    done += part;
  }
  read_ += done;
  while (stretches_.size() > 1 && stretches_[1].from < read_) stretches_.pop_front();
  // Silence keeps the backend running when there is nothing to play.
  std::memset(to + done, 0, wanted - done);
  return static_cast<qint64>(wanted);
}

}  // namespace sparsight
