// `gemm`: out = x W^T at several numbers of rows.
#include "app/bench/bench.h"
#include "core/base/progress.h"
#include "kernels/backend.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace sparsight::bench {
namespace {

using nlohmann::ordered_json;

struct GemmOptions {
  Common common;
  std::vector<std::size_t> rows{1, 2, 4, 8, 9, 17, 45, 64, 100, 200, 255, 1000, 2100};
  std::size_t inputs = 4096, outputs = 4096;
};

// As a checkpoint stores it, and as the backend multiplies it.
struct LayerWeight {
  HostTensor floats;
  QuantisedWeights integers;
  Weight borrowed;
};

// Weights of several layers, so that a product finds its weights outside the caches, as in a decoder.
std::vector<LayerWeight> make_weights(const GemmOptions& options, Backend& backend) {
  constexpr std::size_t kBytes = std::size_t{1} << 28;
  const DType type = options.common.dtype();
  const auto quantisation = options.common.quantisation();
  std::vector<LayerWeight> weights;
  std::uint32_t state = 1;
  for (std::size_t bytes = 0; bytes < kBytes && weights.size() < 8; bytes += weights.back().borrowed.view().bytes()) {
    HostTensor t(Shape{options.outputs, options.inputs}, type);
    for (std::size_t j = 0; j < t.shape().elements(); ++j) {
      state = state * 1664525u + 1013904223u;
      const float value = static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-36f;
      if (type == DType::F32)
        t.f32()[j] = value;
      else
        static_cast<std::uint16_t*>(t.data())[j] = type == DType::F16 ? f32_to_f16(value) : f32_to_bf16(value);
    }
    LayerWeight& weight = weights.emplace_back();
    if (quantisation)
      weight.integers = quantise(t, *quantisation);
    else
      weight.floats = std::move(t);
    weight.borrowed = backend.borrow(quantisation ? weight.integers.view() : HostWeight(weight.floats));
  }
  return weights;
}

void run(const GemmOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count();
  const Peak peak = Peak::measure(threads);
  const auto backend = options.common.backend();
  if (const auto to = options.common.quantisation(); to && !can_quantise(*to, options.inputs))
    fail(ErrorKind::Usage, "{} inputs: int4 weights need a multiple of {}", options.inputs, kQuantisedBlock);
  const std::vector<LayerWeight> weights = make_weights(options, *backend);
  const std::size_t most = std::ranges::max(options.rows);
  HostTensor rows(Shape{most, options.inputs});
  for (std::size_t i = 0; i < rows.shape().elements(); ++i) rows.f32()[i] = static_cast<float>(i % 127) / 64.0f - 1.0f;
  const Tensor x = backend->upload(rows);
  Tensor out = backend->upload(HostTensor::zeros(Shape{most, options.outputs}));

  std::vector<Times> times(options.rows.size());
  std::size_t turn = 0;
  for (std::size_t r = 0; r <= options.common.repeat; ++r) {
    for (std::size_t i = 0; i < options.rows.size(); ++i) {
      stop_here_if_asked(job.token());
      fmt::print(stderr, "run {} of {}: {} rows\n", r, options.common.repeat, options.rows[i]);
      out.reshape(Shape{options.rows[i], options.outputs});
      const auto work = [&] {
        backend->linear({.x = x.view().slice_rows(0, options.rows[i]),
                         .weight = weights[turn++ % weights.size()].borrowed.view(),
                         .bias = {}},
                        out);
        backend->finish();
      };
      if (r == 0)
        work();  // grows scratch memory
      else
        times[i].run(work);
    }
  }
  ordered_json results = ordered_json::array();
  for (std::size_t i = 0; i < options.rows.size(); ++i) {
    const auto work = static_cast<double>(options.inputs * options.outputs);
    ordered_json row =
        times[i].json(2 * work * static_cast<double>(options.rows[i]), options.common.peak_of(peak), threads);
    row["weights_gb_per_s"] =
        rounded(static_cast<double>(weights.front().borrowed.view().bytes()) / times[i].wall.median() / 1e6);
    ordered_json named{{"rows", options.rows[i]}};
    named.update(row);
    results.push_back(std::move(named));
  }
  print({{"machine", machine_json(peak, threads, options.common.device())},
         {"weights", options.common.weights},
         {"arithmetic", options.common.multiplies_bf16() ? "bf16" : "f32"},
         {"inputs", options.inputs},
         {"outputs", options.outputs},
         {"results", results}});
}

}  // namespace

void add_gemm(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("gemm", "Matrix products of a linear layer, at several numbers of rows");
  const auto options = std::make_shared<GemmOptions>();
  command->add_option("--rows", options->rows, "Activation rows")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("M,M,...")
      ->capture_default_str();
  command->add_option("--inputs", options->inputs, "Width of a row")
      ->check(CLI::Range(1, 1 << 16))
      ->type_name("K")
      ->capture_default_str();
  add_count(*command, "--outputs", options->outputs, 1, 1 << 18, "Rows of the weights");
  options->common.add_to(*command);
  command->footer("Example:\n  sparsight_bench gemm --rows 200,2100 --inputs 4096 --outputs 11008 --target AVX2");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
