// Messages of the command line about files of others, and about what it leaves out.
#include <catch2/catch.hpp>

#include "core/base/file_lock.h"
#include "core/chat/store.h"
#include "tests/cli.h"
#include "tests/models.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Words = std::vector<std::string>;

auto lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::size_t entries(const fs::path& dir) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("errors in a model's card name the card, not the user's options", "[cli][card]") {
  const TempDir temp;
  copy_demo_model(temp / "model");
  const auto asked = [&](const json& pruning, const Words& more = {}) {
    write_file(temp / "model/sparsight.json", json{{"name", "toy"}, {"pruning", pruning}}.dump());
    Words words{"ask", demo_clip(), "Which way does the star go?", "--model", temp / "model"};
    words.insert(words.end(), more.begin(), more.end());
    return cli(words);
  };
  for (const char* budget : {"rank*13.5+6", "zz", "250%"}) {
    const Ran ran = asked({{"strategy", "fastv"}, {"budget", budget}}, {"--json"});
    CAPTURE(budget, ran.err);
    CHECK(ran.exit_code == 5);
    const json error = json::parse(ran.out)["error"];
    CHECK(error["kind"] == "model");
    CHECK_THAT(error["message"].get<std::string>(),
               Catch::Contains("sparsight.json: pruning.budget") && Catch::Contains(budget));
    CHECK(ran.err.find("--budget") == std::string::npos);
  }
  const json later{{"strategy", "of-next-year"}, {"budget", "5 stars"}};
  const Ran warned = asked(later);
  CHECK(warned.exit_code == 0);
  CHECK(warned.out == "The star moves left.\n");
  CHECK_THAT(warned.err, Catch::StartsWith("warning: ") && Catch::Contains("sparsight.json: pruning.strategy") &&
                             Catch::Contains("\"of-next-year\""));
  CHECK(lines(warned.err) == 1);
  const json printed = json::parse(asked(later, {"--json"}).out);
  CHECK(printed["pruning"]["strategy"] == "none");
  CHECK(printed["warnings"].size() == 1);
  CHECK(json::parse(asked(later, {"--json", "--prune", "fastv"}).out)["pruning"]["strategy"] == "fastv");
  CHECK(json::parse(cli({"info", "--json", "--model", temp / "model"}).out)["warnings"].size() == 1);
  CHECK(json::parse(cli({"compare", demo_clip(), "What?", "--prune", "fastv", "--json", "--model", temp / "model"})
                        .out)["warnings"]
            .size() == 1);
}

