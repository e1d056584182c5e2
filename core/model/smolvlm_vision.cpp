#include "core/model/smolvlm_vision.h"

#include "core/model/families/family.h"
#include "core/model/linear.h"
#include "core/model/towers/clip.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

// Views per pass through the tower: limits memory, keeps it in the cache, and a stop is checked between passes.
constexpr std::size_t kViewsABatch = 2;

// torch.arange(1 / side, 1, 1 / side) in float32, which rounds the first value of each vector of eight before it adds
// steps: a patch on the boundary between two positions depends on it.
std::vector<float> position_boundaries(std::size_t side) {
  constexpr std::size_t kVector = 8;
  const double step = 1.0 / static_cast<double>(side);
  std::vector<float> out(static_cast<std::size_t>(std::ceil((1.0 - step) / step)));
  const std::size_t in_vectors = out.size() / (2 * kVector) * (2 * kVector);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t base = i < in_vectors ? i / kVector * kVector : i;
    const double exact = step + step * static_cast<double>(base);
    out[i] =
        i < in_vectors
            ? static_cast<float>(static_cast<double>(static_cast<float>(exact)) + static_cast<double>(i - base) * step)
            : static_cast<float>(exact);
  }
  return out;
}

// Which of the `side` learnt positions on one axis each of `count` patches takes, by its fractional coordinate.
std::vector<std::size_t> positions_on_axis(std::size_t count, std::size_t side) {
  const std::vector<float> boundaries = position_boundaries(side);
  const float step = 1.0f / static_cast<float>(count);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < count; ++i) {
    const float at = std::min(static_cast<float>(i) * step, static_cast<float>(1.0 - 1e-6));
    out.push_back(static_cast<std::size_t>(std::ranges::upper_bound(boundaries, at) - boundaries.begin()));
  }
  return out;
}

class SmolvlmVision : public VisionModel {
 public:
  SmolvlmVision(const ModelConfig& config, const Weights& weights, Backend& backend)
      : config_(&config),
        backend_(&backend),
        tower_(config.vision, weights, std::string(config.family->image_tower), backend),
        post_norm_(Lookup(weights, backend, std::string(config.family->image_tower))
                       .norm("post_layernorm", config.vision.hidden)),
        connector_(Lookup(weights, backend, std::string(kProjector))
                       .linear("proj", config.text.hidden, config.vision.hidden * joined(), false)),
        for_all_(weights.needed()) {}

  [[nodiscard]] TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control) const override;
  [[nodiscard]] VisualTokens tokens(TowerStates tower, const Medium& medium) const override {
    return {.embeddings = std::move(tower.features), .layout = config_->layout(medium), .tower = {}};
  }
  [[nodiscard]] TowerAttention attention(const VisualTokens& /*tokens*/, std::size_t /*layer_from_end*/,
                                         const Control& /*control*/) const override {
    fail(ErrorKind::Model, "attention of the tower's CLS token: this tower has none");
  }
  [[nodiscard]] Tensor project(TensorView features) const override {
    Tensor out = backend_->make(Shape{features.rows(), config_->text.hidden});
    backend_->linear(connector_.of(features), out);
    return out;
  }

 private:
  [[nodiscard]] std::size_t joined() const { return config_->vision.merge * config_->vision.merge; }
  [[nodiscard]] Tensor positions(std::size_t grid) const;
  [[nodiscard]] std::vector<std::size_t> shuffled(std::size_t views, std::size_t grid) const;

  const ModelConfig* config_;
  Backend* backend_;
  ClipTower tower_;
  Norm post_norm_;
  Linear connector_;
  Needed for_all_;
};

// Of the patches of a view of grid x grid.
Tensor SmolvlmVision::positions(std::size_t grid) const {
  const std::size_t side = config_->vision.columns();
  const std::vector<std::size_t> on_axis = positions_on_axis(grid, side);
  std::vector<std::size_t> rows;
  for (const std::size_t y : on_axis)
    for (const std::size_t x : on_axis) rows.push_back(y * side + x);
  Tensor out = backend_->make(Shape{rows.size(), config_->vision.hidden});
  backend_->gather_rows(tower_.positions(), rows, out, 0);
  return out;
}

// The tower's rows in the order in which they are joined: token by token, each one's patches row by row.
std::vector<std::size_t> SmolvlmVision::shuffled(std::size_t views, std::size_t grid) const {
  const std::size_t merge = config_->vision.merge;
  std::vector<std::size_t> out;
  out.reserve(views * grid * grid);
  for (std::size_t view = 0; view < views; ++view)
    for (std::size_t row = 0; row < grid; row += merge)
      for (std::size_t column = 0; column < grid; column += merge)
        for (std::size_t y = row; y < row + merge; ++y)
          for (std::size_t x = column; x < column + merge; ++x) out.push_back((view * grid + y) * grid + x);
  return out;
}

TowerStates SmolvlmVision::run_tower(HostView pixels, MediaKind /*kind*/, const Control& control) const {
  const VisionConfig& c = config_->vision;
  const Shape& shape = pixels.shape();
  const std::size_t grid = shape.rank() == 4 ? shape[2] / c.patch_size : 0;
  if (shape.rank() != 4 || shape[1] != c.channels || shape[2] != shape[3] || grid == 0 || grid % c.merge != 0)
    fail(ErrorKind::Model,
         "the tower takes pixels of [views, {}, size, size], with {} x {} patches of {} pixels a token; the "
         "preprocessor gives {}",
         c.channels, c.merge, c.merge, c.patch_size, shape.str());
  const std::size_t views = shape[0], each = grid * grid, batches = (views + kViewsABatch - 1) / kViewsABatch;
  TowerStates out{backend_->make(Shape{views * each / joined(), config_->text.hidden}), {}};
  const Tensor places = positions(grid);
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t view0 = batch * kViewsABatch, count = std::min(kViewsABatch, views - view0);
    const Tensor some = backend_->borrow(
        HostView(pixels.f32() + view0 * pixels.cols(), DType::F32, Shape{count, shape[1], shape[2], shape[3]}));
    Tensor x = backend_->make(Shape{count * each, c.hidden});
    ClipTower::Scratch scratch(count * each, c, *backend_);
    tower_.embed(some, scratch, x, control, places);
    for (std::size_t i = 0; i < c.layers; ++i) {
      control.report(Stage::Vision, batch * c.layers + i, batches * c.layers);
      tower_.run_layer(i, count, scratch, x, control);
    }
    for_all_.wait(control);
    backend_->layer_norm(x, post_norm_.weight, post_norm_.bias, c.norm_eps, scratch.normed);
    backend_->gather_rows(scratch.normed, shuffled(count, grid), x, 0);
    x.reshape(Shape{count * each / joined(), c.hidden * joined()});
    backend_->copy_rows(project(x), out.features, view0 * each / joined());
  }
  control.report(Stage::Vision, batches * c.layers, batches * c.layers);
  return out;
}

}  // namespace

std::unique_ptr<VisionModel> make_smolvlm_vision(const ModelConfig& config, const Weights& weights, Backend& backend) {
  return std::make_unique<SmolvlmVision>(config, weights, backend);
}

}  // namespace sparsight
