#include "kernels/cuda/launches.h"

#include <utility>

namespace sparsight::cuda {
namespace {

// Fewer cost less one by one. It is more than a decoder's layer has: where something comes between the layers, each
// would find another one's graph, with all parameters to be changed.
constexpr std::size_t kFewestInGraph = 20;
// An answer needs one or two, and a few more where layers hold different numbers of tokens.
constexpr std::size_t kMostGraphs = 8;

// As the driver wants it; refers to the launch.
struct AsNode {
  explicit AsNode(Launch& launch)
      : pointers{launch.parameters.data()},
        node{.function = launch.function,
             .grid_x = static_cast<unsigned>(launch.grid.x),
             .grid_y = static_cast<unsigned>(launch.grid.y),
             .grid_z = static_cast<unsigned>(launch.grid.z),
             .block_x = launch.grid.threads,
             .block_y = 1,
             .block_z = 1,
             .shared_bytes = static_cast<unsigned>(launch.grid.shared_bytes),
             .parameters = pointers,
             .extra = nullptr,
             .kernel = nullptr,
             .context = nullptr} {}
  AsNode(const AsNode&) = delete;
  AsNode& operator=(const AsNode&) = delete;

  void* pointers[1];
  KernelNode node;
};

}  // namespace

void start(const Driver& driver, Launch& launch, Stream stream) {
  const AsNode as(launch);
  const KernelNode& p = as.node;
  const Result result = driver.launch(p.function, p.grid_x, p.grid_y, p.grid_z, p.block_x, p.block_y, p.block_z,
                                      p.shared_bytes, stream, p.parameters, nullptr);
  if (result != Result::Success) driver.check(result, fmt::format("running the kernel {}", launch.name));
}

// Kernels in a row, each after the one before, with the parameters that they were given last.
class Launches::Graph {
 public:
  Graph(const Driver& driver, std::span<Launch> launches) : driver_(driver), now_(launches.begin(), launches.end()) {
    try {
      make();
    } catch (...) {
      free();
      throw;
    }
  }
  ~Graph() { free(); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  [[nodiscard]] bool has_kernels_of(std::span<const Launch> launches) const {
    return std::ranges::equal(now_, launches, [](const Launch& a, const Launch& b) {
      return a.function == b.function && a.grid.threads == b.grid.threads && a.grid.shared_bytes == b.grid.shared_bytes;
    });
  }
  // False: the driver refused a change, and the graph is of no use any more.
  [[nodiscard]] bool change_to(std::span<Launch> launches) {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (now_[i].same_as(launches[i])) continue;
      const AsNode as(launches[i]);
      if (driver_.graph_change_kernel(made_, nodes_[i], &as.node) != Result::Success) return false;
      now_[i] = launches[i];
    }
    return true;
  }
  void start(Stream stream) const {
    driver_.check(driver_.graph_launch(made_, stream), fmt::format("running {} kernels as a graph", now_.size()));
  }

 private:
  void make() {
    const std::string what = fmt::format("making a graph of {} kernels", now_.size());
    driver_.check(driver_.graph_make(&graph_, 0), what);
    for (Launch& launch : now_) {
      const AsNode as(launch);
      const GraphNode* before = nodes_.empty() ? nullptr : &nodes_.back();
      GraphNode added = nullptr;
      driver_.check(driver_.graph_add_kernel(&added, graph_, before, before != nullptr ? 1 : 0, &as.node),
                    fmt::format("adding the kernel {} to a graph", launch.name));
      nodes_.push_back(added);
    }
    driver_.check(driver_.graph_instantiate(&made_, graph_, 0), what);
  }
  // What still runs goes on.
  void free() noexcept {
    if (made_ != nullptr) driver_.graph_exec_free(made_);
    if (graph_ != nullptr) driver_.graph_free(graph_);
  }

  const Driver& driver_;
  std::vector<Launch> now_;
  GraphHandle graph_ = nullptr;  // its nodes name those of what was made of it
  std::vector<GraphNode> nodes_;
  GraphExec made_ = nullptr;
};

Launches::Launches(const Driver& driver) : driver_(driver) {}
Launches::~Launches() = default;

void Launches::issue(Stream stream) {
  struct Forget {
    std::vector<Launch>& all;
    ~Forget() { all.clear(); }
  } const at_the_end{waiting_};
  if (waiting_.size() < kFewestInGraph) return start_each(stream);
  const Graph* all = nullptr;
  try {
    all = &graph();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Memory) throw;
  }
  // Without memory for a graph they run all the same.
  if (all != nullptr)
    all->start(stream);
  else
    start_each(stream);
}

void Launches::start_each(Stream stream) {
  for (Launch& launch : waiting_) start(driver_, launch, stream);
}

// Of those that wait.
const Launches::Graph& Launches::graph() {
  const auto known = std::ranges::find_if(graphs_, [&](const auto& graph) { return graph->has_kernels_of(waiting_); });
  if (known != graphs_.end()) {
    std::rotate(known, known + 1, graphs_.end());
    if (graphs_.back()->change_to(waiting_)) return *graphs_.back();
    graphs_.pop_back();
  }
  if (graphs_.size() == kMostGraphs) graphs_.erase(graphs_.begin());
  graphs_.push_back(std::make_unique<Graph>(driver_, waiting_));
  return *graphs_.back();
}

}  // namespace sparsight::cuda
