// The device's sources are compiled with -fsanitize=thread, so that the compiler calls a function at each access of
// memory. These are those functions: instead of the thread sanitizer's library, they check what a device would do.
#include "tests/cuda_emulator/memory.h"

using sparsight::emulator::Access;
using sparsight::emulator::check_access;

#define SPARSIGHT_EMULATOR_ACCESS(bytes)                                                              \
  void __tsan_read##bytes(const void* at) { check_access(at, bytes, Access::Read, true); }            \
  void __tsan_write##bytes(void* at) { check_access(at, bytes, Access::Write, true); }                \
  void __tsan_volatile_read##bytes(const void* at) { check_access(at, bytes, Access::Read, true); }   \
  void __tsan_volatile_write##bytes(void* at) { check_access(at, bytes, Access::Write, true); }       \
  void __tsan_unaligned_read##bytes(const void* at) { check_access(at, bytes, Access::Read, false); } \
  void __tsan_unaligned_write##bytes(void* at) { check_access(at, bytes, Access::Write, false); }

extern "C" {
SPARSIGHT_EMULATOR_ACCESS(1)
SPARSIGHT_EMULATOR_ACCESS(2)
SPARSIGHT_EMULATOR_ACCESS(4)
SPARSIGHT_EMULATOR_ACCESS(8)
SPARSIGHT_EMULATOR_ACCESS(16)

void __tsan_read_range(const void* at, std::size_t bytes) { check_access(at, bytes, Access::Read, false); }
void __tsan_write_range(void* at, std::size_t bytes) { check_access(at, bytes, Access::Write, false); }
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
}
