#include "core/pruning/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace sparsight {
namespace {

// Eigenvalues of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, section 8.5).
std::vector<double> eigenvalues(std::vector<double> a, std::size_t n) {
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return a[i * n + j]; };
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0, diagonal = 0;
    for (std::size_t i = 0; i < n; ++i) {
      diagonal += at(i, i) * at(i, i);
      for (std::size_t j = i + 1; j < n; ++j) off += at(i, j) * at(i, j);
    }
    if (off <= 1e-30 * diagonal) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (at(p, q) == 0.0) continue;
        const double theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const double kp = at(k, p), kq = at(k, q);
          at(k, p) = c * kp - s * kq;
          at(k, q) = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double pk = at(p, k), qk = at(q, k);
          at(p, k) = c * pk - s * qk;
          at(q, k) = s * pk + c * qk;
        }
      }
    }
  }
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = at(i, i);
  return values;
}

}  // namespace

std::vector<std::size_t> top_k(std::span<const float> scores, std::size_t k) {
  SPARSIGHT_CHECK(k <= scores.size());
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (k < order.size())
    std::nth_element(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
        [&](std::size_t a, std::size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  order.resize(k);
  std::sort(order.begin(), order.end());
  return order;
}

std::size_t matrix_rank(HostView matrix, double tolerance_scale) {
  const std::size_t rows = matrix.rows(), cols = matrix.cols();
  if (rows == 0 || cols == 0) return 0;
  // Squared singular values are the eigenvalues of the Gram matrix of the shorter side. In double precision its error,
  // 1e-16 of the largest, is far below the square of a float32 tolerance.
  const std::size_t n = std::min(rows, cols), longer = std::max(rows, cols);
  const auto value = [&](std::size_t i, std::size_t k) {
    return static_cast<double>(rows <= cols ? matrix.row(i)[k] : matrix.row(k)[i]);
  };
  std::vector<double> gram(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < longer; ++k) sum += value(i, k) * value(j, k);
      gram[i * n + j] = gram[j * n + i] = sum;
    }
  const std::vector<double> squares = eigenvalues(std::move(gram), n);
  const double largest = *std::max_element(squares.begin(), squares.end());
  if (!(largest > 0)) return 0;
  const double tolerance =
      static_cast<double>(longer) * static_cast<double>(std::numeric_limits<float>::epsilon()) * tolerance_scale;
  return static_cast<std::size_t>(std::count_if(
      squares.begin(), squares.end(), [&](double square) { return square > tolerance * tolerance * largest; }));
}

}  // namespace sparsight
