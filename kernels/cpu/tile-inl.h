// Shared by all tiles of products: how much fits the registers. Included once per Highway target.
#if defined(SPARSIGHT_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_TILE_INL_H_
#undef SPARSIGHT_CPU_TILE_INL_H_
#else
#define SPARSIGHT_CPU_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

// Rows whose sums, two vectors each, fit the registers: 24 of 32, or 12 of 16.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr std::size_t kRegisterRows = 12;
#else
constexpr std::size_t kRegisterRows = 6;
#endif

// Columns of a panel: two vectors of 32-bit numbers.
HWY_INLINE std::size_t panel_cols() { return 2 * hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<float>()); }

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
