#include "core/pruning/ranking.h"

#include "core/base/progress.h"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <limits>
#include <numeric>

namespace sparsight {
namespace {

using Eigen::Index;
using Eigen::Lower;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Eigenvalues of a symmetric matrix. Reducing it to a tridiagonal one, one reflection per column (Golub and Van Loan,
// section 8.3), takes the time. Eigen's own reduction cannot be stopped.
VectorXd eigenvalues(MatrixXd matrix, const std::stop_token& stop) {
  const Index n = matrix.rows();
  VectorXd diagonal(n), beside(std::max<Index>(n - 1, 0)), reflection(n), update(n);
  for (Index column = 0; column + 1 < n; ++column) {
    stop_here_if_asked(stop);
    const Index left = n - column - 1;
    auto rest = matrix.bottomRightCorner(left, left);
    double factor = 0;
    reflection.head(left) = matrix.col(column).tail(left);
    reflection.head(left).makeHouseholderInPlace(factor, beside[column]);
    reflection[0] = 1;
    diagonal[column] = matrix(column, column);
    update.head(left).noalias() = rest.selfadjointView<Lower>() * (factor * reflection.head(left));
    update.head(left) -= 0.5 * factor * update.head(left).dot(reflection.head(left)) * reflection.head(left);
    rest.selfadjointView<Lower>().rankUpdate(reflection.head(left), update.head(left), -1.0);
  }
  diagonal[n - 1] = matrix(n - 1, n - 1);
  Eigen::SelfAdjointEigenSolver<MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
  return solver.eigenvalues();
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

std::size_t matrix_rank(const States& matrix, double tolerance_scale, const std::stop_token& stop) {
  if (matrix.count() == 0 || matrix.width() == 0) return 0;
  // Squared singular values are the eigenvalues of the Gram matrix of the shorter side. In double precision its error,
  // 1e-16 of the largest, is far below the square of a float32 tolerance.
  const States rows = matrix.count() <= matrix.width() ? matrix : matrix.transposed();
  const std::vector<double> gram = rows.gram(stop);
  const auto n = static_cast<Index>(rows.count());
  const VectorXd squares = eigenvalues(Eigen::Map<const MatrixXd>(gram.data(), n, n), stop);
  const double largest = squares.maxCoeff();
  if (!(largest > 0)) return 0;
  const double tolerance =
      static_cast<double>(rows.width()) * static_cast<double>(std::numeric_limits<float>::epsilon()) * tolerance_scale;
  return static_cast<std::size_t>((squares.array() > tolerance * tolerance * largest).count());
}

}  // namespace sparsight
