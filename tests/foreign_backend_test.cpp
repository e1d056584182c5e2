// Runs everything on a backend whose memory the host cannot touch. Results equal the CPU's to the bit, and any access
// that bypasses the backend ends the test with a segmentation fault.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/measure/bench.h"
#include "core/model/llama.h"
#include "core/model/quantise.h"
#include "core/pruning/registry.h"
#include "core/pruning/trace.h"
#include "tests/foreign_backend.h"
#include "tests/models.h"
#include "tests/support.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhat = "What happens in the video?";
constexpr const char* kColor = "Which color does the star have?";

// Asks the kernel, which copies from there: trying it directly would end the process.
bool host_can_read(TensorView view) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const ssize_t written = ::write(ends[1], BackendMemory::address(view), 1);
  const int why = errno;
  for (const int end : ends) ::close(end);
  if (written != 1) CHECK(why == EFAULT);
  return written == 1;
}

// Without times.
Trace by_no_clock(Trace trace) {
  for (TraceStep& step : trace.steps) step.ms = 0;
  for (TraceLayer& layer : trace.layers) layer.ms = 0;
  return trace;
}

void check_equal(const Answer& got, const Answer& wanted) {
  CHECK(got.text == wanted.text);
  CHECK(got.stop == wanted.stop);
  CHECK(got.prompt_ids == wanted.prompt_ids);
  CHECK(got.generated_ids == wanted.generated_ids);
  CHECK(got.prompt_tokens == wanted.prompt_tokens);
  CHECK(got.visual_tokens == wanted.visual_tokens);
  CHECK(got.reused_tokens == wanted.reused_tokens);
  CHECK(got.first_log_probs == wanted.first_log_probs);
  REQUIRE((got.trace != nullptr) == (wanted.trace != nullptr));
  if (wanted.trace) CHECK((by_no_clock(*got.trace) == by_no_clock(*wanted.trace)));
}

// The same model on both backends.
struct BothEngines {
  explicit BothEngines(const fs::path& model, std::optional<DType> kv = {})
      : foreign(Engine::load({.model = model, .backend = foreign_backend({.threads = 2}), .kv_dtype = kv})),
        cpu(Engine::load({.model = model, .backend = cpu_backend({.threads = 2}), .kv_dtype = kv})) {}

  struct Media {
    std::shared_ptr<const EncodedMedia> foreign, cpu;
  };
  [[nodiscard]] Media open(const fs::path& file) const {
    return {foreign->open(file).encoded, cpu->open(file).encoded};
  }
  // Asks both the same question; returns the CPU's answer.
  Answer check(const Media& media, std::vector<Turn> turns, const PruningOptions& pruning = {}) const {
    Question question{.media = media.foreign,
                      .system = {},
                      .turns = std::move(turns),
                      .sampling = {},
                      .max_new_tokens = 12,
                      .pruning = pruning,
                      .text_attention = true,
                      .first_logits = true};
    const Answer got = foreign->answer(question);
    question.media = media.cpu;
    Answer wanted = cpu->answer(question);
    CHECK(wanted.first_log_probs.size() == cpu->info().config.text.vocab);
    check_equal(got, wanted);
    return wanted;
  }

  std::unique_ptr<Engine> foreign, cpu;
};

fs::path image_in(const TempDir& folder) {
  write_png(*read_clip(demo_clip("rising.mp4")).frames[0].image, folder / "frame.png");
  return folder / "frame.png";
}

}  // namespace

