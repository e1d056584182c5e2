// Checkpoints as int8 and int4: they read back, answer, and continue where a killed run stopped.
#include <catch2/catch.hpp>

#include "core/base/file_lock.h"
#include "core/engine.h"
#include "core/model/config.h"
#include "core/model/quantise.h"
#include "core/model/safetensors.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <csignal>
#include <set>
#include <sstream>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

std::string weights_of(const fs::path& dir) { return read_file(dir / "model.safetensors"); }

const char* name_of_kind(Quantisation to) { return to == Quantisation::Int8 ? "int8" : "int4"; }

bool same_bytes(HostView a, HostView b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

}  // namespace

TEST_CASE("a quantised checkpoint has the same model in fewer bytes", "[quantise]") {
  const TempDir temp;
  const Weights before = Weights::open(demo_model());
  const ModelConfig config = read_config(demo_model());
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const fs::path out = temp / (to == Quantisation::Int8 ? "int8" : "int4");
    std::size_t reports = 0;
    const QuantiseResult result = quantise_checkpoint(demo_model(), to, out,
                                                      {[&](const Progress& p) {
                                                         CHECK(p.stage == Stage::Quantise);
                                                         ++reports;
                                                       },
                                                       {}});
    CHECK(reports == before.names().size() + 1);
    const std::size_t matrices = config.text.layers * 7 + 1 + 2 * config.vision.layers * 6 + 2;
    CHECK(result.tensors.size() == matrices);
    CHECK(result.bytes_after < result.bytes_before);
    CHECK_FALSE(fs::exists(out.string() + ".part"));
    CHECK(fs::exists(out / "config.json"));
    CHECK(read_file(out / "tokenizer.model") == read_file(demo_model() / "tokenizer.model"));
    const Weights after = Weights::open(out);
    CHECK(after.parameters() == before.parameters());
    CHECK(after.bytes() == result.bytes_after);
    const std::string name = "model.language_model.layers.1.mlp.gate_proj.weight";
    const Shape shape{config.text.intermediate, config.text.hidden};
    const HostWeight matrix = after.matrix(name, shape);
    CHECK(matrix.quantised());
    CHECK(matrix.int4() == (to == Quantisation::Int4));
    CHECK_FALSE(after.matrix("lm_head.weight", Shape{config.text.vocab, config.text.hidden}).int4());
    CHECK_THROWS_WITH((void)after.get(name, shape), Catch::Contains("F32, F16 or BF16"));
    for (const QuantisedTensor& t : result.tensors) {
      CAPTURE(t.name);
      CHECK(t.error > 0);
      CHECK(t.error < (t.to == Quantisation::Int8 ? 0.02 : 0.12));
    }
    // The file alone says what a backend with another order needs.
    const SafetensorsFile file = parse_safetensors(after.files().at(0).bytes, "out");
    CHECK(file.metadata.at(kQuantisedKey) == name_of_kind(to));
    CHECK(file.metadata.at(kLayoutKey) == kQuantisedLayout);
    const QuantisedRows rows = unpack(matrix);
    const QuantisedWeights again = quantise(before.get(name, shape), to);
    const QuantisedRows wanted = unpack(again.view());
    CHECK(rows.values.shape() == shape);
    CHECK(same_bytes(rows.values, wanted.values));
    CHECK(same_bytes(rows.scales, wanted.scales));
    CHECK(same_bytes(rows.block_scales, wanted.block_scales));
    // Embeddings are unchanged.
    const std::string embeddings = "model.language_model.embed_tokens.weight";
    const Shape table{config.text.vocab, config.text.hidden};
    CHECK(std::memcmp(after.get(embeddings, table).data(), before.get(embeddings, table).data(),
                      after.get(embeddings, table).bytes()) == 0);
    CHECK_THROWS_WITH(quantise_checkpoint(out, to, temp / "again"), Catch::Contains("found a quantised one"));
    CHECK_THROWS_WITH(quantise_checkpoint(demo_model(), to, out), Catch::Contains("already exists"));
  }
}

