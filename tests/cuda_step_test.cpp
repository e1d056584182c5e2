// Steps on a GPU: a generated token's kernels run as one CUDA graph, of which only what changes is told to the driver,
// and compute what they compute one by one. On the emulated device.
#include <catch2/catch.hpp>

#include "core/measure/bench.h"
#include "core/model/llama.h"
#include "kernels/cuda/launches.h"
#include "tests/cuda_emulator.h"
#include "tests/models.h"
#include "tests/tensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sparsight::test {
namespace {

// How often a function of the driver is called.
class Calls {
 public:
  explicit Calls(const char* name) : name_(name), before_(now()) {}
  [[nodiscard]] std::uint64_t since() const { return now() - before_; }

 private:
  [[nodiscard]] std::uint64_t now() const { return cuda_emulator()->emulator_calls_of(name_); }
  const char* name_;
  std::uint64_t before_;
};

struct Counts {
  Calls graphs{"cuGraphLaunch"}, kernels{"cuLaunchKernel"}, changed{"cuGraphExecKernelNodeSetParams_v2"},
      made{"cuGraphInstantiateWithFlags"}, taken{"cuMemAllocAsync"}, freed{"cuMemFreeAsync"};
};

ModelConfig eight_layers() {
  ModelConfig config = small_config();
  config.text.intermediate = 96;  // whole blocks of int4
  config.text.layers = 8;
  return config;
}

// A small decoder on the emulated device, which generates one token after another. A pass is a step at
// Stage::Generate only.
struct TokenByToken {
  explicit TokenByToken(Stage stage, std::optional<Quantisation> quantisation = {}, std::size_t length = 50)
      : weights(random_weights(config, DType::BF16, 1, quantisation)), prompt(length) {
    options.stage = stage;
    cache.reserve(prompt + 40);
  }

  // Layers from the fourth on keep only the last tokens, if `kept` says how many.
  void prefill(std::size_t kept = 0) {
    std::vector<std::int32_t> asked(prompt), positions(prompt);
    for (std::size_t i = 0; i < prompt; ++i) asked[i] = static_cast<std::int32_t>(i * 7 % config.text.vocab);
    std::iota(positions.begin(), positions.end(), 0);
    Tensor embeddings = backend->make(Shape{prompt, config.text.hidden});
    llama.embed(asked, embeddings);
    ForwardOptions pass;
    if (kept != 0)
      pass.reduce = [&](const LayerView& view) -> std::optional<Sequence> {
        if (view.layer != 3) return std::nullopt;
        const std::size_t dropped = prompt - kept;
        Sequence shorter{backend->copy_of(view.hidden.slice_rows(dropped, kept)),
                         {view.positions.begin() + static_cast<std::ptrdiff_t>(dropped), view.positions.end()}};
        return shorter;
      };
    see(llama.forward(embeddings, positions, cache, pass));
  }
  void next() {
    llama.embed({&ids.back(), 1}, token);
    const auto position = static_cast<std::int32_t>(prompt + ids.size() - 1);
    see(llama.forward(token, {&position, 1}, cache, options));
  }
  void see(TensorView hidden) {
    const HostRead read = backend->read(llama.logits(hidden));
    logits.insert(logits.end(), read.row(0).begin(), read.row(0).end());
    ids.push_back(static_cast<std::int32_t>(std::ranges::max_element(read.row(0)) - read.row(0).begin()));
  }

