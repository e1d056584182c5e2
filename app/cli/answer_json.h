// The JSON that --json prints, documented in the man page.
#pragma once

#include "core/engine.h"
#include "core/video.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sparsight::cli {

[[nodiscard]] nlohmann::ordered_json answer_json(const Answer& answer, const Engine& engine, const EncodedMedia* media,
                                                 const Clip* clip);
// One line a call for chat, indented for ask. Bytes that are not UTF-8 (file names) become U+FFFD.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json, int indent);

}  // namespace sparsight::cli
