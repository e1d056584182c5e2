#include "tests/weight_formats.h"

#include "core/model/quantise.h"
#include "tests/tensors.h"

#include <cmath>
#include <map>

namespace sparsight::test {

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

}  // namespace sparsight::test
