// What pruning asks a GPU about rows of states, against the CPU's: distances and products, of all pairs and of single
// ones. On the emulated device, or on a real one (tools/gpu_kit).
#include <catch2/catch.hpp>

#include "core/pruning/clustering.h"
#include "tests/cuda_emulator.h"
#include "tests/tensors.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace sparsight::test {
namespace {

using StatePairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Rows as layers have them: "random", "offset" by a mean that is a thousand times as large as what differs, all
// "equal", or with some rows "twice".
HostTensor some_states(const std::string& kind, std::size_t rows, std::size_t cols) {
  HostTensor x = random_tensor(Shape{rows, cols}, 5);
  const HostTensor shared = random_tensor(Shape{1, cols}, 6);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < cols; ++c) {
      float& value = x.row(r)[c];
      if (kind == "offset") value += 1000.0f * shared.row(0)[c];
      if (kind == "equal") value = shared.row(0)[c];
      if (kind == "twice" && r % 3 == 2) value = x.row(r / 2)[c];
    }
  return x;
}

// |x[i] - x[j]|^2 / cols, by its definition.
double distance(const HostTensor& x, std::size_t i, std::size_t j) {
  double sum = 0;
  for (std::size_t c = 0; c < x.cols(); ++c) {
    const double apart = static_cast<double>(x.row(i)[c]) - static_cast<double>(x.row(j)[c]);
    sum += apart * apart;
  }
  return sum / static_cast<double>(x.cols());
}

StatePairs some_pairs(std::size_t rows, std::size_t others) {
  StatePairs pairs;
  for (std::size_t i = 0; i < rows; ++i)
    for (const std::size_t j : {i * 7 % others, i % others, others - 1}) pairs.emplace_back(i, j);
  return pairs;
}

}  // namespace

TEST_CASE("CUDA: distances of all rows are the CPU's, equal in both directions and 0 on the diagonal", "[cuda][gpu]") {
  const auto cpu = make_cpu_backend({.threads = 2}), gpu = make_cuda_backend(tested_cuda());
  const auto [rows, cols] = GENERATE(table<std::size_t, std::size_t>({{1, 1},
                                                                      {1, 70},
                                                                      {2, 1},
                                                                      {7, 3},
                                                                      {8, 33},
                                                                      {9, 64},
                                                                      {31, 130},
                                                                      {32, 5},
                                                                      {33, 96},
                                                                      {64, 31},
                                                                      {65, 257},
                                                                      {300, 61}}));
  const std::string kind = GENERATE("random", "offset", "equal", "twice");
  CAPTURE(rows, cols, kind);
  const HostTensor x = some_states(kind, rows, cols);
  const HostTensor got = gpu->squared_distances(gpu->upload(x)), wanted = cpu->squared_distances(cpu->upload(x));
  REQUIRE(got.shape() == Shape{rows, rows});
  REQUIRE(wanted.shape() == got.shape());
  float apart = 0, from_definition = 0, largest = 1e-30f;
  bool symmetric = true, positive = true;
  for (std::size_t i = 0; i < rows; ++i) {
    CHECK(got.row(i)[i] == 0.0f);
    for (std::size_t j = 0; j < rows; ++j) {
      const float value = got.row(i)[j];
      symmetric = symmetric && value == got.row(j)[i];
      positive = positive && value >= 0.0f;
      largest = std::max(largest, wanted.row(i)[j]);
      apart = std::max(apart, std::abs(value - wanted.row(i)[j]));
      from_definition =
          std::max(from_definition, static_cast<float>(std::abs(static_cast<double>(value) - distance(x, i, j))));
    }
  }
  CAPTURE(largest, apart, from_definition);
  CHECK(symmetric);
  CHECK(positive);
  CHECK(apart <= 2e-6f * largest);
  CHECK(from_definition <= (kind == "offset" ? 1e-5f : 3e-6f) * largest);
  if (kind == "equal") CHECK(largest < 1e-20f);
}

