// What families read of a config.json: the parts that several of them have. Internal to core/model.
#pragma once

#include "core/base/json.h"
#include "core/model/config.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sparsight {

// All of them: Error{Model} names the key, what was expected and what was found.

// A LLaMA, and CLIP's vision tower; what is left out has transformers' default.
[[nodiscard]] TextConfig read_llama(const JsonObject& in);
[[nodiscard]] VisionConfig read_clip(const JsonObject& in);

// Error{Model} for a checkpoint that another tool quantised.
void refuse_quantized(const JsonObject& in);
[[nodiscard]] Activation activation(const JsonObject& in, const char* key, Activation fallback);

// vision_feature_layer, resolved; their widths together are bounded.
[[nodiscard]] std::vector<std::size_t> feature_layers(const JsonObject& in, const VisionConfig& tower);
// Whether vision_feature_select_strategy keeps the tower's CLS.
[[nodiscard]] bool selects_cls(const JsonObject& in);

// Where a special token may stand, best first: generation_config.json, text_config, the top level.
using TokenPlaces = std::vector<const JsonObject*>;
[[nodiscard]] std::optional<std::int32_t> special_token(const TokenPlaces& places, const char* key);
[[nodiscard]] std::vector<std::int32_t> end_tokens(const TokenPlaces& places);
// The id under either key.
[[nodiscard]] std::int32_t placeholder_token(const JsonObject& in, const char* key, const char* other_key,
                                             std::int32_t fallback);

}  // namespace sparsight
