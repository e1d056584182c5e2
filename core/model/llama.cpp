#include "core/model/llama.h"

#include "core/base/stopwatch.h"
#include "core/model/parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

namespace sparsight {

KvCache::KvCache(std::size_t layers, std::size_t width, DType dtype, Backend& backend)
    : width_(width), dtype_(dtype), backend_(&backend), layers_(layers) {}

std::size_t KvCache::bytes(std::size_t layer) const { return 2 * length(layer) * width_ * size_of(dtype_); }

void KvCache::reserve(std::size_t tokens) {
  for (Layer& layer : layers_) {
    const std::size_t capacity = layer.keys.empty() ? 0 : layer.keys.rows();
    if (tokens <= capacity) continue;
    // Both grow or none: the size is read from the keys.
    const Shape larger{std::max(tokens, capacity + capacity / 2), width_};
    Tensor keys = backend_->make(larger, dtype_), values = backend_->make(larger, dtype_);
    if (layer.length != 0) {
      backend_->copy_rows(layer.keys.view().slice_rows(0, layer.length), keys);
      backend_->copy_rows(layer.values.view().slice_rows(0, layer.length), values);
    }
    layer.keys = std::move(keys);
    layer.values = std::move(values);
  }
}

KvCache::Room KvCache::extend(std::size_t layer, std::size_t rows) {
  Layer& to = layers_[layer];
  const std::size_t first = to.length;
  reserve(first + rows);
  to.length = first + rows;
  return {to.keys, to.values, first};
}

void KvCache::truncate(std::size_t tokens) {
  for (std::size_t layer = 0; layer < layers(); ++layer) truncate_layer(layer, tokens);
}

void KvCache::truncate_layer(std::size_t layer, std::size_t tokens) {
  layers_[layer].length = std::min(layers_[layer].length, tokens);
}

std::vector<std::size_t> KvCache::lengths() const {
  std::vector<std::size_t> out;
  for (const Layer& layer : layers_) out.push_back(layer.length);
  return out;
}

TensorView KvCache::keys(std::size_t layer) const {
  return layers_[layer].keys.view().slice_rows(0, layers_[layer].length);
}

TensorView KvCache::values(std::size_t layer) const {
  return layers_[layer].values.view().slice_rows(0, layers_[layer].length);
}

namespace {

struct DecoderLayer {
  Tensor input_norm, post_norm;
  Linear q, k, v, o, gate, up, down;
  Needed needed;
};

// Gives `tensor` that shape, reusing its memory if that is large enough.
Tensor& shaped(Tensor& tensor, Backend& backend, std::size_t rows, std::size_t cols, DType type = DType::F32) {
  if (rows * cols > tensor.capacity() || type != tensor.dtype()) {
    tensor = Tensor();  // freed before the larger one is allocated
    tensor = backend.make(Shape{rows, cols}, type);
  } else {
    tensor.reshape(Shape{rows, cols});
  }
  return tensor;
}

}  // namespace

struct Llama::Impl {
  Impl(const TextConfig& c, const Weights& weights, Backend& device, DType kv_type, const Placement& placement,
       const Control& control);

  const TextConfig& config;
  Backend& backend;
  DType kv_dtype;
  Tensor embeddings;  // [vocabulary, hidden]
  Weight own_head;    // [vocabulary, hidden]; empty: the embeddings
  Needed for_embeddings, for_all;
  Tensor final_norm;
  std::vector<DecoderLayer> layers;
  std::vector<float> inv_freq;
  std::vector<RotaryPlace> places;
  std::int32_t after_places = 0;  // the position that follows them
  Tensor x, q, k, v, mixed, gate, cos, sin, seen_keys, seen_values, last,
      logits;                     // buffers of a pass, kept between passes
  HostTensor host_cos, host_sin;  // uploaded to cos and sin

  // Keys of x's rows in the next layer, not rotated, if they were computed already.
  struct Ahead {
    std::size_t layer;
    Tensor keys;
  };
  std::optional<Ahead> ahead;

