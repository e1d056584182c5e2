// The JSON that --json prints, documented in the man page.
#pragma once

#include "core/engine.h"
#include "core/media/video.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sparsight::cli {

// Warnings that go with an answer: about the clip's file, what the model knows, and the answer. `clip` may be null.
[[nodiscard]] std::vector<std::string> warnings_about(const Clip* clip, const ModelInfo& model);
[[nodiscard]] std::vector<std::string> warnings_about(const Answer& answer);

[[nodiscard]] nlohmann::ordered_json answer_json(const Answer& answer, const Engine& engine, const EncodedMedia* media,
                                                 const Clip* clip);
// {"error": {"kind": "file", "message": "..."}}, which every command prints with --json if it fails. `kind` is that of
// the exit code.
[[nodiscard]] nlohmann::ordered_json error_json(std::string_view kind, std::string_view message);
// On one line for chat, indented for ask. Bytes that are not UTF-8 (in file names) become U+FFFD.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json, int indent);

}  // namespace sparsight::cli
