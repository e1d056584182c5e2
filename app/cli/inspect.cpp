// `inspect`: a question, and pictures of what became of every visual token.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/output_dir.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/replace_file.h"
#include "core/base/text.h"
#include "core/chat/store.h"
#include "core/pictures/film.h"
#include "core/pictures/report.h"
#include "core/pictures/sheet.h"
#include "core/pictures/shown_clip.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <regex>

namespace sparsight::cli {
namespace {

constexpr const char* kReport = "report.html";
constexpr const char* kSheet = "contact-sheet.png";
constexpr const char* kFilm = "overlay.mp4";
constexpr const char* kTrace = "trace.safetensors";

bool is_of_inspection(const std::string& name) {
  static const std::regex pattern(R"(report\.html|contact-sheet\.png|overlay\.mp4|trace\.safetensors)"
                                  R"(|attention-layer-\d+(-head-\d+)?-frame-\d+\.png)"
                                  R"(|(unpruned|step-\d+-(tower|before-decoder|layer-\d+))-frame-\d+\.png)");
  return name.size() < 100 && std::regex_match(name, pattern);
}

// Whose attention is painted.
struct AskedWord {
  std::string of_question, of_answer;
  std::optional<std::size_t> layer, head;

  void add_to(CLI::App& command);
  void check() const;
  [[nodiscard]] bool given() const { return !of_question.empty() || !of_answer.empty(); }
};

struct Inspect : AboutVideo {
  PruneOptions prune;
  std::string mode = "score";
  std::string colours = "inferno";
  double opacity = PaintOptions{}.opacity;
  std::string view = "tiles";
  bool no_film = false;
  AskedWord word;

