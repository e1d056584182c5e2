// Qwen2.5-VL: towers of RMS norms and gated MLPs with attention in windows, and time in seconds. See
// core/model/families/family.h.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& qwen2_5_vl();

}  // namespace sparsight
