#include "core/pictures/report.h"

#include "core/base/base64.h"
#include "core/base/text.h"
#include "core/base/time_text.h"
#include "core/media/resize.h"
#include "report_template.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {
namespace {

using nlohmann::ordered_json;

// Enough digits to read, few enough for a small page; null if it is not finite.
ordered_json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::stod(fmt::format("{:.5g}", value));
}

ordered_json frames_json(const ReportInput& input) {
  constexpr int kMostSide = 960, kQuality = 85;
  ordered_json out = ordered_json::array();
  std::string data;  // frames that are equal share it
  for (std::size_t f = 0; f < input.clip.frames.size(); ++f) {
    const Frame& frame = input.clip.frames[f];
    const RgbImage& image = *frame.image;
    const double by = std::min(1.0, static_cast<double>(kMostSide) / std::max(image.width, image.height));
    const auto side = [by](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * by))); };
    const int across = side(image.width), down = side(image.height);
    if (f == 0 || frame.image != input.clip.frames[f - 1].image) {
      const auto jpeg = by < 1.0 ? encode_jpeg(resize(image, across, down, ResizeFilter::Bicubic), kQuality)
                                 : encode_jpeg(image, kQuality);
      data = "data:image/jpeg;base64," + to_base64(jpeg);
    }
    const GridWindow& w = input.windows[f];
    const double width = image.width, height = image.height;
    const auto unseen = [&](FrameView view) {
      return !PatchAreas(input.trace.layout, f, view, w, image.width, image.height).all_seen();
    };
    out.push_back({{"index", frame.index},
                   {"time", frame.time_s},
                   {"time_text", time_text(frame.time_s, 2)},
                   {"width", across},
                   {"height", down},
                   {"window", {w.left / width, w.top / height, w.width / width, w.height / height}},
                   {"unseen", {{"tiles", unseen(FrameView::Tiles)}, {"overview", unseen(FrameView::Overview)}}},
                   {"image", data}});
  }
  return out;
}

ordered_json scale_json(const ScoreScale& scale) {
  ordered_json ticks = ordered_json::array();
  for (const double place : {0.0, 0.25, 0.5, 0.75, 1.0}) ticks.push_back(number(scale.value(place)));
  return {{"ticks", ticks},
          {"logarithmic", scale.logarithmic},
          {"below", scale.min < scale.low},
          {"above", scale.max > scale.high}};
}

// State of every token after `behind` steps; score colours as one of kLevels.
constexpr std::size_t kLevels = 256;
ordered_json state_json(const Trace& trace, std::size_t behind) {
  const Heatmap map = make_heatmap(trace, behind, HeatmapMode::Score);
  const bool scored = map.scale.has_value();
  const ScoreScale scale = map.scale.value_or(ScoreScale{});
  std::string fates;
  ordered_json as = ordered_json::array(), scores = ordered_json::array(), levels = ordered_json::array();
  for (const TokenState& state : map.states) {
    fates += to_string(state.fate).front();
    as.push_back(state.as);
    if (!scored) continue;
    scores.push_back(state.score ? number(static_cast<double>(*state.score)) : ordered_json());
    const bool shown = state.score && !std::isnan(*state.score);
    levels.push_back(shown ? ordered_json(std::lround(scale.at(static_cast<double>(*state.score)) * (kLevels - 1)))
                           : ordered_json());
  }
  ordered_json out{
      {"title", step_title(trace, behind)},
      {"counts", {{"kept", map.kept}, {"recycled", map.recycled}, {"dropped", map.dropped}, {"merged", map.merged}}},
      {"fates", fates},
      {"as", as}};
  if (behind > 0) {
    const TraceStep& step = trace.steps[behind - 1];
    const TokenCounts counts = trace.counts(behind - 1);
    out.update({{"layer", step.layer},
                {"entered", counts.entered},
                {"left", counts.left},
                {"kept", counts.kept},
                {"recycled", counts.recycled},
                {"dropped", counts.dropped},
                {"rank", step.rank ? ordered_json(*step.rank) : ordered_json()},
                {"ms", number(step.ms)}});
  }
  if (scored) out.update({{"scale", scale_json(scale)}, {"scores", scores}, {"levels", levels}});
  return out;
}

// Where the tokens lie: `first` is the first patch's token, `step` the tokens from one row to the next.
ordered_json blocks_json(const VisualLayout& layout) {
  const auto shown_by = [&](FrameView view) {
    std::vector<bool> shown(layout.blocks().size());
    for (std::size_t frame = 0; frame < layout.frames(); ++frame)
      for (const std::size_t block : layout.shown(frame, view)) shown[block] = true;
    return shown;
  };
  const std::vector<bool> tiles = shown_by(FrameView::Tiles), overview = shown_by(FrameView::Overview);
  ordered_json out = ordered_json::array();
  for (std::size_t i = 0; i < layout.blocks().size(); ++i) {
    const VisualBlock& b = layout.blocks()[i];
    const auto cls = layout.cls(i);
    out.push_back({{"frame", b.frame},
                   {"frames", b.frames},
                   {"begin", layout.begin(i)},
                   {"end", layout.end(i)},
                   {"cls", cls ? ordered_json(*cls) : ordered_json()},
                   {"first", layout.token(i, 0, 0)},
                   {"step", b.a_row()},
                   {"rows", b.rows},
                   {"columns", b.columns},
                   {"part", {b.part.left, b.part.top, b.part.width, b.part.height}},
                   {"tiles", bool(tiles[i])},
                   {"overview", bool(overview[i])}});
  }
  return out;
}

