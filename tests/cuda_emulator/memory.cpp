#include "tests/cuda_emulator/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "tests/cuda_emulator/execution.h"

// Made by the linker: the static shared variables of all kernels.
extern "C" {
extern std::byte __start_emulated_shared[];
extern std::byte __stop_emulated_shared[];
}
// So that the section exists.
__attribute__((section("emulated_shared"), used)) static std::byte emulated_first_shared[16];

namespace sparsight::emulator {
namespace {

constexpr std::size_t kRoom = std::size_t{8} << 30;  // addresses; memory is taken when it is touched
constexpr std::size_t kPage = 4096;
constexpr std::uint16_t kSeveral = 0xFFFF;
constexpr std::uint8_t kAtomic = 1, kSeveralBlocks = 2;  // blocks of one launch, each with atomic operations
constexpr std::uint8_t kSplit = 4;  // of a word: its bytes have cells of their own, this one is not read
constexpr std::size_t kWord = 4;

// The last accesses of a word, or of one byte of a word that was once accessed in parts, each with its interval.
// Intervals are counted through all launches: each block and each barrier begins one. 0: never.
struct Cell {
  std::uint32_t written = 0;
  std::uint16_t writer = 0;      // number of a thread
  std::uint8_t writer_pass = 0;  // how many barriers of its warp the writer had passed
  std::uint8_t write_kind = 0;   // kAtomic, kSeveralBlocks, kSplit
  std::uint32_t read = 0;
  std::uint16_t reader = 0;  // or kSeveral, within one interval
  std::uint8_t reader_pass = 0;
  bool several_blocks = false;  // of one launch
};

template <typename T>
T* reserve(std::size_t count) {
  void* at =
      ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) std::abort();
  return static_cast<T*>(at);
}

struct Intervals {
  std::uint32_t launch = 1, block = 1, now = 1;  // the first of the launch, of the block; the one that runs
  std::uint8_t passes[kMaxThreads / kWarp] = {};
};
Intervals intervals;

// One range of memory with a cell for each byte.
class Shadow {
 public:
  // of_block: each block has its own, as shared memory is; else the end of a kernel orders its accesses.
  Shadow(std::byte* begin, std::size_t bytes, bool of_block)
      : begin_(begin),
        bytes_(bytes),
        of_block_(of_block),
        words_(reserve<Cell>(bytes / kWord + 1)),
        parts_(reserve<Cell>(bytes + kWord)) {}

  [[nodiscard]] bool has(const void* at) const { return at >= begin_ && at < begin_ + bytes_; }
  [[nodiscard]] std::size_t offset(const void* at) const { return static_cast<const std::byte*>(at) - begin_; }
  [[nodiscard]] std::byte* begin() const { return begin_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // nullptr: in order. Otherwise what is wrong.
  const char* access(std::size_t at, std::size_t bytes, Access access, const ThreadState& thread) {
    for (const std::size_t end = at + bytes; at < end;) {
      Cell& word = words_[at / kWord];
      const bool whole = at % kWord == 0 && at + kWord <= end;
      if (!whole && (word.write_kind & kSplit) == 0) {
        std::fill_n(parts_ + at / kWord * kWord, kWord, word);
        word.write_kind |= kSplit;
      }
      if ((word.write_kind & kSplit) == 0) {
        if (const char* why = touch(word, access, thread)) return why;
        at += kWord;
      } else if (const char* why = touch(parts_[at++], access, thread)) {
        return why;
      }
    }
    return nullptr;
  }

  [[nodiscard]] bool written_in_block(std::size_t at, std::size_t bytes) const {
    for (const std::size_t end = at + bytes; at < end; ++at) {
      const Cell& word = words_[at / kWord];
      if (((word.write_kind & kSplit) != 0 ? parts_[at] : word).written < intervals.block) return false;
    }
    return true;
  }

  // Of an allocation, which begins with a word and has no neighbour in its last one.
  void forget(std::size_t at, std::size_t bytes) {
    const std::size_t words = (bytes + kWord - 1) / kWord;
    clear(words_ + at / kWord, words);
    clear(parts_ + at, words * kWord);
  }

 private:
  const char* touch(Cell& cell, Access access, const ThreadState& thread) {
    const auto number = static_cast<std::uint16_t>(thread.number);
    const std::uint8_t pass = intervals.passes[number / kWarp];
    if (access == Access::Read && cell.read == intervals.now &&
        ((cell.reader == number && cell.reader_pass == pass) ||
         (cell.reader == kSeveral && cell.written != intervals.now)))
      return nullptr;  // as before
    const std::uint32_t first = of_block_ ? intervals.block : intervals.launch;
    const bool written = cell.written >= first,
               both_atomic = access == Access::Atomic && (cell.write_kind & kAtomic) != 0;
    const bool by_blocks = written && (cell.written < intervals.block || (cell.write_kind & kSeveralBlocks) != 0);
    if (written && !both_atomic) {
      if (by_blocks) return "written by another block";
      if (cell.written == intervals.now && cell.writer != number &&
          !ordered(cell.writer, cell.writer_pass, number, pass))
        return "written by another thread since the last barrier";
    }
    if (access == Access::Read) {
      const bool in_launch = cell.read >= first;
      const bool other_block = in_launch && (cell.read < intervals.block || cell.several_blocks);
      const bool shared = cell.read == intervals.now && cell.reader != number;
      cell = {cell.written, cell.writer, cell.writer_pass, cell.write_kind, intervals.now, shared ? kSeveral : number,
              pass,         other_block};
      return nullptr;
    }
    if (cell.read >= first) {
      if (cell.read < intervals.block || cell.several_blocks) return "read by another block";
      if (cell.read == intervals.now && cell.reader != number &&
          (cell.reader == kSeveral || !ordered(cell.reader, cell.reader_pass, number, pass)))
        return "read by another thread since the last barrier";
    }
    cell.written = intervals.now;
    cell.writer = number;
    cell.writer_pass = pass;
    cell.write_kind = 0;
    if (access == Access::Atomic) cell.write_kind = by_blocks ? kAtomic | kSeveralBlocks : kAtomic;
    return nullptr;
  }

  // Whole pages go back to the system, which gives zeros.
  static void clear(Cell* cells, std::size_t count) {
    auto* first = reinterpret_cast<std::byte*>(cells);
    auto* last = reinterpret_cast<std::byte*>(cells + count);
    auto* page = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(first) + kPage - 1) / kPage * kPage);
    auto* end = reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(last) / kPage * kPage);
    if (page >= end) return void(std::memset(first, 0, last - first));
    std::memset(first, 0, page - first);
    std::memset(end, 0, last - end);
    ::madvise(page, end - page, MADV_DONTNEED);
  }

  static bool ordered(unsigned a, std::uint8_t a_pass, unsigned b, std::uint8_t b_pass) {
    return a / kWarp == b / kWarp && a_pass != b_pass;
  }

  std::byte* begin_;
  std::size_t bytes_;
  bool of_block_;
  Cell* words_;
  Cell* parts_;  // of split words, by byte
};

