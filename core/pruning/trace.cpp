#include "core/pruning/trace.h"

#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/replace_file.h"
#include "core/model/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>

namespace sparsight {
namespace {

using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr const char* kHead = "head";  // the JSON, as bytes

struct Array {
  SafetensorsPart part;
  const void* data;
};

template <typename Values>
Array array(std::string name, const Values& values) {
  using T = std::remove_cvref_t<decltype(values[0])>;
  if constexpr (sizeof(T) == 2) return {{std::move(name), DType::F16, Shape{values.size()}}, values.data()};
  static_assert(sizeof(T) == 4 || sizeof(T) == 2);
  return {{std::move(name), std::is_same_v<T, float> ? DType::F32 : DType::I32, Shape{values.size()}}, values.data()};
}

std::string step_name(std::size_t step, const char* what) { return fmt::format("steps.{}.{}", step, what); }

std::string attention_name(std::size_t layer) { return fmt::format("attention.{}", layer); }

ordered_json words_json(const std::vector<TraceWord>& words) {
  ordered_json all = ordered_json::array();
  for (const TraceWord& w : words) all.push_back({w.text, w.first, w.count, w.turn, w.of_question ? 1 : 0, w.at});
  return all;
}

ordered_json attention_json(const TraceAttention& attention) {
  ordered_json layers = ordered_json::array();
  for (const TraceAttention::Layer& l : attention.layers)
    layers.push_back({{"layer", l.layer}, {"heads", l.heads}, {"visual", l.visual}});
  return {{"heads", attention.heads},
          {"scale", TraceAttention::kScale},
          {"first_text", attention.first_text},
          {"text_rows", attention.text_rows},
          {"answer_rows", attention.answer_rows},
          {"text_left_out", attention.text_left_out},
          {"answer_left_out", attention.answer_left_out},
          {"layers_left_out", attention.layers_left_out},
          {"layers", layers}};
}

// Four numbers if all frames have the same square grid, as every version reads them; else a list of blocks.
ordered_json layout_json(const VisualLayout& layout) {
  const std::size_t each = layout.tokens_each().value_or(0);
  const VisualBlock first = layout.empty() ? VisualBlock{} : layout.blocks().front();
  const bool squares =
      layout.blocks().size() == layout.frames() &&
      layout == VisualLayout::alike(layout.frames(), {.rows = first.rows, .columns = first.rows, .cls = first.cls});
  if (layout.empty() || squares)
    return {{"frames", layout.frames()}, {"tokens_per_frame", each}, {"grid", first.rows}, {"has_cls", first.cls}};
  ordered_json blocks = ordered_json::array();
  for (const VisualBlock& b : layout.blocks())
    blocks.push_back({{"frame", b.frame},
                      {"frames", b.frames},
                      {"rows", b.rows},
                      {"columns", b.columns},
                      {"cls", b.cls},
                      {"before", b.before},
                      {"after", b.after},
                      {"before_row", b.before_row},
                      {"after_row", b.after_row},
                      {"words_before", b.words_before},
                      {"words_after", b.words_after},
                      {"part", {b.part.left, b.part.top, b.part.width, b.part.height}}});
  return {{"frames", layout.frames()}, {"blocks", blocks}};
}

ordered_json head_of(const Trace& trace) {
  ordered_json steps = ordered_json::array(), layers = ordered_json::array();
  for (const TraceStep& s : trace.steps)
    steps.push_back({{"layer", s.layer}, {"rank", s.rank ? ordered_json(*s.rank) : ordered_json()}, {"ms", s.ms}});
  for (const TraceLayer& l : trace.layers)
    layers.push_back({{"tokens", l.tokens},
                      {"visual_in", l.visual_in},
                      {"visual_out", l.visual_out},
                      {"ms", l.ms},
                      {"flops_formula", l.flops_formula},
                      {"flops_true", l.flops_true},
                      {"kv_bytes", l.kv_bytes}});
  ordered_json sampled = ordered_json::array();
  for (const TraceFrame& f : trace.source.frames)
    sampled.push_back({{"index", f.index},
                       {"time_s", f.time_s},
                       {"window", {f.window.left, f.window.top, f.window.width, f.window.height}}});
  ordered_json head{{"format", "sparsight-trace"},
                    {"version", kVersion},
                    {"model", trace.source.model},
                    {"model_hash", trace.source.model_hash},
                    {"decoder_layers", trace.source.layers},
                    {"clip_hash", trace.source.clip_hash},
                    {"sampled", sampled},
                    {"strategy", trace.strategy},
                    {"budget", trace.budget},
                    {"visual_tokens", trace.visual_tokens},
                    {"flops_unpruned", trace.flops_unpruned},
                    {"visual_begin", trace.visual_begin},
                    {"text_tokens", trace.text_tokens}};
  head.update(layout_json(trace.layout));
  if (!trace.words.empty()) head["words"] = trace.words;
  if (!trace.said.empty()) head["said"] = words_json(trace.said);
  if (!trace.answer.empty()) head["answer"] = trace.answer;
  if (!trace.answer_words.empty()) head["answer_words"] = words_json(trace.answer_words);
  if (trace.attention != TraceAttention{}) head["attention"] = attention_json(trace.attention);
  head.update({{"text", trace.text},
               {"equivalent_tokens_by_output", trace.equivalent_by_output()},
               {"equivalent_tokens_by_input", trace.equivalent_by_input()},
               {"steps", steps},
               {"layers", layers}});
  return head;
}

// The arrays of a safetensors file in memory.
struct Arrays {
  SafetensorsFile file;
  std::span<const std::byte> bytes;
  std::string_view where;

