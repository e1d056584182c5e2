// Text that is typed in a conversation, and asking.
#include "app/chat/conversation.h"
#include "app/sessions/stored.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sparsight {
namespace {

constexpr qsizetype kTitleLength = 60;

QString bounded_draft(const QString& text) {
  QString bounded = text.left(Conversation::mostTyped());
  if (bounded.size() < text.size() && bounded.back().isHighSurrogate()) bounded.chop(1);
  return bounded;
}

}  // namespace

// A session on its way into the store, and the questions for it.
struct Conversation::NewSession {
  QString title;
  std::vector<Request> requests{};
  quint64 write = 0;
  SessionId id = 0;  // only the write touches it before it is acknowledged

  [[nodiscard]] QStringList texts() const {
    QStringList texts;
    for (const Request& request : requests) texts << request.text;
    return texts;
  }
};

Conversation::~Conversation() {
  blockSignals(true);  // the listeners are gone
  if (const auto made = new_) {
    store_.wait(made->write);
    if (made->id == 0) draft_ = (made->texts() << draft_).join('\n').trimmed();
  }
  (void)keep_draft();
  keep_pruning();
  for (const auto& [session, text] : std::map(unsaved_drafts_)) (void)write_draft(session, text);
}

// ---- Drafts

void Conversation::setDraft(const QString& text) {
  const QString bounded = bounded_draft(text);
  if (bounded == draft_) {
    if (bounded != text) emit draftChanged();  // so that the input shows the text that was cut
    return;
  }
  draft_ = bounded;
  if (draft_.isEmpty())
    keepDraft();  // a question that was asked is no longer a draft
  else if (!keep_.isActive())
    keep_.start();
  emit draftChanged();
}

void Conversation::keepDraft() { store_.wait_a_moment(keep_draft()); }

quint64 Conversation::keep_draft() {
  keep_.stop();
  // Until the session of a new question is on disk, the stored draft is the copy of that question.
  if (new_ || draft_ == kept_draft_ || store_.store().read_only()) return 0;
  kept_draft_ = draft_;
  return write_draft(session_, draft_);
}

quint64 Conversation::write_draft(std::optional<SessionId> session, const QString& text) {
  unsaved_drafts_[session] = text;
  return store_.add(
      this, [session, text = text.toStdString()](ChatStore& store) { store.set_draft(session, text); },
      [this, session, text] {
        if (const auto at = unsaved_drafts_.find(session); at != unsaved_drafts_.end() && at->second == text)
          unsaved_drafts_.erase(at);
      },
      [this, session](const QString& why) {
        if (session == session_) kept_draft_.reset();
        emit errorOccurred(why);
      });
}

void Conversation::find_draft() {
  std::string text;
  if (const auto at = unsaved_drafts_.find(session_); at != unsaved_drafts_.end())
    text = at->second.toStdString();
  else
    stored(*this, [&] { text = store_.store().draft(session_); });
  kept_draft_ = bounded_draft(QString::fromStdString(text));
  if (std::exchange(draft_, *kept_draft_) != draft_) emit draftChanged();
}

// The typed text moves along, into a new session or out of one that is removed again.
void Conversation::move_draft(std::optional<SessionId> from) {
  if (kept_draft_ != QString() && !store_.store().read_only()) store_.wait_a_moment(write_draft(from, {}));
  kept_draft_ = QString();
  if (!draft_.isEmpty()) keep_.start();
}

// ---- Asking

bool Conversation::ask(const QString& question) {
  const QString text = question.trimmed();
  if (text.isEmpty()) return false;
  auto request = make_request(Request::Kind::Question, 0, text);
  if (!request) return false;
  if (session_)
    answering_.add(std::move(*request));
  else
    ask_in_new_session(std::move(*request));
  emit asked(text);
  emit sessionsChanged();
  return true;
}

void Conversation::ask_in_new_session(Request request) {
  if (new_) {
    new_->requests.push_back(std::move(request));
    return tell_waiting();
  }
  const auto made = new_ = std::make_shared<NewSession>();
  made->title = request.text.left(kTitleLength);
  made->requests.push_back(std::move(request));
  // A clip that is still being opened has no hash yet: its path is enough to find it again.
  std::optional<SessionMedia> media = media_;
  if (!media && !video_.isEmpty()) media = SessionMedia{.path = video_.toStdString(), .hash = {}};
  made->write = store_.add(
      this,
      [made, title = made->title.toStdString(), media](ChatStore& store) {
        made->id = store.add_session(title, media);
      },
      [this, made] { on_made(*made); }, [this, made](const QString& why) { on_not_made(*made, why); });
  store_.wait_a_moment(made->write);
  tell_waiting();
  tell_busy();
}

void Conversation::on_made(const NewSession& made) {
  const bool here = new_.get() == &made;
  if (here) {
    new_.reset();
    title_ = made.title;
    set_session(made.id);
    fresh_ = true;
    emit sessionChanged();
  }
  for (Request request : made.requests) {
    request.session = made.id;
    answering_.add(std::move(request));
  }
  // After the questions, so that either the question or its draft is on disk at any time.
  if (here)
    move_draft({});
  else if (const auto left = unsaved_drafts_.find(std::nullopt); left != unsaved_drafts_.end())
    (void)write_draft({}, QString(left->second));
  emit sessionsChanged();
}

