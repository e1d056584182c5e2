#include "tests/fuzz/targets.h"

#include "core/base/text.h"
#include "core/model/config.h"
#include "core/model/families/family.h"
#include "core/model/gguf_model.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/torch_file.h"
#include "core/model/weights.h"
#include "core/pictures/heatmap.h"
#include "core/pruning/trace.h"
#include "tests/gguf_writer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

namespace sparsight::fuzz {
namespace {

template <typename F>
void expect_model_errors_only(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    SPARSIGHT_CHECK(e.kind() == ErrorKind::Model);
    SPARSIGHT_CHECK(std::string_view(e.what()).size() < 1000);
  }
}

void check(const ModelConfig& c) {
  SPARSIGHT_CHECK(c.text.heads % c.text.kv_heads == 0);
  SPARSIGHT_CHECK(c.text.head_dim % 2 == 0);
  SPARSIGHT_CHECK(c.text.inv_freq().size() == c.text.head_dim / 2);
  if (!c.family->sees()) return;
  SPARSIGHT_CHECK(c.vision.hidden % c.vision.heads == 0);
  SPARSIGHT_CHECK(c.vision.patches() > 0);
  SPARSIGHT_CHECK(!c.feature_layers.empty());
  for (const std::size_t layer : c.feature_layers) SPARSIGHT_CHECK(layer <= c.vision.layers);
}

// They lie within the input, and can be read.
void check(const std::vector<StoredTensor>& tensors, std::span<const std::byte> input) {
  const std::less_equal<> before;
  for (const StoredTensor& tensor : tensors) {
    if (!tensor.bytes.empty())
      SPARSIGHT_CHECK(before(input.data(), tensor.bytes.data()) &&
                      before(tensor.bytes.data() + tensor.bytes.size(), input.data() + input.size()));
    if (!tensor.dtype) continue;
    std::size_t bytes = size_of(*tensor.dtype);
    for (const std::size_t dim : tensor.shape) bytes *= dim;
    if (!tensor.make) SPARSIGHT_CHECK(bytes == tensor.bytes.size());
    HostTensor made(Shape{bytes}, DType::U8);
    if (tensor.make) tensor.make(made.data());
  }
}

}  // namespace

void safetensors(std::span<const std::byte> input) {
  expect_model_errors_only([&] {
    const SafetensorsFile file = parse_safetensors(input, "fuzz");
    SPARSIGHT_CHECK(file.data_begin <= input.size());
    const std::size_t data_size = input.size() - file.data_begin;
    std::size_t total = 0;
    for (const auto& [name, entry] : file.entries) {
      SPARSIGHT_CHECK(entry.begin <= entry.end && entry.end <= data_size);
      total += entry.end - entry.begin;
      SPARSIGHT_CHECK(!canonical_name(name).empty() || name.empty());
      if (!entry.dtype) continue;
      std::size_t bytes = size_of(*entry.dtype);
      for (const std::size_t dim : entry.shape) bytes *= dim;
      SPARSIGHT_CHECK(bytes == entry.end - entry.begin);
    }
    SPARSIGHT_CHECK(total == data_size);
  });
}

namespace {

// The file of a decoder that the tower fits.
std::string decoder_beside(const GgufTower& tower) {
  const bool llava = tower.kind == GgufTower::Kind::Llava;
  const std::string architecture = llava ? "llama" : "qwen2vl";
  test::GgufWriter out;
  out.string("general.architecture", architecture);
  for (const auto& [key, number] : {std::pair("block_count", std::size_t{1}),
                                    {"context_length", 64},
                                    {"embedding_length", tower.projected},
                                    {"feed_forward_length", 8},
                                    {"attention.head_count", 2},
                                    {"attention.key_length", 8}})
    out.number(architecture + "." + key, static_cast<std::uint32_t>(number));
  std::string sections;
  for (const std::uint64_t width : {1, 1, 2, 0}) sections += test::little_endian(width, 4);
  if (!llava) out.array("qwen2vl.rope.dimension_sections", GgufValue::Type::I32, 4, sections);
  out.string("tokenizer.ggml.model", "gpt2");
  std::string tokens;
  for (const char* token : {"<image>", "<|image_pad|>", "<|video_pad|>"}) tokens += test::GgufWriter::text(token);
  out.array("tokenizer.ggml.tokens", GgufValue::Type::Text, 3, tokens);
  out.zeros("token_embd.weight", {1, 3});
  return out.str();
}

}  // namespace

