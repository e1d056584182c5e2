// Backend: the coarse operations that the model is written in. One of the two class hierarchies of the
// program (the other is PruningStrategy). core calls down into it; it knows no model and no file.
//
// Activations are float32 matrices [rows, cols] in memory that the backend can reach; weights are F32,
// F16 or BF16 and are widened while computing, never rounded. Before quantised weights activations are rounded, to 8 or
// 16 bits as docs/quantised.md says, each row by pieces with a scale of their own; what follows is exact in integers up
// to these scales. Calls are made by one thread at a time and are synchronous; parallelism is inside. Results do not
// depend on the number of threads.
#pragma once

#include "kernels/quantised.h"
#include "kernels/tensor.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

enum class Activation { None, Gelu, GeluTanh, QuickGelu, Silu, Relu };

// out = activation(x W^T + bias) (+ out when accumulate), the shape of every linear layer here.
struct LinearArgs {
  TensorView x;       // [M, K] F32
  WeightView weight;  // [N, K], row-major as in a checkpoint: F32, F16 or BF16, or quantised
  TensorView bias;    // [N], or empty
  Activation activation = Activation::None;
  bool accumulate = false;  // adds to what out holds: the residual stream
};

// What goes into linear layers: x, or its RMS norm, x / sqrt(mean(x^2) + eps) * norm by row, where `norm` is there.
struct NormedInput {
  TensorView x;       // [M, K] F32
  TensorView norm{};  // [K] F32
  float norm_eps = 0;
};

// One of several layers with the same input: out = x W^T + bias.
struct Projection {
  WeightView weight;  // [N, K]
  TensorView bias;    // [N], or empty
  Tensor* out;        // [M, N]
};

// out = activation(x G^T + gate_bias) * (x U^T + up_bias), elementwise; with Silu this is SwiGLU.
struct GatedArgs {
  WeightView gate, up;            // [N, K]
  TensorView gate_bias, up_bias;  // [N], or empty
  Activation activation;
};

// Scaled dot-product attention with grouped heads: query head h reads key/value head h / (heads / kv_heads).
// Query row i may see keys [0, first_visible + i] when causal, all keys otherwise.
struct AttentionArgs {
  TensorView q;  // [rows, heads * head_dim]
  TensorView k;  // [keys, kv_heads * head_dim]: F32, F16 or BF16, widened while computing
  TensorView v;  // the same
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  float scale = 1.0f;
  bool causal = true;
  std::size_t first_visible = 0;  // index of the key at query row 0's own position
  // Independent sequences of equal length laid one after another in rows (frames of a video): block b of
  // rows sees block b of keys only. 1 for one sequence.
  std::size_t sequences = 1;
};

// Post-softmax attention of chosen query rows, the only rows that are ever materialised.
struct ScoreRequest {
  std::span<const std::size_t> rows;  // indices into q
  Tensor* scores = nullptr;           // [heads, rows.size(), keys]; the backend allocates it
};

class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual std::string name() const = 0;                  // "cpu"
  [[nodiscard]] virtual std::vector<std::string> details() const = 0;  // "target AVX2", "threads 2"
  [[nodiscard]] virtual std::size_t threads() const = 0;
  // From the next call on so many threads are left to other work, all but one at most; 0: none again.
  virtual void leave_threads(std::size_t count) = 0;

  virtual void linear(const LinearArgs& args, Tensor& out) = 0;  // out [M, N], already shaped
  // Normalises and rounds the input once for all parts.
  virtual void project(const NormedInput& in, std::span<const Projection> parts) = 0;
  virtual void gated(const NormedInput& in, const GatedArgs& args, Tensor& out) = 0;  // out [M, N]
  // out[i] = table[ids[i]]; table [vocabulary, width] in any weight dtype. Ids are in range.
  virtual void embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out) = 0;
  // out = x / sqrt(mean(x^2) + eps) * weight, by row.
  virtual void rms_norm(TensorView x, TensorView weight, float eps, Tensor& out) = 0;
  // out = (x - mean) / sqrt(variance + eps) * weight + bias, by row.
  virtual void layer_norm(TensorView x, TensorView weight, TensorView bias, float eps, Tensor& out) = 0;
  // Rotates each head's halves, (x[j], x[j + d/2]) by the angle whose cosine and sine stand in row i, column j:
  // LLaMA's rotary embedding as transformers lays it out. x [rows, heads * head_dim]; cos, sin [rows, head_dim / 2].
  // Into rows first_row.. of `out`, F32 or BF16 (rounded to nearest, ties to even); x may be all of it.
  virtual void rope(TensorView x, std::size_t heads, TensorView cos, TensorView sin, Tensor& out,
                    std::size_t first_row = 0) = 0;
  // Rows first_row.. of `out` = x, rounded likewise.
  virtual void store(TensorView x, Tensor& out, std::size_t first_row) = 0;
  // out [rows, heads * head_dim]. Works in tiles: never holds rows x keys.
  virtual void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request = nullptr) = 0;
  // Only the scores: q holds the chosen rows alone, row i of it standing at index at[i] of one causal sequence (v and
  // first_visible are not read). out [heads, rows, keys].
  virtual void scores(const AttentionArgs& args, std::span<const std::size_t> at, Tensor& out) = 0;
  // Image patches as rows for the patch embedding's GEMM: pixels [frames, channels, size, size] ->
  // out [frames * grid * grid, channels * patch * patch].
  virtual void patchify(TensorView pixels, std::size_t patch, Tensor& out) = 0;
  // The tower's input: for each frame CLS, then its patches, plus learnt positions. patches [frames * n, width],
  // cls [width], positions [n + 1, width] -> out [frames * (n + 1), width].
  virtual void tower_input(TensorView patches, TensorView cls, TensorView positions, Tensor& out) = 0;
};

// Physical cores that this process may run on, at least 1.
[[nodiscard]] std::size_t cpu_cores();
// Instruction sets that the CPU kernels are built for and this CPU has, best first: "AVX3", "AVX2", ...
[[nodiscard]] std::vector<std::string> cpu_targets();

// Kernels of this target from now on, in the whole process; "" is the best again. False: not among cpu_targets(). For
// tests and for comparing; not while a backend computes.
bool choose_cpu_target(std::string_view name);

// How products of more than a few rows with weights in BF16 are computed. Bf16 rounds the rows, too (to nearest, ties
// to even), and sums in float32: twice as many products at once where the CPU has AVX-512 BF16; elsewhere it is
// Float32.
enum class Arithmetic { Float32, Bf16 };
// What comes of a wish, with the current target on this CPU.
[[nodiscard]] Arithmetic cpu_arithmetic(Arithmetic wanted);

// threads 0: as many as cpu_cores().
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(std::size_t threads = 0,
                                                        Arithmetic arithmetic = Arithmetic::Float32);

}  // namespace sparsight
