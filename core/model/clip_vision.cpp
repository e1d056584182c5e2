#include "core/model/clip_vision.h"

#include "core/model/families/family.h"

#include <algorithm>
#include <array>
#include <string>

namespace sparsight {
namespace {

// Frames per pass through the tower: limits memory for long requests, and a stop is checked between passes.
std::size_t frames_a_batch(const VisionConfig& tower) {
  constexpr std::size_t kFramesABatch = 8;
  return tower.frames_together == 0 ? kFramesABatch : tower.frames_together;
}

// For each row the average of pool x pool patches, of which it is the upper left one in a grid of `columns`.
std::vector<std::vector<WeightedRow>> averages(std::span<const std::size_t> rows, std::size_t pool,
                                               std::size_t columns) {
  std::vector<std::vector<WeightedRow>> out(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t y = 0; y < pool; ++y)
      for (std::size_t x = 0; x < pool; ++x)
        out[i].push_back({rows[i] + y * columns + x, 1 / static_cast<double>(pool * pool)});
  return out;
}

}  // namespace

bool ClipVision::frame_by_frame() const { return config_->tower(MediaKind::Video).frames_together == 0; }

ClipVision::ClipVision(const ModelConfig& config, const Weights& weights, Backend& backend)
    : config_(&config), backend_(&backend) {
  const Family& family = *config.family;
  const auto tower = [&](MediaKind kind) {
    return std::make_shared<const ClipTower>(config.tower(kind), weights, std::string(family.tower_prefix(kind)),
                                             backend);
  };
  // The weights are read in this order: what videos need comes first.
  const bool shared = family.video_tower == family.image_tower;
  if (!family.video_tower.empty()) video_tower_ = tower(shared ? MediaKind::Image : MediaKind::Video);
  const Lookup at(weights, backend, std::string(kProjector));
  const std::size_t in = config.vision.hidden * config.feature_layers.size(), out = config.text.hidden;
  linear1_ = at.linear("linear_1", out, in, config.projector_bias);
  linear2_ = at.linear("linear_2", out, out, config.projector_bias);
  if (!family.newline.empty()) {
    HostTensor newline = to_f32(weights.get(family.newline, Shape{out}));
    newline.reshape(Shape{1, out});  // a row of embeddings
    newline_ = backend.upload(newline);
  }
  for_tokens_ = weights.needed();
  if (shared)
    image_tower_ = video_tower_;
  else if (!family.image_tower.empty())
    image_tower_ = tower(MediaKind::Image);
}

const ClipTower& ClipVision::tower_of(MediaKind kind) const {
  const auto& tower = kind == MediaKind::Image ? image_tower_ : video_tower_;
  if (!tower) fail(ErrorKind::Usage, "the model takes no {}", kind == MediaKind::Image ? "image" : "video");
  return *tower;
}

// Keeps, besides the features, the inputs of the last two layers unless they are features themselves. If the features
// end earlier, it keeps the last state computed.
TowerStates ClipVision::run_tower(HostView pixels, MediaKind kind, const Control& control) const {
  const VisionConfig& c = config_->tower(kind);
  const ClipTower& tower = tower_of(kind);
  if (pixels.shape().rank() != 4 || pixels.shape()[1] != c.channels || pixels.shape()[2] != c.image_height ||
      pixels.shape()[3] != c.image_width)
    fail(ErrorKind::Model, "the tower takes pixels of [frames, {}, {}, {}], the preprocessor gives {}", c.channels,
         c.image_height, c.image_width, pixels.shape().str());

  const std::size_t frames = pixels.shape()[0], tokens = c.tokens(), kinds = config_->feature_layers.size();
  const std::size_t most = frames_a_batch(c);
  if (c.frames_together != 0 && frames % c.frames_together != 0)
    fail(ErrorKind::Usage,
         "the model looks at {} frames of a video together: expected {} or a multiple of it, found {}",
         c.frames_together, c.frames_together, frames);
  const std::size_t last = *std::max_element(config_->feature_layers.begin(), config_->feature_layers.end());
  TowerStates out{backend_->make(Shape{frames * tokens, kinds * c.hidden}), {}};
  for (const std::size_t from_end : {std::size_t{2}, std::size_t{1}}) {
    const std::size_t index = std::min(c.layers - std::min(from_end, c.layers), last);
    const bool there = kinds == 1 && index == last;
    if (!there && (out.states.empty() || out.states.back().index != index))
      out.states.push_back({index, backend_->make(Shape{frames * tokens, c.hidden})});
  }
  const std::size_t batches = (frames + most - 1) / most;

  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t frame0 = batch * most, count = std::min(most, frames - frame0);
    const std::size_t rows = count * tokens;
    const Tensor some = backend_->borrow(HostView(pixels.f32() + frame0 * pixels.cols(), DType::F32,
                                                  Shape{count, c.channels, c.image_height, c.image_width}));

    Tensor x = backend_->make(Shape{rows, c.hidden});
    ClipTower::Scratch scratch(rows, c, *backend_);
    tower.embed(some, scratch, x, control);
    const auto keep = [&](std::size_t state) {
      for (std::size_t i = 0; i < kinds; ++i)
        if (config_->feature_layers[i] == state) backend_->copy_rows(x, out.features, frame0 * tokens, i * c.hidden);
      for (TowerStates::State& kept : out.states)
        if (kept.index == state) backend_->copy_rows(x, kept.hidden, frame0 * tokens);
    };
    keep(0);

    for (std::size_t i = 0; i < last; ++i) {
      control.report(Stage::Vision, batch * last + i, batches * last);
      tower.run_layer(i, count, scratch, x, control);
      keep(i + 1);
    }
  }
  control.report(Stage::Vision, batches * last, batches * last);
  for_tokens_.wait(control);
  return out;
}

