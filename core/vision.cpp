#include "core/vision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace sparsight {
namespace {

// Frames that go through the tower together: bounds memory for long requests and lets a stop through.
constexpr std::size_t kFramesABatch = 8;

struct TowerLinear {
  WeightView weight;
  Tensor bias;  // may be empty

  [[nodiscard]] LinearArgs of(TensorView x, Activation activation = Activation::None) const {
    return {.x = x, .weight = weight, .bias = bias, .activation = activation};
  }
  [[nodiscard]] Projection to(Tensor& out) const { return {weight, bias, &out}; }
};

struct Norm {
  Tensor weight, bias;
};

struct EncoderLayer {
  Norm norm1, norm2;
  TowerLinear q, k, v, out, fc1, fc2;
};

// Buffers of the layers, for one batch of frames.
struct Scratch {
  Scratch(std::size_t rows, const VisionConfig& c)
      : normed(Shape{rows, c.hidden}),
        q(Shape{rows, c.hidden}),
        k(Shape{rows, c.hidden}),
        v(Shape{rows, c.hidden}),
        mixed(Shape{rows, c.hidden}),
        wide(Shape{rows, c.intermediate}) {}
  Tensor normed, q, k, v, mixed, wide;
};

float attention_scale(const VisionConfig& c) { return 1.0f / std::sqrt(static_cast<float>(c.hidden / c.heads)); }

// x [frames * tokens, hidden] through one layer.
void run_layer(const EncoderLayer& layer, const VisionConfig& c, std::size_t frames, Backend& backend, Scratch& s,
               Tensor& x) {
  backend.layer_norm(x, layer.norm1.weight, layer.norm1.bias, c.norm_eps, s.normed);
  backend.project({s.normed}, std::array{layer.q.to(s.q), layer.k.to(s.k), layer.v.to(s.v)});
  backend.attention({.q = s.q,
                     .k = s.k,
                     .v = s.v,
                     .heads = c.heads,
                     .kv_heads = c.heads,
                     .scale = attention_scale(c),
                     .causal = false,
                     .sequences = frames},
                    s.mixed);
  LinearArgs out = layer.out.of(s.mixed);
  out.accumulate = true;
  backend.linear(out, x);
  backend.layer_norm(x, layer.norm2.weight, layer.norm2.bias, c.norm_eps, s.normed);
  backend.linear(layer.fc1.of(s.normed, c.activation), s.wide);
  LinearArgs down = layer.fc2.of(s.wide);
  down.accumulate = true;
  backend.linear(down, x);
}

// Looks tensors up below one prefix, with the shape they must have.
class Lookup {
 public:
  Lookup(const Weights& weights, std::string prefix) : weights_(&weights), prefix_(std::move(prefix)) {}

