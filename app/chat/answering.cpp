#include "app/chat/answering.h"

#include "app/sessions/stored.h"
#include "core/base/text.h"

#include <QDateTime>

#include <algorithm>
#include <atomic>
#include <utility>

namespace sparsight {
namespace {

constexpr int kSaveMs = 250;
constexpr int kAgainMs = 2000;  // until a refused write is tried again
constexpr qsizetype kNoticeTitleLength = 40, kNamedLength = 60;

std::vector<const Request*> of_session(const auto& requests, SessionId session) {
  std::vector<const Request*> found;
  for (const Request& request : requests)
    if (request.session == session) found.push_back(&request);
  return found;
}

// A session that was begun for a file has the file's name until the first question.
void name_after_question(ChatStore& store, const Request& request) {
  const auto session = store.session(request.session);
  if (session && session->messages == 0 && session->media && session->title == session->media->path.filename().string())
    store.rename_session(request.session, request.text.left(kNamedLength).toStdString());
}

std::string name_from(const QString& question) { return one_line(question.left(kNamedLength).toStdString()); }

// A session that has its first question's name gets the edited one's.
void name_after_edit(ChatStore& store, const Request& request) {
  const auto session = store.session(request.session);
  const std::vector<Message> shown = store.messages(request.session);
  if (session && !shown.empty() && shown.front().id == request.at &&
      session->title == name_from(QString::fromStdString(shown.front().text)))
    store.rename_session(request.session, name_from(request.text));
}

// Adds the question of a request and its empty answer; returns the answer.
MessageId write_question(ChatStore& store, const Request& request) {
  const SessionId session = request.session;
  switch (request.kind) {
    case Request::Kind::Question:
      name_after_question(store, request);
      (void)store.add_question(session, request.text.toStdString());
      break;
    case Request::Kind::Edit:
      name_after_edit(store, request);
      (void)store.add_question(session, request.text.toStdString(), request.at);
      break;
    case Request::Kind::Again: return store.begin_answer(session, request.at);
    case Request::Kind::Answer: store.choose(request.at); break;
  }
  return store.begin_answer(session);
}

}  // namespace

// A question on its way into the store.
struct Answering::Beginning {
  Request request;
  std::optional<MessageId> behind;  // the answer that it follows
  std::optional<SessionMedia> media;
  std::atomic<bool> claimed = false;  // by the write, or by taking the request back: the first one wins
  quint64 write = 0;
  // Only the write touches these before it is acknowledged.
  MessageId answer = 0;
  std::vector<Turn> turns;