TEST_CASE("a quantised model answers as the model does, pruned too, on any number of threads", "[quantise]") {
  const TempDir temp;
  const Clip clip = read_clip(demo_clip(), {});
  for (const Quantisation to : {Quantisation::Int8, Quantisation::Int4}) {
    const fs::path out = temp / (to == Quantisation::Int8 ? "int8" : "int4");
    static_cast<void>(quantise_checkpoint(demo_model(), to, out));
    std::vector<std::vector<std::int32_t>> ids;
    for (const std::size_t threads : {1, 2}) {
      const auto engine = Engine::load({.model = out, .backend = cpu_backend({.threads = threads})});
      Question question{.media = engine->encode(clip),
                        .system = {},
                        .turns = {{"Which way does the star move?", ""}},
                        .sampling = {}};
      const Answer whole = engine->answer(question);
      CHECK(whole.text == "The star moves left.");
      question.pruning = {.strategy = "sparsevlm-plus", .budget = parse_budget("25%")};
      const Answer pruned = engine->answer(question);
      CHECK(pruned.text == "The star moves left.");
      ids.push_back(whole.generated_ids);
      ids.push_back(pruned.generated_ids);
    }
    CHECK(ids[0] == ids[2]);
    CHECK(ids[1] == ids[3]);
  }
}

namespace {

// Stops the demo model's way to int4: that is no error, and leaves what the next run goes on from.
void stop_at_tensor(std::size_t tensor, const fs::path& out) {
  std::stop_source stop;
  const Control control{[&](const Progress& p) {
                          if (p.done == tensor) stop.request_stop();
                        },
                        stop.get_token()};
  fs::remove_all(out);
  CHECK_THROWS_AS(quantise_checkpoint(demo_model(), Quantisation::Int4, out, control), Cancelled);
  CHECK_FALSE(fs::exists(out));
}

}  // namespace

TEST_CASE("quantising continues where a killed run stopped", "[quantise]") {
  const TempDir temp;
  const QuantiseResult at_once = quantise_checkpoint(demo_model(), Quantisation::Int4, temp / "whole");
  const std::string whole = weights_of(temp / "whole");
  const fs::path out = temp / "out", part = temp / "out.part";
  for (std::size_t i = 0; i < 6; ++i) {  // six times, each time further on
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const Control control{[i](const Progress& p) {
                              if (p.done >= 10 * i) raise(SIGKILL);
                            },
                            {}};
      try {
        static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int4, out, control));
      } catch (...) {
      }
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK_FALSE(fs::exists(out));
  }
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int4, out));
  CHECK(weights_of(out) == whole);
  CHECK_FALSE(fs::exists(part));

  CHECK_FALSE(fs::exists(out / "errors"));

  stop_at_tensor(60, out);
  const QuantiseResult resumed = quantise_checkpoint(demo_model(), Quantisation::Int4, out);
  CHECK(resumed.resumed == 61);  // a stop takes effect between two tensors
  REQUIRE(resumed.tensors.size() == at_once.tensors.size());
  for (std::size_t i = 0; i < resumed.tensors.size(); ++i) {
    CHECK(resumed.tensors[i].name == at_once.tensors[i].name);
    CHECK(resumed.tensors[i].error == at_once.tensors[i].error);
  }
  CHECK(weights_of(out) == whole);

  // Truncated in the middle of a tensor, or without its error: that tensor is written again.
  for (const bool cut_errors : {false, true}) {
    stop_at_tensor(60, out);
    const fs::path cut = part / (cut_errors ? "errors" : "model.safetensors");
    fs::resize_file(cut, fs::file_size(cut) - 9);
    CHECK(quantise_checkpoint(demo_model(), Quantisation::Int4, out).resumed == 60);
    CHECK(weights_of(out) == whole);
  }

  // Bytes that are not those that were written, as after a loss of power.
  for (const double place : {0.3, 0.9}) {
    stop_at_tensor(60, out);
    std::string damaged = read_file(part / "model.safetensors");
    char& bad = damaged[static_cast<std::size_t>(place * static_cast<double>(damaged.size()))];
    bad = static_cast<char>(bad ^ 1);
    write_file(part / "model.safetensors", damaged);
    const QuantiseResult mended = quantise_checkpoint(demo_model(), Quantisation::Int4, out);
    CHECK(mended.damaged);
    CHECK(mended.resumed < 61);
    CHECK(mended.resumed > 0);
    CHECK(weights_of(out) == whole);
    fs::remove_all(out);
  }
  CHECK_FALSE(resumed.damaged);

  CHECK_FALSE(resumed.discarded);
}

// What another run left is of no use then: integers of another kind, or of another model with the same shapes.
TEST_CASE("quantising is refused before it begins where the disk has no room", "[quantise]") {
  const TempDir temp;
  const fs::path disk = temp / "disk";
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) return skip("no file system can be mounted here");
  const Ran ran = run({SPARSIGHT_CLI, "quantize", demo_model(), "--to", "int8", "--out", disk / "out"});
  const bool nothing =
      !fs::exists(disk / "out.part/model.safetensors") || fs::file_size(disk / "out.part/model.safetensors") == 0;
  ::umount(disk.c_str());
  CHECK(ran.exit_code != 0);
  CHECK_THAT(ran.err, Catch::Contains("GiB are still to be written") && Catch::Contains("GiB are free on this disk"));
  CHECK(nothing);
}

