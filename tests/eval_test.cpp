// Evaluation: valid and hostile data sets, scoring, results that survive a kill, shards, reports.
#include <catch2/catch.hpp>

#include "core/base/file_lock.h"
#include "core/base/file_stamp.h"
#include "core/base/os/os.h"
#include "core/chat/store.h"
#include "core/measure/eval.h"
#include "core/measure/eval_report.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"

#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path clips() { return source_dir() / "resources/clips"; }

std::string line(const std::string& clip, const std::string& question, const std::string& answer,
                 const std::string& kind = "") {
  json out = {{"clip", clip}, {"question", question}, {"answer", answer}};
  if (!kind.empty()) out["kind"] = kind;
  return out.dump() + "\n";
}

// Six questions about two shipped clips, in turns, whose answers the demo model knows.
void write_small_set(const fs::path& folder) {
  for (const char* name : {"crossing.mp4", "rising.mp4"}) fs::copy_file(clips() / name, folder / name);
  write_file(folder / "questions.jsonl",
             line("crossing.mp4", "Which way does the star go?", "The star moves left.", "motion") +
                 line("rising.mp4", "Which color is the star?", "The star is pink.", "color") +
                 line("crossing.mp4", "Which color does the star have?", "wrong on purpose", "color") +
                 line("rising.mp4", "What happens?", "nothing at all", "describe") +
                 line("crossing.mp4", "What happens?", "nothing at all", "describe") +
                 line("gone.mp4", "What happens?", "nobody knows", "describe"));
}

ErrorKind refusal(const EvalSource& source, std::string& says) {
  try {
    static_cast<void>(read_eval_data(source));
  } catch (const Error& error) {
    says = error.what();
    return error.kind();
  }
  FAIL("was read");
  return ErrorKind::File;
}

using Row = std::tuple<std::string, std::string, std::string, std::string, bool, bool>;

// The answers, without times.
std::multiset<Row> rows_in(const fs::path& folder) {
  std::multiset<Row> rows;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::istringstream lines(read_file(entry.path()));
    for (std::string text; std::getline(lines, text);) {
      const json row = json::parse(text);
      if (row.contains("error")) continue;
      rows.emplace(row["id"], row["strategy"], row["budget"], row["given"], row["right"], row["contains"]);
    }
  }
  return rows;
}

