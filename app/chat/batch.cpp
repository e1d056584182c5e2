#include "app/chat/batch.h"

#include "app/chat/pruning_choices.h"
#include "app/core_words.h"
#include "app/format.h"
#include "app/sessions/stored.h"
#include "core/base/replace_file.h"
#include "core/measure/answer_table.h"
#include "core/measure/batch.h"

#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMetaObject>

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

constexpr qsizetype kMostFound = 5000;  // videos in a folder

QString text(std::string_view view) { return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size())); }

bool is_video_name(const QString& file) { return Batch::videoEndings().contains(QFileInfo(file).suffix().toLower()); }

QStringList videos_in(const QStringList& paths, const std::stop_token& stop) {
  QStringList videos;
  for (const QString& path : paths) {
    if (!QFileInfo(path).isDir()) {
      videos << path;
      continue;
    }
    QStringList here;
    for (QDirIterator at(path, QDir::Files | QDir::Readable, QDirIterator::Subdirectories);
         at.hasNext() && here.size() < kMostFound && !stop.stop_requested();)
      if (const QString file = at.next(); is_video_name(file)) here << file;
    here.sort();
    videos << here;
  }
  return videos;
}

QString notes_in_words(const BatchCell& cell, const QString& between) {
  QStringList notes = QString::fromStdString(cell.notes).split(u'\n', Qt::SkipEmptyParts);
  for (QString& note : notes) note = in_words(note);
  return notes.join(between);
}

}  // namespace

Batch::Batch(Worker& worker, StoreThread& store, QObject* parent)
    : QAbstractListModel(parent), worker_(worker), store_(store), aside_([this] {
        QMetaObject::invokeMethod(
            this, [this] { aside_.deliver(); }, Qt::QueuedConnection);
      }) {
  connect(&worker, &Worker::loaded, this, [this](quint64 job, const std::shared_ptr<const ModelInfo>& model) {
    model_ = model;
    model_job_ = job;
    model_hash_.clear();
    next();
  });
  connect(&worker, &Worker::identified, this, [this](quint64 job, const QString& hash) {
    if (job == model_job_) model_hash_ = hash.toStdString();
  });
  connect(&worker, &Worker::opened, this, [this](quint64 job, const std::shared_ptr<const OpenedMedia>& media) {
    if (job == job_) on_opened(media);
  });
  connect(&worker, &Worker::answered, this,
          [this](quint64 job, const std::shared_ptr<const Answer>& answer,
                 const std::shared_ptr<const PackedTrace>& packed) {
            if (job == job_) on_answered(*answer, packed);
          });
  connect(&worker, &Worker::failed, this, [this](quint64 job, const QString& message) {
    if (job == job_) on_failed(message);
  });
  // Somebody else goes first.
  connect(&worker, &Worker::stopped, this, [this](quint64 job) {
    if (job != job_) return;
    job_ = 0;
    next();
    tell(at_);
  });
  stored(*this, [this] { load(); });
}

void Batch::load() {
  const auto batch = store_.store().last_question_batch();
  id_ = batch ? std::optional(batch->id) : std::nullopt;
  if (!batch) return take({});
  const QJsonObject kept = QJsonDocument::fromJson(QByteArray::fromStdString(batch->settings)).object();
  const auto whole = [&](const char* key, qint64 usual) {
    return static_cast<std::size_t>(std::max<qint64>(1, kept[QLatin1String(key)].toInteger(usual)));
  };
  settings_.pruning.strategy = kept["strategy"].toString().toStdString();
  settings_.pruning.budget = parse_budget(kept["budget"].toString().toStdString());
  settings_.style = {.frames = whole("frames", 8),
                     .as_trained = kept["as_trained"].toBool(),
                     .tone_map = kept["tone_map"].toBool(true) ? ToneMap::Auto : ToneMap::Off,
                     .system = kept["system"].toString().toStdString(),
                     .sampling = {.temperature = static_cast<float>(kept["temperature"].toDouble()),
                                  .top_k = static_cast<std::size_t>(std::max<qint64>(0, kept["top_k"].toInteger())),
                                  .top_p = static_cast<float>(kept["top_p"].toDouble(1)),
                                  .seed = static_cast<std::uint64_t>(kept["seed"].toInteger())},
                     .max_new_tokens = whole("max_new_tokens", 256)};
  take(store_.store().batch_cells(batch->id));
}

void Batch::take(std::vector<BatchCell> cells) {
  beginResetModel();
  cells_ = std::move(cells);
  endResetModel();
  emit changed();
}

int Batch::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(cells_.size()); }

