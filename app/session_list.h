// The sessions of the store, or what a search found among them, as a list model. GUI thread.
//
// A change is told as the rows that came, went, moved or differ, so that a view keeps its place; only another search
// makes another list. An import reads and writes aside, on a thread and with a connection of its own.
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
  Q_PROPERTY(qint64 open READ open WRITE setOpen NOTIFY openChanged)          // the session that is looked at; 0: none

 public:
  enum Role { IdRole = Qt::UserRole + 1, TitleRole, DetailRole, PinnedRole, TimeRole, HitRole, ExcerptRole };

  explicit SessionList(StoreThread& store, QObject* parent = nullptr);  // borrows it
  ~SessionList() override;  // an import ends at once; what it wrote stays out of sight and is purged by a later start

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
  Q_INVOKABLE qint64 hitAt(int row) const;  // the message that a search found there; 0: none
  Q_INVOKABLE int rowOf(qint64 id) const;   // its first one; -1: it has none
  Q_INVOKABLE void rename(qint64 id, const QString& title);
  Q_INVOKABLE void pin(qint64 id, bool pinned);
  Q_INVOKABLE void remove(qint64 id);  // can be taken back
  Q_INVOKABLE void restore(qint64 id);
  // A path or file: URL of an export, JSON or Markdown; one at a time. Then imported() or errorOccurred() comes.
  Q_INVOKABLE void importFile(const QString& path);
  Q_INVOKABLE void stopImport();  // nothing of it stays

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
    MessageId message;      // that a search found; 0: the session itself
    QString title, detail;  // the file's name
    QString excerpt;        // around what a search found in a message
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
  QTimer watch_;          // for what other windows write
  bool looking_ = false;  // whether they did
  JobQueue::Job import_ = 0;
  double import_progress_ = -1;
  std::stop_source leaving_;
  JobQueue aside_;  // last: its thread uses all of the above
};

}  // namespace sparsight
