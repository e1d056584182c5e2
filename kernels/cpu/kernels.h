// The CPU's kernels, compiled for every target of Highway and chosen at run time. Internal to the CPU backend: plain
// pointers and strides, checked only by the backend's SPARSIGHT_CHECK.
#pragma once

#include "kernels/backends.h"
#include "kernels/thread_pool.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sparsight::cpu {

// The memory of the CPU backend's tensors.
[[nodiscard]] inline HostView host(const TensorView& view) {
  return {BackendMemory::address(view), view.dtype(), view.shape()};
}
[[nodiscard]] inline std::byte* bytes_of(Tensor& tensor) {
  return static_cast<std::byte*>(BackendMemory::address(tensor.view()));
}
[[nodiscard]] inline float* floats_of(Tensor& tensor) {
  SPARSIGHT_CHECK(tensor.dtype() == DType::F32);
  return static_cast<float*>(BackendMemory::address(tensor.view()));
}
[[nodiscard]] inline float* row_of(Tensor& tensor, std::size_t row) { return floats_of(tensor) + row * tensor.cols(); }
// A tensor that owns its memory, or borrows it.
[[nodiscard]] Tensor tensor_of(HostTensor memory);
[[nodiscard]] Tensor tensor_of(HostView borrowed);

// Scratch memory of one worker; grows, never shrinks.
class Scratch {
 public:
  // At least n floats, 64-byte aligned, contents undefined; valid until the next call.
  [[nodiscard]] float* floats(std::size_t n);

 private:
  HostTensor memory_;
  std::size_t capacity_ = 0;
};

constexpr std::size_t kSmallWork = 1 << 16;  // multiply-adds below which waking a thread costs more

// Calls body(row, worker) for all rows of `cols` values, several rows at a time.
template <typename Body>
void each_row(std::size_t rows, std::size_t cols, ThreadPool& pool, const Body& body) {
  constexpr std::size_t kMostRows = 16, kSmall = kSmallWork / 2;
  pool.share({.units = rows, .most = kMostRows, .small = rows * cols < kSmall},
             [&](const Piece& piece, std::size_t worker) {
               for (std::size_t r = piece.begin; r < piece.end; ++r) body(r, worker);
             });
}

// gemm.cpp. `scratch` has one element per thread of the pool and a last one that all share.
struct Workers {
  ThreadPool& pool;
  std::vector<Scratch>& scratch;
  Arithmetic arithmetic;
};
void linear(const LinearArgs& args, Tensor& out, const Workers& workers);
void project(const NormedInput& in, std::span<const Projection> parts, const Workers& workers);
void gated(const NormedInput& in, const GatedArgs& args, Tensor& out, const Workers& workers);

constexpr std::size_t kGemmStep = 32;      // columns: a multiple of what every target computes at once
constexpr std::size_t kMostTileRows = 12;  // rows that any target computes at once
// Columns whose block of weights fits this CPU's second-level cache with room to spare; a multiple of kGemmStep.
[[nodiscard]] std::size_t gemm_cols();

// gemm_float.cpp: out[rows, cols] = x . weight[cols, words]^T on one thread. A word is one input, or with `pairs` two
// BF16 inputs of both x and weight. Rows of weight are contiguous. The order of an element's sum depends only on
// whether x has over kRowsInOrder rows: up to these, reading weights takes longest, and goes best in their order.
constexpr std::size_t kRowsInOrder = 8;

// Rows in groups, laid out in the order of reading: at each step a vector of each row of the group.
class FloatRows {
 public:
  struct Group {
    std::size_t first, size;  // rows
  };

