// The instruction sets that the kernels are compiled for, and what each needs of the CPU. Highway compiles a file for
// several widths of vectors, but its targets say too little about products of integers: many CPUs have instructions for
// these without the rest of the target to which Highway counts them. So a set is a target of Highway and what the CPU
// has beside it.
//
// Names of sets are those of cpu_targets() in kernels/backends.h, where a set is chosen for the whole process.
#pragma once

namespace sparsight::cpu {

// Of the chosen set:

// Whether one instruction adds four products of bytes to a sum of 32 bits; on x86 another then adds two products of
// 16-bit integers.
[[nodiscard]] bool multiplies_bytes();
// Whether one instruction multiplies two rows of eight bytes with two others.
[[nodiscard]] bool multiplies_two_by_two();
// Whether products of whole tiles use amx.h.
[[nodiscard]] bool uses_amx();

// Of this CPU:

// Whether it widens numbers while it multiplies others. Intel's have two units for vectors of 512 bits, which do both
// in turns; AMD's have more.
[[nodiscard]] bool widens_beside_products();

}  // namespace sparsight::cpu
