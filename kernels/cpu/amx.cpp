// Uses tile instructions in inline assembly, since intrinsics need a compiler flag. No other code uses tile registers,
// so they keep their contents between statements.
#include "kernels/cpu/amx.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#endif

namespace sparsight::cpu {

#if defined(__x86_64__) && defined(__linux__)

namespace {

constexpr std::size_t kTile = 16;       // rows of a tile, and 32-bit words per row
constexpr std::size_t kIntDepth = 256;  // inputs per piece, as the set AVX3_DL rounds rows
constexpr std::size_t kIntBlocks = kIntDepth / kQuantisedBlock;

// Asks the system for the tile registers; it then reserves memory to save them.
bool granted() {
  constexpr int kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XSAVE component
  return ::syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
}

bool found() {
  constexpr unsigned kBf16 = 1u << 22, kTiles = 1u << 24, kInt8 = 1u << 25, kAll = kBf16 | kTiles | kInt8;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kAll) == kAll && granted();
}

template <int kNumber>
void load(const void* from, std::size_t stride_bytes) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride_bytes), "i"(kNumber) : "memory");
}
template <int kNumber>
void store(void* to, std::size_t stride_bytes) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride_bytes), "i"(kNumber) : "memory");
}
template <int kNumber>
void zero() {
  __asm__ volatile("tilezero %%tmm%c0" : : "i"(kNumber));
}
// sum += a * b: signed bytes with unsigned ones, or pairs of BF16
template <bool kPairs, int kSum, int kA, int kB>
void multiply() {
  if constexpr (kPairs)
    __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSum), "i"(kA), "i"(kB));
  else
    __asm__ volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSum), "i"(kA), "i"(kB));
}

// Adds products to the sums. `a` has `rows` rows; `b0` and `b1` are the weights of the first and second kTile columns,
// one row per word. `second`: there are second columns.
template <bool kPairs>
void multiply_steps(std::size_t rows, const std::byte* a, std::size_t a_stride, const std::byte* b0,
                    const std::byte* b1, std::size_t b_stride, bool second, std::size_t depth, std::size_t step) {
  const std::byte* low = a + kTile * a_stride;
  for (std::size_t k = 0; k < depth; k += step, a += step * 4, low += step * 4) {
    load<4>(a, a_stride);
    load<6>(b0 + k * b_stride, b_stride);
    multiply<kPairs, 0, 4, 6>();
    if (second) {
      load<7>(b1 + k * b_stride, b_stride);
      multiply<kPairs, 1, 4, 7>();
    }
    if (rows <= kTile) continue;
    load<5>(low, a_stride);
    multiply<kPairs, 2, 5, 6>();
    if (second) multiply<kPairs, 3, 5, 7>();
  }
}

void zero_all(std::size_t rows, bool second) {
  zero<0>();
  if (second) zero<1>();
  if (rows <= kTile) return;
  zero<2>();
  if (second) zero<3>();
}

void store_all(std::size_t rows, bool second, void* to, std::size_t stride_bytes) {
  auto* at = static_cast<std::byte*>(to);
  store<0>(at, stride_bytes);
  if (second) store<1>(at + kTile * 4, stride_bytes);
  if (rows <= kTile) return;
  store<2>(at + kTile * stride_bytes, stride_bytes);
  if (second) store<3>(at + kTile * stride_bytes + kTile * 4, stride_bytes);
}

// Scales a piece's sums of kTile columns and writes `cols` of them to out, in the same order as gemm_int.cpp's
// scale_and_store.
__attribute__((target("avx512f"))) void scale_and_store(std::size_t rows, const std::int32_t* sums,
                                                        const std::int32_t* offsets, const float* row_scales,
                                                        const float* scales, std::size_t cols, bool add, float* out,
                                                        std::size_t out_stride) {
  const auto mask = static_cast<__mmask16>((1u << cols) - 1);
  const __m512 scale = _mm512_loadu_ps(scales);
  for (std::size_t r = 0; r < rows; ++r, sums += kAmxCols, out += out_stride) {
    const __m512i sum = _mm512_sub_epi32(_mm512_loadu_si512(sums), _mm512_set1_epi32(offsets[r]));
    const __m512 value = _mm512_mul_ps(_mm512_maskz_cvtepi32_ps(mask, sum), _mm512_set1_ps(row_scales[r]));
    _mm512_mask_storeu_ps(
        out, mask, add ? _mm512_fmadd_ps(value, scale, _mm512_maskz_loadu_ps(mask, out)) : _mm512_mul_ps(value, scale));
  }
}

}  // namespace

bool has_amx() {
  static const bool there = found();
  return there;
}

AmxTiles::~AmxTiles() {
  if (rows_ != 0) __asm__ volatile("tilerelease");
}

// Tiles 0 to 3 are sums, 4 and 5 rows, 6 and 7 weights: each half of kAmxRows with each half of kAmxCols.
void AmxTiles::shape(std::size_t rows, std::size_t depth) {
  std::size_t step = std::min(depth, kTile);
  while (depth % step != 0) --step;
  if (rows == rows_ && step == step_) return;
  rows_ = rows, step_ = step;
  struct alignas(64) Config {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t row_bytes[16] = {};
    std::uint8_t rows[16] = {};
  } config;
  static_assert(sizeof(Config) == 64);
  const auto set = [&](std::size_t tile, std::size_t tile_rows, std::size_t row_words) {
    config.rows[tile] = static_cast<std::uint8_t>(tile_rows);
    config.row_bytes[tile] = static_cast<std::uint16_t>(row_words * 4);
  };
  for (std::size_t half = 0; half < 2; ++half) {
    const std::size_t of_half = half == 0 ? std::min(rows, kTile) : rows - std::min(rows, kTile);
    if (of_half != 0) {
      set(2 * half, of_half, kTile);
      set(2 * half + 1, of_half, kTile);
      set(4 + half, of_half, step);
    }
    set(6 + half, step, kTile);
  }
  __asm__ volatile("ldtilecfg %0" : : "m"(config));
}

