// `load`: from a model's folder to its first word, and what the system's pages cost on the way.
#include "app/bench/bench.h"
#include "core/base/mapped_file.h"
#include "core/base/os/os.h"
#include "core/engine.h"
#include "core/media/video.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// Reads the model's files from their beginning to their end, and does nothing else.
void read_files(const fs::path& model, const std::stop_token& stop) {
  std::vector<std::byte> piece(std::size_t{16} << 20);
  for (const auto& entry : fs::directory_iterator(model)) {
    if (!entry.is_regular_file()) continue;
    const std::optional<os::File> file = open_to_read(entry.path());
    for (std::uint64_t at = 0, got = 1; file && got != 0; at += got) {
      stop_here_if_asked(stop);
      got = file->read_at(at, piece);
    }
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
  Samples minor, major;  // page faults of the first word, without those of the thread that reads ahead
  ModelInfo info;

  void run(const LoadOptions& options, const Control& control) {
    const os::PageFaults before = os::page_faults(), loading = os::page_faults_of_thread();
    std::mutex mutex;
    os::PageFaults reader;  // so far
    std::unique_ptr<Engine> engine;
    load.run([&] {
      engine = Engine::load({.model = options.model,
                             .backend = options.common.device().make,
                             .on_read =
                                 [&](const Progress&) {
                                   const std::lock_guard lock(mutex);
                                   reader = os::page_faults_of_thread();
                                 }},
                            control);
    });
    const os::PageFaults loaded = os::page_faults_of_thread();
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
    static_cast<void>(engine->model_hash(control.stop));  // the reader has read and told all
    const os::PageFaults after = os::page_faults();
    minor.add(after.minor - before.minor - reader.minor - (loaded.minor - loading.minor));
    major.add(after.major - before.major - reader.major - (loaded.major - loading.major));
    next_word.run(ask);
  }
  [[nodiscard]] double to_first_word_ms() const { return load.times.wall.median() + first_word.times.wall.median(); }
  [[nodiscard]] ordered_json json() const {
    return {{"load", load.json()},
            {"first_word", first_word.json()},
            {"first_word_beside_reader", {{"minor_faults", minor.json()}, {"major_faults", major.json()}}},
            {"next_word", next_word.json()}};
  }
};

void run(const LoadOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  const Control control{{}, job.token()};
  options.common.choose_target();
  Part read;
  Start cold, warm;
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    fmt::print(stderr, "run {} of {}\n", r + 1, options.common.repeat);
    forget_pages(options.model);
    read.run([&] { read_files(options.model, control.stop); });
    forget_pages(options.model);
    cold.run(options, control);
    warm.run(options, control);
  }
  const std::size_t threads = options.common.thread_count(), memory = os::peak_memory();
  const double longest = std::max(read.times.wall.median(), warm.to_first_word_ms());
  print({{"machine", machine_json(Peak::measure(threads), threads, options.common.device())},
         {"weights", warm.info.dtype},
         {"weight_bytes", warm.info.weight_bytes},
         {"peak_memory_bytes", memory},
         {"read", read.json()},
         {"cold_over_read_or_warm", rounded(cold.to_first_word_ms() / longest)},
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
      "there. Cold: the system was asked to drop the files' pages before; major_faults shows it. read is the time to\n"
      "read the cold files and do nothing else; cold_over_read_or_warm compares load and first_word with the longer\n"
      "of that and the same warm.\n\n"
      "Example:\n"
      "  sparsight_bench load resources/models/sparsight-demo --video resources/clips/crossing.mp4");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
