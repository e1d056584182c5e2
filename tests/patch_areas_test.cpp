// Which pixels belong to which token, in the layouts of all kinds of models, and what is counted there.
#include <catch2/catch.hpp>

#include "core/pictures/heatmap.h"
#include "core/pictures/patch_areas.h"
#include "core/pictures/report.h"
#include "core/pictures/sheet.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

namespace sparsight::test {
namespace {

using Catch::Contains;
constexpr std::int32_t kNone = PatchAreas::kNoToken;

RgbImage grey_picture(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{3} * static_cast<std::size_t>(width * height), 90)};
}

Rgb colour_at(const RgbImage& image, int x, int y) {
  const std::uint8_t* p = image.pixels.data() + std::size_t{3} * static_cast<std::size_t>(y * image.width + x);
  return {p[0], p[1], p[2]};
}

// Tokens by pixel, row by row.
std::vector<std::int32_t> tokens_by_pixel(const PatchAreas& areas, int width, int height) {
  std::vector<std::int32_t> out;
  for (int y = 0; y < height; ++y) {
    std::vector<std::int32_t> row(static_cast<std::size_t>(width));
    areas.row(y, row);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

// Checks that painting, pointing and areas give each pixel the token that `expected(x, y)` gives it.
template <typename Expected>
void check_pixels(const VisualLayout& layout, std::size_t frame, FrameView view, const GridWindow& window, int width,
                  int height, const Expected& expected) {
  const PatchAreas areas(layout, frame, view, window, width, height);
  Heatmap map;
  map.layout = layout;
  for (std::size_t token = 0; token < layout.tokens(); ++token)
    map.tokens.push_back({{static_cast<std::uint8_t>(token % 251), static_cast<std::uint8_t>(200), 7}, 1, 0});
  RgbImage painted = grey_picture(width, height), bare = painted;
  paint_heatmap(painted, window, map, frame, {.opacity = 1, .lines = false, .view = view});
  paint_heatmap(bare, window, map, frame, {.opacity = 1, .lines = false, .hatch_unseen = false, .view = view});
  const std::vector<std::int32_t> found = tokens_by_pixel(areas, width, height);
  std::size_t wrong = 0, unseen = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::int32_t token = found[static_cast<std::size_t>(y * width + x)];
      const auto pointed = areas.at(x + 0.5, y + 0.5);
      wrong += token != expected(x, y) || (pointed ? static_cast<std::int32_t>(*pointed) : kNone) != token;
      if (token == kNone) {
        ++unseen;
        wrong += colour_at(painted, x, y) == Rgb{90, 90, 90} || !(colour_at(bare, x, y) == Rgb{90, 90, 90});
        continue;
      }
      const PixelBox box = areas.pixels(static_cast<std::size_t>(token));
      wrong += !(box.left <= x && x < box.right && box.top <= y && y < box.bottom);
      wrong += !(colour_at(painted, x, y) == map.tokens[static_cast<std::size_t>(token)].colour);
    }
  CHECK(wrong == 0);
  CHECK(areas.all_seen() == (unseen == 0));
  // A token's box has no pixels but its own.
  std::size_t boxed = 0;
  for (const std::size_t token : areas.tokens()) {
    const PixelBox box = areas.pixels(token);
    if (!box.empty()) boxed += static_cast<std::size_t>((box.right - box.left) * (box.bottom - box.top));
    CHECK(areas.area(token).has_value());
  }
  CHECK(boxed + unseen == static_cast<std::size_t>(width * height));
}

// An overview of the whole picture, and one large grid of what the tiles show, with a newline after each row.
VisualLayout large_grid() {
  return VisualLayout({{.frame = 0, .rows = 2, .columns = 2}, {.frame = 0, .rows = 3, .columns = 4, .after_row = 1}});
}

// Two rows of three tiles of 2 x 2, each after a word, then an overview between two words.
VisualLayout tiled() {
  std::vector<VisualBlock> blocks;
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 3; ++column)
      blocks.push_back({.frame = 0,
                        .rows = 2,
                        .columns = 2,
                        .words_before = 1,
                        .part = {column / 3.0, row / 2.0, 1 / 3.0, 1 / 2.0}});
  blocks.push_back({.frame = 0, .rows = 2, .columns = 2, .words_before = 1, .words_after = 1});
  return VisualLayout(std::move(blocks));
}