TEST_CASE("a folder whose weights are no model's is not quantised", "[quantise]") {
  const TempDir temp;
  copy_demo_model(temp / "model");
  write_file(temp / "model/model.safetensors",
             std::string("\x4c\0\0\0\0\0\0\0", 8) +
                 R"({"scores":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}              )" +
                 std::string(24, '\0'));
  CHECK_THROWS_WITH(quantise_checkpoint(temp / "model", Quantisation::Int8, temp / "out"),
                    Catch::Contains("none that can be quantised"));
  CHECK_FALSE(fs::exists(temp / "out"));
  CHECK_FALSE(fs::exists(temp / "out.part"));
}

TEST_CASE("quantising starts over for another kind and another model", "[quantise]") {
  const TempDir temp;
  const fs::path out = temp / "out";
  stop_at_tensor(60, out);
  const QuantiseResult other_kind = quantise_checkpoint(demo_model(), Quantisation::Int8, out);
  CHECK(other_kind.resumed == 0);
  CHECK(other_kind.discarded);

  const fs::path other = temp / "other";
  fs::copy(demo_model(), other);
  std::string negated = weights_of(other);
  for (std::size_t i = negated.size() / 2; i < negated.size(); i += 2)
    negated[i] = static_cast<char>(negated[i] ^ 0x40);
  const auto written = fs::last_write_time(other / "model.safetensors");
  write_file(other / "model.safetensors", negated);
  fs::last_write_time(other / "model.safetensors", written);
  static_cast<void>(quantise_checkpoint(other, Quantisation::Int4, temp / "right"));
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int4, temp / "whole"));
  stop_at_tensor(60, out);
  const QuantiseResult other_model = quantise_checkpoint(other, Quantisation::Int4, out);
  CHECK(other_model.resumed == 0);
  CHECK(other_model.discarded);
  CHECK(weights_of(out) == weights_of(temp / "right"));
  CHECK(weights_of(out) != weights_of(temp / "whole"));
}

TEST_CASE("quantising writes to the named folder, however its path is written", "[quantise]") {
  const TempDir temp;
  const std::string out = (temp / "out").string();
  CHECK(quantise_checkpoint(demo_model(), Quantisation::Int8, out + "//").tensors.size() > 0);
  CHECK(fs::exists(temp / "out" / "model.safetensors"));
  CHECK(std::distance(fs::directory_iterator(temp.path()), {}) == 1);
  std::set<std::string> files;
  for (const auto& file : fs::directory_iterator(temp / "out")) files.insert(file.path().filename());
  CHECK_FALSE(files.contains("lock"));
  CHECK_FALSE(files.contains("source"));
  const fs::path before = fs::current_path();
  fs::current_path(temp.path());
  for (const char* name : {"", ".", "..", "/", "./", "../"}) {
    CAPTURE(name);
    try {
      quantise_checkpoint(demo_model(), Quantisation::Int8, name);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK((error.kind() == ErrorKind::Usage || error.kind() == ErrorKind::File));
    }
  }
  fs::current_path(before);
  CHECK_FALSE(fs::exists(temp / ".part"));
  CHECK_THROWS_WITH(quantise_checkpoint(demo_model() / "model.safetensors", Quantisation::Int8, temp / "of a file"),
                    Catch::Contains("this is a file of a model"));
  CHECK_FALSE(fs::exists(temp / "of a file.part"));
}

TEST_CASE("quantising: the second of two at once is told about the first", "[quantise]") {
  const TempDir temp;
  const std::string out = (temp / "out").string();
  bool tried = false;
  const auto second = [&](const QuantisedTensor&) {
    if (std::exchange(tried, true)) return;
    for (const char* kind : {"int8", "int4"}) {
      const Ran ran = run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", kind, "--out", out + "/"});
      CHECK(ran.exit_code == 2);
      CHECK_THAT(ran.err, Catch::Contains(fmt::format("process {} on this machine is working on it", getpid())));
    }
  };
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int8, out, {}, second));
  CHECK(tried);
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int8, temp / "right"));
  CHECK(weights_of(out) == weights_of(temp / "right"));
}

