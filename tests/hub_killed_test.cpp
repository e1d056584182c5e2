// The command line downloads from a hub on this machine, and is killed again and again.
#include <catch2/catch.hpp>

#include "core/hub/cache.h"
#include "tests/cli.h"
#include "tests/hub_scene.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <memory>
#include <random>
#include <sstream>

extern char** environ;

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

// What huggingface_hub's variables say while a test runs.
class HubEnvironment {
 public:
  HubEnvironment(const HubServer& server, const fs::path& cache)
      : endpoint_("HF_ENDPOINT", server.endpoint()), cache_("HF_HUB_CACHE", cache.string()) {}

 private:
  Environment endpoint_, cache_, token_{"HF_TOKEN", "hf_of_the_test"}, offline_{"HF_HUB_OFFLINE", ""};
};

pid_t start(std::vector<std::string> words, const fs::path& errors = "/dev/null") {
  words.insert(words.begin(), SPARSIGHT_CLI);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {0, 1}) posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(), O_RDWR | O_CREAT, 0600);
  pid_t child = 0;
  REQUIRE(posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

struct Range {
  std::size_t begin = 0, end = 0;
};

// The ranges that the map of an unfinished download claims.
std::vector<Range> claims(const fs::path& map) {
  std::vector<Range> ranges;
  std::istringstream lines(read_file(map));
  std::string line;
  std::getline(lines, line);
  for (Range range; lines >> range.begin >> range.end;) ranges.push_back(range);
  return ranges;
}

}  // namespace

TEST_CASE("hub: a download that is killed at fifty places goes on and is right in the end", "[hub][cli]") {
  const TempDir temp;
  HubServer server;
  stock(server, 12'000'000);
  const HubEnvironment environment(server, temp / "hub");
  const HubContent& weights = server.files.at(4);
  const fs::path blobs = temp / "hub/models--Some--Model/blobs";
  const fs::path data = blobs / (weights.hash() + ".sparsight.incomplete");
  const fs::path map = blobs / (weights.hash() + ".sparsight.parts");
  std::atomic<pid_t> child{0};
  std::atomic<std::uint64_t> sent{0}, kill_at{UINT64_MAX};
  server.on_sent = [&](std::uint64_t bytes) {
    sent = std::max<std::uint64_t>(sent, bytes);
    if (bytes < kill_at) return;
    if (const pid_t victim = child.exchange(0); victim != 0) ::kill(victim, SIGKILL);
  };
  std::mt19937 random(20);
  int kills = 0, whole = 0, went_on = 0;
  while (kills < 50) {
    const std::vector<Range> claimed = claims(map);
    if (!claimed.empty()) ++went_on;
    const std::string there = read_file(data);
    for (const Range& range : claimed)
      REQUIRE(there.substr(range.begin, range.end - range.begin) ==
              weights.content.substr(range.begin, range.end - range.begin));
    const std::size_t asked = server.requests().size();
    kill_at = sent + 1 + random() % 4'000'000;
    const pid_t started = start({"models", "pull", server.id, "--yes"});
    child = started;
    int status = 0;
    ::waitpid(started, &status, 0);
    child = 0;
    server.settle();
    const std::vector<HubRequest> requests = server.requests();
    for (std::size_t i = asked; i < requests.size(); ++i) {
      Range range;
      if (std::sscanf(requests[i].header("range").c_str(), "bytes=%zu-%zu", &range.begin, &range.end) != 2 ||
          !requests[i].elsewhere)
        continue;
      for (const Range& held : claimed) REQUIRE((range.end < held.begin || range.begin >= held.end));
    }
    if (WIFSIGNALED(status)) {
      REQUIRE(WTERMSIG(status) == SIGKILL);
      ++kills;
      continue;
    }
    // It came to its end before enough bytes were sent.
    REQUIRE(WEXITSTATUS(status) == 0);
    REQUIRE(read_file(temp / "hub/models--Some--Model/snapshots" / server.commit / "model.safetensors") ==
            weights.content);
    fs::remove_all(temp / "hub");
    ++whole;
  }
  CHECK(whole > 0);
  CHECK(went_on > 10);
  kill_at = UINT64_MAX;
  const Ran last = cli({"models", "pull", server.id, "--yes"});
  CHECK(last.exit_code == 0);
  const fs::path snapshot = temp / "hub/models--Some--Model/snapshots" / server.commit;
  CHECK(last.out == snapshot.string() + "\n");
  CHECK(read_file(snapshot / "model.safetensors") == weights.content);
  CHECK(cli({"models", "verify", server.id}).exit_code == 0);
  for (const auto& blob : fs::directory_iterator(blobs)) CHECK(blob.path().extension().empty());
}

