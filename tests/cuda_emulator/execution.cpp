#include "tests/cuda_emulator/execution.h"

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "tests/cuda_emulator/memory.h"

namespace sparsight::emulator {
namespace {

namespace context = boost::context;

constexpr std::size_t kStackBytes = std::size_t{64} * 1024;

struct Thread : ThreadState {
  enum class State { Runs, AtBlockBarrier, AtWarpBarrier, Ended } state = State::Runs;
  const char* place = nullptr;  // of the barrier at which it waits
  unsigned mask = 0;            // of the warp barrier at which it waits
  // What it gives to the other lanes. Exchanges of the whole warp use [0] and [1] in turns: who comes to the next one
  // may find others still reading this one, but nobody comes to the one after it before all have read. Other exchanges
  // use [2], with a second barrier.
  std::uint64_t given[3] = {};
  unsigned turn = 0;
  const std::byte* stack_begin = nullptr;
  context::fiber fiber;  // how to go on with it
};

class Block {
 public:
  Block(const Launch& launch, uint3 index, void* dynamic) : launch_(launch), index_(index), dynamic_(dynamic) {
    const dim3 size = launch.block;
    threads_.resize(std::size_t{size.x} * size.y * size.z);
    for (unsigned i = 0; i < threads_.size(); ++i) {
      threads_[i].number = i;
      threads_[i].index = {i % size.x, i / size.x % size.y, i / size.x / size.y};
    }
  }

  [[nodiscard]] std::string run();

  [[nodiscard]] std::string where(const Thread& thread) const;

  // ---- On the fiber of the thread that runs

  [[nodiscard]] Thread& now() { return *now_; }
  [[nodiscard]] Thread& lane(unsigned lane) { return threads_[now_->number / kWarp * kWarp + lane]; }
  void wait(Thread::State state) {
    now_->state = state;
    back_ = std::move(back_).resume();
  }
  [[noreturn]] void stop(const std::string& why) {
    why_ = why;
    for (;;) back_ = std::move(back_).resume();  // nobody goes on with it
  }

  const Launch& launch_;
  uint3 index_;
  void* dynamic_;

 private:
  void go_on(Thread& thread);
  [[nodiscard]] bool release_warps();  // true: some thread may go on
  void release_block();

