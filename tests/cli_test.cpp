// The program as a user runs it.
#include <catch2/catch.hpp>

#include "core/model/model_identity.h"
#include "core/pruning/registry.h"
#include "core/pruning/trace.h"
#include "kernels/backends.h"
#include "tests/cli.h"
#include "tests/media.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <regex>

namespace sparsight::test {
namespace {

using nlohmann::json;

}  // namespace

TEST_CASE("ask streams the answer to stdout and writes nothing to a stderr that is no terminal", "[cli]") {
  const Ran ran = cli({"ask", demo_clip(), "Which way does the star go?"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out == "The star moves left.\n");
  CHECK(ran.err.empty());
}

TEST_CASE("ask --json prints one object with everything documented", "[cli]") {
  const Ran ran = cli({"ask", demo_clip(), "Which way does the star go?", "--json"});
  REQUIRE(ran.exit_code == 0);
  const json out = json::parse(ran.out);
  CHECK(out["answer"] == "The star moves left.");
  CHECK(out["visual_tokens"] == 2056);
  CHECK(out["prompt_ids"].size() == out["prompt_tokens"].get<std::size_t>() - 2056 + 1);
  CHECK(out["generated_ids"].size() > 2);
  REQUIRE(out["frames"].size() == 8);
  CHECK(out["frames"][0]["index"] == 0);
  CHECK(out["frames"][7]["time_s"].get<double>() > 3);
  for (const char* stage : {"open", "frames", "preprocess", "vision", "encode", "prefill", "generate"})
    CHECK(out["timings_ms"][stage].get<double>() > 0);
  CHECK(out["tokens_per_second"].get<double>() > 0);
  CHECK(out["peak_memory_bytes"].get<std::size_t>() > 10'000'000);
  CHECK(out["model"].get<std::string>().ends_with("sparsight-demo"));
  CHECK(out["model_hash"] == model_hash(demo_model()));
}

TEST_CASE("ask takes frames, ranges and a seed", "[cli]") {
  const Ran ran = cli({"ask",    demo_clip(), "What happens?",    "--json", "--frames",  "4", "--start", "1",
                       "--end",  "0:02.5",    "--temperature",    "0.5",    "--top-k",   "5", "--top-p", "0.9",
                       "--seed", "3",         "--max-new-tokens", "5",      "--threads", "1"});
  REQUIRE(ran.exit_code == 0);
  const json out = json::parse(ran.out);
  CHECK(out["visual_tokens"] == 4 * 257);
  CHECK(out["frames"].size() == 4);
  CHECK(out["frames"][0]["time_s"].get<double>() >= 1.0);
  CHECK(out["frames"][3]["time_s"].get<double>() < 2.5);
  CHECK(out["generated_ids"].size() <= 5);
}

TEST_CASE("ask says which arithmetic it uses, also if the CPU lacks the one asked for", "[cli]") {
  const std::vector<std::string> question{"ask", demo_clip(), "What happens?", "--greedy", "--json", "--max-new-tokens",
                                          "3"};
  const auto asked = [&](std::vector<std::string> more) {
    more.insert(more.begin(), question.begin(), question.end());
    return cli(more);
  };
  const Ran plain = asked({}), rounding = asked({"--arithmetic", "bf16"}), wrong = asked({"--arithmetic", "int8"});
  REQUIRE(plain.exit_code == 0);
  CHECK(json::parse(plain.out)["backend"].dump().find("arithmetic") == std::string::npos);
  REQUIRE(rounding.exit_code == 0);
  const json out = json::parse(rounding.out);
  CHECK(out["generated_ids"].size() == 3);
  CHECK_THAT(out["backend"].dump(), Catch::Contains(cpu_arithmetic(Arithmetic::Bf16) == Arithmetic::Bf16
                                                        ? "\"arithmetic bf16\""
                                                        : "arithmetic f32 (this CPU has no AVX-512 BF16)"));
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, Catch::Contains("int8") && Catch::Contains("--arithmetic"));
}

TEST_CASE("ask prunes by a seed", "[cli]") {
  const TempDir temp;
  const auto trace_of = [&](const std::string& seed) {
    const auto file = temp / seed;
    const Ran ran = cli({"ask", demo_clip(), "What happens?", "--prune", "random", "--budget", "9.4%", "--prune-seed",
                         seed, "--max-new-tokens", "2", "--json", "--trace", file.string()});
    REQUIRE(ran.exit_code == 0);
    CHECK(json::parse(ran.out)["pruning"]["steps"][0]["kept"] == 193);
    return load_trace(file).steps.at(0).out_ids;
  };
  const auto seven = trace_of("7");
  CHECK(seven == trace_of("7"));
  CHECK(seven != trace_of("8"));
}

TEST_CASE("chat encodes once and answers line by line", "[cli]") {
  const TempDir temp;
  write_file(temp / "script",
             "Which way does the star go?\n\nWhich color does the star have?\n/new\n/nonsense\n"
             "/video " +
                 demo_clip("rising.mp4").string() + "\nWhich color is the star?\n/quit\nnever asked\n");
  const Ran ran =
      run({"sh", "-c", "exec \"$0\" chat \"$1\" --json < \"$2\"", SPARSIGHT_CLI, demo_clip(), temp / "script"});
  CHECK(ran.exit_code == 0);
  std::vector<json> answers;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('{')) answers.push_back(json::parse(line));
  REQUIRE(answers.size() == 3);
  CHECK(answers[0]["answer"] == "The star moves left.");
  CHECK(answers[1]["reused_tokens"].get<int>() > 2056);
  CHECK(answers[2]["answer"] == "The star is pink.");
  CHECK_THAT(ran.err, Catch::Contains("/nonsense"));
}

