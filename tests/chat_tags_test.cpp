// Tags, batches of questions, and exports of many sessions.
#include "core/base/progress.h"
#include "core/chat/export.h"
#include "kernels/error.h"
#include "tests/chats.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>

namespace sparsight::test {

namespace fs = std::filesystem;

TEST_CASE("sessions have tags, are found by them, and keep them through an export", "[store]") {
  ChatStore store = ChatStore::open(":memory:");
  const SessionId cat = store.add_session("The cat"), dog = store.add_session("The dog"),
                  both = store.add_session("Pets");
  (void)store.add_question(dog, "Is it a cat?");
  store.set_tag(cat, "  two \"words\"\n");
  store.set_tag(both, "TWO words");
  store.set_tag(both, "Zwölf");
  store.set_tag(dog, "zoo");
  CHECK(store.session(cat)->tags == std::vector<std::string>{"two words"});
  CHECK(store.session(both)->tags == std::vector<std::string>{"TWO words", "Zwölf"});
  store.set_tag(both, "two words");  // it has it
  REQUIRE(store.tags().size() == 3);
  CHECK(store.tags()[0].second == 2);
  CHECK(store.tags()[1] == std::pair<std::string, std::size_t>{"zoo", 1});
  CHECK(store.sessions(10, 0, {"Two Words"}).size() == 2);
  CHECK(store.sessions(10, 0, {"two words", "Zwölf"}).size() == 1);
  CHECK(store.sessions(10, 0, {"none"}).empty());
  CHECK(store.search("cat").size() == 2);
  CHECK(store.search("cat tag:zoo").size() == 1);
  CHECK(store.search("tag:\"two words\" cat").size() == 1);
  CHECK(store.search("tag:zoo").empty());
  for (const char* empty : {"", "  ", "\"", "\n"}) CHECK_THROWS_AS(store.set_tag(cat, empty), Error);
  CHECK_THROWS_AS(store.set_tag(99, "x"), Error);
  const std::string long_tag = tag_of(std::string(1000, 'x'));
  CHECK(long_tag.size() == 60);

  ChatStore other = ChatStore::open(":memory:");
  const auto added = import_json(other, export_json(store, {both, dog}));
  CHECK(other.session(added[0])->tags == store.session(both)->tags);
  CHECK(other.session(added[1])->tags == std::vector<std::string>{"zoo"});
  CHECK_THROWS_WITH((void)import_json(other,
                                      R"({"format": "sparsight-sessions", "version": 2, "sessions": [{"title": "a",
                                      "created_ms": 1, "tags": [3], "messages": []}]})"),
                    Catch::Contains("sessions[0].tags: expected a list of strings"));
  // Letters beyond ASCII have two cases, too.
  for (const auto& [tag, alike] : {std::pair("Äpfel", "äPFEL"),
                                   {"Łódź", "łÓDŹ"},
                                   {"ΈΡΓΑ", "έργα"},
                                   {"Ёлка", "ёЛКА"},
                                   {"Grün", "GRÜN"},
                                   {"Ÿ", "ÿ"},
                                   {"Հայ", "հԱՅ"},
                                   {"Việt", "VIỆT"}}) {
    CAPTURE(tag, alike);
    store.set_tag(both, tag);
    CHECK(store.sessions(10, 0, {alike}).size() == 1);
    CHECK(store.search(std::string("dog tag:") + alike).empty());
    CHECK(store.search(std::string("cat tag:") + alike).empty());
    CHECK(store.search(std::string("pets tag:") + alike).size() == 1);
    const std::size_t before = store.session(both)->tags.size();
    store.set_tag(both, alike);  // it has it
    CHECK(store.session(both)->tags.size() == before);
    store.set_tag(both, alike, false);
    CHECK(store.session(both)->tags.size() == before - 1);
  }
  CHECK(store.sessions(10, 0, {"Zwolf"}).empty());  // an accent makes another tag
  store.set_tag(both, "two words", false);
  CHECK(store.session(both)->tags == std::vector<std::string>{"Zwölf"});
  store.delete_session(dog);
  CHECK(store.tags().size() == 2);
  store.purge_session(dog);
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("a search is words and tags", "[store]") {
  const auto parsed = [](std::string_view text) {
    const SearchWords found = parse_search(text);
    std::string out = found.words;
    for (const std::string& tag : found.tags) out += "|" + tag;
    return out;
  };
  CHECK(parsed("") == "");
  CHECK(parsed("  a  b ") == "a b ");
  CHECK(parsed("a tag:x b tag:\"y z\" c") == "a b c|x|y z");
  CHECK(parsed("tag:") == "");
  CHECK(parsed("tag:\"y z") == "|y z");
  CHECK(parsed("tag:\"\" x") == "x");
  CHECK(parsed("stag:x") == "stag:x");
}