// Two frames, each after two words: two patches and a newline. Its step drops token 3 and merges 7 and 8 into 10.
Trace worded_trace() {
  Trace trace;
  trace.strategy = "made-up";
  trace.layout = VisualLayout::alike(2, {.rows = 1, .columns = 2, .after_row = 1, .words_before = 2});
  trace.visual_tokens = 10;
  trace.text_tokens = 1;
  trace.text = {"\u2581What"};
  trace.words = {"\u2581at", "\u25811s:", "\u2581at", "\u25812s:"};
  TraceStep step;
  step.layer = 1;
  step.ids.resize(10);
  std::iota(step.ids.begin(), step.ids.end(), 0);
  step.scores = {-9, -9, 0.5f, 0.1f, 0.9f, -9, -9, 0.2f, 0.3f, 0.4f};
  step.into = {0, 1, 2, -1, 4, 5, 6, 10, 10, 9};
  step.out_ids = {0, 1, 2, 4, 5, 6, 9, 10};
  step.positions = {0, 1, 2, 3, 4, 5, 6, 7};
  trace.steps = {step};
  trace.layers = {{.tokens = 11, .visual_in = 10, .visual_out = 10},
                  {.tokens = 11, .visual_in = 10, .visual_out = 8},
                  {.tokens = 9, .visual_in = 8, .visual_out = 8}};
  return trace;
}

}  // namespace

TEST_CASE("an overview and one large grid each cover the picture", "[heatmap][layouts]") {
  const VisualLayout layout = large_grid();
  REQUIRE(layout.has_overview());
  const GridWindow window{0, 0, 80, 60};
  check_pixels(layout, 0, FrameView::Tiles, window, 80, 60, [](int x, int y) { return 4 + y / 20 * 5 + x / 20; });
  check_pixels(layout, 0, FrameView::Overview, window, 80, 60, [](int x, int y) { return y / 30 * 2 + x / 40; });
}

TEST_CASE("tiles stand where they were cut", "[heatmap][layouts]") {
  const VisualLayout layout = tiled();
  REQUIRE(layout.has_overview());
  const GridWindow window{0, 0, 60, 40};
  // Five tokens a tile, of which the first one is a word.
  check_pixels(layout, 0, FrameView::Tiles, window, 60, 40,
               [](int x, int y) { return (y / 20 * 3 + x / 20) * 5 + 1 + y % 20 / 10 * 2 + x % 20 / 10; });
  check_pixels(layout, 0, FrameView::Overview, window, 60, 40, [](int x, int y) { return 31 + y / 20 * 2 + x / 30; });
  // Areas are shares of the picture, whatever its size.
  const auto area = PatchAreas(layout, 0, FrameView::Tiles, {0, 0, 100, 70}, 100, 70).area(5 * 4 + 1 + 3);
  REQUIRE(area);
  CHECK(area->left == Approx(50));
  CHECK(area->top == Approx(52.5));
  CHECK(area->width == Approx(100 / 6.0));
  CHECK_FALSE(PatchAreas(layout, 0, FrameView::Tiles, window, 60, 40).area(31));  // of the overview
  CHECK_FALSE(PatchAreas(layout, 0, FrameView::Tiles, window, 60, 40).area(0));   // a word
}

TEST_CASE("what is cropped, and what patches do not reach, belongs to no token", "[heatmap][layouts]") {
  const VisualLayout layout = VisualLayout::alike(1, {.rows = 2, .columns = 2});
  // Cropped on the left and right; 5 rows at the bottom are beyond the last patch.
  check_pixels(layout, 0, FrameView::Tiles, {10, 0, 40, 40}, 60, 45,
               [](int x, int y) { return x >= 10 && x < 50 && y < 40 ? y / 20 * 2 + (x - 10) / 20 : kNone; });
  // Edges between pixels: a pixel belongs to the token that has its centre.
  check_pixels(layout, 0, FrameView::Tiles, {2.6, 0, 5, 4}, 10, 4,
               [](int x, int y) { return x >= 3 && x < 8 ? y / 2 * 2 + (x >= 5 ? 1 : 0) : kNone; });
}

