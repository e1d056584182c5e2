// Video-LLaVA as transformers saves it (VideoLlavaForConditionalGeneration): two CLIP towers, one for images and one
// for videos, a two-layer projector and a LLaMA. A video keeps CLS in front of each frame; of an image the
// checkpoint says so. Vicuna's template, version 1.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& video_llava();

}  // namespace sparsight