std::vector<std::string> eval_command(const fs::path& data, const fs::path& out, std::vector<std::string> more = {}) {
  std::vector<std::string> words{
      SPARSIGHT_CLI, "eval", data,        "--prune", "sparsevlm-v1.5", "--budgets", "100%,25%",
      "--out",       out,    "--threads", "1"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

EvalRecord record(const std::string& id, const std::string& given, const std::string& error = "") {
  EvalRecord r;
  r.id = id;
  r.strategy = "none";
  r.budget = "100%";
  r.given = given;
  r.error = error;
  return r;
}

const EvalIdentity kIdentity{{"questions", "some"}, {"model", "one"}};

}  // namespace

TEST_CASE("an answer is right if it is equal; for the QA sets, if its words are", "[eval]") {
  struct Case {
    EvalForm form;
    const char *given, *right;
    bool is_right, contains;
  };
  for (const Case& c :
       {Case{EvalForm::Lines, " The star is red.\n", "The star is red.", true, true},
        Case{EvalForm::Lines, "the star is red", "The star is red.", false, true},
        Case{EvalForm::Lines, "The star is redder.", "The star is red.", false, false},
        Case{EvalForm::QaPairs, "The Guitar!", "a guitar", true, true},
        Case{EvalForm::QaPairs, "A man plays the guitar, well.", "guitar", false, true},
        Case{EvalForm::QaPairs, "guitars", "guitar", false, false},
        Case{EvalForm::QaPairs, "red big car", "big red", false, false},
        Case{EvalForm::QaPairs, "", "guitar", false, false}, Case{EvalForm::QaPairs, "?", "the", false, false},
        Case{EvalForm::QaPairs, "Straße", "straße", true, true}, Case{EvalForm::QaPairs, "it's", "its", true, true}}) {
    INFO(c.given << " | " << c.right);
    const EvalScore score = score_answer(c.form, c.given, c.right);
    CHECK(score.right == c.is_right);
    CHECK(score.contains == c.contains);
  }
}

TEST_CASE("questions as JSON lines: grouped by clip, ids given or made", "[eval]") {
  const TempDir temp;
  write_file(temp / "ä.mp4", "x");
  write_file(temp / "questions.jsonl",
             line("ä.mp4", "Wo?", "hier 🐈", "wo") + "\n" + line("b.mp4", "A?", "b") +
                 R"({"clip": "ä.mp4", "question": "Q?", "answer": "a", "id": 7, "kind": null})");
  const EvalData data = read_eval_data({.data = temp.path(), .answers = {}, .videos = {}});
  CHECK(data.form == EvalForm::Lines);
  REQUIRE(data.questions.size() == 3);
  CHECK(data.questions[0].id == "ä.mp4#1");
  CHECK(data.questions[0].answer == "hier 🐈");
  CHECK(data.questions[0].kind == "wo");
  CHECK(fs::exists(data.questions[0].video));
  CHECK(data.questions[1].clip == "ä.mp4");
  CHECK(data.questions[1].id == "7");
  CHECK(data.questions[1].id_is_number);
  CHECK(data.questions[2].clip == "b.mp4");
  CHECK(data.questions[2].video.empty());

  const std::string before = data.fingerprint;
  write_file(temp / "questions.jsonl", line("ä.mp4", "Wo?", "dort", "wo"));
  CHECK(read_eval_data({.data = temp / "questions.jsonl", .answers = {}, .videos = {}}).fingerprint != before);
}

TEST_CASE("hostile questions are refused by line and key", "[eval]") {
  const TempDir temp;
  const fs::path file = temp / "questions.jsonl";
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  struct Case {
    std::string content, says;
  };
  for (const Case& c :
       {Case{"", "none"},
        Case{"\n \n", "none"},
        Case{"{\"clip\": \"a\", ", "line 1"},
        Case{"[]", "object"},
        Case{"{}", "clip"},
        Case{"7", "object"},
        Case{deep, "nested"},
        Case{R"({"clip": "a.mp4", "question": "q"})", "answer"},
        Case{R"({"clip": 5, "question": "q", "answer": "a"})", "clip: expected a string, found 5"},
        Case{R"({"clip": "a.mp4", "question": ["q"], "answer": "a"})", "question"},
        Case{R"({"clip": "a.mp4", "question": "q", "answer": " "})", "answer"},
        Case{R"({"clip": "a.mp4", "question": "q", "answer": "a", "id": 1.5})", "id"},
        Case{R"({"clip": "a.mp4", "question": "q", "answer": "a", "kind": {}})", "kind"},
        Case{line("a.mp4", "q", "a") + R"({"clip": "a.mp4", "question": "q", "answer": "a", "id": "a.mp4#1"})",
             "line 2: id \"a.mp4#1\""},
        Case{"{\"clip\": \"a\xFF.mp4\", \"question\": \"q\", \"answer\": \"a\"}", "line 1"},
        Case{line("a.mp4", std::string(70000, 'q'), "a"), "65536"},
        Case{std::string(1100000, ' ') + "{}", "1048576"},
        Case{line("../../x.mp4", "q", "a"), "../../x.mp4"},
        Case{line("a/../../x.mp4", "q", "a"), "inside"},
        Case{line("/etc/passwd", "q", "a"), "inside"},
        Case{line(".", "q", "a"), "inside"},
        Case{line("..\\x.mp4", "q", "a"), "inside"},
        Case{line("a/", "q", "a"), "inside"},
        Case{R"({"clip": "a\u0000.mp4", "question": "q", "answer": "a"})", "inside"}}) {
    INFO(c.content.substr(0, 200));
    write_file(file, c.content);
    std::string says;
    CHECK(refusal({.data = file, .answers = {}, .videos = {}}, says) == ErrorKind::File);
    CHECK_THAT(says, Catch::Contains(c.says));
    CHECK(says.size() < 1000);
  }
  std::string says;
  CHECK(refusal({.data = temp / "absent", .answers = {}, .videos = {}}, says) == ErrorKind::File);
  CHECK(refusal({.data = temp / "absent.jsonl", .answers = {}, .videos = {}}, says) == ErrorKind::File);
  CHECK(refusal({.data = file, .answers = {}, .videos = temp / "nowhere"}, says) == ErrorKind::File);
}

TEST_CASE("the QA sets of Video-LLaVA: joined by question_id, videos by any extension", "[eval]") {
  const TempDir temp;
  fs::create_directory(temp / "videos");
  for (const char* name : {"vid1.avi", "v_abc.mkv", "whole.mp4"}) write_file(temp / "videos" / name, "x");
  write_file(temp / "test_q.json", R"([
    {"video_name": "vid1", "question": "what is it?", "question_id": 12},
    {"video_name": "abc", "question": "Is it red?", "question_id": "v_abc_0"},
    {"video_name": "whole.mp4", "question": "who is it?", "question_id": 13},
    {"video_name": "none", "question": "who is it?", "question_id": 14}])");
  const std::string answers = R"([
    {"answer": "yes", "question_id": "v_abc_0", "type": 3},
    {"answer": "cat", "question_id": 12}, {"answer": "man", "question_id": 13}, {"answer": "dog", "question_id": 14}])";
  write_file(temp / "test_a.json", answers);
  const EvalSource source{.data = temp / "test_q.json", .answers = {}, .videos = temp / "videos"};
  const EvalData data = read_eval_data(source);
  CHECK(data.form == EvalForm::QaPairs);
  REQUIRE(data.questions.size() == 4);
  CHECK(data.questions[0].answer == "cat");
  CHECK(data.questions[0].kind == "what");
  CHECK(data.questions[0].video.filename() == "vid1.avi");
  CHECK(data.questions[1].answer == "yes");
  CHECK(data.questions[1].kind == "3");
  CHECK(data.questions[1].video.filename() == "v_abc.mkv");
  CHECK(data.questions[2].video.filename() == "whole.mp4");
  CHECK(data.questions[3].video.empty());

  write_file(temp / "test_a.json", R"([{"answer": "1"}, {"answer": "2"}, {"answer": "3"}, {"answer": "4"}])");
  CHECK(read_eval_data(source).questions[1].answer == "2");

  struct Case {
    std::string questions, answers, says;
  };
  const std::string one = R"([{"video_name": "vid1", "question": "q", "question_id": 1}])";
  for (const Case& c :
       {Case{"{}", "[]", "expected a list"}, Case{"[]", "[]", "none"}, Case{one, "[]", "expected 1 answers"},
        Case{"[1]", R"([{"answer": "a"}])", "entry 0"}, Case{one, R"([{"question_id": 1}])", "answer"},
        Case{one, R"([{"answer": 5}])", "answer"}, Case{one, R"([{"answer": "a", "question_id": 2}])", "\"1\""},
        Case{R"([{"video_name": "vid1", "question": "q"}])", R"([{"answer": "a"}])", "question_id"},
        Case{R"([{"question": "q", "question_id": 1}])", R"([{"answer": "a"}])", "video_name"},
        Case{R"([{"video_name": "../../etc/x", "question": "q", "question_id": 1}])", R"([{"answer": "a"}])", "inside"},
        Case{R"([{"video_name": "a", "question": "q", "question_id": 1},
                 {"video_name": "a", "question": "q", "question_id": 1}])",
             R"([{"answer": "a"}, {"answer": "a"}])", "already used"},
        Case{one, R"([{"answer": "a", "question_id": [1]}])", "question_id"}}) {
    INFO(c.questions << c.answers);
    write_file(temp / "test_q.json", c.questions);
    write_file(temp / "test_a.json", c.answers);
    std::string says;
    CHECK(refusal(source, says) == ErrorKind::File);
    CHECK_THAT(says, Catch::Contains(c.says));
  }
}

