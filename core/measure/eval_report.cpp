#include "core/measure/eval_report.h"

#include "core/base/json.h"
#include "core/base/replace_file.h"
#include "core/base/text.h"

#include <cmath>
#include <set>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::size_t tried(const EvalCount& count) { return count.answered + count.failed; }

void add(EvalCount& to, const EvalRecord* record) {
  ++to.planned;
  if (record == nullptr) return;
  if (!record->error.empty()) {
    ++to.failed;
    return;
  }
  ++to.answered;
  to.right += record->right;
  to.contains += record->contains;
}

void add_means(EvalPoint& to, const EvalRecord& r) {
  to.visual_tokens += static_cast<double>(r.visual_tokens);
  to.kept += r.kept;
  to.equivalent_out += r.equivalent_out;
  to.equivalent_in += r.equivalent_in;
  to.flops_formula += r.flops_formula;
  to.flops_true += r.flops_true;
  to.reused_tokens += static_cast<double>(r.reused_tokens);
  to.prefill_ms += r.prefill_ms;
  to.generate_ms += r.generate_ms;
}

void divide_means(EvalPoint& point) {
  const auto n = static_cast<double>(std::max<std::size_t>(point.all.answered, 1));
  for (double* mean :
       {&point.visual_tokens, &point.kept, &point.equivalent_out, &point.equivalent_in, &point.flops_formula,
        &point.flops_true, &point.reused_tokens, &point.prefill_ms, &point.generate_ms})
    *mean /= n;
}

ordered_json count_json(const EvalCount& count) {
  const Interval interval = wilson(count.right, tried(count));
  return {{"planned", count.planned},
          {"answered", count.answered},
          {"failed", count.failed},
          {"right", count.right},
          {"contains", count.contains},
          {"accuracy", count.accuracy()},
          {"accuracy_low_95", interval.low},
          {"accuracy_high_95", interval.high},
          {"containment", count.containment()}};
}

std::string percent(const EvalCount& count) {
  return tried(count) == 0 ? "" : fmt::format("{:.1f}", 100 * count.accuracy());
}

// Strategies and budgets in order; "none" counts as 100 % of every strategy.
struct Grid {
  explicit Grid(const EvalReport& report) {
    for (const EvalPoint& point : report.points) {
      const auto put = [](std::vector<std::string>& to, const std::string& value) {
        if (std::ranges::find(to, value) == to.end()) to.push_back(value);
      };
      put(budgets, point.setting.budget);
      put(strategies, point.setting.strategy);
      points[{point.setting.strategy, point.setting.budget}] = &point;
    }
  }
  [[nodiscard]] const EvalPoint* at(const std::string& strategy, const std::string& budget) const {
    const auto found = points.find({budget == "100%" ? "none" : strategy, budget});
    return found == points.end() ? nullptr : found->second;
  }

  std::vector<std::string> strategies, budgets;
  std::map<std::pair<std::string, std::string>, const EvalPoint*> points;
};

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += fmt::format(" {} |", escaped(cell, Format::MarkdownCell));
  return line + "\n";
}

std::string head(const std::vector<std::string>& cells) {
  std::string line = row(cells) + "|---|";
  for (std::size_t i = 1; i < cells.size(); ++i) line += "---:|";
  return line + "\n";
}

std::string kinds_table(const Grid& grid, const std::vector<std::string>& kinds, const std::string& budget) {
  std::vector<std::string> cells{fmt::format("{} by kind", shown_budget(budget))};
  cells.insert(cells.end(), kinds.begin(), kinds.end());
  std::string out = head(cells);
  for (const std::string& strategy : grid.strategies) {
    if (strategy == "none" && budget != "100%") continue;
    if (strategy != "none" && budget == "100%") continue;
    const EvalPoint* point = grid.at(strategy, budget);
    if (point == nullptr) continue;
    cells = {strategy};
    for (const std::string& kind : kinds) {
      const auto count = point->by_kind.find(kind);
      cells.push_back(count == point->by_kind.end() ? "" : percent(count->second));
    }
    out += row(cells);
  }
  return out;
}

std::string file_name(const EvalSetting& setting) {
  std::string name = fmt::format("{}-{}", setting.strategy, shown_budget(setting.budget));
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!plain) c = '_';
  }
  return name;
}

}  // namespace

double EvalCount::accuracy() const { return share(right, answered + failed); }
double EvalCount::containment() const { return share(contains, answered + failed); }

Interval wilson(std::size_t right, std::size_t asked) {
  if (asked == 0) return {0, 1};
  constexpr double z = 1.959963984540054;
  const double n = static_cast<double>(asked), p = static_cast<double>(right) / n;
  const double middle = p + z * z / (2 * n), wide = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {std::max(0.0, (middle - wide) / scale), std::min(1.0, (middle + wide) / scale)};
}

