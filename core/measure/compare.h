// One question under several settings of pruning, against the answer that nothing was pruned for.
#pragma once

#include "core/engine.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

// Divergence of q from p in nats: sum of p * (log p - log q). Natural logarithms of probabilities, of one length.
// 0 for equal ones; infinite where q rules out what p does not.
[[nodiscard]] double kl_divergence(std::span<const float> log_p, std::span<const float> log_q);

struct Compared {
  std::string strategy;  // as asked for
  std::string budget;
  Answer answer;
  bool same_text = false;    // as the unpruned answer
  double kl = 0;             // of the first token's distribution, the unpruned one being p
  double total_ms = 0;       // prefill and generate
  double saved_ms = 0;       // of the unpruned answer's total_ms; below 0: it took longer
  double saved_formula = 0;  // share of the unpruned prompt's FLOPs, see TraceLayer
  double saved_true = 0;
  std::string error;  // the setting could not be used; the rest is empty
};

// The first of the results is the unpruned one; the others follow in the order of `settings` (those that prune nothing
// too). Nothing is reused between the answers, so that their times can be compared; a short question is asked before,
// unmeasured, so that the first one does not pay for what is computed once. `question` needs a video; its pruning is
// not read. `on_result` is called after each. Error{Usage, Model}; Cancelled.
[[nodiscard]] std::vector<Compared> compare_settings(Engine& engine, const Question& question,
                                                     std::span<const PruningOptions> settings,
                                                     const std::function<void(const Compared&)>& on_result = {},
                                                     const Control& control = {});

}  // namespace sparsight
