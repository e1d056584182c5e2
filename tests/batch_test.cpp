// Tables of answers, and the command `batch`.
#include "core/measure/batch.h"
#include "core/measure/answer_table.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/cli.h"
#include "tests/models.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

namespace sparsight::test {

namespace fs = std::filesystem;

TEST_CASE("a table of answers is read as it was written, and runs nothing in a spreadsheet", "[batch]") {
  std::vector<AnswerRow> rows;
  for (const char* text : {"plain", "", "a,b", "say \"no\"", "two\r\nlines", "=1+1", "+1", "-1", "@x", "\tx", "\rx",
                           "'=quoted", "'plain", "''", "Straße 名前"})
    rows.push_back({.video = text,
                    .question = text,
                    .answer = text,
                    .seconds = 1.25,
                    .tokens = 7,
                    .error = text,
                    .model = text,
                    .strategy = text,
                    .budget = text,
                    .settings = text,
                    .notes = text});
  std::string table = table_heading();
  for (const AnswerRow& row : rows) table += table_row(row);
  const auto back = read_table(table, "t");
  REQUIRE(back.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(back[i].same_question(rows[i]));
    CHECK(back[i].answer == rows[i].answer);
    CHECK(back[i].error == rows[i].error);
    CHECK(back[i].notes == rows[i].notes);
    CHECK(back[i].seconds == 1.25);
    CHECK(back[i].tokens == 7);
  }
  CHECK(table_row(rows[5]).starts_with("'=1+1,'=1+1,'=1+1,1.250,7,"));
  CHECK(table_row(rows[12]).starts_with("'plain,"));
  CHECK(table_row({.video = "\xff", .question = "", .answer = ""}).starts_with("\uFFFD,"));
  // However it is cut off, the complete rows count.
  for (std::size_t length = 0; length < table.size(); ++length) {
    std::size_t whole = 99;
    const auto some = read_table(table.substr(0, length), "t", &whole);
    REQUIRE(some.size() < rows.size());
    REQUIRE(whole <= length);
  }
  for (const char* wrong : {"x,y\r\n", "video,question\r\n1,2\r\n"})
    CHECK_THROWS_WITH((void)read_table(wrong, "t.csv"), Catch::Contains("t.csv: expected a table of answers"));
  for (const char* wrong : {"1,2\r\n", "a,b,c,no,5,,,,\r\n", "a,b,c,1,-5,,,,\r\n"})
    CHECK_THROWS_AS((void)read_table(table_heading() + wrong, "t"), Error);
}

TEST_CASE("a table grows, is continued after a crash, and has one writer", "[batch]") {
  const TempDir temp;
  const fs::path file = temp / "t.csv";
  const AnswerRow good{.video = "a.mp4", .question = "x?", .answer = "y"},
      bad{.video = "b.mp4", .question = "x?", .answer = "", .error = "no file"};
  {
    AnswerTableFile table(file);
    CHECK(read_file(file) == table_heading());
    table.append(good);
    table.append(bad);
    CHECK(read_table(read_file(file), "t").size() == 2);
    CHECK_THROWS_WITH(AnswerTableFile(file), Catch::Contains("another process is writing"));
  }
  write_file(file, read_file(file) + "c.mp4,\"half a");
  AnswerTableFile table(file);
  REQUIRE(table.rows().size() == 1);  // the failure is tried again
  CHECK(table.has(good));
  CHECK_FALSE(table.has(bad));
  AnswerRow other = good;
  other.model = "another";
  CHECK_FALSE(table.has(other));
  table.append(other);
  CHECK(read_file(file) == table_heading() + table_row(good) + table_row(other));
  write_file(temp / "mine.csv", "my,own,table\r\n");
  CHECK_THROWS_AS(AnswerTableFile(temp / "mine.csv"), Error);
  CHECK(read_file(temp / "mine.csv") == "my,own,table\r\n");
  CHECK_THROWS_AS(AnswerTableFile(temp.path()), Error);
  CHECK_THROWS_AS(AnswerTableFile(temp / "none/t.csv"), Error);
}

TEST_CASE("a table without the columns of today is continued", "[batch]") {
  const TempDir temp;
  const fs::path file = temp / "t.csv";
  const std::string heading = "video,question,answer,seconds,visual_tokens,error,model,strategy,budget\r\n";
  write_file(file, heading + "a.mp4,x?,y,1.5,7,,m,none,\r\nb.mp4,x?,,0,0,no file,m,none,\r\n");
  const AnswerRow there{
      .video = "a.mp4", .question = "x?", .answer = "y", .seconds = 1.5, .tokens = 7, .model = "m", .strategy = "none"};
  AnswerTableFile table(file);
  REQUIRE(table.rows().size() == 1);
  CHECK(table.has(there));
  AnswerRow other = there;
  other.settings = "temperature 0.5, seed 1";
  CHECK_FALSE(table.has(other));
  table.append(other);
  CHECK(read_file(file) == table_heading() + table_row(there) + table_row(other));
}

TEST_CASE("files of questions that are none are refused, with the place", "[batch][cli]") {
  const TempDir temp;
  const fs::path file = temp / "q ü.txt";
  write_file(file, "\xEF\xBB\xBFWas?\r\n\r\nWo ü?\n");
  CHECK(read_questions(file) == std::vector<std::string>{"Was?", "Wo ü?"});
  const auto refusal = [&](ErrorKind kind) {
    try {
      (void)read_questions(file);
    } catch (const Error& error) {
      CHECK(error.kind() == kind);
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  using Catch::Contains;
  // Latin-1, UTF-16, a character that is cut off, zeros.
  for (const auto& [content, place] :
       {std::pair(std::string("One?\nW\xFC?\n"), "line 2, byte 2: expected text in UTF-8"),
        {std::string("\xFF\xFEO\0n\0", 6), "line 1, byte 1: expected text"},
        {std::string("One?\nTwo \xC3"), "line 2, byte 5: expected text"},
        {std::string("One\0?", 5), "line 1, byte 4: expected text"}}) {
    write_file(file, content);
    CHECK_THAT(refusal(ErrorKind::File), Contains("q ü.txt: ") && Contains(place) && Contains("found the byte 0x"));
  }
  write_file(file, " \n\n");
  CHECK_THAT(refusal(ErrorKind::Usage), Contains("expected questions"));
  fs::resize_file(file, (std::uintmax_t{1} << 24) + 1);
  CHECK_THAT(refusal(ErrorKind::File), Contains("at most 16777216 bytes"));
  fs::remove(file);
  CHECK_THAT(refusal(ErrorKind::File), Contains("cannot be read: "));
  fs::create_directories(file);
  CHECK_THAT(refusal(ErrorKind::File), Contains("found a folder"));
  const Ran ran =
      cli({"batch", demo_clip().string(), "--questions", file.string(), "--out", (temp / "t.csv").string()});
  CHECK(ran.exit_code != 0);
  CHECK_THAT(ran.err, Contains("q ü.txt: expected a text file with a question in each line, found a folder"));
  CHECK_FALSE(fs::exists(temp / "t.csv"));
}

TEST_CASE("the settings of a table's row", "[batch]") {
  Question question;
  CHECK(settings_of(question).empty());
  question.sampling.seed = 3;  // of no use without a temperature
  CHECK(settings_of(question).empty());
  question.sampling.temperature = 0.5F;
  question.sampling.top_k = 40;
  question.sampling.top_p = 0.25F;
  question.max_new_tokens = 64;
  question.system = "Be\nbrief.";
  CHECK(settings_of(question) ==
        "temperature 0.5, top-k 40, top-p 0.25, seed 3, 64 new tokens, system prompt: Be brief.");
}

TEST_CASE("questions are the lines of a text", "[batch]") {
  CHECK(lines_with_questions("") == std::vector<std::string>{});
  CHECK(lines_with_questions(" a? \r\n\n b?\na?\n") == std::vector<std::string>{"a?", "b?"});
}

TEST_CASE("the command batch asks all questions about all videos, and goes on where it stopped", "[batch][cli]") {
  const TempDir temp;
  const fs::path out = temp / "results.csv", questions = temp / "q.txt";
  write_file(questions, "Which way does the star go?\n\nHow many objects do you see?\n");
  write_file(temp / "text.mp4", "no video");
  const auto batch = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"batch", demo_clip().string(), demo_clip("trio.mp4").string()};
    words.insert(words.end(), more.begin(), more.end());
    for (const std::string& word : {std::string("--questions"), questions.string(), std::string("--out"), out.string()})
      words.push_back(word);
    return cli(words);
  };
  const Ran ran = batch({});
  CHECK(ran.err == "");
  REQUIRE(ran.exit_code == 0);
  const auto rows = read_table(read_file(out), "t");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].video == demo_clip().string());
  CHECK(rows[0].answer == "The star moves left.");
  CHECK(rows[0].seconds > 0);
  CHECK(rows[0].tokens > 0);
  CHECK(rows[0].model == "sparsight-demo");
  CHECK(rows[1].question == "How many objects do you see?");
  CHECK(rows[3].video == demo_clip("trio.mp4").string());
  // Each answer is that of a question asked alone.
  CHECK(cli({"ask", demo_clip("trio.mp4"), "How many objects do you see?"}).out == rows[3].answer + "\n");
  // Nothing is asked again; what is new is.
  const std::string before = read_file(out);
  CHECK(batch({}).exit_code == 0);
  CHECK(read_file(out) == before);
  const Ran failing = batch({(temp / "text.mp4").string()});
  CHECK(failing.exit_code != 0);
  CHECK_THAT(failing.err, Catch::Contains("warning: an answer failed: ") && Catch::Contains("text.mp4"));
  CHECK(failing.err.find("2 answers failed") != std::string::npos);
  const auto more = read_table(read_file(out), "t");
  REQUIRE(more.size() == 6);
  CHECK(more[4].error.find("text.mp4") != std::string::npos);
  write_file(temp / "text.mp4", read_file(demo_clip()));
  CHECK(batch({(temp / "text.mp4").string()}).exit_code == 0);
  const auto healed = read_table(read_file(out), "t");
  REQUIRE(healed.size() == 6);
  CHECK(healed[4].answer == rows[0].answer);
  // With other settings it is another question.
  CHECK(batch({"--prune", "none"}).exit_code == 0);
  CHECK(read_table(read_file(out), "t").size() == 10);
  CHECK(batch({"--system", "Be brief."}).exit_code == 0);
  const auto asked = read_table(read_file(out), "t");
  REQUIRE(asked.size() == 14);
  CHECK(asked[13].settings == "system prompt: Be brief.");
  CHECK(asked[0].settings.empty());
  write_file(questions, "\n");
  CHECK(batch({}).exit_code == 2);
}

