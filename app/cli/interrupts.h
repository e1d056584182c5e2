// Ctrl+C as a stop token. The first one stops the running job; a second one, or one without a job, ends the program.
#pragma once

#include "core/base/os/os.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace sparsight::cli {

// Made in main before any other thread, so that all threads leave SIGINT and SIGTERM to it.
class Interrupts {
 public:
  // Removes unfinished files and says that the program was stopped. `note` is what the job wants to add. Called on
  // another thread at any point of the job: it must not wait for anything that the job may hold.
  using OnEnd = std::function<void(const std::string& note)>;

  explicit Interrupts(OnEnd on_end = {});
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // While it exists, an interrupt stops the job. One at a time.
  class Job {
   public:
    // What the program does once the job is stopped.
    enum class Then {
      End,   // waits for the job only a moment
      GoOn,  // waits for the job, since there is more to do
    };

    explicit Job(Interrupts& interrupts, Then then = Then::End);
    ~Job();
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
    // The note for `on_end` if the program ends now.
    void note(std::string text);

   private:
    friend class Interrupts;
    Interrupts& interrupts_;
    Then then_;
    std::string note_;
    std::stop_source source_;
  };

 private:
  void wait();
  [[nodiscard]] std::optional<std::uint64_t> stop_job();  // the job's number if the program ends with it
  [[noreturn]] void end();

  OnEnd on_end_;
  os::Interrupts interrupts_;
  std::mutex mutex_;
  Job* job_ = nullptr;
  std::uint64_t job_number_ = 0;
  bool ending_ = false;
  std::thread waiter_;
};

}  // namespace sparsight::cli
