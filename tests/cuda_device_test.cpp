// What a device of CUDA's does beside computing: which there are, errors of its driver, whole answers. On the emulated
// one.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/measure/bench.h"
#include "core/model/vision.h"
#include "kernels/cuda/driver_abi.h"
#include "tests/cuda_emulator.h"
#include "tests/models.h"
#include "tests/support.h"
#include "tests/tensors.h"

#include <algorithm>
#include <map>
#include <utility>

namespace sparsight::test {

TEST_CASE("CUDA: devices are listed, with the reason for each that cannot be used", "[cuda]") {
  const CudaDevices found = find_cuda_devices(emulated_cuda());
  CHECK(found.why_not == "");
  CHECK(found.driver == "13.0");
  CHECK(found.blas == "13.0.0");
  REQUIRE(found.devices.size() == 1);
  CHECK(found.devices[0].name == "Emulated GPU");
  CHECK(found.devices[0].why_not == "");
  CHECK(found.devices[0].memory_bytes == std::size_t{4} << 30);

  const auto restore = [] { (*cuda_emulator()).emulator_set_device(1, 9, 0, 13000); };
  (*cuda_emulator()).emulator_set_device(2, 7, 0, 13000);
  const CudaDevices old = find_cuda_devices(emulated_cuda());
  REQUIRE(old.devices.size() == 2);
  for (const CudaDevice& device : old.devices)
    CHECK(device.why_not == "it has compute capability 7.0, Sparsight needs 7.5 (GeForce RTX 20 or later)");
  CHECK(old.why_not == old.devices[0].why_not);

  (*cuda_emulator()).emulator_set_device(1, 9, 0, 11040);
  // 12.0, or 13.0 if nvcc 13 compiled the kernels.
  CHECK_THAT(find_cuda_devices(emulated_cuda()).why_not,
             Catch::Matches("the NVIDIA driver supports CUDA 11.4, Sparsight needs 1[2-9].0 or later: install a newer "
                            "driver"));
  CHECK_THROWS_WITH(make_cuda_backend(emulated_cuda()), Catch::StartsWith("the NVIDIA driver supports CUDA 11.4"));
  (*cuda_emulator()).emulator_set_device(0, 9, 0, 13000);
  CHECK(find_cuda_devices(emulated_cuda()).why_not == "the NVIDIA driver finds no GPU");
  restore();
  CudaOptions second = emulated_cuda();
  second.device = 1;
  CHECK_THROWS_WITH(make_cuda_backend(second), Catch::Contains("finding GPU 1"));
}

TEST_CASE(
    "CUDA: every error of the driver and of its libraries, at every call, is an error with a reason, and leaks "
    "nothing",
    "[cuda]") {
  const CudaEmulator& device = *cuda_emulator();
  const HostTensor x = random_tensor(Shape{12, 32}, 1), w = random_tensor(Shape{16, 32}, 2),
                   b = random_tensor(Shape{16}, 3);
  const auto work = [&] {
    const auto gpu = make_cuda_backend(emulated_cuda());
    const Tensor there = gpu->upload(x), weight = gpu->upload(w), bias = gpu->upload(b);
    Tensor out = gpu->make(Shape{12, 16}), heads = gpu->make(Shape{12, 32}), units = gpu->make(Shape{12, 32});
    gpu->linear({.x = there, .weight = weight.view(), .bias = {}, .activation = Activation::Silu}, out);
    gpu->linear({.x = there, .weight = weight.view(), .bias = bias, .activation = Activation::Relu}, out);
    gpu->attention({.q = there, .k = there, .v = there, .heads = 2, .kv_heads = 2}, heads, nullptr);
    gpu->copy_rows(heads.view().slice_rows(0, 6), heads, 3);
    Backend::Step step(gpu.get());  // a graph of kernels
    for (int i = 0; i < 10; ++i) {
      gpu->unit_rows(heads, units);
      gpu->store(units, heads, 0);
    }
    step.end();
    gpu->finish();
    static_cast<void>(gpu->free_memory());
    const float apart = gpu->squared_distances(there).row(0)[11];
    const std::pair<std::size_t, std::size_t> pair[] = {{3, 4}};
    const float single = gpu->squared_distances(there, pair)[0],
                dot = static_cast<float>(gpu->dots(there, there, pair)[0]);
    return gpu->not_finite(out).has_value() ? 0.0f : gpu->read(heads).f32()[0] + apart + single + dot;
  };
  const emulator::Living before = device.emulator_living();
  const float wanted = work();
  CHECK(device.emulator_living() == before);
  const std::uint64_t first = device.emulator_calls();
  work();
  const std::uint64_t calls = device.emulator_calls() - first;
  CHECK(calls > 60);
  for (const cuda::Result error : {cuda::Result::OutOfMemory, cuda::Result::LaunchFailed}) {
    for (std::uint64_t call = 1; call <= calls; ++call) {
      const emulator::Living at_first = device.emulator_living();
      device.emulator_fail_call(device.emulator_calls() + call, static_cast<int>(error));
      std::string why;
      float got = wanted;
      try {
        got = work();
      } catch (const Error& e) {
        why = e.what();
        CHECK((e.kind() == ErrorKind::Device || e.kind() == ErrorKind::Memory));
      }
      const char* failed = device.emulator_failed_call();
      device.emulator_fail_call(0, 0);
      CAPTURE(call, failed == nullptr ? "none" : failed, why);
      REQUIRE(failed != nullptr);
      // What fails while something is freed cannot be told, and changes no result.
      if (why.empty()) CHECK(got == wanted);
      // What the driver refuses to free stays its own.
      const std::vector<std::string> frees = {"Free", "Push", "Pop", "Destroy", "Unload", "Release", "Synchronize"};
      const bool while_freeing = std::ranges::any_of(
          frees, [&](const std::string& word) { return std::string(failed).find(word) != std::string::npos; });
      if (!while_freeing) CHECK(device.emulator_living() == at_first);
    }
  }
}

TEST_CASE("CUDA: where the library has no algorithm for a product with an epilogue, the epilogue follows it",
          "[cuda]") {
  const auto gpu = make_cuda_backend(emulated_cuda()), cpu = make_cpu_backend({.threads = 2});
  const HostTensor x = random_tensor(Shape{11, 32}, 1), weights = random_tensor(Shape{7, 32}, 2),
                   biases = random_tensor(Shape{7}, 3), before = random_tensor(Shape{11, 7}, 4);
  const auto compute = [&](Backend& b, Activation activation, bool accumulate) {
    const Tensor there = b.upload(x), weight = b.upload(weights), bias = b.upload(biases);
    Tensor out = b.upload(before);
    b.linear({.x = there, .weight = weight.view(), .bias = bias, .activation = activation, .accumulate = accumulate},
             out);
    return HostTensor::copy_of(b.read(out));
  };
  const CudaEmulator& device = *cuda_emulator();
  device.emulator_refuse_epilogues(GENERATE(1, 2));
  for (const auto& [activation, accumulate] :
       {std::pair{Activation::Relu, false}, {Activation::None, false}, {Activation::None, true}})
    for (const bool again : {false, true}) {
      CAPTURE(static_cast<int>(activation), accumulate, again);
      const std::uint64_t finished = device.emulator_launches("finish"),
                          asked = device.emulator_calls_of("cublasLtMatmulAlgoGetHeuristic");
      const HostTensor got = compute(*gpu, activation, accumulate), wanted = compute(*cpu, activation, accumulate);
      CHECK(device.emulator_launches("finish") - finished == 1);
      if (again) CHECK(device.emulator_calls_of("cublasLtMatmulAlgoGetHeuristic") == asked);  // it remembers
      for (std::size_t i = 0; i < got.shape().elements(); ++i)
        REQUIRE(got.f32()[i] == Approx(wanted.f32()[i]).margin(1e-4));
    }
  device.emulator_refuse_epilogues(0);
}

TEST_CASE("CUDA: of a CLIP layer's products, at most the one with a function has a kernel after it", "[cuda]") {
  const auto [activation, arithmetic, finished] =
      GENERATE(table<Activation, Arithmetic, std::uint64_t>({{Activation::QuickGelu, Arithmetic::Bf16, 1},
                                                             {Activation::QuickGelu, Arithmetic::Float32, 1},
                                                             {Activation::GeluTanh, Arithmetic::Float32, 1},
                                                             {Activation::GeluTanh, Arithmetic::Bf16, 0},
                                                             {Activation::Relu, Arithmetic::Float32, 0}}));
  CAPTURE(static_cast<int>(activation), static_cast<int>(arithmetic));
  ModelConfig config = small_config();
  config.vision.hidden = 32;
  config.vision.intermediate = 40;
  config.vision.layers = 3;
  config.vision.heads = 4;
  config.vision.activation = activation;
  config.feature_layers = {2};
  CudaOptions options = emulated_cuda();
  options.arithmetic = arithmetic;
  const auto gpu = make_cuda_backend(options), cpu = make_cpu_backend({.threads = 2});
  const Weights weights = random_towers(config, *cpu, DType::BF16, 1);
  const HostTensor pixels = random_tensor(Shape{2, 3, 56, 56}, 2);
  const auto features = [&](Backend& b) {
    return HostTensor::copy_of(b.read(VisionEncoder(config, weights, b).run_tower(pixels, MediaKind::Video).features));
  };
  const CudaEmulator& device = *cuda_emulator();
  const std::uint64_t before = device.emulator_launches("finish"),
                      products = device.emulator_calls_of("cublasLtMatmul");
  const HostTensor got = features(*gpu), wanted = features(*cpu);
  CHECK(device.emulator_calls_of("cublasLtMatmul") - products == 1 + 2 * 6);  // the patches, and two layers
  CHECK(device.emulator_launches("finish") - before == 2 * finished);
  REQUIRE(got.shape() == wanted.shape());
  const double margin = arithmetic == Arithmetic::Bf16 ? 0.05 : 1e-4;
  for (std::size_t i = 0; i < got.shape().elements(); ++i)
    REQUIRE(got.f32()[i] == Approx(wanted.f32()[i]).margin(margin));
}

TEST_CASE("CUDA: on a GPU of compute capability 7.5 everything fits its shared memory, and is float32", "[cuda]") {
  cuda_emulator()->emulator_set_device(1, 7, 5, 13000);
  CudaOptions options = emulated_cuda();
  options.arithmetic = Arithmetic::Bf16;
  const auto gpu = make_cuda_backend(options), cpu = make_cpu_backend({.threads = 2});
  CHECK(gpu->info().arithmetic == Arithmetic::Float32);  // its tensor cores have no BF16
  for (const std::size_t dim : {64, 128, 256}) {
    const HostTensor x = random_tensor(Shape{40, dim}, 1);
    const auto compute = [&](Backend& b) {
      const Tensor there = b.upload(x);
      Tensor out = b.make(x.shape());
      b.attention({.q = there, .k = there, .v = there, .heads = 1, .kv_heads = 1, .scale = 0.1f}, out);
      return HostTensor::copy_of(b.read(out));
    };
    const HostTensor got = compute(*gpu), wanted = compute(*cpu);
    for (std::size_t i = 0; i < got.shape().elements(); ++i)
      REQUIRE(got.f32()[i] == Approx(wanted.f32()[i]).margin(1e-5));
  }
  cuda_emulator()->emulator_set_device(1, 9, 0, 13000);
}

namespace {

// About the demo clip, pruned by SparseVLM with recycling.
Question pruned_question(Engine& engine, std::size_t new_tokens) {
  Question question;
  question.media = engine.open(demo_clip(), {.count = 2}).encoded;
  question.turns = {{"What happens in the video?", ""}};
  question.max_new_tokens = new_tokens;
  question.pruning.strategy = "sparsevlm-v1.5";
  question.pruning.budget = parse_budget("25%");
  return question;
}

}  // namespace

TEST_CASE("CUDA: the demo model answers as on the CPU", "[cuda][engine]") {
  const auto before = (*cuda_emulator()).emulator_living();
  {
    const auto gpu = Engine::load({.model = demo_model(), .backend = emulated_backend()});
    const auto cpu = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = 2})});
    Question question = pruned_question(*gpu, 12);
    const std::uint64_t before_answer = cuda_emulator()->emulator_launches("largest");
    const Answer got = gpu->answer(question);
    const std::uint64_t chosen = cuda_emulator()->emulator_launches("largest") - before_answer;
    CHECK(chosen == got.generated_ids.size() + (got.stop == StopReason::EndOfAnswer ? 1 : 0));
    question.sampling.temperature = 1;
    static_cast<void>(gpu->answer(question));
    CHECK(cuda_emulator()->emulator_launches("largest") == before_answer + chosen);  // a draw needs all logits
    question.sampling.temperature = 0;
    question.media = cpu->open(demo_clip(), {.count = 2}).encoded;
    const Answer wanted = cpu->answer(question);
    CHECK(got.text == wanted.text);
    CHECK(got.generated_ids == wanted.generated_ids);
  }
  CHECK((*cuda_emulator()).emulator_living() == before);
}

