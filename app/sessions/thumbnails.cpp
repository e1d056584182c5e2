#include "app/sessions/thumbnails.h"

#include "core/base/file_stamp.h"
#include "core/base/hash.h"
#include "core/base/os/os.h"
#include "core/base/progress.h"
#include "core/base/replace_file.h"
#include "core/media/video_reel.h"

#include <QMetaObject>
#include <QPainter>
#include <QPainterPath>
#include <QStandardPaths>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr int kInMemory = 500;           // pictures, about 55 KB each
constexpr std::size_t kMostWanted = 60;  // more than a window shows
constexpr int kQuality = 80;
constexpr double kAt = 0.1;  // of the video: its first frame is often black

QImage cropped(const RgbImage& frame, double pixel_aspect) {
  const QImage whole(frame.pixels.data(), frame.width, frame.height, 3 * frame.width, QImage::Format_RGB888);
  const double aspect = frame.width * pixel_aspect / frame.height,
               wanted = double{Thumbnails::kWidth} / Thumbnails::kHeight;
  QRect part = whole.rect();
  if (aspect > wanted)
    part.setWidth(std::max(1, static_cast<int>(frame.width * wanted / aspect)));
  else
    part.setHeight(std::max(1, static_cast<int>(frame.height * aspect / wanted)));
  part.moveCenter(whole.rect().center());
  return whole.copy(part).scaled(Thumbnails::kWidth, Thumbnails::kHeight, Qt::IgnoreAspectRatio,
                                 Qt::SmoothTransformation);
}

QImage make_picture(const fs::path& file, const std::stop_token& stop) {
  Reel reel(file, ToneMap::Auto, stop, nullptr, false);
  const ReelInfo info = reel.info();
  auto picture = reel.at(kAt * info.duration_s);
  if (!picture && reel.next_time()) picture = reel.take();
  return picture ? cropped(picture->image, info.pixel_aspect) : QImage();
}

// Removes the oldest files where there are too many.
void bound(const fs::path& folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == ".jpg") files.emplace_back(entry.last_write_time(error), entry.path());
  if (files.size() <= Thumbnails::kMostFiles) return;
  const std::size_t over = files.size() - Thumbnails::kMostFiles * 9 / 10;
  std::ranges::nth_element(files, files.begin() + static_cast<std::ptrdiff_t>(over));
  for (std::size_t i = 0; i < over; ++i) fs::remove(files[i].second, error);
}

// A name for the content; without its hash, for the file as it is now. Empty: there is no such file.
std::string key_of(const std::string& path, const std::string& hash) {
  const bool plain = !hash.empty() && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (plain) return hash;
  const auto stamp = os::stamp_of(path);
  return stamp ? Digest().add(path).add("\n").add(stamp->str()).hex() : std::string();
}

QImage found_or_made(const fs::path& folder, const std::string& path, const std::string& hash,
                     const std::stop_token& stop) {
  const std::string key = folder.empty() ? std::string() : key_of(path, hash);
  const fs::path kept = folder / (key + ".jpg");
  if (!key.empty())
    if (QImage picture(QString::fromStdString(kept.string())); !picture.isNull()) return picture;
  const QImage picture = make_picture(path, stop);
  if (key.empty() || picture.isNull()) return picture;
  try {
    const QImage rgb = picture.convertToFormat(QImage::Format_RGB888);
    RgbImage image{rgb.width(), rgb.height(), {}};
    for (int y = 0; y < rgb.height(); ++y)
      image.pixels.insert(image.pixels.end(), rgb.constScanLine(y), rgb.constScanLine(y) + 3 * rgb.width());
    const std::vector<std::uint8_t> bytes = encode_jpeg(image, kQuality);
    fs::create_directories(folder);
    replace_file(kept, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    bound(folder);
  } catch (const std::exception&) {  // a cache that cannot be written: it is made again next time
  }
  return picture;
}

}  // namespace

Thumbnails::Thumbnails(fs::path folder, QObject* parent)
    : QObject(parent), folder_(std::move(folder)), pictures_(kInMemory), queue_([this] {
        QMetaObject::invokeMethod(
            this, [this] { queue_.deliver(); }, Qt::QueuedConnection);
      }) {}

fs::path Thumbnails::default_folder() {
  const QString cache = QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation);
  return cache.isEmpty() ? fs::path() : fs::path(cache.toStdString()) / "sparsight" / "thumbnails";
}

QImage Thumbnails::picture(const QString& path, const QString& hash) {
  if (const QImage* there = pictures_.object(path)) return *there;
  if (path.isEmpty() || failed_.contains(path) || path == making_) return {};
  std::erase_if(wanted_, [&](const Wanted& wanted) { return wanted.path == path; });
  wanted_.push_back({path, hash});
  if (wanted_.size() > kMostWanted) wanted_.erase(wanted_.begin());
  if (making_.isEmpty()) next();
  return {};
}

void Thumbnails::next() {
  if (wanted_.empty()) return;
  const Wanted wanted = wanted_.back();
  wanted_.pop_back();
  making_ = wanted.path;
  queue_.add([this, wanted, folder = folder_](JobQueue::Job, const std::stop_token& stop) {
    QImage picture;
    try {
      picture = found_or_made(folder, wanted.path.toStdString(), wanted.hash.toStdString(), stop);
    } catch (const Cancelled&) {
      return;                          // the program ends
    } catch (const std::exception&) {  // no such file, or no video: nothing is shown
    }
    queue_.post([this, wanted, picture] {
      making_.clear();
      if (picture.isNull())
        failed_.insert(wanted.path);
      else
        pictures_.insert(wanted.path, new QImage(picture));
      next();
      if (!picture.isNull()) emit ready(wanted.path);
    });
  });
}

ThumbnailItem::ThumbnailItem(QQuickItem* parent) : QQuickPaintedItem(parent) {}

void ThumbnailItem::setThumbnails(Thumbnails* thumbnails) {
  if (thumbnails == thumbnails_) return;
  if (thumbnails_) thumbnails_->disconnect(this);
  thumbnails_ = thumbnails;
  if (thumbnails_)
    connect(thumbnails_, &Thumbnails::ready, this, [this](const QString& path) {
      if (path == path_) look();
    });
  emit sourceChanged();
  look();
}

void ThumbnailItem::setPath(const QString& path) {
  if (std::exchange(path_, path) == path) return;
  emit sourceChanged();
  look();
}

void ThumbnailItem::setHash(const QString& hash) {
  if (std::exchange(hash_, hash) == hash) return;
  emit sourceChanged();
  look();
}

void ThumbnailItem::setRadius(double radius) {
  if (std::exchange(radius_, radius) == radius) return;
  emit sourceChanged();
  update();
}

void ThumbnailItem::componentComplete() {
  QQuickPaintedItem::componentComplete();
  look();
}

void ThumbnailItem::look() {
  if (!isComponentComplete()) return;
  const bool before = there();
  picture_ = thumbnails_ ? thumbnails_->picture(path_, hash_) : QImage();
  update();
  if (there() != before) emit thereChanged();
}

void ThumbnailItem::paint(QPainter* painter) {
  if (picture_.isNull()) return;
  painter->setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
  QPainterPath shape;
  shape.addRoundedRect(boundingRect(), radius_, radius_);
  QBrush brush(picture_);
  brush.setTransform(QTransform::fromScale(width() / picture_.width(), height() / picture_.height()));
  painter->fillPath(shape, brush);
}

}  // namespace sparsight