  ModelConfig config = eight_layers();
  Weights weights;
  std::unique_ptr<Backend> backend = make_cuda_backend(emulated_cuda());
  Llama llama{config, weights, *backend};
  KvCache cache = llama.make_cache();
  Tensor token = backend->make(Shape{1, config.text.hidden});
  ForwardOptions options{};
  std::size_t prompt;
  std::vector<std::int32_t> ids;
  std::vector<float> logits;  // of all tokens
};

void check_same(const TokenByToken& a, const TokenByToken& b) {
  CHECK(a.ids == b.ids);
  REQUIRE(a.logits.size() == b.logits.size());
  CHECK(std::memcmp(a.logits.data(), b.logits.data(), a.logits.size() * sizeof(float)) == 0);
}

// Two kernels for each row of x, in a step.
void many_kernels(Backend& gpu, const Tensor& x, Tensor& units) {
  Backend::Step step(&gpu);
  for (std::size_t i = 0; i < x.rows(); ++i) {
    Tensor between = gpu.make(Shape{1, x.cols()});
    gpu.unit_rows(x.view().slice_rows(i, 1), between);
    gpu.store(between, units, i);
  }
  step.end();
}

}  // namespace

TEST_CASE("CUDA: a token is one graph, of which three kernels a layer change, and takes no memory", "[cuda]") {
  const auto quantisation =
      GENERATE(std::optional<Quantisation>(), std::optional(Quantisation::Int8), std::optional(Quantisation::Int4));
  const emulator::Living before = cuda_emulator()->emulator_living();
  {
    TokenByToken steps(Stage::Generate, quantisation), none(Stage::Prefill, quantisation);
    none.prefill();
    for (std::size_t i = 0; i < 25; ++i) none.next();
    steps.prefill();
    std::uint64_t graphs_made = 0;
    for (std::size_t i = 0; i < 25; ++i) {
      const Counts counts;
      steps.next();
      CAPTURE(i);
      CHECK(counts.graphs.since() == 1);
      CHECK(counts.kernels.since() == 2);  // the embedding before, and the logits after
      graphs_made += counts.made.since();
      // From 65 keys on the attention is in stretches, and is another graph.
      if (i == 0 || i == 14) {
        CHECK(counts.made.since() == 1);
        continue;
      }
      CHECK(counts.made.since() == 0);
      CHECK(counts.changed.since() == 2 * 8);  // the place of a key and a value, and how many keys there are
      CHECK(counts.taken.since() == 1);        // for the id
      CHECK(counts.freed.since() == 1);
    }
    CHECK(graphs_made == 2);
    check_same(steps, none);
  }
  CHECK(cuda_emulator()->emulator_living() == before);
}

TEST_CASE("CUDA: layers of different lengths, which have positions of their own, are a graph for each length",
          "[cuda]") {
  TokenByToken steps(Stage::Generate), none(Stage::Prefill);
  for (TokenByToken* one : {&none, &steps}) {
    one->options.positions_follow_cache = true;
    one->prefill(20);
  }
  for (std::size_t i = 0; i < 10; ++i) none.next();
  for (std::size_t i = 0; i < 10; ++i) {
    const Counts counts;
    steps.next();
    CHECK(counts.graphs.since() == 2);  // four layers each
    CHECK(counts.made.since() == (i == 0 ? 2 : 0));
    CHECK(counts.kernels.since() == 2);
    CHECK(steps.cache.length(0) == 51 + i);
    CHECK(steps.cache.length(4) == 21 + i);
  }
  check_same(steps, none);
}

TEST_CASE("CUDA: two models on one device take turns, and watch their attention meanwhile", "[cuda]") {
  TokenByToken first(Stage::Generate), second(Stage::Generate, Quantisation::Int8, 30), alone(Stage::Prefill),
      other(Stage::Prefill, Quantisation::Int8, 30);
  for (TokenByToken* one : {&first, &second, &alone, &other}) one->prefill();
  for (std::size_t i = 0; i < 6; ++i) {
    if (i == 3)  // reads after each layer
      first.options.observe = [](std::size_t) { return Observe{.rows = 1, .heads = true}; };
    const Counts counts;
    first.next();
    if (i >= 3) CHECK(counts.graphs.since() == 0);  // a layer at a time, each kernel by itself
    second.next();
    alone.next();
    other.next();
  }
  check_same(first, alone);
  check_same(second, other);
}

