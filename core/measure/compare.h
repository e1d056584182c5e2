// Asks one question under several pruning settings and compares the answers with the unpruned one.
#pragma once

#include "core/engine.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

// Divergence of q from p in nats: sum of p * (log p - log q). Takes natural logarithms of probabilities, both of one
// length. 0 for equal ones; infinite if q excludes what p does not.
[[nodiscard]] double kl_divergence(std::span<const float> log_p, std::span<const float> log_q);

struct Compared {
  std::string strategy;  // as asked for
  std::string budget;
  Answer answer;
  bool same_text = false;    // equals the unpruned answer
  double kl = 0;             // of the first token's distribution from the unpruned one
  double total_ms = 0;       // prefill and generate
  double saved_ms = 0;       // compared with the unpruned answer; below 0: it took longer
  double saved_formula = 0;  // share of the unpruned prompt's FLOPs, see TraceLayer
  double saved_true = 0;
  std::string error;  // why the setting could not be used; the rest is empty then
};

// The first result is the unpruned one; the others follow in the order of `settings` (also those that prune nothing).
// Nothing is reused between answers, so that their times can be compared; a short unmeasured question comes first, so
// that the first answer does not pay for one-time work. `question` needs a video; its pruning is not read. `on_result`
// is called after each answer. Error{Usage, Model}; Cancelled.
[[nodiscard]] std::vector<Compared> compare_settings(Engine& engine, const Question& question,
                                                     std::span<const PruningOptions> settings,
                                                     const std::function<void(const Compared&)>& on_result = {},
                                                     const Control& control = {});

}  // namespace sparsight
