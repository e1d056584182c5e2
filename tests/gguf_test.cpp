#include "core/model/gguf.h"

#include "core/model/gguf_model.h"
#include "core/model/weights.h"
#include "tests/gguf_writer.h"
#include "tests/safetensors_writer.h"
#include "tests/stored_tensors.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>

using namespace sparsight;
using namespace sparsight::test;
using Catch::Matchers::Contains;
using GgufKind = GgufValue::Type;

namespace {

std::filesystem::path gguf_data() { return source_dir() / "tests/data/gguf"; }

// A file and its bytes, which must not move.
struct GgufData {
  explicit GgufData(std::string bytes) : content(std::move(bytes)) {
    file = parse_gguf(std::as_bytes(std::span(content)), "x.gguf");
  }
  explicit GgufData(const char* name) : GgufData(read_file(gguf_data() / name)) {}
  GgufData(const GgufData&) = delete;
  GgufData& operator=(const GgufData&) = delete;
  std::string content;
  GgufFile file;
};

template <typename F>
std::string gguf_refusal(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::Model);
    CHECK(std::string_view(e.what()).size() < 1000);
    return e.what();
  }
  return "nothing was refused";
}

std::string parse_refusal(const GgufWriter& writer) {
  return gguf_refusal([&] { const GgufData ignored(writer.str()); });
}

// The smallest valid decoder.
GgufWriter small_decoder(
    const std::function<void(GgufWriter&)>& more = [](GgufWriter&) {}, const std::string& architecture = "llama") {
  GgufWriter out;
  out.string("general.architecture", architecture);
  for (const auto& [key, number] : {std::pair(".block_count", 1u),
                                    {".context_length", 64u},
                                    {".embedding_length", 8u},
                                    {".feed_forward_length", 4u},
                                    {".attention.head_count", 2u}})
    out.number(architecture + key, number);
  more(out);
  out.zeros("token_embd.weight", {8, 3});
  return out;
}

std::string decoder_refusal(const std::function<void(GgufWriter&)>& more) {
  const GgufData data(small_decoder(more).str());
  return gguf_refusal([&] { static_cast<void>(read_gguf_decoder(data.file)); });
}

}  // namespace

TEST_CASE("gguf: values of every type", "[gguf]") {
  const GgufData data("quants.gguf");
  const GgufFile& file = data.file;
  CHECK(file.text("general.architecture") == "none");
  CHECK(file.find("test.u8")->integer() == 200);
  CHECK(file.find("test.i8")->integer() == -3);
  CHECK(file.find("test.u16")->integer() == 65535);
  CHECK(file.find("test.i16")->integer() == -4);
  CHECK(file.find("test.u64")->integer() == std::nullopt);
  CHECK(file.find("test.i64")->integer() == -(std::int64_t{1} << 62));
  CHECK(file.find("test.f64")->number() == 1e300);
  CHECK(file.array("test.texts", GgufKind::Text)->texts == std::vector<std::string_view>{"a", "", "Ġü"});
  CHECK(file.array("test.floats", GgufKind::F32)->number(1) == -2.0);
  CHECK(file.find("test.nothing") == nullptr);
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.number("test.f64")); }),
             Contains("test.f64: expected a finite"));
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.size("test.i8", 9)); }), Contains("1 to 9, found -3"));
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.size("test.texts", 9)); }), Contains("1 to 9"));
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.text("test.u8")); }), Contains("expected a text"));
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.boolean("test.u8")); }), Contains("true or false"));
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.array("test.floats", GgufKind::I32)); }),
             Contains("another type"));
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(file.id("test.i8")); }), Contains("a token's id"));

  GgufWriter nested;
  const std::string inner = little_endian(4, 4) + little_endian(1, 8) + "abcd";
  nested.array("lists", GgufKind::Array, 2, inner + inner);
  nested.number("behind", 7);
  CHECK(GgufData(nested.str()).file.find("behind")->integer() == 7);
}

