// Which of a decoder's weights go to a device, and what is computed with those that stay in the host's memory: on the
// emulated device.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/model/llama.h"
#include "core/model/placement.h"
#include "core/model/vision.h"
#include "tests/cuda_emulator.h"
#include "tests/models.h"
#include "tests/support.h"
#include "tests/tensors.h"

#include <cmath>

namespace sparsight::test {
namespace {

constexpr DecoderMemory kNeeds{.layers = 4, .layer = 100, .head = 50, .embeddings = 30, .beside = 200};

// As much memory as the emulated device has, again.
struct AllMemory {
  ~AllMemory() { cuda_emulator()->emulator_set_memory(std::size_t{4} << 30); }
};

float apart(HostView got, HostView wanted) {
  REQUIRE(got.shape() == wanted.shape());
  float largest = 0, most = 0;
  for (std::size_t i = 0; i < got.shape().elements(); ++i) {
    largest = std::max(largest, std::abs(wanted.f32()[i]));
    const float distance = std::abs(got.f32()[i] - wanted.f32()[i]);
    if (!(distance <= most)) most = distance;
  }
  return most / largest;
}

Question question_about(Engine& engine) {
  Question question;
  question.media = engine.open(demo_clip(), {.count = 2}).encoded;
  question.turns = {{"What happens in the video?", ""}};
  question.max_new_tokens = 8;
  question.pruning.strategy = "sparsevlm-v1.5";
  question.pruning.budget = parse_budget("25%");
  return question;
}

}  // namespace

TEST_CASE("placement: the head, then layers, then the embeddings, as far as the memory goes", "[placement]") {
  CHECK(place(kNeeds, 680) == Placement{.layers = 4, .head = true, .embeddings = true});
  CHECK(place(kNeeds, 679) == Placement{.layers = 4, .head = true, .embeddings = false});
  CHECK(place(kNeeds, 650) == Placement{.layers = 4, .head = true, .embeddings = false});
  CHECK(place(kNeeds, 649) == Placement{.layers = 3, .head = true, .embeddings = true});
  CHECK(place(kNeeds, 350) == Placement{.layers = 1, .head = true, .embeddings = false});
  CHECK(place(kNeeds, 249) == Placement{.layers = 0, .head = false, .embeddings = true});
  CHECK(place(kNeeds, 200) == Placement{.layers = 0, .head = false, .embeddings = false});
  CHECK_THROWS_WITH(place(kNeeds, 199), Catch::Contains("the GPU has 0.00 GB of memory free"));

  const DecoderMemory tied{.layers = 2, .layer = 100, .head = 50, .embeddings = 0, .beside = 0};
  CHECK(place(tied, 50) == Placement{.layers = 0, .head = true, .embeddings = true});
  CHECK(place(tied, 49) == Placement{.layers = 0, .head = false, .embeddings = false});
}

TEST_CASE("placement: layers that are asked for are there, whatever fits", "[placement]") {
  CHECK(place(kNeeds, 0, 3) == Placement{.layers = 3, .head = false, .embeddings = false});
  CHECK(place(kNeeds, 1000, 0) == Placement{.layers = 0, .head = true, .embeddings = true});
  CHECK(place(kNeeds, 1000, 99) == Placement{.layers = 4, .head = true, .embeddings = true});
  // The embeddings take what the layers leave.
  CHECK(place(kNeeds, 370, 1) == Placement{.layers = 1, .head = true, .embeddings = false});
  CHECK(place(kNeeds, 380, 1) == Placement{.layers = 1, .head = true, .embeddings = true});
}

TEST_CASE("placement: the sentence says how much there is and how much it takes", "[placement]") {
  constexpr std::size_t kGb = 1'000'000'000;
  const DecoderMemory needs{.layers = 32, .layer = kGb / 2, .head = kGb / 4, .embeddings = kGb / 4, .beside = 3 * kGb};
  CHECK(sentence_about(place(needs, 8 * kGb), needs, 8 * kGb) ==
        "9 of 32 layers are on the GPU, the others stay in memory, where the processor computes them: the weights take "
        "16.50 GB and the rest 3.00 GB, and the GPU has 8.00 GB free");
  CHECK(sentence_about(place(needs, 20 * kGb), needs, 20 * kGb).empty());
}

TEST_CASE("placement: a decoder's memory is that of its tensors", "[placement]") {
  const ModelConfig config = read_config(demo_model());
  const Weights weights = Weights::open(demo_model());
  const TextConfig& c = config.text;
  const DecoderMemory needs = decoder_memory(config, weights, DType::F32);
  const std::size_t query = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  const std::size_t each = size_of(embedding_dtype(config, weights));
  CHECK(needs.layers == c.layers);
  CHECK(needs.layer == each * (c.hidden * (2 * query + 2 * kv) + 3 * c.hidden * c.intermediate));
  CHECK(needs.head == each * c.vocab * c.hidden);
  CHECK((needs.embeddings == needs.head || (c.tied_embeddings && needs.embeddings == 0)));
  const DecoderMemory half = decoder_memory(config, weights, DType::BF16);
  const std::size_t tokens = std::min(kPlannedTokens, c.max_positions);
  CHECK(needs.beside - half.beside == tokens * c.layers * 2 * kv * 2);
}

TEST_CASE("CUDA: weights in the host's memory give the same products, for few rows and for many", "[cuda][placement]") {
  const auto gpu = make_cuda_backend(emulated_cuda()), cpu = make_cpu_backend({.threads = 2});
  const std::size_t rows = GENERATE(1, 5, 40);  // 40: the weights go to the GPU
  const std::string kind = GENERATE("F32", "BF16", "int8", "int4");
  CAPTURE(rows, kind);
  const std::size_t inputs = 64, outputs = 33;
  const HostTensor x = random_tensor(Shape{rows, inputs}, 1), norm = random_tensor(Shape{inputs}, 5),
                   bias = random_tensor(Shape{outputs}, 3), before = random_tensor(Shape{rows, outputs}, 4);
  std::vector<QuantisedWeights> quantised;
  std::vector<HostTensor> floats;
  for (const std::uint32_t seed : {2U, 6U}) {
    const HostTensor plain = random_tensor(Shape{outputs, inputs}, seed);
    if (kind.starts_with("int"))
      quantised.push_back(quantise(plain, kind == "int8" ? Quantisation::Int8 : Quantisation::Int4));
    else
      floats.push_back(stored_as(kind == "F32" ? DType::F32 : DType::BF16, plain));
  }
  const auto weight = [&](Backend& b, std::size_t i) {
    if (quantised.empty()) return b.borrow(HostWeight(floats[i].view()));
    // The CPU rounds many rows that it multiplies with integers, the GPU does not.
    const HostTensor floating = dequantise(quantised[i].view());
    if (rows == 40 && &b == cpu.get()) return Weight{b.upload(floating), {}, {}};
    return b.borrow(quantised[i].view());
  };
  const std::uint64_t launches = cuda_emulator()->emulator_launches("row_products");
  const auto compute = [&](Backend& b, Backend& weights_in) {
    const Weight first = weight(weights_in, 0), second = weight(weights_in, 1);
    const Tensor input = b.upload(x), n = b.upload(norm), biased = weights_in.upload(bias);
    std::vector<HostTensor> all;
    const auto keep = [&](const Tensor& out) { all.push_back(HostTensor::copy_of(b.read(out))); };
    Tensor out = b.upload(before), other = b.make(before.shape());
    b.linear({.x = input, .weight = first, .bias = biased, .accumulate = true}, out);
    keep(out);
    b.linear({.x = input, .weight = second, .bias = {}, .activation = Activation::Gelu}, out);
    keep(out);
    const Projection parts[] = {{.weight = first, .bias = biased, .out = &out}, {second, {}, &other}};
    b.project({.x = input, .norm = n, .norm_eps = 1e-5f}, parts);
    keep(out);
    keep(other);
    b.gated({.x = input, .norm = n, .norm_eps = 1e-5f},
            {.gate = first, .up = second, .gate_bias = biased, .up_bias = {}, .activation = Activation::Silu}, out);
    keep(out);
    return all;
  };
  const auto got = compute(*gpu, gpu->on_host());
  if (rows == 1) CHECK(cuda_emulator()->emulator_launches("row_products") == launches);
  const auto wanted = compute(*cpu, *cpu);
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(apart(got[i], wanted[i]) <= 3e-6f);
}

TEST_CASE("CUDA: embeddings in the host's memory", "[cuda][placement]") {
  const auto gpu = make_cuda_backend(emulated_cuda());
  const HostTensor table = random_tensor(Shape{20, 6}, 1);
  const Tensor there = gpu->on_host().borrow(table.view());
  Tensor out = gpu->make(Shape{3, 6});
  const std::vector<std::int32_t> ids{19, 0, 7};
  gpu->embed(there, ids, out);
  const HostRead got = gpu->read(out);
  for (std::size_t i = 0; i < ids.size(); ++i)
    CHECK(std::ranges::equal(got.row(i), table.row(static_cast<std::size_t>(ids[i]))));
}

TEST_CASE("CUDA: a model of which the device holds a part, or nothing, answers as on the CPU", "[cuda][placement]") {
  const emulator::Living before = cuda_emulator()->emulator_living();
  const auto cpu = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = 2})});
  CHECK_FALSE(cpu->info().device_layers.has_value());
  const Answer wanted = cpu->answer(question_about(*cpu));
  for (const std::size_t layers : {std::size_t{0}, std::size_t{1}}) {
    CAPTURE(layers);
    std::vector<std::size_t> loaded;
    const Control control{[&](const Progress& now) {
                            if (now.stage == Stage::Load) loaded.push_back(now.done);
                          },
                          {}};
    const auto gpu =
        Engine::load({.model = demo_model(), .backend = emulated_backend(), .device_layers = layers}, control);
    CHECK(gpu->info().device_layers == layers);
    CHECK(gpu->info().warnings.empty());  // it was asked for
    CHECK(loaded.back() == cpu->info().config.text.layers);
    const Answer got = gpu->answer(question_about(*gpu));
    CHECK(got.text == wanted.text);
    CHECK(got.generated_ids == wanted.generated_ids);
  }
  CHECK(cuda_emulator()->emulator_living() == before);
}

