// The CPU's kernels, compiled for every target of Highway and chosen at run time. Inner part of the CPU backend:
// plain pointers and strides, no checks beyond CHECK in the backend.
#pragma once

#include "kernels/backends.h"
#include "kernels/thread_pool.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sparsight::cpu {

// What a tensor of the CPU's backend holds.
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
// Memory for a tensor, made or borrowed.
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

// body(row, worker) for all rows of `cols` values, some of them a task.
template <typename Body>
void each_row(std::size_t rows, std::size_t cols, ThreadPool& pool, const Body& body) {
  constexpr std::size_t kRowsATask = 16, kSmall = kSmallWork / 2;
  pool.run((rows + kRowsATask - 1) / kRowsATask,
           [&](std::size_t task, std::size_t worker) {
             const std::size_t end = std::min(rows, (task + 1) * kRowsATask);
             for (std::size_t r = task * kRowsATask; r < end; ++r) body(r, worker);
           },
           rows * cols < kSmall);
}

// gemm.cpp. `scratch` has one more than the pool has threads: the last is what all of them share.
struct Workers {
  ThreadPool& pool;
  std::vector<Scratch>& scratch;
  Arithmetic arithmetic;
};
void linear(const LinearArgs& args, Tensor& out, const Workers& workers);
void project(const NormedInput& in, std::span<const Projection> parts, const Workers& workers);
void gated(const NormedInput& in, const GatedArgs& args, Tensor& out, const Workers& workers);

// gemm_tile.cpp: out[rows, cols] = x[rows, words] . weight[cols, words]^T on one thread. A word is one input, or of
// `pairs` two inputs of BF16 in both x and weight. Rows of x and of weight lie one after another; an element's sum is
// formed in the same order whatever tile it is in.
constexpr std::size_t kGemmStep = 32;      // columns: a multiple of what any target computes at once
constexpr std::size_t kMostTileRows = 12;  // of any target
struct GemmTile {
  const float* x;
  std::size_t rows;
  std::size_t words;
  const void* weight;
  DType type;
  bool pairs;
  std::size_t cols;
  float* out;
  std::size_t out_stride;
};
void gemm_tile(const GemmTile& tile, float* scratch);
[[nodiscard]] bool multiplies_bf16_pairs();  // the current target, on this CPU
// Columns whose block of weights leaves room in this CPU's second-level cache; a multiple of kGemmStep.
[[nodiscard]] std::size_t gemm_cols();
[[nodiscard]] std::size_t gemm_scratch(std::size_t cols);  // floats that a tile of `cols` columns needs

// gemm_int.cpp: the same with quantised weights.
struct IntWeights {  // as in kernels/quantised.h
  const void* values;
  const float* scales;
  const std::int8_t* block_scales;  // null: int8
  std::size_t outputs, inputs;
  [[nodiscard]] bool int4() const { return block_scales != nullptr; }
};
// Activations as integers, of 8 or 16 bits, whichever the target multiplies. Rows are cut into pieces, each with a
// scale of its own; the first pieces of all rows lie together, then the second, as they are read. In `memory`.
struct IntPieces {
  std::size_t depth, bytes, blocks;  // inputs of a piece; blocks of kQuantisedBlock inputs
};
struct IntRows {
  IntRows(std::size_t rows, std::size_t inputs, bool with_int4, Scratch& memory);
  void round(std::size_t row, const float* x);  // any thread, each row once

  [[nodiscard]] std::size_t at(std::size_t piece, std::size_t row) const { return piece * rows_ + row; }
  void* values = nullptr;        // [pieces, rows, depth]
  std::int32_t* sums = nullptr;  // [pieces, rows, blocks]: of the integers of each block
  float* scales = nullptr;       // [pieces, rows]

 private:
  std::size_t rows_, inputs_;
  bool int4_;
  IntPieces pieces_;
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

// gemv.cpp: out[m, n] = x[m, :] . weight[n, :] for few rows m; reads the weights once. n in [n_begin, n_end).
void dot_rows(const float* x, std::size_t rows, std::size_t k, const void* weight, DType type, std::size_t n_begin,
              std::size_t n_end, float* out, std::size_t out_stride);
// Rows of weights to float, contiguous.
void widen(const void* from, DType type, std::size_t count, float* to);

// products_double.cpp: out[i, j] = a[i, :] . b[j, :], in double.
void double_products(HostView a, HostView b, double* out, ThreadPool& pool);

// elementwise.cpp, on rows of `cols` values
void rms_norm_row(const float* x, const float* weight, float eps, std::size_t cols, float* out);
void layer_norm_row(const float* x, const float* weight, const float* bias, float eps, std::size_t cols, float* out);
void activate(Activation activation, float* x, std::size_t count);
void gate(Activation activation, float* x, const float* up, std::size_t count);  // x = activation(x) * up
// To F32 or BF16.
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

// attention_few.cpp: the same for few rows, which read keys and values once, as they lie in memory.
constexpr std::size_t kFewQueryRows = 4;  // more are worth laying keys and values out
void attention_few(const AttentionArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch);
struct AskedRow {
  std::size_t row;      // of q
  std::size_t visible;  // keys from the first
};
// Post-softmax scores, [heads, asked, keys].
void score_rows(const Attended& a, std::span<const AskedRow> asked, float* out, ThreadPool& pool);
// Their mean over the heads, [asked, keys].
void mean_score_rows(const Attended& a, std::span<const AskedRow> asked, float* out, ThreadPool& pool);

}  // namespace sparsight::cpu
