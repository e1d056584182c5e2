#include "app/conversation.h"

#include "app/format.h"
#include "app/stored.h"
#include "core/pruning/registry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <span>
#include <utility>

namespace sparsight {
namespace {

constexpr int kSettleMs = 350;  // until a slider that moved is taken to rest
constexpr int kKeepMs = 400;    // until what is typed is on disk
constexpr qsizetype kTitleLength = 60;

bool is_answer(const Message& message) { return message.role == MessageRole::Answer; }

QString bounded_draft(const QString& text) {
  QString bounded = text.left(Conversation::mostTyped());
  if (bounded.size() < text.size() && bounded.back().isHighSurrogate()) bounded.chop(1);
  return bounded;
}

}  // namespace

Conversation::Conversation(Worker& worker, ChatStore& store, Answering& answering, QObject* parent)
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
  connect(&keep_, &QTimer::timeout, this, &Conversation::keepDraft);
  connect(this, &Conversation::clipChanged, this, &Conversation::suggestionsChanged);
  connect(this, &Conversation::clipChanged, this, &Conversation::accuracyChanged);
  connect(this, &Conversation::pruningChanged, this, &Conversation::accuracyChanged);
  find_draft();
}

Conversation::~Conversation() {
  blockSignals(true);  // nobody is left to be told
  keepDraft();
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
    default: return {};
  }
}

QHash<int, QByteArray> Conversation::roleNames() const {
  return {{TextRole, "text"},      {QuestionRole, "question"}, {StateRole, "state_"},    {LineRole, "line"},
          {TraceRole, "hasTrace"}, {RunningRole, "running"},   {VersionRole, "version"}, {VersionsRole, "versions"}};
}

Conversation::Entry Conversation::entry_of(Message message) const {
  Entry entry{.range = range_of_details(message.details)};
  if (const RunningAnswer* here = running(); here != nullptr && here->answer == message.id) {
    message.text = here->text;
    entry.trace = here->trace;
    if (here->request.clip) entry.range = here->request.clip->range;
  }
  entry.message = std::move(message);
  return entry;
}

// What the store has of the session, over what is there; rows that stay keep their place.
void Conversation::reload() {
  std::vector<Message> path;
  if (session_ && !stored(*this, [&] { path = store_.messages(*session_); })) return;
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
    beginInsertRows({}, static_cast<int>(same), static_cast<int>(path.size()) - 1);
    for (std::size_t i = same; i < path.size(); ++i) entries_.push_back(entry_of(std::move(path[i])));
    endInsertRows();
    emit countChanged();
  }
  emit pathChanged();
}

void Conversation::retranslate() {
  if (rowCount() > 0) emit dataChanged(index(0), index(rowCount() - 1), {LineRole});
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

// ---- Drafts

void Conversation::setDraft(const QString& text) {
  const QString bounded = bounded_draft(text);
  if (bounded == draft_) {
    if (bounded != text) emit draftChanged();  // whoever gave it shows what became of it
    return;
  }
  draft_ = bounded;
  if (draft_.isEmpty())
    keepDraft();  // what was asked is no draft any longer
  else if (!keep_.isActive())
    keep_.start();
  emit draftChanged();
}

void Conversation::keepDraft() {
  keep_.stop();
  if (draft_ == kept_draft_ || store_.read_only()) return;
  stored(*this, [&] {
    store_.set_draft(session_, draft_.toStdString());
    kept_draft_ = draft_;
  });
}

void Conversation::find_draft() {
  std::string text;
  stored(*this, [&] { text = store_.draft(session_); });
  kept_draft_ = bounded_draft(QString::fromStdString(text));
  if (std::exchange(draft_, kept_draft_) != draft_) emit draftChanged();
}

// What is typed goes along, into a session that is made for a question or out of one that goes again.
void Conversation::move_draft(std::optional<SessionId> from) {
  if (!kept_draft_.isEmpty() && !store_.read_only()) stored(*this, [&] { store_.set_draft(from, ""); });
  kept_draft_.clear();
  if (!draft_.isEmpty()) keep_.start();
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

// ---- Asking

bool Conversation::ask(const QString& question) {
  const QString text = question.trimmed();
  if (text.isEmpty()) return false;
  auto request = make_request(Request::Kind::Question, 0, text);
  if (!request) return false;
  if (!session_) {
    SessionId id = 0;
    const QString title = text.left(kTitleLength);
    // A clip that is still being opened is found again by its path.
    std::optional<SessionMedia> media = media_;
    if (!media && !video_.isEmpty()) media = SessionMedia{.path = video_.toStdString(), .hash = {}};
    if (!stored(*this, [&] { id = store_.add_session(title.toStdString(), media); })) return false;
    title_ = title;
    set_session(id);
    move_draft({});
    fresh_ = true;
    request->session = id;
    emit sessionChanged();
  }
  answering_.add(std::move(*request));
  emit asked(text);
  emit sessionsChanged();
  return true;
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
  if (session_) {
    bool there = false;
    if (!stored(*this, [&] { there = store_.session(*session_).has_value(); })) return std::nullopt;
    if (!there) {
      emit errorOccurred(tr("This session was deleted. Bring it back in the list, or begin a new one (Ctrl+N)."));
      return std::nullopt;
    }
  }
  try {
    return PruningOptions{.strategy = strategy_.toStdString(), .budget = parse_budget(budget_.trimmed().toStdString())};
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()));
    return std::nullopt;
  }
}

