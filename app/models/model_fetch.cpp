#include "app/models/model_fetch.h"

#include "app/core_words.h"
#include "app/format.h"
#include "app/models/model_list.h"
#include "core/base/free_space.h"
#include "core/base/os/os.h"
#include "core/measure/bench.h"
#include "core/model/model_folder.h"
#include "core/model/quantise.h"

#include <QMetaObject>
#include <QVariantMap>

#include <cmath>
#include <utility>

namespace sparsight {
namespace fs = std::filesystem;
namespace {

// Seconds that quantising takes on this machine, from one matrix that is quantised now.
double seconds_to_quantise(std::uint64_t parameters, Quantisation to) {
  constexpr std::size_t kRows = 512, kColumns = 2048;
  HostTensor matrix({kRows, kColumns});
  for (std::size_t i = 0; i < kRows * kColumns; ++i)
    matrix.f32()[i] = std::sin(static_cast<float>(i));  // no value repeats
  const Stopwatch watch;
  static_cast<void>(quantised_tensors("matrix", matrix, to));
  return watch.seconds() * static_cast<double>(parameters) / static_cast<double>(kRows * kColumns);
}

QString duration_text(double seconds) {
  const auto whole = static_cast<int>(std::ceil(seconds));
  return whole < 100 ? ModelFetch::tr("about %1 s").arg(whole) : ModelFetch::tr("about %1 min").arg((whole + 30) / 60);
}

std::uint64_t parameters_of(const HubModel& model) {
  return model.parameters != 0 ? model.parameters : model.bytes() / 2;
}

std::vector<RecommendedModel> readable_recommended() {
  try {
    return recommended_models();
  } catch (const std::exception&) {
    return {};  // the page still takes an id
  }
}

std::optional<ModelConfig> shape_of(const RecommendedModel& model) {
  if (model.shape.empty()) return std::nullopt;
  try {
    return bench_config(model.shape, 0);
  } catch (const std::exception&) {
    return std::nullopt;  // the list can do without it
  }
}

// Of a model that has arrived; nullopt: Sparsight cannot read it, which the list of models says.
std::optional<ModelConfig> shape_in(const fs::path& folder) {
  try {
    return read_config(folder);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

fs::path made_models() { return os::data_folder() / "sparsight" / "models"; }

ModelFetch::ModelFetch(Settings& settings, QObject* parent)
    : QObject(parent), settings_(settings), recommended_(readable_recommended()), queue_([this] {
        QMetaObject::invokeMethod(
            this, [this] { queue_.deliver(); }, Qt::QueuedConnection);
      }) {
  for (const RecommendedModel& model : recommended_) shapes_.push_back(shape_of(model));
}

ModelFetch::~ModelFetch() { queue_.end(); }

QStringList ModelFetch::facts() const {
  if (!offer_) return {};
  const HubModel& model = *offer_;
  const WeightMemory memory = weight_memory(model);
  QStringList lines;
  lines << (missing_ == model.bytes()
                ? tr("%1 to download from %2").arg(bytes_text(missing_), QString::fromStdString(model.host))
                : tr("%1 of %2 still to download from %3")
                      .arg(bytes_text(missing_), bytes_text(model.bytes()), QString::fromStdString(model.host)));
  lines << (model.licence.empty() ? tr("The hub names no licence: look at the model's page")
                                  : tr("Licence: %1").arg(QString::fromStdString(model.licence)));
  if (!model.licence_link.empty()) lines << QString::fromStdString(model.licence_link);
  if (model.gated)
    lines << tr("Its licence must be accepted first, on the page %1/%2; then set HF_TOKEN to your token")
                 .arg(QString::fromStdString(model.host), QString::fromStdString(model.id));
  const QString cache = QString::fromStdString(hub_.cache.string());
  lines << (free_ ? tr("Goes into %1, where %2 are free").arg(cache, bytes_text(*free_))
                  : tr("Goes into %1").arg(cache));
  lines << tr("Memory for the weights: about %1; as int8 %2, as int4 %3")
               .arg(bytes_text(memory.f16), bytes_text(memory.int8), bytes_text(memory.int4));
  return lines;
}

QStringList ModelFetch::smaller() const {
  if (!offer_ || state_ != Fetched) return {};
  const WeightMemory memory = weight_memory(*offer_);
  return {tr("Make int8: %1, %2").arg(bytes_text(memory.int8), duration_text(int8_s_)),
          tr("Make int4: %1, %2").arg(bytes_text(memory.int4), duration_text(int4_s_))};
}

QVariantList ModelFetch::recommended() const {
  const std::string language = language_.toStdString();
  QVariantList list;
  for (const RecommendedModel& model : recommended_) {
    const WeightMemory memory = weight_memory(model.parameters);
    const auto text = [](const std::string& given) { return QString::fromStdString(given); };
    list << QVariantMap{
        {"name", text(model.name)},
        {"id", text(model.id)},
        {"goodAt", text(model.good_at_in(language))},
        {"facts", tr("about %1 · memory %2, int8 %3, int4 %4 · %5")
                      .arg(bytes_text(model.download_bytes), bytes_text(memory.f16), bytes_text(memory.int8),
                           bytes_text(memory.int4), text(model.licence_in(language)))},
        {"note", model.verified ? QString() : tr("not tried with Sparsight yet; sizes are estimates")},
        {"here", model_folder(model.id) != fs::path(model.id)}};
  }
  return list;
}

QString ModelFetch::time_of(const std::optional<ModelConfig>& shape) const {
  if (!speed_ || !shape) return {};
  const auto as = [&](WeightFormat format) {
    return estimate_question(*shape, format, *speed_, static_cast<std::size_t>(settings_.frames()));
  };
  return question_time_text(as(WeightFormat::F16), as(WeightFormat::Int8), as(WeightFormat::Int4));
}

QStringList ModelFetch::times() const {
  QStringList list;
  for (const std::optional<ModelConfig>& shape : shapes_) list << time_of(shape);
  return list;
}

void ModelFetch::set_speed(const MachineSpeed& speed) {
  speed_ = speed;
  emit changed();
  emit timesChanged();
}

void ModelFetch::retranslate(const QString& language) {
  language_ = language;
  emit recommendedChanged();
  emit timesChanged();
  emit changed();
  emit progressChanged();
}

void ModelFetch::enter(State state) {
  state_ = state;
  progress_ = -1;
  stage_.clear();
  if (state != Failed) problem_.clear();
  time_left_.reset();
  emit progressChanged();
  emit changed();
}

void ModelFetch::note(const Progress& progress) {
  const std::optional<double> left = time_left_.note(progress, clock_.seconds());
  progress_ = progress.total != 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : -1;
  if (progress.stage == Stage::Quantise) {
    stage_ = progress_text(progress, left);
  } else {
    QString text =
        tr("%1: %2 of %3").arg(stage_name(progress.stage), bytes_text(progress.done), bytes_text(progress.total));
    if (const auto speed = time_left_.per_second())
      text = tr("%1, %2 a second").arg(text, bytes_text(static_cast<std::uint64_t>(*speed)));
    stage_ = left && *left >= 1 ? tr("%1, %2 left").arg(text, duration_text(*left)) : text;
  }
  emit progressChanged();
}

void ModelFetch::run(State state, std::function<Result(const Control&)> work, State stopped) {
  enter(state);
  stopped_ = stopped;
  job_ = queue_.add([this, stopped, work = std::move(work)](JobQueue::Job job, const std::stop_token& stop) {
    const auto tell = [this, job](std::function<void()> what) {
      queue_.post([this, job, what = std::move(what)] {
        if (job == job_) what();
      });
    };
    const Control control{[this, tell](const Progress& progress) { tell([this, progress] { note(progress); }); }, stop};
    try {
      tell(work(control));
    } catch (const Cancelled&) {
      tell([this, stopped] { enter(stopped); });
    } catch (const std::exception& error) {
      tell([this, message = QString::fromUtf8(message_of(error))] {
        problem_ = in_words(message);
        enter(Failed);
      });
    }
  });
}

void ModelFetch::ask(const QString& id) {
  if (working()) return;
  queue_.stop(job_);
  id_ = id.trimmed();
  offer_.reset();
  folder_.clear();
  shape_.reset();
  for (std::size_t i = 0; i < recommended_.size(); ++i)
    if (recommended_[i].id == id_.toStdString()) shape_ = shapes_[i];
  again_ = [this] { ask(id_); };
  run(
      Asking,
      [this, name = id_.toStdString()](const Control& control) -> Result {
        const HubOptions hub = HubOptions::of_this_user();
        const HubModel model = look_up(name, "main", hub, control.stop);
        const std::uint64_t missing = missing_bytes(model, hub.cache);
        const auto free = free_space(hub.cache);
        return [this, hub, model, missing, free] {
          hub_ = hub;
          offer_ = model;
          missing_ = missing;
          free_ = free;
          enter(Offered);
        };
      },
      Idle);
}

void ModelFetch::download() {
  if (!offer_ || working()) return;
  again_ = [this] { download(); };
  run(
      Fetching,
      [this, model = *offer_, hub = hub_](const Control& control) -> Result {
        const fs::path folder = fetch_model(model, hub, control);
        const double int8 = seconds_to_quantise(parameters_of(model), Quantisation::Int8);
        const double int4 = seconds_to_quantise(parameters_of(model), Quantisation::Int4);
        return [this, folder, int8, int4, shape = shape_in(folder)] {
          folder_ = folder;
          if (shape) shape_ = shape;
          int8_s_ = int8;
          int4_s_ = int4;
          enter(Fetched);
          emit recommendedChanged();
          emit arrived();
        };
      },
      Paused);
}

void ModelFetch::pause() {
  if (queue_.stop(job_)) enter(stopped_);  // it had not begun
}

void ModelFetch::quantise(bool int4) {
  if (!offer_ || folder_.empty() || working()) return;
  again_ = [this, int4] { quantise(int4); };
  const std::string name = offer_->id.substr(offer_->id.find('/') + 1) + (int4 ? "-int4" : "-int8");
  const fs::path out = made_models() / name;
  run(
      Quantising,
      [this, source = folder_, out, int4](const Control& control) -> Result {
        std::error_code error;
        fs::create_directories(out.parent_path(), error);
        if (error) fail(ErrorKind::File, "{}: cannot be created: {}", out.parent_path().string(), error.message());
        static_cast<void>(quantise_checkpoint(source, int4 ? Quantisation::Int4 : Quantisation::Int8, out, control));
        return [this, out] {
          folder_ = out;
          const QString folder = QString::fromStdString(out.parent_path().string());
          if (const QStringList folders = settings_.model_folders(); !folders.contains(folder))
            settings_.set_model_folders(QStringList(folders) << folder);
          enter(Quantised);
          emit arrived();
        };
      },
      Fetched);
}

void ModelFetch::dismiss() {
  queue_.stop(job_);
  job_ = 0;
  offer_.reset();
  folder_.clear();
  shape_.reset();
  id_.clear();
  enter(Idle);
}

}  // namespace sparsight