  // What the last layer's attention read, until the next layer. Valid with x's rows there.
  struct Attended {
    TensorView keys;
    std::size_t seen;  // keys before the pass's own
    std::size_t rows;  // of the pass
    Tensor early;      // queries of observed rows, where the layer itself computes fewer
  };
  Attended attended{};

  std::vector<std::int32_t> positions;      // of the rows of x
  std::vector<std::size_t> lengths_before;  // of the cache's layers

  [[nodiscard]] WeightView head() const { return own_head.values.empty() ? WeightView(embeddings) : own_head.view(); }
  [[nodiscard]] float scale() const { return 1.0f / std::sqrt(static_cast<float>(config.head_dim)); }

  [[nodiscard]] RotaryPlace place_of(std::int32_t position) const {
    const auto known = static_cast<std::int32_t>(places.size());
    if (position < known) return places[static_cast<std::size_t>(position)];
    const std::int32_t at = position - known + after_places;
    return {at, at, at};
  }

  void angles(std::span<const std::int32_t> of) {
    const std::size_t rows = of.size(), half = inv_freq.size();
    if (rows * half > std::min(host_cos.capacity(), host_sin.capacity()))
      host_cos = HostTensor(Shape{rows, half}), host_sin = HostTensor(Shape{rows, half});
    host_cos.reshape(Shape{rows, half});
    host_sin.reshape(Shape{rows, half});
    const std::size_t of_time = config.rope.has_sections() ? config.rope.sections[0] : half;
    const std::size_t of_row = of_time + config.rope.sections[1];
    for (std::size_t r = 0; r < rows; ++r) {
      const RotaryPlace place = place_of(of[r]);
      for (std::size_t j = 0; j < half; ++j) {
        const std::int32_t at = j < of_time ? place.time : j < of_row ? place.row : place.column;
        const float angle = static_cast<float>(at) * inv_freq[j];
        host_cos.row(r)[j] = std::cos(angle);
        host_sin.row(r)[j] = std::sin(angle);
      }
    }
    backend.write(host_cos, shaped(cos, backend, rows, half), 0);
    backend.write(host_sin, shaped(sin, backend, rows, half), 0);
  }

  // Drops x's first rows.
  void keep_from(std::size_t first) {
    const std::size_t left = x.rows() - first;
    backend.copy_rows(x.view().slice_rows(first, left), x);
    x.reshape(Shape{left, x.cols()});
    positions.erase(positions.begin(), positions.begin() + static_cast<std::ptrdiff_t>(first));
  }

