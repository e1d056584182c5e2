#include "core/model/config.h"

#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/model/families/family.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sparsight {

namespace fs = std::filesystem;

std::vector<float> TextConfig::inv_freq() const {
  std::vector<float> out(head_dim / 2);
  const auto theta = static_cast<float>(rope.theta);
  const auto dim = static_cast<float>(head_dim);
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = 1.0f / std::pow(theta, static_cast<float>(2 * j) / dim);

  const auto factor = static_cast<float>(rope.factor);
  if (rope.kind == RopeConfig::Kind::Linear)
    for (float& f : out) f /= factor;
  if (rope.kind == RopeConfig::Kind::Llama3) {
    const auto length = static_cast<double>(rope.original_max_positions);
    const auto longest = static_cast<float>(length / rope.low_freq_factor);
    const auto shortest = static_cast<float>(length / rope.high_freq_factor);
    const auto low = static_cast<float>(rope.low_freq_factor);
    const auto range = static_cast<float>(rope.high_freq_factor - rope.low_freq_factor);
    for (float& f : out) {
      // Reciprocals, as torch computes scalar / tensor.
      const float wavelength = (1.0f / f) * static_cast<float>(2 * std::numbers::pi);
      if (wavelength < shortest) continue;
      if (wavelength > longest) {
        f /= factor;
      } else {
        const float smooth = ((1.0f / wavelength) * static_cast<float>(length) - low) / range;
        f = (1.0f - smooth) * f / factor + smooth * f;
      }
    }
  }
  return out;
}

bool ModelConfig::takes(MediaKind media) const {
  return media == MediaKind::None || !family->chat.placeholder(media).empty();
}

VisualLayout ModelConfig::layout(const Medium& medium) const {
  if (!family->sees()) return {};
  return family->lay_out != nullptr ? family->lay_out(*this, medium) : frame_by_frame_layout(*this, medium);
}

VisualLayout frame_by_frame_layout(const ModelConfig& config, const Medium& medium) {
  const FrameTokens& how = config.tokens_of(medium.kind);
  const VisionConfig& tower = config.tower(medium.kind);
  VisualBlock block{.rows = tower.rows() / how.pool,
                    .columns = tower.columns() / how.pool,
                    .cls = how.cls,
                    .after_row = how.newlines ? std::size_t{1} : std::size_t{0}};
  // Patches that fill no whole token at the right and lower edge are not shown.
  const auto shown = [&](std::size_t tokens, std::size_t patches) {
    return static_cast<double>(tokens * how.pool) / static_cast<double>(patches);
  };
  block.part = {.width = shown(block.columns, tower.columns()), .height = shown(block.rows, tower.rows())};
  return VisualLayout::alike(medium.frames, block);
}

TowerTokens ModelConfig::tower_tokens(MediaKind media) const {
  if (!tower(media).has_cls) return TowerTokens::NoCls;
  return tokens_of(media).newlines || tokens_of(media).pool != 1 ? TowerTokens::Made : TowerTokens::Rows;
}

namespace {

ModelConfig parse_config_of(std::string_view config_json, std::string_view generation_json, std::string_view where,
                            Families families, const std::function<std::string()>& chat_template) {
  const nlohmann::json document = parse_json(config_json, where);
  const JsonObject top(document, where);
  const Family& family = family_of(top, families, chat_template);
  const nlohmann::json generation =
      generation_json.empty() ? nlohmann::json::object() : parse_json(generation_json, "generation_config.json");
  ModelConfig out = family.read(top, JsonObject(generation, "generation_config.json"));
  out.family = &family;
  return out;
}

}  // namespace

ModelConfig parse_config(std::string_view config_json, std::string_view generation_json, std::string_view where,
                         Families families) {
  return parse_config_of(config_json, generation_json, where, families, {});
}

ModelConfig read_config(const std::filesystem::path& dir, Families families) {
  const std::filesystem::path path = dir / "config.json";
  const std::optional<std::string> config = read_json_file(path);
  if (!config) {
    if (const auto gguf = decoder_gguf(dir)) {
      const MappedFile file = MappedFile::open(*gguf);
      const std::optional<fs::path> tower = tower_gguf(dir);
      const std::optional<MappedFile> tower_file = tower ? std::optional(MappedFile::open(*tower)) : std::nullopt;
      std::optional<GgufFile> seen;
      if (tower_file) seen = parse_gguf(tower_file->bytes(), tower->string());
      ModelConfig out = gguf_config(parse_gguf(file.bytes(), gguf->string()), seen ? &*seen : nullptr, families);
      file.check();
      if (tower_file) tower_file->check();
      return out;
    }
    fail(ErrorKind::File, "{}: no such file; is this a model's directory?", path.string());
  }
  ModelConfig out = parse_config_of(*config, read_json_file(dir / "generation_config.json").value_or(""), path.string(),
                                    families, [&] { return chat_template_in(dir); });
  if (const auto gguf = tower_gguf(dir)) {
    const MappedFile file = MappedFile::open(*gguf);
    const GgufFile parsed = parse_gguf(file.bytes(), gguf->string());
    const GgufTower tower = read_gguf_tower(parsed);
    file.check();
    if (tower.projected != out.text.hidden)
      parsed.refuse("clip.vision.projection_dim",
                    fmt::format("expected the decoder's width, {}, found {}", out.text.hidden, tower.projected));
    const std::size_t stored = tower.vision.layers;
    const auto last = std::ranges::max_element(out.feature_layers);
    if (stored < out.vision.layers && last != out.feature_layers.end() && *last <= stored)
      out.vision.not_stored = out.vision.layers - stored;
  }
  return out;
}

ModelConfig read_config(const std::filesystem::path& dir, const Weights& weights, Families families) {
  ModelConfig out = read_config(dir, families);
  if (out.family->complete == nullptr) return out;
  const std::filesystem::path path = dir / "config.json";
  const nlohmann::json document = parse_json(read_json_file(path).value_or(""), path.string());
  out.family->complete(JsonObject(document, path.string()), weights, out);
  return out;
}

void expect_in_vocabulary(std::span<const std::int32_t> ids, const TextConfig& config) {
  for (const std::int32_t id : ids)
    if (id < 0 || static_cast<std::size_t>(id) >= config.vocab)
      fail(ErrorKind::Model, "the tokenizer gives token {}, the model's vocabulary ends at {}", id, config.vocab);
}

}  // namespace sparsight