  // Elements of four bytes, of two for F16, or of one for U8.
  template <typename T>
  [[nodiscard]] std::vector<T> read(const std::string& name, std::string_view type) const {
    const auto found = file.entries.find(name);
    if (found == file.entries.end()) fail(ErrorKind::Model, "{}: {}: missing", where, name);
    const SafetensorsEntry& entry = found->second;
    if (entry.type != type || entry.shape.size() != 1)
      fail(ErrorKind::Model, "{}: {}: expected a row of {}, the file has {} {}", where, name, type, entry.type,
           entry.shape_str());
    std::vector<T> out(entry.shape[0]);
    if (!out.empty()) std::memcpy(out.data(), bytes.data() + file.data_begin + entry.begin, out.size() * sizeof(T));
    return out;
  }
};

[[noreturn]] void refuse(std::string_view where, const std::string& what) {
  fail(ErrorKind::Model, "{}: this trace can't be shown: {}", where, what);
}

// From a head of this version; older ones lack these entries.
TraceSource source_of(const nlohmann::json& head) {
  TraceSource source{.model = head.value("model", ""),
                     .model_hash = head.value("model_hash", ""),
                     .layers = head.value("decoder_layers", std::size_t{0}),
                     .clip_hash = head.value("clip_hash", ""),
                     .frames = {}};
  for (const auto& f : head.value("sampled", nlohmann::json::array())) {
    const auto& window = f.at("window");
    source.frames.push_back({f.at("index"), f.at("time_s"), {window.at(0), window.at(1), window.at(2), window.at(3)}});
  }
  return source;
}

std::vector<TraceWord> words_of(const nlohmann::json& head, const char* key) {
  std::vector<TraceWord> words;
  for (const auto& w : head.value(key, nlohmann::json::array()))
    words.push_back({.text = w.at(0),
                     .first = w.at(1),
                     .count = w.at(2),
                     .turn = w.at(3),
                     .of_question = w.at(4) != 0,
                     .at = w.at(5)});
  return words;
}

TraceAttention attention_of(const nlohmann::json& head, const Arrays& arrays) {
  const auto found = head.find("attention");
  if (found == head.end()) return {};
  if (found->at("scale") != TraceAttention::kScale) refuse(arrays.where, "its attention has another scale");
  TraceAttention out{.heads = found->at("heads"),
                     .first_text = found->at("first_text"),
                     .text_left_out = found->at("text_left_out"),
                     .text_rows = found->at("text_rows"),
                     .answer_rows = found->at("answer_rows"),
                     .answer_left_out = found->at("answer_left_out"),
                     .layers_left_out = found->at("layers_left_out"),
                     .layers = {}};
  for (const auto& l : found->at("layers")) {
    const std::size_t layer = l.at("layer");
    // Before it is read: a file that names an array again and again takes no more memory than it has bytes.
    if (!out.layers.empty() && layer <= out.layers.back().layer)
      refuse(arrays.where, "its attention has a layer twice");
    out.layers.push_back({.layer = layer,
                          .heads = l.at("heads"),
                          .visual = l.at("visual"),
                          .values = arrays.read<std::uint16_t>(attention_name(layer), "F16")});
  }
  return out;
}

constexpr std::size_t kMostTokens = std::size_t{1} << 20;  // about 4,000 frames; more would be an attack on memory

VisualLayout layout_of(const nlohmann::json& head, std::string_view file) {
  constexpr std::size_t kMostSide = std::size_t{1} << 14;
  constexpr std::size_t kMostBlocks = std::size_t{1} << 16;
  std::size_t tokens = 0;
  const auto check = [&](const VisualBlock& b) {
    for (const std::size_t count :
         {b.rows, b.columns, b.before, b.after, b.before_row, b.after_row, b.words_before, b.words_after})
      if (count > kMostSide) refuse(file, "a grid of visual tokens is too large");
    if (b.frame >= kMostBlocks || b.frames == 0 || b.frames > kMostBlocks || b.rows == 0 || b.columns == 0)
      refuse(file, "a block of visual tokens has no grid or no frame");
    const auto meets = [&](double begin, double size) {
      return size > 0 && size <= static_cast<double>(kMostSide) && begin < 1 && begin + size > 0;
    };
    if (!meets(b.part.left, b.part.width) || !meets(b.part.top, b.part.height))
      refuse(file, "a block of visual tokens lies outside its frame");
    tokens += b.tokens();
    if (tokens > kMostTokens) refuse(file, "too many tokens");
  };
  const auto found = head.find("blocks");
  if (found == head.end()) {
    const std::size_t frames = head.at("frames"), each = head.at("tokens_per_frame"), grid = head.at("grid");
    const bool cls = head.at("has_cls");
    if (each == 0 && grid == 0) return {};
    const VisualBlock block{.rows = grid, .columns = grid, .cls = cls};
    check(block);
    if (frames == 0 || frames > kMostBlocks || frames * block.tokens() > kMostTokens || each != block.tokens())
      refuse(file, fmt::format("expected frames of a square grid, with or without CLS; found {} frames of {} tokens, a "
                               "grid of {}{}",
                               frames, each, grid, cls ? " and CLS" : ""));
    return VisualLayout::alike(frames, block);
  }
  std::vector<VisualBlock> blocks;
  for (const auto& b : *found) {
    const auto& part = b.at("part");
    blocks.push_back({.frame = b.at("frame"),
                      .frames = b.at("frames"),
                      .rows = b.at("rows"),
                      .columns = b.at("columns"),
                      .cls = b.at("cls"),
                      .before = b.at("before"),
                      .after = b.at("after"),
                      .before_row = b.at("before_row"),
                      .after_row = b.at("after_row"),
                      .words_before = b.value("words_before", std::size_t{0}),
                      .words_after = b.value("words_after", std::size_t{0}),
                      .part = {part.at(0), part.at(1), part.at(2), part.at(3)}});
    check(blocks.back());
    if (blocks.size() > kMostBlocks) refuse(file, "too many blocks of visual tokens");
  }
  return VisualLayout(std::move(blocks));
}

constexpr std::size_t kMostLayers = 4096;

void check_source(const Trace& trace, std::string_view file) {
  constexpr double kMostPixels = 1 << 24;
  const TraceSource& source = trace.source;
  if (source.layers > kMostLayers)
    refuse(file, fmt::format("expected at most {} decoder layers, found {}", kMostLayers, source.layers));
  if (!source.frames.empty() && source.frames.size() != trace.layout.frames())
    refuse(file, fmt::format("expected {} sampled frames, found {}", trace.layout.frames(), source.frames.size()));
  const auto on_a_frame = [&](double pixels) { return std::abs(pixels) <= kMostPixels; };  // false for NaN too
  for (const TraceFrame& f : source.frames)
    if (!std::isfinite(f.time_s) || !on_a_frame(f.window.left) || !on_a_frame(f.window.top) ||
        !on_a_frame(f.window.width) || !on_a_frame(f.window.height) || f.window.width <= 0 || f.window.height <= 0)
      refuse(file, "a sampled frame has no valid time or window");
}

// Every id that a step names must exist at that point.
void check_steps(const Trace& trace, std::string_view file) {
  std::vector<std::int32_t> there(trace.visual_tokens);
  std::iota(there.begin(), there.end(), 0);
  for (const TraceStep& s : trace.steps) {
    const std::set<std::int32_t> out(s.out_ids.begin(), s.out_ids.end());
    if (s.ids != there) refuse(file, "a step does not start with the tokens that were left");
    if (s.into.size() != s.ids.size() || (!s.scores.empty() && s.scores.size() != s.ids.size()) ||
        s.positions.size() != s.out_ids.size() || out.size() != s.out_ids.size() ||
        (!s.text_attention.empty() && s.text_attention.size() != trace.text_tokens * s.ids.size()))
      refuse(file, "a step's arrays do not match");
    for (const std::int32_t id : s.into)
      if (id != Selection::kDropped && !out.contains(id))
        refuse(file, "a token was merged into one that does not exist");
    there = s.out_ids;
  }
  if (!trace.words.empty() && trace.words.size() != trace.layout.words())
    refuse(file,
           fmt::format("expected {} words between visual tokens, found {}", trace.layout.words(), trace.words.size()));
  if (trace.raters.size() > trace.text_tokens ||
      std::ranges::any_of(trace.raters, [&](std::uint32_t r) { return r >= trace.text_tokens; }) ||
      (!trace.rater_weights.empty() && trace.rater_weights.size() != trace.text_tokens))
    refuse(file, "raters outside the text");
  if (std::ranges::any_of(trace.decode_visual_keys, [&](std::uint32_t keys) { return keys > trace.visual_tokens; }))
    refuse(file, "a decode pass attends to more visual tokens than there are");
}

void check_words(const Trace& trace, std::string_view file) {
  const auto outside = [](std::size_t first, std::size_t count, std::size_t all) {
    return count == 0 || count > all || first > all - count;
  };
  for (const TraceWord& word : trace.said)
    if (outside(word.first, word.count, trace.text_tokens)) refuse(file, "a word lies outside the text");
  std::size_t at = 0;
  for (const TraceWord& word : trace.answer_words) {
    if (outside(word.first, word.count, kMostTokens) || word.at < at ||
        outside(word.at, word.text.size(), trace.answer.size()))
      refuse(file, "a word lies outside the answer");
    at = word.at;
  }
}

void check_attention(const Trace& trace, std::string_view file) {
  const TraceAttention& attention = trace.attention;
  const bool rows_fit = attention.first_text <= trace.text_tokens &&
                        attention.text_rows <= trace.text_tokens - attention.first_text &&
                        attention.answer_rows <= kMostTokens && attention.answer_left_out <= kMostTokens &&
                        attention.text_left_out <= kMostTokens && attention.layers_left_out <= kMostLayers;
  if (!rows_fit || (attention.rows() != 0 && attention.text_rows == 0))
    refuse(file, "its attention is of tokens that do not exist");
  for (const TraceAttention::Layer& layer : attention.layers) {
    const bool known = layer.layer < kMostLayers && layer.heads <= attention.heads && attention.heads <= kMostTokens &&
                       layer.visual == trace.entering(layer.layer).size();
    if (!known || layer.values.size() / layer.maps() / std::max<std::size_t>(1, layer.visual) != attention.rows() ||
        layer.values.size() % (layer.maps() * std::max<std::size_t>(1, layer.visual)) != 0)
      refuse(file, "its attention does not match its layers and tokens");
  }
}

}  // namespace

std::size_t TraceStep::kept() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) count += into[i] == ids[i];
  return count;
}

