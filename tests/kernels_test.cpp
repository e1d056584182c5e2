// The CPU backend: every operation compared with a plain double-precision reference, on every target of the CPU, at odd
// sizes.
#include <catch2/catch.hpp>

#include "kernels/backends.h"
#include "tests/support.h"
#include "tests/tensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace sparsight::test {
namespace {

double act(Activation activation, double x) {
  switch (activation) {
    case Activation::None: return x;
    case Activation::Gelu: return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::GeluTanh: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::QuickGelu: return x / (1 + std::exp(-1.702 * x));
    case Activation::Silu: return x / (1 + std::exp(-x));
    case Activation::Relu: return std::max(x, 0.0);
  }
  return 0;
}

std::vector<double> reference_linear(const LinearArgs& args, const SharedTensor& before) {
  const HostTensor weight = dequantise(host(args.weight));
  std::vector<double> out;
  for (std::size_t m = 0; m < args.x.rows(); ++m) {
    for (std::size_t n = 0; n < weight.rows(); ++n) {
      double sum = args.bias.empty() ? 0 : static_cast<double>(host(args.bias).f32()[n]);
      for (std::size_t k = 0; k < args.x.cols(); ++k)
        sum += static_cast<double>(host(args.x).row(m)[k]) * static_cast<double>(weight.row(n)[k]);
      sum = act(args.activation, sum);
      out.push_back(args.accumulate ? sum + static_cast<double>(before.row(m)[n]) : sum);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("weights as integers: as accurate as their steps allow, zeros and extremes too", "[kernels]") {
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    SharedTensor w = random_tensor(Shape{9, 96}, 5);
    std::fill_n(w.row(1).begin(), 96, 0.0f);                   // all zeros
    std::fill_n(w.row(2).begin(), 64, 0.0f);                   // some blocks of zeros
    for (float& v : w.row(3)) v *= 1e-30f;                     // very small
    w.row(4)[40] = 1e4f;                                       // one value far above its row
    for (std::size_t i = 0; i < 32; ++i) w.row(5)[i] = -3.0f;  // a constant block
    const QuantisedWeights q = quantise(w, to);
    CHECK(q.view().inputs() == 96);
    const SharedTensor back = dequantise(q.view());
    for (std::size_t n = 0; n < 9; ++n) {
      float most = 0;
      for (std::size_t k = 0; k < 96; ++k) most = std::max(most, std::abs(w.row(n)[k]));
      for (std::size_t k = 0; k < 96; ++k) {
        // int8: half a step of the row. int4: half a step of the block, which is at most an eighth of its largest
        // value, and another half for what the upper end, 7, cannot reach.
        const float step = to == Quantisation::Int8 ? most / 127 : most / 7;
        REQUIRE(std::abs(back.row(n)[k] - w.row(n)[k]) <= 0.51f * step * (to == Quantisation::Int8 ? 1.0f : 2.0f));
      }
    }
    CHECK(std::ranges::all_of(back.row(1), [](float v) { return v == 0; }));
    // Plain rows stand for the same.
    const QuantisedRows rows = unpack(q.view());
    const bool int4 = to == Quantisation::Int4;
    REQUIRE(rows.values.shape() == Shape{9, 96});
    REQUIRE((!int4 || rows.block_scales.shape() == Shape{9, 3}));
    const auto* values = static_cast<const std::int8_t*>(rows.values.data());
    const auto* blocks = static_cast<const std::int8_t*>(rows.block_scales.data());
    for (std::size_t i = 0; i < 9 * 96; ++i) {
      const int whole = values[i] * (int4 ? blocks[i / 32] : 1);
      REQUIRE(rows.scales.f32()[i / 96] * static_cast<float>(whole) == back.f32()[i]);
      REQUIRE(std::abs(values[i]) <= (int4 ? 8 : 127));
    }
  }
  SharedTensor bad = random_tensor(Shape{2, 32}, 1);
  bad.row(1)[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(quantise(bad, Quantisation::Int8), Error);
  CHECK_THROWS_AS(quantise(bad, Quantisation::Int4), Error);
}

TEST_CASE("linear with quantised weights: a product of what the weights stand for, the same for one row as for many",
          "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
      // Every activation loses half a step, which depends on the largest one in its block.
      const std::string target = cpu_targets().front();
      const bool with_dot =
                     target == "AMX" || target == "AVX3_DL" || target.ends_with("_VNNI") || target.starts_with("NEON_"),
                 some_x86 = target != "SCALAR" && target != "EMU128" && target != "NEON";
      const bool in_bytes = with_dot || (to == Quantisation::Int4 && some_x86);
      const double step = in_bytes ? 127 : to == Quantisation::Int8 ? 32767 : 4095;
      for (const auto& [n, k] :
           {std::pair<std::size_t, std::size_t>{1, 32}, {65, 96}, {70, 384}, {33, 1248}, {5, 33}}) {
        if (!can_quantise(to, k)) continue;
        const SharedTensor weight = random_tensor(Shape{n, k}, 3), bias = random_tensor(Shape{n}, 4);
        const QuantisedWeights q = quantise(weight, to);
        SharedTensor x = random_tensor(Shape{70, k}, 2);
        x.row(3)[k / 2] = 1000;  // an outlier, as decoders have
        std::ranges::fill(x.row(4), 0.0f);
        SharedTensor all(Shape{70, n});
        backend.linear({.x = x, .weight = lent(q.view()), .bias = bias}, all);
        for (const std::size_t m : {1, 2, 7, 8, 9, 17, 70}) {
          CAPTURE(int(to), n, k, m);
          const LinearArgs args{.x = x.view().slice_rows(0, m),
                                .weight = lent(q.view()),
                                .bias = bias,
                                .activation = m % 2 == 0 ? Activation::Silu : Activation::None};
          SharedTensor out(Shape{m, n});
          backend.linear(args, out);
          if (args.activation == Activation::None)
            REQUIRE(std::memcmp(out.data(), all.data(), m * n * sizeof(float)) == 0);
          const double tolerance = 4 * (m > 3 ? 1000 : 5) / step * 0.5 * std::sqrt(static_cast<double>(k)) + 1e-4;
          check_near(out, reference_linear(args, out), tolerance);
        }
        SharedTensor sum = random_tensor(Shape{17, n}, 9), one(Shape{1, n});
        const SharedTensor before = SharedTensor::copy_of(sum);
        const LinearArgs added{
            .x = x.view().slice_rows(0, 17), .weight = lent(q.view()), .bias = {}, .accumulate = true};
        backend.linear(added, sum);
        check_near(sum, reference_linear(added, before), 4 * 1000 / step * 0.5 * std::sqrt(static_cast<double>(k)));
        std::memcpy(one.data(), before.data(), n * sizeof(float));
        backend.linear({.x = x.view().slice_rows(0, 1), .weight = lent(q.view()), .bias = {}, .accumulate = true}, one);
        CHECK(std::memcmp(one.data(), sum.data(), n * sizeof(float)) == 0);
      }
    }
    // NaN stays NaN.
    const QuantisedWeights q = quantise(random_tensor(Shape{8, 64}, 1), Quantisation::Int8);
    SharedTensor x = random_tensor(Shape{12, 64}, 2), out(Shape{12, 8});
    x.row(2)[5] = std::numeric_limits<float>::quiet_NaN();
    x.row(3)[6] = std::numeric_limits<float>::infinity();
    backend.linear({.x = x, .weight = lent(q.view()), .bias = {}}, out);
    CHECK(std::isnan(out.row(2)[0]));
    CHECK(std::isnan(out.row(3)[7]));
    CHECK(std::isfinite(out.row(4)[0]));
  });
}

TEST_CASE("linear with quantised weights: a row's outlier costs its other values no bits", "[kernels]") {
  on_every_target([](Backend& backend) {
    constexpr std::size_t kInputs = 384;
    for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
      const QuantisedWeights q = quantise(random_tensor(Shape{33, kInputs}, 3), to);
      SharedTensor x = random_tensor(Shape{40, kInputs}, 2);
      for (std::size_t row = 0; row < x.rows(); row += 3) x.row(row)[row] = 60;
      SharedTensor out(Shape{x.rows(), 33});
      const LinearArgs args{.x = x, .weight = lent(q.view()), .bias = {}};
      backend.linear(args, out);
      const std::vector<double> expected = reference_linear(args, out);
      for (std::size_t row = 0; row < x.rows(); ++row) {
        double off = 0;
        for (std::size_t i = 0; i < 33; ++i)
          off = std::max(off, std::abs(static_cast<double>(out.row(row)[i]) - expected[row * 33 + i]));
        INFO(row);
        // Half a step of 60 / 127 in each of so many values would be 30 times as much.
        CHECK(off < 4 * 0.5 * 5 / 127 / std::sqrt(12.0) * std::sqrt(static_cast<double>(kInputs)));
      }
    }
  });
}

