#include "core/model/weights.h"

#include "core/model/config.h"
#include "core/model/safetensors.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <set>

using namespace sparsight;
using namespace sparsight::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

SafetensorsFile parse(std::string_view file) {
  return parse_safetensors(std::as_bytes(std::span(file)), "x.safetensors");
}

// The message of an Error of this kind, so that every test of a refusal also tests the message.
template <typename F>
std::string refusal(ErrorKind kind, F&& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    return e.what();
  }
  FAIL("nothing was refused");
  return "";
}

std::string header_refusal(std::string_view header, std::string_view data = "") {
  return refusal(ErrorKind::Model, [&] { (void)parse(safetensors_file(header, data)); });
}

// Every tensor that the model's code asks for, with the shape from the config.
void check_complete(const Weights& w, const ModelConfig& c) {
  const auto [vocab, hidden] = std::pair(c.text.vocab, c.text.hidden);
  const std::string text = "model.language_model.";
  CHECK_FALSE(w.get(text + "embed_tokens.weight", {vocab, hidden}).empty());
  CHECK_FALSE(w.get(text + "norm.weight", {hidden}).empty());
  CHECK_FALSE(w.get("lm_head.weight", {vocab, hidden}).empty());
  for (std::size_t i = 0; i < c.text.layers; ++i) {
    const std::string layer = text + "layers." + std::to_string(i) + ".";
    const std::size_t q = c.text.heads * c.text.head_dim;
    const std::size_t kv = c.text.kv_heads * c.text.head_dim;
    CHECK_FALSE(w.get(layer + "self_attn.q_proj.weight", {q, hidden}).empty());
    CHECK_FALSE(w.get(layer + "self_attn.k_proj.weight", {kv, hidden}).empty());
    CHECK_FALSE(w.get(layer + "self_attn.v_proj.weight", {kv, hidden}).empty());
    CHECK_FALSE(w.get(layer + "self_attn.o_proj.weight", {hidden, q}).empty());
    CHECK_FALSE(w.get(layer + "mlp.gate_proj.weight", {c.text.intermediate, hidden}).empty());
    CHECK_FALSE(w.get(layer + "mlp.up_proj.weight", {c.text.intermediate, hidden}).empty());
    CHECK_FALSE(w.get(layer + "mlp.down_proj.weight", {hidden, c.text.intermediate}).empty());
    CHECK_FALSE(w.get(layer + "input_layernorm.weight", {hidden}).empty());
    CHECK_FALSE(w.get(layer + "post_attention_layernorm.weight", {hidden}).empty());
  }
  const std::size_t width = c.vision.hidden;
  for (const std::string tower : {"model.video_tower.", "model.image_tower."}) {
    const std::size_t patch = c.vision.patch_size;
    CHECK_FALSE(w.get(tower + "embeddings.class_embedding", {width}).empty());
    CHECK_FALSE(w.get(tower + "embeddings.patch_embedding.weight", {width, 3, patch, patch}).empty());
    CHECK_FALSE(w.get(tower + "embeddings.position_embedding.weight", {c.vision.tokens(), width}).empty());
    CHECK_FALSE(w.get(tower + "pre_layrnorm.weight", {width}).empty());
    for (std::size_t i = 0; i < c.vision.layers; ++i) {
      const std::string layer = tower + "encoder.layers." + std::to_string(i) + ".";
      CHECK_FALSE(w.get(layer + "self_attn.out_proj.bias", {width}).empty());
      CHECK_FALSE(w.get(layer + "mlp.fc1.weight", {c.vision.intermediate, width}).empty());
      CHECK_FALSE(w.get(layer + "layer_norm2.bias", {width}).empty());
    }
  }
  const std::size_t features = width * c.feature_layers.size();
  CHECK_FALSE(w.get("model.multi_modal_projector.linear_1.weight", {hidden, features}).empty());
  CHECK_FALSE(w.get("model.multi_modal_projector.linear_2.bias", {hidden}).empty());
}

}  // namespace

