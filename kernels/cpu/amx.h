// Products of whole tiles, 16 rows of 64 bytes each, where the CPU has Intel's AMX and the system grants its registers
// (Linux does, on x86-64). "AMX" is a target of its own in front of Highway's AVX3_DL, whose layouts it shares: rows
// and weights are the same, and with int8 weights so is the result, to the bit.
#pragma once

#include "kernels/cpu/kernels.h"

#include <cstddef>

namespace sparsight::cpu {

[[nodiscard]] bool has_amx();   // with INT8 and BF16; asks the system on the first call
[[nodiscard]] bool uses_amx();  // it is there, and the chosen target
void use_amx(bool use);         // not while a backend computes

constexpr std::size_t kAmxRows = 32;   // that pass over the weights together
constexpr std::size_t kAmxCols = 32;   // outputs at once
constexpr std::size_t kFewForAmx = 8;  // rows, up to which reading the weights takes longer than multiplying them

// A thread's tile registers, from the first shape() on.
class AmxTiles {
 public:
  AmxTiles() = default;
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

  // For products of so many rows, at most kAmxRows, and of so many words each; cheap where nothing changes.
  void shape(std::size_t rows, std::size_t depth);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t step() const { return step_; }  // words that are multiplied at once; divides the depth

 private:
  std::size_t rows_ = 0, step_ = 0;
};

// int_tile() of int8 weights; rows and weights are laid out as for AVX3_DL.
void amx_int8_tile(const IntTile& tile);

// c[rows][kAmxCols] (+)= a[rows][depth] b[depth][kAmxCols], words of two BF16, by tiles of that shape. Strides in
// words.
void amx_multiply_pairs(const AmxTiles& tiles, const float* a, std::size_t a_stride, const float* b, std::size_t depth,
                        bool add, float* c, std::size_t c_stride);

// Products on tiles alone, for kernels/peak.h: returns how many operations they were, of BF16 or of bytes.
[[nodiscard]] std::size_t amx_products(std::size_t rounds, bool pairs);

}  // namespace sparsight::cpu
