#include "app/chat/conversation.h"

#include "app/format.h"
#include "app/sessions/stored.h"
#include "core/pruning/registry.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <ranges>
#include <span>
#include <utility>

namespace sparsight {
namespace {

constexpr int kSettleMs = 350;  // until a slider that moved counts as at rest
constexpr int kKeepMs = 400;    // until typed text is written

// Questions that only a video can answer; the cards of models have them in English.
bool needs_time(const std::string& question) {
  static const QRegularExpression words(
      QStringLiteral(
          R"(\b(video|clip|film|scene|happen\w*|appear\w*|mov\w+|direction|way|first|last|later|then|before|)"
          R"(after|again|while|when|end|ends|begin\w*|start\w*|stop\w*|chang\w+|becom\w+|go|goes|com\w+|)"
          R"(enter\w*|leav\w+|rise\w*|fall\w*)\b)"),
      QRegularExpression::CaseInsensitiveOption);
  return words.match(QString::fromStdString(question)).hasMatch();
}

bool is_answer(const Message& message) { return message.role == MessageRole::Answer; }

}  // namespace

Conversation::Conversation(Worker& worker, StoreThread& store, Answering& answering, QObject* parent)
    : QAbstractListModel(parent), worker_(worker), store_(store), answering_(answering) {
  connect(&worker, &Worker::progressed, this, [this](quint64 job, const Progress& progress) {
    if (!opening() || job != clip_->job) return;
    opening_progress_ = progress;
    opening_left_s_ = time_left_.note(progress, clock_.seconds());
    show_progress();
  });
  connect(&worker, &Worker::done, this, &Conversation::on_found);
  connect(&answering, &Answering::opened, this, &Conversation::on_opened);
  connect(&answering, &Answering::not_opened, this, &Conversation::on_not_opened);
  connect(&answering, &Answering::began, this, &Conversation::on_began);
  connect(&answering, &Answering::said, this, &Conversation::on_said);
  connect(&answering, &Answering::traced, this, &Conversation::on_traced);
  connect(&answering, &Answering::progressed, this, &Conversation::show_progress);
  connect(&answering, &Answering::ended, this, &Conversation::on_ended);
  connect(&answering, &Answering::returned, this, &Conversation::on_returned);
  connect(&answering, &Answering::detailsChanged, this, &Conversation::reload);
  connect(&answering, &Answering::errorOccurred, this, &Conversation::errorOccurred);
  connect(&answering, &Answering::changed, this, [this] {
    tell_waiting();
    tell_busy();
  });
  again_.setSingleShot(true);
  again_.setInterval(kSettleMs);
  connect(&again_, &QTimer::timeout, this, &Conversation::answer_anew);
  reopen_.setSingleShot(true);
  reopen_.setInterval(kSettleMs);
  connect(&reopen_, &QTimer::timeout, this, &Conversation::open_clip);
  keep_.setSingleShot(true);
  keep_.setInterval(kKeepMs);
  connect(&keep_, &QTimer::timeout, this, [this] { (void)keep_draft(); });
  connect(this, &Conversation::clipChanged, this, &Conversation::suggestionsChanged);
  connect(this, &Conversation::clipChanged, this, &Conversation::accuracyChanged);
  connect(this, &Conversation::pruningChanged, this, &Conversation::accuracyChanged);
  watch_context();
  find_draft();
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
    case QuestionRole: return !is_answer(entry.message);
    case StateRole: return QString::fromUtf8(to_string(entry.message.state).data());
    case LineRole: return line_of_details(entry.message.details);
    case TraceRole: return entry.trace != nullptr || entry.message.has_trace;
    case RunningRole: return running() != nullptr && running()->answer == entry.message.id;
    case VersionRole: return static_cast<int>(entry.message.version);
    case VersionsRole: return static_cast<int>(entry.message.versions);
    case ChipRole: return is_answer(entry.message) ? chip_of(entry.message) : QString();
    case NotesRole: return notes_of_details(entry.message.details);
    default: return {};
  }
}

QHash<int, QByteArray> Conversation::roleNames() const {
  return {{TextRole, "text"},      {QuestionRole, "question"}, {StateRole, "state_"},    {LineRole, "line"},
          {TraceRole, "hasTrace"}, {RunningRole, "running"},   {VersionRole, "version"}, {VersionsRole, "versions"},
          {ChipRole, "chip"},      {NotesRole, "notes"}};
}