TEST_CASE("a written header reads back", "[weights]") {
  const std::array<SafetensorsPart, 3> parts{
      SafetensorsPart{"b", DType::F32, Shape{2, 3}}, {"a", DType::U8, Shape{5}}, {"none", DType::I32, Shape{0}}};
  const std::array metadata{std::pair<std::string, std::string>{"format", "pt"}};
  const std::string header = safetensors_header(parts, metadata);
  CHECK(header.size() % 8 == 0);
  CHECK_THAT(
      header,
      Contains(R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a":)"));
  const SafetensorsFile file = parse(header + std::string(24 + 5, 'x'));
  CHECK(file.data_begin == header.size());
  REQUIRE(file.entries.size() == 3);
  CHECK(file.entries.at("b").begin == 0);
  CHECK(file.entries.at("a").begin == 24);
  CHECK(file.entries.at("a").end == 29);
  CHECK(file.entries.at("none").shape == std::vector<std::size_t>{0});
  CHECK(parse(safetensors_header({})).entries.empty());
}

TEST_CASE("checkpoints of both layouts are complete under the same names", "[weights]") {
  struct Model {
    const char* dir;
    std::size_t tensors;
    DType dtype;
  };
  for (const Model& model : {Model{"golden/tiny-gqa", 162, DType::BF16}, Model{"golden/tiny-hub", 221, DType::F16},
                             Model{"demo-model/sparsight-demo", 203, DType::BF16}}) {
    const fs::path dir = shared_dir() / model.dir;
    if (!fs::exists(dir)) {
      skip("no " + dir.string());
      return;
    }
    INFO(dir);
    const ModelConfig config = read_config(dir);
    const Weights weights = Weights::open(dir);
    check_complete(weights, config);
    CHECK(weights.names().size() == model.tensors);
    CHECK(weights.get("lm_head.weight", {config.text.vocab, config.text.hidden}).dtype() == model.dtype);
    const std::vector<std::string> names = weights.names();
    CHECK(std::is_sorted(names.begin(), names.end()));
    std::size_t bytes = 0;
    for (const std::string& name : names) {
      const HostView view = weights.raw(name);
      bytes += view.bytes();
      CHECK(weights.get(canonical_name(name), view.shape()).data() == view.data());
    }
    CHECK(bytes == weights.bytes());
    CHECK_FALSE(weights.contains("model.language_model.layers.99.mlp.up_proj.weight"));
  }
}

TEST_CASE("the names of all layouts lead to the same ones", "[weights]") {
  const std::string layer = "layers.0.mlp.up_proj.weight";
  for (const char* prefix :
       {"language_model.model.", "model.language_model.", "model.language_model.model.", "language_model."})
    CHECK(canonical_name(std::string(prefix) + layer) == "model.language_model." + layer);
  for (const char* name : {"lm_head.weight", "language_model.lm_head.weight", "model.lm_head.weight",
                           "model.language_model.lm_head.weight"})
    CHECK(canonical_name(name) == "lm_head.weight");
  for (const std::string tower : {"video_tower.", "image_tower."})
    for (const std::string prefix : {"", "model."})
      for (const std::string middle : {"", "vision_model."})
        for (const std::string norm : {"pre_layrnorm.bias", "pre_layernorm.bias"})
          CHECK(canonical_name(prefix + tower + middle + norm) == "model." + tower + "pre_layrnorm.bias");
  CHECK(canonical_name("multi_modal_projector.linear_1.bias") == "model.multi_modal_projector.linear_1.bias");
  CHECK(canonical_name("model.multi_modal_projector.linear_1.bias") == "model.multi_modal_projector.linear_1.bias");
  // A decoder alone, as LlamaForCausalLM names it.
  for (const char* prefix : {"", "model."})
    CHECK(canonical_name(std::string(prefix) + "norm.weight") == "model.language_model.norm.weight");
  for (const char* name : {"", "model.", "visual.blocks.0.weight"}) CHECK(canonical_name(name) == name);
}

