// Work on a thread of its own, one job after another, and what comes of it handed back to the owner.
//
// add(), stop() and deliver() are the owner's, on one thread; post() is for the work itself too. Each job has its stop
// source from the moment it is queued, so that a stop is never lost.
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
  // Must not throw: what goes wrong is told as an event.
  using Work = std::function<void(Job, const std::stop_token&)>;
  using Event = std::function<void()>;

  // `wake` is called, on any thread, for each event: deliver() is to be called once for it. It must be quick and not
  // call back.
  explicit JobQueue(std::function<void()> wake);
  ~JobQueue();  // as end(); what was not delivered is dropped
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  Job add(Work work);
  // True: the job had not begun and never will. A running one is asked to stop; others are left alone.
  bool stop(Job job);
  void post(Event event);
  // Stops what runs and waits for it; what waits is dropped. No work begins after it.
  void end();
  // Runs the next event, if there is one, on the caller's thread. An event may wait for others in a loop of its own.
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
