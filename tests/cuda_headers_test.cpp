// Whether what kernels/cuda declares of NVIDIA's libraries is what NVIDIA's headers declare, where those are installed
// (tools/install_cuda). Nothing else in the tree may include them: the program is built without.
#include <catch2/catch.hpp>

#include "kernels/cuda/blas_abi.h"
#include "tests/support.h"

#include <array>
#include <regex>
#include <string_view>
#include <type_traits>

#if __has_include(<cuda.h>)
#include <cuda.h>
#define SPARSIGHT_HAS_CUDA_H
#endif
#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
#define SPARSIGHT_HAS_CUBLASLT_H
#endif

namespace sparsight::cuda {
namespace {

template <class Type>
concept Complete = requires {
  sizeof(Type);
};

// Passed in the same way: by size and kind. What a pointer leads to is as constant, and as large where its size is
// known.
template <class Ours, class Theirs>
constexpr bool alike() {
  if constexpr (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>) {
    using A = std::remove_pointer_t<Ours>;
    using B = std::remove_pointer_t<Theirs>;
    constexpr bool as_constant = std::is_const_v<A> == std::is_const_v<B>;
    if constexpr (std::is_void_v<A> || std::is_void_v<B>)
      return as_constant && std::is_void_v<A> == std::is_void_v<B>;
    else if constexpr (Complete<A> && Complete<B>)
      return as_constant && alike<std::remove_const_t<A>, std::remove_const_t<B>>();
    else
      return as_constant;  // a handle
  } else {
    constexpr auto whole = [](auto type) {
      using Type = typename decltype(type)::type;
      return std::is_integral_v<Type> || std::is_enum_v<Type>;
    };
    constexpr bool as_aligned = alignof(Ours) == alignof(Theirs);
    return sizeof(Ours) == sizeof(Theirs) && as_aligned && std::is_pointer_v<Ours> == std::is_pointer_v<Theirs> &&
           std::is_class_v<Ours> == std::is_class_v<Theirs> &&
           std::is_floating_point_v<Ours> == std::is_floating_point_v<Theirs> &&
           whole(std::type_identity<Ours>{}) == whole(std::type_identity<Theirs>{});
  }
}

template <class Ours, class Theirs>
struct SameCall : std::false_type {};
template <class A, class... As, class B, class... Bs>
requires(sizeof...(As) == sizeof...(Bs)) struct SameCall<A(As...), B(Bs...)>
    : std::bool_constant<alike<A, B>() && (alike<As, Bs>() && ...)> {
};

static_assert(SameCall<Result(int, const char**), unsigned(unsigned, const char**)>::value);
static_assert(!SameCall<Result(int), unsigned()>::value);
static_assert(!SameCall<Result(int), unsigned(std::size_t)>::value);
static_assert(!SameCall<Result(int*), unsigned(std::size_t*)>::value);
static_assert(!SameCall<Result(void*), unsigned(const void*)>::value);
static_assert(!SameCall<Result(float), unsigned(int)>::value);

#define SPARSIGHT_TEXT(words) #words
#define SPARSIGHT_TEXT_OF_MACRO(words) SPARSIGHT_TEXT(words)
#define SPARSIGHT_SAME(ours, theirs) static_assert(static_cast<long long>(ours) == static_cast<long long>(theirs));

#ifdef SPARSIGHT_HAS_CUDA_H

SPARSIGHT_SAME(Result::Success, CUDA_SUCCESS)
SPARSIGHT_SAME(Result::InvalidValue, CUDA_ERROR_INVALID_VALUE)
SPARSIGHT_SAME(Result::OutOfMemory, CUDA_ERROR_OUT_OF_MEMORY)
SPARSIGHT_SAME(Result::NotInitialised, CUDA_ERROR_NOT_INITIALIZED)
SPARSIGHT_SAME(Result::NoDevice, CUDA_ERROR_NO_DEVICE)
SPARSIGHT_SAME(Result::InvalidDevice, CUDA_ERROR_INVALID_DEVICE)
SPARSIGHT_SAME(Result::InvalidImage, CUDA_ERROR_INVALID_IMAGE)
SPARSIGHT_SAME(Result::InvalidContext, CUDA_ERROR_INVALID_CONTEXT)
SPARSIGHT_SAME(Result::NoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU)
SPARSIGHT_SAME(Result::InvalidHandle, CUDA_ERROR_INVALID_HANDLE)
SPARSIGHT_SAME(Result::NotFound, CUDA_ERROR_NOT_FOUND)
SPARSIGHT_SAME(Result::IllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS)
SPARSIGHT_SAME(Result::LaunchFailed, CUDA_ERROR_LAUNCH_FAILED)
SPARSIGHT_SAME(DeviceAttribute::MultiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)
SPARSIGHT_SAME(DeviceAttribute::ComputeCapabilityMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
SPARSIGHT_SAME(DeviceAttribute::ComputeCapabilityMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)
SPARSIGHT_SAME(DeviceAttribute::MemoryPoolsSupported, CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED)
SPARSIGHT_SAME(FunctionAttribute::MaxDynamicSharedBytes, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
SPARSIGHT_SAME(PoolAttribute::ReleaseThreshold, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD)
static_assert(alike<Result, CUresult>() && alike<DeviceNumber, CUdevice>() && alike<DeviceAddress, CUdeviceptr>());

#define SPARSIGHT_SAME_PLACE(ours, theirs) \
  SPARSIGHT_SAME(offsetof(KernelNode, ours), offsetof(CUDA_KERNEL_NODE_PARAMS, theirs))
SPARSIGHT_SAME_PLACE(function, func)
SPARSIGHT_SAME_PLACE(grid_x, gridDimX)
SPARSIGHT_SAME_PLACE(grid_y, gridDimY)
SPARSIGHT_SAME_PLACE(grid_z, gridDimZ)
SPARSIGHT_SAME_PLACE(block_x, blockDimX)
SPARSIGHT_SAME_PLACE(block_y, blockDimY)
SPARSIGHT_SAME_PLACE(block_z, blockDimZ)
SPARSIGHT_SAME_PLACE(shared_bytes, sharedMemBytes)
SPARSIGHT_SAME_PLACE(parameters, kernelParams)
SPARSIGHT_SAME_PLACE(extra, extra)
SPARSIGHT_SAME_PLACE(kernel, kern)
SPARSIGHT_SAME_PLACE(context, ctx)

// cuda.h declares some functions by a macro for the name that the library has: cuMemAlloc is cuMemAlloc_v2. A function
// whose name in the library is its name in the documents has no such macro; a newer header may add one.
constexpr std::array kVersionedNames = {
#define SPARSIGHT_NAME(base) std::array<std::string_view, 2>{#base, SPARSIGHT_TEXT_OF_MACRO(base)},
    SPARSIGHT_NAME(cuDeviceTotalMem)           //
    SPARSIGHT_NAME(cuCtxPushCurrent)           //
    SPARSIGHT_NAME(cuCtxPopCurrent)            //
    SPARSIGHT_NAME(cuMemGetInfo)               //
    SPARSIGHT_NAME(cuMemAlloc)                 //
    SPARSIGHT_NAME(cuMemFree)                  //
    SPARSIGHT_NAME(cuMemcpyHtoDAsync)          //
    SPARSIGHT_NAME(cuMemcpyDtoHAsync)          //
    SPARSIGHT_NAME(cuMemcpyDtoDAsync)          //
    SPARSIGHT_NAME(cuStreamDestroy)            //
    SPARSIGHT_NAME(cuDevicePrimaryCtxRelease)  //
    SPARSIGHT_NAME(cuGraphAddKernelNode)       //
    SPARSIGHT_NAME(cuGraphExecKernelNodeSetParams)
#undef SPARSIGHT_NAME
};
constexpr bool is_name_of_library(std::string_view symbol, std::string_view expanded) {
  for (const auto& [base, name] : kVersionedNames)
    if (symbol == name) return true;
  return symbol == expanded && symbol.find("_v") == std::string_view::npos;
}

#define SPARSIGHT_COMPARE(name, symbol, parameters)                                              \
  static_assert(SameCall<Result parameters, std::remove_pointer_t<decltype(&(symbol))>>::value); \
  static_assert(is_name_of_library(#symbol, SPARSIGHT_TEXT_OF_MACRO(symbol)));
SPARSIGHT_CUDA_DRIVER(SPARSIGHT_COMPARE)
#undef SPARSIGHT_COMPARE

#endif

#ifdef SPARSIGHT_HAS_CUBLASLT_H

SPARSIGHT_SAME(BlasResult::Success, CUBLAS_STATUS_SUCCESS)
SPARSIGHT_SAME(BlasResult::NotInitialised, CUBLAS_STATUS_NOT_INITIALIZED)
SPARSIGHT_SAME(BlasResult::AllocFailed, CUBLAS_STATUS_ALLOC_FAILED)
SPARSIGHT_SAME(BlasResult::InvalidValue, CUBLAS_STATUS_INVALID_VALUE)
SPARSIGHT_SAME(BlasResult::NotSupported, CUBLAS_STATUS_NOT_SUPPORTED)
SPARSIGHT_SAME(DataType::F32, CUDA_R_32F)
SPARSIGHT_SAME(DataType::F16, CUDA_R_16F)
SPARSIGHT_SAME(DataType::BF16, CUDA_R_16BF)
SPARSIGHT_SAME(ComputeType::F32, CUBLAS_COMPUTE_32F)
SPARSIGHT_SAME(ComputeType::FastTf32, CUBLAS_COMPUTE_32F_FAST_TF32)
SPARSIGHT_SAME(Transpose::No, CUBLAS_OP_N)
SPARSIGHT_SAME(Transpose::Yes, CUBLAS_OP_T)
SPARSIGHT_SAME(DescAttribute::TransposeA, CUBLASLT_MATMUL_DESC_TRANSA)
SPARSIGHT_SAME(DescAttribute::TransposeB, CUBLASLT_MATMUL_DESC_TRANSB)
SPARSIGHT_SAME(DescAttribute::Epilogue, CUBLASLT_MATMUL_DESC_EPILOGUE)
SPARSIGHT_SAME(DescAttribute::BiasPointer, CUBLASLT_MATMUL_DESC_BIAS_POINTER)
SPARSIGHT_SAME(DescAttribute::BiasType, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE)
SPARSIGHT_SAME(PreferenceAttribute::MaxWorkspaceBytes, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES)
SPARSIGHT_SAME(PreferenceAttribute::MinAlignmentA, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES)
SPARSIGHT_SAME(PreferenceAttribute::MinAlignmentB, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES)
SPARSIGHT_SAME(PreferenceAttribute::MinAlignmentC, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES)
SPARSIGHT_SAME(PreferenceAttribute::MinAlignmentD, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES)
SPARSIGHT_SAME(Epilogue::Default, CUBLASLT_EPILOGUE_DEFAULT)
SPARSIGHT_SAME(Epilogue::Relu, CUBLASLT_EPILOGUE_RELU)
SPARSIGHT_SAME(Epilogue::Bias, CUBLASLT_EPILOGUE_BIAS)
SPARSIGHT_SAME(Epilogue::ReluBias, CUBLASLT_EPILOGUE_RELU_BIAS)
SPARSIGHT_SAME(Epilogue::Gelu, CUBLASLT_EPILOGUE_GELU)
SPARSIGHT_SAME(Epilogue::GeluBias, CUBLASLT_EPILOGUE_GELU_BIAS)

static_assert(alike<Algorithm, cublasLtMatmulAlgo_t>());
using TheirHeuristic = cublasLtMatmulHeuristicResult_t;
static_assert(alike<Heuristic, TheirHeuristic>());
SPARSIGHT_SAME(offsetof(Heuristic, algorithm), offsetof(TheirHeuristic, algo))
SPARSIGHT_SAME(offsetof(Heuristic, workspace_bytes), offsetof(TheirHeuristic, workspaceSize))
SPARSIGHT_SAME(offsetof(Heuristic, state), offsetof(TheirHeuristic, state))
SPARSIGHT_SAME(offsetof(Heuristic, waves), offsetof(TheirHeuristic, wavesCount))

#define SPARSIGHT_COMPARE(name, symbol, result, parameters)                                      \
  static_assert(SameCall<result parameters, std::remove_pointer_t<decltype(&(symbol))>>::value); \
  static_assert(std::string_view(#symbol) == SPARSIGHT_TEXT_OF_MACRO(symbol));
SPARSIGHT_CUDA_BLAS(SPARSIGHT_COMPARE)
#undef SPARSIGHT_COMPARE

#endif

// Checks that this file names every value of the enumerations in a header.
void compares_all(const char* header) {
  const std::string text = test::read_file(test::source_dir() / header),
                    here = test::read_file(test::source_dir() / "tests/cuda_headers_test.cpp");
  const std::regex list(R"(enum class (\w+) : int \{([^}]*)\})"), value(R"((\w+) = \d)");
  std::string missing;
  std::size_t found = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), list), end; at != end; ++at) {
    const std::string values = (*at)[2];
    for (std::sregex_iterator one(values.begin(), values.end(), value); one != end; ++one, ++found)
      if (const std::string name = (*at)[1].str() + "::" + (*one)[1].str();
          here.find("SPARSIGHT_SAME(" + name + ",") == std::string::npos)
        missing += name + " ";
  }
  CHECK(found > 5);
  INFO("not compared: " << missing);
  CHECK(missing.empty());
}

}  // namespace

TEST_CASE("CUDA: what is declared of the driver is what cuda.h declares", "[cuda]") {
  compares_all("kernels/cuda/driver_abi.h");
#ifndef SPARSIGHT_HAS_CUDA_H
  test::skip("needs cuda.h when it is compiled: tools/install_cuda fetches it");
#endif
}

TEST_CASE("CUDA: what is declared of cuBLASLt is what cublasLt.h declares", "[cuda]") {
  compares_all("kernels/cuda/blas_abi.h");
#ifndef SPARSIGHT_HAS_CUBLASLT_H
  test::skip("needs cublasLt.h when it is compiled: tools/install_cuda --libraries fetches it");
#endif
}

}  // namespace sparsight::cuda
