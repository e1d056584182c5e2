#include "tests/models.h"

#include "core/model/families/qwen2_5_vl.h"
#include "core/model/families/qwen2_vl.h"
#include "core/model/quantise.h"
#include "kernels/backends.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace sparsight::test {

ModelConfig small_config() {
  ModelConfig config;
  config.text.vocab = 70;
  config.text.hidden = 64;
  config.text.intermediate = 90;
  config.text.layers = 4;
  config.text.heads = 4;
  config.text.kv_heads = 2;
  config.text.head_dim = 16;
  config.text.max_positions = 512;
  config.vision.image_height = config.vision.image_width = 56;
  config.vision.patch_size = 14;
  return config;
}

ModelConfig small_qwen(bool gated) {
  ModelConfig config;
  config.family = gated ? &qwen2_5_vl() : &qwen2_vl();
  config.text.hidden = 24;
  VisionConfig& c = config.vision;
  c.hidden = 16;
  c.intermediate = 20;
  c.layers = 2;
  c.heads = 2;
  c.patch_size = 4;
  c.merge = 2;
  c.frames_a_patch = 2;
  c.image_height = c.image_width = 8;
  c.has_cls = false;
  c.norm_eps = 1e-6f;
  c.gated = gated;
  c.activation = gated ? Activation::Silu : Activation::QuickGelu;
  c.window = gated ? 2 : 0;
  return config;
}

std::string_view to_string(WeightFormat format) {
  switch (format) {
    case WeightFormat::F32: return "f32";
    case WeightFormat::F16: return "f16";
    case WeightFormat::BF16: return "bf16";
    case WeightFormat::Int8: return "int8";
    case WeightFormat::Int4: return "int4";
  }
  return "";
}

namespace {

std::map<std::string, HostTensor> parts_of(const std::string& name, HostView weight, WeightFormat format) {
  if (format == WeightFormat::Int8 || format == WeightFormat::Int4) {
    const Quantisation wanted = format == WeightFormat::Int8 ? Quantisation::Int8 : Quantisation::Int4;
    return quantised_tensors(name, weight, *quantisation_of(name, weight.shape(), wanted));
  }
  const DType type = format == WeightFormat::F16 ? DType::F16 : format == WeightFormat::BF16 ? DType::BF16 : DType::F32;
  std::map<std::string, HostTensor> out;
  out.emplace(name, stored_as(type, to_f32(weight)));
  return out;
}

// Copies every tensor, except that make(name, matrix) replaces those that can be quantised.
template <typename Make>
Weights rewritten(const Weights& from, const Make& make) {
  std::map<std::string, HostTensor> tensors;
  for (const std::string& name : from.names()) {
    const HostView tensor = from.raw(name);
    if (quantisation_of(name, tensor.shape(), Quantisation::Int8))
      make(name, tensor, tensors);
    else
      tensors.emplace(name, HostTensor::copy_of(tensor));
  }
  return Weights::of(std::move(tensors));
}

}  // namespace

Weights in_format(const Weights& from, WeightFormat format) {
  return rewritten(
      from, [&](const std::string& name, HostView weight, auto& to) { to.merge(parts_of(name, weight, format)); });
}

Weights as_floats(const Weights& from, WeightFormat format) {
  return rewritten(from, [&](const std::string& name, HostView weight, auto& to) {
    const Weights one = Weights::of(parts_of(name, weight, format));
    to.emplace(name, dequantise(one.matrix(name, weight.shape())));
  });
}

double format_tolerance(WeightFormat format, std::size_t layers) {
  const double of_one = format == WeightFormat::Int4   ? 0.4
                        : format == WeightFormat::Int8 ? 0.07
                        : format == WeightFormat::BF16 ? 0.01
                        : format == WeightFormat::F16  ? 0.002
                                                       : 2e-5;
  return of_one * std::sqrt(static_cast<double>(layers));
}

double arithmetic_tolerance(WeightFormat format, std::size_t layers) {
  const bool rounds = format == WeightFormat::Int8 || format == WeightFormat::Int4;
  return (rounds ? 0.04 : 2e-5) * std::sqrt(static_cast<double>(layers));
}

std::filesystem::path demo_model() { return source_dir() / "resources/models/sparsight-demo"; }

void copy_demo_model(const std::filesystem::path& to) {
  std::filesystem::create_directories(to);
  for (const auto& file : std::filesystem::directory_iterator(demo_model()))
    std::filesystem::copy_file(file.path(), to / file.path().filename());
}

Answer ask(Engine& engine, std::shared_ptr<const EncodedMedia> media, const std::string& text,
           const PruningOptions& pruning) {
  return engine.answer({.media = std::move(media),
                        .system = {},
                        .turns = {{text, ""}},
                        .sampling = {},
                        .max_new_tokens = 16,
                        .pruning = pruning});
}

}  // namespace sparsight::test
