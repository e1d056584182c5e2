// Plays a video for QML: Playback as properties. GUI thread.
#pragma once

#include "app/player/playback.h"
#include "app/player/previews.h"
#include "app/player/subtitles.h"

#include <QtQml/qqmlregistration.h>
#include <QAudioSink>
#include <QImage>
#include <QMediaDevices>
#include <QObject>
#include <QQuickItem>
#include <QString>
#include <QStringList>
#include <QVariantList>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace sparsight {

class MediaPlayer : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QString source READ source WRITE setSource NOTIFY sourceChanged)  // a path; empty: nothing
  Q_PROPERTY(bool ready READ ready NOTIFY infoChanged)
  Q_PROPERTY(double duration READ duration NOTIFY infoChanged)  // seconds
  Q_PROPERTY(bool still READ still NOTIFY infoChanged)          // one picture, which has no time
  Q_PROPERTY(bool hasSound READ hasSound NOTIFY infoChanged)
  Q_PROPERTY(bool device READ device NOTIFY deviceChanged)  // there is a device for sound; looked for with a video
  Q_PROPERTY(bool toneMap READ toneMap WRITE setToneMap NOTIFY
                 toneMapChanged)  // converts HDR for ordinary screens, from the next file on
  Q_PROPERTY(QSize pictureSize READ pictureSize NOTIFY pictureChanged)  // in the video's pixels; empty: there is none
  Q_PROPERTY(double position READ position NOTIFY positionChanged)
  // The index of the shown frame, as sampled frames have it; -1: not known, or not yet. And how many there are; 0.
  Q_PROPERTY(int frame READ frame NOTIFY positionChanged)
  Q_PROPERTY(int frames READ frames NOTIFY framesChanged)
  Q_PROPERTY(QStringList sounds READ sounds NOTIFY infoChanged)        // the tracks of sound, by name
  Q_PROPERTY(int sound READ sound WRITE setSound NOTIFY soundChanged)  // index into sounds; -1: none
  Q_PROPERTY(sparsight::Subtitles* subtitles READ subtitles CONSTANT)
  Q_PROPERTY(bool playing READ playing NOTIFY playingChanged)
  Q_PROPERTY(double rate READ rate WRITE setRate NOTIFY rateChanged)
  Q_PROPERTY(bool loop READ loop WRITE setLoop NOTIFY loopChanged)
  Q_PROPERTY(double volume READ volume WRITE setVolume NOTIFY volumeChanged)  // 0..1
  Q_PROPERTY(bool muted READ muted WRITE setMuted NOTIFY volumeChanged)
  Q_PROPERTY(QString error READ error NOTIFY errorChanged)

 public:
  explicit MediaPlayer(QObject* parent = nullptr);
  ~MediaPlayer() override;

  [[nodiscard]] QString source() const { return source_; }
  void setSource(const QString& source);
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] double duration() const { return info_.duration_s; }
  [[nodiscard]] bool still() const { return info_.still; }
  [[nodiscard]] bool device() const { return sink_ != nullptr; }
  [[nodiscard]] bool hasSound() const { return info_.has_sound; }
  [[nodiscard]] double pixel_aspect() const { return info_.pixel_aspect; }
  [[nodiscard]] bool toneMap() const { return tone_map_; }
  void setToneMap(bool map);
  [[nodiscard]] double position() const { return position_; }
  [[nodiscard]] bool playing() const { return playing_; }
  [[nodiscard]] int frame() const;
  [[nodiscard]] int frames() const { return static_cast<int>(frame_times_.size()); }
  [[nodiscard]] QStringList sounds() const;
  [[nodiscard]] int sound() const { return sound_; }
  void setSound(int track);
  [[nodiscard]] Subtitles* subtitles() { return &subtitles_; }
  [[nodiscard]] Previews* previews() { return &previews_; }
  [[nodiscard]] double rate() const { return rate_; }
  void setRate(double rate);
  [[nodiscard]] bool loop() const { return loop_; }
  void setLoop(bool loop);
  [[nodiscard]] double volume() const { return volume_; }
  void setVolume(double volume);  // unmutes
  [[nodiscard]] bool muted() const { return muted_; }
  void setMuted(bool muted);
  void setRange(double start_s, double end_s);  // the part that a loop repeats; an end of 0: to the end
  [[nodiscard]] QString error() const { return error_; }
  [[nodiscard]] const QImage& picture() const { return picture_; }
  [[nodiscard]] QSize pictureSize() const { return picture_.size(); }

  Q_INVOKABLE void play();
  Q_INVOKABLE void pause();
  Q_INVOKABLE void toggle();
  Q_INVOKABLE void seek(double seconds);
  Q_INVOKABLE void skip(double seconds);  // from the current position, or from the target of a seek
  Q_INVOKABLE void step(int frames);
  Q_INVOKABLE void faster(int steps);          // to the next of the usual speeds; below 0: slower
  Q_INVOKABLE void louder(double difference);  // of the volume; unmutes
  Q_INVOKABLE void nextSound();
  Q_INVOKABLE [[nodiscard]] static QVariantList rates();  // the usual ones, ascending

 signals:
  void sourceChanged();
  void infoChanged();
  void toneMapChanged();
  void positionChanged();
  void framesChanged();
  void soundChanged();
  void deviceChanged();
  void playingChanged();
  void rateChanged();
  void loopChanged();
  void volumeChanged();
  void errorChanged();
  void pictureChanged();

 private:
  void open();
  void find_device();
  void change_device();
  void start_sound();
  void count_frames();
  void set_playing(bool playing);
  template <typename Function>
  void on_gui(quint64 generation, Function&& function);

  QString source_, error_;
  ReelInfo info_;
  QImage picture_;
  double position_ = 0, rate_ = 1, volume_ = 1, start_s_ = 0, end_s_ = 0;
  std::optional<double> sought_;  // target of a seek in progress
  bool muted_ = false, tone_map_ = true;
  bool ready_ = false, playing_ = false, loop_ = false;
  quint64 generation_ = 0;  // of the current playback; events of older ones are ignored
  SoundRing ring_;
  int sound_ = -1;
  std::vector<double> frame_times_;  // empty: not known, or not yet
  Subtitles subtitles_;
  Previews previews_;
  std::jthread counting_;
  std::unique_ptr<QMediaDevices> devices_;  // null: not needed yet
  QByteArray device_;                       // the id of the sink's
  std::unique_ptr<QAudioSink> sink_;        // null: no sound device
  std::unique_ptr<Playback> playback_;
};

// Shows the player's picture in its display shape, as large as it fits. Works with every scene graph, also in software.
class VideoItem : public QQuickItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::MediaPlayer* player READ player WRITE setPlayer NOTIFY playerChanged)
  Q_PROPERTY(QRectF content READ content NOTIFY contentChanged)  // the picture's place in the item

 public:
  explicit VideoItem(QQuickItem* parent = nullptr);
  [[nodiscard]] MediaPlayer* player() const { return player_; }
  void setPlayer(MediaPlayer* player);
  [[nodiscard]] QRectF content() const { return content_; }

 signals:
  void playerChanged();
  void contentChanged();

 protected:
  QSGNode* updatePaintNode(QSGNode* node, UpdatePaintNodeData*) override;
  void geometryChange(const QRectF& now, const QRectF& before) override;

 private:
  void lay_out();

  MediaPlayer* player_ = nullptr;
  QRectF content_;
  bool fresh_ = false;
};

}  // namespace sparsight
