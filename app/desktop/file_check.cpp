#include "app/desktop/file_check.h"

#include "core/media/video.h"

#include <QMetaObject>

#include <exception>
#include <utility>

namespace sparsight {
namespace {

struct HasPicture {};  // thrown at the first picture, which is all that the check needs

}  // namespace

void read_first_picture(const QString& path, const std::stop_token& stop) {
  try {
    (void)read_clip(path.toStdString(), {.count = 1}, {{}, stop},
                    [](std::int64_t, const RgbImage&) { throw HasPicture{}; });
  } catch (const HasPicture&) {
  }
}

FileCheck::FileCheck(QObject* parent)
    : QObject(parent), queue_([this] {
        QMetaObject::invokeMethod(
            this, [this] { queue_.deliver(); }, Qt::QueuedConnection);
      }) {}

void FileCheck::check(const QString& path) {
  stop();
  path_ = path;
  job_ = queue_.add([this, path](JobQueue::Job job, const std::stop_token& stop) {
    const auto tell = [this, job](auto event) {
      queue_.post([this, job, event = std::move(event)] {
        if (job != job_) return;
        end();
        event();
      });
    };
    try {
      read_first_picture(path, stop);
      tell([this, path] { emit readable(path); });
    } catch (const Cancelled&) {  // replaced or stopped
    } catch (const std::exception& error) {
      tell([this, path, message = QString::fromUtf8(error.what())] { emit unreadable(path, message); });
    }
  });
  emit pathChanged();
}

void FileCheck::stop() {
  if (job_ == 0) return;
  queue_.stop(job_);
  end();
}

void FileCheck::end() {
  job_ = 0;
  path_.clear();
  emit pathChanged();
}

}  // namespace sparsight
