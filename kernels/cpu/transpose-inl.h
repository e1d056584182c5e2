// Transposes rows of any stored type to columns of floats in registers. Included once per Highway target.
#if defined(SPARSIGHT_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_TRANSPOSE_INL_H_
#undef SPARSIGHT_CPU_TRANSPOSE_INL_H_
#else
#define SPARSIGHT_CPU_TRANSPOSE_INL_H_
#endif

#include <hwy/highway.h>

#include <type_traits>

#include "kernels/cpu/load-inl.h"

// Whether transpose() exists: it needs vectors whose size is known at compile time.
#undef SPARSIGHT_TRANSPOSES
#if HWY_HAVE_SCALABLE || HWY_TARGET == HWY_SCALAR
#define SPARSIGHT_TRANSPOSES 0
#else
#define SPARSIGHT_TRANSPOSES 1

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn_transpose = hwy::HWY_NAMESPACE;

// Four floats, or four pairs of bfloat16, as words.
HWY_INLINE auto load_words(hn_transpose::Full128<std::uint32_t> d, const Bf16* p) {
  return hn_transpose::LoadU(d, reinterpret_cast<const std::uint32_t*>(p));
}
template <typename T>
HWY_INLINE auto load_words(hn_transpose::Full128<std::uint32_t> d, const T* p) {
  return hn_transpose::BitCast(d, load_wide(hn_transpose::Full128<float>(), p));
}

// Block b of 128 bits is loaded from row 4 b.
template <class D, typename T>
HWY_INLINE hn_transpose::Vec<D> load_blocks(D d, const T* p, std::size_t stride) {
  if constexpr (hn_transpose::MaxLanes(D()) == 4) {
    return load_words(d, p);
  } else {
    const hn_transpose::Half<D> half;
    return hn_transpose::Combine(d, load_blocks(half, p + 4 * (hn_transpose::MaxLanes(half) / 4) * stride, stride),
                                 load_blocks(half, p, stride));
  }
}

// words[i][lane] = word i of row `lane`; r[j] has words 0 to 3 of the rows j, j + 4, ...
template <class D>
HWY_INLINE void transpose_words(D d, const hn_transpose::Vec<D> (&r)[4], hn_transpose::Vec<D> (&words)[4]) {
  const hn_transpose::Repartition<std::uint64_t, D> d64;
  const auto a = hn_transpose::BitCast(d64, hn_transpose::InterleaveLower(d, r[0], r[1])),
             b = hn_transpose::BitCast(d64, hn_transpose::InterleaveUpper(d, r[0], r[1]));
  const auto c = hn_transpose::BitCast(d64, hn_transpose::InterleaveLower(d, r[2], r[3])),
             e = hn_transpose::BitCast(d64, hn_transpose::InterleaveUpper(d, r[2], r[3]));
  words[0] = hn_transpose::BitCast(d, hn_transpose::InterleaveLower(d64, a, c));
  words[1] = hn_transpose::BitCast(d, hn_transpose::InterleaveUpper(d64, a, c));
  words[2] = hn_transpose::BitCast(d, hn_transpose::InterleaveLower(d64, b, e));
  words[3] = hn_transpose::BitCast(d, hn_transpose::InterleaveUpper(d64, b, e));
}

// Stores words as floats; to_stride between inputs.
template <bool kPairs, class D>
HWY_INLINE void store_words(D d, const hn_transpose::Vec<D> (&words)[4], float* to, std::size_t to_stride) {
  const hn_transpose::RebindToFloat<D> df;
  for (std::size_t i = 0; i < 4; ++i) {
    if constexpr (kPairs) {
      const auto high = hn_transpose::And(words[i], hn_transpose::Set(d, 0xFFFF0000u));
      hn_transpose::StoreU(hn_transpose::BitCast(df, hn_transpose::ShiftLeft<16>(words[i])), df,
                           to + 2 * i * to_stride);
      hn_transpose::StoreU(hn_transpose::BitCast(df, high), df, to + (2 * i + 1) * to_stride);
    } else {
      hn_transpose::StoreU(hn_transpose::BitCast(df, words[i]), df, to + i * to_stride);
    }
  }
}

// to[k][lanes] = w[lanes][k]^T for kSteps times four words. Rows may be a power of two apart, so that few of their
// lines fit the first-level cache at once: all that is needed of four lines is loaded before the next four.
template <std::size_t kSteps, class D, typename T>
HWY_INLINE void transpose_steps(D d, const T* w, std::size_t stride, float* to, std::size_t to_stride) {
  constexpr bool kPairs = std::is_same_v<T, Bf16>;
  constexpr std::size_t kInputs = kPairs ? 8 : 4;
  hn_transpose::Vec<D> r[kSteps][4], words[4];
  for (std::size_t j = 0; j < 4; ++j)
    for (std::size_t step = 0; step < kSteps; ++step)
      r[step][j] = load_blocks(d, w + j * stride + step * kInputs, stride);
  for (std::size_t step = 0; step < kSteps; ++step) {
    transpose_words(d, r[step], words);
    store_words<kPairs>(d, words, to + step * kInputs * to_stride, to_stride);
  }
}

// to[k][lanes] = w[lanes][k]^T for the whole words of `depth`; returns the number of inputs done.
template <typename T>
HWY_INLINE std::size_t transpose(const T* w, std::size_t stride, std::size_t depth, float* to, std::size_t to_stride) {
  constexpr std::size_t kInputs = std::is_same_v<T, Bf16> ? 8 : 4;
  const hn_transpose::ScalableTag<std::uint32_t> d;
  constexpr std::size_t kSteps = hn_transpose::MaxLanes(d) / 4;  // as many as fit the registers
  std::size_t k = 0;
  for (; k + kSteps * kInputs <= depth; k += kSteps * kInputs)
    transpose_steps<kSteps>(d, w + k, stride, to + k * to_stride, to_stride);
  for (; k + kInputs <= depth; k += kInputs) transpose_steps<1>(d, w + k, stride, to + k * to_stride, to_stride);
  return k;
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

// to[depth][width] = w[cols][depth]^T, width being two vectors; columns past `cols` are 0.
template <typename T>
void transpose_panel(const T* w, std::size_t stride, std::size_t cols, std::size_t depth, float* to) {
  const std::size_t lanes = hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<float>()), width = 2 * lanes;
  std::size_t c = 0;
#if SPARSIGHT_TRANSPOSES
  for (; c + lanes <= cols; c += lanes) {
    std::size_t k = transpose(w + c * stride, stride, depth, to + c, width);
    for (; k < depth; ++k)
      for (std::size_t i = c; i < c + lanes; ++i) to[k * width + i] = widen_one(w[i * stride + k]);
  }
#endif
  for (; c < cols; ++c)
    for (std::size_t k = 0; k < depth; ++k) to[k * width + c] = widen_one(w[c * stride + k]);
  for (; c < width; ++c)
    for (std::size_t k = 0; k < depth; ++k) to[k * width + c] = 0.0f;
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
