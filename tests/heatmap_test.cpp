// What pictures of a trace show, and where in the frame.
#include <catch2/catch.hpp>

#include "core/pictures/heatmap.h"
#include "core/pictures/sheet.h"
#include "tests/support.h"
#include "tests/traces.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace sparsight::test {
namespace {

RgbImage plain(int width, int height, std::uint8_t grey) {
  RgbImage image{width, height, {}};
  image.pixels.assign(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), grey);
  return image;
}

Rgb pixel(const RgbImage& image, int x, int y) {
  const std::uint8_t* p =
      image.pixels.data() + std::size_t{3} * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                                              static_cast<std::size_t>(x));
  return {p[0], p[1], p[2]};
}

PreprocessConfig plain_pixels(std::size_t side) {
  PreprocessConfig config;
  config.shortest_edge = config.crop_width = config.crop_height = side;
  config.normalize = false;
  return config;
}

// A heatmap of one frame in which one token is white and the others black.
Heatmap one_white(std::size_t grid, bool has_cls, std::size_t row, std::size_t column) {
  Heatmap map;
  map.layout = VisualLayout::alike(1, {.rows = grid, .columns = grid, .cls = has_cls});
  map.tokens.assign(map.layout.tokens(), {{0, 0, 0}, 1, 0});
  map.tokens[map.layout.token(0, row, column)].colour = {255, 255, 255};
  return map;
}

std::size_t colours_in(const RgbImage& image, int from_row, int to_row) {
  std::set<std::uint32_t> seen;
  for (int y = from_row; y < to_row; ++y)
    for (int x = 0; x < image.width; ++x) {
      const Rgb p = pixel(image, x, y);
      seen.insert(std::uint32_t{p.r} << 16 | std::uint32_t{p.g} << 8 | p.b);
    }
  return seen.size();
}

// How many of Inferno's colours are below `from_row`.
std::size_t scale_colours(const RgbImage& image, int from_row) {
  std::set<std::string> seen;
  for (int y = from_row; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) seen.insert(hex(pixel(image, x, y)));
  std::set<std::string> found;
  for (int i = 0; i < 256; ++i)
    if (const std::string colour = hex(colour_of(ColourMap::Inferno, i / 255.0)); seen.contains(colour))
      found.insert(colour);
  return found.size();
}

int distance(Rgb a, Rgb b) { return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b)}); }

}  // namespace

// The strongest check: preprocessing hands a token's patch exactly what is painted at its place.
TEST_CASE("a token is painted where its patch comes from", "[heatmap]") {
  constexpr std::size_t kGrid = 8, kSide = 64;
  struct Case {
    int width, height;
    bool cls;
  };
  for (const Case& c : {Case{640, 272, true}, Case{272, 640, true}, Case{333, 211, false}, Case{211, 333, true},
                        Case{160, 160, false}, Case{1000, 667, true}, Case{64, 257, false}}) {
    for (const auto& [row, column] : {std::pair{0, 0}, std::pair{3, 5}, std::pair{7, 7}, std::pair{7, 0}}) {
      INFO(c.width << " x " << c.height << ", row " << row << ", column " << column);
      const PreprocessConfig config = plain_pixels(kSide);
      RgbImage image = plain(c.width, c.height, 0);
      paint_heatmap(image, grid_window(c.width, c.height, config, kSide, kSide),
                    one_white(kGrid, c.cls, static_cast<std::size_t>(row), static_cast<std::size_t>(column)), 0,
                    {.opacity = 1, .lines = false, .hatch_unseen = false});
      const HostTensor seen = preprocess(image, config);
      for (int r = 0; r < static_cast<int>(kGrid); ++r)
        for (int k = 0; k < static_cast<int>(kGrid); ++k) {
          double sum = 0;
          for (int y = 0; y < 8; ++y)
            for (int x = 0; x < 8; ++x) sum += static_cast<double>(seen.f32()[(r * 8 + y) * 64 + k * 8 + x]);
          const bool here = r == row && k == column;
          if (here ? sum / 64 < 0.8 : std::abs(sum / 64) > 0.15)
            FAIL_CHECK("patch " << r << ", " << k << " sees " << sum / 64);
        }
    }
  }
}