std::optional<Request> Conversation::make_request(Request::Kind kind, MessageId at, const QString& text) {
  auto pruning = ready_to_ask();
  if (!pruning) return std::nullopt;
  if (std::exchange(trace_frames_, 0) != 0 && clip_ && clip_->frames.count != frames_) leave_frames();
  if (!clip_) open_clip();  // it was stopped, or is to be opened a little later, or with as many frames as are wanted
  return Request{.kind = kind,
                 .session = session_.value_or(0),
                 .at = at,
                 .text = text,
                 .pruning = std::move(*pruning),
                 .max_new_tokens = max_new_tokens_,
                 .clip = clip_};
}

void Conversation::stop() {
  if (running() != nullptr)
    answering_.stop(*session_);
  else if (opening())
    answering_.stop_opening(clip_);
  else if (session_)
    answering_.give_up(session_);
}

void Conversation::remember() {
  if (!entries_.empty()) undo_.push_back(entries_.back().message.id);
}

void Conversation::add_version(MessageId answer, bool by_slider) {
  auto request = make_request(Request::Kind::Again, answer, {});
  if (!request) return;
  request->by_slider = by_slider;
  remember();
  answering_.add(std::move(*request));
}

void Conversation::again(int row) {
  if (row < 0 || row >= rowCount()) return;
  const Message& message = entries_[static_cast<std::size_t>(row)].message;
  if (is_answer(message)) return add_version(message.id, false);
  if (row + 1 != rowCount()) return;
  if (auto request = make_request(Request::Kind::Answer, message.id, {})) answering_.add(std::move(*request));
}

bool Conversation::editQuestion(int row, const QString& question) {
  const QString text = question.trimmed();
  if (row < 0 || row >= rowCount() || text.isEmpty()) return false;
  const Message& message = entries_[static_cast<std::size_t>(row)].message;
  if (is_answer(message)) return false;
  auto request = make_request(Request::Kind::Edit, message.id, text);
  if (!request) return false;
  remember();
  answering_.add(std::move(*request));
  emit asked(text);
  return true;
}

void Conversation::showVersion(int row, int step) {
  if (row < 0 || row >= rowCount()) return;
  const MessageId id = entries_[static_cast<std::size_t>(row)].message.id;
  remember();
  const bool chosen = stored(*this, [&] {
    const std::vector<MessageId> versions = store_.versions(id);
    const auto at = std::ranges::find(versions, id) - versions.begin() + step;
    if (at >= 0 && at < std::ssize(versions)) store_.choose(versions[static_cast<std::size_t>(at)]);
  });
  if (!chosen) return;
  reload();
  take_pruning_of_answer();
  show_last_trace();
}

bool Conversation::undo() {
  if (undo_.empty() || !session_) return false;
  if (!stored(*this, [&] { store_.choose(undo_.back()); })) return false;
  undo_.pop_back();
  reload();
  take_pruning_of_answer();
  show_last_trace();
  return true;
}

QVariantList Conversation::waiting() const {
  QVariantList list;
  if (!session_) return list;
  const auto add = [&](const std::vector<const Request*>& requests, bool rest) {
    for (const Request* request : requests) {
      const bool again = request->kind == Request::Kind::Again || request->kind == Request::Kind::Answer;
      list << QVariantMap{
          {"id", static_cast<qint64>(request->id)}, {"text", request->text}, {"again", again}, {"rests", rest}};
    }
  };
  add(answering_.resting(*session_), true);
  add(answering_.waiting(*session_), false);
  return list;
}

// Only of another list: what shows it would lose the focus.
void Conversation::tell_waiting() {
  const QVariantList now = waiting();
  if (std::exchange(told_waiting_, now) != now) emit waitingChanged();
}

bool Conversation::askWaiting(qint64 resting) {
  if (!session_) return false;
  for (const Request* rests : answering_.resting(*session_)) {
    if (rests->id != static_cast<quint64>(resting)) continue;
    auto request = make_request(rests->kind, rests->at, rests->text);
    if (!request) return false;
    request->id = rests->id;
    if (request->kind == Request::Kind::Edit) remember();
    answering_.add(std::move(*request));
    return true;
  }
  return false;
}

