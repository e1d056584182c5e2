// The CUDA backend: every operation against the CPU's, at odd sizes; on the emulated device, or on a real one
// (tools/gpu_kit).
#include <catch2/catch.hpp>

#include "tests/cuda_emulator.h"
#include "tests/tensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <utility>

namespace sparsight::test {
namespace {

// The same operation on both backends.
class Both {
 public:
  Both() : cpu(make_cpu_backend({.threads = 2})), gpu(make_cuda_backend(tested_cuda())) {}

  // `operation` computes `out` from tensors that it makes on the backend that it is given; compares the outs.
  void same(Shape shape, float tolerance, const std::function<void(Backend&, Tensor&)>& operation,
            DType type = DType::F32) const {
    const auto [got, wanted] = results(shape, type, operation);
    compare(got, wanted, tolerance);
  }
  // The GPU's out and the CPU's.
  [[nodiscard]] std::pair<HostTensor, HostTensor> results(
      Shape shape, DType type, const std::function<void(Backend&, Tensor&)>& operation) const {
    const auto result = [&](Backend& backend) {
      Tensor out = backend.upload(HostTensor::zeros(shape, type));
      operation(backend, out);
      return HostTensor::copy_of(backend.read(out));
    };
    HostTensor wanted = result(*cpu);
    return {result(*gpu), std::move(wanted)};
  }
  static void compare(HostView got, HostView wanted, float tolerance) {
    REQUIRE(got.shape() == wanted.shape());
    REQUIRE(got.dtype() == wanted.dtype());
    const HostTensor a = to_f32(got), b = to_f32(wanted);
    float largest = 0, apart = 0;
    for (std::size_t i = 0; i < got.shape().elements(); ++i) {
      largest = std::max(largest, std::abs(b.f32()[i]));
      if (!(std::abs(a.f32()[i] - b.f32()[i]) <= apart)) apart = std::abs(a.f32()[i] - b.f32()[i]);
    }
    INFO("largest " << largest << ", apart " << apart);
    CHECK(apart <= tolerance * std::max(largest, 1e-3f));
  }

  std::unique_ptr<Backend> cpu, gpu;
};

HostWeight floats(const HostTensor& tensor) { return tensor.view(); }

// Random weights of a kind: F32, F16, BF16, int8 or int4.
struct SomeWeights {
  SomeWeights(const std::string& kind, Shape shape, unsigned seed) : quantised(kind.starts_with("int")) {
    const HostTensor plain = random_tensor(shape, seed);
    if (quantised) stored = quantise(plain, kind == "int8" ? Quantisation::Int8 : Quantisation::Int4);
    values = quantised ? dequantise(stored.view())
                       : stored_as(kind == "F32"   ? DType::F32
                                   : kind == "F16" ? DType::F16
                                                   : DType::BF16,
                                   plain);
  }
  // On the CPU what they stand for: it rounds what it multiplies with integers. Borrows this object.
  [[nodiscard]] Weight on(Backend& backend) const {
    const bool as_stored = quantised && backend.info().name == "cuda";
    return backend.borrow(as_stored ? stored.view() : floats(values));
  }

