// A checkpoint with its matrices as small integers, the decoder's as int8 or int4: half or a quarter of the memory and
// of what generating reads. docs/quantised.md says how the file is laid out.
#pragma once

#include "core/base/progress.h"
#include "core/model/config.h"
#include "core/model/families/names.h"
#include "kernels/quantised.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// What becomes of a tensor under `to`: matrices of the decoder's layers; and as int8 always the head, the towers'
// layers and the projector, which everything goes through. nullopt: it stays as it is (embeddings, norms, biases).
[[nodiscard]] std::optional<Quantisation> quantisation_of(std::string_view name, const Shape& shape, Quantisation to,
                                                          TensorNames names = default_names());

// The tensors that stand for the matrix `name` in a file, by their names.
[[nodiscard]] std::map<std::string, HostTensor> quantised_tensors(const std::string& name, HostView weight,
                                                                  Quantisation to);

struct QuantisedTensor {
  std::string name;
  Quantisation to;
  std::size_t bytes_before = 0, bytes_after = 0;
  double error = 0;  // root mean square of what is lost, over that of the weights
};

struct QuantiseResult {
  std::size_t bytes_before = 0, bytes_after = 0;  // of all tensors
  std::vector<QuantisedTensor> tensors;           // those that were made anew; of what was resumed too
  std::size_t resumed = 0;                        // tensors of the file that an earlier run had written
  bool discarded = false;                         // what an earlier run left, since it was of another model or kind
};

// Writes the checkpoint in `model` to the folder `out`, which must not be there, with all its other files (not symbolic
// links) beside the weights. Until it is whole it stands in `out`.part, with the model's hash; a run that was stopped
// or killed is gone on with, from the last whole tensor, if the model is still the same, else begun anew. One matrix is
// in memory at a time. Reports Stage::Quantise by tensors. Error{Usage}: `out` is no name, or another process is
// writing there; Error{File, Model, Memory}; Error{Model} too if it is quantised already, Error{File} if it changes
// meanwhile; Cancelled.
QuantiseResult quantise_checkpoint(const std::filesystem::path& model, Quantisation to,
                                   const std::filesystem::path& out, const Control& control = {},
                                   const std::function<void(const QuantisedTensor&)>& on_tensor = {},
                                   Families families = families());

}  // namespace sparsight
