// What a strategy may ask about states (of visual tokens, of words, of a tower's rows). They stay where the backend has
// them: a strategy sees the numbers that it asks for by name, which are small, and never the states themselves.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight {

// A matrix [count, width] in a backend's memory. Copies are cheap and share it. Borrows the backend, and the rows
// unless it made them itself.
class States {
 public:
  using Pairs = std::span<const std::pair<std::size_t, std::size_t>>;

  States() = default;
  States(TensorView rows, Backend& backend) : view_(rows), backend_(&backend) {}

  [[nodiscard]] std::size_t count() const { return view_.rows(); }
  [[nodiscard]] std::size_t width() const { return view_.cols(); }

  // ---- Others made of them
  [[nodiscard]] States slice(std::size_t begin, std::size_t rows) const;
  [[nodiscard]] States gather(std::span<const std::size_t> rows) const;
  [[nodiscard]] States unit() const;  // scaled to length 1; zeros stay
  [[nodiscard]] States sums(std::span<const std::vector<WeightedRow>> sums) const;
  [[nodiscard]] States transposed() const;
  // The host's rows, in the memory of the same backend; they live as long as these.
  [[nodiscard]] States borrow(HostView rows) const;
  // [count * parts, width / parts]: each row as the `parts` rows that lie side by side in it, such as heads.
  [[nodiscard]] States split(std::size_t parts) const;

  // ---- Numbers for the host
  // Row i . row j of these, in double: [count * count], symmetric to the bit. Cancelled.
  [[nodiscard]] std::vector<double> gram(const std::stop_token& stop = {}) const;
  // Row i . row j of `other`: [count, other.count()], each in float32 as a layer's products are.
  [[nodiscard]] HostRead products(const States& other) const;
  // The same of single pairs, in double.
  [[nodiscard]] std::vector<double> dots(const States& other, Pairs pairs) const;
  // a.b / (|a| |b|) of single pairs, in double; 0 where one of them is a vector of zeros.
  [[nodiscard]] std::vector<float> cosines(const States& other, Pairs pairs) const;
  // |xi - xj|^2 / width: of all pairs through one product, [count, count]; of single ones in double.
  [[nodiscard]] HostTensor squared_distances() const;
  [[nodiscard]] std::vector<float> squared_distances(Pairs pairs) const;
  // Error{Model} naming `what` if a value is no number or infinite.
  void refuse_not_finite(std::string_view what) const;

 private:
  States(std::shared_ptr<const Tensor> made, Backend& backend);

  std::shared_ptr<const Tensor> made_;  // or borrowed
  TensorView view_;
  Backend* backend_ = nullptr;
};

}  // namespace sparsight
