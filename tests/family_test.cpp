// A second family from its file to the pictures: everything special about Video-LLaVA comes from its family.
#include "core/engine.h"
#include "core/model/quantise.h"
#include "core/model/vision.h"
#include "core/model_check.h"
#include "core/pictures/film.h"
#include "core/pictures/report.h"
#include "core/pictures/sheet.h"
#include "core/pictures/shown_clip.h"
#include "core/pruning/registry.h"
#include "tests/foreign_backend.h"
#include "tests/grid_family.h"
#include "tests/models.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <tuple>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr std::size_t kFrames = 4;
constexpr const char* kGridQuestion = "What happens?";

std::unique_ptr<Engine> grid_engine(const fs::path& model, const MakeBackend& backend = cpu_backend({.threads = 2})) {
  return Engine::load({.model = model, .families = with_grid_family(), .backend = backend});
}

struct GridModel {
  GridModel() { write_grid_model(folder / "grid"); }
  TempDir folder;
  fs::path path = folder / "grid";
};

Question grid_question(std::shared_ptr<const EncodedMedia> media, const PruningOptions& pruning) {
  return {.media = std::move(media),
          .system = {},
          .turns = {{kGridQuestion, ""}},
          .sampling = {},
          .max_new_tokens = 6,
          .pruning = pruning,
          .text_attention = true};
}

bool serves(const StrategyInfo& info) { return (info.needs & kTowerRows) == 0; }

