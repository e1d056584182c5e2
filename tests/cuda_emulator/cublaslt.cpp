// cuBLASLt's functions over the emulated device: products in float32 by their definition, with every descriptor,
// leading dimension and alignment checked. Epilogues as cublasLt.h defines them: a float of the bias for each row of D
// is added, then the function applied.
#include "kernels/cuda/blas_abi.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "tests/cuda_emulator/driver.h"
#include "tests/cuda_emulator/include/device.h"
#include "tests/cuda_emulator/memory.h"

namespace sparsight::cuda {
struct BlasHandleTag {};
struct MatmulDescTag {
  ComputeType compute;
  DataType scale;
  Transpose a = Transpose::No, b = Transpose::No;
  Epilogue epilogue = Epilogue::Default;
  const void* bias = nullptr;
  std::optional<DataType> bias_type{};
};
struct MatrixLayoutTag {
  DataType type;
  std::uint64_t rows, cols;
  std::int64_t leading;
};
struct PreferenceTag {
  std::size_t workspace_bytes = 0;
  std::uint32_t alignment[4] = {256, 256, 256, 256};  // of A, B, C, D
};
}  // namespace sparsight::cuda

namespace sparsight::emulator {
namespace {

using namespace cuda;  // NOLINT

constexpr std::uint64_t kAlgorithm = 0x5EA5;
// Places in an algorithm's data: what it was chosen for.
enum Place : std::size_t { kTag = 0, kAlignments = 1, kBiasAlignment = 5, kEpilogue = 6 };

std::atomic<int> refusal{0};

std::size_t size_of(DataType type) { return type == DataType::F32 ? 4 : 2; }

// Bytes from the first element to the last; column-major.
std::size_t extent(const MatrixLayoutTag& m) {
  return ((m.cols - 1) * static_cast<std::uint64_t>(m.leading) + m.rows) * size_of(m.type);
}

float value_at(const void* data, DataType type, std::size_t i) {
  if (type == DataType::F32) return static_cast<const float*>(data)[i];
  return value_of(type == DataType::F16 ? Half::F16 : Half::BF16, static_cast<const unsigned short*>(data)[i]);
}

bool fits(const MatmulDescTag& desc, const MatrixLayoutTag& a, const MatrixLayoutTag& b, const MatrixLayoutTag& c,
          const MatrixLayoutTag& d) {
  const auto rows = [](const MatrixLayoutTag& m, Transpose t) { return t == Transpose::No ? m.rows : m.cols; };
  const auto cols = [](const MatrixLayoutTag& m, Transpose t) { return t == Transpose::No ? m.cols : m.rows; };
  for (const MatrixLayoutTag* m : {&a, &b, &c, &d})
    if (m->rows == 0 || m->cols == 0 || m->leading < static_cast<std::int64_t>(m->rows)) return false;
  return a.type == b.type && c.type == d.type && desc.scale == DataType::F32 && rows(a, desc.a) == d.rows &&
         cols(b, desc.b) == d.cols && cols(a, desc.a) == rows(b, desc.b) && c.rows == d.rows && c.cols == d.cols &&
         (desc.compute == ComputeType::F32 || a.type == DataType::F32);
}

bool has_bias(Epilogue epilogue) {
  return epilogue == Epilogue::Bias || epilogue == Epilogue::ReluBias || epilogue == Epilogue::GeluBias;
}

// Of D's type, and there: the library chooses an algorithm by the bias' address.
bool epilogue_fits(const MatmulDescTag& desc, const MatrixLayoutTag& d) {
  switch (desc.epilogue) {
    case Epilogue::Default:
    case Epilogue::Relu:
    case Epilogue::Gelu: return true;
    case Epilogue::Bias:
    case Epilogue::ReluBias:
    case Epilogue::GeluBias:
      return desc.bias != nullptr && reinterpret_cast<std::uintptr_t>(desc.bias) % size_of(d.type) == 0 &&
             desc.bias_type.value_or(d.type) == d.type;
  }
  return false;
}

std::uint64_t alignment_of(const void* at) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  return address == 0 ? 256 : std::min<std::uint64_t>(256, address & (~address + 1));
}

float finished(Epilogue epilogue, float x) {
  switch (epilogue) {
    case Epilogue::Relu:
    case Epilogue::ReluBias: return std::max(x, 0.0f);
    case Epilogue::Gelu:
    case Epilogue::GeluBias: return x / 2 * (1 + std::tanh(std::sqrt(2 / 3.14159265f) * (x + 0.044715f * x * x * x)));
    default: return x;
  }
}

// Row i of op(A), or column j of op(B), as floats.
std::vector<float> line(const void* data, const MatrixLayoutTag& m, bool along_columns, std::uint64_t at) {
  const std::uint64_t count = along_columns ? m.cols : m.rows;
  std::vector<float> out(count);
  const auto leading = static_cast<std::uint64_t>(m.leading);
  for (std::uint64_t i = 0; i < count; ++i)
    out[i] = value_at(data, m.type, along_columns ? i * leading + at : at * leading + i);
  return out;
}

}  // namespace
}  // namespace sparsight::emulator