TEST_CASE("CUDA: as many layers as fit, with a sentence; too little memory is an error that says how much",
          "[cuda][placement]") {
  const AllMemory restore;
  const ModelConfig config = read_config(demo_model());
  DecoderMemory needs;
  std::size_t taken = 0;  // by the towers, and by the backend itself
  {
    const Weights weights = Weights::open(demo_model());
    needs = decoder_memory(config, weights, DType::F32);
    const auto gpu = make_cuda_backend(emulated_cuda());
    const VisionEncoder vision(config, weights, *gpu);
    taken = gpu->info().memory_bytes - *gpu->free_memory();
  }
  const std::size_t layers = config.text.layers;
  const auto load = [] { return Engine::load({.model = demo_model(), .backend = emulated_backend()}); };
  cuda_emulator()->emulator_set_memory(taken + needs.beside + needs.head + 2 * needs.layer + needs.layer / 2);
  {
    const auto engine = load();
    CHECK(engine->info().device_layers == 2);
    REQUIRE(engine->info().warnings.size() == 1);
    CHECK_THAT(engine->info().warnings[0],
               Catch::StartsWith("2 of " + std::to_string(layers) + " layers are on the GPU, the others stay in "));
    CHECK_FALSE(engine->answer(question_about(*engine)).text.empty());
  }
  cuda_emulator()->emulator_set_memory(taken + needs.beside / 2);
  CHECK_THROWS_WITH(load(), Catch::Contains("this model takes") && Catch::Contains("beside its weights"));
  cuda_emulator()->emulator_set_memory(4096);
  CHECK_THROWS_WITH(load(), Catch::Contains("not enough memory on the GPU"));
}

}  // namespace sparsight::test
