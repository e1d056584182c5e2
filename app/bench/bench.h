// The commands of sparsight_bench. Each prints one JSON object to stdout; progress goes to stderr.
#pragma once

#include "app/bench/measure.h"
#include "app/cli/interrupts.h"
#include "app/device.h"
#include "core/model/config.h"
#include "kernels/backend.h"
#include "kernels/quantised.h"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace sparsight::bench {

// Made by main() for the commands.
struct Context {
  cli::Interrupts& interrupts;
};

// Options that all commands have.
struct Common {
  DeviceChoice choice;
  std::size_t threads = 0;
  double slow_thread = 1;
  std::size_t repeat = 3;
  std::string target;
  std::string weights = "bf16";
  Arithmetic arithmetic = Arithmetic::Float32;

  void add_to(CLI::App& command, bool with_weights = true);
  void choose_target() const;         // Error{Usage}
  [[nodiscard]] DType dtype() const;  // of the floats, before any quantisation
  [[nodiscard]] std::optional<Quantisation> quantisation() const;
  [[nodiscard]] std::size_t thread_count() const;
  // What computes: found at the first call, which says it. Error{Device}.
  [[nodiscard]] const Device& device() const;
  [[nodiscard]] std::unique_ptr<Backend> backend() const { return device().make(); }
  [[nodiscard]] bool multiplies_bf16() const;                  // many rows, as pairs
  [[nodiscard]] double known_on_processor(double peak) const;  // NaN on a GPU, whose peak is not known
  // Operations per second of the instruction that multiplies these weights; NaN on a GPU.
  [[nodiscard]] double peak_of(const Peak& peak) const;

 private:
  mutable std::optional<Device> device_;
};

// An option that takes a count, such as --layers.
void add_count(CLI::App& command, const char* name, std::size_t& to, int least, int most, const char* help);
void add_shape(CLI::App& command, std::string& shape);  // --shape
// Adds --kv: how keys and values are stored.
void add_kv(CLI::App& command, std::optional<DType>& to,
            const char* default_text = "bf16 with int8 and int4 weights, else f32");

// Frames of the size that a tower takes, whose values differ.
[[nodiscard]] HostTensor bench_pixels(const VisionConfig& tower, std::size_t frames);

void add_prefill(CLI::App& app, Context& context);
void add_generate(CLI::App& app, Context& context);
void add_vision(CLI::App& app, Context& context);
void add_first_word(CLI::App& app, Context& context);
void add_load(CLI::App& app, Context& context);
void add_gemm(CLI::App& app, Context& context);
void add_attention(CLI::App& app, Context& context);
void add_store(CLI::App& app, Context& context);

}  // namespace sparsight::bench
