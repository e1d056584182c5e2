// The engine on a thread of its own: calls are queued, what comes of them arrives as signals with the job's number.
//
// The object lives on the GUI thread and emits there; values are carried, nothing is shared but what is immutable. Each
// job has its stop source from the moment it is queued, so that a stop is never lost. After stopped(), failed(),
// loaded() (but for identified()), opened(), answered() or done() nothing more comes of a job.
#pragma once

#include "core/base/job_queue.h"
#include "core/chat/store.h"
#include "core/engine.h"

#include <QObject>
#include <QString>

#include <filesystem>
#include <functional>
#include <memory>

namespace sparsight {

// What the worker works with; the program hands in the engine, tests may script it. Called on the worker's thread.
struct EngineDoor {
  std::function<void(const EngineOptions&, const Control&)> load;  // what was loaded before is gone first
  std::function<ModelInfo()> info;
  std::function<OpenedClip(const std::filesystem::path&, const FrameRequest&, const Control&)> open;
  std::function<Answer(const Question&, const std::function<void(std::string_view)>&, const Control&)> answer;
};
[[nodiscard]] EngineDoor real_engine();

// A clip that can be asked about. Immutable.
struct OpenedMedia {
  Clip clip;
  SessionMedia source;
  std::shared_ptr<const EncodedMedia> encoded;
};

class Worker : public QObject {
  Q_OBJECT

 public:
  using Job = quint64;

  // Its end stops what runs and waits for it.
  explicit Worker(EngineDoor door, QObject* parent = nullptr);
  ~Worker() override;

  Job load(EngineOptions options);
  Job open(std::filesystem::path file, FrameRequest request);
  // `keep`: answered() brings the trace packed for the store too.
  Job ask(Question question, bool keep = false);
  // Other long work that has no need of the engine; what it returns arrives as done().
  Job carry_out(std::function<QString(const Control&)> work);
  void stop(Job job);

 signals:
  void loaded(quint64 job, std::shared_ptr<const sparsight::ModelInfo> model);
  // The hash of what `job` loaded (core/model/model_identity.h), some time after loaded(): at once for a small model,
  // after the file was read once for one that is new. Not if the file can't be read.
  void identified(quint64 job, const QString& hash);
  void opened(quint64 job, std::shared_ptr<const sparsight::OpenedMedia> media);
  void progressed(quint64 job, sparsight::Progress progress);
  void said(quint64 job, const QString& text);  // the next piece of the answer
  void traced(quint64 job, std::shared_ptr<const sparsight::Trace> trace);
  void answered(quint64 job, std::shared_ptr<const sparsight::Answer> answer,
                std::shared_ptr<const sparsight::PackedTrace> packed);
  void done(quint64 job, const QString& result);
  void stopped(quint64 job);
  void failed(quint64 job, const QString& message);

 private:
  class Hashing;
  Job queue(std::function<void(Job, const Control&)> work);

  EngineDoor door_;
  std::shared_ptr<Hashing> hashing_;  // of the model that was loaded last
  JobQueue queue_;                    // last: its thread uses all of the above
};

}  // namespace sparsight