TEST_CASE("a small file is read back", "[weights]") {
  const TempDir dir;
  const std::vector<float> values{1.5f, -2.0f, 3.25f, 4.0f, 5.0f, 6.0f};
  SafetensorsWriter file;
  file.add("language_model.model.norm.weight", "F32", {2, 3}, bytes_of(values));
  file.add("video_tower.vision_model.embeddings.position_ids", "I64", {1, 1}, std::string(8, '\0'));
  file.add("strange", "F8_E4M3", {3}, "abc");
  file.add("empty", "F32", {0, 7}, "");
  file.add("scalar", "BF16", {}, "ab");
  file.add("five", "U8", {1, 1, 1, 1, 2}, "ab");
  file.add("six", "U8", {1, 1, 1, 1, 1, 2}, "ab");
  write_file(dir / "model.safetensors", file.str());

  const auto check = [&](const fs::path& path) {
    const Weights weights = Weights::open(path);
    const HostView view = weights.get("model.language_model.norm.weight", {2, 3});
    CHECK(std::memcmp(view.data(), values.data(), view.bytes()) == 0);
    CHECK(weights.raw("video_tower.vision_model.embeddings.position_ids").dtype() == DType::I64);
    CHECK(weights.raw("empty").empty());
    CHECK(weights.raw("scalar").shape().rank() == 0);
    CHECK(weights.contains("strange"));
    CHECK(weights.raw("five").shape() == Shape{1, 1, 1, 1, 2});
    CHECK(weights.names().size() == 7);
    CHECK(weights.bytes() == 24 + 8 + 3 + 2 + 2 + 2);
    const std::string path_of_file = (dir / "model.safetensors").string();

    CHECK(refusal(ErrorKind::Model, [&] {
            (void)weights.get("model.language_model.norm.weight", {3, 2});
          }) == "language_model.model.norm.weight: expected [3, 2], " + path_of_file + " has [2, 3]");
    CHECK(refusal(ErrorKind::Model, [&] { (void)weights.get("lm_head.weight", {9}); }) ==
          "lm_head.weight: expected [9], " + path.string() + " has no such tensor");
    CHECK(refusal(ErrorKind::Model,
                  [&] {
                    (void)weights.get("model.video_tower.embeddings.position_ids", {1, 1});
                  }) ==
          "video_tower.vision_model.embeddings.position_ids: expected F32, F16 or BF16, " + path_of_file + " has I64");
    CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)weights.get("strange", {3}); }), Contains("F8_E4M3"));
    CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)weights.raw("strange"); }), Contains("F8_E4M3"));
    CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)weights.raw("six"); }), Contains("at most 5 dimensions"));
    CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)weights.raw("lm_head.weight"); }), Contains("no such tensor"));
  };
  check(dir.path());
  check(dir / "model.safetensors");
}

TEST_CASE("views are aligned even where the file's data is not", "[weights]") {
  const TempDir dir;
  const std::vector<float> values{1.5f, -2.0f, 3.25f};
  SafetensorsWriter file;
  file.alignment = 1;
  file.add("byte", "U8", {1}, "x");
  file.add("floats", "F32", {3}, bytes_of(values));
  file.add("long", "I64", {1}, std::string(8, '\1'));
  for (int pad = 0; pad < 8; ++pad) {
    file.padding = std::string(static_cast<std::size_t>(pad), ' ');
    write_file(dir / "model.safetensors", file.str());
    const Weights weights = Weights::open(dir.path());
    const HostView view = weights.get("floats", {3});
    CHECK(reinterpret_cast<std::uintptr_t>(view.data()) % sizeof(float) == 0);
    CHECK(std::memcmp(view.data(), values.data(), view.bytes()) == 0);
    CHECK(weights.get("floats", {3}).data() == view.data());
    CHECK(reinterpret_cast<std::uintptr_t>(weights.raw("long").data()) % 8 == 0);
  }
}

TEST_CASE("null metadata counts as none, as in the format's library", "[weights]") {
  const TempDir dir;
  for (const char* header : {R"({"__metadata__": null, "t": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}})",
                             R"({"t": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}, "__metadata__": null})"}) {
    write_file(dir / "model.safetensors", safetensors_file(header, "ab"));
    CHECK(Weights::open(dir.path()).names() == std::vector<std::string>{"t"});
  }
}

