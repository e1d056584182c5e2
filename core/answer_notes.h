// Notes about an answer that its reader should know.
#pragma once

#include "core/engine.h"

#include <array>
#include <string_view>
#include <vector>

namespace sparsight {

enum class AnswerNote {
  Empty,    // the model ended the answer before the first word
  CutOff,   // the answer reached the longest length allowed
  Repeats,  // the same, and its end repeats itself
  NoVideo,  // no video was given: what the answer says about one is made up
};
inline constexpr std::array kAnswerNotes{AnswerNote::Empty, AnswerNote::CutOff, AnswerNote::Repeats,
                                         AnswerNote::NoVideo};

// Empty for an answer that was stopped.
[[nodiscard]] std::vector<AnswerNote> notes_of(const Answer& answer);
// "empty", "cut_off", "repeats", "no_video"
[[nodiscard]] std::string_view to_string(AnswerNote note);
// A sentence for people.
[[nodiscard]] std::string_view sentence_of(AnswerNote note);

}  // namespace sparsight
