// What the command line does with what goes wrong: JSON of errors, chats that go on, and Ctrl+C.
#include <catch2/catch.hpp>

#include "tests/support.h"

#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace sparsight::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

Ran cli(Words words) {
  words.insert(words.begin(), SPARSIGHT_CLI);
  return run(words);
}

// `input` is what the chat reads.
Ran chat(const std::string& input, const Words& options) {
  const TempDir temp;
  write_file(temp / "input", input);
  Words words{"sh", "-c", "in=$1; shift; exec \"$0\" chat \"$@\" < \"$in\"", SPARSIGHT_CLI, temp / "input"};
  words.insert(words.end(), options.begin(), options.end());
  return run(words);
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(json::parse(line));
  return out;
}

}  // namespace

TEST_CASE("every command that prints JSON prints its errors so, too", "[cli][failures]") {
  const TempDir temp;
  write_file(temp / "text.mp4", "this is no video, it only says so");
  const std::string clip = demo_clip(), nowhere = temp / "nowhere", text = temp / "text.mp4", out = temp / "out";
  struct Case {
    Words words;
    int exit_code;
    std::string kind;
  };
  for (const Case& c : {Case{{"ask", nowhere, "What?"}, 3, "file"},
                        Case{{"ask", text, "What?"}, 4, "decode"},
                        Case{{"ask", clip, "What?", "--frames", "0"}, 2, "usage"},
                        Case{{"ask", clip, "What?", "--budget", "25%", "--prune", "none"}, 2, "usage"},
                        Case{{"ask", clip, "What?", "--no-such-option"}, 2, "usage"},
                        Case{{"ask"}, 2, "usage"},
                        Case{{"ask", clip, "What?", "--model", nowhere}, 3, "file"},
                        Case{{"chat", nowhere}, 3, "file"},
                        Case{{"chat", "--frames", "x"}, 2, "usage"},
                        Case{{"compare", clip, "What?"}, 2, "usage"},
                        Case{{"compare", nowhere, "What?", "--prune", "fastv"}, 3, "file"},
                        Case{{"eval", nowhere, "--prune", "fastv"}, 3, "file"},
                        Case{{"eval", nowhere, "--prune", "slowv"}, 2, "usage"},
                        Case{{"frames", nowhere, "--out", out}, 3, "file"},
                        Case{{"frames", text, "--out", out}, 4, "decode"},
                        Case{{"frames", clip, "--out", text}, 3, "file"},
                        Case{{"info", "--model", nowhere}, 3, "file"},
                        Case{{"info", "--threads", "many"}, 2, "usage"},
                        Case{{"inspect", nowhere, "What?", "--out", out}, 3, "file"},
                        Case{{"inspect", clip, "What?", "--out", text}, 3, "file"},
                        Case{{"quantize", nowhere, "--to", "int8", "--out", out}, 3, "file"},
                        Case{{"quantize", nowhere, "--to", "int2", "--out", out}, 2, "usage"},
                        Case{{"sessions", "show", "many"}, 2, "usage"},
                        Case{{"no-such-command"}, 2, "usage"},
                        Case{{}, 2, "usage"}}) {
    Words words = c.words;
    words.emplace_back("--json");
    const Ran ran = cli(words);
    CAPTURE(words, ran.out, ran.err);
    CHECK(ran.exit_code == c.exit_code);
    const json printed = json::parse(ran.out, nullptr, false);
    REQUIRE(printed.is_object());
    REQUIRE(printed.contains("error"));
    CHECK(printed["error"]["kind"] == c.kind);
    CHECK_FALSE(printed["error"]["message"].get<std::string>().empty());
    CHECK(ran.err.starts_with("sparsight-cli: "));
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
  }
  CHECK(cli({"ask", nowhere, "What?"}).out.empty());
}

