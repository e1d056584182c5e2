#include "app/tokens/comparison_grid.h"

#include "app/chat/pruning_choices.h"
#include "app/core_words.h"
#include "app/format.h"
#include "core/base/text.h"

#include <QQmlEngine>
#include <QScopedValueRollback>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace sparsight {
namespace {

constexpr const char* kNoPruning = "none";
constexpr const char* kFallback = "sparsevlm-v1.5";
constexpr std::array kOtherStrategies{"fastv", "visionzip", "divprune"};

// Half as many tokens; where the budget is no number of them, an eighth of all.
std::string half_of(const std::string& budget) {
  Budget half;
  const bool counts =
      read_budget(budget, half).empty() && (half.kind == Budget::Kind::Share || half.kind == Budget::Kind::Count);
  if (!counts) return "12.5%";
  half.value = half.kind == Budget::Kind::Count ? std::max(1.0, std::floor(half.value / 2)) : half.value / 2;
  return to_string(half);
}

QString as_text(const std::string& from) { return QString::fromStdString(from); }

QString percent_text(double share) { return tr("%1 %").arg(number_text(100 * share)); }

// For a spreadsheet: a text that it would take for a formula is quoted as text.
std::string csv_cell(const std::string& of) {
  std::string text;
  if (!of.empty() && std::string_view("=+-@\t\r").find(of.front()) != std::string_view::npos) text.push_back('\'');
  return escaped(text.append(of), Format::CsvField);
}

}  // namespace

double token_agreement(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  if (a.empty() && b.empty()) return 1;
  std::vector<std::size_t> row(b.size() + 1), next(b.size() + 1);
  for (const std::int32_t token : a) {
    for (std::size_t j = 0; j < b.size(); ++j) next[j + 1] = token == b[j] ? row[j] + 1 : std::max(row[j + 1], next[j]);
    std::swap(row, next);
  }
  return static_cast<double>(row.back()) / static_cast<double>(std::max(a.size(), b.size()));
}

struct ComparisonGrid::Run {
  CardPruning pruning;
  State state = State::Waiting;
  QString answer, error;
  std::shared_ptr<const Answer> whole;  // once it is Done
  std::shared_ptr<const Trace> trace;
  struct Later {  // the window may still show it
    void operator()(TraceView* gone) const { gone->deleteLater(); }
  };
  std::unique_ptr<TraceView, Later> view{new TraceView};

  [[nodiscard]] double total_ms() const { return whole->timings.prefill + whole->timings.generate; }
};

ComparisonGrid::ComparisonGrid(Worker& worker, Conversation& chat, QObject* parent)
    : QAbstractListModel(parent), worker_(worker), chat_(chat) {
  connect(&worker, &Worker::progressed, this, [this](quint64 job, const Progress& progress) {
    if (!answers(job)) return;
    progress_ = progress;
    emit progressChanged();
  });
  connect(&worker, &Worker::traced, this, [this](quint64 job, const std::shared_ptr<const Trace>& trace) {
    if (!answers(job)) return;
    const QScopedValueRollback alone(linking_, true);  // the others stay at their depth
    runs_[*running_]->view->set_trace(trace);
  });
  connect(&worker, &Worker::said, this, [this](quint64 job, const QString& piece) {
    if (!answers(job)) return;
    runs_[*running_]->answer += piece;
    tell(*running_);
  });
  connect(&worker, &Worker::answered, this, [this](quint64 job, const std::shared_ptr<const Answer>& answer) {
    if (!answers(job)) return;
    if (answer->stop == StopReason::Cancelled) return end(State::Stopped, {});
    take(answer);
    end(State::Done, {});
  });
  connect(&worker, &Worker::stopped, this, [this](quint64 job) {
    if (answers(job)) end(State::Stopped, {});
  });
  connect(&worker, &Worker::failed, this, [this](quint64 job, const QString& message) {
    if (answers(job)) end(State::Failed, message);
  });
  chooseUsual();
}

ComparisonGrid::~ComparisonGrid() = default;

// ---- What is compared

void ComparisonGrid::set_media(std::shared_ptr<const OpenedMedia> media) {
  media_ = std::move(media);
  turns_.clear();
  drop_answers();
  for (const auto& run : runs_) run->view->set_media(media_);
  if (usual_) chooseUsual();  // another model may have another pruning
}

