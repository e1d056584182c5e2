// Accuracy by budget: asks every question of a set under every pruning setting, through the engine.
#pragma once

#include "core/engine.h"
#include "core/measure/eval_data.h"
#include "core/measure/eval_store.h"
#include "core/media/video.h"
#include "core/pruning/options.h"

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

// One way to prune. If nothing is pruned it is "none" at "100%", whatever the strategy was.
struct EvalSetting {
  std::string strategy;
  std::string budget;

  [[nodiscard]] bool unpruned() const { return strategy == "none"; }
  friend bool operator==(const EvalSetting&, const EvalSetting&) = default;
};

// Each strategy at each budget, in that order; the unpruned setting comes once. Error{Usage}: an unknown strategy or an
// invalid budget.
[[nodiscard]] std::vector<EvalSetting> eval_settings(std::span<const std::string> strategies,
                                                     std::span<const std::string> budgets);

struct EvalPlan {
  std::vector<EvalSetting> settings;
  PruningOptions details{};  // for every setting; its strategy and budget are not read
  FrameRequest frames{};
  std::string system{};
  std::size_t max_new_tokens = 64;
  std::size_t limit = 0;              // how many questions, of all clips together, from the first on; 0: all
  std::size_t shard = 1, shards = 1;  // every `shards`-th clip, from the `shard`-th on, counted from 1
};

// The questions within the plan's limit, of all shards.
[[nodiscard]] std::span<const EvalQuestion> planned(const EvalData& data, const EvalPlan& plan);
// What must be the same for results to be combined: questions, model (by its content), arithmetic, options. Settings,
// limit and shards may differ. Waits for the model's hash. Error{File}; Cancelled.
[[nodiscard]] EvalIdentity eval_identity(const EvalData& data, const EvalPlan& plan, const Engine& engine,
                                         const std::stop_token& stop = {});
// Error{Usage} if a clip of the plan has changed since it was asked about. Reads only files that were touched since.
// Skips clips that no longer exist.
void check_clips(const EvalData& data, const EvalPlan& plan, const EvalStore& store, const std::stop_token& stop = {});

struct EvalProgress {
  std::size_t done = 0;  // answers of this shard, with those from earlier runs
  std::size_t total = 0;
  double seconds_left = 0;  // estimated from this run; 0: not known yet
  std::string_view clip{};  // the current clip
};

// Asks what the store has no answer to, and stores each answer at once. A clip is decoded and encoded once; its
// questions are grouped by setting, so that the engine can reuse the keys and values of prefix and video. A clip or
// question that fails is stored with its error and tried again by the next run. Errors that every further question
// would meet end the run: Error{Memory}, Error{File} of a model that changed. `on_progress` is called between
// questions, on the calling thread. However it ends, also by Cancelled, what was answered is in the store.
void run_eval(Engine& engine, const EvalData& data, const EvalPlan& plan, EvalStore& store,
              const std::function<void(const EvalProgress&)>& on_progress = {}, const std::stop_token& stop = {});

}  // namespace sparsight