TEST_CASE("layers with one input: the same as each alone after the norm, and gated", "[kernels]") {
  on_every_target([](Backend& backend) {
    const std::size_t k = 96, n = 70;
    const SharedTensor norm = random_tensor(Shape{k}, 1), bias = random_tensor(Shape{n}, 2);
    std::vector<SharedTensor> floats;
    for (std::uint32_t i = 0; i < 3; ++i) floats.push_back(random_tensor(Shape{n, k}, 10 + i));
    const QuantisedWeights int8 = quantise(floats[1], Quantisation::Int8),
                           int4 = quantise(floats[2], Quantisation::Int4);
    const WeightView all[] = {floats[0], lent(int8.view()), lent(int4.view())};
    for (const std::size_t m : {1, 8, 9, 40}) {
      const SharedTensor x = random_tensor(Shape{m, k}, 3);
      SharedTensor normed(x.shape());
      backend.rms_norm(x, norm, 1e-5f, normed);
      const NormedInput in{x, norm, 1e-5f};
      std::vector<SharedTensor> alone, together;
      std::vector<Projection> parts;
      for (const WeightView& w : all) {
        backend.linear({.x = normed, .weight = w, .bias = bias}, alone.emplace_back(Shape{m, n}));
        together.emplace_back(Shape{m, n});
      }
      for (std::size_t i = 0; i < 3; ++i) parts.push_back({all[i], bias, &together[i].tensor()});
      backend.project(in, parts);
      for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(m, i);
        CHECK(std::memcmp(together[i].data(), alone[i].data(), m * n * sizeof(float)) == 0);
      }
      for (const Activation activation : {Activation::Silu, Activation::GeluTanh}) {
        for (const auto& [gate, up] : {std::pair{0, 0}, {1, 1}, {2, 2}, {1, 2}}) {
          CAPTURE(m, gate, up);
          SharedTensor out(Shape{m, n});
          backend.gated(in, {all[gate], all[up], bias, {}, activation}, out);
          for (std::size_t i = 0; i < m * n; ++i) {
            const double g = act(activation, static_cast<double>(alone[gate].f32()[i]));
            const double u = static_cast<double>(alone[up].f32()[i] - bias.f32()[i % n]);
            REQUIRE(std::abs(static_cast<double>(out.f32()[i]) - g * u) < 1e-4 * (1 + std::abs(g * u)));
          }
        }
      }
    }
  });
}

