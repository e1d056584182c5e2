// Converts a checkpoint's matrices to small integers, the decoder's to int8 or int4: half or a quarter of the memory,
// and of the bytes read per generated token. docs/quantised.md describes the file.
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

// The format of a tensor when quantising to `to`: `to` for matrices of the decoder's layers; always int8 for the head,
// the towers' layers and the projector, since everything passes through them, for a narrow decoder's k_proj,
// v_proj, up_proj and down_proj, which lose most, and for what is no whole number of int4's blocks. nullopt: unchanged
// (embeddings, norms, biases).
[[nodiscard]] std::optional<Quantisation> quantisation_of(std::string_view name, const Shape& shape, Quantisation to,
                                                          TensorNames names = default_names());

// The tensors, by name, that represent the matrix `name` in a file.
[[nodiscard]] std::map<std::string, HostTensor> quantised_tensors(const std::string& name, HostView weight,
                                                                  Quantisation to);

struct QuantisedTensor {
  std::string name;
  Quantisation to;
  std::size_t bytes_before = 0, bytes_after = 0;
  double error = 0;  // root mean square of the error over that of the weights
};

struct QuantiseResult {
  std::size_t bytes_before = 0, bytes_after = 0;  // of all tensors
  std::vector<QuantisedTensor> tensors;           // the quantised ones, including those of a resumed run
  std::size_t resumed = 0;                        // tensors that an earlier run had written
  bool discarded = false;                         // an earlier run's files were discarded: other model or format
  bool damaged = false;  // what an earlier run had written is not what it wrote; from there on it was written again
};

// Writes the checkpoint in `model`, quantised, to the new folder `out`, with copies of all its other files (not
// symbolic links); for a GGUF file, with files made of what it says. Tied embeddings get a quantised copy as the head.
// Works in `out`.part, which also holds the model's hash, and renames it at the end; a run that was stopped or killed
// continues after the last tensor that is complete and whole if the model is the same, else it starts again. Holds one
// matrix in memory at a time. Reports Stage::Quantise by tensors. Error{Usage}: `out` is no name, or another process is
// writing there; Error{File, Model, Memory}; Error{File} also if the disk has no room for all of it, before anything is
// written; Error{Model} also if the checkpoint is already quantised, Error{File} if it changes meanwhile; Cancelled.
QuantiseResult quantise_checkpoint(const std::filesystem::path& model, Quantisation to,
                                   const std::filesystem::path& out, const Control& control = {},
                                   const std::function<void(const QuantisedTensor&)>& on_tensor = {},
                                   Families families = sparsight::families());

}  // namespace sparsight
