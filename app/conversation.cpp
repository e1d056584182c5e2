#include "app/conversation.h"

#include "app/format.h"
#include "core/pruning/registry.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <array>
#include <chrono>
#include <cmath>
#include <span>
#include <utility>

namespace sparsight {
namespace {

constexpr int kSaveMs = 250;
constexpr int kSettleMs = 350;  // until a slider that moved is taken to rest
constexpr qsizetype kTitleLength = 60;

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
  again_.setSingleShot(true);
  again_.setInterval(kSettleMs);
  connect(&again_, &QTimer::timeout, this, &Conversation::answer_anew);
  reopen_.setSingleShot(true);
  reopen_.setInterval(kSettleMs);
  connect(&reopen_, &QTimer::timeout, this, &Conversation::open_clip);
  connect(this, &Conversation::clipChanged, this, &Conversation::suggestionsChanged);
  clock_.start();
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
  const TimeRange range = range_of_details(message.details);
  entries_.push_back({std::move(message), range, std::move(line)});
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

void Conversation::showTrace(int row) {
  const auto shown = trace(row);
  if (!shown) return;
  const Entry& entry = entries_[static_cast<std::size_t>(row)];
  if (entry.range != range_) setRange(entry.range.start_s, entry.range.end_s);  // its frames are others
  show_trace(shown);
}

std::shared_ptr<const Trace> Conversation::trace(int row) {
  if (row < 0 || row >= rowCount()) return nullptr;
  Entry& entry = entries_[static_cast<std::size_t>(row)];
  stored([&] {
    if (!entry.trace && store_ != nullptr)
      if (auto trace = store_->trace(entry.message.id)) entry.trace = std::make_shared<const Trace>(std::move(*trace));
  });
  return entry.trace;
}

void Conversation::show_trace(std::shared_ptr<const Trace> trace) {
  shown_ = std::move(trace);
  emit traceChanged(shown_);
}

// Of a trace that is being made, of the clip that is open.
void Conversation::count_tokens(const Trace& trace) {
  if (trace.visual_tokens == visual_tokens_) return;
  visual_tokens_ = trace.visual_tokens;
  emit clipChanged();
}

std::pair<QString, QString> Conversation::told(const std::shared_ptr<const Trace>& trace) const {
  for (std::size_t i = 1; i < entries_.size(); ++i)
    if (entries_[i].trace == trace && trace)
      return {QString::fromStdString(entries_[i - 1].message.text), QString::fromStdString(entries_[i].message.text)};
  return {};
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

std::vector<Turn> Conversation::turns(int rows) const {
  std::vector<Turn> turns;
  for (const Entry& entry : std::span(entries_).first(static_cast<std::size_t>(rows))) {
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

std::optional<PruningOptions> Conversation::ready_to_ask() {
  if (!missing_.isEmpty()) {
    emit errorOccurred(tr("%1 is not there. Find the file first, or open another.").arg(missing_));
    return std::nullopt;
  }
  if (differs()) {
    emit errorOccurred(tr("%1 is not the file of this session. Say first whether to use it.").arg(video_));
    return std::nullopt;
  }
  try {
    return PruningOptions{.strategy = strategy_.toStdString(), .budget = parse_budget(budget_.trimmed().toStdString())};
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()));
    return std::nullopt;
  }
}

void Conversation::start_answer() {
  auto pruning = ready_to_ask();
  if (!pruning) return;
  Question question{
      .media = nullptr, .system = {}, .turns = turns(), .sampling = {}, .max_new_tokens = max_new_tokens_};
  question.pruning = std::move(*pruning);
  Message answer{.role = MessageRole::Answer, .text = {}, .state = MessageState::Partial};
  if (!stored([&] {
        if (session_) answer.id = store_->begin_answer(*session_);
      }))
    return;
  if (!clip_there_ && opening_ == 0) open_clip();  // it was stopped
  append(std::move(answer));
  entries_.back().range = range_;
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
  if (asking_ != 0 || entries_.empty() || !ready_to_ask()) return;
  const int last = rowCount() - 1;
  if (entries_.back().message.role == MessageRole::Answer) {
    if (!stored([&] { store_->remove_from(entries_.back().message.id); })) return;
    remove_from(last);
  }
  start_answer();
}

void Conversation::give_up_answer() {
  if (asking_ == 0) return;
  worker_.stop(asking_);
  finish(MessageState::Stopped, "{}");
}

void Conversation::answer_anew() {
  give_up_answer();
  regenerate();
}

void Conversation::keepTokens(int tokens) {
  setBudget(visual_tokens_ != 0 && static_cast<std::size_t>(tokens) >= visual_tokens_ ? QStringLiteral("100%")
                                                                                      : QString::number(tokens));
  if (!entries_.empty() && entries_.back().message.role == MessageRole::Answer) again_.start();
}

void Conversation::editQuestion(int row, const QString& question) {
  if (asking_ != 0 || row < 0 || row >= rowCount() || question.trimmed().isEmpty()) return;
  if (!stored([&] { store_->remove_from(entries_[static_cast<std::size_t>(row)].message.id); })) return;
  remove_from(row);
  ask(question);
}

QStringList Conversation::suggestions() const {
  constexpr std::size_t kMost = 3;
  if (!model_) return {};
  if (!model_->card || model_->card->questions.empty())
    return {tr("What happens in the video?"), tr("How many objects are there?"), tr("What appears later?")};
  if (!media_) return {};  // not known yet
  const CardClip* clip = model_->card->clip(media_->hash);
  QStringList questions;
  for (const std::string& question : clip != nullptr ? clip->questions : model_->card->questions)
    if (static_cast<std::size_t>(questions.size()) < kMost) questions << QString::fromStdString(question);
  return questions;
}

QString Conversation::accuracy() const {
  return model_ && model_->card ? accuracy_text(*model_->card, strategy_, budget_, visual_tokens_) : QString();
}

CardPruning Conversation::own_pruning() const { return default_pruning(model_ ? model_->card : std::nullopt); }

void Conversation::set_model(std::shared_ptr<const ModelInfo> model) {
  model_ = std::move(model);
  emit suggestionsChanged();
  emit pruningChanged();
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

int Conversation::tokens() const {
  try {
    const Budget budget = parse_budget(budget_.trimmed().toStdString());
    const bool counts = budget.kind == Budget::Kind::Count || budget.kind == Budget::Kind::Share;
    return counts && visual_tokens_ != 0 ? static_cast<int>(budget.tokens(visual_tokens_)) : 0;
  } catch (const Error&) {
    return 0;
  }
}

QVariantList Conversation::tokenStops() const {
  // Per cent; 9.44 is the middle one of SparseVLM's published budgets.
  constexpr std::array kShares{2.0,  3.0,  4.0,  5.0,  6.3,  8.0,  9.44, 12.5, 16.0,
                               20.0, 25.0, 33.3, 40.0, 50.0, 66.7, 80.0, 100.0};
  QVariantList stops;
  for (const double share : kShares) {
    const int count = static_cast<int>(std::lround(share / 100 * static_cast<double>(visual_tokens_)));
    if (count > 0 && (stops.isEmpty() || stops.last().toInt() < count)) stops << count;
  }
  return stops;
}

// ---- What the worker says

void Conversation::show_progress(const QString& stage, double progress) {
  stage_ = stage;
  progress_ = progress;
  emit progressChanged();
}

void Conversation::on_progressed(quint64 job, Progress progress) {
  if (job != opening_ && job != asking_) return;
  const auto left = time_left_.note(progress, static_cast<double>(clock_.elapsed()) / 1000);
  const bool known = progress.total != 0 && progress.stage != Stage::Generate;
  show_progress(progress_text(progress, left),
                known ? static_cast<double>(progress.done) / static_cast<double>(progress.total) : -1);
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
  count_tokens(*trace);
  show_trace(trace);
}

void Conversation::on_answered(quint64 job, const std::shared_ptr<const Answer>& answer) {
  if (job != asking_) return;
  Entry& entry = entries_.back();
  entry.message.text = answer->text;
  entry.trace = answer->trace;
  entry.line = answer_line(*answer, entry.range);
  finish(answer->stop == StopReason::Cancelled ? MessageState::Stopped : MessageState::Complete,
         answer_details(*answer, entry.range));
  if (entry.trace && session_) stored([&] { store_->set_trace(entry.message.id, *entry.trace); });
  if (entry.trace) count_tokens(*entry.trace);
  show_trace(entry.trace);
}

void Conversation::on_ended(quint64 job, MessageState state, const QString& message) {
  if (job == opening_) return on_not_opened(state, message);
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
