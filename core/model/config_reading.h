// Readers for the parts of config.json that several families share. Internal to core/model.
#pragma once

#include "core/base/json.h"
#include "core/model/config.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sparsight {

// All functions here throw Error{Model} that names the key, what was expected and what was found.

// A LLaMA decoder, and CLIP's vision tower; missing keys have transformers' defaults.
[[nodiscard]] TextConfig read_llama(const JsonObject& in);
// The decoder of a config that is not nested: its model_type is the whole model's.
[[nodiscard]] TextConfig read_flat_llama(const JsonObject& in);
[[nodiscard]] VisionConfig read_clip(const JsonObject& in);
// A tower with CLIP's layers, whose missing keys are taken from `defaults`; square pictures.
[[nodiscard]] VisionConfig read_vit(const JsonObject& in, std::string_view model_type, const VisionConfig& defaults);
// A decoder like LLaMA's of any model_type; missing keys take their value from `defaults` (kv_heads 0: as many as
// heads). Only if those have sections, the file may have others.
[[nodiscard]] TextConfig read_decoder(const JsonObject& in, const TextConfig& defaults);
// A number, or a list of equal height and width.
[[nodiscard]] std::size_t square_side(const JsonObject& in, const char* key, std::size_t fallback);

// Error{Model} for a checkpoint that another tool quantised.
void refuse_quantized(const JsonObject& in);
[[nodiscard]] Activation activation(const JsonObject& in, const char* key, Activation fallback);

// vision_feature_layer, or what another key says, with negative indices resolved; limits the sum of the widths.
[[nodiscard]] std::vector<std::size_t> feature_layers(const JsonObject& in, const VisionConfig& tower,
                                                      const char* key = "vision_feature_layer");
// Whether vision_feature_select_strategy keeps the tower's CLS.
[[nodiscard]] bool selects_cls(const JsonObject& in);

// image_grid_pinpoints; empty if the key is missing.
[[nodiscard]] Pinpoints grid_pinpoints(const JsonObject& in, const char* key);

// The objects that may define a special token, in order of priority: generation_config.json, text_config, the top
// level.
using TokenPlaces = std::vector<const JsonObject*>;
[[nodiscard]] std::optional<std::int32_t> special_token(const TokenPlaces& places, const char* key);
[[nodiscard]] std::vector<std::int32_t> end_tokens(const TokenPlaces& places, std::int32_t fallback = 2);
// What only one of LLaVA's relatives has, where the file does not say.
struct LlavaDefaults {
  std::size_t image_side = 336;
  std::int32_t image_token = 32000;
  std::optional<std::int32_t> video_token{};  // nullopt: the family takes no videos
};
// What LLaVA's relatives in transformers' form share: a LLaMA, CLIP's ViT-L/14, special tokens, placeholders, feature
// layers and projector. Which of the tower's rows become tokens is the family's.
[[nodiscard]] ModelConfig read_llava_relative(const JsonObject& top, const JsonObject& generation,
                                              const LlavaDefaults& defaults);

// The id under either key.
[[nodiscard]] std::int32_t placeholder_token(const JsonObject& in, const char* key, const char* other_key,
                                             std::int32_t fallback);

}  // namespace sparsight
