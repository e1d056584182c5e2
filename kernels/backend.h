// Backend: the coarse operations of which the model consists. Backend with its buffers and PruningStrategy are the
// class hierarchies of the engine. core calls it; it knows no model and no file.
//
// Activations are float32 matrices [rows, cols] in the backend's own memory, which the host does not access: make() and
// upload() allocate them, read() gives results to the host. Weights are F32, F16 or BF16 and are widened while
// computing, never rounded. For products with quantised weights, activations are rounded to 8 or 16 bits
// (docs/quantised.md), in pieces of a row with their own scales; the integer products are exact up to these scales.
// Calls are made by one thread at a time; parallelism is inside. A backend may still compute when a call returns:
// read() and finish() wait for it. Results do not depend on the number of threads.
#pragma once

#include "kernels/quantised.h"
#include "kernels/tensor.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sparsight {

// How products of more than a few rows with BF16 weights are computed. Bf16 also rounds the rows (to nearest, ties to
// even) and sums in float32: twice as many products at once on hardware that supports it; elsewhere it equals Float32.
enum class Arithmetic { Float32, Bf16 };

enum class Activation { None, Gelu, GeluTanh, QuickGelu, Silu, Relu };

// out = activation(x W^T + bias) (+ out when accumulate), the shape of every linear layer here.
struct LinearArgs {
  TensorView x;       // [M, K] F32
  WeightView weight;  // [N, K], row-major as in a checkpoint: F32, F16 or BF16, or quantised
  TensorView bias;    // [N], or empty
  Activation activation = Activation::None;
  bool accumulate = false;  // adds to out's values: the residual stream
};

// The input of linear layers: x, or with `norm` its RMS norm by row, x / sqrt(mean(x^2) + eps) * norm.
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

// Scaled dot-product attention with grouped heads: query head h reads key/value head h / (heads / kv_heads). Query row
// i attends to keys [0, first_visible + i] if causal, else to all keys.
struct AttentionArgs {
  TensorView q;  // [rows, heads * head_dim]
  TensorView k;  // [keys, kv_heads * head_dim]: F32, F16 or BF16, widened while computing
  TensorView v;  // the same
  std::size_t heads = 0;
  std::size_t kv_heads = 0;
  float scale = 1.0f;
  bool causal = true;
  std::size_t first_visible = 0;  // index of the key at query row 0's own position
  // Independent sequences of equal length, one after another in the rows (frames of a video): block b of rows attends
  // to block b of keys only. 1 for one sequence.
  std::size_t sequences = 1;
  // The backend may round q, k and v to integers of at least 11 bits, and softmax weights to 14, if that is faster:
  // for models whose other activations are rounded to 8 bits. Scores that are asked for are never rounded.
  bool rounded = false;
};

// A decoder layer's new keys and values.
struct CacheRows {
  TensorView k, v;      // [rows, kv_heads * head_dim] F32
  TensorView cos, sin;  // [rows, head_dim / 2], as for rope()
};

// Requests the post-softmax attention of chosen query rows; only these rows are ever stored.
struct ScoreRequest {
  std::span<const std::size_t> rows;  // indices into q
  Tensor* scores = nullptr;           // [heads, rows.size(), keys]; allocated by the backend
  // Rows for which the mean over the heads is enough; their heads are never all in memory.
  std::span<const std::size_t> mean_rows{};
  Tensor* means = nullptr;  // [mean_rows.size(), keys]; allocated by the backend
};

// A tensor's values for the host, valid as long as the tensor exists and is not written to. On a backend that computes
// in host memory it is that memory, elsewhere a copy.
class HostRead {
 public:
  explicit HostRead(HostView there) : view_(there) {}
  explicit HostRead(HostTensor copy) : copy_(std::move(copy)), view_(copy_) {}
  // Keeps `tensor` as long as this object.
  HostRead(HostRead there, Tensor tensor) : HostRead(std::move(there)) { kept_ = std::move(tensor); }

  [[nodiscard]] HostView view() const { return view_; }
  operator HostView() const { return view_; }  // NOLINT(google-explicit-constructor): a cheap view
  [[nodiscard]] const float* f32() const { return view_.f32(); }
  [[nodiscard]] std::span<const float> row(std::size_t r) const { return view_.row(r); }

 private:
  HostTensor copy_;
  Tensor kept_;
  HostView view_;
};

// The largest of some numbers, the first of equal ones; or the first NaN, if there is one.
struct Largest {
  std::size_t index = 0;
  float value = 0;
};
[[nodiscard]] Largest largest_of(std::span<const float> numbers);  // at least one