QString Conversation::takeBack(qint64 waiting) {
  const auto request = answering_.take_back(static_cast<quint64>(waiting));
  if (!request) return {};
  on_returned(request->session, {}, {});
  return request->text;
}

// A budget that was set with the slider is another answer to the last question, beside the one that is there, which
// stays. What would be one of ten nobody asked for is not made: the slider is taken at its word when it rests, and an
// answer that a former move began and that is not finished is written anew in its place. An answer that was asked for
// otherwise is never given up for it: the new one waits. What waits already has not begun, so it is asked with what the
// slider says.
void Conversation::answer_anew() {
  if (!session_) return;
  const auto pruning = ready_to_ask();
  if (!pruning) return;
  if (!answering_.waiting(*session_).empty()) return answering_.set_pruning(*session_, *pruning);
  if (const RunningAnswer* here = running())
    return here->request.by_slider ? answering_.ask_instead(*pruning) : add_version(here->answer, true);
  if (!entries_.empty() && is_answer(entries_.back().message)) add_version(entries_.back().message.id, true);
}

void Conversation::keepTokens(int tokens) {
  const QString usual = QString::fromStdString(usual_.budget);
  if (strategy_.toStdString() == usual_.strategy && tokens == tokens_of(usual))
    setBudget(usual);
  else if (visual_tokens_ != 0 && static_cast<std::size_t>(tokens) >= visual_tokens_)
    setBudget(QStringLiteral("100%"));
  else
    setBudget(QString::number(tokens));
  if (session_) again_.start();
}

void Conversation::pruneAsUsual() {
  if (!pruningChosen()) return;
  prune_as_usual();
  if (session_) again_.start();
}

QStringList Conversation::suggestions() const {
  constexpr std::size_t kMost = 3;
  if (!model_) return {};
  if (!model_->card || model_->card->questions.empty())
    return {tr("What happens in the video?"), tr("How many objects are there?"), tr("What appears later?")};
  if (!media_) return {};  // not known yet
  // What is so in the whole clip need not be so in a part of it.
  const CardClip* clip = range_.whole() ? model_->card->clip(media_->hash) : nullptr;
  QStringList questions;
  for (const std::string& question : clip != nullptr ? clip->questions : model_->card->questions)
    if (static_cast<std::size_t>(questions.size()) < kMost) questions << QString::fromStdString(question);
  return questions;
}

QString Conversation::accuracy() const {
  if (!model_ || !model_->card) return {};
  const ModelCard& card = *model_->card;
  const bool beyond = !card.knows.empty() && !video_.isEmpty() && (!media_ || card.clip(media_->hash) == nullptr);
  return beyond ? QString() : accuracy_text(card, strategy_, budget_, visual_tokens_);
}

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

// A session goes on as its last answer was made.
void Conversation::take_pruning_of_answer() {
  for (const Entry& entry : entries_ | std::views::reverse)
    if (const auto made = pruning_of_details(entry.message.details)) return take_pruning(*made);
  prune_as_usual();
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

// ---- What comes of it

void Conversation::show_progress() {
  const auto text = [this](Stage stage, const std::optional<Progress>& progress, std::optional<double> left_s) {
    stage_ = progress ? progress_text(*progress, left_s) : stage_name(stage);
    const bool known = progress && progress->total != 0 && progress->stage != Stage::Generate;
    progress_ = known ? static_cast<double>(progress->done) / static_cast<double>(progress->total) : -1;
  };
  stage_.clear();
  progress_ = -1;
  const RunningAnswer* elsewhere = running() == nullptr ? answering_.running() : nullptr;
  if (const RunningAnswer* here = running())
    text(Stage::Vision, here->progress, here->left_s);
  else if (busy() && elsewhere != nullptr && !opening_progress_)
    stage_ = tr("Waits for the answer in “%1”").arg(answering_.title_of(elsewhere->request.session));
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
  tell_busy();
  emit sessionsChanged();
}

void Conversation::on_said(qint64 session) {
  if (session_ != session) return;
  const int row = row_of(running()->answer);
  if (row < 0) return;  // another version is looked at
  entries_[static_cast<std::size_t>(row)].message.text = running()->text;
  emit dataChanged(index(row), index(row), {TextRole});
}

void Conversation::on_traced(qint64 session) {
  if (session_ != session) return;
  const int row = row_of(running()->answer);
  if (row < 0) return;
  entries_[static_cast<std::size_t>(row)].trace = running()->trace;
  if (running()->request.clip != clip_) return;  // of a part that is looked at no longer
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
  // A session that was made for it is not left behind empty.
  if (fresh_ && answering_.waiting(session).empty() && answering_.resting(session).empty()) {
    stored(*this, [&] { store_.delete_session(session); });
    set_session({});
    move_draft(session);
    title_.clear();
    emit sessionChanged();
    emit sessionsChanged();
  }
  if (!why.isEmpty()) emit errorOccurred(why);
}

}  // namespace sparsight
