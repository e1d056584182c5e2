// Loops, cut-off answers and empty ones are distinguished from complete ones.
#include <catch2/catch.hpp>

#include "core/answer_notes.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <numeric>

namespace sparsight::test {
namespace {

Answer answer_of(std::vector<std::int32_t> ids, StopReason stop) {
  Answer answer;
  answer.text = ids.empty() ? "" : "text";
  answer.stop = stop;
  answer.generated_ids = std::move(ids);
  answer.visual_tokens = 1;
  return answer;
}

std::vector<std::int32_t> rounds(std::size_t lead, std::size_t piece, std::size_t length) {
  std::vector<std::int32_t> ids(lead);
  std::iota(ids.begin(), ids.end(), 1000);
  for (std::size_t i = 0; i < length; ++i) ids.push_back(static_cast<std::int32_t>(i % piece));
  return ids;
}

}  // namespace

TEST_CASE("an answer that loops up to the limit is told apart from one that was cut off", "[notes]") {
  for (const std::size_t piece : {1, 2, 5, 17, 60})
    for (const std::size_t lead : {0, 3, 40}) {
      INFO("a piece of " << piece << " behind " << lead);
      const std::size_t three = std::max<std::size_t>(3 * piece, 12);
      CHECK(notes_of(answer_of(rounds(lead, piece, three + piece / 2), StopReason::Length)) ==
            std::vector{AnswerNote::Repeats});
      if (piece < 5) continue;
      CHECK(notes_of(answer_of(rounds(lead, piece, 2 * piece), StopReason::Length)) == std::vector{AnswerNote::CutOff});
    }
  // A word repeated a few times is not a loop.
  CHECK(notes_of(answer_of(rounds(20, 1, 5), StopReason::Length)) == std::vector{AnswerNote::CutOff});
  // An answer that repeats and then ends or is stopped has no note.
  CHECK(notes_of(answer_of(rounds(0, 1, 50), StopReason::EndOfAnswer)).empty());
  CHECK(notes_of(answer_of(rounds(0, 1, 50), StopReason::Cancelled)).empty());
  CHECK(notes_of(answer_of({}, StopReason::Cancelled)).empty());
  CHECK(notes_of(answer_of({}, StopReason::EndOfAnswer)) == std::vector{AnswerNote::Empty});
  for (const AnswerNote note : kAnswerNotes) {
    CHECK_FALSE(to_string(note).empty());
    CHECK_FALSE(sentence_of(note).empty());
  }
}

TEST_CASE("a complete answer has no note, one that is cut off has one", "[notes][engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  Question question{.media = engine->encode(read_clip(demo_clip())),
                    .system = {},
                    .turns = {{"What happens in the video?", ""}},
                    .sampling = {},
                    .max_new_tokens = 64};
  CHECK(notes_of(engine->answer(question)).empty());
  question.max_new_tokens = 3;
  CHECK(notes_of(engine->answer(question)) == std::vector{AnswerNote::CutOff});
  question.media = nullptr;
  CHECK(notes_of(engine->answer(question)) == std::vector{AnswerNote::CutOff, AnswerNote::NoVideo});
}

}  // namespace sparsight::test
