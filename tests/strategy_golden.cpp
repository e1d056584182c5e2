#include "tests/strategy_golden.h"

#include "tests/support.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

constexpr double kGoldenTolerance = 1e-5;

fs::path tensors_of(fs::path json) { return json.replace_extension(".safetensors"); }

void add_cases(const fs::path& directory, std::vector<fs::path>& to) {
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".json") to.push_back(entry.path());
}

}  // namespace

StrategyGolden::StrategyGolden(const fs::path& json)
    : json_(nlohmann::json::parse(read_file(json))), file_(Weights::open(tensors_of(json))) {}

std::vector<fs::path> StrategyGolden::all() {
  const char* chosen = std::getenv("SPARSIGHT_STRATEGIES");
  const fs::path place = chosen != nullptr ? fs::path(chosen) : shared_dir() / "strategies";
  std::vector<fs::path> found;
  if (!fs::is_directory(place)) return found;
  add_cases(place, found);
  if (found.empty())
    for (const auto& entry : fs::directory_iterator(place))
      if (entry.is_directory()) add_cases(entry.path(), found);
  std::ranges::sort(found);
  return found;
}

Indices StrategyGolden::indices(const std::string& tensor) const {
  const auto shape = json_["tensors"].at(tensor).at("shape").get<Indices>();
  if (std::ranges::find(shape, 0u) != shape.end()) return {};
  const HostView view = file_.raw(tensor);
  REQUIRE(view.dtype() == DType::I32);
  const auto* data = static_cast<const std::int32_t*>(view.data());
  return {data, data + view.shape().elements()};
}

HostView StrategyGolden::matrix(const std::string& tensor) const {
  const HostView view = file_.raw(tensor);
  const std::size_t width = view.shape()[view.shape().rank() - 1];
  return {view.data(), view.dtype(), Shape{view.shape().elements() / width, width}};
}

States Uploads::operator()(HostView rows) {
  kept_.push_back(std::make_unique<Tensor>(backend_->upload(rows)));
  return {kept_.back()->view(), *backend_};
}

VisualLayout frames_of(std::size_t count, std::size_t each, bool cls) {
  return VisualLayout::alike(count, {.rows = 1, .columns = each - (cls ? 1 : 0), .cls = cls});
}

PruningOptions golden_options(const std::string& strategy, const std::string& budget) {
  PruningOptions options;
  options.strategy = strategy;
  options.budget = parse_budget(budget);
  return options;
}

std::unique_ptr<PruningStrategy> golden_strategy(const PruningOptions& options, const VisualLayout& layout) {
  return make_strategy(options, {.layers = 32, .visual_tokens = layout.tokens(), .layout = layout});
}

LayerStep golden_step(std::size_t step, const States& visual, HostView scores, std::size_t visual_begin,
                      std::span<const std::int32_t> ids) {
  HostView rows = scores;
  if (!scores.empty()) rows = {scores.data(), scores.dtype(), Shape{scores.rows(), 1, scores.cols()}};
  return {.step = step,
          .layer = 1,
          .visual = visual,
          .scores = rows,
          .visual_begin = visual_begin,
          .row_positions = {},
          .visual_positions = {},
          .inv_freq = {},
          .ids = ids};
}

HostTensor outputs_of(const Selection& selection, const States& from, Backend& backend) {
  std::vector<std::vector<WeightedRow>> sums = selection.sums;
  if (sums.empty())
    for (const std::size_t kept : selection.kept) sums.push_back({{kept, 1.0}});
  std::vector<std::vector<WeightedRow>> in_order = sums;
  for (std::size_t i = 0; i < selection.order.size(); ++i) in_order[i] = sums[selection.order[i]];
  const States made = from.sums(in_order);
  HostTensor identity = HostTensor::zeros(Shape{from.width(), from.width()});
  for (std::size_t i = 0; i < from.width(); ++i) identity.row(i)[i] = 1.0f;
  const Tensor there = backend.upload(identity);
  return HostTensor::copy_of(made.products({there, backend}));
}

void check_scores(const char* what, std::span<const float> got, HostView expected) {
  const std::span<const float> wanted(expected.f32(), expected.shape().elements());
  INFO(what);
  REQUIRE(got.size() == wanted.size());
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const auto a = static_cast<double>(got[i]), b = static_cast<double>(wanted[i]);
    worst = std::max(worst, std::isfinite(a) ? std::abs(a - b) : 1e30);
    largest = std::max(largest, std::abs(b));
  }
  CHECK(worst <= kGoldenTolerance * largest);
}

void check_rows(HostView got, HostView expected) {
  REQUIRE(got.rows() == expected.rows());
  REQUIRE(got.cols() == expected.cols());
  std::size_t wrong = 0;
  for (std::size_t r = 0; r < got.rows(); ++r) {
    double worst = 0, largest = 1;
    for (std::size_t c = 0; c < got.cols(); ++c) {
      const auto a = static_cast<double>(got.row(r)[c]), b = static_cast<double>(expected.row(r)[c]);
      worst = std::max(worst, std::isfinite(a) ? std::abs(a - b) : 1e30);
      largest = std::max(largest, std::abs(b));
    }
    if (worst > kGoldenTolerance * largest) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace sparsight::test
