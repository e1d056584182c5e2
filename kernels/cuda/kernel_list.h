// The device's kernels, and the structure in parameters.h that each takes.
#pragma once

// X(kernel, parameters)
#define SPARSIGHT_CUDA_KERNELS(X)    \
  X(copy_rows, CopyRows)             \
  X(gather_rows, GatherRows)         \
  X(widen, Widen)                    \
  X(dequantise, Dequantise)          \
  X(rms_norm, RmsNorm)               \
  X(layer_norm, LayerNorm)           \
  X(embed, Embed)                    \
  X(rotate, Rotate)                  \
  X(store, Store)                    \
  X(enter_cache, EnterCache)         \
  X(finish, Finish)                  \
  X(gate, Gate)                      \
  X(patchify, Patchify)              \
  X(tower_input, TowerInput)         \
  X(attention_64, Attention)         \
  X(attention_128, Attention)        \
  X(attention_256, Attention)        \
  X(attention_mma_64, Attention)     \
  X(attention_mma_96, Attention)     \
  X(attention_mma_128, Attention)    \
  X(attention_few, AttentionFew)     \
  X(attention_join, AttentionJoin)   \
  X(scores, Scores)                  \
  X(softmax_rows, SoftmaxRows)       \
  X(mean_of_heads, MeanOfHeads)      \
  X(row_products, RowProducts)       \
  X(gated_products, GatedProducts)   \
  X(largest, FindLargest)            \
  X(combine, Combine)                \
  X(unit_rows, UnitRows)             \
  X(not_finite, NotFinite)           \
  X(double_products, DoubleProducts) \
  X(column_means, ColumnMeans)       \
  X(centre_rows, CentreRows)         \
  X(distances, Distances)            \
  X(pair_sums, PairSums)