TEST_CASE("CUDA: an answer that is stopped within a token goes on as if it had not been", "[cuda]") {
  const emulator::Living before = cuda_emulator()->emulator_living();
  {
    TokenByToken stopped(Stage::Generate), none(Stage::Prefill);
    none.prefill();
    stopped.prefill();
    for (std::size_t i = 0; i < 6; ++i) {
      none.next();
      const Counts after_stop;  // nothing of the token that was stopped
      stopped.next();
      CHECK(after_stop.graphs.since() == 1);
      CHECK(after_stop.kernels.since() == 2);
      const std::vector<std::size_t> lengths = stopped.cache.lengths();
      std::stop_source stop;
      stopped.options.control.stop = stop.get_token();
      stopped.options.on_layer = [&](const LayerView& view) {
        if (view.layer == i % 3) stop.request_stop();
      };
      const Counts counts;
      CHECK_THROWS_AS(stopped.next(), Cancelled);
      CHECK(counts.graphs.since() == 0);
      CHECK(counts.kernels.since() == 1);  // the embedding
      CHECK(stopped.cache.lengths() == lengths);
      stopped.options.control = {};
      stopped.options.on_layer = {};
    }
    check_same(stopped, none);
  }
  CHECK(cuda_emulator()->emulator_living() == before);
}

TEST_CASE(
    "CUDA: a graph is told of another number of rows, not of what lies between parameters, and is one of the same "
    "kernels",
    "[cuda]") {
  const auto gpu = make_cuda_backend(emulated_cuda());
  const Tensor x = gpu->upload(random_tensor(Shape{12, 40}, 1));
  Tensor out = gpu->make(Shape{12, 40});
  const auto run = [&](std::size_t rows) {  // the same addresses
    gpu->write(HostTensor::zeros(Shape{12, 40}), out, 0);
    const Counts counts;
    Backend::Step step(gpu.get());
    for (std::size_t i = 0; i < 24; ++i) {
      out.reshape(Shape{rows, 40});
      gpu->unit_rows(x.view().slice_rows(0, rows), out);
    }
    step.end();
    out.reshape(Shape{12, 40});
    CHECK(counts.graphs.since() == 1);
    const HostRead read = gpu->read(out);
    for (std::size_t row = 0; row < 12; ++row) CHECK((read.row(row)[0] != 0) == (row < rows));
    return counts.changed.since();
  };
  CHECK(run(12) == 0);
  CHECK(run(5) == 24);
  CHECK(run(5) == 0);
  CHECK(run(9) == 24);

  const Counts counts;
  Backend::Step step(gpu.get());
  for (std::size_t i = 0; i < 24; ++i) gpu->store(x, out, 0);
  step.end();
  CHECK(counts.made.since() == 1);  // as many kernels, but others
  CHECK(counts.changed.since() == 0);
  CHECK(gpu->read(out).f32()[479] == gpu->read(x).f32()[479]);

  const auto launch = [](unsigned char between) {
    alignas(cuda::UnitRows) std::array<unsigned char, sizeof(cuda::UnitRows)> room;
    room.fill(between);
    auto* given = new (room.data()) cuda::UnitRows;
    given->x = nullptr;
    given->out = nullptr;
    given->cols = 7;
    return cuda::Launch("unit_rows", nullptr, *given, {});
  };
  CHECK(launch(0).same_as(launch(0xFF)));
}

TEST_CASE("CUDA: a launch has every parameter as it was given, and tells which differ", "[cuda]") {
  cuda::RowProducts given{};
  for (cuda::ProductPart& part : given.parts)
    part.block_scales = reinterpret_cast<const std::int8_t*>(std::uintptr_t{0x7FFDE8008000});
  const cuda::Launch launch("row_products", nullptr, given, {});
  cuda::RowProducts taken;
  std::memcpy(&taken, launch.parameters.data(), sizeof(taken));
  CHECK(taken == given);
  CHECK(launch.same_as(cuda::Launch("row_products", nullptr, given, {})));
  CHECK_FALSE(launch.same_as(cuda::Launch("row_products", nullptr, given, {.x = 2})));
  given.parts[2].in_chunks = 1;
  CHECK_FALSE(launch.same_as(cuda::Launch("row_products", nullptr, given, {})));
}