std::size_t TraceStep::dropped() const {
  return static_cast<std::size_t>(std::ranges::count(into, Selection::kDropped));
}

std::size_t TraceStep::recycled() const { return ids.size() - kept() - dropped(); }

std::size_t Trace::merged_tokens() const {
  std::int32_t last = static_cast<std::int32_t>(visual_tokens) - 1;
  for (const TraceStep& step : steps)
    for (const std::int32_t id : step.out_ids) last = std::max(last, id);
  return static_cast<std::size_t>(last + 1) - visual_tokens;
}

bool Trace::is_word(std::int32_t id) const {
  return id >= 0 && static_cast<std::size_t>(id) < std::min(visual_tokens, layout.tokens()) &&
         layout.is_word(static_cast<std::size_t>(id));
}

std::size_t Trace::counted(std::size_t visual) const { return visual - std::min(visual, layout.words()); }

TokenCounts Trace::counts(std::size_t step) const {
  const TraceStep& s = steps[step];
  TokenCounts out;
  for (std::size_t i = 0; i < s.ids.size(); ++i) {
    if (is_word(s.ids[i])) continue;
    ++out.entered;
    ++(s.into[i] == s.ids[i] ? out.kept : s.into[i] == Selection::kDropped ? out.dropped : out.recycled);
  }
  for (const std::int32_t id : s.out_ids) out.left += is_word(id) ? 0 : 1;
  return out;
}

