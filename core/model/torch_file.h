// Checkpoints that PyTorch pickled (.bin, .pt, .pth), read without running them (core/model/pickle.h). Internal to
// core/model.
#pragma once

#include "core/model/stored_tensor.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace sparsight {

// The tensors of a file whose content is `bytes`, as torch.save writes it: a ZIP archive, or since before 1.6 pickles
// with the data behind them. That is a dict of tensors, or a dict that has one as "state_dict", "model_state_dict",
// "model" or "module"; what else stands in these is left out. Tensors of types that nothing here computes with have no
// dtype. Tensors may share their data; those that do not lie row by row are gathered when they are read.
// Refuses: what a pickle would run besides what makes tensors, by name; tensors that reach beyond their data or have
// more elements than it; data that reach beyond the file; big-endian data; a pickle of more than 64 MB; programs of
// TorchScript. Error{Model} with `where` and the tensor. The tensors read from `bytes`.
[[nodiscard]] std::vector<StoredTensor> parse_torch_file(std::span<const std::byte> bytes, std::string_view where);

}  // namespace sparsight
