#include "core/measure/bench.h"

#include "core/base/json.h"
#include "core/base/os/os.h"
#include "core/base/resources.h"
#include "core/base/stopwatch.h"
#include "core/model/families/family.h"
#include "core/model/quantise.h"
#include "core/model/vision.h"
#include "core/pruning/registry.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

// xorshift64* (Marsaglia 2003): fast enough to fill gigabytes.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u) {}
  std::uint64_t operator()() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }
  float uniform() { return static_cast<float>(static_cast<std::int64_t>((*this)()) >> 40) * 0x1p-23f; }  // [-1, 1)

 private:
  std::uint64_t state_;
};

HostTensor uniform_tensor(Shape shape, DType dtype, float limit, std::uint64_t seed) {
  HostTensor t(shape, dtype);
  Random random(seed);
  const std::size_t n = shape.elements();
  for (std::size_t i = 0; i < n; ++i) {
    const float value = limit * random.uniform();
    if (dtype == DType::F32)
      t.f32()[i] = value;
    else
      static_cast<std::uint16_t*>(t.data())[i] = dtype == DType::F16 ? f32_to_f16(value) : f32_to_bf16(value);
  }
  return t;
}

// Random tensors by their names in a checkpoint, each drawn from its own seed.
class RandomTensors {
 public:
  RandomTensors(DType dtype, std::uint64_t seed, std::optional<Quantisation> quantisation)
      : dtype_(dtype), seed_(seed), quantisation_(quantisation) {}

  bool leave_matrices = false;  // memory that is never written

  // [outputs, inputs...]
  void matrix(const std::string& name, const Shape& shape) {
    if (leave_matrices) {
      tensors_.emplace(name, HostTensor(shape, dtype_));
      return;
    }
    HostTensor weight = uniform_tensor(shape, dtype_, spread(shape.elements() / shape[0]), ++seed_);
    if (const auto to = quantisation_ ? quantisation_of(name, shape, *quantisation_) : std::nullopt)
      tensors_.merge(quantised_tensors(name, weight, *to));
    else
      tensors_.emplace(name, std::move(weight));
  }
  void vector(const std::string& name, std::size_t width) {
    tensors_.emplace(name, uniform_tensor(Shape{width}, dtype_, spread(width), ++seed_));
  }
  void linear(const std::string& name, std::size_t out, std::size_t in, bool bias) {
    matrix(name + ".weight", Shape{out, in});
    if (bias) tensors_.emplace(name + ".bias", uniform_tensor(Shape{out}, dtype_, spread(in), ++seed_));
  }
  void scale(const std::string& name, std::size_t width) {  // of a norm
    HostTensor t = uniform_tensor(Shape{width}, DType::F32, 0.1f, ++seed_);
    for (std::size_t i = 0; i < width; ++i) t.f32()[i] += 1.0f;
    tensors_.emplace(name, std::move(t));
  }
  // Copies every tensor whose name begins with `from` to the same name with `to`, each in its own memory.
  void copy(const std::string& from, const std::string& to) {
    std::map<std::string, HostTensor> copies;
    for (auto at = tensors_.lower_bound(from); at != tensors_.end() && at->first.starts_with(from); ++at)
      copies.emplace(to + at->first.substr(from.size()), HostTensor::copy_of(at->second));
    tensors_.merge(copies);
  }
  [[nodiscard]] Weights weights() { return Weights::of(std::move(tensors_)); }

 private:
  // Keeps the variance of what it multiplies.
  static float spread(std::size_t in) { return static_cast<float>(std::sqrt(3.0 / static_cast<double>(in))); }

  DType dtype_;
  std::uint64_t seed_;
  std::optional<Quantisation> quantisation_;
  std::map<std::string, HostTensor> tensors_;
};

}  // namespace

std::vector<std::string> bench_shapes() {
  std::vector<std::string> names;
  const fs::path dir = resource_dir() / "shapes";
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(dir, absent))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

ModelConfig bench_config(const std::string& shape, std::size_t layers) {
  std::optional<std::string> text = read_json_file(shape);
  if (!text) text = read_json_file(resource_dir() / "shapes" / (fs::path(shape).filename().string() + ".json"));
  if (!text)
    fail(ErrorKind::Usage, "shape {}: expected a config.json or one of {}, found neither", shown(shape),
         fmt::join(bench_shapes(), ", "));
  ModelConfig config = parse_config(*text, "", shape);
  if (layers != 0) config.text.layers = layers;
  return with_usual_frames(std::move(config));
}

