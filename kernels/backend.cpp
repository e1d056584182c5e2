// Default implementations: on the host of a backend's operations on rows, and of operations that others make up.
#include "kernels/backend.h"

#include <algorithm>
#include <cmath>

namespace sparsight {

Largest largest_of(std::span<const float> numbers) {
  SPARSIGHT_CHECK(!numbers.empty());
  std::size_t best = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (std::isnan(numbers[i])) return {i, numbers[i]};
    if (numbers[i] > numbers[best]) best = i;
  }
  return {best, numbers[best]};
}

void Backend::combine(TensorView from, std::span<const std::vector<WeightedRow>> sums, Tensor& to,
                      std::size_t first_row) {
  const HostRead rows = read(from);
  const std::size_t width = from.cols();
  HostTensor out(Shape{sums.size(), width});
  std::vector<double> sum(width);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].size() == 1 && sums[i][0].weight == 1.0) {
      std::ranges::copy(rows.row(sums[i][0].row), out.row(i).begin());
      continue;
    }
    std::ranges::fill(sum, 0.0);
    for (const WeightedRow& part : sums[i]) {
      const auto row = rows.row(part.row);
      for (std::size_t c = 0; c < width; ++c) sum[c] += part.weight * static_cast<double>(row[c]);
    }
    for (std::size_t c = 0; c < width; ++c) out.row(i)[c] = static_cast<float>(sum[c]);
  }
  if (!sums.empty()) write(out, to, first_row);
}

void Backend::unit_rows(TensorView x, Tensor& out) {
  const HostRead rows = read(x);
  HostTensor units = HostTensor::copy_of(rows);
  for (std::size_t r = 0; r < units.rows(); ++r) {
    const auto row = units.row(r);
    double sum = 0;
    for (const float value : row) sum += static_cast<double>(value) * static_cast<double>(value);
    if (sum == 0) continue;
    const double length = std::sqrt(sum);
    for (float& value : row) value = static_cast<float>(static_cast<double>(value) / length);
  }
  if (!units.empty()) write(units, out, 0);
}

std::vector<double> Backend::dots(TensorView a, TensorView b,
                                  std::span<const std::pair<std::size_t, std::size_t>> pairs) {
  SPARSIGHT_CHECK(a.cols() == b.cols());
  const HostRead first = read(a), second = read(b);
  std::vector<double> out;
  out.reserve(pairs.size());
  for (const auto& [i, j] : pairs) {
    const auto x = first.row(i), y = second.row(j);
    double sum = 0;
    for (std::size_t c = 0; c < x.size(); ++c) sum += static_cast<double>(x[c]) * static_cast<double>(y[c]);
    out.push_back(sum);
  }
  return out;
}

HostTensor Backend::squared_distances(TensorView x) {
  const HostRead states = read(x);
  const std::size_t n = x.rows(), width = x.cols();
  // Centring removes what all rows share, which would cancel in the differences.
  std::vector<double> mean(width, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = states.row(i);
    for (std::size_t c = 0; c < width; ++c) mean[c] += static_cast<double>(row[c]);
  }
  for (double& value : mean) value /= static_cast<double>(n);
  HostTensor centred(Shape{n, width});
  std::vector<float> norms(n);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    const auto from = states.row(i);
    const auto to = centred.row(i);
    for (std::size_t c = 0; c < width; ++c) {
      to[c] = static_cast<float>(static_cast<double>(from[c]) - mean[c]);
      sum += static_cast<double>(to[c]) * static_cast<double>(to[c]);
    }
    norms[i] = static_cast<float>(sum);
  }
  const Tensor rows = borrow(centred);
  HostTensor distances = HostTensor::copy_of(products(rows, rows));
  const float scale = 1.0f / static_cast<float>(width);
  // Mirrors one triangle, so that the distance of two rows is the same in both directions, to the bit.
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = distances.row(i);
    row[i] = 0.0f;
    for (std::size_t j = i + 1; j < n; ++j) {
      row[j] = std::max(0.0f, norms[i] + norms[j] - 2.0f * row[j]) * scale;
      distances.f32()[j * n + i] = row[j];
    }
  }
  return distances;
}

std::vector<float> Backend::squared_distances(TensorView x,
                                              std::span<const std::pair<std::size_t, std::size_t>> pairs) {
  const HostRead states = read(x);
  std::vector<float> out;
  out.reserve(pairs.size());
  for (const auto& [i, j] : pairs) {
    const auto a = states.row(i), b = states.row(j);
    double sum = 0;
    for (std::size_t c = 0; c < a.size(); ++c) {
      const double apart = static_cast<double>(a[c]) - static_cast<double>(b[c]);
      sum += apart * apart;
    }
    out.push_back(static_cast<float>(sum / static_cast<double>(a.size())));
  }
  return out;
}

std::optional<float> Backend::not_finite(TensorView x) {
  const HostRead values = read(x);
  const std::span<const float> all(values.f32(), x.shape().elements());
  const auto at = std::ranges::find_if(all, [](float value) { return !std::isfinite(value); });
  return at == all.end() ? std::nullopt : std::optional(*at);
}

void Backend::double_products(TensorView a, TensorView b, std::span<double> out) {
  SPARSIGHT_CHECK(a.cols() == b.cols() && out.size() == a.rows() * b.rows());
  const HostRead first = read(a), second = read(b);
  for (std::size_t i = 0; i < a.rows(); ++i)
    for (std::size_t j = 0; j < b.rows(); ++j) {
      const auto x = first.row(i), y = second.row(j);
      double sum = 0;
      for (std::size_t c = 0; c < x.size(); ++c) sum += static_cast<double>(x[c]) * static_cast<double>(y[c]);
      out[i * b.rows() + j] = sum;
    }
}

void Backend::enter_cache(const CacheRows& in, Tensor& q, Tensor& keys, Tensor& values, std::size_t first_row) {
  const std::size_t head_dim = 2 * in.cos.cols(), rows = q.rows(), before = in.k.rows() - rows;
  rope(q, q.cols() / head_dim, in.cos.slice_rows(before, rows), in.sin.slice_rows(before, rows), q);
  rope(in.k, in.k.cols() / head_dim, in.cos, in.sin, keys, first_row);
  store(in.v, values, first_row);
}

Largest Backend::largest(TensorView x) {
  const HostRead numbers = read(x);
  return largest_of({numbers.f32(), x.shape().elements()});
}

HostRead Backend::products(TensorView a, TensorView b) {
  Tensor out = make(Shape{a.rows(), b.rows()});
  linear({.x = a, .weight = b, .bias = {}}, out);
  HostRead there = read(out);
  return {std::move(there), std::move(out)};
}

}  // namespace sparsight
