// The engine on a thread of its own. Calls are queued; their results arrive as signals with the number of the job.
//
// The object lives on the GUI thread and emits there. Signals carry values; only immutable data is shared. Each job has
// its stop source from the moment it is queued, so that no stop is lost. The last signal of a job is stopped(),
// failed(), loaded() (identified() and read() may follow), opened(), answered(), counted(), measured() or done().
#pragma once

#include "core/base/job_queue.h"
#include "core/chat/store.h"
#include "core/engine.h"
#include "core/measure/question_time.h"

#include <QObject>
#include <QString>

#include <filesystem>
#include <functional>
#include <memory>

namespace sparsight {

// The engine as the worker sees it; tests may script it. Called on the worker's thread.
struct EngineDoor {
  std::function<void(const EngineOptions&, const Control&)> load;  // drops the former model first
  std::function<ModelInfo()> info;
  std::function<OpenedClip(const std::filesystem::path&, const FrameRequest&, const Control&)> open;
  std::function<Answer(const Question&, const std::function<void(std::string_view)>&, const Control&)> answer;
  std::function<std::size_t(const Question&)> length{};  // of its prompt, in the model's positions; null: not known
};
[[nodiscard]] EngineDoor real_engine();

// A clip that is ready for questions. Immutable.
struct OpenedMedia {
  Clip clip;
  SessionMedia source;
  std::shared_ptr<const EncodedMedia> encoded;
};

class Worker : public QObject {
  Q_OBJECT

 public:
  using Job = quint64;

  // The destructor stops the running job and waits for it.
  explicit Worker(EngineDoor door, QObject* parent = nullptr);
  ~Worker() override;

  Job load(EngineOptions options);
  Job open(std::filesystem::path file, FrameRequest request);
  // `keep`: answered() brings the packed trace too, for the store.
  Job ask(Question question, bool keep = false);
  // How many of the model's positions the question's prompt takes; counted() says it, 0 if the engine does not know.
  Job count(Question question);
  // Other long work, without the engine; done() brings its result.
  Job carry_out(std::function<QString(const Control&)> work);
  // How fast this machine is, once nothing else is to be done.
  Job measure(MakeBackend backend);
  void stop(Job job);
  // For work behind everything else: it is stopped as soon as another job is queued. Its owner queues it again, behind
  // that one. One job at a time.
  void yield(Job job) { yielding_ = job; }

 signals:
  void loaded(quint64 job, std::shared_ptr<const sparsight::ModelInfo> model);
  // The hash of the model that `job` loaded (core/model/model_identity.h), after loaded(): at once for a small model,
  // else once the file has been read. Not if the file cannot be read.
  void identified(quint64 job, const QString& hash);
  // How much of the files of the model that `job` loads has been read ahead; from before loaded() on.
  void read(quint64 job, sparsight::Progress progress);
  void opened(quint64 job, std::shared_ptr<const sparsight::OpenedMedia> media);
  void progressed(quint64 job, sparsight::Progress progress);
  void said(quint64 job, const QString& text);  // the next piece of the answer
  void traced(quint64 job, std::shared_ptr<const sparsight::Trace> trace);
  void answered(quint64 job, std::shared_ptr<const sparsight::Answer> answer,
                std::shared_ptr<const sparsight::PackedTrace> packed);
  void counted(quint64 job, quint64 positions);
  void measured(quint64 job, const sparsight::MachineSpeed& speed);
  void done(quint64 job, const QString& result);
  void stopped(quint64 job);
  void failed(quint64 job, const QString& message, sparsight::ErrorKind kind);

 private:
  class Relay;
  Job queue(std::function<void(Job, const Control&)> work);

  EngineDoor door_;
  Job yielding_ = 0;              // 0: none
  std::shared_ptr<Relay> relay_;  // of the last model
  JobQueue queue_;                // last: its thread uses all of the above
};

}  // namespace sparsight
