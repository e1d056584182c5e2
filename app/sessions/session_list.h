// The sessions of the store, or the results of a search among them, as a list model. GUI thread.
//
// Changes are signalled row by row (inserted, removed, moved, changed), so that a view keeps its position; only a new
// search resets the model. Long work (an import, an export, sessions for many videos) has a thread of its own, and a
// connection of its own where it needs one; one at a time.
//
// Sessions can be selected for work on several at once; the selection follows them through changes of the list.
#pragma once

#include "app/sessions/store_thread.h"
#include "core/base/job_queue.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QDate>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QVariantList>

#include <functional>
#include <set>
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
  Q_PROPERTY(QString work READ work NOTIFY importChanged)                     // "Importing: 40 %"; empty: none
  Q_PROPERTY(QString exportedTo READ exportedTo NOTIFY importChanged)         // by the last export, until forgotten
  Q_PROPERTY(qint64 open READ open WRITE setOpen NOTIFY openChanged)          // the session that is shown; 0: none
  Q_PROPERTY(QVariantList selected READ selected NOTIFY selectionChanged)     // ids, in the order of the list

 public:
  enum Role {
    IdRole = Qt::UserRole + 1,
    TitleRole,
    DetailRole,
    PinnedRole,
    TimeRole,
    HitRole,
    ExcerptRole,
    GroupRole,    // "Pinned", "Today", "November 2026"; empty in a search for words
    AnswersRole,  // how many there are; -1: a search result
    TagsRole,
    PathRole,  // of the file; empty: none
    HashRole,  // of its content; may be empty
    SelectedRole,
  };

  explicit SessionList(StoreThread& store, QObject* parent = nullptr);  // borrows it
  ~SessionList() override;  // ends an import at once; what it wrote stays hidden until a later start purges it

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
  [[nodiscard]] QString search() const { return search_; }
  [[nodiscard]] bool importing() const { return import_ != 0; }
  [[nodiscard]] QString work() const;
  [[nodiscard]] QString exportedTo() const { return exported_; }
  [[nodiscard]] QVariantList selected() const;
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
  Q_INVOKABLE void remove(qint64 id) { removeAll({QVariant::fromValue(id)}); }
  Q_INVOKABLE void restore(qint64 id) { restoreAll({QVariant::fromValue(id)}); }

  // Selecting, as lists do: one row is toggled; a range from the row that was toggled or clicked last to this one
  // replaces the selection.
  Q_INVOKABLE void toggleSelected(int row);
  Q_INVOKABLE void selectTo(int row, int from);  // `from`: where the range begins if nothing was toggled before
  Q_INVOKABLE void selectAll();
  Q_INVOKABLE void clearSelection();
  Q_INVOKABLE [[nodiscard]] bool isSelected(qint64 id) const { return selected_.contains(id); }

  // For sessions that are given by their ids; in one transaction each.
  Q_INVOKABLE void removeAll(const QVariantList& ids);  // restoreAll() undoes it
  Q_INVOKABLE void restoreAll(const QVariantList& ids);
  Q_INVOKABLE void pinAll(const QVariantList& ids, bool pinned);
  Q_INVOKABLE [[nodiscard]] bool allPinned(const QVariantList& ids) const;  // of those that are listed
  Q_INVOKABLE void setTag(const QVariantList& ids, const QString& tag, bool has);
  // Every tag there is: {name, count: sessions that have it, here: how many of these do}.
  Q_INVOKABLE QVariantList tagsOf(const QVariantList& ids);
  // What to type into the search for sessions with the tag.
  Q_INVOKABLE [[nodiscard]] static QString searchFor(const QString& tag);

  // Writes sessions (none given: all) to a JSON file, or as Markdown into a new folder within the one given. Emits
  // exported() or errorOccurred().
  Q_INVOKABLE void exportTo(const QVariantList& ids, const QString& path, bool markdown);
  Q_INVOKABLE void forgetExport();
  // Begins a session about each file that can be read as a video or picture. Emits videosAdded().
  Q_INVOKABLE void addVideos(const QStringList& paths);
  // Takes the path or file: URL of an export, JSON or Markdown, one at a time. Emits imported() or errorOccurred().
  Q_INVOKABLE void importFile(const QString& path);
  Q_INVOKABLE void stopImport();  // or the export, or the sessions for videos; removes what it has added

 signals:
  void searchChanged();
  void countChanged();
  void openChanged();
  void selectionChanged();
  void removed(const QVariantList& ids);
  void exported(const QString& path);
  // Sessions that were begun, the first of them, and the files that cannot be read.
  void videosAdded(int count, qint64 first, const QStringList& unreadable);
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
    int answers = -1;
    QStringList tags{};
    QString path{}, hash{};  // of the file
    bool operator==(const Row&) const = default;
  };
  enum class Aside { Import, Export, Videos };
  using AsideWork = std::function<void(const std::stop_token&)>;
  [[nodiscard]] std::vector<Row> wanted_rows() const;
  [[nodiscard]] QString group_of(const Row& row) const;
  void select(std::set<SessionId> ids);
  void tell_selection();
  void begin_aside(Aside kind, AsideWork work);
  void note_aside(std::size_t done, std::size_t total);  // on its thread
  void end_aside(std::function<void()> then = {});       // on its thread
  void add_sessions(const std::vector<SessionMedia>& media, const QStringList& unreadable);
  void write(StoreThread::Write write, const StoreThread::Written& written = {});
  void look_for_changes();
  void become(std::vector<Row> rows);
  void arrange(const std::vector<Row>& rows);

  StoreThread& store_;
  QString search_;
  qint64 open_ = 0;
  std::vector<Row> rows_;
  QTimer watch_;          // looks for changes made by other windows
  bool looking_ = false;  // the last look has not been answered
  QDate today_;           // that the groups are made for
  std::set<SessionId> selected_;
  SessionId anchor_ = 0;  // where a range begins
  Aside aside_kind_ = Aside::Import;
  QString exported_;
  JobQueue::Job import_ = 0;
  double import_progress_ = -1;
  std::stop_source leaving_;
  JobQueue aside_;  // last: its thread uses all of the above
};

}  // namespace sparsight