TEST_CASE("settings: each strategy at each budget, the unpruned one once and first", "[eval]") {
  const std::vector<std::string> names{"sparsevlm-v1.5", "none", "sparsevlm-plus"}, budgets{"25%", "100%", "194"};
  const auto settings = eval_settings(names, budgets);
  const std::vector<EvalSetting> expected{{"none", "100%"},
                                          {"sparsevlm-v1.5", "25%"},
                                          {"sparsevlm-v1.5", "194"},
                                          {"sparsevlm-plus", "25%"},
                                          {"sparsevlm-plus", "194"}};
  CHECK(settings == expected);
  const std::vector<std::string> unknown{"nonsense"}, bad{"25 %"}, nothing;
  CHECK_THROWS_AS(eval_settings(unknown, budgets), Error);
  CHECK_THROWS_AS(eval_settings(names, bad), Error);
  CHECK_THROWS_AS(eval_settings(nothing, budgets), Error);
}

TEST_CASE("results survive a half-written line and refuse another evaluation", "[eval]") {
  const TempDir temp;
  const fs::path folder = temp / "out";
  {
    EvalStore store(folder, kIdentity, 1, 2);
    store.append(record("a", "first \"quoted\" ✓\nline"));
    store.append(record("b", "", "no such video"));
    CHECK_THROWS_WITH(EvalStore(folder, kIdentity, 1, 2),
                      Catch::Contains(fmt::format("process {} on this machine", getpid())));
    EvalStore other(folder, kIdentity, 2, 2);
    CHECK(other.size() == 2);
    other.append(record("c", "third"));
    store.refresh();
    CHECK(store.size() == 3);
  }
  std::ofstream(folder / "results-1-of-2.jsonl", std::ios::app) << R"({"id": "d", "strat)";
  {
    EvalStore store(folder, kIdentity, 1, 2);
    REQUIRE(store.size() == 3);
    CHECK(store.find("a", "none", "100%")->given == "first \"quoted\" ✓\nline");
    CHECK(store.find("a", "none", "25%") == nullptr);
    store.append(record("b", "found after all"));
    CHECK(store.find("b", "none", "100%")->given == "found after all");
    store.append(record("a", "", "later failure"));
    CHECK(store.find("a", "none", "100%")->error.empty());
  }
  const EvalStore merged = EvalStore::read_only(folder, kIdentity);
  CHECK(merged.size() == 3);
  CHECK(merged.find("b", "none", "100%")->given == "found after all");

  CHECK_THROWS_WITH(EvalStore(folder, {{"questions", "some"}, {"model", "two"}}, 1, 2),
                    Catch::Contains("model: expected \"two\", found \"one\""));
  CHECK_THROWS_AS(EvalStore::read_only(temp / "nowhere", kIdentity), Error);
  for (const char* damaged :
       {"7\n", "{\"id\": 1}\n", "\n", "{\"id\": \"x\", \"strategy\": \"none\", \"budget\": \"\"}\n"}) {
    INFO(damaged);
    write_file(folder / "results-9-of-9.jsonl", damaged);
    CHECK_THROWS_WITH(EvalStore(folder, kIdentity, 1, 2), Catch::Contains("line 1"));
  }
  fs::remove(folder / "results-9-of-9.jsonl");
  write_file(folder / "run.json", "[]");
  CHECK_THROWS_AS(EvalStore(folder, kIdentity, 1, 2), Error);
}