TEST_CASE("gguf: blocks are read as llama.cpp reads them, to the bit", "[gguf]") {
  const GgufData data("quants.gguf");
  const std::string expected = read_file(gguf_data() / "quants.safetensors");
  const SafetensorsFile parsed = parse_safetensors(std::as_bytes(std::span(expected)), "quants.safetensors");
  CHECK(data.file.tensors.size() == 15);
  for (const auto& [name, tensor] : data.file.tensors) {
    INFO(name);
    CHECK(tensor.type->name == name);
    const SafetensorsEntry& entry = parsed.entries.at(name);
    CHECK(tensor.shape == entry.shape);
    std::vector<float> values(tensor.rows() * tensor.columns());
    for (std::size_t row = 0; row < tensor.rows(); ++row) tensor.read_row(row, values.data() + row * tensor.columns());
    CHECK(bytes_of(values) == expected.substr(parsed.data_begin + entry.begin, entry.end - entry.begin));
  }
  GgufWriter other;
  other.tensor("x", {256}, 16, std::string(66, '\0'));
  const GgufData unread(other.str());
  float ignored[256];
  CHECK_THAT(gguf_refusal([&] { unread.file.tensor("x")->read_row(0, ignored); }),
             Contains("x: its type IQ2_XXS is not supported"));
}

TEST_CASE("gguf: a decoder's shape and tensors", "[gguf]") {
  for (const char* name : {"llama", "qwen2", "qwen2vl"}) {
    INFO(name);
    const GgufData data((std::string(name) + ".gguf").c_str());
    const GgufDecoder decoder = read_gguf_decoder(data.file);
    CHECK(decoder.architecture == name);
    const TextConfig& text = decoder.text;
    CHECK(std::vector{text.layers, text.hidden, text.intermediate, text.heads, text.kv_heads, text.head_dim, text.vocab,
                      text.max_positions} == std::vector<std::size_t>{2, 32, 64, 4, 2, 8, 8, 512});
    CHECK(text.rms_eps == 1e-5f);
    CHECK(text.rope.theta == 50000.0);
    CHECK(text.rope.kind == RopeConfig::Kind::Default);
    CHECK(text.tied_embeddings == (decoder.architecture == "llama"));
    CHECK(text.attention_bias);
    CHECK_FALSE(text.output_bias);
    CHECK(text.rope.sections ==
          (decoder.architecture == "qwen2vl" ? std::array<std::size_t, 3>{1, 1, 2} : std::array<std::size_t, 3>{}));
    check_tensors(gguf_decoder_tensors(data.file, decoder), gguf_data() / (std::string(name) + ".safetensors"), true);
  }
}

TEST_CASE("gguf: a decoder as weights", "[gguf]") {
  const Weights weights = Weights::open(gguf_data() / "llama.gguf");
  const std::string layer = decoder_tensor("layers.0.self_attn.");
  CHECK(weights.dtypes() == std::vector<std::string>{"F16", "F32", "Q4_1"});
  CHECK(weights.get(decoder_tensor("embed_tokens.weight"), {8, 32}).dtype() == DType::F16);
  const HostView q = weights.get(layer + "q_proj.weight", {32, 32});
  CHECK(q.dtype() == DType::F32);
  CHECK(weights.get(layer + "q_proj.weight", {32, 32}).data() == q.data());  // made once
  CHECK_THROWS_WITH(weights.get(layer + "q_proj.weight", {32, 16}), Contains("expected [32, 16]"));
  CHECK_THROWS_WITH(weights.raw("blk.0.attn_q.weight"), Contains("no such tensor"));
  const Weights tower = Weights::open(gguf_data() / "mmproj-llava.gguf");
  CHECK(tower.contains("vision_tower.embeddings.patch_embedding.weight"));
  CHECK_FALSE(tower.contains(decoder_tensor("embed_tokens.weight")));
}

