// How long a question takes, for people and programs.
#pragma once

#include "core/measure/question_time.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sparsight::cli {

// "a question about 8 frames: about 4 s to the first word, then about 20 tokens a second"
[[nodiscard]] std::string time_text(const QuestionTime& time);
// {"frames", "first_word_s", "tokens_per_second"}; frames 0: a picture.
[[nodiscard]] nlohmann::ordered_json time_json(const QuestionTime& time);

}  // namespace sparsight::cli
