// Density-peak clustering with k nearest neighbours (DPC-kNN; Du et al. 2016), by which SparseVLM recycles tokens.
#pragma once

#include "core/pruning/states.h"

#include <cstddef>
#include <vector>

namespace sparsight {

struct Clusters {
  std::vector<std::size_t> centres;  // by descending delta * rho; ties in the order of torch.topk
  std::vector<std::size_t> of;       // [tokens]: index into centres
  std::vector<float> density, peak;  // [tokens]: rho, and delta * rho
};

// states [tokens, width]; 1 <= clusters <= tokens. Distances |xi - xj| / sqrt(width) through one Gram matrix of the
// centred states, tokens x tokens floats; rho = exp(-mean of the `neighbours` smallest squared distances, itself
// included); delta = the distance to the nearest token of strictly higher rho, or the largest distance of all. Every
// token joins its nearest centre, the earlier one among equals; a centre joins itself.
[[nodiscard]] Clusters cluster(const States& states, std::size_t clusters, std::size_t neighbours);

// For each cluster the sum of its members over count + 1e-6, which is nearly their mean.
[[nodiscard]] std::vector<std::vector<WeightedRow>> cluster_means(const Clusters& clusters);

}  // namespace sparsight
