#include "core/base/fault_guard.h"

#include "kernels/error.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

namespace sparsight {

// Slots are never freed, only used again, so that the handler may walk them at any time. One in use has begin < end.
struct FaultGuard::Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0};
  std::atomic<bool> faulted{false};
  std::atomic<bool> used{false};
  Slot* next = nullptr;
};

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<void*>::is_always_lock_free);  // a handler may not wait

struct FaultGuard::Registry {
  static inline std::atomic<Slot*> first{nullptr};
  static inline std::uintptr_t page = 0;
  static inline struct sigaction before {};

  static Slot& take() {
    for (Slot* slot = first.load(); slot != nullptr; slot = slot->next)
      if (bool free = false; slot->used.compare_exchange_strong(free, true)) return *slot;
    auto* slot = new Slot;  // for good
    slot->used.store(true);
    slot->next = first.load();
    while (!first.compare_exchange_weak(slot->next, slot)) {
    }
    return *slot;
  }

  // True: `at` lies in a guarded range and can be read now. Calls nothing but the kernel: it runs in a handler, and
  // sanitizers watch the library's mmap.
  static bool cover(std::uintptr_t at) {
    for (Slot* slot = first.load(); slot != nullptr; slot = slot->next) {
      const std::uintptr_t begin = slot->begin.load(), end = slot->end.load();
      if (at < begin || at >= end) continue;
      slot->faulted.store(true);
      const std::uintptr_t from = at / page * page;
      return ::syscall(SYS_mmap, from, end - from, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
                       -1, 0) == static_cast<long>(from);
    }
    return false;
  }

  static void on_fault(int signal, siginfo_t* info, void* context) {
    const int kept = errno;
    // From the kernel, and not one that somebody sent.
    if (info->si_code > 0 && cover(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
      errno = kept;
      return;
    }
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
      ::signal(signal, SIG_DFL);
      ::raise(signal);  // once this handler has returned
    } else {
      before.sa_handler(signal);
    }
    errno = kept;
  }

  static void install() {
    static std::once_flag once;
    std::call_once(once, [] {
      page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
      struct sigaction action {};
      action.sa_sigaction = on_fault;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK;
      sigemptyset(&action.sa_mask);
      if (::sigaction(SIGBUS, &action, &before) != 0)
        fail(ErrorKind::Device, "SIGBUS cannot be handled: {}", std::strerror(errno));
    });
  }
};

FaultGuard::FaultGuard(std::span<const std::byte> range) {
  Registry::install();
  slot_ = &Registry::take();
  const auto begin = reinterpret_cast<std::uintptr_t>(range.data());
  slot_->faulted.store(false);
  slot_->begin.store(begin);
  slot_->end.store((begin + range.size() + Registry::page - 1) / Registry::page * Registry::page);
}

FaultGuard::~FaultGuard() {
  if (slot_ == nullptr) return;
  slot_->end.store(0);
  slot_->begin.store(0);
  slot_->used.store(false);
}

FaultGuard::FaultGuard(FaultGuard&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

FaultGuard& FaultGuard::operator=(FaultGuard&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

bool FaultGuard::faulted() const { return slot_ != nullptr && slot_->faulted.load(); }

}  // namespace sparsight