TEST_CASE("models: fetched, listed, verified, asked, made smaller, asked again and removed by name", "[hub][cli]") {
  const TempDir temp;
  HubServer server;
  server.files = contents_of(source_dir() / "resources/models/sparsight-demo");
  server.facts = R"("cardData": {"license": "apache-2.0"}, "config": {"model_type": "video_llava"},
      "safetensors": {"total": 4700000})";
  const HubEnvironment environment(server, temp / "hub");
  const Ran missing = cli({"ask", demo_clip(), "What is there?", "--model", server.id});
  CHECK(missing.exit_code == 3);
  CHECK_THAT(missing.err, Contains("sparsight-cli models pull Some/Model"));

  // Nobody can be asked here, so nothing happens; what would have happened is shown.
  const Ran refused = cli({"models", "pull", server.id});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Contains("--yes") && Contains("apache-2.0") && Contains(server.endpoint()) &&
                              Contains("as int8") && Contains("free"));
  CHECK_FALSE(fs::exists(temp / "hub"));

  const Ran pulled = cli({"models", "pull", server.id, "--yes", "--json"});
  REQUIRE(pulled.exit_code == 0);
  const auto plan = nlohmann::json::parse(pulled.out);
  CHECK(plan.at("licence") == "apache-2.0");
  CHECK(plan.at("missing_bytes") == plan.at("bytes"));
  CHECK(plan.at("memory_bytes").at("f16") == 9'400'000);
  CHECK(fs::exists(plan.at("path").get<std::string>() + "/config.json"));

  const auto listed = nlohmann::json::parse(cli({"models", "search-local", "some/model", "video_llava", "--json"}).out);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].at("name") == server.id);
  CHECK(listed[0].at("family") == "video_llava");
  CHECK(listed[0].at("runs") == true);
  CHECK(listed[0].at("bytes") == plan.at("bytes"));
  CHECK_THAT(cli({"models", "list"}).out, Contains("Some/Model\n") && Contains("comes with Sparsight"));
  CHECK_THAT(cli({"models", "info", server.id}).out, Contains("Sparsight can run it"));
  CHECK_THAT(cli({"models", "verify"}).out, Contains("are as their names say"));

  const Ran asked = cli({"ask", demo_clip(), "Which", "color", "does", "the", "star", "have?", "--model", server.id});
  CHECK(asked.exit_code == 0);
  CHECK(asked.out == "The star is red.\n");
  for (const std::string to : {"int8", "int4"}) {
    const std::string small = (temp / to).string();
    CHECK(cli({"quantize", server.id, "--to", to, "--out", small}).exit_code == 0);
    const Ran again = cli({"ask", demo_clip(), "Which color does the star have?", "--model", small, "--json"});
    REQUIRE(again.exit_code == 0);
    const auto answer = nlohmann::json::parse(again.out);
    CHECK(answer.at("answer") == "The star is red.");
    CHECK(answer.at("model") == small);
  }

  // Damage is found, told, and ends with a code of its own.
  const fs::path blob = fs::canonical(plan.at("path").get<std::string>() + "/config.json");
  write_file(blob, read_file(blob) + " ");
  const Ran damaged = cli({"models", "verify", server.id});
  CHECK(damaged.exit_code == 3);
  CHECK_THAT(damaged.out, Contains("config.json: wrong: expected the hash " + blob.filename().string()));
  CHECK_THAT(damaged.err, Contains("sparsight-cli models remove Some/Model"));

  CHECK(cli({"models", "remove", server.id}).exit_code == 2);
  CHECK(fs::exists(blob));
  CHECK(cli({"models", "remove", server.id, "--yes"}).exit_code == 0);
  CHECK_FALSE(fs::exists(temp / "hub/models--Some--Model"));
  CHECK(cli({"models", "remove", server.id, "--yes"}).exit_code == 3);
}

TEST_CASE("models: failures of a hub on the command line", "[hub][cli]") {
  const TempDir temp;
  HubServer server;
  stock(server);
  const HubEnvironment environment(server, temp / "hub");
  server.on_request = [](const HubRequest& request, HubAnswer& to) {
    if (request.path.starts_with("/api/models/Some/Gated")) to.send(403, {}, "");
    return request.path.starts_with("/api/models/Some/Gated");
  };
  const Ran gated = cli({"models", "pull", "Some/Gated", "--yes", "--json"});
  CHECK(gated.exit_code == 9);
  CHECK(nlohmann::json::parse(gated.out).at("error").at("kind") == "network");
  CHECK_THAT(gated.err, Contains("accept the model's licence at " + server.endpoint() + "/Some/Gated") &&
                            !Contains("hf_of_the_test"));
  CHECK(cli({"models", "pull", "Some/Other", "--yes"}).exit_code == 9);
  CHECK(cli({"models", "pull", "../Other", "--yes"}).exit_code == 2);
  CHECK(cli({"models", "pull", server.id, "--yes", "--endpoint", "http://example.org"}).exit_code == 2);
  CHECK(cli({"models", "verify", "Some/Other"}).exit_code == 3);
  CHECK(cli({"models", "info", "Some/Other"}).exit_code == 3);
}

