// Attention of many query rows, in tiles with a running softmax (Milakov and Gimelshein 2018; FlashAttention, Dao et
// al. 2022). A block of keys and values is laid out once for all rows and query heads that use it, then multiplied with
// a few rows at a time in registers. Never stores rows x keys. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/cpu/exp2-inl.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/tile-inl.h"
#include "kernels/cpu/transpose-inl.h"

#ifndef SPARSIGHT_ATTENTION_SIZES
#define SPARSIGHT_ATTENTION_SIZES
namespace sparsight::cpu {
constexpr std::size_t kKeyBlock = 256;       // laid out, keys and values fit the second-level cache
constexpr std::size_t kMostTaskRows = 4096;  // keeps a task's state at a few megabytes

inline std::size_t padded(std::size_t dim) { return (dim + kGemmStep - 1) / kGemmStep * kGemmStep; }
inline std::size_t tiles_scratch(std::size_t rows, std::size_t dim) {
  return rows * (dim + padded(dim) + 2) + kKeyBlock * (dim + padded(dim)) + kMostTileRows * kKeyBlock + 5 * 16;
}
}  // namespace sparsight::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// c[kRows][kVectors vectors] = a[kRows][depth] b[depth][panel_cols()], plus c times a factor per row if factors are
// given.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void multiply(const float* HWY_RESTRICT a, std::size_t a_stride, const float* HWY_RESTRICT b,
                         std::size_t depth, const float* HWY_RESTRICT factors, float* HWY_RESTRICT c,
                         std::size_t c_stride) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  Vector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {
    s0[r] = s1[r] = hn::Zero(d);
    if (factors == nullptr) continue;
    const auto factor = hn::Set(d, factors[r]);
    s0[r] = hn::Mul(factor, hn::LoadU(d, c + r * c_stride));
    if constexpr (kVectors == 2) s1[r] = hn::Mul(factor, hn::LoadU(d, c + r * c_stride + lanes));
  }
  for (std::size_t k = 0; k < depth; ++k, b += 2 * lanes) {
    const auto b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes);
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto x = hn::Set(d, a[r * a_stride + k]);
      s0[r] = hn::MulAdd(x, b0, s0[r]);
      if constexpr (kVectors == 2) s1[r] = hn::MulAdd(x, b1, s1[r]);
    }
  }
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {
    hn::StoreU(s0[r], d, c + r * c_stride);
    if constexpr (kVectors == 2) hn::StoreU(s1[r], d, c + r * c_stride + lanes);
  }
}

// Computes whole vectors of c's columns up to `cols`. A panel of b has room for b_rows rows.
template <std::size_t kRows>
HWY_INLINE void multiply_panels(const float* a, std::size_t a_stride, const float* b, std::size_t b_rows,
                                std::size_t depth, const float* factors, float* c, std::size_t c_stride,
                                std::size_t cols) {
  const std::size_t width = panel_cols();
  for (std::size_t at = 0; at < cols; at += width) {
    if (cols - at > width / 2)
      multiply<kRows, 2>(a, a_stride, b + at * b_rows, depth, factors, c + at, c_stride);
    else
      multiply<kRows, 1>(a, a_stride, b + at * b_rows, depth, factors, c + at, c_stride);
  }
}

// A block of keys and values in the layout for tiles.
struct Block {
  const float* keys;    // panels [dim][panel_cols()], one key per column
  const float* values;  // panels [kKeyBlock][panel_cols()], one key per row
  std::size_t first, count;
};

// A task's query rows, multiplied by the scale and log2 e, and the state of their softmax.
struct Rows {
  float* q;      // [rows][dim]
  float* sums;   // [rows][padded(dim)]: weighted sums of values, not yet divided
  float* max;    // [rows]: of scores
  float* total;  // [rows]: of powers
};

