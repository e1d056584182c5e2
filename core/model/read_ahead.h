// Weights are read from the disk ahead of who computes with them, in the order in which the model uses them: one thread
// reads, and the others wait only for what they need next.
#pragma once

#include "core/base/progress.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

namespace sparsight {

class MappedFile;

// How many bytes at the front of the order are in memory. Any thread.
class ReadSoFar {
 public:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  void set(std::size_t there, std::size_t total);  // kAll: nobody waits
  void wait_for(std::size_t bytes, const Control& control) const {
    if (there_.load(std::memory_order_relaxed) < bytes) wait(bytes, control);
  }

 private:
  void wait(std::size_t bytes, const Control& control) const;

  std::atomic<std::size_t> there_{kAll};  // until somebody begins to read
  std::size_t total_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
};

// What a part of a model has to have in memory before it computes. Any thread; may outlive the weights.
class Needed {
 public:
  Needed() = default;  // nothing
  Needed(std::shared_ptr<const ReadSoFar> read, std::size_t bytes) : read_(std::move(read)), bytes_(bytes) {}

  // Returns once it is there, or nobody reads (any more): who then computes reads it from the disk itself. Reports
  // Stage::Read while it waits. Cancelled.
  void wait(const Control& control) const {
    if (read_) read_->wait_for(bytes_, control);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  // with all that is read before it

 private:
  std::shared_ptr<const ReadSoFar> read_;
  std::size_t bytes_ = 0;
};

// Reads the files of Weights and enters their pages in this process's page tables. From its beginning to its end who
// computes waits for it. One owner; only one at a time for the same Weights, which live longer and may be moved.
class ReadAhead {
 public:
  struct Part {
    const MappedFile* file;
    std::span<const std::byte> bytes;
  };
  // First `in_order`, which others wait for, then `rest`.
  ReadAhead(std::shared_ptr<ReadSoFar> read, const std::vector<Part>& in_order, const std::vector<Part>& rest);
  ReadAhead(ReadAhead&&) noexcept = default;
  ReadAhead& operator=(ReadAhead&&) = delete;
  ~ReadAhead();

  // Reads on, a piece of at most 64 MiB; false: all is read, or it was stopped. A piece that cannot be read counts as
  // read: Weights::check() tells whoever computes with it.
  bool next(const std::stop_token& stop = {});
  // Reads the rest, and tells its progress before and after each piece.
  void read_all(const OnProgress& on_progress, const std::stop_token& stop);
  [[nodiscard]] Progress progress() const { return {Stage::Read, there_, total_}; }  // of what others wait for

 private:
  std::shared_ptr<ReadSoFar> read_;  // null: moved from
  std::vector<Part> pieces_;
  std::size_t at_ = 0;
  std::size_t there_ = 0, total_ = 0;
};

}  // namespace sparsight
