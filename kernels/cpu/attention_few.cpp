// Attention of few query rows, which is bound by memory: for one range of keys at a time, reads keys and values once,
// in memory order, for all heads. Combines the ranges' results by their maxima (Flash-Decoding, Dao et al. 2023).
// Ranges do not depend on the number of threads. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention_few.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>
#include <numbers>

#include "kernels/cpu/exp2-inl.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"

#ifndef SPARSIGHT_ATTENTION_RANGE
#define SPARSIGHT_ATTENTION_RANGE
namespace sparsight::cpu {
constexpr std::size_t kRange = 128;

struct Range {
  std::size_t first, count;
};
// The result of the rows in one range; `queries` is heads * rows, head by head.
struct Part {
  float* sums;   // [queries][dim]: weighted sums of values, not divided
  float* max;    // [queries]: of scores; -infinity if a row attends to nothing in the range
  float* total;  // [queries]: of powers

  Part(float* memory, std::size_t queries, std::size_t dim)
      : sums(memory), max(sums + queries * dim), total(max + queries) {}
  static std::size_t floats(std::size_t queries, std::size_t dim) { return (queries * (dim + 2) + 15) / 16 * 16; }
};
}  // namespace sparsight::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

constexpr std::size_t kLine = 64;  // bytes that memory reads at once
constexpr std::size_t kKeys = 8;   // keys at once: as many streams as memory reads efficiently

// Asks for what is read after these keys or values, so that it comes while a core computes with them.
template <std::size_t kCount, typename T>
HWY_INLINE void fetch_next(const T* rows, std::size_t stride, std::size_t dim) {
  for (std::size_t i = kCount; i < 2 * kCount; ++i)
    for (std::size_t c = 0; c < dim; c += kLine / sizeof(T)) hwy::Prefetch(rows + i * stride + c);
}

// out[i] = factor * q . k[i]
template <std::size_t kCount, typename T>
HWY_INLINE void dots(const float* q, const T* k, std::size_t k_stride, std::size_t dim, float factor, float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  Vector sums[kCount];
  for (std::size_t i = 0; i < kCount; ++i) sums[i] = hn::Zero(d);
  std::size_t c = 0;
  for (; c + lanes <= dim; c += lanes) {
    const auto x = hn::LoadU(d, q + c);
    for (std::size_t i = 0; i < kCount; ++i) sums[i] = hn::MulAdd(x, load_wide(d, k + i * k_stride + c), sums[i]);
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    float sum = hn::GetLane(hn::SumOfLanes(d, sums[i]));
    for (std::size_t j = c; j < dim; ++j) sum += q[j] * widen_one(k[i * k_stride + j]);
    out[i] = sum * factor;
  }
}

// out += p[0] v[0] + ...
template <std::size_t kCount, typename T>
HWY_INLINE void add_values(const float* p, const T* v, std::size_t v_stride, std::size_t dim, float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t c = 0;
  for (; c + lanes <= dim; c += lanes) {
    auto sum = hn::LoadU(d, out + c);
    for (std::size_t i = 0; i < kCount; ++i)
      sum = hn::MulAdd(hn::Set(d, p[i]), load_wide(d, v + i * v_stride + c), sum);
    hn::StoreU(sum, d, out + c);
  }
  for (; c < dim; ++c)
    for (std::size_t i = 0; i < kCount; ++i) out[c] += p[i] * widen_one(v[i * v_stride + c]);
}

// Calls body(key, std::integral_constant: number of keys) for kKeys keys at a time, then for single ones.
template <class Body>
HWY_INLINE void by_keys(const Range& range, const Body& body) {
  std::size_t key = 0;
  for (; key + kKeys <= range.count; key += kKeys) body(key, std::integral_constant<std::size_t, kKeys>());
  for (; key < range.count; ++key) body(key, std::integral_constant<std::size_t, 1>());
}

