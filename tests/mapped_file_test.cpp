// Mapped files that are truncated, written or removed while in use: an error, never the end of the program.
#include "core/base/mapped_file.h"

#include <catch2/catch.hpp>

#include "core/chat/store.h"
#include "core/engine.h"
#include "core/model/quantise.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::size_t sum_of(std::span<const std::byte> bytes) {
  std::size_t sum = 0;
  for (const std::byte byte : bytes) sum += std::to_integer<std::size_t>(byte);
  return sum;
}

fs::path copy_of_demo(const fs::path& to) {
  fs::copy(test::demo_model(), to);
  return to;
}

template <typename Call>
std::string error_of(ErrorKind kind, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  return "no error";
}

TEST_CASE("mapped file: a truncated file reads as zeros, on any thread, and is reported", "[mapped_file]") {
  const test::TempDir temp;
  const fs::path path = temp / "file";
  test::write_file(path, std::string(8 * kMiB, '\1'));
  const MappedFile file = MappedFile::open(path);
  CHECK(sum_of(file.bytes()) == 8 * kMiB);
  file.check();
  fs::resize_file(path, 3 * kMiB);
  std::vector<std::thread> readers;
  std::vector<std::size_t> sums(4);
  for (std::size_t i = 0; i < sums.size(); ++i)
    readers.emplace_back([&, i] { sums[i] = sum_of(file.bytes().subspan(i * 2 * kMiB, 2 * kMiB)); });
  for (std::thread& reader : readers) reader.join();
  CHECK(sums == std::vector<std::size_t>{2 * kMiB, kMiB, 0, 0});
  CHECK_THAT(error_of(ErrorKind::File, [&] { file.check(); }), Contains(path.string()) && Contains("became shorter"));
  // A file that is complete again is still reported: zeros were read.
  fs::resize_file(path, 8 * kMiB);
  CHECK_THROWS_AS(file.check(), Error);
  MappedFile::open(path).check();
  static_cast<void>(file.populate(file.bytes(), {}));
}

TEST_CASE("mapped file: a fault in one file does not affect others", "[mapped_file]") {
  const test::TempDir temp;
  for (const char* name : {"a", "b", "c"}) test::write_file(temp / name, std::string(kMiB, '\1'));
  std::vector<MappedFile> files;
  for (const char* name : {"a", "b", "c"}) files.push_back(MappedFile::open(temp / name));
  fs::resize_file(temp / "b", 0);
  CHECK(sum_of(files[1].bytes()) == 0);
  CHECK_THROWS_AS(files[1].check(), Error);
  CHECK(sum_of(files[0].bytes()) == kMiB);
  CHECK(sum_of(files[2].bytes()) == kMiB);
  files[0].check();
  files[2].check();
  // A mapping at the same address as a removed one starts without its faults.
  for (int i = 0; i < 100; ++i) {
    files.erase(files.begin() + 1);
    files.push_back(MappedFile::open(temp / "a"));
    files.back().check();
  }
}

TEST_CASE("mapped file: a removed or replaced file stays what it was, a written one is reported", "[mapped_file]") {
  const test::TempDir temp;
  test::write_file(temp / "file", std::string(kMiB, '\1'));
  const MappedFile file = MappedFile::open(temp / "file");
  SECTION("removed") { fs::remove(temp / "file"); }
  SECTION("replaced") {
    test::write_file(temp / "other", std::string(kMiB, '\2'));
    fs::rename(temp / "other", temp / "file");
  }
  SECTION("written") {
    test::write_file(temp / "file", std::string(kMiB, '\2'));
    fs::last_write_time(temp / "file", fs::file_time_type::clock::now() + std::chrono::seconds(2));
    CHECK_THAT(error_of(ErrorKind::File, [&] { file.check_unchanged(); }), Contains("changed"));
    return;
  }
  file.check_unchanged();
  CHECK(sum_of(file.bytes()) == kMiB);
}