TEST_CASE("the command batch answers 200 questions, each once and in their order", "[batch][cli]") {
  const TempDir temp;
  const fs::path out = temp / "t.csv", questions = temp / "q.txt";
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("What is at place {}?\n", i);
  write_file(questions, text);
  const std::vector<std::string> command{"batch", demo_clip(), "--questions",      questions,
                                         "--out", out,         "--max-new-tokens", "1"};
  const Ran ran = cli(command);
  CHECK(ran.err == "");
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.out == fmt::format("200 answers in {}\n", out.string()));
  const auto rows = read_table(read_file(out), "t");
  REQUIRE(rows.size() == 200);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].question == fmt::format("What is at place {}?", i));
    CHECK(rows[i].error.empty());
    CHECK(rows[i].tokens > 0);
  }
  const std::string before = read_file(out);
  CHECK(cli(command).exit_code == 0);
  CHECK(read_file(out) == before);
}

TEST_CASE("the command batch says that a clip is cut short, and asks about each file once", "[batch][cli]") {
  const TempDir temp;
  const fs::path out = temp / "t.csv", questions = temp / "q.txt", cut = temp / "cut.mp4";
  write_file(questions, "Which way does the star go?\nHow many objects do you see?\n");
  const std::string whole = read_file(demo_clip());
  write_file(cut, whole.substr(0, whole.size() * 7 / 10));
  const std::string note = "the file is damaged or cut short";
  const Ran alone = cli({"ask", cut, "How many objects do you see?"});
  REQUIRE_THAT(alone.err, Catch::Contains(note));
  const Ran ran = cli({"batch", cut, demo_clip(), cut, demo_clip(), "--questions", questions, "--out", out});
  CHECK(ran.exit_code == 0);
  CHECK_THAT(ran.err, Catch::Contains("warning: " + cut.string() + ": " + note));
  CHECK(ran.err.find(note) == ran.err.rfind(note));  // once for all questions
  const auto rows = read_table(read_file(out), "t");
  REQUIRE(rows.size() == 4);
  CHECK_THAT(rows[0].notes, Catch::Contains(note));
  CHECK_THAT(rows[1].notes, Catch::Contains(note));
  CHECK(rows[2].notes.empty());
  CHECK(rows[1].answer + "\n" == alone.out);
  CHECK(cli({"batch", "--questions", questions, "--out", out}).exit_code == 2);  // no video
}