QVariant Batch::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const auto row = static_cast<std::size_t>(index.row());
  const BatchCell& cell = cells_[row];
  switch (role) {
    case VideoRole: return QString::fromStdString(cell.video.filename().string());
    case PathRole: return QString::fromStdString(cell.video.string());
    case QuestionRole: return QString::fromStdString(cell.question);
    case AnswerRole: {
      const QString answer = QString::fromStdString(cell.answer);
      return cell.state == CellState::Failed ? in_words(answer) : answer;
    }
    case NotesRole: return notes_in_words(cell, QStringLiteral("\n"));
    case StateRole:
      return job_ != 0 && row == at_ && cell.state == CellState::Waiting ? QStringLiteral("running")
                                                                         : text(to_string(cell.state));
    case SecondsRole: return cell.seconds;
    case TokensRole: return static_cast<int>(cell.tokens);
    case SessionRole: return static_cast<qint64>(cell.session.value_or(0));
    default: return {};
  }
}

QHash<int, QByteArray> Batch::roleNames() const {
  return {{NotesRole, "notes"},       {VideoRole, "video"},   {PathRole, "path"},
          {QuestionRole, "question"}, {AnswerRole, "answer"}, {StateRole, "cellState"},
          {SecondsRole, "seconds"},   {TokensRole, "tokens"}, {SessionRole, "sessionId"}};
}

int Batch::number_of(CellState state) const {
  return static_cast<int>(std::ranges::count(cells_, state, &BatchCell::state));
}

double Batch::secondsLeft() const {
  if (!running_ || finished_ == 0) return -1;
  return spent_s_ / static_cast<double>(finished_) * waiting();
}

QString Batch::pruning() const {
  return id_ ? pruned_.name_of({settings_.pruning.strategy, to_string(settings_.pruning.budget)}) : QString();
}

Question Batch::question() const {
  Question question = settings_.style.question();
  question.pruning = settings_.pruning;
  return question;
}

QString Batch::asked() const { return id_ ? QString::fromStdString(settings_of(question())) : QString(); }

QString Batch::failure() const {
  const auto at = std::ranges::find(cells_, CellState::Failed, &BatchCell::state);
  if (at == cells_.end()) return {};
  const QString file = QString::fromStdString(at->video.filename().string());
  const QString why = in_words(QString::fromStdString(at->answer));
  return why.contains(file) ? why : QStringLiteral("%1: %2").arg(file, why);
}

QString Batch::note() const {
  const auto at = std::ranges::find_if(cells_, [](const BatchCell& cell) { return !cell.notes.empty(); });
  if (at == cells_.end()) return {};
  return QStringLiteral("%1: %2").arg(QString::fromStdString(at->video.filename().string()),
                                      notes_in_words(*at, QStringLiteral(" ")));
}

void Batch::retranslate() {
  pruned_.retranslate();
  if (!cells_.empty()) emit dataChanged(index(0), index(rowCount() - 1));
  emit changed();
}

// ---- What a person does

int Batch::questionsIn(const QString& text) {
  return static_cast<int>(lines_with_questions(text.toStdString()).size());
}

void Batch::refuse(const QString& why) {
  problem_ = in_words(why);
  emit changed();
}

void Batch::forgetProblem() { refuse({}); }

// Writes, then shows what the store has.
void Batch::change(StoreThread::Write write) {
  problem_.clear();
  store_.wait_a_moment(store_.add(
      this, std::move(write), [this] { stored(*this, [this] { load(); }); },
      [this](const QString& why) { refuse(why); }));
}

void Batch::begin(const QStringList& videos, const QString& questions, const QString& strategy, const QString& budget) {
  pause();
  Budget checked;
  try {
    checked = parse_budget(budget.trimmed().toStdString());
  } catch (const Error& error) {
    return refuse(QString::fromUtf8(error.what()));
  }
  const Sampling sampling = usual_.question().sampling;  // one seed for all
  const QJsonObject kept{{"strategy", strategy},
                         {"budget", text(to_string(checked))},
                         {"frames", static_cast<qint64>(usual_.frames)},
                         {"as_trained", usual_.as_trained},
                         {"tone_map", usual_.tone_map != ToneMap::Off},
                         {"system", QString::fromStdString(usual_.system)},
                         {"temperature", static_cast<double>(sampling.temperature)},
                         {"top_k", static_cast<qint64>(sampling.top_k)},
                         {"top_p", static_cast<double>(sampling.top_p)},
                         {"seed", static_cast<qint64>(sampling.seed)},
                         {"max_new_tokens", static_cast<qint64>(usual_.max_new_tokens)}};
  std::vector<std::filesystem::path> files;
  for (const QString& video : videos) files.emplace_back(local_path(video).toStdString());
  saved_.clear();
  store_.wait_a_moment(store_.add(
      this,
      [former = id_, kept = QJsonDocument(kept).toJson(QJsonDocument::Compact).toStdString(), files,
       lines = lines_with_questions(questions.toStdString())](ChatStore& store) {
        ChatStore::Batch all(store);
        (void)store.add_question_batch(kept, files, lines);
        if (former) store.remove_question_batch(*former);
        all.commit();
      },
      [this] {
        problem_.clear();
        stored(*this, [this] { load(); });
        go();
      },
      [this](const QString& why) { refuse(why); }));
}

