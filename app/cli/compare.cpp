// `compare`: one question under several strategies, compared with the unpruned answer.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/output_dir.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/replace_file.h"
#include "core/base/text.h"
#include "core/measure/compare_page.h"
#include "core/pictures/shown_clip.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <memory>
#include <optional>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

// Free text is in the last column, so that all widths are those of ASCII.
std::string table(const std::vector<Compared>& results) {
  constexpr std::array<const char*, 13> kHead{"strategy",
                                              "budget",
                                              "same",
                                              "KL",
                                              "tokens out",
                                              "tokens in",
                                              "after first pruning",
                                              "FLOPs saved (formula)",
                                              "FLOPs saved (counted)",
                                              "prefill ms",
                                              "generate ms",
                                              "time saved",
                                              "answer"};
  std::vector<std::vector<std::string>> rows{{kHead.begin(), kHead.end()}};
  for (const Compared& c : results) {
    std::vector<std::string> row{c.strategy, shown_budget(c.budget)};
    if (!c.error.empty()) {
      row.resize(12, "-");
      row.push_back(printable_line(c.error));
    } else {
      const double whole = c.total_ms + c.saved_ms;
      row.insert(row.end(),
                 {c.same_text ? "yes" : "no", fmt::format("{:.3g}", c.kl),
                  fmt::format("{:.1f}", c.answer.trace->equivalent_by_output()),
                  fmt::format("{:.1f}", c.answer.trace->equivalent_by_input()),
                  fmt::format("{:.1f}", c.answer.trace->mean_behind_first_pruning()),
                  fmt::format("{:.1f} %", 100 * c.saved_formula), fmt::format("{:.1f} %", 100 * c.saved_true),
                  fmt::format("{:.1f}", c.answer.timings.prefill), fmt::format("{:.1f}", c.answer.timings.generate),
                  fmt::format("{:.1f} %", whole > 0 ? 100 * c.saved_ms / whole : 0.0), printable_line(c.answer.text)});
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::size_t> widths(kHead.size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      out += i < 3 ? fmt::format("{:<{}}  ", row[i], widths[i]) : fmt::format("{:>{}}  ", row[i], widths[i]);
    out += row.back() + "\n";
  }
  return out;
}

ordered_json result_json(const Compared& c, const Engine& engine, const EncodedMedia* media, const Clip* clip) {
  ordered_json out = {{"strategy", c.strategy}, {"budget", c.budget}};
  if (!c.error.empty()) {
    out["error"] = c.error;
    return out;
  }
  out.update({{"same_text", c.same_text},
              {"kl_first_token", std::isfinite(c.kl) ? ordered_json(c.kl) : ordered_json()},
              {"flops_saved_formula", c.saved_formula},
              {"flops_saved_true", c.saved_true},
              {"total_ms", c.total_ms},
              {"saved_ms", c.saved_ms},
              {"result", answer_json(c.answer, engine, media, clip)}});
  return out;
}

struct Compare : AboutVideo {
  SweepOptions sweep;

  void run(Context& context) const;
  [[nodiscard]] std::vector<PruningOptions> settings() const;
};

constexpr const char* kPicture = "compare.png";
constexpr const char* kPage = "index.html";
constexpr const char* kNumbers = "compare.json";

bool is_of_comparison(const std::string& name) { return name == kPicture || name == kPage || name == kNumbers; }

void write_pages(OutputDir& to, const ComparePageInput& input, const std::string& numbers) {
  const auto put = [&](const char* name, const std::string& text) { replace_file(to.claim(name), text); };
  write_png(compare_picture(input), to.claim(kPicture));
  put(kPage, compare_page(input, kPicture));
  put(kNumbers, numbers);
  to.finish();
}

std::vector<PruningOptions> Compare::settings() const {
  std::vector<PruningOptions> all;
  for (const std::string& name : sweep.strategies) {
    for (const std::string& budget : sweep.budgets) {
      PruningOptions options = sweep.details.details();
      options.strategy = name;
      options.budget = parse_budget(name == "none" ? "100%" : budget);
      all.push_back(std::move(options));
      if (name == "none") break;
    }
  }
  return all;
}

void Compare::run(Context& context) const {
  check();
  sweep.check();
  const std::string asked_about = question();
  const std::vector<PruningOptions> asked = settings();
  std::optional<OutputDir> dir;
  if (!out.empty())
    dir.emplace(out, "written.json", is_of_comparison, replace, std::vector<std::string>{kPage, kPicture, kNumbers});
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{json ? OnProgress() : line.callback(), job.token()};
  const auto engine = model.load(control);
  const OpenedClip opened = engine->open(video, frames.beside(about({}), *engine), control);
  const Clip& clip = opened.clip;
  frames.check(clip);
  const auto& media = opened.encoded;
  line.clear();
  const std::vector<std::string> warnings = warnings_about(&clip, engine->info());
  print_warnings(warnings);
  const std::vector<Compared> results = compare_settings(*engine, about(media), asked, {}, control);
  line.clear();
  ordered_json list = ordered_json::array();
  for (const Compared& c : results) list.push_back(result_json(c, *engine, media.get(), &clip));
  const std::string numbers = dump({{"video", clip.path.string()},
                                    {"question", asked_about},
                                    {"visual_tokens", media->visual_tokens()},
                                    {"settings", list},
                                    {"warnings", warnings}},
                                   2) +
                              "\n";
  if (dir) {
    std::vector<GridWindow> windows;
    for (std::size_t f = 0; f < clip.frames.size(); ++f) windows.push_back(media->window(f));
    const ShownClip square = as_shown(clip, windows);
    write_pages(*dir,
                {.clip = square.clip,
                 .windows = square.windows,
                 .results = results,
                 .question = asked_about,
                 .model = engine->info().path.filename().string()},
                numbers);
  }
  if (std::ranges::none_of(std::span(results).subspan(1), [](const Compared& c) { return c.error.empty(); }))
    context.exit_code = kUsage;
  if (json) {
    print_now(numbers);
  } else {
    const Timings& t = media->timings();
    print_now(
        fmt::format("{} visual tokens; computed once for all, partly in parallel: open {:.1f} ms, frames {:.1f} ms, "
                    "preprocess {:.1f} ms, vision {:.1f} ms; {:.1f} ms in all\n\n",
                    media->visual_tokens(), t.open, t.frames, t.preprocess, t.vision, t.encode) +
        table(results));
  }
}

}  // namespace

void add_compare(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("compare", "Ask one question under several pruning strategies");
  const auto compare = std::make_shared<Compare>();
  compare->sweep.budgets = {""};
  compare->sweep.add_to(*command, "--budget");
  compare->add_to(
      *command,
      "Write pictures of what became of the tokens, side by side (compare.png), a page with everything "
      "(index.html) and the numbers (compare.json)",
      "Print one JSON object: for each setting what ask --json prints; the rank only where a budget depends on it");
  command->footer(
      "The first line is the unpruned answer. same: its text is equal; KL: divergence of the first token's "
      "distribution\n"
      "from the unpruned one, in nats.\n"
      "tokens: visual tokens. out, in: mean over all layers of what leaves or enters a layer; after first pruning:\n"
      "mean over the layers after it, which is what the budget counts.\n"
      "FLOPs saved: of the prompt, by the papers' formula, and as counted in this decoder.\n\n"
      "Examples:\n"
      "  sparsight-cli compare clip.mp4 \"What happens?\" --prune sparsevlm-v1.5,sparsevlm-plus --budget 9.4%\n"
      "  sparsight-cli compare clip.mp4 \"What happens?\" --prune all --budget 25%,5% --out compared\n"
      "  sparsight-cli compare clip.mp4 \"What happens?\" --prune all --json | jq "
      ".settings[].same_text");
  command->callback([compare, &context] { compare->run(context); });
}

}  // namespace sparsight::cli
