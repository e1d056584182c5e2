#include "app/tokens/comparison.h"

#include "app/chat/answer_facts.h"
#include "app/chat/pruning_choices.h"
#include "app/core_words.h"
#include "app/format.h"
#include "app/tokens/trace_text.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sparsight {
namespace {

constexpr const char* kUnpruned = "none";
constexpr const char* kPruned = "sparsevlm-v1.5";

QString budget_of(const Trace& trace) {
  return trace.strategy == kUnpruned ? QString() : QString::fromStdString(trace.budget);
}

// "fastv · 25 %": the two fields of a side as one text.
QString setting_of(const Message& answer) {
  const auto pruning = pruning_of_details(answer.details);
  if (!pruning) return {};
  const double all = figures_of_details(answer.details).visual_tokens;
  return pruning_name({}, *pruning, static_cast<std::size_t>(std::max(0.0, all)));
}

// That an answer was drawn with; nullopt: none.
std::optional<std::uint64_t> seed_of(const std::string& details) {
  const QJsonObject all = QJsonDocument::fromJson(QByteArray::fromStdString(details)).object();
  const QJsonObject settings = all["settings"].toObject();
  if (settings["temperature"].toDouble() <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(settings["seed"].toInteger());
}

bool same(const std::vector<Turn>& a, const std::vector<Turn>& b) {
  return std::ranges::equal(
      a, b, [](const Turn& x, const Turn& y) { return x.question == y.question && x.answer == y.answer; });
}

}  // namespace

// ---- A side

void ComparisonSide::setStrategy(const QString& strategy) {
  strategy_ = strategy;
  emit changed();
}

void ComparisonSide::setBudget(const QString& budget) {
  budget_ = budget.trimmed();
  emit changed();
}

bool ComparisonSide::stale() const {
  return strategy_ != shown_strategy_ || (strategy_ != kUnpruned && budget_ != shown_budget_);
}

QString ComparisonSide::line() const { return line_of_details(details_); }

QString ComparisonSide::facts() const {
  if (!trace_) return {};
  const QString facts = trace_facts(*trace_);
  return view_.hasTrace() ? facts
                          : facts + QLatin1Char('\n') + tr("These tokens belong to frames that are not open now.");
}

QString ComparisonSide::error() const { return in_words(error_); }

void ComparisonSide::show(std::shared_ptr<const Trace> trace, const QString& answer, std::string details) {
  shown_ = 0;
  answer_ = answer;
  details_ = std::move(details);
  error_.clear();
  shown_strategy_ = trace ? strategy_ : QString();
  shown_budget_ = budget_;
  trace_ = std::move(trace);
  view_.set_trace(trace_);
  emit changed();
}

void ComparisonSide::end(const QString& error) {
  job_ = 0;
  error_ = error;
  emit changed();
}

// ---- Both

Comparison::Comparison(Worker& worker, Conversation& chat, QObject* parent)
    : QObject(parent), worker_(worker), chat_(chat), grid_(worker, chat) {
  for (ComparisonSide* side : {&left_, &right_}) {
    ComparisonSide& other = side == &left_ ? right_ : left_;
    connect(side, &ComparisonSide::changed, this, &Comparison::changed);
    connect(side->trace(), &TraceView::heatmapChanged, this, [this, side, &other] { link(*side, other); });
    connect(side->trace(), &TraceView::tokenChanged, this, [this, side, &other] { link(*side, other); });
  }
  const auto take_up = [this] {
    if (!chat_.busy()) refresh();
  };
  connect(&chat, &Conversation::busyChanged, this, take_up);
  connect(&chat, &Conversation::pathChanged, this, take_up);
  connect(&chat, &Conversation::sessionChanged, this, &Comparison::refresh);
  connect(&worker, &Worker::traced, this, [this](quint64 job, const std::shared_ptr<const Trace>& trace) {
    if (ComparisonSide* side = side_of(job)) side->trace()->set_trace(trace);
  });
  connect(&worker, &Worker::said, this, [this](quint64 job, const QString& text) {
    if (ComparisonSide* side = side_of(job)) {
      side->answer_ += text;
      emit side->changed();
    }
  });
  connect(&worker, &Worker::answered, this, [this](quint64 job, const std::shared_ptr<const Answer>& answer) {
    ComparisonSide* side = side_of(job);
    if (side == nullptr) return;
    side->end({});
    if (answer->stop == StopReason::Cancelled) return;
    side->show(answer->trace, QString::fromStdString(answer->text), answer_details(*answer));
  });
  connect(&worker, &Worker::stopped, this, [this](quint64 job) {
    if (ComparisonSide* side = side_of(job)) side->end({});
  });
  connect(&worker, &Worker::failed, this, [this](quint64 job, const QString& message) {
    if (ComparisonSide* side = side_of(job)) side->end(message);
  });
}

ComparisonSide* Comparison::side_of(quint64 job) {
  return left_.job_ == job ? &left_ : right_.job_ == job ? &right_ : nullptr;
}

// Does not wait for the rest of its answer.
void Comparison::drop(ComparisonSide& side) {
  side.seed_.reset();
  if (side.running()) worker_.stop(std::exchange(side.job_, 0));
  side.show(nullptr, {}, {});
}

void Comparison::set_media(std::shared_ptr<const OpenedMedia> media) {
  media_ = std::move(media);
  turns_.clear();
  answers_.clear();
  shown_ = 0;
  frame_ = 0;
  for (ComparisonSide* side : {&left_, &right_}) {
    drop(*side);
    side->view_.set_media(media_);
  }
  grid_.set_media(media_);
  compare();
  emit differenceChanged();
  emit changed();
}

void Comparison::retranslate() {
  grid_.retranslate();
  for (ComparisonSide* side : {&left_, &right_}) {
    side->view_.retranslate();
    emit side->changed();
  }
}

QString Comparison::question() const {
  return turns_.empty() ? QString() : QString::fromStdString(turns_.back().question);
}

QVariantList Comparison::answers() const {
  QVariantList answers;
  for (const Message& answer : answers_)
    answers << QVariantMap{{"id", static_cast<qint64>(answer.id)}, {"setting", setting_of(answer)}};
  return answers;
}

void Comparison::refresh() {
  constexpr std::size_t kMostAnswers = 100;  // the latest ones: a list that people choose from
  const auto is_question = [this](int row) { return chat_.message(row).role == MessageRole::Question; };
  int asked = chat_.rowCount() - 1;
  while (asked >= 0 && !is_question(asked)) --asked;
  std::vector<Turn> turns;
  if (asked >= 0) turns = chat_.turns(asked + 1);
  std::vector<Message> answers;
  MessageId shown = 0;
  bool latest = true;
  for (int row = chat_.rowCount() - 1; row > 0 && asked >= 0 && answers.size() < kMostAnswers; --row) {
    if (is_question(row) || !is_question(row - 1) || chat_.message(row - 1).text != chat_.message(asked).text) continue;
    const MessageId here = chat_.message(row).id;
    const bool has_trace = chat_.data(chat_.index(row), Conversation::TraceRole).toBool();
    std::vector<Message> of_row = chat_.versions(row, kMostAnswers - answers.size());
    std::erase_if(of_row, [&](const Message& one) { return one.id == here ? !has_trace : !one.has_trace; });
    answers.insert(answers.begin(), std::make_move_iterator(of_row.begin()), std::make_move_iterator(of_row.end()));
    if (std::exchange(latest, false) && has_trace) shown = here;
  }
  const bool another = session_ != chat_.session() || !same(turns, turns_);
  session_ = chat_.session();
  turns_ = std::move(turns);
  answers_ = std::move(answers);
  grid_.set_turns(turns_);
  if (another) {
    drop(left_);
    drop(right_);
    shown_ = 0;
  }
  if (const MessageId former = std::exchange(shown_, shown); shown != 0 && shown != former) {
    take(&left_, shown);
    oppose(former);
  } else if (shown != 0 && left_.shown_ == shown && chat_.trace_of(shown) != left_.trace_) {
    take(&left_, shown);  // the trace has grown since
  }
  emit changed();
}

// The right side gets the former answer or a neighbour, else no pruning; if the left one is unpruned, the model's own.
void Comparison::oppose(MessageId former) {
  if (answers_.size() > 1) {
    const auto left = std::ranges::find(answers_, shown_, &Message::id);
    const bool is_there = former != 0 && std::ranges::find(answers_, former, &Message::id) != answers_.end();
    const auto neighbour = left == answers_.begin() ? std::next(left) : std::prev(left);
    return take(&right_, is_there ? former : neighbour->id);
  }
  const CardPruning own = chat_.own_pruning();
  const bool pruned = left_.strategy() != kUnpruned;
  right_.setStrategy(pruned ? kUnpruned : own.strategy != kUnpruned ? QString::fromStdString(own.strategy) : kPruned);
  right_.setBudget(pruned || own.strategy == kUnpruned ? QString() : QString::fromStdString(own.budget));
}

void Comparison::take(ComparisonSide* side, qint64 id) {
  const auto answer = std::ranges::find(answers_, id, &Message::id);
  if (side == nullptr || answer == answers_.end()) return;
  const std::shared_ptr<const Trace> trace = chat_.trace_of(id);
  if (!trace) return;
  drop(*side);
  side->strategy_ = QString::fromStdString(trace->strategy);
  side->budget_ = budget_of(*trace);
  side->show(trace, QString::fromStdString(answer->text), answer->details);
  side->shown_ = id;
  side->seed_ = seed_of(answer->details);
  emit side->changed();
}

void Comparison::ask(ComparisonSide& side) {
  PruningOptions pruning;
  side.show(nullptr, {}, {});
  try {
    pruning.strategy = side.strategy_.toStdString();
    pruning.budget = parse_budget(side.budget_.toStdString());
  } catch (const Error& error) {
    return side.end(QString::fromUtf8(error.what()));
  }
  Question question = chat_.styled();
  // Both sides draw with one seed, so that only the pruning differs.
  if (const ComparisonSide& other = &side == &left_ ? right_ : left_; other.seed_)
    question.sampling.seed = *other.seed_;
  side.seed_ = question.sampling.seed;
  question.media = media_->encoded;
  question.turns = turns_;
  question.pruning = std::move(pruning);
  question.reuse = false;
  question.clip_hash = media_->source.hash;
  side.job_ = worker_.ask(std::move(question));
  emit side.changed();
}

void Comparison::run() {
  if (busy() || !media_ || turns_.empty()) return;
  for (ComparisonSide* side : {&left_, &right_})
    if (side->stale()) ask(*side);
}

void Comparison::stop() {
  for (const ComparisonSide* side : {&left_, &right_})
    if (side->running()) worker_.stop(side->job_);
}

void Comparison::setFrame(int frame) {
  frame_ = std::clamp(frame, 0, std::max(0, left_.view_.frameCount() - 1));
  emit differenceChanged();
}

// Lets one view follow the other.
void Comparison::link(ComparisonSide& from, ComparisonSide& to) {
  if (linking_) return;
  linking_ = true;
  if (from.view_.hasTrace()) to.view_.look_like(from.view_);
  compare();
  linking_ = false;
}

void Comparison::compare() {
  const Heatmap *left = left_.view_.heatmap(), *right = right_.view_.heatmap();
  std::vector<bool> differing;
  if (left != nullptr && right != nullptr && left->states.size() == right->states.size())
    for (std::size_t i = 0; i < left->states.size(); ++i)
      differing.push_back(left->states[i].fate != right->states[i].fate);
  if (differing == differing_) return;
  differing_ = std::move(differing);
  left_.view_.set_marked(differing_);
  right_.view_.set_marked(differing_);
  emit differenceChanged();
}

int Comparison::differing() const {
  return differing_.empty() ? -1 : static_cast<int>(std::ranges::count(differing_, true));
}

int Comparison::differingHere() const {
  if (differing_.empty()) return -1;
  const std::vector<std::size_t> here = left_.view_.heatmap()->layout.tokens_of(static_cast<std::size_t>(frame_));
  return static_cast<int>(std::ranges::count_if(here, [this](std::size_t token) { return differing_[token]; }));
}

}  // namespace sparsight
