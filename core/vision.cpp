#include "core/vision.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace sparsight {
namespace {

// Frames that go through the tower together: bounds memory for long requests and lets a stop through.
constexpr std::size_t kFramesABatch = 8;

struct Linear {
  TensorView weight;
  Tensor bias;  // may be empty

  [[nodiscard]] LinearArgs of(TensorView x, Activation activation = Activation::None) const {
    return {.x = x, .weight = weight, .bias = bias, .activation = activation};
  }
};

struct Norm {
  Tensor weight, bias;
};

struct EncoderLayer {
  Norm norm1, norm2;
  Linear q, k, v, out, fc1, fc2;
};

// Looks tensors up below one prefix, with the shape they must have.
class Lookup {
 public:
  Lookup(const Weights& weights, std::string prefix) : weights_(&weights), prefix_(std::move(prefix)) {}

  [[nodiscard]] Lookup operator/(const std::string& name) const { return {*weights_, prefix_ + name + "."}; }
  [[nodiscard]] TensorView view(const std::string& name, const Shape& shape) const {
    return weights_->get(prefix_ + name, shape);
  }
  [[nodiscard]] Tensor floats(const std::string& name, const Shape& shape) const { return to_f32(view(name, shape)); }
  [[nodiscard]] Linear linear(const std::string& name, std::size_t out, std::size_t in, bool bias = true) const {
    return {view(name + ".weight", Shape{out, in}), bias ? floats(name + ".bias", Shape{out}) : Tensor()};
  }
  [[nodiscard]] Norm norm(const std::string& name, std::size_t width) const {
    return {floats(name + ".weight", Shape{width}), floats(name + ".bias", Shape{width})};
  }

 private:
  const Weights* weights_;
  std::string prefix_;
};

}  // namespace

struct VisionEncoder::Tower {
  Tower(const VisionConfig& c, const Lookup& at) {
    const Lookup embeddings = at / "embeddings";
    const TensorView patch = embeddings.view("patch_embedding.weight", Shape{c.hidden, c.channels, c.patch_size, c.patch_size});
    patch_weight = TensorView(patch.data(), patch.dtype(), Shape{c.hidden, c.channels * c.patch_size * c.patch_size});
    cls = embeddings.floats("class_embedding", Shape{c.hidden});
    positions = embeddings.floats("position_embedding.weight", Shape{c.tokens(), c.hidden});
    pre_norm = at.norm("pre_layrnorm", c.hidden);
    for (std::size_t i = 0; i < c.layers; ++i) {
      const Lookup layer = at / ("encoder.layers." + std::to_string(i));
      const Lookup attention = layer / "self_attn";
      layers.push_back({.norm1 = layer.norm("layer_norm1", c.hidden),
                        .norm2 = layer.norm("layer_norm2", c.hidden),
                        .q = attention.linear("q_proj", c.hidden, c.hidden),
                        .k = attention.linear("k_proj", c.hidden, c.hidden),
                        .v = attention.linear("v_proj", c.hidden, c.hidden),
                        .out = attention.linear("out_proj", c.hidden, c.hidden),
                        .fc1 = layer.linear("mlp.fc1", c.intermediate, c.hidden),
                        .fc2 = layer.linear("mlp.fc2", c.hidden, c.intermediate)});
    }
  }

  TensorView patch_weight;  // [hidden, channels * patch * patch]
  Tensor cls, positions;
  Norm pre_norm;
  std::vector<EncoderLayer> layers;
};

struct VisionEncoder::Projector {
  Linear linear1, linear2;
};

VisionEncoder::VisionEncoder(const ModelConfig& config, const Weights& weights, Backend& backend)
    : config_(&config),
      backend_(&backend),
      image_tower_(std::make_unique<Tower>(config.vision, Lookup(weights, "model.image_tower."))),
      video_tower_(std::make_unique<Tower>(config.vision, Lookup(weights, "model.video_tower."))) {
  const Lookup at(weights, "model.multi_modal_projector.");
  const std::size_t in = config.vision.hidden * config.feature_layers.size(), out = config.text.hidden;
  projector_ = std::make_unique<Projector>(
      Projector{at.linear("linear_1", out, in, config.projector_bias), at.linear("linear_2", out, out, config.projector_bias)});
}

VisionEncoder::~VisionEncoder() = default;

