#include "kernels/cuda/blas.h"

#include <array>

namespace sparsight::cuda {
namespace {

#ifdef _WIN32
constexpr std::array kNames = {"cublasLt64_13.dll", "cublasLt64_12.dll"};
#else
constexpr std::array kNames = {"libcublasLt.so.13", "libcublasLt.so.12"};
#endif
constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;  // what NVIDIA recommends for its newest GPUs
constexpr std::size_t kMostPlans = 256;                         // prompts of many lengths: the next one starts anew

std::string text_of(std::size_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version % 10000 / 100, version % 100);
}

unsigned alignment_of(const void* at) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  unsigned bytes = 256;
  while (address % bytes != 0) bytes /= 2;
  return bytes;
}

}  // namespace

// In the library's column-major terms: D = A^T B with A = W as [inputs, outputs], B = x as [inputs, rows], D = out as
// [outputs, rows].
struct Blas::Plan {
  explicit Plan(Blas& blas) : blas_(blas) {}
  ~Plan() {
    for (MatrixLayout layout : {a, b, d})
      if (layout != nullptr) blas_.layout_destroy_(layout);
    if (desc != nullptr) blas_.desc_destroy_(desc);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  MatmulDesc desc = nullptr;
  MatrixLayout a = nullptr, b = nullptr, d = nullptr;
  Algorithm algorithm{};
  std::size_t workspace_bytes = 0;

 private:
  Blas& blas_;
};

Blas::Blas(Gpu& gpu, std::span<const std::filesystem::path> folders) : gpu_(gpu), library_(kNames, folders) {
  if (!library_.loaded()) fail(ErrorKind::Device, "cuBLASLt cannot be loaded: {}", library_.why());
#define SPARSIGHT_FIND(member, symbol, result, parameters) \
  if (!library_.find(member##_, #symbol)) fail(ErrorKind::Device, "{} has no function {}", library_.name(), #symbol);
  SPARSIGHT_CUDA_BLAS(SPARSIGHT_FIND)
#undef SPARSIGHT_FIND
  check(create_(&handle_), "starting");
  try {
    workspace_ = gpu_.make(Shape{kWorkspaceBytes}, DType::U8);
  } catch (...) {
    destroy_(handle_);
    throw;
  }
}

Blas::~Blas() {
  plans_.clear();
  if (handle_ != nullptr) destroy_(handle_);
}

std::string Blas::version() const { return text_of(version_()); }

std::string blas_version(std::span<const std::filesystem::path> folders, std::string& why) {
  const Library library(kNames, folders);
  std::size_t (*version)() = nullptr;
  if (library.loaded() && library.find(version, "cublasLtGetVersion")) return text_of(version());
  why = library.loaded() ? "it has no version" : library.why();
  return "";
}

void Blas::check(BlasResult result, std::string_view what) const {
  if (result == BlasResult::Success) return;
  fail(result == BlasResult::AllocFailed ? ErrorKind::Memory : ErrorKind::Device, "cuBLASLt: {}: {}", what,
       result_text_(result));
}

const Blas::Plan& Blas::plan(const Key& key) {
  if (const auto found = plans_.find(key); found != plans_.end()) return *found->second;
  if (plans_.size() >= kMostPlans) plans_.clear();
  const auto [type, rows, inputs, outputs, x_align, weight_align, out_align] = key;
  auto made = std::make_unique<Plan>(*this);
  check(desc_create_(&made->desc, ComputeType::F32, DataType::F32), "describing a product");
  const Transpose yes = Transpose::Yes;
  check(desc_set_(made->desc, DescAttribute::TransposeA, &yes, sizeof(yes)), "describing a product");
  const auto layout = [&](MatrixLayout* to, DataType of, std::size_t down, std::size_t across) {
    check(layout_create_(to, of, down, across, static_cast<std::int64_t>(down)), "describing a matrix");
  };
  layout(&made->a, type, inputs, outputs);
  layout(&made->b, type, inputs, rows);
  layout(&made->d, DataType::F32, outputs, rows);

  Preference preference = nullptr;
  check(preference_create_(&preference), "choosing an algorithm");
  const std::unique_ptr<PreferenceTag, BlasResult (*)(Preference)> owner(preference, preference_destroy_);
  const auto prefer = [&](PreferenceAttribute attribute, const auto& value) {
    check(preference_set_(preference, attribute, &value, sizeof(value)), "choosing an algorithm");
  };
  prefer(PreferenceAttribute::MaxWorkspaceBytes, kWorkspaceBytes);
  prefer(PreferenceAttribute::MinAlignmentA, static_cast<std::uint32_t>(weight_align));
  prefer(PreferenceAttribute::MinAlignmentB, static_cast<std::uint32_t>(x_align));
  prefer(PreferenceAttribute::MinAlignmentC, static_cast<std::uint32_t>(out_align));
  prefer(PreferenceAttribute::MinAlignmentD, static_cast<std::uint32_t>(out_align));
  Heuristic best{};
  int found = 0;
  const std::string what = fmt::format("choosing an algorithm for {} x {} x {}", rows, inputs, outputs);
  check(heuristic_(handle_, made->desc, made->a, made->b, made->d, made->d, preference, 1, &best, &found), what);
  if (found == 0) fail(ErrorKind::Device, "cuBLASLt: {}: it has none", what);
  made->algorithm = best.algorithm;
  made->workspace_bytes = best.workspace_bytes;
  return *plans_.emplace(key, std::move(made)).first->second;
}

void Blas::product(const void* x, const void* weight, DataType type, std::size_t rows, std::size_t inputs,
                   std::size_t outputs, float* out, bool accumulate) {
  const Plan& p = plan({type, rows, inputs, outputs, alignment_of(x), alignment_of(weight), alignment_of(out)});
  const float one = 1.0f, kept = accumulate ? 1.0f : 0.0f;
  check(matmul_(handle_, p.desc, &one, weight, p.a, x, p.b, &kept, out, p.d, out, p.d, &p.algorithm,
                BackendMemory::address(workspace_), p.workspace_bytes, gpu_.stream()),
        fmt::format("a product of {} x {} x {}", rows, inputs, outputs));
}

}  // namespace sparsight::cuda
