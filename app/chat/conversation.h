// The chat session that the window shows: a list model of the messages on its shown path, functions to ask, stop and
// ask again, and the clip of the session. GUI thread.
//
// Questions go to Answering, which continues with them when another session is opened here. If the store or the worker
// refuses something, errorOccurred() is emitted; returned() brings text that could not be asked back to the input.
#pragma once

#include "app/chat/answering.h"
#include "app/chat/asking_style.h"
#include "app/chat/pruning_choices.h"
#include "app/format.h"
#include "app/models/worker.h"
#include "app/sessions/store_thread.h"
#include "core/base/stopwatch.h"
#include "core/base/time_left.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QVariantList>

#include <algorithm>
#include <functional>
#include <limits>
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
  Q_PROPERTY(int atOnce READ atOnce WRITE setAtOnce NOTIFY countChanged)  // rows that a view can show
  Q_PROPERTY(bool busy READ busy NOTIFY busyChanged)
  Q_PROPERTY(bool answering READ answering NOTIFY progressChanged)  // an answer runs here
  Q_PROPERTY(QString stage READ stage NOTIFY progressChanged)
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)  // 0..1; -1: not known
  Q_PROPERTY(QString step READ step NOTIFY progressChanged)  // of the running answer: the stage without the time left
  Q_PROPERTY(QString left READ left NOTIFY progressChanged)  // "4 s left"; empty: not known
  Q_PROPERTY(QString title READ title NOTIFY sessionChanged)
  Q_PROPERTY(QString video READ video NOTIFY sessionChanged)  // path; empty: none
  Q_PROPERTY(QString strategy READ strategy WRITE setStrategy NOTIFY pruningChanged)
  Q_PROPERTY(QString budget READ budget WRITE setBudget NOTIFY pruningChanged)
  Q_PROPERTY(bool pruningChosen READ pruningChosen NOTIFY pruningChanged)  // differs from the usual pruning
  Q_PROPERTY(int tokens READ tokens NOTIFY pruningChanged)  // the budget in visual tokens; 0: not a number of tokens
  Q_PROPERTY(int visualTokens READ visualTokens NOTIFY clipChanged)       // of the clip; 0: not known yet
  Q_PROPERTY(QVariantList tokenStops READ tokenStops NOTIFY clipChanged)  // counts for a slider, ascending
  // The part of the video that questions are about, in seconds; an end of 0: to the end.
  Q_PROPERTY(double rangeStart READ rangeStart NOTIFY clipChanged)
  Q_PROPERTY(double rangeEnd READ rangeEnd NOTIFY clipChanged)
  Q_PROPERTY(QString missing READ missing NOTIFY clipChanged)  // the session's file, if it is missing; else empty
  // The file that could not be opened although it can be read; else empty. It is opened again for the next model.
  // refusedByModel: the model does not look at it, such as at a video if it is a model of pictures; else there is no
  // model, or it lacks memory or a device.
  Q_PROPERTY(QString refused READ refused NOTIFY clipChanged)
  Q_PROPERTY(bool refusedByModel READ refusedByModel NOTIFY clipChanged)
  Q_PROPERTY(bool differs READ differs NOTIFY clipChanged)  // the file is there and holds something else
  Q_PROPERTY(QStringList strategies READ strategies CONSTANT)
  // Suggested questions: those that the loaded model answers correctly about this clip, else general ones; about a
  // picture none that need time.
  Q_PROPERTY(QStringList suggestions READ suggestions NOTIFY suggestionsChanged)
  // The measured accuracy with this strategy and budget; empty for a clip that the model was not measured on.
  Q_PROPERTY(QString accuracy READ accuracy NOTIFY accuracyChanged)
  // The prunings that most people choose from: {key, name, line, accuracy, chosen}; the accuracy is empty where it was
  // not measured. pruningName: what the session has, "Balanced · 25 %"; budgetWords: "25 % (514 tokens)".
  Q_PROPERTY(QVariantList pruningChoices READ pruningChoices NOTIFY accuracyChanged)
  Q_PROPERTY(QString pruningName READ pruningName NOTIFY accuracyChanged)
  Q_PROPERTY(QString budgetWords READ budgetWords NOTIFY accuracyChanged)
  // How full the model's context gets by the next prompt and its answer, 0..1; -1: not known. contextText says it in
  // numbers; contextFull: the prompt does not fit.
  Q_PROPERTY(double context READ context NOTIFY contextChanged)
  Q_PROPERTY(QString contextText READ contextText NOTIFY contextChanged)
  Q_PROPERTY(bool contextFull READ contextFull NOTIFY contextChanged)
  // The requests here that have not begun, in order: {id, text, again, rests}; again: for another answer, without text;
  // rests: it was given up, in this run or an earlier one; askWaiting() asks it. An id of 0 cannot be taken back.
  Q_PROPERTY(QVariantList waiting READ waiting NOTIFY waitingChanged)
  // Text that is typed and not yet asked in the session that is shown. The store keeps it with the session, after a
  // short delay. It is cut after mostTyped characters, more than any model takes: an input field lays all of it out.
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
    RunningRole,  // the answer is being written
    VersionRole,  // the first number of "2 of 3", its place among the versions; VersionsRole is the second
    VersionsRole,
    ChipRole,   // "Balanced · 25 % · 514 tokens · 3.1 s"; empty: nothing is known
    NotesRole,  // what a reader must know about an answer, such as that it was cut off; empty: nothing
  };

  Conversation(Worker& worker, StoreThread& store, Answering& answering, QObject* parent = nullptr);  // borrows them
  ~Conversation() override;                                                                           // keeps the draft

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

  [[nodiscard]] int atOnce() const { return static_cast<int>(at_once_); }
  void setAtOnce(int rows) { at_once_ = static_cast<std::size_t>(std::max(rows, 1)); }
  [[nodiscard]] bool busy() const { return opening() || new_ || (session_ && answering_.busy(*session_)); }
  [[nodiscard]] bool answering() const { return running() != nullptr; }
  [[nodiscard]] QString stage() const { return stage_; }
  [[nodiscard]] double progress() const { return progress_; }
  [[nodiscard]] QString step() const { return step_; }
  [[nodiscard]] QString left() const { return left_; }
  [[nodiscard]] QString title() const { return title_; }
  [[nodiscard]] QString video() const { return video_; }
  [[nodiscard]] QString strategy() const { return strategy_; }
  [[nodiscard]] QString budget() const { return budget_; }
  void setStrategy(const QString& strategy);
  void setBudget(const QString& budget);
  [[nodiscard]] bool pruningChosen() const { return pruning() != usual_; }
  // The pruning of a session in which nothing was chosen.
  void set_usual_pruning(const CardPruning& usual);
  void prune_as_usual() { take_pruning(usual_); }
  Q_INVOKABLE void pruneAsUsual();  // the same, and answers again as keepTokens() does
  [[nodiscard]] int tokens() const;
  [[nodiscard]] int visualTokens() const { return static_cast<int>(visual_tokens_); }
  [[nodiscard]] QVariantList tokenStops() const;
  [[nodiscard]] double rangeStart() const { return range_.start_s; }
  [[nodiscard]] double rangeEnd() const { return range_.end_s; }
  [[nodiscard]] QString missing() const { return missing_; }
  [[nodiscard]] QString refused() const { return refused_ ? refused_->file : QString(); }
  [[nodiscard]] bool refusedByModel() const { return refused_ && refused_->by_model; }
  [[nodiscard]] bool differs() const { return clip_ && clip_->differs(); }
  [[nodiscard]] QVariantList waiting() const;
  [[nodiscard]] QString draft() const { return draft_; }
  void setDraft(const QString& text);
  [[nodiscard]] static int mostTyped() { return 1 << 16; }
  void retranslate();  // updates all texts after a change of language
  [[nodiscard]] static QStringList strategies();
  void set_style(const AskingStyle& style);  // for videos opened and questions asked from now on
  // A question without turns, medium and pruning, as it would be asked now; a new seed is drawn.
  [[nodiscard]] Question styled() const { return style_.question(); }
  void leave_model();  // drops what the model computed for the video, before another model is loaded
  void reopen();       // opens the video again, for that model, also one that was refused; the session stays

  // Begins a session about a video. Its frames are read and encoded at once, ready for the first question. If that
  // fails and nothing was asked meanwhile, the former session or video is opened again.
  Q_INVOKABLE void openVideo(const QString& path);
  // `message`: shows the path through it and emits messageWanted().
  Q_INVOKABLE void openSession(qint64 id, qint64 message = 0);
  Q_INVOKABLE void newSession();
  // It is answered after what was asked before. False, and errorOccurred(): it cannot be asked; the caller keeps the
  // text.
  Q_INVOKABLE bool ask(const QString& question);
  // Stops the running answer, else the opening of the video, else lets the waiting requests rest.
  Q_INVOKABLE void stop();
  // Another version of an answer, or the first answer to the last question.
  Q_INVOKABLE void again(int row);
  Q_INVOKABLE void regenerate() { again(rowCount() - 1); }
  // Another version of a question, with its own path after it. False: as for ask().
  Q_INVOKABLE bool editQuestion(int row, const QString& question);
  Q_INVOKABLE void showVersion(int row, int step);  // 1: the next version, -1: the one before
  // Shows the path before the last Again, Edit or choice of a version. False: there was none.
  Q_INVOKABLE bool undo();
  Q_INVOKABLE QString takeBack(qint64 waiting);     // returns its text, for the input
  Q_INVOKABLE bool askWaiting(qint64 resting);      // false, as for ask(): it still rests
  Q_INVOKABLE void keepDraft();                     // at once
  Q_INVOKABLE QVariantList details(int row) const;  // how an answer was made: {name, value}, as shown to the user
  // Shows the tokens of an answer over its own frames, which are opened if other frames are open. errorOccurred(): they
  // cannot be opened, or the tokens do not belong to them.
  Q_INVOKABLE void showTrace(int row);
  // Sets the budget in tokens, from a slider; when it rests, the last question is answered again with that budget.
  Q_INVOKABLE void keepTokens(int tokens);
  // Takes the frames from this part, after a short delay.
  Q_INVOKABLE void setRange(double start_s, double end_s);
  // For a session whose file is missing: uses this one if its content is the same, else differs() becomes true.
  Q_INVOKABLE void findFile(const QString& path);
  Q_INVOKABLE void useAnyway();
  [[nodiscard]] QStringList suggestions() const;
  [[nodiscard]] QString accuracy() const;
  [[nodiscard]] QVariantList pruningChoices() const;
  [[nodiscard]] QString pruningName() const;
  [[nodiscard]] QString budgetWords() const;
  // A budget as people type it, in the same words: "25 % (514 tokens)", or what is wrong with it; shareWords: for any
  // clip, "25 %". isBudget: nothing is wrong with it.
  Q_INVOKABLE [[nodiscard]] QString amountWords(const QString& budget) const;
  Q_INVOKABLE [[nodiscard]] static QString shareWords(const QString& budget);
  Q_INVOKABLE [[nodiscard]] static bool isBudget(const QString& budget);
  Q_INVOKABLE void choosePruning(const QString& key);  // one of pruningChoices, for the questions from now on
  [[nodiscard]] double context() const;
  [[nodiscard]] QString contextText() const;
  [[nodiscard]] bool contextFull() const;
  Q_INVOKABLE void rename(const QString& title);           // the session; does nothing without one
  Q_INVOKABLE QString asMarkdown();                        // all that is shown, as core/chat/export.h writes it
  void set_model(std::shared_ptr<const ModelInfo> model);  // the loaded model; null: none
  [[nodiscard]] std::shared_ptr<const ModelInfo> model() const { return model_; }
  [[nodiscard]] CardPruning own_pruning() const;  // the model's own default
  // The row of a trace's answer; -1: it is not of this conversation, or was not read yet.
  [[nodiscard]] int row_of_trace(const std::shared_ptr<const Trace>& trace) const;
  // The question and the answer of a trace; empty if it is not of this conversation.
  [[nodiscard]] std::pair<QString, QString> told(const std::shared_ptr<const Trace>& trace) const;
  [[nodiscard]] std::optional<SessionId> session() const { return session_; }
  [[nodiscard]] const Message& message(int row) const { return entries_[static_cast<std::size_t>(row)].message; }
  // Of the message in this row, itself included, oldest first; the newest `most` of them.
  [[nodiscard]] std::vector<Message> versions(int row, std::size_t most);
  [[nodiscard]] std::shared_ptr<const Trace> trace(int row);       // of the answer in this row; null: none
  [[nodiscard]] std::shared_ptr<const Trace> trace_of(MessageId);  // of any version
  [[nodiscard]] std::vector<Turn> turns(int rows) const;           // turns_of() the first rows

 signals:
  void busyChanged();
  void progressChanged();
  void sessionChanged();
  void pruningChanged();
  void accuracyChanged();
  void contextChanged();
  void countChanged();
  void pathChanged();  // other messages are shown, or they changed
  void draftChanged();
  void clipChanged();
  void suggestionsChanged();
  void sessionsChanged();                                                 // the list of sessions changed
  void mediaOpened(std::shared_ptr<const sparsight::OpenedMedia> media);  // null: no clip is open any more
  void traceChanged(std::shared_ptr<const sparsight::Trace> trace);       // of the answer that is shown; null: none
  void notOpened(const QString& message);  // a video; emitted after the session has reacted
  void waitingChanged();
  void asked(const QString& question);  // it was accepted
  void lastInserted();                  // of many rows; those before them follow at once
  void messageWanted(int row);          // it should be scrolled into view
  void returned(const QString& text);   // for the input: it could not be asked, or was taken back
  void errorOccurred(const QString& message);

 private:
  // What was open before a video was opened.
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
  // nullopt, and errorOccurred(): the settings are not valid, or there is no clip to ask about, or no session.
  [[nodiscard]] std::optional<PruningOptions> ready_to_ask();
  [[nodiscard]] std::optional<Request> make_request(Request::Kind kind, MessageId at, const QString& text);
  void ask_in_new_session(Request request);
  void on_made(const NewSession& made);
  void on_not_made(const NewSession& made, const QString& why);
  void add_version(MessageId answer, bool by_slider);
  // Shows the path through a message. Calls `then` if the session is still shown.
  void choose(MessageId id, std::function<void(bool chosen)> then);
  void answer_anew();
  [[nodiscard]] int tokens_of(const QString& budget) const;
  [[nodiscard]] CardPruning pruning() const { return {strategy_.toStdString(), budget_.toStdString()}; }
  void take_pruning(const CardPruning& pruning);
  void take_pruning_of_answer();
  [[nodiscard]] CardPruning pruning_of_answer() const;
  void take_pruning_of_session();
  void keep_pruning();
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

  // ---- Pruning and context
  [[nodiscard]] std::vector<PruningChoice> choices(std::size_t visual_tokens) const;
  [[nodiscard]] bool measured_here() const;  // the card's accuracy holds for what is open
  [[nodiscard]] QString chip_of(const Message& message) const;
  [[nodiscard]] std::size_t positions() const { return model_ ? model_->config.text.max_positions : 0; }
  void watch_context();
  void count_context();
  void set_context(std::size_t positions);

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
  QString step_, left_;
  QString title_, video_, stage_, strategy_ = "sparsevlm-v1.5", budget_;
  CardPruning usual_{strategy_.toStdString(), {}};
  AskingStyle style_;
  std::size_t at_once_ = std::numeric_limits<int>::max();
  double progress_ = -1;
  bool was_busy_ = false;
  QVariantList told_waiting_;
  std::optional<Progress> opening_progress_;
  std::optional<double> opening_left_s_;
  TimeLeft time_left_;
  Stopwatch clock_;
  std::vector<Entry> entries_;
  std::vector<MessageId> undo_;         // the last message of the path before each change
  std::shared_ptr<const Trace> shown_;  // the trace that is shown
  TimeRange range_;
  std::size_t visual_tokens_ = 0;
  std::optional<SessionMedia> expected_;  // the session's clip, as stored
  QString missing_;
  // The worker's job that looks for the missing file (0: none), and the part of the video to open then.
  quint64 seeking_ = 0;
  TimeRange sought_range_;
  struct Refused {
    QString file;
    TimeRange range;
    bool by_model;  // see refusedByModel
  };
  std::optional<Refused> refused_;
  std::optional<TimeRange> failed_range_;  // a part that could not be opened: the whole file is tried
  std::optional<SessionMedia> media_;      // of the open clip
  std::shared_ptr<AskedClip> clip_;        // video() and its range; null: not requested yet
  std::optional<Place> before_;            // while a video is opened in a new session
  std::size_t trace_frames_ =
      0;  // number of frames opened for the trace that is shown; 0: those of style_, as for questions
  bool trace_wanted_ = false;  // check that the trace fits once these frames are open
  // What was chosen in a session and not asked with yet, as the store was asked to keep it; nullopt: nothing.
  std::map<SessionId, std::optional<CardPruning>> kept_prunings_;
  QString draft_;
  std::optional<QString> kept_draft_;  // the draft that the store was asked to keep; nullopt: it refused
  std::map<std::optional<SessionId>, QString> unsaved_drafts_;  // not on disk yet
  std::size_t context_ = 0;                                     // positions of the next prompt; 0: not known
  quint64 counting_ = 0;                                        // the worker's job that counts them; 0: none
  QTimer again_{this}, reopen_{this}, keep_{this}, count_{this};
};

}  // namespace sparsight
