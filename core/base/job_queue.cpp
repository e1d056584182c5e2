#include "core/base/job_queue.h"

#include <utility>

namespace sparsight {

JobQueue::JobQueue(std::function<void()> wake)
    : wake_owner_(std::move(wake)), thread_([this](const std::stop_token& end) { run(end); }) {}

JobQueue::~JobQueue() { end(); }

void JobQueue::end() {
  thread_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    running_stop_.request_stop();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

JobQueue::Job JobQueue::add(Work work) {
  Job job = 0;
  {
    const std::lock_guard lock(mutex_);
    job = ++last_;
    waiting_.push_back({job, {}, std::move(work)});
  }
  wake_.notify_all();
  return job;
}

bool JobQueue::stop(Job job) {
  const std::lock_guard lock(mutex_);
  if (running_ == job) running_stop_.request_stop();
  return std::erase_if(waiting_, [&](const Task& task) { return task.job == job; }) != 0;
}

void JobQueue::post(Event event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  wake_owner_();
}

void JobQueue::deliver() {
  Event event;
  {
    const std::lock_guard lock(mutex_);
    if (events_.empty()) return;
    event = std::move(events_.front());
    events_.pop_front();
  }
  event();
}

void JobQueue::run(const std::stop_token& end) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, end, [this] { return !waiting_.empty(); }) || end.stop_requested()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = task.job;
      running_stop_ = task.stop;
    }
    task.work(task.job, task.stop.get_token());
    const std::lock_guard lock(mutex_);
    running_ = 0;
  }
}

}  // namespace sparsight
