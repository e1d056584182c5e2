#include "app/cli/interrupts.h"

#include "app/cli/cli.h"

#include <utility>

namespace sparsight::cli {
namespace {

// A job that checks its token stops within this time; one that is deep in a read or a long computation does not.
constexpr std::chrono::milliseconds kMoment{40};

}  // namespace

Interrupts::Interrupts(OnEnd on_end) : on_end_(std::move(on_end)) {
  waiter_ = std::thread([this] { wait(); });
}

Interrupts::~Interrupts() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  interrupts_.wake();
  waiter_.join();
}

void Interrupts::wait() {
  for (;;) {
    interrupts_.wait();
    std::optional<std::uint64_t> stopped;
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      stopped = stop_job();
    }
    if (!stopped) continue;
    const bool again = interrupts_.wait_for(kMoment);
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    if (again || (job_ != nullptr && job_number_ == *stopped)) end();
  }
}

std::optional<std::uint64_t> Interrupts::stop_job() {
  if (job_ == nullptr || !job_->source_.request_stop()) end();
  return job_->then_ == Job::Then::End ? std::optional(job_number_) : std::nullopt;
}

void Interrupts::end() {
  if (on_end_) on_end_(job_ != nullptr ? job_->note_ : "");
  os::end_now(kCancelled);
}

Interrupts::Job::Job(Interrupts& interrupts, Then then) : interrupts_(interrupts), then_(then) {
  const std::lock_guard lock(interrupts_.mutex_);
  interrupts_.job_ = this;
  ++interrupts_.job_number_;
}

Interrupts::Job::~Job() {
  const std::lock_guard lock(interrupts_.mutex_);
  interrupts_.job_ = nullptr;
}

void Interrupts::Job::note(std::string text) {
  const std::lock_guard lock(interrupts_.mutex_);
  note_ = std::move(text);
}

}  // namespace sparsight::cli