ModelConfig with_usual_frames(ModelConfig config) {
  constexpr std::size_t kSide = 448;
  VisionConfig& vision = config.vision;
  if (vision.any_size())
    vision.image_height = vision.image_width =
        std::max<std::size_t>(1, kSide / vision.token_side()) * vision.token_side();
  return config;
}

Weights random_weights(const ModelConfig& config, DType dtype, std::uint64_t seed,
                       std::optional<Quantisation> quantisation, const Control& control) {
  const TextConfig& c = config.text;
  const std::size_t query = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  RandomTensors make(dtype, seed, quantisation);
  const std::string at(kDecoder);
  make.linear(at + "embed_tokens", c.vocab, c.hidden, false);
  if (!c.tied_embeddings) make.linear(std::string(kLmHead.substr(0, kLmHead.rfind('.'))), c.vocab, c.hidden, false);
  make.scale(at + "norm.weight", c.hidden);
  for (std::size_t i = 0; i < c.layers; ++i) {
    control.report(Stage::Load, i, c.layers);
    const std::string layer = fmt::format("{}layers.{}.", at, i);
    if (i != 0) {
      make.copy(at + "layers.0.", layer);
      continue;
    }
    make.scale(layer + "input_layernorm.weight", c.hidden);
    make.scale(layer + "post_attention_layernorm.weight", c.hidden);
    make.linear(layer + "self_attn.q_proj", query, c.hidden, c.attention_bias);
    make.linear(layer + "self_attn.k_proj", kv, c.hidden, c.attention_bias);
    make.linear(layer + "self_attn.v_proj", kv, c.hidden, c.attention_bias);
    make.linear(layer + "self_attn.o_proj", c.hidden, query, c.output_bias);
    make.linear(layer + "mlp.gate_proj", c.intermediate, c.hidden, c.mlp_bias);
    make.linear(layer + "mlp.up_proj", c.intermediate, c.hidden, c.mlp_bias);
    make.linear(layer + "mlp.down_proj", c.hidden, c.intermediate, c.mlp_bias);
  }
  return make.weights();
}

namespace {

double count_flops(std::initializer_list<std::size_t> factors) {
  double out = 2;
  for (const std::size_t factor : factors) out *= static_cast<double>(factor);
  return out;
}

VisionFlops qwen_flops(const ModelConfig& config, std::size_t frames) {
  const VisionConfig& c = config.vision;
  const std::size_t blocks = (frames + c.frames_a_patch - 1) / c.frames_a_patch, rows = blocks * c.patches();
  const std::size_t a_token = c.merge * c.merge, wide = a_token * c.hidden, window = c.window * c.window * a_token;
  const std::size_t matrices = 4 * c.hidden + (c.gated ? 3 : 2) * c.intermediate;
  VisionFlops sum{.products =
                      count_flops({rows, c.hidden, c.channels * c.frames_a_patch * c.patch_size * c.patch_size})};
  for (std::size_t i = 0; i < c.layers; ++i) {
    const bool whole = window == 0 || std::ranges::count(c.whole_layers, i) != 0;
    const std::size_t keys = whole ? c.patches() : std::min(window, c.patches());
    sum.products += count_flops({rows, c.hidden, matrices});
    sum.attention += 2 * count_flops({rows, keys, c.hidden});
  }
  sum.products += count_flops({rows / a_token, wide, wide + config.text.hidden});
  return sum;
}

}  // namespace

Weights random_towers(const ModelConfig& config, Backend& backend, DType dtype, std::uint64_t seed,
                      std::optional<Quantisation> quantisation, const Control& control) {
  const Family& family = *config.family;
  std::map<std::string, Shape> asked;
  const Weights listing =
      Weights::unwritten([&](const std::string& name, const Shape& shape) { asked.emplace(name, shape); });
  static_cast<void>(VisionEncoder(config, listing, backend));

  RandomTensors make(dtype, seed, quantisation);
  const bool other_tower = !family.video_tower.empty() && family.image_tower != family.video_tower;
  std::size_t done = 0;
  for (const auto& [name, shape] : asked) {
    control.report(Stage::Load, done++, asked.size());
    make.leave_matrices = other_tower && name.starts_with(family.image_tower);
    const bool norm =
        (name.find("norm") != std::string::npos || name.find(".ln_") != std::string::npos) && name.ends_with(".weight");
    if (shape.rank() > 1)
      make.matrix(name, shape);
    else if (norm)
      make.scale(name, shape[0]);
    else
      make.vector(name, shape[0]);
  }
  return make.weights();
}