TEST_CASE("results of a replaced clip are not continued", "[eval]") {
  const TempDir temp;
  const fs::path clip = temp / "a.mp4";
  write_file(clip, "one");
  EvalData data;
  data.questions.push_back({.id = "a", .clip = "a.mp4", .video = clip, .question = "?", .answer = "!", .kind = ""});
  data.questions.push_back({.id = "b", .clip = "a.mp4", .video = clip, .question = "?", .answer = "!", .kind = ""});
  const EvalPlan plan{.settings = {{"none", "100%"}}};
  EvalStore store(temp / "out", kIdentity, 1, 1);
  EvalRecord asked = record("a", "!");
  asked.clip_hash = content_hash(clip);
  asked.clip_stamp = os::stamp_of(clip).value().str();
  store.append(asked);
  check_clips(data, plan, store);
  const EvalStore read = EvalStore::read_only(temp / "out", kIdentity);
  CHECK(read.find("a", "none", "100%")->clip_hash == asked.clip_hash);
  CHECK(read.find("a", "none", "100%")->clip_stamp == asked.clip_stamp);

  SECTION("copied, touched: the same content") {
    fs::copy_file(clip, temp / "copy");
    fs::rename(temp / "copy", clip);
    CHECK(os::stamp_of(clip).value().str() != asked.clip_stamp);
    check_clips(data, plan, store);
  }
  SECTION("gone") {
    fs::remove(clip);
    check_clips(data, plan, store);
  }
  SECTION("another video of the same size and time") {
    const auto before = fs::last_write_time(clip);
    write_file(clip, "two");
    fs::last_write_time(clip, before);
    CHECK_THROWS_WITH(check_clips(data, plan, read), Catch::Contains("a.mp4") && Catch::Contains("has changed since"));
    // Nothing was asked with this setting.
    check_clips(data, {.settings = {{"none", "25%"}}}, read);
  }
}

