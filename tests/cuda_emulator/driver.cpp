// The driver's functions, with their names, over the emulated device. Everything happens at once, in the calling
// thread: a stream is a name.
#include "tests/cuda_emulator/driver.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "tests/cuda_emulator/execution.h"
#include "tests/cuda_emulator/kernels.h"
#include "tests/cuda_emulator/memory.h"

namespace sparsight::emulator {
namespace {

using cuda::Context;
using cuda::DeviceAddress;
using cuda::DeviceAttribute;
using cuda::DeviceNumber;
using cuda::Function;
using cuda::FunctionAttribute;
using cuda::KernelNode;
using cuda::MemoryPool;
using cuda::Module;
using cuda::PoolAttribute;
using cuda::Result;
using cuda::Stream;

struct LoadedFunction {
  Module module;
  const Kernel* kernel;
  unsigned dynamic_shared = 48 * 1024;  // what cuFuncSetAttribute allowed
};

struct State {
  std::recursive_mutex mutex;
  bool initialised = false;
  int devices = 1, major = 9, minor = 0, driver_version = 13000;
  std::map<DeviceNumber, int> retained;  // primary contexts, how often
  std::set<const void*> streams, modules;
  std::map<Function, LoadedFunction> functions;
  std::map<std::string, std::uint64_t, std::less<>> launches, calls_of;
  std::map<std::size_t, std::uint64_t> copies_to_host;  // by their bytes
  std::uint64_t calls = 0, fail_at = 0, next_name = 1;
  Result fail_with = Result::Success;
  const char* failed = nullptr;
  std::string launch_error;
  int library_objects = 0;
};

State& state() {
  static State one;
  return one;
}

thread_local std::vector<Context> contexts;

// CUDA C++ Programming Guide, "Technical specifications per compute capability".
std::size_t most_dynamic_shared() {
  const int capability = state().major * 10 + state().minor;
  const std::size_t kib = capability < 80                                             ? 64
                          : capability == 80                                          ? 163
                          : capability == 86 || capability == 89 || capability >= 120 ? 99
                                                                                      : 227;
  return kib * 1024;
}

template <typename T>
T new_name() {
  return reinterpret_cast<T>(state().next_name++ * 16);
}
Context context_of(DeviceNumber device) { return reinterpret_cast<Context>(static_cast<std::uintptr_t>(device) + 1); }
void* pointer(DeviceAddress address) { return reinterpret_cast<void*>(address); }  // NOLINT: addresses are the host's

// A copy may only touch allocated memory, and only what was written may be read.
Result check_range(DeviceAddress at, std::size_t bytes, bool read) {
  if (bytes == 0) return Result::Success;
  if (!is_allocated(pointer(at), bytes)) return Result::InvalidValue;
  if (read && !is_written(pointer(at), bytes)) return fail_launch("a copy reads memory that nobody wrote");
  return Result::Success;
}

}  // namespace

Result begin_call(const char* name) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  ++all.calls_of[name];
  if (++all.calls != all.fail_at) return Result::Success;
  all.failed = name;
  return all.fail_with;
}
std::recursive_mutex& driver_mutex() { return state().mutex; }
bool is_initialised() { return state().initialised; }
bool has_context() { return !contexts.empty(); }
bool is_stream(Stream stream) { return stream == nullptr || state().streams.contains(stream); }
void count_library_object(int change) { state().library_objects += change; }
Result fail_launch(std::string why) {
  state().launch_error = std::move(why);
  return Result::LaunchFailed;
}

