// Runs every example in README, docs, the man page and --help as a user would type it, and checks that every answer
// shown is true.
#include <catch2/catch.hpp>

#include "core/chat/store.h"
#include "core/engine.h"
#include "core/pruning/registry.h"
#include "core/pruning/trace.h"
#include "kernels/backends.h"
#include "tests/hub_server.h"
#include "tests/media.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <map>
#include <regex>
#include <sstream>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!lines.empty() && lines.back().ends_with('\\')) {
      lines.back().pop_back();
      lines.back() += line;
    } else {
      lines.push_back(line);
    }
  }
  return lines;
}

// The commands among indented lines, without the prompt before them and without a pipe into a reader that may be
// missing.
std::vector<std::string> commands_in(const std::string& text, const std::string& indent) {
  static const std::regex placeholder(R"(\b(DATASET|MODEL|FOLDER|DIR|NEW|SET|RESULTS)\b)");
  static const std::regex starts(R"((\$ )?(printf .*\| )?(build/release/)?sparsight-cli .*)");
  std::vector<std::string> commands;
  for (std::string line : lines_in(text)) {
    if (!line.starts_with(indent)) continue;
    line.erase(0, line.find_first_not_of(' '));
    if (!std::regex_match(line, starts) || std::regex_search(line, placeholder)) continue;
    if (line.starts_with("$ ")) line.erase(0, 2);
    commands.push_back(line.substr(0, line.find(" | jq")));
  }
  return commands;
}

std::string man_examples() {
  std::string page = read_file(source_dir() / "packaging/man/sparsight-cli.1");
  page.erase(0, page.find(".SH EXAMPLES"));
  std::string text;
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (page[i] == '\\' && i + 1 < page.size() && page[i + 1] != 'n') ++i;
    text += page[i];
  }
  return text;
}

// What the examples use: clip.mp4, photo.jpg, folders of clips with questions, models, a chat database, and a hub on
// this machine whose model is the demo model under the name of the one that the README recommends.
class ExampleFiles {
 public:
  ExampleFiles() {
    make_clip("-stream_loop 30 -i " + demo_clip().string() + " -c copy", temp_ / "clip.mp4");
    make_clip("-i " + demo_clip().string() + " -frames:v 1", temp_ / "photo.jpg");
    for (const char* folder : {"clips", "tests/data/demo_eval", "build/set91"}) {
      fs::create_directories(temp_ / folder);
      fs::copy(demo_clip(), temp_ / folder / "crossing.mp4");
      write_file(
          temp_ / folder / "questions.jsonl",
          R"({"clip": "crossing.mp4", "question": "What happens?", "answer": "A star moves.", "kind": "describe"})"
          "\n");
    }
    for (const char* folder : {"MSVD", "MSVD_Zero_Shot_QA"}) {
      fs::create_directories(temp_ / folder / "videos");
      fs::copy(demo_clip(), temp_ / folder / "videos/one.mp4");
      write_file(temp_ / folder / "test_q.json",
                 R"([{"video_name": "one", "question": "what moves?", "question_id": 1}])");
      write_file(temp_ / folder / "test_a.json", R"([{"answer": "star", "question_id": 1}])");
    }
    write_file(temp_ / "questions.txt", "What happens?\nHow many objects do you see?\n");
    write_file(temp_ / "book.txt", "The star moves left and the square moves right.");
    fs::create_directories(temp_ / "models");
    const fs::path demo = source_dir() / "resources/models/sparsight-demo";
    fs::create_directory_symlink(demo, temp_ / "models/Video-LLaVA-7B-hf");
    fs::create_directory_symlink(demo, temp_ / "Video-LLaVA-7B-hf");
    fs::create_directory_symlink(demo, temp_ / "build/demo-int8");
    fs::create_directory_symlink(source_dir() / "resources", temp_ / "resources");
    for (const char* folder : {"bin", "build/release"}) {
      fs::create_directories(temp_ / folder);
      fs::create_symlink(SPARSIGHT_CLI, temp_ / folder / "sparsight-cli");
    }
    fs::create_directories(temp_ / "data/sparsight");
    hub_.id = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct";
    hub_.files = contents_of(demo);
    ChatStore store = ChatStore::open(temp_ / "data/sparsight/chats.db");
    for (int session = 1; session <= 12; ++session)
      (void)store.add_question(store.add_session("About the red circle"), "Where is the red circle?");
  }