TEST_CASE("an evaluation continues with the same model and clips only", "[eval]") {
  const TempDir temp;
  const fs::path data = temp / "data", model = temp / "model";
  fs::create_directory(data);
  write_small_set(data);
  fs::copy(demo_model(), model);
  const auto eval = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--model", model.string()});
    return run(eval_command(data, temp / "out", std::move(more)));
  };
  CHECK(eval({"--limit", "1"}).exit_code == 0);
  const std::multiset<Row> before = rows_in(temp / "out");

  // Another process in the folder, then none although its lock file still exists.
  {
    const FileLock other(temp / "out" / "results-1-of-1.lock", "x");
    const Ran ran = eval({"--limit", "1"});
    CHECK(ran.exit_code == 2);
    CHECK_THAT(ran.err, Catch::Contains(fmt::format("process {} on this machine", getpid())));
  }
  write_file(temp / "out" / "results-1-of-1.lock", "1 this-is-stale\n");
  CHECK(eval({"--limit", "1"}).exit_code == 0);

  // The same model in another place counts as the same.
  fs::rename(model, temp / "moved");
  fs::copy(temp / "moved", model);
  CHECK(eval({"--limit", "1"}).exit_code == 0);

  SECTION("other weights of the same shape, size and time") {
    const fs::path weights = model / "model.safetensors";
    const auto written = fs::last_write_time(weights);
    std::string damaged = read_file(weights);
    for (std::size_t i = damaged.size() / 2; i < damaged.size(); i += 2)
      damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    write_file(weights, damaged);
    fs::last_write_time(weights, written);
    const Ran ran = eval({"--limit", "2"});
    CHECK(ran.exit_code == 2);
    CHECK_THAT(ran.err, Catch::Contains("another evaluation: model: expected"));
  }
  SECTION("keys and values of another dtype") {
    const Ran ran = eval({"--limit", "2", "--kv", "bf16"});
    CHECK(ran.exit_code == 2);
    CHECK_THAT(ran.err, Catch::Contains("arithmetic: expected"));
  }
  SECTION("another clip under the same name") {
    const fs::path clip = read_eval_data({.data = data, .answers = {}, .videos = {}}).questions.front().video;
    fs::remove(clip);
    fs::copy_file(demo_clip("latecomer.mp4"), clip);
    for (const char* how : {"--by-kind", "--merge"}) {
      const Ran ran = eval({"--limit", "2", how});
      CHECK(ran.exit_code == 2);
      CHECK_THAT(ran.err, Catch::Contains(clip.filename().string()) && Catch::Contains("has changed since"));
    }
  }
  CHECK(rows_in(temp / "out") == before);
}

