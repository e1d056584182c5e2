#include "core/measure/perplexity.h"

#include <cmath>
#include <numeric>

namespace sparsight {

Perplexity perplexity(Engine& engine, std::string_view text, std::size_t most, const Control& control) {
  const std::vector<float> found = engine.log_probabilities(text, most, control);
  const double sum = std::accumulate(found.begin(), found.end(), 0.0);
  return {.value = std::exp(-sum / static_cast<double>(found.size())), .tokens = found.size()};
}

}  // namespace sparsight
