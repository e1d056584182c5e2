#include "kernels/cuda/gpu.h"

#include "kernels/cuda/device_image.h"
#include "kernels/cuda/operands.h"

#include <algorithm>

namespace sparsight::cuda {
namespace {

constexpr std::array kKernelNames = {
#define SPARSIGHT_NAME(kernel, parameters) #kernel,
    SPARSIGHT_CUDA_KERNELS(SPARSIGHT_NAME)
#undef SPARSIGHT_NAME
};
constexpr std::size_t kSharedWithoutAsking = std::size_t{48} * 1024;  // dynamic shared memory of any kernel

double megabytes(std::size_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

Gpu::Current::Current(const Gpu& gpu) : gpu_(gpu) {
  gpu_.driver_->check(gpu_.driver_->context_push(gpu_.context_), "making the GPU current");
}
Gpu::Current::~Current() {
  Context before = nullptr;
  gpu_.driver_->context_pop(&before);
}

class Gpu::Memory final : public Buffer {
 public:
  Memory(std::shared_ptr<Gpu> gpu, const Block& block)
      : Buffer(reinterpret_cast<void*>(block.at), false),  // NOLINT(performance-no-int-to-ptr): never dereferenced here
        gpu_(std::move(gpu)),
        block_(block) {}
  ~Memory() override { gpu_->give_back(block_); }

 private:
  std::shared_ptr<Gpu> gpu_;
  Block block_;
};

Gpu::Gpu(std::shared_ptr<const Driver> driver, int ordinal) : driver_(std::move(driver)) {
  if (!driver_->usable()) fail(ErrorKind::Device, "{}", driver_->why());
  try {
    find_device(ordinal);
    driver_->check(driver_->context_retain(&context_, device_), "opening the GPU");
    const Current current(*this);
    driver_->check(driver_->stream_make(&stream_, 1), "making a stream");  // 1: beside the default stream
    load_kernels();
    waiting_ = std::make_unique<Launches>(*driver_);
  } catch (...) {
    close();
    throw;
  }
}

Gpu::~Gpu() { close(); }

void Gpu::close() noexcept {
  if (context_ == nullptr) return;
  Context before = nullptr;
  if (driver_->context_push(context_) == Result::Success) {
    if (stream_ != nullptr) {
      driver_->stream_wait(stream_);
      waiting_.reset();
      for (const Block& block : kept_) give_to_driver(block.at);
      kept_.clear();
      driver_->stream_free(stream_);
    }
    if (module_ != nullptr) driver_->module_free(module_);
    driver_->context_pop(&before);
  }
  driver_->context_release(device_);
  context_ = nullptr;
}

void Gpu::find_device(int ordinal) {
  const Driver& d = *driver_;
  AskedDevice asked = ask_device(d, ordinal);
  d.check(asked.result, asked.what);
  device_ = asked.handle;
  about_ = std::move(asked.device);
  int value = 0;
  d.check(d.device_attribute(&value, DeviceAttribute::MemoryPoolsSupported, device_), "asking for memory pools");
  if (value == 0) return;
  d.check(d.pool_of_device(&pool_, device_), "asking for the memory pool");
  // Freed memory stays with the program: asking the system for it again takes longer than most kernels.
  std::uint64_t keep = ~std::uint64_t{0};
  d.check(d.pool_set(pool_, PoolAttribute::ReleaseThreshold, &keep), "setting up the memory pool");
}

void Gpu::load_kernels() {
  const Result loaded = driver_->module_load(&module_, device_image());
  if (loaded != Result::Success && !has_device_image() && !driver_->emulated())
    fail(ErrorKind::Device, "this build has no code for GPUs: it was made without nvcc");
  driver_->check(loaded, fmt::format("loading the program's kernels on {}", about_.name));
  for (std::size_t i = 0; i < functions_.size(); ++i)
    driver_->check(driver_->module_function(&functions_[i], module_, kKernelNames[i]),
                   fmt::format("finding the kernel {}", kKernelNames[i]));
}

Gpu::Block Gpu::take(std::size_t bytes) {
  const std::size_t size = std::max<std::size_t>(bytes, 16);
  if (!in_step_) return {take_from_driver(size), size};
  {
    const std::lock_guard lock(freeing_);
    auto lowest = kept_.end();
    for (auto block = kept_.begin(); block != kept_.end(); ++block)
      if (block->bytes == size && (lowest == kept_.end() || block->at < lowest->at)) lowest = block;
    if (lowest != kept_.end()) {
      const Block again{lowest->at, size, next_issue_};
      kept_.erase(lowest);
      return again;
    }
  }
  return {take_from_driver(size), size, next_issue_};
}

DeviceAddress Gpu::take_from_driver(std::size_t bytes) {
  DeviceAddress at = 0;
  const Current current(*this);
  const auto ask = [&] {
    return pool_ != nullptr ? driver_->memory_take_async(&at, bytes, stream_) : driver_->memory_take(&at, bytes);
  };
  Result result = ask();
  if (result == Result::OutOfMemory) {
    issue();
    give_kept();
    empty_pool();  // pieces that were freed may not fit; without them there may be room
    result = ask();
  }
  if (result == Result::OutOfMemory) {
    std::size_t free = 0, all = 0;
    driver_->memory_info(&free, &all);  // where it fails, none is free
    fail(ErrorKind::Memory, "not enough memory on the GPU {}: {:.1f} MB wanted, {:.1f} MB free of {:.1f} MB",
         about_.name, megabytes(bytes), megabytes(free), megabytes(about_.memory_bytes));
  }
  driver_->check(result, "taking memory");
  return at;
}

void Gpu::give_back(const Block& block) noexcept {
  {
    const std::lock_guard lock(freeing_);
    if (keeps_) return kept_.push_back(block);
  }
  // Whatever uses the memory comes earlier in the stream.
  Context before = nullptr;
  if (driver_->context_push(context_) != Result::Success) return;
  give_to_driver(block.at);
  driver_->context_pop(&before);
}

void Gpu::give_to_driver(DeviceAddress at) noexcept {
  if (pool_ != nullptr)
    driver_->memory_free_async(at, stream_);
  else
    driver_->memory_free(at);
}

// What was freed while kernels waited that wait no more, but for what the step took itself: it will take it again.
void Gpu::give_kept() noexcept {
  const std::lock_guard lock(freeing_);
  keeps_ = false;
  std::erase_if(kept_, [&](const Block& block) {
    if (block.taken_in == next_issue_) return false;
    give_to_driver(block.at);
    return true;
  });
  ++next_issue_;
}

Tensor Gpu::make(Shape shape, DType type) {
  const Block block = take(shape.elements() * size_of(type));
  return {std::make_unique<Memory>(shared_from_this(), block), shape, type};
}

namespace {
DeviceAddress address(const void* at) { return reinterpret_cast<DeviceAddress>(at); }
}  // namespace

void Gpu::empty_pool() {
  if (pool_ == nullptr) return;
  finish();
  driver_->check(driver_->pool_trim(pool_, 0), "giving memory back");
}

std::size_t Gpu::free_bytes() {
  finish();  // also where there is no pool
  empty_pool();
  std::size_t free = 0, all = 0;
  driver_->check(driver_->memory_info(&free, &all), "asking for free memory");
  return free;
}

void Gpu::write(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  issue();
  driver_->check(driver_->copy_to_device(address(to), from, bytes, stream_), "writing to the GPU's memory");
}

void Gpu::read(void* to, const void* from, std::size_t bytes) {
  issue();
  if (bytes > 0) driver_->check(driver_->copy_to_host(to, address(from), bytes, stream_), "reading the GPU's memory");
  finish();
}

void Gpu::finish() {
  issue();
  driver_->check(driver_->stream_wait(stream_), "waiting for the GPU");
}

Stream Gpu::stream() {
  issue();
  return stream_;
}

void Gpu::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  issue();
  driver_->check(driver_->copy_within(address(to), address(from), bytes, stream_), "copying in the GPU's memory");
}

Tensor Gpu::upload_indices(std::span<const std::size_t> indices, std::size_t below) {
  std::vector<std::uint32_t> narrowed;
  narrowed.reserve(indices.size());
  for (const std::size_t index : indices) {
    SPARSIGHT_CHECK(index < below);
    narrowed.push_back(narrow(index));
  }
  return upload<std::uint32_t>(narrowed);
}

Grid Gpu::grid_over(std::size_t count) const {
  const Grid grid;
  return {.x = std::min(divided_up(count, grid.threads), multiprocessors() * 16), .threads = grid.threads};
}

const char* Gpu::name_of(Kernel kernel) { return kKernelNames[static_cast<std::size_t>(kernel)]; }

void Gpu::launch(Kernel kernel, Launch launch) {
  const std::size_t shared = launch.grid.shared_bytes;
  std::size_t& allowed = shared_allowed_[static_cast<std::size_t>(kernel)];
  if (shared > kSharedWithoutAsking && shared > allowed) {
    driver_->check(
        driver_->function_set(launch.function, FunctionAttribute::MaxDynamicSharedBytes, static_cast<int>(shared)),
        fmt::format("the kernel {} needs {} bytes of shared memory", launch.name, shared));
    allowed = shared;
  }
  if (!in_step_) return start(*driver_, launch, stream_);
  {
    const std::lock_guard lock(freeing_);
    keeps_ = true;
  }
  waiting_->add(launch);
}

void Gpu::begin_step() {
  SPARSIGHT_CHECK(!in_step_);
  in_step_ = true;
}

void Gpu::end_step() {
  issue();
  in_step_ = false;
}

void Gpu::drop_step() noexcept {
  waiting_->drop();
  in_step_ = false;
  Context before = nullptr;
  if (driver_->context_push(context_) != Result::Success) return;
  give_kept();
  driver_->context_pop(&before);
}

void Gpu::issue() {
  if (waiting_ == nullptr || waiting_->empty()) return;
  struct AtTheEnd {
    Gpu& gpu;
    ~AtTheEnd() { gpu.give_kept(); }
  } const at_the_end{*this};
  waiting_->issue(stream_);
}

}  // namespace sparsight::cuda