TEST_CASE("frames writes what was sampled", "[cli]") {
  const TempDir temp;
  const Ran ran = cli({"frames", demo_clip(), "--out", (temp / "ünï cödé/frames").string(), "--frames", "3", "--json"});
  REQUIRE(ran.exit_code == 0);
  const json out = json::parse(ran.out);
  CHECK(out["total_frames"] == 48);
  REQUIRE(out["frames"].size() == 3);
  for (const json& frame : out["frames"]) {
    const std::string png = read_file(std::filesystem::path(frame["file"].get<std::string>()));
    CHECK(png.starts_with("\x89PNG"));
  }
}

TEST_CASE("info explains every strategy", "[cli]") {
  const Ran text = cli({"info", "--strategies"}), data = cli({"info", "--strategies", "--json"});
  REQUIRE(text.exit_code == 0);
  REQUIRE(data.exit_code == 0);
  const json list = json::parse(data.out);
  REQUIRE(list.size() == strategies().size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const StrategyInfo& info = strategies()[i];
    CHECK(list[i] == json{{"name", info.name}, {"summary", info.summary}, {"source", info.source}});
    CHECK_FALSE(info.summary.empty());
    CHECK_THAT(text.out, Catch::Contains(std::string(info.name)) && Catch::Contains(std::string(info.summary)) &&
                             Catch::Contains(std::string(info.source)));
  }
}

TEST_CASE("info describes the machine and the model", "[cli]") {
  const Ran plain = cli({"info"});
  CHECK(plain.exit_code == 0);
  for (const char* word :
       {"processor", "targets", "bf16  ", "threads", "memory", "GPU", "decoder", "6 layers", "257 tokens"})
    CHECK_THAT(plain.out, Catch::Contains(word));
  const json out = json::parse(cli({"info", "--json", "--kv", "bf16"}).out);
  CHECK(out["model"]["decoder"]["layers"] == 6);
  CHECK(out["model"]["decoder"]["kv_dtype"] == "BF16");
  CHECK(2 * out["model"]["decoder"]["kv_bytes_per_token"].get<std::size_t>() ==
        json::parse(cli({"info", "--json"}).out)["model"]["decoder"]["kv_bytes_per_token"].get<std::size_t>());
  CHECK(out["model"]["hash"] == model_hash(demo_model()));
  CHECK_THAT(plain.out, Catch::Contains(model_hash(demo_model())));
  CHECK_FALSE(out["machine"]["cpu_targets"].empty());
  CHECK(out["machine"]["multiplies_bf16"] == (cpu_arithmetic(Arithmetic::Bf16) == Arithmetic::Bf16));
  CHECK(out["machine"]["threads"] == cpu_cores());
  CHECK(out["machine"]["efficiency_cores"] <= out["machine"]["physical_cores"]);
  CHECK(json::parse(cli({"info", "--json", "--threads", "3"}).out)["machine"]["threads"] == 3);
  CHECK_THAT(cli({"info", "--threads", "3"}).out, Catch::Contains("threads     3 ("));
  CHECK(out["machine"]["gpu"]["devices"].is_array());
}

