// LLaVA-1.5 as transformers saves it (LlavaForConditionalGeneration): one CLIP tower for pictures, a two-layer
// projector and a LLaMA. Vicuna's chat template. It takes no videos.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& llava();
// The same for a vocabulary without `<image>`, as GGUF files have it.
[[nodiscard]] const Family& llava_without_token();

}  // namespace sparsight
