// A pool of compute threads. Any worker may run any task, so a result may depend on the task's number, but not on the
// worker's.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace sparsight::cpu {

// Physical cores that this process may use, at least 1.
[[nodiscard]] std::size_t physical_cores();

// One owner calls run() at a time. Idle workers sleep, after a few microseconds of polling.
class ThreadPool {
 public:
  explicit ThreadPool(std::size_t threads);  // including the calling thread
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] std::size_t threads() const { return workers_.size() + 1; }
  // From now on `count` threads stay idle in run(); the calling thread always works. Called by the owner between runs.
  void leave_idle(std::size_t count) { working_ = threads() - std::min(count, workers_.size()); }
  [[nodiscard]] std::size_t working() const { return working_; }

  // Calls body(task, worker) for every task in [0, tasks), worker in [0, threads()). Returns when all are done, and
  // rethrows the first exception of a task. A single task, or `small` work, runs on the calling thread.
  template <typename Body>
  void run(std::size_t tasks, Body&& body, bool small = false) {
    if (tasks <= 1 || small || working_ == 1) {
      for (std::size_t task = 0; task < tasks; ++task) body(task, std::size_t{0});
      return;
    }
    run_parallel(
        tasks,
        [](void* context, std::size_t task, std::size_t worker) { (*static_cast<Body*>(context))(task, worker); },
        &body);
  }

 private:
  using Call = void (*)(void*, std::size_t, std::size_t);
  void run_parallel(std::size_t tasks, Call call, const void* context);
  void work(std::size_t worker);
  void drain(std::size_t worker);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::atomic<std::uint64_t> round_{0};  // incremented when there is work
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> busy_{0};  // workers that have not finished this round
  std::size_t tasks_ = 0;
  std::size_t working_ = 1;  // number of threads that work: the first ones
  Call call_ = nullptr;
  void* context_ = nullptr;
  std::exception_ptr failure_;
  bool stopping_ = false;
};

}  // namespace sparsight::cpu
