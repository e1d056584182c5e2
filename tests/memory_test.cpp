// Too little memory, or no further threads: the program says so and ends with exit code 6, it never aborts.
#include <catch2/catch.hpp>

#include "core/chat_store.h"
#include "kernels/out_of_memory.h"
#include "tests/support.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>
#include <set>
#include <system_error>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // whose shadow memory is larger than any limit
#else
constexpr bool kSanitized = false;
#endif

namespace sparsight::test {
namespace {

std::vector<std::string> ask() {
  return {SPARSIGHT_CLI, "ask", demo_clip().string(), "Which way does the star move?", "--max-new-tokens", "4"};
}

std::vector<std::string> limited(const std::string& limit, std::vector<std::string> command) {
  command.insert(command.begin(), {"prlimit", limit});
  return command;
}

TEST_CASE("memory: what tells of too little of it", "[memory]") {
  const auto system = [](std::errc code) { return std::system_error(std::make_error_code(code)); };
  CHECK(lacks_memory(std::bad_alloc()));
  CHECK(lacks_memory(system(std::errc::resource_unavailable_try_again)));
  CHECK(lacks_memory(system(std::errc::not_enough_memory)));
  CHECK_FALSE(lacks_memory(system(std::errc::permission_denied)));
  CHECK_FALSE(lacks_memory(std::runtime_error("x")));
}

TEST_CASE("memory: at every limit the program does its work, or ends with exit code 6", "[memory][slow]") {
  if (kSanitized) return skip("sanitizers need more address space than any limit here leaves");
  const TempDir temp;
  const std::string database = (temp / "chats.db").string();
  (void)ChatStore::open(database);
  for (const std::vector<std::string>& command :
       {ask(),
        {SPARSIGHT_CLI, "frames", demo_clip().string(), "--out", (temp / "frames").string()},
        {SPARSIGHT_CLI, "sessions", "list", "--database", database}}) {
    const Ran free = run(command);
    REQUIRE(free.exit_code == 0);
    std::set<int> seen;
    // From where the program cannot even be loaded to where it lacks nothing, in steps of a twelfth.
    for (rlim_t mib = 40; mib < 6000; mib += mib / 12) {
      const Ran ran = run(limited("--as=" + std::to_string(mib << 20), command));
      CAPTURE(command[1], mib, ran.err);
      if (ran.exit_code == 127 && ran.err.find("error while loading") != std::string::npos) continue;
      seen.insert(ran.exit_code);
      CHECK((ran.exit_code == 0 || ran.exit_code == 6));
      if (ran.exit_code == 0) {
        CHECK(ran.out == free.out);
        break;
      }
      CHECK_THAT(ran.err, Catch::StartsWith("sparsight-cli: "));
    }
    CHECK(seen.contains(0));
    if (command == ask()) CHECK(seen.contains(6));
  }
}

TEST_CASE("memory: where no threads can be started the program answers, or ends with exit code 6", "[memory]") {
  if (kSanitized) return skip("sanitizers start threads of their own");
  // Thread stacks so large that the address space holds some of them only.
  for (const int threads : {2, 8, 64}) {
    std::vector<std::string> command = ask();
    command.insert(command.end(), {"--threads", std::to_string(threads)});
    command.insert(command.begin(), {"prlimit", "--stack=" + std::to_string(std::size_t{2} << 30),
                                     "--as=" + std::to_string(std::size_t{9} << 30)});
    const Ran ran = run(command);
    CAPTURE(threads, ran.err);
    CHECK((ran.exit_code == 0 || ran.exit_code == 6));
    if (threads == 64) CHECK(ran.exit_code == 6);
  }
}

TEST_CASE("memory: a user who may start no further process gets exit code 6 from every command", "[memory]") {
  if (kSanitized) return skip("sanitizers start threads of their own");
  // The limit does not bind root.
  std::vector<std::string> as_user;
  if (getuid() == 0) as_user = {"setpriv", "--reuid=65534", "--clear-groups"};
  const auto with = [&](std::vector<std::string> middle, const std::vector<std::string>& command) {
    middle.insert(middle.begin(), as_user.begin(), as_user.end());
    middle.insert(middle.end(), command.begin(), command.end());
    return run(middle);
  };
  if (with({}, {SPARSIGHT_CLI, "--version"}).exit_code != 0) return skip("no other user can run the program here");
  const std::string clip = demo_clip().string();
  for (const std::vector<std::string>& command : {ask(),
                                                  {SPARSIGHT_CLI, "frames", clip},
                                                  {SPARSIGHT_CLI, "info"},
                                                  {SPARSIGHT_CLI, "chat", clip},
                                                  {SPARSIGHT_CLI}}) {
    const Ran none = with({"prlimit", "--nproc=1"}, command);
    CAPTURE(none.err);
    CHECK(none.exit_code == 6);
    CHECK_THAT(none.err, Catch::Contains("no further thread"));
  }
}

}  // namespace
}  // namespace sparsight::test
