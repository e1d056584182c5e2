// One chat session: its messages as a list model, asking, stopping, asking anew. GUI thread.
//
// A question is in the store before it shows; an answer is saved while it streams, four times a second, and when it
// ends. What the store or the worker refuses arrives as errorOccurred().
#pragma once

#include "app/worker.h"
#include "core/chat_store.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QElapsedTimer>
#include <QString>
#include <QStringList>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

class Conversation : public QAbstractListModel {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(bool busy READ busy NOTIFY busyChanged)
  Q_PROPERTY(QString stage READ stage NOTIFY progressChanged)
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)  // 0..1; -1: not known
  Q_PROPERTY(QString title READ title NOTIFY sessionChanged)
  Q_PROPERTY(QString video READ video NOTIFY sessionChanged)  // path; empty: none
  Q_PROPERTY(QString strategy READ strategy WRITE setStrategy NOTIFY pruningChanged)
  Q_PROPERTY(QString budget READ budget WRITE setBudget NOTIFY pruningChanged)
  Q_PROPERTY(QStringList strategies READ strategies CONSTANT)
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)

 public:
  enum Role { TextRole = Qt::UserRole + 1, QuestionRole, StateRole, LineRole, TraceRole };

  Conversation(Worker& worker, ChatStore* store, QObject* parent = nullptr);  // without a store nothing is kept

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

  [[nodiscard]] bool busy() const { return asking_ != 0 || opening_ != 0; }
  [[nodiscard]] QString stage() const { return stage_; }
  [[nodiscard]] double progress() const { return progress_; }
  [[nodiscard]] QString title() const { return title_; }
  [[nodiscard]] QString video() const { return video_; }
  [[nodiscard]] QString strategy() const { return strategy_; }
  [[nodiscard]] QString budget() const { return budget_; }
  void setStrategy(const QString& strategy);
  void setBudget(const QString& budget);
  [[nodiscard]] static QStringList strategies();
  // For the videos that are opened and the questions that are asked from now on.
  void set_limits(std::size_t frames, std::size_t max_new_tokens);
  void reopen();  // the video once more, for another model; the session stays

  // A new session about a video; frames are read and encoded at once, so that the first question finds them.
  Q_INVOKABLE void openVideo(const QString& path);
  Q_INVOKABLE void openSession(qint64 id);
  Q_INVOKABLE void newSession();
  Q_INVOKABLE void ask(const QString& question);
  Q_INVOKABLE void stop();
  Q_INVOKABLE void regenerate();                                    // the last answer
  Q_INVOKABLE void editQuestion(int row, const QString& question);  // drops what followed it and asks anew
  Q_INVOKABLE void showTrace(int row);
  Q_INVOKABLE QStringList suggestions() const;
  [[nodiscard]] std::optional<SessionId> session() const { return session_; }

 signals:
  void busyChanged();
  void progressChanged();
  void sessionChanged();
  void pruningChanged();
  void countChanged();
  void sessionsChanged();  // the list of sessions is another
  void mediaOpened(std::shared_ptr<const sparsight::OpenedMedia> media);
  void traceChanged(std::shared_ptr<const sparsight::Trace> trace);  // of the answer that is looked at
  void errorOccurred(const QString& message);

 private:
  struct Entry {
    Message message;
    QString line{};  // what the answer took, for people
    std::shared_ptr<const Trace> trace{};
  };

  void on_opened(quint64 job, const std::shared_ptr<const OpenedMedia>& media);
  void on_progressed(quint64 job, Progress progress);
  void on_said(quint64 job, const QString& text);
  void on_traced(quint64 job, const std::shared_ptr<const Trace>& trace);
  void on_answered(quint64 job, const std::shared_ptr<const Answer>& answer);
  void on_ended(quint64 job, MessageState state, const QString& message);
  void finish(MessageState state, const std::string& details);
  void append(Message message);
  void remove_from(int row);
  void start_answer();
  void save_answer();
  void show_progress(const QString& stage, double progress);
  [[nodiscard]] std::vector<Turn> turns() const;
  // Runs what touches the store; false, and errorOccurred(), if it failed.
  template <typename Function>
  bool stored(Function&& function);

  Worker& worker_;
  ChatStore* store_;
  std::optional<SessionId> session_;
  std::optional<SessionMedia> media_;
  QString title_, video_, stage_, strategy_ = "sparsevlm-v1.5", budget_;
  std::size_t frames_ = 8, max_new_tokens_ = 256;
  double progress_ = -1;
  std::vector<Entry> entries_;
  quint64 asking_ = 0, opening_ = 0;
  QTimer save_;
};

}  // namespace sparsight
