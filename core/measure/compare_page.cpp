#include "core/measure/compare_page.h"

#include "core/base/text.h"
#include "core/media/resize.h"
#include "core/pictures/canvas.h"
#include "core/pictures/heatmap.h"

#include <cmath>

namespace sparsight {
namespace {

using page::kGround, page::kText, page::kQuiet;
constexpr int kMargin = 20, kGap = 6, kHead = 72, kRowHead = 46, kFoot = 40;
constexpr double kThumb = 216;  // the longer side of a frame

std::string budget_in_words(const std::string& budget) { return budget.empty() ? "default budget" : budget; }

std::string title_of(const Compared& c, bool first) {
  return first ? std::string("not pruned") : fmt::format("{}, {}", c.strategy, budget_in_words(c.budget));
}

std::string summary_of(const Compared& c) {
  return fmt::format("{:.0f} of {} visual tokens computed on average   KL {:.3g}   {:.1f} % of FLOPs saved   {:.0f} ms",
                     c.answer.trace->equivalent_by_input(), c.answer.visual_tokens, c.kl, 100 * c.saved_true,
                     c.total_ms);
}

struct Thumb {
  RgbImage image;
  GridWindow window;
  std::size_t frame;
};

std::vector<Thumb> thumbs_of(const ComparePageInput& input) {
  const std::size_t all = input.clip.frames.size(), shown = std::min(all, kCompareFrames);
  std::vector<Thumb> thumbs;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t f = shown == 1 ? 0 : i * (all - 1) / (shown - 1);
    const RgbImage& image = *input.clip.frames[f].image;
    const double by = kThumb / std::max(image.width, image.height);
    const auto side = [by](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * by))); };
    thumbs.push_back(
        {resize(image, side(image.width), side(image.height), ResizeFilter::Bicubic), input.windows[f].scaled(by), f});
  }
  return thumbs;
}

void draw_legend(Canvas& canvas, double y, bool all_seen) {
  const TextStyle style{.size = 13, .colour = kText};
  double x = kMargin;
  const auto entry = [&](Rgb colour, const std::string& text) {
    canvas.fill({x, y - 11, 14, 14}, colour);
    canvas.outline({x, y - 11, 14, 14}, kQuiet);
    x += 20 + canvas.text(x + 20, y, text, style) + 24;
  };
  entry(page::kChecks, "kept: the frame shows through");
  entry(kind_colour(0), "recycled: part of a merged token");
  entry(kGoneColour, "dropped");
  if (!all_seen) entry(kUnseenColour, "hatched: not seen by the model");
}

std::string html_of(std::string_view text) { return escaped(text, Format::Html); }

std::string table_row(const Compared& c, bool first) {
  std::string out = fmt::format("<tr><th scope=\"row\">{}</th>", html_of(title_of(c, first)));
  if (!c.error.empty()) return fmt::format("{}<td colspan=\"11\" class=\"text\">{}</td></tr>\n", out, html_of(c.error));
  const Trace& trace = *c.answer.trace;
  const double whole = c.total_ms + c.saved_ms;
  out += fmt::format("<td class=\"text\">{}</td><td>{}</td><td>{}</td>", html_of(c.answer.text),
                     c.same_text ? "yes" : "no", std::isfinite(c.kl) ? fmt::format("{:.3g}", c.kl) : "∞");
  out += fmt::format("<td>{:.1f}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.1f} %</td><td>{:.1f} %</td>",
                     trace.equivalent_by_output(), trace.equivalent_by_input(), trace.mean_behind_first_pruning(),
                     100 * c.saved_formula, 100 * c.saved_true);
  out += fmt::format("<td>{:.1f}</td><td>{:.1f}</td><td>{:.1f} %</td></tr>\n", c.answer.timings.prefill,
                     c.answer.timings.generate, whole > 0 ? 100 * c.saved_ms / whole : 0.0);
  return out;
}

std::string style() {
  return fmt::format(
      "body{{background:{};color:{};font:15px/1.5 sans-serif;margin:2em}}"
      "table{{border-collapse:collapse;margin:1.5em 0}}"
      "th,td{{padding:.35em .7em;border-bottom:1px solid {};text-align:right;white-space:nowrap}}"
      "th[scope=row],.text{{text-align:left}}.text{{white-space:normal;min-width:16em}}"
      "img{{max-width:100%;height:auto}}p{{color:{};max-width:60em}}",
      hex(kGround), hex(kText), hex(page::kRule), hex(kQuiet));
}

}  // namespace

