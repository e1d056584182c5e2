// `sparsight-cli inspect` as a user runs it.
#include <catch2/catch.hpp>

#include "core/chat/store.h"
#include "core/media/video.h"
#include "core/pruning/trace.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

namespace sparsight::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Ran inspect(std::vector<std::string> words) {
  words.insert(words.begin(), {SPARSIGHT_CLI, "inspect"});
  return run(words);
}

std::set<std::string> names_in(const fs::path& dir) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("inspect writes heatmaps, sheet, film, trace and report, and lists them", "[inspect]") {
  const TempDir temp;
  const fs::path out = temp / "ünï cödé/seen";
  const Ran ran = inspect({demo_clip(), "Which way does the star go?", "--prune", "sparsevlm-v1.5", "--budget", "25%",
                           "--out", out.string(), "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.err.empty());
  const json printed = json::parse(ran.out);
  std::set<std::string> written;
  for (const json& file : printed["written"]) {
    written.insert(file["file"].get<std::string>());
    CHECK(file["bytes"] == fs::file_size(out / file["file"].get<std::string>()));
  }
  auto expected = names_in(out);
  CHECK(expected.erase("inspect.json") == 1);
  CHECK(written == expected);
  CHECK(printed["answer"]["answer"] == "The star moves left.");

  const Trace trace = load_trace(out / "trace.safetensors");
  CHECK(trace.visual_tokens == 2056);
  CHECK(trace.source.clip_hash == content_hash(demo_clip()));
  CHECK(trace.source.frames.size() == 8);
  CHECK(trace.source.model.starts_with("sparsight-demo"));
  REQUIRE_FALSE(trace.steps.empty());
  const auto pictures =
      std::ranges::count_if(written, [](const std::string& name) { return name.starts_with("step-"); });
  CHECK(pictures == static_cast<std::ptrdiff_t>(8 * trace.steps.size()));
  for (const std::string& name : written)
    if (name.ends_with(".png")) CHECK(read_file(out / name).starts_with("\x89PNG"));

  const Clip before = read_clip(demo_clip(), {.count = 48}), after = read_clip(out / "overlay.mp4", {.count = 48});
  CHECK(after.codec == "h264");
  CHECK(after.total_frames == before.total_frames);
  CHECK(after.width == before.width);
  CHECK(after.height == before.height);
  CHECK(after.duration_s == Approx(before.duration_s).margin(0.001));
  for (std::size_t i = 0; i < 48; ++i) CHECK(after.frames[i].time_s == Approx(before.frames[i].time_s).margin(0.0005));
  CHECK_THAT(read_file(out / "report.html"), Catch::Contains("The star moves left."));
}

TEST_CASE("inspect replaces its own files and leaves those of others", "[inspect]") {
  const TempDir temp;
  const std::vector<std::string> words{demo_clip(), "What happens?", "--frames", "2",
                                       "--no-film", "--out",         temp.path()};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = words;
    all.insert(all.end(), more.begin(), more.end());
    return inspect(all);
  };
  write_file(temp / "holiday.txt", "mine");
  REQUIRE(with({"--prune", "none"}).exit_code == 0);
  CHECK(fs::exists(temp / "unpruned-frame-02.png"));
  CHECK_FALSE(fs::exists(temp / "overlay.mp4"));
  // Another strategy makes other pictures: the old ones are removed.
  REQUIRE(with({"--prune", "sparsevlm-video", "--mode", "clusters", "--colours", "viridis"}).exit_code == 0);
  CHECK_FALSE(fs::exists(temp / "unpruned-frame-02.png"));
  CHECK(read_file(temp / "holiday.txt") == "mine");

  fs::remove(temp / "inspect.json");
  const Ran refused = with({"--prune", "none"});
  CHECK(refused.exit_code == 3);
  CHECK_THAT(refused.err, Catch::Contains("was not written by sparsight-cli"));
  CHECK(with({"--prune", "none", "--replace"}).exit_code == 0);
  write_file(temp / "inspect.json", "{\"files\": [\"../holiday.txt\", \"holiday.txt\", 3, \"/etc/passwd\"]}");
  CHECK(with({"--prune", "none"}).exit_code == 3);
  // A list that also names another user's file is not believed.
  write_file(temp / "inspect.json",
             "{\"files\": [\"holiday.txt\", \"report.html\", \"contact-sheet.png\", \"trace.safetensors\", "
             "\"unpruned-frame-01.png\", \"unpruned-frame-02.png\"]}");
  CHECK(with({"--prune", "none"}).exit_code == 0);
  CHECK(read_file(temp / "holiday.txt") == "mine");
}

TEST_CASE("inspect of an image has no film", "[inspect]") {
  const TempDir temp;
  write_png(*read_clip(demo_clip(), {.count = 1}).frames[0].image, temp / "<script>.png");
  const Ran ran = inspect({temp / "<script>.png", "What shape is it?", "--prune", "sparsevlm-v1.5", "--budget", "50%",
                           "--out", (temp / "out").string()});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const auto names = names_in(temp / "out");
  CHECK(names.contains("report.html"));
  CHECK(names.contains("contact-sheet.png"));
  CHECK_FALSE(names.contains("overlay.mp4"));
  const Trace trace = load_trace(temp / "out/trace.safetensors");
  CHECK(trace.layout.frames() == 1);
}

TEST_CASE("inspect of a real video keeps its size, rate and number of frames", "[inspect]") {
  const fs::path video = shared_dir() / "clips/video_llava_demo_3.mp4";
  if (!fs::exists(video)) return skip("no real clips here (shared/clips/video_llava_demo_3.mp4)");
  const TempDir temp;
  const Ran ran = inspect(
      {video, "Why is it funny?", "--prune", "sparsevlm-v1.5", "--budget", "9.4%", "--out", temp.path(), "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const Clip before = read_clip(video, {.count = 2}), after = read_clip(temp / "overlay.mp4", {.count = 2});
  CHECK(after.total_frames == before.total_frames);
  CHECK(after.width == before.width);
  CHECK(after.height == before.height);
  CHECK(after.duration_s == Approx(before.duration_s).margin(0.001));
  CHECK(json::parse(ran.out)["film"]["frames"] == before.total_frames);
}

TEST_CASE("inspect stops at Ctrl+C and leaves no unfinished film", "[inspect]") {
  const TempDir temp;
  const Ran ran = run({"timeout", "--preserve-status", "-s", "INT", "0.05", SPARSIGHT_CLI, "inspect", demo_clip(),
                       "What happens?", "--out", temp.path(), "--threads", "1"});
  CHECK(ran.exit_code == 130);
  CHECK_FALSE(fs::exists(temp / "overlay.mp4"));
  CHECK_FALSE(fs::exists(temp / "overlay.mp4.part"));
}

TEST_CASE("inspect says what is wrong", "[inspect]") {
  const TempDir temp;
  CHECK(inspect({demo_clip(), "What?"}).exit_code == 2);
  CHECK(inspect({demo_clip(), "What?", "--out", temp.path(), "--mode", "pretty"}).exit_code == 2);
  CHECK(inspect({demo_clip(), "What?", "--out", temp.path(), "--opacity", "2"}).exit_code == 2);
  CHECK(inspect({demo_clip(), "What?", "--out", "/proc/nowhere"}).exit_code == 3);
  fs::create_directory(temp / "report.html");
  CHECK(inspect({demo_clip(), "What?", "--frames", "1", "--no-film", "--out", temp.path()}).exit_code == 3);
}

TEST_CASE("inspect paints what a word of question or answer attends to", "[inspect][trace-attention]") {
  const TempDir temp;
  const std::vector<std::string> about{demo_clip(), "Which way does the star go?", "--frames", "2", "--no-film"};
  const auto with = [&](const fs::path& out, std::vector<std::string> more) {
    std::vector<std::string> all = about;
    all.insert(all.end(), {"--out", out.string()});
    all.insert(all.end(), more.begin(), more.end());
    return inspect(all);
  };
  const fs::path out = temp / "seen";
  const Ran ran = with(out, {"--word", "Star", "--layer", "2", "--head", "1", "--prune", "none"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const std::string first = "attention-layer-02-head-01-frame-01.png";
  CHECK(read_file(out / first).starts_with("\x89PNG"));
  CHECK(names_in(out).contains("attention-layer-02-head-01-frame-02.png"));
  CHECK_THAT(ran.out, Catch::Contains("“star” attends to, layer 2, head 1"));
  CHECK(load_trace(out / "trace.safetensors").attention.layers.size() == 6);
  // Its own files are replaced: another head, and a word that the model said.
  const Ran again = with(out, {"--answer-word", "star"});
  INFO(again.err);
  REQUIRE(again.exit_code == 0);
  CHECK_FALSE(names_in(out).contains(first));
  CHECK(names_in(out).contains("attention-layer-05-frame-01.png"));
  CHECK_THAT(again.out, Catch::Contains("“star” attends to, layer 5, all heads"));

  const auto refused = [&](std::vector<std::string> more, const std::string& why) {
    const Ran wrong = with(temp / "other", std::move(more));
    CHECK(wrong.exit_code == 2);
    CHECK_THAT(wrong.err, Catch::Contains(why));
  };
  refused({"--word", "cat"}, "--word: expected one of Which, way, does, the, star, go?; found cat");
  refused({"--word", "star", "--layer", "6"}, "--layer: expected one of 0, 1, 2, 3, 4, 5; found 6");
  refused({"--word", "star", "--head", "6"}, "--head: expected a number from 0 to 5; found 6");
  refused({"--head", "1"}, "--head would be ignored: no word is asked for");
  refused({"--word", "star", "--answer-word", "star"}, "--word");
}

TEST_CASE("ask puts attention into a trace if it is asked to", "[inspect][trace-attention]") {
  const TempDir temp;
  const auto ask = [&](std::vector<std::string> more) {
    std::vector<std::string> all{SPARSIGHT_CLI, "ask", demo_clip(), "Which way does the star go?", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  };
  const fs::path file = temp / "one.trace";
  const Ran with = ask({"--trace", file.string(), "--attention"});
  REQUIRE(with.exit_code == 0);
  CHECK(json::parse(with.out)["warnings"].empty());
  const Trace trace = load_trace(file);
  CHECK(trace.attention.rows() > trace.text_tokens);
  CHECK(trace.answer == json::parse(with.out)["answer"].get<std::string>());
  const Ran without = ask({"--trace", file.string()});
  REQUIRE(without.exit_code == 0);
  CHECK(load_trace(file).attention.empty());
  const Ran wrong = ask({"--attention"});
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, Catch::Contains("--attention would be ignored"));
}

}  // namespace sparsight::test
