// Tensors: contiguous, row-major, up to five dimensions. HostView borrows, HostTensor owns. Knows no model and no file
// format. Not synchronised: a tensor has one writer.
#pragma once

#include "kernels/error.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

enum class DType : std::uint8_t { F32, F16, BF16, U8, I8, I32, I64 };

[[nodiscard]] std::size_t size_of(DType type);
[[nodiscard]] std::string_view to_string(DType type);

class Shape {
 public:
  static constexpr std::size_t kMaxRank = 5;

  Shape() = default;
  Shape(std::initializer_list<std::size_t> dims);
  explicit Shape(std::span<const std::size_t> dims);

  [[nodiscard]] std::size_t rank() const { return rank_; }
  [[nodiscard]] std::size_t operator[](std::size_t i) const { return dims_[i]; }
  [[nodiscard]] std::size_t elements() const;  // 1 for rank 0
  [[nodiscard]] std::string str() const;       // "[4096, 11008]"
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::size_t, kMaxRank> dims_{};
  std::size_t rank_ = 0;
};

// Borrowed, read-only host memory. Its owner (a HostTensor, or the mapped file of Weights) must outlive it.
class HostView {
 public:
  HostView() = default;
  HostView(const void* data, DType type, Shape shape) : data_(data), type_(type), shape_(shape) {}

  [[nodiscard]] const void* data() const { return data_; }
  [[nodiscard]] DType dtype() const { return type_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::size_t rows() const { return shape_.rank() == 0 ? 1 : shape_[0]; }
  [[nodiscard]] std::size_t cols() const { return rows() == 0 ? 0 : shape_.elements() / rows(); }
  [[nodiscard]] std::size_t bytes() const { return shape_.elements() * size_of(type_); }
  [[nodiscard]] bool empty() const { return data_ == nullptr || shape_.elements() == 0; }

  // F32 only. row(r): row r of the tensor as a [rows, cols] matrix.
  [[nodiscard]] const float* f32() const {
    SPARSIGHT_CHECK(type_ == DType::F32);
    return static_cast<const float*>(data_);
  }
  [[nodiscard]] std::span<const float> row(std::size_t r) const { return {f32() + r * cols(), cols()}; }
  [[nodiscard]] HostView slice_rows(std::size_t begin, std::size_t count) const;

 private:
  const void* data_ = nullptr;
  DType type_ = DType::F32;
  Shape shape_;
};

// Owns 64-byte aligned host memory; move-only. The contents are undefined at first, except from zeros().
class HostTensor {
 public:
  HostTensor() = default;
  explicit HostTensor(Shape shape, DType type = DType::F32);  // Error{Memory}
  [[nodiscard]] static HostTensor zeros(Shape shape, DType type = DType::F32);
  [[nodiscard]] static HostTensor copy_of(HostView view);

  [[nodiscard]] HostView view() const { return {data_.get(), type_, shape_}; }
  operator HostView() const { return view(); }  // NOLINT(google-explicit-constructor): a cheap view

  [[nodiscard]] void* data() { return data_.get(); }
  [[nodiscard]] const void* data() const { return data_.get(); }
  [[nodiscard]] DType dtype() const { return type_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::size_t rows() const { return view().rows(); }
  [[nodiscard]] std::size_t cols() const { return view().cols(); }
  [[nodiscard]] bool empty() const { return view().empty(); }

  [[nodiscard]] float* f32() {
    SPARSIGHT_CHECK(type_ == DType::F32);
    return static_cast<float*>(data());
  }
  [[nodiscard]] const float* f32() const { return view().f32(); }
  [[nodiscard]] std::span<float> row(std::size_t r) { return {f32() + r * cols(), cols()}; }
  [[nodiscard]] std::span<const float> row(std::size_t r) const { return view().row(r); }

  // Changes the shape, with at most capacity() elements: reuses the memory for a shorter sequence without allocating.
  void reshape(Shape shape);
  [[nodiscard]] std::size_t capacity() const { return capacity_ / size_of(type_); }  // elements

 private:
  struct Free {
    void operator()(void* p) const;
  };
  std::unique_ptr<void, Free> data_;
  DType type_ = DType::F32;
  Shape shape_;
  std::size_t capacity_ = 0;  // bytes
};

// Memory of one backend, which allocates and frees it.
class Buffer {
 public:
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  virtual ~Buffer() = default;

