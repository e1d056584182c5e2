#include "app/answering.h"

#include "app/stored.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

constexpr int kSaveMs = 250;
constexpr const char* kWaitingKey = "waiting_questions";
constexpr qsizetype kNoticeTitleLength = 40;

std::vector<const Request*> of_session(const auto& requests, SessionId session) {
  std::vector<const Request*> found;
  for (const Request& request : requests)
    if (request.session == session) found.push_back(&request);
  return found;
}

}  // namespace

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

Answering::Answering(Worker& worker, ChatStore& store, QObject* parent)
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
    if (!running_ || job != running_->job) return;
    running_->progress = progress;
    running_->left_s = time_left_.note(progress, clock_.seconds());
    emit progressed(running_->request.session);
  });
  connect(&worker, &Worker::said, this, [this](quint64 job, const QString& text) {
    if (!running_ || job != running_->job) return;
    running_->text += text.toStdString();
    emit said(running_->request.session);
  });
  connect(&worker, &Worker::traced, this, [this](quint64 job, const std::shared_ptr<const Trace>& trace) {
    if (!running_ || job != running_->job) return;
    running_->trace = trace;
    emit traced(running_->request.session);
  });
  connect(&worker, &Worker::answered, this, &Answering::on_answered);
  connect(&worker, &Worker::stopped, this, [this](quint64 job) { on_ended(job, MessageState::Stopped, {}); });
  connect(&worker, &Worker::failed, this,
          [this](quint64 job, const QString& message) { on_ended(job, MessageState::Failed, message); });
  save_.setInterval(kSaveMs);
  connect(&save_, &QTimer::timeout, this,
          [this] { stored(*this, [this] { store_.write_answer(running_->answer, running_->text); }); });
  stored(*this, [this] { read_kept(); });
}

Answering::~Answering() {
  if (!running_) return;
  try {
    store_.finish_answer(running_->answer, running_->text, MessageState::Stopped, origin_details(origin(), nullptr));
  } catch (const Error&) {
    // It stays as it was written last, and nobody is left to be told.
  }
}

// ---- Clips

std::shared_ptr<AskedClip> Answering::open(std::filesystem::path file, FrameRequest frames, TimeRange range,
                                           std::string expected) {
  auto clip = std::make_shared<AskedClip>(AskedClip{std::move(file), frames, range, std::move(expected), 0, nullptr});
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
              tr("%1 is not the file of this session. Say first whether to use it.")
                  .arg(QString::fromStdString(clip->file.string())));
  next();
  tell_changed();
}

// ---- The queue

quint64 Answering::add(Request request) {
  if (request.id == 0)
    request.id = ++last_;
  else
    std::erase_if(resting_, [&](const Request& resting) { return resting.id == request.id; });
  request.follows = busy(request.session);
  const quint64 id = request.id;
  queue_.push_back(std::move(request));
  next();
  tell_changed();
  return id;
}

