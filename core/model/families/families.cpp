// The list of families: one line each.
#include "core/model/families/video_llava.h"

#include <array>

namespace sparsight {

Families families() {
  static const std::array<const Family*, 1> all{&video_llava()};
  return all;
}

}  // namespace sparsight
