// What distinguishes models.
#include "core/model/model_identity.h"

#include <catch2/catch.hpp>

#include "core/base/os/os.h"
#include "core/engine.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

// Other content of the same size, with the time of the last change as before.
void flip_a_byte(const fs::path& file, std::streamoff at) {
  const auto before = fs::last_write_time(file);
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekg(at);
  const char old = static_cast<char>(out.get());
  out.seekp(at);
  out.put(static_cast<char>(old ^ 1));
  out.close();
  fs::last_write_time(file, before);
}

TEST_CASE("model hash: the same wherever a model is, different for any other model", "[model_identity]") {
  const test::TempDir temp;
  test::copy_demo_model(temp / "a");
  test::copy_demo_model(temp / "elsewhere");
  const HashCache none;
  const std::string hash = model_hash(temp / "a", {}, none);
  CHECK(hash.size() == 32);
  CHECK(model_hash(temp / "elsewhere", {}, none) == hash);
  CHECK(model_hash(temp / "a", Weights::open(temp / "a"), {}, none) == hash);

  SECTION("one bit of the weights") {
    const fs::path weights = temp / "a" / "model.safetensors";
    flip_a_byte(weights, static_cast<std::streamoff>(fs::file_size(weights)) - 1);
  }
  SECTION("one bit of a vocabulary") { flip_a_byte(temp / "a" / "tokenizer.model", 5000); }
  SECTION("a configuration") {
    test::write_file(temp / "a" / "config.json", test::read_file(temp / "a" / "config.json") + " ");
  }
  SECTION("a file that was not there") { test::write_file(temp / "a" / "added_tokens.json", "{}"); }
  CHECK(model_hash(temp / "a", {}, none) != hash);
  CHECK(model_hash(temp / "elsewhere", {}, none) == hash);
}

TEST_CASE("model hash: other files beside a model do not count", "[model_identity]") {
  const test::TempDir temp;
  test::copy_demo_model(temp / "a");
  const std::string hash = model_hash(temp / "a", {}, {});
  test::write_file(temp / "a" / "README.txt", "a note");
  CHECK(model_hash(temp / "a", {}, {}) == hash);
}

// Files that have just changed are not cached: the stamp of an older one is the same in every run.
void make_old(const fs::path& dir, const fs::path& cache, const std::string& in_cache) {
  const fs::path file = fs::canonical(dir / "model.safetensors");
  test::write_file(cache, fmt::format(R"({{"{}": {{"stamp": "{}", "hash": "{}"}}}})", file.string(),
                                      os::stamp_of(file).value().str(), in_cache));
}

TEST_CASE("model hash: a large file is read once, until it changes", "[model_identity]") {
  const test::TempDir temp;
  test::copy_demo_model(temp / "a");
  const HashCache cache{temp / "cache" / "hashes.json", 1};
  const std::string hash = model_hash(temp / "a", {}, {});
  CHECK(model_hash(temp / "a", {}, cache) == hash);

  // The cache is trusted as long as the stamp is the same ...
  fs::create_directories(temp / "cache");
  const std::string other(32, 'a');
  make_old(temp / "a", cache.file, other);
  const std::string told = model_hash(temp / "a", {}, cache);
  CHECK(told != hash);
  // ... but not for a file that was written, although size and time are the same.
  const fs::path weights = temp / "a" / "model.safetensors";
  flip_a_byte(weights, static_cast<std::streamoff>(fs::file_size(weights)) - 1);
  CHECK(model_hash(temp / "a", {}, cache) == model_hash(temp / "a", {}, {}));
  CHECK(model_hash(temp / "a", {}, cache) != told);

  SECTION("small files are always hashed") {
    make_old(temp / "a", cache.file, other);
    CHECK(model_hash(temp / "a", {}, {cache.file, std::uint64_t{1} << 40}) == model_hash(temp / "a", {}, {}));
  }
  SECTION("a cache that is damaged or cannot be written is ignored") {
    for (const char* text : {"", "{", "[]", R"({"x": 3})", "{\"\": null}"}) {
      test::write_file(cache.file, text);
      CHECK(model_hash(temp / "a", {}, cache) == model_hash(temp / "a", {}, {}));
    }
    CHECK(model_hash(temp / "a", {}, {"/proc/nowhere/hashes.json", 1}) == model_hash(temp / "a", {}, {}));
  }
}

TEST_CASE("model hash: a file that has been there for a while is kept in the cache", "[model_identity]") {
  const test::TempDir temp;
  const fs::path weights = test::demo_model() / "model.safetensors";
  const FileStamp stamp = os::stamp_of(weights).value();
  struct ::timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec - stamp.changed_ns / 1'000'000'000 < 10) return test::skip("the demo model was written just now");
  const HashCache cache{temp / "new" / "hashes.json", 1};
  const std::string hash = model_hash(test::demo_model(), {}, cache);
  const std::string kept = test::read_file(cache.file);
  CHECK(kept.find(fs::canonical(weights).string()) != std::string::npos);
  CHECK(model_hash(test::demo_model(), {}, cache) == hash);
}

TEST_CASE("model hash: it can be stopped", "[model_identity]") {
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(model_hash(test::demo_model(), stop.get_token(), {}), Cancelled);
}

TEST_CASE("model hash: an engine has that of its model", "[model_identity]") {
  std::string told;
  std::string waited;
  {
    const auto engine =
        Engine::load({.model = test::demo_model(), .backend = cpu_backend(), .on_hash = [&](const std::string& hash) {
                        told = hash;
                      }});
    waited = engine->model_hash();
  }
  CHECK(waited == model_hash(test::demo_model()));
  CHECK(told == waited);
}

}  // namespace
}  // namespace sparsight
