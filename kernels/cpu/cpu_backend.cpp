// The Backend on the CPU: checks shapes, divides work into tasks, calls the kernels.
#include "kernels/backend_checks.h"
#include "kernels/cores.h"
#include "kernels/cpu/kernels.h"

#include <algorithm>
#include <cstring>

namespace sparsight {
namespace cpu {

float* Scratch::floats(std::size_t n) {
  if (n > capacity_) {
    // Grows by half, so that buffers that grow with every token do not allocate with every token.
    const std::size_t wanted = std::max(n, capacity_ + capacity_ / 2);
    capacity_ = 0;  // stays 0 if there is not enough memory
    memory_ = HostTensor();
    memory_ = HostTensor(Shape{wanted});
    capacity_ = wanted;
  }
  return memory_.f32();
}

namespace {

class OwnMemory final : public Buffer {
 public:
  explicit OwnMemory(HostTensor memory) : Buffer(memory.data(), true), memory_(std::move(memory)) {}

 private:
  HostTensor memory_;
};

class BorrowedMemory final : public Buffer {
 public:
  explicit BorrowedMemory(HostView view)
      : Buffer(const_cast<void*>(view.data()), true) {}  // weights are never written to
};

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const CpuOptions& options)
      : pool_(options.threads != 0 ? options.threads : cpu_cores(), options.slow_thread),
        scratch_(pool_.threads() + 1),
        arithmetic_(options.arithmetic) {}

  [[nodiscard]] BackendInfo info() const override {
    BackendInfo info{.name = "cpu",
                     .details = {"target " + cpu_targets().front(), "threads " + std::to_string(pool_.threads())},
                     .arithmetic = cpu_arithmetic(arithmetic_),
                     .weights = {DType::F32, DType::F16, DType::BF16, DType::U8}};
    if (arithmetic_ == Arithmetic::Bf16)
      info.details.emplace_back(info.arithmetic == Arithmetic::Bf16 ? "arithmetic bf16"
                                                                    : "arithmetic f32 (this CPU has no AVX-512 BF16)");
    return info;
  }
  void reserve_host_threads(std::size_t threads) override { pool_.leave_idle(threads); }

  [[nodiscard]] Tensor make(Shape shape, DType type) override { return tensor_of(HostTensor(shape, type)); }
  [[nodiscard]] Tensor borrow(HostView view) override { return tensor_of(view); }
  using Backend::borrow;
  [[nodiscard]] HostRead read(TensorView view) override { return HostRead(host(view)); }
  void write(HostView from, Tensor& to, std::size_t first_row) override { copy(from, to, first_row, 0); }
  void copy_rows(TensorView from, Tensor& to, std::size_t first_row, std::size_t first_col) override {
    copy(host(from), to, first_row, first_col);
  }
  void gather_rows(TensorView from, std::span<const std::size_t> rows, Tensor& to, std::size_t first_row) override {
    checks::gathered(from, rows.size(), to, first_row);
    const std::size_t row_bytes = from.cols() * size_of(from.dtype());
    const auto* source = static_cast<const std::byte*>(host(from).data());
    std::byte* at = bytes_of(to) + first_row * row_bytes;
    for (const std::size_t row : rows) {
      SPARSIGHT_CHECK(row < from.rows());
      std::memcpy(at, source + row * row_bytes, row_bytes);
      at += row_bytes;
    }
  }

  void double_products(TensorView a, TensorView b, std::span<double> out) override {
    checks::double_products(a, b, out);
    if (!out.empty()) cpu::double_products(host(a), host(b), out.data(), pool_);
  }

  void linear(const LinearArgs& args, Tensor& out) override {
    checks::linear(args, out);
    cpu::linear(args, out, workers());
  }

  void project(const NormedInput& in, std::span<const Projection> parts) override {
    checks::project(in, parts);
    cpu::project(in, parts, workers());
  }

  void gated(const NormedInput& in, const GatedArgs& args, Tensor& out) override {
    checks::gated(in, args, out);
    cpu::gated(in, args, out, workers());
  }

