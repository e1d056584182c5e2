// The hash of a file covers all its bytes, is read in pieces, and can be stopped between two of them.
#include <catch2/catch.hpp>

#include "core/base/hash.h"
#include "core/base/progress.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <filesystem>
#include <stop_token>
#include <string>

namespace sparsight::test {

TEST_CASE("the hash of a file is that of its bytes", "[hash]") {
  const TempDir temp;
  // Sizes around those of the pieces.
  for (const std::size_t size : {0u, 1u, 1'048'575u, 1'048'576u, 1'048'577u, 3'000'000u}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 997);
    write_file(temp / "file", bytes);
    CHECK(content_hash(temp / "file") == Digest().add(bytes).hex());
  }
  std::filesystem::create_symlink(temp / "file", temp / "link");
  CHECK(content_hash(temp / "link") == content_hash(temp / "file"));
}

TEST_CASE("hashing says why it fails, and can be stopped", "[hash]") {
  const TempDir temp;
  CHECK_THROWS_WITH(content_hash(temp / "none"), Catch::Contains("no such file"));
  CHECK_THROWS_WITH(content_hash(temp / ""), Catch::Contains("a directory"));
  write_file(temp / "file", "some bytes");
  std::stop_source stop;
  CHECK_NOTHROW(content_hash(temp / "file", stop.get_token()));
  stop.request_stop();
  CHECK_THROWS_AS(content_hash(temp / "file", stop.get_token()), Cancelled);
}

}  // namespace sparsight::test
