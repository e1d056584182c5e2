// The driver's graphs of kernels. A node keeps its parameters as they were when it was added; what is instantiated
// keeps the nodes as they were then, and each launch of it runs them as they were set before.
#include "tests/cuda_emulator/driver.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <vector>

namespace sparsight::emulator {
namespace {

using cuda::Function;
using cuda::GraphExec;
using cuda::GraphHandle;
using cuda::GraphNode;
using cuda::KernelNode;
using cuda::Result;
using cuda::Stream;

struct Node {
  KernelNode given;
  std::vector<std::byte> bytes;  // a copy of the structure that `given` refers to
  std::vector<GraphNode> after;

  void set(const KernelNode& parameters) {
    given = parameters;
    given.parameters = nullptr;
    const auto* from = static_cast<const std::byte*>(parameters.parameters[0]);
    bytes.assign(from, from + parameter_bytes(parameters.function));
  }
  [[nodiscard]] Result run() {
    void* all[] = {bytes.data()};
    KernelNode now = given;
    now.parameters = all;
    return run_kernel(now);
  }
};
struct Graph {
  std::map<GraphNode, Node> nodes;
};
struct Exec {
  GraphHandle of;
  std::map<GraphNode, Node> nodes;
  std::vector<GraphNode> order;
};

struct Graphs {
  std::map<GraphHandle, Graph> graphs;
  std::map<GraphExec, Exec> execs;
  std::uintptr_t next_name = 1;
};
Graphs& all() {
  static Graphs one;
  return one;
}

// Of those whose turn it may be, the one that was added last: only dependencies order them.
std::vector<GraphNode> order_of(const std::map<GraphNode, Node>& nodes) {
  std::vector<GraphNode> order;
  std::set<GraphNode> placed;
  while (order.size() < nodes.size()) {
    const auto next = std::find_if(nodes.rbegin(), nodes.rend(), [&](const auto& entry) {
      return !placed.contains(entry.first) &&
             std::ranges::all_of(entry.second.after, [&](GraphNode other) { return placed.contains(other); });
    });
    order.push_back(next->first);
    placed.insert(next->first);
  }
  return order;
}

template <typename T>
T new_name() {
  return reinterpret_cast<T>(all().next_name++ * 16);
}

}  // namespace

std::size_t living_graphs() { return all().graphs.size(); }
std::size_t living_graph_execs() { return all().execs.size(); }

}  // namespace sparsight::emulator

using namespace sparsight::emulator;
using namespace sparsight;

SPARSIGHT_EXPORT Result cuGraphCreate(GraphHandle* graph, unsigned flags) {
  BEGIN_IN_CONTEXT(cuGraphCreate);
  REQUIRE_VALUE(graph != nullptr && flags == 0);
  *graph = new_name<GraphHandle>();
  all().graphs[*graph];
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuGraphDestroy(GraphHandle graph) {
  BEGIN_CALL(cuGraphDestroy);
  return all().graphs.erase(graph) == 1 ? Result::Success : Result::InvalidValue;
}
SPARSIGHT_EXPORT Result cuGraphAddKernelNode_v2(GraphNode* node, GraphHandle graph, const GraphNode* after,
                                                std::size_t count, const KernelNode* given) {
  BEGIN_IN_CONTEXT(cuGraphAddKernelNode_v2);
  const auto found = all().graphs.find(graph);
  REQUIRE_VALUE(found != all().graphs.end() && node != nullptr && given != nullptr);
  REQUIRE_VALUE((after == nullptr) == (count == 0));
  Node added;
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE_VALUE(found->second.nodes.contains(after[i]));
    REQUIRE_VALUE(std::ranges::count(added.after, after[i]) == 0);
    added.after.push_back(after[i]);
  }
  if (const Result refused = check_kernel(*given); refused != Result::Success) return refused;
  added.set(*given);
  *node = new_name<GraphNode>();
  found->second.nodes.emplace(*node, std::move(added));
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuGraphInstantiateWithFlags(GraphExec* exec, GraphHandle graph, unsigned long long flags) {
  BEGIN_IN_CONTEXT(cuGraphInstantiateWithFlags);
  const auto found = all().graphs.find(graph);
  REQUIRE_VALUE(found != all().graphs.end() && exec != nullptr && flags == 0);
  *exec = new_name<GraphExec>();
  all().execs.emplace(*exec, Exec{graph, found->second.nodes, order_of(found->second.nodes)});
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuGraphExecDestroy(GraphExec exec) {
  BEGIN_CALL(cuGraphExecDestroy);
  return all().execs.erase(exec) == 1 ? Result::Success : Result::InvalidValue;
}
SPARSIGHT_EXPORT Result cuGraphExecKernelNodeSetParams_v2(GraphExec exec, GraphNode node, const KernelNode* given) {
  BEGIN_IN_CONTEXT(cuGraphExecKernelNodeSetParams_v2);
  const auto found = all().execs.find(exec);
  REQUIRE_VALUE(found != all().execs.end() && given != nullptr);
  // The node is the graph's, which must still be there.
  const auto graph = all().graphs.find(found->second.of);
  REQUIRE_VALUE(graph != all().graphs.end() && graph->second.nodes.contains(node));
  const auto changed = found->second.nodes.find(node);
  REQUIRE_VALUE(changed != found->second.nodes.end());
  if (const Result refused = check_kernel(*given); refused != Result::Success) return refused;
  changed->second.set(*given);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuGraphLaunch(GraphExec exec, Stream stream) {
  BEGIN_IN_CONTEXT(cuGraphLaunch);
  const auto found = all().execs.find(exec);
  REQUIRE_VALUE(found != all().execs.end() && is_stream(stream));
  for (const GraphNode node : found->second.order)
    if (const Result result = found->second.nodes.at(node).run(); result != Result::Success) return result;
  return Result::Success;
}
