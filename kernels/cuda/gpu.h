// One GPU: its context, a stream in which all work follows in order, its memory, the program's kernels on it. Calls
// return before the work is done; reading waits for it.
#pragma once

#include "kernels/cuda/devices.h"
#include "kernels/cuda/driver.h"
#include "kernels/cuda/kernel_list.h"
#include "kernels/cuda/launches.h"
#include "kernels/cuda/parameters.h"
#include "kernels/tensor.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace sparsight::cuda {

enum class Kernel : std::size_t {
#define SPARSIGHT_NAME(kernel, parameters) kernel,
  SPARSIGHT_CUDA_KERNELS(SPARSIGHT_NAME)
#undef SPARSIGHT_NAME
      Count
};
template <Kernel kernel>
struct ParametersOf;
#define SPARSIGHT_PARAMETERS(kernel, parameters) \
  template <>                                    \
  struct ParametersOf<Kernel::kernel> {          \
    using Type = parameters;                     \
  };
SPARSIGHT_CUDA_KERNELS(SPARSIGHT_PARAMETERS)
#undef SPARSIGHT_PARAMETERS

class Gpu : public std::enable_shared_from_this<Gpu> {
 public:
  // Error{Device} if the driver or the GPU cannot be used, with the reason.
  Gpu(std::shared_ptr<const Driver> driver, int ordinal);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  [[nodiscard]] const Driver& driver() const { return *driver_; }
  // For work of a library, which then follows all that was asked for before.
  [[nodiscard]] Stream stream();
  [[nodiscard]] const std::string& name() const { return about_.name; }
  [[nodiscard]] std::size_t memory_bytes() const { return about_.memory_bytes; }
  [[nodiscard]] bool multiplies_bf16() const { return about_.capability[0] >= 8; }  // on tensor cores
  [[nodiscard]] std::size_t multiprocessors() const { return std::max<std::size_t>(1, about_.multiprocessors); }

  // Makes the GPU current for the calling thread. Every call below needs one.
  class Current {
   public:
    explicit Current(const Gpu& gpu);
    ~Current();
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

   private:
    const Gpu& gpu_;
  };

  // Undefined contents. Error{Memory}. It keeps this object alive and may be freed on any thread.
  [[nodiscard]] Tensor make(Shape shape, DType type);
  [[nodiscard]] std::size_t free_bytes();  // that make() may still give, other programs' aside; finishes
  void write(void* to, const void* from, std::size_t bytes);
  void read(void* to, const void* from, std::size_t bytes);  // finishes
  void finish();                                             // waits for all work so far
  void copy(void* to, const void* from, std::size_t bytes);  // they do not overlap
  // The host's numbers on the GPU.
  template <typename T>
  [[nodiscard]] Tensor upload(std::span<const T> values) {
    Tensor out = make(Shape{values.size() * sizeof(T)}, DType::U8);
    write(BackendMemory::address(out), values.data(), values.size() * sizeof(T));
    return out;
  }

  // As 32 bits. Each is below `below`.
  [[nodiscard]] Tensor upload_indices(std::span<const std::size_t> indices, std::size_t below);

  template <Kernel kernel>
  void launch(typename ParametersOf<kernel>::Type parameters, const Grid& grid) {
    launch(kernel, {name_of(kernel), function_of(kernel), parameters, grid});
  }
  // A thread for each of `count` items, or fewer that loop.
  template <Kernel kernel>
  void launch_over(std::size_t count, const typename ParametersOf<kernel>::Type& parameters) {
    if (count > 0) launch<kernel>(parameters, grid_over(count));
  }

  // Backend::Step. Until it ends, kernels wait, and are started together: at its end, or before anything else that the
  // stream is asked for, so that all happens in the order in which it was asked for.
  void begin_step();
  void end_step();
  void drop_step() noexcept;  // kernels that wait never run; needs no current GPU

 private:
  class Memory;
  struct Block {
    DeviceAddress at = 0;
    std::size_t bytes = 0;
    std::uint64_t taken_in = 0;  // which issue of kernels that wait comes next; 0: outside of a step
  };

  void launch(Kernel kernel, Launch launch);
  [[nodiscard]] static const char* name_of(Kernel kernel);
  [[nodiscard]] Function function_of(Kernel kernel) const { return functions_[static_cast<std::size_t>(kernel)]; }
  [[nodiscard]] Grid grid_over(std::size_t count) const;
  void issue();
  [[nodiscard]] Block take(std::size_t bytes);
  [[nodiscard]] DeviceAddress take_from_driver(std::size_t bytes);
  void give_back(const Block& block) noexcept;
  void give_to_driver(DeviceAddress at) noexcept;
  void give_kept() noexcept;
  void empty_pool();  // what was freed goes back to the system
  void find_device(int ordinal);
  void load_kernels();
  void close() noexcept;

  std::shared_ptr<const Driver> driver_;
  DeviceNumber device_ = 0;
  Context context_ = nullptr;
  Stream stream_ = nullptr;
  Module module_ = nullptr;
  MemoryPool pool_ = nullptr;  // nullptr: the device has none
  std::array<Function, static_cast<std::size_t>(Kernel::Count)> functions_{};
  std::array<std::size_t, static_cast<std::size_t>(Kernel::Count)> shared_allowed_{};
  CudaDevice about_;

  std::unique_ptr<Launches> waiting_;
  bool in_step_ = false;
  std::mutex freeing_;  // guards what follows, as memory may be freed on any thread
  bool keeps_ = false;  // kernels wait that may use what is freed
  std::uint64_t next_issue_ = 1;
  // Freed while kernels waited. A step takes from it again, since its kernels run one after the other, and finds the
  // same addresses as the one before.
  std::vector<Block> kept_;
};

}  // namespace sparsight::cuda