  // Runs x through layer i from row `first` on: for earlier rows it computes keys and values only, and removes them
  // from x. Returns the attention of the rows asked for. Attends only to the cached keys in `seen_only`, if given.
  LayerScores run_layer(std::size_t i, KvCache& cache, std::vector<std::size_t> score_rows,
                        std::vector<std::size_t> mean_rows, const std::optional<std::vector<std::size_t>>& seen_only,
                        std::size_t first, const Observe& observe) {
    const TextConfig& c = config;
    const DecoderLayer& layer = layers[i];
    const std::size_t rows = x.rows(), leaving = rows - first;
    Tensor& query = shaped(q, backend, leaving, c.heads * c.head_dim);
    const bool has_keys = ahead && ahead->layer == i && ahead->keys.rows() == rows;
    if (has_keys) k = std::move(ahead->keys);
    ahead.reset();
    Tensor& key = shaped(k, backend, rows, c.kv_heads * c.head_dim);
    Tensor& value = shaped(v, backend, rows, c.kv_heads * c.head_dim);
    Tensor& mix = shaped(mixed, backend, leaving, c.heads * c.head_dim);
    const std::array parts{layer.k.to(key), layer.v.to(value), layer.q.to(query)};
    const std::size_t made = has_keys ? 1 : 0;
    backend.project({x, layer.input_norm, c.rms_eps}, std::span(parts).subspan(made, (first == 0 ? 3 : 2) - made));
    attended.early = observe.rows > leaving ? queries_of_last(layer, observe.rows) : Tensor();
    if (first != 0) {
      keep_from(first);
      backend.project({x, layer.input_norm, c.rms_eps}, std::span(parts).last(1));
      for (std::size_t& row : score_rows) row -= first;
      for (std::size_t& row : mean_rows) row -= first;
    }
    const KvCache::Room room = cache.extend(i, rows);
    backend.enter_cache({key, value, cos, sin}, query, room.keys, room.values, room.first);
    std::size_t seen = room.first;
    TensorView all_keys = cache.keys(i), all_values = cache.values(i);
    if (seen_only) {
      all_keys = gather(all_keys, *seen_only, seen, seen_keys);
      all_values = gather(all_values, *seen_only, seen, seen_values);
      seen = seen_only->size();
    }
    attended.keys = all_keys;
    attended.seen = seen;
    attended.rows = rows;
    LayerScores out;
    const ScoreRequest request{score_rows, &out.scores, mean_rows, &out.mean_scores};
    backend.attention({.q = query,
                       .k = all_keys,
                       .v = all_values,
                       .heads = c.heads,
                       .kv_heads = c.kv_heads,
                       .scale = scale(),
                       .first_visible = seen + first},
                      mix, score_rows.empty() && mean_rows.empty() ? nullptr : &request);
    backend.linear(layer.o.added(mix), x);
    Tensor& g = shaped(gate, backend, leaving, c.intermediate);
    backend.gated({x, layer.post_norm, c.rms_eps},
                  {layer.gate.weight, layer.up.weight, layer.gate.bias, layer.up.bias, c.activation}, g);
    backend.linear(layer.down.added(g), x);
    return out;
  }

  // Rotated queries of x's last rows.
  [[nodiscard]] Tensor queries_of_last(const DecoderLayer& layer, std::size_t count) {
    const std::size_t before = x.rows() - count;
    Tensor out = backend.make(Shape{count, config.heads * config.head_dim});
    backend.project({x.view().slice_rows(before, count), layer.input_norm, config.rms_eps},
                    std::array{layer.q.to(out)});
    backend.rope(out, config.heads, cos.view().slice_rows(before, count), sin.view().slice_rows(before, count), out);
    return out;
  }

  // Of the layer that has just run.
  [[nodiscard]] Tensor observed(const Observe& what) {
    if (what.rows == 0) return {};
    SPARSIGHT_CHECK(what.rows <= attended.rows);
    const TensorView queries =
        attended.early.empty() ? q.view().slice_rows(q.rows() - what.rows, what.rows) : attended.early.view();
    std::vector<std::size_t> at(what.rows);
    std::iota(at.begin(), at.end(), attended.seen + attended.rows - what.rows);
    const std::size_t keys = attended.keys.rows();
    Tensor out = backend.make(what.heads ? Shape{config.heads, what.rows, keys} : Shape{what.rows, keys});
    backend.scores({.q = queries,
                    .k = attended.keys,
                    .v = {},
                    .heads = config.heads,
                    .kv_heads = config.kv_heads,
                    .scale = scale()},
                   at, out);
    return out;
  }

  // The rows `chosen` among the first `seen`, and all rows after those.
  TensorView gather(TensorView from, std::span<const std::size_t> chosen, std::size_t seen, Tensor& to) {
    for (std::size_t i = 0; i < chosen.size(); ++i)
      SPARSIGHT_CHECK(chosen[i] < seen && (i == 0 || chosen[i - 1] < chosen[i]));
    const std::size_t own = from.rows() - seen;
    Tensor& out = shaped(to, backend, chosen.size() + own, from.cols(), from.dtype());
    backend.gather_rows(from, chosen, out, 0);
    backend.copy_rows(from.slice_rows(seen, own), out, chosen.size());
    return out;
  }