// Ids and pieces of the words between frames; they are not among the visual tokens that are counted.
ordered_json words_json(const Trace& trace) {
  ordered_json out = ordered_json::array();
  for (std::size_t token = 0; token < trace.layout.tokens(); ++token)
    if (trace.layout.is_word(token))
      out.push_back({token, out.size() < trace.words.size() ? trace.words[out.size()] : std::string()});
  return out;
}

ordered_json decode_keys_json(const Trace& trace) {
  ordered_json out = ordered_json::array();
  for (const std::uint32_t keys : trace.decode_visual_keys) out.push_back(trace.counted(keys));
  return out;
}

ordered_json left_json(const Trace& trace) {
  ordered_json out = ordered_json::array();
  for (const TokenState& state : token_states(trace, trace.steps.size()))
    out.push_back(state.left_at ? ordered_json(*state.left_at) : ordered_json());
  return out;
}

ordered_json layers_json(const Trace& trace) {
  ordered_json out = ordered_json::array();
  for (std::size_t l = 0; l < trace.layers.size(); ++l) {
    const TraceLayer& layer = trace.layers[l];
    out.push_back({{"tokens", layer.tokens},
                   {"visual_in", trace.counted(layer.visual_in)},
                   {"visual_out", trace.counted(layer.visual_out)},
                   {"ms", number(layer.ms)},
                   {"flops_formula", number(layer.flops_formula)},
                   {"flops_true", number(layer.flops_true)},
                   {"kv_bytes", layer.kv_bytes},
                   {"behind", steps_behind(trace, static_cast<std::int32_t>(l))}});
  }
  return out;
}

ordered_json colours_json(ColourMap shown) {
  ordered_json out{{"chosen", shown == ColourMap::Viridis ? "viridis" : "inferno"}};
  for (const auto& [name, map] : {std::pair{"inferno", ColourMap::Inferno}, std::pair{"viridis", ColourMap::Viridis}}) {
    ordered_json levels = ordered_json::array();
    for (std::size_t i = 0; i < kLevels; ++i)
      levels.push_back(hex(colour_of(map, static_cast<double>(i) / (kLevels - 1))));
    out[name] = levels;
  }
  ordered_json kinds = ordered_json::array();
  for (std::size_t i = 0; i < kKindColours; ++i) kinds.push_back(hex(kind_colour(i)));
  out["kinds"] = kinds;
  out["gone"] = hex(kGoneColour);
  out["covers"] = {
      {"gone", kGoneCover}, {"recycled", kRecycledCover}, {"score", kScoreCover}, {"unseen", kUnseenCover}};
  out["hatch"] = {
      {"period", kHatchPeriod}, {"stripe", kHatchStripe}, {"ground", hex(kUnseenColour)}, {"line", hex(kHatchColour)}};
  return out;
}

ordered_json floats(const std::vector<float>& values) {
  ordered_json out = ordered_json::array();
  for (const float value : values) out.push_back(number(static_cast<double>(value)));
  return out;
}

ordered_json files_json(const ReportInput& input) {
  ordered_json out = ordered_json::array();
  for (const auto& [name, what] : input.files) out.push_back({{"name", name}, {"what", what}});
  return out;
}

}  // namespace

std::string make_report(const ReportInput& input) {
  const Trace& trace = input.trace;
  check_layout(trace);
  if (trace.layout.frames() != input.clip.frames.size() || input.windows.size() != input.clip.frames.size())
    fail(ErrorKind::Model, "{}: expected a trace of {} frames, found {}", input.clip.path.string(),
         input.clip.frames.size(), trace.layout.frames());
  ordered_json states = ordered_json::array();
  for (std::size_t behind = 0; behind <= trace.steps.size(); ++behind) states.push_back(state_json(trace, behind));
  const ordered_json data{{"file", input.clip.path.filename().string()},
                          {"is_image", input.clip.is_image},
                          {"duration", input.clip.duration_s},
                          {"total_frames", input.clip.total_frames},
                          {"question", input.question},
                          {"answer", input.answer.text},
                          {"stop", to_string(input.answer.stop)},
                          {"model", input.model},
                          {"strategy", trace.strategy},
                          {"budget", trace.budget},
                          {"prompt_tokens", input.answer.prompt_tokens},
                          {"prefill_ms", number(input.answer.timings.prefill)},
                          {"strategy_ms", number(trace.strategy_ms())},
                          {"ids", trace.visual_tokens},
                          {"visual_tokens", trace.counted()},
                          {"words", words_json(trace)},
                          {"overview", trace.layout.has_overview()},
                          {"flops_unpruned", trace.flops_unpruned},
                          {"blocks", blocks_json(trace.layout)},
                          {"text", trace.text},
                          {"weights", floats(trace.rater_weights)},
                          {"raters", trace.raters},
                          {"decode_visual_keys", decode_keys_json(trace)},
                          {"by_input", number(trace.equivalent_by_input())},
                          {"by_output", number(trace.equivalent_by_output())},
                          {"flops_formula", number(trace.flops_formula())},
                          {"flops_true", number(trace.flops_true())},
                          {"frames", frames_json(input)},
                          {"states", states},
                          {"left_at", left_json(trace)},
                          {"layers", layers_json(trace)},
                          {"colours", colours_json(input.colours)},
                          {"files", files_json(input)}};
  const std::string json =
      escaped(data.dump(-1, ' ', false, ordered_json::error_handler_t::replace), Format::JsonInScript);
  std::string page(kReportPage);
  for (const auto& [place, text] : {std::pair{std::string_view("{{style}}"), kReportStyle},
                                    std::pair{std::string_view("{{script}}"), kReportScript},
                                    std::pair{std::string_view("{{data}}"), std::string_view(json)}}) {
    const std::size_t at = page.find(place);
    SPARSIGHT_CHECK(at != std::string::npos);
    page.replace(at, place.size(), text);
  }
  return page;
}

}  // namespace sparsight
