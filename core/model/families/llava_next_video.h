// LLaVA-NeXT-Video as transformers saves it (LlavaNextVideoForConditionalGeneration): LLaVA-1.5 with frames of a video
// whose patches are averaged, and pictures in tiles ("any resolution").
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& llava_next_video();

}  // namespace sparsight