Tensor VisionEncoder::tower_features(TensorView pixels, MediaKind kind, const Control& control) const {
  const VisionConfig& c = config_->vision;
  const Tower& tower = kind == MediaKind::Image ? *image_tower_ : *video_tower_;
  if (pixels.shape().rank() != 4 || pixels.shape()[1] != c.channels || pixels.shape()[2] != c.image_size ||
      pixels.shape()[3] != c.image_size)
    fail(ErrorKind::Model, "the tower takes pixels of [frames, {}, {}, {}], the preprocessor gives {}", c.channels,
         c.image_size, c.image_size, pixels.shape().str());

  const std::size_t frames = pixels.shape()[0], tokens = c.tokens(), kinds = config_->feature_layers.size();
  const std::size_t last = *std::max_element(config_->feature_layers.begin(), config_->feature_layers.end());
  Tensor features(Shape{frames * tokens, kinds * c.hidden});
  const std::size_t batches = (frames + kFramesABatch - 1) / kFramesABatch;

  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t frame0 = batch * kFramesABatch, count = std::min(kFramesABatch, frames - frame0);
    const std::size_t rows = count * tokens, patches = count * (tokens - 1);
    const TensorView some(pixels.f32() + frame0 * pixels.cols(), DType::F32,
                          Shape{count, c.channels, c.image_size, c.image_size});

    Tensor x(Shape{rows, c.hidden}), normed(Shape{rows, c.hidden});
    {
      Tensor columns(Shape{patches, tower.patch_weight.cols()}), embedded(Shape{patches, c.hidden});
      backend_->patchify(some, c.patch_size, columns);
      backend_->linear({.x = columns, .weight = tower.patch_weight, .bias = {}}, embedded);
      backend_->tower_input(embedded, tower.cls, tower.positions, normed);
      backend_->layer_norm(normed, tower.pre_norm.weight, tower.pre_norm.bias, c.norm_eps, x);
    }
    const auto keep = [&](std::size_t state) {
      for (std::size_t i = 0; i < kinds; ++i) {
        if (config_->feature_layers[i] != state) continue;
        for (std::size_t r = 0; r < rows; ++r)
          std::copy_n(x.row(r).data(), c.hidden, features.row(frame0 * tokens + r).data() + i * c.hidden);
      }
    };
    keep(0);

    Tensor q(x.shape()), k(x.shape()), v(x.shape()), mixed(x.shape()), wide(Shape{rows, c.intermediate});
    const float scale = 1.0f / std::sqrt(static_cast<float>(c.hidden / c.heads));
    for (std::size_t i = 0; i < last; ++i) {
      control.report(Stage::Vision, batch * last + i, batches * last);
      const EncoderLayer& layer = tower.layers[i];
      backend_->layer_norm(x, layer.norm1.weight, layer.norm1.bias, c.norm_eps, normed);
      backend_->linear(layer.q.of(normed), q);
      backend_->linear(layer.k.of(normed), k);
      backend_->linear(layer.v.of(normed), v);
      backend_->attention({.q = q, .k = k, .v = v, .heads = c.heads, .kv_heads = c.heads, .scale = scale,
                           .causal = false, .sequences = count},
                          mixed);
      LinearArgs out = layer.out.of(mixed);
      out.accumulate = true;
      backend_->linear(out, x);
      backend_->layer_norm(x, layer.norm2.weight, layer.norm2.bias, c.norm_eps, normed);
      backend_->linear(layer.fc1.of(normed, c.activation), wide);
      LinearArgs down = layer.fc2.of(wide);
      down.accumulate = true;
      backend_->linear(down, x);
      keep(i + 1);
    }
  }
  control.report(Stage::Vision, batches * last, batches * last);
  return features;
}

Tensor VisionEncoder::project(TensorView features) const {
  Tensor wide(Shape{features.rows(), config_->text.hidden}), out(wide.shape());
  backend_->linear(projector_->linear1.of(features, config_->projector_activation), wide);
  backend_->linear(projector_->linear2.of(wide), out);
  return out;
}

VisualTokens VisionEncoder::encode(TensorView pixels, MediaKind kind, const Control& control) const {
  const std::size_t frames = pixels.shape()[0], tokens = config_->vision.tokens();
  const bool has_cls = kind == MediaKind::Video || config_->image_keeps_cls;
  Tensor features = tower_features(pixels, kind, control);
  if (!has_cls) {
    Tensor patches(Shape{frames * (tokens - 1), features.cols()});
    for (std::size_t f = 0; f < frames; ++f)
      std::copy_n(features.row(f * tokens + 1).data(), (tokens - 1) * features.cols(), patches.row(f * (tokens - 1)).data());
    features = std::move(patches);
  }
  return {.kind = kind,
          .embeddings = project(features),
          .frames = frames,
          .tokens_per_frame = has_cls ? tokens : tokens - 1,
          .grid = config_->vision.grid(),
          .has_cls = has_cls};
}

}  // namespace sparsight
