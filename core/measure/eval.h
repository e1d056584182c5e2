// Accuracy against budget: asks every question of a set under every setting of pruning, through the engine.
#pragma once

#include "core/engine.h"
#include "core/measure/eval_data.h"
#include "core/measure/eval_store.h"
#include "core/pruning/options.h"
#include "core/media/video.h"

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

// One way to prune. Where nothing is pruned it is "none" at "100%", whatever the strategy was.
struct EvalSetting {
  std::string strategy;
  std::string budget;

  [[nodiscard]] bool unpruned() const { return strategy == "none"; }
  friend bool operator==(const EvalSetting&, const EvalSetting&) = default;
};

// Each strategy at each budget, in that order; the unpruned setting comes once. Error{Usage}: a name that is not there,
// a budget that is not one.
[[nodiscard]] std::vector<EvalSetting> eval_settings(std::span<const std::string> strategies,
                                                     std::span<const std::string> budgets);

struct EvalPlan {
  std::vector<EvalSetting> settings;
  PruningOptions details{};  // of every setting; strategy and budget are not read
  FrameRequest frames{};
  std::string system{};
  std::size_t max_new_tokens = 64;
  std::size_t limit = 0;              // the first so many questions, clips together; 0: all
  std::size_t shard = 1, shards = 1;  // every `shards`-th clip, from the `shard`-th on, counted from 1
};

// The questions that the plan's limit leaves, of all shards.
[[nodiscard]] std::span<const EvalQuestion> planned(const EvalData& data, const EvalPlan& plan);
// What must stay the same for results to be put together: questions, model (by its content), arithmetic, options;
// settings, limit and shards may differ. Waits for the model's hash. Error{File}; Cancelled.
[[nodiscard]] EvalIdentity eval_identity(const EvalData& data, const EvalPlan& plan, const Engine& engine,
                                         const std::stop_token& stop = {});
// Error{Usage} if a clip of the plan is another video now than when it was asked about. Reads those whose file was
// touched since. Clips that are no longer there are passed over.
void check_clips(const EvalData& data, const EvalPlan& plan, const EvalStore& store, const std::stop_token& stop = {});

struct EvalProgress {
  std::size_t done = 0;  // answers of this shard, with those that were there already
  std::size_t total = 0;
  double seconds_left = 0;  // as this run goes; 0: not known yet
  std::string_view clip{};  // that is being asked about
};

// Asks what the store does not hold an answer to, and keeps each answer in it at once. A clip is decoded and encoded
// once; its questions stand together, by setting, so that the engine goes on from the keys and values of prefix and
// video. A clip or question that fails is kept with its error and tried again by the next run, unless there would be no
// use in going on: Error{Memory}, Error{File} of a model that changed.
// `on_progress` is called between questions, on the calling thread. Whatever it ends with, also Cancelled: what was
// answered is in the store.
void run_eval(Engine& engine, const EvalData& data, const EvalPlan& plan, EvalStore& store,
              const std::function<void(const EvalProgress&)>& on_progress = {}, const std::stop_token& stop = {});

}  // namespace sparsight
