#include "core/pruning/clustering.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sparsight {
namespace {

// Indices of the k largest, in order. Ties at the top are common: two tokens that are each other's nearest are equally
// dense. They are resolved as in the published code, by torch.topk on a CPU, which is libstdc++'s selection comparing
// values alone.
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

Clusters cluster(const States& states, std::size_t clusters, std::size_t neighbours) {
  const std::size_t n = states.count();
  SPARSIGHT_CHECK(clusters >= 1 && clusters <= n);
  const std::size_t k = std::clamp<std::size_t>(neighbours, 1, n);
  const HostTensor squared = states.squared_distances();

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
  std::vector<std::size_t> densest;                            // tokens that no other exceeds in density
  std::vector<std::pair<std::size_t, std::size_t>> to_denser;  // the others, each with its nearest denser token
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = squared.row(i);
    std::size_t denser = n;
    for (std::size_t j = 0; j < n; ++j)
      if (density[j] > density[i] && (denser == n || row[j] < row[denser])) denser = j;
    if (denser == n)
      densest.push_back(i);
    else
      to_denser.emplace_back(i, denser);
  }
  // Computed as differences, not from products: peaks can be so close that the rounding of a product, which depends on
  // the CPU, would decide between them.
  const std::vector<float> apart = states.squared_distances(to_denser);
  std::vector<float> peak(n);
  for (const std::size_t i : densest) peak[i] = std::sqrt(largest) * density[i];
  for (std::size_t p = 0; p < apart.size(); ++p)
    peak[to_denser[p].first] = std::sqrt(apart[p]) * density[to_denser[p].first];

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
  out.density = std::move(density);
  out.peak = std::move(peak);
  return out;
}

std::vector<std::vector<WeightedRow>> cluster_means(const Clusters& clusters) {
  std::vector<std::vector<WeightedRow>> means(clusters.centres.size());
  for (std::size_t i = 0; i < clusters.of.size(); ++i) means[clusters.of[i]].push_back({i, 0});
  for (std::vector<WeightedRow>& mean : means)
    for (WeightedRow& part : mean) part.weight = 1 / (static_cast<double>(mean.size()) + 1e-6);
  return means;
}

}  // namespace sparsight
