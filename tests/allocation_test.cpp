// What is allocated while tokens are generated: nothing. Counts operator new of this program, and aligned_alloc, from
// which tensors are made (the linker sends its calls here).
#include <catch2/catch.hpp>

#include "core/bench.h"
#include "core/llama.h"
#include "core/sampler.h"
#include "tests/models.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>
#include <optional>
#include <vector>

namespace {
std::atomic<std::size_t> allocations{0};
}

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
  return __real_aligned_alloc(alignment, bytes);
}

namespace sparsight {

TEST_CASE("the third token and those after it allocate nothing", "[llama]") {
  ModelConfig config = test::small_config();
  config.text.vocab = 300;         // the prompt's ids are its positions
  config.text.intermediate = 96;   // whole blocks: int4 throughout
  const std::size_t length = 120;  // so that a range of keys is filled on the way
  std::vector<std::int32_t> positions(length + 20);
  std::iota(positions.begin(), positions.end(), 0);
  const std::optional<Quantisation> none;
  for (const auto& quantisation : {none, std::optional(Quantisation::Int8), std::optional(Quantisation::Int4)}) {
    for (const std::size_t threads : {1, 2}) {
      for (const DType kv : {DType::F32, DType::BF16}) {
        CAPTURE(quantisation.has_value(), threads, to_string(kv));
        const Weights weights = random_weights(config, DType::BF16, 1, quantisation);
        const auto backend = make_cpu_backend(threads);
        Llama llama(config, weights, *backend, kv);
        KvCache cache = llama.make_cache();
        cache.reserve(length + 10);
        Sampler sampler({});
        Tensor prompt(Shape{length, config.text.hidden}), token(Shape{1, config.text.hidden});
        llama.embed(std::span(positions).first(length), prompt);
        std::size_t before = allocations;
        TensorView hidden = llama.forward(prompt, std::span(positions).first(length), cache);
        CHECK(allocations.load() > before);
        for (std::size_t generated = 1; generated <= 10; ++generated) {
          if (generated == 3) before = allocations;
          const std::int32_t id = sampler.next(llama.logits(hidden).row(0));
          llama.embed({&id, 1}, token);
          hidden = llama.forward(token, {&positions[cache.length(0)], 1}, cache, {.stage = Stage::Generate});
        }
        const std::size_t after = allocations;
        CHECK(after == before);
      }
    }
  }
}

}  // namespace sparsight
