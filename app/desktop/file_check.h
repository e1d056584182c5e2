// Checks on its own thread whether a file can be opened as a video or picture, so that the open file stays as it is
// until then. GUI thread.
#pragma once

#include "core/base/job_queue.h"

#include <QObject>
#include <QString>

#include <stop_token>

namespace sparsight {

// Reads the first frame of a video or picture. Any thread. Error{File, Decode}: it cannot be opened; Cancelled.
void read_first_picture(const QString& path, const std::stop_token& stop);

class FileCheck : public QObject {
  Q_OBJECT

 public:
  explicit FileCheck(QObject* parent = nullptr);

  // Reads the first frame. A new check replaces the one before, which then emits nothing.
  void check(const QString& path);
  void stop();
  [[nodiscard]] QString path() const { return path_; }  // the file being checked; empty: none

 signals:
  void pathChanged();
  void readable(const QString& path);
  void unreadable(const QString& path, const QString& message);

 private:
  void end();

  QString path_;
  JobQueue::Job job_ = 0;
  JobQueue queue_;  // last member: its thread uses those above
};

}  // namespace sparsight