  [[nodiscard]] bool claim() { return !claimed.exchange(true); }
};

std::vector<Turn> turns_of(std::span<const Message> messages) {
  std::vector<Turn> turns;
  for (const Message& message : messages) {
    if (message.role == MessageRole::Answer) {
      if (!turns.empty()) turns.back().answer = message.text;
      continue;
    }
    if (!turns.empty() && turns.back().answer.empty()) turns.pop_back();
    turns.push_back({message.text, ""});
  }
  return turns;
}

Answering::Answering(Worker& worker, StoreThread& store, QObject* parent)
    : QObject(parent), worker_(worker), store_(store) {
  connect(&worker, &Worker::loaded, this, [this](quint64 job, const std::shared_ptr<const ModelInfo>& model) {
    model_ = model;
    model_job_ = job;
    model_hash_.clear();
    unidentified_.clear();
  });
  connect(&worker, &Worker::identified, this, [this](quint64 job, const QString& hash) {
    if (job == model_job_) on_identified(hash.toStdString());
  });
  connect(&worker, &Worker::opened, this, &Answering::on_opened);
  connect(&worker, &Worker::progressed, this, [this](quint64 job, const Progress& progress) {
    if (!runs(job)) return;
    running_->progress = progress;
    running_->left_s = time_left_.note(progress, clock_.seconds());
    emit progressed(running_->request.session);
  });
  connect(&worker, &Worker::said, this, [this](quint64 job, const QString& text) {
    if (!runs(job)) return;
    running_->text += text.toStdString();
    emit said(running_->request.session);
  });
  connect(&worker, &Worker::traced, this, [this](quint64 job, const std::shared_ptr<const Trace>& trace) {
    if (!runs(job)) return;
    running_->trace = trace;
    emit traced(running_->request.session);
  });
  connect(&worker, &Worker::answered, this, &Answering::on_answered);
  connect(&worker, &Worker::stopped, this, [this](quint64 job) { on_ended(job, MessageState::Stopped, {}); });
  connect(&worker, &Worker::failed, this, [this](quint64 job, const QString& message, ErrorKind kind) {
    for (const auto& clip : opening_)
      if (clip->job == job) clip->error = kind;
    on_ended(job, MessageState::Failed, message);
  });
  save_.setInterval(kSaveMs);
  connect(&save_, &QTimer::timeout, this, &Answering::write_text);
  again_.setSingleShot(true);
  again_.setInterval(kAgainMs);
  connect(&again_, &QTimer::timeout, this, &Answering::write_again);
  stored(*this, [this] { read_kept(); });
}

Answering::~Answering() {
  blockSignals(true);  // the listeners are gone
  shown_.reset();      // so that a request that is refused now rests
  if (beginning_) {
    for (Request& request : take_out([&](const Request& r) { return &r != &queue_.front(); })) rest(std::move(request));
    store_.wait(beginning_->write);
  }
  if (running_ && !running_->ending) (void)end(MessageState::Stopped, nullptr);
  if (behind_) write_again();
}

// ---- Clips

std::shared_ptr<AskedClip> Answering::open(std::filesystem::path file, FrameRequest frames, TimeRange range,
                                           std::string expected) {
  auto clip =
      std::make_shared<AskedClip>(AskedClip{std::move(file), frames, range, std::move(expected), 0, nullptr, {}});
  open(clip);
  return clip;
}

void Answering::open(const std::shared_ptr<AskedClip>& clip) {
  FrameRequest request = clip->frames;
  if (clip->range.start_s > 0) request.start_s = clip->range.start_s;
  if (clip->range.end_s > 0) request.end_s = clip->range.end_s;
  clip->media.reset();
  clip->job = worker_.open(clip->file, request);
  opening_.push_back(clip);
}

void Answering::let_go(const std::shared_ptr<AskedClip>& clip) {
  if (!clip || clip->job == 0 || std::ranges::any_of(queue_, [&](const Request& r) { return r.clip == clip; })) return;
  worker_.stop(std::exchange(clip->job, 0));
  std::erase(opening_, clip);
}

void Answering::stop_opening(const std::shared_ptr<AskedClip>& clip) { worker_.stop(clip->job); }

std::shared_ptr<AskedClip> Answering::clip_of(SessionId session) const {
  if (const RunningAnswer* here = running(session)) return here->request.clip;
  const auto at = std::ranges::find(queue_, session, &Request::session);
  return at == queue_.end() ? nullptr : at->clip;
}

void Answering::on_opened(quint64 job, const std::shared_ptr<const OpenedMedia>& media) {
  const auto at = std::ranges::find(opening_, job, [](const auto& clip) { return clip->job; });
  if (at == opening_.end()) return;
  const std::shared_ptr<AskedClip> clip = *at;
  opening_.erase(at);
  clip->job = 0;
  clip->media = media;
  emit opened(clip);
  if (clip->differs())
    give_back(take_out([&](const Request& request) { return request.clip == clip; }),
              tr("%1 is not the file of this session. Choose first whether to use it anyway.")
                  .arg(QString::fromStdString(clip->file.string())));
  next();
  tell_changed();
}

// ---- The queue

quint64 Answering::add(Request request) {
  if (request.id == 0)
    request.id = ++last_;
  else
    request.kept = std::erase_if(resting_, [&](const Request& resting) { return resting.id == request.id; }) != 0;
  request.follows = busy(request.session);
  const quint64 id = request.id;
  queue_.push_back(std::move(request));
  next(true);
  tell_changed(true);
  return id;
}

std::optional<Request> Answering::take_back(quint64 id) {
  std::vector<Request> taken = take_out([id](const Request& request) { return request.id == id; });
  if (const auto at = std::ranges::find(resting_, id, &Request::id); at != resting_.end()) {
    taken.push_back(std::move(*at));
    resting_.erase(at);
  }
  if (taken.empty()) return std::nullopt;
  next(true);
  tell_changed(true);
  return std::move(taken.front());
}

std::vector<const Request*> Answering::waiting(SessionId session) const { return of_session(queue_, session); }
std::vector<const Request*> Answering::resting(SessionId session) const { return of_session(resting_, session); }

bool Answering::waits(SessionId session) const {
  return std::ranges::find(queue_, session, &Request::session) != queue_.end();
}

const RunningAnswer* Answering::running(SessionId session) const {
  return running_ && running_->request.session == session ? &*running_ : nullptr;
}

void Answering::set_pruning(SessionId session, const PruningOptions& pruning) {
  for (Request& request : queue_)
    if (request.session == session) request.pruning = pruning;
  tell_changed();
}

void Answering::next(bool a_person_waits) {
  // A request whose clip is being opened holds up the others: the worker opens it before it could ask them anyway.
  while (!running_ && !beginning_ && !queue_.empty() && (!queue_.front().clip || queue_.front().clip->media)) {
    const quint64 write = begin();
    if (a_person_waits) store_.wait_a_moment(write);
  }
}

quint64 Answering::begin() {
  const auto it = std::make_shared<Beginning>();
  it->request = queue_.front();
  // Another version may be shown by now.
  const auto before = begun_.find(it->request.session);
  if (it->request.follows && before != begun_.end()) it->behind = before->second;
  if (it->request.clip) it->media = it->request.clip->media->source;
  beginning_ = it;
  return it->write = store_.add(
             this,
             [it](ChatStore& store) {
               ChatStore::Batch batch(store);
               if (!it->claim()) throw Cancelled();
               if (it->behind) store.choose(*it->behind);
               it->answer = write_question(store, it->request);
               if (it->media) store.set_media(it->request.session, *it->media);
               it->turns = turns_of(store.messages(it->request.session));
               batch.commit();
             },
             [this, it] { on_begun(it); }, [this, it](const QString& why) { on_not_begun(it, why); });
}

void Answering::on_begun(const std::shared_ptr<Beginning>& beginning) {
  if (beginning_ != beginning) return;
  beginning_.reset();
  running_ = RunningAnswer{
      .request = std::move(queue_.front()), .answer = beginning->answer, .turns = std::move(beginning->turns)};
  queue_.pop_front();
  const SessionId session = running_->request.session;
  begun_[session] = running_->answer;
  ask();
  emit began(session);
  tell_changed();
}

void Answering::on_not_begun(const std::shared_ptr<Beginning>& beginning, const QString& why) {
  if (beginning_ != beginning) return;
  beginning_.reset();
  const Request request = std::move(queue_.front());
  queue_.pop_front();
  give_back({request}, why);
  next();
  tell_changed();
}

void Answering::ask() {
  const Request& request = running_->request;
  Question question{.media = request.clip ? request.clip->media->encoded : nullptr,
                    .system = request.system,
                    .turns = running_->turns,
                    .sampling = request.sampling,
                    .max_new_tokens = request.max_new_tokens,
                    .pruning = request.pruning};
  if (request.clip) question.clip_hash = request.clip->media->source.hash;
  running_->text.clear();
  running_->trace.reset();
  running_->packed.reset();
  running_->progress.reset();
  running_->begun_ms = QDateTime::currentMSecsSinceEpoch();
  time_left_.reset();
  running_->job = worker_.ask(std::move(question), true);
  save_.start();
}

void Answering::ask_instead(const PruningOptions& pruning) {
  worker_.stop(running_->job);
  running_->request.pruning = pruning;
  ask();
  emit said(running_->request.session);
  tell_changed();
}

void Answering::stop(SessionId session) {
  if (const RunningAnswer* here = running(session)) worker_.stop(here->job);
}

void Answering::give_up(std::optional<SessionId> session) {
  const auto concerns = [&](const Request& request) { return !session || request.session == *session; };
  const std::vector<Request> waiting = take_out(concerns);
  if (beginning_ && concerns(beginning_->request)) store_.wait(beginning_->write);  // too late to take it back
  if (running_ && concerns(running_->request) && !running_->ending) {
    worker_.stop(running_->job);
    store_.wait_a_moment(end(MessageState::Stopped, nullptr));
  }
  for (const Request& request : waiting) rest(request);
  if (session) std::erase(news_, *session);
  tell_changed(true);
}

std::vector<Request> Answering::take_out(const std::function<bool(const Request&)>& which) {
  std::vector<Request> taken;
  for (auto at = queue_.begin(); at != queue_.end();) {
    const bool begins = beginning_ && at == queue_.begin();
    if (!which(*at) || (begins && !beginning_->claim())) {
      ++at;
      continue;
    }
    if (begins) beginning_.reset();
    taken.push_back(std::move(*at));
    at = queue_.erase(at);
  }
  return taken;
}

void Answering::give_back(const std::vector<Request>& requests, const QString& why) {
  std::map<SessionId, QStringList> typed;
  for (const Request& request : requests) {
    if (shown_ != request.session) rest(request);
    QStringList& texts = typed[request.session];
    if (!request.text.isEmpty()) texts << request.text;
  }
  for (const auto& [session, texts] : typed) {
    if (shown_ == session)
      emit returned(session, texts.join('\n'), why);
    else if (!why.isEmpty())
      tell_news(session, tr("A question in “%1” could not be asked: %2").arg(title_of(session), why));
  }
}

void Answering::rest(Request request) {
  if (request.text.isEmpty()) return;
  request.clip = nullptr;
  resting_.push_back(std::move(request));
}

// ---- From the worker

void Answering::on_answered(quint64 job, const std::shared_ptr<const Answer>& answer,
                            std::shared_ptr<const PackedTrace> packed) {
  if (!runs(job)) return;
  running_->text = answer->text;
  running_->trace = answer->trace;
  running_->packed = std::move(packed);
  end(answer->stop == StopReason::Cancelled ? MessageState::Stopped : MessageState::Complete, answer.get());
}

void Answering::on_ended(quint64 job, MessageState state, const QString& message) {
  if (const auto at = std::ranges::find(opening_, job, [](const auto& clip) { return clip->job; });
      at != opening_.end()) {
    const std::shared_ptr<AskedClip> clip = *at;
    opening_.erase(at);
    clip->job = 0;
    give_back(take_out([&](const Request& request) { return request.clip == clip; }), message);
    emit not_opened(clip, state, message);
    next();
    tell_changed();
    return;
  }
  if (!runs(job)) return;
  end(state, nullptr, message);
}

AnswerOrigin Answering::origin() const {
  const Request& request = running_->request;
  AnswerOrigin origin{.model = model_,
                      .model_hash = model_hash_,
                      .clip = {},
                      .clip_hash = {},
                      .pruning = request.pruning,
                      .system = request.system,
                      .sampling = request.sampling,
                      .max_new_tokens = request.max_new_tokens,
                      .begun_ms = running_->begun_ms,
                      .ended_ms = QDateTime::currentMSecsSinceEpoch()};
  if (request.clip) {
    const OpenedMedia& media = *request.clip->media;
    origin.clip = media.source.path.string();
    origin.clip_hash = media.source.hash;
    origin.frames = media.clip.frames.size();
    origin.range = request.clip->range;
    if (media.encoded) origin.encoding = media.encoded->timings();
  }
  return origin;
}

void Answering::on_identified(const std::string& hash) {
  model_hash_ = hash;
  for (const Message& answer : std::exchange(unidentified_, {})) {
    const std::string details = with_model_hash(answer.details, hash);
    if (const auto at = unsaved_.find(answer.id); at != unsaved_.end()) {
      auto ended = std::make_shared<EndedAnswer>(*at->second);
      ended->details = details;
      at->second = std::move(ended);
      (void)write_end(answer.id);
    } else {
      store_.add(
          this,
          [answer, details](ChatStore& store) { store.finish_answer(answer.id, answer.text, answer.state, details); },
          [this] { emit detailsChanged(); }, tells(*this));
    }
  }
}

quint64 Answering::end(MessageState state, const Answer* answer, const QString& error) {
  save_.stop();
  running_->ending = true;
  const MessageId id = running_->answer;
  EndedAnswer ended{.state = state, .text = running_->text, .details = origin_details(origin(), answer, error)};
  if (state != MessageState::Failed) {
    ended.trace = running_->trace;
    ended.packed = running_->packed;
  }
  if (model_ && model_hash_.empty())
    unidentified_.push_back(
        {.id = id, .role = MessageRole::Answer, .text = ended.text, .state = state, .details = ended.details});
  unsaved_[id] = std::make_shared<const EndedAnswer>(std::move(ended));
  emit progressed(running_->request.session);
  return write_end(id);
}

// The answer no longer runs, whether the store has taken it or refused it.
void Answering::leave(MessageId answer, MessageState state) {
  if (!running_ || !running_->ending || running_->answer != answer) return;
  const RunningAnswer done = *std::exchange(running_, std::nullopt);
  const SessionId session = done.request.session;
  if (shown_ != session && state != MessageState::Stopped)
    tell_news(session,
              (state == MessageState::Failed ? tr("The answer in “%1” failed.") : tr("The answer in “%1” is ready."))
                  .arg(title_of(session)));
  emit ended(session, answer, done.trace);
  next();
  tell_changed();
}

// ---- News

void Answering::set_shown(std::optional<SessionId> session) {
  shown_ = session;
  if (session && std::erase(news_, *session) > 0) emit changed();
}

void Answering::tell_news(SessionId session, const QString& message) {
  bool there = false;
  stored(*this, [&] { there = store_.store().session(session).has_value(); });
  if (!there) return;  // it was deleted meanwhile
  if (!isNews(session)) news_.push_back(session);
  emit notified(session, message);
}

QString Answering::title_of(SessionId session) {
  QString title;
  stored(*this, [&] {
    if (const auto found = store_.store().session(session)) title = QString::fromStdString(found->title);
  });
  return title.size() <= kNoticeTitleLength ? title : title.left(kNoticeTitleLength - 1) + QStringLiteral("…");
}

void Answering::tell_changed(bool a_person_waits) {
  std::erase_if(begun_, [this](const auto& item) { return !busy(item.first); });
  const quint64 write = keep_waiting();
  if (a_person_waits) store_.wait_a_moment(write);
  emit changed();
}

QVariantList Answering::sessions() const {
  QVariantList ids;
  const auto add = [&](SessionId session) {
    if (!ids.contains(QVariant::fromValue<qint64>(session))) ids << QVariant::fromValue<qint64>(session);
  };
  if (running_) add(running_->request.session);
  for (const Request& request : queue_) add(request.session);
  return ids;
}

bool Answering::isNews(qint64 session) const { return std::ranges::find(news_, session) != news_.end(); }

QVariantList Answering::news() const {
  QVariantList ids;
  for (const SessionId session : news_) ids << QVariant::fromValue<qint64>(session);
  return ids;
}

}  // namespace sparsight
