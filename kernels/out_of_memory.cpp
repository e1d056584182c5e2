#include "kernels/out_of_memory.h"

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <system_error>
#include <thread>

namespace sparsight {

bool lacks_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  return system != nullptr && (system->code() == std::errc::resource_unavailable_try_again ||
                               system->code() == std::errc::not_enough_memory);
}

bool memory_is_short() {
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return true;
  munmap(memory, kBytes);
  try {
    std::thread([] {}).join();
    return false;
  } catch (const std::exception& error) {
    return lacks_memory(error);
  }
}

}  // namespace sparsight
