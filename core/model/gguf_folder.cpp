// Writes what a Hugging Face folder has beside the weights, for a decoder that a GGUF file describes.
#include "core/base/json.h"
#include "core/base/replace_file.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"

namespace sparsight {
namespace {

using Json = nlohmann::json;

Json rope_json(const RopeConfig& rope) {
  switch (rope.kind) {
    case RopeConfig::Kind::Default: break;
    case RopeConfig::Kind::Linear: return {{"rope_type", "linear"}, {"factor", rope.factor}};
    case RopeConfig::Kind::Llama3:
      return {{"rope_type", "llama3"},
              {"factor", rope.factor},
              {"low_freq_factor", rope.low_freq_factor},
              {"high_freq_factor", rope.high_freq_factor},
              {"original_max_position_embeddings", rope.original_max_positions}};
  }
  return {};
}

Json config_json(const GgufFile& file, const ModelConfig& config) {
  const TextConfig& text = config.text;
  Json out{{"model_type", file.text("general.architecture").value_or("")},
           {"vocab_size", text.vocab},
           {"hidden_size", text.hidden},
           {"intermediate_size", text.intermediate},
           {"num_hidden_layers", text.layers},
           {"num_attention_heads", text.heads},
           {"num_key_value_heads", text.kv_heads},
           {"head_dim", text.head_dim},
           {"rms_norm_eps", static_cast<double>(text.rms_eps)},
           {"rope_theta", text.rope.theta},
           {"rope_scaling", rope_json(text.rope)},
           {"max_position_embeddings", text.max_positions},
           {"attention_bias", text.attention_bias},
           {"mlp_bias", text.mlp_bias},
           {"tie_word_embeddings", text.tied_embeddings},
           {"bos_token_id", config.bos},
           {"eos_token_id", config.eos}};
  if (config.pad) out["pad_token_id"] = *config.pad;
  return out;
}

}  // namespace

void write_gguf_folder(const GgufFile& file, Families families, const std::filesystem::path& folder) {
  const auto put = [&](const char* name, const std::optional<std::string>& content) {
    if (content && !is_there(folder / name)) replace_file(folder / name, *content);
  };
  const bool has_tokenizer = is_there(folder / "tokenizer.json") || is_there(folder / "tokenizer.model");
  const bool has_template = is_there(folder / "chat_template.jinja") || is_there(folder / "tokenizer_config.json");
  if (!is_there(folder / "config.json"))
    put("config.json", config_json(file, gguf_config(file, nullptr, families)).dump(1) + "\n");
  if (!has_tokenizer) {
    const TokenizerTexts texts = gguf_tokenizer_texts(file);
    put("tokenizer.json", texts.tokenizer_json);
    put("tokenizer.model", texts.model);
    put("tokenizer_config.json", texts.config_json);
  }
  if (!has_template)
    if (const auto text = file.text("tokenizer.chat_template")) put("chat_template.jinja", std::string(*text));
}

}  // namespace sparsight
