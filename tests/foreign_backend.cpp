#include "tests/foreign_backend.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <map>
#include <mutex>
#include <vector>

namespace sparsight::test {
namespace {

// Whole pages, inaccessible unless opened. Buffers may be freed on any thread.
class ForeignPages {
 public:
  // Filled with NaN, so that code that expects zeros fails.
  [[nodiscard]] std::byte* take(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t whole = std::max(page, (bytes + page - 1) / page * page);
    void* at = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) fail(ErrorKind::Memory, "not enough memory: {} bytes wanted", whole);
    std::memset(at, 0xFF, whole);
    change(static_cast<std::byte*>(at), whole, PROT_NONE);
    const std::lock_guard lock(mutex_);
    taken_.emplace(static_cast<std::byte*>(at), whole);
    return static_cast<std::byte*>(at);
  }

  void give_back(std::byte* at) {
    const std::lock_guard lock(mutex_);
    const auto found = taken_.find(at);
    SPARSIGHT_CHECK(found != taken_.end() && ::munmap(at, found->second) == 0);
    taken_.erase(found);
  }

  // All pages of the buffer that has this address.
  void protect(std::byte* inside, int how) {
    const std::lock_guard lock(mutex_);
    auto found = taken_.upper_bound(inside);
    SPARSIGHT_CHECK(found != taken_.begin());
    --found;
    SPARSIGHT_CHECK(inside < found->first + found->second);  // fails for a tensor of another backend
    change(found->first, found->second, how);
  }

 private:
  static void change(std::byte* at, std::size_t bytes, int how) { SPARSIGHT_CHECK(::mprotect(at, bytes, how) == 0); }

  std::mutex mutex_;
  std::map<std::byte*, std::size_t, std::less<>> taken_;  // bytes
};

class ForeignBuffer final : public Buffer {
 public:
  ForeignBuffer(std::shared_ptr<ForeignPages> pages, std::byte* at)
      : Buffer(at, false), pages_(std::move(pages)), at_(at) {}
  ~ForeignBuffer() override { pages_->give_back(at_); }

 private:
  std::shared_ptr<ForeignPages> pages_;
  std::byte* at_;
};

// Opens the tensors of a call as long as it runs.
class ForeignCall {
 public:
  explicit ForeignCall(ForeignPages& pages) : pages_(pages) {}
  ~ForeignCall() {
    for (std::byte* at : open_) pages_.protect(at, PROT_NONE);
  }
  ForeignCall(const ForeignCall&) = delete;
  ForeignCall& operator=(const ForeignCall&) = delete;

  ForeignCall& reads(std::initializer_list<TensorView> views) {
    for (const TensorView& view : views) open(view, PROT_READ);
    return *this;
  }
  ForeignCall& reads(const WeightView& weight) {
    return reads({weight.values(), weight.scales(), weight.block_scales()});
  }
  // After its inputs: `out` may be one of them.
  ForeignCall& writes(const Tensor& out) {
    open(out, PROT_READ | PROT_WRITE);
    return *this;
  }

 private:
  void open(const TensorView& view, int how) {
    if (view.empty()) return;
    auto* at = static_cast<std::byte*>(BackendMemory::address(view));
    pages_.protect(at, how);
    open_.push_back(at);
  }

  ForeignPages& pages_;
  std::vector<std::byte*> open_;
};

class ForeignBackend final : public Backend {
 public:
  ForeignBackend(const CpuOptions& options, std::vector<DType> weights)
      : cpu_(make_cpu_backend(options)), weights_(weights.empty() ? cpu_->info().weights : std::move(weights)) {}

  [[nodiscard]] BackendInfo info() const override {
    BackendInfo info = cpu_->info();
    info.name = "foreign";
    info.weights = weights_;
    return info;
  }
  void reserve_host_threads(std::size_t threads) override { cpu_->reserve_host_threads(threads); }

