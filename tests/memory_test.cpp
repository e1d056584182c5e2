// With too little memory, or no more threads, the program says so and ends with exit code 6; it never aborts.
#include <catch2/catch.hpp>

#include "core/chat/store.h"
#include "kernels/out_of_memory.h"
#include "tests/media.h"
#include "tests/support.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>
#include <set>
#include <system_error>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // their shadow memory is larger than any limit
#else
constexpr bool kSanitized = false;
#endif

namespace sparsight::test {
namespace {

std::vector<std::string> ask() {
  return {SPARSIGHT_CLI, "ask", demo_clip().string(), "Which way does the star move?", "--max-new-tokens", "4"};
}

std::string picture(const char* name) { return (source_dir() / "tests/data/pictures" / name).string(); }

std::vector<std::string> limited(const std::string& limit, std::vector<std::string> command) {
  command.insert(command.begin(), {"timeout", "600", "prlimit", limit});
  return command;
}

TEST_CASE("memory: which exceptions mean too little of it", "[memory]") {
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
        {SPARSIGHT_CLI, "frames", picture("photo.heic"), "--out", (temp / "heic").string()},
        {SPARSIGHT_CLI, "frames", picture("turned.avif"), "--out", (temp / "avif").string()},
        {SPARSIGHT_CLI, "sessions", "list", "--database", database}}) {
    const Ran free = run(command);
    REQUIRE(free.exit_code == 0);
    std::set<int> seen;
    // From limits at which the program cannot even be loaded to those at which it lacks nothing, in steps of a twelfth.
    for (rlim_t mib = 40; mib < 6000; mib += mib / 12) {
      const Ran ran = run(limited("--as=" + std::to_string(mib << 20), command));
      CAPTURE(command, mib, ran.err);
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

TEST_CASE("memory: without new threads the program answers, or ends with exit code 6", "[memory]") {
  if (kSanitized) return skip("sanitizers start threads of their own");
  // Thread stacks so large that the address space holds only some of them.
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
  // Root is not bound by the limit.
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

TEST_CASE("memory: with few threads left pictures and videos are decoded, or the program ends with exit code 6",
          "[memory]") {
  if (kSanitized) return skip("sanitizers start threads of their own");
  std::vector<std::string> as_user{"timeout", "120"};
  if (getuid() == 0) as_user.insert(as_user.end(), {"setpriv", "--reuid=65534", "--clear-groups"});
  const auto with = [&](std::vector<std::string> command) {
    command.insert(command.begin(), as_user.begin(), as_user.end());
    return run(command);
  };
  if (with({SPARSIGHT_CLI, "--version"}).exit_code != 0) return skip("no other user can run the program here");
  std::vector<std::string> clips{picture("photo.heic"), picture("turned.avif"), demo_clip().string()};
  const TempDir dir;
  std::filesystem::permissions(dir.path(), std::filesystem::perms::all);
  if (have_ffmpeg()) {
    make_clip("-f lavfi -i testsrc2=size=96x64:rate=5 -t 1 -c:v libaom-av1 -cpu-used 8", dir / "av1.mp4");
    clips.push_back(dir / "av1.mp4");
  }
  for (const std::string& clip : clips) {
    int last = 6;
    // Others may start processes of this user too, so the limit at which everything works is unknown.
    for (int processes = 1; processes < 100'000 && last != 0; processes += 1 + processes / 4) {
      const Ran ran = with({"prlimit", "--nproc=" + std::to_string(processes), SPARSIGHT_CLI, "ask", clip,
                            "What happens?", "--max-new-tokens", "1", "--threads", "1"});
      CAPTURE(clip, processes, ran.err);
      last = ran.exit_code;
      CHECK((last == 0 || last == 6));
    }
    CHECK(last == 0);
  }
}

}  // namespace
}  // namespace sparsight::test
