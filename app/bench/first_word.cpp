// `first-word`: from a video's frames to the logits of an answer's first token, with random weights of a whole model.
#include "app/bench/bench.h"
#include "core/base/os/os.h"
#include "core/base/stopwatch.h"
#include "core/measure/bench.h"
#include "core/model/vision.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <memory>
#include <optional>
#include <string>

namespace sparsight::bench {
namespace {

struct FirstWordOptions {
  Common common;
  std::string shape = "smolvlm2-500m";
  std::size_t frames = 8, words = 68;
  std::optional<DType> kv;
  std::uint64_t seed = 1;
};

void run(const FirstWordOptions& options, Context& context) {
  constexpr std::size_t kRaters = 7;
  const cli::Interrupts::Job job(context.interrupts);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count();
  const ModelConfig config = bench_config(options.shape, 0);
  const std::size_t visual = config.layout(config.main_medium(), options.frames).tokens();
  BenchPrompt prompt = random_prompt(config, visual + options.words, options.frames, kRaters, options.seed);
  const Control control{{}, job.token()};
  const Peak peak = Peak::measure(threads);
  fmt::print(stderr, "making a tower and {} layers\n", config.text.layers);
  const auto backend = options.common.backend();
  const auto quantisation = options.common.quantisation();
  const DType dtype = options.common.dtype();
  const Weights towers = random_towers(config, *backend, dtype, options.seed, quantisation, control);
  const Weights weights = random_weights(config, dtype, options.seed, quantisation, control);
  const VisionEncoder encoder(config, towers, *backend);
  const DType kv = options.kv.value_or(default_kv_dtype(config, weights));
  Llama llama(config, weights, *backend, kv);
  KvCache cache = llama.make_cache();
  const HostTensor pixels = bench_pixels(config.tower(config.main_medium()), options.frames);

  Times whole;
  Samples encode, prefill;
  const auto ask = [&] {
    const Stopwatch clock;
    const VisualTokens tokens = encoder.encode(pixels, config.main_medium(), control);
    const HostRead features = backend->read(tokens.embeddings);
    std::memcpy(prompt.embeddings.row(prompt.spans.visual_begin).data(), features.f32(), features.view().bytes());
    encode.add(clock.ms());
    prefill.add(run_prefill(config, llama, *backend, cache, prompt, {.strategy = "none"}, control).wall_ms);
  };
  fmt::print(stderr, "warming up\n");
  ask();
  encode = prefill = {};
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    fmt::print(stderr, "run {} of {}\n", r + 1, options.common.repeat);
    whole.run(ask);
  }
  print({{"machine", machine_json(peak, threads, options.common.device())},
         {"shape", options.shape},
         {"weights", options.common.weights},
         {"weight_bytes", towers.bytes() + weights.bytes()},
         {"kv", to_string(kv)},
         {"frames", options.frames},
         {"tokens", prompt.spans.length},
         {"visual_tokens", visual},
         {"peak_memory_bytes", os::peak_memory()},
         {"vision_ms", encode.json()},
         {"prefill_ms", prefill.json()},
         {"wall_ms", whole.wall.json()},
         {"cpu_ms", whole.cpu.json()}});
}

}  // namespace

void add_first_word(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "first-word", "From frames to the first word: tower and projector, then the decoder reads the prompt");
  const auto options = std::make_shared<FirstWordOptions>();
  add_shape(*command, options->shape);
  add_count(*command, "--frames", options->frames, 1, 1 << 10, "Frames of the video");
  add_count(*command, "--words", options->words, 20, 1 << 16, "Tokens of the prompt that are not visual ones");
  add_kv(*command, options->kv);
  command->add_option("--seed", options->seed, "Seed of weights and prompt")->type_name("N")->capture_default_str();
  options->common.add_to(*command);
  command->footer(
      "Frames have the size that the tower takes; decoding and resizing them is not part of it.\n\n"
      "Example:\n"
      "  sparsight_bench first-word --shape smolvlm2-500m --frames 8 --weights int8");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