TEST_CASE("linear: every dtype, few rows and many, odd sizes", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
      for (const std::size_t m : {1, 2, 3, 4, 5, 7, 8, 9, 17, 70}) {
        for (const auto& [n, k] : {std::pair<std::size_t, std::size_t>{1, 1}, {3, 5}, {65, 33}, {130, 96}, {520, 31}}) {
          CAPTURE(to_string(type), m, n, k);
          const SharedTensor x = random_tensor(Shape{m, k}, 1);
          const SharedTensor weight = stored_as(type, random_tensor(Shape{n, k}, 2));
          const SharedTensor bias = random_tensor(Shape{n}, 3);
          const bool accumulate = (m + n) % 2 == 0;
          SharedTensor out = random_tensor(Shape{m, n}, 4);
          const LinearArgs args{.x = x,
                                .weight = weight,
                                .bias = n % 3 == 0 ? TensorView() : bias.view(),
                                .activation = accumulate ? Activation::None : Activation::QuickGelu,
                                .accumulate = accumulate};
          const auto expected = reference_linear(args, out);
          backend.linear(args, out);
          check_near(out, expected, 2e-5 * std::sqrt(static_cast<double>(k)));
        }
      }
    }
  });
}

TEST_CASE("linear: blocks of inputs and of columns, tiles of rows", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
      // Next to one block of 384 inputs and to two; columns next to vectors of 4 to 16 floats; every remainder of rows.
      for (const auto& [m, n, k] : {std::array<std::size_t, 3>{9, 33, 383},
                                    {10, 48, 384},
                                    {11, 47, 385},
                                    {12, 31, 392},
                                    {13, 17, 397},
                                    {14, 100, 769},
                                    {15, 8, 400},
                                    {16, 72, 1000},
                                    {17, 65, 777},
                                    {385, 33, 20},
                                    {800, 40, 5}}) {
        CAPTURE(to_string(type), m, n, k);
        const SharedTensor x = random_tensor(Shape{m, k}, 1);
        const SharedTensor weight = stored_as(type, random_tensor(Shape{n, k}, 2));
        SharedTensor out = random_tensor(Shape{m, n}, 4);
        const LinearArgs args{.x = x, .weight = weight, .bias = {}, .accumulate = k % 2 == 1};
        const auto expected = reference_linear(args, out);
        backend.linear(args, out);
        check_near(out, expected, 2e-5 * std::sqrt(static_cast<double>(k)));
      }
    }
  });
}

