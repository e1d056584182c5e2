#include "app/sessions/store_thread.h"

#include "app/core_words.h"
#include "core/base/progress.h"
#include "core/base/text.h"
#include "kernels/error.h"

#include <QMetaObject>
#include <QPointer>

#include <cstdio>
#include <utility>

namespace sparsight {
namespace {

std::optional<ChatStore> second_connection(const ChatStore& store) {
  if (store.read_only() || store.file() == ":memory:") return std::nullopt;
  try {
    return ChatStore::open(store.file(), ChatStore::IfAbsent::Refuse);
  } catch (const Error&) {
    return std::nullopt;  // the first one can still write
  }
}

}  // namespace

StoreThread::StoreThread(ChatStore& store, std::chrono::milliseconds moment, QObject* parent)
    : QObject(parent), store_(store), own_(second_connection(store)), moment_(moment), queue_([this] {
        QMetaObject::invokeMethod(
            this, [this] { queue_.deliver(); }, Qt::QueuedConnection);
      }) {}

StoreThread::~StoreThread() {
  (void)wait_until_done(last_, std::nullopt);
  for (const auto& [id, why] : untold_) std::fprintf(stderr, "sparsight: not saved: %s\n", one_line(why).c_str());
}

StoreThread::Id StoreThread::add(const QObject* asker, Write write, Written written, Refused refused) {
  const Id id = ++last_;
  const auto carry_out = [this, id, write = std::move(write), written = std::move(written),
                          refused = std::move(refused)](ChatStore& store) -> std::function<void()> {
    try {
      write(store);
      return written;
    } catch (const Cancelled&) {
      return {};
    } catch (const std::exception& error) {
      const char* why = message_of(error);
      {
        const std::lock_guard lock(mutex_);
        untold_.emplace(id, why);
      }
      if (!refused) return {};
      return [refused, why = QString::fromUtf8(why)] { refused(why); };
    }
  };
  const auto acknowledge = [this, id, there = QPointer(asker)](const std::function<void()>& tell) {
    acknowledged_ = id;
    {
      const std::lock_guard lock(mutex_);
      untold_.erase(id);
    }
    if (there && tell) tell();
  };
  if (!own_) {
    const auto tell = carry_out(store_);
    {
      const std::lock_guard lock(mutex_);
      done_ = id;
    }
    acknowledge(tell);
    return id;
  }
  queue_.add([this, id, carry_out, acknowledge](JobQueue::Job, const std::stop_token&) {
    queue_.post([acknowledge, tell = carry_out(*own_)] { acknowledge(tell); });
    const std::lock_guard lock(mutex_);
    done_ = id;
    progress_.notify_all();
  });
  return id;
}

void StoreThread::wait_a_moment(Id id) {
  if (wait_until_done(id, moment_)) deliver(id);
}

void StoreThread::wait(Id id) {
  (void)wait_until_done(id, std::nullopt);
  deliver(id);
}

void StoreThread::deliver(Id id) {
  while (acknowledged_ < id) queue_.deliver();
}

bool StoreThread::wait_until_done(Id id, std::optional<std::chrono::milliseconds> limit) {
  std::unique_lock lock(mutex_);
  const auto done = [&] { return done_ >= id; };
  if (limit) return progress_.wait_for(lock, *limit, done);
  progress_.wait(lock, done);
  return true;
}

}  // namespace sparsight
