// Options of every command: bad values, and options that would be ignored.
#include <catch2/catch.hpp>

#include "tests/cli.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

namespace sparsight::test {
namespace {

using nlohmann::json;

// A command that runs if nothing is added: its words, and the options that it needs.
struct Command {
  std::vector<std::string> words;
  std::map<std::string, std::string> needs{};

  [[nodiscard]] std::vector<std::string> without(const std::string& option) const {
    std::vector<std::string> all = words;
    for (const auto& [name, value] : needs)
      if (name != option) all.insert(all.end(), {name, value});
    return all;
  }
};

std::vector<Command> commands(const TempDir& temp) {
  const std::string out = temp / "out", model = source_dir() / "resources/models/sparsight-demo";
  return {{{"ask", demo_clip(), "What?"}},
          {{"chat", demo_clip()}},
          {{"compare", demo_clip(), "What?"}, {{"--prune", "fastv"}}},
          {{"eval", source_dir() / "resources/clips"}, {{"--prune", "fastv"}}},
          {{"frames", demo_clip()}, {{"--out", out}}},
          {{"info"}},
          {{"inspect", demo_clip(), "What?"}, {{"--out", out}}},
          {{"quantize", model}, {{"--out", out}, {"--to", "int8"}}},
          {{"perplexity", source_dir() / "LICENSE"}},
          {{"sessions", "list"}},
          {{"sessions", "search", "star"}},
          {{"sessions", "show", "1"}},
          {{"sessions", "export"}},
          {{"sessions", "import", model}},
          {{"models", "list"}},
          {{"models", "search-local", "demo"}},
          {{"models", "info", "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"}},
          {{"models", "pull", "Some/Model"}},
          {{"models", "verify"}},
          {{"models", "remove", "Some/Model"}}};
}

bool has_commands(const std::string& command) { return command == "sessions" || command == "models"; }

struct Option {
  std::string name;
  std::string type;  // empty: it has no value
};

// The options that `--help` lists.
std::vector<Option> options_of(const Command& command) {
  std::vector<std::string> words{command.words.front()};
  if (has_commands(words.front())) words.push_back(command.words.at(1));
  words.emplace_back("--help");
  std::vector<Option> out;
  std::istringstream help(cli(words).out);
  for (std::string line; std::getline(help, line);) {
    if (!line.starts_with("  --")) continue;
    std::istringstream in(line);
    Option option;
    in >> option.name;
    // The type follows after one blank, the help after several.
    if (line.size() > option.name.size() + 3 && line[option.name.size() + 3] != ' ') in >> option.type;
    if (option.type == "Excludes:" || option.type == "REQUIRED") option.type.clear();
    out.push_back({option.name, option.type.substr(0, option.type.find('='))});
  }
  return out;
}

// Values that an option of that type never accepts; nullopt: this test does not know the type.
std::optional<std::vector<std::string>> wrong_values(const std::string& type) {
  static const std::map<std::string, std::vector<std::string>> kWrong{
      {"N", {"-1", "1.5", "x", "nan", "0x8", "99999999999999999999", " 3", "+1"}},
      {"K", {"-1", "1.5", "x", "99999999999999999999"}},
      {"T", {"nan", "inf", "-1", "-inf", "1e999", "1e-60", "1e-40", "1e40", "warm", "1,5", "0x1"}},
      {"P", {"nan", "inf", "-0.5", "0", "1e-30", "1.5", "x"}},
      {"X", {"nan", "inf", "-0.5", "1e39", "x"}},
      {"TIME", {"soon", "nan", "inf", "-1", "1:2:3:4", "1:", ":", "1e308", "9999999:0:0"}},
      {"B",
       {"x", "0", "-5", "-5%", "0%", "101%", "250%", "rank*1e308+1e308", "rank*1e18+5", "nan", "nan%", "inf", "1.5",
        "rank*", "300//110", "published:"}},
      {"B,...", {"x", "25%,", ",25%", "25%,,5%", "25%,nan%", "101%"}},
      {"NAME", {"no-such-strategy", "fastv,random"}},
      {"NAME,...", {"no-such-strategy", "fastv,", "fastv,,random", ",", "fastv,no-such"}},
      {"L,L,...", {"x", "-1", "1,,2", "1,", "2,1", "1,1", "1.5"}},
      {"I/N", {"x", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "1/99999"}},
      {"DIR", {}},
      {"FILE", {}},
      {"TEXT", {}},
  };
  if (type.find('|') != std::string::npos) return std::vector<std::string>{"no-such-choice", "0", "1"};
  const auto found = kWrong.find(type);
  return found == kWrong.end() ? std::nullopt : std::optional(found->second);
}

// Pattern for the limits in the message about a wrong number of that type; nullopt: it is not a number.
std::optional<std::string> limits_of(const std::string& type) {
  if (type == "TIME") return "up to [0-9]+ s";
  for (const char* number : {"N", "K", "T", "P", "X"})
    if (type == number) return "from [0-9.]+ to [0-9.^ -]+";
  return std::nullopt;
}

}  // namespace

TEST_CASE("every option of every command refuses a bad value by its name", "[cli][options]") {
  const TempDir temp;
  std::set<std::string> known;
  for (const Command& command : commands(temp)) {
    const std::vector<Option> options = options_of(command);
    REQUIRE((!options.empty() || has_commands(command.words.front())));
    for (const Option& option : options) {
      CAPTURE(command.words.front(), command.words.back(), option.name, option.type);
      const auto refuses = [&](const std::vector<std::string>& more) {
        std::vector<std::string> words = command.without(option.name);
        words.insert(words.end(), more.begin(), more.end());
        const Ran ran = cli(words);
        CAPTURE(more, ran.err);
        CHECK(ran.exit_code == 2);
        CHECK(ran.out.empty());
        CHECK_THAT(ran.err, Catch::Contains(option.name));
        CHECK(std::ranges::count(ran.err, '\n') == 1);
        return ran;
      };
      if (option.type.empty()) {
        refuses({option.name + "=maybe"});
        continue;
      }
      auto values = wrong_values(option.type);
      REQUIRE(values);
      refuses({option.name});
      // Commands share an option of one name and type: all its values are tried with the first of them.
      if (known.insert(option.name + ' ' + option.type).second) {
        refuses({option.name, ""});
        refuses({option.name, " \n"});
      } else if (!values->empty()) {
        values->resize(1);
      }
      for (const std::string& value : *values) {
        const Ran told = refuses({option.name, value});
        CAPTURE(value, told.err);
        CHECK_THAT(told.err, Catch::Contains("found \"" + value + "\""));
        if (const auto limits = limits_of(option.type)) CHECK(std::regex_search(told.err, std::regex(*limits)));
      }
      CHECK_FALSE(std::filesystem::exists(temp / "out"));
    }
  }
}

TEST_CASE("options that would be ignored are refused by their name", "[cli][options]") {
  const TempDir temp;
  const std::string clip = demo_clip(), picture = temp / "picture.png", out = temp / "out";
  REQUIRE(run({"ffmpeg", "-v", "error", "-i", clip, "-frames:v", "1", picture}).exit_code == 0);
  using Words = std::vector<std::string>;
  const auto ignored = [&](Words words, const Words& more, const std::string& option) {
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = cli(words);
    CAPTURE(words, ran.err);
    CHECK(ran.exit_code == 2);
    CHECK_THAT(ran.err, Catch::Contains(option + " would be ignored"));
  };
  const Words ask{"ask", clip, "What?"}, inspect{"inspect", clip, "What?", "--out", out}, chat{"chat", clip},
      compare{"compare", clip, "What?", "--prune", "fastv,uniform"},
      eval{"eval", source_dir() / "resources/clips", "--prune", "fastv,uniform"};
  for (const Words& command : {ask, inspect, chat}) {
    for (const char* option : {"--top-k", "--top-p", "--seed"}) {
      ignored(command, {option, "1"}, option);
      ignored(command, {option, "1", "--greedy"}, option);
      ignored(command, {option, "1", "--temperature", "0"}, option);
    }
    const std::vector<std::pair<std::string, std::string>> details{
        {"--budget", "25%"}, {"--layers", "1"}, {"--recycle", "off"}, {"--positions", "repacked"}};
    for (const auto& [option, value] : details) ignored(command, {"--prune", "none", option, value}, option);
    ignored(command, {"--prune", "none", "--keep-cls"}, "--keep-cls");
  }
  for (Words command : {ask, inspect, chat, compare, eval}) {
    if (command.front() != "compare" && command.front() != "eval") command.insert(command.end(), {"--prune", "fastv"});
    for (const char* option : {"--prune-seed", "--scoring-heads", "--scoring-head-share", "--rank-tolerance"})
      ignored(command, {option, "1"}, option);
    ignored(command, {"--rater-at-mean"}, "--rater-at-mean");
  }
  ignored({"compare", clip, "What?", "--prune", "none"}, {"--budget", "25%"}, "--budget");
  ignored({"eval", source_dir() / "resources/clips", "--prune", "none"}, {"--budgets", "25%"}, "--budgets");
  ignored(eval, {"--by-kind", "--json"}, "--by-kind");
  ignored(compare, {"--replace"}, "--replace");
  for (const char* option : {"--frames", "--start", "--end"})
    ignored({"ask", "--no-video", "What?"}, {option, "1"}, option);
  ignored({"ask", "--no-video", "What?"}, {"--prune", "fastv"}, "--prune");
  ignored({"ask", "--no-video", "What?"}, {"--trace", out}, "--trace");
  ignored({"ask", "--no-video", "What?"}, {"--layers", "1"}, "--layers");
  ignored({"ask", "--no-video", "What?"}, {"--keep-cls"}, "--keep-cls");
  ignored({"ask", picture, "What?"}, {"--frames", "4"}, "--frames");
  ignored({"frames", picture, "--out", out}, {"--frame-choice", "arange"}, "--frame-choice");
}

TEST_CASE("a detail of pruning is accepted if one of several strategies reads it", "[cli][options]") {
  const Ran ran = cli({"compare", demo_clip(), "What?", "--frames", "1", "--prune", "fastv,random", "--budget", "25%",
                       "--prune-seed", "3", "--json"});
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(json::parse(ran.out)["settings"].size() == 3);
}

TEST_CASE("an option whose value is a list does not take what follows it", "[cli][options]") {
  const Ran ran =
      cli({"compare", "--prune", "random,uniform", "--layers", "1", demo_clip(), "What?", "--frames", "1", "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(json::parse(ran.out)["question"] == "What?");
}

TEST_CASE("a question needs no quotes, and words that are no question are explained", "[cli][options]") {
  const std::string clip = demo_clip();
  const Ran quoted = cli({"ask", clip, "Which way does the star go?"});
  REQUIRE(quoted.exit_code == 0);
  CHECK(cli({"ask", clip, "Which", "way", "does", "the", "star", "go?"}).out == quoted.out);
  CHECK(cli({"ask", "--greedy", clip, "Which", "way", "does", "--frames", "8", "the star", "go?"}).out == quoted.out);
  const Ran alone = cli({"ask", "--no-video", "Which way does the star go?", "--json"});
  REQUIRE(alone.exit_code == 0);
  const Ran words = cli({"ask", "--no-video", "Which", "way", "does", "the", "star", "go?", "--json"});
  REQUIRE(words.exit_code == 0);
  CHECK(json::parse(words.out)["prompt_ids"] == json::parse(alone.out)["prompt_ids"]);

  const auto refused = [](const std::vector<std::string>& all, const std::string& says) {
    const Ran ran = cli(all);
    CAPTURE(all, ran.err);
    CHECK(ran.exit_code == 2);
    CHECK(ran.out.empty());
    CHECK_THAT(ran.err, Catch::Contains(says));
  };
  refused({"ask", clip, demo_clip("rising.mp4"), "What?"}, "second file");
  refused({"ask", "--no-video", clip, "What?"}, "--no-video");
  refused({"ask", clip}, "question");
  refused({"ask", clip, "What?", "--frame", "3"}, "--frame");
}

TEST_CASE("help is plain text", "[cli][options]") {
  const TempDir temp;
  std::vector<std::vector<std::string>> all{{SPARSIGHT_CLI}, {SPARSIGHT_CLI, "sessions"}, {SPARSIGHT_CLI, "models"}};
  for (const Command& command : commands(temp)) {
    std::vector<std::string> words{SPARSIGHT_CLI, command.words.front()};
    if (has_commands(command.words.front())) words.push_back(command.words.at(1));
    all.push_back(words);
  }
  for (const char* command : {"prefill", "generate", "vision", "load", "gemm", "attention", "store"})
    all.push_back({SPARSIGHT_BENCH, command});
  for (std::vector<std::string>& words : all) {
    words.emplace_back("--help");
    const Ran ran = run(words);
    CAPTURE(words);
    CHECK(ran.exit_code == 0);
    CHECK(std::ranges::all_of(ran.out, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    CHECK(ran.out.find(" OR {") == std::string::npos);  // CLI11's description of a stored choice
  }
}

}  // namespace sparsight::test
