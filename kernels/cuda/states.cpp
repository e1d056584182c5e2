#include "kernels/cuda/states.h"

#include "kernels/cuda/operands.h"

#include <algorithm>

namespace sparsight::cuda {
namespace {

constexpr std::size_t kMostPairThreads = 256;

}  // namespace

HostTensor squared_distances(Gpu& gpu, Products& products, TensorView x) {
  SPARSIGHT_CHECK(x.dtype() == DType::F32);
  const std::size_t rows = x.rows(), cols = x.cols();
  HostTensor out = HostTensor::zeros(Shape{rows, rows});
  if (x.empty() || rows == 1) return out;
  Tensor means = gpu.make(Shape{cols * sizeof(double)}, DType::U8);
  Tensor norms = gpu.make(Shape{rows}, DType::F32);
  Tensor centred = gpu.make(Shape{rows, cols}, DType::F32), all = gpu.make(Shape{rows, rows}, DType::F32);
  gpu.launch<Kernel::column_means>({.x = at(x), .means = at<double>(means), .rows = narrow(rows), .cols = narrow(cols)},
                                   {.x = divided_up(cols, kMeanCols), .threads = kMeanThreads});
  gpu.launch<Kernel::centre_rows>(
      {.x = at(x), .means = at<double>(means), .out = at(centred), .norms = at(norms), .cols = narrow(cols)},
      {.x = rows});
  Products::Rows factor(gpu, {.x = centred});
  products.multiply(factor, {.x = {}, .weight = centred.view(), .bias = {}}, all);
  const std::size_t tiles = divided_up(rows, kDistanceTile);
  gpu.launch<Kernel::distances>(
      {.products = at(all), .norms = at(norms), .rows = narrow(rows), .scale = 1.0f / static_cast<float>(cols)},
      {.x = tiles, .y = tiles, .threads = kDistanceThreads});
  gpu.read(out.data(), at(all), out.view().bytes());
  return out;
}

std::vector<double> pair_sums(Gpu& gpu, TensorView a, TensorView b, std::span<const RowPair> pairs, PairSum what) {
  std::vector<double> out(pairs.size());
  if (pairs.empty()) return out;
  std::vector<std::uint32_t> rows;
  rows.reserve(2 * pairs.size());
  for (const auto& [i, j] : pairs) {
    rows.push_back(narrow(i));
    rows.push_back(narrow(j));
  }
  const Tensor rows_there = gpu.upload<std::uint32_t>(rows);
  Tensor sums = gpu.make(Shape{out.size() * sizeof(double)}, DType::U8);
  const std::size_t warps = divided_up(std::max<std::size_t>(a.cols(), 1), 32);  // no more threads than columns
  gpu.launch<Kernel::pair_sums>(
      {.a = at(a),
       .b = at(b),
       .pairs = at<std::uint32_t>(rows_there),
       .out = at<double>(sums),
       .cols = narrow(a.cols()),
       .squared = what == PairSum::SquaredDifference ? 1u : 0u},
      {.x = pairs.size(), .threads = static_cast<unsigned>(std::min(warps * 32, kMostPairThreads))});
  gpu.read(out.data(), at<double>(sums), out.size() * sizeof(double));
  return out;
}

}  // namespace sparsight::cuda
