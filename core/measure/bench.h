// Measuring speed: models of a given shape with random weights, prompts to go with them, and one prefill or some
// generated tokens with their times, true FLOPs and bytes. Used by sparsight_bench; nothing of it is on the way of an
// answer.
#pragma once

#include "core/base/progress.h"
#include "core/model/config.h"
#include "core/model/llama.h"
#include "core/model/weights.h"
#include "core/pruning/options.h"
#include "core/pruning/run.h"
#include "core/pruning/trace.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sparsight {

// The decoder of a config.json: a file, or the name of one in resources/shapes. `layers` 0: as many as it says.
// Error{Usage, File, Model}.
[[nodiscard]] ModelConfig bench_config(const std::string& shape, std::size_t layers);
[[nodiscard]] std::vector<std::string> bench_shapes();  // names in resources/shapes, sorted

// A decoder's tensors, uniform around 0 and as large as keeps activations in range; nothing of the towers. Layers are
// copies of the first, in memory of their own. The same seed gives the same weights. Memory as of a checkpoint of that
// dtype: F32, F16 or BF16; or quantised as core/model/quantise.h does. Error{Memory}; Cancelled.
[[nodiscard]] Weights random_weights(const ModelConfig& config, DType dtype, std::uint64_t seed,
                                     std::optional<Quantisation> quantisation = {}, const Control& control = {});

// Towers and projector, likewise; nothing of the decoder. Of the image tower, which no frame goes through, the matrices
// are memory that nothing is written to, so that the system has no pages for them. Error{Memory}; Cancelled.
[[nodiscard]] Weights random_towers(const ModelConfig& config, DType dtype, std::uint64_t seed,
                                    std::optional<Quantisation> quantisation = {}, const Control& control = {});

// Multiplications and additions of what VisionEncoder::encode runs for a video: patches, the tower's layers up to the
// last feature layer, projector.
[[nodiscard]] double vision_flops(const ModelConfig& config, std::size_t frames);

struct BenchPrompt {
  HostTensor embeddings;  // [length, hidden]
  PromptSpans spans;
  VisualLayout layout;
};

// Prefix, the visual tokens of a video of `frames`, text: `tokens` in all. `raters` of the text lean towards the
// picture so that SparseVLM finds just these. Error{Usage} if there are too few tokens.
[[nodiscard]] BenchPrompt random_prompt(const ModelConfig& config, std::size_t tokens, std::size_t frames,
                                        std::size_t raters, std::uint64_t seed);

struct PrefillRun {
  double wall_ms = 0;
  double cpu_ms = 0;  // that this process computed, all threads together: other programs do not count
  double flops = 0;   // true count of the layers and of the head
  Trace trace;
};

// From the prompt's embeddings to the logits of the first token, as the engine does it. Empties the cache first.
[[nodiscard]] PrefillRun run_prefill(const ModelConfig& config, Llama& llama, Backend& backend, KvCache& cache,
                                     const BenchPrompt& prompt, const PruningOptions& pruning,
                                     const Control& control = {});

struct GenerateRun {
  double wall_ms = 0, cpu_ms = 0;  // of all tokens together
  double read_bytes = 0;           // by all tokens: each weight but the embeddings', and keys and values so far
};

// Fills the cache up to `tokens` in every layer with random keys and values, which cost as much to look at as true
// ones.
void fill_cache(const ModelConfig& config, KvCache& cache, Backend& backend, std::size_t tokens, std::uint64_t seed);

// The likeliest token after the one before, `count` times, behind what the cache holds; the cache is left as it was.
// `weights` and `backend` are those of `llama`. Cancelled.
[[nodiscard]] GenerateRun run_generate(const ModelConfig& config, const Weights& weights, Llama& llama,
                                       Backend& backend, KvCache& cache, std::size_t count,
                                       const Control& control = {});

}  // namespace sparsight
