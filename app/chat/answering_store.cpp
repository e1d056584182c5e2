// What Answering writes to the store: answers as they stream and when they end, and the questions that wait.
#include "app/chat/answering.h"
#include "kernels/error.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <utility>

namespace sparsight {
namespace {

constexpr const char* kWaitingKey = "waiting_questions";

QJsonArray stored_waiting(const ChatStore& store) {
  return QJsonDocument::fromJson(QByteArray::fromStdString(store.setting(kWaitingKey).value_or(""))).array();
}

}  // namespace

// ---- Answers

void Answering::write_text() {
  if (std::exchange(writing_text_, true)) return;
  store_.add(
      this, [answer = running_->answer, text = running_->text](ChatStore& store) { store.write_answer(answer, text); },
      [this] {
        writing_text_ = false;
        note_written();
      },
      [this](const QString& why) {
        writing_text_ = false;
        fall_behind(why);
      });
}

quint64 Answering::write_end(MessageId answer) {
  const std::shared_ptr<const EndedAnswer> ended = unsaved_.at(answer);
  return store_.add(
      this,
      [answer, ended](ChatStore& store) {
        try {
          store.finish_answer(answer, ended->text, ended->state, ended->details);
          if (ended->packed)
            store.set_trace(answer, *ended->packed);
          else if (ended->trace)
            store.set_trace(answer, *ended->trace);  // the answer was given up
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::Usage) throw;
          // Another program has purged its session: there is nothing left to write to.
        }
      },
      [this, answer, ended] {
        if (const auto at = unsaved_.find(answer); at != unsaved_.end() && at->second == ended) unsaved_.erase(at);
        leave(answer, ended->state);
        note_written();
      },
      [this, answer, ended](const QString& why) {
        fall_behind(why);
        leave(answer, ended->state);
      });
}

void Answering::fall_behind(const QString& why) {
  if (!std::exchange(behind_, true)) emit errorOccurred(why);
  again_.start();
}

void Answering::write_again() {
  std::vector<MessageId> answers;
  for (const auto& [answer, ended] : unsaved_) answers.push_back(answer);
  for (const MessageId answer : answers) (void)write_end(answer);
  (void)keep_waiting();
}

void Answering::note_written() {
  if (!behind_ || !unsaved_.empty() || !kept_) return;
  behind_ = false;
  emit detailsChanged();
  emit caughtUp();
}

std::shared_ptr<const EndedAnswer> Answering::unsaved(MessageId answer) const {
  const auto at = unsaved_.find(answer);
  return at == unsaved_.end() ? nullptr : at->second;
}

// ---- Questions that wait

// Reads what an earlier run left behind, of sessions that still exist.
void Answering::read_kept() {
  kept_ = *on_disk_ = stored_waiting(store_.store());
  for (const QJsonValue& item : *kept_) {
    Request request;
    if (item["edits"].isDouble()) request.kind = Request::Kind::Edit;
    request.session = item["session"].toInteger();
    request.at = item["edits"].toInteger();
    request.text = item["text"].toString();
    request.id = ++last_;
    if (store_.store().session(request.session)) rest(std::move(request));
  }
}

quint64 Answering::keep_waiting() {
  QJsonArray waiting;
  const auto add = [&](Request& request) {
    if (request.text.isEmpty()) return;
    request.kept = true;
    QJsonObject item{{"session", static_cast<qint64>(request.session)}, {"text", request.text}};
    if (request.kind == Request::Kind::Edit) item["edits"] = static_cast<qint64>(request.at);
    waiting.append(item);
  };
  for (Request& request : resting_) add(request);
  // The question of the first one is being written itself; if it was kept before, it stays until that is done.
  for (Request& request : queue_)
    if (!beginning_ || &request != &queue_.front() || request.kept) add(request);
  if (kept_ == waiting) return 0;
  kept_ = waiting;
  return store_.add(
      this,
      [waiting, mine = on_disk_](ChatStore& store) {
        ChatStore::Batch batch(store);
        QJsonArray all = stored_waiting(store);
        // Other windows on the same database have theirs among them.
        for (const QJsonValue& former : std::as_const(*mine))
          for (qsizetype i = 0; i < all.size(); ++i) {
            if (all.at(i) != former) continue;
            all.removeAt(i);
            break;
          }
        for (const QJsonValue& item : waiting) all.append(item);
        store.set_setting(kWaitingKey, QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString());
        batch.commit();
        *mine = waiting;
      },
      [this] { note_written(); },
      [this](const QString& why) {
        kept_.reset();
        fall_behind(why);
      });
}

}  // namespace sparsight