  std::vector<Thread> threads_;
  Thread* now_ = nullptr;
  context::fiber back_;  // to run()
  std::string why_;
};

Block* block = nullptr;  // that runs; one launch at a time

// Kept between blocks: making stacks takes longer than running most threads.
context::pooled_fixedsize_stack& stacks() {
  static context::pooled_fixedsize_stack all(kStackBytes, 64);
  return all;
}

// Leaked, and known to who looks for leaks.
std::vector<context::fiber>& abandoned() {
  static auto* all = new std::vector<context::fiber>();  // NOLINT
  return *all;
}

void Block::go_on(Thread& thread) {
  now_ = &thread;
  thread.state = Thread::State::Runs;
  if (!thread.fiber) {
    thread.fiber = context::fiber(std::allocator_arg, stacks(), [this, &thread](context::fiber&& back) {
      back_ = std::move(back);
      // The frame of this function lies near the stack's end, from which it grows down.
      thread.stack_begin = static_cast<const std::byte*>(__builtin_frame_address(0)) - kStackBytes;
      launch_.body();
      thread.state = Thread::State::Ended;
      return std::move(back_);
    });
  }
  thread.fiber = std::move(thread.fiber).resume();
  now_ = nullptr;
}

bool Block::release_warps() {
  bool any = false;
  for (std::size_t first = 0; first < threads_.size(); first += kWarp) {
    const std::size_t end = std::min(threads_.size(), first + kWarp);
    for (std::size_t i = first; i < end; ++i) {
      if (threads_[i].state != Thread::State::AtWarpBarrier) continue;
      const unsigned mask = threads_[i].mask;
      bool all = true;
      for (unsigned lane = 0; lane < kWarp; ++lane) {
        if ((mask >> lane & 1) == 0 || first + lane >= threads_.size()) continue;
        const Thread& other = threads_[first + lane];
        all = all && other.state == Thread::State::AtWarpBarrier && other.mask == mask;
      }
      if (!all) continue;
      for (unsigned lane = 0; lane < kWarp; ++lane)
        if ((mask >> lane & 1) != 0 && first + lane < threads_.size())
          threads_[first + lane].state = Thread::State::Runs;
      pass_warp_barrier(static_cast<unsigned>(first / kWarp));
      any = true;
    }
  }
  return any;
}

std::string Block::where(const Thread& thread) const {
  const auto text = [](unsigned x, unsigned y, unsigned z) {
    return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ")";
  };
  return "thread " + text(thread.index.x, thread.index.y, thread.index.z) + " of block " +
         text(index_.x, index_.y, index_.z);
}

void Block::release_block() {
  const Thread* waits = nullptr;
  for (const Thread& thread : threads_) {
    if (thread.state == Thread::State::AtWarpBarrier) {
      why_ = where(thread) + " waits at a warp barrier that not all threads of its mask reach";
      return;
    }
    if (thread.state == Thread::State::AtBlockBarrier && waits == nullptr) waits = &thread;
  }
  if (waits == nullptr) return;
  for (const Thread& thread : threads_) {
    if (thread.state == Thread::State::Ended)
      why_ = where(thread) + " ended without reaching the barrier at " + waits->place;
    else if (thread.place != waits->place && std::string(thread.place) != waits->place)
      why_ = where(thread) + " waits at the barrier at " + thread.place + ", others at " + waits->place;
    if (!why_.empty()) return;
  }
  for (Thread& thread : threads_) thread.state = Thread::State::Runs;
  pass_barrier();
}

std::string Block::run() {
  block = this;
  begin_block();
  while (why_.empty()) {
    bool ran = false, left = false;
    for (Thread& thread : threads_) {
      if (thread.state != Thread::State::Runs) continue;
      go_on(thread);
      ran = true;
      if (!why_.empty()) break;
    }
    if (!why_.empty()) break;
    if (release_warps()) continue;
    for (const Thread& thread : threads_) left = left || thread.state != Thread::State::Ended;
    if (!left) break;
    if (!ran) std::abort();  // release_block() finds somebody
    release_block();
  }
  // Threads of a kernel that was stopped are never unwound: the compiler takes the functions of instrumentation.cpp for
  // such that do not throw.
  for (Thread& thread : threads_)
    if (thread.state != Thread::State::Ended && thread.fiber) abandoned().push_back(std::move(thread.fiber));
  block = nullptr;
  return why_;
}

}  // namespace

std::string run(const Launch& launch) {
  const std::size_t threads = std::size_t{launch.block.x} * launch.block.y * launch.block.z;
  if (threads == 0 || threads > kMaxThreads || launch.block.z > 64)
    return "a block of " + std::to_string(threads) + " threads";
  if (launch.grid.x == 0 || launch.grid.y == 0 || launch.grid.z == 0 || launch.grid.y > 65535 || launch.grid.z > 65535)
    return "a grid of " + std::to_string(launch.grid.x) + " x " + std::to_string(launch.grid.y) + " x " +
           std::to_string(launch.grid.z) + " blocks";
  if (launch.shared_bytes > kMaxDynamicShared) return std::to_string(launch.shared_bytes) + " bytes of shared memory";
  void* dynamic = begin_launch(launch.shared_bytes);
  for (unsigned z = 0; z < launch.grid.z; ++z)
    for (unsigned y = 0; y < launch.grid.y; ++y)
      for (unsigned x = 0; x < launch.grid.x; ++x) {
        Block now(launch, {x, y, z}, dynamic);
        if (const std::string why = now.run(); !why.empty()) return "in kernel " + launch.kernel + ": " + why;
      }
  return "";
}

const ThreadState* running() { return block != nullptr ? &block->now() : nullptr; }

bool on_stack(const void* at) {
  const auto* begin = block->now().stack_begin;
  return at >= begin && at < begin + kStackBytes + 4096;
}

void stop_kernel(const std::string& why) { block->stop(why + " (" + block->where(block->now()) + ")"); }

// ---- What device.h declares

uint3 thread_index() { return block->now().index; }
uint3 block_index() { return block->index_; }
dim3 block_size() { return block->launch_.block; }
dim3 grid_size() { return block->launch_.grid; }
void* dynamic_shared() { return block->dynamic_; }
unsigned lane_index() { return block->now().number % kWarp; }

void block_barrier(const char* place) {
  block->now().place = place;
  block->wait(Thread::State::AtBlockBarrier);
}

void warp_barrier(unsigned mask) {
  if ((mask >> lane_index() & 1) == 0) stop_kernel("a thread waits at a warp barrier whose mask is without it");
  block->now().mask = mask;
  block->wait(Thread::State::AtWarpBarrier);
}

namespace {
// All threads in `mask` call it. `use` reads what each gave: of(lane).
template <typename Use>
auto exchange(unsigned mask, std::uint64_t bits, const Use& use) {
  constexpr unsigned kAll = 0xFFFFFFFFu;
  Thread& thread = block->now();
  const unsigned turn = mask == kAll ? thread.turn : 2;
  thread.given[turn] = bits;
  if (mask == kAll) thread.turn = 1 - turn;
  warp_barrier(mask);
  const auto result = use([&](unsigned lane) { return block->lane(lane).given[turn]; });
  if (mask != kAll) warp_barrier(mask);
  return result;
}
}  // namespace

std::uint64_t from_lane(unsigned mask, std::uint64_t bits, unsigned lane) {
  const unsigned from = lane % kWarp;
  if ((mask >> from & 1) == 0) stop_kernel("a shuffle from a lane that is not in its mask");
  return exchange(mask, bits, [&](const auto& of) { return of(from); });
}

unsigned ballot(unsigned mask, bool vote) {
  return exchange(mask, vote ? 1 : 0, [&](const auto& of) {
    unsigned votes = 0;
    for (unsigned lane = 0; lane < kWarp; ++lane)
      if ((mask >> lane & 1) != 0 && of(lane) != 0) votes |= 1u << lane;
    return votes;
  });
}

namespace {

struct Fragments {
  const unsigned* a;
  const unsigned* b;
};

}  // namespace

// PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type": lane = 4 group + t.
//   a[0]: row group, columns 2t, 2t + 1; a[1]: row group + 8; a[2]: row group, columns 2t + 8, 2t + 9; a[3]: both.
//   b[0]: rows 2t, 2t + 1 of column group; b[1]: rows 2t + 8, 2t + 9.
//   d[0], d[1]: row group, columns 2t, 2t + 1; d[2], d[3]: row group + 8.
void mma_16x8x16(Half type, float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const Fragments mine{a, b};
  block->now().given[2] = bits_of(&mine);
  warp_barrier(0xFFFFFFFFu);
  const auto of = [](unsigned lane) { return *of_bits<const Fragments*>(block->lane(lane).given[2]); };
  const unsigned group = lane_index() / 4, t = lane_index() % 4;
  float sums[4] = {d[0], d[1], d[2], d[3]};
  for (unsigned k = 0; k < 16; ++k) {
    // Column k of a: half k % 2 of register (k / 8) * 2 (+ 1 for the lower rows) of the lane with t = k % 8 / 2.
    const unsigned owner = k % 8 / 2, high = k % 2 * 16;
    const Fragments rows = of(group * 4 + owner);
    const float upper = value_of(type, static_cast<unsigned short>(rows.a[k / 8 * 2] >> high));
    const float lower = value_of(type, static_cast<unsigned short>(rows.a[k / 8 * 2 + 1] >> high));
    for (unsigned n = 0; n < 2; ++n) {
      const float value = value_of(type, static_cast<unsigned short>(of((2 * t + n) * 4 + owner).b[k / 8] >> high));
      sums[n] += upper * value;
      sums[2 + n] += lower * value;
    }
  }
  warp_barrier(0xFFFFFFFFu);  // the fragments are the threads' own variables, and may change now
  std::copy_n(sums, 4, d);
}

}  // namespace sparsight::emulator