TEST_CASE("the foreign backend's memory is closed to the host", "[foreign]") {
  const auto backend = make_foreign_backend({.threads = 2});
  const auto cpu = make_cpu_backend({.threads = 2});
  HostTensor rows = random_tensor(Shape{5, 64}, 1);
  const HostTensor before = HostTensor::copy_of(rows), weight = random_tensor(Shape{7, 64}, 2);

  Tensor copy = backend->upload(rows);
  const Tensor borrowed = backend->borrow(rows);
  CHECK_FALSE(host_can_read(copy));
  CHECK_FALSE(host_can_read(borrowed));
  CHECK(host_can_read(cpu->borrow(rows)));
  rows.f32()[3] = 1e9f;
  for (const TensorView& view : {copy.view(), borrowed.view()})
    CHECK(std::memcmp(backend->read(view).f32(), before.f32(), view.bytes()) == 0);
  CHECK(cpu->read(cpu->borrow(rows)).f32() == rows.f32());  // the CPU's backend copies nothing

  Tensor out = backend->make(Shape{5, 7}), wanted = cpu->make(Shape{5, 7});
  backend->linear({.x = copy, .weight = backend->borrow(weight).view(), .bias = {}}, out);
  cpu->linear({.x = cpu->borrow(before), .weight = cpu->borrow(weight).view(), .bias = {}}, wanted);
  CHECK_FALSE(host_can_read(copy));
  CHECK_FALSE(host_can_read(out));
  CHECK(std::memcmp(backend->read(out).f32(), cpu->read(wanted).f32(), out.view().bytes()) == 0);
}

TEST_CASE("the engine answers on a foreign backend as on the CPU, under every strategy", "[foreign][engine]") {
  const TempDir temp;
  const BothEngines engines(demo_model());
  for (const fs::path& file : {demo_clip(), image_in(temp)}) {
    const BothEngines::Media media = engines.open(file);
    for (const StrategyInfo& info : strategies()) {
      for (const char* budget : {"", "25%"}) {
        if (info.name == "none" && *budget != '\0') continue;
        CAPTURE(file.filename().string(), std::string(info.name), budget);
        const PruningOptions pruning{.strategy = std::string(info.name), .budget = parse_budget(budget)};
        const Answer answer = engines.check(media, {{kWhat, ""}}, pruning);
        CHECK(answer.trace->visual_tokens == media.cpu->visual_tokens());
        if (*budget != '\0') CHECK_FALSE(answer.trace->steps.empty());
      }
    }
  }
  engines.check({}, {{"What is a star?", ""}});
}

TEST_CASE("a foreign backend reuses what it kept from earlier questions", "[foreign][engine]") {
  const BothEngines engines(demo_model());
  const BothEngines::Media media = engines.open(demo_clip());
  for (const StrategyInfo& info : strategies()) {
    INFO(info.name);
    const PruningOptions pruning{.strategy = std::string(info.name),
                                 .budget = parse_budget(info.name == "none" ? "" : "25%")};
    const Answer first = engines.check(media, {{kWhat, ""}}, pruning);
    CHECK(engines.check(media, {{kColor, ""}}, pruning).reused_tokens > 0);
    CHECK(engines.check(media, {{kWhat, first.text}, {kColor, ""}}, pruning).reused_tokens > 0);
  }
}

TEST_CASE("a foreign backend multiplies every format of weights and stores keys of both dtypes", "[foreign][engine]") {
  const TempDir temp;
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4})
    (void)quantise_checkpoint(demo_model(), to, temp / (to == Quantisation::Int8 ? "int8" : "int4"));
  for (const fs::path& model : {demo_model(), temp / "int8", temp / "int4"}) {
    for (const DType kv : {DType::F32, DType::BF16}) {
      CAPTURE(model.filename().string(), to_string(kv));
      const BothEngines engines(model, kv);
      CHECK(engines.foreign->info().kv_dtype == kv);
      const BothEngines::Media media = engines.open(demo_clip());
      for (const char* strategy : {"none", "sparsevlm-v1.5", "visionzip", "dycoke"})
        engines.check(
            media, {{kWhat, ""}},
            {.strategy = strategy, .budget = parse_budget(std::string_view(strategy) == "none" ? "" : "25%")});
    }
  }
}

TEST_CASE("a backend that takes no weights of a type is named", "[foreign][engine]") {
  const TempDir temp;
  (void)quantise_checkpoint(demo_model(), Quantisation::Int8, temp / "int8");
  const MakeBackend floats = foreign_backend({.threads = 1}, {DType::F32, DType::F16, DType::BF16});
  CHECK(Engine::load({.model = demo_model(), .backend = floats}) != nullptr);
  try {
    (void)Engine::load({.model = temp / "int8", .backend = floats});
    FAIL("loaded");
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::Model);
    CHECK_THAT(e.what(), Catch::Contains(".weight: the backend foreign takes no weights of type U8"));
  }
}