TEST_CASE("linear: a row's result does not depend on the rows beside it", "[kernels]") {
  on_every_target([](Backend& backend) {
    const SharedTensor x = random_tensor(Shape{800, 500}, 1);
    const SharedTensor weight = stored_as(DType::BF16, random_tensor(Shape{70, 500}, 2));
    SharedTensor all(Shape{800, 70});
    backend.linear({.x = x, .weight = weight, .bias = {}}, all);
    for (const std::size_t rows : {9, 17, 255, 391}) {
      SharedTensor some(Shape{rows, 70});
      backend.linear({.x = x.view().slice_rows(800 - rows, rows), .weight = weight, .bias = {}}, some);
      CHECK(std::memcmp(some.data(), all.row(800 - rows).data(), some.view().bytes()) == 0);
    }
  });
}

TEST_CASE("linear: weights that start anywhere", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
      for (const auto& [m, n] : {std::pair<std::size_t, std::size_t>{5, 9}, {17, 49}}) {
        const SharedTensor x = random_tensor(Shape{m, 41}, 1);
        const SharedTensor all = stored_as(type, random_tensor(Shape{1 + n * 41}, 2));
        const TensorView weight =
            lent(HostView(static_cast<const std::byte*>(all.data()) + size_of(type), type, Shape{n, 41}));
        SharedTensor out(Shape{m, n});
        const LinearArgs args{.x = x, .weight = weight, .bias = {}};
        backend.linear(args, out);
        check_near(out, reference_linear(args, out), 1e-4);
      }
    }
  });
}

TEST_CASE("linear: quantised weights that start anywhere", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
      const QuantisedWeights weights = quantise(random_tensor(Shape{49, 320}, 2), to);
      // The same bytes, shifted by one; scales are aligned in any file that is read.
      const auto moved = [](const HostTensor& from, HostTensor& memory) {
        if (from.empty()) return HostView();
        memory = HostTensor(Shape{from.view().bytes() + 1}, DType::U8);
        auto* at = static_cast<std::byte*>(memory.data()) + 1;
        std::memcpy(at, from.data(), from.view().bytes());
        return HostView(at, from.dtype(), from.shape());
      };
      HostTensor values, block_scales;
      const WeightView view = lent({moved(weights.values, values), weights.scales,
                                    moved(weights.block_scales, block_scales), weights.outputs, weights.inputs});
      for (const std::size_t m : {1, 3, 17}) {
        CAPTURE(to == Quantisation::Int4, m);
        const SharedTensor x = random_tensor(Shape{m, 320}, 1);
        SharedTensor expected(Shape{m, 49}), out(Shape{m, 49});
        backend.linear({.x = x, .weight = lent(weights.view()), .bias = {}}, expected);
        backend.linear({.x = x, .weight = view, .bias = {}}, out);
        CHECK(std::memcmp(out.data(), expected.data(), out.view().bytes()) == 0);
      }
    }
  });
}

