// `ask`: one question, one answer.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"

#include <fmt/format.h>
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
  std::string video;  // with no_video: the question
  std::string question;
  bool no_video = false;
  bool json = false;

  void run(Context& context) const;
};

void Ask::run(Context& context) const {
  if (no_video != question.empty())
    fail(ErrorKind::Usage, "expected {}; quote a question that has spaces",
         no_video ? "a question alone with --no-video" : "a question after the video");
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{json ? OnProgress() : line.callback(), job.token()};

  const auto engine = Engine::load(model.engine_options(), control);
  OpenedClip opened;
  if (!no_video) {
    opened = engine->open(video, frames.request, control);
    line.clear();
    print_warnings(opened.clip.warnings);
  }
  const Question asked{.media = opened.encoded,
                       .system = answer.system,
                       .turns = {{no_video ? video : question, ""}},
                       .sampling = answer.sampling,
                       .max_new_tokens = answer.max_new_tokens,
                       .pruning = prune.options()};
  const auto stream = [&](std::string_view text) {
    line.clear();
    print_now(printable(text));
  };
  const Answer result = engine->answer(asked, json ? std::function<void(std::string_view)>() : stream, control);
  line.clear();
  if (json)
    print_now(dump(answer_json(result, *engine, asked.media.get(), no_video ? nullptr : &opened.clip), 2) + "\n");
  else
    print_now("\n");
  if (!trace.empty() && result.trace) save_trace(*result.trace, trace);
  if (result.stop == StopReason::Cancelled) context.exit_code = kCancelled;
}

}  // namespace

void add_ask(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("ask", "Answer one question about a video or an image");
  const auto ask = std::make_shared<Ask>();
  command->add_option("VIDEO", ask->video, "A video or image file")->required();
  command->add_option("QUESTION", ask->question, "What you want to know of it");
  command->add_flag("--no-video", ask->no_video, "No video: the question comes alone");
  command->add_flag("--json", ask->json, "Print one JSON object: answer, ids, frames, times, memory");
  ask->frames.add_to(*command);
  ask->answer.add_to(*command);
  ask->prune.add_to(*command);
  command->add_option("--trace", ask->trace, "Write what became of every visual token")->type_name("FILE");
  ask->model.add_to(*command);
  command->footer(
      "Examples:\n"
      "  sparsight-cli ask clip.mp4 \"Which way does the red circle move?\"\n"
      "  sparsight-cli ask clip.mp4 \"What happens?\" --start 1:30 --end 1:45 --frames 16\n"
      "  sparsight-cli ask photo.jpg \"What do you see?\" --temperature 0.7 --seed 1\n"
      "  sparsight-cli ask clip.mp4 \"What is it?\" --prune sparsevlm-v1.5 --budget 9.4% --trace clip.trace\n"
      "  sparsight-cli ask clip.mp4 \"What is it?\" --prune random --budget 192 --prune-seed 7\n"
      "  sparsight-cli ask clip.mp4 \"What is it?\" --json | jq .timings_ms");
  command->callback([ask, &context] { ask->run(context); });
}

}  // namespace sparsight::cli
