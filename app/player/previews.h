// Small pictures of places in the played video, decoded on a thread of their own.
#pragma once

#include "core/media/video.h"

#include <QtQml/qqmlregistration.h>
#include <QCache>
#include <QImage>
#include <QObject>
#include <QQuickItem>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

namespace sparsight {

class MediaPlayer;

// GUI thread.
class Previews : public QObject {
  Q_OBJECT

 public:
  static constexpr QSize kBox{240, 135};  // pixels that a picture fits in

  explicit Previews(QObject* parent = nullptr);
  ~Previews() override;

  // `duration_s` and `frame_s` are those of ReelInfo. Nothing is read until something is wanted. Empty: no video.
  void set_video(const std::filesystem::path& video, ToneMap tone_map, double duration_s, double frame_s);
  // The picture at that time if it is there; else null, and it is decoded unless another one is wanted before. Times
  // that are close share a picture.
  [[nodiscard]] QImage want(double time_s);

 signals:
  void arrived();

 private:
  void run(const std::stop_token& stop, const std::filesystem::path& video, ToneMap tone_map, quint64 generation);

  std::filesystem::path video_;
  ToneMap tone_map_ = ToneMap::Auto;
  double step_s_ = 1;
  quint64 generation_ = 0;
  QCache<qint64, QImage> pictures_;
  std::mutex mutex_;  // guards wanted_
  std::condition_variable_any wake_;
  std::optional<qint64> wanted_;  // in steps
  qint64 asked_ = -1;             // the last that was wanted and has not arrived
  std::jthread thread_;
};

// Shows the small picture of a place, or the last one until it is there.
class PreviewItem : public QQuickItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::MediaPlayer* player READ player WRITE setPlayer NOTIFY playerChanged)
  Q_PROPERTY(double time READ time WRITE setTime NOTIFY timeChanged)     // seconds; below 0: nothing is wanted
  Q_PROPERTY(bool ready READ ready NOTIFY pictureChanged)                // the picture is that of `time`
  Q_PROPERTY(QSizeF pictureSize READ pictureSize NOTIFY pictureChanged)  // empty: there is none

 public:
  explicit PreviewItem(QQuickItem* parent = nullptr);
  [[nodiscard]] MediaPlayer* player() const { return player_; }
  void setPlayer(MediaPlayer* player);
  [[nodiscard]] double time() const { return time_s_; }
  void setTime(double time_s);
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] QSizeF pictureSize() const { return picture_.size(); }
  [[nodiscard]] const QImage& picture() const { return picture_; }

 signals:
  void playerChanged();
  void timeChanged();
  void pictureChanged();

 protected:
  QSGNode* updatePaintNode(QSGNode* node, UpdatePaintNodeData*) override;

 private:
  void look();

  MediaPlayer* player_ = nullptr;
  double time_s_ = -1;
  QImage picture_;
  bool ready_ = false, fresh_ = false;
};

}  // namespace sparsight