 protected:
  // `address`: in the backend's address space. Rows follow each other as in host memory. `on_host`: the host may access
  // it.
  explicit Buffer(void* address, bool on_host) : address_(address), on_host_(on_host) {}

 private:
  friend class Tensor;
  void* address_;
  bool on_host_;
};

// Borrowed, read-only memory of a backend. The Tensor must outlive it.
class TensorView {
 public:
  TensorView() = default;

  [[nodiscard]] DType dtype() const { return type_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::size_t rows() const { return shape_.rank() == 0 ? 1 : shape_[0]; }
  [[nodiscard]] std::size_t cols() const { return rows() == 0 ? 0 : shape_.elements() / rows(); }
  [[nodiscard]] std::size_t bytes() const { return shape_.elements() * size_of(type_); }
  [[nodiscard]] bool empty() const { return address_ == nullptr || shape_.elements() == 0; }
  [[nodiscard]] TensorView slice_rows(std::size_t begin, std::size_t count) const;  // [count, cols]
  [[nodiscard]] TensorView reshaped(Shape shape) const;                             // with the same number of elements

 private:
  friend struct BackendMemory;
  friend class Tensor;
  TensorView(void* address, DType type, Shape shape, bool on_host)
      : address_(address), type_(type), shape_(shape), on_host_(on_host) {}

  void* address_ = nullptr;
  DType type_ = DType::F32;
  Shape shape_;
  bool on_host_ = false;
};

// Owns a buffer of a backend; move-only. It may outlive the backend, but must not be used then.
class Tensor {
 public:
  Tensor() = default;  // empty
  // For backends: `buffer` has at least the shape's bytes. Other code calls Backend::make.
  Tensor(std::unique_ptr<Buffer> buffer, Shape shape, DType type);

  [[nodiscard]] TensorView view() const {
    return {buffer_ ? buffer_->address_ : nullptr, type_, shape_, buffer_ && buffer_->on_host_};
  }
  operator TensorView() const { return view(); }  // NOLINT(google-explicit-constructor): a cheap view
  [[nodiscard]] DType dtype() const { return type_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::size_t rows() const { return view().rows(); }
  [[nodiscard]] std::size_t cols() const { return view().cols(); }
  [[nodiscard]] bool empty() const { return view().empty(); }

  // Changes the shape, with at most capacity() elements: reuses the memory for a shorter sequence without allocating.
  void reshape(Shape shape);
  [[nodiscard]] std::size_t capacity() const { return capacity_; }  // elements

 private:
  std::unique_ptr<Buffer> buffer_;
  DType type_ = DType::F32;
  Shape shape_;
  std::size_t capacity_ = 0;
};

// The address of a tensor; for implementations of a backend only.
struct BackendMemory {
  [[nodiscard]] static void* address(const TensorView& view) { return view.address_; }
  [[nodiscard]] static bool on_host(const TensorView& view) { return view.on_host_; }
  // Of the host's memory.
  [[nodiscard]] static TensorView view(void* address, DType type, Shape shape) { return {address, type, shape, true}; }
};

// Widening, exact for every value. F16 and BF16 are passed as bits.
[[nodiscard]] float f16_to_f32(std::uint16_t bits);
[[nodiscard]] float bf16_to_f32(std::uint16_t bits);
// Narrowing to the nearest, ties to even; values that are too large become infinite.
[[nodiscard]] std::uint16_t f32_to_f16(float value);
[[nodiscard]] std::uint16_t f32_to_bf16(float value);
// The value after rounding to `type` (F32, F16 or BF16).
[[nodiscard]] float rounded_to(DType type, float value);
// A float copy of an F32, F16 or BF16 tensor.
[[nodiscard]] HostTensor to_f32(HostView view);

}  // namespace sparsight
