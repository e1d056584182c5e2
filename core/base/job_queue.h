// Runs jobs one after another on its own thread and hands their results back to the owner's thread.
//
// Only the owner calls add(), stop() and deliver(), on one thread; jobs may call post() too. A job has its stop source
// from the moment it is queued, so that no stop is lost.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace sparsight {

class JobQueue {
 public:
  using Job = std::uint64_t;
  // Must not throw: a job posts its errors as events.
  using Work = std::function<void(Job, const std::stop_token&)>;
  using Event = std::function<void()>;

  // Calls `wake`, on any thread, once for each event; the owner then calls deliver() once. `wake` must be quick and
  // must not call this object.
  explicit JobQueue(std::function<void()> wake);
  ~JobQueue();  // calls end(); drops undelivered events
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  Job add(Work work);
  // True: the job had not begun and never will. A running job is asked to stop; a finished one is left alone.
  bool stop(Job job);
  void post(Event event);
  // Stops the running job and waits for it; drops those that wait. No job begins afterwards.
  void end();
  // Runs the next event, if any, on the caller's thread. An event may run an event loop that delivers further ones.
  void deliver();

 private:
  struct Task {
    Job job = 0;
    std::stop_source stop;
    Work work;
  };
  void run(const std::stop_token& end);

  std::function<void()> wake_owner_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  std::deque<Task> waiting_;
  std::deque<Event> events_;
  Job running_ = 0;
  std::stop_source running_stop_;
  Job last_ = 0;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sparsight
