#include "core/model/towers/qwen.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {

// How the patches of some blocks follow each other in the tower. Windows of the same size are neighbours, so that one
// call attends within all of them; the result does not depend on the order of windows.
struct QwenTower::Order {
  struct Windows {  // of equal size
    std::size_t first, count, rows;
  };
  std::size_t blocks = 0;
  std::vector<std::size_t> patches;  // for each row its patch, counted by blocks, rows, columns
  std::vector<Windows> windows;      // empty: the rows are in the order of blocks and tokens
  // For each patch in the order of blocks and tokens its row, and the other way round; empty like `windows`.
  std::vector<std::size_t> by_blocks, by_windows;
  Tensor cos, sin;  // [rows, head_dim / 2]
};

struct QwenTower::Scratch {
  Scratch(std::size_t rows, const VisionConfig& c, Backend& backend)
      : normed(backend.make(Shape{rows, c.hidden})),
        q(backend.make(Shape{rows, c.hidden})),
        k(backend.make(Shape{rows, c.hidden})),
        v(backend.make(Shape{rows, c.hidden})),
        mixed(backend.make(Shape{rows, c.hidden})),
        wide(backend.make(Shape{rows, c.intermediate})) {}
  Tensor normed, q, k, v, mixed, wide;
};

QwenTower::QwenTower(const VisionConfig& c, const Weights& weights, const std::string& prefix, Backend& backend)
    : config_(&c), backend_(&backend) {
  const Lookup at(weights, backend, prefix);
  const Shape patch{c.hidden, c.channels, c.frames_a_patch, c.patch_size, c.patch_size};
  patch_weight_ = at.stored("patch_embed.proj.weight", patch);
  patch_weight_.reshape(Shape{c.hidden, patch.elements() / c.hidden});
  for_embedding_ = weights.needed();
  const auto norm = [&](const Lookup& in, const char* name) {
    return c.gated ? Norm{in.floats(std::string(name) + ".weight", Shape{c.hidden}), {}} : in.norm(name, c.hidden);
  };
  for (std::size_t i = 0; i < c.layers; ++i) {
    const Lookup layer = at / ("blocks." + std::to_string(i)), attention = layer / "attn", mlp = layer / "mlp";
    const auto third = [&](std::size_t n) {
      return attention.linear_rows("qkv", {n * c.hidden, c.hidden}, 3 * c.hidden, c.hidden);
    };
    layers_.push_back({.norm1 = norm(layer, "norm1"),
                       .norm2 = norm(layer, "norm2"),
                       .q = third(0),
                       .k = third(1),
                       .v = third(2),
                       .out = attention.linear("proj", c.hidden, c.hidden),
                       .gate = mlp.linear(c.gated ? "gate_proj" : "fc1", c.intermediate, c.hidden),
                       .up = c.gated ? mlp.linear("up_proj", c.intermediate, c.hidden) : Linear{},
                       .down = mlp.linear(c.gated ? "down_proj" : "fc2", c.hidden, c.intermediate),
                       .needed = weights.needed()});
  }
}

QwenTower::Order QwenTower::order_of(std::size_t blocks, std::size_t rows, std::size_t columns) const {
  const VisionConfig& c = *config_;
  const std::size_t merge = c.merge, a_token = merge * merge, down = rows / merge, across = columns / merge;
  Order out;
  out.blocks = blocks;
  std::vector<std::size_t> tokens;  // by blocks, rows, columns
  const auto add = [&](std::size_t block, std::size_t row, std::size_t column) {
    tokens.push_back((block * down + row) * across + column);
  };
  const std::size_t side = c.window == 0 ? std::max(down, across) : c.window;
  // The windows that are whole, then those that the edge cuts.
  for (const bool cut_down : {false, true})
    for (const bool cut_across : {false, true}) {
      const std::size_t high = cut_down ? down % side : side, wide = cut_across ? across % side : side;
      const std::size_t first = tokens.size() * a_token;
      if (c.window == 0 || high == 0 || wide == 0) continue;
      for (std::size_t block = 0; block < blocks; ++block)
        for (std::size_t top = cut_down ? down - high : 0; top + high <= down; top += side)
          for (std::size_t left = cut_across ? across - wide : 0; left + wide <= across; left += side)
            for (std::size_t i = 0; i < high * wide; ++i) add(block, top + i / wide, left + i % wide);
      const std::size_t count = tokens.size() * a_token - first, each = high * wide * a_token;
      if (count != 0) out.windows.push_back({first, count / each, each});
    }
  if (c.window == 0)
    for (std::size_t i = 0; i < blocks * down * across; ++i) tokens.push_back(i);

  const std::size_t all = tokens.size() * a_token, half = c.hidden / c.heads / 2, quarter = half / 2;
  std::vector<float> frequencies(quarter);
  for (std::size_t j = 0; j < quarter; ++j) {
    const float exponent = static_cast<float>(2 * j) / static_cast<float>(half);
    frequencies[j] = rounded_to(c.frequencies, 1.0f / std::pow(static_cast<float>(c.theta), exponent));
  }
  HostTensor cos(Shape{all, half}), sin(Shape{all, half});
  out.patches.reserve(all);
  for (const std::size_t token : tokens)
    for (std::size_t i = 0; i < a_token; ++i) {
      const std::size_t block = token / (down * across), within = token % (down * across);
      const std::size_t row = within / across * merge + i / merge, column = within % across * merge + i % merge;
      const std::size_t at = out.patches.size();
      out.patches.push_back((block * rows + row) * columns + column);
      for (std::size_t j = 0; j < half; ++j) {
        const float angle = static_cast<float>(j < quarter ? row : column) * frequencies[j % quarter];
        cos.row(at)[j] = std::cos(angle);
        sin.row(at)[j] = std::sin(angle);
      }
    }
  out.cos = backend_->upload(cos);
  out.sin = backend_->upload(sin);
  if (out.windows.empty()) return out;
  out.by_blocks.resize(all);
  out.by_windows.resize(all);
  for (std::size_t row = 0; row < all; ++row) {
    out.by_windows[row] = tokens[row / a_token] * a_token + row % a_token;
    out.by_blocks[out.by_windows[row]] = row;
  }
  return out;
}

