// Video-LLaVA as transformers saves it (VideoLlavaForConditionalGeneration): two CLIP towers, one for images and one
// for videos, a two-layer projector and a LLaMA. A video keeps CLS before each frame; for an image the checkpoint says
// whether. Vicuna's chat template, version 1.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& video_llava();

}  // namespace sparsight
