#include "app/cli/interrupts.h"

#include "app/cli/cli.h"

#include <pthread.h>
#include <unistd.h>

namespace sparsight::cli {

Interrupts::Interrupts() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  waiter_ = std::thread([this] { wait(); });
}

Interrupts::~Interrupts() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  pthread_kill(waiter_.native_handle(), SIGTERM);
  waiter_.join();
}

void Interrupts::wait() {
  for (;;) {
    int signal = 0;
    sigwait(&signals_, &signal);
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    if (job_ == nullptr || !job_->request_stop()) _exit(kCancelled);
  }
}

Interrupts::Job::Job(Interrupts& interrupts) : interrupts_(interrupts) {
  const std::lock_guard lock(interrupts_.mutex_);
  interrupts_.job_ = &source_;
}

Interrupts::Job::~Job() {
  const std::lock_guard lock(interrupts_.mutex_);
  interrupts_.job_ = nullptr;
}

}  // namespace sparsight::cli