TEST_CASE("infinite weights and NaN in F16 stay that with every set of instructions, of one row and of many",
          "[kernels]") {
  constexpr std::size_t kInputs = 64, kOutputs = 2 * 1024;
  HostTensor weights(Shape{kOutputs, kInputs}, DType::F16);
  auto* bits = static_cast<std::uint16_t*>(weights.data());
  for (std::size_t n = 0; n < kOutputs; ++n)
    std::fill_n(bits + n * kInputs, kInputs, static_cast<std::uint16_t>((n & 1 ? 0xFC00 : 0x7C00) | n / 2));
  on_every_target([&](Backend& backend) {
    for (const std::size_t rows : {1, 9}) {
      SharedTensor x(Shape{rows, kInputs}), out(Shape{rows, kOutputs});
      std::fill_n(x.f32(), rows * kInputs, 1.0f);
      backend.linear({.x = x, .weight = lent(weights.view()), .bias = {}}, out);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < rows * kOutputs; ++i) {
        const float expected = f16_to_f32(bits[i % kOutputs * kInputs]), is = out.f32()[i];
        wrong += std::isnan(expected) ? !std::isnan(is) : is != expected;
      }
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("linear in bf16: products of rounded rows if the CPU has them, else the float ones to the bit", "[kernels]") {
  bool any = false;
  for (const std::string& target : cpu_targets()) {
    CAPTURE(target);
    REQUIRE(choose_cpu_target(target));
    const bool pairs = cpu_arithmetic(Arithmetic::Bf16) == Arithmetic::Bf16;
    any = any || pairs;
    CHECK(cpu_arithmetic(Arithmetic::Float32) == Arithmetic::Float32);
    const auto exact = make_cpu_backend({.threads = 2}),
               alone = make_cpu_backend({.threads = 1, .arithmetic = Arithmetic::Bf16}),
               rounding = make_cpu_backend({.threads = 2, .arithmetic = Arithmetic::Bf16});
    // Next to one block of 768 inputs and to two; every remainder of rows; an odd number of inputs; few rows.
    for (const auto& [m, n, k] : {std::array<std::size_t, 3>{9, 33, 766},
                                  {10, 48, 768},
                                  {11, 47, 770},
                                  {12, 31, 2},
                                  {13, 17, 30},
                                  {14, 100, 1540},
                                  {17, 65, 1002},
                                  {550, 40, 34},
                                  {17, 49, 41},
                                  {8, 49, 64}}) {
      CAPTURE(m, n, k);
      const SharedTensor x = random_tensor(Shape{m, k}, 1), bias = random_tensor(Shape{n}, 3);
      const SharedTensor all = stored_as(DType::BF16, random_tensor(Shape{1 + n * k}, 2));
      // One input past the alignment of pairs.
      const TensorView weight = lent(HostView(static_cast<const std::byte*>(all.data()) + 2, DType::BF16, Shape{n, k}));
      SharedTensor out = random_tensor(Shape{m, n}, 4), wanted = SharedTensor::copy_of(out),
                   same = SharedTensor::copy_of(out);
      const auto args = [&](TensorView rows) {
        return LinearArgs{.x = rows, .weight = weight, .bias = bias, .accumulate = true};
      };
      rounding->linear(args(x), out);
      alone->linear(args(x), same);
      CHECK(std::memcmp(out.data(), same.data(), out.view().bytes()) == 0);
      if (pairs && m > 8 && k % 2 == 0) {
        const SharedTensor rounded = to_f32(stored_as(DType::BF16, x));
        check_near(out, reference_linear(args(rounded), wanted), 2e-5 * std::sqrt(static_cast<double>(k)));
        if (m > 10) {  // a row's result does not depend on those beside it
          SharedTensor some = random_tensor(Shape{m, n}, 4);
          some.reshape(Shape{m - 2, n});
          rounding->linear(args(x.view().slice_rows(0, m - 2)), some);
          CHECK(std::memcmp(out.data(), some.data(), some.view().bytes()) == 0);
        }
      } else {
        exact->linear(args(x), wanted);
        CHECK(std::memcmp(out.data(), wanted.data(), out.view().bytes()) == 0);
      }
    }
  }
  REQUIRE(choose_cpu_target(""));
  if (!any) skip("this CPU has no AVX-512 BF16: only that bf16 is float32 there was tested");
}

TEST_CASE("activations", "[kernels]") {
  on_every_target([](Backend& backend) {
    const SharedTensor one = SharedTensor::copy_of(HostView(std::vector<float>{1.0f}.data(), DType::F32, Shape{1, 1}));
    for (const Activation activation : {Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu, Activation::Silu,
                                        Activation::Relu, Activation::None}) {
      SharedTensor x(Shape{1001, 1});
      for (std::size_t i = 0; i < 1001; ++i) x.f32()[i] = (static_cast<float>(i) - 500.0f) / 25.0f;
      SharedTensor out(Shape{1001, 1});
      backend.linear({.x = x, .weight = one, .bias = {}, .activation = activation}, out);
      std::vector<double> expected;
      for (std::size_t i = 0; i < 1001; ++i) expected.push_back(act(activation, static_cast<double>(x.f32()[i])));
      CAPTURE(static_cast<int>(activation));
      check_near(out, expected, 3e-6);
    }
  });
}

TEST_CASE("norms", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const std::size_t cols : {1, 7, 48, 129}) {
      const SharedTensor x = random_tensor(Shape{37, cols}, 1), w = random_tensor(Shape{cols}, 2),
                         b = random_tensor(Shape{cols}, 3);
      std::vector<double> rms, layer;
      for (std::size_t r = 0; r < 37; ++r) {
        double sum = 0, squares = 0, variance = 0;
        for (const float v : x.row(r)) {
          sum += static_cast<double>(v);
          squares += static_cast<double>(v) * static_cast<double>(v);
        }
        const auto n = static_cast<double>(cols);
        for (const float v : x.row(r)) variance += std::pow(static_cast<double>(v) - sum / n, 2);
        for (std::size_t c = 0; c < cols; ++c) {
          const double v = static_cast<double>(x.row(r)[c]), weight = static_cast<double>(w.f32()[c]);
          rms.push_back(v / std::sqrt(squares / n + 1e-5) * weight);
          layer.push_back((v - sum / n) / std::sqrt(variance / n + 1e-5) * weight + static_cast<double>(b.f32()[c]));
        }
      }
      SharedTensor out(x.shape());
      backend.rms_norm(x, w, 1e-5f, out);
      check_near(out, rms, 2e-5);
      backend.layer_norm(x, w, b, 1e-5f, out);
      check_near(out, layer, 5e-5);
    }
  });
}

