// How the command line handles failures: errors as JSON, chats that go on, and Ctrl+C.
#include <catch2/catch.hpp>

#include "core/base/replace_file.h"
#include "core/pruning/trace.h"
#include "tests/cli.h"
#include "tests/models.h"
#include "tests/support.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iterator>
#include <sstream>
#include <thread>

extern char** environ;

namespace sparsight::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

// `input` is the chat's standard input.
Ran chat(const std::string& input, const Words& options) {
  const TempDir temp;
  write_file(temp / "input", input);
  Words words{"sh", "-c", "in=$1; shift; exec \"$0\" chat \"$@\" < \"$in\"", SPARSIGHT_CLI, temp / "input"};
  words.insert(words.end(), options.begin(), options.end());
  return run(words);
}

bool comes_true(const std::function<bool()>& what) {
  constexpr auto kPatience = std::chrono::minutes(3);
  const auto begin = std::chrono::steady_clock::now();
  while (!what()) {
    if (std::chrono::steady_clock::now() - begin > kPatience) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// The program with a standard output that is full and that nobody reads: it gets stuck in a write, which no stop token
// can end.
class Stuck {
 public:
  explicit Stuck(Words words, const std::string& input = "/dev/null") {
    REQUIRE(pipe2(pipe_.data(), O_CLOEXEC) == 0);
    REQUIRE(fcntl(pipe_[1], F_SETPIPE_SZ, kPage) == kPage);
    words.insert(words.begin(), SPARSIGHT_CLI);
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const std::string err_file = temp_ / "err";
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, err_file.c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(posix_spawnp(&child_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Stuck() {
    if (!ended()) {
      kill(child_, SIGKILL);
      waitpid(child_, &status_, 0);
    }
    close(pipe_[0]);
    close(pipe_[1]);
  }
  Stuck(const Stuck&) = delete;
  Stuck& operator=(const Stuck&) = delete;

  [[nodiscard]] bool is_stuck() const {
    int bytes = 0;
    return ioctl(pipe_[0], FIONREAD, &bytes) == 0 && bytes == kPage;
  }
  void interrupt() const { kill(child_, SIGINT); }
  // Whether a sent interrupt is still pending.
  [[nodiscard]] bool interrupt_waits() const {
    std::istringstream lines(read_file("/proc/" + std::to_string(child_) + "/status"));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("ShdPnd:")) return (std::stoull(line.substr(7), nullptr, 16) >> (SIGINT - 1) & 1) != 0;
    return false;
  }
  bool ended() {
    if (!ended_) ended_ = waitpid(child_, &status_, WNOHANG) == child_;
    return ended_;
  }
  [[nodiscard]] int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_); }
  [[nodiscard]] std::string err() const { return read_file(temp_ / "err"); }

 private:
  static constexpr int kPage = 4096;
  TempDir temp_;
  std::array<int, 2> pipe_{-1, -1};
  pid_t child_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

std::string long_question() {
  std::string words = "What";
  for (int i = 0; i < 900; ++i) words += " star";
  return words + "?";
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(json::parse(line));
  return out;
}

}  // namespace

TEST_CASE("every command that prints JSON prints its errors as JSON too", "[cli][failures]") {
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

TEST_CASE("chat --json prints one object per question, with its number and its error", "[cli][failures]") {
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
  CHECK(ran.exit_code == 2);  // that of the first failure
}

TEST_CASE("chat names the current video if /video has no file", "[cli][failures]") {
  const Ran none = chat("/video\n", {"--json"});
  REQUIRE(lines_of(none.out).size() == 1);
  CHECK_THAT(lines_of(none.out)[0]["error"]["message"].get<std::string>(), Catch::Contains("no video yet"));
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

TEST_CASE("chat without JSON goes on after a failed question", "[cli][failures]") {
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

TEST_CASE("an output that cannot be written is refused before anything is computed", "[cli][failures]") {
  const TempDir temp;
  const std::string clip = demo_clip(), out = temp / "out";
  std::filesystem::create_directory(temp / "out");
  write_file(temp / "file", "mine");
  const auto refused = [&](const Words& words, const std::string& says) {
    // There is no such model: a command that got that far would say so.
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

TEST_CASE("no command writes over what it reads", "[cli][failures]") {
  const TempDir temp;
  const std::filesystem::path model = temp / "model", clip = temp / "v.mp4", database = temp / "chats.db",
                              made = temp / "made";
  copy_demo_model(model);
  std::filesystem::create_directory(made);
  std::filesystem::copy_file(demo_clip(), clip);
  std::filesystem::copy_file(demo_clip(), made / "overlay.mp4");
  REQUIRE(run({SPARSIGHT_CLI, "frames", clip, "--out", made, "--frames", "1"}).exit_code == 0);
  const std::filesystem::path picture = temp / "pictures" / "frame-01-000000.png";
  std::filesystem::create_directory(picture.parent_path());
  std::filesystem::rename(made / "frame-01-000000.png", picture);
  write_file(temp / "s.json",
             R"({"format": "sparsight-sessions", "version": 2, "sessions": [{"title": "t", "pinned": false,
    "created_ms": 1700000000000, "updated_ms": 1700000000000, "media": null, "shown": null, "messages": []}]})");
  REQUIRE(run({SPARSIGHT_CLI, "sessions", "import", temp / "s.json", "--database", database}).exit_code == 0);
  std::filesystem::create_symlink(clip, temp / "link.mp4");
  struct Case {
    std::filesystem::path input;
    Words words;
  };
  const std::vector<Case> cases = {
      {clip, {"ask", clip, "What?", "--trace", clip}},
      {clip, {"ask", clip, "What?", "--trace", temp / "." / "model" / ".." / "v.mp4"}},
      {clip, {"ask", clip, "What?", "--trace", temp / "link.mp4"}},
      {model / "model.safetensors", {"ask", clip, "What?", "--model", model, "--trace", model / "model.safetensors"}},
      {model / "config.json", {"ask", clip, "What?", "--model", model, "--trace", model / "config.json"}},
      {picture, {"frames", picture, "--out", picture.parent_path()}},
      {made / "overlay.mp4", {"inspect", made / "overlay.mp4", "What?", "--out", made, "--replace"}},
      {database, {"sessions", "export", "--database", database, "--out", database}},
  };
  for (const Case& one : cases) {
    CAPTURE(fmt::format("{}", fmt::join(one.words, " ")));
    const std::string before = read_file(one.input);
    Words words{SPARSIGHT_CLI};
    words.insert(words.end(), one.words.begin(), one.words.end());
    const Ran ran = run(words);
    if (one.words.front() != "inspect") CHECK(ran.exit_code != 0);  // that goes on without the film
    CHECK_THAT(ran.err, Catch::Contains("is read from, and would be lost"));
    CHECK(read_file(one.input) == before);
  }
}

TEST_CASE("an output that is not a plain file is written to, not replaced", "[cli][failures]") {
  const TempDir temp;
  REQUIRE(run({"mkfifo", temp / "pipe"}).exit_code == 0);
  const Ran ran =
      run({"sh", "-c",
           "cat \"$2\" > \"$3\" & \"$0\" ask \"$1\" What? --max-new-tokens 2 --prune uniform --trace \"$2\";"
           "code=$?; wait; exit $code",
           SPARSIGHT_CLI, demo_clip(), temp / "pipe", temp / "copy"});
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(std::filesystem::is_fifo(temp / "pipe"));
  CHECK(load_trace(temp / "copy").strategy == "uniform");
}

TEST_CASE("Ctrl+C ends a program whose job is stuck", "[cli][failures]") {
  Stuck program({"ask", "--no-video", long_question(), "--json"});
  REQUIRE(comes_true([&] { return program.is_stuck(); }));
  CHECK_FALSE(program.ended());
  program.interrupt();
  REQUIRE(comes_true([&] { return program.ended(); }));
  CHECK(program.exit_code() == 130);
  CHECK_THAT(program.err(), Catch::EndsWith("sparsight-cli: stopped\n"));
}

TEST_CASE("a second Ctrl+C ends a chat that is stuck", "[cli][failures]") {
  const TempDir temp;
  write_file(temp / "input", long_question() + "\n");
  Stuck program({"chat", "--json"}, temp / "input");
  REQUIRE(comes_true([&] { return program.is_stuck(); }));
  program.interrupt();
  REQUIRE(comes_true([&] { return !program.interrupt_waits(); }));
  CHECK_FALSE(program.ended());  // the first one stops an answer, and the chat goes on
  program.interrupt();
  REQUIRE(comes_true([&] { return program.ended(); }));
  CHECK(program.exit_code() == 130);
}

TEST_CASE("a program that ends without its destructors leaves no unfinished files", "[failures]") {
  const TempDir temp;
  write_file(temp / "whole", "before");
  {
    UnfinishedFile half(temp / "whole"), kept(temp / "kept");
    half.write("aft");
    kept.write("all");
    kept.keep();
    remove_unfinished_files();
    CHECK_FALSE(std::filesystem::exists(half.path()));
  }
  CHECK(read_file(temp / "whole") == "before");
  CHECK(read_file(temp / "kept") == "all");
  CHECK(std::distance(std::filesystem::directory_iterator(temp.path()), {}) == 2);
}

TEST_CASE("inspect writes everything but the film if that cannot be made", "[cli][failures][inspect]") {
  const TempDir temp;
  const std::string wide = temp / "wide.avi", out = temp / "out";
  // Wider than H.264 allows.
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
  // The film of the other video is gone, and is not listed.
  CHECK_FALSE(std::filesystem::exists(temp / "out/overlay.mp4"));
  CHECK(read_file(temp / "out/report.html").find("overlay.mp4") == std::string::npos);
  CHECK(read_file(temp / "out/inspect.json").find("overlay.mp4") == std::string::npos);
  CHECK_FALSE(printed.contains("film"));
  CHECK_THAT(printed["warnings"].dump(), Catch::Contains("overlay.mp4"));
  CHECK_THAT(ran.err, Catch::Contains("warning") && Catch::Contains("overlay.mp4"));
  CHECK(printed["answer"]["answer"].is_string());
}

TEST_CASE("a file that may not grow is an error that names the file", "[failures]") {
  const TempDir temp;
  const Ran ran = run({"prlimit", "--fsize=1000", SPARSIGHT_CLI, "frames", demo_clip(), "--out", temp / "out"});
  INFO(ran.err);
  CHECK(ran.exit_code == 3);
  CHECK_THAT(ran.err, Catch::Contains("out/frame-01"));
}

}  // namespace sparsight::test