TEST_CASE("the grid's window: crop, padding, and patches that do not fill the picture", "[heatmap]") {
  PreprocessConfig config = plain_pixels(64);
  // 640 x 320 becomes 128 x 64, of which columns 32..95 are kept: a factor of 5.
  const GridWindow wide = grid_window(640, 320, config, 64, 64);
  CHECK(wide.left == Approx(160));
  CHECK(wide.top == Approx(0));
  CHECK(wide.width == Approx(320));
  CHECK(wide.height == Approx(320));
  CHECK(wide.scaled(0.5).left == Approx(80));
  // Patches of 14 cover 56 of 64 pixels.
  CHECK(grid_window(640, 320, config, 56, 56).width == Approx(280));
  // No resizing: 40 x 40 is padded by 12 on all sides.
  config.resize = false;
  const GridWindow padded = grid_window(40, 40, config, 64, 64);
  CHECK(padded.left == Approx(-12));
  CHECK(padded.width == Approx(64));
  config.crop_width = 0;
  CHECK_THROWS_AS(grid_window(40, 40, config, 64, 64), Error);
}

TEST_CASE("a grid that sticks out of the frame is painted where there are pixels", "[heatmap]") {
  RgbImage image = plain(20, 10, 50);
  paint_heatmap(image, {-10, -10, 40, 40}, one_white(2, false, 0, 1), 0, {.opacity = 1, .lines = false});
  CHECK(pixel(image, 9, 9) == Rgb{0, 0, 0});
  CHECK(pixel(image, 10, 9) == Rgb{255, 255, 255});
  image = plain(20, 10, 50);
  paint_heatmap(image, {100, 100, 40, 40}, one_white(2, false, 0, 1), 0, {.opacity = 0});
  CHECK(pixel(image, 5, 5) == Rgb{50, 50, 50});
}

TEST_CASE("token states follow the steps", "[heatmap]") {
  const Trace trace = small_trace();
  const auto before = token_states(trace, 0);
  REQUIRE(before.size() == 10);
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(before[i].fate == Fate::Kept);
    CHECK(before[i].as == static_cast<std::int32_t>(i));
    CHECK_FALSE(before[i].score);
  }
  const auto first = token_states(trace, 1);
  CHECK(first[0].fate == Fate::Kept);
  CHECK(first[0].score == 0.9f);
  CHECK(first[2].fate == Fate::Recycled);
  CHECK(first[2].as == 10);
  CHECK(first[2].left_at == 0u);
  CHECK(first[4].fate == Fate::Dropped);
  // The merged token is dropped at the second step, with its members; each of these shows its score.
  const auto second = token_states(trace, 2);
  CHECK(second[2].fate == Fate::Dropped);
  CHECK(second[2].as == 10);
  CHECK(second[2].left_at == 0u);
  CHECK(second[2].score == 0.125f);
  CHECK_FALSE(second[4].score);
  CHECK(second[5].fate == Fate::Recycled);  // into token 6, which goes on as itself
  CHECK(second[5].as == 6);
  CHECK(second[6].fate == Fate::Kept);
  CHECK(token_states(trace, 99).size() == 10);
  CHECK(token_states(trace, 99)[2].fate == Fate::Dropped);

  CHECK(steps_behind(trace, TraceStep::kTower) == 0);
  CHECK(steps_behind(trace, TraceStep::kBeforeDecoder) == 1);
  CHECK(steps_behind(trace, 2) == 1);
  CHECK(steps_behind(trace, 3) == 2);
  CHECK(step_title(trace, 0) == "before pruning");
  CHECK(step_title(trace, 1) == "before the decoder");
  CHECK(step_title(trace, 2) == "after layer 3");

  const TokenPlace cls = trace.layout.place(5);
  CHECK(cls.kind == TokenPlace::Kind::Cls);
  CHECK(cls.frame == 1);
  const TokenPlace corner = trace.layout.place(9);
  CHECK((corner.frame == 1 && corner.row == 1 && corner.column == 1 && corner.is_patch()));
}