TEST_CASE("help and version", "[cli]") {
  CHECK(cli({"--version"}).exit_code == 0);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"},
                                                {"ask", "--help"},
                                                {"chat", "--help"},
                                                {"info", "--help"},
                                                {"frames", "--help"},
                                                {"inspect", "--help"},
                                                {"compare", "--help"},
                                                {"eval", "--help"}}) {
    const Ran ran = cli(words);
    CHECK(ran.exit_code == 0);
    CHECK_THAT(ran.out, Catch::Contains("Example"));
  }
}

TEST_CASE("the man page names every command, option and exit code", "[cli]") {
  const std::string page = read_file(source_dir() / "packaging/man/sparsight-cli.1");
  REQUIRE_FALSE(page.empty());
  const std::vector<std::vector<std::string>> commands{{"ask"},
                                                       {"batch"},
                                                       {"chat"},
                                                       {"info"},
                                                       {"frames"},
                                                       {"inspect"},
                                                       {"compare"},
                                                       {"eval"},
                                                       {"quantize"},
                                                       {"perplexity"},
                                                       {"sessions"},
                                                       {"sessions", "list"},
                                                       {"sessions", "show"},
                                                       {"sessions", "search"},
                                                       {"sessions", "export"},
                                                       {"sessions", "import"},
                                                       {"models"},
                                                       {"models", "list"},
                                                       {"models", "search-local"},
                                                       {"models", "info"},
                                                       {"models", "pull"},
                                                       {"models", "verify"},
                                                       {"models", "remove"}};
  for (std::vector<std::string> command : commands) {
    CHECK_THAT(page, Catch::Contains(std::regex_replace(command.back(), std::regex("-"), "\\-")));
    command.emplace_back("--help");
    std::istringstream help(cli(command).out);
    std::size_t options = 0;
    for (std::string line; std::getline(help, line);) {
      const std::size_t option = line.find("--");
      if (option == std::string::npos || line.find_first_not_of(" -h,") != option + 2) continue;
      ++options;
      std::string name = line.substr(option, line.find_first_of(" =", option) - option);
      for (std::size_t at = 0; (at = name.find('-', at)) != std::string::npos; at += 2) name.insert(at, 1, '\\');
      CHECK_THAT(page, Catch::Contains(name));
    }
    CHECK((options >= 3 || command.front() == "sessions" || command.front() == "models"));
  }
}

TEST_CASE("the README shows what the program really prints", "[cli]") {
  const std::string program = "build/release/sparsight-cli";
  std::string section = read_file(source_dir() / "README.md");
  section = section.substr(section.find("## What it is"));
  section = section.substr(0, section.find("\n## ", 1));
  const TempDir temp;
  std::filesystem::create_directory_symlink(source_dir() / "resources", temp / "resources");
  std::string command, shown;
  std::size_t compared = 0;
  const auto compare = [&] {
    if (command.starts_with(program)) {
      INFO(command);
      const Ran ran =
          run({"sh", "-c", "cd \"$1\" && exec \"$0\"" + command.substr(program.size()), SPARSIGHT_CLI, temp.path()});
      CHECK(ran.exit_code == 0);
      CHECK(ran.out == shown);
      ++compared;
    }
    command.clear();
    shown.clear();
  };
  std::istringstream lines(section);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    $ ")) {
      compare();
      command = line.substr(6);
    } else if (line.starts_with("    ") && !command.empty()) {
      shown += line.substr(4) + "\n";
    } else {
      compare();
    }
  }
  compare();
  CHECK(compared >= 3);
}

