// Products of whole tiles, 16 rows of 64 bytes each, if the CPU has Intel's AMX and the system grants its registers
// (Linux does, on x86-64). Rows and weights have the layout of the set AVX3_DL (instructions.h); with int8 weights the
// result is the same, to the bit.
#pragma once

#include "kernels/cpu/kernels.h"

#include <cstddef>

namespace sparsight::cpu {

[[nodiscard]] bool has_amx();  // with INT8 and BF16; asks the system on the first call

constexpr std::size_t kAmxRows = 32;   // rows per pass over the weights
constexpr std::size_t kAmxCols = 32;   // outputs per tile
constexpr std::size_t kFewForAmx = 8;  // rows; up to this number, reading the weights takes longer than multiplying

// Configures a thread's tile registers, from the first shape() on.
class AmxTiles {
 public:
  AmxTiles() = default;
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

  // Configures products of `rows` <= kAmxRows rows of `depth` words; cheap if nothing changes.
  void shape(std::size_t rows, std::size_t depth);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t step() const { return step_; }  // words multiplied at once; divides the depth

 private:
  std::size_t rows_ = 0, step_ = 0;
};

// int_tile() for int8 weights; rows and weights have AVX3_DL's layout.
void amx_int8_tile(const IntTile& tile);

// c[rows][kAmxCols] (+)= a[rows][depth] b[depth][kAmxCols], words of two BF16, with tiles shaped by `tiles`. Strides in
// words.
void amx_multiply_pairs(const AmxTiles& tiles, const float* a, std::size_t a_stride, const float* b, std::size_t depth,
                        bool add, float* c, std::size_t c_stride);

// Only multiplies tiles, for kernels/peak.h: returns the number of operations, of BF16 or of bytes.
[[nodiscard]] std::size_t amx_products(std::size_t rounds, bool pairs);

}  // namespace sparsight::cpu
