// `prefill`: a decoder with random weights reads a prompt, unpruned and at each budget in turn.
#include "app/bench/bench.h"
#include "core/base/os/os.h"
#include "core/measure/bench.h"
#include "core/pruning/registry.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sparsight::bench {
namespace {

using nlohmann::ordered_json;

struct PrefillOptions {
  Common common;
  std::string shape = "vicuna-7b";
  std::vector<std::string> strategies{"none"};
  std::size_t layers = 4, tokens = 2100, frames = 8, raters = 7;
  std::vector<std::string> budgets;
  std::vector<std::size_t> prune_layers;
  std::optional<DType> kv;
  std::uint64_t seed = 1;
  bool attention = false;
};

// One way to prune, over all runs.
struct Case {
  PruningOptions pruning;
  Samples wall, cpu, strategy;
  std::vector<Samples> layer_ms;
  double flops = 0;
  Trace trace;  // of the last run; they differ only in times

  void add(PrefillRun run) {
    wall.add(run.wall_ms);
    cpu.add(run.cpu_ms);
    strategy.add(run.trace.strategy_ms());
    layer_ms.resize(run.trace.layers.size());
    for (std::size_t i = 0; i < layer_ms.size(); ++i) layer_ms[i].add(run.trace.layers[i].ms);
    flops = run.flops;
    trace = std::move(run.trace);
  }
};

// `none`, then every strategy at every budget.
std::vector<Case> cases_of(const PrefillOptions& options) {
  std::vector<Case> cases(1);
  for (const std::string& strategy : options.strategies) {
    if (strategy == "none") continue;
    for (const std::string& budget : options.budgets) {
      Case& c = cases.emplace_back();
      c.pruning.strategy = strategy;
      c.pruning.budget = parse_budget(budget);
      c.pruning.layers = options.prune_layers;
    }
  }
  return cases;
}

double saved(double part, double whole) { return 1.0 - part / whole; }

// `peak`: operations per second.
ordered_json case_json(const Case& c, const Case& none, double peak, std::size_t threads) {
  const auto tokens = static_cast<double>(c.trace.layers.front().tokens);
  const double by_cpu = c.flops / c.cpu.median() * static_cast<double>(threads) * 1e3;
  ordered_json layers = ordered_json::array();
  for (std::size_t i = 0; i < c.layer_ms.size(); ++i) {
    const TraceLayer& layer = c.trace.layers[i];
    layers.push_back({{"tokens", layer.tokens},
                      {"median_ms", rounded(c.layer_ms[i].median())},
                      {"tokens_per_s", rounded(static_cast<double>(layer.tokens) / c.layer_ms[i].median() * 1e3)},
                      {"gflops", rounded(layer.flops_true / c.layer_ms[i].median() / 1e6)}});
  }
  ordered_json json{{"strategy", c.trace.strategy},
                    {"budget", c.trace.budget},
                    {"wall_ms", c.wall.json()},
                    {"cpu_ms", c.cpu.json()},
                    {"tokens_per_s", rounded(tokens / c.wall.median() * 1e3)},
                    {"flops", c.flops},
                    {"gflops", rounded(c.flops / c.wall.median() / 1e6)},
                    {"share_of_peak", rounded(c.flops / c.wall.median() * 1e3 / peak)},
                    {"share_of_peak_by_cpu_time", rounded(by_cpu / peak)}};
  if (&c != &none) {
    const double flops = saved(c.flops, none.flops);
    json["raters"] = c.trace.raters.size();
    json["equivalent_tokens"] = rounded(c.trace.equivalent_by_output());
    json["strategy_ms"] = c.strategy.json();
    json["flops_saved"] = rounded(flops);
    json["time_saved"] = rounded(saved(c.wall.median(), none.wall.median()));
    json["conversion"] = rounded(saved(c.wall.median(), none.wall.median()) / flops);
    json["conversion_by_cpu_time"] = rounded(saved(c.cpu.median(), none.cpu.median()) / flops);
  }
  json["layers"] = layers;
  return json;
}

// What the raters' scores of a full layer cost, measured alone: as a difference of layers they would be lost in noise.
ordered_json score_json(const PrefillOptions& options, const ModelConfig& config, const Case& none, std::size_t raters,
                        Backend& backend) {
  const TextConfig& c = config.text;
  const std::size_t n = none.trace.layers.front().tokens, asked = raters != 0 ? raters : options.raters;
  HostTensor keys(Shape{n, c.kv_heads * c.head_dim}), queries(Shape{asked, c.heads * c.head_dim});
  for (std::size_t i = 0; i < keys.shape().elements(); ++i) keys.f32()[i] = std::sin(static_cast<float>(i % 8191));
  for (std::size_t i = 0; i < queries.shape().elements(); ++i)
    queries.f32()[i] = std::cos(static_cast<float>(i % 4093));
  const Tensor k = backend.upload(keys), q = backend.upload(queries);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < asked; ++i) rows.push_back(n - asked + i);
  Tensor scores = backend.make(Shape{c.heads, asked, n});
  Times times;
  for (int i = 0; i < 9; ++i)
    times.run([&] {
      backend.scores({.q = q,
                      .k = k,
                      .v = {},
                      .heads = c.heads,
                      .kv_heads = c.kv_heads,
                      .scale = 1.0f / std::sqrt(static_cast<float>(c.head_dim))},
                     rows, scores);
    });
  Samples layer;
  for (const Samples& samples : none.layer_ms) layer.add(samples.median());
  return {{"raters", asked},
          {"score_ms", times.wall.json()},
          {"score_cpu_ms", times.cpu.json()},
          {"layer_ms", rounded(layer.median())},
          {"share_of_layer", rounded(times.wall.median() / layer.median())}};
}

