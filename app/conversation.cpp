#include "app/conversation.h"

#include "app/format.h"
#include "core/pruning/registry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>

#include <chrono>
#include <utility>

namespace sparsight {
namespace {

constexpr int kSaveMs = 250;
constexpr qsizetype kTitleLength = 60;

std::filesystem::path path_of(const QString& text) {
  const QUrl url(text);
  return (url.isLocalFile() ? url.toLocalFile() : text).toStdString();
}

}  // namespace

Conversation::Conversation(Worker& worker, ChatStore* store, QObject* parent)
    : QAbstractListModel(parent), worker_(worker), store_(store) {
  connect(&worker, &Worker::opened, this, &Conversation::on_opened);
  connect(&worker, &Worker::progressed, this, &Conversation::on_progressed);
  connect(&worker, &Worker::said, this, &Conversation::on_said);
  connect(&worker, &Worker::traced, this, &Conversation::on_traced);
  connect(&worker, &Worker::answered, this, &Conversation::on_answered);
  connect(&worker, &Worker::stopped, this, [this](quint64 job) { on_ended(job, MessageState::Stopped, {}); });
  connect(&worker, &Worker::failed, this,
          [this](quint64 job, const QString& message) { on_ended(job, MessageState::Failed, message); });
  save_.setInterval(kSaveMs);
  connect(&save_, &QTimer::timeout, this, &Conversation::save_answer);
}

template <typename Function>
bool Conversation::stored(Function&& function) {
  if (store_ == nullptr) return true;
  try {
    std::forward<Function>(function)();
    return true;
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()));
    return false;
  }
}

// ---- The model

int Conversation::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(entries_.size());
}

QVariant Conversation::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const Entry& entry = entries_[static_cast<std::size_t>(index.row())];
  switch (role) {
    case TextRole: return QString::fromStdString(entry.message.text);
    case QuestionRole: return entry.message.role == MessageRole::Question;
    case StateRole: return QString::fromUtf8(to_string(entry.message.state).data());
    case LineRole: return entry.line;
    case TraceRole: return entry.trace != nullptr || entry.message.has_trace;
    default: return {};
  }
}

QHash<int, QByteArray> Conversation::roleNames() const {
  return {{TextRole, "text"},
          {QuestionRole, "question"},
          {StateRole, "state_"},
          {LineRole, "line"},
          {TraceRole, "hasTrace"}};
}

void Conversation::append(Message message) {
  const int row = rowCount();
  beginInsertRows({}, row, row);
  QString line = line_of_details(message.details);
  entries_.push_back({std::move(message), std::move(line)});
  endInsertRows();
  emit countChanged();
}

void Conversation::remove_from(int row) {
  if (row >= rowCount()) return;
  beginRemoveRows({}, row, rowCount() - 1);
  entries_.resize(static_cast<std::size_t>(row));
  endRemoveRows();
  emit countChanged();
}

// ---- Sessions

void Conversation::newSession() {
  // What still comes of these jobs is not waited for.
  if (opening_ != 0) worker_.stop(std::exchange(opening_, 0));
  if (asking_ != 0) {
    worker_.stop(asking_);
    finish(MessageState::Stopped, "{}");
  }
  session_.reset();
  title_.clear();
  remove_from(0);
  emit traceChanged(nullptr);
  emit sessionChanged();
}

void Conversation::openVideo(const QString& path) {
  newSession();
  const std::filesystem::path file = path_of(path);
  video_ = QString::fromStdString(file.string());
  media_.reset();
  opening_ = worker_.open(file, {.count = frames_});
  show_progress(stage_name(Stage::Open), -1);
  emit busyChanged();
  emit sessionChanged();
}

void Conversation::reopen() {
  if (video_.isEmpty() || opening_ != 0) return;
  opening_ = worker_.open(video_.toStdString(), {.count = frames_});
  show_progress(stage_name(Stage::Open), -1);
  emit busyChanged();
}

void Conversation::set_limits(std::size_t frames, std::size_t max_new_tokens) {
  frames_ = frames;
  max_new_tokens_ = max_new_tokens;
}

