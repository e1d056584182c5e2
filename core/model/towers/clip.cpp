#include "core/model/towers/clip.h"

#include <array>
#include <cmath>

namespace sparsight {

ClipTower::Scratch::Scratch(std::size_t rows, const VisionConfig& c, Backend& backend)
    : normed(backend.make(Shape{rows, c.hidden})),
      q(backend.make(Shape{rows, c.hidden})),
      k(backend.make(Shape{rows, c.hidden})),
      v(backend.make(Shape{rows, c.hidden})),
      mixed(backend.make(Shape{rows, c.hidden})),
      wide(backend.make(Shape{rows, c.intermediate})) {}

ClipTower::ClipTower(const VisionConfig& c, const Weights& weights, const std::string& prefix, Backend& backend)
    : config_(&c), backend_(&backend) {
  const Lookup at(weights, backend, prefix), embeddings = at / "embeddings";
  patch_weight_ = embeddings.stored("patch_embedding.weight", Shape{c.hidden, c.channels, c.patch_size, c.patch_size});
  patch_weight_.reshape(Shape{c.hidden, c.channels * c.patch_size * c.patch_size});
  if (c.has_cls) cls_ = embeddings.floats("class_embedding", Shape{c.hidden});
  positions_ = embeddings.floats("position_embedding.weight", Shape{c.tokens(), c.hidden});
  pre_norm_ = at.norm("pre_layrnorm", c.hidden);
  for (std::size_t i = 0; i + c.not_stored < c.layers; ++i) {
    const Lookup layer = at / ("encoder.layers." + std::to_string(i));
    const Lookup attention = layer / "self_attn";
    layers_.push_back({.norm1 = layer.norm("layer_norm1", c.hidden),
                       .norm2 = layer.norm("layer_norm2", c.hidden),
                       .q = attention.linear("q_proj", c.hidden, c.hidden),
                       .k = attention.linear("k_proj", c.hidden, c.hidden),
                       .v = attention.linear("v_proj", c.hidden, c.hidden),
                       .out = attention.linear("out_proj", c.hidden, c.hidden),
                       .fc1 = layer.linear("mlp.fc1", c.intermediate, c.hidden),
                       .fc2 = layer.linear("mlp.fc2", c.hidden, c.intermediate)});
  }
}

float ClipTower::attention_scale() const {
  return 1.0f / std::sqrt(static_cast<float>(config_->hidden / config_->heads));
}

void ClipTower::embed(TensorView pixels, Scratch& scratch, Tensor& x) const {
  const std::size_t patches = pixels.shape()[0] * config_->patches();
  Tensor columns = backend_->make(Shape{patches, patch_weight_.cols()}),
         embedded = backend_->make(Shape{patches, config_->hidden});
  backend_->patchify(pixels, config_->patch_size, columns);
  backend_->linear({.x = columns, .weight = patch_weight_.view(), .bias = {}}, embedded);
  backend_->tower_input(embedded, cls_, positions_, scratch.normed);
  backend_->layer_norm(scratch.normed, pre_norm_.weight, pre_norm_.bias, config_->norm_eps, x);
}

const ClipTower::Layer& ClipTower::layer(std::size_t at) const {
  if (at >= layers_.size())
    fail(ErrorKind::Model, "layer {} of the tower is not in the model's GGUF file, which has the first {} of {}", at,
         layers_.size(), config_->layers);
  return layers_[at];
}

void ClipTower::run_layer(std::size_t at, std::size_t frames, Scratch& s, Tensor& x) const {
  const Layer& layer = this->layer(at);
  const VisionConfig& c = *config_;
  backend_->layer_norm(x, layer.norm1.weight, layer.norm1.bias, c.norm_eps, s.normed);
  backend_->project({s.normed}, std::array{layer.q.to(s.q), layer.k.to(s.k), layer.v.to(s.v)});
  backend_->attention({.q = s.q,
                       .k = s.k,
                       .v = s.v,
                       .heads = c.heads,
                       .kv_heads = c.heads,
                       .scale = attention_scale(),
                       .causal = false,
                       .sequences = frames},
                      s.mixed);
  backend_->linear(layer.out.added(s.mixed), x);
  backend_->layer_norm(x, layer.norm2.weight, layer.norm2.bias, c.norm_eps, s.normed);
  backend_->linear(layer.fc1.of(s.normed, c.activation), s.wide);
  backend_->linear(layer.fc2.added(s.wide), x);
}

void ClipTower::project(std::size_t at, TensorView state, Tensor& queries, Tensor& keys) const {
  const Layer& layer = this->layer(at);
  Tensor normed = backend_->make(state.shape());
  backend_->layer_norm(state, layer.norm1.weight, layer.norm1.bias, config_->norm_eps, normed);
  backend_->project({normed}, std::array{layer.q.to(queries), layer.k.to(keys)});
}

}  // namespace sparsight
