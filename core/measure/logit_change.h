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

// Asks both models `question`, about the video or image in `about` unless that is empty, one after the other, so that
// one is in memory at a time. Greedy, without pruning, at most 24 tokens. Errors of Engine; Cancelled.
[[nodiscard]] LogitChange logit_change(const EngineOptions& before, const EngineOptions& after,
                                       const std::string& question, const std::filesystem::path& about,
                                       const Control& control = {});

}  // namespace sparsight
