// `inspect`: a question, and pictures of what became of every visual token.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/output_dir.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/replace_file.h"
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
                                  R"(|(unpruned|step-\d+-(tower|before-decoder|layer-\d+))-frame-\d+\.png)");
  return name.size() < 100 && std::regex_match(name, pattern);
}

struct Inspect : AboutVideo {
  PruneOptions prune;
  std::string mode = "score";
  std::string colours = "inferno";
  double opacity = PaintOptions{}.opacity;
  std::string view = "tiles";
  bool no_film = false;

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
  const std::string asked_about = question();
  OutputDir dir(out, "inspect.json", is_of_inspection, replace, {kReport, kSheet, kTrace});
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{json ? OnProgress() : line.callback(), job.token()};

  const auto engine = Engine::load(model.engine_options(), control);
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

  Written write(dir, line, json);
  std::vector<GridWindow> windows;
  for (std::size_t f = 0; f < clip.frames.size(); ++f) windows.push_back(media->window(f));
  const Shown shown{
      *result.trace, as_shown(clip, windows), colour_map(colours).value(), {.opacity = opacity, .view = frame_view()}};
  write(kTrace, "the trace: the data behind the pictures",
        [&](const std::filesystem::path& file) { save_trace(shown.trace, file); });
  write_steps(shown, heatmap_mode(), write, control);
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
  inspect->prune.add_to(*command);
  command->footer(
      "Examples:\n"
      "  sparsight-cli inspect clip.mp4 \"Which way does the star go?\" --prune sparsevlm-v1.5 --budget 9.4% --out "
      "seen\n"
      "  sparsight-cli inspect clip.mp4 \"What is it?\" --prune sparsevlm-video --mode clusters --no-film --out seen\n"
      "  sparsight-cli inspect photo.jpg \"What do you see?\" --out seen --json | jq .written");
  command->callback([inspect, &context] { inspect->run(context); });
}

}  // namespace sparsight::cli