TEST_CASE("rotary embedding turns halves of a head against each other", "[kernels]") {
  on_every_target([](Backend& backend) {
    for (const std::size_t dim : {2, 6, 16, 34}) {
      const std::size_t heads = 3, rows = 5;
      SharedTensor x = random_tensor(Shape{rows, heads * dim}, 1);
      const SharedTensor before = SharedTensor::copy_of(x), angle = random_tensor(Shape{rows, dim / 2}, 2);
      std::vector<SharedTensor> rotated;  // as rows of a cache
      SharedTensor cos(angle.shape()), sin(angle.shape());
      for (std::size_t i = 0; i < angle.shape().elements(); ++i) {
        cos.f32()[i] = std::cos(angle.f32()[i]);
        sin.f32()[i] = std::sin(angle.f32()[i]);
      }
      for (const DType type : {DType::F32, DType::BF16}) {
        SharedTensor kept = SharedTensor::zeros(Shape{rows + 3, heads * dim}, type);
        backend.rope(x, heads, cos, sin, kept, 2);
        const HostTensor wide = to_f32(kept);
        rotated.push_back(SharedTensor::copy_of(wide.view().slice_rows(2, rows)));
        for (const std::size_t r : {std::size_t{0}, std::size_t{1}, rows + 2})
          CHECK(std::ranges::all_of(wide.row(r), [](float value) { return value == 0; }));
      }
      backend.rope(x, heads, cos, sin, x);
      std::vector<double> expected(before.f32(), before.f32() + before.shape().elements());
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t h = 0; h < heads; ++h)
          for (std::size_t j = 0; j < dim / 2; ++j) {
            const double a = static_cast<double>(before.row(r)[h * dim + j]);
            const double b = static_cast<double>(before.row(r)[h * dim + dim / 2 + j]);
            const double t = static_cast<double>(angle.row(r)[j]);
            expected[r * heads * dim + h * dim + j] = a * std::cos(t) - b * std::sin(t);
            expected[r * heads * dim + h * dim + dim / 2 + j] = b * std::cos(t) + a * std::sin(t);
          }
      check_near(x, expected, 1e-5);
      CHECK(std::memcmp(rotated[0].data(), x.data(), x.view().bytes()) == 0);
      for (std::size_t i = 0; i < x.shape().elements(); ++i)
        REQUIRE(rotated[1].f32()[i] == rounded_to(DType::BF16, x.f32()[i]));
    }
  });
}