TEST_CASE("the modes of a heatmap", "[heatmap]") {
  const Trace trace = small_trace();
  const Heatmap fate = make_heatmap(trace, 1, HeatmapMode::Fate);
  CHECK(fate.kept == 6);
  CHECK(fate.recycled == 2);
  CHECK(fate.dropped == 2);
  CHECK(fate.merged == 1);
  CHECK(fate.tokens[0].cover == 0);
  CHECK(fate.tokens[2].colour == kind_colour(0));
  CHECK(fate.tokens[4].colour == kGoneColour);

  const Heatmap score = make_heatmap(trace, 1, HeatmapMode::Score, ColourMap::Viridis);
  REQUIRE(score.scale);
  CHECK(score.tokens[0].colour == colour_of(ColourMap::Viridis, 1));  // the highest
  CHECK(score.tokens[4].colour == colour_of(ColourMap::Viridis, score.scale->at(0.1)));
  const Heatmap later = make_heatmap(trace, 2, HeatmapMode::Score);
  CHECK(later.tokens[4].colour == kGoneColour);  // pruned earlier

  const Heatmap clusters = make_heatmap(trace, 1, HeatmapMode::Clusters);
  CHECK(clusters.tokens[2].colour == clusters.tokens[3].colour);
  CHECK(clusters.tokens[2].group == 10);

  // Without scores, and before any step, the heatmap shows the fate.
  Trace silent = trace;
  silent.steps[0].scores.clear();
  CHECK(make_heatmap(silent, 1, HeatmapMode::Score).mode == HeatmapMode::Fate);
  CHECK(make_heatmap(trace, 0, HeatmapMode::Score).mode == HeatmapMode::Fate);
  CHECK(make_heatmap(trace, 0, HeatmapMode::Fate).kept == 10);
}

TEST_CASE("what a word attends to", "[heatmap]") {
  Trace trace = small_trace();
  CHECK(make_word_heatmap(trace, 1, 0).mode == HeatmapMode::Fate);
  std::vector<float> attention(30, 0.0f);
  for (std::size_t i = 0; i < 10; ++i) attention[10 + i] = static_cast<float>(i);
  trace.steps[0].text_attention = attention;
  // Before any step, and after the first one: each token's own score, also if the step dropped it.
  for (const std::size_t behind : {0, 1}) {
    const Heatmap map = make_word_heatmap(trace, behind, 1, ColourMap::Viridis);
    CHECK(map.mode == HeatmapMode::Score);
    REQUIRE(map.scale);
    for (std::size_t i = 0; i < 10; ++i) CHECK(map.states[i].score == static_cast<float>(i));
    CHECK(map.tokens[9].colour == colour_of(ColourMap::Viridis, 1));
    CHECK(map.kept == (behind == 0 ? 10u : 6u));
  }
  CHECK(make_word_heatmap(trace, 1, 0).states[9].score == 0.0f);
  CHECK(make_word_heatmap(trace, 2, 1).mode == HeatmapMode::Fate);  // the second step recorded none
  attention.assign(21, 0.25f);
  attention[2 * 7 + 6] = 0.5f;  // of token 10, into which 2 and 3 were merged
  trace.steps[1].text_attention = attention;
  const Heatmap later = make_word_heatmap(trace, 2, 2);
  CHECK(later.states[2].score == 0.5f);
  CHECK(later.states[3].score == 0.5f);
  CHECK(later.states[7].score == 0.25f);
  CHECK_FALSE(later.states[4].score);
  CHECK(later.tokens[4].colour == kGoneColour);
}

TEST_CASE("scales of scores", "[heatmap]") {
  CHECK_FALSE(score_scale({}));
  const std::vector<float> none(3, std::numeric_limits<float>::quiet_NaN());
  CHECK_FALSE(score_scale(none));
  const std::vector<float> same(5, 0.25f);
  REQUIRE(score_scale(same));
  CHECK(std::isfinite(score_scale(same)->at(0.25)));

  std::vector<float> wide;
  for (int i = 0; i <= 1000; ++i) wide.push_back(std::pow(10.0f, static_cast<float>(i) / 250 - 4));
  const ScoreScale log = score_scale(wide).value();
  CHECK(log.logarithmic);
  CHECK(log.at(log.low) == Approx(0).margin(1e-9));
  CHECK(log.at(log.high) == Approx(1));
  CHECK(log.at(log.value(0.3)) == Approx(0.3));
  CHECK(log.at(-1) == 0);
  CHECK(log.at(2 * log.max) == 1);

  std::vector<float> narrow{-1, 0, 1, std::numeric_limits<float>::infinity()};
  const ScoreScale linear = score_scale(narrow).value();
  CHECK_FALSE(linear.logarithmic);
  CHECK(linear.min == -1);
  CHECK(linear.max == 1);
  CHECK(linear.at(0) == Approx(0.5));
  CHECK(linear.value(0.25) == Approx(-0.5));
}

