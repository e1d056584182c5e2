// `ask`: one question, one answer.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/output_dir.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/chat/store.h"

#include "core/pruning/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace sparsight::cli {
namespace {

struct Ask {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  PruneOptions prune;
  std::filesystem::path trace;
  std::string text;                // a question without a video
  std::string video;               // with no_video: the first word of the question
  std::vector<std::string> words;  // the question
  bool no_video = false;
  bool attention = false;
  bool json = false;

  void run(const CLI::App& command, Context& context) const;
  void check(const CLI::App& command) const;
  [[nodiscard]] bool text_only() const { return no_video || !text.empty(); }
  [[nodiscard]] std::string question() const;
};

// Refuses options that would be ignored and files that cannot be written, before anything is computed.
void Ask::check(const CLI::App& command) const {
  frames.check();
  answer.check();
  if (text.empty() && video.empty()) fail(ErrorKind::Usage, "VIDEO: expected a file, or a question with --text");
  if (!text.empty() && (no_video || !video.empty()))
    fail(ErrorKind::Usage, "--text: expected it alone, without {}: it asks a question without a video",
         no_video ? "--no-video" : "VIDEO and QUESTION");
  if (text_only()) {
    std::vector<std::string> ignored{"--frames",    "--frame-choice", "--start",  "--end",
                                     "--prune",     "--budget",       "--layers", "--recycle",
                                     "--positions", "--keep-cls",     "--trace",  "--attention"};
    for (const Knob& knob : knobs()) ignored.push_back("--" + std::string(knob.name));
    for (const std::string& option : ignored)
      if (command.count(option) != 0)
        fail(ErrorKind::Usage, "{} would be ignored: with {} there is no video", option,
             no_video ? "--no-video" : "--text");
  }
  if (attention && trace.empty())
    fail(ErrorKind::Usage, "--attention would be ignored: no trace is written; name one with --trace");
  if (!trace.empty()) expect_place_for(trace);
}

std::string Ask::question() const {
  if (!text.empty()) return text;
  if (!no_video) {
    if (words.empty())
      fail(ErrorKind::Usage, "expected a question after the video {}; for a question without a video, use --text",
           video);
    return joined(words);
  }
  if (std::error_code ignored; !words.empty() && std::filesystem::is_regular_file(video, ignored))
    fail(ErrorKind::Usage,
         "expected only a question with --no-video, found the file {}; quote a question that begins with a file name",
         video);
  std::vector<std::string> all{video};
  all.insert(all.end(), words.begin(), words.end());
  return fmt::format("{}", fmt::join(all, " "));
}

void Ask::run(const CLI::App& command, Context& context) const {
  check(command);
  const std::string asked_text = question();
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{json ? OnProgress() : line.callback(), job.token()};

  const auto engine = model.load(control);
  const PruningOptions pruning = prune.options(pruned_by_default(engine->info()));
  check_pruning(pruning, engine->info(), frames.request);
  Question asked{.media = nullptr,
                 .system = answer.system,
                 .turns = {{asked_text, ""}},
                 .sampling = answer.sampling,
                 .max_new_tokens = answer.max_new_tokens,
                 .pruning = pruning};
  OpenedClip opened;
  if (!text_only()) {
    opened = engine->open(video, frames.beside(asked, *engine), control);
    line.clear();
    frames.check(opened.clip);
  }
  print_warnings(warnings_about(text_only() ? nullptr : &opened.clip, engine->info()));
  asked.media = opened.encoded;
  asked.rank = json || !trace.empty();
  asked.attention = attention;
  if (!trace.empty()) asked.clip_hash = content_hash(video, job.token());
  const auto stream = [&](std::string_view delta) {
    line.clear();
    print_now(printable(delta));
  };
  const Answer result = engine->answer(asked, json ? std::function<void(std::string_view)>() : stream, control);
  line.clear();
  if (json)
    print_now(dump(answer_json(result, *engine, asked.media.get(), text_only() ? nullptr : &opened.clip), 2) + "\n");
  else
    print_now("\n");
  print_warnings(warnings_about(result));
  if (!trace.empty() && result.trace) save_trace(*result.trace, trace);
  if (result.stop == StopReason::Cancelled) context.exit_code = kCancelled;
}

}  // namespace

void add_ask(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("ask", "Answer one question about a video or an image");
  const auto ask = std::make_shared<Ask>();
  add_text(*command, "VIDEO", "FILE", "A video or image file", ask->video);
  add_words(*command, "QUESTION", "Your question about it", ask->words);
  add_text(*command, "--text", "TEXT", "Ask this, without a video: the only way with a model that takes text alone",
           ask->text);
  add_switch(*command, "--no-video", "Ask without a video; QUESTION is all of the question", ask->no_video);
  add_switch(*command, "--json",
             "Print one JSON object: answer, ids, frames, times, memory, model and its hash (null: not computed yet, "
             "for a large "
             "model)",
             ask->json);
  ask->frames.add_to(*command);
  ask->answer.add_to(*command);
  ask->prune.add_to(*command);
  add_path(*command, "--trace", "FILE", "Write the trace: what became of every visual token", ask->trace);
  add_switch(
      *command, "--attention",
      "Put into the trace what each word of question and answer attends to, in every layer and head as far as 16 "
      "MiB allow",
      ask->attention);
  ask->model.add_to(*command);
  command->footer(
      "Examples:\n"
      "  sparsight-cli ask clip.mp4 \"Which way does the red circle move?\"\n"
      "  sparsight-cli ask clip.mp4 \"What happens?\" --start 1:30 --end 1:45 --frames 12\n"
      "  sparsight-cli ask --text \"What is the capital of France?\" --model MODEL.gguf\n"
      "  sparsight-cli ask photo.jpg \"What do you see?\" --temperature 0.7 --seed 1\n"
      "  sparsight-cli ask clip.mp4 \"What is it?\" --prune sparsevlm-v1.5 --budget 9.4% --trace clip.trace\n"
      "  sparsight-cli ask clip.mp4 \"What is it?\" --prune random --budget 192 --prune-seed 7\n"
      "  sparsight-cli ask clip.mp4 \"What is it?\" --json | jq .timings_ms");
  command->callback([ask, command, &context] { ask->run(*command, context); });
}

}  // namespace sparsight::cli
