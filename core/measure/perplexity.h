// How well a language model predicts a text: the lower, the better. For comparing forms of one model.
#pragma once

#include "core/engine.h"

#include <cstddef>
#include <string_view>

namespace sparsight {

struct Perplexity {
  double value = 0;        // e to the mean of the negative log probabilities of the predicted tokens
  std::size_t tokens = 0;  // predicted ones
};
// Of the first `most` tokens. Errors of Engine::log_probabilities().
[[nodiscard]] Perplexity perplexity(Engine& engine, std::string_view text, std::size_t most,
                                    const Control& control = {});

}  // namespace sparsight