std::size_t rectangles(const std::string& svg) {
  std::size_t n = 0;
  for (std::size_t at = svg.find("<rect"); at != std::string::npos; at = svg.find("<rect", at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a family's tokens are laid out as it says", "[family]") {
  const GridModel model;
  const auto engine = grid_engine(model.path);
  const OpenedClip opened = engine->open(demo_clip(), {.count = kFrames});
  const VisualLayout& layout = opened.encoded->layout();
  CHECK((layout == VisualLayout::alike(kFrames, {.rows = 3, .columns = 5, .after_row = 1})));
  CHECK(opened.encoded->visual_tokens() == kFrames * 18);
  CHECK(engine->info().config.layout(MediaKind::Video, kFrames) == layout);

  // Each row of patches comes from the projector, and its newline is the learnt one.
  const ModelConfig config = read_config(model.path, with_grid_family());
  const Weights weights = Weights::open(model.path, config.family->names);
  const auto backend = make_cpu_backend({.threads = 2});
  const VisionEncoder vision(config, weights, *backend);
  const VisualTokens& tokens = opened.encoded->tokens();
  const Tensor projected = vision.project(tokens.tower.features);
  REQUIRE(projected.rows() == kFrames * 15);
  const HostView newline = weights.get(config.family->newline, Shape{config.text.hidden});
  const HostRead got = backend->read(tokens.embeddings), wanted = backend->read(projected);
  for (std::size_t token = 0; token < layout.tokens(); ++token) {
    const TokenPlace place = layout.place(token);
    const float* expected =
        place.is_patch() ? wanted.row(place.block * 15 + place.row * 5 + place.column).data() : newline.f32();
    CAPTURE(token);
    CHECK(std::memcmp(got.row(token).data(), expected, config.text.hidden * sizeof(float)) == 0);
  }

  // 5 : 3, in the middle of the clip.
  const RgbImage& frame = *opened.clip.frames[0].image;
  const GridWindow& window = opened.encoded->window(0);
  CHECK(window.width / window.height == Approx(5.0 / 3));
  CHECK(window.left + window.width / 2 == Approx(frame.width / 2.0).margin(1));
  CHECK(window.top + window.height / 2 == Approx(frame.height / 2.0).margin(1));
}

TEST_CASE("a family's template makes the prompt", "[family]") {
  const Family& family = grid_family();
  CHECK(render({"", MediaKind::Video, {{"One?", "Yes."}, {"Two?", ""}}}, family) ==
        "System: Answer in one word.\nQ: [<video>] One?\nA: Yes.</s>Q: (nothing to see) Two?\nA:");
  CHECK(render({" Be kind. ", MediaKind::None, {{"One?", ""}}}, family) ==
        "System: Be kind.\nQ: (nothing to see) One?\nA:");
  const GridModel model;
  const auto engine = grid_engine(model.path);
  const auto media = engine->open(demo_clip(), {.count = kFrames}).encoded;
  const PromptLayout layout = engine->lay_out(grid_question(media, {}));
  CHECK(layout.visual_count() == kFrames * 18);
  CHECK(layout.ids[layout.visual_begin] == 513);
  CHECK(layout.visual_begin > 10);  // after the system's text
  CHECK(engine->most_frames(grid_question(media, {})) == (2048 - (layout.length - layout.visual_count()) - 1) / 18);
}

TEST_CASE("every strategy works with a second family, or says why it cannot", "[family][pruning]") {
  const GridModel model;
  const auto engine = grid_engine(model.path), foreign = grid_engine(model.path, foreign_backend({.threads = 2}));
  const OpenedClip opened = engine->open(demo_clip(), {.count = kFrames});
  const auto on_foreign = foreign->open(demo_clip(), {.count = kFrames}).encoded;
  std::set<std::string> served, refused;
  for (const StrategyInfo& info : strategies()) {
    INFO(info.name);
    const PruningOptions pruning{.strategy = std::string(info.name),
                                 .budget = parse_budget(info.name == "none" || info.name == "pool" ? "" : "25%"),
                                 .keep_cls = true};
    if (!serves(info)) {
      CHECK_THROWS_WITH((void)engine->answer(grid_question(opened.encoded, pruning)),
                        Contains(std::string(info.name)) && Contains("CLS"));
      refused.insert(std::string(info.name));
      continue;
    }
    served.insert(std::string(info.name));
    const Answer answer = engine->answer(grid_question(opened.encoded, pruning));
    CHECK(answer.visual_tokens == kFrames * 18);
    CHECK(foreign->answer(grid_question(on_foreign, pruning)).generated_ids == answer.generated_ids);
    REQUIRE(answer.trace);
    const Trace& trace = *answer.trace;
    CHECK((trace.layout == opened.encoded->layout()));
    CHECK(trace.steps.empty() == (info.name == "none"));
    const std::string bytes = trace_bytes(trace);
    CHECK((parse_trace(std::as_bytes(std::span(bytes)), "a trace") == trace));
    for (std::size_t behind = 0; behind <= trace.steps.size(); ++behind) {
      const Heatmap map = make_heatmap(trace, behind, HeatmapMode::Fate);
      CHECK(map.kept + map.recycled + map.dropped == kFrames * 18);
      RgbImage image = *opened.clip.frames[1].image;
      paint_heatmap(image, opened.encoded->window(1), map, 1);
    }
  }
  CHECK(refused == std::set<std::string>{"fastvid", "prumerge", "prumerge+", "visionzip"});
  CHECK(served.size() + refused.size() == strategies().size());
}

TEST_CASE("strategies name what a model lacks", "[family][pruning]") {
  const VisualLayout alike = VisualLayout::alike(2, {.rows = 2, .columns = 2, .after_row = 1});
  const VisualLayout differing(
      std::vector<VisualBlock>{{.frame = 0, .rows = 2, .columns = 2}, {.frame = 1, .rows = 1, .columns = 2}});
  const auto made = [](const char* name, const VisualLayout& layout, TowerTokens tower) {
    return make_strategy({.strategy = name},
                         {.layers = 6, .visual_tokens = layout.tokens(), .layout = layout, .tower = tower});
  };
  for (const char* name : {"visionzip", "prumerge", "prumerge+", "fastvid"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH(made(name, alike, TowerTokens::NoCls), Contains("has none"));
    CHECK_THROWS_WITH(made(name, alike, TowerTokens::Made), Contains("newlines"));
    CHECK_THROWS_WITH(made(name, differing, TowerTokens::Rows), Contains("differ"));
    CHECK(made(name, alike, TowerTokens::Rows) != nullptr);
  }
  CHECK_THROWS_WITH(made("dycoke", differing, TowerTokens::NoCls), Contains("dycoke") && Contains("differ"));
  for (const char* name : {"fastv", "divprune", "text-image", "sparsevlm-plus", "uniform"})
    CHECK(made(name, differing, TowerTokens::NoCls) != nullptr);
}

TEST_CASE("a second family in pictures, film and report", "[family][heatmap]") {
  const GridModel model;
  const TempDir temp;
  const auto engine = grid_engine(model.path);
  const OpenedClip opened = engine->open(demo_clip(), {.count = kFrames});
  const Answer answer =
      engine->answer(grid_question(opened.encoded, {.strategy = "sparsevlm-v1.5", .budget = parse_budget("25%")}));
  const Trace& trace = *answer.trace;
  std::vector<GridWindow> windows;
  for (std::size_t f = 0; f < kFrames; ++f) windows.push_back(opened.encoded->window(f));
  const ShownClip shown = as_shown(opened.clip, windows);
  const std::vector<SheetFrame> frames = sheet_frames(shown.clip, shown.windows);
  const std::vector<Heatmap> maps = step_heatmaps(trace, HeatmapMode::Score, ColourMap::Inferno);
  REQUIRE_FALSE(maps.empty());
  CHECK(frame_picture(trace, maps.back(), frames[3], 3).width > 0);
  CHECK(contact_sheet(trace, maps, frames).width > 0);

  // All patches of a frame and no newline.
  Heatmap all = make_heatmap(trace, 0, HeatmapMode::Fate);
  for (TokenPaint& paint : all.tokens) paint = {{255, 255, 255}, 1, 0};
  CHECK(rectangles(frame_svg(all, frames[2], 2)) == 15);
  // One patch: from two fifths to four fifths, in the last row.
  for (TokenPaint& paint : all.tokens) paint.colour = {0, 0, 0};
  all.tokens[all.layout.token(1, 2, 3)].colour = {255, 255, 255};
  RgbImage image{100, 60, std::vector<std::uint8_t>(std::size_t{3} * 100 * 60, 90)};
  paint_heatmap(image, {0, 0, 100, 60}, all, 1, {.opacity = 1, .lines = false});
  for (int y = 0; y < 60; ++y)
    for (int x = 0; x < 100; ++x)
      REQUIRE(image.pixels[std::size_t{3} * static_cast<std::size_t>(y * 100 + x)] ==
              (x >= 60 && x < 80 && y >= 40 ? 255 : 0));

  const Heatmap fate = make_heatmap(trace, trace.steps.size(), HeatmapMode::Fate);
  CHECK(write_film(shown.clip, shown.windows, trace, fate, temp / "film.mp4").frames > 0);
  const std::string page = make_report({.clip = shown.clip,
                                        .windows = shown.windows,
                                        .trace = trace,
                                        .answer = answer,
                                        .question = kGridQuestion,
                                        .model = "grid"});
  CHECK_THAT(page, Contains("\"rows\":3,\"columns\":5") && Contains("\"step\":6"));
}

TEST_CASE("a key in config.json tells families of one type apart", "[family][config]") {
  Family marked = grid_family();
  marked.model_type = "video_llava";
  marked.mark = "grid_tower";
  for (const std::vector<const Family*>& list :
       {std::vector<const Family*>{&default_family(), &marked}, {&marked, &default_family()}}) {
    const auto family = [&](const char* json) { return parse_config(json, "", "config.json", list).family; };
    CHECK(family(R"({"model_type": "video_llava"})") == &default_family());
    CHECK(family(R"({"model_type": "video_llava", "grid_tower": "x"})") == &marked);
  }
}

TEST_CASE("a second family is checked and quantised like the first", "[family]") {
  const GridModel model;
  const ModelCheck check = check_model(model.path, kFrames, with_grid_family());
  CHECK(check.problem.empty());
  CHECK(check.info.config.family == &grid_family());
  CHECK_THAT(check_model(model.path, kFrames).problem, Contains("model_type") && Contains("video_llava"));
  CHECK_THROWS_WITH(Engine::load({.model = model.path, .backend = cpu_backend({.threads = 1})}),
                    Contains("\"video_llava\""));

  const fs::path int8 = model.folder / "int8";
  const QuantiseResult made = quantise_checkpoint(model.path, Quantisation::Int8, int8, {}, {}, with_grid_family());
  CHECK(made.tensors.size() == 6 * 7 + 1 + 3 * 6 + 2);  // decoder, head, one tower, projector
  const auto engine = grid_engine(int8);
  CHECK(engine->answer(grid_question(engine->open(demo_clip(), {.count = 2}).encoded, {})).visual_tokens == 36);
}

TEST_CASE("what a family does not look at is refused by the file's name", "[family]") {
  const GridModel model;
  Family pictures = grid_family(), videos = grid_family();
  pictures.chat.video = {};
  videos.chat.image = {};
  const TempDir temp;
  const fs::path photo = temp / "photo.png";
  const std::vector<std::uint8_t> png = encode_png({4, 2, std::vector<std::uint8_t>(4 * 2 * 3, 90)});
  write_file(photo, {reinterpret_cast<const char*>(png.data()), png.size()});
  const auto engine_of = [&](const Family& family) {
    const std::array<const Family*, 1> list{&family};
    return Engine::load({.model = model.path, .families = list, .backend = cpu_backend({.threads = 2})});
  };
  const auto of_pictures = engine_of(pictures), of_videos = engine_of(videos);
  CHECK_FALSE(of_pictures->info().config.takes(MediaKind::Video));
  CHECK(of_pictures->info().config.main_medium() == MediaKind::Image);
  CHECK(of_videos->info().config.main_medium() == MediaKind::Video);
  CHECK(of_pictures->open(photo).encoded->visual_tokens() == 18);
  CHECK(of_videos->open(demo_clip(), {.count = 2}).encoded->visual_tokens() == 36);
  for (const auto& [engine, file, why] :
       {std::tuple{of_pictures.get(), demo_clip(), "takes no videos"}, {of_videos.get(), photo, "takes no pictures"}}) {
    try {
      static_cast<void>(engine->open(file));
      FAIL("it was opened");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Usage);
      CHECK_THAT(error.what(), Contains(file.string()) && Contains(why) && Contains("choose another model"));
    }
  }
}

TEST_CASE("a second family on the command line", "[family][cli]") {
  const GridModel model;
  const TempDir temp;
  const auto cli = [&](std::vector<std::string> words) {
    words.insert(words.begin(), SPARSIGHT_GRID_CLI);
    words.insert(words.end(), {"--model", model.path.string(), "--threads", "2"});
    return run(words);
  };
  const Ran info = cli({"info"});
  CHECK(info.exit_code == 0);
  CHECK_THAT(info.out, Contains("42 x 70 px in 3 x 5 patches: 18 tokens a frame"));
  CHECK_THAT(info.out, Contains("family      test_grid: videos and pictures"));

  const std::vector<std::string> asked{
      "inspect", demo_clip().string(), kGridQuestion, "--frames", "3", "--max-new-tokens", "4"};
  std::vector<std::string> words = asked;
  words.insert(words.end(), {"--prune", "sparsevlm-v1.5", "--budget", "25%", "--out", (temp / "seen").string()});
  const Ran seen = cli(words);
  INFO(seen.err);
  CHECK(seen.exit_code == 0);
  for (const char* file : {"report.html", "contact-sheet.png", "overlay.mp4", "trace.safetensors"})
    CHECK(fs::file_size(temp / "seen" / file) > 0);
  const Trace trace = load_trace(temp / "seen" / "trace.safetensors");
  CHECK((trace.layout == VisualLayout::alike(3, {.rows = 3, .columns = 5, .after_row = 1})));

  words = asked;
  words.insert(words.end(), {"--prune", "visionzip", "--budget", "25%", "--out", (temp / "unseen").string()});
  const Ran refused = cli(words);
  CHECK(refused.exit_code != 0);
  CHECK_THAT(refused.err, Contains("visionzip") && Contains("CLS"));
}

}  // namespace sparsight::test
