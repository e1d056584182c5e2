#include "core/pruning/clustering.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sparsight {
namespace {

// Squared distances over the width, [n, n]. Centring first keeps what all tokens share out of the differences.
Tensor squared_distances(TensorView states, Backend& backend) {
  const std::size_t n = states.rows(), width = states.cols();
  std::vector<double> mean(width, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = states.row(i);
    for (std::size_t c = 0; c < width; ++c) mean[c] += static_cast<double>(row[c]);
  }
  for (double& value : mean) value /= static_cast<double>(n);

  Tensor centred(Shape{n, width});
  std::vector<float> norms(n);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    const auto from = states.row(i);
    const auto to = centred.row(i);
    for (std::size_t c = 0; c < width; ++c) {
      to[c] = static_cast<float>(static_cast<double>(from[c]) - mean[c]);
      sum += static_cast<double>(to[c]) * static_cast<double>(to[c]);
    }
    norms[i] = static_cast<float>(sum);
  }
  Tensor distances(Shape{n, n});
  backend.linear({.x = centred, .weight = centred, .bias = {}}, distances);
  const float scale = 1.0f / static_cast<float>(width);
  // One triangle is mirrored: two tokens that are each other's nearest must come out equally dense, to the bit.
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = distances.row(i);
    row[i] = 0.0f;
    for (std::size_t j = i + 1; j < n; ++j) {
      row[j] = std::max(0.0f, norms[i] + norms[j] - 2.0f * row[j]) * scale;
      distances.f32()[j * n + i] = row[j];
    }
  }
  return distances;
}

// Of two tokens, without what cancels out in the product: peaks are so near each other at times that the rounding of
// that, which depends on the CPU, would decide between them.
float squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double apart = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    sum += apart * apart;
  }
  return static_cast<float>(sum / static_cast<double>(a.size()));
}

// The k largest, in order. Two tokens that are each other's nearest are equally dense, so that a tie at the top is no
// rarity; it falls as in the published code, by torch.topk on a CPU: libstdc++'s selection, which compares values
// alone.
std::vector<std::size_t> largest_first(const std::vector<float>& values, std::size_t k) {
  std::vector<std::pair<float, std::size_t>> queue;
  for (std::size_t i = 0; i < values.size(); ++i) queue.emplace_back(values[i], i);
  const auto larger = [](const auto& a, const auto& b) { return a.first > b.first; };
  const auto last = queue.begin() + static_cast<std::ptrdiff_t>(k);
  if (k * 64 <= queue.size()) {
    std::partial_sort(queue.begin(), last, queue.end(), larger);
  } else {
    std::nth_element(queue.begin(), last - 1, queue.end(), larger);
    std::sort(queue.begin(), last - 1, larger);
  }
  std::vector<std::size_t> out;
  for (auto it = queue.begin(); it != last; ++it) out.push_back(it->second);
  return out;
}

}  // namespace

Clusters cluster(TensorView states, std::size_t clusters, std::size_t neighbours, Backend& backend) {
  const std::size_t n = states.rows();
  SPARSIGHT_CHECK(clusters >= 1 && clusters <= n);
  const std::size_t k = std::clamp<std::size_t>(neighbours, 1, n);
  const Tensor squared = squared_distances(states, backend);

  std::vector<float> density(n), nearest(n);
  float largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = squared.row(i);
    largest = std::max(largest, *std::max_element(row.begin(), row.end()));
    nearest.assign(row.begin(), row.end());
    std::nth_element(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(k - 1), nearest.end());
    std::sort(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(k));
    const float sum = std::accumulate(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(k), 0.0f);
    density[i] = std::exp(-sum / static_cast<float>(k));
  }
  std::vector<float> peak(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = squared.row(i);
    std::size_t denser = n;  // the nearest that is
    for (std::size_t j = 0; j < n; ++j)
      if (density[j] > density[i] && (denser == n || row[j] < row[denser])) denser = j;
    const float delta = denser == n ? largest : squared_distance(states.row(i), states.row(denser));
    peak[i] = std::sqrt(delta) * density[i];
  }

  Clusters out;
  const std::vector<std::size_t> order = largest_first(peak, clusters);
  out.centres.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(clusters));
  out.of.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = squared.row(i);
    for (std::size_t c = 1; c < clusters; ++c)
      if (row[out.centres[c]] < row[out.centres[out.of[i]]]) out.of[i] = c;
  }
  for (std::size_t c = 0; c < clusters; ++c) out.of[out.centres[c]] = c;
  return out;
}

Tensor cluster_means(TensorView states, const Clusters& clusters) {
  const std::size_t count = clusters.centres.size(), width = states.cols();
  Tensor means = Tensor::zeros(Shape{count, width});
  std::vector<std::size_t> members(count, 0);
  for (std::size_t i = 0; i < states.rows(); ++i) {
    ++members[clusters.of[i]];
    const auto from = states.row(i);
    const auto to = means.row(clusters.of[i]);
    for (std::size_t c = 0; c < width; ++c) to[c] += from[c];
  }
  for (std::size_t m = 0; m < count; ++m)
    for (float& value : means.row(m)) value /= static_cast<float>(members[m]) + 1e-6f;
  return means;
}

}  // namespace sparsight