double EvalPoint::kept_share() const { return visual_tokens > 0 ? kept / visual_tokens : 1; }
double EvalPoint::computed_share() const { return visual_tokens > 0 ? equivalent_in / visual_tokens : 1; }

bool EvalReport::complete() const {
  return std::ranges::all_of(points, [](const EvalPoint& p) { return tried(p.all) == p.all.planned; });
}

EvalReport summarise(const EvalData& data, const EvalPlan& plan, const EvalStore& store, const std::string& model) {
  const auto questions = planned(data, plan);
  EvalReport report{.data = data.name, .model = model, .form = data.form, .questions = questions.size(), .points = {}};
  std::set<std::string_view> clips;
  for (const EvalQuestion& q : questions) clips.insert(q.clip);
  report.clips = clips.size();
  for (const EvalSetting& setting : plan.settings) {
    EvalPoint point{.setting = setting, .all = {}, .by_kind = {}};
    for (const EvalQuestion& q : questions) {
      const EvalRecord* record = store.find(q.id, setting.strategy, setting.budget);
      add(point.all, record);
      if (!q.kind.empty()) add(point.by_kind[q.kind], record);
      if (record != nullptr && record->error.empty()) add_means(point, *record);
    }
    divide_means(point);
    report.points.push_back(std::move(point));
  }
  return report;
}

std::string to_csv(const EvalReport& report) {
  std::string out =
      "strategy,budget,kind,planned,answered,failed,right,contains,accuracy,accuracy_low_95,accuracy_high_95,"
      "containment,kept_share,computed_share,equivalent_tokens_by_output,equivalent_tokens_by_input,flops_formula,"
      "flops_true,prefill_ms,generate_ms\n";
  for (const EvalPoint& p : report.points) {
    const auto line = [&](const std::string& kind, const EvalCount& c, const std::string& means) {
      const Interval i = wilson(c.right, tried(c));
      out += fmt::format("{},{},{},{},{},{},{},{},{:.6f},{:.6f},{:.6f},{:.6f},{}\n",
                         escaped(p.setting.strategy, Format::CsvField), escaped(p.setting.budget, Format::CsvField),
                         escaped(kind, Format::CsvField), c.planned, c.answered, c.failed, c.right, c.contains,
                         c.accuracy(), i.low, i.high, c.containment(), means);
    };
    line("all", p.all,
         fmt::format("{:.6f},{:.6f},{:.3f},{:.3f},{:.6g},{:.6g},{:.3f},{:.3f}", p.kept_share(), p.computed_share(),
                     p.equivalent_out, p.equivalent_in, p.flops_formula, p.flops_true, p.prefill_ms, p.generate_ms));
    for (const auto& [kind, count] : p.by_kind) line(kind, count, ",,,,,,,");
  }
  return out;
}