  bool quantised;
  QuantisedWeights stored;
  HostTensor values;
};

std::uint64_t launches(const char* kernel = nullptr) {
  return cuda_emulator() == nullptr ? 0 : cuda_emulator()->emulator_launches(kernel);
}

}  // namespace

TEST_CASE("CUDA: products with every kind of weights, of few rows and of many", "[cuda][gpu]") {
  const Both both;
  const auto [inputs, outputs] =
      GENERATE(table<std::size_t, std::size_t>({{32, 16}, {96, 33}, {36, 7}, {160, 50}, {65, 5}}));
  const std::size_t rows = GENERATE(1, 3, 5, 9, 20);
  const std::string kind = GENERATE("F32", "F16", "BF16", "int8", "int4");
  if (kind == "int4" && inputs % kQuantisedBlock != 0) return;
  CAPTURE(inputs, outputs, rows, kind);
  const SomeWeights weights(kind, Shape{outputs, inputs}, 2);
  const HostTensor x = random_tensor(Shape{rows, inputs}, 1);
  const HostTensor bias = random_tensor(Shape{outputs}, 3), residual = random_tensor(Shape{rows, outputs}, 4);
  const float tolerance = weights.quantised ? 2e-6f : 3e-6f;
  for (const Activation activation : {Activation::None, Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu,
                                      Activation::Silu, Activation::Relu})
    both.same(Shape{rows, outputs}, tolerance, [&](Backend& b, Tensor& out) {
      const Weight there = weights.on(b);
      b.linear({.x = b.upload(x), .weight = there, .bias = b.upload(bias), .activation = activation}, out);
    });
  both.same(Shape{rows, outputs}, tolerance, [&](Backend& b, Tensor& out) {
    const Weight there = weights.on(b);
    b.write(residual, out, 0);
    b.linear({.x = b.upload(x), .weight = there, .bias = b.upload(bias), .accumulate = true}, out);
  });
}

TEST_CASE("CUDA: in bf16, products of rows rounded to the weights' type", "[cuda][gpu]") {
  CudaOptions options = tested_cuda();
  options.arithmetic = Arithmetic::Bf16;
  const auto gpu = make_cuda_backend(options), cpu = make_cpu_backend({.threads = 2});
  CHECK(gpu->info().arithmetic == Arithmetic::Bf16);
  const std::string kind = GENERATE("F32", "F16", "BF16", "int8", "int4");
  CAPTURE(kind);
  const HostTensor x = random_tensor(Shape{20, 96}, 1), plain = random_tensor(Shape{33, 96}, 2),
                   norm = random_tensor(Shape{96}, 3);
  const bool quantised = kind.starts_with("int");
  const DType type = kind == "F32" ? DType::F32 : kind == "F16" ? DType::F16 : DType::BF16;
  const QuantisedWeights q = quantise(plain, kind == "int4" ? Quantisation::Int4 : Quantisation::Int8);
  const HostTensor stored = stored_as(type, quantised ? dequantise(q.view()) : HostTensor::copy_of(plain));
  const Weight there = quantised ? gpu->borrow(q.view()) : gpu->borrow(floats(stored));
  Tensor normed = cpu->make(Shape{20, 96});
  cpu->rms_norm(cpu->upload(x), cpu->upload(norm), 1e-5f, normed);
  const HostTensor rounded = to_f32(stored_as(type, cpu->read(normed))), weight = to_f32(stored);
  Tensor wanted = cpu->make(Shape{20, 33}), got = gpu->make(Shape{20, 33}), few = gpu->make(Shape{1, 33});
  cpu->linear({.x = cpu->borrow(rounded.view()), .weight = cpu->borrow(weight.view()).view(), .bias = {}}, wanted);
  const Tensor input = gpu->upload(x), norm_there = gpu->upload(norm);
  const Projection part[] = {{.weight = there, .bias = {}, .out = &got}};
  gpu->project({.x = input, .norm = norm_there, .norm_eps = 1e-5f}, part);
  // A number between two of the type may be rounded to either, by the last bits of its norm.
  Both::compare(gpu->read(got), cpu->read(wanted), type == DType::F32 ? 3e-6f : 1e-3f);
}

TEST_CASE("CUDA: products do bias and function themselves where the library can", "[cuda][gpu]") {
  const Arithmetic arithmetic = GENERATE(Arithmetic::Float32, Arithmetic::Bf16);
  const DType type = GENERATE(DType::F32, DType::F16, DType::BF16);
  const auto [rows, inputs, outputs] =
      GENERATE(table<std::size_t, std::size_t, std::size_t>({{9, 65, 5}, {21, 96, 33}, {17, 40, 1}}));
  CAPTURE(static_cast<int>(arithmetic), to_string(type), rows, inputs, outputs);
  CudaOptions options = tested_cuda();
  options.arithmetic = arithmetic;
  const auto gpu = make_cuda_backend(options), cpu = make_cpu_backend({.threads = 2});
  // Rounded before, so that neither rounds them.
  const HostTensor x = to_f32(stored_as(type, random_tensor(Shape{rows, inputs}, 1))),
                   weight = stored_as(type, random_tensor(Shape{outputs, inputs}, 2)),
                   biases = random_tensor(Shape{outputs + 1, 1}, 3), before = random_tensor(Shape{rows, outputs}, 4);
  const bool bits16 = arithmetic == Arithmetic::Bf16 && type != DType::F32;
  enum class Bias { None, Aligned, Odd };  // Odd: at a multiple of 4 bytes alone
  const auto check = [&](Bias bias, Activation activation, bool accumulate) {
    CAPTURE(static_cast<int>(bias), static_cast<int>(activation), accumulate);
    const auto result = [&](Backend& b) {
      const Weight there = b.borrow(floats(weight));
      const Tensor input = b.upload(x), all = b.upload(biases);
      Tensor out = b.upload(before);
      LinearArgs args{.x = input, .weight = there, .bias = {}, .activation = activation, .accumulate = accumulate};
      if (bias != Bias::None) args.bias = all.view().slice_rows(bias == Bias::Odd ? 1 : 0, weight.rows());
      b.linear(args, out);
      return HostTensor::copy_of(b.read(out));
    };
    const bool is_the_products = activation == Activation::None || activation == Activation::Relu ||
                                 (activation == Activation::GeluTanh && bits16);
    const std::uint64_t finished = launches("finish");
    const HostTensor got = result(*gpu);
    if (cuda_emulator() != nullptr) CHECK(launches("finish") - finished == (is_the_products ? 0u : 1u));
    // How exact the library's tanh is, NVIDIA does not say.
    const bool vague = cuda_emulator() == nullptr && activation == Activation::GeluTanh && bits16;
    Both::compare(got, result(*cpu), vague ? 1e-3f : 3e-6f);
  };
  for (const Bias bias : {Bias::None, Bias::Aligned, Bias::Odd, Bias::Aligned}) {
    for (const Activation activation : {Activation::None, Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu,
                                        Activation::Silu, Activation::Relu})
      check(bias, activation, false);
    check(bias, Activation::None, true);
  }
}

TEST_CASE("CUDA: values that F16 cannot hold become its largest, and NaN stays", "[cuda][gpu]") {
  CudaOptions options = tested_cuda();
  options.arithmetic = Arithmetic::Bf16;
  const auto gpu = make_cuda_backend(options);
  HostTensor x = HostTensor::zeros(Shape{9, 2});
  x.f32()[0] = 1e6f;
  x.f32()[2] = -1e6f;
  x.f32()[4] = NAN;
  HostTensor one(Shape{1, 2});
  one.f32()[0] = one.f32()[1] = 1.0f;
  const HostTensor half = stored_as(DType::F16, one);
  Tensor out = gpu->make(Shape{9, 1});
  gpu->linear({.x = gpu->upload(x), .weight = gpu->upload(half).view(), .bias = {}}, out);
  const HostRead got = gpu->read(out);
  CHECK(got.f32()[0] == 65504.0f);
  CHECK(got.f32()[1] == -65504.0f);
  CHECK(std::isnan(got.f32()[2]));
  CHECK(got.f32()[3] == 0.0f);
}

TEST_CASE("CUDA: attention on tensor cores is as accurate as BF16", "[cuda][gpu]") {
  CudaOptions options = tested_cuda();
  options.arithmetic = Arithmetic::Bf16;
  const auto gpu = make_cuda_backend(options), cpu = make_cpu_backend({.threads = 2});
  const std::size_t dim = GENERATE(20, 64, 72, 96, 128);
  const DType type = GENERATE(DType::F32, DType::BF16);
  const std::size_t before = GENERATE(0, 70);
  CAPTURE(dim, to_string(type), before);
  const std::size_t rows = 77, heads = 2, kv_heads = 1;
  const HostTensor q = random_tensor(Shape{rows, heads * dim}, 1);
  const HostTensor k = stored_as(type, random_tensor(Shape{before + rows, kv_heads * dim}, 2));
  const HostTensor v = stored_as(type, random_tensor(Shape{before + rows, kv_heads * dim}, 3));
  const float scale = 1.0f / std::sqrt(static_cast<float>(dim));
  const auto compute = [&](Backend& b, bool frames) {
    const Tensor qt = b.upload(q), kt = b.upload(k), vt = b.upload(v);
    Tensor out = b.make(q.shape());
    AttentionArgs args{.q = qt,
                       .k = kt,
                       .v = vt,
                       .heads = heads,
                       .kv_heads = kv_heads,
                       .scale = scale,
                       .causal = !frames,
                       .first_visible = before,
                       .sequences = 1};
    if (frames) args.sequences = 7;  // of 11 rows
    b.attention(args, out, nullptr);
    return HostTensor::copy_of(b.read(out));
  };
  Both::compare(compute(*gpu, false), compute(*cpu, false), 1e-2f);
  if (before == 0) Both::compare(compute(*gpu, true), compute(*cpu, true), 1e-2f);
  if (cuda_emulator() != nullptr)
    CHECK(cuda_emulator()->emulator_launches(dim <= 64   ? "attention_mma_64"
                                             : dim <= 96 ? "attention_mma_96"
                                                         : "attention_mma_128") > 0);
}

TEST_CASE("CUDA: normalised and gated layers", "[cuda][gpu]") {
  const Both both;
  const std::size_t rows = GENERATE(1, 11);
  const HostTensor x = random_tensor(Shape{rows, 70}, 1), norm = random_tensor(Shape{70}, 2);
  const HostTensor gate = random_tensor(Shape{45, 70}, 3), up = random_tensor(Shape{45, 70}, 4);
  const HostTensor gate_bias = random_tensor(Shape{45}, 5);
  both.same(Shape{rows, 45}, 3e-6f, [&](Backend& b, Tensor& out) {
    const Tensor g = b.borrow(gate.view()), u = b.borrow(up.view()), bias = b.upload(gate_bias), input = b.upload(x),
                 n = b.upload(norm);
    b.gated({.x = input, .norm = n, .norm_eps = 1e-5f},
            {.gate = g.view(), .up = u.view(), .gate_bias = bias, .up_bias = {}, .activation = Activation::Silu}, out);
  });
  both.same(Shape{rows, 45}, 3e-6f, [&](Backend& b, Tensor& out) {
    const Tensor g = b.borrow(gate.view()), u = b.borrow(up.view()), input = b.upload(x), n = b.upload(norm);
    Tensor other = b.make(Shape{rows, 45});
    const Projection parts[] = {{.weight = g.view(), .bias = {}, .out = &other},
                                {.weight = u.view(), .bias = {}, .out = &out}};
    b.project({.x = input, .norm = n, .norm_eps = 1e-6f}, parts);
    b.copy_rows(other.view().slice_rows(0, 1), out, 0);
  });
}

TEST_CASE("CUDA: layers with the same few rows are one launch, whatever their weights", "[cuda][gpu]") {
  const Both both;
  using Kinds = std::vector<std::string>;
  const auto [inputs, kinds] = GENERATE(table<std::size_t, Kinds>({{96, {"F32", "int4", "BF16"}},
                                                                   {160, {"int8", "F16", "int4"}},
                                                                   {36, {"F16", "int8"}},
                                                                   {65, {"BF16", "int8", "F32"}},
                                                                   {64, {"int4", "int4", "int4"}},
                                                                   {64, {"BF16", "BF16", "BF16", "int8", "F32"}}}));
  const std::size_t rows = GENERATE(1, 3, 8, 9);
  CAPTURE(inputs, kinds, rows);
  const std::size_t outputs[] = {33, 7, 50, 16, 1};
  const HostTensor x = random_tensor(Shape{rows, inputs}, 1), norm = random_tensor(Shape{inputs}, 2),
                   bias = random_tensor(Shape{50}, 3);
  std::vector<SomeWeights> made;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    made.emplace_back(kinds[i], Shape{outputs[i], inputs}, static_cast<unsigned>(10 + i));
  const auto project = [&](Backend& b) {
    const Tensor input = b.upload(x), n = b.upload(norm), long_bias = b.upload(bias);
    std::vector<Weight> weights;
    std::vector<Tensor> outs;
    std::vector<Projection> parts;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      weights.push_back(made[i].on(b));
      outs.push_back(b.make(Shape{rows, outputs[i]}));
    }
    for (std::size_t i = 0; i < kinds.size(); ++i)
      parts.push_back(
          {.weight = weights[i], .bias = outputs[i] == 50 ? long_bias.view() : TensorView(), .out = &outs[i]});
    b.project({.x = input, .norm = n, .norm_eps = 1e-5f}, parts);
    std::vector<HostTensor> read;
    for (const Tensor& out : outs) read.push_back(HostTensor::copy_of(b.read(out)));
    return read;
  };
  const std::uint64_t before = launches("row_products");
  const auto got = project(*both.gpu), wanted = project(*both.cpu);
  if (cuda_emulator() != nullptr) CHECK(launches("row_products") - before == (rows > 8 ? 0 : (kinds.size() + 2) / 3));
  for (std::size_t i = 0; i < kinds.size(); ++i) Both::compare(got[i], wanted[i], 3e-6f);
}

