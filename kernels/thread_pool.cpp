#include "kernels/thread_pool.h"

#include "kernels/error.h"
#include "kernels/out_of_memory.h"

#include <chrono>
#include <numeric>
#include <utility>

namespace sparsight::cpu {
namespace {

constexpr int kPolls = 2000;  // a few microseconds, as between two operations of a layer

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

using Clock = std::chrono::steady_clock;

void spin_until(Clock::time_point end) {
  while (Clock::now() < end) pause();
}

}  // namespace

ThreadPool::Division::Division(const Work& work, std::size_t threads)
    : units_(work.units), across_(std::max<std::size_t>(work.across, 1)), threads_(threads) {
  constexpr std::size_t kFinest = 16;  // pieces per thread, if all were as small as the last ones
  const std::size_t most = std::max<std::size_t>(work.most, 1);
  const std::size_t least = std::clamp<std::size_t>(units_ * across_ / (kFinest * threads), 1, most);
  const std::size_t together = threads / std::gcd(threads, across_);  // ranges that give each thread as many pieces
  std::size_t at = 0;
  for (Part& part : parts_) {
    const std::size_t left = units_ - at, half = left / 2;
    const bool last = threads == 1 || half < together * least || &part == &parts_.back();
    const std::size_t size = last ? left : left - half, largest = last && threads > 1 ? least : most;
    const std::size_t pieces = (size + largest - 1) / largest;
    part = {at, at + size, std::min(size, (pieces + together - 1) / together * together)};
    at += size;
    if (last) break;
  }
}

std::size_t ThreadPool::Division::end_of(std::size_t unit) const {
  std::size_t i = 0;
  while (parts_[i].end <= unit) ++i;
  const Part& part = parts_[i];
  const std::size_t size = part.end - part.begin;
  const std::size_t before = ((unit - part.begin) * part.pieces + size - 1) / size;  // pieces of the part
  return part.begin + (before + 1) * size / part.pieces;
}

ThreadPool::ThreadPool(std::size_t threads, double slow_down)
    : working_(std::max<std::size_t>(threads, 1)), slow_down_(slow_down) {
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
  const bool slow = slow_down_ > 1 && worker == workers_.size();
  std::size_t at = next_.load(std::memory_order_relaxed);
  while (at < division_.end()) {
    const Piece piece = division_.piece(at);
    if (!next_.compare_exchange_weak(at, division_.after(piece), std::memory_order_relaxed)) continue;
    const Clock::time_point start = slow ? Clock::now() : Clock::time_point();
    try {
      call_(context_, piece, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    if (slow) spin_until(start + std::chrono::duration_cast<Clock::duration>((Clock::now() - start) * slow_down_));
    at = next_.load(std::memory_order_relaxed);
  }
}

void ThreadPool::share_parallel(const Division& division, Call call, const void* context) {
  {
    const std::lock_guard lock(mutex_);
    division_ = division;
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
