// Attention against a plain double-precision reference, on every target of the CPU: prompts, few rows, every dtype of
// keys and values.
#include <catch2/catch.hpp>

#include "kernels/backend.h"
#include "tests/tensors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace sparsight::test {
namespace {

// Softmax of one query row over the keys it sees, in double.
std::vector<double> reference_scores(const AttentionArgs& a, std::size_t sequence, std::size_t head, std::size_t row) {
  const std::size_t rows = a.q.rows() / a.sequences, keys = a.k.rows() / a.sequences, dim = a.q.cols() / a.heads;
  const std::size_t visible = a.causal ? std::min(keys, a.first_visible + row + 1) : keys;
  const float* q = host(a.q).row(sequence * rows + row).data() + head * dim;
  std::vector<double> s(keys, 0.0);
  double max = -std::numeric_limits<double>::infinity(), sum = 0;
  for (std::size_t key = 0; key < visible; ++key) {
    const float* k = host(a.k).row(sequence * keys + key).data() + head / (a.heads / a.kv_heads) * dim;
    for (std::size_t c = 0; c < dim; ++c) s[key] += static_cast<double>(q[c]) * static_cast<double>(k[c]);
    s[key] *= static_cast<double>(a.scale);
    max = std::max(max, s[key]);
  }
  for (std::size_t key = 0; key < visible; ++key) sum += s[key] = std::exp(s[key] - max);
  for (std::size_t key = 0; key < visible; ++key) s[key] /= sum;
  return s;
}

std::vector<double> reference_attention(const AttentionArgs& a) {
  const std::size_t rows = a.q.rows() / a.sequences, keys = a.k.rows() / a.sequences, dim = a.q.cols() / a.heads;
  std::vector<double> out(a.q.rows() * a.q.cols(), 0.0);
  for (std::size_t sequence = 0; sequence < a.sequences; ++sequence)
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t head = 0; head < a.heads; ++head) {
        const auto s = reference_scores(a, sequence, head, row);
        double* to = out.data() + (sequence * rows + row) * a.q.cols() + head * dim;
        for (std::size_t key = 0; key < keys; ++key) {
          const float* v = host(a.v).row(sequence * keys + key).data() + head / (a.heads / a.kv_heads) * dim;
          for (std::size_t c = 0; c < dim; ++c) to[c] += s[key] * static_cast<double>(v[c]);
        }
      }
  return out;
}

struct AttentionCase {
  std::size_t rows, keys, heads, kv_heads, dim, sequences, first_visible;
  bool causal;
};

// Compares with what the stored keys and values stand for, and with the scores of two rows.
void check_attention(Backend& backend, const AttentionCase& s, DType type, std::size_t skipped = 0) {
  CAPTURE(s.rows, s.keys, s.heads, s.kv_heads, s.dim, s.sequences, s.causal, to_string(type), skipped);
  const SharedTensor q = random_tensor(Shape{s.sequences * s.rows, s.heads * s.dim}, 1);
  const Shape shape{s.sequences * s.keys, s.kv_heads * s.dim};
  const auto stored = [&](unsigned seed) {
    return stored_as(type, random_tensor(Shape{skipped + shape.elements()}, seed));
  };
  const auto view = [&](const SharedTensor& t) {
    return HostView(static_cast<const std::byte*>(t.data()) + skipped * size_of(type), type, shape);
  };
  const SharedTensor k = stored(2), v = stored(3), wide_k = to_f32(view(k)), wide_v = to_f32(view(v));
  AttentionArgs args{.q = q,
                     .k = lent(view(k)),
                     .v = lent(view(v)),
                     .heads = s.heads,
                     .kv_heads = s.kv_heads,
                     .scale = 0.7f,
                     .causal = s.causal,
                     .first_visible = s.first_visible,
                     .sequences = s.sequences};
  SharedTensor out(q.shape());
  backend.attention(args, out);
  const std::vector<std::size_t> asked{s.rows - 1, 0};
  Tensor scores;
  SharedTensor again(q.shape());
  const ScoreRequest request{asked, &scores};
  if (s.sequences == 1) {
    backend.attention(args, again, &request);
    CHECK(std::memcmp(out.data(), again.data(), out.view().bytes()) == 0);
  }
  args.k = wide_k;
  args.v = wide_v;
  check_near(out, reference_attention(args), 2e-5);
  if (s.sequences != 1) return;
  std::vector<double> expected;
  for (std::size_t h = 0; h < s.heads; ++h)
    for (const std::size_t row : asked)
      for (const double score : reference_scores(args, 0, h, row)) expected.push_back(score);
  check_near(host(scores), expected, 2e-5);
}

}  // namespace