TEST_CASE("gguf: what a decoder's keys may not say", "[gguf]") {
  CHECK(read_gguf_decoder(GgufData(small_decoder().str()).file).text.head_dim == 4);
  CHECK(decoder_refusal([](GgufWriter& w) { w.number("llama.attention.head_count_kv", 2); }) == "nothing was refused");
  const auto with = [](const char* key, std::uint32_t number) {
    return decoder_refusal([&](GgufWriter& w) { w.number(key, number); });
  };
  CHECK_THAT(with("llama.attention.head_count_kv", 3), Contains("expected a divisor"));
  CHECK_THAT(with("llama.attention.key_length", 5), Contains("expected an even width"));
  CHECK_THAT(with("llama.attention.value_length", 8), Contains("a head's width, 4"));
  CHECK_THAT(with("llama.rope.dimension_count", 2), Contains("a head's width, 4"));
  CHECK_THAT(with("llama.expert_count", 8), Contains("mixture of experts"));
  for (const auto& [name, expected] : {std::pair("blk.1.attn_norm.weight", "llama.block_count: expected 2, the"),
                                       {"blk.4000.attn_norm.weight", "expected 4001, the number of layers in the file"},
                                       {"blk.x.attn_norm.weight", "nothing was refused"},
                                       {"blk.1", "nothing was refused"}})
    CHECK_THAT(decoder_refusal([&, name = name](GgufWriter& w) { w.tensor(name, {1}, 0, std::string(4, '\0')); }),
               Contains(expected));
  CHECK_THAT(with("split.count", 3), Contains("llama-gguf-split --merge"));
  CHECK_THAT(with("llama.rope.scaling.type", 3), Contains("expected a text"));
  CHECK_THAT(decoder_refusal([](GgufWriter& w) { w.string("llama.rope.scaling.type", "yarn"); }), Contains("\"yarn\""));
  CHECK_THAT(decoder_refusal([](GgufWriter& w) { w.floating("llama.rope.freq_base", -1); }),
             Contains("a positive number"));
  const auto sections = [](std::initializer_list<std::uint32_t> widths) {
    std::string bytes;
    for (const std::uint32_t width : widths) bytes += little_endian(width, 4);
    const auto add = [&](GgufWriter& w) {
      w.number("qwen2vl.attention.key_length", 8);
      if (widths.size() != 0) w.array("qwen2vl.rope.dimension_sections", GgufKind::I32, widths.size(), bytes);
    };
    const GgufData data(small_decoder(add, "qwen2vl").str());
    return gguf_refusal([&] { static_cast<void>(read_gguf_decoder(data.file)); });
  };
  CHECK(sections({1, 1, 2, 0}) == "nothing was refused");
  CHECK_THAT(sections({}), Contains("three positive integers with the sum 4, found 0, 0, 0"));
  CHECK_THAT(sections({4}), Contains("found 4, 0, 0"));
  CHECK_THAT(sections({1, 1, 3}), Contains("found 1, 1, 3"));
  CHECK_THAT(sections({0xFFFFFFFFu, 4, 1}), Contains("found -1, 4, 1"));
  GgufWriter gemma;
  gemma.string("general.architecture", "gemma");
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(read_gguf_decoder(GgufData(gemma.str()).file)); }),
             Contains("expected llama, qwen2 or qwen2vl, found \"gemma\""));

  const auto listed = [](const std::function<void(GgufWriter&)>& more) {
    GgufWriter writer = small_decoder();
    more(writer);
    const GgufData data(writer.str());
    return gguf_refusal([&] { static_cast<void>(gguf_decoder_tensors(data.file, read_gguf_decoder(data.file))); });
  };
  CHECK_THAT(listed([](GgufWriter& w) { w.zeros("blk.0.attn_q_norm.weight", {4}); }),
             Contains("tensor blk.0.attn_q_norm.weight: unknown part of a llama model"));
  CHECK_THAT(listed([](GgufWriter& w) { w.zeros("blk.x.attn_q.weight", {8, 8}); }), Contains("unknown part"));
  CHECK_THAT(listed([](GgufWriter& w) {
               w.zeros("blk.0.attn_q.weight", {8, 6});
             }),
             Contains("each of 2 heads, found 6 rows"));
  CHECK(listed([](GgufWriter& w) { w.zeros("blk.0.attn_rot_embd.weight", {4}); }) == "nothing was refused");
}