VisionFlops vision_flops(const ModelConfig& config, std::size_t frames) {
  const VisionConfig& c = config.tower(config.main_medium());
  if (c.any_size()) return qwen_flops(config, frames);
  const auto count = [](auto... factors) { return 2 * (static_cast<double>(factors) * ...); };
  const std::size_t tokens = c.tokens(), rows = frames * tokens, wide = config.text.hidden;
  const double patches = count(frames * c.patches(), c.hidden, c.channels * c.patch_size * c.patch_size);
  VisionFlops layer{.products = count(rows, c.hidden, 4 * c.hidden + 2 * c.intermediate),
                    .attention = 2 * count(rows, tokens, c.hidden)};
  if (c.frames_together != 0) {
    layer.products += count(rows, c.hidden, 4 * c.hidden);
    layer.attention += 2 * count(rows, c.frames_together, c.hidden);
  }
  const double projector =
      c.merge > 1 ? count(rows, wide, c.hidden) : count(rows, wide, c.hidden * config.feature_layers.size() + wide);
  const auto layers = static_cast<double>(std::ranges::max(config.feature_layers));
  return {.products = patches + layers * layer.products + projector, .attention = layers * layer.attention};
}

BenchPrompt random_prompt(const ModelConfig& config, std::size_t tokens, std::size_t frames, std::size_t raters,
                          std::uint64_t seed) {
  constexpr std::size_t kPrefix = 5;  // as many tokens as "USER: " and the begin token
  const std::size_t hidden = config.text.hidden;
  const VisualLayout layout = config.layout(config.main_medium(), frames);
  const std::size_t visual = layout.tokens();
  const std::size_t least = kPrefix + visual + 2 * raters + 1;
  if (tokens < least)
    fail(ErrorKind::Usage, "{} tokens: {} frames and {} raters need at least {}", tokens, frames, raters, least);
  BenchPrompt prompt{
      HostTensor(Shape{tokens, hidden}), {.visual_begin = kPrefix, .visual_count = visual, .length = tokens}, layout};
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < tokens * hidden; ++i) prompt.embeddings.f32()[i] = normal(random);

  // The picture's tokens share a direction; the raters contain enough of it to add 2 to their products with these
  // tokens.
  std::vector<float> shared(hidden);
  for (float& value : shared) value = normal(random);
  const std::size_t text = kPrefix + visual;
  for (std::size_t i = kPrefix; i < text; ++i)
    for (std::size_t c = 0; c < hidden; ++c) prompt.embeddings.row(i)[c] += shared[c];
  const auto n = static_cast<float>(hidden);
  for (std::size_t i = text; i < tokens; ++i) {
    for (float& value : prompt.embeddings.row(i)) value /= 10 * std::sqrt(n);
    const std::size_t word = i - text;
    const bool rates =
        raters != 0 && word % ((tokens - text) / raters) == 1 && word / ((tokens - text) / raters) < raters;
    for (std::size_t c = 0; rates && c < hidden; ++c) prompt.embeddings.row(i)[c] += 2 * shared[c] / n;
  }
  return prompt;
}

