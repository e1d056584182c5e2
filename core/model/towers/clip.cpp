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
      wide(backend.make(Shape{rows, c.intermediate})) {
  const std::size_t together = c.frames_together, places = c.tokens();
  if (together == 0) return;
  over_time = backend.make(Shape{rows, c.hidden});
  by_frame.resize(rows);
  for (std::size_t run = 0; run < rows; run += together * places)
    for (std::size_t place = 0; place < places; ++place)
      for (std::size_t frame = 0; frame < together; ++frame) {
        const std::size_t from = run + frame * places + place;
        by_frame[from] = by_place.size();
        by_place.push_back(from);
      }
}

ClipTower::ClipTower(const VisionConfig& c, const Weights& weights, const std::string& prefix, Backend& backend)
    : config_(&c), backend_(&backend) {
  const Lookup at(weights, backend, prefix), embeddings = at / "embeddings";
  patch_weight_ = embeddings.stored("patch_embedding.weight", Shape{c.hidden, c.channels, c.patch_size, c.patch_size});
  patch_weight_.reshape(Shape{c.hidden, c.channels * c.patch_size * c.patch_size});
  if (c.patch_bias) patch_bias_ = embeddings.floats("patch_embedding.bias", Shape{c.hidden});
  if (c.has_cls) cls_ = embeddings.floats("class_embedding", Shape{c.hidden});
  positions_ = embeddings.floats("position_embedding.weight", Shape{c.tokens(), c.hidden});
  if (c.pre_norm) pre_norm_ = at.norm("pre_layrnorm", c.hidden);
  for_embedding_ = weights.needed();
  for (std::size_t i = 0; i + c.not_stored < c.layers; ++i) {
    const Lookup layer = at / ("encoder.layers." + std::to_string(i));
    layers_.push_back({.over_space = attention(layer, "layer_norm1", "self_attn"),
                       .norm2 = layer.norm("layer_norm2", c.hidden),
                       .fc1 = layer.linear("mlp.fc1", c.intermediate, c.hidden),
                       .fc2 = layer.linear("mlp.fc2", c.hidden, c.intermediate),
                       .over_time = {},
                       .times = {},
                       .needed = {}});
    Layer& made = layers_.back();
    if (c.frames_together != 0) {
      made.over_time = attention(layer, "temporal_layer_norm1", "temporal_attn");
      made.times = layer.floats("temporal_embedding", Shape{1, c.frames_together, c.hidden});
      made.times.reshape(Shape{c.frames_together, c.hidden});
    }
    made.needed = weights.needed();
  }
}

ClipTower::Attention ClipTower::attention(const Lookup& layer, const char* norm, const char* name) const {
  const std::size_t width = config_->hidden;
  const Lookup at = layer / name;
  return {.norm = layer.norm(norm, width),
          .q = at.linear("q_proj", width, width),
          .k = at.linear("k_proj", width, width),
          .v = at.linear("v_proj", width, width),
          .out = at.linear("out_proj", width, width)};
}

float ClipTower::attention_scale() const {
  return 1.0f / std::sqrt(static_cast<float>(config_->hidden / config_->heads));
}

void ClipTower::embed(TensorView pixels, Scratch& scratch, Tensor& x, const Control& control,
                      TensorView positions) const {
  for_embedding_.wait(control);
  const TensorView at = positions.empty() ? positions_.view() : positions;
  const std::size_t patches = pixels.shape()[0] * (at.rows() - config_->has_cls);
  Tensor columns = backend_->make(Shape{patches, patch_weight_.cols()}),
         embedded = backend_->make(Shape{patches, config_->hidden});
  backend_->patchify(pixels, config_->patch_size, columns);
  backend_->linear({.x = columns, .weight = patch_weight_.view(), .bias = patch_bias_}, embedded);
  if (!config_->pre_norm) return backend_->tower_input(embedded, cls_, at, x);
  backend_->tower_input(embedded, cls_, at, scratch.normed);
  backend_->layer_norm(scratch.normed, pre_norm_.weight, pre_norm_.bias, config_->norm_eps, x);
}

const ClipTower::Layer& ClipTower::layer(std::size_t at) const {
  if (at >= layers_.size())
    fail(ErrorKind::Model, "layer {} of the tower is not in the model's GGUF file, which has the first {} of {}", at,
         layers_.size(), config_->layers);
  return layers_[at];
}

void ClipTower::attend(const Attention& how, std::size_t sequences, Scratch& s, Tensor& x) const {
  const VisionConfig& c = *config_;
  backend_->layer_norm(x, how.norm.weight, how.norm.bias, c.norm_eps, s.normed);
  backend_->project({s.normed}, std::array{how.q.to(s.q), how.k.to(s.k), how.v.to(s.v)});
  backend_->attention({.q = s.q,
                       .k = s.k,
                       .v = s.v,
                       .heads = c.heads,
                       .kv_heads = c.heads,
                       .scale = attention_scale(),
                       .causal = false,
                       .sequences = sequences,
                       .rounded = how.q.weight.view().quantised()},
                      s.mixed);
  backend_->linear(how.out.added(s.mixed), x);
}

// LanguageBind's: each place of a run of frames is a sequence, to which what distinguishes its frames is added.
void ClipTower::attend_over_time(const Layer& layer, Scratch& s, Tensor& x) const {
  const std::size_t together = config_->frames_together;
  backend_->gather_rows(x, s.by_place, s.normed, 0);
  if (together == 1)
    backend_->copy_rows(s.normed, s.over_time);  // of a single frame, nothing
  else
    backend_->tower_input(s.normed, {}, layer.times, s.over_time);
  attend(layer.over_time, x.rows() / together, s, s.over_time);
  backend_->gather_rows(s.over_time, s.by_frame, x, 0);
}

void ClipTower::run_layer(std::size_t at, std::size_t frames, Scratch& s, Tensor& x, const Control& control) const {
  const Layer& layer = this->layer(at);
  layer.needed.wait(control);
  const VisionConfig& c = *config_;
  if (c.frames_together != 0) attend_over_time(layer, s, x);
  attend(layer.over_space, frames, s, x);
  backend_->layer_norm(x, layer.norm2.weight, layer.norm2.bias, c.norm_eps, s.normed);
  backend_->linear(layer.fc1.of(s.normed, c.activation), s.wide);
  backend_->linear(layer.fc2.added(s.wide), x);
}

void ClipTower::project(std::size_t at, TensorView state, Tensor& queries, Tensor& keys, const Control& control) const {
  const Layer& layer = this->layer(at);
  layer.needed.wait(control);
  const Attention& how = layer.over_space;
  Tensor x;
  if (config_->frames_together != 0) {
    Scratch scratch(state.rows(), *config_, *backend_);
    x = backend_->copy_of(state);
    attend_over_time(layer, scratch, x);
    state = x;
  }
  Tensor normed = backend_->make(state.shape());
  backend_->layer_norm(state, how.norm.weight, how.norm.bias, config_->norm_eps, normed);
  backend_->project({normed}, std::array{how.q.to(queries), how.k.to(keys)});
}

}  // namespace sparsight