TEST_CASE("answers are counted, of all versions", "[store]") {
  ChatStore store = ChatStore::open(":memory:");
  const SessionId id = store.add_session("x");
  CHECK(store.session(id)->answers == 0);
  (void)store.add_question(id, "a?");
  const MessageId answer = store.begin_answer(id);
  (void)store.begin_answer(id, answer);
  CHECK(store.session(id)->answers == 2);
  CHECK(store.sessions()[0].messages == 3);
}

TEST_CASE("a batch of questions is kept cell by cell", "[store]") {
  const TempDir temp;
  QuestionBatchId id = 0;
  SessionId session = 0;
  {
    ChatStore store = ChatStore::open(temp / "chats.db");
    CHECK_FALSE(store.last_question_batch());
    CHECK_THROWS_AS((void)store.add_question_batch("{}", {}, {"a?"}), Error);
    CHECK_THROWS_AS((void)store.add_question_batch("{}", {"/a.mp4"}, {}), Error);
    std::vector<std::string> many;
    for (std::size_t i = 0; i <= ChatStore::kMostCells; ++i) many.push_back(std::to_string(i));
    CHECK_THROWS_AS((void)store.add_question_batch("{}", {"/a.mp4"}, many), Error);
    id = store.add_question_batch("{\"x\":1}", {"/ä b.mp4", "/c.mp4", "/ä b.mp4"}, {"one?", "two?", "one?"});
    session = store.add_session("of the batch");
    store.set_cell(id, {.place = 1,
                        .video = {},
                        .question = {},
                        .state = CellState::Done,
                        .answer = "yes",
                        .seconds = 1.5,
                        .tokens = 206,
                        .session = session});
    store.set_cell(id, {.place = 2, .video = {}, .question = {}, .state = CellState::Failed, .answer = "no file"});
    CHECK_THROWS_AS(store.set_cell(id, {.place = 7, .video = {}, .question = {}}), Error);
  }
  ChatStore store = ChatStore::open(temp / "chats.db");
  REQUIRE(store.last_question_batch());
  CHECK(store.last_question_batch()->id == id);
  CHECK(store.last_question_batch()->settings == "{\"x\":1}");
  auto cells = store.batch_cells(id);
  REQUIRE(cells.size() == 4);
  CHECK(cells[0].video == "/ä b.mp4");
  CHECK(cells[1].question == "two?");
  CHECK(cells[1].answer == "yes");
  CHECK(cells[1].seconds == 1.5);
  CHECK(cells[1].tokens == 206);
  CHECK(cells[1].session == session);
  CHECK(cells[2].state == CellState::Failed);
  CHECK(cells[3].video == "/c.mp4");
  CHECK_FALSE(cells[3].session);
  store.purge_session(session);
  CHECK_FALSE(store.batch_cells(id)[1].session);
  CHECK(store.batch_cells(id)[1].answer == "yes");
  store.retry_failed_cells(id);
  CHECK(store.batch_cells(id)[2].state == CellState::Waiting);
  store.remove_waiting_cells(id);
  CHECK(store.batch_cells(id).size() == 1);
  store.remove_question_batch(id);
  CHECK_FALSE(store.last_question_batch());
  CHECK(store.batch_cells(id).empty());
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("many sessions are exported to one file, as export_json writes it, or not at all", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(":memory:");
  std::vector<SessionId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(store.add_session(fmt::format("s{} \"ü\"", i)));
    (void)store.add_question(ids.back(), "line one\nline two");
    store.finish_answer(store.begin_answer(ids.back()), "a", MessageState::Complete, R"({"n":[1,{"b":[]}]})");
    store.set_tag(ids.back(), "t");
  }
  const fs::path file = temp / "all.json";
  std::vector<std::size_t> reported;
  export_json_file(store, ids, file, {.on_progress = [&](std::size_t done, std::size_t) { reported.push_back(done); }});
  CHECK(read_file(file) == export_json(store, ids));
  CHECK(reported == std::vector<std::size_t>{0, 1, 2, 3, 4});
  ChatStore other = ChatStore::open(":memory:");
  CHECK(import_file(other, file).size() == 5);
  export_json_file(store, {}, file);
  CHECK(read_file(file) == export_json(store, {}));
  // A session that has gone is left out; a stopped export leaves the file as it was.
  store.delete_session(ids[2]);
  export_json_file(store, ids, file);
  CHECK(read_file(file) == export_json(store, {ids[0], ids[1], ids[3], ids[4]}));
  const std::string before = read_file(file);
  std::stop_source stop;
  const ExportControl control{.on_progress =
                                  [&](std::size_t done, std::size_t) {
                                    if (done == 3) stop.request_stop();
                                  },
                              .stop = stop.get_token()};
  CHECK_THROWS_AS(export_json_file(store, {ids[0]}, file,
                                   {.stop =
                                        [] {
                                          std::stop_source s;
                                          s.request_stop();
                                          return s;
                                        }()
                                            .get_token()}),
                  Cancelled);
  CHECK_THROWS_AS(export_json_file(store, ids, file, control), Cancelled);
  CHECK(read_file(file) == before);
  CHECK(std::distance(fs::directory_iterator(temp.path()), {}) == 1);
  CHECK_THROWS_AS(export_json_file(store, ids, temp / "none/all.json"), Error);
}