void Conversation::on_not_made(const NewSession& made, const QString& why) {
  const QString text = made.texts().join('\n');
  if (new_.get() == &made) new_.reset();
  if (!session_) {
    emit returned(text);
  } else {
    const auto typed = unsaved_drafts_.find(std::nullopt);
    const bool more = typed != unsaved_drafts_.end() && !typed->second.isEmpty();
    (void)write_draft({}, more ? text + '\n' + typed->second : text);
  }
  tell_waiting();
  tell_busy();
  emit errorOccurred(why);
}

std::optional<PruningOptions> Conversation::ready_to_ask() {
  if (!missing_.isEmpty()) {
    emit errorOccurred(tr("%1 is missing. Locate it first, or open another file.").arg(missing_));
    return std::nullopt;
  }
  if (refused_) {
    emit errorOccurred((refused_->by_model
                            ? tr("This model does not look at %1. Choose another model, or begin a new session.")
                            : tr("%1 is not open yet. Choose a model that can read it, or begin a new session."))
                           .arg(refused_->file));
    return std::nullopt;
  }
  if (differs()) {
    emit errorOccurred(tr("%1 is not the file of this session. Choose first whether to use it anyway.").arg(video_));
    return std::nullopt;
  }
  if (session_) {
    bool there = false;
    if (!stored(*this, [&] { there = store_.store().session(*session_).has_value(); })) return std::nullopt;
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
  if (std::exchange(trace_frames_, 0) != 0 && clip_ &&
      (clip_->frames.count != style_.frames || clip_->frames.as_trained != style_.as_trained))
    leave_frames();
  if (!clip_) open_clip();  // it was stopped, or waits for its delay, or had another number of frames
  const Question style = styled();
  return Request{.kind = kind,
                 .session = session_.value_or(0),
                 .at = at,
                 .text = text,
                 .pruning = std::move(*pruning),
                 .max_new_tokens = style.max_new_tokens,
                 .system = style.system,
                 .sampling = style.sampling,
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
  if (message.role == MessageRole::Answer) return add_version(message.id, false);
  if (row + 1 != rowCount()) return;
  if (auto request = make_request(Request::Kind::Answer, message.id, {})) answering_.add(std::move(*request));
}

bool Conversation::editQuestion(int row, const QString& question) {
  const QString text = question.trimmed();
  if (row < 0 || row >= rowCount() || text.isEmpty()) return false;
  const Message& message = entries_[static_cast<std::size_t>(row)].message;
  if (message.role == MessageRole::Answer) return false;
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
  stored(*this, [&] {
    const std::vector<MessageId> versions = store_.store().versions(id);
    const auto at = std::ranges::find(versions, id) - versions.begin() + step;
    if (at < 0 || at >= std::ssize(versions)) return;
    choose(versions[static_cast<std::size_t>(at)], [this](bool chosen) {
      if (!chosen) return;
      take_pruning_of_answer();
      show_last_trace();
    });
  });
}

bool Conversation::undo() {
  if (undo_.empty() || !session_) return false;
  choose(undo_.back(), [this, to = undo_.back()](bool chosen) {
    if (!chosen) return;
    if (!undo_.empty() && undo_.back() == to) undo_.pop_back();
    take_pruning_of_answer();
    show_last_trace();
  });
  return true;
}

void Conversation::choose(MessageId id, std::function<void(bool chosen)> then) {
  const auto over = [this, session = session_, then = std::move(then)](bool chosen) {
    if (session_ != session) return;
    reload();
    then(chosen);
  };
  store_.wait_a_moment(store_.add(
      this, [id](ChatStore& store) { store.choose(id); }, [over] { over(true); },
      [this, over](const QString& why) {
        emit errorOccurred(why);
        over(false);
      }));
}

QVariantList Conversation::waiting() const {
  QVariantList list;
  if (new_)
    for (const QString& text : new_->texts())
      list << QVariantMap{{"id", qint64{0}}, {"text", text}, {"again", false}, {"rests", false}};
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

// Only if the list changed: otherwise its view would lose the focus.
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

// A budget set with the slider makes another version of the last answer; the former one stays. To avoid many versions
// that nobody asked for, this waits until the slider rests, and an unfinished answer that an earlier move began is
// started again in its place. Other answers are never given up for it: the new version waits. A request that waits has
// not begun, so it just gets the new budget.
void Conversation::answer_anew() {
  if (!session_) return;
  const auto pruning = ready_to_ask();
  if (!pruning) return;
  if (!answering_.waiting(*session_).empty()) return answering_.set_pruning(*session_, *pruning);
  if (const RunningAnswer* here = running())
    return here->request.by_slider && !here->ending ? answering_.ask_instead(*pruning)
                                                    : add_version(here->answer, true);
  if (!entries_.empty() && entries_.back().message.role == MessageRole::Answer)
    add_version(entries_.back().message.id, true);
}

void Conversation::keepTokens(int tokens) {
  const QString usual = QString::fromStdString(usual_.budget);
  if (strategy_.toStdString() == usual_.strategy && tokens == tokens_of(usual))
    setBudget(usual);
  else if (visual_tokens_ != 0 && static_cast<std::size_t>(tokens) >= visual_tokens_)
    setBudget(QStringLiteral("100%"));
  else
    setBudget(visual_tokens_ == 0 ? QString::number(tokens)
                                  : QString::fromStdString(share_of(static_cast<std::size_t>(tokens), visual_tokens_)));
  if (session_) again_.start();
}

void Conversation::pruneAsUsual() {
  if (!pruningChosen()) return;
  prune_as_usual();
  if (session_) again_.start();
}

}  // namespace sparsight