void QwenTower::attend(const Order& order, bool whole, Scratch& s) const {
  const VisionConfig& c = *config_;
  const auto within = [&](TensorView q, TensorView k, TensorView v, std::size_t sequences, Tensor& out) {
    backend_->attention({.q = q,
                         .k = k,
                         .v = v,
                         .heads = c.heads,
                         .kv_heads = c.heads,
                         .scale = 1.0f / std::sqrt(static_cast<float>(c.hidden / c.heads)),
                         .causal = false,
                         .sequences = sequences,
                         .rounded = layers_.front().q.weight.view().quantised()},
                        out);
  };
  if (order.windows.empty()) return within(s.q, s.k, s.v, order.blocks, s.mixed);
  if (!whole && order.windows.size() == 1) return within(s.q, s.k, s.v, order.windows.front().count, s.mixed);
  if (!whole) {
    for (const Order::Windows& w : order.windows) {
      const auto part = [&](const Tensor& of) { return of.view().slice_rows(w.first, w.count * w.rows); };
      Tensor some = backend_->make(Shape{w.count * w.rows, c.hidden});
      within(part(s.q), part(s.k), part(s.v), w.count, some);
      backend_->copy_rows(some, s.mixed, w.first);
    }
    return;
  }
  const auto by_blocks = [&](const Tensor& of) {
    Tensor out = backend_->make(of.shape());
    backend_->gather_rows(of, order.by_blocks, out, 0);
    return out;
  };
  const Tensor q = by_blocks(s.q), k = by_blocks(s.k), v = by_blocks(s.v);
  Tensor mixed = backend_->make(s.mixed.shape());
  within(q, k, v, order.blocks, mixed);
  backend_->gather_rows(mixed, order.by_windows, s.mixed, 0);
}

void QwenTower::run_layer(const Layer& layer, const Order& order, bool whole, Scratch& s, Tensor& x) const {
  const VisionConfig& c = *config_;
  NormedInput in{.x = s.normed};
  if (c.gated)
    in = {x, layer.norm1.weight, c.norm_eps};
  else
    backend_->layer_norm(x, layer.norm1.weight, layer.norm1.bias, c.norm_eps, s.normed);
  backend_->project(in, std::array{layer.q.to(s.q), layer.k.to(s.k), layer.v.to(s.v)});
  backend_->rope(s.q, c.heads, order.cos, order.sin, s.q);
  backend_->rope(s.k, c.heads, order.cos, order.sin, s.k);
  attend(order, whole, s);
  backend_->linear(layer.out.added(s.mixed), x);
  if (c.gated) {
    backend_->gated({x, layer.norm2.weight, c.norm_eps},
                    {layer.gate.weight, layer.up.weight, layer.gate.bias, layer.up.bias, c.activation}, s.wide);
  } else {
    backend_->layer_norm(x, layer.norm2.weight, layer.norm2.bias, c.norm_eps, s.normed);
    backend_->linear(layer.gate.of(s.normed, c.activation), s.wide);
  }
  backend_->linear(layer.down.added(s.wide), x);
}

Tensor QwenTower::run(HostView pixels, const std::function<void(std::size_t layer)>& on_layer,
                      const Control& control) const {
  const VisionConfig& c = *config_;
  const std::size_t blocks = pixels.shape()[0];
  const std::size_t rows = pixels.shape()[2] / c.patch_size, columns = pixels.shape()[3] / c.patch_size;
  const Order order = order_of(blocks, rows, columns);
  const std::size_t all = order.patches.size();
  Tensor x = backend_->make(Shape{all, c.hidden});
  for_embedding_.wait(control);
  {
    Tensor patches = backend_->make(Shape{all, patch_weight_.cols()}), embedded = backend_->make(x.shape());
    backend_->patchify(backend_->borrow(pixels), c.patch_size, patches);
    backend_->linear({.x = patches, .weight = patch_weight_.view(), .bias = {}}, embedded);
    backend_->gather_rows(embedded, order.patches, x, 0);
  }
  Scratch scratch(all, c, *backend_);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    on_layer(i);
    layers_[i].needed.wait(control);
    run_layer(layers_[i], order, std::ranges::count(c.whole_layers, i) != 0, scratch, x);
  }
  if (order.windows.empty()) return x;
  backend_->gather_rows(x, order.by_blocks, scratch.mixed, 0);
  return std::move(scratch.mixed);
}

}  // namespace sparsight
