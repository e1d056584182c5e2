// Loops that only multiply and add, or only read. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/peak.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <time.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <vector>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/dot-inl.h"
#include "kernels/cpu/kernels.h"
#include "kernels/peak.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Uses as many sums as hide the latency and still fit 16 registers. `sink` gets their total.
std::size_t MultiplyAdds(std::size_t rounds, float* sink) {
  constexpr std::size_t kSums = 12;
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, sink[0]), addend = hn::Set(d, sink[1]);
  hn::Vec<decltype(d)> sums[kSums];
  HWY_UNROLL(12)
  for (std::size_t i = 0; i < kSums; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  for (std::size_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (std::size_t i = 0; i < kSums; ++i) sums[i] = hn::MulAdd(sums[i], factor, addend);
  }
  auto total = sums[0];
  HWY_UNROLL(12)
  for (std::size_t i = 1; i < kSums; ++i) total = hn::Add(total, sums[i]);
  sink[2] = hn::GetLane(hn::SumOfLanes(d, total));
  return rounds * kSums * hn::Lanes(d) * 2;
}

// The same with pairs of 16-bit integers or quads of bytes, as kernels/cpu/gemm_int.cpp multiplies them; 0 if there is
// no instruction for it.
std::size_t MultiplyIntegers(std::size_t rounds, float* sink) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  constexpr std::size_t kSums = 10;
  if (uses_amx()) return amx_products(rounds, false);
  const bool bytes = has_dot();
  const Ints d;
  const hn::Repartition<std::int16_t, Ints> d16;
  IntVector sums[kSums];
  hn::Vec<decltype(d16)> a = hn::Set(d16, static_cast<std::int16_t>(sink[0] * 8)), b = a;
  HWY_UNROLL(10)
  for (std::size_t i = 0; i < kSums; ++i) sums[i] = hn::Set(d, static_cast<std::int32_t>(i));
#if SPARSIGHT_MAY_HAVE_DOT
  for (std::size_t round = 0; bytes && round < rounds; ++round) {
    HWY_UNROLL(10)
    for (std::size_t i = 0; i < kSums; ++i) dot_bytes(hn::BitCast(d, a), hn::BitCast(d, b), sums[i]);
  }
#endif
  for (std::size_t round = 0; !bytes && round < rounds; ++round) {
    // Keeps the compiler from moving products out of the loop.
    __asm__ volatile("" : "+v"(a.raw), "+v"(b.raw));
    HWY_UNROLL(10)
    for (std::size_t i = 0; i < kSums; ++i) {
      auto none = hn::Zero(d);
      sums[i] = hn::ReorderWidenMulAccumulate(d, a, b, sums[i], none);
      __asm__ volatile("" : "+v"(sums[i].raw), "+v"(a.raw));
    }
  }
  auto total = sums[0];
  HWY_UNROLL(10)
  for (std::size_t i = 1; i < kSums; ++i) total = hn::Add(total, sums[i]);
  sink[2] = static_cast<float>(hn::GetLane(total));
  return rounds * kSums * hn::Lanes(d) * (bytes ? 4 : 2) * 2;
#else
  static_cast<void>(rounds);
  static_cast<void>(sink);
  return 0;
#endif
}

// The same with pairs of bfloat16, as kernels/cpu/gemm_tile.cpp multiplies them.
std::size_t MultiplyPairs(std::size_t rounds, float* sink) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  if (uses_amx()) return amx_products(rounds, true);
  constexpr std::size_t kSums = 12;
  const hn::ScalableTag<float> d;
  const auto a = hn::Set(d, sink[0]);
  hn::Vec<decltype(d)> sums[kSums];
  HWY_UNROLL(12)
  for (std::size_t i = 0; i < kSums; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  for (std::size_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (std::size_t i = 0; i < kSums; ++i) __asm__ volatile("vdpbf16ps %1, %1, %0" : "+v"(sums[i].raw) : "v"(a.raw));
  }
  auto total = sums[0];
  HWY_UNROLL(12)
  for (std::size_t i = 1; i < kSums; ++i) total = hn::Add(total, sums[i]);
  sink[2] = hn::GetLane(hn::SumOfLanes(d, total));
  return rounds * kSums * hn::Lanes(d) * 4;
#else
  static_cast<void>(rounds);
  static_cast<void>(sink);
  return 0;
#endif
}