TEST_CASE("CUDA: a prompt that SparseVLM prunes and recycles copies no states to the host", "[cuda][engine]") {
  constexpr std::size_t kWidth = 192, kHeads = 6, kMostTokens = 1024;  // of the demo model
  const auto gpu = Engine::load({.model = demo_model(), .backend = emulated_backend()});
  const Question question = pruned_question(*gpu, 1);
  const auto copies = [](std::size_t floats) {
    return cuda_emulator()->emulator_copies_to_host(floats * sizeof(float));
  };
  std::vector<std::uint64_t> before(kMostTokens * kWidth);
  for (std::size_t floats = 1; floats < before.size(); ++floats) before[floats] = copies(floats);
  const Answer got = gpu->answer(question);
  REQUIRE(got.trace != nullptr);
  const Trace& trace = *got.trace;

  std::map<std::size_t, std::size_t> wanted;          // floats of a copy, and how many of these there are
  ++wanted[trace.visual_tokens * trace.text_tokens];  // which words are relevant
  std::size_t most = 0;
  for (const TraceStep& step : trace.steps) {
    const auto recycled = static_cast<std::size_t>(std::ranges::count_if(
        step.into, [&](std::int32_t id) { return id >= 0 && std::ranges::find(step.ids, id) == step.ids.end(); }));
    REQUIRE(recycled > 1);
    most = std::max(most, recycled);
    ++wanted[kHeads * trace.raters.size() * trace.layers[static_cast<std::size_t>(step.layer)].tokens];  // scores
    ++wanted[recycled * recycled];                                                                       // distances
  }
  CHECK(trace.steps.size() == 3);
  CHECK(most > 10);
  for (const auto& [floats, count] : wanted) {
    CAPTURE(floats);
    CHECK(copies(floats) - before[floats] == count);
  }
  for (std::size_t tokens = 1; tokens < kMostTokens; ++tokens) {
    CAPTURE(tokens);
    if (!wanted.contains(tokens * kWidth)) CHECK(copies(tokens * kWidth) == before[tokens * kWidth]);
  }
}

}  // namespace sparsight::test
