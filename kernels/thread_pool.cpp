#include "kernels/thread_pool.h"

#include "kernels/error.h"
#include "kernels/out_of_memory.h"

#include <sched.h>

#include <fstream>
#include <set>
#include <string>
#include <utility>

namespace sparsight::cpu {
namespace {

constexpr int kPolls = 2000;  // a few microseconds, as between two operations of a layer

long read_number(const std::string& path, long otherwise) {
  long value = otherwise;
  std::ifstream(path) >> value;
  return value;
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

std::size_t physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  std::set<std::pair<long, long>> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    cores.emplace(read_number(topology + "physical_package_id", 0), read_number(topology + "core_id", cpu));
  }
  return cores.empty() ? 1 : cores.size();
}

ThreadPool::ThreadPool(std::size_t threads) : working_(std::max<std::size_t>(threads, 1)) {
  try {
    workers_.reserve(threads);
    for (std::size_t worker = 1; worker < threads; ++worker) workers_.emplace_back([this, worker] { work(worker); });
  } catch (const std::exception& error) {
    // The destructor does not run for an unfinished construction: the threads that run must be joined here.
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      round_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    if (!lacks_memory(error)) throw;
    fail(ErrorKind::Memory, "{} compute threads requested, only {} could be started; choose fewer", threads,
         workers_.size() + 1);
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    round_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::drain(std::size_t worker) {
  for (;;) {
    const std::size_t task = next_.fetch_add(1, std::memory_order_relaxed);
    if (task >= tasks_) return;
    try {
      call_(context_, task, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }
}

void ThreadPool::run_parallel(std::size_t tasks, Call call, const void* context) {
  {
    const std::lock_guard lock(mutex_);
    tasks_ = tasks;
    call_ = call;
    context_ = const_cast<void*>(context);
    next_.store(0, std::memory_order_relaxed);
    busy_.store(workers_.size(), std::memory_order_relaxed);
    round_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  drain(0);
  for (int poll = 0; poll < kPolls && busy_.load(std::memory_order_acquire) != 0; ++poll) pause();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_.load(std::memory_order_acquire) == 0; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::work(std::size_t worker) {
  std::uint64_t seen = 0;
  for (;;) {
    for (int poll = 0; poll < kPolls && round_.load(std::memory_order_acquire) == seen; ++poll) pause();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return round_.load(std::memory_order_acquire) != seen; });
      seen = round_.load(std::memory_order_acquire);
      if (stopping_) return;
    }
    if (worker < working_) drain(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const std::lock_guard lock(
          mutex_);  // so that the caller cannot miss the notification between its check and its wait
      done_.notify_one();
    }
  }
}

}  // namespace sparsight::cpu
