// Options that several commands share, and what they mean to the engine.
#pragma once

#include "app/device.h"
#include "core/engine.h"
#include "core/media/video.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sparsight::cli {

struct ModelOptions {
  std::filesystem::path model;  // empty: the demo model
  DeviceChoice device;
  std::optional<std::size_t> gpu_layers;  // nullopt: as many as fit
  std::size_t threads = 0;
  std::optional<DType> kv_dtype;
  Arithmetic arithmetic = Arithmetic::Float32;
  bool round_frequencies = false;
  std::optional<Activation> tower_activation;

  void add_to(CLI::App& command);
  [[nodiscard]] DeviceOptions device_options() const;
  [[nodiscard]] EngineOptions engine_options(const Device& on) const;
  // On the device that is chosen; with auto on the processor, and a warning, if the GPU does not take the model. Errors
  // of find_device() and Engine::load().
  [[nodiscard]] std::unique_ptr<Engine> load(const Control& control) const {
    return load(find_device(device_options()), control);
  }
  [[nodiscard]] std::unique_ptr<Engine> load(const Device& on, const Control& control) const;
};

// Groups of options. Call `check` once all are read: Error{Usage} names an option that would be ignored.
struct FrameOptions {
  FrameRequest request{.as_trained = true};

  void add_to(CLI::App& command);
  void check() const;
  void check(const Clip& clip) const;  // a picture has no frames to choose
  // `request`, limited to the frames that fit together with the question's text.
  [[nodiscard]] FrameRequest beside(const Question& question, const Engine& engine) const;

 private:
  const CLI::App* command_ = nullptr;
};

struct AnswerOptions {
  std::string system;
  Sampling sampling;
  std::size_t max_new_tokens = 256;
  bool greedy = false;

  void add_to(CLI::App& command);
  void check() const;

 private:
  const CLI::App* command_ = nullptr;
};

struct PruneOptions {
  std::string strategy;  // empty: not given
  std::string budget;    // empty: not given

  void add_to(CLI::App& command);
  void add_details_to(CLI::App& command);  // all but strategy and budget
  // The strategy and budget asked for. Without a strategy: that of `by_default`, at the budget asked for or else its
  // own. Error{Usage} as check().
  [[nodiscard]] PruningOptions options(const PruningOptions& by_default = {}) const;
  [[nodiscard]] const PruningOptions& details() const { return details_; }  // strategy and budget are not set
  void check(const std::vector<std::string>& strategies) const;             // the strategies that the details are for

 private:
  const CLI::App* command_ = nullptr;
  PruningOptions details_;
};
// The pruning that the model's card names, used if none is asked for.
[[nodiscard]] PruningOptions pruned_by_default(const ModelInfo& model);
// Error{Usage}: the strategy does not support the budget or the layers. Call it before anything is computed.
void check_pruning(const PruningOptions& options, const ModelInfo& model, const FrameRequest& frames);

// One question about one video, and the folder for its results.
struct AboutVideo {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  std::string video;
  std::vector<std::string> words;  // the question
  std::filesystem::path out;
  bool replace = false;
  bool json = false;

  // `out_help` says what is written to --out, `json_help` what --json prints.
  void add_to(CLI::App& command, const std::string& out_help, const std::string& json_help);
  void check() const;
  [[nodiscard]] std::string question() const;  // Error{Usage}
  [[nodiscard]] Question about(std::shared_ptr<const EncodedMedia> media) const;
};

// Joins words without quotes to one question. Error{Usage}: the first of several is a file, probably a second video.
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

// Several strategies, each at several budgets.
struct SweepOptions {
  std::vector<std::string> strategies;  // `all` is replaced by every name
  std::vector<std::string> budgets;
  PruneOptions details;

  // `budgets` holds the default. Strategies are required.
  void add_to(CLI::App& command, const std::string& budget_option);
  void check() const;

 private:
  const CLI::App* command_ = nullptr;
  std::string budget_option_;
};

// "12.5", "1:30" or "1:02:03.5" in seconds; nullopt if it is none of these, or above 1e9 s.
[[nodiscard]] std::optional<double> parse_time(const std::string& text);

}  // namespace sparsight::cli