TEST_CASE("gguf: rotary positions that are scaled", "[gguf]") {
  const auto rope = [](const std::function<void(GgufWriter&)>& more) {
    return read_gguf_decoder(GgufData(small_decoder(more).str()).file).text.rope;
  };
  const RopeConfig linear = rope([](GgufWriter& w) { w.floating("llama.rope.scaling.factor", 4); });
  CHECK(linear.kind == RopeConfig::Kind::Linear);
  CHECK(linear.factor == 4.0);
  CHECK(rope([](GgufWriter& w) { w.floating("llama.rope.scale_linear", 2); }).factor == 2.0);
  CHECK(rope([](GgufWriter& w) {
          w.string("llama.rope.scaling.type", "none");
          w.floating("llama.rope.scaling.factor", 4);
        }).kind == RopeConfig::Kind::Default);

  // For LLaMA 3 the converter writes the divisor of each frequency.
  TextConfig text;
  text.head_dim = 64;
  text.rope.theta = 500000;
  const std::vector<float> plain = text.inv_freq();
  text.rope.kind = RopeConfig::Kind::Llama3;
  text.rope.factor = 8;
  std::vector<float> divisors;
  for (std::size_t i = 0; i < plain.size(); ++i) divisors.push_back(plain[i] / text.inv_freq()[i]);
  const auto with = [&](const std::vector<float>& factors) {
    return small_decoder([&](GgufWriter& w) {
      w.number("llama.attention.key_length", 64);
      w.floating("llama.rope.freq_base", 500000);
      w.tensor("rope_freqs.weight", {factors.size()}, 0, bytes_of(factors));
    });
  };
  const GgufDecoder decoder = read_gguf_decoder(GgufData(with(divisors).str()).file);
  CHECK(decoder.text.rope.kind == RopeConfig::Kind::Llama3);
  CHECK(decoder.text.rope.factor == Approx(8.0));
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(decoder.text.inv_freq()[i] == Approx(text.inv_freq()[i]));
  const auto refused = [&](const std::vector<float>& factors) {
    const GgufData data(with(factors).str());
    return gguf_refusal([&] { static_cast<void>(read_gguf_decoder(data.file)); });
  };
  divisors[20] *= 1.5f;
  CHECK_THAT(refused(divisors), Contains("the factors of LLaMA 3"));
  CHECK_THAT(refused({1, 2}), Contains("expected 32 factors"));
  divisors.back() = std::nanf("");
  CHECK_THAT(refused(divisors), Contains("factors of at least 1"));
}

TEST_CASE("gguf: a tokenizer", "[gguf]") {
  const GgufData data("llama.gguf");
  const GgufTokenizer tokenizer = read_gguf_tokenizer(data.file);
  CHECK(tokenizer.model == "gpt2");
  CHECK(tokenizer.split == "smollm");
  CHECK(tokenizer.tokens.size() == 8);
  CHECK(tokenizer.tokens[7] == "t7");
  CHECK(tokenizer.kinds[0] == GgufTokenizer::Kind::Control);
  CHECK(tokenizer.kinds[1] == GgufTokenizer::Kind::Normal);
  CHECK(tokenizer.merges == std::vector<std::string_view>{"t 1", "t1 2"});
  CHECK(tokenizer.scores.empty());
  CHECK(tokenizer.bos == 0);
  CHECK(tokenizer.eos == 1);
  CHECK(tokenizer.pad == std::nullopt);
  CHECK(tokenizer.adds_bos == false);
  CHECK(tokenizer.adds_eos == std::nullopt);
  CHECK_THAT(std::string(tokenizer.chat_template), Contains("for m in messages"));

  const auto refused = [](const std::function<void(GgufWriter&)>& more) {
    GgufWriter writer;
    writer.string("tokenizer.ggml.model", "llama");
    writer.array("tokenizer.ggml.tokens", GgufKind::Text, 2, GgufWriter::text("a") + GgufWriter::text("b"));
    more(writer);
    const GgufData made(writer.str());
    return gguf_refusal([&] { static_cast<void>(read_gguf_tokenizer(made.file)); });
  };
  CHECK(refused([](GgufWriter& w) { w.array("tokenizer.ggml.scores", GgufKind::F32, 2, std::string(8, '\0')); }) ==
        "nothing was refused");
  CHECK_THAT(refused([](GgufWriter& w) { w.array("tokenizer.ggml.scores", GgufKind::F32, 1, std::string(4, '\0')); }),
             Contains("1 entries for 2 tokens"));
  CHECK_THAT(
      refused([](GgufWriter& w) { w.array("tokenizer.ggml.token_type", GgufKind::I32, 2, std::string(8, '\7')); }),
      Contains("of token 0"));
  CHECK_THAT(refused([](GgufWriter& w) { w.number("tokenizer.ggml.bos_token_id", 2); }),
             Contains("the id of a token, found 2"));
  CHECK_THAT(gguf_refusal([] { static_cast<void>(read_gguf_tokenizer(GgufData(GgufWriter().str()).file)); }),
             Contains("tokenizer.ggml.model: expected llama or gpt2"));
}