void ComparisonGrid::set_turns(const std::vector<Turn>& turns) {
  const bool same = std::ranges::equal(
      turns, turns_, [](const Turn& x, const Turn& y) { return x.question == y.question && x.answer == y.answer; });
  if (same) return;
  turns_ = turns;
  drop_answers();
  if (usual_) chooseUsual();
}

void ComparisonGrid::drop_answers() {
  if (running_) worker_.stop(job_);  // its rest is not waited for
  running_.reset();
  style_.reset();
  progress_.reset();
  std::vector<CardPruning> settings;
  for (const auto& run : runs_) {
    settings.push_back(run->pruning);
    run->whole.reset();
  }
  set_runs(settings);
  emit progressChanged();
}

void ComparisonGrid::set_runs(const std::vector<CardPruning>& wanted) {
  stop();
  std::vector<std::unique_ptr<Run>> runs;
  beginResetModel();
  for (const CardPruning& pruning : wanted) {
    const auto there =
        std::ranges::find_if(runs_, [&](const auto& run) { return run && run->pruning == pruning && run->whole; });
    if (there != runs_.end()) {
      runs.push_back(std::move(*there));
      continue;
    }
    auto run = std::make_unique<Run>();
    run->pruning = pruning;
    run->view->set_media(media_);
    QQmlEngine::setObjectOwnership(run->view.get(), QQmlEngine::CppOwnership);
    const TraceView* view = run->view.get();
    connect(view, &TraceView::heatmapChanged, this, [this, view] { link(*view); });
    connect(view, &TraceView::tokenChanged, this, [this, view] { link(*view); });
    runs.push_back(std::move(run));
  }
  std::swap(runs_, runs);  // the former ones last until the window has let go of them
  running_.reset();
  endResetModel();
  emit changed();
}

QStringList ComparisonGrid::allStrategies() {
  QStringList names = Conversation::strategies();
  names.removeAll(QLatin1String(kNoPruning));
  return names;
}

QStringList ComparisonGrid::strategies() const {
  QStringList names;
  for (const auto& run : runs_)
    if (const QString name = as_text(run->pruning.strategy);
        run->pruning.strategy != kNoPruning && !names.contains(name))
      names << name;
  return names;
}

QString ComparisonGrid::budgets() const {
  QStringList all;
  for (const auto& run : runs_)
    if (const QString budget = as_text(run->pruning.budget); !budget.isEmpty() && !all.contains(budget)) all << budget;
  return all.join(QStringLiteral(", "));
}

std::vector<CardPruning> ComparisonGrid::planned(const QStringList& strategies, const QString& budgets,
                                                 QString& problem) const {
  std::vector<std::string> shares;
  for (const QString& one : budgets.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    const std::string budget = one.simplified().toStdString();
    if (budget.empty() || std::ranges::find(shares, budget) != shares.end()) continue;
    Budget read;
    if (const std::string expected = read_budget(budget, read); !expected.empty()) {
      problem = in_words(QStringLiteral("budget \"%1\": %2").arg(as_text(budget), as_text(expected)));
      return {};
    }
    shares.push_back(budget);
  }
  if (shares.empty()) shares.emplace_back();
  std::vector<CardPruning> runs{{kNoPruning, {}}};
  for (const QString& strategy : strategies)
    for (const std::string& budget : shares)
      if (strategy != QLatin1String(kNoPruning)) runs.push_back({strategy.toStdString(), budget});
  if (runs.size() <= kMostRuns) return runs;
  problem = tr("%1 runs are too many: at most %2.").arg(number_text(runs.size()), number_text(kMostRuns));
  return {};
}

QString ComparisonGrid::choose(const QStringList& strategies, const QString& budgets) {
  QString problem;
  const std::vector<CardPruning> runs = planned(strategies, budgets, problem);
  if (!problem.isEmpty()) return problem;
  usual_ = false;
  set_runs(runs);
  return {};
}

std::size_t ComparisonGrid::visual_tokens() const {
  return media_ && media_->encoded ? media_->encoded->visual_tokens() : 0;
}

QString ComparisonGrid::amounts(const QString& budgets) const {
  QStringList words;
  for (const QString& one : budgets.split(QLatin1Char(','), Qt::SkipEmptyParts))
    if (!one.trimmed().isEmpty()) words << budget_words(one.simplified().toStdString(), visual_tokens());
  return words.isEmpty() ? budget_words({}, visual_tokens()) : words.join(QStringLiteral(", "));
}

