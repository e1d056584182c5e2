// Reads the tokenizer files of a checkpoint's folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sparsight {

// Contents of the files that exist.
struct TokenizerTexts {
  std::optional<std::string> model;           // tokenizer.model
  std::optional<std::string> tokenizer_json;  // if it exists, the model file is not read, as in transformers
  std::optional<std::string> config_json;     // tokenizer_config.json
  std::optional<std::string> added_tokens_json;
  std::optional<std::string> special_tokens_map_json;
  std::string model_type;  // of config.json; "": none
};

// Error{File, Model}: tokenizer.json or tokenizer.model must be there.
[[nodiscard]] TokenizerTexts read_tokenizer_texts(const std::filesystem::path& dir);

}  // namespace sparsight