// Runs `function` in a process of its own; returns how that ended.
template <typename Work>
int status_of(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    ::close(STDERR_FILENO);  // hides what a sanitizer prints
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_CASE("mapped file: faults elsewhere still end the program", "[mapped_file]") {
  const test::TempDir temp;
  test::write_file(temp / "file", std::string(kMiB, '\1'));
  const MappedFile guarded = MappedFile::open(temp / "file");
  const auto died = [](int status) { return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0); };
  CHECK(died(status_of([&] {
    test::write_file(temp / "own", std::string(kMiB, '\1'));
    FILE* own = std::fopen((temp / "own").c_str(), "rb");
    auto* at = static_cast<const volatile char*>(::mmap(nullptr, kMiB, PROT_READ, MAP_PRIVATE, fileno(own), 0));
    fs::resize_file(temp / "own", 0);
    static_cast<void>(at[kMiB / 2]);
  })));
  CHECK(died(status_of([] { ::kill(::getpid(), SIGBUS); })));
  CHECK_FALSE(died(status_of([&] {
    fs::resize_file(temp / "file", 0);
    if (sum_of(guarded.bytes()) != 0) _exit(1);
  })));
}

TEST_CASE("engine: a model truncated while it answers is an error, and so are all later questions", "[mapped_file]") {
  const test::TempDir temp;
  const fs::path model = copy_of_demo(temp / "model");
  const fs::path weights = model / "model.safetensors";
  const auto engine = Engine::load({.model = model, .backend = cpu_backend()});
  static_cast<void>(engine->model_hash());
  const Clip clip = read_clip(test::demo_clip());
  const auto media = engine->encode(clip);
  Question question{.media = media, .system = {}, .turns = {{"Which way does the star move?", ""}}, .sampling = {}};
  const Answer before = engine->answer(question);
  std::string said;
  const auto say = [&](std::string_view text) { said += text; };
  question.reuse = false;
  SECTION("after the first layer") {
    question.on_trace = [&](const Trace& trace) {
      if (trace.layers.size() == 1) fs::resize_file(weights, 4096);
    };
    CHECK_THAT(error_of(ErrorKind::File, [&] { (void)engine->answer(question, say); }), Contains(weights.string()));
    CHECK(said.empty());
  }
  SECTION("between two tokens") {
    std::size_t words = 0;
    const auto cut = [&](std::string_view text) {
      said += text;
      if (++words == 2) fs::resize_file(weights, 0);
    };
    CHECK_THAT(error_of(ErrorKind::File, [&] { (void)engine->answer(question, cut); }), Contains(weights.string()));
    CHECK(before.text.starts_with(said.substr(0, said.find_last_not_of(' ') + 1)));
  }
  SECTION("while frames are encoded") {
    const Control control{[&](const Progress& now) {
                            if (now.stage == Stage::Vision && now.done == 1) fs::resize_file(weights, 4096);
                          },
                          {}};
    CHECK_THAT(error_of(ErrorKind::File, [&] { (void)engine->encode(clip, control); }), Contains(weights.string()));
  }
  question.on_trace = {};
  CHECK_THROWS_AS(engine->answer(question), Error);
  CHECK_THROWS_AS(engine->encode(clip), Error);

  // The whole file again, loaded anew.
  fs::remove(weights);
  fs::copy_file(test::demo_model() / "model.safetensors", weights);
  const auto again = Engine::load({.model = model, .backend = cpu_backend()});
  question.media = again->encode(clip);
  CHECK(again->answer(question).text == before.text);
}

TEST_CASE("engine: a model overwritten in place gives no answer", "[mapped_file]") {
  const test::TempDir temp;
  const fs::path model = copy_of_demo(temp / "model");
  const auto engine = Engine::load({.model = model, .backend = cpu_backend()});
  const Question question{.media = nullptr, .system = {}, .turns = {{"What is there?", ""}}, .sampling = {}};
  static_cast<void>(engine->answer(question));
  const std::string content = test::read_file(model / "model.safetensors");
  test::write_file(model / "model.safetensors", content);
  fs::last_write_time(model / "model.safetensors", fs::file_time_type::clock::now() + std::chrono::seconds(2));
  CHECK_THAT(error_of(ErrorKind::File, [&] { (void)engine->answer(question); }), Contains("changed while"));
}

