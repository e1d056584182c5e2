// Asks every question of a list about every video of a list. Each video is read and encoded once for all its questions.
#pragma once

#include "core/engine.h"
#include "core/measure/answer_table.h"

#include <cstddef>
#include <functional>
#include <optional>
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
  std::size_t done = 0, total = 0;   // answers, those that were there already included
  std::string video{};               // that is being worked on
  std::size_t failed = 0;            // of this run
  std::optional<Error> failure{};    // why the first of them failed
  std::vector<std::string> notes{};  // about `video`, as AnswerRow::notes
  double seconds_left = 0;           // 0: not known yet
};

// The lines that are not empty, trimmed, each once.
[[nodiscard]] std::vector<std::string> lines_with_questions(std::string_view text);
// The same of a file. Error{File}: it cannot be read, is a folder, has more than 16 MiB, or is not UTF-8 (the message
// has the line and the byte); Error{Usage}: there is no question in it.
[[nodiscard]] std::vector<std::string> read_questions(const std::filesystem::path& file);

// What a reader must know about an answer: `warnings` about its video, then core/answer_notes.h.
[[nodiscard]] std::vector<std::string> notes_about(const std::vector<std::string>& warnings, const Answer& answer);

// What of a question's settings is not as usual, for a table: "temperature 0.7, top-p 0.9, seed 3, 64 new tokens,
// system prompt: Be brief."; empty: all is as usual.
[[nodiscard]] std::string settings_of(const Question& question);

// The visual tokens that an answer was made from: with pruning, on average over the layers after the first pruning.
[[nodiscard]] std::size_t tokens_of(const Answer& answer);

// What is in `table` already is not asked again. A video or question that fails becomes a row with its error. Progress
// is told before each answer and at the end. Returns what was told last. Error{File}: the table cannot be written;
// Cancelled.
BatchProgress run_batch(Engine& engine, const BatchPlan& plan, AnswerTableFile& table,
                        const std::function<void(const BatchProgress&)>& on_progress, const Control& control);

}  // namespace sparsight