namespace {

std::string header_entry(std::string_view name, std::string_view rest) {
  return fmt::format(R"({{"{}": {{{}}}}})", name, rest);
}

}  // namespace

TEST_CASE("hostile safetensors headers are refused by name", "[weights]") {
  SECTION("length of the header") {
    CHECK_THAT(refusal(ErrorKind::Model, [] { (void)parse(""); }), Contains("x.safetensors: 0 bytes are too few"));
    CHECK_THAT(refusal(ErrorKind::Model, [] { (void)parse("1234567"); }), Contains("too few"));
    CHECK_THAT(refusal(ErrorKind::Model, [] { (void)parse(std::string(8, '\xff')); }), Contains("header's length"));
    CHECK_THAT(refusal(ErrorKind::Model, [] { (void)parse(std::string("\x03\0\0\0\0\0\0\0{}", 10)); }),
               Contains("x.safetensors: the header's length, 3, is more"));
    std::string large(100'000'009 + 8, ' ');
    large.replace(0, 8, std::string("\x01\xe1\xf5\x05\0\0\0\0", 8));
    CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)parse(large); }), Contains("limit of 100000000"));
    CHECK_THAT(refusal(ErrorKind::Model, [] { (void)parse(std::string(8, '\0')); }), Contains("not valid JSON"));
  }
  SECTION("JSON") {
    CHECK_THAT(header_refusal("{"), Contains("not valid JSON at byte 2"));
    CHECK_THAT(header_refusal("{}x"), Contains("not valid JSON"));
    CHECK_THAT(header_refusal("[]"), Contains("expected an object of tensors, found a list"));
    CHECK_THAT(header_refusal("7"), Contains("expected an object of tensors"));
    CHECK_THAT(header_refusal(R"({"a": 5})"), Contains("tensor a: unexpected 5"));
    CHECK_THAT(header_refusal(R"({"a": null})"), Contains("tensor a: unexpected null"));
    CHECK_THAT(header_refusal(header_entry("a", R"("dtype": "F32")")), Contains("tensor a: shape is missing"));
    CHECK_THAT(header_refusal(header_entry("a", R"("dtype": "F32", "color": 1)")),
               Contains("unexpected key \"color\""));
    CHECK_THAT(header_refusal(header_entry("a", R"("shape": [1], "shape": [1])")), Contains("shape occurs twice"));
    CHECK_THAT(header_refusal(header_entry("a", R"("shape": [[1]])")), Contains("tensor a: unexpected a list"));
    CHECK_THAT(header_refusal(header_entry("a", R"("shape": {"x": 1})")), Contains("tensor a: unexpected an object"));
    CHECK_THAT(header_refusal(header_entry("a", R"("shape": 3)")), Contains("tensor a: unexpected 3"));
    CHECK_THAT(header_refusal(header_entry("__metadata__", R"("format": 3)")), Contains("__metadata__: unexpected 3"));
    CHECK_THAT(header_refusal(R"({"__metadata__": null, "__metadata__": null})"),
               Contains("__metadata__: occurs twice"));
    CHECK_THAT(header_refusal(R"({"__metadata__": {}, "__metadata__": null})"), Contains("__metadata__: occurs twice"));
    CHECK_THAT(header_refusal(R"({"__metadata__": null, "__metadata__": {}})"), Contains("__metadata__: occurs twice"));
    CHECK_THAT(header_refusal(R"({"__metadata__": {"a": null}})"), Contains("__metadata__: unexpected null"));
    CHECK_THAT(header_refusal(R"({"t": null})"), Contains("tensor t: unexpected null"));
    CHECK_THAT(header_refusal("{\"\xff\": {}}"), Contains("not valid JSON"));
    const std::string good = R"({"dtype": "U8", "shape": [0], "data_offsets": [0, 0]})";
    CHECK_THAT(header_refusal(fmt::format(R"({{"a": {0}, "a": {0}}})", good)), Contains("tensor a: occurs twice"));
    const std::size_t deep = 1'000'000;
    CHECK_THAT(header_refusal(std::string(deep, '[')), Contains("expected an object of tensors"));
    CHECK_THAT(header_refusal(R"({"a": {"shape": )" + std::string(deep, '[')), Contains("tensor a"));
    std::string objects;
    for (std::size_t i = 0; i < deep / 4; ++i) objects += R"({"a":)";
    CHECK_THAT(header_refusal(objects), Contains("tensor a: unexpected key \"a\""));
  }
  SECTION("names in messages are short and printable") {
    const std::string message = header_refusal(header_entry(std::string(100'000, 'n') + R"(\u0007)", ""));
    CHECK(message.size() < 300);
    CHECK_THAT(header_refusal(header_entry(R"(a\u001b[2J)", "")), Contains("tensor a?[2J"));
  }
}

TEST_CASE("sizes and places in a safetensors header that cannot be are refused by name", "[weights]") {
  SECTION("numbers") {
    const auto shape = [&](std::string_view dims, std::string_view offsets = "[0, 4]") {
      return header_refusal(
          header_entry("t", fmt::format(R"("dtype": "F32", "shape": {}, "data_offsets": {})", dims, offsets)), "abcd");
    };
    CHECK_THAT(shape("[-1]"), Contains("tensor t: unexpected -1"));
    CHECK_THAT(shape("[1.0]"), Contains("tensor t: unexpected 1.0"));
    CHECK_THAT(shape("[1e0]"), Contains("tensor t: unexpected 1e0"));
    CHECK_THAT(shape("[\"1\"]"), Contains("tensor t: unexpected \"1\""));
    CHECK_THAT(shape("[true]"), Contains("tensor t: unexpected true"));
    CHECK_THAT(shape("[36893488147419103232]"), Contains("tensor t: unexpected 36893488147419103232"));
    CHECK_THAT(shape("[4294967296, 4294967296]"), Contains("overflows"));
    CHECK_THAT(shape("[18446744073709551615]"), Contains("overflows"));
    CHECK_THAT(shape("[2]"), Contains("data_offsets [0, 4]: expected 8 bytes for [2] x F32"));
    CHECK_THAT(shape("[1]", "[4, 0]"), Contains("expected 4 bytes"));
    CHECK_THAT(shape("[1]", "[-4, 0]"), Contains("tensor t: unexpected -4"));
    CHECK_THAT(shape("[1]", "[0]"), Contains("expected two numbers, found 1"));
    CHECK_THAT(shape("[1]", "[0, 4, 8]"), Contains("expected two numbers, found 3"));
    CHECK_THAT(shape("[1]", "[4, 8]"), Contains("outside the file's 4 bytes"));
    CHECK_THAT(shape("[1]", "[18446744073709551612, 18446744073709551615]"), Contains("expected 4 bytes"));
    CHECK_THAT(shape("[1]", "[18446744073709551611, 18446744073709551615]"), Contains("outside the file's 4 bytes"));
    std::string many = "[1";
    for (int i = 0; i < 64; ++i) many += ",1";
    CHECK_THAT(shape(many + "]"), Contains("more than 64 dimensions"));
    CHECK_THAT(header_refusal(header_entry("t", R"("dtype": "F33", "shape": [1], "data_offsets": [0, 4])"), "abcd"),
               Contains("tensor t: unknown dtype \"F33\""));
    CHECK_THAT(header_refusal(header_entry("t", R"("dtype": 5)")), Contains("tensor t: unexpected 5"));
    CHECK_THAT(header_refusal(header_entry("t", R"("dtype": "F4", "shape": [3], "data_offsets": [0, 2])"), "ab"),
               Contains("no whole number of bytes"));
  }
  SECTION("ranges") {
    const auto two = [](std::string_view a, std::string_view b) {
      return header_refusal(fmt::format(R"({{"first": {{"dtype": "U8", "shape": [4], "data_offsets": {}}},
                                            "second": {{"dtype": "U8", "shape": [4], "data_offsets": {}}}}})",
                                        a, b),
                            "12345678");
    };
    CHECK_THAT(two("[0, 4]", "[2, 6]"), Contains("x.safetensors: tensor second: its data overlaps that of first"));
    CHECK_THAT(two("[0, 4]", "[0, 4]"), Contains("overlaps"));
    CHECK_THAT(two("[0, 4]", "[8, 12]"), Contains("tensor second: data_offsets [8, 12] are outside"));
    CHECK_THAT(two("[4, 8]", "[8, 12]"), Contains("tensor first: 4 bytes before its data belong to no tensor"));
    CHECK_THAT(two("[0, 4]", "[5, 9]"), Contains("tensor second"));
    CHECK_THAT(header_refusal("{}", "left over"), Contains("the last 9 bytes belong to no tensor"));
  }
  SECTION("other files") {
    CHECK_THAT(refusal(ErrorKind::Model,
                       [] { (void)parse("version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12345\n"); }),
               Contains("x.safetensors: this is a Git LFS pointer"));
  }
}

