// `eval`: accuracy by budget on a set of questions.
#include "core/measure/eval.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/os/os.h"
#include "core/base/stopwatch.h"
#include "core/measure/eval_report.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>

namespace sparsight::cli {
namespace {

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  if (s >= 3600) return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
  if (s >= 60) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} s", s);
}

// Both numbers of "2/4"; {0, 0} if `text` is anything else.
std::pair<std::size_t, std::size_t> parse_shard(const std::string& text) {
  std::size_t shard = 0, shards = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return {0, 0};
  const auto second = std::from_chars(first.ptr + 1, end, shards);
  if (second.ec != std::errc() || second.ptr != end || shard < 1 || shard > shards || shards > 4096) return {0, 0};
  return {shard, shards};
}

// A line that is redrawn on a terminal, or written now and then to a log.
class EvalLine {
 public:
  void show(const EvalProgress& progress) {
    const std::string text = fmt::format(
        "{}/{} answers ({:.1f} %){}{}", progress.done, progress.total,
        progress.total == 0 ? 100.0 : 100.0 * static_cast<double>(progress.done) / static_cast<double>(progress.total),
        progress.seconds_left > 0 ? ", " + duration(progress.seconds_left) + " left" : "",
        progress.clip.empty() ? "" : fmt::format(", {}", progress.clip));
    if (terminal_) {
      line_.show(text);
    } else if (since_last_.seconds() > 30) {
      fmt::print(stderr, "{}\n", printable_line(text));
      since_last_ = {};
    }
    done_ = progress.done;
    total_ = progress.total;
  }
  void clear() { line_.clear(); }
  [[nodiscard]] bool begun() const { return total_ > 0; }
  [[nodiscard]] std::string so_far() const {
    return fmt::format("{} of {} answers are done; run the same command again to continue", done_, total_);
  }

 private:
  ProgressLine line_;
  bool terminal_ = os::is_terminal(os::Stream::Error);
  Stopwatch since_last_;
  std::size_t done_ = 0, total_ = 0;
};

struct Eval {
  ModelOptions model;
  FrameOptions frames;
  SweepOptions sweep;
  EvalSource source;
  std::filesystem::path out;
  std::string system;
  std::size_t max_new_tokens = 64;
  std::size_t limit = 0;
  std::pair<std::size_t, std::size_t> shard{1, 1};
  bool merge = false;
  bool by_kind = false;
  bool json = false;

  void run(Context& context) const;
  [[nodiscard]] EvalPlan plan() const {
    return {.settings = eval_settings(sweep.strategies, sweep.budgets),
            .details = sweep.details.details(),
            .frames = frames.request,
            .system = system,
            .max_new_tokens = max_new_tokens,
            .limit = limit,
            .shard = shard.first,
            .shards = shard.second};
  }
};

void warn_of_failures(const EvalData& data, const EvalPlan& plan, const EvalStore& store) {
  std::size_t failed = 0;
  const EvalRecord* first = nullptr;
  for (const EvalQuestion& question : planned(data, plan)) {
    for (const EvalSetting& setting : plan.settings) {
      const EvalRecord* record = store.find(question.id, setting.strategy, setting.budget);
      if (record == nullptr || record->error.empty()) continue;
      if (failed++ == 0) first = record;
    }
  }
  if (first == nullptr) return;
  print_warnings(
      {fmt::format("{} answers failed and count as wrong; the next run tries them again. The first, "
                   "question {}: {}",
                   failed, first->id, first->error)});
}