// SPARSIGHT_EMULATED_MEMORY gives a program less: its number of bytes.
std::size_t memory_at_first() {
  const char* bytes = std::getenv("SPARSIGHT_EMULATED_MEMORY");  // NOLINT(concurrency-mt-unsafe)
  return bytes != nullptr ? std::strtoull(bytes, nullptr, 10) : std::size_t{4} << 30;
}

struct Device {
  std::mutex mutex;
  Shadow memory{reserve<std::byte>(kRoom), kRoom, false};
  Shadow shared{__start_emulated_shared, static_cast<std::size_t>(__stop_emulated_shared - __start_emulated_shared),
                true};
  Shadow dynamic{reserve<std::byte>(kMaxDynamicShared + kPage), kMaxDynamicShared + kPage, true};
  std::size_t dynamic_bytes = 0;                         // of the kernel that runs: the last ones
  std::uint8_t* written = reserve<std::uint8_t>(kRoom);  // by byte
  std::uint8_t* constant =
      reserve<std::uint8_t>(kRoom / kPage);                      // by page: filled from the host, no kernel wrote to it
  std::uint16_t* valid = reserve<std::uint16_t>(kRoom / kPage);  // by page: how many of its bytes are allocated
  std::map<std::byte*, std::size_t, std::less<>> taken;          // bytes
  std::size_t used = 0, capacity = memory_at_first();
};

Device& device() {
  static Device one;
  return one;
}

std::string hex(const void* at) {
  char text[32];
  std::snprintf(text, sizeof(text), "%p", at);
  return text;
}

}  // namespace

void* allocate(std::size_t bytes) {
  Device& all = device();
  const std::lock_guard lock(all.mutex);
  const std::size_t size = std::max<std::size_t>(bytes, 1);
  if (all.used + size > all.capacity) return nullptr;
  // The first gap that has room, with a free page behind each allocation.
  std::byte* at = all.memory.begin() + kPage;
  for (const auto& [begin, taken] : all.taken) {
    if (begin >= at + size + kPage) break;
    at = all.memory.begin() + (all.memory.offset(begin) + taken + 2 * kPage - 1) / kPage * kPage;
  }
  if (all.memory.offset(at) + size + kPage > kRoom) return nullptr;
  all.taken.emplace(at, size);
  all.used += size;
  for (std::size_t page = all.memory.offset(at) / kPage, left = size; left > 0; ++page) {
    all.valid[page] = static_cast<std::uint16_t>(std::min(left, kPage));
    left -= all.valid[page];
  }
  return at;
}

bool release(void* at) {
  Device& all = device();
  const std::lock_guard lock(all.mutex);
  const auto found = all.taken.find(static_cast<std::byte*>(at));
  if (found == all.taken.end()) return false;
  const std::size_t offset = all.memory.offset(found->first), bytes = found->second;
  all.memory.forget(offset, bytes);
  std::memset(all.written + offset, 0, bytes);
  const std::size_t pages = (bytes + kPage - 1) / kPage;
  std::memset(all.constant + offset / kPage, 0, pages);
  std::fill_n(all.valid + offset / kPage, pages, std::uint16_t{0});
  ::madvise(found->first, pages * kPage, MADV_DONTNEED);
  all.used -= bytes;
  all.taken.erase(found);
  return true;
}

