// `generate`: a decoder with random weights generates tokens after a long prompt.
#include "app/bench/bench.h"
#include "core/base/os/os.h"
#include "core/measure/bench.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace sparsight::bench {
namespace {

using nlohmann::ordered_json;

struct GenerateOptions {
  Common common;
  std::string shape = "vicuna-7b";
  std::vector<std::size_t> tokens{16, 2100};
  std::size_t layers = 4, count = 32;
  std::uint64_t seed = 1;
  std::optional<DType> kv;
  bool attention = false;
};

// Results after a context of `tokens`, over all runs.
struct Depth {
  Depth(std::size_t behind, KvCache of) : tokens(behind), cache(std::move(of)) {}

  std::size_t tokens;
  KvCache cache;
  Samples wall, cpu, bandwidth, share, share_by_cpu;
  double read_bytes = 0;

  // Adds a run of `count` tokens, and what a loop that only reads got right after it: memory bandwidth changes from
  // second to second where other machines share it.
  void add(const GenerateRun& done, double count, const Rate& bare, double threads) {
    wall.add(done.wall_ms / count);
    cpu.add(done.cpu_ms / count);
    bandwidth.add(bare.by_clock);
    share.add(done.read_bytes / done.wall_ms * 1e3 / bare.by_clock);
    share_by_cpu.add(done.read_bytes / done.cpu_ms * 1e3 * threads / bare.by_cpu_time);
    read_bytes = done.read_bytes / count;
  }

  [[nodiscard]] ordered_json json() const {
    return {{"tokens", tokens},
            {"read_bytes", rounded(read_bytes)},
            {"wall_ms", wall.json()},
            {"cpu_ms", cpu.json()},
            {"tokens_per_s", rounded(1e3 / wall.median())},
            {"gb_per_s", rounded(read_bytes / wall.median() / 1e6)},
            {"bandwidth_gb_per_s", rounded(bandwidth.median() / 1e9)},
            {"share_of_bandwidth", rounded(share.median())},
            {"share_of_bandwidth_by_cpu_time", rounded(share_by_cpu.median())}};
  }
};

void run(const GenerateOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count();
  const ModelConfig config = bench_config(options.shape, options.layers);
  const Control control{{}, job.token()};
  const Peak peak = Peak::measure(threads);
  fmt::print(stderr, "making {} layers\n", config.text.layers);
  const Weights weights =
      random_weights(config, options.common.dtype(), options.seed, options.common.quantisation(), control);
  const auto backend = options.common.backend();
  const DType kv = options.kv.value_or(default_kv_dtype(config, weights));
  Llama llama(config, weights, *backend, kv);
  // What each token reads: everything but the table of embeddings.
  std::vector<HostView> read;
  for (const std::string& name : weights.names())
    if (name.find("embed_tokens") == std::string::npos) read.push_back(weights.raw(name));
  std::vector<Depth> cases;
  for (const std::size_t tokens : options.tokens) {
    Depth& c = cases.emplace_back(tokens, llama.make_cache());
    fill_cache(config, c.cache, *backend, tokens, options.seed);
    static_cast<void>(run_generate(config, weights, llama, *backend, c.cache, 1, control));
  }
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    for (Depth& c : cases) {
      fmt::print(stderr, "run {} of {}: after {} tokens\n", r + 1, options.common.repeat, c.tokens);
      const GenerateRun done =
          run_generate(config, weights, llama, *backend, c.cache, options.count, control, options.attention);
      c.add(done, static_cast<double>(options.count), measure_read_bytes(threads, read), static_cast<double>(threads));
    }
  }
  const std::size_t memory = os::peak_memory();
  ordered_json results = ordered_json::array();
  for (const Depth& c : cases) results.push_back(c.json());
  print({{"machine", machine_json(peak, threads, options.common.device())},
         {"shape", options.shape},
         {"layers", config.text.layers},
         {"weights", options.common.weights},
         {"kv", to_string(kv)},
         {"weight_bytes", weights.bytes()},
         {"generated", options.count},
         {"attention", options.attention},
         {"peak_memory_bytes", memory},
         {"results", results}});
}

}  // namespace

void add_generate(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("generate", "A decoder generates tokens: time of each, and how fast it reads its weights");
  const auto options = std::make_shared<GenerateOptions>();
  add_shape(*command, options->shape);
  add_count(*command, "--layers", options->layers, 0, 1024, "Decoder layers; 0: as many as the shape has");
  command->add_option("--tokens", options->tokens, "Tokens before the first generated one; several take turns")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 17))
      ->type_name("N,N,...")
      ->capture_default_str();
  add_kv(*command, options->kv);
  command->add_flag("--attention", options->attention, "Record what each token attends to, in every layer and head");
  add_count(*command, "--new", options->count, 1, 1 << 14, "Tokens to generate in a run");
  command->add_option("--seed", options->seed, "Seed of weights, keys and values")
      ->type_name("N")
      ->capture_default_str();
  options->common.add_to(*command);
  command->footer(
      "Times are per token. Each reads every weight but the table of embeddings, and the keys and values of all\n"
      "tokens before it; share_of_bandwidth compares that with a loop which only reads the weights, run after each "
      "run.\n\n"
      "Example:\n"
      "  sparsight_bench generate --layers 4 --tokens 2100 --new 64 --weights int8");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
