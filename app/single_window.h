// One window for each person and chat database: a second start gives its files to the first and ends. GUI thread.
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
  // `database`: what the window is of; processes that name it otherwise (relative, through a link) mean the same one.
  explicit SingleWindow(const std::filesystem::path& database, QObject* parent = nullptr);

  // True: another process has the window and took the files (absolute paths), so this one is to end. False: the window
  // is this process's, which hears of later starts from now on. What a killed process left behind is no hindrance;
  // where nobody answers in time, or nothing can be listened on, it is false too, and said on standard error.
  // Error{Usage}: the names of the files are more than the other window takes at once, some megabytes.
  [[nodiscard]] bool handed_over(const QStringList& files);

 signals:
  // A later start: come forward, and open these; none: only come forward. `activation` is the desktop's word that the
  // person asked for it (XDG_ACTIVATION_TOKEN), empty where there is none.
  void wanted(const QStringList& files, const QString& activation);

 private:
  void greet();

  QString name_;  // of the socket
  QLocalServer server_;
};

}  // namespace sparsight
