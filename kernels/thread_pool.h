// A pool of compute threads, and how work is handed out to them: piece by piece, to whoever is free, so that a slow
// core does a smaller part. Any worker may run any piece, and where pieces end depends on the threads and on their
// speed, so that no result may depend on either.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace sparsight::cpu {

// What share() hands out: `units` in order, in pieces of neighbours; `across` times each.
struct Work {
  std::size_t units = 0;
  std::size_t most = 1;    // units of a piece
  std::size_t across = 1;  // such as the tiles of rows that are multiplied with the same columns
  bool small = false;      // not worth waking a thread
};
struct Piece {
  std::size_t begin, end;  // units
  std::size_t number;      // in [0, across)
};

// One owner calls share() or run() at a time. Idle workers sleep, after a few microseconds of polling.
class ThreadPool {
 public:
  // `threads` includes the calling thread. `slow_down`: the last thread takes this many times as long for each piece,
  // as a slower core would; for tests and comparisons.
  explicit ThreadPool(std::size_t threads, double slow_down = 1);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] std::size_t threads() const { return workers_.size() + 1; }
  // From now on `count` threads stay idle in run(); the calling thread always works. Called by the owner between runs.
  void leave_idle(std::size_t count) { working_ = threads() - std::min(count, workers_.size()); }
  [[nodiscard]] std::size_t working() const { return working_; }

  // Calls body(piece, worker) for pieces that make up the work, each unit and number once; worker in [0, threads()).
  // Pieces come in order: all numbers of the first units, then those of the next. The last ones are smaller, so that
  // all threads finish at nearly the same time. Returns when all are done, and rethrows the first exception of a piece.
  // A single piece, or small work, runs on the calling thread.
  template <typename Body>
  void share(const Work& work, Body&& body) {
    if (work.units == 0) return;
    const Division division(work, work.small ? 1 : working_);
    if (division.threads() == 1 || division.after(division.piece(0)) >= division.end()) {
      for (std::size_t at = 0; at < division.end();) {
        const Piece piece = division.piece(at);
        body(piece, std::size_t{0});
        at = division.after(piece);
      }
      return;
    }
    share_parallel(
        division,
        [](void* context, const Piece& piece, std::size_t worker) { (*static_cast<Body*>(context))(piece, worker); },
        &body);
  }

  // The same for tasks one by one: body(task, worker) for every task in [0, tasks).
  template <typename Body>
  void run(std::size_t tasks, Body&& body, bool small = false) {
    share({.units = tasks, .small = small}, [&](const Piece& piece, std::size_t worker) { body(piece.begin, worker); });
  }

 private:
  // Where pieces begin: at places, numbers from 0 on. The units are divided into parts, each half of what is left, and
  // a part into pieces of nearly the same size, as many for every thread: so threads of the same speed finish together,
  // and a slower one leaves more of the smaller pieces to others.
  class Division {
   public:
    Division() = default;
    Division(const Work& work, std::size_t threads);
    [[nodiscard]] std::size_t threads() const { return threads_; }
    [[nodiscard]] std::size_t end() const { return units_ * across_; }
    [[nodiscard]] Piece piece(std::size_t at) const { return {at / across_, end_of(at / across_), at % across_}; }
    [[nodiscard]] std::size_t after(const Piece& piece) const {
      return piece.number + 1 < across_ ? piece.begin * across_ + piece.number + 1 : piece.end * across_;
    }

   private:
    struct Part {
      std::size_t begin, end;  // units
      std::size_t pieces;
    };
    [[nodiscard]] std::size_t end_of(std::size_t unit) const;  // of the piece that begins there

    std::size_t units_ = 0, across_ = 1, threads_ = 1;
    std::array<Part, 6> parts_{};
  };
  using Call = void (*)(void*, const Piece&, std::size_t);
  void share_parallel(const Division& division, Call call, const void* context);
  void work(std::size_t worker);
  void drain(std::size_t worker);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::atomic<std::uint64_t> round_{0};  // incremented when there is work
  std::atomic<std::size_t> next_{0};     // place of the next piece
  std::atomic<std::size_t> busy_{0};     // workers that have not finished this round
  Division division_;
  std::size_t working_ = 1;  // number of threads that work: the first ones
  double slow_down_;
  Call call_ = nullptr;
  void* context_ = nullptr;
  std::exception_ptr failure_;
  bool stopping_ = false;
};

}  // namespace sparsight::cpu