// s[heads][asked][stride] = scores of a range's keys, times log2 e, from the range's first column on.
void ScoreRange(const Attended& a, const Range& range, std::span<const AskedRow> asked, float* s, std::size_t stride) {
  const float factor = a.scale * std::numbers::log2e_v<float>;
  const std::size_t group = a.group();
  with_weights(a.k, a.type, [&](const auto* typed) {
    const auto* k = typed + range.first * a.kv_stride;
    by_keys(range, [&](std::size_t key, auto count) {
      for (std::size_t h = 0; h < a.heads; ++h) {
        const auto* keys = k + key * a.kv_stride + h / group * a.dim;
        if (h % group == 0) fetch_next<count()>(keys, a.kv_stride, a.dim);
        for (std::size_t i = 0; i < asked.size(); ++i)
          dots<count()>(a.q + asked[i].row * a.q_stride + h * a.dim, keys, a.kv_stride, a.dim, factor,
                        s + (h * asked.size() + i) * stride + key);
      }
    });
  });
}

HWY_INLINE float max_of(const float* s, std::size_t n) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  auto most = hn::Set(d, -std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) most = hn::Max(most, hn::LoadU(d, s + i));
  float max = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; i < n; ++i) max = std::max(max, s[i]);
  return max;
}

// s = 2^(s - max); returns the sum.
HWY_INLINE float powers(float* s, std::size_t n, float max) {
  const Floats d;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto e = exp2_below(d, hn::Sub(hn::LoadU(d, s + i), hn::Set(d, max)));
    hn::StoreU(e, d, s + i);
    sum = hn::Add(sum, e);
  }
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < n; ++i) total += s[i] = hn::GetLane(exp2_below(one, hn::Set(one, s[i] - max)));
  return total;
}

void SoftmaxRow(float* s, std::size_t visible, std::size_t keys) {
  const float inverse = 1.0f / powers(s, visible, max_of(s, visible));
  for (std::size_t i = 0; i < visible; ++i) s[i] *= inverse;
  std::fill(s + visible, s + keys, 0.0f);
}

// Attention of all rows and heads of a sequence to a range of keys. `s` has room for heads * asked * kRange scores.
void RangePart(const Attended& a, const Range& range, std::span<const AskedRow> asked, float* s, const Part& part) {
  ScoreRange(a, range, asked, s, kRange);
  const std::size_t queries = a.heads * asked.size(), group = a.group();
  for (std::size_t i = 0; i < queries; ++i) {
    const std::size_t visible = asked[i % asked.size()].visible;
    const std::size_t here = std::clamp(visible, range.first, range.first + range.count) - range.first;
    float* p = s + i * kRange;
    part.max[i] = max_of(p, here);
    part.total[i] = powers(p, here, part.max[i]);
    std::fill(p + here, p + range.count, 0.0f);
  }
  std::fill_n(part.sums, queries * a.dim, 0.0f);
  with_weights(a.v, a.type, [&](const auto* typed) {
    const auto* v = typed + range.first * a.kv_stride;
    by_keys(range, [&](std::size_t key, auto count) {
      for (std::size_t i = 0; i < queries; ++i) {
        const auto* values = v + key * a.kv_stride + i / (asked.size() * group) * a.dim;
        if (i % (asked.size() * group) == 0) fetch_next<count()>(values, a.kv_stride, a.dim);
        add_values<count()>(s + i * kRange + key, values, a.kv_stride, a.dim, part.sums + i * a.dim);
      }
    });
  });
}

// out[dim] = the result of query `query` over all parts, which are `floats` apart.
void JoinParts(const Part& first, std::size_t parts, std::size_t floats, std::size_t query, std::size_t dim,
               float* out) {
  const hn::CappedTag<float, 1> one;
  float max = first.max[query];
  for (std::size_t part = 1; part < parts; ++part) max = std::max(max, first.max[part * floats + query]);
  std::fill_n(out, dim, 0.0f);
  float total = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    const float weight = hn::GetLane(exp2_below(one, hn::Set(one, first.max[part * floats + query] - max)));
    total += weight * first.total[part * floats + query];
    add_values<1>(&weight, first.sums + part * floats + query * dim, 0, dim, out);
  }
  const float inverse = 1.0f / total;
  for (std::size_t c = 0; c < dim; ++c) out[c] *= inverse;
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(ScoreRange);
HWY_EXPORT(SoftmaxRow);
HWY_EXPORT(RangePart);
HWY_EXPORT(JoinParts);