Result check_kernel(const KernelNode& given) {
  const auto found = state().functions.find(given.function);
  if (found == state().functions.end()) return Result::InvalidHandle;
  REQUIRE_VALUE(given.parameters != nullptr && given.extra == nullptr);
  REQUIRE_VALUE(given.shared_bytes <= found->second.dynamic_shared);
  return Result::Success;
}
std::size_t parameter_bytes(Function function) { return state().functions.at(function).kernel->parameter_bytes; }
Result run_kernel(const KernelNode& given) {
  if (const Result refused = check_kernel(given); refused != Result::Success) return refused;
  const Kernel* kernel = state().functions.at(given.function).kernel;
  ++state().launches[kernel->name];
  const std::string why = run({.kernel = kernel->name,
                               .grid = {given.grid_x, given.grid_y, given.grid_z},
                               .block = {given.block_x, given.block_y, given.block_z},
                               .shared_bytes = given.shared_bytes,
                               .body = [&] { kernel->call(given.parameters); }});
  return why.empty() ? Result::Success : fail_launch(why);
}

}  // namespace sparsight::emulator

using namespace sparsight::emulator;
using namespace sparsight;

SPARSIGHT_EXPORT Result cuInit(unsigned flags) {
  if (const Result injected = begin_call("cuInit"); injected != Result::Success) return injected;
  REQUIRE_VALUE(flags == 0);
  if (state().devices == 0) return Result::NoDevice;
  state().initialised = true;
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDriverGetVersion(int* version) {
  *version = state().driver_version;
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuGetErrorName(Result, const char** name) {
  *name = "CUDA_ERROR_EMULATED";
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuGetErrorString(Result result, const char** text) {
  switch (result) {
    case Result::Success: *text = "no error"; break;
    case Result::OutOfMemory: *text = "out of memory"; break;
    case Result::LaunchFailed:
      *text = state().launch_error.empty() ? "unspecified launch failure" : state().launch_error.c_str();
      break;
    case Result::InvalidValue: *text = "invalid argument"; break;
    case Result::NoBinaryForGpu: *text = "no kernel image is available for execution on the device"; break;
    default: *text = "an error of the emulated driver"; break;
  }
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDeviceGetCount(int* count) {
  BEGIN_CALL(cuDeviceGetCount);
  *count = state().devices;
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDeviceGet(DeviceNumber* device, int ordinal) {
  BEGIN_CALL(cuDeviceGet);
  if (ordinal < 0 || ordinal >= state().devices) return Result::InvalidDevice;
  *device = ordinal;
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDeviceGetName(char* name, int bytes, DeviceNumber) {
  BEGIN_CALL(cuDeviceGetName);
  std::snprintf(name, static_cast<std::size_t>(bytes), "Emulated GPU");
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDeviceTotalMem_v2(std::size_t* bytes, DeviceNumber) {
  BEGIN_CALL(cuDeviceTotalMem_v2);
  *bytes = memory_bytes();
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDeviceGetAttribute(int* value, DeviceAttribute attribute, DeviceNumber) {
  BEGIN_CALL(cuDeviceGetAttribute);
  switch (attribute) {
    case DeviceAttribute::MultiprocessorCount: *value = 2; break;
    case DeviceAttribute::ComputeCapabilityMajor: *value = state().major; break;
    case DeviceAttribute::ComputeCapabilityMinor: *value = state().minor; break;
    case DeviceAttribute::MemoryPoolsSupported: *value = 1; break;
    default: return Result::InvalidValue;
  }
  return Result::Success;
}

SPARSIGHT_EXPORT Result cuDevicePrimaryCtxRetain(Context* context, DeviceNumber device) {
  BEGIN_CALL(cuDevicePrimaryCtxRetain);
  ++state().retained[device];
  *context = context_of(device);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuDevicePrimaryCtxRelease_v2(DeviceNumber device) {
  BEGIN_CALL(cuDevicePrimaryCtxRelease_v2);
  const auto found = state().retained.find(device);
  if (found == state().retained.end()) return Result::InvalidContext;
  if (--found->second == 0) state().retained.erase(found);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuCtxPushCurrent_v2(Context context) {
  BEGIN_CALL(cuCtxPushCurrent_v2);
  contexts.push_back(context);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuCtxPopCurrent_v2(Context* context) {
  BEGIN_IN_CONTEXT(cuCtxPopCurrent_v2);
  *context = contexts.back();
  contexts.pop_back();
  return Result::Success;
}

SPARSIGHT_EXPORT Result cuMemGetInfo_v2(std::size_t* free_bytes, std::size_t* bytes) {
  BEGIN_IN_CONTEXT(cuMemGetInfo_v2);
  *bytes = memory_bytes();
  *free_bytes = *bytes - allocated_bytes();
  return Result::Success;
}
namespace {
Result take(DeviceAddress* at, std::size_t bytes) {
  REQUIRE_VALUE(bytes > 0);
  void* memory = allocate(bytes);
  if (memory == nullptr) return Result::OutOfMemory;
  *at = reinterpret_cast<DeviceAddress>(memory);
  return Result::Success;
}
}  // namespace
SPARSIGHT_EXPORT Result cuMemAlloc_v2(DeviceAddress* at, std::size_t bytes) {
  BEGIN_IN_CONTEXT(cuMemAlloc_v2);
  return take(at, bytes);
}
SPARSIGHT_EXPORT Result cuMemFree_v2(DeviceAddress at) {
  BEGIN_IN_CONTEXT(cuMemFree_v2);
  return release(pointer(at)) ? Result::Success : Result::InvalidValue;
}
SPARSIGHT_EXPORT Result cuMemAllocAsync(DeviceAddress* at, std::size_t bytes, Stream stream) {
  BEGIN_IN_CONTEXT(cuMemAllocAsync);
  REQUIRE_VALUE(is_stream(stream));
  return take(at, bytes);
}
SPARSIGHT_EXPORT Result cuMemFreeAsync(DeviceAddress at, Stream stream) {
  BEGIN_IN_CONTEXT(cuMemFreeAsync);
  REQUIRE_VALUE(is_stream(stream));
  return release(pointer(at)) ? Result::Success : Result::InvalidValue;
}
SPARSIGHT_EXPORT Result cuDeviceGetDefaultMemPool(MemoryPool* pool, DeviceNumber) {
  BEGIN_CALL(cuDeviceGetDefaultMemPool);
  *pool = new_name<MemoryPool>();
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuMemPoolSetAttribute(MemoryPool, PoolAttribute, void*) {
  BEGIN_CALL(cuMemPoolSetAttribute);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuMemPoolTrimTo(MemoryPool, std::size_t) {
  BEGIN_CALL(cuMemPoolTrimTo);
  return Result::Success;
}

SPARSIGHT_EXPORT Result cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, std::size_t bytes, Stream stream) {
  BEGIN_IN_CONTEXT(cuMemcpyHtoDAsync_v2);
  REQUIRE_VALUE(is_stream(stream));
  if (const Result range = check_range(to, bytes, false); range != Result::Success) return range;
  std::memcpy(pointer(to), from, bytes);
  mark_written(pointer(to), bytes);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuMemcpyDtoHAsync_v2(void* to, DeviceAddress from, std::size_t bytes, Stream stream) {
  BEGIN_IN_CONTEXT(cuMemcpyDtoHAsync_v2);
  REQUIRE_VALUE(is_stream(stream));
  if (const Result range = check_range(from, bytes, true); range != Result::Success) return range;
  std::memcpy(to, pointer(from), bytes);
  ++state().copies_to_host[bytes];
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from, std::size_t bytes, Stream stream) {
  BEGIN_IN_CONTEXT(cuMemcpyDtoDAsync_v2);
  REQUIRE_VALUE(is_stream(stream));
  REQUIRE_VALUE(to + bytes <= from || from + bytes <= to);  // undefined where they overlap
  if (const Result range = check_range(to, bytes, false); range != Result::Success) return range;
  if (const Result range = check_range(from, bytes, true); range != Result::Success) return range;
  std::memcpy(pointer(to), pointer(from), bytes);
  mark_written(pointer(to), bytes);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuStreamCreate(Stream* stream, unsigned) {
  BEGIN_IN_CONTEXT(cuStreamCreate);
  *stream = new_name<Stream>();
  state().streams.insert(*stream);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuStreamDestroy_v2(Stream stream) {
  BEGIN_IN_CONTEXT(cuStreamDestroy_v2);
  return state().streams.erase(stream) == 1 ? Result::Success : Result::InvalidValue;
}
SPARSIGHT_EXPORT Result cuStreamSynchronize(Stream stream) {
  BEGIN_IN_CONTEXT(cuStreamSynchronize);
  REQUIRE_VALUE(is_stream(stream));
  return Result::Success;
}

SPARSIGHT_EXPORT Result cuModuleLoadData(Module* module, const void* image) {
  BEGIN_IN_CONTEXT(cuModuleLoadData);
  REQUIRE_VALUE(image != nullptr);
  *module = new_name<Module>();
  state().modules.insert(*module);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuModuleUnload(Module module) {
  BEGIN_IN_CONTEXT(cuModuleUnload);
  std::erase_if(state().functions, [&](const auto& function) { return function.second.module == module; });
  return state().modules.erase(module) == 1 ? Result::Success : Result::InvalidValue;
}
SPARSIGHT_EXPORT Result cuModuleGetFunction(Function* function, Module module, const char* name) {
  BEGIN_IN_CONTEXT(cuModuleGetFunction);
  REQUIRE_VALUE(state().modules.contains(module));
  const Kernel* kernel = find_kernel(name);
  if (kernel == nullptr) return Result::NotFound;
  *function = new_name<Function>();
  state().functions.emplace(*function, LoadedFunction{module, kernel});
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuFuncSetAttribute(Function function, FunctionAttribute attribute, int value) {
  BEGIN_IN_CONTEXT(cuFuncSetAttribute);
  REQUIRE_VALUE(attribute == FunctionAttribute::MaxDynamicSharedBytes && value >= 0);
  REQUIRE_VALUE(static_cast<std::size_t>(value) <= most_dynamic_shared());
  const auto found = state().functions.find(function);
  if (found == state().functions.end()) return Result::InvalidHandle;
  found->second.dynamic_shared = static_cast<unsigned>(value);
  return Result::Success;
}
SPARSIGHT_EXPORT Result cuLaunchKernel(Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                       unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                                       Stream stream, void** parameters, void** extra) {
  BEGIN_IN_CONTEXT(cuLaunchKernel);
  REQUIRE_VALUE(is_stream(stream));
  return run_kernel(
      {function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes, parameters, extra, nullptr, nullptr});
}

// ---- For tests

SPARSIGHT_EXPORT Living emulator_living() {
  const State& all = state();
  return {allocations(),      allocated_bytes(),   all.streams.size(),
          all.modules.size(), all.retained.size(), static_cast<std::size_t>(all.library_objects),
          living_graphs(),    living_graph_execs()};
}
SPARSIGHT_EXPORT std::uint64_t emulator_calls() { return state().calls; }
SPARSIGHT_EXPORT std::uint64_t emulator_calls_of(const char* name) {
  const auto found = state().calls_of.find(name);
  return found == state().calls_of.end() ? 0 : found->second;
}
SPARSIGHT_EXPORT void emulator_fail_call(std::uint64_t call, int result) {
  state().fail_at = call;
  state().fail_with = static_cast<Result>(result);
  state().failed = nullptr;
}
SPARSIGHT_EXPORT const char* emulator_failed_call() { return state().failed; }
SPARSIGHT_EXPORT std::uint64_t emulator_launches(const char* kernel) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : state().launches)
    if (kernel == nullptr || name == kernel) sum += count;
  return sum;
}
SPARSIGHT_EXPORT std::uint64_t emulator_copies_to_host(std::size_t bytes) {
  std::uint64_t sum = 0;
  for (const auto& [of, count] : state().copies_to_host)
    if (bytes == 0 || of == bytes) sum += count;
  return sum;
}
SPARSIGHT_EXPORT void emulator_set_memory(std::size_t bytes) { set_memory_bytes(bytes); }
SPARSIGHT_EXPORT void emulator_set_device(int devices, int major, int minor, int driver_version) {
  State& all = state();
  all.devices = devices;
  all.major = major;
  all.minor = minor;
  all.driver_version = driver_version;
  all.initialised = false;
}
