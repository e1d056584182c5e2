// Opens chat databases of other versions, kinds and places, and some that may not be written.
#include "core/base/os/os.h"
#include "core/chat/store.h"
#include "kernels/error.h"
#include "tests/chats.h"
#include "tests/support.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace sparsight::test {

namespace fs = std::filesystem;

namespace {

// Runs `function` in a process of a user who is bound by permissions. Returns what it returns or throws: "" if nothing
// is wrong.
std::string as_plain_user(const std::function<std::string()>& function) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    constexpr unsigned kNobody = 65534;
    std::string wrong;
    if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) wrong = "no other user can be taken on";
    try {
      if (wrong.empty()) wrong = function();
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    _exit(write(ends[1], wrong.data(), wrong.size()) == static_cast<ssize_t>(wrong.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string wrong;
  char piece[512];
  for (ssize_t n; (n = read(ends[0], piece, sizeof piece)) > 0;) wrong.append(piece, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? wrong : "it died; " + wrong;
}

std::string journal_of(const fs::path& file) { return run({"sqlite3", file.string(), "PRAGMA journal_mode"}).out; }

}  // namespace

TEST_CASE("a database that cannot be used is named in the error and stays unchanged", "[store]") {
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
  // Versions that never had tables, and one that lacks its tables.
  for (const char* version : {"0", "-1", "-2147483648"}) {
    const fs::path file = temp / fmt::format("version{}.db", version);
    { (void)ChatStore::open(file).add_session("kept"); }
    REQUIRE(run({"sqlite3", file.string(), fmt::format("PRAGMA user_version = {}", version)}).exit_code == 0);
    refused(file, "damaged");
    refused(file, fmt::format("(user_version) is {}, expected 1 to ", version).c_str());
  }
  for (const char* version : {"-7", "2"}) {
    const fs::path file = temp / fmt::format("empty{}.db", version);
    REQUIRE(run({"sqlite3", file.string(), fmt::format("PRAGMA user_version = {}", version)}).exit_code == 0);
    refused(file, "it has no tables");
  }
  // Damage in the middle is reported and crashes nothing.
  {
    ChatStore store = ChatStore::open(temp / "damaged.db");
    for (int i = 0; i < 200; ++i) (void)store.add_session(std::string(500, 'a'));
  }
  std::string bytes = read_file(temp / "damaged.db");
  for (std::size_t i = 4096 * 3; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  write_file(temp / "damaged.db", bytes);
  CHECK_THROWS_AS((void)ChatStore::open(temp / "damaged.db").sessions(), Error);
}

TEST_CASE("a database of any older version is upgraded and keeps its content", "[store]") {
  const fs::path folder = fs::path(SPARSIGHT_SOURCE_DIR) / "resources/migrations";
  std::vector<fs::path> steps;
  for (const auto& entry : fs::directory_iterator(folder)) steps.push_back(entry.path());
  std::sort(steps.begin(), steps.end());
  REQUIRE(steps.size() >= 3);
  for (std::size_t version = 1; version < steps.size(); ++version) {
    CAPTURE(version);
    const TempDir temp;
    const fs::path file = temp / "chats.db";
    std::string sql = "\n";
    for (std::size_t step = 0; step < version; ++step) sql += read_file(steps[step]);
    sql +=
        "INSERT INTO media (path, hash, bytes) VALUES ('/clips/cercles.mp4', '00', 3);"
        "INSERT INTO sessions (title, created_ms, updated_ms, media_id) VALUES ('old', 1, 1, 1), ('empty', 1, 1, "
        "NULL);";
    const auto add = [&](int session, const char* role, const char* text) {
      // What a version writes to its own columns for a session without branches.
      const std::string parent = version < 3 ? "" : "parent_id, ";
      sql += fmt::format(
          "INSERT INTO messages (session_id, {}role, text, state, created_ms) SELECT {}, {}'{}', '{}', 'complete', 2;",
          parent, session,
          version < 3 ? "" : fmt::format("(SELECT max(id) FROM messages WHERE session_id = {}), ", session), role,
          text);
    };
    add(1, "question", "Où va le cercle?");
    add(1, "answer", "À gauche.");
    add(2, "question", "Et le cube?");
    add(1, "question", "Et puis?");
    sql += fmt::format("PRAGMA application_id = 0x53505354; PRAGMA user_version = {};", version);
    REQUIRE(run({"sqlite3", file.string(), sql}).exit_code == 0);
    {
      ChatStore store = ChatStore::open(file);
      REQUIRE(store.sessions().size() == 2);
      CHECK(texts(store.messages(1)) == std::vector<std::string>{"Où va le cercle?", "À gauche.", "Et puis?"});
      CHECK(texts(store.messages(2)) == std::vector<std::string>{"Et le cube?"});
      CHECK(store.messages(1)[2].parent == store.messages(1)[1].id);
      for (const char* words : {"c", "cer", "cercle", "ou va"}) CHECK_FALSE(store.search(words).empty());
      (void)store.add_question(1, "Where does the cylinder go?", store.messages(1)[2].id);
      CHECK(texts(store.messages(1)).back() == "Where does the cylinder go?");
      CHECK(store.messages(1).back().versions == 2);
      CHECK(store.session(1)->messages == 4);
      CHECK(store.search("cylinder").size() == 1);
      CHECK(store.integrity_problems().empty());
    }
    CHECK(ChatStore::open(file).messages(1).size() == 3);
  }
}

TEST_CASE("a read-only database is read, with the WAL that its last writer left", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "chats.db", folder = temp / "copy";
  fs::create_directories(folder);
  {
    ChatStore store = ChatStore::open(file);
    (void)store.add_session("kept");
    // Content in the WAL only, as after a crash.
    for (const char* ending : {"", "-wal"})
      fs::copy_file(file.string() + ending, (folder / "chats.db").string() + ending);
  }
  REQUIRE(fs::file_size(folder / "chats.db-wal") > 0);
  const auto lock = [&] {
    for (const auto& entry : fs::directory_iterator(folder)) fs::permissions(entry.path(), fs::perms(0444));
    fs::permissions(folder, fs::perms(0555));
    fs::permissions(temp.path(), fs::perms(0755));
  };
  const auto reads_it = [&]() -> std::string {
    ChatStore store = ChatStore::open(folder / "chats.db");
    if (!store.read_only()) return "it is not read-only";
    if (titles(store) != std::vector<std::string>{"kept"}) return "other titles";
    if (store.search("kep").size() != 1) return "not found";
    try {
      (void)store.add_session("no");
      return "it was written to";
    } catch (const Error& error) {
      const std::string_view what = error.what();
      return what.find("may only be read: ") != std::string_view::npos ? "" : std::string(what);
    }
  };
  lock();
  CHECK(as_plain_user(reads_it) == "");
  // Without a WAL, and of an older version, which is upgraded in a copy.
  fs::permissions(folder, fs::perms(0755));
  fs::remove(folder / "chats.db-wal");
  fs::remove(folder / "chats.db");
  std::string sql = "\n";
  for (const char* step : {"001_sessions.sql", "002_search_prefixes.sql"})
    sql += read_file(source_dir() / "resources/migrations" / step);
  sql +=
      "INSERT INTO sessions (title, created_ms, updated_ms) VALUES ('kept', 1, 1);"
      "PRAGMA application_id = 0x53505354; PRAGMA user_version = 2;";
  REQUIRE(run({"sqlite3", (folder / "chats.db").string(), sql}).exit_code == 0);
  lock();
  const std::string before = read_file(folder / "chats.db");
  CHECK(as_plain_user(reads_it) == "");
  CHECK(read_file(folder / "chats.db") == before);
  // A file that may not even be read.
  fs::permissions(folder / "chats.db", fs::perms(0));
  CHECK_THAT(as_plain_user([&]() -> std::string { return (void)ChatStore::open(folder / "chats.db"), ""; }),
             Catch::Contains("chats.db: cannot be opened") && Catch::Contains("Permission denied"));
  fs::permissions(folder, fs::perms(0755));
}

TEST_CASE("a missing database is made only if asked for", "[store]") {
  const TempDir temp;
  const fs::path file = temp / "a/b/chats.db";
  CHECK_THROWS_WITH((void)ChatStore::open(file, ChatStore::IfAbsent::Refuse),
                    Catch::Contains("there is no chat database"));
  CHECK_FALSE(fs::exists(temp / "a"));
  write_file(temp / "empty.db", "");
  CHECK_THROWS_WITH((void)ChatStore::open(temp / "empty.db", ChatStore::IfAbsent::Refuse),
                    Catch::Contains("found an empty file"));
  CHECK(fs::file_size(temp / "empty.db") == 0);
  { (void)ChatStore::open(file).add_session("made"); }
  CHECK(titles(ChatStore::open(file, ChatStore::IfAbsent::Refuse)) == std::vector<std::string>{"made"});
  // The reason why a folder cannot be made.
  write_file(temp / "file", "");
  CHECK_THROWS_WITH((void)ChatStore::open(temp / "file/chats.db"),
                    Catch::Contains((temp / "file").string() + ": Not a directory"));
  fs::permissions(temp.path(), fs::perms(0555));
  CHECK_THAT(as_plain_user([&]() -> std::string { return (void)ChatStore::open(temp / "c/d/chats.db"), ""; }),
             Catch::Contains(temp.path().string() + ": Permission denied, so its folder cannot be made"));
  fs::permissions(temp.path(), fs::perms(0755));
}

TEST_CASE("without shared memory the journal is a rollback journal", "[store]") {
  const TempDir temp;
  CHECK_FALSE(os::is_shared_over_network(temp.path()));
  CHECK_FALSE(os::is_shared_over_network(temp / "none"));
  // Something in place of the -shm file, for a new database and for one with changes in its WAL.
  for (const bool there : {false, true}) {
    CAPTURE(there);
    const fs::path file = temp / (there ? "old/chats.db" : "new/chats.db");
    fs::create_directories(file.parent_path());
    if (there) {
      ChatStore store = ChatStore::open(temp / "chats.db");
      (void)store.add_question(store.add_session("in the WAL"), "kept?");
      for (const char* ending : {"", "-wal"})
        fs::copy_file((temp / "chats.db").string() + ending, file.string() + ending);
    }
    fs::create_directories(file.string() + "-shm/full");
    {
      ChatStore one = ChatStore::open(file), two = ChatStore::open(file);
      CHECK_FALSE(one.read_only());
      const SessionId id = one.add_session("written");
      CHECK(two.changed_elsewhere());
      (void)two.add_question(id, "by both");
      CHECK(one.messages(id).size() == 1);
      CHECK(one.sessions().size() == (there ? 2 : 1));
      CHECK(one.search("kept").size() == (there ? 1 : 0));
      CHECK(one.integrity_problems().empty());
    }
    CHECK(journal_of(file) == "delete\n");
    // Once nothing is in the way, it works as before.
    fs::remove_all(file.string() + "-shm");
    { CHECK(ChatStore::open(file).sessions().size() == (there ? 2 : 1)); }
    CHECK(journal_of(file) == "wal\n");
  }
  // A -shm file of another user.
  const fs::path file = temp / "new/chats.db";
  { (void)ChatStore::open(file).add_session("x"); }
  write_file(file.string() + "-shm", "");
  fs::permissions(file.string() + "-shm", fs::perms(0400));
  fs::permissions(file, fs::perms(0666));
  fs::permissions(file.parent_path(), fs::perms(0777));
  fs::permissions(temp.path(), fs::perms(0755));
  CHECK(as_plain_user([&]() -> std::string {
          ChatStore store = ChatStore::open(file);
          if (store.read_only()) return "read-only";
          (void)store.add_session("y");
          return "";
        }) == "");
}

}  // namespace sparsight::test