  [[nodiscard]] Tensor make(Shape shape, DType type) override {
    std::byte* at = pages_->take(shape.elements() * size_of(type));
    return {std::make_unique<ForeignBuffer>(pages_, at), shape, type};
  }
  void write(HostView from, Tensor& to, std::size_t first_row) override {
    ForeignCall call(*pages_);
    call.writes(to);
    cpu_->write(from, to, first_row);
  }
  [[nodiscard]] HostRead read(TensorView view) override {
    if (view.empty()) return HostRead(HostView(nullptr, view.dtype(), view.shape()));
    ForeignCall call(*pages_);
    call.reads({view});
    return HostRead(HostTensor::copy_of(cpu_->read(view)));
  }
  void copy_rows(TensorView from, Tensor& to, std::size_t first_row, std::size_t first_col) override {
    ForeignCall call(*pages_);
    call.reads({from}).writes(to);
    cpu_->copy_rows(from, to, first_row, first_col);
  }
  void gather_rows(TensorView from, std::span<const std::size_t> rows, Tensor& to, std::size_t first_row) override {
    ForeignCall call(*pages_);
    call.reads({from}).writes(to);
    cpu_->gather_rows(from, rows, to, first_row);
  }

  void linear(const LinearArgs& args, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({args.x, args.bias}).reads(args.weight).writes(out);
    cpu_->linear(args, out);
  }
  void project(const NormedInput& in, std::span<const Projection> parts) override {
    ForeignCall call(*pages_);
    call.reads({in.x, in.norm});
    for (const Projection& part : parts) call.reads({part.bias}).reads(part.weight);
    for (const Projection& part : parts) call.writes(*part.out);
    cpu_->project(in, parts);
  }
  void gated(const NormedInput& in, const GatedArgs& args, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({in.x, in.norm, args.gate_bias, args.up_bias}).reads(args.gate).reads(args.up).writes(out);
    cpu_->gated(in, args, out);
  }
  void embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({table}).writes(out);
    cpu_->embed(table, ids, out);
  }
  void rms_norm(TensorView x, TensorView weight, float eps, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({x, weight}).writes(out);
    cpu_->rms_norm(x, weight, eps, out);
  }
  void layer_norm(TensorView x, TensorView weight, TensorView bias, float eps, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({x, weight, bias}).writes(out);
    cpu_->layer_norm(x, weight, bias, eps, out);
  }
  void rope(TensorView x, std::size_t heads, TensorView cos, TensorView sin, Tensor& out,
            std::size_t first_row) override {
    ForeignCall call(*pages_);
    call.reads({x, cos, sin}).writes(out);
    cpu_->rope(x, heads, cos, sin, out, first_row);
  }
  void store(TensorView x, Tensor& out, std::size_t first_row) override {
    ForeignCall call(*pages_);
    call.reads({x}).writes(out);
    cpu_->store(x, out, first_row);
  }
  void attention(const AttentionArgs& args, Tensor& out, const ScoreRequest* request) override {
    Tensor scores, means;  // the CPU's
    {
      ForeignCall call(*pages_);
      call.reads({args.q, args.k, args.v}).writes(out);
      ScoreRequest wanted = request != nullptr ? *request : ScoreRequest();
      wanted.scores = &scores;
      wanted.means = &means;
      cpu_->attention(args, out, request != nullptr ? &wanted : nullptr);
    }
    if (!scores.empty()) *request->scores = upload(cpu_->read(scores));
    if (!means.empty()) *request->means = upload(cpu_->read(means));
  }
  void scores(const AttentionArgs& args, std::span<const std::size_t> at, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({args.q, args.k}).writes(out);
    cpu_->scores(args, at, out);
  }
  void patchify(TensorView pixels, std::size_t patch, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({pixels}).writes(out);
    cpu_->patchify(pixels, patch, out);
  }
  void tower_input(TensorView patches, TensorView cls, TensorView positions, Tensor& out) override {
    ForeignCall call(*pages_);
    call.reads({patches, cls, positions}).writes(out);
    cpu_->tower_input(patches, cls, positions, out);
  }

 private:
  std::unique_ptr<Backend> cpu_;
  std::vector<DType> weights_;
  std::shared_ptr<ForeignPages> pages_ = std::make_shared<ForeignPages>();
};

}  // namespace

std::unique_ptr<Backend> make_foreign_backend(const CpuOptions& options, std::vector<DType> weights) {
  return std::make_unique<ForeignBackend>(options, std::move(weights));
}

}  // namespace sparsight::test