PrefillRun run_prefill(const ModelConfig& config, Llama& llama, Backend& backend, KvCache& cache,
                       const BenchPrompt& prompt, const PruningOptions& pruning, const Control& control,
                       bool attention) {
  const auto strategy = make_strategy(pruning, setting_of(config, MediaKind::Video, prompt.layout));
  PrefillRun out;
  out.trace.strategy = strategy ? pruning.strategy : "none";
  out.trace.budget = strategy ? to_string(pruning.budget) : "100%";
  const Tensor whole = backend.upload(prompt.embeddings);
  PromptSpans spans = prompt.spans;
  const std::size_t text_begin = spans.visual_begin + spans.visual_count;
  const TensorView visual = whole.view().slice_rows(spans.visual_begin, spans.visual_count),
                   text = whole.view().slice_rows(text_begin, spans.length - text_begin);
  cache.truncate(0);
  const double cpu = os::process_cpu_seconds();
  const Stopwatch clock;

  cache.reserve(prompt.spans.length);
  constexpr std::size_t kAnswer = 64;
  PruningRun run(strategy.get(), config, llama, backend, out.trace, {}, {.attention = attention, .answer = kAnswer});
  const Tensor shorter = run.before_decoder(visual, text, prompt.layout);
  Tensor changed;
  TensorView embeddings = whole;
  if (!shorter.empty()) {
    changed = splice(backend, whole, spans, shorter);
    spans = spans.with_visual(shorter.rows());
    embeddings = changed;
  }
  ForwardOptions options{.control = control};
  run.attach(options, spans, 0);
  std::vector<std::int32_t> positions(spans.length);
  std::iota(positions.begin(), positions.end(), 0);
  const TensorView last = llama.forward(embeddings, positions, cache, options);
  const HostRead logits = backend.read(llama.logits(last));

  out.wall_ms = clock.ms();
  out.cpu_ms = 1e3 * (os::process_cpu_seconds() - cpu);
  if (!std::isfinite(logits.f32()[0])) fail(ErrorKind::Model, "the random model's logits are not numbers");
  out.flops = out.trace.flops_true() + 2.0 * static_cast<double>(config.text.hidden * config.text.vocab);
  return out;
}

void fill_cache(const ModelConfig& config, KvCache& cache, Backend& backend, std::size_t tokens, std::uint64_t seed) {
  const Shape shape{tokens, config.text.kv_heads * config.text.head_dim};
  const HostTensor keys = uniform_tensor(shape, cache.dtype(), 1.0f, seed);
  const HostTensor values = uniform_tensor(shape, cache.dtype(), 1.0f, seed + 1);
  cache.truncate(0);
  for (std::size_t layer = 0; layer < cache.layers(); ++layer) {
    const KvCache::Room room = cache.extend(layer, tokens);
    backend.write(keys, room.keys, room.first);
    backend.write(values, room.values, room.first);
  }
}

GenerateRun run_generate(const ModelConfig& config, const Weights& weights, Llama& llama, Backend& backend,
                         KvCache& cache, std::size_t count, const Control& control, bool attention) {
  const std::size_t context = cache.length(0);
  const std::string table = decoder_tensor("embed_tokens.weight");
  // A token reads only one row of a table that is not the head as well.
  const std::size_t unread =
      weights.contains("lm_head.weight") ? weights.get(table, Shape{config.text.vocab, config.text.hidden}).bytes() : 0;
  cache.reserve(context + count);
  GenerateRun out;
  Tensor embedding = backend.make(Shape{1, config.text.hidden});
  std::int32_t id = 0;
  ForwardOptions options{.control = control, .stage = Stage::Generate};
  std::vector<std::uint16_t> halves;
  if (attention) {
    options.observe = [](std::size_t) { return Observe{.rows = 1, .heads = true}; };
    options.on_layer = [&](const LayerView& view) {
      const HostRead read = backend.read(view.observed);
      for (const float value : std::span(read.f32(), view.observed.shape().elements()))
        halves.push_back(TraceAttention::stored(value));
    };
  }
  const double cpu = os::process_cpu_seconds();
  const Stopwatch clock;
  for (std::size_t i = 0; i < count; ++i) {
    const auto position = static_cast<std::int32_t>(context + i);
    llama.embed({&id, 1}, embedding);
    const Largest best = backend.largest(llama.logits(llama.forward(embedding, {&position, 1}, cache, options)));
    if (!std::isfinite(best.value)) fail(ErrorKind::Model, "the random model's logits are not numbers");
    id = static_cast<std::int32_t>(best.index);
    out.read_bytes += static_cast<double>(weights.bytes() - unread);
    for (std::size_t layer = 0; layer < cache.layers(); ++layer)
      out.read_bytes += static_cast<double>(cache.bytes(layer));
  }
  out.wall_ms = clock.ms();
  out.cpu_ms = 1e3 * (os::process_cpu_seconds() - cpu);
  cache.truncate(context);
  return out;
}

}  // namespace sparsight
