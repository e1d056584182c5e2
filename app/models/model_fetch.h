// Gets a model from a hub and makes it smaller, one at a time: the hub is asked and anything is downloaded only when
// ask() and download() are called. The work runs on a thread of its own, beside the engine's. GUI thread.
#pragma once

#include "app/settings/settings.h"
#include "core/base/job_queue.h"
#include "core/base/stopwatch.h"
#include "core/base/time_left.h"
#include "core/hub/fetch.h"
#include "core/hub/recommended.h"
#include "core/measure/question_time.h"
#include "kernels/quantised.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QVariantList>

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace sparsight {

// Where smaller copies are written; a folder of models as the user may add others.
[[nodiscard]] std::filesystem::path made_models();

class ModelFetch : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  Q_PROPERTY(sparsight::ModelFetch::State state READ state NOTIFY changed)
  Q_PROPERTY(bool working READ working NOTIFY changed)              // downloading or quantising
  Q_PROPERTY(QString id READ id NOTIFY changed)                     // on the hub
  Q_PROPERTY(QStringList facts READ facts NOTIFY changed)           // size, licence, host, disk and memory, a line each
  Q_PROPERTY(double progress READ progress NOTIFY progressChanged)  // 0 to 1; -1: not known
  Q_PROPERTY(QString stage READ stage NOTIFY progressChanged)       // "Downloading 1.2 GB of 2.0 GB, 35.0 MB a second"
  Q_PROPERTY(QString problem READ problem NOTIFY changed)           // of Failed
  Q_PROPERTY(QString folder READ folder NOTIFY changed)             // of what has been fetched or made; empty: nothing
  Q_PROPERTY(QStringList smaller READ smaller NOTIFY changed)       // what int8 and int4 take, in this order
  Q_PROPERTY(QString time READ time NOTIFY changed)  // that a question takes, also as int8 and int4; empty: not known
  Q_PROPERTY(QStringList times READ times NOTIFY timesChanged)  // the same of each recommended model
  // Maps with name, id, goodAt, facts, note and here (it is on this machine).
  Q_PROPERTY(QVariantList recommended READ recommended NOTIFY recommendedChanged)

 public:
  enum State { Idle, Asking, Offered, Fetching, Paused, Failed, Fetched, Quantising, Quantised };
  Q_ENUM(State)

  explicit ModelFetch(Settings& settings, QObject* parent = nullptr);
  ~ModelFetch() override;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool working() const { return state_ == Fetching || state_ == Quantising; }
  [[nodiscard]] QString id() const { return id_; }
  [[nodiscard]] QStringList facts() const;
  [[nodiscard]] double progress() const { return progress_; }
  [[nodiscard]] QString stage() const { return stage_; }
  [[nodiscard]] QString problem() const { return problem_; }
  [[nodiscard]] QString folder() const { return QString::fromStdString(folder_.string()); }
  [[nodiscard]] QStringList smaller() const;
  [[nodiscard]] QString time() const { return time_of(shape_); }
  [[nodiscard]] QStringList times() const;
  [[nodiscard]] QVariantList recommended() const;
  void set_speed(const MachineSpeed& speed);  // of this machine: time() and times() are known then
  void retranslate(const QString& language);  // announces all texts again, after a change of language

  Q_INVOKABLE void ask(const QString& id);  // asks the hub what would be fetched; then Offered
  Q_INVOKABLE void download();              // what was offered; goes on where it was paused
  Q_INVOKABLE void pause();                 // stops the work; what has arrived is kept
  Q_INVOKABLE void quantise(bool int4);     // what was fetched, into the user's folder of models
  Q_INVOKABLE void retry() { again_(); }    // what failed
  Q_INVOKABLE void dismiss();               // back to Idle; stops the work

 signals:
  void changed();
  void progressChanged();
  void recommendedChanged();
  void timesChanged();
  void arrived();  // a new model lies on the disk

 private:
  using Result = std::function<void()>;  // runs on the GUI thread
  // Runs `work` on the thread; its result comes, unless the work was stopped, which `stopped` follows.
  void run(State state, std::function<Result(const Control&)> work, State stopped);
  void enter(State state);
  void note(const Progress& progress);
  [[nodiscard]] QString time_of(const std::optional<ModelConfig>& shape) const;

  Settings& settings_;
  State state_ = Idle, stopped_ = Idle;
  QString id_, problem_, stage_, language_;
  double progress_ = -1;
  std::vector<RecommendedModel> recommended_;
  std::vector<std::optional<ModelConfig>> shapes_;  // of these
  std::optional<ModelConfig> shape_;                // of the model that is being fetched, where it is known
  std::optional<MachineSpeed> speed_;
  std::optional<HubModel> offer_;
  HubOptions hub_;
  std::uint64_t missing_ = 0;          // bytes of the offer
  std::optional<std::uint64_t> free_;  // bytes on the disk
  double int8_s_ = 0, int4_s_ = 0;     // seconds that quantising takes here, measured
  std::filesystem::path folder_;
  std::function<void()> again_ = [] {};
  TimeLeft time_left_;
  Stopwatch clock_;
  JobQueue::Job job_ = 0;
  JobQueue queue_;  // last: its thread uses all of the above
};

}  // namespace sparsight