// Reads all bytes: sums them as words.
void Read(const std::byte* from, std::size_t bytes, float* sink) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto* at = reinterpret_cast<const std::uint8_t*>(from);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  for (std::size_t i = 0; i + 4 * lanes <= bytes; i += 4 * lanes) {
    s0 = hn::Add(s0, hn::LoadU(d, at + i));
    s1 = hn::Add(s1, hn::LoadU(d, at + i + lanes));
    s2 = hn::Add(s2, hn::LoadU(d, at + i + 2 * lanes));
    s3 = hn::Add(s3, hn::LoadU(d, at + i + 3 * lanes));
  }
  *sink = static_cast<float>(hn::GetLane(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight {
namespace cpu {

HWY_EXPORT(MultiplyAdds);
HWY_EXPORT(MultiplyPairs);
HWY_EXPORT(MultiplyIntegers);
HWY_EXPORT(Read);

namespace {

// CPU time of this thread in seconds: other programs do not affect it.
double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// The best of a few runs, by CPU time and by clock; work(task) returns the amount of work done.
template <typename Work>
Rate best_rate(std::size_t threads, double seconds, const Work& work) {
  ThreadPool pool(threads);
  std::vector<double> done(threads), rates(threads);
  Rate best{};
  const auto since = [](std::chrono::steady_clock::time_point then) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
  };
  const auto begin = std::chrono::steady_clock::now();
  do {
    const auto run = std::chrono::steady_clock::now();
    pool.run(threads, [&](std::size_t task, std::size_t) {
      const double start = thread_seconds();
      done[task] = work(task);
      rates[task] = done[task] / (thread_seconds() - start);
    });
    best.by_clock = std::max(best.by_clock, std::accumulate(done.begin(), done.end(), 0.0) / since(run));
    best.by_cpu_time = std::max(best.by_cpu_time, std::accumulate(rates.begin(), rates.end(), 0.0));
  } while (since(begin) < seconds);
  return best;
}

// loop(rounds, sink) returns the number of operations.
template <typename Loop>
double best_rate_of(const Loop& loop, std::size_t threads, double seconds) {
  constexpr std::size_t kRounds = 2'000'000;
  return best_rate(threads, seconds,
                   [&](std::size_t) {
                     float sink[3] = {0.5f, 1.0f, 0.0f};
                     const std::size_t operations = loop(kRounds, sink);
                     [[maybe_unused]] const volatile float keep = sink[2];
                     return static_cast<double>(operations);
                   })
      .by_cpu_time;
}

std::size_t multiply_adds(std::size_t rounds, float* sink) { return HWY_DYNAMIC_DISPATCH(MultiplyAdds)(rounds, sink); }
std::size_t multiply_pairs(std::size_t rounds, float* sink) {
  return HWY_DYNAMIC_DISPATCH(MultiplyPairs)(rounds, sink);
}
std::size_t multiply_integers(std::size_t rounds, float* sink) {
  return HWY_DYNAMIC_DISPATCH(MultiplyIntegers)(rounds, sink);
}
void read(const std::byte* from, std::size_t bytes, float* sink) { HWY_DYNAMIC_DISPATCH(Read)(from, bytes, sink); }

}  // namespace
}  // namespace cpu

double measure_peak_flops(std::size_t threads, double seconds) {
  return cpu::best_rate_of(cpu::multiply_adds, threads, seconds);
}

double measure_peak_pair_flops(std::size_t threads, double seconds) {
  if (!cpu::multiplies_bf16_pairs()) return 0;
  return cpu::best_rate_of(cpu::multiply_pairs, threads, seconds);
}

double measure_peak_int_ops(std::size_t threads, double seconds) {
  return cpu::best_rate_of(cpu::multiply_integers, threads, seconds);
}

Rate measure_read_bytes(std::size_t threads, std::size_t bytes, double seconds) {
  const HostTensor memory = HostTensor::zeros(Shape{bytes / sizeof(float)});
  const HostView view = memory;
  return measure_read_bytes(threads, {&view, 1}, seconds);
}

Rate measure_read_bytes(std::size_t threads, std::span<const HostView> memory, double seconds) {
  return cpu::best_rate(threads, seconds, [&](std::size_t task) {
    double bytes = 0;
    for (const HostView& view : memory) {
      const std::size_t each = view.bytes() / threads;
      float sink = 0;
      cpu::read(static_cast<const std::byte*>(view.data()) + task * each, each, &sink);
      [[maybe_unused]] const volatile float keep = sink;
      bytes += static_cast<double>(each);
    }
    return bytes;
  });
}

}  // namespace sparsight
#endif