// A row of a matrix and its weight in a sum of rows.
struct WeightedRow {
  std::size_t row;
  double weight;
};

struct BackendInfo {
  std::string name;                             // "cpu"
  std::vector<std::string> details{};           // for people: "target AVX2", "threads 2"
  Arithmetic arithmetic = Arithmetic::Float32;  // used for BF16 weights
  std::size_t memory_bytes = 0;                 // own memory; 0: uses the host's
  std::vector<DType> weights{};                 // types that linear() takes; U8 stands for int8 and int4
};

class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual BackendInfo info() const = 0;
  // From the next call on, leaves `threads` of the host's threads to other work; 0: none. A backend that computes on
  // the host then uses fewer threads, at least one.
  virtual void reserve_host_threads(std::size_t threads) { static_cast<void>(threads); }

  // Waits until all that was asked for is done: for who measures time. The default suits backends that compute in the
  // call. Error{Device}: something of it failed.
  virtual void finish() {}

  // Work that will be asked for again in the same order, such as the pass of a generated token: a backend may wait with
  // it, and start it as a whole. All other calls work in it as ever. One at a time, on the thread that calls. A step
  // that is left before end(), by an exception, may leave undone what was asked for in it: what that writes to is
  // undefined then.
  class Step {
   public:
    explicit Step(Backend* backend) : backend_(backend) {  // nullptr: no step
      if (backend_ != nullptr) backend_->begin_step();
    }
    ~Step() {
      if (backend_ != nullptr) backend_->drop_step();
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    void end() {  // Error{Device, Memory}: something of it could not be started
      if (backend_ != nullptr) backend_->end_step();
      backend_ = nullptr;
    }

   private:
    Backend* backend_;
  };

  // ---- Memory

  // Contents undefined. Error{Memory}.
  [[nodiscard]] virtual Tensor make(Shape shape, DType type = DType::F32) = 0;
  // A copy of the host's values; empty for an empty view.
  [[nodiscard]] Tensor upload(HostView view) {
    if (view.data() == nullptr) return {};
    Tensor out = make(view.shape(), view.dtype());
    if (!view.empty()) write(view, out, 0);
    return out;
  }
  // Like upload(), for memory that stays valid and unchanged as long as the tensor exists, such as weights. A backend
  // that can access it copies nothing.
  [[nodiscard]] virtual Tensor borrow(HostView view) { return upload(view); }
  [[nodiscard]] Weight borrow(const HostWeight& weight) {
    return {borrow(weight.values()), weight.quantised() ? borrow(weight.scales()) : Tensor(),
            weight.int4() ? borrow(weight.block_scales()) : Tensor(), weight.outputs(), weight.inputs()};
  }
  // Makes and borrows in the host's memory: for weights that the backend's own has no room for. Its linear(),
  // project(), gated() and embed() take them, a layer's weight and bias from the same place. Belongs to the backend.
  [[nodiscard]] virtual Backend& on_host() { return *this; }
  // Bytes of its own memory that are free; nullopt: it uses the host's. Waits for all that was asked for.
  [[nodiscard]] virtual std::optional<std::size_t> free_memory() { return std::nullopt; }
  // Writes into rows first_row.. of `to`, which has the same dtype and number of columns.
  virtual void write(HostView from, Tensor& to, std::size_t first_row) = 0;
  [[nodiscard]] virtual HostRead read(TensorView view) = 0;  // an empty view gives an empty one
  // The same within the backend, for any dtype; into columns first_col.. if `to` has more. `from` may be other rows of
  // `to`.
  virtual void copy_rows(TensorView from, Tensor& to, std::size_t first_row = 0, std::size_t first_col = 0) = 0;
  [[nodiscard]] Tensor copy_of(TensorView view) {
    Tensor out = make(view.shape(), view.dtype());
    copy_rows(view, out);
    return out;
  }
  // Row first_row + i of `to` = row rows[i] of `from`, which is not `to`.
  virtual void gather_rows(TensorView from, std::span<const std::size_t> rows, Tensor& to, std::size_t first_row) = 0;

  // ---- Operations on rows of states, for pruning. The default implementations compute on the host.

  // Row first_row + i of `to` = the sum of sums[i], in this order and in double. A single row of weight 1 is copied
  // exactly.
  virtual void combine(TensorView from, std::span<const std::vector<WeightedRow>> sums, Tensor& to,
                       std::size_t first_row);
  // Scales each row to length 1; a row of zeros stays. Sums the squares in double.
  virtual void unit_rows(TensorView x, Tensor& out);
  // a[i] . b[j] in double, for each pair (i, j).
  [[nodiscard]] virtual std::vector<double> dots(TensorView a, TensorView b,
                                                 std::span<const std::pair<std::size_t, std::size_t>> pairs);
  // |x[i] - x[j]|^2 / cols, [n, n], from one product of the centred rows; symmetric to the bit, 0 on the diagonal.
  [[nodiscard]] virtual HostTensor squared_distances(TensorView x);
  // The same for single pairs in double, without the cancellation errors of the product.
  [[nodiscard]] virtual std::vector<float> squared_distances(
      TensorView x, std::span<const std::pair<std::size_t, std::size_t>> pairs);
  // The first NaN or infinite value.
  [[nodiscard]] virtual std::optional<float> not_finite(TensorView x);
  // a b^T in double, into host memory: out [rows of a * rows of b], row after row.
  virtual void double_products(TensorView a, TensorView b, std::span<double> out);
  // The same in float32, like a layer's products: [rows of a, rows of b].
  [[nodiscard]] HostRead products(TensorView a, TensorView b);

  // ---- Operations of the model

  virtual void linear(const LinearArgs& args, Tensor& out) = 0;  // out [M, N], already shaped
  // Normalises and rounds the input once for all `parts`.
  virtual void project(const NormedInput& in, std::span<const Projection> parts) = 0;
  virtual void gated(const NormedInput& in, const GatedArgs& args, Tensor& out) = 0;  // out [M, N]
  // out[i] = table[ids[i]]; table [vocabulary, width] in any weight dtype. Ids are in range.
  virtual void embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out) = 0;
  // out = x / sqrt(mean(x^2) + eps) * weight, by row.
  virtual void rms_norm(TensorView x, TensorView weight, float eps, Tensor& out) = 0;
  // out = (x - mean) / sqrt(variance + eps) * weight + bias, by row.
  virtual void layer_norm(TensorView x, TensorView weight, TensorView bias, float eps, Tensor& out) = 0;
  // LLaMA's rotary embedding in transformers' layout: in row i, rotates (x[j], x[j + d/2]) of each head by the angle
  // with cosine cos[i, j] and sine sin[i, j]. x [rows, heads * head_dim]; cos, sin [rows, head_dim / 2]. Writes into
  // rows first_row.. of `out`, F32 or BF16 (rounded to nearest, ties to even); x may be all of `out`.
  virtual void rope(TensorView x, std::size_t heads, TensorView cos, TensorView sin, Tensor& out,
                    std::size_t first_row = 0) = 0;
  // Rows first_row.. of `out` = x, rounded in the same way.
  virtual void store(TensorView x, Tensor& out, std::size_t first_row) = 0;
  // What a decoder layer's attention reads: rows first_row.. of `keys` = rope(k), of `values` = v as store() has it,
  // and q = rope(q), whose rows stand where the last of k's do. The default calls rope() and store().
  virtual void enter_cache(const CacheRows& in, Tensor& q, Tensor& keys, Tensor& values, std::size_t first_row);
  // out [rows, heads * head_dim]. Works in tiles: never stores rows x keys.
  virtual void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request = nullptr) = 0;
  // Only the scores: q holds only the chosen rows; row i is at index at[i] of one causal sequence (v and first_visible
  // are not read). out [heads, rows, keys], or [rows, keys]: the mean over the heads.
  virtual void scores(const AttentionArgs& args, std::span<const std::size_t> at, Tensor& out) = 0;
  // largest_of() all of x, F32. The default computes on the host.
  [[nodiscard]] virtual Largest largest(TensorView x);
  // Image patches as rows for the patch embedding's GEMM: pixels [frames, channels, size, size] ->
  // out [frames * grid * grid, channels * patch * patch].
  virtual void patchify(TensorView pixels, std::size_t patch, Tensor& out) = 0;
  // The tower's input: for each frame CLS, then its patches, plus learnt positions. patches [frames * n, width],
  // cls [width], positions [n + 1, width] -> out [frames * (n + 1), width]. Without CLS (an empty view) all have n
  // rows.
  virtual void tower_input(TensorView patches, TensorView cls, TensorView positions, Tensor& out) = 0;

 private:
  virtual void begin_step() {}
  virtual void end_step() {}
  virtual void drop_step() noexcept {}
};

// Makes a backend; Error{Memory, Device}.
using MakeBackend = std::function<std::unique_ptr<Backend>()>;

}  // namespace sparsight
