// Asks every question of a list about every video of a list. Each video is read and encoded once for all its questions.
#pragma once

#include "core/engine.h"
#include "core/measure/answer_table.h"

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

// How the questions are asked. They know nothing of each other: each is the first of a chat.
struct BatchPlan {
  std::vector<std::filesystem::path> videos;
  std::vector<std::string> questions;
  FrameRequest frames;
  Question how{};  // all but media, turns and clip_hash
};

struct BatchProgress {
  std::size_t done = 0, total = 0;  // answers, those that were there already included
  std::string video{};              // that is being worked on
  double seconds_left = 0;          // 0: not known yet
};

// The lines that are not empty, trimmed, each once.
[[nodiscard]] std::vector<std::string> lines_with_questions(std::string_view text);

// The visual tokens that an answer was made from: with pruning, on average over the layers after the first pruning.
[[nodiscard]] std::size_t tokens_of(const Answer& answer);

// What is in `table` already is not asked again. A video or question that fails becomes a row with its error. Returns
// the number of failures. Error{File}: the table cannot be written; Cancelled.
std::size_t run_batch(Engine& engine, const BatchPlan& plan, AnswerTableFile& table,
                      const std::function<void(const BatchProgress&)>& on_progress, const Control& control);

}  // namespace sparsight
