// The families of the tests' command line, in place of those in core/model/families/families.cpp.
#include "core/model/families/video_llava.h"
#include "tests/grid_family.h"

#include <array>

namespace sparsight {

Families families() {
  static const std::array<const Family*, 2> all{&video_llava(), &test::grid_family()};
  return all;
}

}  // namespace sparsight
