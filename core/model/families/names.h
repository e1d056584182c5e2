// What tensors are called. Checkpoints of one family come in several layouts; the program knows each tensor by one
// name, the one that transformers 5 gives it in memory. A family lists how the other layouts spell it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sparsight {

// Where the decoder's tensors and the projector's stand, in every family.
inline constexpr std::string_view kDecoder = "model.language_model.";
inline constexpr std::string_view kProjector = "model.multi_modal_projector.";
inline constexpr std::string_view kLmHead = "lm_head.weight";
[[nodiscard]] inline std::string decoder_tensor(std::string_view name) { return std::string(kDecoder).append(name); }
[[nodiscard]] inline std::string projector_tensor(std::string_view name) {
  return std::string(kProjector).append(name);
}

// A name that begins with `from`, a `model.` in front of it left out, begins with `to` and `rest` instead.
struct Rename {
  std::string_view from;
  std::string_view to;
  std::string_view rest{};
};
// The first that fits wins. Static data.
using TensorNames = std::span<const Rename>;
[[nodiscard]] TensorNames default_names();  // of the first of families()

// The name by which the program knows a tensor. One that no Rename fits stays as it is.
[[nodiscard]] std::string canonical_name(std::string_view name, TensorNames names = default_names());

// What part of a model a tensor belongs to, by its canonical name.
enum class TensorPart { Head, DecoderLayer, TowerLayer, Projector, Other };
[[nodiscard]] TensorPart part_of(std::string_view canonical);

}  // namespace sparsight