Conversation::Entry Conversation::entry_of(Message message) const {
  Entry entry{.range = range_of_details(message.details)};
  if (const RunningAnswer* here = running(); here != nullptr && here->answer == message.id) {
    message.text = here->text;
    entry.trace = here->trace;
    if (here->request.clip) entry.range = here->request.clip->range;
  } else if (const auto ended = answering_.unsaved(message.id)) {
    message.text = ended->text;
    message.state = ended->state;
    message.details = ended->details;
    entry.trace = ended->trace;
    entry.range = range_of_details(message.details);
  }
  entry.message = std::move(message);
  return entry;
}

// Reads the session from the store; rows that remain keep their place.
void Conversation::reload() {
  std::vector<Message> path;
  if (session_ && !stored(*this, [&] { path = store_.store().messages(*session_); })) return;
  std::size_t same = 0;
  while (same < std::min(path.size(), entries_.size()) && path[same].id == entries_[same].message.id) ++same;
  remove_from(static_cast<int>(same));
  for (std::size_t i = 0; i < same; ++i) {
    Entry entry = entry_of(std::move(path[i]));
    if (!entry.trace) entry.trace = std::move(entries_[i].trace);
    entries_[i] = std::move(entry);
  }
  if (same > 0) emit dataChanged(index(0), index(static_cast<int>(same) - 1));
  if (same != path.size()) {
    const auto insert = [&](std::size_t from, std::size_t to) {  // of the path, behind the rows that are the same
      std::vector<Entry> more;
      for (std::size_t i = from; i < to; ++i) more.push_back(entry_of(std::move(path[i])));
      beginInsertRows({}, static_cast<int>(same), static_cast<int>(same + more.size()) - 1);
      entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(same), std::make_move_iterator(more.begin()),
                      std::make_move_iterator(more.end()));
      endInsertRows();
    };
    // The last ones first, so that a view at the end makes no others.
    const std::size_t last = path.size() - same > at_once_ ? path.size() - at_once_ : same;
    insert(last, path.size());
    if (last > same) {
      emit lastInserted();
      insert(same, last);
    }
    emit countChanged();
  }
  emit pathChanged();
}

void Conversation::retranslate() {
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {LineRole, ChipRole, NotesRole});
  emit suggestionsChanged();
  emit accuracyChanged();
  show_progress();
}

void Conversation::remove_from(int row) {
  if (row >= rowCount()) return;
  beginRemoveRows({}, row, rowCount() - 1);
  entries_.resize(static_cast<std::size_t>(row));
  endRemoveRows();
  emit countChanged();
}

int Conversation::row_of(MessageId id) const {
  const auto at = std::ranges::find(entries_, id, [](const Entry& entry) { return entry.message.id; });
  return at == entries_.end() ? -1 : static_cast<int>(at - entries_.begin());
}

void Conversation::set_session(std::optional<SessionId> session) {
  session_ = session;
  fresh_ = false;
  answering_.set_shown(session);
}

std::vector<Turn> Conversation::turns(int rows) const {
  std::vector<Message> messages;
  for (const Entry& entry : std::span(entries_).first(static_cast<std::size_t>(rows)))
    messages.push_back(entry.message);
  return turns_of(messages);
}

QVariantList Conversation::details(int row) const {
  return row < 0 || row >= rowCount() ? QVariantList()
                                      : facts_of_details(entries_[static_cast<std::size_t>(row)].message.details);
}

QStringList Conversation::suggestions() const {
  constexpr std::size_t kMost = 3;
  if (!model_) return {};
  const bool opened = clip_ && clip_->media && clip_->media->encoded;
  if (!opened && !video_.isEmpty() && !media_) return {};  // not known yet; a part of a known clip is no picture
  const bool picture = opened && clip_->media->encoded->kind() == MediaKind::Image;
  const bool knows_some = model_->card && !model_->card->questions.empty();
  if (!knows_some && !picture)
    return {tr("What happens in the video?"), tr("How many objects are there?"), tr("What appears later?")};
  const QStringList of_pictures{tr("What is in the picture?"), tr("What does the sign say?"),
                                tr("How many objects are there?")};
  if (!knows_some) return of_pictures;
  if (!media_) return {};
  // An answer that is right for the whole clip may be wrong for a part of it.
  const CardClip* clip = range_.whole() ? model_->card->clip(media_->hash) : nullptr;
  QStringList questions;
  for (const std::string& question : clip != nullptr ? clip->questions : model_->card->questions)
    if (static_cast<std::size_t>(questions.size()) < kMost && !(picture && needs_time(question)))
      questions << QString::fromStdString(question);
  return questions.isEmpty() ? of_pictures : questions;
}

void Conversation::set_model(std::shared_ptr<const ModelInfo> model) {
  model_ = std::move(model);
  emit suggestionsChanged();
  emit pruningChanged();
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {ChipRole});
  set_context(0);
  count_.start();
}

QStringList Conversation::strategies() { return strategy_names(); }

