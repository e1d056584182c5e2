// Compares tensors of other formats with those in a safetensors file.
#pragma once

#include "core/model/safetensors.h"
#include "core/model/stored_tensor.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace sparsight::test {

// The whole tensor's bytes, after reading.
inline std::string content_of(const StoredTensor& tensor) {
  if (!tensor.make) return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
  std::size_t bytes = size_of(tensor.dtype.value());
  for (const std::size_t dim : tensor.shape) bytes *= dim;
  HostTensor out(Shape{bytes}, DType::U8);
  tensor.make(out.data());
  return {static_cast<const char*>(out.data()), bytes};
}

// Its values as F32.
inline std::string floats_of(const StoredTensor& tensor) {
  std::string content = content_of(tensor);
  const std::size_t elements = content.size() / size_of(tensor.dtype.value());
  const HostTensor floats = to_f32(HostView(content.data(), *tensor.dtype, Shape{elements}));
  return {static_cast<const char*>(floats.data()), elements * sizeof(float)};
}

// Names, shapes and content equal those in the file; types too, unless `as_floats` compares all as F32.
inline void check_tensors(const std::vector<StoredTensor>& found, const std::filesystem::path& expected,
                          bool as_floats) {
  const std::string file = read_file(expected);
  const SafetensorsFile parsed = parse_safetensors(std::as_bytes(std::span(file)), expected.string());
  CHECK(found.size() == parsed.entries.size());
  for (const StoredTensor& tensor : found) {
    INFO(tensor.name);
    const auto it = parsed.entries.find(tensor.name);
    REQUIRE(it != parsed.entries.end());
    const SafetensorsEntry& entry = it->second;
    CHECK(tensor.shape == entry.shape);
    if (!as_floats) CHECK(tensor.type == entry.type);
    if (!as_floats) CHECK(tensor.dtype == entry.dtype);
    const std::string content = as_floats ? floats_of(tensor) : content_of(tensor);
    CHECK(content == file.substr(parsed.data_begin + entry.begin, entry.end - entry.begin));
  }
}

}  // namespace sparsight::test
