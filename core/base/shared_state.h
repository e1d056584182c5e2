// State that several threads change and wait on. Internal to core.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace sparsight {

// The callbacks run under the lock: they must be quick and must not call the same object.
template <typename State>
class SharedState {
 public:
  // Runs make(State&) and wakes all waiting threads.
  template <typename Change>
  void change(const Change& make) {
    const std::lock_guard lock(mutex_);
    make(state_);
    changed_.notify_all();
  }

  // Returns get(const State&).
  template <typename Read>
  [[nodiscard]] auto read(const Read& get) const {
    const std::lock_guard lock(mutex_);
    return get(std::as_const(state_));
  }

  // Waits until until(const State&) is true, then runs take(State&). False if it was stopped before that.
  template <typename Until, typename Take>
  bool wait(const std::stop_token& stop, const Until& until, const Take& take) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return until(std::as_const(state_)); })) return false;
    take(state_);
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  State state_;
};

}  // namespace sparsight