// Attention of kRows rows to a block; the first is row `row` of the sequence and `at` of the task.
template <std::size_t kRows>
void meet(const Attended& a, const Block& block, const Rows& rows, std::size_t row, std::size_t at, float* s) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), sums_stride = padded(a.dim);
  const std::size_t keys = std::min(block.count, a.visible(row + kRows - 1) - block.first);
  const std::size_t filled = (keys + lanes - 1) / lanes * lanes;
  multiply_panels<kRows>(rows.q + at * a.dim, a.dim, block.keys, a.dim, a.dim, nullptr, s, kKeyBlock, keys);
  float shrink[kRows];
  for (std::size_t r = 0; r < kRows; ++r) {
    float* p = s + r * kKeyBlock;
    const std::size_t visible = std::min(keys, std::max(a.visible(row + r), block.first) - block.first);
    if (visible < filled) std::fill(p + visible, p + filled, -std::numeric_limits<float>::infinity());
    const auto before = hn::Set(d, rows.max[at + r]);
    auto most = before;
    for (std::size_t i = 0; i < filled; i += lanes) most = hn::Max(most, hn::LoadU(d, p + i));
    const auto max = hn::MaxOfLanes(d, most);
    shrink[r] = hn::GetLane(exp2_below(d, hn::Sub(before, max)));
    rows.max[at + r] = hn::GetLane(max);
  }
  // In a loop of its own: a maximum across lanes takes long, and the next row does not wait for it.
  for (std::size_t r = 0; r < kRows; ++r) {
    float* p = s + r * kKeyBlock;
    const auto max = hn::Set(d, rows.max[at + r]);
    auto sum = hn::Zero(d);
    for (std::size_t i = 0; i < filled; i += lanes) {
      const auto e = exp2_below(d, hn::Sub(hn::LoadU(d, p + i), max));
      hn::StoreU(e, d, p + i);
      sum = hn::Add(sum, e);
    }
    rows.total[at + r] = rows.total[at + r] * shrink[r] + hn::GetLane(hn::SumOfLanes(d, sum));
  }
  multiply_panels<kRows>(s, kKeyBlock, block.values, kKeyBlock, keys, block.first == 0 ? nullptr : shrink,
                         rows.sums + at * sums_stride, sums_stride, a.dim);
}

template <std::size_t kRows>
void choose_rows(std::size_t count, const Attended& a, const Block& block, const Rows& rows, std::size_t row,
                 std::size_t at, float* s) {
  if constexpr (kRows > 1)
    if (count < kRows) return choose_rows<kRows - 1>(count, a, block, rows, row, at, s);
  meet<kRows>(a, block, rows, row, at, s);
}

// Panels of values; columns past `dim` are 0.
template <typename T>
void lay_out_values(const T* v, std::size_t stride, std::size_t keys, std::size_t dim, float* to) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), width = 2 * lanes;
  for (std::size_t key = 0; key < keys; ++key) {
    const T* from = v + key * stride;
    std::size_t c = 0;
    for (; c + lanes <= dim; c += lanes)
      hn::StoreU(load_wide(d, from + c), d, to + c / width * width * kKeyBlock + key * width + c % width);
    for (; c < (dim + width - 1) / width * width; ++c)
      to[c / width * width * kKeyBlock + key * width + c % width] = c < dim ? widen_one(from[c]) : 0.0f;
  }
}

template <typename T>
void tiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, const T* k, const T* v,
           float* scratch) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), width = 2 * lanes, group = a.heads / a.kv_heads, all = group * count;
  const auto take = [&scratch](std::size_t floats) {
    float* taken = scratch;
    scratch += (floats + 15) / 16 * 16;
    return taken;
  };
  float* keys = take(kKeyBlock * a.dim);
  float* values = take(kKeyBlock * padded(a.dim));
  float* s = take(kMostTileRows * kKeyBlock);
  const Rows rows{take(all * a.dim), take(all * padded(a.dim)), take(all), take(all)};
  std::fill_n(rows.max, all, -std::numeric_limits<float>::infinity());
  std::fill_n(rows.total, all, 0.0f);
  const std::size_t first = kv_head * group;
  const float factor = a.scale * std::numbers::log2e_v<float>;
  for (std::size_t i = 0; i < all; ++i) {
    const float* q = a.q + (row0 + i % count) * a.q_stride + (first + i / count) * a.dim;
    for (std::size_t c = 0; c < a.dim; ++c) rows.q[i * a.dim + c] = q[c] * factor;
  }

  const std::size_t seen = a.visible(row0 + count - 1), groups = (count + kRegisterRows - 1) / kRegisterRows;
  for (std::size_t key0 = 0; key0 < seen; key0 += kKeyBlock) {
    const Block block{keys, values, key0, std::min(kKeyBlock, seen - key0)};
    const std::size_t at = key0 * a.kv_stride + kv_head * a.dim;
    for (std::size_t c = 0; c < block.count; c += width)
      transpose_panel(k + at + c * a.kv_stride, a.kv_stride, std::min(width, block.count - c), a.dim, keys + c * a.dim);
    lay_out_values(v + at, a.kv_stride, block.count, a.dim, values);
    for (std::size_t tile = 0; tile < group * groups; ++tile) {
      // Tiles of equal size, so that no tile has too few rows to hide the latency of multiply-adds.
      const std::size_t begin = tile % groups * count / groups, end = (tile % groups + 1) * count / groups;
      if (a.visible(row0 + end - 1) > key0)
        choose_rows<kRegisterRows>(end - begin, a, block, rows, row0 + begin, tile / groups * count + begin, s);
    }
  }
  for (std::size_t i = 0; i < all; ++i) {
    float* out = a.out + (row0 + i % count) * a.q_stride + (first + i / count) * a.dim;
    const float* sums = rows.sums + i * padded(a.dim);
    const float inverse = 1.0f / rows.total[i];
    for (std::size_t c = 0; c < a.dim; ++c) out[c] = sums[c] * inverse;
  }
}