  void embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out) override {
    checks::embed(table, ids, out);
    const std::size_t row_bytes = table.cols() * size_of(table.dtype());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto id = static_cast<std::size_t>(ids[i]);
      widen(static_cast<const std::byte*>(host(table).data()) + id * row_bytes, table.dtype(), table.cols(),
            row_of(out, i));
    }
  }

  void rms_norm(TensorView x, TensorView weight, float eps, Tensor& out) override {
    checks::rms_norm(x, weight, out);
    each_row(x.rows(), x.cols(), [&](std::size_t r) {
      rms_norm_row(host(x).row(r).data(), host(weight).f32(), eps, x.cols(), row_of(out, r));
    });
  }

  void layer_norm(TensorView x, TensorView weight, TensorView bias, float eps, Tensor& out) override {
    checks::layer_norm(x, weight, bias, out);
    each_row(x.rows(), x.cols(), [&](std::size_t r) {
      layer_norm_row(host(x).row(r).data(), host(weight).f32(), host(bias).f32(), eps, x.cols(), row_of(out, r));
    });
  }

  void rope(TensorView x, std::size_t heads, TensorView cos, TensorView sin, Tensor& out,
            std::size_t first_row) override {
    checks::rope(x, heads, cos, sin, out, first_row);
    const std::size_t dim = x.cols() / heads;
    each_stored_row(x, out, first_row, [&](std::size_t r, void* to) {
      rope_row(host(x).row(r).data(), heads, dim, host(cos).row(r).data(), host(sin).row(r).data(), to, out.dtype());
    });
  }

  void store(TensorView x, Tensor& out, std::size_t first_row) override {
    checks::stored(x, out, first_row);
    each_stored_row(x, out, first_row,
                    [&](std::size_t r, void* to) { store_row(host(x).row(r).data(), x.cols(), to, out.dtype()); });
  }

  void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request) override {
    checks::attention(args, out, request);
    cpu::attention(args, out, request, pool_, scratch_);
  }

  void scores(const AttentionArgs& args, std::span<const std::size_t> at, Tensor& out) override {
    checks::scores(args, at, out);
    const bool mean = out.shape().rank() == 2;
    std::vector<AskedRow> asked;
    for (const std::size_t last : at) asked.push_back({asked.size(), std::min(args.k.rows(), last + 1)});
    (mean ? mean_score_rows : score_rows)(Attended::of(args, 0, nullptr), asked, floats_of(out), pool_);
  }

  void patchify(TensorView pixels, std::size_t patch, Tensor& out) override {
    checks::patchify(pixels, patch, out);
    const std::size_t frames = pixels.shape()[0], channels = pixels.shape()[1], height = pixels.shape()[2],
                      width = pixels.shape()[3];
    const std::size_t down = height / patch, across = width / patch;
    pool_.run(frames * down, [&](std::size_t task, std::size_t) {
      const std::size_t frame = task / down, y = task % down;
      for (std::size_t x = 0; x < across; ++x) {
        float* to = row_of(out, task * across + x);
        for (std::size_t c = 0; c < channels; ++c)
          for (std::size_t dy = 0; dy < patch; ++dy, to += patch)
            std::memcpy(to, host(pixels).f32() + ((frame * channels + c) * height + y * patch + dy) * width + x * patch,
                        patch * sizeof(float));
      }
    });
  }

  void tower_input(TensorView patches, TensorView cls, TensorView positions, Tensor& out) override {
    const std::size_t heads = cls.empty() ? 0 : 1;  // rows before a frame's patches
    const std::size_t tokens = positions.rows(), width = positions.cols(), n = tokens - heads;
    checks::tower_input(patches, cls, positions, out);
    each_row(out.rows(), width, [&](std::size_t r) {
      const std::size_t frame = r / tokens, token = r % tokens;
      const float* from = token < heads ? host(cls).f32() : host(patches).row(frame * n + token - heads).data();
      const float* position = host(positions).row(token).data();
      float* to = row_of(out, r);
      for (std::size_t c = 0; c < width; ++c) to[c] = from[c] + position[c];
    });
  }

 private:
  static void copy(HostView from, Tensor& to, std::size_t first_row, std::size_t first_col) {
    checks::copied(from.dtype(), from.rows(), from.cols(), to, first_row, first_col);
    if (from.empty()) return;
    const std::size_t each = size_of(to.dtype()), wide = to.cols() * each, row_bytes = from.cols() * each;
    std::byte* at = bytes_of(to) + first_row * wide + first_col * each;
    if (row_bytes == wide) {
      std::memmove(at, from.data(), from.bytes());
      return;
    }
    for (std::size_t r = 0; r < from.rows(); ++r)
      std::memcpy(at + r * wide, static_cast<const std::byte*>(from.data()) + r * row_bytes, row_bytes);
  }

  [[nodiscard]] Workers workers() { return {pool_, scratch_, arithmetic_}; }

  template <typename Body>
  void each_row(std::size_t rows, std::size_t cols, const Body& body) {
    cpu::each_row(rows, cols, pool_, [&](std::size_t r, std::size_t) { body(r); });
  }

  // Calls body(row of x, pointer to its place in out).
  template <typename Body>
  void each_stored_row(TensorView x, Tensor& out, std::size_t first_row, const Body& body) {
    const std::size_t row_bytes = x.cols() * size_of(out.dtype());
    each_row(x.rows(), x.cols(), [&](std::size_t r) { body(r, bytes_of(out) + (first_row + r) * row_bytes); });
  }

  ThreadPool pool_;
  std::vector<Scratch> scratch_;  // one per worker, and a shared one
  Arithmetic arithmetic_;
};

}  // namespace

Tensor tensor_of(HostTensor memory) {
  const Shape shape = memory.shape();
  const DType type = memory.dtype();
  return {std::make_unique<OwnMemory>(std::move(memory)), shape, type};
}

Tensor tensor_of(HostView borrowed) {
  return {std::make_unique<BorrowedMemory>(borrowed), borrowed.shape(), borrowed.dtype()};
}

}  // namespace cpu

std::size_t cpu_cores() {
  static const std::size_t count = cpu::find_cores().threads();  // reads several files for each core
  return count;
}

Arithmetic cpu_arithmetic(Arithmetic wanted) { return cpu::multiplies_bf16_pairs() ? wanted : Arithmetic::Float32; }

std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options) {
  return std::make_unique<cpu::CpuBackend>(options);
}

}  // namespace sparsight