TEST_CASE("a batch goes on after a video that has disappeared meanwhile", "[batch]") {
  const TempDir temp;
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = 2})});
  BatchPlan plan;
  plan.videos = {demo_clip(), temp / "gone.mp4", demo_clip("trio.mp4")};
  plan.questions = {"What?", "Where?"};
  plan.how.max_new_tokens = 1;
  fs::copy_file(demo_clip(), temp / "gone.mp4");
  AnswerTableFile table(temp / "t.csv");
  std::vector<std::string> told;
  const BatchProgress last = run_batch(*engine, plan, table,
                                       [&](const BatchProgress& progress) {
                                         fs::remove(temp / "gone.mp4");
                                         told.push_back(progress.failure ? progress.failure->what() : "");
                                       },
                                       {});
  CHECK(last.failed == 2);
  REQUIRE(last.failure);
  CHECK(last.failure->kind() == ErrorKind::File);
  const std::string why = last.failure->what();
  CHECK_THAT(why, Catch::Contains("gone.mp4"));
  CHECK(told == std::vector<std::string>{"", "", "", why, why, why, why});
  const auto rows = read_table(read_file(temp / "t.csv"), "t");
  REQUIRE(rows.size() == 6);
  for (const std::size_t at : {0U, 1U, 4U, 5U}) CHECK(rows[at].error.empty());
  CHECK_THAT(rows[3].error, Catch::Contains("gone.mp4"));
}