void Batch::go() {
  if (running_ || !first_waiting()) return;
  running_ = true;
  spent_s_ = 0;
  finished_ = 0;
  problem_.clear();
  next();
  emit changed();
}

void Batch::pause() {
  if (!std::exchange(running_, false)) return;
  if (job_ != 0) worker_.stop(std::exchange(job_, 0));
  tell(at_);
  media_.reset();
  emit changed();
}

void Batch::stop() {
  pause();
  if (id_) change([id = *id_](ChatStore& store) { store.remove_waiting_cells(id); });
}

void Batch::retry() {
  if (!id_) return;
  store_.wait_a_moment(store_.add(
      this, [id = *id_](ChatStore& store) { store.retry_failed_cells(id); },
      [this] {
        for (std::size_t at = 0; at < cells_.size(); ++at)
          if (cells_[at].state == CellState::Failed) {
            cells_[at].state = CellState::Waiting;
            cells_[at].answer.clear();
            cells_[at].notes.clear();
            tell(at);
          }
        go();
        emit changed();
      },
      [this](const QString& why) { refuse(why); }));
}

void Batch::discard() {
  pause();
  saved_.clear();
  if (id_) change([id = *id_](ChatStore& store) { store.remove_question_batch(id); });
}

void Batch::leave_model() {
  pause();
  model_.reset();
}

// On the thread of the store, which may wait for the disk.
void Batch::saveTo(const QString& file) {
  std::string table = table_heading();
  const std::string how = settings_of(question());  // the same for all
  const auto model = model_ ? model_->path : std::filesystem::path();
  for (const BatchCell& cell : cells_) {
    if (cell.state == CellState::Waiting) continue;
    const bool failed = cell.state == CellState::Failed;
    table += table_row({.video = cell.video.string(),
                        .question = cell.question,
                        .answer = failed ? "" : cell.answer,
                        .seconds = cell.seconds,
                        .tokens = cell.tokens,
                        .error = failed ? cell.answer : "",
                        .model = (model.has_filename() ? model : model.parent_path()).filename().string(),
                        .strategy = settings_.pruning.strategy,
                        .budget = to_string(settings_.pruning.budget),
                        .settings = how,
                        .notes = QString::fromStdString(cell.notes).replace(u'\n', QLatin1String("; ")).toStdString()});
  }
  const QString path = local_path(file);
  saved_.clear();
  store_.add(
      this, [table, path](ChatStore&) { replace_file(path.toStdString(), table); },
      [this, path] {
        saved_ = path;
        emit changed();
      },
      [this](const QString& why) { refuse(why); });
}

const QStringList& Batch::videoEndings() {
  static const QStringList endings{"mp4", "mkv", "webm", "mov", "avi", "m4v", "mpg", "mpeg",
                                   "ts",  "mts", "m2ts", "wmv", "flv", "ogv", "3gp", "gif"};
  return endings;
}

void Batch::find(const QStringList& paths) {
  QStringList local;
  for (const QString& path : paths) local << local_path(path);
  aside_.add([this, local](JobQueue::Job, const std::stop_token& stop) {
    aside_.post([this, videos = videos_in(local, stop)] { emit found(videos); });
  });
}

// ---- The run

std::optional<std::size_t> Batch::first_waiting() const {
  const auto at = std::ranges::find(cells_, CellState::Waiting, &BatchCell::state);
  return at == cells_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - cells_.begin()));
}

std::optional<SessionId> Batch::session_of(const std::filesystem::path& video) const {
  for (const BatchCell& cell : cells_)
    if (cell.session && cell.video == video) return cell.session;
  return std::nullopt;
}

void Batch::tell(std::size_t at) {
  if (at >= cells_.size()) return;
  const QModelIndex row = index(static_cast<int>(at));
  emit dataChanged(row, row);
}