TEST_CASE("CUDA: distances of rows within a matrix, and what is not a number", "[cuda][gpu]") {
  const auto cpu = make_cpu_backend({.threads = 2}), gpu = make_cuda_backend(tested_cuda());
  HostTensor x = some_states("random", 40, 37);
  x.row(11)[3] = NAN;
  for (const std::size_t first : {1, 12}) {  // with the NaN, and without
    const auto of = [&](Backend& backend) {
      const Tensor there = backend.upload(x);
      return backend.squared_distances(there.view().slice_rows(first, 28));
    };
    const HostTensor got = of(*gpu), wanted = of(*cpu);
    for (std::size_t i = 0; i < 28; ++i)
      for (std::size_t j = 0; j < 28; ++j) CHECK(got.row(i)[j] == Approx(wanted.row(i)[j]).epsilon(1e-5));
    CHECK((got.row(0)[1] == 0.0f) == (first == 1));
  }
}

TEST_CASE("CUDA: products and distances of single pairs of rows are the CPU's in double", "[cuda][gpu]") {
  const auto cpu = make_cpu_backend({.threads = 2}), gpu = make_cuda_backend(tested_cuda());
  const auto [rows, others, cols] = GENERATE(table<std::size_t, std::size_t, std::size_t>(
      {{1, 1, 1}, {3, 1, 5}, {1, 9, 32}, {40, 33, 31}, {33, 40, 96}, {300, 20, 257}, {20, 7, 1030}}));
  const std::string kind = GENERATE("random", "offset", "equal", "twice");
  CAPTURE(rows, others, cols, kind);
  const HostTensor x = some_states(kind, rows, cols), y = random_tensor(Shape{others, cols}, 8);
  const Tensor x_cpu = cpu->upload(x), y_cpu = cpu->upload(y), x_gpu = gpu->upload(x), y_gpu = gpu->upload(y);
  const StatePairs across = some_pairs(rows, others), within = some_pairs(rows, rows);
  const std::vector<double> got = gpu->dots(x_gpu, y_gpu, across), wanted = cpu->dots(x_cpu, y_cpu, across);
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    double size = 0;  // of the terms
    for (std::size_t c = 0; c < cols; ++c)
      size += std::abs(static_cast<double>(x.row(across[i].first)[c] * y.row(across[i].second)[c]));
    CHECK(std::abs(got[i] - wanted[i]) <= 1e-14 * size);
  }
  const std::vector<float> apart = gpu->squared_distances(x_gpu, within),
                           expected = cpu->squared_distances(x_cpu, within);
  REQUIRE(apart.size() == expected.size());
  for (std::size_t i = 0; i < apart.size(); ++i) {
    CHECK(apart[i] == Approx(expected[i]).epsilon(1.2e-7));  // at most the last bit
    if (kind == "equal") CHECK(apart[i] == 0.0f);
  }
  CHECK(gpu->dots(x_gpu, y_gpu, {}).empty());
  CHECK(gpu->squared_distances(x_gpu, StatePairs()).empty());
}

TEST_CASE("CUDA: tokens join the same clusters as on the CPU, and their states stay on the GPU", "[cuda][gpu]") {
  const auto cpu = make_cpu_backend({.threads = 2}), gpu = make_cuda_backend(tested_cuda());
  const std::size_t rows = GENERATE(12, 30, 109), cols = 192;
  const std::string kind = GENERATE("random", "offset");  // equal rows are as far apart as a product's rounding says
  CAPTURE(rows, kind);
  const HostTensor x = some_states(kind, rows, cols);
  const Tensor there = gpu->upload(x), here = cpu->upload(x);
  const auto copies = [&](std::size_t bytes) {
    return cuda_emulator() == nullptr ? 0 : cuda_emulator()->emulator_copies_to_host(bytes);
  };
  const std::uint64_t all = copies(0), matrices = copies(rows * rows * sizeof(float));
  const Clusters got = cluster({there, *gpu}, rows / 10 + 1, rows / 10 + 1);
  if (cuda_emulator() != nullptr) {
    CHECK(copies(0) - all == 2);  // the distances, and those of single pairs
    CHECK(copies(rows * rows * sizeof(float)) - matrices == 1);
  }
  const Clusters wanted = cluster({here, *cpu}, rows / 10 + 1, rows / 10 + 1);
  CHECK(got.centres == wanted.centres);
  CHECK(got.of == wanted.of);
}

}  // namespace sparsight::test
