#include "app/player/media_player.h"

#include <QAudioDevice>
#include <QMetaObject>
#include <QQuickWindow>

#include "app/core_words.h"
#include "app/player/picture_node.h"
#include "core/base/progress.h"
#include "core/media/video_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace sparsight {
namespace {
constexpr double kRingSeconds = 2;
constexpr std::array<double, 8> kRates{0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2};
constexpr double kSameTime = 1e-4;  // seconds; nearer times are one frame's
}  // namespace

MediaPlayer::MediaPlayer(QObject* parent) : QObject(parent), ring_(kRingSeconds) {}

MediaPlayer::~MediaPlayer() {
  playback_.reset();
  counting_ = {};
  if (sink_) sink_->stop();
}

// Runs `function` on the GUI thread, unless another source has been opened by then.
template <typename Function>
void MediaPlayer::on_gui(quint64 generation, Function&& function) {
  QMetaObject::invokeMethod(
      this,
      [this, generation, function = std::forward<Function>(function)]() mutable {
        if (generation == generation_) function();
      },
      Qt::QueuedConnection);
}

void MediaPlayer::setSource(const QString& source) {
  if (source == source_) return;
  source_ = source;
  open();
  emit sourceChanged();
}

void MediaPlayer::open() {
  ++generation_;
  playback_.reset();
  counting_ = {};
  frame_times_.clear();
  sound_ = -1;
  info_ = {};
  ready_ = false;
  picture_ = {};
  position_ = 0;
  sought_.reset();
  error_.clear();
  set_playing(false);
  emit infoChanged();
  emit positionChanged();
  emit pictureChanged();
  emit errorChanged();
  emit framesChanged();
  emit soundChanged();
  const std::filesystem::path file(source_.toStdString());
  subtitles_.set_video(file);
  previews_.set_video({}, ToneMap::Auto, 0, 0);
  if (source_.isEmpty()) return;

  if (!sink_) find_device();
  emit deviceChanged();
  const quint64 mine = generation_;
  Playback::Events events;
  events.opened = [this, mine](const ReelInfo& info) {
    on_gui(mine, [this, info] {
      info_ = info;
      ready_ = true;
      const auto played = std::ranges::find(info_.sounds, info_.sound, &SoundTrack::stream);
      sound_ = played == info_.sounds.end() ? -1 : static_cast<int>(played - info_.sounds.begin());
      if (info.has_sound) start_sound();
      if (!info.still) {
        count_frames();
        previews_.set_video(source_.toStdString(), tone_map_ ? ToneMap::Auto : ToneMap::Off, info.duration_s,
                            info.frame_s);
      }
      emit infoChanged();
      emit soundChanged();
    });
  };
  events.picture = [this, mine](const QImage& image, double time_s) {
    on_gui(mine, [this, image, time_s] {
      picture_ = image;
      position_ = time_s;
      sought_.reset();
      subtitles_.show_at(time_s);
      emit pictureChanged();
      emit positionChanged();
    });
  };
  events.ended = [this, mine] { on_gui(mine, [this] { set_playing(false); }); };
  events.failed = [this, mine](const QString& message) {
    on_gui(mine, [this, message] {
      error_ = in_words(message);
      set_playing(false);
      emit errorChanged();
    });
  };
  ring_.set_silent(true);
  playback_ = std::make_unique<Playback>(source_.toStdString(), tone_map_ ? ToneMap::Auto : ToneMap::Off,
                                         std::move(events), sink_ ? &ring_ : nullptr);
  playback_->set_loop(loop_);
  playback_->set_rate(rate_);
  playback_->set_range(start_s_, end_s_);
}

void MediaPlayer::find_device() {
  if (!devices_) {
    devices_ = std::make_unique<QMediaDevices>();
    connect(devices_.get(), &QMediaDevices::audioOutputsChanged, this, &MediaPlayer::change_device);
  }
  const QAudioDevice device = QMediaDevices::defaultAudioOutput();
  if (device.isNull() || !device.isFormatSupported(SoundRing::format())) return;
  device_ = device.id();
  sink_ = std::make_unique<QAudioSink>(device, SoundRing::format());
  sink_->setVolume(muted_ ? 0 : volume_);
}

// Sound goes on with another device if the present one is gone. Until there is one, the video plays without.
void MediaPlayer::change_device() {
  const QList<QAudioDevice> present = QMediaDevices::audioOutputs();
  const bool is_there = std::ranges::any_of(present, [this](const QAudioDevice& one) { return one.id() == device_; });
  if (!sink_ || (is_there && sink_->state() != QAudio::StoppedState)) return;
  sink_->stop();
  sink_.reset();
  find_device();
  emit deviceChanged();
  if (info_.has_sound) start_sound();
}

void MediaPlayer::start_sound() {
  if (!sink_ || sink_->state() != QAudio::StoppedState) return;
  sink_->start(&ring_);
  if (playback_)
    playback_->set_sound_delay(static_cast<double>(sink_->bufferSize()) /
                               (SoundRing::kRate * static_cast<double>(SoundRing::kFrameBytes)));
}

// Reads the times of all frames, which takes as long as reading the file does.
void MediaPlayer::count_frames() {
  counting_ = std::jthread([this, mine = generation_, file = source_.toStdString()](const std::stop_token& stop) {
    try {
      on_gui(mine, [this, times = frame_times(file, stop)]() mutable {
        frame_times_ = std::move(times);
        emit framesChanged();
        emit positionChanged();
      });
    } catch (const Cancelled&) {
    } catch (const std::exception&) {  // it cannot be read; the player says why
    }
  });
}

