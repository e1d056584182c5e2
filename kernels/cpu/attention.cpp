// Attention in tiles with a running softmax (Milakov and Gimelshein 2018; FlashAttention, Dao et al. 2022): a block of
// query rows meets a block of keys at a time, so that rows x keys is never held. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/kernels.h"
#include "kernels/cpu/transpose-inl.h"

namespace sparsight::cpu {
#ifndef SPARSIGHT_ATTENTION_HEAD
#define SPARSIGHT_ATTENTION_HEAD
// One head of one sequence: pointers to its first row, strides between rows.
struct Head {
  const float* q;
  const float* k;
  const float* v;
  float* out;
  std::size_t q_stride;   // of q and out
  std::size_t kv_stride;  // of k and v
  std::size_t keys;
  std::size_t dim;
  float scale;
  bool causal;
  std::size_t first_visible;

  [[nodiscard]] std::size_t visible(std::size_t row) const {
    return causal ? std::min(keys, first_visible + row + 1) : keys;
  }
};

constexpr std::size_t kQueryBlock = 64;
constexpr std::size_t kKeyBlock = 256;
constexpr std::size_t kFewQueries = 4;  // up to here keys are not worth transposing

inline std::size_t padded(std::size_t n) { return (n + 15) / 16 * 16; }
inline std::size_t block_scratch(std::size_t dim) {
  return dim * kKeyBlock + kQueryBlock * kKeyBlock + kQueryBlock * padded(dim) + 2 * kQueryBlock;
}
#endif
}  // namespace sparsight::cpu

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE float dot(const float* a, const float* b, std::size_t n) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) sum = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum);
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

// y += a x
HWY_INLINE void add_scaled(float a, const float* x, std::size_t n, float* y) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto va = hn::Set(d, a);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::MulAdd(va, hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, y + i);
  for (; i < n; ++i) y[i] += a * x[i];
}

HWY_INLINE void scale_by(float a, std::size_t n, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] *= a;
}

// s = exp(s - max); returns the sum.
HWY_INLINE float exp_and_sum(float* s, std::size_t n, float max) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto vmax = hn::Set(d, max);
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto e = hn::Exp(d, hn::Sub(hn::LoadU(d, s + i), vmax));
    hn::StoreU(e, d, s + i);
    sum = hn::Add(sum, e);
  }
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < n; ++i) total += s[i] = std::exp(s[i] - max);
  return total;
}

// Of n >= 1 values.
HWY_INLINE float max_of(const float* s, std::size_t n) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto most = hn::Set(d, s[0]);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) most = hn::Max(most, hn::LoadU(d, s + i));
  float max = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; i < n; ++i) max = std::max(max, s[i]);
  return max;
}

// Softmax over the first `visible` keys of one query row; s has room for all keys and the rest becomes 0.
void ScoreRow(const Head& head, std::size_t row, std::size_t visible, float* s) {
  const float* q = head.q + row * head.q_stride;
  for (std::size_t key = 0; key < visible; ++key) s[key] = dot(q, head.k + key * head.kv_stride, head.dim) * head.scale;
  const float sum = exp_and_sum(s, visible, max_of(s, visible));
  scale_by(1.0f / sum, visible, s);
  std::fill(s + visible, s + head.keys, 0.0f);
}

void FewRows(const Head& head, std::size_t row0, std::size_t rows, float* scratch) {
  for (std::size_t row = row0; row < row0 + rows; ++row) {
    ScoreRow(head, row, head.visible(row), scratch);
    float* out = head.out + row * head.q_stride;
    std::fill(out, out + head.dim, 0.0f);
    for (std::size_t key = 0; key < head.visible(row); ++key)
      add_scaled(scratch[key], head.v + key * head.kv_stride, head.dim, out);
  }
}

// s[kRows][kKeyBlock] = q k^T over `dim`, for a run of two vectors of keys at `at`; keys transposed in kt.
template <std::size_t kRows>
HWY_INLINE void scores_tile(const float* q, std::size_t q_stride, const float* kt, std::size_t dim, std::size_t at,
                            float scale, float* s) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> s0[kRows], s1[kRows];
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(d);
  for (std::size_t j = 0; j < dim; ++j) {
    const auto k0 = hn::LoadU(d, kt + j * kKeyBlock + at);
    const auto k1 = hn::LoadU(d, kt + j * kKeyBlock + at + lanes);
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto qv = hn::Set(d, q[r * q_stride + j]);
      s0[r] = hn::MulAdd(qv, k0, s0[r]);
      s1[r] = hn::MulAdd(qv, k1, s1[r]);
    }
  }
  const auto vscale = hn::Set(d, scale);
  for (std::size_t r = 0; r < kRows; ++r) {
    hn::StoreU(hn::Mul(s0[r], vscale), d, s + r * kKeyBlock + at);
    hn::StoreU(hn::Mul(s1[r], vscale), d, s + r * kKeyBlock + at + lanes);
  }
}

