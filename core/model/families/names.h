// Names of tensors. Checkpoints of one family exist in several layouts; the program uses one canonical name for each
// tensor, the one that transformers 5 gives it in memory. A family lists how the other layouts spell it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sparsight {

// Canonical prefixes of the decoder's and the projector's tensors, in every family.
inline constexpr std::string_view kDecoder = "model.language_model.";
inline constexpr std::string_view kProjector = "model.multi_modal_projector.";
inline constexpr std::string_view kLmHead = "lm_head.weight";
[[nodiscard]] inline std::string decoder_tensor(std::string_view name) { return std::string(kDecoder).append(name); }
[[nodiscard]] inline std::string projector_tensor(std::string_view name) {
  return std::string(kProjector).append(name);
}

// Replaces the prefix `from` of a name, after removing a `model.` before it, by `to` and `rest`.
struct Rename {
  std::string_view from;
  std::string_view to;
  std::string_view rest{};
};
// The first match is used. Static data.
using TensorNames = std::span<const Rename>;
[[nodiscard]] TensorNames default_names();  // those of the first of families()

// The canonical name of a tensor; unchanged if no Rename matches.
[[nodiscard]] std::string canonical_name(std::string_view name, TensorNames names = default_names());

// The part of a model that a tensor belongs to, by its canonical name.
enum class TensorPart { Head, DecoderLayer, TowerLayer, Projector, Other };
[[nodiscard]] TensorPart part_of(std::string_view canonical);

}  // namespace sparsight