CardPruning Conversation::own_pruning() const { return default_pruning(model_ ? model_->card : std::nullopt); }

void Conversation::set_usual_pruning(const CardPruning& usual) {
  const bool follows = !pruningChosen();
  usual_ = usual;
  if (follows) prune_as_usual();
  emit pruningChanged();
}

void Conversation::take_pruning(const CardPruning& pruning) {
  setStrategy(QString::fromStdString(pruning.strategy));
  setBudget(QString::fromStdString(pruning.budget));
}

// A session continues with the pruning of its last answer.
CardPruning Conversation::pruning_of_answer() const {
  for (const Entry& entry : entries_ | std::views::reverse)
    if (const auto made = pruning_of_details(entry.message.details)) return *made;
  return usual_;
}

void Conversation::take_pruning_of_answer() { take_pruning(pruning_of_answer()); }

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

int Conversation::tokens() const { return tokens_of(budget_); }

int Conversation::tokens_of(const QString& text) const {
  try {
    const Budget budget = parse_budget(text.trimmed().toStdString());
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

// ---- Progress and results

void Conversation::show_progress() {
  const auto text = [this](Stage stage, const std::optional<Progress>& progress, std::optional<double> left_s) {
    stage_ = progress ? progress_text(*progress, left_s) : stage_name(stage);
    step_ = progress ? step_text(*progress) : stage_;
    left_ = progress ? left_text(*progress, left_s) : QString();
    const bool known = progress && progress->total != 0 && progress->stage != Stage::Generate;
    progress_ = known ? static_cast<double>(progress->done) / static_cast<double>(progress->total) : -1;
  };
  stage_.clear();
  step_.clear();
  left_.clear();
  progress_ = -1;
  const RunningAnswer* elsewhere = running() == nullptr ? answering_.running() : nullptr;
  if (const RunningAnswer* here = running(); here != nullptr && here->ending)
    step_ = stage_ = tr("Saving the answer");
  else if (here != nullptr)
    text(Stage::Vision, here->progress, here->left_s);
  else if (busy() && elsewhere != nullptr && !opening_progress_)
    stage_ = tr("Waiting for the answer in “%1”").arg(answering_.title_of(elsewhere->request.session));
  else if (opening())
    text(Stage::Open, opening_progress_, opening_left_s_);
  emit progressChanged();
}

void Conversation::tell_busy() {
  show_progress();
  if (std::exchange(was_busy_, busy()) != busy()) emit busyChanged();
}

void Conversation::on_began(qint64 session) {
  if (session_ != session) return;
  fresh_ = false;
  reload();
  // A session that had the name of its file is now named after the question.
  stored(*this, [&] {
    const auto here = store_.store().session(session);
    if (here && std::exchange(title_, QString::fromStdString(here->title)) != title_) emit sessionChanged();
  });
  tell_busy();
  emit sessionsChanged();
}

void Conversation::on_said(qint64 session) {
  if (session_ != session) return;
  const int row = row_of(running()->answer);
  if (row < 0) return;  // another version is shown
  entries_[static_cast<std::size_t>(row)].message.text = running()->text;
  emit dataChanged(index(row), index(row), {TextRole});
}

void Conversation::on_traced(qint64 session) {
  if (session_ != session) return;
  const int row = row_of(running()->answer);
  if (row < 0) return;
  entries_[static_cast<std::size_t>(row)].trace = running()->trace;
  if (running()->request.clip != clip_) return;  // of a part that is no longer shown
  count_tokens(*running()->trace);
  show_trace(running()->trace);
}

void Conversation::on_ended(qint64 session, qint64 answer, const std::shared_ptr<const Trace>& trace) {
  if (session_ == session) {
    reload();
    const int row = row_of(answer);
    if (row >= 0) {
      Entry& entry = entries_[static_cast<std::size_t>(row)];
      entry.trace = trace;
      if (trace && entry.range == range_) {
        count_tokens(*trace);
        show_trace(trace);
      }
    }
  }
  emit sessionsChanged();
}

void Conversation::on_returned(qint64 session, const QString& text, const QString& why) {
  if (session_ != session) return;
  if (!text.isEmpty()) emit returned(text);
  // Leaves no empty session behind that was made for this question.
  if (fresh_ && answering_.waiting(session).empty() && answering_.resting(session).empty()) {
    const quint64 write = store_.add(
        this, [session](ChatStore& store) { store.delete_session(session); }, [this] { emit sessionsChanged(); },
        tells(*this));
    set_session({});
    move_draft(session);
    title_.clear();
    emit sessionChanged();
    store_.wait_a_moment(write);
  }
  if (!why.isEmpty()) emit errorOccurred(why);
}

}  // namespace sparsight
