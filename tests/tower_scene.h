// Shared by the tests of strategies that prune before the decoder: a made-up tower's output for a clip, calls of hooks
// 1 and 2, and arithmetic in double precision for plain references.
#pragma once

#include "core/pruning/registry.h"
#include "core/pruning/strategy.h"
#include "tests/models.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sparsight::test {

// Random features, keys, queries and CLS attention of a tower, and unrelated projected tokens.
struct Scene {
  Scene(std::size_t frames, std::size_t grid, bool has_cls, unsigned seed, std::size_t heads = 3);

  [[nodiscard]] std::size_t tower_tokens() const { return patches() + 1; }
  [[nodiscard]] std::size_t tokens() const { return layout.tokens(); }
  [[nodiscard]] std::size_t frames() const { return layout.frames(); }
  [[nodiscard]] std::size_t tokens_each() const { return *layout.tokens_each(); }
  [[nodiscard]] std::size_t patches() const { return tokens_each() - cls(); }  // per frame
  [[nodiscard]] std::size_t cls() const { return layout.has_cls() ? 1 : 0; }
  [[nodiscard]] TowerView tower() const;
  [[nodiscard]] PromptView prompt() const { return {{projected, *backend}, {text, *backend}, layout}; }
  [[nodiscard]] double attention_sum(std::size_t frame, std::size_t row) const;  // over heads

  VisualLayout layout;
  std::size_t heads;
  SharedTensor features, keys, queries, projected, text;
  HostTensor attention;
  std::unique_ptr<Backend> backend = make_cpu_backend({.threads = 2});
};

using Row = std::vector<double>;
[[nodiscard]] Row row_of(HostView t, std::size_t r);
[[nodiscard]] double dot(const Row& a, const Row& b);
[[nodiscard]] double cosine(const Row& a, const Row& b);  // 0 if one is zero
void add(Row& to, const Row& from, double weight);
// Indices by descending value; the lower index first among equals.
[[nodiscard]] std::vector<std::size_t> descending(const Row& values);

[[nodiscard]] PruningOptions options_for(const std::string& strategy, const std::string& budget = "");
[[nodiscard]] std::unique_ptr<PruningStrategy> strategy_for(const Scene& scene, const PruningOptions& options);
// A Selection and the results of its sums.
struct Decision : Selection {
  HostTensor states;  // [outputs, width]; empty without sums
};
// Calls hooks 1 and 2.
[[nodiscard]] std::optional<Decision> select(const Scene& scene, PruningStrategy& strategy);
[[nodiscard]] std::optional<Decision> select(const Scene& scene, const PruningOptions& options);

// Checks what every Selection promises.
void check_sound(const Selection& selection, std::size_t entered);
// Checks the states of the outputs, in the order in which they go on.
void check_outputs(const Decision& decision, const std::vector<Row>& expected);

}  // namespace sparsight::test