  [[nodiscard]] FrameView frame_view() const { return view == "overview" ? FrameView::Overview : FrameView::Tiles; }
  [[nodiscard]] HeatmapMode heatmap_mode() const {
    return mode == "fate" ? HeatmapMode::Fate : mode == "clusters" ? HeatmapMode::Clusters : HeatmapMode::Score;
  }
  void run(Context& context) const;
};

std::string layer_name(const TraceStep& step) {
  if (step.layer == TraceStep::kTower) return "tower";
  return step.layer < 0 ? "before-decoder" : fmt::format("layer-{:02}", step.layer);
}

void AskedWord::add_to(CLI::App& command) {
  CLI::Option* asked =
      add_text(command, "--word", "TEXT",
               "Also paint what this word of the question attends to, the mean of its tokens", of_question);
  add_text(command, "--answer-word", "TEXT",
           "Also paint what the model looked at when it said this word, the mean of its tokens", of_answer)
      ->excludes(asked);
  add_value(command, "--layer", "N", "Of this decoder layer, from 0; default: the last one",
            [this](const std::string& text) { return read_whole(text, {.most = 1 << 16}, layer.emplace()); });
  add_value(command, "--head", "N", "Of this head, from 0; default: the mean over the heads",
            [this](const std::string& text) { return read_whole(text, {.most = 1 << 16}, head.emplace()); });
}

void AskedWord::check() const {
  if (given()) return;
  for (const auto& [option, value] : {std::pair{"--layer", layer}, std::pair{"--head", head}})
    if (value)
      fail(ErrorKind::Usage, "{} would be ignored: no word is asked for; choose one with --word or --answer-word",
           option);
}

// Letters of ASCII in lower case, without signs around them.
std::string plain_word(std::string_view word) {
  std::string out(trimmed(word, ".,;:!?\"'()[]"));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

const TraceWord& find_word(std::span<const TraceWord> words, const std::string& wanted, const char* option) {
  const auto same = [&](const TraceWord& word) { return word.text == wanted; };
  const auto alike = [&](const TraceWord& word) { return plain_word(word.text) == plain_word(wanted); };
  auto found = std::ranges::find_if(words, same);
  if (found == words.end()) found = std::ranges::find_if(words, alike);
  if (found != words.end()) return *found;
  std::vector<std::string> names;
  for (const TraceWord& word : words) names.push_back(word.text);
  if (names.empty()) fail(ErrorKind::Usage, "{} {}: there are no words", option, wanted);
  fail(ErrorKind::Usage, "{}: expected {}; found {}", option, one_of(names), wanted);
}

// The heatmap of a word, and what its files are called before the frame.
struct WordMap {
  Heatmap map;
  std::string name;
};
// Error{Usage}: the trace has no such word, layer or head, or no attention of it.
WordMap word_map(const Trace& trace, const AskedWord& word, ColourMap colours) {
  const TraceAttention& attention = trace.attention;
  const bool of_answer = !word.of_answer.empty();
  const char* option = of_answer ? "--answer-word" : "--word";
  const std::string& wanted = of_answer ? word.of_answer : word.of_question;
  const TraceWord& found = find_word(of_answer ? trace.answer_words : trace.said, wanted, option);
  AskedAttention asked{.rows = of_answer ? attention.rows_of_answer(found) : attention.rows_of(found)};
  if (asked.rows.empty() || attention.empty())
    fail(ErrorKind::Usage, "{} {}: the trace has no attention of it", option, wanted);
  asked.at = attention.nearest(word.layer.value_or(attention.layers.back().layer));
  const TraceAttention::Layer& layer = attention.layers[asked.at];
  if (word.layer && layer.layer != *word.layer) {
    std::vector<std::string> there;
    for (const TraceAttention::Layer& one : attention.layers) there.push_back(std::to_string(one.layer));
    fail(ErrorKind::Usage, "--layer: expected {}; found {}", one_of(there), *word.layer);
  }
  asked.head = word.head;
  if (word.head && layer.heads == 0)
    fail(ErrorKind::Usage, "--head: of layer {} the trace has only the mean over the heads", layer.layer);
  if (word.head && *word.head >= layer.heads)
    fail(ErrorKind::Usage, "--head: expected a number from 0 to {}; found {}", layer.heads - 1, *word.head);
  const std::size_t behind = steps_behind(trace, static_cast<std::int32_t>(layer.layer));
  Heatmap map = make_attention_heatmap(trace, behind, asked, colours);
  map.subject = fmt::format("“{}” attends to, layer {}, {}", found.text, layer.layer,
                            word.head ? fmt::format("head {}", *word.head) : "all heads");
  return {std::move(map),
          fmt::format("attention-layer-{:02}{}", layer.layer, word.head ? fmt::format("-head-{:02}", *word.head) : "")};
}

// Says of each file what it is, once it is written.
class Written {
 public:
  Written(OutputDir& dir, ProgressLine& line, bool json) : dir_(dir), line_(line), json_(json) {}

  template <typename Write>
  void operator()(const std::string& name, const std::string& what, const Write& write) {
    const std::filesystem::path file = dir_.claim(name);
    try {
      write(file);
    } catch (...) {
      dir_.give_up(name);
      throw;
    }
    list_.push_back({{"file", name}, {"what", what}, {"bytes", std::filesystem::file_size(file)}});
    if (json_) return;
    line_.clear();
    print_now(fmt::format("{}  {}\n", printable_line(file.string()), what));
  }
  [[nodiscard]] const nlohmann::ordered_json& list() const { return list_; }

 private:
  OutputDir& dir_;
  ProgressLine& line_;
  bool json_;
  nlohmann::ordered_json list_ = nlohmann::ordered_json::array();
};

// What the files show of one answer.
struct Shown {
  const Trace& trace;
  ShownClip clip;
  ColourMap palette;
  PaintOptions paint;
};

// A heatmap of each step and frame, and all of them on a sheet.
void write_steps(const Shown& shown, HeatmapMode mode, Written& write, const Control& control) {
  const std::vector<SheetFrame> frames = sheet_frames(shown.clip.clip, shown.clip.windows);
  const std::vector<Heatmap> maps = step_heatmaps(shown.trace, mode, shown.palette);
  std::size_t done = 0;
  for (const Heatmap& map : maps)
    for (std::size_t f = 0; f < frames.size(); ++f) {
      control.report(Stage::Pictures, done++, maps.size() * frames.size() + 1);
      const std::string step =
          map.behind == 0 ? "unpruned"
                          : fmt::format("step-{:02}-{}", map.behind, layer_name(shown.trace.steps[map.behind - 1]));
      write(fmt::format("{}-frame-{:02}.png", step, f + 1),
            fmt::format("{} {}, {}", to_string(map.mode), step_title(shown.trace, map.behind), frames[f].caption),
            [&](const std::filesystem::path& file) {
              write_png(frame_picture(shown.trace, map, frames[f], f, shown.paint), file);
            });
    }
  control.report(Stage::Pictures, done, maps.size() * frames.size() + 1);
  write(kSheet, "all frames, all steps", [&](const std::filesystem::path& file) {
    write_png(contact_sheet(shown.trace, maps, frames, shown.paint), file);
  });
}

// What a word attends to, in each frame.
void write_word(const Shown& shown, const WordMap& word, Written& write) {
  const std::vector<SheetFrame> frames = sheet_frames(shown.clip.clip, shown.clip.windows);
  for (std::size_t f = 0; f < frames.size(); ++f)
    write(fmt::format("{}-frame-{:02}.png", word.name, f + 1),
          fmt::format("{}, {}", word.map.subject, frames[f].caption), [&](const std::filesystem::path& file) {
            write_png(frame_picture(shown.trace, word.map, frames[f], f, shown.paint), file);
          });
}

// nullopt: it could not be written, and `warn` heard why.
std::optional<FilmResult> write_whole_video(const Shown& shown, Written& write,
                                            const std::function<void(const std::string&)>& warn,
                                            const Control& control) {
  const Heatmap fate = make_heatmap(shown.trace, shown.trace.steps.size(), HeatmapMode::Fate, shown.palette);
  std::optional<FilmResult> film;
  try {
    write(kFilm, "the whole video, with the fate of its tokens drawn over it", [&](const std::filesystem::path& file) {
      film = write_film(shown.clip.clip, shown.clip.windows, shown.trace, fate, file, shown.paint, control);
    });
    if (film->warning) warn(*film->warning);
  } catch (const OutputLost&) {
    throw;
  } catch (const Error& error) {  // all else is there, and the report needs no film
    warn(fmt::format("{} was not written: {}", kFilm, error.what()));
  }
  return film;
}

void Inspect::run(Context& context) const {
  check();
  word.check();
  const std::string asked_about = question();
  OutputDir dir(out, "inspect.json", is_of_inspection, replace, {kReport, kSheet, kTrace});
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{json ? OnProgress() : line.callback(), job.token()};

  const auto engine = model.load(control);
  const PruningOptions pruning = prune.options(pruned_by_default(engine->info()));
  check_pruning(pruning, engine->info(), frames.request);
  const OpenedClip opened = engine->open(video, frames.beside(about({}), *engine), control);
  const Clip& clip = opened.clip;
  const auto& media = opened.encoded;
  line.clear();
  frames.check(clip);
  std::vector<std::string> warnings = warnings_about(&clip, engine->info());
  print_warnings(warnings);
  Question asked = about(media);
  asked.pruning = pruning;
  asked.clip_hash = content_hash(video, job.token());
  asked.rank = true;
  asked.attention = word.given();
  const Answer result = engine->answer(asked, {}, control);
  line.clear();
  if (result.stop == StopReason::Cancelled) throw Cancelled{};
  if (!json) print_now(printable(result.text) + "\n");
  const auto warn = [&](const std::vector<std::string>& more) {
    line.clear();
    print_warnings(more);
    warnings.insert(warnings.end(), more.begin(), more.end());
  };
  warn(warnings_about(result));

  const ColourMap palette = colour_map(colours).value();
  std::optional<WordMap> painted;
  if (word.given()) painted = word_map(*result.trace, word, palette);
  Written write(dir, line, json);
  std::vector<GridWindow> windows;
  for (std::size_t f = 0; f < clip.frames.size(); ++f) windows.push_back(media->window(f));
  const Shown shown{*result.trace, as_shown(clip, windows), palette, {.opacity = opacity, .view = frame_view()}};
  write(kTrace, "the trace: the data behind the pictures",
        [&](const std::filesystem::path& file) { save_trace(shown.trace, file); });
  write_steps(shown, heatmap_mode(), write, control);
  if (painted) write_word(shown, *painted, write);
  std::optional<FilmResult> film;
  if (!clip.is_image && !no_film)
    film = write_whole_video(
        shown, write, [&](const std::string& what) { warn({what}); }, control);
  std::vector<std::pair<std::string, std::string>> files{{kSheet, "all frames, all steps"}, {kTrace, "the trace"}};
  if (film) files.insert(files.begin() + 1, {kFilm, "the whole video"});
  write(kReport, "an interactive page with all of it", [&](const std::filesystem::path& file) {
    replace_file(file, make_report({.clip = shown.clip.clip,
                                    .windows = shown.clip.windows,
                                    .trace = shown.trace,
                                    .answer = result,
                                    .question = asked_about,
                                    .model = engine->info().path.filename().string(),
                                    .colours = shown.palette,
                                    .files = files}));
  });
  dir.finish();
  line.clear();
  if (!json) return;
  nlohmann::ordered_json printed{{"out", out.string()}, {"written", write.list()}};
  if (film) printed["film"] = {{"frames", film->frames}, {"encoder", film->codec}};
  printed["warnings"] = warnings;
  printed["answer"] = answer_json(result, *engine, media.get(), &clip);
  print_now(dump(printed, 2) + "\n");
}

}  // namespace

void add_inspect(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("inspect", "Answer one question, and show what became of every visual token");
  const auto inspect = std::make_shared<Inspect>();
  inspect->add_to(*command,
                  "Where to write: report.html, contact-sheet.png, overlay.mp4, a heatmap of each step and frame, "
                  "trace.safetensors and inspect.json. The folder is created if necessary",
                  "Print one JSON object: the files written, and the answer in the form of ask --json");
  command->get_option("--out")->required();
  add_choice<std::string, std::string>(
      *command, "--mode",
      "What the pictures show: score, by which a step ranked the tokens; fate: kept, recycled or dropped; "
      "clusters: which tokens were merged. The report has all three",
      inspect->mode, {{"score", "score"}, {"fate", "fate"}, {"clusters", "clusters"}})
      ->default_str(inspect->mode);
  add_choice<std::string, std::string>(*command, "--colours", "Colours of scores", inspect->colours,
                                       {{"inferno", "inferno"}, {"viridis", "viridis"}})
      ->default_str(inspect->colours);
  add_number(*command, "--opacity", "X", "Opacity of the colours over the frames, 0 to 1", inspect->opacity,
             {.least = 0, .most = 1})
      ->default_str(fmt::format("{}", inspect->opacity));
  add_choice<std::string, std::string>(
      *command, "--view",
      "Which tokens the pictures show where the model looked at tiles of a picture and at the whole of it. The report "
      "has both",
      inspect->view, {{"tiles", "tiles"}, {"overview", "overview"}})
      ->default_str(inspect->view);
  add_switch(*command, "--no-film", "Do not write overlay.mp4", inspect->no_film);
  inspect->word.add_to(*command);
  inspect->prune.add_to(*command);
  command->footer(
      "Examples:\n"
      "  sparsight-cli inspect clip.mp4 \"Which way does the star go?\" --prune sparsevlm-v1.5 --budget 9.4% --out "
      "seen\n"
      "  sparsight-cli inspect clip.mp4 \"What is it?\" --prune sparsevlm-video --mode clusters --no-film --out seen\n"
      "  sparsight-cli inspect clip.mp4 \"Which way does the star go?\" --word star --layer 3 --head 0 --out seen\n"
      "  sparsight-cli inspect photo.jpg \"What do you see?\" --out seen --json | jq .written");
  command->callback([inspect, &context] { inspect->run(context); });
}

}  // namespace sparsight::cli