TEST_CASE("CUDA: a gated layer of few rows is one launch, whatever its weights", "[cuda][gpu]") {
  const Both both;
  const auto [inputs, gate, up] = GENERATE(table<std::size_t, std::string, std::string>({{96, "F32", "F32"},
                                                                                         {65, "F16", "BF16"},
                                                                                         {160, "BF16", "int4"},
                                                                                         {36, "int8", "int8"},
                                                                                         {32, "int4", "int8"},
                                                                                         {96, "int4", "int4"}}));
  const std::size_t rows = GENERATE(1, 3, 8, 9), outputs = GENERATE(7, 50);
  const Activation activation = GENERATE(Activation::Silu, Activation::Gelu);
  const bool biased = GENERATE(false, true);
  CAPTURE(inputs, gate, up, rows, outputs, biased);
  const HostTensor x = random_tensor(Shape{rows, inputs}, 1), norm = random_tensor(Shape{inputs}, 2);
  const HostTensor gate_bias = random_tensor(Shape{outputs}, 3), up_bias = random_tensor(Shape{outputs}, 4);
  const SomeWeights gate_weights(gate, Shape{outputs, inputs}, 5), up_weights(up, Shape{outputs, inputs}, 6);
  const std::uint64_t before = launches(), at_first = launches("gated_products");
  both.same(Shape{rows, outputs}, 3e-6f, [&](Backend& b, Tensor& out) {
    const Tensor input = b.upload(x), n = b.upload(norm), gb = b.upload(gate_bias), ub = b.upload(up_bias);
    const Weight g = gate_weights.on(b), u = up_weights.on(b);
    b.gated({.x = input, .norm = n, .norm_eps = 1e-5f},
            {.gate = g,
             .up = u,
             .gate_bias = biased ? gb.view() : TensorView(),
             .up_bias = biased ? ub.view() : TensorView(),
             .activation = activation},
            out);
  });
  if (cuda_emulator() == nullptr) return;
  CHECK(launches("gated_products") - at_first == (rows > 8 ? 0 : 1));
  if (rows <= 8) CHECK(launches() - before == 2);  // with the norm
}