std::string to_json(const EvalReport& report) {
  ordered_json points = ordered_json::array();
  for (const EvalPoint& p : report.points) {
    ordered_json kinds = ordered_json::object();
    for (const auto& [kind, count] : p.by_kind) kinds[kind] = count_json(count);
    ordered_json point = {{"strategy", p.setting.strategy}, {"budget", p.setting.budget}};
    point.update(count_json(p.all));
    point.update({{"visual_tokens", p.visual_tokens},
                  {"kept_share", p.kept_share()},
                  {"computed_share", p.computed_share()},
                  {"equivalent_tokens_by_output", p.equivalent_out},
                  {"equivalent_tokens_by_input", p.equivalent_in},
                  {"flops_formula", p.flops_formula},
                  {"flops_true", p.flops_true},
                  {"reused_tokens", p.reused_tokens},
                  {"prefill_ms", p.prefill_ms},
                  {"generate_ms", p.generate_ms},
                  {"by_kind", kinds}});
    points.push_back(std::move(point));
  }
  const ordered_json out = {
      {"data", report.data},
      {"model", report.model},
      {"questions", report.questions},
      {"clips", report.clips},
      {"complete", report.complete()},
      {"score", report.form == EvalForm::Lines ? "whole answer equal" : "words of the answer equal (not GPT's score)"},
      {"points", points}};
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string to_markdown(const EvalReport& report, bool by_kind) {
  const Grid grid(report);
  std::vector<std::string> cells{"strategy"};
  for (const std::string& budget : grid.budgets) cells.push_back(shown_budget(budget));
  std::string out = head(cells);
  for (const std::string& strategy : grid.strategies) {
    cells = {strategy};
    for (const std::string& budget : grid.budgets) {
      const EvalPoint* point = grid.at(strategy, budget);
      cells.push_back(point == nullptr ? "" : percent(point->all));
    }
    out += row(cells);
  }
  std::size_t failed = 0;
  double widest = 0;
  for (const EvalPoint& p : report.points) {
    failed += p.all.failed;
    const Interval i = wilson(p.all.right, tried(p.all));
    widest = std::max(widest, (i.high - i.low) / 2);
  }
  out += fmt::format(
      "\nPer cent right ({}), {} question{} about {} clip{} of {}, model {}; the 95 % confidence interval reaches "
      "up to {:.1f} points to each side.\n",
      report.form == EvalForm::Lines ? "the whole answer equal" : "the answer's words equal; this is not GPT's score",
      report.questions, report.questions == 1 ? "" : "s", report.clips, report.clips == 1 ? "" : "s",
      escaped(report.data, Format::MarkdownCell), escaped(report.model, Format::MarkdownCell), 100 * widest);
  if (failed != 0)
    out += failed == 1 ? "1 answer failed and counts as wrong.\n"
                       : fmt::format("{} answers failed and count as wrong.\n", failed);
  if (!report.complete()) out += "Not all questions have been asked yet.\n";
  if (!by_kind) return out;
  std::set<std::string> kinds;
  for (const EvalPoint& p : report.points)
    for (const auto& [kind, count] : p.by_kind) kinds.insert(kind);
  if (kinds.empty()) return out;
  for (const std::string& budget : grid.budgets)
    out += fmt::format("\n{}", kinds_table(grid, {kinds.begin(), kinds.end()}, budget));
  return out;
}

Plot eval_plot(const EvalReport& report, EvalAxis axis) {
  Plot plot{.title = fmt::format("Accuracy over visual tokens: {}, {} questions", report.data, report.questions),
            .x_label = axis == EvalAxis::Kept ? "visual tokens that stay after the first pruning"
                                              : "visual tokens computed, mean over all layers",
            .y_label = "right answers",
            .series = {}};
  const EvalPoint* unpruned = nullptr;
  for (const EvalPoint& p : report.points)
    if (p.setting.unpruned() && tried(p.all) != 0) unpruned = &p;
  const auto place = [&](const EvalPoint& p) {
    return PlotPoint{axis == EvalAxis::Kept ? p.kept_share() : p.computed_share(), p.all.accuracy()};
  };
  for (const EvalPoint& p : report.points) {
    if (tried(p.all) == 0 || p.all.answered == 0 || p.setting.unpruned()) continue;
    auto line = std::ranges::find(plot.series, p.setting.strategy, &PlotSeries::name);
    if (line == plot.series.end()) {
      plot.series.push_back({.name = p.setting.strategy, .points = {}, .dashed = p.setting.strategy == "random"});
      line = std::prev(plot.series.end());
      if (unpruned != nullptr) line->points.push_back(place(*unpruned));
    }
    line->points.push_back(place(p));
  }
  if (plot.series.empty() && unpruned != nullptr)
    plot.series.push_back({.name = "none", .points = {place(*unpruned)}, .dashed = false});
  for (PlotSeries& line : plot.series) std::ranges::stable_sort(line.points, {}, &PlotPoint::x);
  return plot;
}

std::string predictions(const EvalData& data, const EvalPlan& plan, const EvalSetting& setting,
                        const EvalStore& store) {
  std::string out;
  for (const EvalQuestion& q : planned(data, plan)) {
    const EvalRecord* record = store.find(q.id, setting.strategy, setting.budget);
    if (record == nullptr || !record->error.empty()) continue;
    ordered_json line;
    if (q.id_is_number)
      line["id"] = json::parse(q.id);
    else
      line["id"] = q.id;
    line.update({{"question", q.question}, {"answer", q.answer}, {"pred", record->given}});
    out += line.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
  }
  return out;
}

void write_report(const EvalReport& report, const EvalData& data, const EvalPlan& plan, const EvalStore& store,
                  const fs::path& folder) {
  replace_file(folder / "eval.csv", to_csv(report));
  replace_file(folder / "eval.json", to_json(report));
  replace_file(folder / "eval.md", to_markdown(report, true));
  for (const auto& [axis, name] : {std::pair{EvalAxis::Kept, "eval"}, std::pair{EvalAxis::Computed, "eval-computed"}}) {
    const Drawing drawing = draw_plot(eval_plot(report, axis));
    replace_file(folder / (std::string(name) + ".svg"), to_svg(drawing));
    replace_file(folder / (std::string(name) + ".png"), to_png(drawing));
  }
  if (data.form != EvalForm::QaPairs) return;
  const fs::path to = folder / "predictions";
  std::error_code error;
  fs::create_directories(to, error);
  if (!fs::is_directory(to, error)) fail(ErrorKind::File, "{}: the folder cannot be made", to.string());
  for (const EvalSetting& setting : plan.settings)
    replace_file(to / (file_name(setting) + ".jsonl"), predictions(data, plan, setting, store));
}

}  // namespace sparsight
