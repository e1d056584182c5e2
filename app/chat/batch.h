// A batch: every question of a list about every video of a list, as a table that fills. GUI thread.
//
// It runs on the worker behind everything that a person asks, which stops it for as long as it takes. Each video is
// encoded once for all its questions, which know nothing of each other. Every answer is written, in one transaction, to
// the table in the store and to an ordinary session of its video; so nothing is lost or asked twice if the program is
// quit or killed. A batch that was not finished is paused when the program starts.
#pragma once

#include "app/chat/answer_facts.h"
#include "app/chat/asking_style.h"
#include "app/chat/pruning_draft.h"
#include "app/models/worker.h"
#include "app/sessions/store_thread.h"
#include "core/base/job_queue.h"
#include "core/base/stopwatch.h"

#include <QtQml/qqmlregistration.h>
#include <QAbstractListModel>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

namespace sparsight {

class Batch : public QAbstractListModel {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(int count READ rowCount NOTIFY changed)  // cells; 0: there is no batch
  Q_PROPERTY(int done READ done NOTIFY changed)       // with an answer
  Q_PROPERTY(int failed READ failed NOTIFY changed)
  Q_PROPERTY(int waiting READ waiting NOTIFY changed)  // the running one included
  Q_PROPERTY(bool running READ running NOTIFY changed)
  Q_PROPERTY(double secondsLeft READ secondsLeft NOTIFY changed)  // -1: not known yet
  Q_PROPERTY(QString pruning READ pruning NOTIFY changed)         // "Balanced · 25 %"
  Q_PROPERTY(QString asked READ asked NOTIFY changed)      // what else is not as usual: "temperature 0.5, seed 1"
  Q_PROPERTY(QString failure READ failure NOTIFY changed)  // the first one: "text.mp4: why"; empty: none
  Q_PROPERTY(QString note READ note NOTIFY changed)        // the first one about a video, like `failure`
  Q_PROPERTY(sparsight::PruningDraft* pruned READ pruned CONSTANT)  // of the next batch
  Q_PROPERTY(QString saved READ saved NOTIFY changed)               // where the table was saved last
  Q_PROPERTY(QString problem READ problem NOTIFY changed)  // why it could not be begun or saved; empty: nothing

 public:
  enum Role {
    VideoRole = Qt::UserRole + 1,  // the file's name
    PathRole,
    QuestionRole,
    AnswerRole,  // or why it failed
    NotesRole,   // what a reader must know, such as that the video is cut short
    StateRole,   // "waiting", "running", "done", "failed"
    SecondsRole,
    TokensRole,
    SessionRole,  // 0: none
  };

  Batch(Worker& worker, StoreThread& store, QObject* parent = nullptr);  // borrows both

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
  [[nodiscard]] int done() const { return number_of(CellState::Done); }
  [[nodiscard]] int failed() const { return number_of(CellState::Failed); }
  [[nodiscard]] int waiting() const { return number_of(CellState::Waiting); }
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] double secondsLeft() const;
  [[nodiscard]] QString pruning() const;
  [[nodiscard]] QString asked() const;
  [[nodiscard]] QString failure() const;
  [[nodiscard]] QString note() const;
  [[nodiscard]] PruningDraft* pruned() { return &pruned_; }
  [[nodiscard]] QString saved() const { return saved_; }
  [[nodiscard]] QString problem() const { return problem_; }

  void set_style(const AskingStyle& style) { usual_ = style; }  // for batches that begin from now on
  void retranslate();
  void leave_model();  // pauses, and drops what that model computed

  // Begins a batch in place of the last one, whose sessions stay. `questions`: one in each line.
  Q_INVOKABLE void begin(const QStringList& videos, const QString& questions, const QString& strategy,
                         const QString& budget);
  Q_INVOKABLE [[nodiscard]] static int questionsIn(const QString& text);
  Q_INVOKABLE void go();
  Q_INVOKABLE void pause();
  Q_INVOKABLE void stop();     // takes what waits out of the table
  Q_INVOKABLE void retry();    // what failed
  Q_INVOKABLE void discard();  // the table; the sessions stay
  Q_INVOKABLE void saveTo(const QString& file);
  // Finds videos: files as they are, and those within folders. Emits found().
  Q_INVOKABLE void find(const QStringList& paths);
  Q_INVOKABLE void forgetProblem();
  [[nodiscard]] static const QStringList& videoEndings();  // of the files that are taken from folders: "mp4"

 signals:
  void changed();
  void found(const QStringList& videos);
  void sessionWritten(qint64 session);  // an answer was added to it, or it is new
  void errorOccurred(const QString& message);

 private:
  struct Settings {
    PruningOptions pruning;
    AskingStyle style;  // with the seed that all questions are asked with
  };
  void load();
  void next();
  void ask(std::size_t at);
  void on_opened(const std::shared_ptr<const OpenedMedia>& media);
  void on_answered(const Answer& answer, const std::shared_ptr<const PackedTrace>& packed);
  void on_failed(const QString& message);
  void write(const BatchCell& cell, const std::string& details, const std::shared_ptr<const PackedTrace>& packed);
  void take(std::vector<BatchCell> cells);
  void tell(std::size_t at);
  void refuse(const QString& why);
  void change(StoreThread::Write write);
  [[nodiscard]] int number_of(CellState state) const;
  [[nodiscard]] Question question() const;  // as each is asked, without medium and turns
  [[nodiscard]] std::optional<std::size_t> first_waiting() const;
  [[nodiscard]] std::optional<SessionId> session_of(const std::filesystem::path& video) const;

  Worker& worker_;
  StoreThread& store_;
  std::shared_ptr<const ModelInfo> model_;  // null: none is loaded
  quint64 model_job_ = 0;
  std::string model_hash_;
  std::optional<QuestionBatchId> id_;
  Settings settings_;
  AskingStyle usual_;
  PruningDraft pruned_;
  std::vector<BatchCell> cells_;
  bool running_ = false, writing_ = false;
  quint64 job_ = 0;     // the worker's job for at_; 0: none
  std::size_t at_ = 0;  // the cell that is worked on
  bool opening_ = false;
  std::filesystem::path video_;               // that media_ is of
  std::shared_ptr<const OpenedMedia> media_;  // null: none is open
  std::int64_t begun_ms_ = 0;
  Stopwatch clock_;           // since the cell, or its video, was begun
  double spent_s_ = 0;        // on the cells of this run
  std::size_t finished_ = 0;  // in this run
  QString saved_, problem_;
  JobQueue aside_;  // last: its thread uses all of the above
};

}  // namespace sparsight
