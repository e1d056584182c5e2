// The chat session that the window shows: the messages of its shown path as a list model, asking, stopping, asking
// anew, and the clip it is about. GUI thread.
//
// What is asked goes to Answering, which goes on with it when another session is opened here. What the store or the
// worker refuses arrives as errorOccurred(); text that could not be asked arrives as returned(), for the input.
#pragma once

#include "app/answering.h"
#include "app/format.h"
#include "app/store_thread.h"
#include "app/time_left.h"
#include "app/worker.h"
#include "core/base/stopwatch.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QVariantList>

#include <functional>
#include <map>
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
  Q_PROPERTY(bool pruningChosen READ pruningChosen NOTIFY pruningChanged)  // here: not the usual one
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
  // Of strategy and budget, where that was measured; empty about a clip that the model was not measured on.
  Q_PROPERTY(QString accuracy READ accuracy NOTIFY accuracyChanged)
  // What was asked here and has not begun, in order: {id, text, again, rests}; again: another answer, which has no
  // text; rests: it was given up, by a former start too, and is asked by askWaiting() only.
  Q_PROPERTY(QVariantList waiting READ waiting NOTIFY waitingChanged)
  // What is typed and not yet asked, of the session that is shown; kept in the store with it, a little later. What is
  // longer than mostTyped characters, which fit no model, is cut there: an input lays all of it out.
  Q_PROPERTY(QString draft READ draft WRITE setDraft NOTIFY draftChanged)
  Q_PROPERTY(int mostTyped READ mostTyped CONSTANT)
  Q_PROPERTY(int count READ rowCount NOTIFY countChanged)

 public:
  enum Role {
    TextRole = Qt::UserRole + 1,
    QuestionRole,
    StateRole,
    LineRole,
    TraceRole,
    RunningRole,  // is being written
    VersionRole,  // "2 of 3": its place among the versions of its question or answer, and how many these are
    VersionsRole,
  };

  Conversation(Worker& worker, StoreThread& store, Answering& answering, QObject* parent = nullptr);  // borrows them
  ~Conversation() override;                                                                           // keeps the draft

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

  [[nodiscard]] bool busy() const { return opening() || new_ || (session_ && answering_.busy(*session_)); }
  [[nodiscard]] QString stage() const { return stage_; }
  [[nodiscard]] double progress() const { return progress_; }
  [[nodiscard]] QString title() const { return title_; }
  [[nodiscard]] QString video() const { return video_; }
  [[nodiscard]] QString strategy() const { return strategy_; }
  [[nodiscard]] QString budget() const { return budget_; }
  void setStrategy(const QString& strategy);
  void setBudget(const QString& budget);
  [[nodiscard]] bool pruningChosen() const { return pruning() != usual_; }
  // How a session is pruned where nothing was chosen in it.
  void set_usual_pruning(const CardPruning& usual);
  void prune_as_usual() { take_pruning(usual_); }
  Q_INVOKABLE void pruneAsUsual();  // the same, and answers anew as keepTokens() does
  [[nodiscard]] int tokens() const;
  [[nodiscard]] int visualTokens() const { return static_cast<int>(visual_tokens_); }
  [[nodiscard]] QVariantList tokenStops() const;
  [[nodiscard]] double rangeStart() const { return range_.start_s; }
  [[nodiscard]] double rangeEnd() const { return range_.end_s; }
  [[nodiscard]] QString missing() const { return missing_; }
  [[nodiscard]] bool differs() const { return clip_ && clip_->differs(); }
  [[nodiscard]] QVariantList waiting() const;
  [[nodiscard]] QString draft() const { return draft_; }
  void setDraft(const QString& text);
  [[nodiscard]] static int mostTyped() { return 1 << 16; }
  void retranslate();  // tells of all texts anew, in another language
  [[nodiscard]] static QStringList strategies();
  // For the videos that are opened and the questions that are asked from now on.
  void set_limits(std::size_t frames, std::size_t max_new_tokens);
  void set_tone_map(ToneMap how) { tone_map_ = how; }
  void leave_model();  // what it made of the video goes: another one is loaded in its place
  void reopen();       // the video once more, for that one; the session stays

  // A new session about a video; frames are read and encoded at once, so that the first question finds them. If they
  // cannot be, and nothing was asked meanwhile, what was open before is open again.
  Q_INVOKABLE void openVideo(const QString& path);
  // `message`: shows the path through it, and wants it looked at.
  Q_INVOKABLE void openSession(qint64 id, qint64 message = 0);
  Q_INVOKABLE void newSession();
  // Answered when what was asked before is. False, and errorOccurred(): it cannot be asked, the text is the caller's.
  Q_INVOKABLE bool ask(const QString& question);
  // The answer that is being written; without one, the video that is being opened, else what waits rests.
  Q_INVOKABLE void stop();
  // Another version of an answer, or a first answer to a last question that has none.
  Q_INVOKABLE void again(int row);
  Q_INVOKABLE void regenerate() { again(rowCount() - 1); }
  // Another version of a question, with a path of its own behind it. False as ask().
  Q_INVOKABLE bool editQuestion(int row, const QString& question);
  Q_INVOKABLE void showVersion(int row, int step);  // the next one, or the one before: 1 or -1
  // Shows what was shown before the last Again, Edit or choice of a version. False: there was none.
  Q_INVOKABLE bool undo();
  Q_INVOKABLE QString takeBack(qint64 waiting);     // its text, for the input
  Q_INVOKABLE bool askWaiting(qint64 resting);      // false as ask(): it rests on
  Q_INVOKABLE void keepDraft();                     // at once
  Q_INVOKABLE QVariantList details(int row) const;  // how an answer was made: {name, value}, for people
  // The tokens of an answer over its own frames, which are opened for that where others are. errorOccurred(): they
  // cannot be, or the tokens are of none of them.
  Q_INVOKABLE void showTrace(int row);
  // The budget in tokens, from a slider that may be dragged: a little later the last question is answered anew with it.
  Q_INVOKABLE void keepTokens(int tokens);
  // Takes the frames from there, a little later.
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
  [[nodiscard]] const Message& message(int row) const { return entries_[static_cast<std::size_t>(row)].message; }
  [[nodiscard]] std::vector<Message> versions(int row);            // of the message there, itself too, oldest first
  [[nodiscard]] std::shared_ptr<const Trace> trace(int row);       // of an answer; null: it has none
  [[nodiscard]] std::shared_ptr<const Trace> trace_of(MessageId);  // of any version
  [[nodiscard]] std::vector<Turn> turns(int rows) const;           // turns_of() the first rows

 signals:
  void busyChanged();
  void progressChanged();
  void sessionChanged();
  void pruningChanged();
  void accuracyChanged();
  void countChanged();
  void pathChanged();  // other messages are shown, or more of what was written
  void draftChanged();
  void clipChanged();
  void suggestionsChanged();
  void sessionsChanged();                                                 // the list of sessions is another
  void mediaOpened(std::shared_ptr<const sparsight::OpenedMedia> media);  // null: there is none any more
  void traceChanged(std::shared_ptr<const sparsight::Trace> trace);       // of the answer that is looked at; or null
  void notOpened(const QString& message);                                 // a video, after what became of that
  void waitingChanged();
  void asked(const QString& question);  // it was taken
  void messageWanted(int row);          // it is to be looked at
  void returned(const QString& text);   // it could not be asked, or was taken back
  void errorOccurred(const QString& message);

 private:
  // Where somebody was before a video was opened.
  struct Place {
    std::optional<SessionId> session;
    QString video;
    TimeRange range;
    CardPruning pruning;
  };
  struct NewSession;
  struct Entry {
    Message message{};
    TimeRange range{};
    std::shared_ptr<const Trace> trace{};
  };

  // ---- Messages
  void reload();
  [[nodiscard]] Entry entry_of(Message message) const;
  void remove_from(int row);
  [[nodiscard]] int row_of(MessageId id) const;  // -1: it is not shown
  [[nodiscard]] const RunningAnswer* running() const { return session_ ? answering_.running(*session_) : nullptr; }
  void show_trace(std::shared_ptr<const Trace> trace);
  void look_at(int row);
  void show_last_trace();
  void count_tokens(const Trace& trace);
  void set_session(std::optional<SessionId> session);
  quint64 keep_draft();
  quint64 write_draft(std::optional<SessionId> session, const QString& text);
  void find_draft();
  void move_draft(std::optional<SessionId> from);

  // ---- Asking
  // nullopt, and errorOccurred(): what is set cannot be read, or there is no clip to ask about, or no session.
  [[nodiscard]] std::optional<PruningOptions> ready_to_ask();
  [[nodiscard]] std::optional<Request> make_request(Request::Kind kind, MessageId at, const QString& text);
  void ask_in_new_session(Request request);
  void on_made(const NewSession& made);
  void on_not_made(const NewSession& made, const QString& why);
  void add_version(MessageId answer, bool by_slider);
  // Shows the path through a message; `then` is called where its session is shown still.
  void choose(MessageId id, std::function<void(bool chosen)> then);
  void answer_anew();
  [[nodiscard]] int tokens_of(const QString& budget) const;
  [[nodiscard]] CardPruning pruning() const { return {strategy_.toStdString(), budget_.toStdString()}; }
  void take_pruning(const CardPruning& pruning);
  void take_pruning_of_answer();
  void remember();
  void leave_session();
  void on_began(qint64 session);
  void on_said(qint64 session);
  void on_traced(qint64 session);
  void on_ended(qint64 session, qint64 answer, const std::shared_ptr<const Trace>& trace);
  void on_returned(qint64 session, const QString& text, const QString& why);
  void show_progress();
  void tell_busy();
  void tell_waiting();

  // ---- The clip
  [[nodiscard]] bool opening() const { return clip_ && clip_->job != 0; }
  void open_file(const std::filesystem::path& file, const TimeRange& range);
  void open_clip();
  void close_clip();
  void find_clip(const Session& session);
  void seek(std::vector<std::filesystem::path> places, const TimeRange& range);
  void stop_seeking();
  void on_found(quint64 job, const QString& file);
  void adopt(std::shared_ptr<AskedClip> clip);
  void leave_frames();
  void go_back();
  void accept();
  void on_opened(const std::shared_ptr<AskedClip>& clip);
  void on_not_opened(const std::shared_ptr<AskedClip>& clip, MessageState state, const QString& message);

  Worker& worker_;
  StoreThread& store_;
  Answering& answering_;
  std::shared_ptr<const ModelInfo> model_;  // null: none is loaded yet
  std::optional<SessionId> session_;
  bool fresh_ = false;               // the session was made for a question that has not begun
  std::shared_ptr<NewSession> new_;  // null: none is being made
  QString title_, video_, stage_, strategy_ = "sparsevlm-v1.5", budget_;  // of pruning: for this session
  CardPruning usual_{strategy_.toStdString(), {}};
  std::size_t frames_ = 8, max_new_tokens_ = 256;
  ToneMap tone_map_ = ToneMap::Auto;
  double progress_ = -1;
  bool was_busy_ = false;
  QVariantList told_waiting_;
  std::optional<Progress> opening_progress_;
  std::optional<double> opening_left_s_;
  TimeLeft time_left_;
  Stopwatch clock_;
  std::vector<Entry> entries_;
  std::vector<MessageId> undo_;         // what the path ended with before each change
  std::shared_ptr<const Trace> shown_;  // the trace that is looked at
  TimeRange range_;
  std::size_t visual_tokens_ = 0;
  std::optional<SessionMedia> expected_;  // what the session was about when it was written
  QString missing_;
  // Of the worker, that reads whether another file is what is missing, of which part; 0: none does.
  quint64 seeking_ = 0;
  TimeRange sought_range_;
  std::optional<SessionMedia> media_;  // that is open
  std::shared_ptr<AskedClip> clip_;    // of video() and its range; null: not asked for yet
  std::optional<Place> before_;        // while a video is opened in a session of its own
  std::size_t trace_frames_ = 0;  // how many are open, for an answer that is looked at; 0: as many as are asked about
  bool trace_wanted_ = false;     // its tokens are to be there once they are open
  QString draft_;
  std::optional<QString> kept_draft_;  // as the store was asked to keep it; nullopt: it refused
  std::map<std::optional<SessionId>, QString> unsaved_drafts_;  // that the store does not have yet
  QTimer again_{this}, reopen_{this}, keep_{this};
};

}  // namespace sparsight
