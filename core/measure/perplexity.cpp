#include "core/measure/perplexity.h"

#include <cmath>
#include <numeric>

namespace sparsight {

Perplexity perplexity(Engine& engine, std::string_view text, std::size_t most, const Control& control) {
  const std::vector<float> found = engine.log_probabilities(text, most, control);
  if (found.empty()) fail(ErrorKind::Usage, "the model has one position, which leaves no token to predict");
  const double sum = std::accumulate(found.begin(), found.end(), 0.0);
  const double value = std::exp(-sum / static_cast<double>(found.size()));
  if (!std::isfinite(value))
    fail(ErrorKind::Model,
         "{}: the model's probabilities of this text are no numbers; its weights are damaged, or overflow",
         engine.info().path.string());
  return {.value = value, .tokens = found.size()};
}

}  // namespace sparsight
