// `batch`: many questions about many videos, into a table.
#include "core/measure/batch.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace sparsight::cli {
namespace {

constexpr std::uintmax_t kMostQuestionBytes = std::uintmax_t{1} << 24;

struct BatchCommand {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  PruneOptions prune;
  std::vector<std::string> videos;
  std::filesystem::path questions, out;

  void run(Context& context) const;
  [[nodiscard]] std::vector<std::string> read_questions() const;
};

std::vector<std::string> BatchCommand::read_questions() const {
  std::error_code error;
  const std::uintmax_t size =
      std::filesystem::is_regular_file(questions, error) ? std::filesystem::file_size(questions, error) : 0;
  std::ifstream in(questions, std::ios::binary);
  if (error || !in) fail(ErrorKind::File, "{}: expected a file that can be read", questions.string());
  if (size > kMostQuestionBytes)
    fail(ErrorKind::File, "{}: expected at most {} bytes, the file has {}", questions.string(), kMostQuestionBytes,
         size);
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  std::vector<std::string> lines = lines_with_questions(text);
  if (lines.empty()) fail(ErrorKind::Usage, "{}: expected questions, one in each line", questions.string());
  return lines;
}

void BatchCommand::run(Context& context) const {
  frames.check();
  answer.check();
  BatchPlan plan{.videos = {},
                 .questions = read_questions(),
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
  const auto engine = Engine::load(model.engine_options(), control);
  plan.how.pruning = prune.options(pruned_by_default(engine->info()));
  check_pruning(plan.how.pruning, engine->info(), frames.request);
  Question longest = plan.how;
  longest.turns = {{*std::ranges::max_element(plan.questions, {}, &std::string::size), ""}};
  plan.frames = frames.beside(longest, *engine);
  std::size_t done = 0, total = 0;
  const auto show = [&](const BatchProgress& progress) {
    done = progress.done;
    total = progress.total;
    line.show(fmt::format("{}/{} answers{}{}", done, total,
                          progress.seconds_left > 0 ? fmt::format(", {:.0f} s left", progress.seconds_left) : "",
                          progress.video.empty() ? "" : ", " + printable_line(progress.video)));
  };
  std::size_t failed = 0;
  try {
    failed = run_batch(*engine, plan, table, show, {{}, job.token()});
  } catch (const Cancelled&) {
    line.clear();
    fmt::print(stderr, "{} of {} answers are done; run the same command again to continue\n", done, total);
    throw;
  }
  line.clear();
  if (failed > 0) {
    print_warnings(
        {fmt::format("{} answers failed; the column error says why, and the next run tries them again", failed)});
    context.exit_code = kDecode;
  }
  print_now(fmt::format("{} answers in {}\n", total - failed, out.string()));
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