namespace {

std::size_t ranges_of(std::size_t keys) { return (keys + kRange - 1) / kRange; }
Range range_of(std::size_t i, std::size_t keys) { return {i * kRange, std::min(kRange, keys - i * kRange)}; }

}  // namespace

void attention_few(const AttentionArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  const Attended first = Attended::of(args, 0, &out);
  AskedRow asked[kFewQueryRows];
  for (std::size_t row = 0; row < first.rows; ++row) asked[row] = {row, first.visible(row)};
  const std::span<const AskedRow> rows(asked, first.rows);
  const std::size_t seen = asked[first.rows - 1].visible, ranges = ranges_of(seen);
  const std::size_t queries = first.heads * first.rows, floats = Part::floats(queries, first.dim);
  const std::size_t room = (ranges + 15) / 16 * 16;  // rounded up, so that it does not grow with every range
  float* parts = scratch.back().floats(args.sequences * room * floats);
  const bool small = args.sequences * queries * seen * first.dim < kSmallWork;
  pool.run(
      args.sequences * ranges,
      [&](std::size_t task, std::size_t worker) {
        HWY_DYNAMIC_DISPATCH(RangePart)
        (Attended::of(args, task / ranges, &out), range_of(task % ranges, seen), rows,
         scratch[worker].floats(queries * kRange), Part(parts + task * floats, queries, first.dim));
      },
      small);
  pool.run(
      args.sequences * queries,
      [&](std::size_t task, std::size_t) {
        const std::size_t sequence = task / queries, query = task % queries;
        const std::size_t row = sequence * first.rows + query % first.rows, head = query / first.rows;
        HWY_DYNAMIC_DISPATCH(JoinParts)
        (Part(parts + sequence * ranges * floats, queries, first.dim), ranges, floats, query, first.dim,
         row_of(out, row) + head * first.dim);
      },
      ranges * args.sequences * queries * first.dim < kSmallWork);
}

void score_rows(const Attended& a, std::span<const AskedRow> asked, float* out, ThreadPool& pool) {
  const bool small = a.heads * asked.size() * a.keys * a.dim < kSmallWork;
  pool.run(
      ranges_of(a.keys),
      [&](std::size_t task, std::size_t) {
        const Range range = range_of(task, a.keys);
        HWY_DYNAMIC_DISPATCH(ScoreRange)(a, range, asked, out + range.first, a.keys);
      },
      small);
  pool.run(
      a.heads * asked.size(),
      [&](std::size_t task, std::size_t) {
        HWY_DYNAMIC_DISPATCH(SoftmaxRow)(out + task * a.keys, asked[task % asked.size()].visible, a.keys);
      },
      small);
}

void mean_score_rows(const Attended& a, std::span<const AskedRow> asked, float* out, ThreadPool& pool) {
  constexpr std::size_t kMostFloats = std::size_t{1} << 22;  // scores of all heads in memory at once
  if (asked.empty()) return;
  const std::size_t together = std::clamp<std::size_t>(kMostFloats / (a.heads * a.keys), 1, asked.size());
  HostTensor some(Shape{a.heads, together, a.keys});
  for (std::size_t first = 0; first < asked.size(); first += together) {
    const std::span<const AskedRow> rows = asked.subspan(first, std::min(together, asked.size() - first));
    score_rows(a, rows, some.f32(), pool);
    pool.run(
        rows.size(),
        [&](std::size_t row, std::size_t) {
          float* mean = out + (first + row) * a.keys;
          std::fill_n(mean, a.keys, 0.0f);
          for (std::size_t h = 0; h < a.heads; ++h) {
            const float* scores = some.f32() + (h * rows.size() + row) * a.keys;
            for (std::size_t j = 0; j < a.keys; ++j) mean[j] += scores[j] / static_cast<float>(a.heads);
          }
        },
        a.heads * rows.size() * a.keys < kSmallWork);
  }
}

}  // namespace sparsight::cpu
#endif
