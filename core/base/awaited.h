// A text that is made on another thread. Internal to core.
#pragma once

#include "core/base/progress.h"
#include "core/base/shared_state.h"

#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace sparsight {

// The text, or why it could not be made. Any thread.
class Awaited {
 public:
  void set(std::string value) {
    state_.change([&](State& s) { s.value = std::move(value); });
  }
  void fail(std::exception_ptr why) {
    state_.change([&](State& s) { s.failure = std::move(why); });
  }
  [[nodiscard]] std::string known() const {  // empty: not yet
    return state_.read([](const State& s) { return s.value.value_or(""); });
  }
  [[nodiscard]] std::string wait(const std::stop_token& stop) {
    State made;
    const auto is_made = [](const State& s) { return s.value || s.failure; };
    if (!state_.wait(stop, is_made, [&](const State& s) { made = s; })) throw Cancelled{};
    if (made.failure) std::rethrow_exception(made.failure);
    return *made.value;
  }

 private:
  struct State {
    std::optional<std::string> value;
    std::exception_ptr failure;
  };
  SharedState<State> state_;
};

}  // namespace sparsight