TEST_CASE("names of files stay in their line, whatever they are", "[cli]") {
  const TempDir temp;
  copy_demo_model(temp / "model");
  write_file(temp / "model/sparsight.json",
             json{{"name", "toy\nwarning: all is lost\u009b5m"}, {"knows", {{"en", "toys\r\ncars"}}}}.dump());
  const Ran card = cli({"ask", "--no-video", "What?", "--model", temp / "model"});
  CHECK(card.exit_code == 0);
  CHECK(lines(card.err) == 2);  // the other line says that no video was used
  CHECK_THAT(card.err, Catch::StartsWith("warning: toy warning: all is lost 5m knows only toys  cars"));
  const fs::path clip = temp / "a\nb\xe9\u2028.mp4", out = temp / "c\nd";
  fs::copy_file(demo_clip(), clip);
  const Ran frames = cli({"frames", clip, "--out", out, "--frames", "2"});
  CHECK(frames.exit_code == 0);
  CHECK(lines(frames.out) == 2);
  const json printed = json::parse(cli({"frames", clip, "--out", out, "--frames", "2", "--json"}).out);
  CHECK(printed["video"].get<std::string>().find("b\uFFFD") != std::string::npos);
  const Ran endless = cli({"ask", clip, "What?", "--frames", std::string(100'000, '9') + "\x1b"});
  CHECK(endless.exit_code == 2);
  CHECK(lines(endless.err) == 1);
  CHECK(endless.err.size() < 1000);
  const Ran missing = cli({"ask", temp / "no\nsuch\tfile", "What?"});
  CHECK(missing.exit_code == 3);
  CHECK(lines(missing.err) == 1);
}

TEST_CASE("a list of sessions says how many more there are", "[cli][sessions]") {
  const TempDir temp;
  const std::string file = temp / "chats.db";
  {
    ChatStore store = ChatStore::open(file);
    ChatStore::Batch batch(store);
    for (int i = 0; i < 60; ++i) (void)store.add_question(store.add_session(fmt::format("star {}", i)), "star?");
    (void)store.add_session("empty");
    batch.commit();
  }
  const auto sessions = [&](Words words) {
    words.insert(words.begin(), {"sessions", "--database", file});
    Ran ran = cli(words);
    CAPTURE(words, ran.err);
    CHECK(ran.exit_code == 0);
    return ran;
  };
  const Ran some = sessions({"list"});
  CHECK(lines(some.out) == 50);
  CHECK_THAT(some.err, Catch::Contains("50 of 61") && Catch::Contains("--limit"));
  CHECK_THAT(some.out, Catch::Contains("   0 messages  empty") && Catch::Contains("   1 message   star 59"));
  const Ran all = sessions({"list", "--limit", "61"});
  CHECK(lines(all.out) == 61);
  CHECK(all.err.empty());
  CHECK_THAT(sessions({"list", "--limit", "1"}).err, Catch::Contains("1 of 61"));
  CHECK(json::parse(sessions({"list", "--json"}).out).size() == 61);
  CHECK(json::parse(sessions({"list", "--json", "--limit", "7"}).out).size() == 7);
  const Ran found = sessions({"search", "star"});
  CHECK(lines(found.out) == 50);
  CHECK_THAT(found.err, Catch::Contains("a larger --limit lists more"));
  CHECK(sessions({"search", "star", "--limit", "60"}).err.empty());
  CHECK(json::parse(sessions({"search", "star", "--json"}).out).size() == 60);
}

TEST_CASE("before the first use there are no sessions, which is no error", "[cli][sessions]") {
  const TempDir temp;
  const Environment home("XDG_DATA_HOME", (temp / "data").string());
  for (const Words& words : {Words{"sessions", "list"}, {"sessions", "search", "star"}}) {
    const Ran ran = cli(words);
    CHECK(ran.exit_code == 0);
    CHECK(ran.out.empty());
    CHECK_THAT(ran.err, Catch::Contains(words[1] == "list" ? "there are no sessions yet" : "no session has these"));
    Words as_json = words;
    as_json.emplace_back("--json");
    CHECK(json::parse(cli(as_json).out) == json::array());
  }
  CHECK_FALSE(std::filesystem::exists(temp / "data"));  // nothing is made by looking
  // A database that is named must be there.
  CHECK(cli({"sessions", "--database", (temp / "none.db").string(), "list"}).exit_code != 0);
}

TEST_CASE("an offline pull says what it tries, and for how long", "[cli][hub]") {
  const TempDir temp;
  const Environment cache("HF_HUB_CACHE", (temp / "hub").string()), online("HF_HUB_OFFLINE", "");
  // Nobody listens at this port of this machine.
  const Ran ran = cli({"models", "pull", "Some/Model", "--yes", "--endpoint", "http://127.0.0.1:9"});
  CHECK(ran.exit_code == 9);
  CHECK_THAT(ran.err, Catch::Contains("asking http://127.0.0.1:9 about Some/Model, for 60 s at most; trying again: "));
  CHECK_THAT(ran.err, Catch::Contains("is this machine online?"));
}

TEST_CASE("a chat database without a valid version is an error of the store", "[cli][sessions]") {
  const TempDir temp;
  for (const char* version : {"0", "-3"}) {
    const std::string file = temp / fmt::format("chats{}.db", version);
    { (void)ChatStore::open(file).add_session("kept"); }
    REQUIRE(run({"sqlite3", file, fmt::format("PRAGMA user_version = {}", version)}).exit_code == 0);
    const Ran ran = cli({"sessions", "--database", file, "list", "--json"});
    CHECK(ran.exit_code == 8);
    CHECK(json::parse(ran.out)["error"]["kind"] == "store");
    CHECK_THAT(ran.err, Catch::Contains(file) && Catch::Contains(version) && Catch::Contains("damaged"));
  }
}

TEST_CASE("a clip whose name begins with a dash", "[cli]") {
  const TempDir temp;
  fs::copy_file(demo_clip(), temp / "-clip.mp4");
  const auto in_folder = [&](const std::string& words) {
    return run({"sh", "-c", "cd \"$1\" && exec \"$0\" ask " + words, SPARSIGHT_CLI, temp.path()});
  };
  const std::string question = " 'Which way does the star go?'";
  CHECK(in_folder("-- -clip.mp4" + question).out == "The star moves left.\n");
  CHECK(in_folder("./-clip.mp4" + question).out == "The star moves left.\n");
  const Ran refused = in_folder("-clip.mp4" + question);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("-clip.mp4") && Catch::Contains("put -- before"));
}

TEST_CASE("progress fits a narrow terminal, and is left out if the terminal cannot clear a line", "[cli]") {
  if (run({"sh", "-c", "command -v script"}).exit_code != 0) return skip("no script program");
  const auto on_terminal = [&](const std::string& terminal) {
    // script provides a terminal; the answer goes elsewhere.
    const std::string asks =
        terminal + " '" SPARSIGHT_CLI "' ask '" + demo_clip().string() + "' 'Which way does the star go?' > /dev/null";
    const Ran ran = run({"sh", "-c", "exec script -qec \"$0\" /dev/null < /dev/null", asks});
    CHECK(ran.exit_code == 0);
    return ran.out;
  };
  const std::string clear = "\r\x1b[K";
  const std::string drawn = on_terminal("stty cols 30; TERM=xterm");
  REQUIRE(drawn.find(clear) != std::string::npos);
  for (std::size_t at = 0; at < drawn.size();) {
    const std::size_t end = std::min(drawn.find(clear, at), drawn.size());
    CHECK(end - at < 30);
    at = end + clear.size();
  }
  for (const char* terminal : {"TERM=dumb", "TERM=", "env -u TERM"}) {
    CAPTURE(terminal);
    CHECK(on_terminal(terminal).find('\x1b') == std::string::npos);
  }
}

TEST_CASE("the program ends silently when its reader goes away", "[cli]") {
  const Ran ran =
      run({"bash", "-c", "\"$0\" ask \"$1\" 'What happens in the video?' | head -c 1; echo \" ${PIPESTATUS[0]}\"",
           SPARSIGHT_CLI, demo_clip()});
  CHECK_THAT(ran.out, Catch::EndsWith(" 141\n") || Catch::EndsWith(" 0\n"));  // 0: it was already done
  CHECK(ran.err.empty());
}

TEST_CASE("two programs do not fill one folder at once", "[cli]") {
  const TempDir temp;
  const fs::path out = temp / "out";
  fs::create_directory(out);
  const std::vector<Words> commands{{"inspect", demo_clip(), "What?", "--no-film", "--frames", "1"},
                                    {"compare", demo_clip(), "What?", "--prune", "fastv", "--frames", "1"},
                                    {"frames", demo_clip(), "--frames", "1"}};
  for (Words words : commands) {
    words.insert(words.end(), {"--out", out});
    CAPTURE(words);
    {
      const FileLock other(out / ".sparsight.lock", "x");
      const Ran ran = cli(words);
      CHECK(ran.exit_code == 2);
      CHECK_THAT(ran.err, Catch::Contains(out.string() + ": process " + std::to_string(getpid()) + " on this machine"));
      CHECK(entries(out) == 1);
    }
    CHECK(entries(out) == 0);
    CHECK(cli(words).exit_code == 0);
    CHECK_FALSE(fs::exists(out / ".sparsight.lock"));
    for (const auto& entry : fs::directory_iterator(out)) fs::remove(entry.path());
  }
}

}  // namespace sparsight::test