TEST_CASE("rows stored in a cache are rounded to nearest, ties to even", "[kernels]") {
  on_every_target([](Backend& backend) {
    SharedTensor x = random_tensor(Shape{3, 37}, 1), exact(Shape{5, 37}), half(Shape{5, 37}, DType::BF16);
    const float odd[] = {1.00390625f,
                         1.01171875f,
                         -1.00390625f,
                         3.4e38f,
                         1e-40f,
                         -0.0f,
                         std::numeric_limits<float>::infinity(),
                         std::numeric_limits<float>::quiet_NaN(),
                         -std::numeric_limits<float>::quiet_NaN(),
                         std::bit_cast<float>(0x7F800001u)};
    std::ranges::copy(odd, x.row(1).begin());
    std::ranges::copy(odd, x.row(1).begin() + 27);
    backend.store(x, exact, 1);
    backend.store(x, half, 2);
    CHECK(std::memcmp(exact.row(1).data(), x.data(), x.view().bytes()) == 0);
    const auto* bits = static_cast<const std::uint16_t*>(half.data()) + 2 * 37;
    for (std::size_t i = 0; i < 3 * 37; ++i) REQUIRE(bits[i] == f32_to_bf16(x.f32()[i]));
  });
}

TEST_CASE("queries, keys and values enter a cache as if one by one, to the bit", "[kernels]") {
  on_every_target([](Backend& backend) {
    const std::size_t rows = 5, dim = 6;
    const DType type = DType::BF16;
    SharedTensor q = random_tensor(Shape{2, 4 * dim}, 1);
    SharedTensor turned = SharedTensor::copy_of(q);
    const SharedTensor k = random_tensor(Shape{rows, 2 * dim}, 2), v = random_tensor(Shape{rows, 2 * dim}, 3),
                       cos = random_tensor(Shape{rows, dim / 2}, 4), sin = random_tensor(Shape{rows, dim / 2}, 5);
    const auto zeros = [&] { return SharedTensor::zeros(Shape{rows + 2, 2 * dim}, type); };
    SharedTensor keys = zeros(), values = zeros(), rotated = zeros(), stored = zeros();
    backend.enter_cache({k, v, cos, sin}, q, keys, values, 1);
    backend.rope(turned, 4, cos.view().slice_rows(3, 2), sin.view().slice_rows(3, 2), turned);
    backend.rope(k, 2, cos, sin, rotated, 1);
    backend.store(v, stored, 1);
    CHECK(std::memcmp(q.data(), turned.data(), q.view().bytes()) == 0);
    CHECK(std::memcmp(keys.data(), rotated.data(), keys.view().bytes()) == 0);
    CHECK(std::memcmp(values.data(), stored.data(), values.view().bytes()) == 0);
  });
}

TEST_CASE("patches and the tower's input", "[kernels]") {
  const auto backend = make_cpu_backend({.threads = 2});
  const std::size_t frames = 2, channels = 3, size = 6, patch = 2, width = 4;
  const SharedTensor pixels = random_tensor(Shape{frames, channels, size, size}, 1);
  SharedTensor columns(Shape{frames * 9, channels * patch * patch});
  backend->patchify(pixels, patch, columns);
  for (std::size_t f = 0; f < frames; ++f)
    for (std::size_t p = 0; p < 9; ++p)
      for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t y = 0; y < patch; ++y)
          for (std::size_t x = 0; x < patch; ++x)
            REQUIRE(columns.row(f * 9 + p)[(c * patch + y) * patch + x] ==
                    pixels.f32()[((f * channels + c) * size + p / 3 * patch + y) * size + p % 3 * patch + x]);

  const SharedTensor embedded = random_tensor(Shape{frames * 9, width}, 2), cls = random_tensor(Shape{width}, 3),
                     positions = random_tensor(Shape{10, width}, 4);
  SharedTensor out(Shape{frames * 10, width});
  backend->tower_input(embedded, cls, positions, out);
  CHECK(out.row(10)[1] == cls.f32()[1] + positions.row(0)[1]);
  CHECK(out.row(13)[2] == embedded.row(9 + 2)[2] + positions.row(3)[2]);
}

}  // namespace sparsight::test
