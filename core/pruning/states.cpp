#include "core/pruning/states.h"

#include "core/base/progress.h"

#include <algorithm>
#include <cmath>

namespace sparsight {

States::States(std::shared_ptr<const Tensor> made, Backend& backend)
    : made_(std::move(made)), view_(*made_), backend_(&backend) {}

States States::slice(std::size_t begin, std::size_t rows) const {
  States out = *this;
  out.view_ = view_.slice_rows(begin, rows);
  return out;
}

States States::gather(std::span<const std::size_t> rows) const {
  Tensor out = backend_->make(Shape{rows.size(), width()});
  backend_->gather_rows(view_, rows, out, 0);
  return {std::make_shared<const Tensor>(std::move(out)), *backend_};
}

States States::unit() const {
  Tensor out = backend_->make(Shape{count(), width()});
  backend_->unit_rows(view_, out);
  return {std::make_shared<const Tensor>(std::move(out)), *backend_};
}

States States::sums(std::span<const std::vector<WeightedRow>> sums) const {
  Tensor out = backend_->make(Shape{sums.size(), width()});
  backend_->combine(view_, sums, out, 0);
  return {std::make_shared<const Tensor>(std::move(out)), *backend_};
}

States States::split(std::size_t parts) const {
  SPARSIGHT_CHECK(width() % parts == 0);
  States out = *this;
  out.view_ = view_.reshaped(Shape{count() * parts, width() / parts});
  return out;
}

States States::transposed() const {
  const HostRead rows = backend_->read(view_);
  HostTensor columns(Shape{width(), count()});
  for (std::size_t r = 0; r < count(); ++r)
    for (std::size_t c = 0; c < width(); ++c) columns.row(c)[r] = rows.row(r)[c];
  return {std::make_shared<const Tensor>(backend_->upload(columns)), *backend_};
}

States States::columns(std::span<const std::size_t> columns) const {
  const HostRead rows = backend_->read(view_);
  HostTensor some(Shape{count(), columns.size()});
  for (std::size_t r = 0; r < count(); ++r)
    for (std::size_t c = 0; c < columns.size(); ++c) some.row(r)[c] = rows.row(r)[columns[c]];
  return {std::make_shared<const Tensor>(backend_->upload(some)), *backend_};
}

States States::borrow(HostView rows) const {
  return {std::make_shared<const Tensor>(backend_->borrow(rows)), *backend_};
}

std::vector<double> States::gram(const std::stop_token& stop) const {
  constexpr std::size_t kRows = 32;  // between two checks of `stop`
  const std::size_t n = count();
  std::vector<double> out(n * n), block;
  for (std::size_t first = 0; first < n; first += kRows) {
    stop_here_if_asked(stop);
    const std::size_t rows = std::min(kRows, n - first), rest = n - first;
    block.resize(rows * rest);
    backend_->double_products(view_.slice_rows(first, rows), view_.slice_rows(first, rest), block);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = i; j < rest; ++j)
        out[(first + i) * n + first + j] = out[(first + j) * n + first + i] = block[i * rest + j];
  }
  return out;
}

HostRead States::products(const States& other) const { return backend_->products(view_, other.view_); }

std::vector<double> States::dots(const States& other, Pairs pairs) const {
  return backend_->dots(view_, other.view_, pairs);
}

std::vector<float> States::cosines(const States& other, Pairs pairs) const {
  std::vector<std::pair<std::size_t, std::size_t>> first, second;
  for (const auto& [i, j] : pairs) {
    first.emplace_back(i, i);
    second.emplace_back(j, j);
  }
  const std::vector<double> products = dots(other, pairs), a = dots(*this, first), b = other.dots(other, second);
  std::vector<float> out;
  for (std::size_t i = 0; i < products.size(); ++i)
    out.push_back(a[i] == 0 || b[i] == 0 ? 0.0f
                                         : static_cast<float>(products[i] / (std::sqrt(a[i]) * std::sqrt(b[i]))));
  return out;
}

HostTensor States::squared_distances() const { return backend_->squared_distances(view_); }

std::vector<float> States::squared_distances(Pairs pairs) const { return backend_->squared_distances(view_, pairs); }

std::vector<double> States::absolute_sums() const {
  const HostTensor rows = to_f32(backend_->read(view_));
  std::vector<double> sums(count(), 0.0);
  for (std::size_t r = 0; r < count(); ++r)
    for (const float value : rows.row(r)) sums[r] += std::abs(static_cast<double>(value));
  return sums;
}

std::vector<double> States::column_variances() const {
  const HostRead rows = backend_->read(view_);
  const auto n = static_cast<double>(count());
  std::vector<double> means(width(), 0.0), variances(width(), 0.0);
  for (std::size_t r = 0; r < count(); ++r)
    for (std::size_t c = 0; c < width(); ++c) means[c] += static_cast<double>(rows.row(r)[c]) / n;
  for (std::size_t r = 0; r < count(); ++r) {
    for (std::size_t c = 0; c < width(); ++c) {
      const double apart = static_cast<double>(rows.row(r)[c]) - means[c];
      variances[c] += apart * apart / n;
    }
  }
  return variances;
}

void States::refuse_not_finite(std::string_view what) const {
  if (const auto found = backend_->not_finite(view_))
    fail(ErrorKind::Model, "{}: expected finite numbers, found {}", what, *found);
}

}  // namespace sparsight
