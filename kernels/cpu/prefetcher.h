// Fetches memory into the second-level cache while something else is computed.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sparsight::cpu {

// Rows of memory that will be read soon, line by line, in equal parts between products.
class Prefetcher {
 public:
  Prefetcher(const void* from, std::size_t rows, std::size_t row_bytes, std::size_t stride, std::size_t parts)
      : row_(static_cast<const std::byte*>(from)),
        stride_(stride),
        lines_((row_bytes + kLine - 1) / kLine),
        left_(rows * lines_),
        a_part_((left_ + parts - 1) / parts) {}

  void fetch_part() {
    for (std::size_t i = std::min(a_part_, left_); i != 0; --i, --left_) {
      __builtin_prefetch(row_ + line_ * kLine, 0, 2);
      if (++line_ < lines_) continue;
      line_ = 0;
      row_ += stride_;
    }
  }

 private:
  static constexpr std::size_t kLine = 64;
  const std::byte* row_;
  std::size_t stride_, lines_, left_, a_part_, line_ = 0;
};

}  // namespace sparsight::cpu