TEST_CASE("engine: weights that become NaN while they are used are reported as a changed file", "[mapped_file]") {
  const test::TempDir temp;
  const fs::path model = copy_of_demo(temp / "model"), weights = model / "model.safetensors";
  const Question question{.media = nullptr, .system = {}, .turns = {{"What is there?", ""}}, .sampling = {}};
  const auto damage = [&] {  // in place, of the same size: all numbers are NaN
    const std::string content = test::read_file(weights);
    std::uint64_t header = 0;
    std::memcpy(&header, content.data(), sizeof header);
    const auto begin = static_cast<std::streamoff>(sizeof header + header);
    std::fstream out(weights, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(begin);
    const std::string ones(content.size() - static_cast<std::size_t>(begin), '\xff');
    out.write(ones.data(), static_cast<std::streamsize>(ones.size()));
    out.close();
    fs::last_write_time(weights, fs::file_time_type::clock::now() + std::chrono::seconds(2));
  };
  const auto engine = Engine::load({.model = model, .backend = cpu_backend()});
  static_cast<void>(engine->model_hash());
  int tokens = 0;
  const Control meanwhile{[&](const Progress& now) {
                            if (now.stage == Stage::Generate && tokens++ == 0) damage();
                          },
                          {}};
  CHECK_THAT(error_of(ErrorKind::File, [&] { (void)engine->answer(question, {}, meanwhile); }),
             Contains("changed while") && Contains(weights.string()));
  CHECK(tokens > 0);
  // The same while quantising.
  fs::remove(weights);
  fs::copy_file(test::demo_model() / "model.safetensors", weights);
  CHECK_THAT(error_of(ErrorKind::File,
                      [&] {
                        int quantised = 0;
                        quantise_checkpoint(model, Quantisation::Int8, temp / "out", {}, [&](const QuantisedTensor&) {
                          if (++quantised == 3) damage();
                        });
                      }),
             Contains("changed while") && Contains(weights.string()));
}

TEST_CASE("quantise: a model truncated or written meanwhile is an error", "[mapped_file][quantise]") {
  const test::TempDir temp;
  const fs::path model = copy_of_demo(temp / "model");
  const fs::path weights = model / "model.safetensors";
  static_cast<void>(quantise_checkpoint(model, Quantisation::Int8, temp / "right"));
  std::size_t tensors = 0;
  const auto after_twenty = [&](const auto& damage) {
    tensors = 0;
    return error_of(ErrorKind::File, [&] {
      quantise_checkpoint(model, Quantisation::Int8, temp / "out", {}, [&](const QuantisedTensor&) {
        if (++tensors == 20) damage();
      });
    });
  };
  CHECK_THAT(after_twenty([&] { fs::resize_file(weights, 100'000); }),
             Contains(weights.string()) && Contains("became shorter"));
  CHECK_FALSE(fs::exists(temp / "out"));
  fs::remove(weights);
  fs::copy_file(test::demo_model() / "model.safetensors", weights);
  CHECK_THAT(
      after_twenty([&] { fs::last_write_time(weights, fs::file_time_type::clock::now() + std::chrono::seconds(2)); }),
      Contains("changed while"));
  CHECK_FALSE(fs::exists(temp / "out"));
  // Once the file is complete again, quantising continues: none of the zeros were kept.
  const QuantiseResult result = quantise_checkpoint(model, Quantisation::Int8, temp / "out");
  CHECK(result.resumed > 0);
  CHECK(test::read_file(temp / "out" / "model.safetensors") == test::read_file(temp / "right" / "model.safetensors"));
}

}  // namespace
}  // namespace sparsight
