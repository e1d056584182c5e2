// What tests ask of the emulated device, beside the driver's own functions. One device, called by one thread at a time
// or with its own lock; the library exports each function by its name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sparsight::emulator {

// What is alive now.
struct Living {
  std::size_t allocations = 0, bytes = 0, streams = 0, modules = 0, contexts = 0, library_objects = 0, graphs = 0,
              graph_execs = 0;
  friend bool operator==(const Living&, const Living&) = default;
};

// X(name, result, parameters)
#define SPARSIGHT_EMULATOR_CONTROL(X)                                                     \
  X(emulator_living, ::sparsight::emulator::Living, ())                                   \
  /* Calls of the driver and of its libraries so far. */                                  \
  X(emulator_calls, std::uint64_t, ())                                                    \
  X(emulator_calls_of, std::uint64_t, (const char* name)) /* "cuGraphLaunch" */           \
  /* From now on the call number `call` fails with this result of the driver; 0: none. */ \
  X(emulator_fail_call, void, (std::uint64_t call, int error))                            \
  /* The name of the call that failed so, or nullptr. */                                  \
  X(emulator_failed_call, const char*, ())                                                \
  X(emulator_launches, std::uint64_t, (const char* kernel)) /* nullptr: of all kernels */ \
  /* Copies to the host so far of so many bytes each; 0: of any number. */                \
  X(emulator_copies_to_host, std::uint64_t, (std::size_t bytes))                          \
  /* The library has algorithms for all epilogues, 0; for none: 1 finds none, 2 fails. */ \
  X(emulator_refuse_epilogues, void, (int how))                                           \
  X(emulator_set_memory, void, (std::size_t bytes))                                       \
  X(emulator_set_device, void, (int devices, int major, int minor, int driver_version))

}  // namespace sparsight::emulator
