#include "core/model/read_ahead.h"

#include "core/base/mapped_file.h"

#include <algorithm>

namespace sparsight {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 20;

}  // namespace

void ReadSoFar::set(std::size_t there, std::size_t total) {
  {
    const std::lock_guard lock(mutex_);
    there_.store(there);
    total_ = total;
  }
  changed_.notify_all();
}

void ReadSoFar::wait(std::size_t bytes, const Control& control) const {
  for (;;) {
    std::unique_lock lock(mutex_);
    const std::size_t there = there_.load(), total = total_;
    if (there >= bytes) return;
    lock.unlock();
    control.report(Stage::Read, there, total);
    lock.lock();
    changed_.wait(lock, control.stop, [&] { return there_.load() != there; });
  }
}

ReadAhead::ReadAhead(std::shared_ptr<ReadSoFar> read, const std::vector<Part>& in_order, const std::vector<Part>& rest)
    : read_(std::move(read)) {
  const auto add = [this](const Part& part) {
    for (std::size_t at = 0; at < part.bytes.size(); at += kPiece)
      pieces_.push_back({part.file, part.bytes.subspan(at, std::min(kPiece, part.bytes.size() - at))});
  };
  for (const Part& part : in_order) {
    total_ += part.bytes.size();
    add(part);
  }
  for (const Part& part : rest) add(part);
  read_->set(total_ == 0 ? ReadSoFar::kAll : 0, total_);
}

ReadAhead::~ReadAhead() {
  if (read_) read_->set(ReadSoFar::kAll, total_);
}

bool ReadAhead::next(const std::stop_token& stop) {
  if (at_ == pieces_.size() || !pieces_[at_].file->populate(pieces_[at_].bytes, stop)) return false;
  const std::size_t bytes = pieces_[at_++].bytes.size();
  if (there_ == total_) return true;  // of the rest
  there_ += bytes;
  read_->set(there_ == total_ ? ReadSoFar::kAll : there_, total_);
  return true;
}

void ReadAhead::read_all(const OnProgress& on_progress, const std::stop_token& stop) {
  do {
    if (on_progress) on_progress(progress());
  } while (next(stop));
}

}  // namespace sparsight
