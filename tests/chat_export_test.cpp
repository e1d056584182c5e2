// Exported sessions come back; invalid imports are refused by name.
#include "core/base/progress.h"
#include "core/chat/export.h"
#include "kernels/error.h"
#include "tests/chats.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

namespace sparsight::test {

namespace fs = std::filesystem;

TEST_CASE("a stopped import leaves nothing, and an abandoned one leaves its remains to a later start", "[store]") {
  const TempDir temp;
  ChatStore from = ChatStore::open(temp / "from.db");
  std::vector<SessionId> ids;
  for (int i = 0; i < 30; ++i) {
    ids.push_back(from.add_session("needle"));
    for (int k = 0; k < 20; ++k) (void)from.add_question(ids.back(), "needle?");
  }
  const std::string text = export_json(from, ids);
  for (const bool leave : {false, true}) {
    ChatStore store = ChatStore::open(temp / (leave ? "left.db" : "stopped.db"));
    std::stop_source stop;
    ImportControl control{.on_progress = [&](std::size_t, std::size_t) { stop.request_stop(); }};
    (leave ? control.leave : control.stop) = stop.get_token();
    CHECK_THROWS_AS((void)import_json(store, text, control), Cancelled);
    CHECK(store.sessions().empty());
    CHECK(store.search("needle").empty());
    CHECK((store.purge_deleted(0) > 0) == leave);
  }
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
  const SessionId read = import_markdown(other, markdown).at(0);
  CHECK(other.session(read)->title == back.title);
  CHECK(other.session(read)->media->path == "/clips/a.mp4");
  REQUIRE(other.messages(read).size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(other.messages(read)[i].text == before[i].text);

  // All or nothing.
  std::string damaged = json;
  damaged.replace(damaged.find("\"stopped\""), 9, "\"strange\"");
  for (const std::string& bad :
       {damaged, std::string("{"), std::string("[]"), std::string("{}"), std::string("{\"format\":3}"),
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

TEST_CASE("branches survive an export as JSON; Markdown has the path that is shown", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db"), other = ChatStore::open(":memory:");
  const SessionId id = store.add_session("tree");
  const MessageId q1 = store.add_question(id, "q1"), a1 = store.begin_answer(id);
  store.finish_answer(a1, "a1", MessageState::Complete);
  store.finish_answer(store.begin_answer(id, a1), "a1b", MessageState::Stopped);
  const MessageId q2 = store.add_question(id, "q2");
  (void)store.add_question(id, "q1b", q1);
  store.choose(q2);
  (void)store.add_question(id, "q2b", q2);
  store.choose(a1);
  const SessionId back = import_json(other, export_json(store, {id})).at(0);
  const auto same = [](const std::vector<Message>& a, const std::vector<Message>& b) {
    REQUIRE(texts(a) == texts(b));
    for (std::size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i].version == b[i].version);
      CHECK(a[i].versions == b[i].versions);
      CHECK(a[i].state == b[i].state);
      CHECK(a[i].created_ms == b[i].created_ms);
    }
  };
  same(other.messages(back), store.messages(id));
  same(other.all_messages(back), store.all_messages(id));
  CHECK(texts(other.messages(back)) == std::vector<std::string>{"q1", "a1"});
  CHECK(other.session(back)->created_ms == store.session(id)->created_ms);
  CHECK(other.session(back)->updated_ms == store.session(id)->updated_ms);
  const std::string markdown = export_markdown(store, id);
  CHECK_THAT(markdown, Catch::Contains("(version 1 of 2)") && !Catch::Contains("a1b"));
  CHECK(texts(other.messages(import_markdown(other, markdown).at(0))) == std::vector<std::string>{"q1", "a1"});
}

TEST_CASE("Markdown with several sessions comes back as several, with their dates", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(temp / "chats.db"), other = ChatStore::open(":memory:");
  constexpr std::int64_t kMinute = 60'000, kThen = 1'700'000'000'000 / kMinute * kMinute;
  std::string text;
  std::vector<SessionId> ids;
  const std::vector<std::string> said{"# not a heading\nVideo: x\n## Answer, foo\n\n\\# esc", "## Question", "", "#",
                                      "A\n\n\nB"};
  for (const std::string& title : {std::string("first"), std::string("## Question"), std::string("Video: y")}) {
    ids.push_back(store.add_session(
        {.title = title, .created_ms = kThen, .updated_ms = kThen, .media = SessionMedia{"/v/x\n# y.mp4", "", 0}}));
    for (std::size_t i = 0; i < said.size(); ++i)
      (void)store.add_message(ids.back(), {.role = i % 2 == 0 ? MessageRole::Question : MessageRole::Answer,
                                           .text = said[i],
                                           .state = i == 1 ? MessageState::Stopped : MessageState::Complete,
                                           .created_ms = kThen + static_cast<std::int64_t>(i) * kMinute});
    text += export_markdown(store, ids.back());
  }
  ids.push_back(store.add_session("empty"));
  text += export_markdown(store, ids.back());
  for (const std::string& form : {text, "\xef\xbb\xbf" + text}) {
    write_file(temp / "all.md", form);
    const std::vector<SessionId> added = import_file(other, temp / "all.md");
    REQUIRE(added.size() == ids.size());
    for (std::size_t s = 0; s < ids.size(); ++s) {
      CHECK(other.session(added[s])->title == store.session(ids[s])->title);
      CHECK(texts(other.messages(added[s])) == texts(store.messages(ids[s])));
      if (s == 3) continue;
      CHECK(other.session(added[s])->created_ms == kThen);
      CHECK(other.session(added[s])->updated_ms == kThen + 4 * kMinute);
      CHECK(other.messages(added[s])[1].state == MessageState::Stopped);
      CHECK(other.messages(added[s])[4].created_ms == kThen + 4 * kMinute);
    }
  }
  // As users write it by hand.
  const std::vector<SessionId> hand =
      import_markdown(other, "Notes\r\n## Question\r\nwhy?\r\n## Questions of mine\n## Answer\nso\xff.\n# b\nfoo\n");
  REQUIRE(hand.size() == 2);
  CHECK(other.session(hand[0])->title == "Imported");
  CHECK(texts(other.messages(hand[0])) == std::vector<std::string>{"why?\n## Questions of mine", "so\xef\xbf\xbd."});
  const auto refused = [&](const std::string& bad, const char* why) {
    const std::size_t before = other.sessions().size();
    CHECK_THROWS_WITH(import_markdown(other, bad), Catch::Contains(why));
    CHECK(other.sessions().size() == before);
  };
  refused("## Question, 2024-13-01 10:00\n\nx\n", "found \"2024-13-01 10:00\"");
  refused("## Question, 1960-01-01 10:00\n\nx\n", "from 1970 to 9999");
  refused("## Question, 2024-02-30 10:00\n\nx\n", "2024-02-30");
  refused("# a title only\n", "headings");
}

TEST_CASE("an invalid import is refused, naming what is wrong", "[store]") {
  const TempDir temp;
  ChatStore store = ChatStore::open(":memory:");
  const auto with = [](const std::string& session, const std::string& message) {
    return R"({"format": "sparsight-sessions", "version": 2, "sessions": [{"title": "t", "created_ms": 1, "messages": [],)" +
           session +
           R"( "pinned": false}, {"title": "t", "created_ms": 1, "messages": [{"role": "question", "text": "x",)" +
           R"( "state": "complete", "created_ms": 1}, {"role": "answer", "text": "y", "state": "complete", )" +
           message + R"( "other": {}}]}]})";
  };
  REQUIRE(import_json(store, with("", R"("created_ms": 2,)")).size() == 2);
  const auto refused = [&](const std::string& text, const std::string& why) {
    CHECK_THROWS_WITH(import_json(store, text), Catch::Contains(why));
    CHECK(store.sessions().size() == 2);
  };
  const std::string where = "import: sessions[1].messages[1].";
  for (const char* date : {"9223372036854775807", "18446744073709551615", "253402300800000", "-1", "1.5", "1e300",
                           "\"2024-01-01\"", "true", "[]", "null"})
    refused(with("", fmt::format("\"created_ms\": {},", date)), where + "created_ms: expected milliseconds since 1970");
  refused(with("", ""), where + "created_ms: expected milliseconds since 1970");
  refused(with("", "\"created_ms\": NaN,"), "not valid JSON at byte");
  refused(with("\"updated_ms\": -3,", "\"created_ms\": 1,"), "sessions[0].updated_ms");
  // A parent comes before its children, so that there are no cycles.
  for (const char* parent : {"1", "2", "-1", "0.5", "\"0\"", "99999999999999999999"})
    refused(with("", fmt::format("\"created_ms\": 1, \"parent\": {},", parent)),
            where + "parent: expected null or an integer below 1");
  refused(with("\"shown\": 0,", "\"created_ms\": 1,"), "sessions[0].shown: expected null");
  refused(with("\"media\": {\"path\": \"a\", \"hash\": \"\", \"bytes\": -1},", "\"created_ms\": 1,"),
          "sessions[0].media.bytes");
  refused(with("\"media\": {\"path\": \"a\\u0000b\", \"hash\": \"\", \"bytes\": 1},", "\"created_ms\": 1,"),
          "sessions[0].media.path: expected a path");
  refused(with("\"media\": 3,", "\"created_ms\": 1,"), "sessions[0].media");
  refused(with("", "\"created_ms\": 1, \"state\": \"odd\","), where + "state: expected one of \"complete\"");
  refused(with("", "\"created_ms\": 1, \"details\": [],"), where + "details");
  refused(R"({"format": "sparsight-sessions", "version": 3, "sessions": []})", "a newer Sparsight wrote it");
  refused("[1]", "expected an object");
  // Files made to exhaust memory or time.
  std::string many = R"({"format": "sparsight-sessions", "version": 2, "sessions": [[)";
  many.reserve(30'000'000);
  while (many.size() < 29'000'000) many += "[],[],[],[],[],[],[],[],";
  refused(many + "[]]]}", "lists and objects");
  std::string messages;
  for (int i = 0; i < 1'000'001; ++i) messages += "## Answer\n";
  CHECK_THROWS_WITH(import_markdown(store, messages), Catch::Contains("at most 100000 sessions and 1000000 messages"));
  CHECK(store.sessions().size() == 2);
  write_file(temp / "u16.json", "\xff\xfe{");
  CHECK_THROWS_WITH(import_file(store, temp / "u16.json"), Catch::Contains("UTF-16"));
  // Titles are one line of limited length.
  const SessionId id = store.add_session("a\nb\x1b[31m" + std::string(5000, 'x'));
  CHECK(store.session(id)->title.starts_with("a b [31mxxx"));
  CHECK(store.session(id)->title.size() < 600);
}

}  // namespace sparsight::test