using namespace sparsight::emulator;
using namespace sparsight::cuda;

namespace {
template <typename T>
BlasResult create(const char* name, T** out, T value) {
  if (begin_call(name) != Result::Success) return BlasResult::AllocFailed;
  *out = new T(value);  // NOLINT
  count_library_object(1);
  return BlasResult::Success;
}
template <typename T>
BlasResult destroy(const char* name, T* object) {
  const bool fails = begin_call(name) != Result::Success;
  delete object;
  count_library_object(-1);
  return fails ? BlasResult::InvalidValue : BlasResult::Success;
}
}  // namespace

SPARSIGHT_EXPORT std::size_t cublasLtGetVersion() { return 130000; }
SPARSIGHT_EXPORT const char* cublasLtGetStatusString(BlasResult result) {
  switch (result) {
    case BlasResult::AllocFailed: return "the resource allocation failed";
    case BlasResult::InvalidValue: return "an invalid value";
    case BlasResult::NotSupported: return "the functionality is not supported";
    default: return "an error of the emulated library";
  }
}
SPARSIGHT_EXPORT BlasResult cublasLtCreate(BlasHandle* handle) {
  if (!has_context()) return BlasResult::NotInitialised;
  return create("cublasLtCreate", handle, BlasHandleTag{});
}
SPARSIGHT_EXPORT BlasResult cublasLtDestroy(BlasHandle handle) { return destroy("cublasLtDestroy", handle); }
SPARSIGHT_EXPORT BlasResult cublasLtMatmulDescCreate(MatmulDesc* desc, ComputeType compute, DataType scale) {
  return create("cublasLtMatmulDescCreate", desc, MatmulDescTag{compute, scale});
}
SPARSIGHT_EXPORT BlasResult cublasLtMatmulDescDestroy(MatmulDesc desc) {
  return destroy("cublasLtMatmulDescDestroy", desc);
}
SPARSIGHT_EXPORT BlasResult cublasLtMatmulDescSetAttribute(MatmulDesc desc, DescAttribute attribute, const void* value,
                                                           std::size_t bytes) {
  if (begin_call("cublasLtMatmulDescSetAttribute") != Result::Success) return BlasResult::InvalidValue;
  const auto set = [&](auto& field) {
    if (bytes != sizeof(field)) return BlasResult::InvalidValue;
    std::memcpy(&field, value, bytes);
    return BlasResult::Success;
  };
  switch (attribute) {
    case DescAttribute::TransposeA: return set(desc->a);
    case DescAttribute::TransposeB: return set(desc->b);
    case DescAttribute::Epilogue: return set(desc->epilogue);
    case DescAttribute::BiasPointer: return set(desc->bias);
    case DescAttribute::BiasType: {
      DataType type{};
      const BlasResult result = set(type);
      desc->bias_type = type;
      return result;
    }
  }
  return BlasResult::InvalidValue;
}
SPARSIGHT_EXPORT BlasResult cublasLtMatrixLayoutCreate(MatrixLayout* layout, DataType type, std::uint64_t rows,
                                                       std::uint64_t cols, std::int64_t leading) {
  return create("cublasLtMatrixLayoutCreate", layout, MatrixLayoutTag{type, rows, cols, leading});
}
SPARSIGHT_EXPORT BlasResult cublasLtMatrixLayoutDestroy(MatrixLayout layout) {
  return destroy("cublasLtMatrixLayoutDestroy", layout);
}
SPARSIGHT_EXPORT BlasResult cublasLtMatmulPreferenceCreate(Preference* preference) {
  return create("cublasLtMatmulPreferenceCreate", preference, PreferenceTag{});
}
SPARSIGHT_EXPORT BlasResult cublasLtMatmulPreferenceDestroy(Preference preference) {
  return destroy("cublasLtMatmulPreferenceDestroy", preference);
}
SPARSIGHT_EXPORT BlasResult cublasLtMatmulPreferenceSetAttribute(Preference preference, PreferenceAttribute attribute,
                                                                 const void* value, std::size_t bytes) {
  if (begin_call("cublasLtMatmulPreferenceSetAttribute") != Result::Success) return BlasResult::InvalidValue;
  if (attribute == PreferenceAttribute::MaxWorkspaceBytes) {
    if (bytes != sizeof(std::size_t)) return BlasResult::InvalidValue;
    std::memcpy(&preference->workspace_bytes, value, bytes);
    return BlasResult::Success;
  }
  const int matrix = static_cast<int>(attribute) - static_cast<int>(PreferenceAttribute::MinAlignmentA);
  if (matrix < 0 || matrix > 3 || bytes != sizeof(std::uint32_t)) return BlasResult::InvalidValue;
  std::memcpy(&preference->alignment[matrix], value, bytes);
  return BlasResult::Success;
}

