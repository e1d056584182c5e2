// What the host passes to each kernel of the device: one structure, of pointers to device memory and plain numbers.
// Read by both compilers. Matrices are row-major; `rows` and `cols` count elements. The host compares what it passed
// before with what it passes now.
#pragma once

#include <cstdint>

namespace sparsight::cuda {

enum class Type : std::uint32_t { F32, F16, BF16 };

// Same order as Activation in kernels/backend.h.
enum class Function1 : std::uint32_t { None, Gelu, GeluTanh, QuickGelu, Silu, Relu };

// to[r][first_col ..] = from[r], in units of `unit` bytes, 1, 2, 4 or 16. One thread for each unit.
struct CopyRows {
  const void* from;
  void* to;
  std::uint64_t rows, cols, to_cols;  // in units; `to` points at the first place
  std::uint32_t unit;
  friend bool operator==(const CopyRows&, const CopyRows&) = default;
};

// Row i of `to` = row rows_of[i] of `from`, in the same units.
struct GatherRows {
  const void* from;
  const std::uint32_t* rows_of;
  void* to;
  std::uint64_t rows, cols;
  std::uint32_t unit;
  friend bool operator==(const GatherRows&, const GatherRows&) = default;
};

// to[i] = from[i], exactly.
struct Widen {
  const void* from;
  float* to;
  std::uint64_t count;
  Type type;
  friend bool operator==(const Widen&, const Widen&) = default;
};

// What quantised weights stand for (kernels/quantised.h): to [outputs, inputs].
struct Dequantise {
  const std::uint8_t* values;
  const float* scales;
  const std::int8_t* block_scales;  // nullptr: int8
  void* to;
  std::uint32_t outputs, inputs;
  Type type;  // of `to`
  friend bool operator==(const Dequantise&, const Dequantise&) = default;
};

// A block for each row. out = x / sqrt(mean(x^2) + eps) * weight.
struct RmsNorm {
  const float* x;
  const float* weight;
  void* out;
  std::uint32_t cols;
  float eps;
  Type type;  // of out
  friend bool operator==(const RmsNorm&, const RmsNorm&) = default;
};

// A block for each row. out = (x - mean) / sqrt(variance + eps) * weight + bias.
struct LayerNorm {
  const float* x;
  const float* weight;
  const float* bias;
  float* out;
  std::uint32_t cols;
  float eps;
  friend bool operator==(const LayerNorm&, const LayerNorm&) = default;
};

// A block for each id. out[i] = table[ids[i]].
struct Embed {
  const void* table;
  const std::int32_t* ids;
  float* out;
  std::uint32_t cols;
  Type type;
  friend bool operator==(const Embed&, const Embed&) = default;
};

// Rotary embedding (Backend::rope), a block for each row: pairs (x[j], x[j + dim / 2]) of each head.
struct Rotate {
  const float* x;
  const float* cos;  // [rows, dim / 2]
  const float* sin;
  void* out;  // its first row
  std::uint32_t heads, dim;
  Type type;  // of out: F32 or BF16
  friend bool operator==(const Rotate&, const Rotate&) = default;
};

// out[i] = x[i], rounded to nearest, ties to even; what F16 cannot hold becomes its largest number.
struct Store {
  const float* x;
  void* out;
  std::uint64_t count;
  Type type;
  friend bool operator==(const Store&, const Store&) = default;
};

// Backend::enter_cache, three blocks for each row of k: they rotate q, rotate k, and store v, which is as wide as k.
struct EnterCache {
  Rotate q, k;
  std::uint32_t first_q;  // q has the rows of k from this one on
  const float* v;
  void* values;  // its first row; of the type of k.out
  friend bool operator==(const EnterCache&, const EnterCache&) = default;
};

// out = function(out + bias), in place: [rows, cols]; bias [cols] or nullptr.
struct Finish {
  float* out;
  const float* bias;
  std::uint64_t rows;
  std::uint32_t cols;
  Function1 function;
  friend bool operator==(const Finish&, const Finish&) = default;
};

// out = function(gate + gate_bias) * (up + up_bias); `out` may be `gate`.
struct Gate {
  const float* gate;
  const float* up;
  const float* gate_bias;  // [cols], or nullptr, like up_bias
  const float* up_bias;
  float* out;
  std::uint64_t rows;
  std::uint32_t cols;
  Function1 function;
  friend bool operator==(const Gate&, const Gate&) = default;
};

// Backend::patchify: pixels [frames, channels, height, width] -> out [frames * down * across, channels * patch^2].
struct Patchify {
  const float* pixels;
  float* out;
  std::uint32_t frames, channels, height, width, patch;
  friend bool operator==(const Patchify&, const Patchify&) = default;
};

// Backend::tower_input: cls is nullptr where there is none, else each frame's first row.
struct TowerInput {
  const float* patches;
  const float* cls;
  const float* positions;  // [tokens, cols]
  float* out;              // [frames * tokens, cols]
  std::uint64_t rows;
  std::uint32_t tokens, cols;
  friend bool operator==(const TowerInput&, const TowerInput&) = default;
};

// AttentionArgs of kernels/backend.h. A block for kAttentionRows query rows of a head of a sequence, of
// kAttentionThreads threads. The kernel's name has the largest dim that it takes.
struct Attention {
  const float* q;
  const void* k;
  const void* v;
  float* out;
  std::uint32_t rows, keys;  // of one sequence
  std::uint32_t heads, kv_heads, dim;
  float scale;
  std::uint32_t causal, first_visible;
  Type type;  // of k and v
  friend bool operator==(const Attention&, const Attention&) = default;
};
constexpr std::uint32_t kAttentionRows = 32, kAttentionThreads = 128;
// Keys of a tile of the kernels up to 128 wide, and of wider ones, so that it fits the shared memory of every GPU from
// compute capability 7.5 on: 64 KiB.
constexpr std::uint32_t kAttentionKeys = 32, kWideAttentionKeys = 8;
// Queries, keys, values and weights of a tile; rows that are read across are one longer, against bank conflicts.
// `width`: the kernel's, at least the head's dim.
constexpr std::uint64_t attention_shared_floats(std::uint32_t width, std::uint64_t dim) {
  const std::uint64_t keys = width <= 128 ? kAttentionKeys : kWideAttentionKeys;
  return (kAttentionRows + keys) * (dim + 1) + keys * dim + kAttentionRows * (keys + 1);
}
static_assert(attention_shared_floats(128, 128) * 4 <= 65536 && attention_shared_floats(256, 256) * 4 <= 65536);

// The same on tensor cores (compute capability 8.0 and later).
constexpr std::uint32_t kMmaAttentionRows = 64, kMmaAttentionKeys = 64, kMmaAttentionThreads = 128;
// Bytes of a tile of keys and values; `width`: the kernel's, at least the head's dim.
constexpr std::uint64_t mma_attention_shared_bytes(std::uint64_t width) {
  return 4 * (kMmaAttentionKeys * (width / 2 + 4) + kMmaAttentionKeys / 2 * (width + 8));
}

// The same for few rows of queries and many keys: a block for a stretch of the keys of one row of one head, of
// kFewAttentionThreads threads. Blocks: stretches, heads, rows of all sequences.
struct AttentionFew {
  Attention a;
  std::uint32_t stretch;  // keys, at most kFewAttentionKeys
  // [rows of all sequences * heads][stretches][dim + 2]: outputs of each stretch before they are divided, its largest
  // score and its sum. nullptr: there is one stretch.
  float* parts;
  friend bool operator==(const AttentionFew&, const AttentionFew&) = default;
};
constexpr std::uint32_t kFewAttentionKeys = 256, kFewAttentionThreads = 128;

// Joins the stretches; a block for each row and head.
struct AttentionJoin {
  const float* parts;
  float* out;  // [rows * heads, dim]
  std::uint32_t stretches, dim;
  friend bool operator==(const AttentionJoin&, const AttentionJoin&) = default;
};

// out[h][i][key] = scale * q[row_of[i]] . k[key], or -infinity from key visible[i] on. A block for kScoreKeys keys of
// kScoreRows rows of a head, of kScoreKeys threads.
struct Scores {
  const float* q;
  const void* k;
  const std::uint32_t* row_of;
  const std::uint32_t* visible;
  float* out;  // [heads, rows, keys]
  std::uint32_t rows, keys, heads, kv_heads, dim;
  float scale;
  Type type;  // of k
  friend bool operator==(const Scores&, const Scores&) = default;
};
constexpr std::uint32_t kScoreRows = 8, kScoreKeys = 128, kScoreDims = 32;

// In place, a block for each row of x [.., keys]; -infinity becomes 0.
struct SoftmaxRows {
  float* x;
  std::uint32_t keys;
  friend bool operator==(const SoftmaxRows&, const SoftmaxRows&) = default;
};

// out[i][key] = mean over the heads of x[h][i][key].
struct MeanOfHeads {
  const float* x;       // [heads, rows, keys]
  float* out;           // [rows, keys]
  std::uint64_t count;  // rows * keys
  std::uint32_t heads;
  friend bool operator==(const MeanOfHeads&, const MeanOfHeads&) = default;
};

// Products of few rows with matrices, x W^T + bias. A block computes kProductOutputs outputs of up to kProductRows
// rows, and reads their weights once.
constexpr std::uint32_t kProductRows = 4, kProductOutputs = 16, kProductThreads = 256, kProductParts = 3;
struct ProductRows {
  const float* x;  // [rows, inputs]
  std::uint32_t rows, inputs;
  friend bool operator==(const ProductRows&, const ProductRows&) = default;
};
struct ProductPart {
  const void* values;
  const float* scales;              // nullptr: floats
  const std::int8_t* block_scales;  // nullptr: no int4
  const float* bias;                // or nullptr
  float* out;                       // [rows, outputs]
  std::uint32_t outputs;
  Type type;                // of float weights
  std::uint32_t in_chunks;  // 1: rows of x and of float weights begin at multiples of 16 bytes
  friend bool operator==(const ProductPart&, const ProductPart&) = default;
};

// For each part out = function(x W^T + bias) (+ out). The parts' blocks follow each other.
struct RowProducts {
  ProductRows in;
  ProductPart parts[kProductParts];
  std::uint32_t first_block[kProductParts];  // of each part; all ones: there is no such part
  Function1 function;
  std::uint32_t accumulate;
  friend bool operator==(const RowProducts&, const RowProducts&) = default;
};

// gate.out = function(x G^T + gate.bias) * (x U^T + up.bias); up.out is not read.
struct GatedProducts {
  ProductRows in;
  ProductPart gate, up;  // of as many outputs
  Function1 function;
  friend bool operator==(const GatedProducts&, const GatedProducts&) = default;
};

// One block of kLargestThreads threads: the largest number, the first of equal ones; or the first NaN.
struct FoundLargest {
  float value;
  std::uint32_t index;
  friend bool operator==(const FoundLargest&, const FoundLargest&) = default;
};
struct FindLargest {
  const float* x;
  std::uint32_t count;  // at least 1
  FoundLargest* found;
  friend bool operator==(const FindLargest&, const FindLargest&) = default;
};
constexpr std::uint32_t kLargestThreads = 1024;

// Row i of `to` = the sum over j in [ends[i - 1], ends[i]) of weights[j] * from[rows_of[j]], in double.
struct Combine {
  const float* from;
  const std::uint32_t* rows_of;
  const double* weights;
  const std::uint32_t* ends;
  float* to;  // its first row
  std::uint32_t rows, cols;
  friend bool operator==(const Combine&, const Combine&) = default;
};

// A block for each row: x / |x|; rows of zeros stay.
struct UnitRows {
  const float* x;
  float* out;
  std::uint32_t cols;
  friend bool operator==(const UnitRows&, const UnitRows&) = default;
};

// first[0] = the smallest index of a value that is not finite; set to all ones before.
struct NotFinite {
  const float* x;
  std::uint64_t count;
  unsigned long long* first;  // inverted: the largest of ~index
  friend bool operator==(const NotFinite&, const NotFinite&) = default;
};

// out[i][j] = a[i] . b[j] in double. A block for 16 x 16 of them.
struct DoubleProducts {
  const float* a;
  const float* b;
  double* out;
  std::uint32_t rows, others, cols;
  friend bool operator==(const DoubleProducts&, const DoubleProducts&) = default;
};

// means[c] = the mean of column c of x [rows, cols], in double. A block of kMeanThreads threads for kMeanCols columns.
struct ColumnMeans {
  const float* x;
  double* means;
  std::uint32_t rows, cols;  // at least one row
  friend bool operator==(const ColumnMeans&, const ColumnMeans&) = default;
};
constexpr std::uint32_t kMeanThreads = 512, kMeanCols = 32;

// A block for each row: out = x - means, rounded to float32, and norms[row] = |out|^2.
struct CentreRows {
  const float* x;
  const double* means;  // [cols]
  float* out;
  float* norms;
  std::uint32_t cols;
  friend bool operator==(const CentreRows&, const CentreRows&) = default;
};

// In place: from products[i][j] = row i . row j, of which it reads i < j, to max(0, |row i - row j|^2) * scale, equal
// to the bit in [i][j] and [j][i], and 0 where i == j. A block of kDistanceThreads threads for each square of
// kDistanceTile x kDistanceTile.
struct Distances {
  float* products;     // [rows, rows]
  const float* norms;  // |row|^2
  std::uint32_t rows;
  float scale;
  friend bool operator==(const Distances&, const Distances&) = default;
};
constexpr std::uint32_t kDistanceThreads = 256, kDistanceTile = 32;

// A block for each pair (i, j): out = a[i] . b[j] or, if `squared`, |a[i] - b[j]|^2, in double.
struct PairSums {
  const float* a;
  const float* b;
  const std::uint32_t* pairs;  // i and j of each
  double* out;
  std::uint32_t cols, squared;
  friend bool operator==(const PairSums&, const PairSums&) = default;
};

}  // namespace sparsight::cuda
