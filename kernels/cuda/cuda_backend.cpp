// The Backend on an NVIDIA GPU: checks shapes, chooses kernels and libraries, starts them in one stream.
#include "kernels/backend_checks.h"
#include "kernels/backends.h"
#include "kernels/cuda/attention.h"
#include "kernels/cuda/gpu.h"
#include "kernels/cuda/host_weights.h"
#include "kernels/cuda/operands.h"
#include "kernels/cuda/products.h"
#include "kernels/cuda/states.h"

#include <algorithm>
#include <optional>

namespace sparsight::cuda {
namespace {

// The largest unit of copying that divides all of these.
std::uint32_t unit_of(std::initializer_list<std::uintptr_t> bytes) {
  for (const std::uint32_t unit : {16u, 4u, 2u})
    if (std::ranges::all_of(bytes, [&](std::uintptr_t n) { return n % unit == 0; })) return unit;
  return 1;
}
std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

Rotate rotation(TensorView x, std::size_t heads, TensorView cos, TensorView sin, Tensor& out, std::size_t first_row) {
  return {.x = at(x),
          .cos = at(cos),
          .sin = at(sin),
          .out = at<std::byte>(out, first_row),
          .heads = narrow(heads),
          .dim = narrow(x.cols() / heads),
          .type = type_of(out.dtype())};
}

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const CudaOptions& options)
      : gpu_(std::make_shared<Gpu>(std::make_shared<Driver>(options.folders), options.device)) {
    const Gpu::Current current(*gpu_);
    products_ = std::make_unique<Products>(*gpu_, options.arithmetic, options.folders);
    CpuOptions cpu = options.cpu;
    cpu.arithmetic = products_->arithmetic();
    host_weights_ = std::make_unique<HostWeights>(*gpu_, cpu);
  }
  ~CudaBackend() override {
    std::optional<Gpu::Current> current;
    try {
      current.emplace(*gpu_);
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): the GPU is gone; what the host has is freed all the same
    }
    host_weights_.reset();
    products_.reset();
  }

  [[nodiscard]] BackendInfo info() const override {
    return {.name = "cuda",
            .details = {gpu_->name(), "driver for CUDA " + version_text(gpu_->driver().version()),
                        "cuBLASLt " + products_->blas_version()},
            .arithmetic = products_->arithmetic(),
            .memory_bytes = gpu_->memory_bytes(),
            .weights = {DType::F32, DType::F16, DType::BF16, DType::U8}};
  }

  void reserve_host_threads(std::size_t threads) override { host_weights_->reserve_threads(threads); }

  void finish() override {
    const Gpu::Current current(*gpu_);
    gpu_->finish();
  }

  // ---- Memory

  [[nodiscard]] Tensor make(Shape shape, DType type) override { return gpu_->make(shape, type); }
  [[nodiscard]] Backend& on_host() override { return host_weights_->backend(); }
  [[nodiscard]] std::optional<std::size_t> free_memory() override {
    const Gpu::Current current(*gpu_);
    return gpu_->free_bytes();
  }
  void write(HostView from, Tensor& to, std::size_t first_row) override {
    SPARSIGHT_CHECK(from.dtype() == to.dtype() && from.cols() == to.cols() && first_row + from.rows() <= to.rows());
    const Gpu::Current current(*gpu_);
    gpu_->write(at<std::byte>(to, first_row), from.data(), from.bytes());
  }
  [[nodiscard]] HostRead read(TensorView view) override {
    if (view.empty()) return HostRead(HostView(nullptr, view.dtype(), view.shape()));
    const Gpu::Current current(*gpu_);
    HostTensor out(view.shape(), view.dtype());
    gpu_->read(out.data(), BackendMemory::address(view), view.bytes());
    return HostRead(std::move(out));
  }
  void copy_rows(TensorView from, Tensor& to, std::size_t first_row, std::size_t first_col) override {
    checks::copied(from.dtype(), from.rows(), from.cols(), to, first_row, first_col);
    if (from.empty()) return;
    const Gpu::Current current(*gpu_);
    const std::size_t each = size_of(to.dtype()), row_bytes = from.cols() * each, wide = to.cols() * each;
    auto* target = at<std::byte>(to, first_row) + first_col * each;
    const auto* source = at<std::byte>(from);
    if (row_bytes == wide) {
      if (target == source) return;
      const bool apart = target + from.bytes() <= source || source + from.bytes() <= target;
      if (apart) return gpu_->copy(target, source, from.bytes());
      const Tensor between = gpu_->make(from.shape(), from.dtype());  // rows of one matrix that overlap
      gpu_->copy(BackendMemory::address(between), source, from.bytes());
      return gpu_->copy(target, BackendMemory::address(between), from.bytes());
    }
    const std::uint32_t unit = unit_of({row_bytes, wide, number(target), number(source)});
    gpu_->launch_over<Kernel::copy_rows>(from.rows() * row_bytes / unit, {.from = source,
                                                                          .to = target,
                                                                          .rows = from.rows(),
                                                                          .cols = row_bytes / unit,
                                                                          .to_cols = wide / unit,
                                                                          .unit = unit});
  }
  void gather_rows(TensorView from, std::span<const std::size_t> rows, Tensor& to, std::size_t first_row) override {
    checks::gathered(from, rows.size(), to, first_row);
    if (rows.empty()) return;
    const Gpu::Current current(*gpu_);
    const Tensor wanted = gpu_->upload_indices(rows, from.rows());
    const std::size_t row_bytes = from.cols() * size_of(from.dtype());
    auto* target = at<std::byte>(to, first_row);
    const std::uint32_t unit = unit_of({row_bytes, number(target), number(at<std::byte>(from))});
    gpu_->launch_over<Kernel::gather_rows>(rows.size() * row_bytes / unit, {.from = at<std::byte>(from),
                                                                            .rows_of = at<std::uint32_t>(wanted),
                                                                            .to = target,
                                                                            .rows = rows.size(),
                                                                            .cols = row_bytes / unit,
                                                                            .unit = unit});
  }

  // ---- Rows of states

  void combine(TensorView from, std::span<const std::vector<WeightedRow>> sums, Tensor& to,
               std::size_t first_row) override {
    SPARSIGHT_CHECK(from.cols() == to.cols() && first_row + sums.size() <= to.rows());
    if (sums.empty()) return;
    std::vector<std::uint32_t> rows, ends;
    std::vector<double> weights;
    for (const std::vector<WeightedRow>& sum : sums) {
      for (const WeightedRow& part : sum) {
        SPARSIGHT_CHECK(part.row < from.rows());
        rows.push_back(narrow(part.row));
        weights.push_back(part.weight);
      }
      ends.push_back(narrow(rows.size()));
    }
    const Gpu::Current current(*gpu_);
    const Tensor rows_there = gpu_->upload<std::uint32_t>(rows), weights_there = gpu_->upload<double>(weights),
                 ends_there = gpu_->upload<std::uint32_t>(ends);
    gpu_->launch_over<Kernel::combine>(sums.size() * from.cols(), {.from = at(from),
                                                                   .rows_of = at<std::uint32_t>(rows_there),
                                                                   .weights = at<double>(weights_there),
                                                                   .ends = at<std::uint32_t>(ends_there),
                                                                   .to = at(to, first_row),
                                                                   .rows = narrow(sums.size()),
                                                                   .cols = narrow(from.cols())});
  }
  void unit_rows(TensorView x, Tensor& out) override {
    SPARSIGHT_CHECK(out.shape().elements() == x.shape().elements());
    if (x.empty()) return;
    const Gpu::Current current(*gpu_);
    gpu_->launch<Kernel::unit_rows>({.x = at(x), .out = at(out), .cols = narrow(x.cols())}, {.x = x.rows()});
  }
  [[nodiscard]] std::optional<float> not_finite(TensorView x) override {
    if (x.empty()) return std::nullopt;
    const Gpu::Current current(*gpu_);
    unsigned long long first = 0;
    const Tensor there = gpu_->upload<unsigned long long>({&first, 1});
    gpu_->launch_over<Kernel::not_finite>(x.shape().elements(),
                                          {.x = at(x),
                                           .count = x.shape().elements(),
                                           .first = static_cast<unsigned long long*>(BackendMemory::address(there))});
    gpu_->read(&first, BackendMemory::address(there), sizeof(first));
    if (first == 0) return std::nullopt;
    float value = 0;
    gpu_->read(&value, at(x) + ~first, sizeof(value));
    return value;
  }
  void double_products(TensorView a, TensorView b, std::span<double> out) override {
    checks::double_products(a, b, out);
    if (out.empty()) return;
    const Gpu::Current current(*gpu_);
    const Tensor there = gpu_->make(Shape{out.size_bytes()}, DType::U8);
    gpu_->launch<Kernel::double_products>({.a = at(a),
                                           .b = at(b),
                                           .out = static_cast<double*>(BackendMemory::address(there)),
                                           .rows = narrow(a.rows()),
                                           .others = narrow(b.rows()),
                                           .cols = narrow(a.cols())},
                                          {.x = divided_up(b.rows(), 16), .y = divided_up(a.rows(), 16)});
    gpu_->read(out.data(), BackendMemory::address(there), out.size_bytes());
  }
  [[nodiscard]] std::vector<double> dots(TensorView a, TensorView b, std::span<const RowPair> pairs) override {
    checks::pairs(a, b, pairs);
    const Gpu::Current current(*gpu_);
    return pair_sums(*gpu_, a, b, pairs, PairSum::Product);
  }
  [[nodiscard]] HostTensor squared_distances(TensorView x) override {
    const Gpu::Current current(*gpu_);
    return cuda::squared_distances(*gpu_, *products_, x);
  }
  [[nodiscard]] std::vector<float> squared_distances(TensorView x, std::span<const RowPair> pairs) override {
    checks::pairs(x, x, pairs);
    const Gpu::Current current(*gpu_);
    std::vector<float> out;
    out.reserve(pairs.size());
    for (const double sum : pair_sums(*gpu_, x, x, pairs, PairSum::SquaredDifference))
      out.push_back(static_cast<float>(sum / static_cast<double>(x.cols())));
    return out;
  }

  // ---- The model

  void linear(const LinearArgs& args, Tensor& out) override {
    checks::linear(args, out);
    if (out.empty()) return;
    const Gpu::Current current(*gpu_);
    if (HostWeights::multiplies(args.weight, args.x.rows())) return host_weights_->linear(args, out);
    Products::Rows x(*gpu_, {.x = args.x});
    products_->multiply(x, args, out);
  }

  void project(const NormedInput& in, std::span<const Projection> parts) override {
    checks::project(in, parts);
    if (in.x.empty()) return;
    const Gpu::Current current(*gpu_);
    if (HostWeights::multiplies(parts.front().weight, in.x.rows())) return host_weights_->project(in, parts);
    Products::Rows x(*gpu_, in);
    products_->project(x, parts);
  }

  void gated(const NormedInput& in, const GatedArgs& args, Tensor& out) override {
    checks::gated(in, args, out);
    if (out.empty()) return;
    const Gpu::Current current(*gpu_);
    if (HostWeights::multiplies(args.gate, in.x.rows())) return host_weights_->gated(in, args, out);
    Products::Rows x(*gpu_, in);
    products_->gated(x, args, out);
  }

  void embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out) override {
    checks::embed(table, ids, out);
    if (ids.empty()) return;
    const Gpu::Current current(*gpu_);
    if (BackendMemory::on_host(table)) return host_weights_->embed(table, ids, out);
    const Tensor ids_there = gpu_->upload(ids);
    gpu_->launch<Kernel::embed>({.table = at<std::byte>(table),
                                 .ids = at<std::int32_t>(ids_there),
                                 .out = at(out),
                                 .cols = narrow(table.cols()),
                                 .type = type_of(table.dtype())},
                                {.x = ids.size()});
  }

  void rms_norm(TensorView x, TensorView weight, float eps, Tensor& out) override {
    checks::rms_norm(x, weight, out);
    if (x.empty()) return;
    const Gpu::Current current(*gpu_);
    normalise(*gpu_, {.x = x, .norm = weight, .norm_eps = eps}, out);
  }

  void layer_norm(TensorView x, TensorView weight, TensorView bias, float eps, Tensor& out) override {
    checks::layer_norm(x, weight, bias, out);
    if (x.empty()) return;
    const Gpu::Current current(*gpu_);
    gpu_->launch<Kernel::layer_norm>(
        {.x = at(x), .weight = at(weight), .bias = at(bias), .out = at(out), .cols = narrow(x.cols()), .eps = eps},
        {.x = x.rows()});
  }

  void rope(TensorView x, std::size_t heads, TensorView cos, TensorView sin, Tensor& out,
            std::size_t first_row) override {
    checks::rope(x, heads, cos, sin, out, first_row);
    if (x.empty()) return;
    const Gpu::Current current(*gpu_);
    gpu_->launch<Kernel::rotate>(rotation(x, heads, cos, sin, out, first_row), {.x = x.rows()});
  }

  void store(TensorView x, Tensor& out, std::size_t first_row) override {
    checks::stored(x, out, first_row);
    const Gpu::Current current(*gpu_);
    gpu_->launch_over<Kernel::store>(x.shape().elements(), {.x = at(x),
                                                            .out = at<std::byte>(out, first_row),
                                                            .count = x.shape().elements(),
                                                            .type = type_of(out.dtype())});
  }

  void enter_cache(const CacheRows& in, Tensor& q, Tensor& keys, Tensor& values, std::size_t first_row) override {
    checks::enter_cache(in, q, keys, values, first_row);
    if (in.k.empty()) return;
    const Gpu::Current current(*gpu_);
    const std::size_t head_dim = 2 * in.cos.cols(), rows = q.rows(), before = in.k.rows() - rows;
    gpu_->launch<Kernel::enter_cache>(
        {.q = rotation(q, q.cols() / head_dim, in.cos.slice_rows(before, rows), in.sin.slice_rows(before, rows), q, 0),
         .k = rotation(in.k, in.k.cols() / head_dim, in.cos, in.sin, keys, first_row),
         .first_q = narrow(before),
         .v = at(in.v),
         .values = at<std::byte>(values, first_row)},
        {.x = in.k.rows(), .y = 3});
  }

  void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request) override {
    checks::attention(args, out, request);
    const Gpu::Current current(*gpu_);
    if (!out.empty()) attend(*gpu_, args, products_->arithmetic(), out);
    if (request == nullptr) return;
    const auto seen_by = [&](std::span<const std::size_t> rows) {
      std::vector<std::size_t> seen;
      for (const std::size_t row : rows)
        seen.push_back(args.causal ? std::min(args.k.rows(), args.first_visible + row + 1) : args.k.rows());
      return seen;
    };
    if (!request->rows.empty()) {
      *request->scores = gpu_->make(Shape{args.heads, request->rows.size(), args.k.rows()}, DType::F32);
      cuda::score(*gpu_, args, {request->rows, seen_by(request->rows)}, *request->scores);
    }
    if (!request->mean_rows.empty()) {
      *request->means = gpu_->make(Shape{request->mean_rows.size(), args.k.rows()}, DType::F32);
      cuda::mean_score(*gpu_, args, {request->mean_rows, seen_by(request->mean_rows)}, *request->means);
    }
  }

  void scores(const AttentionArgs& args, std::span<const std::size_t> at, Tensor& out) override {
    checks::scores(args, at, out);
    const bool mean = out.shape().rank() == 2;
    if (at.empty()) return;
    std::vector<std::size_t> rows(at.size()), seen(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
      rows[i] = i;
      seen[i] = std::min(args.k.rows(), at[i] + 1);
    }
    const Gpu::Current current(*gpu_);
    (mean ? cuda::mean_score : cuda::score)(*gpu_, args, {rows, seen}, out);
  }

  [[nodiscard]] Largest largest(TensorView x) override {
    SPARSIGHT_CHECK(!x.empty());
    const Gpu::Current current(*gpu_);
    FoundLargest found{};
    const Tensor there = gpu_->make(Shape{sizeof(found)}, DType::U8);
    gpu_->launch<Kernel::largest>({.x = at(x),
                                   .count = narrow(x.shape().elements()),
                                   .found = static_cast<FoundLargest*>(BackendMemory::address(there))},
                                  {.threads = kLargestThreads});
    gpu_->read(&found, BackendMemory::address(there), sizeof(found));
    return {found.index, found.value};
  }

  void patchify(TensorView pixels, std::size_t patch, Tensor& out) override {
    checks::patchify(pixels, patch, out);
    const Shape& shape = pixels.shape();
    const Gpu::Current current(*gpu_);
    gpu_->launch_over<Kernel::patchify>(out.shape().elements(), {.pixels = at(pixels),
                                                                 .out = at(out),
                                                                 .frames = narrow(shape[0]),
                                                                 .channels = narrow(shape[1]),
                                                                 .height = narrow(shape[2]),
                                                                 .width = narrow(shape[3]),
                                                                 .patch = narrow(patch)});
  }

  void tower_input(TensorView patches, TensorView cls, TensorView positions, Tensor& out) override {
    checks::tower_input(patches, cls, positions, out);
    const Gpu::Current current(*gpu_);
    gpu_->launch_over<Kernel::tower_input>(out.shape().elements(), {.patches = at(patches),
                                                                    .cls = at(cls),
                                                                    .positions = at(positions),
                                                                    .out = at(out),
                                                                    .rows = out.rows(),
                                                                    .tokens = narrow(positions.rows()),
                                                                    .cols = narrow(positions.cols())});
  }

 private:
  void begin_step() override { gpu_->begin_step(); }
  void end_step() override {
    const Gpu::Current current(*gpu_);
    gpu_->end_step();
  }
  void drop_step() noexcept override { gpu_->drop_step(); }

  std::shared_ptr<Gpu> gpu_;
  std::unique_ptr<Products> products_;
  std::unique_ptr<HostWeights> host_weights_;
};

}  // namespace

}  // namespace sparsight::cuda

namespace sparsight {

std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options) {
  return std::make_unique<cuda::CudaBackend>(options);
}

}  // namespace sparsight
