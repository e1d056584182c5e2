// The device's memory, and what is checked at each access of a kernel: bounds, alignment, reads of what nobody wrote,
// and races, that is, two threads that access the same byte with nothing that orders them, at least one of them to
// write. Barriers order the threads of a block, __syncwarp those of a warp, the end of a kernel all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sparsight::emulator {

// nullptr: no memory left.
[[nodiscard]] void* allocate(std::size_t bytes);
[[nodiscard]] bool release(void* at);  // false: nothing is allocated there
[[nodiscard]] std::size_t allocations();
[[nodiscard]] std::size_t allocated_bytes();
void set_memory_bytes(std::size_t bytes);  // of the whole device
[[nodiscard]] std::size_t memory_bytes();

// Whether these bytes lie in one allocation.
[[nodiscard]] bool is_allocated(const void* at, std::size_t bytes);
// Whether all of them were written.
[[nodiscard]] bool is_written(const void* at, std::size_t bytes);
// A copy or a fill by the driver or a library wrote them.
void mark_written(const void* at, std::size_t bytes);

// ---- While a kernel runs

void* begin_launch(std::size_t dynamic_shared_bytes);  // where they are
void begin_block();
void pass_barrier();  // all threads of the block did
void pass_warp_barrier(unsigned warp);
enum class Access { Read, Write, Atomic };
void check_access(const void* at, std::size_t bytes, Access access, bool aligned);

}  // namespace sparsight::emulator
