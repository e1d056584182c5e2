// How long work reports its progress and is stopped.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string_view>

namespace sparsight {

// Read: of the model's weights, where work waits for them.
enum class Stage {
  Load,
  Read,
  Open,
  Frames,
  Preprocess,
  Vision,
  Prefill,
  Generate,
  Pictures,
  Film,
  Quantise,
  Fetch,
  Verify
};

[[nodiscard]] constexpr std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::Load: return "load";
    case Stage::Read: return "read";
    case Stage::Open: return "open";
    case Stage::Frames: return "frames";
    case Stage::Preprocess: return "preprocess";
    case Stage::Vision: return "vision";
    case Stage::Prefill: return "prefill";
    case Stage::Generate: return "generate";
    case Stage::Pictures: return "pictures";
    case Stage::Film: return "film";
    case Stage::Quantise: return "quantise";
    case Stage::Fetch: return "fetch";
    case Stage::Verify: return "verify";
  }
  return "";
}

struct Progress {
  Stage stage;
  std::size_t done;   // frames, layers, tokens or bytes, by stage
  std::size_t total;  // 0: not known
};

// Called on the thread that does the work, between its steps; it must be quick.
using OnProgress = std::function<void(const Progress&)>;

// Thrown after a stop was requested; checked between frames, layers and tokens. Not an Error: nothing went wrong.
struct Cancelled {};

inline void stop_here_if_asked(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Cancelled{};
}

// Progress callback and stop token of a long call, passed down together. Both are optional.
struct Control {
  OnProgress on_progress;
  std::stop_token stop;

  void report(Stage stage, std::size_t done, std::size_t total) const {
    stop_here_if_asked(stop);
    if (on_progress) on_progress({stage, done, total});
  }
};

}  // namespace sparsight