std::optional<Request> Answering::take_back(quint64 id) {
  std::vector<Request> taken = take_out([id](const Request& request) { return request.id == id; });
  if (const auto at = std::ranges::find(resting_, id, &Request::id); at != resting_.end()) {
    taken.push_back(std::move(*at));
    resting_.erase(at);
  }
  if (taken.empty()) return std::nullopt;
  next();
  tell_changed();
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

void Answering::next() {
  // One whose clip is being opened holds up the others: the worker opens it before it could ask them anyway.
  while (!running_ && !queue_.empty() && (!queue_.front().clip || queue_.front().clip->media)) {
    const Request request = std::move(queue_.front());
    queue_.pop_front();
    begin(request);
  }
}

void Answering::begin(const Request& request) {
  RunningAnswer answer{.request = request};
  const SessionId session = request.session;
  try {
    // The person may look at another version by now.
    const auto before = begun_.find(session);
    if (request.follows && before != begun_.end()) store_.choose(before->second);
    switch (request.kind) {
      case Request::Kind::Question:
        (void)store_.add_question(session, request.text.toStdString());
        answer.answer = store_.begin_answer(session);
        break;
      case Request::Kind::Edit:
        (void)store_.add_question(session, request.text.toStdString(), request.at);
        answer.answer = store_.begin_answer(session);
        break;
      case Request::Kind::Again: answer.answer = store_.begin_answer(session, request.at); break;
      case Request::Kind::Answer:
        store_.choose(request.at);
        answer.answer = store_.begin_answer(session);
        break;
    }
    if (request.clip) store_.set_media(session, request.clip->media->source);
    answer.turns = turns_of(store_.messages(session));
  } catch (const Error& error) {
    return give_back({request}, QString::fromUtf8(error.what()));
  }
  begun_[session] = answer.answer;
  running_ = std::move(answer);
  ask();
  emit began(session);
}

void Answering::ask() {
  const Request& request = running_->request;
  Question question{.media = request.clip ? request.clip->media->encoded : nullptr,
                    .system = {},
                    .turns = running_->turns,
                    .sampling = {},
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
  const std::vector<Request> waiting = take_out([&](const Request& r) { return !session || r.session == *session; });
  if (running_ && (!session || running_->request.session == *session)) {
    worker_.stop(running_->job);
    end(MessageState::Stopped, nullptr);
  }
  for (const Request& request : waiting) rest(request);
  if (session) std::erase(news_, *session);
  tell_changed();
}

std::vector<Request> Answering::take_out(const std::function<bool(const Request&)>& which) {
  std::vector<Request> taken;
  for (auto at = queue_.begin(); at != queue_.end();) {
    if (!which(*at)) {
      ++at;
      continue;
    }
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

QJsonArray Answering::stored_waiting() {
  return QJsonDocument::fromJson(QByteArray::fromStdString(store_.setting(kWaitingKey).value_or(""))).array();
}

// What a former start left behind, of sessions that are there.
void Answering::read_kept() {
  kept_ = stored_waiting();
  for (const QJsonValue& item : kept_) {
    Request request;
    if (item["edits"].isDouble()) request.kind = Request::Kind::Edit;
    request.session = item["session"].toInteger();
    request.at = item["edits"].toInteger();
    request.text = item["text"].toString();
    request.id = ++last_;
    if (store_.session(request.session)) rest(std::move(request));
  }
}

// ---- What the worker says

void Answering::on_answered(quint64 job, const std::shared_ptr<const Answer>& answer,
                            std::shared_ptr<const PackedTrace> packed) {
  if (!running_ || job != running_->job) return;
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
  if (!running_ || job != running_->job) return;
  end(state, nullptr, message);
}

AnswerOrigin Answering::origin() const {
  const Request& request = running_->request;
  AnswerOrigin origin{.model = model_,
                      .model_hash = model_hash_,
                      .clip = {},
                      .clip_hash = {},
                      .pruning = request.pruning,
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
  for (const Message& answer : std::exchange(unidentified_, {}))
    stored(*this,
           [&] { store_.finish_answer(answer.id, answer.text, answer.state, with_model_hash(answer.details, hash)); });
  emit detailsChanged();
}

void Answering::end(MessageState state, const Answer* answer, const QString& error) {
  save_.stop();
  const std::string details = origin_details(origin(), answer, error);
  if (model_ && model_hash_.empty())
    unidentified_.push_back({.id = running_->answer,
                             .role = MessageRole::Answer,
                             .text = running_->text,
                             .state = state,
                             .details = details});
  const RunningAnswer done = *std::exchange(running_, std::nullopt);
  const SessionId session = done.request.session;
  stored(*this, [&] {
    store_.finish_answer(done.answer, done.text, state, details);
    if (!done.trace || state == MessageState::Failed) return;
    if (done.packed)
      store_.set_trace(done.answer, *done.packed);
    else
      store_.set_trace(done.answer, *done.trace);  // it was given up
  });
  if (shown_ != session && state != MessageState::Stopped)
    tell_news(session,
              (state == MessageState::Failed ? tr("The answer in “%1” failed.") : tr("The answer in “%1” is there."))
                  .arg(title_of(session)));
  emit ended(session, done.answer, done.trace);
  next();
  tell_changed();
}

// ---- What is told

void Answering::set_shown(std::optional<SessionId> session) {
  shown_ = session;
  if (session && std::erase(news_, *session) > 0) emit changed();
}

void Answering::tell_news(SessionId session, const QString& message) {
  bool there = false;
  stored(*this, [&] { there = store_.session(session).has_value(); });
  if (!there) return;  // it was deleted meanwhile, and cannot be shown
  if (!isNews(session)) news_.push_back(session);
  emit notified(session, message);
}

QString Answering::title_of(SessionId session) {
  QString title;
  stored(*this, [&] {
    if (const auto found = store_.session(session)) title = QString::fromStdString(found->title);
  });
  return title.size() <= kNoticeTitleLength ? title : title.left(kNoticeTitleLength - 1) + QStringLiteral("…");
}

void Answering::tell_changed() {
  std::erase_if(begun_, [this](const auto& item) { return !busy(item.first); });
  QJsonArray waiting;
  const auto add = [&](const Request& request) {
    if (request.text.isEmpty()) return;
    QJsonObject item{{"session", static_cast<qint64>(request.session)}, {"text", request.text}};
    if (request.kind == Request::Kind::Edit) item["edits"] = static_cast<qint64>(request.at);
    waiting.append(item);
  };
  for (const Request& request : resting_) add(request);
  for (const Request& request : queue_) add(request);
  if (waiting != kept_) stored(*this, [&] { keep(waiting); });
  emit changed();
}

// Another window on the same database has its own among them.
void Answering::keep(const QJsonArray& waiting) {
  QJsonArray all = stored_waiting();
  for (const QJsonValue& mine : kept_)
    for (qsizetype i = 0; i < all.size(); ++i) {
      if (all.at(i) != mine) continue;
      all.removeAt(i);
      break;
    }
  for (const QJsonValue& mine : waiting) all.append(mine);
  store_.set_setting(kWaitingKey, QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString());
  kept_ = waiting;
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
