// The subtitles of the played video for QML: its tracks, and what is shown at a time. Read on a thread of its own.
#pragma once

#include "core/media/video_subtitles.h"

#include <QtQml/qqmlregistration.h>
#include <QImage>
#include <QObject>
#include <QQuickPaintedItem>
#include <QString>
#include <QStringList>

#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

namespace sparsight {

// What a track is called: its language in that language, its title, and what else tells it apart.
[[nodiscard]] QString track_name(const std::string& language, const std::string& title, const QString& detail);

// GUI thread.
class Subtitles : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the player")
  Q_PROPERTY(QStringList names READ names NOTIFY tracksChanged)
  Q_PROPERTY(int track READ track WRITE setTrack NOTIFY trackChanged)  // index into names; -1: off
  Q_PROPERTY(QString text READ text NOTIFY shownChanged)               // shown now; empty: nothing
  Q_PROPERTY(bool hasPictures READ hasPictures NOTIFY shownChanged)    // pictures are shown now
  Q_PROPERTY(QString error READ error NOTIFY trackChanged)             // why the track cannot be read

 public:
  explicit Subtitles(QObject* parent = nullptr) : QObject(parent) {}
  ~Subtitles() override;

  [[nodiscard]] QStringList names() const;
  // Those that nothing can decode are named and cannot be chosen.
  Q_INVOKABLE [[nodiscard]] bool canShow(int track) const;
  [[nodiscard]] int track() const { return track_; }
  void setTrack(int track);
  Q_INVOKABLE void next();  // the next track that can be shown; after the last: off
  [[nodiscard]] QString text() const;
  [[nodiscard]] QString error() const { return error_; }
  [[nodiscard]] const std::vector<SubtitleRun>& shown() const { return shown_; }
  [[nodiscard]] bool hasPictures() const { return !pictures_.empty(); }
  [[nodiscard]] const std::vector<SubtitlePicture>& pictures() const { return pictures_; }

  // Looks for tracks. One that has the video's name, or is forced, is chosen at once. Empty: no video.
  void set_video(const std::filesystem::path& video);
  void show_at(double time_s);

 signals:
  void tracksChanged();
  void trackChanged();
  void shownChanged();

 private:
  template <typename Function>
  void on_gui(quint64 generation, Function&& function);
  void take_tracks(std::vector<SubtitleTrack> tracks);
  void take_cues(std::vector<SubtitleCue> cues);
  void forget_cues();

  std::filesystem::path video_;
  std::vector<SubtitleTrack> tracks_;
  std::vector<SubtitleCue> cues_;  // by start
  std::vector<double> ends_;       // the latest end of a cue and those before it
  std::vector<SubtitleRun> shown_;
  std::vector<SubtitlePicture> pictures_;  // shown now
  double time_s_ = 0;
  int track_ = -1;
  QString error_;
  quint64 generation_ = 0;  // of what the thread reads
  std::jthread thread_;
};

// Where a canvas of subtitles lies, in the item of a picture that is stored in `stored` and shown in `content`. One of
// the picture's own shape covers it; another one, as of a film whose black bars were cut off, has its width and middle.
[[nodiscard]] QRectF canvas_place(QSizeF canvas, QSizeF stored, const QRectF& content);

// Draws the pictures that are shown now. It covers the picture of the video.
class SubtitlePictureItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::Subtitles* subtitles READ subtitles WRITE setSubtitles NOTIFY subtitlesChanged)
  Q_PROPERTY(QSizeF stored READ stored WRITE setStored NOTIFY storedChanged)  // of the video's picture, in its pixels

 public:
  explicit SubtitlePictureItem(QQuickItem* parent = nullptr);
  [[nodiscard]] Subtitles* subtitles() const { return subtitles_; }
  void setSubtitles(Subtitles* subtitles);
  [[nodiscard]] QSizeF stored() const { return stored_; }
  void setStored(QSizeF stored);
  void paint(QPainter* painter) override;

 signals:
  void subtitlesChanged();
  void storedChanged();

 private:
  void read();

  Subtitles* subtitles_ = nullptr;
  QSizeF stored_;
  std::vector<std::pair<SubtitlePicture, QImage>> drawn_;
};

// Draws what is shown now at its lower edge, white with a dark outline.
class SubtitleItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::Subtitles* subtitles READ subtitles WRITE setSubtitles NOTIFY subtitlesChanged)
  Q_PROPERTY(int fontSize READ fontSize WRITE setFontSize NOTIFY fontSizeChanged)  // pixels

 public:
  explicit SubtitleItem(QQuickItem* parent = nullptr);
  [[nodiscard]] Subtitles* subtitles() const { return subtitles_; }
  void setSubtitles(Subtitles* subtitles);
  [[nodiscard]] int fontSize() const { return font_size_; }
  void setFontSize(int pixels);
  void paint(QPainter* painter) override;

 signals:
  void subtitlesChanged();
  void fontSizeChanged();

 private:
  Subtitles* subtitles_ = nullptr;
  int font_size_ = 16;
};

}  // namespace sparsight
