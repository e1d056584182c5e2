// Small pictures of videos and images, for lists. They are made once, on a thread of their own, and kept as JPEG files
// in a folder of bounded size, named by the content of the video. GUI thread.
#pragma once

#include "core/base/job_queue.h"

#include <QtQml/qqmlregistration.h>
#include <QCache>
#include <QImage>
#include <QObject>
#include <QPointer>
#include <QQuickPaintedItem>
#include <QSet>
#include <QString>

#include <cstddef>
#include <filesystem>
#include <vector>

namespace sparsight {

class Thumbnails : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")

 public:
  static constexpr int kWidth = 144, kHeight = 96;  // pixels of a picture, which fills them
  static constexpr std::size_t kMostFiles = 4000;   // in the folder; the oldest are removed

  // An empty folder: pictures are kept in memory alone.
  explicit Thumbnails(std::filesystem::path folder, QObject* parent = nullptr);

  // The picture, if it is in memory; else it is found or made, and ready() comes unless the file has none. Of many that
  // are wanted, the last ones come first, and the first ones may not come at all.
  [[nodiscard]] QImage picture(const QString& path, const QString& hash);
  // $XDG_CACHE_HOME/sparsight/thumbnails or its default.
  [[nodiscard]] static std::filesystem::path default_folder();

 signals:
  void ready(const QString& path);

 private:
  struct Wanted {
    QString path, hash;
  };
  void next();

  std::filesystem::path folder_;
  QCache<QString, QImage> pictures_;  // by path
  QSet<QString> failed_;              // files without a picture, in this run
  std::vector<Wanted> wanted_;
  QString making_;
  JobQueue queue_;  // last: its thread uses all of the above
};

// Shows the thumbnail of a file, with round corners; nothing until there is one.
class ThumbnailItem : public QQuickPaintedItem {
  Q_OBJECT
  QML_ELEMENT
  Q_PROPERTY(sparsight::Thumbnails* thumbnails READ thumbnails WRITE setThumbnails NOTIFY sourceChanged)
  Q_PROPERTY(QString path READ path WRITE setPath NOTIFY sourceChanged)
  Q_PROPERTY(QString hash READ hash WRITE setHash NOTIFY sourceChanged)
  Q_PROPERTY(double radius READ radius WRITE setRadius NOTIFY sourceChanged)
  Q_PROPERTY(bool there READ there NOTIFY thereChanged)

 public:
  explicit ThumbnailItem(QQuickItem* parent = nullptr);

  [[nodiscard]] Thumbnails* thumbnails() const { return thumbnails_; }
  void setThumbnails(Thumbnails* thumbnails);
  [[nodiscard]] QString path() const { return path_; }
  void setPath(const QString& path);
  [[nodiscard]] QString hash() const { return hash_; }
  void setHash(const QString& hash);
  [[nodiscard]] double radius() const { return radius_; }
  void setRadius(double radius);
  [[nodiscard]] bool there() const { return !picture_.isNull(); }
  void paint(QPainter* painter) override;

 protected:
  void componentComplete() override;

 signals:
  void sourceChanged();
  void thereChanged();

 private:
  void look();

  QPointer<Thumbnails> thumbnails_;
  QString path_, hash_;
  double radius_ = 0;
  QImage picture_;
};

}  // namespace sparsight
