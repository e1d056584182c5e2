// Allocation: none while tokens are generated, and nothing lost in an engine that ran out of memory. Counts operator
// new in this program, and aligned_alloc, which tensors use (the linker redirects its calls here).
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/measure/bench.h"
#include "core/measure/eval.h"
#include "core/model/llama.h"
#include "core/model/sampler.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>
#include <optional>
#include <vector>

namespace {
std::atomic<std::size_t> allocations{0};
std::atomic<long> tensors_left{-1};  // how many more tensors get memory; -1: all
std::atomic<bool> once{false};       // only one is refused, not all later ones too
}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
extern "C" void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  ++allocations;
  if (const long left = tensors_left; left >= 0) {
    tensors_left = left == 0 && !once ? 0 : left - 1;
    if (left == 0) return nullptr;
  }
  return __real_aligned_alloc(alignment, bytes);
}

namespace sparsight {

TEST_CASE("nothing is allocated from the third token on", "[llama]") {
  ModelConfig config = test::small_config();
  config.text.vocab = 300;         // the prompt's ids are its positions
  config.text.intermediate = 96;   // whole blocks, so that all of it is int4
  const std::size_t length = 120;  // so that a range of keys fills up meanwhile
  std::vector<std::int32_t> positions(length + 20);
  std::iota(positions.begin(), positions.end(), 0);
  const std::optional<Quantisation> none;
  for (const auto& quantisation : {none, std::optional(Quantisation::Int8), std::optional(Quantisation::Int4)}) {
    for (const std::size_t threads : {1, 2}) {
      for (const DType kv : {DType::F32, DType::BF16}) {
        CAPTURE(quantisation.has_value(), threads, to_string(kv));
        const Weights weights = random_weights(config, DType::BF16, 1, quantisation);
        const auto backend = make_cpu_backend({.threads = threads});
        Llama llama(config, weights, *backend, kv);
        KvCache cache = llama.make_cache();
        cache.reserve(length + 10);
        Sampler sampler({});
        Tensor prompt = backend->make(Shape{length, config.text.hidden}),
               token = backend->make(Shape{1, config.text.hidden});
        llama.embed(std::span(positions).first(length), prompt);
        std::size_t before = allocations;
        TensorView hidden = llama.forward(prompt, std::span(positions).first(length), cache);
        CHECK(allocations.load() > before);
        for (std::size_t generated = 1; generated <= 10; ++generated) {
          if (generated == 3) before = allocations;
          const std::int32_t id = sampler.next(*backend, llama.logits(hidden));
          llama.embed({&id, 1}, token);
          hidden = llama.forward(token, {&positions[cache.length(0)], 1}, cache, {.stage = Stage::Generate});
        }
        const std::size_t after = allocations;
        CHECK(after == before);
      }
    }
  }
}

TEST_CASE("an engine that ran out of memory answers as before once there is memory", "[llama][memory]") {
  const auto load = [] { return Engine::load({.model = test::demo_model(), .backend = cpu_backend({.threads = 2})}); };
  const auto ask = [](Engine& engine, const std::string& text) {
    return engine.answer({.media = nullptr, .system = {}, .turns = {{text, ""}}, .sampling = {}, .max_new_tokens = 3});
  };
  const std::string longer = "What happens in the video, and which way does the red star move behind the blue square?";
  const std::vector<std::int32_t> expected = ask(*load(), "What happens?").generated_ids,
                                  expected_longer = ask(*load(), longer).generated_ids;
  for (const bool only_once : {true, false}) {
    bool answered = false;
    for (long given = 0; !answered; ++given) {
      CAPTURE(only_once, given);
      REQUIRE(given < 100'000);
      const auto engine = load();
      static_cast<void>(engine->model_hash());
      once = only_once;
      tensors_left = given;
      try {
        static_cast<void>(ask(*engine, "What happens?"));
        answered = true;
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Memory);
      }
      tensors_left = -1;
      CHECK(ask(*engine, "What happens?").generated_ids == expected);
      CHECK(ask(*engine, longer).generated_ids == expected_longer);
    }
  }
}

TEST_CASE("an evaluation that runs out of memory ends, records no failure, and can be continued", "[eval][memory]") {
  EvalSource source;
  source.data = test::source_dir() / "tests/data/demo_eval";
  const EvalData data = read_eval_data(source);
  const EvalPlan plan{.settings = {{"none", "100%"}}, .frames = {.count = 2}, .max_new_tokens = 2, .limit = 2};
  const auto engine = Engine::load({.model = test::demo_model(), .backend = cpu_backend({.threads = 2})});
  static_cast<void>(engine->model_hash());
  int ended = 0;
  for (long given = 0;; given += 1 + given / 4) {
    CAPTURE(given);
    REQUIRE(given < 1'000'000);
    EvalStore store;
    bool whole = true;
    once = false;
    tensors_left = given;
    try {
      run_eval(*engine, data, plan, store);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Memory);
      whole = false;
      ++ended;
    }
    tensors_left = -1;
    run_eval(*engine, data, plan, store);
    CHECK(store.size() == 2);
    for (const EvalQuestion& question : planned(data, plan)) {
      const EvalRecord* record = store.find(question.id, "none", "100%");
      REQUIRE(record != nullptr);
      CHECK(record->error.empty());
    }
    if (whole) break;
  }
  CHECK(ended > 3);
}

}  // namespace sparsight
