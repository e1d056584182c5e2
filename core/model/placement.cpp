#include "core/model/placement.h"

#include "core/model/llama.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sparsight {
namespace {

constexpr std::size_t kLibraries = std::size_t{128} << 20;  // workspaces of the libraries that multiply

std::size_t bytes_of(HostView tensor) { return tensor.empty() ? 0 : tensor.bytes(); }
std::size_t bytes_of(const HostWeight& weight) {
  return bytes_of(weight.values()) + bytes_of(weight.scales()) + bytes_of(weight.block_scales());
}

double gigabytes(std::size_t bytes) { return static_cast<double>(bytes) / 1e9; }

}  // namespace

DecoderMemory decoder_memory(const ModelConfig& config, const Weights& weights, DType kv_dtype) {
  const TextConfig& c = config.text;
  const std::size_t query = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  struct Matrix {
    const char* name;
    std::size_t outputs, inputs;
  };
  const std::array matrices{
      Matrix{"self_attn.q_proj", query, c.hidden},       Matrix{"self_attn.k_proj", kv, c.hidden},
      Matrix{"self_attn.v_proj", kv, c.hidden},          Matrix{"self_attn.o_proj", c.hidden, query},
      Matrix{"mlp.gate_proj", c.intermediate, c.hidden}, Matrix{"mlp.up_proj", c.intermediate, c.hidden},
      Matrix{"mlp.down_proj", c.hidden, c.intermediate}};
  const std::size_t table = c.vocab * c.hidden * size_of(embedding_dtype(config, weights));
  DecoderMemory out{.layers = c.layers};
  for (const Matrix& m : matrices)
    out.layer +=
        bytes_of(weights.matrix(decoder_tensor(fmt::format("layers.0.{}.weight", m.name)), Shape{m.outputs, m.inputs}));
  const bool own_head = weights.contains(kLmHead) && weights.contains(decoder_tensor("embed_tokens.weight"));
  out.head = own_head ? bytes_of(weights.matrix(kLmHead, Shape{c.vocab, c.hidden})) : table;
  out.embeddings = own_head ? table : 0;

  const std::size_t tokens = std::min(kPlannedTokens, c.max_positions);
  const std::size_t cached = c.layers * 2 * kv * size_of(kv_dtype);
  // Embeddings, states, two normalised copies; queries twice, keys and values; gate, up and their product.
  const std::size_t made = (4 * c.hidden + 2 * query + 2 * kv + 3 * c.intermediate) * sizeof(float);
  // A matrix that is widened for its product, or brought from the host.
  const std::size_t widened = c.intermediate * c.hidden * sizeof(float);
  out.beside = tokens * (cached + made) + widened + kLibraries;
  return out;
}

Placement place(const DecoderMemory& needs, std::size_t free, std::optional<std::size_t> asked) {
  if (free < needs.beside && !asked)
    fail(ErrorKind::Memory,
         "the GPU has {:.2f} GB of memory free, this model takes {:.2f} GB beside its weights: end other programs that "
         "use the GPU, or choose the processor",
         gigabytes(free), gigabytes(needs.beside));
  std::size_t left = free - std::min(free, needs.beside);
  const auto take = [&](std::size_t bytes) {
    const bool fits = bytes <= left;
    if (fits) left -= bytes;
    return fits;
  };
  Placement out{.layers = 0};
  out.head = take(needs.head);
  while (out.layers < needs.layers && (asked ? out.layers < *asked : take(needs.layer))) ++out.layers;
  if (asked) left -= std::min(left, out.layers * needs.layer);
  out.embeddings = needs.embeddings == 0 ? out.head : take(needs.embeddings);
  return out;
}

std::string sentence_about(const Placement& placement, const DecoderMemory& needs, std::size_t free) {
  if (placement.layers >= needs.layers) return {};
  std::string why = fmt::format(
      "{} of {} layers are on the GPU, the others stay in memory, where the processor computes them: the weights take "
      "{:.2f} GB and the rest {:.2f} GB, and the GPU has {:.2f} GB free",
      placement.layers, needs.layers, gigabytes(needs.weights()), gigabytes(needs.beside), gigabytes(free));
  return why;
}

DecoderPlan plan_decoder(const ModelConfig& config, const Weights& weights, DType kv_dtype, Backend& backend,
                         std::optional<std::size_t> asked) {
  const std::optional<std::size_t> free = backend.free_memory();
  if (!free) return {};
  const DecoderMemory needs = decoder_memory(config, weights, kv_dtype);
  const Placement placed = place(needs, *free, asked);
  return {placed, asked ? std::string() : sentence_about(placed, needs, *free)};
}

}  // namespace sparsight