TowerAttention ClipVision::attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                     const Control& control) const {
  const VisionConfig& c = config_->tower(tokens.kind);
  SPARSIGHT_CHECK(layer_from_end == 1 || layer_from_end == 2);
  if (!c.has_cls) fail(ErrorKind::Model, "attention of the tower's CLS token: this tower has none");
  if (layer_from_end > c.layers)
    fail(ErrorKind::Model, "layer {} of the tower, counted from its end: the tower has {} layers", layer_from_end,
         c.layers);
  const ClipTower& tower = tower_of(tokens.kind);
  const std::size_t wanted = c.layers - layer_from_end, rows = tokens.tower.features.rows(), each = c.tokens();
  SPARSIGHT_CHECK(rows % each == 0);
  const std::size_t frames = rows / each;  // or tiles

  // The nearest available state before the layer.
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
    further = backend_->copy_of(state);
    const std::size_t most = frames_a_batch(c);
    for (std::size_t frame = 0; frame < frames; frame += most) {
      const std::size_t count = std::min(most, frames - frame);
      Tensor x = backend_->copy_of(further.view().slice_rows(frame * each, count * each));
      ClipTower::Scratch scratch(x.rows(), c, *backend_);
      for (std::size_t i = at; i < wanted; ++i) {
        stop_here_if_asked(control.stop);
        tower.run_layer(i, count, scratch, x, control);
      }
      backend_->copy_rows(x, further, frame * each);
    }
    state = further;
  }
  stop_here_if_asked(control.stop);

  const Shape shape{rows, c.hidden};
  TowerAttention out{HostTensor(Shape{frames, c.heads, each}), backend_->make(shape), backend_->make(shape)};
  tower.project(wanted, state, out.queries, out.keys, control);
  Tensor scores = backend_->make(Shape{c.heads, 1, each});
  const std::size_t sees_all = each - 1;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    backend_->scores({.q = out.queries.view().slice_rows(c.cls_row(frame), 1),
                      .k = out.keys.view().slice_rows(frame * each, each),
                      .v = {},
                      .heads = c.heads,
                      .kv_heads = c.heads,
                      .scale = tower.attention_scale()},
                     {&sees_all, 1}, scores);
    std::copy_n(backend_->read(scores).f32(), c.heads * each, out.cls_attention.f32() + frame * c.heads * each);
  }
  return out;
}

Tensor ClipVision::project(TensorView features) const {
  Tensor wide = backend_->make(Shape{features.rows(), config_->text.hidden}), out = backend_->make(wide.shape());
  backend_->linear(linear1_.of(features, config_->projector_activation), wide);
  backend_->linear(linear2_.of(wide), out);
  return out;
}

std::size_t ClipVision::tower_row(const TokenPlace& place, const Medium& medium) const {
  const VisionConfig& c = config_->tower(medium.kind);
  const std::size_t pool = config_->tokens_of(medium.kind).pool;
  if (!place.is_patch()) return c.cls_row(place.block);
  return c.patch_row(place.block, (place.row * c.columns() + place.column) * pool);
}

VisualTokens ClipVision::tokens(TowerStates tower, const Medium& medium) const {
  const VisionConfig& c = config_->tower(medium.kind);
  SPARSIGHT_CHECK(tower.features.rows() % c.tokens() == 0);
  VisualTokens out{.embeddings = {}, .layout = config_->layout(medium), .tower = std::move(tower)};
  const Tensor& features = out.tower.features;
  // Runs of tokens that correspond to consecutive tower rows.
  struct Run {
    std::size_t first, count;
  };
  std::vector<std::size_t> rows;
  std::vector<Run> runs;
  std::vector<std::size_t> newlines;
  for (std::size_t token = 0; token < out.layout.tokens(); ++token) {
    const TokenPlace place = out.layout.place(token);
    if (place.kind == TokenPlace::Kind::Extra) {
      newlines.push_back(token);
      continue;
    }
    rows.push_back(tower_row(place, medium));
    SPARSIGHT_CHECK(rows.back() < features.rows());
    if (runs.empty() || runs.back().first + runs.back().count != token) runs.push_back({token, 0});
    ++runs.back().count;
  }
  const std::size_t pool = config_->tokens_of(medium.kind).pool;
  Tensor projected;
  if (pool == 1 && rows.size() == features.rows()) {
    projected = project(features);
  } else {
    Tensor chosen = backend_->make(Shape{rows.size(), features.cols()});
    if (pool == 1)
      backend_->gather_rows(features, rows, chosen, 0);
    else
      backend_->combine(features, averages(rows, pool, c.columns()), chosen, 0);
    projected = project(chosen);
  }
  if (newlines.empty()) {
    out.embeddings = std::move(projected);
    return out;
  }
  out.embeddings = backend_->make(Shape{out.layout.tokens(), projected.cols()});
  std::size_t done = 0;
  for (const Run& run : runs) {
    backend_->copy_rows(projected.view().slice_rows(done, run.count), out.embeddings, run.first);
    done += run.count;
  }
  for (const std::size_t token : newlines) backend_->copy_rows(newline_, out.embeddings, token);
  return out;
}

}  // namespace sparsight
