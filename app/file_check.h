// Whether a file can be opened as a video or picture: found out aside, on a thread of its own, so that what is open
// stays as it is. GUI thread.
#pragma once

#include "core/base/job_queue.h"

#include <QObject>
#include <QString>

namespace sparsight {

class FileCheck : public QObject {
  Q_OBJECT

 public:
  explicit FileCheck(QObject* parent = nullptr);

  // Reads the first frame of it. Of several checks the last one counts; nothing comes of those before it.
  void check(const QString& path);
  void stop();
  [[nodiscard]] QString path() const { return path_; }  // that is checked; empty: none

 signals:
  void pathChanged();
  void readable(const QString& path);
  void unreadable(const QString& path, const QString& message);

 private:
  void end();

  QString path_;
  JobQueue::Job job_ = 0;
  JobQueue queue_;  // last: its thread uses all of the above
};

}  // namespace sparsight