  FloatRows(std::size_t rows, std::size_t words, Scratch& memory);
  void lay_out(std::size_t row, const float* x);  // any thread, each row once

  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] Group group(std::size_t number) const {
    const std::size_t first = number * rows_ / groups_;
    return {first, (number + 1) * rows_ / groups_ - first};
  }
  // The group of a row: the last one that begins at it or before it.
  [[nodiscard]] std::size_t group_of(std::size_t row) const { return ((row + 1) * groups_ - 1) / rows_; }
  // Tiles are made up of whole groups; one past the last tile begins after the last row.
  [[nodiscard]] std::size_t begin_of_tile(std::size_t number, std::size_t tiles) const {
    return group(number * groups_ / tiles).first;
  }
  // A group's words from `word` on, with which a step begins.
  [[nodiscard]] const float* at(const Group& group, std::size_t word) const {
    return values_ + group.first * padded_ + group.size * word;
  }

 private:
  std::size_t rows_, words_;
  std::size_t padded_, groups_;  // padded: words of a row up to a whole step
  float* values_;
};
struct FloatTile {
  const FloatRows& x;
  std::size_t first_row, rows;  // whole groups
  const void* weight;
  DType type;
  bool pairs;
  std::size_t cols;
  float* out;
  std::size_t out_stride;
};
void float_tile(const FloatTile& tile, float* scratch);
[[nodiscard]] std::size_t float_scratch();   // floats that a tile needs
[[nodiscard]] bool multiplies_bf16_pairs();  // the current target, on this CPU

// gemm_amx.cpp: the same for pairs, on AMX tiles (uses_amx() in instructions.h). Rows of x are contiguous.
struct PairTile {
  const float* x;
  std::size_t rows;
  std::size_t words;
  const void* weight;
  std::size_t cols;
  float* out;
  std::size_t out_stride;
};
void pair_tile(const PairTile& tile, float* scratch);
[[nodiscard]] std::size_t pair_scratch(std::size_t cols);  // floats that a tile of `cols` columns needs

// gemm_int.cpp: the same with quantised weights.
struct IntWeights {  // as in kernels/quantised.h
  const void* values;
  const float* scales;
  const std::int8_t* block_scales;  // null: int8
  std::size_t outputs, inputs;
  [[nodiscard]] bool int4() const { return block_scales != nullptr; }
};
// Activations as integers of 8 or 16 bits, as the target multiplies them. Rows are divided into pieces, each with its
// own scale; the first pieces of all rows come first, then the second ones, in the order of reading. Stored in
// `memory`.
//
// Of 8 bits, a few large values would leave the others next to none. So a piece whose largest value is over kOutlier
// times its root mean square has a second pass, which rounds what the first one lost: together 16 bits.
struct IntPieces {
  std::size_t depth, bytes, blocks;  // inputs per piece; blocks of kQuantisedBlock inputs
  std::size_t passes;                // 1 or 2
};
struct RoundedPiece {  // of a row, in one pass
  void* values;
  std::int32_t* sums;
  float* scale;
};
struct IntRows {
  static constexpr int kOutlier = 7;

  IntRows(std::size_t rows, std::size_t inputs, bool with_int4, Scratch& memory);
  void round(std::size_t row, const float* x);  // any thread, each row once

  [[nodiscard]] std::size_t at(std::size_t pass, std::size_t piece, std::size_t row) const {
    return (pass * count_ + piece) * rows_ + row;
  }
  [[nodiscard]] std::size_t passes() const { return pieces_.passes; }
  // Whether any of these rows needs the pass.
  [[nodiscard]] bool needs(std::size_t pass, std::size_t piece, std::size_t first_row, std::size_t rows) const {
    const float* from = scales + at(pass, piece, first_row);
    return pass == 0 || std::any_of(from, from + rows, [](float scale) { return scale != 0; });
  }
  void* values = nullptr;  // [passes, pieces, rows, depth]
  // [passes, pieces, rows, blocks]: of the integers of each block; for int8, those of a piece count
  std::int32_t* sums = nullptr;
  float* scales = nullptr;  // [passes, pieces, rows]; 0: all integers are

