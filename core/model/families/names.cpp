#include "core/model/families/names.h"

namespace sparsight {
namespace {

// CLIP's historical spelling, with its typo, is the canonical one.
constexpr std::string_view kModern = ".pre_layernorm.", kHistorical = ".pre_layrnorm.";

}  // namespace

std::string canonical_name(std::string_view name, TensorNames names) {
  constexpr std::string_view kModel = "model.";
  std::string_view rest = name;
  if (rest.starts_with(kModel)) rest.remove_prefix(kModel.size());
  for (const Rename& r : names) {
    if (!rest.starts_with(r.from)) continue;
    std::string out = (std::string(r.to) += r.rest) += rest.substr(r.from.size());
    if (const std::size_t at = out.find(kModern); at != std::string::npos) out.replace(at, kModern.size(), kHistorical);
    return out;
  }
  return std::string(name);
}

TensorPart part_of(std::string_view canonical) {
  if (canonical == kLmHead) return TensorPart::Head;
  for (const std::string_view layers : {".encoder.layers.", ".visual.blocks."})
    if (canonical.find(layers) != std::string_view::npos) return TensorPart::TowerLayer;
  if (canonical.starts_with(kProjector)) return TensorPart::Projector;
  if (canonical.starts_with(decoder_tensor("layers."))) return TensorPart::DecoderLayer;
  return TensorPart::Other;
}

}  // namespace sparsight
