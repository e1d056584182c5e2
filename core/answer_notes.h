// What a reader of an answer should know besides its text.
#pragma once

#include "core/engine.h"

#include <array>
#include <string_view>
#include <vector>

namespace sparsight {

enum class AnswerNote {
  Empty,    // the model ended it before the first word
  CutOff,   // the longest allowed was not enough
  Repeats,  // it went round in circles until the longest allowed was reached
  NoVideo,  // nothing was looked at: whatever it says of a video is made up
};
inline constexpr std::array kAnswerNotes{AnswerNote::Empty, AnswerNote::CutOff, AnswerNote::Repeats,
                                         AnswerNote::NoVideo};

// Of a stopped answer: none.
[[nodiscard]] std::vector<AnswerNote> notes_of(const Answer& answer);
// "empty", "cut_off", "repeats", "no_video"
[[nodiscard]] std::string_view to_string(AnswerNote note);
// A sentence for people.
[[nodiscard]] std::string_view sentence_of(AnswerNote note);

}  // namespace sparsight
