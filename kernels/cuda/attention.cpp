#include "kernels/cuda/attention.h"

#include "kernels/cuda/operands.h"

#include <algorithm>

namespace sparsight::cuda {
namespace {

constexpr std::size_t kMostHeadDim = 256;
constexpr std::size_t kMostMmaHeadDim = 128;
constexpr std::size_t kFewRows = 8;                         // a tile of tensor cores would be nearly empty
constexpr std::size_t kScoreBytes = std::size_t{64} << 20;  // of one piece of scores whose mean is taken

void attend_exactly(Gpu& gpu, const Attention& parameters, Grid grid) {
  grid.x = divided_up(parameters.rows, kAttentionRows);
  grid.threads = kAttentionThreads;
  const std::uint32_t width = parameters.dim <= 64 ? 64 : parameters.dim <= 128 ? 128 : 256;
  grid.shared_bytes = attention_shared_floats(width, parameters.dim) * sizeof(float);
  if (width == 64)
    gpu.launch<Kernel::attention_64>(parameters, grid);
  else if (width == 128)
    gpu.launch<Kernel::attention_128>(parameters, grid);
  else
    gpu.launch<Kernel::attention_256>(parameters, grid);
}

// Enough blocks for the whole GPU: the keys are read once, at the rate at which memory gives them.
void attend_few(Gpu& gpu, const Attention& parameters, std::size_t sequences) {
  const std::size_t rows = parameters.rows * sequences, blocks = rows * parameters.heads;
  const std::size_t wanted = divided_up(gpu.multiprocessors() * 4, blocks);
  const std::size_t stretch =
      std::clamp<std::size_t>(divided_up(parameters.keys, wanted), kFewAttentionKeys / 4, kFewAttentionKeys);
  const std::size_t stretches = divided_up(parameters.keys, stretch);
  Tensor parts;
  if (stretches > 1) parts = gpu.make(Shape{blocks, stretches, parameters.dim + 2}, DType::F32);
  gpu.launch<Kernel::attention_few>(
      {.a = parameters, .stretch = narrow(stretch), .parts = stretches > 1 ? at(parts) : nullptr},
      {.x = stretches, .y = parameters.heads, .z = rows, .threads = kFewAttentionThreads});
  if (stretches > 1)
    gpu.launch<Kernel::attention_join>(
        {.parts = at(parts), .out = parameters.out, .stretches = narrow(stretches), .dim = parameters.dim},
        {.x = blocks, .threads = kFewAttentionThreads});
}

void attend_on_tensor_cores(Gpu& gpu, const Attention& parameters, Grid grid) {
  const std::size_t width = parameters.dim <= 64 ? 64 : parameters.dim <= 96 ? 96 : 128;
  grid.x = divided_up(parameters.rows, kMmaAttentionRows);
  grid.threads = kMmaAttentionThreads;
  grid.shared_bytes = mma_attention_shared_bytes(width);
  if (width == 64)
    gpu.launch<Kernel::attention_mma_64>(parameters, grid);
  else if (width == 96)
    gpu.launch<Kernel::attention_mma_96>(parameters, grid);
  else
    gpu.launch<Kernel::attention_mma_128>(parameters, grid);
}

}  // namespace

void attend(Gpu& gpu, const AttentionArgs& args, Arithmetic arithmetic, Tensor& out) {
  const std::size_t dim = args.q.cols() / args.heads, rows = args.q.rows() / args.sequences;
  if (dim > kMostHeadDim)
    fail(ErrorKind::Device, "GPU: heads of at most {} numbers, the model's have {}", kMostHeadDim, dim);
  const Attention parameters{.q = at(args.q),
                             .k = at<std::byte>(args.k),
                             .v = at<std::byte>(args.v),
                             .out = at(out),
                             .rows = narrow(rows),
                             .keys = narrow(args.k.rows() / args.sequences),
                             .heads = narrow(args.heads),
                             .kv_heads = narrow(args.kv_heads),
                             .dim = narrow(dim),
                             .scale = args.scale,
                             .causal = args.causal ? 1u : 0u,
                             .first_visible = narrow(args.first_visible),
                             .type = type_of(args.k.dtype())};
  const Grid grid{.y = args.heads, .z = args.sequences};
  const bool on_tensor_cores = arithmetic == Arithmetic::Bf16 && gpu.multiplies_bf16() && dim <= kMostMmaHeadDim;
  if (rows <= kFewRows)
    attend_few(gpu, parameters, args.sequences);
  else if (on_tensor_cores)
    attend_on_tensor_cores(gpu, parameters, grid);
  else
    attend_exactly(gpu, parameters, grid);
}

void score(Gpu& gpu, const AttentionArgs& args, const AskedRows& asked, Tensor& out) {
  const std::size_t keys = args.k.rows(), rows = asked.rows.size();
  const Tensor rows_there = gpu.upload_indices(asked.rows, args.q.rows()),
               visible_there = gpu.upload_indices(asked.visible, keys + 1);
  gpu.launch<Kernel::scores>(
      {.q = at(args.q),
       .k = at<std::byte>(args.k),
       .row_of = at<std::uint32_t>(rows_there),
       .visible = at<std::uint32_t>(visible_there),
       .out = at(out),
       .rows = narrow(rows),
       .keys = narrow(keys),
       .heads = narrow(args.heads),
       .kv_heads = narrow(args.kv_heads),
       .dim = narrow(args.q.cols() / args.heads),
       .scale = args.scale,
       .type = type_of(args.k.dtype())},
      {.x = divided_up(keys, kScoreKeys), .y = divided_up(rows, kScoreRows), .z = args.heads, .threads = kScoreKeys});
  gpu.launch<Kernel::softmax_rows>({.x = at(out), .keys = narrow(keys)}, {.x = args.heads * rows});
}

// Piece after piece of the rows, so that the scores of all heads are never all there.
void mean_score(Gpu& gpu, const AttentionArgs& args, const AskedRows& asked, Tensor& out) {
  const std::size_t keys = args.k.rows(), rows = asked.rows.size();
  const std::size_t piece = std::clamp<std::size_t>(kScoreBytes / (args.heads * keys * sizeof(float)), 1, rows);
  Tensor all = gpu.make(Shape{args.heads, piece, keys}, DType::F32);
  for (std::size_t first = 0; first < rows; first += piece) {
    const std::size_t count = std::min(piece, rows - first);
    score(gpu, args, {asked.rows.subspan(first, count), asked.visible.subspan(first, count)}, all);
    gpu.launch_over<Kernel::mean_of_heads>(
        count * keys,
        {.x = at(all), .out = at(out) + first * keys, .count = count * keys, .heads = narrow(args.heads)});
  }
}

}  // namespace sparsight::cuda