 private:
  std::size_t rows_, inputs_;
  bool int4_;
  IntPieces pieces_;
  std::size_t count_;  // of a row's pieces
};
// out[rows, cols] = x[first_row ..] . weights[first_col ..]^T. first_col is a multiple of kGemmStep, and so is
// `cols` unless the matrix ends there.
struct IntTile {
  const IntRows& x;
  std::size_t first_row;
  std::size_t rows;
  IntWeights weights;
  std::size_t first_col;
  std::size_t cols;
  float* out;
  std::size_t out_stride;
};
void int_tile(const IntTile& tile, float* scratch);
[[nodiscard]] std::size_t int_scratch(std::size_t cols);  // floats that a tile of `cols` columns needs

// gemv.cpp: out[outputs] = x . weight[outputs, :]^T for one row; reads the weights in their order.
void dot_row(const float* x, std::size_t k, const void* weight, DType type, std::size_t outputs, float* out);
// Converts contiguous weights to float.
void widen(const void* from, DType type, std::size_t count, float* to);

// products_double.cpp: out[i, j] = a[i, :] . b[j, :], in double.
void double_products(HostView a, HostView b, double* out, ThreadPool& pool);

// elementwise.cpp, on rows of `cols` values
void rms_norm_row(const float* x, const float* weight, float eps, std::size_t cols, float* out);
void layer_norm_row(const float* x, const float* weight, const float* bias, float eps, std::size_t cols, float* out);
void activate(Activation activation, float* x, std::size_t count);
// to = sums + bias, or with `add` to + (sums + bias), for rows that are `stride` and `to_stride` apart. bias: may be
// null; to: may be sums.
struct FinishedSums {
  const float* sums;
  std::size_t stride;
  const float* bias;
  bool add;
  std::size_t rows, cols;
  float* to;
  std::size_t to_stride;
};
void finish_rows(const FinishedSums& finished);
void gate(Activation activation, float* x, const float* up, std::size_t count);  // x = activation(x) * up
// Write F32 or BF16.
void rope_row(const float* x, std::size_t heads, std::size_t head_dim, const float* cos, const float* sin, void* to,
              DType type);
void store_row(const float* x, std::size_t count, void* to, DType type);

// One sequence of AttentionArgs as the kernels see it; strides are in values, between rows.
struct Attended {
  const float* q;
  const void* k;
  const void* v;
  DType type;  // of k and v
  float* out;
  std::size_t q_stride;   // of q and out
  std::size_t kv_stride;  // of k and v
  std::size_t rows, keys, heads, kv_heads, dim;
  float scale;
  bool causal;
  std::size_t first_visible;

  [[nodiscard]] static Attended of(const AttentionArgs& args, std::size_t sequence, Tensor* out);
  [[nodiscard]] std::size_t group() const { return heads / kv_heads; }
  [[nodiscard]] std::size_t visible(std::size_t row) const {
    return causal ? std::min(keys, first_visible + row + 1) : keys;
  }
};

// attention.cpp
void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request, ThreadPool& pool,
               std::vector<Scratch>& scratch);

// attention_int.cpp: rows [row0, row0 + count) of the query heads that share one key/value head, without a mask.
[[nodiscard]] bool rounds_attention();  // the current target; on no other may the next two be called
[[nodiscard]] std::size_t int_tiles_scratch(std::size_t rows, std::size_t dim);  // floats; rows: of all these heads
void int_tiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, float* scratch);

// attention_few.cpp: attention of few rows, which reads keys and values once, in memory order.
constexpr std::size_t kFewQueryRows = 4;  // for more rows, laying out keys and values pays off
void attention_few(const AttentionArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch);
struct AskedRow {
  std::size_t row;      // of q
  std::size_t visible;  // number of keys that the row attends to, from the first
};
// Post-softmax scores, [heads, asked, keys].
void score_rows(const Attended& a, std::span<const AskedRow> asked, float* out, ThreadPool& pool);
// Their mean over the heads, [asked, keys].
void mean_score_rows(const Attended& a, std::span<const AskedRow> asked, float* out, ThreadPool& pool);

}  // namespace sparsight::cpu
