// Writes to the chat store on a thread of its own: one after another, in the order of add(), each acknowledged once it
// is on disk. The GUI thread waits a moment at most (wait_a_moment()) for the disk, or for a program that has locked
// the database.
//
// Two stores, each with one thread: the GUI thread reads store(); the writes have a connection of their own, which
// nothing else touches. They share only the file, so there is nothing to lock. In WAL mode a write never holds up a
// read. A read-only database, or one in memory, has one connection: there add() writes at once.
#pragma once

#include "core/base/job_queue.h"
#include "core/chat/store.h"

#include <QObject>
#include <QString>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace sparsight {

class StoreThread : public QObject {
  Q_OBJECT

 public:
  using Id = quint64;
  using Write = std::function<void(ChatStore&)>;
  using Written = std::function<void()>;
  using Refused = std::function<void(const QString& why)>;

  // How long wait_a_moment() may hold up the window: too short to be seen.
  static constexpr std::chrono::milliseconds kMoment{50};

  // Borrows the store.
  explicit StoreThread(ChatStore& store, std::chrono::milliseconds moment = kMoment, QObject* parent = nullptr);
  // Writes what waits and acknowledges nothing. What was refused and could be told to nobody goes to standard error.
  ~StoreThread() override;

  [[nodiscard]] ChatStore& store() const { return store_; }  // for reading

  // Then `written` or `refused` is called on the GUI thread, unless `asker` is gone or the write threw Cancelled. A
  // write that is refused does not hold up those behind it. The write runs on another thread: it must not touch the
  // asker.
  Id add(const QObject* asker, Write write, Written written = {}, Refused refused = {});
  // For what a person waits for: acknowledges this write and those before it, if that takes no more than a moment. Else
  // they are acknowledged later, from the event loop.
  void wait_a_moment(Id id);
  void wait(Id id);  // however long it takes

 private:
  void deliver(Id id);
  [[nodiscard]] bool wait_until_done(Id id, std::optional<std::chrono::milliseconds> limit);

  ChatStore& store_;
  std::optional<ChatStore> own_;  // of the thread; empty: add() writes at once
  std::chrono::milliseconds moment_;
  Id last_ = 0, acknowledged_ = 0;  // of the GUI thread
  std::mutex mutex_;
  std::condition_variable_any progress_;
  Id done_ = 0;                         // guarded by mutex_
  std::map<Id, std::string> untold_{};  // guarded by mutex_: why writes were refused, until they are acknowledged
  JobQueue queue_;                      // last: its thread uses all of the above
};

// For add(): tells the view-model's errorOccurred().
template <typename ViewModel>
[[nodiscard]] StoreThread::Refused tells(ViewModel& teller) {
  return [&teller](const QString& why) { emit teller.errorOccurred(why); };
}

}  // namespace sparsight