void Batch::next() {
  if (!running_ || job_ != 0 || writing_ || !model_) return;
  const auto at = first_waiting();
  if (!at) {
    running_ = false;
    media_.reset();
    emit changed();
    return;
  }
  at_ = *at;
  opening_ = !media_ || video_ != cells_[at_].video;
  if (!opening_) return ask(at_);
  media_.reset();
  video_ = cells_[at_].video;
  clock_ = {};
  job_ = worker_.open(video_, settings_.style.frames_wanted());
  worker_.yield(job_);
  tell(at_);
}

void Batch::ask(std::size_t at) {
  Question question = this->question();
  question.media = media_->encoded;
  question.turns = {{cells_[at].question, ""}};
  question.clip_hash = media_->source.hash;
  begun_ms_ = QDateTime::currentMSecsSinceEpoch();
  job_ = worker_.ask(std::move(question), true);
  worker_.yield(job_);
  tell(at);
}

void Batch::on_opened(const std::shared_ptr<const OpenedMedia>& media) {
  job_ = 0;
  if (!running_) return tell(at_);
  media_ = media;
  next();
}

void Batch::on_answered(const Answer& answer, const std::shared_ptr<const PackedTrace>& packed) {
  job_ = 0;
  if (answer.stop == StopReason::Cancelled || !media_) {
    next();
    return tell(at_);
  }
  const std::int64_t ended_ms = QDateTime::currentMSecsSinceEpoch();
  BatchCell cell = cells_[at_];
  cell.state = CellState::Done;
  cell.answer = answer.text;
  cell.seconds = static_cast<double>(ended_ms - begun_ms_) / 1000;
  cell.tokens = tokens_of(answer);
  for (const std::string& note : notes_about(media_->clip.warnings, answer))
    cell.notes.append(cell.notes.empty() ? "" : "\n").append(note);
  const OpenedMedia& media = *media_;
  AnswerOrigin origin{.model = model_,
                      .model_hash = model_hash_,
                      .clip = media.source.path.string(),
                      .clip_hash = media.source.hash,
                      .frames = media.clip.frames.size(),
                      .pruning = settings_.pruning,
                      .system = settings_.style.system,
                      .sampling = settings_.style.sampling,
                      .max_new_tokens = settings_.style.max_new_tokens,
                      .begun_ms = begun_ms_,
                      .ended_ms = ended_ms};
  if (media.encoded) origin.encoding = media.encoded->timings();
  write(cell, origin_details(origin, &answer), packed);
}

// A video that cannot be opened fails for all of its questions, one after the other, without being opened again.
void Batch::on_failed(const QString& message) {
  job_ = 0;
  if (!running_) return tell(at_);
  BatchCell cell = cells_[at_];
  cell.state = CellState::Failed;
  cell.answer = message.toStdString();
  write(cell, {}, nullptr);
}

void Batch::write(const BatchCell& cell, const std::string& details, const std::shared_ptr<const PackedTrace>& packed) {
  std::vector<BatchCell> cells{cell};
  if (opening_)
    for (const BatchCell& other : cells_)
      if (other.video == cell.video && other.state == CellState::Waiting && other.place != cell.place) {
        cells.push_back(other);
        cells.back().state = cell.state;
        cells.back().answer = cell.answer;
      }
  writing_ = true;
  const auto written = std::make_shared<std::vector<BatchCell>>(std::move(cells));
  const std::optional<SessionMedia> media = media_ ? std::optional(media_->source) : std::nullopt;
  store_.add(
      this,
      [id = *id_, written, media, details, packed, known = session_of(cell.video)](ChatStore& store) {
        ChatStore::Batch all(store);
        for (BatchCell& one : *written) {
          if (one.state == CellState::Done) {
            const bool there = known && store.session(*known);
            one.session = there ? *known : store.add_session(one.video.filename().string(), media);
            (void)store.add_question(*one.session, one.question);
            const MessageId answer = store.begin_answer(*one.session);
            store.finish_answer(answer, one.answer, MessageState::Complete, details);
            if (packed) store.set_trace(answer, *packed);
          }
          store.set_cell(id, one);
        }
        all.commit();
      },
      [this, written, id = *id_] {
        writing_ = false;
        if (id_ != id) return;
        std::optional<SessionId> session;
        for (const BatchCell& one : *written) {
          const auto at = std::ranges::find(cells_, one.place, &BatchCell::place);
          if (at == cells_.end()) continue;
          *at = one;
          if (one.session) session = one.session;
          tell(static_cast<std::size_t>(at - cells_.begin()));
          ++finished_;
        }
        spent_s_ += clock_.seconds();
        clock_ = {};
        next();
        emit changed();
        if (session) emit sessionWritten(*session);
      },
      [this](const QString& why) {
        writing_ = false;
        pause();  // nothing can be kept: a full disk, for example
        refuse(why);
      });
}

}  // namespace sparsight
