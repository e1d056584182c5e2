// What Qwen2-VL and Qwen2.5-VL share: names, chat, frames, tokens and their places. Internal to core/model.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

// Reads all but the towers, which `read_tower` reads from vision_config. Error{Model}.
[[nodiscard]] ModelConfig read_qwen(const JsonObject& top, const JsonObject& generation,
                                    VisionConfig (*read_tower)(const JsonObject& vision, std::size_t text_hidden));
// The keys that both towers have; `width`: the key of its width. Error{Model}.
[[nodiscard]] VisionConfig read_qwen_tower(const JsonObject& vision, const char* width, std::size_t default_width);

// Error{Model} if some of `layers` layers attend within a sliding window; `first`: the default of max_window_layers.
void refuse_sliding_window(const JsonObject& text, std::size_t layers, std::int64_t first);

// All but model_type, models and read.
[[nodiscard]] Family qwen_family();

}  // namespace sparsight