TEST_CASE("a batch of the command line is killed again and again, and nothing is asked twice", "[batch][cli]") {
  const TempDir temp;
  const fs::path out = temp / "t.csv", questions = temp / "q.txt";
  std::string text;
  for (int i = 0; i < 12; ++i) text += fmt::format("What is at place {}?\n", i);
  write_file(questions, text);
  const std::vector<std::string> command{
      SPARSIGHT_CLI,      "batch", demo_clip().string(), "--questions", questions.string(), "--out", out.string(),
      "--max-new-tokens", "2"};
  const auto lines = [&] { return fs::exists(out) ? std::ranges::count(read_file(out), '\n') : 0; };
  std::string before;
  for (const int rows : {1, 4, 7}) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      std::vector<char*> argv;
      for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    int status = 0;
    bool ended = false;
    while (lines() <= rows && !ended) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ended = waitpid(child, &status, WNOHANG) == child;
    }
    if (!ended) {
      ::kill(child, SIGKILL);
      waitpid(child, &status, 0);
    }
    CHECK(WIFSIGNALED(status));
    const std::string now = read_file(out);
    CHECK(now.starts_with(before));  // what was answered stays as it is
    std::size_t whole = 0;
    CHECK(read_table(now, "t", &whole).size() >= static_cast<std::size_t>(rows));
    before = now.substr(0, whole);
  }
  CHECK(run(command).exit_code == 0);
  CHECK(read_file(out).starts_with(before));
  const auto rows = read_table(read_file(out), "t");
  REQUIRE(rows.size() == 12);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i].question == fmt::format("What is at place {}?", i));
}

TEST_CASE("a full disk ends a batch with its reason, and it goes on once there is room", "[batch][cli]") {
  const TempDir temp;
  const fs::path disk = temp / "disk", out = disk / "t.csv", questions = temp / "q.txt";
  std::string text;
  for (int i = 0; i < 8; ++i) text += fmt::format("{}{}?\n", std::string(1000, 'x'), i);
  write_file(questions, text);
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4k") != 0) return skip("no file system can be mounted here");
  const auto batch = [&] {
    return cli({"batch", demo_clip(), "--questions", questions, "--out", out, "--max-new-tokens", "1"});
  };
  const Ran full = batch();
  const auto some = read_table(read_file(out), "t");
  const bool grown = ::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=1m") == 0;
  const Ran again = batch();
  const std::size_t rows = read_table(read_file(out), "t").size();
  ::umount(disk.c_str());
  CHECK(full.exit_code != 0);
  CHECK_THAT(full.err, Catch::Contains("t.csv") && Catch::Contains("No space left"));
  CHECK(some.size() == 3);
  REQUIRE(grown);
  CHECK(again.exit_code == 0);
  CHECK(rows == 8);
}

}  // namespace sparsight::test
