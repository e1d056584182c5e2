// Files are written whole or not at all, and never through a link.
#include "core/base/replace_file.h"
#include "core/media/video.h"
#include "core/media/video_writer.h"
#include "core/pruning/trace.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <functional>
#include <thread>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sparsight::test {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

RgbImage grey(int side) {
  RgbImage image;
  image.width = image.height = side;
  image.pixels.assign(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3, 128);
  return image;
}

// Everything that writes a named file.
const std::vector<std::pair<std::string, std::function<void(const fs::path&)>>>& writers() {
  static const std::vector<std::pair<std::string, std::function<void(const fs::path&)>>> all{
      {"a.txt", [](const fs::path& file) { replace_file(file, std::string(100'000, 'x')); }},
      {"a.safetensors",
       [](const fs::path& file) {
         Trace trace;
         trace.strategy = std::string(100'000, 's');
         save_trace(trace, file);
       }},
      {"a.mp4",
       [](const fs::path& file) {
         VideoWriter writer(file, 64, 64, 0.1);
         writer.add(grey(64), 0);
         writer.finish(0.1);
       }},
      {"a.png", [](const fs::path& file) { write_png(grey(64), file); }},
  };
  return all;
}

}  // namespace

TEST_CASE("no other code writes files", "[files]") {
  for (const char* folder : {"app", "core", "kernels"})
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / folder)) {
      const std::string name = fs::relative(entry.path(), source_dir()).string();
      if (entry.path().extension() != ".cpp" || name.starts_with("core/base/os/")) continue;
      const std::string text = read_file(entry.path());
      for (const char* other : {"std::ofstream", "std::fopen", "O_CREAT", "QIODevice::WriteOnly"}) {
        INFO(name << " has " << other << "; use replace_file() or UnfinishedFile");
        CHECK(text.find(other) == std::string::npos);
      }
    }
}

TEST_CASE("a replaced file keeps its permissions; a link is replaced, not followed", "[files]") {
  const TempDir temp;
  fs::create_directories(temp / "out");
  fs::create_directories(temp / "elsewhere");
  for (const auto& [name, write] : writers()) {
    CAPTURE(name);
    const fs::path file = temp / "out" / name, precious = temp / "elsewhere" / name;
    write(file);
    REQUIRE(fs::file_size(file) > 0);
    fs::permissions(file, fs::perms(0600));
    write(file);
    CHECK(fs::status(file).permissions() == fs::perms(0600));
    fs::remove(file);
    write_file(precious, "precious");
    fs::create_symlink(precious, file);
    write(file);
    CHECK(fs::is_regular_file(fs::symlink_status(file)));
    CHECK(read_file(precious) == "precious");
    // A link at the temporary name, had somebody guessed it.
    fs::create_symlink(precious, file.string() + ".part");
    write(file);
    CHECK(read_file(precious) == "precious");
    fs::remove(file.string() + ".part");
  }
  CHECK(names_in(temp / "out") == std::vector<std::string>{"a.mp4", "a.png", "a.safetensors", "a.txt"});
}

TEST_CASE("an input is not replaced, except by who made it", "[files]") {
  const TempDir temp;
  write_file(temp / "given", "1");
  keep_input(temp / "given");
  keep_input(temp / "absent");
  CHECK_THROWS_WITH(replace_file(temp / "given", "2"), Catch::Contains("is read from, and would be lost"));
  CHECK(read_file(temp / "given") == "1");
  replace_file(temp / "absent", "1");
  keep_input(temp / "absent");
  replace_file(temp / "absent", "2");
  CHECK(read_file(temp / "absent") == "2");
}

TEST_CASE("a failed write leaves the old file", "[files]") {
  const TempDir temp;
  for (const auto& [name, write] : writers()) {
    CAPTURE(name);
    const fs::path file = temp / name;
    write_file(file, "former");
    const pid_t child = fork();
    if (child == 0) {
      // A limit on the size of files simulates a full disk.
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{100, 100};
      setrlimit(RLIMIT_FSIZE, &limit);
      try {
        write(file);
        _exit(1);
      } catch (const Error& error) {
        _exit(error.kind() == ErrorKind::File ? 0 : 2);
      } catch (...) {
        _exit(3);
      }
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    CHECK(read_file(file) == "former");
    CHECK_THROWS_AS(write(temp / "none" / name), Error);
    CHECK_THROWS_WITH(write(temp.path()), Catch::Contains("found a folder"));
  }
  CHECK(names_in(temp.path()) == std::vector<std::string>{"a.mp4", "a.png", "a.safetensors", "a.txt"});
}

TEST_CASE("a killed process leaves the old file or the new one", "[files]") {
  const TempDir temp;
  const fs::path file = temp / "a.txt";
  const std::string one(200'000, 'a'), two(300'000, 'b');
  write_file(file, one);
  for (unsigned round = 0; round < 20; ++round) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      for (bool started = false;;) {
        replace_file(file, two);
        replace_file(file, one);
        if (!started && write(ends[1], "x", 1) != 1) _exit(1);
        started = true;
      }
    }
    close(ends[1]);
    char started = 0;
    REQUIRE(read(ends[0], &started, 1) == 1);
    usleep(round * 300);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    const std::string found = read_file(file);
    CHECK((found == one || found == two));
  }
}

TEST_CASE("a target that is not a plain file is written to, not replaced", "[files]") {
  const TempDir temp;
  const fs::path pipe = temp / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::string read;
  std::thread reader([&] { read = read_file(pipe); });
  replace_file(pipe, "through a pipe");
  reader.join();
  CHECK(read == "through a pipe");
  CHECK(fs::is_fifo(pipe));
  CHECK_NOTHROW(replace_file("/dev/null", "x"));
  CHECK(fs::is_character_file("/dev/null"));
  // Standard output named as a file: neither it nor the link is replaced.
  const std::string cli = SPARSIGHT_CLI, database = (temp / "chats.db").string();
  write_file(temp / "empty.json", R"({"format": "sparsight-sessions", "version": 1, "sessions": []})");
  REQUIRE(run({cli, "sessions", "--database", database, "import", (temp / "empty.json").string()}).exit_code == 0);
  CHECK_THAT(run({"sh", "-c",
                  cli + " sessions --database " + database + " export --out /dev/stdout > " + (temp / "out").string() +
                      " && cat " + (temp / "out").string()})
                 .out,
             Catch::Contains("sparsight-sessions"));
  CHECK(fs::is_symlink("/dev/stdout"));
}

}  // namespace sparsight::test
