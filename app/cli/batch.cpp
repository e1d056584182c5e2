// `batch`: many questions about many videos, into a table.
#include "core/measure/batch.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace sparsight::cli {
namespace {

struct BatchCommand {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  PruneOptions prune;
  std::vector<std::string> videos;
  std::filesystem::path questions, out;

  void run(Context& context) const;
};

void BatchCommand::run(Context& context) const {
  frames.check();
  answer.check();
  BatchPlan plan{.videos = {},
                 .questions = read_questions(questions),
                 .frames = frames.request,
                 .how = {.media = nullptr,
                         .system = answer.system,
                         .turns = {},
                         .sampling = answer.sampling,
                         .max_new_tokens = answer.max_new_tokens}};
  for (const std::string& video : videos)
    if (std::ranges::find(plan.videos, std::filesystem::path(video)) == plan.videos.end())
      plan.videos.emplace_back(video);
  AnswerTableFile table(out);
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{line.callback(), job.token()};
  const auto engine = model.load(control);
  plan.how.pruning = prune.options(pruned_by_default(engine->info()));
  check_pruning(plan.how.pruning, engine->info(), frames.request);
  Question longest = plan.how;
  longest.turns = {{*std::ranges::max_element(plan.questions, {}, &std::string::size), ""}};
  plan.frames = frames.beside(longest, *engine);
  BatchProgress last;
  const auto show = [&](const BatchProgress& progress) {
    std::vector<std::string> warnings;
    if (progress.video != last.video)
      for (const std::string& note : progress.notes) warnings.push_back(fmt::format("{}: {}", progress.video, note));
    if (progress.failed > 0 && last.failed == 0)
      warnings.push_back(fmt::format("an answer failed: {}", progress.failure->what()));
    if (!warnings.empty()) line.clear();
    print_warnings(warnings);
    last = progress;
    line.show(fmt::format("{}/{} answers{}{}", progress.done, progress.total,
                          progress.seconds_left > 0 ? fmt::format(", {:.0f} s left", progress.seconds_left) : "",
                          progress.video.empty() ? "" : ", " + printable_line(progress.video)));
  };
  try {
    last = run_batch(*engine, plan, table, show, {{}, job.token()});
  } catch (const Cancelled&) {
    line.clear();
    fmt::print(stderr, "{} of {} answers are done; run the same command again to continue\n", last.done, last.total);
    throw;
  }
  line.clear();
  if (last.failed > 0) {
    print_warnings({fmt::format("{} {} failed; the column error says why, and the next run tries again", last.failed,
                                last.failed == 1 ? "answer" : "answers")});
    context.exit_code = exit_code(last.failure->kind());
  }
  print_now(fmt::format("{} answers in {}\n", last.total - last.failed, out.string()));
}

}  // namespace

void add_batch(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("batch", "Ask many questions about many videos; the answers become a table (CSV)");
  const auto batch = std::make_shared<BatchCommand>();
  add_words(*command, "VIDEOS", "Video or image files", batch->videos)->required();
  add_path(*command, "--questions", "FILE", "The questions, one in each line", batch->questions)->required();
  add_path(*command, "--out", "FILE",
           "The table. Rows that are there are not asked again, so a stopped run goes on where it was; failures are",
           batch->out)
      ->required();
  batch->frames.add_to(*command);
  batch->answer.add_to(*command);
  batch->prune.add_to(*command);
  batch->model.add_to(*command);
  command->footer(
      "Each video is read and encoded once for all of its questions; no question knows of the others.\n"
      "Example:\n"
      "  sparsight-cli batch clip.mp4 photo.jpg --questions questions.txt --out results.csv");
  command->callback([batch, &context] { batch->run(context); });
}

}  // namespace sparsight::cli