// sums[kRows][dim] += p[kRows][keys] v, two vectors of columns at a time.
template <std::size_t kRows>
HWY_INLINE void values_tile(const float* p, const float* v, std::size_t v_stride, std::size_t keys, std::size_t dim,
                            std::size_t sums_stride, float* sums) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t c = 0;
  for (; c + 2 * lanes <= dim; c += 2 * lanes) {
    hn::Vec<decltype(d)> a0[kRows], a1[kRows];
    for (std::size_t r = 0; r < kRows; ++r) {
      a0[r] = hn::LoadU(d, sums + r * sums_stride + c);
      a1[r] = hn::LoadU(d, sums + r * sums_stride + c + lanes);
    }
    for (std::size_t key = 0; key < keys; ++key) {
      const auto v0 = hn::LoadU(d, v + key * v_stride + c);
      const auto v1 = hn::LoadU(d, v + key * v_stride + c + lanes);
      for (std::size_t r = 0; r < kRows; ++r) {
        const auto pv = hn::Set(d, p[r * kKeyBlock + key]);
        a0[r] = hn::MulAdd(pv, v0, a0[r]);
        a1[r] = hn::MulAdd(pv, v1, a1[r]);
      }
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      hn::StoreU(a0[r], d, sums + r * sums_stride + c);
      hn::StoreU(a1[r], d, sums + r * sums_stride + c + lanes);
    }
  }
  if (c < dim)
    for (std::size_t r = 0; r < kRows; ++r)
      for (std::size_t key = 0; key < keys; ++key)
        add_scaled(p[r * kKeyBlock + key], v + key * v_stride + c, dim - c, sums + r * sums_stride + c);
}

// kt[dim][kKeyBlock] = k^T; columns past `keys` are 0.
HWY_INLINE void transpose_keys(const float* k, std::size_t k_stride, std::size_t keys, std::size_t dim, float* kt) {
  std::size_t key = 0;
#if SPARSIGHT_TRANSPOSES
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  for (; key + lanes <= keys; key += lanes) {
    std::size_t j = transpose(k + key * k_stride, k_stride, dim, kt + key, kKeyBlock);
    for (; j < dim; ++j)
      for (std::size_t i = key; i < key + lanes; ++i) kt[j * kKeyBlock + i] = k[i * k_stride + j];
  }
#endif
  for (; key < keys; ++key)
    for (std::size_t j = 0; j < dim; ++j) kt[j * kKeyBlock + key] = k[key * k_stride + j];
  for (std::size_t j = 0; j < dim; ++j) std::fill(kt + j * kKeyBlock + keys, kt + (j + 1) * kKeyBlock, 0.0f);
}

