// Decoders alone, which take text only: LlamaForCausalLM, such as SmolLM2, and Qwen2ForCausalLM. Several families share
// a type: the chat template of the checkpoint tells them apart.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

// The prompt of each: SmolLM2's; ChatML without a system text of its own; the question alone, for a checkpoint
// without a template.
[[nodiscard]] const Family& llama_smollm2();
[[nodiscard]] const Family& llama_chatml();
[[nodiscard]] const Family& llama_plain();
// The prompt of each: Qwen2's; Qwen2.5's, which has another system text; then as above.
[[nodiscard]] const Family& qwen2_text();
[[nodiscard]] const Family& qwen2_5_text();
[[nodiscard]] const Family& qwen2_chatml();
[[nodiscard]] const Family& qwen2_plain();

}  // namespace sparsight