TEST_CASE("CUDA: norms, embeddings, rotary embedding, stored rows", "[cuda][gpu]") {
  const Both both;
  const std::size_t cols = GENERATE(8, 70, 300);
  const HostTensor x = random_tensor(Shape{5, cols}, 1), weight = random_tensor(Shape{cols}, 2),
                   bias = random_tensor(Shape{cols}, 3);
  both.same(Shape{5, cols}, 1e-6f,
            [&](Backend& b, Tensor& out) { b.rms_norm(b.upload(x), b.upload(weight), 1e-5f, out); });
  both.same(Shape{5, cols}, 1e-6f,
            [&](Backend& b, Tensor& out) { b.layer_norm(b.upload(x), b.upload(weight), b.upload(bias), 1e-5f, out); });
  for (const DType type : {DType::F32, DType::F16, DType::BF16}) {
    const HostTensor table = stored_as(type, random_tensor(Shape{9, cols}, 4));
    const std::int32_t ids[] = {8, 0, 3, 3, 1};
    both.same(Shape{5, cols}, 0, [&](Backend& b, Tensor& out) { b.embed(b.upload(table), ids, out); });
  }
  for (const DType type : {DType::F32, DType::BF16}) {
    both.same(
        Shape{7, cols}, 0, [&](Backend& b, Tensor& out) { b.store(b.upload(x), out, 2); }, type);
    const HostTensor cos = random_tensor(Shape{5, cols / 4}, 5), sin = random_tensor(Shape{5, cols / 4}, 6);
    if (cols % 4 != 0) continue;
    both.same(
        Shape{6, cols}, type == DType::F32 ? 1e-6f : 1e-2f,
        [&](Backend& b, Tensor& out) { b.rope(b.upload(x), 2, b.upload(cos), b.upload(sin), out, 1); }, type);
  }
}

