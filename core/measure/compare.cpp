#include "core/measure/compare.h"

#include <cmath>

namespace sparsight {
namespace {

Answer ask(Engine& engine, Question question, const PruningOptions& pruning, const Control& control) {
  question.pruning = pruning;
  question.reuse = false;
  question.first_logits = true;
  Answer answer = engine.answer(question, {}, control);
  if (answer.stop == StopReason::Cancelled) throw Cancelled{};
  return answer;
}

double saved_share(double of, double now) { return of > 0 ? 1 - now / of : 0; }

}  // namespace

double kl_divergence(std::span<const float> log_p, std::span<const float> log_q) {
  SPARSIGHT_CHECK(log_p.size() == log_q.size());
  double sum = 0;
  for (std::size_t i = 0; i < log_p.size(); ++i) {
    const double p = std::exp(static_cast<double>(log_p[i]));
    if (p > 0) sum += p * (static_cast<double>(log_p[i]) - static_cast<double>(log_q[i]));
  }
  return std::max(sum, 0.0);
}

std::vector<Compared> compare_settings(Engine& engine, const Question& question,
                                       std::span<const PruningOptions> settings,
                                       const std::function<void(const Compared&)>& on_result, const Control& control) {
  if (!question.media) fail(ErrorKind::Usage, "expected a video: without one there is nothing to prune or compare");
  Question short_one = question;
  short_one.media = nullptr;
  short_one.max_new_tokens = 1;
  static_cast<void>(ask(engine, short_one, {}, control));

  std::vector<Compared> out;
  const auto add = [&](const PruningOptions& pruning, Answer answer) {
    Compared c{
        .strategy = pruning.strategy, .budget = to_string(pruning.budget), .answer = std::move(answer), .error = {}};
    const Answer& unpruned = out.empty() ? c.answer : out.front().answer;
    c.same_text = c.answer.text == unpruned.text;
    c.kl = kl_divergence(unpruned.first_log_probs, c.answer.first_log_probs);
    c.total_ms = c.answer.timings.prefill + c.answer.timings.generate;
    c.saved_ms = out.empty() ? 0 : out.front().total_ms - c.total_ms;
    c.saved_formula = saved_share(unpruned.trace->flops_formula(), c.answer.trace->flops_formula());
    c.saved_true = saved_share(unpruned.trace->flops_true(), c.answer.trace->flops_true());
    out.push_back(std::move(c));
    if (on_result) on_result(out.back());
  };
  PruningOptions nothing;
  nothing.budget = parse_budget("100%");
  add(nothing, ask(engine, question, nothing, control));
  for (const PruningOptions& pruning : settings) {
    std::string error;
    try {
      add(pruning, ask(engine, question, pruning, control));
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::Usage) throw;
      error = e.what();
    }
    if (error.empty()) continue;
    out.push_back({.strategy = pruning.strategy, .budget = to_string(pruning.budget), .answer = {}, .error = error});
    if (on_result) on_result(out.back());
  }
  return out;
}

}  // namespace sparsight
