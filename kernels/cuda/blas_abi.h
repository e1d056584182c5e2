// The part of cuBLASLt's interface that is used, declared here like the driver's (driver_abi.h). Names and values are
// those of cuBLASLt 12 and 13, where they are the same.
#pragma once

#include "kernels/cuda/driver_abi.h"

#include <cstddef>
#include <cstdint>

namespace sparsight::cuda {

enum class BlasResult : int { Success = 0, NotInitialised = 1, AllocFailed = 3, InvalidValue = 7, NotSupported = 15 };

enum class DataType : int { F32 = 0, F16 = 2, BF16 = 14 };
enum class ComputeType : int { F32 = 68, FastTf32 = 77 };
enum class Transpose : int { No = 0, Yes = 1 };
enum class DescAttribute : int { TransposeA = 3, TransposeB = 4, Epilogue = 7, BiasPointer = 8, BiasType = 26 };
enum class PreferenceAttribute : int {
  MaxWorkspaceBytes = 1,
  MinAlignmentA = 5,  // 256 unless set: the library then takes it for granted
  MinAlignmentB = 6,
  MinAlignmentC = 7,
  MinAlignmentD = 8,
};
// What follows A B + C: first the bias, one float for each row of D, then the function.
enum class Epilogue : int { Default = 1, Relu = 2, Bias = 4, ReluBias = 6, Gelu = 32, GeluBias = 36 };

using BlasHandle = struct BlasHandleTag*;
using MatmulDesc = struct MatmulDescTag*;
using MatrixLayout = struct MatrixLayoutTag*;
using Preference = struct PreferenceTag*;

struct Algorithm {
  std::uint64_t data[8];
};
struct Heuristic {
  Algorithm algorithm;
  std::size_t workspace_bytes;
  BlasResult state;
  float waves;
  int reserved[4];
};

// X(name in the program, name in the library, parameters)
#define SPARSIGHT_CUDA_BLAS(X)                                                                                       \
  X(version, cublasLtGetVersion, std::size_t, ())                                                                    \
  X(result_text, cublasLtGetStatusString, const char*, (BlasResult))                                                 \
  X(create, cublasLtCreate, BlasResult, (BlasHandle*))                                                               \
  X(destroy, cublasLtDestroy, BlasResult, (BlasHandle))                                                              \
  X(desc_create, cublasLtMatmulDescCreate, BlasResult, (MatmulDesc*, ComputeType, DataType scale))                   \
  X(desc_destroy, cublasLtMatmulDescDestroy, BlasResult, (MatmulDesc))                                               \
  X(desc_set, cublasLtMatmulDescSetAttribute, BlasResult,                                                            \
    (MatmulDesc, DescAttribute, const void* value, std::size_t bytes))                                               \
  X(layout_create, cublasLtMatrixLayoutCreate, BlasResult,                                                           \
    (MatrixLayout*, DataType, std::uint64_t rows, std::uint64_t cols, std::int64_t leading))                         \
  X(layout_destroy, cublasLtMatrixLayoutDestroy, BlasResult, (MatrixLayout))                                         \
  X(preference_create, cublasLtMatmulPreferenceCreate, BlasResult, (Preference*))                                    \
  X(preference_destroy, cublasLtMatmulPreferenceDestroy, BlasResult, (Preference))                                   \
  X(preference_set, cublasLtMatmulPreferenceSetAttribute, BlasResult,                                                \
    (Preference, PreferenceAttribute, const void* value, std::size_t bytes))                                         \
  X(heuristic, cublasLtMatmulAlgoGetHeuristic, BlasResult,                                                           \
    (BlasHandle, MatmulDesc, MatrixLayout a, MatrixLayout b, MatrixLayout c, MatrixLayout d, Preference, int wanted, \
     Heuristic* results, int* found))                                                                                \
  X(matmul, cublasLtMatmul, BlasResult,                                                                              \
    (BlasHandle, MatmulDesc, const void* alpha, const void* a, MatrixLayout, const void* b, MatrixLayout,            \
     const void* beta, const void* c, MatrixLayout, void* d, MatrixLayout, const Algorithm*, void* workspace,        \
     std::size_t workspace_bytes, Stream))

}  // namespace sparsight::cuda