TEST_CASE("a model that knows little warns whenever it answers about anything else", "[cli][demo]") {
  if (!have_ffmpeg()) return skip("no ffmpeg program");
  const TempDir temp;
  make_clip(kPattern + "2 -pix_fmt yuv420p", temp / "real.mp4");
  std::filesystem::copy(demo_clip(), temp / "ours.mp4");
  const auto warned = [](const Ran& ran) { return ran.err.find("knows only coloured shapes") != std::string::npos; };
  for (const char* command : {"ask", "inspect", "compare", "chat"}) {
    INFO(command);
    const bool talks = command == std::string_view("chat");
    const auto about = [&](const char* clip) {
      std::string line = std::string(" exec \"$0\" ") + command + " \"$1\"";
      if (!talks) line += " 'What happens?'";
      if (command == std::string_view("inspect")) line += " --no-film --out \"$2\"";
      if (command == std::string_view("compare")) line += " --prune fastv";
      return run({"sh", "-c", "echo 'What happens?' |" + line, SPARSIGHT_CLI, temp / clip, temp / "out"});
    };
    const Ran real = about("real.mp4"), ours = about("ours.mp4");
    CHECK(real.exit_code == 0);
    CHECK(warned(real));
    CHECK(std::count(real.err.begin(), real.err.end(), '\n') == 1);
    CHECK(ours.exit_code == 0);
    CHECK_FALSE(warned(ours));
  }
  const json out = json::parse(cli({"ask", temp / "real.mp4", "What happens?", "--json"}).out);
  REQUIRE(out["warnings"].size() == 1);
  CHECK_THAT(out["warnings"][0].get<std::string>(), Catch::Contains("knows only coloured shapes"));
  CHECK(json::parse(cli({"ask", temp / "ours.mp4", "What happens?", "--json"}).out)["warnings"].empty());
  CHECK(warned(cli({"ask", "--no-video", "What happens?"})));
  // A model that says nothing about itself.
  std::filesystem::copy(source_dir() / "resources/models/sparsight-demo", temp / "model");
  std::filesystem::remove(temp / "model/sparsight.json");
  CHECK_FALSE(warned(cli({"ask", temp / "real.mp4", "What happens?", "--model", temp / "model"})));
}

TEST_CASE("an answer that was cut off says so", "[cli]") {
  const std::vector<std::string> question{"ask", demo_clip(), "What happens in the video?", "--max-new-tokens", "3"};
  CHECK_THAT(cli(question).err, Catch::Contains("cut off"));
  std::vector<std::string> as_json = question;
  as_json.emplace_back("--json");
  const json out = json::parse(cli(as_json).out);
  REQUIRE(out["warnings"].size() == 1);
  CHECK_THAT(out["warnings"][0].get<std::string>(), Catch::Contains("cut off"));
}

TEST_CASE("by default a model is pruned as its card says, and one without a card not at all", "[cli]") {
  const TempDir temp;
  std::filesystem::copy(source_dir() / "resources/models/sparsight-demo", temp / "model");
  std::filesystem::remove(temp / "model/sparsight.json");
  const auto pruning = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"ask", demo_clip(), "What happens?", "--json"});
    const Ran ran = cli(more);
    return ran.exit_code == 0 ? json::parse(ran.out)["pruning"] : json(ran.err);
  };
  const json own = pruning({});
  const json card = json::parse(cli({"info", "--json"}).out)["model"]["card"]["pruning"];
  CHECK(own["strategy"] == card["strategy"]);
  CHECK(own["budget"] == card["budget"]);
  CHECK(own["strategy"] != "none");
  CHECK(pruning({"--prune", "none"})["strategy"] == "none");
  CHECK(pruning({"--prune", "fastv"})["budget"] == "");
  const json budget = pruning({"--budget", "10%"});
  CHECK(budget["strategy"] == card["strategy"]);
  CHECK(budget["budget"] == "10%");
  CHECK(pruning({"--model", temp / "model"})["strategy"] == "none");
  CHECK_THAT(pruning({"--model", temp / "model", "--budget", "10%"}).get<std::string>(), Catch::Contains("--prune"));
  CHECK_THAT(cli({"info"}).out, Catch::Contains(card["strategy"].get<std::string>()));
}

TEST_CASE("output that cannot be written is an error", "[cli]") {
  const TempDir temp;
  const auto sh = [&](const std::string& script) {
    return run({"sh", "-c", script, SPARSIGHT_CLI, demo_clip(), temp / "out"});
  };
  for (const char* script : {"exec \"$0\" ask \"$1\" 'What happens?' > /dev/full", "exec \"$0\" info > /dev/full",
                             "exec \"$0\" info --json > /dev/full", "exec \"$0\" --help > /dev/full",
                             "exec \"$0\" frames \"$1\" --frames 1 --out \"$2\" > /dev/full",
                             "exec \"$0\" ask \"$1\" 'What happens?' --json >&-"}) {
    INFO(script);
    const Ran ran = sh(script);
    CHECK(ran.exit_code == 3);
    CHECK_THAT(ran.err, Catch::Contains("standard output"));
  }
}