int ComparisonGrid::wouldRun(const QStringList& strategies, const QString& budgets) const {
  QString problem;
  return static_cast<int>(planned(strategies, budgets, problem).size());
}

void ComparisonGrid::chooseUsual() {
  const CardPruning own = chat_.own_pruning();
  const CardPruning balanced = own.strategy == kNoPruning ? CardPruning{kFallback, "25%"} : own;
  std::vector<CardPruning> runs{{kNoPruning, {}}, balanced, {balanced.strategy, half_of(balanced.budget)}};
  for (const char* other : kOtherStrategies)
    if (other != balanced.strategy && runs.size() < 5) runs.push_back({other, balanced.budget});
  usual_ = true;
  set_runs(runs);
}

// ---- Asking

bool ComparisonGrid::stale() const {
  return std::ranges::any_of(runs_, [](const auto& run) { return run->state != State::Done; });
}

void ComparisonGrid::run() {
  if (busy() || !media_ || turns_.empty()) return;
  stopping_ = false;
  // Another seed or system prompt would make another question of it.
  const Question now = chat_.styled();
  const auto same = [&](const Question& before) {
    return before.system == now.system && before.sampling.temperature == now.sampling.temperature &&
           before.sampling.top_k == now.sampling.top_k && before.sampling.top_p == now.sampling.top_p &&
           before.max_new_tokens == now.max_new_tokens;
  };
  if (!style_ || !same(*style_) || !stale()) {
    drop_answers();
    style_ = now;
  }
  for (const auto& run : runs_)
    if (run->state != State::Done) run->state = State::Waiting;
  ask_next();
}

void ComparisonGrid::ask_next() {
  const auto next = std::ranges::find_if(runs_, [](const auto& run) { return run->state == State::Waiting; });
  progress_.reset();
  running_.reset();
  if (!stopping_ && next != runs_.end()) {
    Run& run = **next;
    running_ = static_cast<std::size_t>(next - runs_.begin());
    run.answer.clear();
    run.error.clear();
    run.state = State::Running;
    Question question = *style_;
    question.media = media_->encoded;
    question.turns = turns_;
    question.pruning.strategy = run.pruning.strategy;
    question.pruning.budget = parse_budget(run.pruning.budget);
    question.reuse = false;
    question.clip_hash = media_->source.hash;
    job_ = worker_.ask(std::move(question));
    tell(*running_);
  }
  emit progressChanged();
  emit changed();
}

void ComparisonGrid::take(const std::shared_ptr<const Answer>& answer) {
  Run& run = *runs_[*running_];
  run.whole = answer;
  run.trace = answer->trace;
  run.answer = as_text(answer->text);
  const QScopedValueRollback alone(linking_, true);
  run.view->set_trace(run.trace);
  for (const auto& other : runs_)
    if (other.get() != &run && other->view->hasTrace()) return run.view->look_like(*other->view);
}

void ComparisonGrid::end(State state, const QString& error) {
  Run& run = *runs_[*running_];
  run.state = state;
  run.error = error;
  if (state == State::Done)
    emit dataChanged(index(0), index(rowCount() - 1));  // agreement with the first one is known now
  else
    tell(*running_);
  ask_next();
}

void ComparisonGrid::stop() {
  if (!busy()) return;
  stopping_ = true;
  for (const auto& run : runs_)
    if (run->state == State::Waiting) run->state = State::Stopped;
  worker_.stop(job_);
}

QString ComparisonGrid::progress() const {
  if (!busy()) return {};
  const QString stage = progress_ ? progress_text(*progress_) : stage_name(Stage::Vision);
  return tr("%1 of %2: %3").arg(number_text(*running_ + 1), number_text(runs_.size()), stage);
}

double ComparisonGrid::share() const {
  if (runs_.empty()) return 0;
  const auto done = std::ranges::count_if(runs_, [](const auto& run) { return run->state == State::Done; });
  // Reading the prompt counts for nine tenths of a run: how long the answer gets is not known.
  double here = 0;
  if (progress_ && progress_->stage == Stage::Generate) here = 0.9;
  if (progress_ && progress_->stage == Stage::Prefill && progress_->total != 0)
    here = 0.9 * static_cast<double>(progress_->done) / static_cast<double>(progress_->total);
  return (static_cast<double>(done) + here) / static_cast<double>(runs_.size());
}