  void go_on_with(Sequence sequence) {
    SPARSIGHT_CHECK(sequence.hidden.rows() == sequence.positions.size() && !sequence.positions.empty());
    if (ahead && !sequence.from.empty()) {
      Tensor left = backend.make(Shape{sequence.from.size(), ahead->keys.cols()});
      backend.gather_rows(ahead->keys, sequence.from, left, 0);
      ahead->keys = std::move(left);
    } else {
      ahead.reset();
    }
    x = std::move(sequence.hidden);
    positions = std::move(sequence.positions);
    angles(positions);
  }

  void join(const Resume& resume) {
    Sequence all{backend.make(Shape{resume.hidden.rows() + x.rows(), config.hidden}),
                 {resume.positions.begin(), resume.positions.end()}};
    backend.copy_rows(resume.hidden, all.hidden);
    backend.copy_rows(x, all.hidden, resume.hidden.rows());
    all.positions.insert(all.positions.end(), positions.begin(), positions.end());
    go_on_with(std::move(all));
  }
};

namespace {

HostView embedding_table(const TextConfig& c, const Weights& weights) {
  const std::string name = decoder_tensor("embed_tokens.weight");
  // A checkpoint may hold either of two tied tensors.
  const bool elsewhere = c.tied_embeddings && !weights.contains(name) && weights.contains(kLmHead);
  return weights.get(elsewhere ? kLmHead : name, Shape{c.vocab, c.hidden});
}

}  // namespace

DType embedding_dtype(const ModelConfig& config, const Weights& weights) {
  return embedding_table(config.text, weights).dtype();
}

DType default_kv_dtype(const ModelConfig& config, const Weights& weights) {
  const TextConfig& c = config.text;
  const Shape shape{c.heads * c.head_dim, c.hidden};
  const bool quantised = weights.matrix(decoder_tensor("layers.0.self_attn.q_proj.weight"), shape).quantised();
  return quantised ? DType::BF16 : DType::F32;
}

Llama::Impl::Impl(const TextConfig& c, const Weights& weights, Backend& device, DType kv_type,
                  const Placement& placement, const Control& control)
    : config(c), backend(device), kv_dtype(kv_type) {
  const auto holding = [&](bool there) -> Backend& { return there ? backend : backend.on_host(); };
  const Lookup at(weights, backend, std::string(kDecoder));
  embeddings = holding(placement.embeddings).borrow(embedding_table(c, weights));
  for_embeddings = weights.needed();
  inv_freq = c.inv_freq();
  for (float& frequency : inv_freq) frequency = rounded_to(c.rope.frequencies, frequency);
  const std::size_t query = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  for (std::size_t i = 0; i < c.layers; ++i) {
    control.report(Stage::Load, i, c.layers);
    const std::string name = "layers." + std::to_string(i);
    const Lookup layer = at / name,
                 matrices = Lookup(weights, holding(i < placement.layers), std::string(kDecoder)) / name,
                 attention = matrices / "self_attn", mlp = matrices / "mlp";
    layers.push_back({.input_norm = layer.floats("input_layernorm.weight", Shape{c.hidden}),
                      .post_norm = layer.floats("post_attention_layernorm.weight", Shape{c.hidden}),
                      .q = attention.linear("q_proj", query, c.hidden, c.attention_bias),
                      .k = attention.linear("k_proj", kv, c.hidden, c.attention_bias),
                      .v = attention.linear("v_proj", kv, c.hidden, c.attention_bias),
                      .o = attention.linear("o_proj", c.hidden, query, c.output_bias),
                      .gate = mlp.linear("gate_proj", c.intermediate, c.hidden, c.mlp_bias),
                      .up = mlp.linear("up_proj", c.intermediate, c.hidden, c.mlp_bias),
                      .down = mlp.linear("down_proj", c.hidden, c.intermediate, c.mlp_bias),
                      .needed = weights.needed()});
  }
  final_norm = at.floats("norm.weight", Shape{c.hidden});
  if (weights.contains(kLmHead) || !c.tied_embeddings)
    own_head = Lookup(weights, holding(placement.head), "").matrix(std::string(kLmHead), c.vocab, c.hidden);
  for_all = weights.needed();
}

Llama::Llama(const ModelConfig& config, const Weights& weights, Backend& backend, DType kv_dtype,
             const Placement& placement, const Control& control)
    : impl_(std::make_unique<Impl>(config.text, weights, backend, kv_dtype, placement, control)) {}

Llama::~Llama() = default;

KvCache Llama::make_cache() const {
  return {impl_->config.layers, impl_->config.kv_heads * impl_->config.head_dim, impl_->kv_dtype, impl_->backend};
}

void Llama::embed(std::span<const std::int32_t> ids, Tensor& out, const Control& control) const {
  expect_in_vocabulary(ids, impl_->config);
  impl_->for_embeddings.wait(control);
  impl_->backend.embed(impl_->embeddings, ids, out);
}

void Llama::set_places(std::vector<RotaryPlace> places) {
  impl_->places = std::move(places);
  impl_->after_places = 0;
  if (impl_->places.empty()) return;
  const RotaryPlace& last = impl_->places.back();
  impl_->after_places = 1 + std::max({last.time, last.row, last.column});
}

TensorView Llama::forward(TensorView embeddings, std::span<const std::int32_t> positions, KvCache& cache,
                          const ForwardOptions& options) {
  Impl& m = *impl_;
  const TextConfig& c = m.config;
  SPARSIGHT_CHECK(embeddings.rows() > 0 && embeddings.cols() == c.hidden && cache.layers() == c.layers);
  SPARSIGHT_CHECK(options.positions_follow_cache || positions.size() == embeddings.rows());

  m.ahead.reset();
  m.positions.assign(positions.begin(), positions.end());
  if (!options.positions_follow_cache) m.angles(m.positions);
  Tensor& x = shaped(m.x, m.backend, embeddings.rows(), c.hidden);
  m.backend.copy_rows(embeddings, x);

  m.lengths_before.clear();
  for (std::size_t i = 0; i < c.layers; ++i) m.lengths_before.push_back(cache.length(i));
  try {
    Backend::Step token(options.stage == Stage::Generate && embeddings.rows() == 1 ? &m.backend : nullptr);
    for (std::size_t i = 0; i < c.layers; ++i) {
      if (options.stage == Stage::Prefill)
        options.control.report(options.stage, i, c.layers);
      else
        stop_here_if_asked(options.control.stop);
      m.layers[i].needed.wait(options.control);
      const Stopwatch clock;
      // A single row keeps its angles from layer to layer where they are of the same length.
      const bool same = i > 0 && m.x.rows() == 1 && static_cast<std::size_t>(m.positions.front()) == cache.length(i);
      if (options.positions_follow_cache && !same) {
        m.positions.resize(m.x.rows());
        std::iota(m.positions.begin(), m.positions.end(), static_cast<std::int32_t>(cache.length(i)));
        m.angles(m.positions);
      }
      const auto asked = [&](const auto& which) { return which ? which(i) : std::vector<std::size_t>{}; };
      std::vector<std::size_t> rows = asked(options.score_rows), mean_rows = asked(options.mean_score_rows);
      std::size_t first = 0;
      if (i + 1 == c.layers) {
        first = m.x.rows() - std::clamp<std::size_t>(options.last_layer_rows, 1, m.x.rows());
        for (const std::size_t row : rows) first = std::min(first, row);
        for (const std::size_t row : mean_rows) first = std::min(first, row);
      }
      const auto seen_only = options.cached_keys ? options.cached_keys(i, cache.length(i)) : std::nullopt;
      const Observe observe = options.observe ? options.observe(i) : Observe{};
      const LayerScores scores =
          m.run_layer(i, cache, std::move(rows), std::move(mean_rows), seen_only, first, observe);
      const double took_ms = clock.ms();
      const Tensor observed = m.observed(observe);
      if (options.resume && options.resume->layer == i) m.join(*options.resume);
      const LayerView view{.layer = i,
                           .hidden = m.x,
                           .positions = m.positions,
                           .scores = scores.scores,
                           .mean_scores = scores.mean_scores,
                           .observed = observed,
                           .keys = cache.keys(i),
                           .ms = took_ms,
                           .kv_bytes = cache.bytes(i)};
      if (options.on_layer) options.on_layer(view);
      if (!options.reduce) continue;
      if (std::optional<Sequence> shorter = options.reduce(view)) m.go_on_with(std::move(*shorter));
    }
    if (options.stage == Stage::Prefill) options.control.report(options.stage, c.layers, c.layers);
    m.for_all.wait(options.control);
    Tensor& last = shaped(m.last, m.backend, 1, c.hidden);
    m.backend.rms_norm(m.x.view().slice_rows(m.x.rows() - 1, 1), m.final_norm, c.rms_eps, last);
    token.end();
    return last;
  } catch (...) {
    for (std::size_t i = 0; i < c.layers; ++i) cache.truncate_layer(i, m.lengths_before[i]);
    throw;
  }
}

LayerScores Llama::attention_ahead(const LayerView& view, std::span<const std::size_t> rows,
                                   std::span<const std::size_t> mean_rows, const Control& control) {
  Impl& m = *impl_;
  const TextConfig& c = m.config;
  const DecoderLayer& weights = m.layers[view.layer + 1];
  weights.needed.wait(control);
  const std::size_t all = view.hidden.rows();
  m.ahead = Impl::Ahead{view.layer + 1, m.backend.make(Shape{all, c.kv_heads * c.head_dim})};
  m.backend.project({view.hidden, weights.input_norm, c.rms_eps}, std::array{weights.k.to(m.ahead->keys)});
  Tensor keys = m.backend.make(m.ahead->keys.shape(), m.kv_dtype);
  m.angles(view.positions);
  m.backend.rope(m.ahead->keys, c.kv_heads, m.cos, m.sin, keys);

  const auto scores_of = [&](std::span<const std::size_t> wanted, const Shape& shape) {
    if (wanted.empty()) return Tensor();
    Tensor some = m.backend.make(Shape{wanted.size(), c.hidden}),
           q = m.backend.make(Shape{wanted.size(), c.heads * c.head_dim}), out = m.backend.make(shape);
    std::vector<std::int32_t> positions;
    for (const std::size_t row : wanted) positions.push_back(view.positions[row]);
    m.backend.gather_rows(view.hidden, wanted, some, 0);
    m.backend.project({some, weights.input_norm, c.rms_eps}, std::array{weights.q.to(q)});
    m.angles(positions);
    m.backend.rope(q, c.heads, m.cos, m.sin, q);
    m.backend.scores({.q = q, .k = keys, .v = {}, .heads = c.heads, .kv_heads = c.kv_heads, .scale = m.scale()}, wanted,
                     out);
    return out;
  };
  LayerScores out{scores_of(rows, Shape{c.heads, rows.size(), all}),
                  scores_of(mean_rows, Shape{mean_rows.size(), all})};
  m.angles(m.positions);
  return out;
}

Tensor Llama::final_norm(TensorView hidden) {
  Tensor out = impl_->backend.make(hidden.shape());
  impl_->backend.rms_norm(hidden, impl_->final_norm, impl_->config.rms_eps, out);
  return out;
}

std::span<const float> Llama::inv_freq() const { return impl_->inv_freq; }

TensorView Llama::logits(TensorView hidden) {
  Tensor& out = shaped(impl_->logits, impl_->backend, hidden.rows(), impl_->config.vocab);
  impl_->backend.linear({.x = hidden, .weight = impl_->head(), .bias = {}}, out);
  return out;
}

}  // namespace sparsight