TEST_CASE("CUDA: keys, values and queries enter the cache in one launch", "[cuda][gpu]") {
  const Both both;
  const DType type = GENERATE(DType::F32, DType::BF16);
  const std::size_t rows = GENERATE(1, 5), queries = GENERATE(1, 4), dim = GENERATE(6, 128);
  if (queries > rows) return;
  CAPTURE(to_string(type), rows, queries, dim);
  const HostTensor q = random_tensor(Shape{queries, 4 * dim}, 1), k = random_tensor(Shape{rows, 2 * dim}, 2),
                   v = random_tensor(Shape{rows, 2 * dim}, 3), cos = random_tensor(Shape{rows, dim / 2}, 4),
                   sin = random_tensor(Shape{rows, dim / 2}, 5);
  const auto enter = [&](Backend& b) {
    const Tensor kt = b.upload(k), vt = b.upload(v), c = b.upload(cos), s = b.upload(sin);
    const HostTensor nothing = HostTensor::zeros(Shape{rows + 3, 2 * dim}, type);
    Tensor query = b.upload(q), keys = b.upload(nothing), values = b.upload(nothing);
    const std::uint64_t before = launches();
    b.enter_cache({kt, vt, c, s}, query, keys, values, 2);
    if (b.info().name == "cuda" && cuda_emulator() != nullptr) CHECK(launches() - before == 1);
    std::vector<HostTensor> all;
    for (const Tensor* each : {&query, &keys, &values}) all.push_back(HostTensor::copy_of(b.read(*each)));
    return all;
  };
  const auto got = enter(*both.gpu), wanted = enter(*both.cpu);
  Both::compare(got[0], wanted[0], 1e-6f);
  Both::compare(got[1], wanted[1], type == DType::F32 ? 1e-6f : 1e-2f);
  Both::compare(got[2], wanted[2], 0);
}