TEST_CASE("many sessions are exported to a folder of Markdown files, or not at all", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(":memory:");
  std::vector<SessionId> ids;
  for (const char* title : {"../../etc/passwd", "a/b\\c:d*?\"<>|", "", ".", "Kürbis"}) {
    ids.push_back(store.add_session({.title = title, .created_ms = 1'700'000'000'000}));
    (void)store.add_question(ids.back(), "Which?");
  }
  std::stop_source stop;
  const ExportControl stops{.on_progress =
                                [&](std::size_t done, std::size_t) {
                                  if (done == 3) stop.request_stop();
                                },
                            .stop = stop.get_token()};
  CHECK_THROWS_AS((void)export_markdown_folder(store, ids, temp.path(), stops), Cancelled);
  CHECK(fs::is_empty(temp.path()));
  const fs::path folder = export_markdown_folder(store, ids, temp.path());
  CHECK(folder.parent_path() == temp.path());
  CHECK(folder.filename().string().starts_with("sparsight-"));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    ++files;
    CHECK(entry.path().filename().string().starts_with("2023-11-1"));
    ChatStore other = ChatStore::open(":memory:");
    CHECK(import_file(other, entry.path()).size() == 1);
  }
  CHECK(files == ids.size());
  const fs::path second = export_markdown_folder(store, ids, temp.path());
  CHECK(second == folder.string() + "-2");
  CHECK_THROWS_AS((void)export_markdown_folder(store, ids, temp / "none"), Error);
}

}  // namespace sparsight::test