TEST_CASE("CUDA: memory that is freed while kernels wait stays until they ran", "[cuda]") {
  const auto gpu = make_cuda_backend(emulated_cuda());
  const HostTensor values = random_tensor(Shape{12, 40}, 1);
  const Tensor x = gpu->upload(values);
  Tensor expected = gpu->make(Shape{12, 40}), got = gpu->make(Shape{12, 40}), twice = gpu->make(Shape{12, 40});
  gpu->unit_rows(x, expected);
  const HostRead wanted = gpu->read(expected);
  const std::size_t living = cuda_emulator()->emulator_living().allocations;
  const bool elsewhere = GENERATE(false, true);
  {
    Backend::Step step(gpu.get());
    Tensor copy = gpu->make(Shape{12, 40}), large = gpu->make(Shape{12, 1000});
    large.reshape(Shape{12, 40});
    gpu->unit_rows(x, copy);
    gpu->unit_rows(copy, large);
    gpu->store(copy, got, 0);
    gpu->store(large, twice, 0);
    const auto free = [&] {
      copy = Tensor();
      large = Tensor();
    };
    if (elsewhere)
      std::thread(free).join();
    else
      free();
    // Used again by kernels that come later.
    Tensor again = gpu->make(Shape{12, 40});
    gpu->store(x, again, 0);
    step.end();
  }
  CHECK(std::memcmp(gpu->read(got).f32(), wanted.f32(), values.view().bytes()) == 0);
  CHECK(gpu->read(twice).f32()[479] == Approx(wanted.f32()[479]));
  {
    Backend::Step step(gpu.get());  // what the last one took and this one does not is given back
    gpu->unit_rows(x, expected);
    step.end();
  }
  CHECK(cuda_emulator()->emulator_living().allocations == living);
}

TEST_CASE("CUDA: a step that takes all memory gives back what it keeps", "[cuda]") {
  const auto gpu = make_cuda_backend(emulated_cuda());
  const HostTensor values = random_tensor(Shape{12, 40}, 1);
  const Tensor x = gpu->upload(values);
  Tensor out = gpu->make(Shape{12, 40});
  const std::size_t megabyte = std::size_t{1} << 20;
  cuda_emulator()->emulator_set_memory(cuda_emulator()->emulator_living().bytes + 8 * megabyte);
  {
    Backend::Step step(gpu.get());
    for (std::size_t i = 1; i <= 6; ++i) {
      Tensor piece = gpu->make(Shape{i * megabyte}, DType::U8);  // together more than there is
      gpu->unit_rows(x, out);
    }
    CHECK_THROWS_WITH(gpu->make(Shape{9 * megabyte}, DType::U8), Catch::Contains("not enough memory on the GPU"));
    step.end();
  }
  cuda_emulator()->emulator_set_memory(std::size_t{4} << 30);
  CHECK(gpu->read(out).f32()[0] != 0);
}