TEST_CASE("models: what is unfinished, misspelled or not there is said, with what to do", "[hub][cli]") {
  const TempDir temp;
  HubServer server;
  stock(server, 3'000'000);
  const HubEnvironment environment(server, temp / "hub");
  std::atomic<pid_t> child{0};
  server.on_sent = [&](std::uint64_t bytes) {
    if (const pid_t victim = bytes < 1'000'000 ? 0 : child.exchange(0); victim != 0) ::kill(victim, SIGKILL);
  };
  const pid_t started = start({"models", "pull", server.id, "--yes"});
  child = started;
  int status = 0;
  ::waitpid(started, &status, 0);
  child = 0;
  REQUIRE(fs::exists(temp / "hub/models--Some--Model"));
  if (WIFSIGNALED(status)) {
    const Ran known = cli({"models", "info", server.id});
    CHECK(known.exit_code == 0);
    CHECK_THAT(known.err, Contains("of an unfinished download; `sparsight-cli models pull Some/Model` continues it"));
    const Ran verified = cli({"models", "verify", server.id});
    CHECK(verified.exit_code == 3);
    CHECK_THAT(verified.err, Contains("of an unfinished download"));
    const auto json = nlohmann::json::parse(cli({"models", "verify", "--json"}).out);
    CHECK(json.back().at("state") == "unfinished");
  }
  server.settle();
  server.on_sent = nullptr;
  REQUIRE(cli({"models", "pull", server.id, "--yes"}).exit_code == 0);
  CHECK(cli({"models", "verify", server.id}).exit_code == 0);

  for (const char* command : {"verify", "remove", "info"})
    CHECK_THAT(cli({"models", command, "some/modle"}).err, Contains("did you mean Some/Model?"));
  CHECK_THAT(cli({"models", "info", "SmolVLM2-500M"}).err,
             Contains("did you mean HuggingFaceTB/SmolVLM2-500M-Video-Instruct?"));
  const Ran none = cli({"models", "search-local", "no such", "words"});
  CHECK(none.exit_code == 0);
  CHECK(none.out.empty());
  CHECK_THAT(none.err, Contains("no model on this machine has no such and words in its name, path or family"));
  CHECK_THAT(cli({"models", "frob"}).err,
             Contains("frob: there is no such command; see `sparsight-cli models --help`"));
}

TEST_CASE("models: a download that is stopped says that it goes on", "[hub][cli]") {
  const TempDir temp;
  HubServer server;
  stock(server, 3'000'000);
  const HubEnvironment environment(server, temp / "hub");
  std::atomic<pid_t> child{0};
  server.on_sent = [&](std::uint64_t bytes) {
    if (const pid_t victim = bytes < 1'000'000 ? 0 : child.exchange(0); victim != 0) ::kill(victim, SIGINT);
  };
  const fs::path errors = temp / "errors";
  const pid_t started = start({"models", "pull", server.id, "--yes"}, errors);
  child = started;
  int status = 0;
  ::waitpid(started, &status, 0);
  child = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) skip("the download was over before it was stopped");
  CHECK(WEXITSTATUS(status) == 130);
  CHECK_THAT(read_file(errors),
             Contains("what has arrived is kept; the same command continues\nsparsight-cli: stopped"));
}

TEST_CASE("models: the recommended ones", "[hub][cli]") {
  const auto listed = nlohmann::json::parse(cli({"models", "list", "--recommended", "--json"}).out);
  REQUIRE(listed.size() == 8);
  CHECK(listed[0].at("id") == "HuggingFaceTB/SmolVLM2-500M-Video-Instruct");
  for (const auto& model : listed) {
    CAPTURE(model.at("id"));
    CHECK(model.at("verified") == false);
    CHECK(model.at("revision") == "main");
    CHECK(model.at("memory_bytes").at("int4") < model.at("memory_bytes").at("int8"));
    CHECK(model.at("memory_bytes").at("int8") < model.at("memory_bytes").at("f16"));
    CHECK(model.at("download_bytes") > 0);
    const std::string licence = model.at("licence");
    const std::string id = model.at("id");
    CHECK_THAT(licence, Contains(id.starts_with("HuggingFaceTB/") ? "Apache License 2.0"
                                 : id.starts_with("Qwen/")        ? "Qwen Research License"
                                                                  : "Llama 2 Community License"));
  }
  CHECK_THAT(cli({"models", "info", "Qwen/Qwen2.5-VL-3B-Instruct"}).out, Contains("not for commercial use"));
}

}  // namespace sparsight::test