TEST_CASE("attention: causal or not, grouped heads, several sequences, a cache, every dtype of keys", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16})
      for (const AttentionCase& s :
           {AttentionCase{1, 1, 1, 1, 2, 1, 0, true}, AttentionCase{1, 300, 4, 2, 16, 1, 299, true},
            AttentionCase{4, 9, 2, 1, 34, 1, 5, true}, AttentionCase{3, 130, 6, 2, 40, 1, 126, true},
            AttentionCase{2, 200, 2, 2, 9, 2, 0, false}, AttentionCase{5, 5, 3, 3, 7, 1, 0, true},
            AttentionCase{70, 70, 6, 2, 16, 1, 0, true}, AttentionCase{130, 600, 2, 2, 64, 1, 470, true},
            AttentionCase{66, 66, 2, 2, 40, 3, 0, false}, AttentionCase{65, 257, 1, 1, 128, 2, 0, false},
            AttentionCase{600, 600, 2, 1, 24, 1, 0, true}})
        check_attention(backend, s, type);
    for (std::size_t rows = 1; rows <= 17; ++rows)
      for (const DType type : {DType::F32, DType::BF16})
        check_attention(backend, {rows, 256 + rows, 4, 2, 33, 1, 256, true}, type, rows % 4);
  });
}

TEST_CASE("attention: exponentials are exact to the last digits, whatever the distance from the largest score",
          "[kernels]") {
  on_every_target([](Backend& backend) {
    // Score i over score 0 is e^-x for keys -x, up to the rounding of x log2 e, of the power and of the two scores.
    constexpr std::size_t kKeys = 4000;
    SharedTensor q(Shape{1, 1}), k(Shape{kKeys, 1}), out(Shape{1, 1, kKeys});
    q.f32()[0] = 1;
    for (std::size_t i = 0; i < kKeys; ++i) k.f32()[i] = -0.02f * static_cast<float>(i);
    const std::size_t last = kKeys - 1;
    backend.scores({.q = q, .k = k, .v = {}, .heads = 1, .kv_heads = 1}, {&last, 1}, out);
    const auto largest = static_cast<double>(out.f32()[0]);
    double worst = 0;
    for (std::size_t i = 0; i < kKeys; ++i) {
      const auto x = static_cast<double>(k.f32()[i]);
      const double expected = std::exp(x);
      worst = std::max(worst, std::abs(static_cast<double>(out.f32()[i]) / largest / expected - 1) / (4 - 2 * x));
    }
    CHECK(worst < 0x1p-24);
  });
}

TEST_CASE("attention: NaN stays NaN, and keys with far lower scores do not count", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const std::size_t rows : {2, 20}) {
      CAPTURE(rows);
      SharedTensor q = random_tensor(Shape{rows, 32}, 1), k = random_tensor(Shape{300, 32}, 2);
      const SharedTensor v = random_tensor(k.shape(), 3);
      for (float& value : q.row(1)) value *= 1000;
      SharedTensor out(q.shape());
      const AttentionArgs args{.q = q, .k = k, .v = v, .heads = 2, .kv_heads = 2, .causal = false};
      backend.attention(args, out);
      check_near(out, reference_attention(args), 2e-3);  // since scores are in the thousands
      q.row(0)[3] = std::numeric_limits<float>::quiet_NaN();
      backend.attention(args, out);
      CHECK(std::isnan(out.row(0)[0]));
      CHECK(std::isfinite(out.row(0)[20]));
      CHECK(std::isfinite(out.row(1)[0]));
    }
  });
}