TEST_CASE("an output file never takes the place of a closed standard stream", "[cli]") {
  const TempDir temp;
  const Ran ran = run({"sh", "-c", "exec \"$0\" frames \"$1\" --frames 1 --out \"$2\" >&- 2>&-", SPARSIGHT_CLI,
                       demo_clip(), temp / "out"});
  CHECK(ran.exit_code == 3);
  const std::string png = read_file(temp / "out/frame-01-000000.png");
  CHECK(png.starts_with("\x89PNG"));
  CHECK(png.find("frame") == std::string::npos);
}

TEST_CASE("options that count take whole numbers only", "[cli]") {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"--seed", "-1"},          {"--seed", "18446744073709551616"},
      {"--top-k", "-3"},         {"--frames", "2.5"},
      {"--frames", "0x8"},       {"--layers", "-1"},
      {"--scoring-heads", "-2"}, {"--threads", "+1"}};
  for (const auto& [option, value] : wrong) {
    INFO(option << " " << value);
    const Ran ran = cli({"ask", demo_clip(), "What happens?", option, value});
    CHECK(ran.exit_code == 2);
    CHECK_THAT(ran.err, Catch::Contains(value) && Catch::Contains("whole number"));
  }
  const TempDir temp;
  const Ran ten = cli({"frames", demo_clip(), "--out", temp / "out", "--frames", "010", "--json"});
  REQUIRE(ten.exit_code == 0);
  CHECK(json::parse(ten.out)["frames"].size() == 10);
}

TEST_CASE("text on a terminal has no control characters, C0 or C1", "[cli]") {
  const TempDir temp;
  const Ran ran = cli({"ask",
                       temp / "a\x1b[31m\xc2\x9b"
                              "5mb\u00e9.mp4",
                       "What?"});
  CHECK(ran.exit_code == 3);
  CHECK_THAT(ran.err, Catch::Contains("a[31m5mb\u00e9.mp4"));
}

TEST_CASE("errors say what and where, and each kind has its exit code", "[cli]") {
  const TempDir temp;
  write_file(temp / "empty.mp4", "");
  write_file(temp / "text.mp4", "this is no video, it only says so");
  std::filesystem::create_directory(temp / "model");
  write_file(temp / "model/config.json", "{\"model_type\": \"mistral\"}");
  struct Case {
    std::vector<std::string> words;
    int exit_code;
    std::string says;
  };
  for (const Case& c : {Case{{}, 2, "subcommand"}, Case{{"ask", demo_clip()}, 2, "question"},
                        Case{{"ask", demo_clip(), "What?", "--frames", "0"}, 2, "frames"},
                        Case{{"ask", demo_clip(), "What?", "--start", "soon"}, 2, "soon"},
                        Case{{"ask", demo_clip(), "What?", "--start", "100"}, 2, "crossing.mp4"},
                        Case{{"ask", demo_clip(), " "}, 2, "empty"},
                        Case{{"ask", demo_clip(), "What?", "--temperature", "-2"}, 2, "temperature"},
                        Case{{"ask", demo_clip(), "What?", "--greedy", "--temperature", "1"}, 2, "greedy"},
                        Case{{"ask", temp / "absent.mp4", "What?"}, 3, "absent.mp4"},
                        Case{{"ask", temp / "empty.mp4", "What?"}, 3, "empty.mp4"},
                        Case{{"ask", temp / "text.mp4", "What?"}, 4, "text.mp4"},
                        Case{{"ask", demo_clip(), "What?", "--model", temp / "model"}, 5, "video_llava"},
                        Case{{"info", "--model", temp / "nowhere"}, 3, "nowhere"},
                        Case{{"frames", demo_clip(), "--out", "/proc/nowhere"}, 3, "/proc/nowhere"}}) {
    const Ran ran = cli(c.words);
    INFO(ran.err);
    CHECK(ran.exit_code == c.exit_code);
    CHECK_THAT(ran.err, Catch::Contains(c.says));
    CHECK(ran.out.find("The ") == std::string::npos);
  }
}

TEST_CASE("Ctrl+C stops with its own exit code", "[cli]") {
  const Ran ran = run({"timeout", "--preserve-status", "-s", "INT", "0.05", SPARSIGHT_CLI, "ask", demo_clip(),
                       "What happens?", "--threads", "1"});
  CHECK(ran.exit_code == 130);
}

}  // namespace sparsight::test