void Conversation::openSession(qint64 id) {
  if (store_ == nullptr) return;
  stored([&] {
    const auto session = store_->session(id);
    if (!session) return;
    if (session->media && session->media->path != std::filesystem::path(video_.toStdString())) {
      std::error_code ignored;
      std::filesystem::path file = session->media->path;
      if (!std::filesystem::exists(file, ignored))
        if (const auto moved = store_->find_by_hash(session->media->hash)) file = *moved;
      openVideo(QString::fromStdString(file.string()));
    } else {
      newSession();
    }
    session_ = id;
    title_ = QString::fromStdString(session->title);
    for (Message& message : store_->messages(id)) append(std::move(message));
    emit sessionChanged();
    for (int row = rowCount() - 1; row >= 0; --row)
      if (entries_[static_cast<std::size_t>(row)].message.has_trace) return showTrace(row);
  });
}

void Conversation::showTrace(int row) {
  if (row < 0 || row >= rowCount()) return;
  Entry& entry = entries_[static_cast<std::size_t>(row)];
  stored([&] {
    if (!entry.trace && store_ != nullptr)
      if (auto trace = store_->trace(entry.message.id)) entry.trace = std::make_shared<const Trace>(std::move(*trace));
  });
  if (entry.trace) emit traceChanged(entry.trace);
}

// ---- Asking

void Conversation::ask(const QString& question) {
  const std::string text = question.trimmed().toStdString();
  if (text.empty() || asking_ != 0) return;
  Message message{.role = MessageRole::Question, .text = text};
  const bool written = stored([&] {
    if (!session_) {
      title_ = question.trimmed().left(kTitleLength);
      session_ = store_->add_session(title_.toStdString(), media_);
      emit sessionChanged();
    }
    message.id = store_->add_question(*session_, text);
  });
  if (!written) return;
  append(std::move(message));
  start_answer();
  emit sessionsChanged();
}

std::vector<Turn> Conversation::turns() const {
  std::vector<Turn> turns;
  for (const Entry& entry : entries_) {
    if (entry.message.role == MessageRole::Question)
      turns.push_back({entry.message.text, ""});
    else if (!turns.empty())
      turns.back().answer = entry.message.text;
  }
  // What was never answered is not asked about again.
  for (std::size_t i = 0; i + 1 < turns.size();)
    turns[i].answer.empty() ? static_cast<void>(turns.erase(turns.begin() + static_cast<std::ptrdiff_t>(i)))
                            : static_cast<void>(++i);
  return turns;
}

void Conversation::start_answer() {
  Question question{
      .media = nullptr, .system = {}, .turns = turns(), .sampling = {}, .max_new_tokens = max_new_tokens_};
  try {
    question.pruning.strategy = strategy_.toStdString();
    question.pruning.budget = parse_budget(budget_.trimmed().toStdString());
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()));
    return;
  }
  Message answer{.role = MessageRole::Answer, .text = {}, .state = MessageState::Partial};
  if (!stored([&] {
        if (session_) answer.id = store_->begin_answer(*session_);
      }))
    return;
  append(std::move(answer));
  asking_ = worker_.ask(std::move(question));
  save_.start();
  show_progress(stage_name(Stage::Vision), -1);
  emit busyChanged();
}

void Conversation::stop() {
  if (opening_ != 0) worker_.stop(opening_);
  if (asking_ != 0) worker_.stop(asking_);
}

void Conversation::regenerate() {
  if (asking_ != 0 || entries_.empty()) return;
  const int last = rowCount() - 1;
  if (entries_.back().message.role == MessageRole::Answer) {
    if (!stored([&] { store_->remove_from(entries_.back().message.id); })) return;
    remove_from(last);
  }
  start_answer();
}

void Conversation::editQuestion(int row, const QString& question) {
  if (asking_ != 0 || row < 0 || row >= rowCount()) return;
  if (!stored([&] { store_->remove_from(entries_[static_cast<std::size_t>(row)].message.id); })) return;
  remove_from(row);
  ask(question);
}