// ---- What is shown

TraceView* ComparisonGrid::first() const {
  for (const auto& run : runs_)
    if (run->view->hasTrace()) return run->view.get();
  return nullptr;
}

void ComparisonGrid::link(const TraceView& from) {
  if (linking_ || !from.hasTrace()) return;
  linking_ = true;
  for (const auto& run : runs_)
    if (run->view.get() != &from && run->view->hasTrace()) run->view->look_like(from);
  linking_ = false;
}

void ComparisonGrid::tell(std::size_t row) {
  const QModelIndex at = index(static_cast<int>(row));
  emit dataChanged(at, at);
}

void ComparisonGrid::retranslate() {
  for (const auto& run : runs_) run->view->retranslate();
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1));
  emit progressChanged();
}

int ComparisonGrid::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

QHash<int, QByteArray> ComparisonGrid::roleNames() const {
  return {{SettingRole, "setting"}, {StateRole, "state_"},  {AnswerRole, "answer"}, {AgreementRole, "agreement"},
          {SameRole, "same"},       {TokensRole, "tokens"}, {SavedRole, "saved"},   {FirstRole, "firstWord"},
          {TimeRole, "time"},       {ErrorRole, "error"},   {TraceRole, "trace"}};
}

QString ComparisonGrid::agreement(const Run& run) const {
  const Run& unpruned = *runs_.front();
  if (!run.whole || !unpruned.whole || &run == &unpruned) return {};
  if (run.answer == unpruned.answer) return tr("the same words");
  return percent_text(token_agreement(unpruned.whole->generated_ids, run.whole->generated_ids));
}

QVariant ComparisonGrid::data(const QModelIndex& index, int role) const {
  constexpr std::array kStates{"waiting", "running", "done", "stopped", "failed"};
  if (!index.isValid() || index.row() >= rowCount()) return {};
  Run& run = *runs_[static_cast<std::size_t>(index.row())];
  switch (role) {
    case SettingRole: return pruning_name({}, run.pruning, visual_tokens());
    case StateRole: return QString::fromLatin1(kStates.at(static_cast<std::size_t>(run.state)));
    case AnswerRole: return run.answer;
    case AgreementRole: return agreement(run);
    case SameRole: return run.whole && runs_.front()->whole && run.answer == runs_.front()->answer;
    case ErrorRole: return in_words(run.error);
    case TraceRole: return QVariant::fromValue(run.view.get());
    default: break;
  }
  if (!run.whole) return QString();
  switch (role) {
    case TokensRole: return run.trace ? number_text(run.trace->mean_behind_first_pruning()) : QString();
    case SavedRole: return run.trace ? percent_text(run.trace->flops_saved()) : QString();
    case FirstRole: return tr("%1 s").arg(number_text(run.whole->first_token_ms / 1000, 2));
    case TimeRole: return tr("%1 s").arg(number_text(run.total_ms() / 1000, 2));
    default: return {};
  }
}

QString ComparisonGrid::csv() const {
  const auto plain = [](double number, int decimals) { return QString::number(number, 'f', decimals).toStdString(); };
  std::string table =
      "strategy,budget,answer,same_words,token_agreement,tokens,flops_saved,first_word_s,time_s,error\r\n";
  const Run* unpruned = runs_.empty() ? nullptr : runs_.front().get();
  for (const auto& run : runs_) {
    std::vector<std::string> cells{run->pruning.strategy, run->pruning.budget, run->answer.toStdString()};
    if (run->whole && unpruned->whole) {
      cells.emplace_back(run->answer == unpruned->answer ? "yes" : "no");
      cells.push_back(plain(token_agreement(unpruned->whole->generated_ids, run->whole->generated_ids), 4));
    } else {
      cells.resize(cells.size() + 2);
    }
    cells.push_back(run->whole && run->trace ? plain(run->trace->mean_behind_first_pruning(), 1) : "");
    cells.push_back(run->whole && run->trace ? plain(run->trace->flops_saved(), 4) : "");
    cells.push_back(run->whole ? plain(run->whole->first_token_ms / 1000, 3) : "");
    cells.push_back(run->whole ? plain(run->total_ms() / 1000, 3) : "");
    cells.push_back(run->error.toStdString());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) table.push_back(',');
      table.append(csv_cell(cells[i]));
    }
    table += "\r\n";
  }
  return as_text(table);
}

}  // namespace sparsight