// Up to kQueryBlock query rows against all keys they see. Scratch: block_scratch(dim) floats.
void QueryBlock(const Head& head, std::size_t row0, std::size_t rows, float* scratch) {
  constexpr std::size_t kStep = 4;
  const std::size_t sums_stride = padded(head.dim);
  float* kt = scratch;
  float* s = kt + head.dim * kKeyBlock;
  float* sums = s + kQueryBlock * kKeyBlock;
  float* row_max = sums + kQueryBlock * sums_stride;
  float* row_sum = row_max + kQueryBlock;
  std::fill(sums, sums + kQueryBlock * sums_stride, 0.0f);
  std::fill(row_max, row_max + kQueryBlock, -std::numeric_limits<float>::infinity());
  std::fill(row_sum, row_sum + kQueryBlock, 0.0f);

  const hn::ScalableTag<float> d;
  const std::size_t run = 2 * hn::Lanes(d);
  const std::size_t seen = head.visible(row0 + rows - 1);
  for (std::size_t key0 = 0; key0 < seen; key0 += kKeyBlock) {
    const std::size_t keys = std::min(kKeyBlock, seen - key0);
    transpose_keys(head.k + key0 * head.kv_stride, head.kv_stride, keys, head.dim, kt);
    for (std::size_t r = 0; r < rows; r += kStep) {
      const std::size_t count = std::min(kStep, rows - r);
      const float* q = head.q + (row0 + r) * head.q_stride;
      float* sr = s + r * kKeyBlock;
      for (std::size_t at = 0; at < keys; at += run) {
        switch (count) {
          case 4: scores_tile<4>(q, head.q_stride, kt, head.dim, at, head.scale, sr); break;
          case 3: scores_tile<3>(q, head.q_stride, kt, head.dim, at, head.scale, sr); break;
          case 2: scores_tile<2>(q, head.q_stride, kt, head.dim, at, head.scale, sr); break;
          default: scores_tile<1>(q, head.q_stride, kt, head.dim, at, head.scale, sr); break;
        }
      }
      for (std::size_t i = r; i < r + count; ++i) {
        const std::size_t visible = head.visible(row0 + i);
        const std::size_t here = visible > key0 ? std::min(keys, visible - key0) : 0;
        float* p = s + i * kKeyBlock;
        std::fill(p + here, p + keys, 0.0f);
        if (here == 0) continue;
        const float max = std::max(row_max[i], max_of(p, here));
        const float shrink = std::exp(row_max[i] - max);
        if (shrink != 1.0f) scale_by(shrink, head.dim, sums + i * sums_stride);
        row_sum[i] = row_sum[i] * shrink + exp_and_sum(p, here, max);
        row_max[i] = max;
      }
      const float* v = head.v + key0 * head.kv_stride;
      float* sr_sums = sums + r * sums_stride;
      switch (count) {
        case 4: values_tile<4>(sr, v, head.kv_stride, keys, head.dim, sums_stride, sr_sums); break;
        case 3: values_tile<3>(sr, v, head.kv_stride, keys, head.dim, sums_stride, sr_sums); break;
        case 2: values_tile<2>(sr, v, head.kv_stride, keys, head.dim, sums_stride, sr_sums); break;
        default: values_tile<1>(sr, v, head.kv_stride, keys, head.dim, sums_stride, sr_sums); break;
      }
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* out = head.out + (row0 + r) * head.q_stride;
    for (std::size_t c = 0; c < head.dim; ++c) out[c] = sums[r * sums_stride + c] / row_sum[r];
  }
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(ScoreRow);
HWY_EXPORT(FewRows);
HWY_EXPORT(QueryBlock);

namespace {

Head head_of(const AttentionArgs& args, Tensor& out, std::size_t sequence, std::size_t h) {
  const std::size_t rows = args.q.rows() / args.sequences, keys = args.k.rows() / args.sequences;
  const std::size_t dim = args.q.cols() / args.heads, group = args.heads / args.kv_heads;
  return {.q = args.q.f32() + sequence * rows * args.q.cols() + h * dim,
          .k = args.k.f32() + sequence * keys * args.k.cols() + h / group * dim,
          .v = args.v.empty() ? nullptr : args.v.f32() + sequence * keys * args.v.cols() + h / group * dim,
          .out = out.f32() + sequence * rows * args.q.cols() + h * dim,
          .q_stride = args.q.cols(),
          .kv_stride = args.k.cols(),
          .keys = keys,
          .dim = dim,
          .scale = args.scale,
          .causal = args.causal,
          .first_visible = args.first_visible};
}

}  // namespace

void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request, ThreadPool& pool,
               std::vector<Scratch>& scratch) {
  constexpr std::size_t kSmallWork = 1 << 16;
  const std::size_t rows = args.q.rows() / args.sequences, keys = args.k.rows() / args.sequences;
  const std::size_t dim = args.q.cols() / args.heads;
  const bool few = rows <= kFewQueries;
  const std::size_t blocks = few ? 1 : (rows + kQueryBlock - 1) / kQueryBlock;
  const std::size_t heads = args.sequences * args.heads;
  pool.run(
      heads * blocks,
      [&](std::size_t task, std::size_t worker) {
        // The longest blocks of a causal sequence first, so that no thread is left with one at the end.
        const std::size_t block = blocks - 1 - task / heads, h = task % heads;
        const Head head = head_of(args, out, h / args.heads, h % args.heads);
        if (few) {
          HWY_DYNAMIC_DISPATCH(FewRows)(head, 0, rows, scratch[worker].floats(keys));
        } else {
          const std::size_t row0 = block * kQueryBlock;
          HWY_DYNAMIC_DISPATCH(QueryBlock)
          (head, row0, std::min(kQueryBlock, rows - row0), scratch[worker].floats(block_scratch(dim)));
        }
      },
      heads * rows * keys * dim < kSmallWork);

  if (request == nullptr) return;
  SPARSIGHT_CHECK(args.sequences == 1);
  const std::size_t asked = request->rows.size();
  *request->scores = Tensor(Shape{args.heads, asked, keys});
  pool.run(args.heads * asked, [&](std::size_t task, std::size_t) {
    const Head head = head_of(args, out, 0, task / asked);
    const std::size_t row = request->rows[task % asked];
    HWY_DYNAMIC_DISPATCH(ScoreRow)(head, row, head.visible(row), request->scores->f32() + task * keys);
  });
}

void scores(const AttentionArgs& args, std::span<const std::size_t> at, Tensor& out, ThreadPool& pool) {
  const std::size_t asked = at.size(), keys = args.k.rows();
  pool.run(args.heads * asked, [&](std::size_t task, std::size_t) {
    const Head head = head_of(args, out, 0, task / asked);
    const std::size_t row = task % asked;
    HWY_DYNAMIC_DISPATCH(ScoreRow)(head, row, std::min(keys, at[row] + 1), out.f32() + task * keys);
  });
}

}  // namespace sparsight::cpu
#endif
