// The chat database: what is acknowledged is on disk, whatever happens next.
#include <catch2/catch.hpp>

#include "core/chat_export.h"
#include "core/chat_store.h"
#include "core/trace.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <csignal>
#include <cstring>
#include <map>
#include <random>
#include <thread>

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

Trace three_tokens() {
  Trace trace;
  trace.strategy = "uniform";
  trace.visual_tokens = 3;
  trace.text_tokens = 1;
  trace.text = {"what"};
  TraceStep step;
  step.layer = 1;
  step.ids = {0, 1, 2};
  step.scores = {0.5f, 0.25f, 0.125f};
  step.into = {0, -1, 3};
  step.out_ids = {0, 3};
  step.positions = {1, 2};
  trace.steps = {step};
  return trace;
}

std::vector<std::string> titles(const ChatStore& store) {
  std::vector<std::string> out;
  for (const Session& session : store.sessions()) out.push_back(session.title);
  return out;
}

// What the writing process says through the pipe once a message is on disk.
struct Acknowledged {
  MessageId id;
  std::uint32_t number;  // the text is made from it
  std::uint32_t length;
};

std::string text_of(std::uint32_t number, std::uint32_t length) {
  std::string text;
  while (text.size() < length) text += fmt::format("word{} ", number + text.size());
  return text.substr(0, length);
}

// Writes sessions and streaming answers until it is killed.
[[noreturn]] void write_for_ever(const fs::path& file, int out, std::uint32_t seed) {
  try {
    ChatStore store = ChatStore::open(file);
    std::mt19937 random(seed);
    const auto said = [&](MessageId id, std::uint32_t number, std::uint32_t length) {
      const Acknowledged line{id, number, length};
      if (write(out, &line, sizeof line) != sizeof line) _exit(2);
    };
    for (;;) {
      const SessionId session = store.add_session("killed");
      for (int turn = 0; turn < 3; ++turn) {
        const auto number = static_cast<std::uint32_t>(random() % 1000);
        said(store.add_question(session, text_of(number, 40)), number, 40);
        const MessageId answer = store.begin_answer(session);
        std::uint32_t length = 0;
        for (int piece = 0; piece < 4; ++piece) {
          length += static_cast<std::uint32_t>(random() % 60);
          store.write_answer(answer, text_of(number, length));
          said(answer, number, length);
        }
        store.finish_answer(answer, text_of(number, length), MessageState::Complete, "{\"n\":1}");
        if (turn == 1) store.set_trace(answer, three_tokens());
      }
    }
  } catch (...) {
    _exit(1);
  }
}

}  // namespace