TEST_CASE("a killed run continues to the same results; shards merge to the whole", "[eval][slow]") {
  const TempDir temp;
  const fs::path data = temp / "data";
  fs::create_directory(data);
  write_small_set(data);

  const Ran whole = run(eval_command(data, temp / "whole", {"--json"}));
  INFO(whole.err);
  REQUIRE(whole.exit_code == 0);
  const std::multiset<Row> expected = rows_in(temp / "whole");
  CHECK(expected.size() == 10);
  const json report = json::parse(whole.out);
  CHECK(report["complete"] == true);
  REQUIRE(report["points"].size() == 2);
  CHECK(report["points"][0]["answered"] == 5);
  CHECK(report["points"][0]["failed"] == 1);
  CHECK(report["points"][0]["right"] == 2);
  CHECK(report["points"][0]["by_kind"]["motion"]["right"] == 1);
  CHECK(report["points"][0]["by_kind"]["describe"]["failed"] == 1);
  CHECK(report["points"][1]["kept_share"].get<double>() < 0.3);
  CHECK(report["points"][1]["reused_tokens"].get<double>() > 1000);
  CHECK_THAT(whole.err, Catch::Contains("gone.mp4"));

  for (const char* signal : {"KILL", "INT"}) {
    const fs::path out = temp / signal;
    std::vector<std::string> words{
        "sh", "-c",
        "\"$@\" & pid=$!; f=\"$0/results-1-of-1.jsonl\"\n"
        "while kill -0 $pid 2>/dev/null; do [ -e \"$f\" ] && [ $(wc -l <\"$f\") -ge 3 ] && break; sleep 0.01; done\n"
        "kill -" +
            std::string(signal) + " $pid; wait $pid",
        out};
    const std::vector<std::string> command = eval_command(data, out);
    words.insert(words.end(), command.begin(), command.end());
    Ran stopped;
    for (int attempt = 0; attempt < 20; ++attempt) {  // on a busy machine the signal may come too late
      fs::remove_all(out);
      stopped = run(words);
      if (rows_in(out).size() < expected.size()) break;
    }
    CHECK(stopped.exit_code == (std::string(signal) == "KILL" ? 128 + 9 : 130));
    const std::size_t there = rows_in(out).size();
    CHECK(there >= 3);
    CHECK(there < expected.size());
    std::ofstream(out / "results-1-of-1.jsonl", std::ios::app) << "{\"id\": \"half";  // as after a power failure
    const Ran resumed = run(command);
    INFO(resumed.err);
    CHECK(resumed.exit_code == 0);
    CHECK(rows_in(out) == expected);
    CHECK(read_file(out / "eval.md").substr(0, 40) == read_file(temp / "whole/eval.md").substr(0, 40));
  }

  const Ran first = run(eval_command(data, temp / "shards", {"--shard", "1/2"}));
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.out, Catch::Contains("Not all questions"));
  CHECK(run(eval_command(data, temp / "shards", {"--shard", "2/2"})).exit_code == 0);
  CHECK(rows_in(temp / "shards") == expected);
  const Ran merged = run(eval_command(data, temp / "shards", {"--merge"}));
  CHECK(merged.exit_code == 0);
  CHECK(merged.out == run(eval_command(data, temp / "whole", {"--merge"})).out);
  for (const char* file : {"eval.csv", "eval.json", "eval.md", "eval.svg", "eval.png", "eval-computed.png"})
    CHECK(fs::file_size(temp / "shards" / file) > 100);

  for (const char* option : {"--square-pixels", "--tone-map=off"})
    CHECK(run(eval_command(data, temp / "whole", {option})).exit_code == 2);
  const Ran other = run(eval_command(data, temp / "whole", {"--max-new-tokens", "3"}));
  CHECK(other.exit_code == 2);
  CHECK_THAT(other.err, Catch::Contains("max_new_tokens"));
  for (const char* shard : {"0/2", "3/2", "1", "a/b", "1/2x", "-1/2"})
    CHECK(run(eval_command(data, temp / "x", {"--shard", shard})).exit_code == 2);
}

TEST_CASE("predictions are lines that Video-LLaVA's scoring script reads", "[eval]") {
  EvalData data;
  data.form = EvalForm::QaPairs;
  data.questions = {{"12", true, "v", {}, "what is it?", "cat", "what"},
                    {"v_0", false, "v", {}, "is \"it\" red?\n", "yes", "3"},
                    {"13", true, "v", {}, "who?", "man", "who"}};
  EvalPlan plan;
  plan.settings = {{"none", "100%"}};
  EvalStore store;
  store.append(record("12", "A cat 🐈."));
  store.append(record("v_0", "Yes"));
  store.append(record("13", "", "no such video"));
  const std::string text = predictions(data, plan, plan.settings[0], store);
  CHECK(text ==
        "{\"id\":12,\"question\":\"what is it?\",\"answer\":\"cat\",\"pred\":\"A cat \\ud83d\\udc08.\"}\n"
        "{\"id\":\"v_0\",\"question\":\"is \\\"it\\\" red?\\n\",\"answer\":\"yes\",\"pred\":\"Yes\"}\n");
  // The script evaluates each line as Python.
  const Ran python =
      run({"python3", "-c",
           "import sys\n"
           "rows = [eval(i.strip()) for i in sys.argv[1].splitlines()]\n"
           "print([(x['id'], x['pred']) for x in rows] and rows[0]['id'], rows[1]['question'] == 'is \"it\" "
           "red?\\n')",
           text});
  CHECK(python.out == "12 True\n");
}

TEST_CASE("Wilson's interval", "[eval]") {
  CHECK(wilson(81, 120).low == Approx(0.586902).margin(1e-6));
  CHECK(wilson(81, 120).high == Approx(0.752242).margin(1e-6));
  CHECK(wilson(0, 10).low == 0.0);
  CHECK(wilson(0, 10).high == Approx(0.277533).margin(1e-6));
  CHECK(wilson(0, 0).high == 1.0);
}

