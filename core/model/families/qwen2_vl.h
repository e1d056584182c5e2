// Qwen2-VL: towers of layer norms and two linear layers. See core/model/families/family.h.
#pragma once

#include "core/model/families/family.h"

namespace sparsight {

[[nodiscard]] const Family& qwen2_vl();

}  // namespace sparsight