TEST_CASE("CUDA: the largest number of a row, the first of equal ones, or the first NaN", "[cuda][gpu]") {
  const Both both;
  const std::size_t count = GENERATE(1, 31, 32, 33, 1025, 32064);
  CAPTURE(count);
  const std::size_t last = count - 1, middle = count / 2;
  const auto check = [&](std::string_view what, const std::function<void(std::span<float>)>& change,
                         std::size_t expected) {
    CAPTURE(what);
    HostTensor row = random_tensor(Shape{1, count}, 7);
    change(row.row(0));
    for (Backend* backend : {both.gpu.get(), both.cpu.get()}) {
      CAPTURE(backend->info().name);
      const std::uint64_t before = launches();
      const Largest found = backend->largest(backend->upload(row));
      if (backend == both.gpu.get() && cuda_emulator() != nullptr) CHECK(launches() - before == 1);
      CHECK(found.index == expected);
      CHECK(std::bit_cast<std::uint32_t>(found.value) == std::bit_cast<std::uint32_t>(row.row(0)[expected]));
    }
  };
  const auto fill = [](float all) { return [=](std::span<float> row) { std::ranges::fill(row, all); }; };
  const auto set = [](float value, std::initializer_list<std::size_t> at) {
    return [=, at = std::vector(at)](std::span<float> row) {
      for (const std::size_t i : at) row[i] = value;
    };
  };
  const HostTensor random = random_tensor(Shape{1, count}, 7);
  const auto row = random.row(0);
  check(
      "random", [](auto) {}, static_cast<std::size_t>(std::ranges::max_element(row) - row.begin()));
  check("first", set(9, {0}), 0);
  check("last", set(9, {last}), last);
  check("ties", set(9, {last, middle}), middle);
  check("all equal", fill(-3), 0);
  check(
      "zeros of both signs", [](auto all) { std::ranges::fill(all, 0.0f), all[0] = -0.0f; }, 0);
  check("all -inf", fill(-INFINITY), 0);
  check("+inf", set(INFINITY, {last, middle}), middle);
  check("NaN first", set(NAN, {0, last}), 0);
  check("NaN last", set(-NAN, {last}), last);
  check(
      "NaN after +inf", [&](auto all) { all[0] = INFINITY, all[last] = NAN; }, last);
  check(
      "negative", [](auto all) { std::ranges::for_each(all, [](float& x) { x = -1 - std::abs(x); }); },
      static_cast<std::size_t>(std::ranges::min_element(row, {}, [](float x) { return std::abs(x); }) - row.begin()));
}

