#include "kernels/tensor.h"

#include <sys/mman.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace sparsight {

std::size_t size_of(DType type) {
  switch (type) {
    case DType::F32:
    case DType::I32: return 4;
    case DType::F16:
    case DType::BF16: return 2;
    case DType::U8:
    case DType::I8: return 1;
    case DType::I64: return 8;
  }
  return 0;
}

std::string_view to_string(DType type) {
  switch (type) {
    case DType::F32: return "F32";
    case DType::F16: return "F16";
    case DType::BF16: return "BF16";
    case DType::U8: return "U8";
    case DType::I8: return "I8";
    case DType::I32: return "I32";
    case DType::I64: return "I64";
  }
  return "?";
}

Shape::Shape(std::initializer_list<std::size_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::size_t> dims) : rank_(dims.size()) {
  SPARSIGHT_CHECK(dims.size() <= kMaxRank);
  for (std::size_t i = 0; i < rank_; ++i) dims_[i] = dims[i];
}

std::size_t Shape::elements() const {
  std::size_t n = 1;
  for (std::size_t i = 0; i < rank_; ++i) n *= dims_[i];
  return n;
}

std::string Shape::str() const {
  std::string s = "[";
  for (std::size_t i = 0; i < rank_; ++i) s += (i ? ", " : "") + std::to_string(dims_[i]);
  return s + "]";
}

HostView HostView::slice_rows(std::size_t begin, std::size_t count) const {
  SPARSIGHT_CHECK(begin + count <= rows());
  const std::size_t row_bytes = cols() * size_of(type_);
  return {static_cast<const std::byte*>(data_) + begin * row_bytes, type_, Shape{count, cols()}};
}

TensorView TensorView::slice_rows(std::size_t begin, std::size_t count) const {
  SPARSIGHT_CHECK(begin + count <= rows());
  return {static_cast<std::byte*>(address_) + begin * cols() * size_of(type_), type_, Shape{count, cols()}, on_host_};
}

TensorView TensorView::reshaped(Shape shape) const {
  SPARSIGHT_CHECK(shape.elements() == shape_.elements());
  return {address_, type_, shape, on_host_};
}

Tensor::Tensor(std::unique_ptr<Buffer> buffer, Shape shape, DType type)
    : buffer_(std::move(buffer)), type_(type), shape_(shape), capacity_(shape.elements()) {}

void Tensor::reshape(Shape shape) {
  SPARSIGHT_CHECK(shape.elements() <= capacity_);
  shape_ = shape;
}

void HostTensor::Free::operator()(void* p) const { std::free(p); }

HostTensor::HostTensor(Shape shape, DType type) : type_(type), shape_(shape) {
  constexpr std::size_t kAlign = 64, kLarge = std::size_t{1} << 20, kLargePage = std::size_t{2} << 20;
  std::size_t bytes = size_of(type);
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] != 0 && bytes > std::numeric_limits<std::size_t>::max() / 2 / shape[i])
      fail(ErrorKind::Memory, "a tensor of shape {} does not fit into memory", shape.str());
    bytes *= shape[i];
  }
  capacity_ = (bytes + kAlign - 1) / kAlign * kAlign;
  if (capacity_ == 0) capacity_ = kAlign;
  // Large pages: a matrix product reads down columns whose values are a small page or more apart.
  const bool large = bytes >= kLarge;
  if (large) capacity_ = (bytes + kLargePage - 1) / kLargePage * kLargePage;
  data_.reset(std::aligned_alloc(large ? kLargePage : kAlign, capacity_));
  if (!data_)
    fail(ErrorKind::Memory, "not enough memory: {:.1f} MiB needed for a tensor of shape {}",
         static_cast<double>(bytes) / (1 << 20), shape.str());
  if (large) madvise(data_.get(), capacity_, MADV_HUGEPAGE);  // optional: fails on a kernel without large pages
}

HostTensor HostTensor::zeros(Shape shape, DType type) {
  HostTensor t(shape, type);
  std::memset(t.data(), 0, t.capacity_);
  return t;
}

HostTensor HostTensor::copy_of(HostView view) {
  HostTensor t(view.shape(), view.dtype());
  if (!view.empty()) std::memcpy(t.data(), view.data(), view.bytes());
  return t;
}

void HostTensor::reshape(Shape shape) {
  SPARSIGHT_CHECK(shape.elements() * size_of(type_) <= capacity_);
  shape_ = shape;
}

float bf16_to_f32(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

float f16_to_f32(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1Fu;
  std::uint32_t mantissa = bits & 0x3FFu;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  // Subnormal: mantissa * 2^-24, exact in float.
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
  return sign != 0 ? -magnitude : magnitude;
}

std::uint16_t f32_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

std::uint16_t f32_to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00u);
  if (magnitude >= 65520.0f) return static_cast<std::uint16_t>(sign | 0x7C00u);
  // Subnormal halves are multiples of 2^-24; adding 0.5 leaves their rounded bits in the mantissa.
  if (magnitude < 0x1p-14f)
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(magnitude + 0.5f) - 0x3F000000u));
  const std::uint32_t shifted = (bits & 0x7FFFFFFFu) - (112u << 23);
  return static_cast<std::uint16_t>(sign | ((shifted + 0xFFFu + ((shifted >> 13) & 1u)) >> 13));
}

float rounded_to(DType type, float value) {
  switch (type) {
    case DType::F16: return f16_to_f32(f32_to_f16(value));
    case DType::BF16: return bf16_to_f32(f32_to_bf16(value));
    default: return value;
  }
}

HostTensor to_f32(HostView view) {
  HostTensor out(view.shape());
  float* to = out.f32();
  const std::size_t n = view.shape().elements();
  switch (view.dtype()) {
    case DType::F32: std::memcpy(to, view.data(), n * sizeof(float)); break;
    case DType::F16:
    case DType::BF16: {
      const auto* from = static_cast<const std::uint16_t*>(view.data());
      const bool half = view.dtype() == DType::F16;
      for (std::size_t i = 0; i < n; ++i) to[i] = half ? f16_to_f32(from[i]) : bf16_to_f32(from[i]);
      break;
    }
    default: SPARSIGHT_CHECK(!"to_f32 takes F32, F16 or BF16");
  }
  return out;
}

}  // namespace sparsight