TEST_CASE("a window larger than the picture is clipped to it", "[heatmap][layouts]") {
  const VisualLayout layout = VisualLayout::alike(1, {.rows = 4, .columns = 4});
  const GridWindow window{0, -20, 80, 80};
  check_pixels(layout, 0, FrameView::Tiles, window, 80, 40, [](int x, int y) { return (y + 20) / 20 * 4 + x / 20; });
  const PatchAreas areas(layout, 0, FrameView::Tiles, window, 80, 40);
  CHECK(areas.pixels(1).empty());  // on the padding above
  CHECK(areas.area(1)->top == Approx(-20));
  CHECK_FALSE(areas.at(30, -5));
  CHECK(areas.covered() == std::vector<PixelBox>{{0, 0, 80, 40}});
}

TEST_CASE("tokens of several frames are areas of each of them", "[heatmap][layouts]") {
  const VisualLayout layout({{.frame = 0, .frames = 2, .rows = 2, .columns = 3},
                             {.frame = 2, .frames = 2, .rows = 2, .columns = 3},
                             {.frame = 4, .rows = 2, .columns = 3}});
  CHECK_FALSE(layout.has_overview());
  for (std::size_t frame = 0; frame < 5; ++frame)
    check_pixels(layout, frame, FrameView::Tiles, {0, 0, 30, 20}, 30, 20,
                 [frame](int x, int y) { return static_cast<std::int32_t>(frame / 2 * 6) + y / 10 * 3 + x / 10; });
  CHECK((span_of(layout, 3) == FrameSpan{2, 3}));
  CHECK((span_of(layout, 4) == FrameSpan{4, 4}));
  // The contact sheet has a bar below frames that share tokens, and none where they do not.
  Trace trace;
  trace.layout = layout;
  trace.visual_tokens = layout.tokens();
  const RgbImage picture = grey_picture(300, 200);
  const std::vector<SheetFrame> frames(5, {&picture, {0, 0, 300, 200}, ""});
  const RgbImage joined = contact_sheet(trace, {}, frames);
  Trace apart = trace;
  apart.layout = VisualLayout::alike(5, {.rows = 2, .columns = 3});
  apart.visual_tokens = 30;
  const RgbImage own = contact_sheet(apart, {}, frames);
  const int below = 70 + 34 + static_cast<int>(std::lround(200 * 232 / 300.0)) + 2;
  REQUIRE(joined.width == own.width);
  const auto differs = [&](int x) { return !(colour_at(joined, x, below) == colour_at(own, x, below)); };
  CHECK(differs(20 + 100));          // frame 0
  CHECK(differs(20 + 232 + 4));      // between frames 0 and 1
  CHECK_FALSE(differs(20 + 476));    // between frames 1 and 2
  CHECK(differs(20 + 2 * 240 + 9));  // frame 2
  CHECK_FALSE(differs(20 + 4 * 240 + 100));
}