RgbImage compare_picture(const ComparePageInput& input) {
  SPARSIGHT_CHECK(!input.clip.frames.empty() && input.windows.size() == input.clip.frames.size());
  const std::vector<Thumb> thumbs = thumbs_of(input);
  int wide = 0, high = 0;
  for (const Thumb& t : thumbs) {
    wide += t.image.width + kGap;
    high = std::max(high, t.image.height);
  }
  const int width = std::max(wide - kGap, 900) + 2 * kMargin;
  std::vector<int> tops{kHead};  // tops of the rows, then the end of the last one
  for (const Compared& c : input.results) {
    const int end = tops.back() + kRowHead + (c.error.empty() ? high + 18 : 4);
    if (end + kFoot > Canvas::kMostSide) break;
    tops.push_back(end);
  }
  Canvas canvas(width, tops.back() + kFoot, kGround);
  canvas.text(kMargin, 32, one_line(input.question, 120), {.size = 19, .colour = kText, .bold = true});
  canvas.text(kMargin, 54, one_line(fmt::format("{}, {}", input.clip.path.filename().string(), input.model), 160),
              {.size = 13, .colour = kQuiet});
  bool all_seen = true;
  for (std::size_t r = 0; r + 1 < tops.size(); ++r) {
    const Compared& c = input.results[r];
    const int top = tops[r];
    const double named =
        canvas.text(kMargin, top + 16, title_of(c, r == 0), {.size = 15, .colour = kText, .bold = true});
    if (!c.error.empty()) {
      canvas.text(kMargin, top + 37, one_line(c.error, 160), {.size = 13, .colour = kQuiet});
      continue;
    }
    canvas.text(kMargin + named + 14, top + 16, one_line(c.answer.text, 140), {.size = 15, .colour = kText});
    canvas.text(kMargin, top + 36, summary_of(c), {.size = 12.5, .colour = kQuiet});
    const Heatmap map = make_heatmap(*c.answer.trace, c.answer.trace->steps.size(), HeatmapMode::Fate);
    int x = kMargin;
    for (const Thumb& thumb : thumbs) {
      RgbImage painted = thumb.image;
      const PatchAreas areas(map.layout, thumb.frame, FrameView::Tiles, thumb.window, painted.width, painted.height);
      all_seen = all_seen && areas.all_seen();
      paint_heatmap(painted, thumb.window, map, thumb.frame, {.lines = false});
      canvas.image(painted, x, top + kRowHead);
      x += painted.width + kGap;
    }
  }
  draw_legend(canvas, tops.back() + 14, all_seen);
  return canvas.rgb();
}

std::string compare_page(const ComparePageInput& input, const std::string& picture) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<style>{1}</style>\n"
      "<h1>{0}</h1>\n<p>{2}, {3} frames, {4}</p>\n<table>\n<tr><th scope=\"row\">pruning</th>"
      "<th class=\"text\">answer</th><th>same</th><th>KL</th><th>tokens out</th><th>tokens in</th>"
      "<th>after first pruning</th><th>FLOPs saved (formula)</th><th>FLOPs saved (counted)</th>"
      "<th>prefill ms</th><th>generate ms</th><th>time saved</th></tr>\n",
      html_of(input.question), style(), html_of(input.clip.path.filename().string()), input.clip.frames.size(),
      html_of(input.model));
  for (std::size_t r = 0; r < input.results.size(); ++r) out += table_row(input.results[r], r == 0);
  out += fmt::format(
      "</table>\n<p>Same: the text equals the unpruned answer's. KL: divergence of the first token's distribution from "
      "the "
      "unpruned one, in nats. Tokens: visual tokens. Out, in: mean over all layers of what leaves or enters a layer; "
      "after first pruning: mean over the layers after it, which is what the budget counts. FLOPs saved: of the "
      "prompt, by the papers' formula, and as counted in this decoder. Nothing was reused between the "
      "answers.</p>\n<img src=\"{0}\" alt=\"What became of the tokens\">\n</html>\n",
      html_of(picture));
  return out;
}

}  // namespace sparsight