void run(const PrefillOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count();
  const ModelConfig config = bench_config(options.shape, options.layers);
  std::vector<Case> cases = cases_of(options);
  const BenchPrompt prompt = random_prompt(config, options.tokens, options.frames, options.raters, options.seed);
  for (const Case& c : cases)  // refuses a wrong name or budget before it makes gigabytes
    static_cast<void>(make_strategy(c.pruning, setting_of(config, config.main_medium(), prompt.layout)));
  const Peak peak = Peak::measure(threads);
  fmt::print(stderr, "making {} layers\n", config.text.layers);
  const Control control{{}, job.token()};
  const Weights weights =
      random_weights(config, options.common.dtype(), options.seed, options.common.quantisation(), control);
  const auto backend = options.common.backend();
  const DType kv = options.kv.value_or(default_kv_dtype(config, weights));
  Llama llama(config, weights, *backend, kv);
  KvCache cache = llama.make_cache();
  // Not counted: the first layers of each case grow buffers and scratch memory to their full size.
  fmt::print(stderr, "warming up\n");
  static_cast<void>(run_prefill(config, llama, *backend, cache, prompt, cases.back().pruning, control));
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    for (Case& c : cases) {
      fmt::print(stderr, "run {} of {}: {} {}\n", r + 1, options.common.repeat, c.pruning.strategy,
                 to_string(c.pruning.budget));
      c.add(run_prefill(config, llama, *backend, cache, prompt, c.pruning, control, options.attention));
    }
  }
  ordered_json results = ordered_json::array();
  for (const Case& c : cases) results.push_back(case_json(c, cases.front(), options.common.peak_of(peak), threads));
  print({{"machine", machine_json(peak, threads, options.common.device())},
         {"shape", options.shape},
         {"layers", config.text.layers},
         {"weights", options.common.weights},
         {"weight_bytes", weights.bytes()},
         {"kv", to_string(kv)},
         {"tokens", prompt.spans.length},
         {"visual_tokens", prompt.spans.visual_count},
         {"attention", options.attention},
         {"peak_memory_bytes", os::peak_memory()},
         {"scores", score_json(options, config, cases.front(), cases.back().trace.raters.size(), *backend)},
         {"results", results}});
}

}  // namespace

void add_prefill(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("prefill", "A decoder reads a prompt; with --prune, how much saved FLOPs become saved time");
  const auto options = std::make_shared<PrefillOptions>();
  add_shape(*command, options->shape);
  add_count(*command, "--layers", options->layers, 0, 1024, "Decoder layers; 0: as many as the shape has");
  add_count(*command, "--tokens", options->tokens, 1, 1 << 17, "Tokens of the prompt: prefix, visual ones and text");
  add_count(*command, "--frames", options->frames, 0, 1 << 10, "Frames of the video; 0: words only");
  add_count(*command, "--raters", options->raters, 0, 1 << 10, "Text tokens that resemble the picture: the raters");
  command->add_option("--prune", options->strategies, "Strategies, as for sparsight-cli ask")
      ->delimiter(',')
      ->type_name("NAME,NAME,...")
      ->capture_default_str();
  options->budgets = {"9.4%"};
  command->add_option("--budget", options->budgets, "Budgets, as for sparsight-cli ask; they take turns with `none`")
      ->delimiter(',')
      ->type_name("B,B,...")
      ->capture_default_str();
  command
      ->add_option("--prune-layers", options->prune_layers,
                   "Layers to prune after, from 0; default: the published ones, scaled to the depth")
      ->delimiter(',')
      ->type_name("L,L,...");
  command->add_option("--seed", options->seed, "Seed of weights and prompt")->type_name("N")->capture_default_str();
  command->add_flag("--attention", options->attention, "Record what the text attends to, as for sparsight-cli ask");
  add_kv(*command, options->kv);
  options->common.add_to(*command);
  command->footer(
      "conversion is the share of time saved over the share of FLOPs saved, against `none` in the same run. FLOPs are\n"
      "true counts of the layers that ran and of the head. A few layers stand for a decoder: choose --prune-layers so\n"
      "that as large a part of them is pruned.\n\n"
      "Example:\n"
      "  sparsight_bench prefill --layers 8 --prune sparsevlm-v1.5 --budget 50%,25%,9.4%,5%,2% --prune-layers 0,1,3");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
