// Options that several commands share, and what becomes of them.
#pragma once

#include "core/engine.h"
#include "core/video.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sparsight::cli {

struct ModelOptions {
  std::filesystem::path model;  // empty: the demo model
  std::size_t threads = 0;
  std::optional<DType> kv_dtype;
  Arithmetic arithmetic = Arithmetic::Float32;
  bool round_frequencies = false;

  void add_to(CLI::App& command);
  [[nodiscard]] EngineOptions engine_options() const;
};

struct FrameOptions {
  FrameRequest request;

  void add_to(CLI::App& command);
};

struct AnswerOptions {
  std::string system;
  Sampling sampling;
  std::size_t max_new_tokens = 256;
  bool greedy = false;

  void add_to(CLI::App& command);
};

// One question about one video, and folders of what comes of it.
struct AboutVideo {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  std::string video;
  std::string question;
  std::filesystem::path out;
  bool replace = false;
  bool json = false;

  // `out_help` says what is written to --out, `json_help` what is printed.
  void add_to(CLI::App& command, const std::string& out_help, const std::string& json_help);
  [[nodiscard]] Question about(std::shared_ptr<const EncodedMedia> media) const;
};

struct PruneOptions {
  PruningOptions pruning;
  std::string budget;
  std::string recycle, positions;

  void add_to(CLI::App& command);
  void add_details_to(CLI::App& command);        // all but strategy and budget
  [[nodiscard]] PruningOptions options() const;  // Error{Usage}
};

// Several strategies at several budgets.
struct SweepOptions {
  std::vector<std::string> strategies;
  std::vector<std::string> budgets;
  PruneOptions details;

  // `budgets` holds the default. Strategies are needed.
  void add_to(CLI::App& command, const char* budget_option);
  [[nodiscard]] std::vector<std::string> names() const;  // `all` spelled out. Error{Usage}: unknown
};

// "12.5", "1:30" or "1:02:03.5" as seconds; nullopt if it is none of these.
[[nodiscard]] std::optional<double> parse_time(const std::string& text);

}  // namespace sparsight::cli
