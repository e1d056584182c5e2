// Which of the decoder's weights a device with memory of its own holds, and which stay in the host's memory.
#pragma once

#include "core/model/config.h"
#include "core/model/weights.h"
#include "kernels/backend.h"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

namespace sparsight {

// What the device holds. The default: everything.
struct Placement {
  std::size_t layers = std::numeric_limits<std::size_t>::max();  // the first ones
  bool head = true;                                              // lm_head, or the embeddings that it is
  bool embeddings = true;

  [[nodiscard]] bool operator==(const Placement&) const = default;
};

// What the decoder takes of a device's memory, in bytes.
struct DecoderMemory {
  std::size_t layers = 0;      // how many there are
  std::size_t layer = 0;       // weights of one
  std::size_t head = 0;        // of lm_head, or of the embeddings that it is
  std::size_t embeddings = 0;  // 0: they are the head
  std::size_t beside = 0;      // keys, values and what a pass makes of a prompt of kPlannedTokens

  [[nodiscard]] std::size_t weights() const { return layers * layer + head + embeddings; }
};
inline constexpr std::size_t kPlannedTokens = 4096;  // or the model's positions, if it has fewer
// Error{Model}, as reading the weights.
[[nodiscard]] DecoderMemory decoder_memory(const ModelConfig& config, const Weights& weights, DType kv_dtype);

// The head first, which every token reads, then as many layers as fit into `free` bytes, or `asked` of them whether
// they fit or not; the embeddings last. Error{Memory}: `free` is less than the memory beside the weights, and nothing
// was asked for.
[[nodiscard]] Placement place(const DecoderMemory& needs, std::size_t free, std::optional<std::size_t> asked = {});

// For people: "18 of 32 layers are on the GPU, the others stay in memory, where the processor computes them: the
// weights take 13.10 GB and the rest 2.90 GB, and the GPU has 11.20 GB free". Empty if the device holds all layers.
[[nodiscard]] std::string sentence_about(const Placement& placement, const DecoderMemory& needs, std::size_t free);

// With what is free on `backend` now.
struct DecoderPlan {
  Placement placement{};
  std::string sentence{};  // sentence_about() it, unless a number of layers was asked for
};
// Errors of the above; everything fits on a backend that uses the host's memory.
[[nodiscard]] DecoderPlan plan_decoder(const ModelConfig& config, const Weights& weights, DType kv_dtype,
                                       Backend& backend, std::optional<std::size_t> asked);

}  // namespace sparsight