  [[nodiscard]] Lookup operator/(const std::string& name) const { return {*weights_, prefix_ + name + "."}; }
  [[nodiscard]] TensorView view(const std::string& name, const Shape& shape) const {
    return weights_->get(prefix_ + name, shape);
  }
  [[nodiscard]] Tensor floats(const std::string& name, const Shape& shape) const { return to_f32(view(name, shape)); }
  [[nodiscard]] TowerLinear linear(const std::string& name, std::size_t out, std::size_t in, bool bias = true) const {
    return {weights_->matrix(prefix_ + name + ".weight", Shape{out, in}),
            bias ? floats(name + ".bias", Shape{out}) : Tensor()};
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
    const TensorView patch =
        embeddings.view("patch_embedding.weight", Shape{c.hidden, c.channels, c.patch_size, c.patch_size});
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
  TowerLinear linear1, linear2;
};

VisionEncoder::VisionEncoder(const ModelConfig& config, const Weights& weights, Backend& backend)
    : config_(&config),
      backend_(&backend),
      image_tower_(std::make_unique<Tower>(config.vision, Lookup(weights, "model.image_tower."))),
      video_tower_(std::make_unique<Tower>(config.vision, Lookup(weights, "model.video_tower."))) {
  const Lookup at(weights, "model.multi_modal_projector.");
  const std::size_t in = config.vision.hidden * config.feature_layers.size(), out = config.text.hidden;
  projector_ = std::make_unique<Projector>(Projector{at.linear("linear_1", out, in, config.projector_bias),
                                                     at.linear("linear_2", out, out, config.projector_bias)});
}

VisionEncoder::~VisionEncoder() = default;

// The states kept beside the features are those that enter the last two layers and are no feature already. Where the
// features end earlier, the state that they end with.
TowerStates VisionEncoder::see(TensorView pixels, MediaKind kind, const Control& control) const {
  const VisionConfig& c = config_->vision;
  const Tower& tower = kind == MediaKind::Image ? *image_tower_ : *video_tower_;
  if (pixels.shape().rank() != 4 || pixels.shape()[1] != c.channels || pixels.shape()[2] != c.image_size ||
      pixels.shape()[3] != c.image_size)
    fail(ErrorKind::Model, "the tower takes pixels of [frames, {}, {}, {}], the preprocessor gives {}", c.channels,
         c.image_size, c.image_size, pixels.shape().str());

  const std::size_t frames = pixels.shape()[0], tokens = c.tokens(), kinds = config_->feature_layers.size();
  const std::size_t last = *std::max_element(config_->feature_layers.begin(), config_->feature_layers.end());
  TowerStates out{Tensor(Shape{frames * tokens, kinds * c.hidden}), {}};
  for (const std::size_t from_end : {std::size_t{2}, std::size_t{1}}) {
    const std::size_t index = std::min(c.layers - std::min(from_end, c.layers), last);
    const bool there = kinds == 1 && index == last;
    if (!there && (out.states.empty() || out.states.back().index != index))
      out.states.push_back({index, Tensor(Shape{frames * tokens, c.hidden})});
  }
  const std::size_t batches = (frames + kFramesABatch - 1) / kFramesABatch;

  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t frame0 = batch * kFramesABatch, count = std::min(kFramesABatch, frames - frame0);
    const std::size_t rows = count * tokens, patches = count * (tokens - 1);
    const TensorView some(pixels.f32() + frame0 * pixels.cols(), DType::F32,
                          Shape{count, c.channels, c.image_size, c.image_size});

    Tensor x(Shape{rows, c.hidden});
    Scratch scratch(rows, c);
    {
      Tensor columns(Shape{patches, tower.patch_weight.cols()}), embedded(Shape{patches, c.hidden});
      backend_->patchify(some, c.patch_size, columns);
      backend_->linear({.x = columns, .weight = tower.patch_weight, .bias = {}}, embedded);
      backend_->tower_input(embedded, tower.cls, tower.positions, scratch.normed);
      backend_->layer_norm(scratch.normed, tower.pre_norm.weight, tower.pre_norm.bias, c.norm_eps, x);
    }
    const auto keep = [&](std::size_t state) {
      for (std::size_t i = 0; i < kinds; ++i) {
        if (config_->feature_layers[i] != state) continue;
        for (std::size_t r = 0; r < rows; ++r)
          std::copy_n(x.row(r).data(), c.hidden, out.features.row(frame0 * tokens + r).data() + i * c.hidden);
      }
      for (TowerStates::State& kept : out.states)
        if (kept.index == state) std::copy_n(x.f32(), rows * c.hidden, kept.hidden.row(frame0 * tokens).data());
    };
    keep(0);

    for (std::size_t i = 0; i < last; ++i) {
      control.report(Stage::Vision, batch * last + i, batches * last);
      run_layer(tower.layers[i], c, count, *backend_, scratch, x);
      keep(i + 1);
    }
  }
  control.report(Stage::Vision, batches * last, batches * last);
  return out;
}

TowerAttention VisionEncoder::attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                        const Control& control) const {
  const VisionConfig& c = config_->vision;
  SPARSIGHT_CHECK(layer_from_end == 1 || layer_from_end == 2);
  if (layer_from_end > c.layers)
    fail(ErrorKind::Model, "layer {} of the tower, counted from its end: the tower has {} layers", layer_from_end,
         c.layers);
  const Tower& tower = tokens.kind == MediaKind::Image ? *image_tower_ : *video_tower_;
  const std::size_t wanted = c.layers - layer_from_end, rows = tokens.tower.features.rows(), each = c.tokens();
  SPARSIGHT_CHECK(rows == tokens.frames * each);

  // The nearest state that is there, in front of the layer.
  TensorView state;
  std::size_t at = 0;
  const auto offer = [&](std::size_t index, TensorView hidden) {
    if (index <= wanted && (state.empty() || index >= at)) state = hidden, at = index;
  };
  if (config_->feature_layers.size() == 1) offer(config_->feature_layers[0], tokens.tower.features);
  for (const TowerStates::State& s : tokens.tower.states) offer(s.index, s.hidden);
  SPARSIGHT_CHECK(!state.empty());
  Tensor further;
  if (at < wanted) {
    further = Tensor::copy_of(state);
    for (std::size_t frame = 0; frame < tokens.frames; frame += kFramesABatch) {
      const std::size_t count = std::min(kFramesABatch, tokens.frames - frame);
      Tensor x = Tensor::copy_of(further.view().slice_rows(frame * each, count * each));
      Scratch scratch(x.rows(), c);
      for (std::size_t i = at; i < wanted; ++i) {
        stop_here_if_asked(control.stop);
        run_layer(tower.layers[i], c, count, *backend_, scratch, x);
      }
      std::copy_n(x.f32(), x.shape().elements(), further.row(frame * each).data());
    }
    state = further;
  }
  stop_here_if_asked(control.stop);

  const EncoderLayer& layer = tower.layers[wanted];
  const Shape shape{rows, c.hidden};
  TowerAttention out{Tensor(Shape{tokens.frames, c.heads, each}), Tensor(shape), Tensor(shape)};
  Tensor normed(shape);
  backend_->layer_norm(state, layer.norm1.weight, layer.norm1.bias, c.norm_eps, normed);
  backend_->project({normed}, std::array{layer.q.to(out.queries), layer.k.to(out.keys)});
  Tensor scores(Shape{c.heads, 1, each});
  const std::size_t sees_all = each - 1;
  for (std::size_t frame = 0; frame < tokens.frames; ++frame) {
    backend_->scores({.q = out.queries.view().slice_rows(frame * each, 1),
                      .k = out.keys.view().slice_rows(frame * each, each),
                      .v = {},
                      .heads = c.heads,
                      .kv_heads = c.heads,
                      .scale = attention_scale(c)},
                     {&sees_all, 1}, scores);
    std::copy_n(scores.f32(), c.heads * each, out.cls_attention.f32() + frame * c.heads * each);
  }
  return out;
}

