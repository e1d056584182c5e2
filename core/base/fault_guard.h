// Keeps a mapped file that is cut, or whose disk is gone, from ending the program. Touching such a page raises SIGBUS;
// within a guarded range the handler puts pages of zeros there instead and remembers it. Internal to core.
#pragma once

#include <cstddef>
#include <span>

namespace sparsight {

// One mapping of a file, read-only, from a page's begin. Who reads it asks faulted() before he trusts what he made of
// it. Faults may come on any thread, in any number at once. The handler is installed with the first guard and stays; a
// fault elsewhere goes to who handled it before, by default the end of the program.
class FaultGuard {
 public:
  FaultGuard() = default;                                 // of nothing
  explicit FaultGuard(std::span<const std::byte> range);  // Error{Memory}
  ~FaultGuard();
  FaultGuard(FaultGuard&& other) noexcept;
  FaultGuard& operator=(FaultGuard&& other) noexcept;

  // Whether any of it could not be read. From then on there are zeros behind the place where it began.
  [[nodiscard]] bool faulted() const;

 private:
  struct Slot;
  struct Registry;
  Slot* slot_ = nullptr;
};

}  // namespace sparsight
