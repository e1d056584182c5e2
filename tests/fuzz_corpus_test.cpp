// Runs the fuzzers' corpora through the fuzzers' own functions, with any compiler, so that old findings stay fixed.
#include "tests/fuzz/targets.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

using namespace sparsight;

TEST_CASE("the fuzzers' corpora", "[fuzz-corpus]") {
  const auto replay = [](const char* name, std::size_t least, void (*target)(std::span<const std::byte>)) {
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::source_dir() / "tests" / "fuzz" / "corpus" / name)) {
      const std::string content = test::read_file(entry.path());
      INFO(entry.path());
      CHECK_NOTHROW(target(std::as_bytes(std::span(content))));
      ++files;
    }
    CHECK(files >= least);
  };
  replay("safetensors", 11, fuzz::safetensors);
  replay("torch_file", 20, fuzz::torch_file);
  replay("gguf", 32, fuzz::gguf);
  replay("config", 11, fuzz::config);
  replay("tokenizer", 3, fuzz::tokenizer);
  replay("tokenizer_json", 12, fuzz::tokenizer_json);
  replay("trace", 11, fuzz::trace);
  replay("hub", 12, fuzz::hub);
  replay("subtitles", 15, fuzz::subtitles);
}