Tensor VisionEncoder::project(TensorView features) const {
  Tensor wide(Shape{features.rows(), config_->text.hidden}), out(wide.shape());
  backend_->linear(projector_->linear1.of(features, config_->projector_activation), wide);
  backend_->linear(projector_->linear2.of(wide), out);
  return out;
}

VisualTokens VisionEncoder::tokens(TowerStates seen, MediaKind kind) const {
  const std::size_t each = config_->vision.tokens(), frames = seen.features.rows() / each;
  const bool has_cls = kind == MediaKind::Video || config_->image_keeps_cls;
  VisualTokens out{.kind = kind,
                   .embeddings = {},
                   .frames = frames,
                   .tokens_per_frame = has_cls ? each : each - 1,
                   .grid = config_->vision.grid(),
                   .has_cls = has_cls,
                   .tower = std::move(seen)};
  const Tensor& features = out.tower.features;
  if (has_cls) {
    out.embeddings = project(features);
    return out;
  }
  const std::size_t width = features.cols();
  Tensor patches(Shape{frames * (each - 1), width});
  for (std::size_t f = 0; f < frames; ++f)
    std::copy_n(features.row(f * each + 1).data(), (each - 1) * width, patches.row(f * (each - 1)).data());
  out.embeddings = project(patches);
  return out;
}

}  // namespace sparsight
