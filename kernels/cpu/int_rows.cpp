// Activations rounded to integers for products with quantised weights (kernels.h). Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/int_rows.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/cpu/int_scheme-inl.h"
#include "kernels/cpu/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

// The nearest integer, ties to even, for |x| < 2^22.
HWY_INLINE IntVector nearest(hn::Vec<Floats> x) {
  constexpr float kShift = 0x1.8p23f;  // leaves the integer in the lowest bits
  return hn::Sub(hn::BitCast(Ints(), hn::Add(x, hn::Set(Floats(), kShift))), hn::Set(Ints(), 0x4B400000));
}

// Rounds values; returns their sum, and adds their squares, if they are bytes.
template <typename T>
HWY_INLINE std::int32_t round_values(const float* x, std::size_t count, float factor, T* to, std::int32_t& squares) {
  const Floats d;
  const hn::Rebind<T, Ints> dr;
  const std::size_t lanes = hn::Lanes(d);
  constexpr bool kSquares = sizeof(T) == 1;
  auto sums = hn::Zero(Ints()), squared = hn::Zero(Ints());
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto q = nearest(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, factor)));
    sums = hn::Add(sums, q);
    if constexpr (kSquares) squared = hn::Add(squared, hn::Mul(q, q));
    hn::StoreU(hn::DemoteTo(dr, q), dr, to + i);
  }
  std::int32_t sum = hn::GetLane(hn::SumOfLanes(Ints(), sums));
  if constexpr (kSquares) squares += hn::GetLane(hn::SumOfLanes(Ints(), squared));
  for (; i < count; ++i) {
    to[i] = static_cast<T>(hn::GetLane(nearest(hn::Set(d, x[i] * factor))));
    sum += to[i];
    if constexpr (kSquares) squares += to[i] * to[i];
  }
  return sum;
}

// What rounding to integers lost is less than one half.
constexpr float kFiner = 254;

// Rounds kFiner times what `rounded` lost; returns the sum.
HWY_INLINE std::int32_t round_rest(const float* x, std::size_t count, float factor, const std::int8_t* rounded,
                                   std::int8_t* to) {
  const Floats d;
  const hn::Rebind<std::int8_t, Ints> dr;
  const std::size_t lanes = hn::Lanes(d);
  auto sums = hn::Zero(Ints());
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto q = hn::ConvertTo(d, hn::PromoteTo(Ints(), hn::LoadU(dr, rounded + i)));
    const auto lost = hn::Sub(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, factor)), q);
    const auto rest = nearest(hn::Mul(lost, hn::Set(d, kFiner)));
    sums = hn::Add(sums, rest);
    hn::StoreU(hn::DemoteTo(dr, rest), dr, to + i);
  }
  std::int32_t sum = hn::GetLane(hn::SumOfLanes(Ints(), sums));
  for (; i < count; ++i) {
    to[i] = static_cast<std::int8_t>(
        hn::GetLane(nearest(hn::Set(d, (x[i] * factor - static_cast<float>(rounded[i])) * kFiner))));
    sum += to[i];
  }
  return sum;
}

// Swaps the second and third of each four values: pairs are then those of every second byte of a word.
HWY_INLINE void order_in_pairs(std::int16_t* values, std::size_t count) {
  for (std::size_t i = 0; i < count; i += 4) {
    std::uint64_t four;
    std::memcpy(&four, values + i, sizeof four);
    four = (four & 0xFFFF00000000FFFF) | (four & 0xFFFF0000) << 16 | (four >> 16 & 0xFFFF0000);
    std::memcpy(values + i, &four, sizeof four);
  }
}

