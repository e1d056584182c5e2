// SmolVLM2: SigLIP's tower without CLS, tokens of several patches each, a LLaMA decoder; pictures in tiles, videos with
// the times of their frames.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& smolvlm();

}  // namespace sparsight