TEST_CASE("gguf: towers", "[gguf]") {
  using Kind = GgufTower::Kind;
  for (const auto& [name, kind, prefix] : {std::tuple("mmproj-llava", Kind::Llava, "model.vision_tower."),
                                           {"mmproj-qwen2vl", Kind::Qwen2Vl, "model.visual."},
                                           {"mmproj-qwen2.5vl", Kind::Qwen25Vl, "model.visual."}}) {
    INFO(name);
    const GgufData data((std::string(name) + ".gguf").c_str());
    const GgufTower tower = read_gguf_tower(data.file);
    CHECK(tower.kind == kind);
    const VisionConfig& vision = tower.vision;
    CHECK(std::vector{vision.hidden, vision.intermediate, vision.layers, vision.heads, vision.image_width,
                      vision.patch_size} == std::vector<std::size_t>{16, 24, 2, 2, 16, 4});
    CHECK(vision.has_cls == (kind == Kind::Llava));
    CHECK(vision.activation == (kind == Kind::Qwen25Vl ? Activation::Silu : Activation::QuickGelu));
    CHECK(vision.norm_eps == 1e-6f);
    CHECK(tower.projected == 32);
    CHECK(tower.merge == (kind == Kind::Llava ? 1 : 2));
    CHECK(tower.window == (kind == Kind::Qwen25Vl ? 112 : 0));
    CHECK(tower.full_attention_every == (kind == Kind::Qwen25Vl ? 2 : 0));
    CHECK(tower.mean == std::vector<float>{0.5f, 0.25f, 0.125f});
    CHECK(tower.std == std::vector<float>{0.5f, 1.0f, 2.0f});
    check_tensors(gguf_tower_tensors(data.file, tower, prefix), gguf_data() / (std::string(name) + ".safetensors"),
                  true);
  }
  const GgufData decoder("llama.gguf");
  CHECK_THAT(gguf_refusal([&] { static_cast<void>(read_gguf_tower(decoder.file)); }), Contains("named mmproj"));
}

