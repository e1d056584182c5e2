// Questions that a strategy may ask about states (of visual tokens, of words, of a tower's rows). The states stay in
// the backend's memory: a strategy gets the small results that it asks for by name, never the states themselves.
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

// A matrix [count, width] in a backend's memory. Copies are cheap and share it. Borrows the backend, and the rows too
// unless it made them itself.
class States {
 public:
  using Pairs = std::span<const std::pair<std::size_t, std::size_t>>;

  States() = default;
  States(TensorView rows, Backend& backend) : view_(rows), backend_(&backend) {}

  [[nodiscard]] bool empty() const { return view_.empty(); }  // as made by default
  [[nodiscard]] std::size_t count() const { return view_.rows(); }
  [[nodiscard]] std::size_t width() const { return view_.cols(); }

  // ---- Derived states
  [[nodiscard]] States slice(std::size_t begin, std::size_t rows) const;
  [[nodiscard]] States gather(std::span<const std::size_t> rows) const;
  [[nodiscard]] States columns(std::span<const std::size_t> columns) const;  // [count, columns]
  [[nodiscard]] States unit() const;                                         // scaled to length 1; zeros stay zero
  [[nodiscard]] States sums(std::span<const std::vector<WeightedRow>> sums) const;
  [[nodiscard]] States transposed() const;
  // `rows` of the host in the memory of the same backend; they must outlive the result.
  [[nodiscard]] States borrow(HostView rows) const;
  // [count * parts, width / parts]: splits each row into `parts` rows, such as one per head.
  [[nodiscard]] States split(std::size_t parts) const;

  // ---- Results for the host
  // All products row i . row j of these states, in double: [count * count], symmetric to the bit. Cancelled.
  [[nodiscard]] std::vector<double> gram(const std::stop_token& stop = {}) const;
  // All products row i . row j of `other`: [count, other.count()], in float32 as a layer computes them.
  [[nodiscard]] HostRead products(const States& other) const;
  // The same for single pairs, in double.
  [[nodiscard]] std::vector<double> dots(const States& other, Pairs pairs) const;
  // a.b / (|a| |b|) for single pairs, in double; 0 if a or b is all zeros.
  [[nodiscard]] std::vector<float> cosines(const States& other, Pairs pairs) const;
  // |xi - xj|^2 / width: for all pairs by one product, [count, count]; for single pairs in double.
  [[nodiscard]] HostTensor squared_distances() const;
  [[nodiscard]] std::vector<float> squared_distances(Pairs pairs) const;
  // Of each row, the sum of absolute values, in double. For any floating dtype.
  [[nodiscard]] std::vector<double> absolute_sums() const;
  // Of each column, the population variance over all rows, in double.
  [[nodiscard]] std::vector<double> column_variances() const;
  // Error{Model} naming `what` if a value is NaN or infinite.
  void refuse_not_finite(std::string_view what) const;

 private:
  States(std::shared_ptr<const Tensor> made, Backend& backend);

  std::shared_ptr<const Tensor> made_;  // empty: the rows are borrowed
  TensorView view_;
  Backend* backend_ = nullptr;
};

}  // namespace sparsight
