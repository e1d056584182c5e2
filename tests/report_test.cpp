// The report is complete, needs nothing else, and treats texts as texts.
#include <catch2/catch.hpp>

#include "core/base/text.h"
#include "core/pictures/film.h"
#include "core/pictures/report.h"
#include "tests/support.h"
#include "tests/traces.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <regex>

namespace sparsight::test {
namespace {

using nlohmann::json;

Clip two_frames(int width, int height) {
  Clip clip;
  clip.path = "clips/two.mp4";
  for (int f = 0; f < 2; ++f) {
    RgbImage image{width, height, {}};
    image.pixels.assign(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 100);
    clip.frames.push_back({f * 10, f * 0.5, std::make_shared<RgbImage>(std::move(image))});
  }
  clip.total_frames = 20;
  clip.duration_s = 1;
  clip.width = width;
  clip.height = height;
  return clip;
}

std::string page_of(const Clip& clip, const Trace& trace, const std::string& question, const std::string& answer) {
  const std::vector<GridWindow> windows(2, {60, 0, 200, 200});
  Answer said;
  said.text = answer;
  return make_report({.clip = clip,
                      .windows = windows,
                      .trace = trace,
                      .answer = said,
                      .question = question,
                      .model = "demo",
                      .files = {{"overlay.mp4", "the video"}}});
}

json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(begin);
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("the report holds the trace's numbers", "[report]") {
  const Trace trace = small_trace();
  const json data = data_of(page_of(two_frames(320, 200), trace, "What is it?", "A star."));
  CHECK(data["question"] == "What is it?");
  CHECK(data["answer"] == "A star.");
  CHECK(data["file"] == "two.mp4");
  CHECK(data["by_output"] == Approx(trace.equivalent_by_output()));
  CHECK(data["by_input"] == Approx(trace.equivalent_by_input()));
  CHECK(data["raters"] == json::array({1}));
  REQUIRE(data["states"].size() == 3);
  CHECK(data["states"][0]["fates"] == "kkkkkkkkkk");
  CHECK(data["states"][1]["fates"] == "kkrrdkkkkd");
  CHECK(data["states"][2]["fates"] == "kkdddrkkdd");
  CHECK(data["states"][1]["scores"][0] == Approx(0.9));
  CHECK(data["states"][2]["scores"][4].is_null());
  CHECK(data["states"][2]["as"][5] == 6);
  CHECK(data["left_at"][2] == 0);
  CHECK(data["left_at"][0].is_null());
  CHECK(data["layers"][2]["behind"] == 1);
  CHECK(data["layers"][3]["behind"] == 2);
  CHECK(data["colours"]["inferno"].size() == 256);
  REQUIRE(data["frames"].size() == 2);
  CHECK(data["frames"][1]["image"].get<std::string>().starts_with("data:image/jpeg;base64,/9j/"));
  CHECK(data["frames"][1]["window"][0] == Approx(60.0 / 320));
  CHECK(data["files"][0]["name"] == "overlay.mp4");
}

TEST_CASE("large frames are shrunk for the report, small ones stay", "[report]") {
  CHECK(data_of(page_of(two_frames(1920, 1080), small_trace(), "?", ""))["frames"][0]["width"] == 960);
  CHECK(data_of(page_of(two_frames(32, 16), small_trace(), "?", ""))["frames"][0]["width"] == 32);
}

TEST_CASE("the report loads nothing from elsewhere", "[report]") {
  const std::string page = page_of(two_frames(64, 64), small_trace(), "What?", "That.");
  CHECK(page.starts_with("<!doctype html>"));
  CHECK_THAT(page, Catch::Contains("default-src 'none'"));
  const std::regex resource(R"re((src|href)\s*=\s*["'](?!#|data:))re");
  CHECK_FALSE(std::regex_search(page.substr(0, page.find("id=\"data\"")), resource));
  CHECK(page.find("@import") == std::string::npos);
  CHECK(page.find("url(") == std::string::npos);
  CHECK(page.find("https:") == std::string::npos);
  // The only address is the name of SVG's elements.
  CHECK(count(page, "http:") == 1);
  CHECK(count(page, "http://www.w3.org/2000/svg") == 1);
  CHECK(count(page, "{{") == 0);
}

TEST_CASE("hostile texts stay texts", "[report]") {
  Trace trace = small_trace();
  const std::string evil =
      "</script><script>alert(1)</script><!-- \" ' & \\ \n \xE2\x80\xA8 \xE2\x80\xA9 {{data}} \xff";
  trace.text = {evil, "<img src=x onerror=alert(1)>", "ok"};
  trace.strategy = evil;
  Clip clip = two_frames(64, 64);
  clip.path = "</script><b>.mp4";
  const std::string page = page_of(clip, trace, evil, evil);
  const std::string plain = page_of(two_frames(64, 64), small_trace(), "?", "!");
  CHECK(count(page, "<script") == count(plain, "<script"));
  CHECK(count(page, "</script") == count(plain, "</script"));
  CHECK(count(page, "<!--") == count(plain, "<!--"));
  CHECK(count(page, "<img") == count(plain, "<img"));
  CHECK(page.find("\xE2\x80\xA8") == std::string::npos);
  const json data = data_of(page);
  const std::string shown = evil.substr(0, evil.size() - 1) + "\uFFFD";
  CHECK(data["question"] == shown);
  CHECK(data["answer"] == shown);
  CHECK(data["text"][1] == "<img src=x onerror=alert(1)>");
  CHECK(escaped("\"<\xE2\x80\xA9>&\xE2\x80\"", Format::JsonInScript) == "\"\\u003c\\u2029\\u003e\\u0026\xE2\x80\"");
}

TEST_CASE("odd traces make a report or an error", "[report]") {
  Trace trace = small_trace();
  trace.layout = VisualLayout::alike(3, trace.layout.blocks().front());
  CHECK_THROWS_AS(page_of(two_frames(64, 64), trace, "?", ""), Error);
  trace = small_trace();
  trace.layout = VisualLayout::alike(1, {.rows = 3, .columns = 3, .cls = true});
  CHECK_THROWS_AS(page_of(two_frames(64, 64), trace, "?", ""), Error);
  trace = small_trace();
  trace.steps.clear();
  trace.layers.clear();
  trace.rater_weights.clear();
  trace.raters.clear();
  CHECK(data_of(page_of(two_frames(64, 64), trace, "?", ""))["states"].size() == 1);
  trace = small_trace();
  trace.steps[0].scores.assign(10, std::numeric_limits<float>::quiet_NaN());
  trace.steps[1].scores.assign(7, std::numeric_limits<float>::infinity());
  trace.layers[0].ms = std::numeric_limits<double>::infinity();
  const json data = data_of(page_of(two_frames(64, 64), trace, "?", ""));
  CHECK_FALSE(data["states"][1].contains("scores"));
  CHECK(data["layers"][0]["ms"].is_null());
}

TEST_CASE("each frame of a film has the nearest sampled one's tokens", "[report]") {
  const Clip clip = two_frames(8, 8);  // at 0 and 0.5 s
  CHECK(nearest_frame(clip.frames, -1) == 0);
  CHECK(nearest_frame(clip.frames, 0.25) == 0);
  CHECK(nearest_frame(clip.frames, 0.251) == 1);
  CHECK(nearest_frame(clip.frames, 9) == 1);
}

// small_trace() after its first step: in frame 0 the upper right and lower left quarters are recycled and the lower
// right one is dropped; in frame 1 only the lower right one is.
TEST_CASE("a film shows every frame under its tokens, and leaves no file if it is stopped", "[report]") {
  const auto path = demo_clip();
  const Clip clip = read_clip(path, {.count = 2});
  const Trace trace = small_trace();
  const Heatmap map = make_heatmap(trace, 1, HeatmapMode::Fate);
  const std::vector<GridWindow> windows(2, {0, 0, 448, 448});
  const TempDir temp;
  std::size_t reports = 0;
  const Control control{[&](const Progress& progress) { reports += progress.stage == Stage::Film; }, {}};
  const FilmResult result = write_film(clip, windows, trace, map, temp / "film.mp4", {}, control);
  CHECK(result.frames == 48);
  CHECK(reports == 49);
  const Clip film = read_clip(temp / "film.mp4", {.count = 48}), source = read_clip(path, {.count = 48});
  REQUIRE(film.total_frames == 48);
  const auto difference = [&](std::size_t frame, int x, int y) {
    int largest = 0;
    const auto at = std::size_t{3} * static_cast<std::size_t>(y * 448 + x);
    for (std::size_t c = 0; c < 3; ++c)
      largest = std::max(
          largest, std::abs(film.frames[frame].image->pixels[at + c] - source.frames[frame].image->pixels[at + c]));
    return largest;
  };
  for (const std::size_t frame : {std::size_t{2}, std::size_t{21}, std::size_t{45}}) {
    const bool early = frame < 24;
    INFO("frame " << frame);
    CHECK(difference(frame, 60, 60) < 16);
    CHECK((difference(frame, 390, 40) > 40) == early);
    CHECK((difference(frame, 40, 390) > 40) == early);
    CHECK(difference(frame, 390, 390) > 8);
  }

  std::stop_source stop;
  std::size_t calls = 0;
  const Control stopping{[&](const Progress&) {
                           if (++calls == 5) stop.request_stop();
                         },
                         stop.get_token()};
  CHECK_THROWS_AS(write_film(clip, windows, trace, map, temp / "stopped.mp4", {}, stopping), Cancelled);
  CHECK_FALSE(std::filesystem::exists(temp / "stopped.mp4"));
  CHECK_FALSE(std::filesystem::exists(temp / "stopped.mp4.part"));
}

}  // namespace sparsight::test
