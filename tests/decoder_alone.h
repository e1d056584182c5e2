// A small decoder alone, of LLaMA's or Qwen2's architecture, with random weights and a byte-level tokenizer, as the
// files that people have.
#pragma once

#include "core/model/families/decoder_alone.h"
#include "tests/gguf_writer.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sparsight::test {

struct DecoderAlone {
  explicit DecoderAlone(std::string architecture = "llama");  // or "qwen2", whose q, k and v have biases
  // config.json, tokenizer.json, tokenizer_config.json, model.safetensors.
  void write_folder(const std::filesystem::path& folder) const;
  void write_gguf(const std::filesystem::path& file) const;

  std::string architecture;
  std::string chat_template;        // SmolLM2's, or Qwen2's
  std::vector<std::string> tokens;  // by id; the first three are control tokens
  std::vector<std::string> merges;
  // transformers' names and F32 values [rows, columns], a vector with one row.
  struct Values {
    std::vector<std::size_t> shape;
    std::vector<float> values;
  };
  std::map<std::string, Values> tensors;
};

// A GGUF file with the tokenizer of a tokenizer.json of byte-level BPE; `split`: llama.cpp's name of its regex.
[[nodiscard]] GgufWriter gguf_of_tokenizer(const nlohmann::json& tokenizer, std::string_view split);
// The same of a tokenizer.model.
[[nodiscard]] GgufWriter gguf_of_pieces(std::string_view model);

}  // namespace sparsight::test
