// sparsight_bench: how fast this machine computes, and how much of the FLOPs that pruning saves becomes saved time.
#include "app/bench/bench.h"
#include "app/cli/arithmetic.h"
#include "core/measure/bench.h"
#include "kernels/backends.h"
#include "sparsight_version.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>

namespace sparsight::bench {
namespace {

// CLI::Range lets NaN pass.
std::string not_nan(const std::string& text) {
  return std::isnan(std::strtod(text.c_str(), nullptr)) ? "expected a number, found " + text : std::string();
}

}  // namespace

void Common::add_to(CLI::App& command, bool with_weights) {
  cli::add_device(command, choice);
  command.add_option("--threads", threads, "Compute threads; 0: as many as physical cores")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  command
      .add_option("--slow-thread", slow_thread,
                  "Slows down the last thread: it takes F times as long, like a core of another kind")
      ->check(CLI::Range(1.0, 100.0))
      ->check(not_nan)
      ->type_name("F")
      ->capture_default_str();
  command.add_option("--repeat", repeat, "Runs of each case, in turns")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--target", target, "Instruction set of the kernels, such as AVX2; default: the best one")
      ->type_name("NAME");
  if (!with_weights) return;
  command.add_option("--weights", weights, "How weights are stored")
      ->check(CLI::IsMember({"bf16", "f16", "f32", "int8", "int4"}))
      ->type_name("bf16|f16|f32|int8|int4")
      ->capture_default_str();
  cli::add_arithmetic(command, arithmetic, "Arithmetic for BF16 weights and many rows; default: f32");
}

void Common::choose_target() const {
  if (!choose_cpu_target(target))
    fail(ErrorKind::Usage, "target \"{}\": expected one of {}", target, fmt::join(cpu_targets(), ", "));
}

DType Common::dtype() const { return weights == "f32" ? DType::F32 : weights == "f16" ? DType::F16 : DType::BF16; }

std::optional<Quantisation> Common::quantisation() const {
  if (weights == "int8") return Quantisation::Int8;
  if (weights == "int4") return Quantisation::Int4;
  return std::nullopt;
}

std::size_t Common::thread_count() const { return threads != 0 ? threads : cpu_cores(); }

const Device& Common::device() const {
  if (!device_) {
    device_ = find_device(
        {.choice = choice, .cpu = {.threads = thread_count(), .arithmetic = arithmetic, .slow_thread = slow_thread}});
    fmt::print(stderr, "{}\n", device_->sentence());
  }
  return *device_;
}

bool Common::multiplies_bf16() const {
  return weights == "bf16" && (device().gpu ? arithmetic : cpu_arithmetic(arithmetic)) == Arithmetic::Bf16;
}

double Common::known_on_processor(double peak) const {
  return device().gpu ? std::numeric_limits<double>::quiet_NaN() : peak;
}

double Common::peak_of(const Peak& peak) const {
  if (quantisation() && peak.int_ops != 0) return known_on_processor(peak.int_ops);
  return known_on_processor(multiplies_bf16() ? peak.pair_flops : peak.flops);
}

void add_count(CLI::App& command, const char* name, std::size_t& to, int least, int most, const char* help) {
  command.add_option(name, to, help)->check(CLI::Range(least, most))->type_name("N")->capture_default_str();
}

void add_shape(CLI::App& command, std::string& shape) {
  command
      .add_option("--shape", shape, "A config.json, or one of: " + fmt::format("{}", fmt::join(bench_shapes(), ", ")))
      ->type_name("NAME|FILE")
      ->capture_default_str();
}

void add_kv(CLI::App& command, std::optional<DType>& to, const char* default_text) {
  cli::add_kv(command, to, fmt::format("How keys and values are stored; default: {}", default_text));
}

namespace {

constexpr int kFailed = 1, kUsage = 2, kCancelled = 130;

int run(int argc, char** argv) {
  cli::Interrupts interrupts;
  Context context{interrupts};
  CLI::App app("Measures Sparsight's speed on this machine, mostly with random weights: no model is needed.",
               "sparsight_bench");
  app.set_version_flag("--version", "sparsight_bench " SPARSIGHT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  sparsight_bench prefill --layers 4 --prune sparsevlm-v1.5 --budget 50%,9.4% --prune-layers 0,1,2\n"
      "  sparsight_bench gemm --rows 200,2100 --target AVX2\n"
      "  sparsight_bench generate --tokens 2100 --weights int8\n\n"
      "Times are in milliseconds. wall_ms is elapsed time; cpu_ms is the CPU time of this process, all threads\n"
      "together, and stays meaningful when other programs use the cores. flops count multiplications and additions.");
  try {
    add_prefill(app, context);
    add_generate(app, context);
    add_vision(app, context);
    add_first_word(app, context);
    add_load(app, context);
    add_gemm(app, context);
    add_attention(app, context);
    add_store(app, context);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  } catch (const Error& error) {
    fmt::print(stderr, "sparsight_bench: {}\n", error.what());
    return error.kind() == ErrorKind::Usage ? kUsage : kFailed;
  } catch (const Cancelled&) {
    fmt::print(stderr, "sparsight_bench: stopped\n");
    return kCancelled;
  } catch (const std::exception& error) {
    fmt::print(stderr, "sparsight_bench: {}\n", error.what());
    return kFailed;
  }
  return 0;
}

}  // namespace
}  // namespace sparsight::bench

int main(int argc, char** argv) { return sparsight::bench::run(argc, argv); }
