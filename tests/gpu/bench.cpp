// Measures a GPU: what it can do at most, and the stages of a 7B model on it. Prints one JSON object; a stage that
// fails says why in its place.
#include "core/measure/bench.h"
#include "core/base/stopwatch.h"
#include "core/model/vision.h"
#include "core/pruning/options.h"
#include "kernels/backends.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace sparsight {
namespace {

using nlohmann::ordered_json;

struct Settings {
  std::size_t layers = 8, tokens = 2100, kept = 194, repeat = 5;
  std::string shape = "vicuna-7b";
};

double seconds_of(const std::function<void()>& work) {
  const Stopwatch watch;
  work();
  return watch.seconds();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Median seconds of one of `times` calls, which follow each other without waiting.
double seconds_each(Backend& backend, std::size_t times, std::size_t repeat, const std::function<void()>& call) {
  call();
  backend.finish();
  std::vector<double> all;
  for (std::size_t r = 0; r < repeat; ++r)
    all.push_back(seconds_of([&] {
                    for (std::size_t i = 0; i < times; ++i) call();
                    backend.finish();
                  }) /
                  static_cast<double>(times));
  return median(all);
}

ordered_json limits(Backend& backend, const Settings& settings, double& flops, double& bytes) {
  const std::size_t side = settings.repeat > 1 ? 8192 : 256;  // small: the kit itself is tried
  const Tensor weight = backend.upload(HostTensor::zeros(Shape{side, side}, DType::BF16));
  const Tensor x = backend.upload(HostTensor::zeros(Shape{side, side}));
  Tensor out = backend.make(Shape{side, side});
  const double product = seconds_each(backend, 4, settings.repeat,
                                      [&] { backend.linear({.x = x, .weight = weight.view(), .bias = {}}, out); });
  flops = 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side) / product;
  const double copy = seconds_each(backend, 8, settings.repeat, [&] { backend.copy_rows(x, out); });
  bytes = 2.0 * static_cast<double>(x.view().bytes()) / copy;  // read and written
  return {{"product_side", side}, {"tflops", flops / 1e12}, {"copy_gb_per_s", bytes / 1e9}};
}

ordered_json prefill(const ModelConfig& config, const Weights& weights, Backend& backend, const Settings& settings,
                     double peak) {
  Llama llama(config, weights, backend, DType::BF16);
  KvCache cache = llama.make_cache();
  const BenchPrompt prompt = random_prompt(config, settings.tokens, 8, 8, 1);
  PruningOptions pruned;
  pruned.strategy = "sparsevlm-v1.5";
  pruned.budget = parse_budget(std::to_string(settings.kept));
  std::vector<double> dense_s, pruned_s, strategy_s;
  double dense_flops = 0, pruned_flops = 0;
  for (std::size_t r = 0; r <= settings.repeat; ++r) {  // the first is not counted
    const PrefillRun a = run_prefill(config, llama, backend, cache, prompt, {});
    const PrefillRun b = run_prefill(config, llama, backend, cache, prompt, pruned);
    if (r == 0) continue;
    dense_s.push_back(a.wall_ms / 1e3);
    pruned_s.push_back(b.wall_ms / 1e3);
    double steps = 0;
    for (const TraceStep& step : b.trace.steps) steps += step.ms / 1e3;
    strategy_s.push_back(steps);
    dense_flops = a.flops;
    pruned_flops = b.flops;
  }
  const double dense = median(dense_s), kept = median(pruned_s);
  return {{"layers", config.text.layers},
          {"tokens", settings.tokens},
          {"dense_ms", dense * 1e3},
          {"share_of_product_peak", dense_flops / dense / peak},
          {"pruned_ms", kept * 1e3},
          {"kept", settings.kept},
          {"time_saved_over_flops_saved", (1 - kept / dense) / (1 - pruned_flops / dense_flops)},
          {"strategy_share_of_prefill", median(strategy_s) / kept}};
}

ordered_json generate(const ModelConfig& config, const Weights& weights, Backend& backend, const Settings& settings,
                      double bandwidth) {
  Llama llama(config, weights, backend, DType::BF16);
  KvCache cache = llama.make_cache();
  fill_cache(config, cache, backend, settings.tokens, 1);
  constexpr std::size_t kNew = 16;
  static_cast<void>(run_generate(config, weights, llama, backend, cache, 2));
  std::vector<double> all;
  double bytes = 0;
  for (std::size_t r = 0; r < settings.repeat; ++r) {
    const GenerateRun run = run_generate(config, weights, llama, backend, cache, kNew);
    all.push_back(run.wall_ms / 1e3 / kNew);
    bytes = run.read_bytes / kNew;
  }
  const double each = median(all);
  return {{"token_ms", each * 1e3}, {"gb_per_s", bytes / each / 1e9}, {"share_of_copy", bytes / each / bandwidth}};
}

void measure(const Settings& settings, ordered_json& out) {
  const CudaDevices found = find_cuda_devices();
  if (!found.why_not.empty()) fail(ErrorKind::Device, "{}", found.why_not);
  const auto backend = make_cuda_backend({.arithmetic = Arithmetic::Bf16});
  out["device"] = found.devices.front().name;
  out["driver"] = found.driver;
  out["cublaslt"] = found.blas;
  double flops = 0, bytes = 0;
  out["limits"] = limits(*backend, settings, flops, bytes);
  const ModelConfig config = bench_config(settings.shape, settings.layers);
  struct Format {
    const char* name;
    DType type;
    std::optional<Quantisation> quantisation;
  };
  for (const Format& format :
       {Format{"bf16", DType::BF16, {}}, Format{"f16", DType::F16, {}}, Format{"int8", DType::BF16, Quantisation::Int8},
        Format{"int4", DType::BF16, Quantisation::Int4}}) {
    ordered_json& part = out[format.name];
    try {
      const Weights weights = random_weights(config, format.type, 1, format.quantisation);
      part["prefill"] = prefill(config, weights, *backend, settings, flops);
      part["generate"] = generate(config, weights, *backend, settings, bytes);
    } catch (const Error& error) {
      part["error"] = error.what();
    }
    fmt::print(stderr, "{}: {}\n", format.name, part.dump());
  }
}

}  // namespace
}  // namespace sparsight

// sparsight_gpu_bench [--small]: --small tries the program, on any device.
int main(int count, char** arguments) {
  using namespace sparsight;
  Settings settings;
  if (count > 1 && std::string(arguments[1]) == "--small")
    settings = {.layers = 3, .tokens = 560, .kept = 64, .repeat = 1, .shape = "smolvlm2-256m"};
  ordered_json out;
  int status = EXIT_SUCCESS;
  try {
    measure(settings, out);
  } catch (const Error& error) {
    out["error"] = error.what();
    status = EXIT_FAILURE;
  }
  fmt::print("{}\n", out.dump(2));
  return status;
}