TEST_CASE("attention: rounded, it is as close as its integers, on one thread as on two", "[kernels]") {
  // A value is rounded to a thousandth of its column's largest, about 4.5; weights and scores lose less.
  constexpr double kTolerance = 4e-3;
  on_every_target([&](Backend& backend) {
    const auto alone = make_cpu_backend({.threads = 1});
    for (const DType type : {DType::F32, DType::BF16})
      for (const auto& [rows, keys, heads, kv_heads, dim, sequences] : {std::array<std::size_t, 6>{5, 5, 3, 3, 7, 1},
                                                                        {66, 66, 2, 2, 40, 3},
                                                                        {65, 257, 1, 1, 128, 2},
                                                                        {33, 600, 4, 2, 72, 1},
                                                                        {300, 289, 2, 1, 64, 1}}) {
        CAPTURE(rows, keys, heads, dim, sequences, to_string(type));
        const SharedTensor q = random_tensor(Shape{sequences * rows, heads * dim}, 1);
        const SharedTensor k = stored_as(type, random_tensor(Shape{sequences * keys, kv_heads * dim}, 2)),
                           v = stored_as(type, random_tensor(k.shape(), 3));
        const SharedTensor wide_k = to_f32(k), wide_v = to_f32(v);
        AttentionArgs args{.q = q,
                           .k = k,
                           .v = v,
                           .heads = heads,
                           .kv_heads = kv_heads,
                           .scale = 0.2f,
                           .causal = false,
                           .sequences = sequences,
                           .rounded = true};
        SharedTensor out(q.shape()), again(q.shape());
        backend.attention(args, out);
        alone->attention(args, again);
        CHECK(std::memcmp(out.data(), again.data(), out.view().bytes()) == 0);
        args.k = wide_k;
        args.v = wide_v;
        check_near(out, reference_attention(args), kTolerance);
      }
  });
}

TEST_CASE("attention: rounded, extreme numbers stay what they are", "[kernels]") {
  on_every_target([](Backend& backend) {
    const std::size_t rows = 20, keys = 300;
    SharedTensor q = random_tensor(Shape{rows, 32}, 1), k = random_tensor(Shape{keys, 32}, 2),
                 v = random_tensor(k.shape(), 3), out(q.shape());
    for (float& value : q.row(1)) value = 0;        // attends to all keys alike
    for (float& value : q.row(2)) value *= 1e-38f;  // the same
    for (float& value : q.row(3)) value *= 10000;   // to a single key
    for (std::size_t key = 0; key < keys; ++key) v.row(key)[5] *= 1e30f, v.row(key)[6] = 0;
    const AttentionArgs args{
        .q = q, .k = k, .v = v, .heads = 2, .kv_heads = 2, .scale = 0.2f, .causal = false, .rounded = true};
    backend.attention(args, out);
    std::vector<double> expected = reference_attention(args);
    for (std::size_t row = 0; row < rows; ++row) {
      CHECK(std::abs(static_cast<double>(out.row(row)[5]) - expected[row * 32 + 5]) < 4e27);
      CHECK(out.row(row)[6] == 0.0f);
      out.row(row)[5] = 0, expected[row * 32 + 5] = 0;
    }
    check_near(out, expected, 4e-3);

    const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
    q.row(0)[3] = nan;
    v.row(7)[20] = infinite;
    backend.attention(args, out);
    CHECK(std::isnan(out.row(0)[0]));
    CHECK(std::isfinite(out.row(1)[0]));
    CHECK_FALSE(std::isfinite(out.row(1)[20]));
    CHECK(std::isfinite(out.row(0)[21]));
    k.row(9)[16] = nan;
    backend.attention(args, out);
    CHECK(std::isfinite(out.row(1)[0]));
    CHECK(std::isnan(out.row(1)[21]));
  });
}

TEST_CASE("attention: a row's result does not depend on the rows beside it", "[kernels]") {
  on_every_target([](Backend& backend) {
    const SharedTensor q = random_tensor(Shape{300, 64}, 1), k = random_tensor(Shape{700, 32}, 2),
                       v = random_tensor(k.shape(), 3);
    AttentionArgs args{.q = q, .k = k, .v = v, .heads = 4, .kv_heads = 2, .first_visible = 400};
    SharedTensor all(q.shape());
    backend.attention(args, all);
    for (const std::size_t rows : {5, 17, 130}) {
      SharedTensor some(Shape{rows, 64});
      args.q = q.view().slice_rows(300 - rows, rows);
      args.first_visible = 700 - rows;
      backend.attention(args, some);
      CHECK(std::memcmp(some.data(), all.row(300 - rows).data(), some.view().bytes()) == 0);
    }
  });
}

}  // namespace sparsight::test
