// The original Video-LLaVA (LanguageBind/Video-LLaVA-7B), as its own code saves it: a flat config.json, no placeholder
// in the vocabulary, and LanguageBind's towers, of which the video's attends over its frames in every layer. Their
// configuration is not in the folder: their shapes are those of the tensors. The published code also mirrors every
// second video at random, even when it answers; here none is mirrored.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& video_llava_original();

}  // namespace sparsight
