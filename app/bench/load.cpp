// `load`: from a model's folder to its first word, and what the system's pages cost on the way.
#include "app/bench/bench.h"
#include "core/base/os/os.h"
#include "core/engine.h"
#include "core/media/video.h"
#include "kernels/backends.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace sparsight::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct LoadOptions {
  Common common;
  fs::path model, video;
};

// Makes the system drop its cached pages of the model's files, except pages that another program has mapped.
void forget_pages(const fs::path& model) {
  for (const auto& entry : fs::directory_iterator(model)) {
    if (entry.is_regular_file()) os::forget_pages(entry.path());
  }
}

// One part of the way to the first word, over all runs.
struct Part {
  Times times;
  Samples minor, major;  // page faults without and with a read from the disk

  void run(const std::function<void()>& work) {
    const os::PageFaults before = os::page_faults();
    times.run(work);
    const os::PageFaults after = os::page_faults();
    minor.add(after.minor - before.minor);
    major.add(after.major - before.major);
  }
  [[nodiscard]] ordered_json json() const {
    return {{"wall_ms", times.wall.json()},
            {"cpu_ms", times.cpu.json()},
            {"minor_faults", minor.json()},
            {"major_faults", major.json()}};
  }
};

struct Start {
  Part load, first_word, next_word;
  ModelInfo info;

  void run(const LoadOptions& options, const Control& control) {
    std::unique_ptr<Engine> engine;
    load.run([&] {
      engine = Engine::load({.model = options.model,
                             .backend = cpu_backend({.threads = options.common.thread_count(),
                                                     .slow_thread = options.common.slow_thread})},
                            control);
    });
    info = engine->info();
    Question question;
    question.turns = {{"Which color does the star have?", ""}};
    question.max_new_tokens = 1;
    question.reuse = false;
    const auto ask = [&] {
      if (!options.video.empty()) question.media = engine->open(options.video, {}, control).encoded;
      if (engine->answer(question, {}, control).stop == StopReason::Cancelled) throw Cancelled();
    };
    first_word.run(ask);
    next_word.run(ask);
  }
  [[nodiscard]] ordered_json json() const {
    return {{"load", load.json()}, {"first_word", first_word.json()}, {"next_word", next_word.json()}};
  }
};

void run(const LoadOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  const Control control{{}, job.token()};
  options.common.choose_target();
  Start cold, warm;
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    fmt::print(stderr, "run {} of {}\n", r + 1, options.common.repeat);
    forget_pages(options.model);
    cold.run(options, control);
    warm.run(options, control);
  }
  const std::size_t threads = options.common.thread_count(), memory = os::peak_memory();
  print({{"machine", machine_json(Peak::measure(threads), threads)},
         {"weights", warm.info.dtype},
         {"weight_bytes", warm.info.weight_bytes},
         {"peak_memory_bytes", memory},
         {"cold", cold.json()},
         {"warm", warm.json()}});
}

}  // namespace

void add_load(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("load", "Time from opening a model to its first word, cold and warm");
  const auto options = std::make_shared<LoadOptions>();
  command->add_option("model", options->model, "A Hugging Face directory, as for sparsight-cli --model")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory)
      ->required();
  command->add_option("--video", options->video, "Ask about this video, decoded anew each time; default: text only")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  options->common.add_to(*command, false);
  command->footer(
      "first_word is a short question, up to the first token; next_word is the same once more, when all memory is\n"
      "there. Cold: the system was asked to drop the files' pages before; major_faults shows it.\n\n"
      "Example:\n"
      "  sparsight_bench load resources/models/sparsight-demo --video resources/clips/crossing.mp4");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
