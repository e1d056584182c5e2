#include "core/model/tokenizer/tokenizer_files.h"

#include "core/base/json.h"
#include "kernels/error.h"

#include <cstdint>
#include <fstream>
#include <iterator>

namespace sparsight {
namespace {

constexpr std::uintmax_t kMaxModelBytes = 256u << 20;
constexpr std::uintmax_t kMaxJsonBytes = 64u << 20;  // as values they take some twenty times as much

std::optional<std::string> read_text(const std::filesystem::path& path, std::uintmax_t most) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return std::nullopt;
  if (!std::filesystem::is_regular_file(status)) fail(ErrorKind::File, "{}: not a file", path.string());
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) fail(ErrorKind::File, "{}: {}", path.string(), error.message());
  if (size > most) fail(ErrorKind::Model, "{}: expected at most {} bytes, the file has {}", path.string(), most, size);
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.size() != size) fail(ErrorKind::File, "{}: cannot be read", path.string());
  return text;
}

// Whoever reads the model complains about a config.json that is none.
std::string type_in_config(const std::filesystem::path& path) {
  try {
    const std::optional<std::string> text = read_json_file(path);
    if (!text) return {};
    const nlohmann::json parsed = parse_json(*text, path.string());
    return JsonObject(parsed, path.string()).string("model_type").value_or("");
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

TokenizerTexts read_tokenizer_texts(const std::filesystem::path& dir) {
  TokenizerTexts texts;
  texts.tokenizer_json = read_text(dir / "tokenizer.json", kMaxJsonBytes);
  if (!texts.tokenizer_json) texts.model = read_text(dir / "tokenizer.model", kMaxModelBytes);
  if (!texts.tokenizer_json && !texts.model)
    fail(ErrorKind::File, "{}: neither tokenizer.json nor tokenizer.model here", dir.string());
  texts.config_json = read_text(dir / "tokenizer_config.json", kMaxJsonBytes);
  texts.added_tokens_json = read_text(dir / "added_tokens.json", kMaxJsonBytes);
  texts.special_tokens_map_json = read_text(dir / "special_tokens_map.json", kMaxJsonBytes);
  texts.model_type = type_in_config(dir / "config.json");
  return texts;
}

}  // namespace sparsight