// Rows [row0, row0 + count) of the query heads that share one key/value head. Scratch: tiles_scratch() for these.
void Tiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, float* scratch) {
  SPARSIGHT_CHECK(panel_cols() <= kGemmStep);
  with_weights(a.k, a.type,
               [&]<typename T>(const T* k) { tiles(a, kv_head, row0, count, k, static_cast<const T*>(a.v), scratch); });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(Tiles);

namespace {

void tiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, float* memory) {
  HWY_DYNAMIC_DISPATCH(Tiles)(a, kv_head, row0, count, memory);
}

}  // namespace

Attended Attended::of(const AttentionArgs& args, std::size_t sequence, Tensor* out) {
  const std::size_t rows = args.q.rows() / args.sequences, keys = args.k.rows() / args.sequences;
  const std::size_t skipped = sequence * keys * args.k.cols() * size_of(args.k.dtype());
  const auto part = [&](const TensorView& all) {
    return all.empty() ? nullptr : static_cast<const std::byte*>(host(all).data()) + skipped;
  };
  return {.q = host(args.q).f32() + sequence * rows * args.q.cols(),
          .k = part(args.k),
          .v = part(args.v),
          .type = args.k.dtype(),
          .out = out == nullptr ? nullptr : floats_of(*out) + sequence * rows * args.q.cols(),
          .q_stride = args.q.cols(),
          .kv_stride = args.k.cols(),
          .rows = rows,
          .keys = keys,
          .heads = args.heads,
          .kv_heads = args.kv_heads,
          .dim = args.q.cols() / args.heads,
          .scale = args.scale,
          .causal = args.causal,
          .first_visible = args.first_visible};
}

void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request, ThreadPool& pool,
               std::vector<Scratch>& scratch) {
  constexpr std::size_t kTasksAThread = 4;
  const std::size_t rows = args.q.rows() / args.sequences, keys = args.k.rows() / args.sequences;
  if (rows <= kFewQueryRows) {
    attention_few(args, out, pool, scratch);
  } else {
    const std::size_t heads = args.sequences * args.kv_heads, group = args.heads / args.kv_heads;
    const std::size_t wanted =
        std::max(rows * group / kMostTaskRows, pool.working() == 1 ? 1 : kTasksAThread * pool.working() / heads);
    const std::size_t blocks = (rows + kMostTileRows - 1) / kMostTileRows;
    const std::size_t chunks = std::clamp<std::size_t>(wanted, 1, blocks);
    const bool rounded = args.rounded && !args.causal && rounds_attention();
    pool.share({.units = blocks,
                .most = (blocks + chunks - 1) / chunks,
                .across = heads,
                .small = args.q.rows() * args.q.cols() * keys < kSmallWork},
               [&](const Piece& piece, std::size_t worker) {
                 // The last rows of a causal sequence first, which take longest, so that no thread gets them at the
                 // end.
                 const std::size_t row = (blocks - piece.end) * kMostTileRows,
                                   count = std::min(rows, (blocks - piece.begin) * kMostTileRows) - row;
                 const Attended a = Attended::of(args, piece.number / args.kv_heads, &out);
                 const auto room = (rounded ? int_tiles_scratch : tiles_scratch)(count * group, a.dim);
                 (rounded ? int_tiles : tiles)(a, piece.number % args.kv_heads, row, count,
                                               scratch[worker].floats(room));
               });
  }
  if (request == nullptr) return;
  const Attended a = Attended::of(args, 0, &out);
  const auto seen_by = [&](std::span<const std::size_t> some) {
    std::vector<AskedRow> asked;
    for (const std::size_t row : some) asked.push_back({row, a.visible(row)});
    return asked;
  };
  if (!request->rows.empty()) {
    *request->scores = tensor_of(HostTensor(Shape{args.heads, request->rows.size(), keys}));
    score_rows(a, seen_by(request->rows), floats_of(*request->scores), pool);
  }
  if (!request->mean_rows.empty()) {
    *request->means = tensor_of(HostTensor(Shape{request->mean_rows.size(), keys}));
    mean_score_rows(a, seen_by(request->mean_rows), floats_of(*request->means), pool);
  }
}

}  // namespace sparsight::cpu
#endif
