// Tables of answers, and the command `batch`.
#include "core/measure/batch.h"
#include "core/measure/answer_table.h"
#include "kernels/error.h"
#include "tests/cli.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

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
                    .budget = text});
  std::string table = table_heading();
  for (const AnswerRow& row : rows) table += table_row(row);
  const auto back = read_table(table, "t");
  REQUIRE(back.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(back[i].same_question(rows[i]));
    CHECK(back[i].answer == rows[i].answer);
    CHECK(back[i].error == rows[i].error);
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
  write_file(questions, "\n");
  CHECK(batch({}).exit_code == 2);
}

}  // namespace sparsight::test