TEST_CASE("gguf: headers that lie", "[gguf]") {
  const auto refused = [](const std::function<void(GgufWriter&)>& make) {
    GgufWriter writer;
    make(writer);
    return parse_refusal(writer);
  };
  CHECK(refused([](GgufWriter&) {}) == "nothing was refused");
  CHECK(refused([](GgufWriter& w) { w.version = 2; }) == "nothing was refused");
  CHECK_THAT(refused([](GgufWriter& w) { w.magic = "GGML"; }), Contains("x.gguf: expected a GGUF file"));
  CHECK_THAT(refused([](GgufWriter& w) { w.magic = "version https://git-lfs"; }), Contains("git lfs pull"));
  CHECK_THAT(refused([](GgufWriter& w) { w.version = 1; }), Contains("version 2 or 3, found 1"));
  CHECK_THAT(refused([](GgufWriter& w) { w.version = 3u << 24; }), Contains("big-endian"));
  CHECK_THAT(refused([](GgufWriter& w) { w.more_values = UINT64_MAX; }), Contains("is it cut off?"));
  CHECK_THAT(refused([](GgufWriter& w) { w.more_tensors = 1000; }), Contains("is it cut off?"));
  CHECK_THAT(refused([](GgufWriter& w) { w.raw("key", 13, ""); }), Contains("key: unknown value type 13"));
  CHECK_THAT(refused([](GgufWriter& w) { w.value("key", GgufKind::Text, little_endian(UINT64_MAX, 8)); }),
             Contains("cut off"));
  CHECK_THAT(refused([](GgufWriter& w) { w.array("key", GgufKind::U8, UINT64_MAX, ""); }),
             Contains("key: 1844674407370955161"));
  CHECK_THAT(refused([](GgufWriter& w) { w.array("key", GgufKind::Array, 1 << 20, ""); }),
             Contains("do not fit into the file"));
  CHECK_THAT(refused([](GgufWriter& w) {
               std::string deep;
               for (int i = 0; i < 40; ++i) deep += little_endian(9, 4) + little_endian(1, 8);
               w.value("key", GgufKind::Array, deep);
             }),
             Contains("nested deeper"));
  CHECK_THAT(refused([](GgufWriter& w) { w.number("a", 1), w.number("a", 1); }), Contains("a: occurs twice"));
  CHECK_THAT(refused([](GgufWriter& w) { w.number(std::string(70'000, 'k'), 1); }), Contains("found 70000"));
  CHECK_THAT(refused([](GgufWriter& w) { w.number("general.alignment", 24); }), Contains("a power of 2, found 24"));
  CHECK_THAT(refused([](GgufWriter& w) { w.number("general.alignment", 0); }), Contains("general.alignment"));

  const auto tensor = [&](const std::vector<std::uint64_t>& dims, std::uint32_t type, std::size_t bytes,
                          std::uint64_t off = 0) {
    return refused([&](GgufWriter& w) { w.tensor("t", dims, type, std::string(bytes, '\0'), off); });
  };
  CHECK(tensor({4, 2}, 0, 32) == "nothing was refused");
  CHECK(tensor({}, 0, 4) == "nothing was refused");
  CHECK_THAT(tensor({4, 3}, 0, 32), Contains("tensor t: its 48 bytes at") && Contains("cut off"));
  CHECK_THAT(tensor({1, 1, 1, 1, 1}, 0, 4), Contains("at most 4 dimensions, found 5"));
  CHECK_THAT(tensor({0}, 0, 4), Contains("a dimension is 0"));
  CHECK_THAT(tensor({1ULL << 40, 1ULL << 40}, 0, 4), Contains("a dimension is 1099511627776"));
  CHECK_THAT(tensor({4}, 4, 16), Contains("unknown tensor type 4"));
  CHECK_THAT(tensor({48}, 12, 144), Contains("multiple of 256 elements for Q4_K, found 48"));
  CHECK_THAT(tensor({4}, 0, 16, 32), Contains("expected its data at offset 0, found 32"));
  CHECK_THAT(refused([](GgufWriter& w) { w.zeros("t", {1}), w.zeros("t", {1}); }), Contains("tensor t: occurs twice"));
  CHECK_THAT(refused([](GgufWriter& w) { w.zeros("\xFF", {1}); }), Contains("not valid UTF-8"));
}

TEST_CASE("gguf: files that are damaged", "[gguf]") {
  for (const char* name : {"llama.gguf", "mmproj-qwen2vl.gguf"}) {
    const std::string file = read_file(gguf_data() / name);
    const auto read = [](const std::string& content) {
      const GgufData data(content);
      const bool tower = data.file.text("general.architecture") == "clip";
      const std::vector<StoredTensor> tensors =
          tower ? gguf_tower_tensors(data.file, read_gguf_tower(data.file), "tower.")
                : gguf_decoder_tensors(data.file, read_gguf_decoder(data.file));
      if (!tower) static_cast<void>(read_gguf_tokenizer(data.file));
      for (const StoredTensor& t : tensors)
        if (t.dtype) static_cast<void>(content_of(t));
    };
    for (std::size_t size = 0; size < file.size(); size += size < 4096 ? 7 : 997) {
      INFO(name << " cut to " << size);
      CHECK(gguf_refusal([&] { read(file.substr(0, size)); }) != "nothing was refused");
    }
    for (std::size_t i = 0; i < 4096; ++i) {
      std::string spoilt = file;
      spoilt[i] = static_cast<char>(spoilt[i] ^ (1 << i % 8));
      INFO(name << " with another byte " << i);
      static_cast<void>(gguf_refusal([&] { read(spoilt); }));
    }
  }
}