std::vector<std::int32_t> Trace::members(std::int32_t id) const {
  std::set<std::int32_t> wanted{id};
  for (auto step = steps.rbegin(); step != steps.rend(); ++step)
    for (std::size_t i = 0; i < step->ids.size(); ++i)
      if (wanted.contains(step->into[i])) wanted.insert(step->ids[i]);
  std::vector<std::int32_t> out;
  for (const std::int32_t token : wanted)
    if (token >= 0 && token < static_cast<std::int32_t>(visual_tokens)) out.push_back(token);
  return out;
}

std::size_t Trace::steps_before(std::size_t layer) const {
  const auto later = [layer](const TraceStep& step) {
    return step.layer >= 0 && static_cast<std::size_t>(step.layer) >= layer;
  };
  return static_cast<std::size_t>(std::ranges::find_if(steps, later) - steps.begin());
}

std::vector<std::int32_t> Trace::entering(std::size_t layer) const {
  if (const std::size_t before = steps_before(layer); before != 0) return steps[before - 1].out_ids;
  std::vector<std::int32_t> all(visual_tokens);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

double Trace::equivalent_by_output() const {
  double sum = 0;
  for (const TraceLayer& layer : layers) sum += static_cast<double>(counted(layer.visual_out));
  return layers.empty() ? 0 : sum / static_cast<double>(layers.size());
}

double Trace::equivalent_by_input() const {
  double sum = 0;
  for (const TraceLayer& layer : layers) sum += static_cast<double>(counted(layer.visual_in));
  return layers.empty() ? 0 : sum / static_cast<double>(layers.size());
}

double Trace::mean_behind_first_pruning() const {
  double sum = 0;
  std::size_t behind = 0;
  for (const TraceLayer& layer : layers)
    if (behind > 0 || layer.visual_in < visual_tokens) {
      sum += static_cast<double>(counted(layer.visual_in));
      ++behind;
    }
  return behind == 0 ? static_cast<double>(counted()) : sum / static_cast<double>(behind);
}

double Trace::flops_formula() const {
  double sum = 0;
  for (const TraceLayer& layer : layers) sum += layer.flops_formula;
  return sum;
}

double Trace::flops_true() const {
  double sum = 0;
  for (const TraceLayer& layer : layers) sum += layer.flops_true;
  return sum;
}

double Trace::flops_saved() const { return flops_unpruned > 0 ? 1 - flops_true() / flops_unpruned : 0; }

double Trace::strategy_ms() const {
  double sum = 0;
  for (const TraceStep& step : steps) sum += step.ms;
  return sum;
}

LayerFlops layer_flops(std::size_t tokens, std::size_t leaving, std::size_t hidden, std::size_t intermediate,
                       std::size_t query_width, std::size_t kv_width) {
  const auto n = static_cast<double>(tokens), d = static_cast<double>(hidden), m = static_cast<double>(intermediate);
  const auto q = static_cast<double>(query_width), kv = static_cast<double>(kv_width);
  const auto out = static_cast<double>(leaving);
  const double pairs = out * n - out * (out - 1) / 2;  // pairs of a query and a key that it sees
  return {.formula = 4 * n * d * d + 2 * n * n * d + 3 * n * d * m,
          .exact = 2 * (2 * n * d * kv + 2 * out * d * q + 2 * pairs * q + 3 * out * d * m),
          .attention = 4 * pairs * q};
}

std::string trace_bytes(const Trace& trace) {
  const std::string head = head_of(trace).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  std::vector<Array> arrays{{{kHead, DType::U8, Shape{head.size()}}, head.data()},
                            array("rater_weights", trace.rater_weights),
                            array("raters", trace.raters),
                            array("decode_visual_keys", trace.decode_visual_keys)};
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const TraceStep& s = trace.steps[i];
    arrays.push_back(array(step_name(i, "ids"), s.ids));
    arrays.push_back(array(step_name(i, "scores"), s.scores));
    arrays.push_back(array(step_name(i, "into"), s.into));
    arrays.push_back(array(step_name(i, "out_ids"), s.out_ids));
    arrays.push_back(array(step_name(i, "positions"), s.positions));
    if (!s.text_attention.empty()) arrays.push_back(array(step_name(i, "text_attention"), s.text_attention));
  }
  for (const TraceAttention::Layer& layer : trace.attention.layers)
    arrays.push_back(array(attention_name(layer.layer), layer.values));
  // Arrays of larger elements come first, which keeps them aligned.
  std::rotate(arrays.begin(), arrays.begin() + 1, arrays.end());
  std::vector<SafetensorsPart> parts;
  for (const Array& a : arrays) parts.push_back(a.part);
  std::string out = safetensors_header(parts);
  for (const Array& a : arrays) out.append(static_cast<const char*>(a.data), a.part.bytes());
  return out;
}

