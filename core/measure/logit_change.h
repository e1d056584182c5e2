// What another form of a model's weights changes in its answer to one question.
#pragma once

#include "core/engine.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace sparsight {

struct LogitChange {
  double logits = 0;      // of the first word: RMS of the difference, relative to the RMS; both without their mean
  double divergence = 0;  // of its probabilities, in nats: Kullback-Leibler, of `after` from `before`
  std::size_t words = 0;  // tokens of the answer before
  std::size_t same = 0;   // the first of them that the answer after begins with, too
  std::string before, after;
};

// A model's answer to `question`, about the video or image in `about` unless that is empty: greedy, without pruning, at
// most 24 tokens. Errors of Engine; Cancelled.
[[nodiscard]] Answer answer_to_compare(Engine& engine, const std::string& question, const std::filesystem::path& about,
                                       const Control& control = {});
// Of two such answers to one question.
[[nodiscard]] LogitChange logit_change(const Answer& before, const Answer& after);

}  // namespace sparsight