TEST_CASE("chat --json prints an object a question, with its number and its error", "[cli][failures]") {
  const TempDir temp;
  const std::string longest(400'000, 'a');
  const Ran ran =
      chat("Which way does the star go?\n  \n" + longest + "\n/video \n/video " + (temp / "nowhere").string() +
               "\n/help\n/nonsense\n/video \t " + demo_clip("rising.mp4").string() +
               " \r\n  Which color is the star?  \r\n/quit\nnever asked\n",
           {demo_clip(), "--json", "--max-new-tokens", "16"});
  INFO(ran.err);
  const std::vector<json> printed = lines_of(ran.out);
  REQUIRE(printed.size() == 5);
  CHECK(printed[0]["number"] == 1);
  CHECK(printed[0]["question"] == "Which way does the star go?");
  CHECK(printed[0]["answer"] == "The star moves left.");
  CHECK(printed[1]["number"] == 2);
  CHECK(printed[1]["error"]["kind"] == "usage");
  CHECK_FALSE(printed[1].contains("answer"));
  CHECK(printed[2]["command"] == "/video");
  CHECK_THAT(printed[2]["error"]["message"].get<std::string>(), Catch::Contains("crossing.mp4"));
  CHECK(printed[3]["error"]["kind"] == "file");
  CHECK_THAT(printed[3]["error"]["message"].get<std::string>(), Catch::Contains("nowhere"));
  CHECK(printed[4]["number"] == 3);
  CHECK(printed[4]["question"] == "Which color is the star?");
  CHECK(printed[4]["answer"] == "The star is pink.");
  CHECK_THAT(printed[4]["video"].get<std::string>(), Catch::Contains("rising.mp4"));
  CHECK_THAT(ran.err, Catch::Contains("/nonsense: no such command"));
  CHECK(ran.exit_code == 2);  // of the first that failed
}

TEST_CASE("chat says which file a /video without one would be about", "[cli][failures]") {
  const Ran none = chat("/video\n", {"--json"});
  REQUIRE(lines_of(none.out).size() == 1);
  CHECK_THAT(lines_of(none.out)[0]["error"]["message"].get<std::string>(), Catch::Contains("no video so far"));
  CHECK(none.exit_code == 2);

  const TempDir temp;
  std::filesystem::copy_file(demo_clip(), temp / "a clip's name.mp4");
  const Ran spaces =
      chat("/video   " + (temp / "a clip's name.mp4").string() + "  \nWhich way does the star go?\n/video '" +
               (temp / "a clip's name.mp4").string() + "'\nWhich way does the star go?\n",
           {});
  INFO(spaces.err);
  CHECK(spaces.exit_code == 0);
  CHECK(spaces.out == "The star moves left.\nThe star moves left.\n");
}

TEST_CASE("chat without JSON goes on after a question that failed", "[cli][failures]") {
  const Ran ran = chat(std::string(400'000, 'a') + "\nWhich way does the star go?\n", {demo_clip()});
  CHECK(ran.out == "The star moves left.\n");
  CHECK(ran.exit_code == 2);
  CHECK_THAT(ran.err, Catch::Contains("tokens"));
}

TEST_CASE("a chat whose input cannot be read says so", "[cli][failures]") {
  const Ran folder = run({"sh", "-c", "exec \"$0\" chat < /", SPARSIGHT_CLI});
  CHECK(folder.exit_code == 3);
  CHECK_THAT(folder.err, Catch::Contains("standard input"));
  CHECK(run({"sh", "-c", "exec \"$0\" chat <&-", SPARSIGHT_CLI}).exit_code == 0);
}

TEST_CASE("what cannot be written is told before anything is computed", "[cli][failures]") {
  const TempDir temp;
  const std::string clip = demo_clip(), out = temp / "out";
  std::filesystem::create_directory(temp / "out");
  write_file(temp / "file", "mine");
  const auto refused = [&](const Words& words, const std::string& says) {
    // There is no such model: a command that got as far as that would say so.
    Words all = words;
    if (words.front() != "frames") all.insert(all.end(), {"--model", temp / "no-model"});
    const Ran ran = cli(all);
    CAPTURE(words, ran.err);
    CHECK(ran.exit_code == 3);
    CHECK_THAT(ran.err, Catch::Contains(says));
    CHECK(ran.err.find("no-model") == std::string::npos);
  };
  refused({"ask", clip, "What?", "--trace", temp / "nowhere/trace"}, "nowhere");
  refused({"ask", clip, "What?", "--trace", out}, "folder");
  for (const char* name : {"report.html", "contact-sheet.png", "step-01-layer-02-frame-03.png"}) {
    write_file(temp / "out" / name, "mine");
    refused({"inspect", clip, "What?", "--out", out}, name);
    std::filesystem::remove(temp / "out" / name);
  }
  write_file(temp / "out/index.html", "mine");
  refused({"compare", clip, "What?", "--prune", "fastv", "--out", out}, "index.html");
  for (const Words& words : {Words{"inspect", clip, "What?"}, Words{"compare", clip, "What?", "--prune", "fastv"},
                             Words{"frames", temp / "no-model"}}) {
    Words all = words;
    all.insert(all.end(), {"--out", temp / "file"});
    refused(all, (temp / "file").string());
  }
  CHECK(read_file(temp / "file") == "mine");
}

TEST_CASE("inspect writes all but the film where that cannot be made", "[cli][failures][inspect]") {
  const TempDir temp;
  const std::string wide = temp / "wide.avi", out = temp / "out";
  // Wider than H.264 can be.
  REQUIRE(run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=16384x16:rate=2:duration=1", "-vf",
               "setsar=1", "-c:v", "mjpeg", wide})
              .exit_code == 0);
  const Words inspect{"inspect", wide, "What?", "--frames", "2", "--out", out, "--json"};
  std::filesystem::create_directory(out);
  const Ran before = cli({"inspect", demo_clip(), "What?", "--frames", "2", "--out", out});
  REQUIRE(before.exit_code == 0);
  REQUIRE(std::filesystem::exists(temp / "out/overlay.mp4"));
  const Ran ran = cli(inspect);
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const json printed = json::parse(ran.out);
  CHECK(std::filesystem::exists(temp / "out/report.html"));
  CHECK(std::filesystem::exists(temp / "out/contact-sheet.png"));
  // The film of the other video is gone, and nothing tells of one.
  CHECK_FALSE(std::filesystem::exists(temp / "out/overlay.mp4"));
  CHECK(read_file(temp / "out/report.html").find("overlay.mp4") == std::string::npos);
  CHECK(read_file(temp / "out/inspect.json").find("overlay.mp4") == std::string::npos);
  CHECK_FALSE(printed.contains("film"));
  CHECK_THAT(printed["warnings"].dump(), Catch::Contains("overlay.mp4"));
  CHECK_THAT(ran.err, Catch::Contains("warning") && Catch::Contains("overlay.mp4"));
  CHECK(printed["answer"]["answer"].is_string());
}

}  // namespace sparsight::test
