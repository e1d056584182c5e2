// How questions are asked, as the settings say: the same for conversations, comparisons and batches.
#pragma once

#include "core/engine.h"

#include <cstddef>
#include <string>

namespace sparsight {

struct AskingStyle {
  std::size_t frames = 8;
  bool as_trained = false;  // in place of `frames` those that the model was trained with, if it has a rule
  ToneMap tone_map = ToneMap::Auto;
  std::string system{};
  Sampling sampling{};
  bool new_seed = false;  // each question gets a seed of its own
  std::size_t max_new_tokens = 256;

  [[nodiscard]] FrameRequest frames_wanted() const {
    return {.count = frames, .as_trained = as_trained, .tone_map = tone_map};
  }
  // Without turns, medium and pruning; a new seed is drawn, as the settings take them, so that it can be used again.
  [[nodiscard]] Question question() const;
};

}  // namespace sparsight