TEST_CASE("a directory that is not a model is refused", "[weights]") {
  const TempDir dir;
  const auto open = [&] { return refusal(ErrorKind::File, [&] { (void)Weights::open(dir.path()); }); };
  const std::string file = (dir / "model.safetensors").string();
  CHECK_THAT(open(), Contains("neither model.safetensors nor"));
  CHECK_THAT(refusal(ErrorKind::File, [&] { (void)Weights::open(dir / "absent"); }),
             Contains((dir / "absent").string() + ": no such file"));

  fs::create_symlink("nowhere", dir / "model.safetensors");
  CHECK(open() == file + ": no such file");
  fs::remove(dir / "model.safetensors");
  fs::create_directory(dir / "model.safetensors");
  CHECK(open() == file + ": expected a regular file, found a directory");
  fs::remove(dir / "model.safetensors");
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  CHECK(open() == file + ": expected a regular file, found a pipe or a device");
  fs::remove(dir / "model.safetensors");
  fs::create_symlink("/dev/zero", dir / "model.safetensors");
  CHECK(open() == file + ": expected a regular file, found a pipe or a device");
  fs::remove(dir / "model.safetensors");

  SafetensorsWriter blob;
  blob.add("lm_head.weight", "F16", {1}, "ab");
  write_file(dir / "blob", blob.str());
  fs::create_symlink("blob", dir / "model.safetensors");
  CHECK(Weights::open(dir.path()).contains("lm_head.weight"));
  write_file(dir / "blob", blob.str().substr(0, blob.str().size() - 1));
  CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)Weights::open(dir.path()); }),
             Contains(file) && Contains("lm_head.weight") && Contains("cut off"));
  write_file(dir / "blob", "");
  CHECK_THAT(refusal(ErrorKind::Model, [&] { (void)Weights::open(dir.path()); }), Contains("0 bytes are too few"));
}

