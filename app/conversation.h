// One chat session: its messages as a list model, asking, stopping, asking anew, and the clip it is about. GUI thread.
//
// A question is in the store before it shows; an answer is saved while it streams, four times a second, and when it
// ends. What the store or the worker refuses arrives as errorOccurred().
#pragma once

#include "app/format.h"
#include "app/time_left.h"
#include "app/worker.h"
#include "core/chat_store.h"
#include "kernels/error.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QElapsedTimer>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QVariantList>

#include <memory>
#include <optional>
#include <utility>
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
  Q_PROPERTY(int tokens READ tokens NOTIFY pruningChanged)  // visual tokens by the budget; 0: it says otherwise
  Q_PROPERTY(int visualTokens READ visualTokens NOTIFY clipChanged)       // of the clip; 0: not known yet
  Q_PROPERTY(QVariantList tokenStops READ tokenStops NOTIFY clipChanged)  // counts for a slider, ascending
  // What of the video is asked about, in seconds; an end of 0: to the end.
  Q_PROPERTY(double rangeStart READ rangeStart NOTIFY clipChanged)
  Q_PROPERTY(double rangeEnd READ rangeEnd NOTIFY clipChanged)
  Q_PROPERTY(QString missing READ missing NOTIFY clipChanged)  // the session's file, where it is gone; empty: none
  Q_PROPERTY(bool differs READ differs NOTIFY clipChanged)     // the file is there and holds something else
  Q_PROPERTY(QStringList strategies READ strategies CONSTANT)
  // Questions that may be asked: that the loaded model answers rightly about this very clip, else general ones.
  Q_PROPERTY(QStringList suggestions READ suggestions NOTIFY suggestionsChanged)
  Q_PROPERTY(QString accuracy READ accuracy NOTIFY pruningChanged)  // of strategy and budget, where that was measured
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
  [[nodiscard]] int tokens() const;
  [[nodiscard]] int visualTokens() const { return static_cast<int>(visual_tokens_); }
  [[nodiscard]] QVariantList tokenStops() const;
  [[nodiscard]] double rangeStart() const { return range_.start_s; }
  [[nodiscard]] double rangeEnd() const { return range_.end_s; }
  [[nodiscard]] QString missing() const { return missing_; }
  [[nodiscard]] bool differs() const { return pending_ != nullptr; }
  [[nodiscard]] static QStringList strategies();
  // For the videos that are opened and the questions that are asked from now on.
  void set_limits(std::size_t frames, std::size_t max_new_tokens);
  void leave_model();  // what it made of the video goes: another one is loaded in its place
  void reopen();       // the video once more, for that one; the session stays

  // A new session about a video; frames are read and encoded at once, so that the first question finds them. If they
  // cannot be, and nothing was asked meanwhile, what was open before is open again.
  Q_INVOKABLE void openVideo(const QString& path);
  Q_INVOKABLE void openSession(qint64 id);
  Q_INVOKABLE void newSession();
  Q_INVOKABLE void ask(const QString& question);
  Q_INVOKABLE void stop();
  Q_INVOKABLE void regenerate();                                    // the last answer
  Q_INVOKABLE void editQuestion(int row, const QString& question);  // drops what followed it and asks anew
  Q_INVOKABLE void showTrace(int row);
  // The budget in tokens. If the last question has an answer it is answered anew with it, a little later, so that a
  // slider may be dragged; an answer that is being written is given up for that.
  Q_INVOKABLE void keepTokens(int tokens);
  // Takes the frames from there, a little later; an answer that is being written is stopped.
  Q_INVOKABLE void setRange(double start_s, double end_s);
  // For a session whose file is gone: takes this one if it holds the same, else differs() asks what to do.
  Q_INVOKABLE void findFile(const QString& path);
  Q_INVOKABLE void useAnyway();
  [[nodiscard]] QStringList suggestions() const;
  [[nodiscard]] QString accuracy() const;
  void set_model(std::shared_ptr<const ModelInfo> model);  // that is loaded; null: none
  [[nodiscard]] std::shared_ptr<const ModelInfo> model() const { return model_; }
  [[nodiscard]] CardPruning own_pruning() const;  // the model's, where nobody chose
  // The question and the answer that a trace is of; empty where it is of none here.
  [[nodiscard]] std::pair<QString, QString> told(const std::shared_ptr<const Trace>& trace) const;
  [[nodiscard]] std::optional<SessionId> session() const { return session_; }
  [[nodiscard]] std::shared_ptr<const Trace> trace(int row);  // of an answer; null: it has none
  [[nodiscard]] std::vector<Turn> turns(int rows) const;      // of the first rows, without what was never answered

 signals:
  void busyChanged();
  void progressChanged();
  void sessionChanged();
  void pruningChanged();
  void countChanged();
  void clipChanged();
  void suggestionsChanged();
  void sessionsChanged();                                                 // the list of sessions is another
  void mediaOpened(std::shared_ptr<const sparsight::OpenedMedia> media);  // null: there is none any more
  void traceChanged(std::shared_ptr<const sparsight::Trace> trace);       // of the answer that is looked at; or null
  void notOpened(const QString& message);                                 // a video, after what became of that
  void errorOccurred(const QString& message);

 private:
  // Where somebody was before a video was opened.
  struct Place {
    std::optional<SessionId> session;
    QString video;
    TimeRange range;
  };
  struct Entry {
    Message message;
    TimeRange range{};
    QString line{};  // what the answer took, for people
    std::shared_ptr<const Trace> trace{};
  };

  void on_opened(quint64 job, const std::shared_ptr<const OpenedMedia>& media);
  void on_not_opened(MessageState state, const QString& message);
  void on_progressed(quint64 job, Progress progress);
  void on_said(quint64 job, const QString& text);
  void on_traced(quint64 job, const std::shared_ptr<const Trace>& trace);
  void on_answered(quint64 job, const std::shared_ptr<const Answer>& answer);
  void on_ended(quint64 job, MessageState state, const QString& message);
  void finish(MessageState state, const std::string& details);
  void append(Message message);
  void remove_from(int row);
  void start_answer();
  void answer_anew();
  void give_up_answer();
  void show_trace(std::shared_ptr<const Trace> trace);
  void count_tokens(const Trace& trace);
  void open_file(const std::filesystem::path& file, const TimeRange& range);
  void open_clip();
  void close_clip();
  void leave_frames();
  void go_back();
  void accept(const std::shared_ptr<const OpenedMedia>& media);
  void save_answer();
  [[nodiscard]] std::vector<Turn> turns() const { return turns(rowCount()); }
  void show_progress(const QString& stage, double progress);
  // nullopt, and errorOccurred(): what is set cannot be read, or there is no clip to ask about.
  [[nodiscard]] std::optional<PruningOptions> ready_to_ask();
  // Runs what touches the store; false, and errorOccurred(), if it failed.
  template <typename Function>
  bool stored(Function&& function) {
    if (store_ == nullptr) return true;
    try {
      std::forward<Function>(function)();
      return true;
    } catch (const Error& error) {
      emit errorOccurred(QString::fromUtf8(error.what()));
      return false;
    }
  }

  Worker& worker_;
  ChatStore* store_;
  std::shared_ptr<const ModelInfo> model_;  // null: none is loaded yet
  std::optional<SessionId> session_;
  std::optional<SessionMedia> media_;
  QString title_, video_, stage_, strategy_ = "sparsevlm-v1.5", budget_;
  std::size_t frames_ = 8, max_new_tokens_ = 256;
  double progress_ = -1;
  TimeLeft time_left_;
  QElapsedTimer clock_;
  std::vector<Entry> entries_;
  std::shared_ptr<const Trace> shown_;  // the trace that is looked at
  TimeRange range_;
  std::size_t visual_tokens_ = 0;
  std::optional<SessionMedia> expected_;  // what the session was about when it was written
  QString missing_;
  bool clip_there_ = false;                     // what video() names is open, with that part of it
  std::shared_ptr<const OpenedMedia> pending_;  // opened, but not what was expected
  std::optional<Place> before_;                 // while a video is opened in a session of its own
  quint64 asking_ = 0, opening_ = 0;
  QTimer save_{this}, again_{this}, reopen_{this};
};

}  // namespace sparsight