// Rounds a piece of a row. `rest`: the second pass, if the target has one.
template <class S>
void round_piece(const float* x, std::size_t count, const RoundedPiece& first, const RoundedPiece& rest) {
  const Floats d;
  constexpr float most = S::kMost;
  const std::size_t lanes = hn::Lanes(d), padded = (count + 7) / 8 * 8;
  auto* to = static_cast<typename S::Rounded*>(first.values);
  auto largest = hn::Zero(d), spoilt = hn::Zero(d);  // spoilt: NaN if a value is NaN or infinite
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto v = hn::LoadU(d, x + i);
    largest = hn::Max(largest, hn::Abs(v));
    spoilt = hn::MulAdd(v, hn::Zero(d), spoilt);
  }
  float max = hn::GetLane(hn::MaxOfLanes(d, largest)), bad = hn::GetLane(hn::SumOfLanes(d, spoilt));
  for (; i < count; ++i) {
    max = std::max(max, std::abs(x[i]));
    bad += 0 * x[i];
  }
  constexpr std::size_t kStep = S::kInt4 ? kQuantisedBlock : S::kDepth;
  std::fill_n(first.sums, S::kBlocks, 0);
  *first.scale = max / most + bad;
  std::int32_t squares = 0;
  const bool useful = bad == 0 && max >= most * 1e-37f;
  if (useful) {
    for (i = 0; i < count; i += kStep)
      first.sums[i / kQuantisedBlock] = round_values(x + i, std::min(kStep, count - i), most / max, to + i, squares);
    std::fill(to + count, to + padded, typename S::Rounded{0});
    if constexpr (!S::kInBytes) order_in_pairs(to, padded);
  } else {
    std::fill_n(to, padded, typename S::Rounded{0});
  }
  if constexpr (S::kInBytes) {
    auto* finer = static_cast<std::int8_t*>(rest.values);
    std::fill_n(rest.sums, S::kBlocks, 0);
    // Of the integers, so that the choice is the same on every target.
    const bool outliers = useful && S::kMost * S::kMost * static_cast<std::int32_t>(count) >
                                        IntRows::kOutlier * IntRows::kOutlier * squares;
    *rest.scale = outliers ? *first.scale / kFiner : 0;
    std::fill_n(finer, padded, std::int8_t{0});
    for (i = 0; outliers && i < count; i += kStep)
      rest.sums[i / kQuantisedBlock] = round_rest(x + i, std::min(kStep, count - i), most / max, to + i, finer + i);
  }
}

void RoundPiece(const float* x, std::size_t count, bool int4, const RoundedPiece& first, const RoundedPiece& rest) {
  with_scheme(int4, [&]<class S>(S) { round_piece<S>(x, count, first, rest); });
}

IntPieces Pieces(bool int4) {
  return with_scheme(int4, []<class S>(S) {
    return IntPieces{S::kDepth, S::kDepth * sizeof(typename S::Rounded), S::kBlocks, S::kInBytes ? 2u : 1u};
  });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(RoundPiece);
HWY_EXPORT(Pieces);

IntRows::IntRows(std::size_t rows, std::size_t inputs, bool with_int4, Scratch& memory)
    : rows_(rows),
      inputs_(inputs),
      int4_(with_int4),
      pieces_(HWY_DYNAMIC_DISPATCH(Pieces)(with_int4)),
      count_((inputs + pieces_.depth - 1) / pieces_.depth) {
  const std::size_t count = pieces_.passes * count_ * rows;
  const std::size_t of_values = count * pieces_.bytes / sizeof(float), of_sums = count * pieces_.blocks;
  float* all = memory.floats(of_values + of_sums + count);
  values = all;
  sums = reinterpret_cast<std::int32_t*>(all + of_values);
  scales = all + of_values + of_sums;
}

void IntRows::round(std::size_t row, const float* x) {
  for (std::size_t k = 0; k < inputs_; k += pieces_.depth) {
    const auto of_pass = [&](std::size_t pass) {
      const std::size_t piece = at(pass, k / pieces_.depth, row);
      return RoundedPiece{static_cast<std::byte*>(values) + piece * pieces_.bytes, sums + piece * pieces_.blocks,
                          scales + piece};
    };
    HWY_DYNAMIC_DISPATCH(RoundPiece)
    (x + k, std::min(pieces_.depth, inputs_ - k), int4_, of_pass(0), of_pass(pieces_.passes - 1));
  }
}

}  // namespace sparsight::cpu
#endif