int MediaPlayer::frame() const {
  const auto at = std::ranges::lower_bound(frame_times_, position_ - kSameTime);
  if (picture_.isNull() || at == frame_times_.end() || std::abs(*at - position_) > kSameTime) return -1;
  return static_cast<int>(at - frame_times_.begin());
}

QStringList MediaPlayer::sounds() const {
  QStringList names;
  for (const SoundTrack& track : info_.sounds) {
    const QString channels = track.channels == 1   ? tr("mono")
                             : track.channels == 2 ? tr("stereo")
                                                   : tr("%n channels", nullptr, track.channels);
    names << track_name(track.language, track.title, channels);
  }
  return names;
}

void MediaPlayer::setSound(int track) {
  if (track == sound_ || track < 0 || track >= static_cast<int>(info_.sounds.size())) return;
  sound_ = track;
  if (playback_) playback_->choose_sound(info_.sounds[static_cast<std::size_t>(track)].stream);
  emit soundChanged();
}

void MediaPlayer::nextSound() {
  if (info_.sounds.size() > 1) setSound((sound_ + 1) % static_cast<int>(info_.sounds.size()));
}

QVariantList MediaPlayer::rates() {
  QVariantList list;
  for (const double rate : kRates) list << rate;
  return list;
}

void MediaPlayer::faster(int steps) {
  for (; steps > 0; --steps) {
    const auto next = std::ranges::upper_bound(kRates, rate_);
    if (next != kRates.end()) setRate(*next);
  }
  for (; steps < 0; ++steps) {
    const auto here = std::ranges::lower_bound(kRates, rate_);
    if (here != kRates.begin()) setRate(*std::prev(here));
  }
}

void MediaPlayer::louder(double difference) { setVolume((muted_ ? 0 : volume_) + difference); }

void MediaPlayer::set_playing(bool playing) {
  if (playing == playing_) return;
  playing_ = playing;
  emit playingChanged();
}

void MediaPlayer::play() {
  if (!playback_ || !error_.isEmpty()) return;
  playback_->play(true);
  set_playing(true);
}

void MediaPlayer::pause() {
  if (playback_) playback_->play(false);
  set_playing(false);
}

void MediaPlayer::toggle() { playing_ ? pause() : play(); }

void MediaPlayer::seek(double seconds) {
  sought_ = std::max(0.0, info_.duration_s > 0 ? std::min(seconds, info_.duration_s) : seconds);
  if (playback_) playback_->seek(*sought_);
}

void MediaPlayer::skip(double seconds) { seek(sought_.value_or(position_) + seconds); }

void MediaPlayer::step(int frames) {
  if (playback_) playback_->step(frames);
  set_playing(false);
}

void MediaPlayer::setRate(double rate) {
  if (rate == rate_) return;
  rate_ = rate;
  if (playback_) playback_->set_rate(rate);
  emit rateChanged();
}

void MediaPlayer::setLoop(bool loop) {
  if (loop == loop_) return;
  loop_ = loop;
  if (playback_) playback_->set_loop(loop);
  emit loopChanged();
}

void MediaPlayer::setVolume(double volume) {
  volume_ = std::clamp(volume, 0.0, 1.0);
  muted_ = false;
  if (sink_) sink_->setVolume(volume_);
  emit volumeChanged();
}

void MediaPlayer::setMuted(bool muted) {
  if (muted == muted_) return;
  muted_ = muted;
  if (sink_) sink_->setVolume(muted_ ? 0 : volume_);
  emit volumeChanged();
}

void MediaPlayer::setToneMap(bool map) {
  if (map == tone_map_) return;
  tone_map_ = map;
  emit toneMapChanged();
}

void MediaPlayer::setRange(double start_s, double end_s) {
  start_s_ = start_s;
  end_s_ = end_s;
  if (playback_) playback_->set_range(start_s, end_s);
}

VideoItem::VideoItem(QQuickItem* parent) : QQuickItem(parent) { setFlag(ItemHasContents); }

void VideoItem::setPlayer(MediaPlayer* player) {
  if (player == player_) return;
  if (player_ != nullptr) player_->disconnect(this);
  player_ = player;
  if (player_ != nullptr)
    connect(player_, &MediaPlayer::pictureChanged, this, [this] {
      fresh_ = true;
      lay_out();
      update();
    });
  fresh_ = true;
  lay_out();
  update();
  emit playerChanged();
}

void VideoItem::lay_out() {
  QRectF content;
  if (player_ != nullptr && !player_->picture().isNull()) {
    const QSize stored = player_->picture().size();
    const QSizeF shown(stored.width() * player_->pixel_aspect(), stored.height());
    const QSizeF size = shown.scaled(this->size(), Qt::KeepAspectRatio);
    content = QRectF(QPointF((width() - size.width()) / 2, (height() - size.height()) / 2), size);
  }
  if (content == content_) return;
  content_ = content;
  emit contentChanged();
}

void VideoItem::geometryChange(const QRectF& now, const QRectF& before) {
  QQuickItem::geometryChange(now, before);
  lay_out();
  update();
}

QSGNode* VideoItem::updatePaintNode(QSGNode* node, UpdatePaintNodeData*) {
  return picture_node(node, *window(), player_ == nullptr ? QImage() : player_->picture(), content_, fresh_);
}

}  // namespace sparsight