SPARSIGHT_EXPORT BlasResult cublasLtMatmulAlgoGetHeuristic(BlasHandle, MatmulDesc desc, MatrixLayout a, MatrixLayout b,
                                                           MatrixLayout c, MatrixLayout d, Preference preference,
                                                           int wanted, Heuristic* results, int* found) {
  // Not by NotSupported, which says that there is no algorithm.
  if (begin_call("cublasLtMatmulAlgoGetHeuristic") != Result::Success) return BlasResult::InvalidValue;
  *found = 0;
  if (wanted < 1 || !fits(*desc, *a, *b, *c, *d) || !epilogue_fits(*desc, *d)) return BlasResult::InvalidValue;
  if (desc->epilogue != Epilogue::Default && refusal != 0)
    return refusal == 1 ? BlasResult::Success : BlasResult::NotSupported;
  results[0] = {};
  auto& data = results[0].algorithm.data;
  data[kTag] = kAlgorithm;
  for (std::size_t i = 0; i < 4; ++i) data[kAlignments + i] = preference->alignment[i];
  data[kBiasAlignment] = alignment_of(desc->bias);
  data[kEpilogue] = static_cast<std::uint64_t>(desc->epilogue);
  results[0].workspace_bytes = preference->workspace_bytes / 2;
  *found = 1;
  return BlasResult::Success;
}

SPARSIGHT_EXPORT BlasResult cublasLtMatmul(BlasHandle, MatmulDesc desc, const void* alpha, const void* a,
                                           MatrixLayout la, const void* b, MatrixLayout lb, const void* beta,
                                           const void* c, MatrixLayout lc, void* d, MatrixLayout ld,
                                           const Algorithm* algorithm, void* workspace, std::size_t workspace_bytes,
                                           Stream stream) {
  if (begin_call("cublasLtMatmul") != Result::Success) return BlasResult::NotSupported;
  if (!has_context() || !is_stream(stream) || !fits(*desc, *la, *lb, *lc, *ld)) return BlasResult::InvalidValue;
  if (algorithm == nullptr || algorithm->data[kTag] != kAlgorithm) return BlasResult::InvalidValue;
  if (workspace_bytes > 0 && !is_allocated(workspace, workspace_bytes)) return BlasResult::InvalidValue;
  float scale = 0, keep = 0;
  std::memcpy(&scale, alpha, sizeof(scale));
  std::memcpy(&keep, beta, sizeof(keep));
  // As the algorithm was asked for.
  const void* matrices[] = {a, b, c, d};
  for (std::size_t i = 0; i < 4; ++i)
    if (reinterpret_cast<std::uintptr_t>(matrices[i]) % algorithm->data[kAlignments + i] != 0)
      return BlasResult::InvalidValue;
  if (!epilogue_fits(*desc, *ld) || algorithm->data[kEpilogue] != static_cast<std::uint64_t>(desc->epilogue))
    return BlasResult::InvalidValue;
  if (!is_allocated(a, extent(*la)) || !is_allocated(b, extent(*lb)) || !is_allocated(d, extent(*ld)) || c != d)
    return BlasResult::InvalidValue;
  if (!is_written(a, extent(*la)) || !is_written(b, extent(*lb)) || (keep != 0 && !is_written(c, extent(*lc))))
    return BlasResult::InvalidValue;
  const auto* bias = has_bias(desc->epilogue) ? static_cast<const float*>(desc->bias) : nullptr;
  if (bias != nullptr &&
      (!is_allocated(bias, ld->rows * sizeof(float)) || !is_written(bias, ld->rows * sizeof(float)) ||
       reinterpret_cast<std::uintptr_t>(bias) % algorithm->data[kBiasAlignment] != 0))
    return BlasResult::InvalidValue;
  if (ld->type != DataType::F32) return BlasResult::NotSupported;

  std::vector<std::vector<float>> rows(ld->rows);
  for (std::uint64_t i = 0; i < ld->rows; ++i) rows[i] = line(a, *la, desc->a == Transpose::No, i);
  auto* out = static_cast<float*>(d);
  for (std::uint64_t j = 0; j < ld->cols; ++j) {
    const std::vector<float> column = line(b, *lb, desc->b == Transpose::Yes, j);
    for (std::uint64_t i = 0; i < ld->rows; ++i) {
      const float* row = rows[i].data();
      float sums[8] = {};
      std::size_t k = 0;
      for (; k + 8 <= column.size(); k += 8)
        for (std::size_t s = 0; s < 8; ++s) sums[s] += row[k + s] * column[k + s];
      for (; k < column.size(); ++k) sums[0] += row[k] * column[k];
      float sum = 0;
      for (const float part : sums) sum += part;
      float& to = out[j * static_cast<std::uint64_t>(ld->leading) + i];
      to = finished(desc->epilogue, scale * sum + (keep != 0 ? keep * to : 0.0f) + (bias != nullptr ? bias[i] : 0.0f));
    }
  }
  for (std::uint64_t j = 0; j < ld->cols; ++j)
    mark_written(out + j * static_cast<std::uint64_t>(ld->leading), ld->rows * sizeof(float));
  return BlasResult::Success;
}

SPARSIGHT_EXPORT void emulator_refuse_epilogues(int how) { refusal = how; }