TEST_CASE("CUDA: a write, a copy, a read and a product of a library see what a step did before, and it what they did",
          "[cuda]") {
  const HostTensor values = random_tensor(Shape{12, 40}, 1), other = random_tensor(Shape{12, 40}, 2),
                   weight = random_tensor(Shape{8, 40}, 3);
  const auto compute = [&](bool in_step) {
    const auto gpu = make_cuda_backend(emulated_cuda());
    Tensor x = gpu->upload(values), y = gpu->make(Shape{12, 40}), z = gpu->make(Shape{12, 40}),
           out = gpu->make(Shape{12, 8});
    const Tensor w = gpu->upload(weight);
    std::vector<float> all;
    const auto keep = [&](const Tensor& tensor) {
      const HostRead read = gpu->read(tensor);
      all.insert(all.end(), read.f32(), read.f32() + tensor.shape().elements());
    };
    Backend::Step step(in_step ? gpu.get() : nullptr);
    gpu->unit_rows(x, y);
    keep(y);
    gpu->unit_rows(x, y);
    gpu->write(other, x, 0);
    gpu->unit_rows(x, z);
    gpu->linear({.x = z, .weight = w.view(), .bias = {}}, out);
    keep(out);
    gpu->unit_rows(x, z);
    gpu->copy_rows(y, x);
    gpu->unit_rows(x, y);
    keep(z);
    gpu->store(y, x, 0);
    gpu->finish();
    step.end();
    keep(x);
    return all;
  };
  CHECK(compute(true) == compute(false));
}

TEST_CASE("CUDA: each failure of a graph's functions is an error with a reason, or a graph is not needed", "[cuda]") {
  const CudaEmulator& device = *cuda_emulator();
  const HostTensor values = random_tensor(Shape{12, 40}, 1), zeros = HostTensor::zeros(Shape{12, 40});
  std::map<std::string, std::string> reasons;
  for (const cuda::Result error : {cuda::Result::OutOfMemory, cuda::Result::LaunchFailed}) {
    bool failed = true;
    for (std::uint64_t call = 1; failed; ++call) {
      const emulator::Living before = device.emulator_living();
      std::string name, why;
      {
        const auto gpu = make_cuda_backend(emulated_cuda());
        const Tensor x = gpu->upload(values);
        Tensor first = gpu->upload(zeros), second = gpu->upload(zeros), wanted = gpu->make(Shape{12, 40});
        gpu->unit_rows(x, wanted);
        const HostTensor expected = HostTensor::copy_of(gpu->read(wanted));
        const auto check = [&](const Tensor& got) {
          CHECK(std::memcmp(gpu->read(got).f32(), expected.f32(), expected.view().bytes()) == 0);
        };
        device.emulator_fail_call(device.emulator_calls() + call, static_cast<int>(error));
        try {
          many_kernels(*gpu, x, first);
          many_kernels(*gpu, x, second);  // changes half of the graph
        } catch (const Error& e) {
          why = e.what();
          CHECK((e.kind() == ErrorKind::Device || e.kind() == ErrorKind::Memory));
        }
        failed = device.emulator_failed_call() != nullptr;
        if (failed) name = device.emulator_failed_call();
        device.emulator_fail_call(0, 0);
        CAPTURE(call, name, why);
        if (why.empty()) check(first), check(second);
        gpu->write(zeros, first, 0);
        many_kernels(*gpu, x, first);  // it goes on
        check(first);
      }
      CAPTURE(call, name, why);
      if (error == cuda::Result::LaunchFailed && failed) reasons[name] = why;
      const bool while_freeing =
          std::ranges::any_of(std::array{"Free", "Push", "Pop", "Destroy"},
                              [&](const char* word) { return name.find(word) != std::string::npos; });
      if (!while_freeing) CHECK(device.emulator_living() == before);
    }
  }
  CHECK_THAT(reasons.at("cuGraphCreate"), Catch::StartsWith("GPU: making a graph of 24 kernels: "));
  CHECK_THAT(reasons.at("cuGraphAddKernelNode_v2"), Catch::StartsWith("GPU: adding the kernel store to a graph: "));
  CHECK_THAT(reasons.at("cuGraphInstantiateWithFlags"), Catch::StartsWith("GPU: making a graph of 24 kernels: "));
  CHECK(reasons.at("cuGraphExecKernelNodeSetParams_v2") == "");  // a new one is made
  CHECK_THAT(reasons.at("cuGraphLaunch"), Catch::StartsWith("GPU: running 24 kernels as a graph: "));
}

}  // namespace sparsight::test