  [[nodiscard]] Ran run_here(const std::string& command) const {
    return run(
        {"sh", "-c",
         "cd \"$0\" && export HOME=\"$0\" XDG_DATA_HOME=\"$0/data\" PATH=\"$0/bin:$PATH\" SPARSIGHT_RESOURCES=\"$1\""
         " && export HF_ENDPOINT=\"$2\" HF_HOME=\"$0/hf\" && " +
             said_yes(command),
         temp_.path(), source_dir() / "resources", hub_.endpoint()});
  }

 private:
  // There is no terminal to ask.
  [[nodiscard]] static std::string said_yes(const std::string& command) {
    const std::size_t comment = command.find(" #");
    if (command.find("sparsight-cli models pull") == std::string::npos) return command;
    return command.substr(0, comment) + " --yes";
  }

  TempDir temp_;
  HubServer hub_;
};

// Answers by clip and question; tools_test.py derives them from the clips' worlds.
std::map<std::pair<std::string, std::string>, std::string> told_of_our_clips() {
  std::map<std::pair<std::string, std::string>, std::string> truth;
  for (const std::string& line : lines_in(read_file(source_dir() / "resources/clips/questions.jsonl"))) {
    const json row = json::parse(line);
    truth[{row["clip"], row["question"]}] = row["answer"];
  }
  return truth;
}

std::size_t run_all(const std::string& where, const std::vector<std::string>& commands) {
  if (commands.empty()) return 0;
  const ExampleFiles files;
  for (const std::string& command : commands) {
    INFO(where << ": " << command);
    const Ran ran = files.run_here(command);
    INFO(ran.err);
    CHECK(ran.exit_code == 0);
  }
  return commands.size();
}

}  // namespace

TEST_CASE("every example of README, docs and the man page runs", "[examples]") {
  if (!have_ffmpeg()) return skip("no ffmpeg program");
  std::vector<fs::path> files{source_dir() / "README.md", source_dir() / "BENCHMARKS.md"};
  for (const auto& entry : fs::directory_iterator(source_dir() / "docs"))
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  std::size_t ran = 0;
  for (const fs::path& file : files) ran += run_all(file.filename(), commands_in(read_file(file), "    "));
  CHECK(ran >= 12);
  CHECK(run_all("the man page", commands_in(man_examples(), "")) >= 8);
}

TEST_CASE("every example of --help runs", "[examples]") {
  if (!have_ffmpeg()) return skip("no ffmpeg program");
  std::size_t ran = 0;
  for (const char* command : {"", "ask", "batch", "chat", "compare", "eval", "frames", "info", "inspect", "perplexity",
                              "quantize", "sessions", "models"}) {
    std::vector<std::string> words{SPARSIGHT_CLI};
    if (*command != '\0') words.emplace_back(command);
    words.emplace_back("--help");
    const std::string help = run(words).out;
    const std::size_t examples = help.find("Example");
    REQUIRE(examples != std::string::npos);
    const std::size_t found = run_all(std::string(command) + " --help", commands_in(help.substr(examples), "  "));
    CHECK(found > 0);
    ran += found;
  }
  CHECK(ran >= 20);
}

TEST_CASE("what the README shows about our clips is true", "[examples]") {
  std::map<std::pair<std::string, std::string>, std::string> truth = told_of_our_clips();
  static const std::regex asked(R"(    \$ build/release/sparsight-cli ask resources/clips/(\S+) ["'](.*)["'])");
  const std::vector<std::string> lines = lines_in(read_file(source_dir() / "README.md"));
  std::size_t compared = 0;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    std::smatch found;
    if (!std::regex_match(lines[i], found, asked)) continue;
    INFO(lines[i]);
    REQUIRE(truth.contains({found[1], found[2]}));
    CHECK(lines[i + 1] == "    " + truth[{found[1], found[2]}]);
    ++compared;
  }
  CHECK(compared >= 3);
}

