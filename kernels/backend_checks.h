// What every backend expects of the shapes that it is given, by the contract in backend.h. A shape that does not fit is
// a bug of the caller: SPARSIGHT_CHECK.
#pragma once

#include "kernels/backend.h"

namespace sparsight::checks {

// Rows that go into `to` from a place on.
inline void copied(DType type, std::size_t rows, std::size_t cols, const Tensor& to, std::size_t first_row,
                   std::size_t first_col = 0) {
  SPARSIGHT_CHECK(type == to.dtype() && first_row + rows <= to.rows() && first_col + cols <= to.cols());
}
inline void gathered(TensorView from, std::size_t rows, const Tensor& to, std::size_t first_row) {
  SPARSIGHT_CHECK(from.cols() == to.cols() && from.dtype() == to.dtype() && first_row + rows <= to.rows());
}
inline void double_products(TensorView a, TensorView b, std::span<const double> out) {
  SPARSIGHT_CHECK(a.cols() == b.cols() && out.size() == a.rows() * b.rows());
}
// Pairs (row of a, row of b).
inline void pairs(TensorView a, TensorView b, std::span<const std::pair<std::size_t, std::size_t>> pairs) {
  SPARSIGHT_CHECK(a.cols() == b.cols() && a.dtype() == DType::F32 && b.dtype() == DType::F32);
  for (const auto& [i, j] : pairs) SPARSIGHT_CHECK(i < a.rows() && j < b.rows());
}

inline void product(const NormedInput& in, const WeightView& weight, TensorView bias, const Tensor& out) {
  SPARSIGHT_CHECK(in.x.cols() == weight.inputs() && out.rows() == in.x.rows() && out.cols() == weight.outputs());
  SPARSIGHT_CHECK(bias.empty() || bias.shape().elements() == weight.outputs());
  SPARSIGHT_CHECK(in.norm.empty() || in.norm.shape().elements() == in.x.cols());
}
inline void linear(const LinearArgs& args, const Tensor& out) {
  product({args.x}, args.weight, args.bias, out);
  SPARSIGHT_CHECK(!args.accumulate || args.activation == Activation::None);
}
inline void project(const NormedInput& in, std::span<const Projection> parts) {
  for (const Projection& part : parts) product(in, part.weight, part.bias, *part.out);
}
inline void gated(const NormedInput& in, const GatedArgs& args, const Tensor& out) {
  product(in, args.gate, args.gate_bias, out);
  product(in, args.up, args.up_bias, out);
}

inline void embed(TensorView table, std::span<const std::int32_t> ids, const Tensor& out) {
  SPARSIGHT_CHECK(out.rows() == ids.size() && out.cols() == table.cols());
  for (const std::int32_t id : ids) SPARSIGHT_CHECK(id >= 0 && static_cast<std::size_t>(id) < table.rows());
}
inline void rms_norm(TensorView x, TensorView weight, const Tensor& out) {
  SPARSIGHT_CHECK(out.shape().elements() == x.shape().elements() && weight.shape().elements() == x.cols());
}
inline void layer_norm(TensorView x, TensorView weight, TensorView bias, const Tensor& out) {
  rms_norm(x, weight, out);
  SPARSIGHT_CHECK(bias.shape().elements() == x.cols());
}
inline void stored(TensorView x, const Tensor& out, std::size_t first_row) {
  SPARSIGHT_CHECK(out.dtype() == DType::F32 || out.dtype() == DType::BF16);
  SPARSIGHT_CHECK(out.cols() == x.cols() && first_row + x.rows() <= out.rows());
}
inline void rope(TensorView x, std::size_t heads, TensorView cos, TensorView sin, const Tensor& out,
                 std::size_t first_row) {
  const std::size_t half = x.cols() / heads / 2;
  SPARSIGHT_CHECK(cos.rows() == x.rows() && cos.cols() == half && sin.rows() == x.rows() && sin.cols() == half);
  stored(x, out, first_row);
}

inline void enter_cache(const CacheRows& in, const Tensor& q, const Tensor& keys, const Tensor& values,
                        std::size_t first_row) {
  const std::size_t head_dim = 2 * in.cos.cols();
  SPARSIGHT_CHECK(q.rows() <= in.k.rows() && q.cols() % head_dim == 0 && in.k.cols() % head_dim == 0);
  SPARSIGHT_CHECK(in.v.rows() == in.k.rows() && in.v.cols() == in.k.cols() && values.dtype() == keys.dtype());
  rope(in.k, in.k.cols() / head_dim, in.cos, in.sin, keys, first_row);
  stored(in.v, values, first_row);
}

inline void attention(const AttentionArgs& args, const Tensor& out, const ScoreRequest* request) {
  SPARSIGHT_CHECK(args.heads % args.kv_heads == 0 && args.q.cols() % args.heads == 0);
  SPARSIGHT_CHECK(args.k.cols() * args.heads == args.q.cols() * args.kv_heads && args.v.cols() == args.k.cols());
  SPARSIGHT_CHECK(args.v.dtype() == args.k.dtype());
  SPARSIGHT_CHECK(out.rows() == args.q.rows() && out.cols() == args.q.cols() && args.k.rows() == args.v.rows());
  SPARSIGHT_CHECK(args.q.rows() % args.sequences == 0 && args.k.rows() % args.sequences == 0);
  SPARSIGHT_CHECK(request == nullptr || args.sequences == 1);
}
inline void scores(const AttentionArgs& args, std::span<const std::size_t> at, const Tensor& out) {
  SPARSIGHT_CHECK(args.q.rows() == at.size() && args.sequences == 1);
  SPARSIGHT_CHECK(out.shape().rank() == 2 ? (out.shape() == Shape{at.size(), args.k.rows()})
                                          : (out.shape() == Shape{args.heads, at.size(), args.k.rows()}));
}

inline void patchify(TensorView pixels, std::size_t patch, const Tensor& out) {
  SPARSIGHT_CHECK(pixels.shape().rank() == 4);
  const Shape& shape = pixels.shape();  // [frames, channels, height, width]
  SPARSIGHT_CHECK(out.rows() == shape[0] * (shape[2] / patch) * (shape[3] / patch));
  SPARSIGHT_CHECK(out.cols() == shape[1] * patch * patch);
}
inline void tower_input(TensorView patches, TensorView cls, TensorView positions, const Tensor& out) {
  const std::size_t tokens = positions.rows(), width = positions.cols(), n = tokens - (cls.empty() ? 0 : 1);
  SPARSIGHT_CHECK(patches.cols() == width && patches.rows() % n == 0);
  SPARSIGHT_CHECK(cls.empty() || cls.shape().elements() == width);
  SPARSIGHT_CHECK(out.rows() == patches.rows() / n * tokens && out.cols() == width);
}

}  // namespace sparsight::checks
