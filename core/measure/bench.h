// Measures speed: models of a given shape with random weights, prompts for them, and one prefill or some generated
// tokens with their times, true FLOPs and bytes. For sparsight_bench; answering a question uses none of it.
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

// The decoder of a config.json: a file, or a name in resources/shapes. `layers` 0: as many as the file says.
// Error{Usage, File, Model}.
[[nodiscard]] ModelConfig bench_config(const std::string& shape, std::size_t layers);
[[nodiscard]] std::vector<std::string> bench_shapes();  // names in resources/shapes, sorted
// The same model; a tower that takes frames of any size takes those of 448 x 448, as bench_config() has it.
[[nodiscard]] ModelConfig with_usual_frames(ModelConfig config);

// A decoder's tensors, uniform around 0 and scaled to keep activations in range; no towers. Layers are copies of the
// first, each in its own memory. The same seed gives the same weights. They take the memory of a checkpoint of that
// dtype: F32, F16 or BF16; or quantised as by core/model/quantise.h. Error{Memory}; Cancelled.
[[nodiscard]] Weights random_weights(const ModelConfig& config, DType dtype, std::uint64_t seed,
                                     std::optional<Quantisation> quantisation = {}, const Control& control = {});

// The same for what the family's vision model reads; no decoder. No frame goes through the image tower, so its matrices
// are never written and the system gives them no pages. Error{Memory}; Cancelled.
[[nodiscard]] Weights random_towers(const ModelConfig& config, Backend& backend, DType dtype, std::uint64_t seed,
                                    std::optional<Quantisation> quantisation = {}, const Control& control = {});

// Multiplications and additions that VisionEncoder::encode runs for a video: patches, the tower's layers up to the last
// feature layer, projector.
struct VisionFlops {
  double products = 0;   // of linear layers
  double attention = 0;  // queries times keys, and values times their weights
  [[nodiscard]] double sum() const { return products + attention; }
};
[[nodiscard]] VisionFlops vision_flops(const ModelConfig& config, std::size_t frames);

struct BenchPrompt {
  HostTensor embeddings;  // [length, hidden]
  PromptSpans spans;
  VisualLayout layout;
};

// Prefix, the visual tokens of a video of `frames`, text: `tokens` in all. `raters` text tokens resemble the picture,
// so that SparseVLM chooses exactly these. Error{Usage} if there are too few tokens.
[[nodiscard]] BenchPrompt random_prompt(const ModelConfig& config, std::size_t tokens, std::size_t frames,
                                        std::size_t raters, std::uint64_t seed);

struct PrefillRun {
  double wall_ms = 0;
  double cpu_ms = 0;  // CPU time of this process, all threads together, so that other programs do not count
  double flops = 0;   // true count of the layers and of the head
  Trace trace;
};

// From the prompt's embeddings to the logits of the first token, as the engine does it. Empties the cache first.
// `attention`: records Trace::attention.
[[nodiscard]] PrefillRun run_prefill(const ModelConfig& config, Llama& llama, Backend& backend, KvCache& cache,
                                     const BenchPrompt& prompt, const PruningOptions& pruning,
                                     const Control& control = {}, bool attention = false);

struct GenerateRun {
  double wall_ms = 0, cpu_ms = 0;  // all tokens together
  double read_bytes = 0;           // for all tokens: each weight but the embeddings', and keys and values so far
};

// Fills the cache up to `tokens` in every layer with random keys and values, which cost as much to read as real ones.
void fill_cache(const ModelConfig& config, KvCache& cache, Backend& backend, std::size_t tokens, std::uint64_t seed);

// Generates `count` tokens greedily after what the cache holds, and leaves the cache as it was. `weights` and `backend`
// are those of `llama`. `attention`: each layer's attention of the token is read, every head of it. Cancelled.
[[nodiscard]] GenerateRun run_generate(const ModelConfig& config, const Weights& weights, Llama& llama,
                                       Backend& backend, KvCache& cache, std::size_t count, const Control& control = {},
                                       bool attention = false);

}  // namespace sparsight
