// Every question that was asked and is not yet answered, of any session: one after the other in the order of asking,
// whatever the window shows meanwhile. An answer is written to the store when it begins, four times a second while it
// streams, and when it ends. GUI thread; the writes have a thread of their own.
//
// A request waits until those before it are done, its clip is open and its question is on disk. Until then it can be
// taken back. A request that cannot be asked comes back as returned() where its session is shown; elsewhere it rests,
// as does a request that was given up, until it is asked again or taken back. The store keeps what waits and rests, so
// that no text is lost: after a program was killed or quit, the next one finds it, at rest.
//
// An answer runs until the store has all of it. If the store refuses it, errorOccurred() says why, the answer is kept
// here (unsaved()) and is written again every few seconds until the store takes it: then caughtUp() comes.
#pragma once

#include "app/chat/answer_facts.h"
#include "app/format.h"
#include "app/models/worker.h"
#include "app/sessions/store_thread.h"
#include "core/base/stopwatch.h"
#include "core/base/time_left.h"
#include "core/chat/store.h"

#include <QtQml/qqmlregistration.h>
#include <QJsonArray>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <QVariantList>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// A clip that is opened, shared by the conversation that shows it and the requests that wait for it.
struct AskedClip {
  std::filesystem::path file;
  FrameRequest frames;
  TimeRange range;
  std::string expected;                      // content_hash() of what it must be; empty: anything
  quint64 job = 0;                           // the worker's job that opens it; 0: none
  std::shared_ptr<const OpenedMedia> media;  // null: not open
  std::optional<ErrorKind> error{};          // why it was not opened

  [[nodiscard]] bool differs() const { return media && !expected.empty() && media->source.hash != expected; }
};

struct Request {
  enum class Kind {
    Question,  // at the end of its session
    Edit,      // another version of `at`, a question
    Again,     // another version of `at`, an answer
    Answer,    // a first answer to `at`, a question that has none
  };

  Kind kind = Kind::Question;
  SessionId session = 0;
  MessageId at = 0;
  QString text;  // of Question and Edit
  PruningOptions pruning;
  std::size_t max_new_tokens = 256;
  std::string system{};             // as in Question
  Sampling sampling{};              // with the seed that is used
  std::shared_ptr<AskedClip> clip;  // null: a question without a video
  bool by_slider = false;           // Again, for a budget that was set with the slider

  // Answering sets them; a request that rested keeps its id.
  quint64 id = 0;
  bool follows = false;  // it follows the answer to an earlier request of its session
  bool kept = false;     // the store was asked to keep it among the waiting ones
};

// The answer that is being written.
struct RunningAnswer {
  Request request{};
  MessageId answer = 0;
  std::vector<Turn> turns{};  // with the question at the end
  quint64 job = 0;
  std::string text{};
  std::shared_ptr<const Trace> trace{};
  std::shared_ptr<const PackedTrace> packed{};  // the same for the store, once it is whole
  std::optional<Progress> progress{};
  std::optional<double> left_s{};
  std::int64_t begun_ms = 0;  // since 1970
  bool ending = false;        // it is complete, and on its way to the store
};

// An answer that has ended, in the form in which it is stored.
struct EndedAnswer {
  MessageState state = MessageState::Complete;
  std::string text{}, details{};
  std::shared_ptr<const Trace> trace{};         // null: none is stored
  std::shared_ptr<const PackedTrace> packed{};  // the same, packed; null: it is packed when it is written
};

// The turns for the model: questions with their answers. Unanswered questions are left out, except the last one.
[[nodiscard]] std::vector<Turn> turns_of(std::span<const Message> messages);

