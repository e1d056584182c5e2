// One window for each user and chat database: a second start passes its files to the first one and ends. GUI thread.
#pragma once

#include <QLocalServer>
#include <QObject>
#include <QString>
#include <QStringList>

#include <filesystem>

namespace sparsight {

class SingleWindow : public QObject {
  Q_OBJECT

 public:
  // `database`: of the window. Other names of the same file (relative, through a link) count as the same.
  explicit SingleWindow(const std::filesystem::path& database, QObject* parent = nullptr);

  // True: another process has the window and took the files (absolute paths); this process should end. False: this
  // process has the window and is told of later starts. A socket left by a killed process does no harm. If nobody
  // answers in time, or listening fails, the result is false, too, and standard error says why. Error{Usage}: the file
  // names are longer than the other window accepts at once, some megabytes.
  [[nodiscard]] bool handed_over(const QStringList& files);

 signals:
  // A later start: bring the window to the front and open `files`, if any. `activation` is the desktop's token that the
  // user asked for it (XDG_ACTIVATION_TOKEN); empty: none.
  void wanted(const QStringList& files, const QString& activation);

 private:
  void accept_requests();

  QString name_;  // the socket's
  QLocalServer server_;
};

}  // namespace sparsight
