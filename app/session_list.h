// The sessions of the store, or the results of a search among them, as a list model. GUI thread.
//
// Changes are signalled row by row (inserted, removed, moved, changed), so that a view keeps its position; only a new
// search resets the model. An import has a thread and a connection of its own.
#pragma once

#include "app/store_thread.h"
#include "core/base/job_queue.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>
#include <QTimer>

#include <stop_token>
#include <vector>

namespace sparsight {

class SessionList : public QAbstractListModel {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QString search READ search WRITE setSearch NOTIFY searchChanged)
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)
  Q_PROPERTY(bool importing READ importing NOTIFY importChanged)
  Q_PROPERTY(double importProgress READ importProgress NOTIFY importChanged)  // 0..1; -1: not known yet
  Q_PROPERTY(qint64 open READ open WRITE setOpen NOTIFY openChanged)          // the session that is shown; 0: none

 public:
  enum Role { IdRole = Qt::UserRole + 1, TitleRole, DetailRole, PinnedRole, TimeRole, HitRole, ExcerptRole };

  explicit SessionList(StoreThread& store, QObject* parent = nullptr);  // borrows it
  ~SessionList() override;  // ends an import at once; what it wrote stays hidden until a later start purges it

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
  [[nodiscard]] QString search() const { return search_; }
  [[nodiscard]] bool importing() const { return import_ != 0; }
  [[nodiscard]] double importProgress() const { return import_progress_; }
  void setSearch(const QString& words);
  [[nodiscard]] qint64 open() const { return open_; }
  Q_INVOKABLE bool isOpen(qint64 id) const { return id == open_; }
  void setOpen(qint64 id);

  Q_INVOKABLE void refresh();
  Q_INVOKABLE qint64 idAt(int row) const;   // 0: there is no such row
  Q_INVOKABLE qint64 hitAt(int row) const;  // the message that the search found; 0: none
  Q_INVOKABLE int rowOf(qint64 id) const;   // its first row; -1: none
  Q_INVOKABLE void rename(qint64 id, const QString& title);
  Q_INVOKABLE void pin(qint64 id, bool pinned);
  Q_INVOKABLE void remove(qint64 id);  // restore() undoes it
  Q_INVOKABLE void restore(qint64 id);
  // Takes the path or file: URL of an export, JSON or Markdown, one at a time. Emits imported() or errorOccurred().
  Q_INVOKABLE void importFile(const QString& path);
  Q_INVOKABLE void stopImport();  // removes what it has added

 signals:
  void searchChanged();
  void countChanged();
  void openChanged();
  void removed(qint64 id, const QString& title);
  void imported(int count, qint64 first);
  void importChanged();
  void errorOccurred(const QString& message);

 private:
  struct Row {
    SessionId id;
    MessageId message;      // found by a search; 0: the session itself
    QString title, detail;  // the file's name
    QString excerpt;        // of the message, around the hit
    bool pinned;
    std::int64_t time_ms;
    bool operator==(const Row&) const = default;
  };
  [[nodiscard]] std::vector<Row> wanted_rows() const;
  void write(StoreThread::Write write, const StoreThread::Written& written = {});
  void look_for_changes();
  void become(std::vector<Row> rows);
  void end_import(const std::vector<SessionId>& added);

  StoreThread& store_;
  QString search_;
  qint64 open_ = 0;
  std::vector<Row> rows_;
  QTimer watch_;          // looks for changes made by other windows
  bool looking_ = false;  // the last look has not been answered
  JobQueue::Job import_ = 0;
  double import_progress_ = -1;
  std::stop_source leaving_;
  JobQueue aside_;  // last: its thread uses all of the above
};

}  // namespace sparsight