std::size_t allocations() { return device().taken.size(); }
std::size_t allocated_bytes() { return device().used; }
void set_memory_bytes(std::size_t bytes) { device().capacity = bytes; }
std::size_t memory_bytes() { return device().capacity; }

bool is_allocated(const void* at, std::size_t bytes) {
  const Device& all = device();
  if (!all.memory.has(at)) return false;
  std::size_t page = all.memory.offset(at) / kPage, in_page = all.memory.offset(at) % kPage;
  for (; in_page + bytes > kPage; ++page, in_page = 0) {
    if (all.valid[page] != kPage) return false;
    bytes -= kPage - in_page;
  }
  return in_page + bytes <= all.valid[page];
}

bool is_written([[maybe_unused]] const void* at, [[maybe_unused]] std::size_t bytes) {
#ifdef SPARSIGHT_EMULATOR_UNCHECKED
  return true;
#else
  const std::uint8_t* marks = device().written + device().memory.offset(at);
  return std::all_of(marks, marks + bytes, [](std::uint8_t mark) { return mark != 0; });
#endif
}

void mark_written(const void* at, std::size_t bytes) {
  Device& all = device();
  const std::size_t offset = all.memory.offset(at);
  std::memset(all.written + offset, 1, bytes);
  for (std::size_t page = (offset + kPage - 1) / kPage; (page + 1) * kPage <= offset + bytes; ++page)
    all.constant[page] = 1;
}

void* begin_launch(std::size_t dynamic_shared_bytes) {
  intervals.launch = ++intervals.now;
  Device& all = device();
  all.dynamic_bytes = dynamic_shared_bytes;
  return all.dynamic.begin() + (kMaxDynamicShared - dynamic_shared_bytes) / 16 * 16;
}
void begin_block() {
  intervals.block = ++intervals.now;
  std::ranges::fill(intervals.passes, std::uint8_t{0});
}
void pass_barrier() { ++intervals.now; }
void pass_warp_barrier(unsigned warp) { ++intervals.passes[warp]; }

void check_access(const void* at, std::size_t bytes, Access access, bool aligned) {
  const ThreadState* thread = running();
  if (thread == nullptr || on_stack(at)) return;
  Device& all = device();
  const char* verb = access == Access::Read ? "reads" : "writes";
  const auto say = [&](const std::string& what) {
    stop_kernel(std::string(verb) + " " + std::to_string(bytes) + " bytes at " + hex(at) + ": " + what);
  };
  if (aligned && reinterpret_cast<std::uintptr_t>(at) % bytes != 0) say("misaligned");
  for (Shadow* shared : {&all.shared, &all.dynamic}) {
    if (!shared->has(at)) continue;
    const std::size_t offset = shared->offset(at);
    if (offset + bytes > (shared == &all.dynamic ? kMaxDynamicShared : shared->bytes()) ||
        (shared == &all.dynamic && offset < (kMaxDynamicShared - all.dynamic_bytes) / 16 * 16))
      say("outside of shared memory");
    if (access != Access::Write && !shared->written_in_block(offset, bytes)) say("shared memory that nobody wrote");
    if (const char* why = shared->access(offset, bytes, access, *thread)) say(std::string("shared memory ") + why);
    return;
  }
  if (!all.memory.has(at)) {
    // Tables of constants are the library's own memory.
    if (access == Access::Read) return;
    say("no memory of the device");
  }
  if (!is_allocated(at, bytes)) say("outside of what is allocated");
  const std::size_t offset = all.memory.offset(at);
  if (access == Access::Write) {
    std::memset(all.written + offset, 1, bytes);
    all.constant[offset / kPage] = all.constant[(offset + bytes - 1) / kPage] = 0;
  } else if (!is_written(at, bytes)) {
    say("memory that nobody wrote");
  }
  const bool constant = all.constant[offset / kPage] != 0 && all.constant[(offset + bytes - 1) / kPage] != 0;
  if (access == Access::Read && constant) return;
  if (const char* why = all.memory.access(offset, bytes, access, *thread)) say(why);
}

// ---- Atomic operations: one thread of the host runs, so that only the checks are needed

namespace {
template <typename T, typename Change>
T atomic(T* at, const Change& change) {
  check_access(at, sizeof(T), Access::Atomic, true);
  const T before = *at;
  *at = change(before);
  return before;
}
}  // namespace

float atomic_add(float* at, float value) {
  return atomic(at, [&](float now) { return now + value; });
}
unsigned atomic_add(unsigned* at, unsigned value) {
  return atomic(at, [&](unsigned now) { return now + value; });
}
int atomic_add(int* at, int value) {
  return atomic(at, [&](int now) { return now + value; });
}
unsigned atomic_max(unsigned* at, unsigned value) {
  return atomic(at, [&](unsigned now) { return std::max(now, value); });
}
unsigned long long atomic_max(unsigned long long* at, unsigned long long value) {
  return atomic(at, [&](unsigned long long now) { return std::max(now, value); });
}

}  // namespace sparsight::emulator
