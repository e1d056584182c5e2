// Results of an evaluation as numbers, tables and pictures. Everything comes from the store; nothing is asked here.
#pragma once

#include "core/measure/eval.h"
#include "core/measure/eval_data.h"
#include "core/measure/eval_store.h"
#include "core/pictures/plot.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sparsight {

struct EvalCount {
  std::size_t planned = 0;  // questions of the plan, of all shards
  std::size_t answered = 0;
  std::size_t failed = 0;  // tried without an answer
  std::size_t right = 0;
  std::size_t contains = 0;

  // Right answers among those answered or failed, 0 to 1: a failure counts as wrong.
  [[nodiscard]] double accuracy() const;
  [[nodiscard]] double containment() const;
};

// 95 % interval of the share `right` of `asked`, by Wilson's score. {0, 1} if nothing was asked.
struct Interval {
  double low, high;
};
[[nodiscard]] Interval wilson(std::size_t right, std::size_t asked);

struct EvalPoint {
  EvalSetting setting;
  EvalCount all;
  std::map<std::string, EvalCount> by_kind;
  // Means over the answers.
  double visual_tokens = 0;
  double kept = 0;  // see EvalRecord
  double equivalent_out = 0;
  double equivalent_in = 0;
  double flops_formula = 0;
  double flops_true = 0;
  double reused_tokens = 0;
  double prefill_ms = 0;  // reuse included: not the time of a question asked alone
  double generate_ms = 0;

  [[nodiscard]] double kept_share() const;      // of the visual tokens, after the first pruning
  [[nodiscard]] double computed_share() const;  // of the visual tokens, over all layers as they enter
};

struct EvalReport {
  std::string data;
  std::string model;
  EvalForm form = EvalForm::Lines;
  std::size_t questions = 0;  // of the plan
  std::size_t clips = 0;
  std::vector<EvalPoint> points;  // in the order of the plan's settings

  [[nodiscard]] bool complete() const;
};

[[nodiscard]] EvalReport summarise(const EvalData& data, const EvalPlan& plan, const EvalStore& store,
                                   const std::string& model);

[[nodiscard]] std::string to_csv(const EvalReport& report);
[[nodiscard]] std::string to_json(const EvalReport& report);
// A table of accuracy: strategies down, budgets across. `by_kind`: also one for each budget by kind of question.
[[nodiscard]] std::string to_markdown(const EvalReport& report, bool by_kind);

// Accuracy over the share of visual tokens that stay after the first pruning, or that go through the layers on average,
// including those before the first pruning.
enum class EvalAxis { Kept, Computed };
[[nodiscard]] Plot eval_plot(const EvalReport& report, EvalAxis axis);

// Writes eval.csv, eval.json, eval.md, eval.svg and .png (kept), eval-computed.svg and .png into `folder`; for QaPairs
// also predictions/STRATEGY-BUDGET.jsonl, as Video-LLaVA's scoring script reads them. Error{File}.
void write_report(const EvalReport& report, const EvalData& data, const EvalPlan& plan, const EvalStore& store,
                  const std::filesystem::path& folder);
// One line for each answered question: id, question, answer, pred. Video-LLaVA's script evaluates the lines as Python.
[[nodiscard]] std::string predictions(const EvalData& data, const EvalPlan& plan, const EvalSetting& setting,
                                      const EvalStore& store);

}  // namespace sparsight
