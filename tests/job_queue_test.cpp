// The queue of the app's worker: order, stops that are never lost, and an end at any moment. Also for the thread
// sanitizer.
#include <catch2/catch.hpp>

#include "core/base/job_queue.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sparsight {
namespace {

// An owner that sleeps until it is woken, like an event loop.
class Owner {
 public:
  [[nodiscard]] std::function<void()> wake() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++woken_;
      changed_.notify_all();
    };
  }
  template <typename Done>
  void deliver_until(JobQueue& queue, const Done& done) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!done()) {
      {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_until(lock, patience, [this] { return woken_ > 0; }));
        --woken_;
      }
      queue.deliver();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int woken_ = 0;
};

}  // namespace

TEST_CASE("queue: jobs run in order, and their events arrive in order on the owner's thread", "[queue]") {
  Owner owner;
  JobQueue queue(owner.wake());
  std::vector<std::string> told;  // only the owner's thread uses it
  for (int i = 0; i < 100; ++i)
    (void)queue.add([&, i](JobQueue::Job, const std::stop_token&) {
      for (int n = 0; n < 10; ++n) {
        const auto text = std::make_shared<const std::string>(std::to_string(i * 10 + n));
        queue.post([&told, text] { told.push_back(*text); });
      }
    });
  owner.deliver_until(queue, [&] { return told.size() == 1000; });
  for (std::size_t i = 0; i < told.size(); ++i) REQUIRE(told[i] == std::to_string(i));
}

TEST_CASE("queue: an event that waits for others in a loop of its own gets them", "[queue]") {
  Owner owner;
  JobQueue queue(owner.wake());
  std::vector<int> told;
  (void)queue.add([&](JobQueue::Job, const std::stop_token&) {
    queue.post([&] {
      told.push_back(1);
      owner.deliver_until(queue, [&] { return told.size() == 3; });
    });
    for (const int i : {2, 3}) queue.post([&, i] { told.push_back(i); });
  });
  owner.deliver_until(queue, [&] { return told.size() == 3; });
  CHECK(told == std::vector<int>{1, 2, 3});
}

TEST_CASE("queue: a stop reaches the running job or a waiting one, and nothing else", "[queue]") {
  Owner owner;
  JobQueue queue(owner.wake());
  std::atomic<bool> began = false;
  std::vector<std::string> told;
  const auto waits = [&](JobQueue::Job, const std::stop_token& stop) {
    began = true;
    while (!stop.stop_requested()) std::this_thread::yield();
    queue.post([&] { told.emplace_back("stopped"); });
  };
  const JobQueue::Job running = queue.add(waits);
  const JobQueue::Job never =
      queue.add([&](JobQueue::Job, const std::stop_token&) { queue.post([&] { told.emplace_back("never"); }); });
  const JobQueue::Job last = queue.add([&](JobQueue::Job, const std::stop_token& stop) {
    const bool stopped = stop.stop_requested();
    queue.post([&, stopped] { told.emplace_back(stopped ? "lost" : "last"); });
  });
  CHECK(queue.stop(never));
  CHECK_FALSE(queue.stop(never));
  while (!began) std::this_thread::yield();
  CHECK_FALSE(queue.stop(running));
  owner.deliver_until(queue, [&] { return told.size() == 2; });
  CHECK(told == std::vector<std::string>{"stopped", "last"});
  CHECK_FALSE(queue.stop(last));
  CHECK_FALSE(queue.stop(12345));
}

TEST_CASE("queue: it can end at any moment, whatever waits or runs", "[queue]") {
  std::atomic<int> running = 0;
  for (int i = 0; i < 200; ++i) {
    auto queue = std::make_unique<JobQueue>([] {});
    for (int n = 0; n < 3; ++n)
      (void)queue->add([&, raw = queue.get()](JobQueue::Job, const std::stop_token& stop) {
        ++running;
        for (int k = 0; k < 1000 && !stop.stop_requested(); ++k) raw->post([] {});
        --running;
      });
    if (i % 3 == 0) queue->deliver();
    for (int k = 0; k < i; ++k) std::this_thread::yield();
    queue.reset();
    REQUIRE(running == 0);
  }
}

}  // namespace sparsight