QStringList Conversation::suggestions() const {
  return {tr("What happens in the video?"), tr("How many objects are there?"), tr("What appears later?")};
}

QStringList Conversation::strategies() {
  QStringList names;
  for (const StrategyInfo& info : sparsight::strategies())
    names << QString::fromUtf8(info.name.data(), static_cast<qsizetype>(info.name.size()));
  return names;
}

void Conversation::setStrategy(const QString& strategy) {
  if (strategy == strategy_) return;
  strategy_ = strategy;
  emit pruningChanged();
}

void Conversation::setBudget(const QString& budget) {
  if (budget == budget_) return;
  budget_ = budget;
  emit pruningChanged();
}

// ---- What the worker says

void Conversation::show_progress(const QString& stage, double progress) {
  stage_ = stage;
  progress_ = progress;
  emit progressChanged();
}

void Conversation::on_opened(quint64 job, const std::shared_ptr<const OpenedMedia>& media) {
  if (job != opening_) return;
  opening_ = 0;
  media_ = media->source;
  // A question that was asked meanwhile has a session already.
  stored([&] {
    if (session_) store_->set_media(*session_, *media_);
  });
  show_progress({}, -1);
  emit busyChanged();
  emit mediaOpened(media);
}

void Conversation::on_progressed(quint64 job, Progress progress) {
  if (job != opening_ && job != asking_) return;
  QString stage = stage_name(progress.stage);
  if (progress.stage == Stage::Prefill)
    stage = stage.arg(std::min(progress.done + 1, progress.total)).arg(progress.total);
  const bool known = progress.total != 0 && progress.stage != Stage::Generate;
  show_progress(stage, known ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : -1);
}

void Conversation::on_said(quint64 job, const QString& text) {
  if (job != asking_) return;
  entries_.back().message.text += text.toStdString();
  const QModelIndex last = index(rowCount() - 1);
  emit dataChanged(last, last, {TextRole});
}

void Conversation::on_traced(quint64 job, const std::shared_ptr<const Trace>& trace) {
  if (job != asking_) return;
  entries_.back().trace = trace;
  emit traceChanged(trace);
}

void Conversation::on_answered(quint64 job, const std::shared_ptr<const Answer>& answer) {
  if (job != asking_) return;
  Entry& entry = entries_.back();
  entry.message.text = answer->text;
  entry.trace = answer->trace;
  entry.line = answer_line(*answer);
  finish(answer->stop == StopReason::Cancelled ? MessageState::Stopped : MessageState::Complete,
         answer_details(*answer));
  if (entry.trace && session_) stored([&] { store_->set_trace(entry.message.id, *entry.trace); });
  emit traceChanged(entry.trace);
}

void Conversation::on_ended(quint64 job, MessageState state, const QString& message) {
  if (job == opening_) {
    opening_ = 0;
    show_progress({}, -1);
    emit busyChanged();
    if (state == MessageState::Failed) {
      video_.clear();
      emit sessionChanged();
      emit errorOccurred(message);
    }
    return;
  }
  if (job != asking_) return;
  const QJsonObject details{{"error", message}};
  finish(state, message.isEmpty() ? "{}" : QJsonDocument(details).toJson(QJsonDocument::Compact).toStdString());
}

void Conversation::finish(MessageState state, const std::string& details) {
  asking_ = 0;
  save_.stop();
  Entry& entry = entries_.back();
  entry.message.state = state;
  entry.message.details = details;
  if (entry.line.isEmpty()) entry.line = line_of_details(details);
  stored([&] {
    if (session_) store_->finish_answer(entry.message.id, entry.message.text, state, details);
  });
  const QModelIndex last = index(rowCount() - 1);
  emit dataChanged(last, last);
  show_progress({}, -1);
  emit busyChanged();
  emit sessionsChanged();
}

void Conversation::save_answer() {
  if (asking_ == 0 || !session_) return;
  const Message& answer = entries_.back().message;
  if (!answer.text.empty()) stored([&] { store_->write_answer(answer.id, answer.text); });
}

}  // namespace sparsight
