// Reads PyTorch's pickled checkpoints (.bin, .pt, .pth) and runs no code in them.
#pragma once

#include "core/model/stored_tensor.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace sparsight {

// The tensors of a file that torch.save wrote: a ZIP archive, or, before PyTorch 1.6, pickles followed by data. The
// file holds a dict of tensors, or a dict that has such a dict as "state_dict", "model_state_dict", "model" or
// "module"; other values are ignored. Tensors may share data; those with other strides than a contiguous one's are
// gathered on demand. Refuses: code other than what makes tensors, by name; tensors that reach past the end of their
// data or have more elements than it; data outside the file; big-endian data; pickles of more than 64 MB; TorchScript
// programs. Error{Model} with `where` and the tensor. The tensors read `bytes`.
[[nodiscard]] std::vector<StoredTensor> parse_torch_file(std::span<const std::byte> bytes, std::string_view where);

}  // namespace sparsight
