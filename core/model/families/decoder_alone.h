// Decoders alone, which take text only: LlamaForCausalLM, such as SmolLM2. Several families share the type: the chat
// template of the checkpoint tells them apart.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

// The prompt of each: SmolLM2's; ChatML without a system text of its own; the question alone, for a checkpoint
// without a template.
[[nodiscard]] const Family& llama_smollm2();
[[nodiscard]] const Family& llama_chatml();
[[nodiscard]] const Family& llama_plain();

}  // namespace sparsight