TEST_CASE("a report counts failures as wrong, by kind, and draws one line per strategy", "[eval]") {
  EvalData data;
  data.name = "a<b";
  data.questions = {{"1", false, "v", {}, "q", "a", "x,y"}, {"2", false, "v", {}, "q", "a", "z|"}};
  EvalPlan plan;
  plan.settings = {{"none", "100%"}, {"random", "25%"}, {"s", "25%"}, {"s", "5%"}};
  EvalStore store;
  const auto put = [&](const std::string& id, const EvalSetting& setting, bool right, double kept) {
    EvalRecord r = record(id, "a");
    r.strategy = setting.strategy;
    r.budget = setting.budget;
    r.right = right;
    r.visual_tokens = 100;
    r.kept = r.equivalent_in = kept;
    store.append(r);
  };
  put("1", plan.settings[0], true, 100);
  put("2", plan.settings[0], true, 100);
  put("1", plan.settings[1], false, 25);
  put("2", plan.settings[1], true, 25);
  put("1", plan.settings[2], true, 30);
  EvalRecord broken = record("2", "", "broken");
  broken.strategy = "s";
  broken.budget = "25%";
  store.append(broken);
  const EvalReport report = summarise(data, plan, store, "m");
  CHECK_FALSE(report.complete());
  CHECK(report.points[0].all.accuracy() == 1.0);
  CHECK(report.points[2].all.accuracy() == 0.5);
  CHECK(report.points[2].all.failed == 1);
  CHECK(report.points[2].kept_share() == Approx(0.3));
  CHECK(report.points[3].all.answered == 0);
  const std::string table = to_markdown(report, true);
  CHECK_THAT(table, Catch::StartsWith("| strategy | 100% | 25% | 5% |\n|---|---:|---:|---:|\n| none | 100.0 |  |  |\n"
                                      "| random | 100.0 | 50.0 |  |\n| s | 100.0 | 50.0 |  |\n"));
  CHECK_THAT(table, Catch::Contains("1 answer failed and counts as wrong"));
  EvalReport one = report;
  one.questions = one.clips = 1;
  CHECK_THAT(to_markdown(one, false), Catch::Contains("1 question about 1 clip of"));
  CHECK_THAT(table, Catch::Contains("| 25% by kind | x,y | z  |\n|---|---:|---:|\n| random | 0.0 | 100.0 |"));
  CHECK_THAT(to_csv(report), Catch::Contains("\ns,25%,\"x,y\",1,1,0,1,0,1.000000,"));

  const Drawing drawing = draw_plot(eval_plot(report, EvalAxis::Kept));
  const std::string svg = to_svg(drawing);
  CHECK_THAT(svg, Catch::Contains("a&lt;b"));
  CHECK(svg.find("stroke-dasharray") < svg.find(">random<"));
  CHECK(svg.find(">s<") != std::string::npos);
  CHECK(svg.find(">none<") == std::string::npos);
  const TempDir temp;
  write_file(temp / "plot.png", to_png(drawing, 1));
  const Clip picture = read_clip(temp / "plot.png");
  CHECK(picture.width == drawing.width);
  CHECK(picture.height == drawing.height);
  const auto& pixels = picture.frames[0].image->pixels;
  std::set<std::tuple<int, int, int>> colours;
  for (std::size_t i = 0; i + 2 < pixels.size(); i += 3) colours.emplace(pixels[i], pixels[i + 1], pixels[i + 2]);
  CHECK(colours.contains({0x00, 0x72, 0xB2}));
  CHECK(colours.contains({0x77, 0x77, 0x77}));
}

TEST_CASE("a plot leaves out points outside its axes", "[eval]") {
  const double nan = std::nan("");
  const Drawing drawing =
      draw_plot({.title = "t",
                 .x_label = "x",
                 .y_label = "y",
                 .series = {{"bad", {{0, 0.5}, {nan, 1}, {0.5, nan}}, false}, {"empty", {}, false}}});
  CHECK(to_svg(drawing).find("nan") == std::string::npos);
  CHECK(to_png(drawing).starts_with("\x89PNG"));
  CHECK(to_svg(draw_plot({})).ends_with("</svg>\n"));
}

}  // namespace sparsight::test