TEST_CASE("a decoder on a foreign backend: resumed rows, chosen keys, attention of the next layer",
          "[foreign][llama]") {
  const DType kv = GENERATE(DType::F32, DType::BF16);
  const ModelConfig config = read_config(demo_model());
  const Weights weights = Weights::open(demo_model());
  const std::size_t length = 30, behind = 2;
  const HostTensor input = random_tensor(Shape{length, config.text.hidden}, 3),
                   earlier = random_tensor(Shape{8, config.text.hidden}, 4),
                   token = random_tensor(Shape{1, config.text.hidden}, 5);
  std::vector<std::int32_t> positions(length + 9);
  std::iota(positions.begin(), positions.end(), 0);

  const auto run = [&](const MakeBackend& make) {
    const auto backend = make();
    Llama llama(config, weights, *backend, kv);
    KvCache cache = llama.make_cache();
    std::vector<std::vector<float>> seen;
    const auto see = [&](TensorView view) {
      const HostRead read = backend->read(view);
      seen.emplace_back(values_of(read).begin(), values_of(read).end());
    };
    const Tensor rows = backend->upload(input), before = backend->upload(earlier), next = backend->upload(token);
    // Rows that an earlier pass took up to a layer: their keys and values are there up to it.
    for (std::size_t layer = 0; layer <= behind; ++layer) {
      const KvCache::Room room = cache.extend(layer, earlier.rows());
      const HostTensor kept = random_tensor(Shape{earlier.rows(), room.keys.cols()}, static_cast<unsigned>(layer));
      backend->write(stored_as(kv, kept), room.keys, room.first);
      backend->write(stored_as(kv, kept), room.values, room.first);
    }
    ForwardOptions options;
    options.resume = Resume{behind, before, std::span(positions).first(earlier.rows())};
    options.score_rows = [&](std::size_t layer) {
      return layer == 1 ? std::vector<std::size_t>{0, length - 1} : std::vector<std::size_t>{};
    };
    options.on_layer = [&](const LayerView& layer) {
      see(layer.hidden);
      if (!layer.scores.empty()) see(layer.scores);
    };
    see(llama.forward(rows, std::span(positions).subspan(earlier.rows(), length), cache, options));
    const std::vector<std::size_t> asked{0, length - 1};
    const LayerScores ahead = llama.attention_ahead(
        {.layer = 0, .hidden = rows.view(), .positions = std::span(positions).first(length)}, asked, asked);
    see(ahead.scores);
    see(ahead.mean_scores);
    ForwardOptions few;
    few.stage = Stage::Generate;
    few.cached_keys = [](std::size_t layer, std::size_t) {
      return layer == 0 ? std::nullopt : std::optional(std::vector<std::size_t>{0, 3, 4, 20});
    };
    see(llama.logits(llama.forward(next, std::span(positions).last(1), cache, few)));
    cache.truncate(9);  // and fewer rows in buffers made for more
    see(llama.logits(llama.forward(next, std::span(positions).subspan(9, 1), cache)));
    return seen;
  };
  CHECK(run(foreign_backend({.threads = 2})) == run(cpu_backend({.threads = 2})));
}

TEST_CASE("sparsight_bench does not touch the memory of a foreign backend", "[foreign][bench]") {
  const ModelConfig config = small_config();
  const Weights weights = random_weights(config, DType::BF16, 1);
  const BenchPrompt prompt = random_prompt(config, 3 * 17 + 40, 3, 5, 7);
  const auto run = [&](const MakeBackend& make) {
    const auto backend = make();
    Llama llama(config, weights, *backend);
    KvCache cache = llama.make_cache();
    std::vector<Trace> traces;
    for (const char* strategy : {"none", "sparsevlm-v1.5", "divprune"}) {
      const PruningOptions options{.strategy = strategy,
                                   .budget = parse_budget(std::string_view(strategy) == "none" ? "" : "25%")};
      traces.push_back(by_no_clock(run_prefill(config, llama, *backend, cache, prompt, options).trace));
    }
    fill_cache(config, cache, *backend, 11, 3);
    CHECK(run_generate(config, weights, llama, *backend, cache, 3).read_bytes > 0);
    return traces;
  };
  CHECK((run(foreign_backend({.threads = 2})) == run(cpu_backend({.threads = 2}))));
}

}  // namespace sparsight::test
