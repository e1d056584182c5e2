#include "kernels/cpu/instructions.h"

#include "kernels/backends.h"
#include "kernels/cpu/amx.h"
#include "kernels/peak.h"

#include <hwy/targets.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#if HWY_ARCH_X86
#include <cpuid.h>
#elif defined(__linux__)
#include <sys/auxv.h>
#endif

namespace sparsight {
namespace cpu {
namespace {

bool always() { return true; }

#if HWY_ARCH_X86
// A bit of CPUID's leaf 7: register 0 is eax, 2 is ecx.
bool cpuid_bit(unsigned subleaf, unsigned number, unsigned bit) {
  unsigned registers[4] = {};
  return __get_cpuid_count(7, subleaf, &registers[0], &registers[1], &registers[2], &registers[3]) != 0 &&
         (registers[number] >> bit & 1) != 0;
}
bool has_avx512_vnni() { return cpuid_bit(0, 2, 11); }
bool has_avx_vnni() { return cpuid_bit(1, 0, 4); }
#elif defined(__linux__)
bool has_dotprod() { return (::getauxval(AT_HWCAP) >> 20 & 1) != 0; }  // HWCAP_ASIMDDP
bool has_i8mm() { return (::getauxval(AT_HWCAP2) >> 13 & 1) != 0; }    // HWCAP2_I8MM
#else
bool has_dotprod() { return false; }
bool has_i8mm() { return false; }
#endif

struct InstructionSet {
  std::string_view name;
  std::int64_t target;  // of Highway
  bool (*also)();       // what the CPU needs beyond the target
  bool bytes = false;   // multiplies_bytes()
  bool tiles = false;   // uses_amx() or multiplies_two_by_two()
  bool wide = false;    // may be no faster than the next set: measured
};

// Best first; those of a better target come before those of a worse one.
constexpr InstructionSet kSets[] = {
#if HWY_ARCH_X86
    {"AMX", HWY_AVX3_DL, has_amx, true, true},
    {"AVX3_DL", HWY_AVX3_DL, always, true},          // Ice Lake, Zen 4 and later
    {"AVX3_VNNI", HWY_AVX3, has_avx512_vnni, true},  // Cascade Lake
    // Skylake's servers. Some have one unit of 512 bits, which computes no more per cycle than two of 256 bits and
    // lowers the clock. Later CPUs need the wide vectors for products of bytes, and hardly lower the clock.
    {"AVX3", HWY_AVX3, always, false, false, true},
    {"AVX2_VNNI", HWY_AVX2, has_avx_vnni, true},  // Alder Lake and later, without AVX-512
    {"AVX2", HWY_AVX2, always},
    {"SSE4", HWY_SSE4, always},
    {"SSSE3", HWY_SSSE3, always},
#elif HWY_ARCH_ARM_A64
    {"NEON_I8MM", HWY_NEON, has_i8mm, true, true},                     // Neoverse V1, Apple's M2
    {"NEON_DOT", HWY_NEON, has_dotprod, true},                         // Cortex-A76 and most later ones
    {"NEON", HWY_NEON, always},
#endif
    {"EMU128", HWY_EMU128, always},
    {"SCALAR", HWY_SCALAR, always},
};

bool available(const InstructionSet& set) {
  static const std::int64_t of_this_cpu = hwy::SupportedTargets();  // before one of them is chosen
  return (of_this_cpu & HWY_TARGETS & set.target) != 0 && set.also();
}

void dispatch_to(const InstructionSet& set) {
  hwy::SetSupportedTargetsForTest(set.target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

double multiply_adds_with(const InstructionSet& set) {
  constexpr double kSeconds = 0.002;
  dispatch_to(set);
  return measure_peak_flops(1, kSeconds);
}

bool much_faster(const InstructionSet& set, const InstructionSet& other) {
  constexpr double kMuch = 1.2;
  return multiply_adds_with(set) > kMuch * multiply_adds_with(other);
}

const InstructionSet& best() {
  for (const InstructionSet* set = std::begin(kSets); set != std::end(kSets); ++set) {
    if (!available(*set)) continue;
    const InstructionSet* next = set + 1;
    while (set->wide && !available(*next)) ++next;
    if (!set->wide || much_faster(*set, *next)) return *set;
  }
  return *std::prev(std::end(kSets));
}

std::atomic<const InstructionSet*> chosen{nullptr};  // null: the best

const InstructionSet& current() {
  static const InstructionSet& at_start = []() -> const InstructionSet& {
    const InstructionSet& set = best();
    dispatch_to(set);
    return set;
  }();
  const InstructionSet* set = chosen.load(std::memory_order_relaxed);
  return set != nullptr ? *set : at_start;
}

}  // namespace

bool multiplies_bytes() { return current().bytes; }
bool multiplies_two_by_two() { return HWY_ARCH_ARM_A64 && current().tiles; }
bool uses_amx() { return HWY_ARCH_X86 && current().tiles; }
bool widens_beside_products() {
#if HWY_ARCH_X86
  static const bool is_intel = __builtin_cpu_is("intel");
  return !is_intel;
#else
  return true;
#endif
}

}  // namespace cpu

std::vector<std::string> cpu_targets() {
  std::vector<std::string> names;
  for (const cpu::InstructionSet* set = &cpu::current(); set != std::end(cpu::kSets); ++set)
    if (cpu::available(*set)) names.emplace_back(set->name);
  return names;
}

bool choose_cpu_target(std::string_view name) {
  cpu::chosen.store(nullptr, std::memory_order_relaxed);
  const cpu::InstructionSet* set = &cpu::current();  // without a name, or with an unknown one, the best
  bool found = name.empty();
  for (const cpu::InstructionSet& other : cpu::kSets) {
    if (found || other.name != name || !cpu::available(other)) continue;
    found = true;
    set = &other;
    cpu::chosen.store(set, std::memory_order_relaxed);
  }
  cpu::dispatch_to(*set);
  return found;
}

}  // namespace sparsight