// Values of its maps that matplotlib publishes.
TEST_CASE("colours are those of the maps they are named after", "[heatmap]") {
  CHECK(distance(colour_of(ColourMap::Viridis, 0), {0x44, 0x01, 0x54}) <= 6);
  CHECK(distance(colour_of(ColourMap::Viridis, 0.25), {0x3b, 0x52, 0x8b}) <= 6);
  CHECK(distance(colour_of(ColourMap::Viridis, 0.5), {0x21, 0x91, 0x8c}) <= 6);
  CHECK(distance(colour_of(ColourMap::Viridis, 0.75), {0x5e, 0xc9, 0x62}) <= 6);
  CHECK(distance(colour_of(ColourMap::Viridis, 1), {0xfd, 0xe7, 0x25}) <= 6);
  CHECK(distance(colour_of(ColourMap::Inferno, 0), {0x00, 0x00, 0x04}) <= 6);
  CHECK(distance(colour_of(ColourMap::Inferno, 0.5), {0xbc, 0x37, 0x54}) <= 6);
  CHECK(distance(colour_of(ColourMap::Inferno, 1), {0xfc, 0xff, 0xa4}) <= 6);
  CHECK(colour_of(ColourMap::Viridis, std::numeric_limits<double>::quiet_NaN()) == colour_of(ColourMap::Viridis, -7));
  CHECK(colour_of(ColourMap::Viridis, 7) == colour_of(ColourMap::Viridis, 1));
  CHECK(hex(kind_colour(0)) == "#e69f00");
  CHECK(rgb(0x0102FF) == Rgb{1, 2, 255});
  // The app's are the same.
  const std::string theme = read_file(source_dir() / "qml/Theme.qml");
  for (const auto& [name, colour] :
       {std::pair{"kept", palette::kSkyBlue}, {"recycled", palette::kOrange}, {"differs", palette::kPurple}})
    CHECK_THAT(theme, Catch::Contains(fmt::format("color {}: \"{}\"", name, hex(colour))));
  CHECK(kind_colour(kKindColours) == kind_colour(0));
  CHECK(colour_map("viridis") == ColourMap::Viridis);
  CHECK_FALSE(colour_map("jet"));
}

TEST_CASE("a picture has its frame, a legend with numbers and the CLS token", "[heatmap]") {
  const Trace trace = small_trace();
  const RgbImage frame = plain(300, 200, 128);
  const SheetFrame shown{&frame, {50, 0, 200, 200}, "frame 7, 0.50 s"};
  const RgbImage score = frame_picture(trace, make_heatmap(trace, 1, HeatmapMode::Score), shown, 1);
  CHECK(score.width == 940);
  CHECK(score.height > 600 + 100);
  // 62 pixels of title, 600 of frame, then the scale with hundreds of colours.
  CHECK(colours_in(score, 0, 60) > 20);
  CHECK(scale_colours(score, 62 + 600 + 10) > 100);
  const RgbImage fate = frame_picture(trace, make_heatmap(trace, 1, HeatmapMode::Fate), shown, 1);
  CHECK(scale_colours(fate, 62 + 600 + 10) < 20);
  CHECK(colours_in(fate, 62 + 600 + 10, fate.height) > 20);
  // Token 5 is the second frame's CLS; its square shows whether it was dropped.
  Trace other = trace;
  other.layout = VisualLayout::alike(2, {.rows = 2, .columns = 2, .cls = true});
  std::swap(other.steps[0].into[5], other.steps[0].into[4]);
  other.steps[0].out_ids = {0, 1, 4, 6, 7, 8, 10};
  other.steps.pop_back();
  CHECK(frame_picture(other, make_heatmap(other, 1, HeatmapMode::Fate), shown, 1).pixels != fate.pixels);
}

