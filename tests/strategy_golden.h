// A golden of a published strategy: METHOD/CASE.json and METHOD/CASE.safetensors.
#pragma once

#include "core/model/weights.h"
#include "core/pruning/registry.h"
#include "kernels/backends.h"
#include "tests/tested_backend.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sparsight::test {

using Indices = std::vector<std::size_t>;

class StrategyGolden {
 public:
  explicit StrategyGolden(const std::filesystem::path& json);
  // All under SPARSIGHT_STRATEGIES (a method's directory, or one of such), or under ../shared/strategies.
  [[nodiscard]] static std::vector<std::filesystem::path> all();

  [[nodiscard]] std::string method() const { return json_["method"]; }
  [[nodiscard]] std::string name() const { return method() + "/" + json_["case"].get<std::string>(); }
  [[nodiscard]] bool has(const std::string& tensor) const { return json_["tensors"].contains(tensor); }
  [[nodiscard]] HostView floats(const std::string& tensor) const { return file_.raw(tensor); }
  [[nodiscard]] Indices indices(const std::string& tensor) const;
  // A floating tensor as [rows, its last dimension].
  [[nodiscard]] HostView matrix(const std::string& tensor) const;
  template <typename T>
  [[nodiscard]] T setting(const char* key) const {
    return json_["settings"].at(key).get<T>();
  }
  [[nodiscard]] std::size_t number(const char* key) const { return setting<std::size_t>(key); }
  [[nodiscard]] const nlohmann::json& settings() const { return json_["settings"]; }

 private:
  nlohmann::json json_;
  Weights file_;
};

// States on a backend of its own.
class Uploads {
 public:
  [[nodiscard]] States operator()(HostView rows);
  [[nodiscard]] Backend& backend() { return *backend_; }

 private:
  std::unique_ptr<Backend> backend_ = tested_backend()();
  std::vector<std::unique_ptr<Tensor>> kept_;
};

// `count` frames of `each` tokens in a row, the first of them CLS if asked for.
[[nodiscard]] VisualLayout frames_of(std::size_t count, std::size_t each, bool cls = false);
// For a decoder of 32 layers; `budget` as users write it.
[[nodiscard]] PruningOptions golden_options(const std::string& strategy, const std::string& budget = "");
[[nodiscard]] std::unique_ptr<PruningStrategy> golden_strategy(const PruningOptions& options,
                                                               const VisualLayout& layout);
// A step at the strategy's first layer after `ids` are left of the prompt's visual tokens; `scores` [heads, keys].
[[nodiscard]] LayerStep golden_step(std::size_t step, const States& visual, HostView scores, std::size_t visual_begin,
                                    std::span<const std::int32_t> ids);

// What goes on, in its order: sums of rows of `from`.
[[nodiscard]] HostTensor outputs_of(const Selection& selection, const States& from, Backend& backend);
// Floats within 1e-5 of the largest expected one.
void check_scores(const char* what, std::span<const float> got, HostView expected);
// Rows within 1e-5 of a row's largest expected value, at least 1.
void check_rows(HostView got, HostView expected);

}  // namespace sparsight::test
