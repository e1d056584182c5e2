// The part of the CUDA driver's interface that is used, declared here because the program is built without NVIDIA's
// headers and loads the driver when it starts. Names and values are those of the CUDA Driver API 12 and 13, where they
// are the same; a test compares them with cuda.h where a toolkit is installed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sparsight::cuda {

enum class Result : int {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NotInitialised = 3,
  NoDevice = 100,
  InvalidDevice = 101,
  InvalidImage = 200,
  InvalidContext = 201,
  NoBinaryForGpu = 209,
  InvalidHandle = 400,
  NotFound = 500,
  IllegalAddress = 700,
  LaunchFailed = 719,
};

enum class DeviceAttribute : int {
  MultiprocessorCount = 16,
  ComputeCapabilityMajor = 75,
  ComputeCapabilityMinor = 76,
  MemoryPoolsSupported = 115,
};
enum class FunctionAttribute : int { MaxDynamicSharedBytes = 8 };
enum class PoolAttribute : int { ReleaseThreshold = 4 };

using DeviceNumber = int;
using DeviceAddress = std::uint64_t;
using Context = struct ContextTag*;
using Stream = struct StreamTag*;
using Module = struct ModuleTag*;
using Function = struct FunctionTag*;
using MemoryPool = struct MemoryPoolTag*;
using LibraryKernel = struct LibraryKernelTag*;
using GraphHandle = struct GraphTag*;
using GraphNode = struct GraphNodeTag*;
using GraphExec = struct GraphExecTag*;

// CUDA_KERNEL_NODE_PARAMS_v2.
struct KernelNode {
  Function function;
  unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes;
  void** parameters;
  void** extra;
  LibraryKernel kernel;  // read if there is no function
  Context context;       // of that kernel
};

// X(name in the program, name in the library, parameters)
#define SPARSIGHT_CUDA_DRIVER(X)                                                                          \
  X(init, cuInit, (unsigned flags))                                                                       \
  X(driver_version, cuDriverGetVersion, (int* version))                                                   \
  X(error_name, cuGetErrorName, (Result, const char** name))                                              \
  X(error_text, cuGetErrorString, (Result, const char** text))                                            \
  X(device_count, cuDeviceGetCount, (int* count))                                                         \
  X(device_get, cuDeviceGet, (DeviceNumber*, int ordinal))                                                \
  X(device_name, cuDeviceGetName, (char* name, int bytes, DeviceNumber))                                  \
  X(device_memory, cuDeviceTotalMem_v2, (std::size_t * bytes, DeviceNumber))                              \
  X(device_attribute, cuDeviceGetAttribute, (int* value, DeviceAttribute, DeviceNumber))                  \
  X(context_retain, cuDevicePrimaryCtxRetain, (Context*, DeviceNumber))                                   \
  X(context_release, cuDevicePrimaryCtxRelease_v2, (DeviceNumber))                                        \
  X(context_push, cuCtxPushCurrent_v2, (Context))                                                         \
  X(context_pop, cuCtxPopCurrent_v2, (Context*))                                                          \
  X(memory_info, cuMemGetInfo_v2, (std::size_t * free_bytes, std::size_t * bytes))                        \
  X(memory_take, cuMemAlloc_v2, (DeviceAddress*, std::size_t bytes))                                      \
  X(memory_free, cuMemFree_v2, (DeviceAddress))                                                           \
  X(memory_take_async, cuMemAllocAsync, (DeviceAddress*, std::size_t bytes, Stream))                      \
  X(memory_free_async, cuMemFreeAsync, (DeviceAddress, Stream))                                           \
  X(pool_of_device, cuDeviceGetDefaultMemPool, (MemoryPool*, DeviceNumber))                               \
  X(pool_set, cuMemPoolSetAttribute, (MemoryPool, PoolAttribute, void* value))                            \
  X(pool_trim, cuMemPoolTrimTo, (MemoryPool, std::size_t bytes_to_keep))                                  \
  X(copy_to_device, cuMemcpyHtoDAsync_v2, (DeviceAddress, const void* from, std::size_t bytes, Stream))   \
  X(copy_to_host, cuMemcpyDtoHAsync_v2, (void* to, DeviceAddress, std::size_t bytes, Stream))             \
  X(copy_within, cuMemcpyDtoDAsync_v2, (DeviceAddress to, DeviceAddress from, std::size_t bytes, Stream)) \
  X(stream_make, cuStreamCreate, (Stream*, unsigned flags))                                               \
  X(stream_free, cuStreamDestroy_v2, (Stream))                                                            \
  X(stream_wait, cuStreamSynchronize, (Stream))                                                           \
  X(module_load, cuModuleLoadData, (Module*, const void* image))                                          \
  X(module_free, cuModuleUnload, (Module))                                                                \
  X(module_function, cuModuleGetFunction, (Function*, Module, const char* name))                          \
  X(function_set, cuFuncSetAttribute, (Function, FunctionAttribute, int value))                           \
  X(launch, cuLaunchKernel,                                                                               \
    (Function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,     \
     unsigned block_z, unsigned shared_bytes, Stream, void** parameters, void** extra))                   \
  X(graph_make, cuGraphCreate, (GraphHandle*, unsigned flags))                                            \
  X(graph_free, cuGraphDestroy, (GraphHandle))                                                            \
  X(graph_add_kernel, cuGraphAddKernelNode_v2,                                                            \
    (GraphNode*, GraphHandle, const GraphNode* after, std::size_t count, const KernelNode*))              \
  X(graph_instantiate, cuGraphInstantiateWithFlags, (GraphExec*, GraphHandle, unsigned long long flags))  \
  X(graph_change_kernel, cuGraphExecKernelNodeSetParams_v2, (GraphExec, GraphNode, const KernelNode*))    \
  X(graph_launch, cuGraphLaunch, (GraphExec, Stream))                                                     \
  X(graph_exec_free, cuGraphExecDestroy, (GraphExec))

}  // namespace sparsight::cuda