TEST_CASE("CUDA: rows copied, gathered and summed", "[cuda][gpu]") {
  const Both both;
  const DType type = GENERATE(DType::F32, DType::BF16, DType::U8);
  const std::size_t cols = GENERATE(3, 8, 16);
  HostTensor x(Shape{6, cols}, type);
  for (std::size_t i = 0; i < x.view().bytes(); ++i)
    static_cast<std::uint8_t*>(x.data())[i] = static_cast<std::uint8_t>(i * 7 % 61);
  const auto exact = [&](Shape shape, const std::function<void(Backend&, Tensor&)>& operation) {
    const auto [got, wanted] = both.results(shape, type, operation);
    const auto* bytes = static_cast<const std::byte*>(got.data());
    CHECK(std::equal(bytes, bytes + got.view().bytes(), static_cast<const std::byte*>(wanted.data())));
  };
  exact(Shape{9, cols}, [&](Backend& b, Tensor& out) { b.copy_rows(b.upload(x), out, 2); });
  exact(Shape{9, cols + 5}, [&](Backend& b, Tensor& out) { b.copy_rows(b.upload(x), out, 3, 2); });
  exact(Shape{6, cols}, [&](Backend& b, Tensor& out) {
    b.write(x, out, 0);
    b.copy_rows(out.view().slice_rows(0, 4), out, 1);  // over itself
    b.copy_rows(out.view().slice_rows(4, 2), out, 0);
  });
  const std::size_t rows[] = {5, 0, 5, 2};
  exact(Shape{5, cols}, [&](Backend& b, Tensor& out) { b.gather_rows(b.upload(x), rows, out, 1); });
  if (type != DType::F32) return;
  const HostTensor states = random_tensor(Shape{6, cols}, 9);
  const std::vector<std::vector<WeightedRow>> sums = {{{2, 1.0}}, {{0, 0.25}, {5, 0.75}, {1, -1.5}}, {}};
  both.same(Shape{4, cols}, 1e-7f, [&](Backend& b, Tensor& out) { b.combine(b.upload(states), sums, out, 1); });
  both.same(Shape{6, cols}, 1e-7f, [&](Backend& b, Tensor& out) { b.unit_rows(b.upload(states), out); });
  std::vector<double> wanted(36), got(36);
  both.cpu->double_products(both.cpu->upload(states), both.cpu->upload(states), wanted);
  both.gpu->double_products(both.gpu->upload(states), both.gpu->upload(states), got);
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(got[i] == Approx(wanted[i]).epsilon(1e-14));
  HostTensor bad = HostTensor::copy_of(states);
  CHECK_FALSE(both.gpu->not_finite(both.gpu->upload(bad)));
  bad.f32()[7] = -INFINITY;
  bad.f32()[9] = NAN;
  CHECK(both.gpu->not_finite(both.gpu->upload(bad)) == -INFINITY);
}