TEST_CASE("a session is kept, with its messages and its trace", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "a folder/chats.db", clip = temp / "Überraschung 🎬.mp4";
  write_file(clip, "not really a video");
  SessionId id = 0;
  {
    ChatStore store = ChatStore::open(file);
    CHECK_FALSE(store.read_only());
    CHECK(store.sessions().empty());
    id = store.add_session("Red circle", describe_media(clip));
    const MessageId question = store.add_question(id, "Which way does it go?");
    const MessageId answer = store.begin_answer(id);
    CHECK(answer > question);
    store.write_answer(answer, "It mo");
    CHECK(store.messages(id).back().state == MessageState::Partial);
    store.finish_answer(answer, "It moves left.", MessageState::Complete, R"({"tokens":194})");
    store.set_trace(answer, three_tokens());
  }
  ChatStore store = ChatStore::open(file);
  REQUIRE(store.sessions().size() == 1);
  const Session session = store.sessions().front();
  CHECK(session.id == id);
  CHECK(session.messages == 2);
  REQUIRE(session.media);
  CHECK(session.media->path == clip);
  CHECK(session.media->hash == content_hash(clip));
  const auto messages = store.messages(id);
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].role == MessageRole::Question);
  CHECK_FALSE(messages[0].has_trace);
  CHECK(messages[1].text == "It moves left.");
  CHECK(messages[1].state == MessageState::Complete);
  CHECK(messages[1].details == R"({"tokens":194})");
  CHECK(messages[1].has_trace);
  const auto trace = store.trace(messages[1].id);
  REQUIRE(trace);
  CHECK(trace_bytes(*trace) == trace_bytes(three_tokens()));
  CHECK_FALSE(store.trace(messages[0].id));
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("the list: pinned first, then by last use; deleting can be undone", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId a = store.add_session("a"), b = store.add_session("b"), c = store.add_session("c");
  CHECK(titles(store) == std::vector<std::string>{"c", "b", "a"});
  (void)store.add_message(a, {.role = MessageRole::Question, .text = "newest", .created_ms = INT64_C(1) << 50});
  CHECK(titles(store) == std::vector<std::string>{"a", "c", "b"});
  store.pin_session(b, true);
  store.rename_session(b, "B");
  CHECK(titles(store) == std::vector<std::string>{"B", "a", "c"});
  CHECK(store.sessions(1, 1).front().title == "a");
  store.delete_session(a);
  CHECK(titles(store) == std::vector<std::string>{"B", "c"});
  CHECK(store.search("newest").empty());
  CHECK_FALSE(store.session(a));
  store.restore_session(a);
  CHECK(store.search("newest").size() == 1);
  store.delete_session(a);
  CHECK(store.purge_deleted(60'000) == 0);
  CHECK(store.purge_deleted(0) == 1);
  CHECK_THROWS_AS(store.restore_session(a), Error);
  CHECK_THROWS_WITH(store.rename_session(999, "x"), Catch::Contains("there is no session 999"));
  CHECK_THROWS_AS((void)store.add_question(999, "x"), Error);
  CHECK_THROWS_AS(store.write_answer(999, "x"), Error);
  CHECK(store.session(c));
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("messages are found by their words, in any language and whatever is typed", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId id = store.add_session("shapes");
  (void)store.add_question(id, "Which way does the red circle move?");
  const MessageId answer = store.begin_answer(id);
  store.finish_answer(answer, "Der rote Kreis läuft nach links, \"schnell\".", MessageState::Complete);
  CHECK(store.search("red circle").size() == 1);
  CHECK(store.search("circ").size() == 1);  // the last word may be a beginning
  CHECK(store.search("circ red").empty());
  CHECK(store.search("LAUFT").size() == 1);
  CHECK(store.search("kreis red").empty());
  CHECK(store.search("").empty());
  CHECK(store.search("  \n").empty());
  const SearchHit hit = store.search("kreis").front();
  CHECK(hit.session == id);
  CHECK(hit.role == MessageRole::Answer);
  REQUIRE(hit.marks.size() == 1);
  CHECK(hit.excerpt.substr(hit.marks[0].first, hit.marks[0].second) == "Kreis");
  for (const char* odd : {"\"", "a\"b", "*", "NOT", "AND OR", "text:", "(", "-red", "^x", "{", "NEAR(a b)", "\x01\x02"})
    CHECK_NOTHROW((void)store.search(odd));
  // What is changed or removed is no longer found.
  store.write_answer(answer, "something else");
  CHECK(store.search("kreis").empty());
  CHECK(store.search("else").size() == 1);
  store.remove_from(answer);
  CHECK(store.search("else").empty());
  CHECK(store.messages(id).size() == 1);
}

TEST_CASE("two windows on one database", "[store]") {
  const TempDir temp;
  ChatStore one = ChatStore::open(temp / "chats.db"), two = ChatStore::open(temp / "chats.db");
  CHECK_FALSE(one.changed_elsewhere());
  const SessionId id = two.add_session("from the other");
  CHECK(one.changed_elsewhere());
  CHECK_FALSE(one.changed_elsewhere());
  CHECK(one.session(id)->title == "from the other");
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i)
    writers.emplace_back([&temp, id] {
      ChatStore mine = ChatStore::open(temp / "chats.db");
      for (int n = 0; n < 50; ++n) (void)mine.add_question(id, "both write");
    });
  for (std::thread& writer : writers) writer.join();
  CHECK(one.session(id)->messages == 100);
}

TEST_CASE("a database that cannot be used is named, and stays as it is", "[store]") {
  const TempDir temp;
  const auto refused = [](const fs::path& file, const char* why) {
    const std::string before = fs::is_regular_file(file) ? read_file(file) : "";
    CHECK_THROWS_WITH((void)ChatStore::open(file), Catch::Contains(why));
    if (!before.empty()) CHECK(read_file(file) == before);
  };
  write_file(temp / "text.db", std::string(5000, 'x'));
  refused(temp / "text.db", "found a file of another kind");
  refused(temp.path(), "not a file");
  refused("/proc/none/chats.db", "cannot be opened");
  REQUIRE(run({"sqlite3", (temp / "other.db").string(), "CREATE TABLE t (x)"}).exit_code == 0);
  refused(temp / "other.db", "of another program");
  { (void)ChatStore::open(temp / "newer.db").add_session("kept"); }
  REQUIRE(run({"sqlite3", (temp / "newer.db").string(), "PRAGMA user_version = 99"}).exit_code == 0);
  refused(temp / "newer.db", "a newer Sparsight wrote it");
  // Damage in the middle is told, not crashed on.
  {
    ChatStore store = ChatStore::open(temp / "damaged.db");
    for (int i = 0; i < 200; ++i) (void)store.add_session(std::string(500, 'a'));
  }
  std::string bytes = read_file(temp / "damaged.db");
  for (std::size_t i = 4096 * 3; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_file(temp / "damaged.db", bytes);
  CHECK_THROWS_AS((void)ChatStore::open(temp / "damaged.db").sessions(), Error);
}

TEST_CASE("a database of an older version is renewed, and keeps what it holds", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  const std::string first = read_file(fs::path(SPARSIGHT_SOURCE_DIR) / "resources/migrations/001_sessions.sql");
  const char* filled =
      "INSERT INTO sessions (title, created_ms, updated_ms) VALUES ('old', 1, 1);"
      "INSERT INTO messages (session_id, role, text, state, created_ms) VALUES (1, 'question', 'Où va le cercle?', "
      "'complete', 2);"
      "PRAGMA application_id = 0x53505354; PRAGMA user_version = 1;";
  REQUIRE(run({"sqlite3", file.string(), "\n" + first + filled}).exit_code == 0);
  ChatStore store = ChatStore::open(file);
  REQUIRE(store.sessions().size() == 1);
  CHECK(store.messages(1).front().text == "Où va le cercle?");
  for (const char* words : {"c", "cer", "cercle", "ou va"}) CHECK(store.search(words).size() == 1);
  (void)store.add_question(1, "Where does the cylinder go?");
  CHECK(store.search("c").size() == 2);
  store.remove_from(1);
  CHECK(store.search("c").empty());
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("a trace that is damaged in the database is an error", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  MessageId answer = 0;
  {
    ChatStore store = ChatStore::open(file);
    answer = store.begin_answer(store.add_session("x"));
    store.set_trace(answer, three_tokens());
  }
  for (const char* spoil : {"UPDATE traces SET data = x'00112233'", "UPDATE traces SET bytes = 1 << 60",
                            "UPDATE traces SET bytes = -5", "UPDATE traces SET bytes = 3"}) {
    REQUIRE(run({"sqlite3", file.string(), spoil}).exit_code == 0);
    CHECK_THROWS_AS((void)ChatStore::open(file).trace(answer), Error);
  }
}

TEST_CASE("a database that may only be read is read", "[store]") {
  if (geteuid() == 0) return skip("this user may write every file");
  const TempDir temp;
  { (void)ChatStore::open(temp / "chats.db").add_session("kept"); }
  fs::permissions(temp / "chats.db", fs::perms::owner_read);
  fs::permissions(temp.path(), fs::perms::owner_read | fs::perms::owner_exec);
  {
    ChatStore store = ChatStore::open(temp / "chats.db");
    CHECK(store.read_only());
    CHECK(titles(store) == std::vector<std::string>{"kept"});
    CHECK_THROWS_WITH((void)store.add_session("no"), Catch::Contains("may only be read"));
  }
  fs::permissions(temp.path(), fs::perms::owner_all);
}

TEST_CASE("sessions are exported and imported", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId id = store.add_session("Shapes \"&\" more", SessionMedia{"/clips/a.mp4", "00ff", 17});
  store.pin_session(id, true);
  (void)store.add_question(id, "## Question, or not?\n\\# two");
  const MessageId answer = store.begin_answer(id);
  store.finish_answer(answer, "Ja.\n\n# No heading", MessageState::Stopped, R"({"tokens":194})");
  const std::string json = export_json(store, {id}), markdown = export_markdown(store, id);

  ChatStore other = ChatStore::open(temp / "other.db");
  const std::vector<SessionId> added = import_json(other, json);
  REQUIRE(added.size() == 1);
  const Session back = *other.session(added[0]);
  CHECK(back.title == "Shapes \"&\" more");
  CHECK(back.pinned);
  CHECK(back.media->bytes == 17);
  const auto before = store.messages(id), after = other.messages(added[0]);
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    CHECK(after[i].text == before[i].text);
    CHECK(after[i].state == before[i].state);
    CHECK(after[i].created_ms == before[i].created_ms);
    CHECK(after[i].details == before[i].details);
  }
  const SessionId read = import_markdown(other, markdown);
  CHECK(other.session(read)->title == back.title);
  CHECK(other.session(read)->media->path == "/clips/a.mp4");
  REQUIRE(other.messages(read).size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(other.messages(read)[i].text == before[i].text);

  // All or nothing.
  std::string spoilt = json;
  spoilt.replace(spoilt.find("\"stopped\""), 9, "\"strange\"");
  for (const std::string& bad :
       {spoilt, std::string("{"), std::string("[]"), std::string("{}"), std::string("{\"format\":3}"),
        std::string(R"({"format":"sparsight-sessions","version":9,"sessions":[]})"),
        std::string(R"({"format":"sparsight-sessions","version":1,"sessions":[{"title":7}]})"),
        std::string(10000, '[')})
    CHECK_THROWS_AS((void)import_json(other, bad), Error);
  CHECK_THROWS_AS((void)import_markdown(other, "nothing of ours"), Error);
  CHECK(other.sessions().size() == 2);

  const std::string cli = SPARSIGHT_CLI, database = (temp / "other.db").string();
  CHECK_THAT(run({cli, "sessions", "list", "--database", database}).out, Catch::Contains("Shapes"));
  CHECK_THAT(run({cli, "sessions", "search", "ja", "--database", database}).out, Catch::Contains("Ja."));
  CHECK_THAT(run({cli, "sessions", "show", std::to_string(read), "--database", database}).out,
             Catch::Contains("## Question"));
  CHECK(run({cli, "sessions", "show", "777", "--database", database}).exit_code == 2);
  CHECK(run({cli, "sessions", "export", "--database", database, "--out", (temp / "all.json").string()}).exit_code == 0);
  CHECK(
      run({cli, "sessions", "import", (temp / "all.json").string(), "--database", (temp / "third.db").string()}).out ==
      "2 sessions added\n");
}

TEST_CASE("a full disk is told, and what was acknowledged stays", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  const pid_t child = fork();
  if (child == 0) {
    // A limit on the size of files stands for a disk that fills up.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 20, 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      ChatStore store = ChatStore::open(file);
      const SessionId id = store.add_session("full");
      for (;;) (void)store.add_question(id, std::string(1000, 'q'));
    } catch (const Error& error) {
      _exit(error.kind() == ErrorKind::Store ? 0 : 3);
    } catch (...) {
      _exit(4);
    }
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  ChatStore store = ChatStore::open(file);
  CHECK(store.integrity_problems().empty());
  CHECK(store.sessions().front().messages > 10);
}

TEST_CASE("a killed process loses nothing that was acknowledged", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  std::mt19937 random(1);
  std::size_t acknowledged = 0;
  for (std::uint32_t round = 0; round < 200; ++round) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      write_for_ever(file, ends[1], round);
    }
    close(ends[1]);
    // One in four is killed while it opens the database, the others while they write.
    if (round % 4 != 0) {
      pollfd first{ends[0], POLLIN, 0};
      poll(&first, 1, 10'000);
    }
    usleep(static_cast<useconds_t>(random() % 15'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    std::vector<Acknowledged> lines;
    Acknowledged line{};
    while (read(ends[0], &line, sizeof line) == sizeof line) lines.push_back(line);
    close(ends[0]);
    acknowledged += lines.size();

    ChatStore store = ChatStore::open(file);
    REQUIRE(store.integrity_problems().empty());
    // The last word on each message, and no less than that.
    std::map<MessageId, Acknowledged> last;
    for (const Acknowledged& l : lines) last[l.id] = l;
    std::map<MessageId, Message> there;
    for (const Session& session : store.sessions(8))
      for (const Message& message : store.messages(session.id)) there[message.id] = message;
    for (const auto& [id, l] : last) {
      if (!there.contains(id)) continue;  // of a session that is not among the newest
      const std::string text = text_of(l.number, l.length);
      CHECK(there[id].text.substr(0, text.size()) == text);
    }
    if (!last.empty()) REQUIRE(there.contains(last.rbegin()->first));
  }
  CHECK(acknowledged >= 150);
}

}  // namespace sparsight::test