TEST_CASE("the strategies' answers about our clips in the README are true", "[examples]") {
  const std::map<std::pair<std::string, std::string>, std::string> truth = told_of_our_clips();
  static const std::regex compared(
      R"re(    build/release/sparsight-cli (compare resources/clips/(\S+) "([^"]*)" .*))re");
  const ExampleFiles files;
  std::size_t ran = 0;
  for (const std::string& line : lines_in(read_file(source_dir() / "README.md"))) {
    std::smatch found;
    if (!std::regex_match(line, found, compared)) continue;
    INFO(line);
    const std::pair<std::string, std::string> asked{found[2], found[3]};
    REQUIRE(truth.contains(asked));
    const Ran result = files.run_here("build/release/sparsight-cli " + found[1].str() + " --json");
    REQUIRE(result.exit_code == 0);
    const json settings = json::parse(result.out)["settings"];
    CHECK(settings.size() >= 3);
    for (const json& setting : settings) CHECK(setting["result"]["answer"] == truth.at(asked));
    ++ran;
  }
  CHECK(ran >= 1);
}

TEST_CASE("the figures for the demo model's budget in README and docs are those of a run", "[examples]") {
  const ExampleFiles files;
  const Ran ran = files.run_here(
      "build/release/sparsight-cli ask resources/clips/crossing.mp4 'Which color does the star have?' --json");
  REQUIRE(ran.exit_code == 0);
  const json answer = json::parse(ran.out);
  const json& pruning = answer["pruning"];
  const double share =
      pruning["mean_tokens_behind_first_pruning"].get<double>() / answer["visual_tokens"].get<double>();
  CHECK(share == Approx(0.25).margin(0.001));  // "a quarter"
  std::vector<std::size_t> stay;
  std::string layers;
  for (const json& step : pruning["steps"]) {
    stay.push_back(step["visual_after"]);
    layers += (layers.empty() ? "" : ", ") + step["layer"].dump();
  }
  REQUIRE(stay.size() == 3);
  const auto one_line = [](std::string text) {
    std::istringstream words(text);
    text.clear();
    for (std::string word; words >> word;) text += (text.empty() ? "" : " ") + word;
    return text;
  };
  layers.replace(layers.rfind(", "), 2, " and ");
  CHECK_THAT(
      one_line(read_file(source_dir() / "README.md")),
      Catch::Contains(fmt::format("of {} tokens {}, {} and {} stay after its layers {}, that is {:.0f} on average",
                                  answer["visual_tokens"].get<int>(), stay[0], stay[1], stay[2], layers,
                                  pruning["mean_tokens_behind_first_pruning"].get<double>())));
  const std::string docs = one_line(read_file(source_dir() / "docs/pruning.md"));
  CHECK_THAT(docs, Catch::Contains(fmt::format("hold {0}, {0}, {1}, {2}, {3} and {3} of them",
                                               answer["visual_tokens"].get<int>(), stay[0], stay[1], stay[2])));
  const auto row = [&](const char* key, const std::string& figure) {
    const std::size_t at = docs.find(key);
    REQUIRE(at != std::string::npos);
    const std::string cells = docs.substr(at, docs.find(" |", docs.find(" |", docs.find(" |", at) + 1) + 1) - at);
    INFO(cells);
    CHECK(cells.ends_with("| " + figure));
  };
  row("`mean_tokens_behind_first_pruning`",
      fmt::format("{:.2f}", pruning["mean_tokens_behind_first_pruning"].get<double>()));
  row("\"in the last layer\"", std::to_string(stay[2]));
  row("`equivalent_tokens_by_output`", fmt::format("{:.1f}", pruning["equivalent_tokens_by_output"].get<double>()));
  row("`equivalent_tokens_by_input`", fmt::format("{:.1f}", pruning["equivalent_tokens_by_input"].get<double>()));
}

TEST_CASE("a budget is the mean after the first pruning, whatever the strategy", "[pruning]") {
  const auto engine =
      Engine::load({.model = source_dir() / "resources/models/sparsight-demo", .backend = cpu_backend()});
  const OpenedClip opened = engine->open(demo_clip(), {});
  for (const StrategyInfo& info : strategies()) {
    if (info.name == "none") continue;
    INFO(info.name);
    const Answer answer =
        engine->answer({.media = opened.encoded,
                        .system = {},
                        .turns = {{"What happens?", ""}},
                        .sampling = {},
                        .max_new_tokens = 1,
                        .pruning = {.strategy = std::string(info.name), .budget = parse_budget("25%")}});
    REQUIRE(answer.trace != nullptr);
    CHECK(answer.trace->mean_behind_first_pruning() == Approx(514).margin(2));
  }
}

}  // namespace sparsight::test