void torch_file(std::span<const std::byte> input) {
  expect_model_errors_only([&] { check(parse_torch_file(input, "fuzz"), input); });
}

void gguf(std::span<const std::byte> input) {
  expect_model_errors_only([&] {
    const GgufFile file = parse_gguf(input, "fuzz");
    expect_model_errors_only([&] {
      const GgufDecoder decoder = read_gguf_decoder(file);
      SPARSIGHT_CHECK(decoder.text.heads % decoder.text.kv_heads == 0 && decoder.text.head_dim % 2 == 0);
      check(gguf_decoder_tensors(file, decoder), input);
    });
    expect_model_errors_only([&] {
      const GgufTokenizer tokenizer = read_gguf_tokenizer(file);
      SPARSIGHT_CHECK(tokenizer.kinds.size() == tokenizer.tokens.size());
    });
    expect_model_errors_only([&] {
      const Tokenizer tokenizer = Tokenizer::from_texts(gguf_tokenizer_texts(file), "fuzz");
      const std::string text = tokenizer.decode(tokenizer.encode("Some words, 12 \xC3\xBC."));
      SPARSIGHT_CHECK(utf8_of(text) == Utf8::Valid);
    });
    expect_model_errors_only([&] { check(gguf_config(file, nullptr, families())); });
    expect_model_errors_only([&] {
      const GgufTower tower = read_gguf_tower(file);
      SPARSIGHT_CHECK(tower.vision.patches() > 0 && tower.vision.hidden % tower.vision.heads == 0);
      for (const std::size_t layer : tower.feature_layers) SPARSIGHT_CHECK(layer <= tower.vision.layers);
      check(gguf_tower_tensors(file, tower, "tower."), input);
      const std::string decoder = decoder_beside(tower);
      const ModelConfig both = gguf_config(parse_gguf(std::as_bytes(std::span(decoder)), "decoder"), &file, families());
      check(both);
      SPARSIGHT_CHECK(both.vision.token_side() > 0 && both.vision.whole_layers.size() <= both.vision.layers);
    });
  });
}

void config(std::span<const std::byte> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  expect_model_errors_only([&] { check(parse_config(text, "", "fuzz")); });
  expect_model_errors_only([&] { check(parse_config(R"({"model_type": "video_llava"})", text, "fuzz")); });
  expect_model_errors_only([&] {
    const PreprocessConfig c = parse_preprocess_config(text, "fuzz");
    SPARSIGHT_CHECK(c.mean.size() == 3 && c.std.size() == 3);
    SPARSIGHT_CHECK(c.shortest_edge > 0 || (c.height > 0 && c.width > 0));
    SPARSIGHT_CHECK(c.crop_height > 0 && c.crop_width > 0);
    SPARSIGHT_CHECK(std::all_of(c.std.begin(), c.std.end(), [](float s) { return s > 0 && std::isfinite(s); }));
  });
}

void trace(std::span<const std::byte> input) {
  expect_model_errors_only([&] {
    const Trace trace = parse_trace(input, "fuzz");
    const std::string bytes = trace_bytes(trace);
    SPARSIGHT_CHECK(trace_bytes(parse_trace(std::as_bytes(std::span(bytes)), "fuzz")) == bytes);
    for (std::size_t behind = 0; behind <= std::min<std::size_t>(trace.steps.size(), 3); ++behind) {
      const Heatmap heatmap = make_heatmap(trace, behind, HeatmapMode::Score);
      SPARSIGHT_CHECK(heatmap.kept + heatmap.recycled + heatmap.dropped == trace.visual_tokens);
      if (trace.text_tokens != 0)
        SPARSIGHT_CHECK(make_word_heatmap(trace, behind, trace.text_tokens - 1).tokens.size() == trace.visual_tokens);
      AskedAttention asked;
      for (const TraceWord& word : trace.answer_words)
        if (asked.rows.empty()) asked.rows = trace.attention.rows_of_answer(word);
      if (asked.rows.empty() && trace.attention.rows() != 0) asked.rows = {trace.attention.rows() - 1};
      for (; asked.at < std::min<std::size_t>(trace.attention.layers.size(), 3); ++asked.at)
        SPARSIGHT_CHECK(make_attention_heatmap(trace, behind, asked).tokens.size() == trace.visual_tokens);
    }
  });
}

}  // namespace sparsight::fuzz
