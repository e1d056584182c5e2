#include "core/model_check.h"

#include "core/model/chat_template.h"
#include "core/model/families/family.h"
#include "core/model/llama.h"
#include "core/model/model_folder.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/weights.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <exception>
#include <system_error>

namespace sparsight {
namespace {

constexpr std::size_t kTextTokens = 512;  // assumed for a question and its answer

// Bytes of the keys and values of a whole prompt, and of the widest rows between two layers.
std::size_t working_bytes(const ModelInfo& info, std::size_t frames) {
  const TextConfig& text = info.config.text;
  const std::size_t tokens = info.config.layout(info.config.main_medium(), frames).tokens() + kTextTokens;
  const std::size_t between = 2 * text.intermediate + 4 * text.hidden;
  return tokens * (info.kv_bytes_per_token() + between * sizeof(float));
}

std::optional<Quantisation> quantisation_in(const Weights& weights) {
  std::optional<Quantisation> found;
  for (const std::string& name : weights.names()) {
    if (name.ends_with(".weight_block_scale")) return Quantisation::Int4;
    if (name.ends_with(".weight_scale")) found = Quantisation::Int8;
  }
  return found;
}

}  // namespace

ModelInfo describe_model(const std::filesystem::path& path, const ModelConfig& config, const Weights& weights) {
  ModelInfo out{.path = path,
                .config = config,
                .parameters = weights.parameters(),
                .weight_bytes = weights.bytes(),
                .dtype = fmt::format("{}", fmt::join(weights.dtypes(), ", ")),
                .quantisation = quantisation_in(weights),
                .kv_dtype = default_kv_dtype(config, weights),
                .card = read_model_card(path)};
  if (out.card) out.warnings = out.card->warnings;
  if (!out.card) out.notes.assign(config.family->notes.begin(), config.family->notes.end());
  warn_about_template(path, *config.family, out.warnings);
  std::error_code ignored;
  if (std::filesystem::exists(path / "config.json", ignored) && config.family->sees() &&
      !config.family->pixels_in_code && !has_preprocess_config(path))
    out.warnings.push_back(fmt::format(
        "{}: neither preprocessor_config.json nor processor_config.json here; pictures are prepared as usual for {}",
        path.string(), config.family->name()));
  return out;
}

ModelCheck check_model(const std::filesystem::path& given, std::size_t frames, Families families) {
  const std::filesystem::path dir = model_folder(given);
  ModelCheck check;
  check.info.path = dir;
  try {
    std::error_code absent;
    if (decoder_gguf(dir) || std::filesystem::exists(dir / "config.json", absent)) {
      check.info.config = read_config(dir, families);
      check.memory_bytes = working_bytes(check.info, frames);
    }
    check_model_folder(dir);
    const Weights weights = Weights::open(dir, check.info.config.family->names);
    check.info = describe_model(dir, read_config(dir, weights, families), weights);
    check.memory_bytes = check.info.weight_bytes + working_bytes(check.info, frames);
    const TextConfig& text = check.info.config.text;
    static_cast<void>(weights.get(decoder_tensor("embed_tokens.weight"), {text.vocab, text.hidden}));
    for (const MediaKind media : {MediaKind::Video, MediaKind::Image})
      static_cast<void>(read_preprocess_config(dir, check.info.config, media));
    static_cast<void>(Tokenizer::open(dir));
  } catch (const std::exception& error) {
    check.problem = error.what();
  }
  return check;
}

}  // namespace sparsight