class Answering : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(QVariantList sessions READ sessions NOTIFY changed)  // ids of sessions with a running or waiting request
  Q_PROPERTY(QVariantList news READ news NOTIFY changed)          // ids of sessions with an answer that nobody has seen
  Q_PROPERTY(int pending READ pending NOTIFY changed)             // number of running and waiting requests

 public:
  Answering(Worker& worker, StoreThread& store, QObject* parent = nullptr);  // borrows both
  ~Answering() override;  // stores the answer so far and the waiting requests

  // Opens a clip for add(). Then opened() or not_opened() is emitted.
  [[nodiscard]] std::shared_ptr<AskedClip> open(std::filesystem::path file, FrameRequest frames, TimeRange range,
                                                std::string expected);
  void open(const std::shared_ptr<AskedClip>& clip);          // again, after a stop or for another model
  void stop_opening(const std::shared_ptr<AskedClip>& clip);  // emits not_opened(); requests that wait for it come back
  // Stops the opening without a signal. Does nothing if a request waits for the clip.
  void let_go(const std::shared_ptr<AskedClip>& clip);
  // The clip of a session's requests; null: none.
  [[nodiscard]] std::shared_ptr<AskedClip> clip_of(SessionId session) const;

  // The session must exist. A request with the id of a resting one takes its place.
  quint64 add(Request request);
  // Takes a waiting or resting request out; nullopt: it has begun, or there is none.
  std::optional<Request> take_back(quint64 id);
  [[nodiscard]] std::vector<const Request*> waiting(SessionId session) const;
  [[nodiscard]] std::vector<const Request*> resting(SessionId session) const;  // without a clip
  // For the waiting requests of a session.
  void set_pruning(SessionId session, const PruningOptions& pruning);
  [[nodiscard]] const RunningAnswer* running() const { return running_ ? &*running_ : nullptr; }
  [[nodiscard]] const RunningAnswer* running(SessionId session) const;
  // An answer that has ended and is not on disk yet; null: it is.
  [[nodiscard]] std::shared_ptr<const EndedAnswer> unsaved(MessageId answer) const;
  [[nodiscard]] bool busy(SessionId session) const { return running(session) != nullptr || waits(session); }
  void stop(SessionId session);  // the running answer
  // Starts the running answer again with this pruning.
  void ask_instead(const PruningOptions& pruning);
  // Stops the running answer and lets waiting requests rest, of all sessions or of one, whose news is dropped.
  void give_up(std::optional<SessionId> session = {});

  void set_shown(std::optional<SessionId> session);  // which session the window shows

  [[nodiscard]] QString title_of(SessionId session);  // shortened, for a line of text

  [[nodiscard]] QVariantList sessions() const;
  [[nodiscard]] QVariantList news() const;
  Q_INVOKABLE [[nodiscard]] bool isNews(qint64 session) const;
  [[nodiscard]] int pending() const { return static_cast<int>(queue_.size()) + (running_ ? 1 : 0); }

 signals:
  void opened(std::shared_ptr<sparsight::AskedClip> clip);
  void not_opened(std::shared_ptr<sparsight::AskedClip> clip, sparsight::MessageState state, const QString& message);
  void began(qint64 session);  // the store has the question and its answer, which is Partial
  void said(qint64 session);
  void traced(qint64 session);
  void progressed(qint64 session);
  // The store has the whole answer, or refused it: then it is unsaved().
  void ended(qint64 session, qint64 answer, std::shared_ptr<const sparsight::Trace> trace);
  // Text typed in the session that is shown, which cannot be asked.
  void returned(qint64 session, const QString& text, const QString& why);
  void notified(qint64 session, const QString& message);  // there is news of a session that is not shown
  void detailsChanged();                                  // of answers that had already ended
  void caughtUp();                                        // the store has now taken all that it had refused
  void changed();                                         // running or waiting requests
  void errorOccurred(const QString& message);

 private:
  struct Beginning;
  void next(bool a_person_waits = false);
  [[nodiscard]] quint64 begin();
  void on_begun(const std::shared_ptr<Beginning>& beginning);
  void on_not_begun(const std::shared_ptr<Beginning>& beginning, const QString& why);
  void ask();
  void write_text();
  quint64 write_end(MessageId answer);
  void leave(MessageId answer, MessageState state);
  void fall_behind(const QString& why);
  void write_again();
  void note_written();
  [[nodiscard]] bool runs(quint64 job) const { return running_ && !running_->ending && running_->job == job; }
  void tell_news(SessionId session, const QString& message);
  std::vector<Request> take_out(const std::function<bool(const Request&)>& which);
  void give_back(const std::vector<Request>& requests, const QString& why);
  void rest(Request request);
  void read_kept();
  quint64 end(MessageState state, const Answer* answer, const QString& error = {});
  [[nodiscard]] AnswerOrigin origin() const;  // of the running answer
  void on_identified(const std::string& hash);
  void on_opened(quint64 job, const std::shared_ptr<const OpenedMedia>& media);
  void on_answered(quint64 job, const std::shared_ptr<const Answer>& answer, std::shared_ptr<const PackedTrace> packed);
  void on_ended(quint64 job, MessageState state, const QString& message);
  [[nodiscard]] bool waits(SessionId session) const;
  void tell_changed(bool a_person_waits = false);
  quint64 keep_waiting();

  Worker& worker_;
  StoreThread& store_;
  std::shared_ptr<const ModelInfo> model_;  // null: none is loaded
  quint64 model_job_ = 0;                   // the job that loaded it
  std::string model_hash_;                  // empty: not known yet
  std::vector<Message> unidentified_;       // answers that ended before model_hash_ was known
  std::deque<Request> queue_;
  std::shared_ptr<Beginning> beginning_;  // the first of the queue, while its question is on its way to the store
  std::optional<RunningAnswer> running_;
  std::map<MessageId, std::shared_ptr<const EndedAnswer>> unsaved_;
  std::map<SessionId, MessageId> begun_;  // the last answer of each session that has waiting requests
  std::vector<std::shared_ptr<AskedClip>> opening_;
  std::vector<Request> resting_;  // questions and edits
  std::vector<SessionId> news_;
  std::optional<SessionId> shown_;
  quint64 last_ = 0;
  // The waiting requests of this window: as the store was asked to keep them (nullopt: it refused), and as it does keep
  // them; only the writes touch the latter.
  std::optional<QJsonArray> kept_;
  std::shared_ptr<QJsonArray> on_disk_ = std::make_shared<QJsonArray>();
  bool writing_text_ = false;  // the write has not been acknowledged
  bool behind_ = false;        // the store refused something that is to be written again
  TimeLeft time_left_;
  Stopwatch clock_;
  QTimer save_{this}, again_{this};
};

}  // namespace sparsight