TEST_CASE("words are not counted as visual tokens, anywhere", "[heatmap][layouts][report]") {
  const Trace trace = worded_trace();
  CHECK(trace.counted() == 6);
  const TokenCounts counts = trace.counts(0);
  CHECK((counts == TokenCounts{.entered = 6, .kept = 3, .recycled = 2, .dropped = 1, .left = 4}));
  CHECK(trace.equivalent_by_input() == Approx((6 + 6 + 4) / 3.0));
  CHECK(trace.equivalent_by_output() == Approx((6 + 4 + 4) / 3.0));
  CHECK(trace.mean_behind_first_pruning() == Approx(4));
  for (const HeatmapMode mode : {HeatmapMode::Fate, HeatmapMode::Score, HeatmapMode::Clusters}) {
    const Heatmap map = make_heatmap(trace, 1, mode);
    CHECK(map.kept == counts.kept);
    CHECK(map.recycled == counts.recycled);
    CHECK(map.dropped == counts.dropped);
    CHECK(map.kept + map.merged == counts.left);
    CHECK(map.tokens[5].cover == 0);  // a word
  }
  // The scores of words do not stretch the scale.
  const Heatmap score = make_heatmap(trace, 1, HeatmapMode::Score);
  REQUIRE(score.scale);
  CHECK(score.scale->min == Approx(0.1));
  CHECK_FALSE(score.states[0].score);

  Clip clip;
  clip.path = "two.mp4";
  for (int f = 0; f < 2; ++f) clip.frames.push_back({f, f * 0.5, std::make_shared<RgbImage>(grey_picture(64, 64))});
  const std::vector<GridWindow> windows(2, {8, 0, 48, 64});
  const std::string page =
      make_report({.clip = clip, .windows = windows, .trace = trace, .answer = {}, .question = "?", .model = "m"});
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t from = page.find(begin) + begin.size();
  const auto data = nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
  CHECK(data["ids"] == 10);
  CHECK(data["visual_tokens"] == 6);
  CHECK(data["words"].size() == 4);
  CHECK(data["words"][3] == nlohmann::json::array({6, "\u25812s:"}));
  CHECK(data["states"][1]["counts"] == nlohmann::json({{"kept", 3}, {"recycled", 2}, {"dropped", 1}, {"merged", 1}}));
  CHECK(data["states"][1]["entered"] == 6);
  CHECK(data["states"][1]["left"] == 4);
  CHECK(data["layers"][1]["visual_in"] == 6);
  CHECK(data["layers"][1]["visual_out"] == 4);
  CHECK(data["frames"][0]["unseen"]["tiles"] == true);
}

TEST_CASE("traces of such layouts are saved and read", "[heatmap][layouts][trace]") {
  const TempDir temp;
  Trace trace = worded_trace();
  save_trace(trace, temp / "t.safetensors");
  CHECK((load_trace(temp / "t.safetensors") == trace));
  for (VisualLayout layout : {large_grid(), tiled()}) {
    Trace other;
    other.layout = std::move(layout);
    other.visual_tokens = other.layout.tokens();
    save_trace(other, temp / "t.safetensors");
    CHECK((load_trace(temp / "t.safetensors") == other));
  }
  trace.words.pop_back();
  save_trace(trace, temp / "t.safetensors");
  CHECK_THROWS_WITH(load_trace(temp / "t.safetensors"), Contains("expected 4 words") && Contains("found 3"));
  trace.words.clear();  // a file without them
  save_trace(trace, temp / "t.safetensors");
  CHECK((load_trace(temp / "t.safetensors") == trace));
}

TEST_CASE("an SVG hatches what was not seen, and shows the view that is asked for", "[heatmap][layouts]") {
  const RgbImage picture = grey_picture(60, 40);
  Heatmap map;
  map.layout = tiled();
  map.tokens.assign(map.layout.tokens(), {{255, 255, 255}, 1, 0});
  const auto rectangles = [](const std::string& svg) {
    std::size_t n = 0;
    for (std::size_t at = svg.find("<rect"); at != std::string::npos; at = svg.find("<rect", at + 1)) ++n;
    return n;
  };
  const std::string whole = frame_svg(map, {&picture, {0, 0, 60, 40}, ""}, 0);
  CHECK(rectangles(whole) == 24);
  CHECK_THAT(whole, !Contains("class=\"unseen\""));
  const std::string cropped = frame_svg(map, {&picture, {0, 0, 30, 40}, ""}, 0, {.view = FrameView::Overview});
  CHECK(rectangles(cropped) == 4);
  CHECK_THAT(cropped, Contains("class=\"unseen\"") && Contains("M0 0H60V40H0ZM0 0V40H30V0Z"));
}

}  // namespace sparsight::test
