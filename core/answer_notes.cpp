#include "core/answer_notes.h"

#include <algorithm>
#include <span>

namespace sparsight {
namespace {

// An answer ends in a loop if its last tokens are one piece, repeated at least kLoopRounds times and in all kLoopTokens
// long.
constexpr std::size_t kLoopRounds = 3, kLoopTokens = 12;

bool ends_in_loop(std::span<const std::int32_t> ids) {
  for (std::size_t piece = 1; piece * kLoopRounds <= ids.size(); ++piece) {
    const std::size_t length = std::max(piece * kLoopRounds, kLoopTokens);
    if (length > ids.size()) continue;
    const auto end = ids.last(length);
    if (std::ranges::equal(end.first(length - piece), end.last(length - piece))) return true;
  }
  return false;
}

}  // namespace

std::vector<AnswerNote> notes_of(const Answer& answer) {
  if (answer.stop == StopReason::Cancelled) return {};
  std::vector<AnswerNote> notes;
  if (answer.stop == StopReason::Length)
    notes.push_back(ends_in_loop(answer.generated_ids) ? AnswerNote::Repeats : AnswerNote::CutOff);
  else if (answer.text.empty())
    notes.push_back(AnswerNote::Empty);
  if (answer.visual_tokens == 0 && answer.could_see) notes.push_back(AnswerNote::NoVideo);
  return notes;
}

std::string_view to_string(AnswerNote note) {
  switch (note) {
    case AnswerNote::Empty: return "empty";
    case AnswerNote::CutOff: return "cut_off";
    case AnswerNote::Repeats: return "repeats";
    case AnswerNote::NoVideo: return "no_video";
  }
  return "";
}

std::string_view sentence_of(AnswerNote note) {
  switch (note) {
    case AnswerNote::Empty: return "the model had no answer: it ended before the first word";
    case AnswerNote::CutOff: return "the answer reached the longest length allowed and was cut off";
    case AnswerNote::Repeats: return "the answer repeats itself; it was cut off at the longest length allowed";
    case AnswerNote::NoVideo: return "no video was looked at: what the answer says about one is made up";
  }
  return "";
}

}  // namespace sparsight
