// Numbers as people read them, in the language of the interface.
#pragma once

#include "core/engine.h"

#include <QString>

namespace sparsight {

// "sparsevlm-v1.5 · 2056 → 194 tokens · 62 % fewer FLOPs · first word after 0.21 s · 88 tokens/s"
[[nodiscard]] QString answer_line(const Answer& answer);
// The same facts as a JSON object, as the chat store keeps them, and back from it. A line of an answer of old, or of
// another version: what is there is shown.
[[nodiscard]] std::string answer_details(const Answer& answer);
[[nodiscard]] QString line_of_details(const std::string& details);

[[nodiscard]] QString stage_name(Stage stage);

}  // namespace sparsight