void amx_int8_tile(const IntTile& tile) {
  const IntWeights& w = tile.weights;
  const std::size_t panel_bytes = (w.inputs + 3) / 4 * kPanelBytes;
  AmxTiles tiles;
  for (std::size_t k = 0; k < w.inputs; k += kIntDepth) {
    const std::size_t piece = k / kIntDepth, words = (std::min(kIntDepth, w.inputs - k) + 3) / 4;
    for (std::size_t i = 0; i < (tile.rows + kAmxRows - 1) / kAmxRows * tile.x.passes(); ++i) {
      const std::size_t pass = i % tile.x.passes(), first = i / tile.x.passes() * kAmxRows;
      const std::size_t rows = std::min(kAmxRows, tile.rows - first);
      if (!tile.x.needs(pass, piece, tile.first_row + first, rows)) continue;
      const std::size_t at = tile.x.at(pass, piece, tile.first_row + first);
      const bool add = k != 0 || pass != 0;
      const auto* a = static_cast<const std::byte*>(tile.x.values) + at * kIntDepth;
      std::int32_t offsets[kAmxRows];  // what the offset 128 of each weight adds
      for (std::size_t r = 0; r < rows; ++r) {
        const std::int32_t* sums = tile.x.sums + (at + r) * kIntBlocks;
        std::int32_t all = 0;
        for (std::size_t b = 0; b < kIntBlocks; ++b) all += sums[b];
        offsets[r] = 128 * all;
      }
      tiles.shape(rows, words);
      for (std::size_t c = 0; c < tile.cols; c += kAmxCols) {
        const std::size_t left = tile.cols - c, panel = (tile.first_col + c) / kPanelOutputs;
        const bool second = left > kTile;
        const std::byte* b = static_cast<const std::byte*>(w.values) + panel * panel_bytes + k / 4 * kPanelBytes;
        zero_all(rows, second);
        multiply_steps<false>(rows, a, kIntDepth, b, b + panel_bytes, kPanelBytes, second, words, tiles.step());
        alignas(64) std::int32_t sums[kAmxRows * kAmxCols];
        store_all(rows, second, sums, kAmxCols * sizeof(std::int32_t));
        float* out = tile.out + first * tile.out_stride + c;
        const float* scales = w.scales + panel * kPanelOutputs;
        scale_and_store(rows, sums, offsets, tile.x.scales + at, scales, std::min(left, kTile), add, out,
                        tile.out_stride);
        if (second)
          scale_and_store(rows, sums + kTile, offsets, tile.x.scales + at, scales + kTile,
                          std::min(left - kTile, kTile), add, out + kTile, tile.out_stride);
      }
    }
  }
}

void amx_multiply_pairs(const AmxTiles& tiles, const float* a, std::size_t a_stride, const float* b, std::size_t depth,
                        bool add, float* c, std::size_t c_stride) {
  const std::size_t rows = tiles.rows(), stride = c_stride * sizeof(float);
  if (add) {
    load<0>(c, stride);
    load<1>(c + kTile, stride);
    if (rows > kTile) {
      load<2>(c + kTile * c_stride, stride);
      load<3>(c + kTile * c_stride + kTile, stride);
    }
  } else {
    zero_all(rows, true);
  }
  const auto* weights = reinterpret_cast<const std::byte*>(b);
  multiply_steps<true>(rows, reinterpret_cast<const std::byte*>(a), a_stride * sizeof(float), weights,
                       weights + kTile * 4, kAmxCols * 4, true, depth, tiles.step());
  store_all(rows, true, c, stride);
}

std::size_t amx_products(std::size_t rounds, bool pairs) {
  constexpr std::size_t kSums = 4;
  AmxTiles tiles;
  tiles.shape(kAmxRows, kTile);
  zero_all(kAmxRows, true);
  zero<4>();
  zero<5>();
  zero<6>();
  zero<7>();
  for (std::size_t round = 0; round < rounds; ++round) {
    if (pairs) {
      multiply<true, 0, 4, 6>(), multiply<true, 1, 4, 7>(), multiply<true, 2, 5, 6>(), multiply<true, 3, 5, 7>();
    } else {
      multiply<false, 0, 4, 6>(), multiply<false, 1, 4, 7>(), multiply<false, 2, 5, 6>(), multiply<false, 3, 5, 7>();
    }
  }
  return rounds * kSums * kTile * kTile * kTile * (pairs ? 2 : 4) * 2;
}

#else

bool has_amx() { return false; }
AmxTiles::~AmxTiles() = default;
void AmxTiles::shape(std::size_t, std::size_t) {}
void amx_int8_tile(const IntTile&) { SPARSIGHT_CHECK(has_amx()); }
void amx_multiply_pairs(const AmxTiles&, const float*, std::size_t, const float*, std::size_t, bool, float*,
                        std::size_t) {
  SPARSIGHT_CHECK(has_amx());
}
std::size_t amx_products(std::size_t, bool) { return 0; }

#endif

}  // namespace sparsight::cpu