TEST_CASE("shards: the index is trusted only as far as the files confirm it", "[weights]") {
  const TempDir dir;
  const auto shard = [&](const char* name, const std::vector<std::string>& tensors) {
    SafetensorsWriter file;
    for (const std::string& tensor : tensors) file.add(tensor, "F16", {1}, "ab");
    write_file(dir / name, file.str());
  };
  const auto index = [&](std::string_view json) { write_file(dir / "model.safetensors.index.json", json); };
  const auto open = [&] { return Weights::open(dir.path()); };
  const auto refused = [&](ErrorKind kind = ErrorKind::Model) { return refusal(kind, [&] { (void)open(); }); };
  const std::string index_path = (dir / "model.safetensors.index.json").string();

  shard("1.safetensors", {"a", "unlisted"});
  shard("2.safetensors", {"b"});
  index(R"({"metadata": {"total_size": 6}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  CHECK(open().names() == std::vector<std::string>{"a", "b", "unlisted"});
  Weights moved = open();
  moved = open();
  CHECK(moved.contains("a"));

  index(R"({"weight_map": {"a": "1.safetensors", "missing": "2.safetensors"}})");
  CHECK(refused() == index_path + ": tensor missing: not in " + (dir / "2.safetensors").string() +
                         ", where model.safetensors.index.json has it");
  index(R"({"weight_map": {"a": "2.safetensors", "b": "1.safetensors"}})");
  CHECK_THAT(refused(), Contains("tensor a: not in"));
  index(R"({"weight_map": {"a": "3.safetensors"}})");
  CHECK(refused(ErrorKind::File) == (dir / "3.safetensors").string() + ": no such file");
  for (const char* name :
       {"../1.safetensors", "/etc/passwd", "sub/1.safetensors", "..", ".", "", R"(a\\b)", R"(1.safetensors\u0000)"}) {
    index(fmt::format(R"({{"weight_map": {{"a": "{}"}}}})", name));
    CHECK_THAT(refused(), Contains(index_path) && Contains("is not the name of a file in the same folder"));
  }
  index(R"({"weight_map": {"a": 5}})");
  CHECK_THAT(refused(), Contains("weight_map.a: expected a file's name, found 5"));
  index(R"({"weight_map": []})");
  CHECK_THAT(refused(), Contains("weight_map: expected an object, found a list of 0"));
  index(R"({"weight_map": {}})");
  CHECK_THAT(refused(), Contains("names no file"));
  index("{}");
  CHECK_THAT(refused(), Contains("weight_map: expected an object, the key is missing"));
  index("[1");
  CHECK_THAT(refused(), Contains(index_path + ": not valid JSON"));
  index(std::string(1'000'000, '['));
  CHECK_THAT(refused(), Contains(index_path + ": JSON nested deeper"));

  index(R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  shard("2.safetensors", {"b", "a"});
  CHECK_THAT(refused(), Contains("2.safetensors: tensor a: the same tensor as a of") && Contains("1.safetensors"));
  const std::vector<std::string> twins{"video_tower.post_layernorm.bias", "model.video_tower.post_layernorm.bias"};
  shard("1.safetensors", {"a", twins[0]});
  shard("2.safetensors", {"b", twins[1]});
  index(fmt::format(R"({{"weight_map": {{"{}": "1.safetensors", "{}": "2.safetensors"}}}})", twins[0], twins[1]));
  CHECK(open().get(twins[0], {1}).bytes() == 2);
  shard("1.safetensors", {"a"});
  index(R"({"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}})");
  SafetensorsWriter differing;
  differing.add("b", "F16", {1}, "ab");
  differing.add(twins[0], "F16", {1}, "ab");
  differing.add(twins[1], "F16", {1}, "ac");
  write_file(dir / "2.safetensors", differing.str());
  CHECK_THAT(refused(), Contains("tensor " + twins[0] + ": the same tensor as " + twins[1]));

  shard("model.safetensors", {"single"});
  CHECK(open().names() == std::vector<std::string>{"single"});
}

TEST_CASE("tensors in memory are found like those in files", "[weights]") {
  std::map<std::string, HostTensor> tensors;
  HostTensor norm = HostTensor::zeros(Shape{3});
  norm.f32()[1] = 5.0f;
  tensors.emplace("language_model.model.norm.weight", std::move(norm));
  tensors.emplace("lm_head.weight", HostTensor::zeros(Shape{2, 4}, DType::BF16));
  const Weights weights = Weights::of(std::move(tensors));
  CHECK(weights.contains("model.language_model.norm.weight"));
  CHECK(weights.get("model.language_model.norm.weight", Shape{3}).f32()[1] == 5.0f);
  CHECK(weights.parameters() == 11);
  CHECK(weights.bytes() == 28);
  CHECK(weights.dtypes() == std::vector<std::string>{"BF16", "F32"});
  try {
    static_cast<void>(weights.get("lm_head.weight", Shape{2, 5}));
    FAIL("expected an error");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Contains("expected [2, 5], memory has [2, 4]"));
  }
}