void Eval::run(Context& context) const {
  if (merge && out.empty()) fail(ErrorKind::Usage, "--merge needs --out, the folder with the results");
  if (merge && shard.second > 1)
    fail(ErrorKind::Usage, "--shard would be ignored: --merge reads the results of all shards");
  if (by_kind && json) fail(ErrorKind::Usage, "--by-kind would be ignored: the JSON always lists kinds of question");
  frames.check();
  sweep.check();
  const EvalPlan to_do = plan();
  const EvalData data = read_eval_data(source);
  Interrupts::Job job(context.interrupts);
  ProgressLine loading;
  const auto engine = model.load({loading.callback(), job.token()});
  loading.clear();
  const EvalIdentity identity = eval_identity(data, to_do, *engine, job.token());
  EvalStore store = merge         ? EvalStore::read_only(out, identity)
                    : out.empty() ? EvalStore()
                                  : EvalStore(out, identity, to_do.shard, to_do.shards);
  if (merge) check_clips(data, to_do, store, job.token());
  if (!merge) {
    EvalLine line;
    try {
      run_eval(
          *engine, data, to_do, store,
          [&](const EvalProgress& progress) {
            line.show(progress);
            if (!out.empty()) job.note(line.so_far());
          },
          job.token());
    } catch (...) {
      line.clear();
      if (!out.empty() && line.begun()) fmt::print(stderr, "{}\n", line.so_far());
      throw;
    }
    line.clear();
    store.refresh();
  }
  const EvalReport report = summarise(data, to_do, store, engine->info().path.filename().string());
  if (!out.empty()) write_report(report, data, to_do, store, out);
  warn_of_failures(data, to_do, store);
  print_now(json ? to_json(report) : printable(to_markdown(report, by_kind)));
}

}  // namespace

void add_eval(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("eval", "Measure accuracy against budget on a set of questions");
  const auto eval = std::make_shared<Eval>();
  add_path(*command, "DATASET", "PATH",
           "questions.jsonl, test_q.json of a QA set (its answers are test_a.json), or a folder with either",
           eval->source.data)
      ->required();
  eval->sweep.budgets = {"100%", "50%", "25%", "9.4%", "5%", "2%"};
  eval->sweep.add_to(*command, "--budgets");
  add_path(*command, "--videos", "DIR", "Folder of the clips; default: that of the questions", eval->source.videos);
  add_path(*command, "--answers", "FILE", "The answers of a QA set, if not in test_a.json", eval->source.answers);
  add_path(*command, "--out", "DIR",
           "Store every answer here at once, continue from those already here, and write tables (CSV, JSON, "
           "Markdown) and plots (SVG, PNG)",
           eval->out);
  add_whole(*command, "--limit", "N", "Only the first N questions; 0: all", eval->limit);
  add_value(*command, "--shard", "I/N",
            "Only every N-th clip, from the I-th on: N processes with the same --out share the work",
            [eval = eval.get()](const std::string& text) {
              eval->shard = parse_shard(text);
              return eval->shard.second == 0 ? "I/N, such as 1/2, with I from 1 to N and N up to 4096" : "";
            });
  add_switch(*command, "--merge", "Ask nothing; make tables and plots from the results of all shards in --out",
             eval->merge);
  add_switch(*command, "--by-kind", "Also print tables by kind of question", eval->by_kind);
  add_switch(*command, "--json", "Print one JSON object instead of Markdown", eval->json);
  add_whole(*command, "--max-new-tokens", "N", "Maximum length of an answer in tokens", eval->max_new_tokens,
            {.least = 1, .most = 1 << 20})
      ->default_str(std::to_string(eval->max_new_tokens));
  add_text(*command, "--system", "TEXT", "System text, placed before the question", eval->system);
  eval->frames.add_to(*command);
  eval->model.add_to(*command);
  command->footer(
      "Examples:\n"
      "  sparsight-cli eval clips --prune random,sparsevlm-v1.5 --budgets 100%,25%,5% --out results\n"
      "  sparsight-cli eval MSVD/test_q.json --videos MSVD/videos --prune sparsevlm-v1.5 --out msvd --limit 200\n"
      "  sparsight-cli eval clips --prune all --out results --shard 1/2 --threads 1   # and another with 2/2\n"
      "  sparsight-cli eval clips --prune all --out results --merge --by-kind");
  command->callback([eval, &context] { eval->run(context); });
}

}  // namespace sparsight::cli
