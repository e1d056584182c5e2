#include "core/model/qwen_vision.h"

#include "core/model/families/family.h"

#include <algorithm>
#include <string>

namespace sparsight {
namespace {

// Patches per pass through the tower, unless a block has more: limits memory for long videos.
constexpr std::size_t kPatchesABatch = 8192;

// Blocks `first` .. `first + count`: [count, 3 * frames, height, width]. The last frame is repeated if need be.
HostTensor blocks_of(HostView pixels, std::size_t first, std::size_t count, std::size_t frames) {
  const Shape& shape = pixels.shape();
  const std::size_t channels = shape[1], plane = shape[2] * shape[3];
  HostTensor out(Shape{count, channels * frames, shape[2], shape[3]});
  float* to = out.f32();
  for (std::size_t block = first; block < first + count; ++block)
    for (std::size_t channel = 0; channel < channels; ++channel)
      for (std::size_t i = 0; i < frames; ++i, to += plane) {
        const std::size_t frame = std::min(block * frames + i, shape[0] - 1);
        std::copy_n(pixels.f32() + (frame * channels + channel) * plane, plane, to);
      }
  return out;
}

}  // namespace

QwenVision::QwenVision(const ModelConfig& config, const Weights& weights, Backend& backend)
    : config_(&config),
      backend_(&backend),
      tower_(config.vision, weights, std::string(config.family->image_tower), backend) {
  const VisionConfig& c = config.vision;
  const Lookup at(weights, backend, std::string(kProjector));
  norm_ = c.gated ? Norm{at.floats("ln_q.weight", Shape{c.hidden}), {}} : at.norm("ln_q", c.hidden);
  const std::size_t wide = c.merge * c.merge * c.hidden;
  first_ = at.linear("mlp.0", wide, wide);
  second_ = at.linear("mlp.2", config.text.hidden, wide);
  for_all_ = weights.needed();
}

TowerStates QwenVision::run_tower(HostView pixels, MediaKind kind, const Control& control) const {
  const VisionConfig& c = config_->tower(kind);
  const Shape& shape = pixels.shape();
  const std::size_t unit = c.token_side();
  if (shape.rank() != 4 || shape[0] == 0 || shape[1] != c.channels || shape[2] % unit != 0 || shape[3] % unit != 0 ||
      shape[2] * shape[3] == 0)
    fail(ErrorKind::Model, "the tower takes pixels of [frames, {}, height, width], multiples of {}, found {}",
         c.channels, unit, shape.str());
  const std::size_t blocks = (shape[0] + c.frames_a_patch - 1) / c.frames_a_patch;
  const std::size_t patches = shape[2] / c.patch_size * (shape[3] / c.patch_size), a_token = c.merge * c.merge;
  const std::size_t together = std::clamp<std::size_t>(kPatchesABatch / patches, 1, blocks);
  const std::size_t passes = (blocks + together - 1) / together;
  TowerStates out{backend_->make(Shape{blocks * patches / a_token, a_token * c.hidden}), {}};
  for (std::size_t pass = 0; pass < passes; ++pass) {
    const std::size_t first = pass * together, count = std::min(together, blocks - first);
    const HostTensor some = blocks_of(pixels, first, count, c.frames_a_patch);
    const auto on_layer = [&](std::size_t layer) {
      control.report(Stage::Vision, pass * c.layers + layer, passes * c.layers);
    };
    Tensor states = tower_.run(some, on_layer, control);
    states.reshape(Shape{count * patches / a_token, a_token * c.hidden});
    backend_->copy_rows(states, out.features, first * patches / a_token);
  }
  control.report(Stage::Vision, passes * c.layers, passes * c.layers);
  for_all_.wait(control);
  return out;
}

Tensor QwenVision::project(TensorView features) const {
  const VisionConfig& c = config_->vision;
  Tensor normed = backend_->make(Shape{features.rows() * c.merge * c.merge, c.hidden});
  const TensorView patches = features.reshaped(normed.shape());
  if (c.gated)
    backend_->rms_norm(patches, norm_.weight, c.norm_eps, normed);
  else
    backend_->layer_norm(patches, norm_.weight, norm_.bias, c.norm_eps, normed);
  normed.reshape(Shape{features.rows(), features.cols()});
  Tensor wide = backend_->make(normed.shape()), out = backend_->make(Shape{features.rows(), config_->text.hidden});
  backend_->linear(first_.of(normed, config_->projector_activation), wide);
  backend_->linear(second_.of(wide), out);
  return out;
}

VisualTokens QwenVision::tokens(TowerStates tower, const Medium& medium) const {
  VisualTokens out{.embeddings = project(tower.features), .layout = config_->layout(medium), .tower = std::move(tower)};
  return out;
}

TowerAttention QwenVision::attention(const VisualTokens&, std::size_t, const Control&) const {
  fail(ErrorKind::Model, "attention of the tower's CLS token: this tower has none");
}

}  // namespace sparsight
