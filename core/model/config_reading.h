// Readers for the parts of config.json that several families share. Internal to core/model.
#pragma once

#include "core/base/json.h"
#include "core/model/config.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sparsight {

// All functions here throw Error{Model} that names the key, what was expected and what was found.

// A LLaMA decoder, and CLIP's vision tower; missing keys have transformers' defaults.
[[nodiscard]] TextConfig read_llama(const JsonObject& in);
[[nodiscard]] VisionConfig read_clip(const JsonObject& in);

// Error{Model} for a checkpoint that another tool quantised.
void refuse_quantized(const JsonObject& in);
[[nodiscard]] Activation activation(const JsonObject& in, const char* key, Activation fallback);

// vision_feature_layer with negative indices resolved; limits the sum of the widths.
[[nodiscard]] std::vector<std::size_t> feature_layers(const JsonObject& in, const VisionConfig& tower);
// Whether vision_feature_select_strategy keeps the tower's CLS.
[[nodiscard]] bool selects_cls(const JsonObject& in);

// image_grid_pinpoints; empty if the key is missing.
[[nodiscard]] Pinpoints grid_pinpoints(const JsonObject& in, const char* key);

// The objects that may define a special token, in order of priority: generation_config.json, text_config, the top
// level.
using TokenPlaces = std::vector<const JsonObject*>;
[[nodiscard]] std::optional<std::int32_t> special_token(const TokenPlaces& places, const char* key);
[[nodiscard]] std::vector<std::int32_t> end_tokens(const TokenPlaces& places);
// The id under either key.
[[nodiscard]] std::int32_t placeholder_token(const JsonObject& in, const char* key, const char* other_key,
                                             std::int32_t fallback);

}  // namespace sparsight