TEST_CASE("a lock blocks nobody once its owner is gone", "[quantise]") {
  const TempDir temp;
  const fs::path file = temp / "lock";
  {
    const FileLock lock(file, "x");
    CHECK_THROWS_WITH(FileLock(file, "the thing"),
                      Catch::Contains("the thing: process ") && Catch::Contains("this machine"));
  }
  CHECK_FALSE(fs::exists(file));
  // A killed one leaves its file.
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const FileLock lock(file, "x");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  CHECK(fs::exists(file));
  { const FileLock lock(file, "x"); }
  CHECK_FALSE(fs::exists(file));
  // Content that a lock does not write is not trusted.
  write_file(file, "-1 \x1b[31mred");
  { const FileLock lock(file, "x"); }
  fs::create_symlink(temp / "elsewhere", file);
  CHECK_THROWS_AS(FileLock(file, "x"), Error);
  CHECK_FALSE(fs::exists(temp / "elsewhere"));
}

TEST_CASE("a quantised checkpoint with parts that are missing or misshapen is refused by name", "[quantise]") {
  const auto refused = [](const std::string& gone, std::optional<std::pair<std::string, HostTensor>> put,
                          const std::string& expected) {
    std::map<std::string, HostTensor> tensors =
        quantised_tensors("layers.0.mlp.up_proj.weight", HostTensor::zeros(Shape{4, 64}), Quantisation::Int4);
    tensors.erase(gone);
    if (put) tensors.insert_or_assign(put->first, std::move(put->second));
    const Weights weights = Weights::of(std::move(tensors));
    CHECK_THROWS_WITH((void)weights.matrix("model.language_model.layers.0.mlp.up_proj.weight", Shape{4, 64}),
                      Catch::Contains(expected));
  };
  const std::string name = "layers.0.mlp.up_proj.weight";
  refused(name + "_scale", {}, "up_proj.weight_scale: expected [1, 16]");
  refused(name + "_block_scale", {}, "up_proj.weight: expected [1, 16, 64]");
  refused("", std::pair(name + "_block_scale", HostTensor::zeros(Shape{1, 3, 16}, DType::I8)), "expected [1, 2, 16]");
  refused("", std::pair(name + "_scale", HostTensor::zeros(Shape{1, 16}, DType::BF16)), "expected F32");
  refused("", std::pair(name, HostTensor::zeros(Shape{1, 7, 64}, DType::U8)), "expected [1, 8, 64]");
}

TEST_CASE("quantised weights in an order that nobody reads are refused", "[quantise]") {
  const TempDir temp;
  static_cast<void>(quantise_checkpoint(demo_model(), Quantisation::Int8, temp / "int8"));
  const fs::path file = temp / "int8" / "model.safetensors";
  std::string content = read_file(file);
  const std::size_t at = content.find(kQuantisedLayout);
  REQUIRE(at < 200);
  content.replace(at, 6, "tables");
  write_file(file, content);
  CHECK_THROWS_WITH(
      (void)Weights::open(temp / "int8"),
      Catch::Contains("model.safetensors: its quantised weights are laid out as \"tables of 16 outputs\""));
}

TEST_CASE("quantize on the command line", "[quantise]") {
  const TempDir temp;
  const std::string out = (temp / "int8").string();
  const Ran ran = run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int8", "--out", out});
  CHECK(ran.exit_code == 0);
  CHECK_THAT(ran.out, Catch::Contains("mlp.down_proj") && Catch::Contains("of weights are now"));
  CHECK(run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int8", "--out", out}).exit_code == 3);
  CHECK(run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int3", "--out", out + "3"}).exit_code == 2);
  CHECK(run({SPARSIGHT_CLI, "quantize", (temp / "none").string(), "--to", "int4", "--out", out + "4"}).exit_code == 3);
  CHECK_FALSE(fs::exists(out + "4"));
  CHECK(run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int4", "--out", ""}).exit_code == 2);
  // With int4 the towers stay int8: a row for each format, and the columns stand under each other.
  const std::string four = (temp / "int4").string();
  const Ran both = run({SPARSIGHT_CLI, "quantize", demo_model().string(), "--to", "int4", "--out", four});
  REQUIRE(both.exit_code == 0);
  std::set<std::string> formats;
  std::set<std::size_t> widths;
  std::istringstream table(both.out);
  for (std::string line; std::getline(table, line) && !line.empty();) {
    INFO(line);
    widths.insert(line.size());
    std::istringstream cells(line);
    std::string name, number, format;
    cells >> name >> number >> format;
    if (name.ends_with("self_attn.q_proj")) CHECK(formats.insert(format).second);
  }
  CHECK(formats == std::set<std::string>{"int4", "int8"});
  CHECK(widths.size() == 1);
  const Ran info = run({SPARSIGHT_CLI, "info", "--model", out, "--json"});
  CHECK(info.exit_code == 0);
  CHECK_THAT(info.out, Catch::Contains("U8"));
}

}  // namespace sparsight::test