TEST_CASE("CUDA: attention of all kinds, and its scores", "[cuda][gpu]") {
  const Both both;
  const std::size_t dim = GENERATE(6, 64, 80, 160, 256);
  const DType type = GENERATE(DType::F32, DType::BF16, DType::F16);
  const std::size_t before = GENERATE(0, 37);
  if (type == DType::F16 && dim > 64) return;
  CAPTURE(dim, to_string(type), before);
  const std::size_t rows = 35, heads = 4, kv_heads = 2;
  const HostTensor q = random_tensor(Shape{rows, heads * dim}, 1);
  const HostTensor k = stored_as(type, random_tensor(Shape{before + rows, kv_heads * dim}, 2));
  const HostTensor v = stored_as(type, random_tensor(Shape{before + rows, kv_heads * dim}, 3));
  const std::size_t asked[] = {34, 0, 17}, means[] = {1, 33};
  Tensor scores[2], mean_scores[2];
  std::size_t which = 0;
  both.same(q.shape(), 8e-6f, [&](Backend& b, Tensor& out) {
    const ScoreRequest request{
        .rows = asked, .scores = &scores[which], .mean_rows = means, .means = &mean_scores[which]};
    const Tensor qt = b.upload(q), kt = b.upload(k), vt = b.upload(v);
    b.attention({.q = qt,
                 .k = kt,
                 .v = vt,
                 .heads = heads,
                 .kv_heads = kv_heads,
                 .scale = 0.3f,
                 .causal = true,
                 .first_visible = before},
                out, &request);
    ++which;
  });
  Both::compare(both.gpu->read(scores[1]), both.cpu->read(scores[0]), 8e-6f);
  Both::compare(both.gpu->read(mean_scores[1]), both.cpu->read(mean_scores[0]), 8e-6f);

  if (before != 0) return;
  const std::size_t places[] = {3, 34, 20};
  for (const bool mean : {false, true})
    both.same(mean ? Shape{3, rows} : Shape{heads, 3, rows}, 2e-6f, [&](Backend& b, Tensor& out) {
      const Tensor qt = b.upload(q), kt = b.upload(k);
      b.scores({.q = qt.view().slice_rows(4, 3), .k = kt, .v = {}, .heads = heads, .kv_heads = kv_heads, .scale = 0.3f},
               places, out);
    });
  // Frames of a video: seven sequences of five rows that see all of their own.
  both.same(q.shape(), 8e-6f, [&](Backend& b, Tensor& out) {
    const Tensor qt = b.upload(q), kt = b.upload(k), vt = b.upload(v);
    b.attention({.q = qt,
                 .k = kt,
                 .v = vt,
                 .heads = heads,
                 .kv_heads = kv_heads,
                 .scale = 0.3f,
                 .causal = false,
                 .sequences = 7},
                out);
  });
}

TEST_CASE("CUDA: attention of few rows and many keys, in one stretch and in several", "[cuda][gpu]") {
  const Both both;
  const std::size_t rows = GENERATE(1, 3, 8), before = GENERATE(0, 60, 700), dim = GENERATE(20, 64, 160);
  const DType type = GENERATE(DType::F32, DType::BF16);
  CAPTURE(rows, before, dim, to_string(type));
  const HostTensor q = random_tensor(Shape{rows, 2 * dim}, 1);
  const HostTensor k = stored_as(type, random_tensor(Shape{before + rows, dim}, 2)),
                   v = stored_as(type, random_tensor(Shape{before + rows, dim}, 3));
  for (const bool causal : {true, false})
    both.same(q.shape(), 3e-6f, [&](Backend& b, Tensor& out) {
      const Tensor qt = b.upload(q), kt = b.upload(k), vt = b.upload(v);
      b.attention({.q = qt,
                   .k = kt,
                   .v = vt,
                   .heads = 2,
                   .kv_heads = 1,
                   .scale = 0.2f,
                   .causal = causal,
                   .first_visible = before},
                  out);
    });
}

TEST_CASE("CUDA: patches and the tower's input", "[cuda][gpu]") {
  const Both both;
  const HostTensor pixels = random_tensor(Shape{2, 3, 12, 18}, 1);
  both.same(Shape{2 * 2 * 3, 108}, 0, [&](Backend& b, Tensor& out) { b.patchify(b.upload(pixels), 6, out); });
  const HostTensor patches = random_tensor(Shape{12, 5}, 2), cls = random_tensor(Shape{5}, 3);
  const HostTensor with = random_tensor(Shape{7, 5}, 4), without = random_tensor(Shape{6, 5}, 5);
  both.same(Shape{14, 5}, 0,
            [&](Backend& b, Tensor& out) { b.tower_input(b.upload(patches), b.upload(cls), b.upload(with), out); });
  both.same(Shape{12, 5}, 0,
            [&](Backend& b, Tensor& out) { b.tower_input(b.upload(patches), {}, b.upload(without), out); });
}

}  // namespace sparsight::test
