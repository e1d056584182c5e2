// Ctrl+C as a stop token: the first one stops the running job, one without a job (or a second one) ends the program.
#pragma once

#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

namespace sparsight::cli {

// Made in main before any other thread, so that all of them leave SIGINT and SIGTERM to it.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // While it lives, an interrupt stops the job. One at a time.
  class Job {
   public:
    explicit Job(Interrupts& interrupts);
    ~Job();
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

   private:
    Interrupts& interrupts_;
    std::stop_source source_;
  };

 private:
  void wait();

  sigset_t signals_{};
  std::mutex mutex_;
  std::stop_source* job_ = nullptr;
  bool ending_ = false;
  std::thread waiter_;
};

}  // namespace sparsight::cli