// Cairo stops drawing at the first byte that is not UTF-8; what follows must not be lost.
TEST_CASE("a hostile caption does not damage the picture", "[heatmap]") {
  const Trace trace = small_trace();
  const RgbImage frame = plain(300, 200, 128);
  const Heatmap map = make_heatmap(trace, 1, HeatmapMode::Score);
  const auto picture = [&](const std::string& caption) {
    return frame_picture(trace, map, {&frame, {50, 0, 200, 200}, caption}, 0);
  };
  const RgbImage good = picture("xyz");
  CHECK(picture("x\xff\xc0\xaf\xed\xa0\x80y\x01\x1b\xf5z\xe2\x82").pixels == good.pixels);
  std::string caption(100'000, 'm');
  caption.push_back('\xff');
  const RgbImage lengthy = picture(caption);
  CHECK(lengthy.width == good.width);
  // The title with the step's name is unchanged.
  std::size_t differing = 0;
  for (int y = 0; y < lengthy.height; ++y)
    for (int x = lengthy.width * 3 / 4; x < lengthy.width; ++x)
      differing += pixel(lengthy, x, y) == pixel(good, x, y) ? 0 : 1;
  CHECK(differing == 0);
}

TEST_CASE("contact sheets of few and of many frames and steps", "[heatmap]") {
  const Trace trace = small_trace();
  const RgbImage frame = plain(320, 180, 90);
  const std::vector<SheetFrame> two(2, {&frame, {70, 0, 180, 180}, "frame"});
  std::vector<Heatmap> maps;
  for (std::size_t behind : {1, 2}) maps.push_back(make_heatmap(trace, behind, HeatmapMode::Score));
  const RgbImage sheet = contact_sheet(trace, maps, two);
  CHECK(sheet.width > 640);
  CHECK(contact_sheet(trace, {}, two).height < sheet.height);

  Trace long_one;
  long_one.layout = VisualLayout::alike(200, {.rows = 1, .columns = 1});
  long_one.visual_tokens = 200;
  const std::vector<SheetFrame> many(200, {&frame, {70, 0, 180, 180}, "frame"});
  const std::vector<Heatmap> same(40, make_heatmap(long_one, 0, HeatmapMode::Fate));
  const RgbImage large = contact_sheet(long_one, same, many);
  CHECK(large.height <= 32000);
  CHECK(large.height > 20000);
}

TEST_CASE("a film's strip names the fates where it fits", "[heatmap]") {
  const Trace trace = small_trace();
  const Heatmap map = make_heatmap(trace, 1, HeatmapMode::Fate);
  const RgbImage frame = plain(640, 360, 90);
  const SheetFrame shown{&frame, {0, 0, 640, 360}, "frame"};
  const auto strip = fate_strip(trace, map, shown, 0, 640);
  REQUIRE(strip);
  CHECK(strip->width == 640);
  CHECK(colours_in(*strip, 0, strip->height) > 20);
  CHECK_FALSE(fate_strip(trace, map, shown, 0, 60));
  // What was not seen is named too.
  const SheetFrame cropped{&frame, {140, 0, 360, 360}, "frame"};
  CHECK(fate_strip(trace, map, cropped, 0, 640)->pixels != strip->pixels);
}

// A trace that load_trace accepts may still be nonsense: it is refused or shown, never trusted.
TEST_CASE("hostile traces are refused or shown", "[heatmap]") {
  const TempDir temp;
  const auto through_a_file = [&](const Trace& trace) {
    save_trace(trace, temp / "t.safetensors");
    return load_trace(temp / "t.safetensors");
  };
  const auto refused = [&](VisualLayout layout) {
    Trace trace = small_trace();
    trace.layout = std::move(layout);
    CHECK_THROWS_AS(make_heatmap(through_a_file(trace), 1, HeatmapMode::Fate), Error);
  };
  refused(VisualLayout::alike(2, {.rows = 3, .columns = 3, .cls = true}));
  refused(VisualLayout::alike(3, {.rows = 2, .columns = 2, .cls = true}));
  refused(VisualLayout::alike(2, {.rows = 5, .columns = 1, .part = {0.5, 0, 1, 1}}));
  refused({});

  Trace odd = small_trace();
  odd.steps[0].layer = std::numeric_limits<std::int32_t>::min();
  odd.steps[1].layer = std::numeric_limits<std::int32_t>::max();
  odd.steps[0].scores = {NAN, INFINITY, -INFINITY, -1, 0, 1e-38f, 3e38f, -3e38f, NAN, 1};
  // Ids that no token was merged into, negative and huge ones.
  for (std::int32_t& id : odd.steps[0].into)
    if (id == 10) id = std::numeric_limits<std::int32_t>::max();
  for (auto* ids : {&odd.steps[0].out_ids, &odd.steps[1].ids})
    std::ranges::replace(*ids, 10, std::numeric_limits<std::int32_t>::max());
  odd.steps[1].out_ids.push_back(-5);
  odd.steps[1].positions.push_back(0);
  const Trace trace = through_a_file(odd);
  const RgbImage frame = plain(31, 17, 128);
  const std::vector<SheetFrame> shown(2, {&frame, {7, 0, 17, 17}, "frame"});
  std::vector<Heatmap> maps;
  for (std::size_t behind = 0; behind <= 2; ++behind)
    for (const HeatmapMode mode : {HeatmapMode::Score, HeatmapMode::Fate, HeatmapMode::Clusters}) {
      maps.push_back(make_heatmap(trace, behind, mode));
      CHECK(maps.back().kept + maps.back().recycled + maps.back().dropped == 10);
      CHECK(frame_picture(trace, maps.back(), shown[1], 1).width > 0);
    }
  CHECK(contact_sheet(trace, maps, shown).width > 0);
}

}  // namespace sparsight::test
