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

std::uint32_t alignment_of(const void* at) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  std::uint32_t bytes = 256;
  while (address % bytes != 0) bytes /= 2;
  return bytes;
}

bool has_bias(Epilogue epilogue) { return (static_cast<int>(epilogue) & static_cast<int>(Epilogue::Bias)) != 0; }

}  // namespace

// In the library's column-major terms: D = A^T B with A = W as [inputs, outputs], B = x as [inputs, rows], D = out as
// [outputs, rows]. The bias lies along D's rows, and so along those of W.
struct Blas::Plan {
  explicit Plan(const Blas& blas) : blas_(blas) {}
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
  const Blas& blas_;
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

std::unique_ptr<Blas::Plan> Blas::described(const BlasProduct& of) const {
  auto made = std::make_unique<Plan>(*this);
  check(desc_create_(&made->desc, ComputeType::F32, DataType::F32), "describing a product");
  const auto set = [&](DescAttribute attribute, const auto& value) {
    check(desc_set_(made->desc, attribute, &value, sizeof(value)), "describing a product");
  };
  set(DescAttribute::TransposeA, Transpose::Yes);
  if (of.epilogue != Epilogue::Default) set(DescAttribute::Epilogue, of.epilogue);
  if (has_bias(of.epilogue)) {
    set(DescAttribute::BiasType, DataType::F32);
    set(DescAttribute::BiasPointer, of.bias);  // from which the library takes the alignment of others (cublasLt.h)
  }
  const auto layout = [&](MatrixLayout* to, DataType type, std::size_t down, std::size_t across) {
    check(layout_create_(to, type, down, across, static_cast<std::int64_t>(down)), "describing a matrix");
  };
  layout(&made->a, of.type, of.inputs, of.outputs);
  layout(&made->b, of.type, of.inputs, of.rows);
  layout(&made->d, DataType::F32, of.outputs, of.rows);
  return made;
}

// False if the library has none, which is an error without an epilogue.
bool Blas::choose_algorithm(const BlasProduct& of, Plan& to) const {
  Preference preference = nullptr;
  check(preference_create_(&preference), "choosing an algorithm");
  const std::unique_ptr<PreferenceTag, BlasResult (*)(Preference)> owner(preference, preference_destroy_);
  const auto prefer = [&](PreferenceAttribute attribute, const auto& value) {
    check(preference_set_(preference, attribute, &value, sizeof(value)), "choosing an algorithm");
  };
  prefer(PreferenceAttribute::MaxWorkspaceBytes, kWorkspaceBytes);
  prefer(PreferenceAttribute::MinAlignmentA, alignment_of(of.weight));
  prefer(PreferenceAttribute::MinAlignmentB, alignment_of(of.x));
  prefer(PreferenceAttribute::MinAlignmentC, alignment_of(of.out));
  prefer(PreferenceAttribute::MinAlignmentD, alignment_of(of.out));
  Heuristic best{};
  int found = 0;
  const std::string what = fmt::format("choosing an algorithm for {} x {} x {}", of.rows, of.inputs, of.outputs);
  const BlasResult result = heuristic_(handle_, to.desc, to.a, to.b, to.d, to.d, preference, 1, &best, &found);
  if (of.epilogue != Epilogue::Default && result == BlasResult::NotSupported) return false;
  check(result, what);
  if (found == 0 || best.state != BlasResult::Success) {
    if (of.epilogue != Epilogue::Default) return false;
    fail(ErrorKind::Device, "cuBLASLt: {}: it has none", what);
  }
  to.algorithm = best.algorithm;
  to.workspace_bytes = best.workspace_bytes;
  return true;
}

const Blas::Plan* Blas::plan(const BlasProduct& of) {
  const unsigned bias_alignment = has_bias(of.epilogue) ? alignment_of(of.bias) : 0;
  const Key key{of.type,
                of.rows,
                of.inputs,
                of.outputs,
                of.epilogue,
                alignment_of(of.x),
                alignment_of(of.weight),
                alignment_of(of.out),
                bias_alignment};
  if (const auto found = plans_.find(key); found != plans_.end()) return found->second.get();
  if (plans_.size() >= kMostPlans) plans_.clear();
  auto made = described(of);
  if (!choose_algorithm(of, *made)) made = nullptr;
  return plans_.emplace(key, std::move(made)).first->second.get();
}

bool Blas::product(const BlasProduct& of) {
  const Plan* p = plan(of);
  if (p == nullptr) return false;
  if (has_bias(of.epilogue))
    check(desc_set_(p->desc, DescAttribute::BiasPointer, &of.bias, sizeof(of.bias)), "a product's bias");
  const float one = 1.0f, kept = of.accumulate ? 1.0f : 0.0f;
  const BlasResult result =
      matmul_(handle_, p->desc, &one, of.weight, p->a, of.x, p->b, &kept, of.out, p->d, of.out, p->d, &p->algorithm,
              BackendMemory::address(workspace_), p->workspace_bytes, gpu_.stream());
  check(result, fmt::format("a product of {} x {} x {}", of.rows, of.inputs, of.outputs));
  return true;
}

}  // namespace sparsight::cuda
