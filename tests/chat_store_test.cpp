// The chat database: what is acknowledged is on disk, whatever happens next.
#include <catch2/catch.hpp>

#include "core/chat/store.h"
#include "core/pruning/trace.h"
#include "kernels/error.h"
#include "tests/chats.h"
#include "tests/support.h"

#include <chrono>
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

// What the writing process sends through the pipe once a message is on disk.
struct Acknowledged {
  MessageId id;
  std::uint32_t number;  // determines the text
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

TEST_CASE("a trace is packed on any thread and stored unchanged", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId id = store.add_session("one");
  (void)store.add_question(id, "What?");
  const MessageId answer = store.begin_answer(id);
  std::optional<PackedTrace> packed;
  std::thread([&] { packed.emplace(three_tokens()); }).join();
  CHECK(packed->bytes == trace_bytes(three_tokens()).size());
  store.set_trace(answer, *packed);
  CHECK(store.trace(answer) == three_tokens());
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
  CHECK(store.search("circ").size() == 1);  // the last word may be incomplete
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
  // The old text is no longer found.
  store.write_answer(answer, "something else");
  CHECK(store.search("kreis").empty());
  CHECK(store.search("else").size() == 1);
}

TEST_CASE("sessions are found by their titles and by the names of their files", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId id =
      store.add_session("Kreuzung am Abend", SessionMedia{"/clips/evening/my-crossing_01.mp4", "00", 1});
  const SessionId other = store.add_session("other");
  (void)store.add_question(other, "A crossing?");
  const auto found = [&](const char* words) {
    std::vector<std::pair<SessionId, bool>> out;
    for (const SearchHit& hit : store.search(words)) out.emplace_back(hit.session, hit.message == 0);
    return out;
  };
  using Found = std::vector<std::pair<SessionId, bool>>;
  CHECK(found("kreu") == Found{{id, true}});
  CHECK(found("crossing") == Found{{id, true}, {other, false}});
  CHECK(found("my-crossing_01.mp4") == Found{{id, true}});
  CHECK(found("abend cross") == Found{{id, true}});
  CHECK(found("evening").empty());  // folders are not searched
  CHECK(store.search("crossing", 1).size() == 1);
  const SearchHit hit = store.search("crossing").front();
  CHECK(hit.title == "Kreuzung am Abend");
  CHECK(hit.excerpt == "my-crossing_01.mp4");
  REQUIRE(hit.marks.size() == 1);
  CHECK(hit.excerpt.substr(hit.marks[0].first, hit.marks[0].second) == "crossing");
  store.rename_session(id, "Nachts");
  CHECK(found("kreu").empty());
  CHECK(found("nachts") == Found{{id, true}});
  store.set_media(id, {"/v/night.mkv", "01", 1});
  CHECK(found("night.mkv") == Found{{id, true}});
  CHECK(found("my-crossing_01.mp4").empty());
  store.delete_session(id);
  CHECK(found("nachts").empty());
  store.restore_session(id);
  CHECK(found("nachts").size() == 1);
  store.delete_session(id);
  (void)store.purge_deleted(0);
  CHECK(found("nachts").empty());
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("an excerpt is a piece around what was found, with its marks", "[store]") {
  ChatStore store = ChatStore::open(":memory:");
  const SessionId id = store.add_session("x");
  std::string words;
  for (int i = 0; i < 200; ++i) words += fmt::format("w{} ", i);
  const MessageId long_one = store.add_question(id, words + "red then blue\nKreis\x02\x03 and on " + words);
  const auto excerpt = [&](const char* text) {
    const SearchHit hit = store.search(text).at(0);
    std::string marked = hit.excerpt;
    for (auto mark = hit.marks.rbegin(); mark != hit.marks.rend(); ++mark) {
      marked.insert(mark->first + mark->second, "]");
      marked.insert(mark->first, "[");
    }
    return marked;
  };
  CHECK_THAT(excerpt("red"),
             Catch::StartsWith("…w197 w198 w199 [red] then blue Kreis   and on w0") && Catch::EndsWith("…"));
  CHECK_THAT(excerpt("kreis blue"), Catch::Contains("[blue] [Kreis]"));
  CHECK_THAT(excerpt("w1 w0"), Catch::StartsWith("[w0] [w1] w2"));
  CHECK_THAT(excerpt("then-blue"), Catch::Contains("red [then blue] Kreis"));
  (void)long_one;
  (void)store.add_question(id, "short: über");
  CHECK(excerpt("uber") == "short: [über]");
  (void)store.add_question(id, "endless " + std::string(100'000, 'z'));
  CHECK(store.search("endless").at(0).excerpt.size() < 600);
  CHECK(store.search("zzz").at(0).excerpt.size() < 600);
  (void)store.add_question(id, std::string(399, 'a') + "ä" + std::string(399, 'b'));
  CHECK(store.search("aaa").at(0).excerpt == std::string(399, 'a') + "…");
  CHECK_NOTHROW((void)store.search(std::string(1'000'000, 'x')));
  CHECK_NOTHROW((void)store.search(words + words + words));
}

TEST_CASE("a search in long messages takes no longer than reading them", "[store]") {
  ChatStore store = ChatStore::open(":memory:");
  const SessionId id = store.add_session("long paste");
  std::string text;
  while (text.size() < 500'000) text += "star ";
  (void)store.add_question(id, text + "last");
  for (const char* words : {"star", "st", "last", "star last", "star star star"}) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(store.search(words).size() == 1);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    UNSCOPED_INFO(words << ": " << took.count() << " ms");
    // 100 ms on an idle machine; comparing every hit with every other would take minutes.
    CHECK(took.count() < 2000);
  }
  // Many of them: the text that excerpts read in all is limited, what they find is not.
  for (int i = 0; i < 50; ++i) (void)store.add_question(id, text + "last");
  CHECK(store.search("last", 200).size() == 51);
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

TEST_CASE("a repeated question or answer is kept beside the earlier one", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId id = store.add_session("tree"), other = store.add_session("other");
  const auto shown = [&] { return texts(store.messages(id)); };
  const auto answer = [&](const char* text, std::optional<MessageId> instead_of = {}) {
    const MessageId made = store.begin_answer(id, instead_of);
    store.finish_answer(made, text, MessageState::Complete);
    return made;
  };
  using Texts = std::vector<std::string>;
  const MessageId q1 = store.add_question(id, "q1");
  const MessageId a1 = answer("a1");
  store.set_trace(a1, three_tokens());
  const MessageId q2 = store.add_question(id, "q2");
  const MessageId a2 = answer("a2");
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2"});
  // Answer again, twice; then go back to the first.
  const MessageId a2b = answer("a2b", a2), a2c = answer("a2c", a2);
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2c"});
  CHECK(store.messages(id).back().version == 3);
  CHECK(store.messages(id).back().versions == 3);
  CHECK(store.versions(a2b) == std::vector<MessageId>{a2, a2b, a2c});
  store.choose(a2);
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2"});
  CHECK(store.messages(id).back().version == 1);
  // An edit starts a branch, and later messages continue it.
  const MessageId before = store.messages(id).back().id;
  const MessageId q1b = store.add_question(id, "q1b", q1);
  CHECK(shown() == Texts{"q1b"});
  (void)answer("a1b");
  (void)store.add_question(id, "q2b");
  CHECK(shown() == Texts{"q1b", "a1b", "q2b"});
  CHECK(store.messages(id).front().version == 2);
  // Undo.
  store.choose(before);
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2"});
  CHECK(store.trace(a1));
  // A branch returns as it was left.
  store.choose(a2b);
  store.choose(q1b);
  CHECK(shown() == Texts{"q1b", "a1b", "q2b"});
  store.choose(q1);
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2b"});
  CHECK(texts(store.all_messages(id)) == Texts{"q1", "a1", "q2", "a2", "a2b", "a2c", "q1b", "a1b", "q2b"});
  CHECK(store.session(id)->messages == 9);
  CHECK(store.search("a2c").size() == 1);  // in a branch that is not shown
  CHECK(store.messages(other).empty());
  // Invalid calls change nothing.
  CHECK_THROWS_WITH((void)store.add_question(other, "x", q1), Catch::Contains("there is no question"));
  CHECK_THROWS_WITH((void)store.begin_answer(id, q2), Catch::Contains("there is no answer"));
  CHECK_THROWS_AS((void)store.add_message(other, {.text = "x"}, q1), Error);
  CHECK_THROWS_WITH(store.choose(999), Catch::Contains("there is no message 999"));
  CHECK(store.versions(999).empty());
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2b"});
  // A deleted session returns with everything.
  store.delete_session(id);
  CHECK_THROWS_AS((void)store.add_question(id, "x", q1), Error);
  store.restore_session(id);
  CHECK(shown() == Texts{"q1", "a1", "q2", "a2b"});
  CHECK(store.all_messages(id).size() == 9);
  store.delete_session(id);
  CHECK(store.purge_deleted(0) == 1);
  CHECK(store.all_messages(id).empty());
  CHECK(store.search("a2c").empty());
  CHECK(store.integrity_problems().empty());
}

TEST_CASE("the versions of a message, the newest of them if there are too many", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db");
  const SessionId session = store.add_session("many");
  const MessageId asked = store.add_question(session, "why?");
  MessageId last = 0;
  for (int i = 0; i < 5; ++i) {
    last = store.begin_answer(session, last == 0 ? std::nullopt : std::optional(last));
    store.finish_answer(last, "answer " + std::to_string(i), MessageState::Complete);
  }
  const auto texts = [&](std::size_t most) {
    std::vector<std::string> found;
    for (const Message& message : store.version_messages(last, most)) found.push_back(message.text);
    return found;
  };
  CHECK(texts(10) == std::vector<std::string>{"answer 0", "answer 1", "answer 2", "answer 3", "answer 4"});
  CHECK(texts(2) == std::vector<std::string>{"answer 3", "answer 4"});
  CHECK(store.version_messages(last + 100, 10).empty());
  // A question that follows the same one is no version of its answers.
  static_cast<void>(store.add_message(session, {.role = MessageRole::Question, .text = "and then?"}, asked));
  CHECK(texts(10).size() == 5);
}

TEST_CASE("a damaged tree of messages is read without a hang or a crash", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  SessionId id = 0;
  MessageId first = 0, last = 0;
  {
    ChatStore store = ChatStore::open(file);
    id = store.add_session("circle");
    first = store.add_question(id, "first");
    (void)store.begin_answer(id);
    last = store.add_question(id, "last");
  }
  REQUIRE(run({"sqlite3", file.string(), fmt::format("UPDATE messages SET parent_id = {} WHERE id = {}", last, first)})
              .exit_code == 0);
  ChatStore store = ChatStore::open(file);
  CHECK(store.messages(id).empty());
  CHECK(store.all_messages(id).size() == 3);
  CHECK_NOTHROW(store.choose(last));
  CHECK_NOTHROW((void)store.add_question(id, "goes on"));
  CHECK(texts(store.messages(id)) == std::vector<std::string>{"goes on"});
}

TEST_CASE("a damaged trace in the database is an error", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  MessageId answer = 0;
  {
    ChatStore store = ChatStore::open(file);
    answer = store.begin_answer(store.add_session("x"));
    store.set_trace(answer, three_tokens());
  }
  for (const char* damage : {"UPDATE traces SET data = x'00112233'", "UPDATE traces SET bytes = 1 << 60",
                             "UPDATE traces SET bytes = -5", "UPDATE traces SET bytes = 3"}) {
    REQUIRE(run({"sqlite3", file.string(), damage}).exit_code == 0);
    CHECK_THROWS_AS((void)ChatStore::open(file).trace(answer), Error);
  }
}

TEST_CASE("a full disk is reported, and what was acknowledged stays", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db";
  const pid_t child = fork();
  if (child == 0) {
    // A limit on the size of files simulates a full disk.
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
      poll(&first, 1, -1);  // or the process has ended
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
    // Each message has its last acknowledged text, or a later one.
    std::map<MessageId, Acknowledged> last;
    for (const Acknowledged& l : lines) last[l.id] = l;
    std::map<MessageId, Message> there;
    for (const Session& session : store.sessions(8))
      for (const Message& message : store.messages(session.id)) there[message.id] = message;
    for (const auto& [id, l] : last) {
      if (!there.contains(id)) continue;  // its session is not among the newest
      const std::string text = text_of(l.number, l.length);
      CHECK(there[id].text.substr(0, text.size()) == text);
    }
    if (!last.empty()) REQUIRE(there.contains(last.rbegin()->first));
  }
  CHECK(acknowledged >= 150);
}

}  // namespace sparsight::test