void save_trace(const Trace& trace, const std::filesystem::path& file) { replace_file(file, trace_bytes(trace)); }

Trace load_trace(const std::filesystem::path& file) {
  const MappedFile mapped = MappedFile::open(file);
  try {
    Trace trace = parse_trace(mapped.bytes(), file.string());
    mapped.check();
    return trace;
  } catch (const Error&) {
    mapped.check();  // a file changed meanwhile explains any other error
    throw;
  }
}

Trace parse_trace(std::span<const std::byte> bytes, std::string_view file) {
  const Arrays arrays{parse_safetensors(bytes, file), bytes, file};
  const std::vector<char> head_bytes = arrays.read<char>(kHead, "U8");
  const std::string text(head_bytes.begin(), head_bytes.end());
  Trace trace;
  try {
    const auto head = parse_json(text, file);
    if (head.at("format") != "sparsight-trace") refuse(file, "its format is not sparsight-trace");
    if (head.at("version") != kVersion)
      refuse(file, fmt::format("expected version {}, found {}", kVersion, head.at("version").dump()));
    trace.source = source_of(head);
    trace.strategy = head.at("strategy");
    trace.budget = head.at("budget");
    trace.visual_tokens = head.at("visual_tokens");
    trace.flops_unpruned = head.value("flops_unpruned", 0.0);
    trace.visual_begin = head.at("visual_begin");
    trace.text_tokens = head.at("text_tokens");
    trace.layout = layout_of(head, file);
    trace.text = head.at("text").get<std::vector<std::string>>();
    trace.words = head.value("words", std::vector<std::string>{});
    trace.said = words_of(head, "said");
    trace.answer = head.value("answer", "");
    trace.answer_words = words_of(head, "answer_words");
    trace.attention = attention_of(head, arrays);
    if (trace.visual_tokens > kMostTokens || trace.text_tokens > kMostTokens) refuse(file, "too many tokens");
    for (const auto& l : head.at("layers"))
      trace.layers.push_back({l.at("tokens"), l.at("visual_in"), l.at("visual_out"), l.at("ms"), l.at("flops_formula"),
                              l.at("flops_true"), l.at("kv_bytes")});
    for (const auto& s : head.at("steps")) {
      TraceStep step;
      step.layer = s.at("layer");
      if (!s.at("rank").is_null()) step.rank = s.at("rank").get<std::size_t>();
      step.ms = s.at("ms");
      const std::size_t i = trace.steps.size();
      step.ids = arrays.read<std::int32_t>(step_name(i, "ids"), "I32");
      step.scores = arrays.read<float>(step_name(i, "scores"), "F32");
      step.into = arrays.read<std::int32_t>(step_name(i, "into"), "I32");
      step.out_ids = arrays.read<std::int32_t>(step_name(i, "out_ids"), "I32");
      step.positions = arrays.read<std::int32_t>(step_name(i, "positions"), "I32");
      if (const std::string name = step_name(i, "text_attention"); arrays.file.entries.contains(name))
        step.text_attention = arrays.read<float>(name, "F32");
      trace.steps.push_back(std::move(step));
    }
  } catch (const nlohmann::json::exception& error) {
    refuse(file, error.what());
  }
  trace.rater_weights = arrays.read<float>("rater_weights", "F32");
  trace.raters = arrays.read<std::uint32_t>("raters", "I32");
  if (arrays.file.entries.contains("decode_visual_keys"))  // older traces have none
    trace.decode_visual_keys = arrays.read<std::uint32_t>("decode_visual_keys", "I32");
  check_source(trace, file);
  check_steps(trace, file);
  check_words(trace, file);
  check_attention(trace, file);
  return trace;
}

}  // namespace sparsight
