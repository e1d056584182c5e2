#include "core/engine.h"

#include "core/llama.h"
#include "core/preprocess.h"
#include "core/pruning/registry.h"
#include "core/pruning/run.h"
#include "core/tokenizer.h"
#include "core/vision.h"
#include "core/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

namespace sparsight {
namespace {

class Stopwatch {
 public:
  [[nodiscard]] double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

ModelInfo describe(const std::filesystem::path& path, const ModelConfig& config, const Weights& weights) {
  return {.path = path,
          .config = config,
          .parameters = weights.parameters(),
          .weight_bytes = weights.bytes(),
          .dtype = fmt::format("{}", fmt::join(weights.dtypes(), ", "))};
}

void trim_end(std::string& text) {
  const std::size_t last = text.find_last_not_of(" \n\t");
  text.erase(last == std::string::npos ? 0 : last + 1);
}

std::vector<float> log_softmax(std::span<const float> logits) {
  const auto most = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x) - most);
  std::vector<float> out;
  out.reserve(logits.size());
  for (const float x : logits) out.push_back(static_cast<float>(static_cast<double>(x) - most - std::log(sum)));
  return out;
}

}  // namespace

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::EndOfAnswer: return "end";
    case StopReason::Length: return "length";
    case StopReason::Cancelled: return "cancelled";
  }
  return "";
}

struct EncodedMedia::Impl {
  VisualTokens tokens;
  std::vector<FrameMark> marks;
  Timings timings;
  std::vector<GridWindow> windows;  // by frame
};

EncodedMedia::EncodedMedia() : impl_(std::make_unique<Impl>()) {}
EncodedMedia::~EncodedMedia() = default;
MediaKind EncodedMedia::kind() const { return impl_->tokens.kind; }
std::size_t EncodedMedia::visual_tokens() const { return impl_->tokens.embeddings.rows(); }
std::size_t EncodedMedia::frames() const { return impl_->tokens.frames; }
std::size_t EncodedMedia::tokens_per_frame() const { return impl_->tokens.tokens_per_frame; }
const std::vector<FrameMark>& EncodedMedia::marks() const { return impl_->marks; }
const Timings& EncodedMedia::timings() const { return impl_->timings; }
const VisualTokens& EncodedMedia::tokens() const { return impl_->tokens; }

const GridWindow& EncodedMedia::window(std::size_t frame) const { return impl_->windows.at(frame); }

VisualLayout EncodedMedia::layout() const {
  const VisualTokens& t = impl_->tokens;
  return {.frames = t.frames, .tokens_per_frame = t.tokens_per_frame, .grid = t.grid, .has_cls = t.has_cls};
}

// Order of members is order of life: what borrows comes after what lends.
struct Engine::Impl {
  explicit Impl(const EngineOptions& options)
      : config(read_config(options.model)),
        video_pixels(read_preprocess_config(options.model, config.vision, Media::Video)),
        image_pixels(read_preprocess_config(options.model, config.vision, Media::Image)),
        tokenizer(Tokenizer::open(options.model)),
        weights(Weights::open(options.model)),
        backend(make_cpu_backend(options.threads)),
        vision(config, weights, *backend),
        llama(with_frequencies(options), weights, *backend),
        cache(llama.make_cache()) {}

  const ModelConfig& with_frequencies(const EngineOptions& options) {
    if (options.round_frequencies) config.text.rope.frequencies = embedding_dtype(config, weights);
    return config;
  }

  ModelConfig config;
  PreprocessConfig video_pixels;
  PreprocessConfig image_pixels;
  Tokenizer tokenizer;
  Weights weights;
  std::unique_ptr<Backend> backend;
  VisionEncoder vision;
  Llama llama;
  ModelInfo info;
  double load_ms = 0;

  // What the cache holds, token by token, so that the next prompt can go on from the longest common beginning.
  KvCache cache;
  std::vector<std::int32_t> cached_ids;
  std::shared_ptr<const EncodedMedia> cached_media;
  // Where a strategy pruned behind a layer, only the layers up to it hold those tokens. What that layer gave for prefix
  // and video is kept too, so that another question can go on from there.
  std::optional<std::size_t> cached_hook;
  Tensor hook_hidden;  // [visual end, hidden]

  [[nodiscard]] bool ends_answer(std::int32_t id) const {
    return std::find(config.eos.begin(), config.eos.end(), id) != config.eos.end();
  }

  // Tokens at the start of `ids` that went through the layers before. At least one token is left to compute.
  [[nodiscard]] std::size_t common_beginning(const std::vector<std::int32_t>& ids, const PromptLayout& layout,
                                             const std::shared_ptr<const EncodedMedia>& media) const {
    const auto end = std::mismatch(ids.begin(), ids.end(), cached_ids.begin(), cached_ids.end()).first;
    auto same = static_cast<std::size_t>(end - ids.begin());
    if (media != cached_media) same = std::min(same, layout.visual_begin);
    return std::min(same, ids.size() - 1);
  }

  struct Prompt;
  [[nodiscard]] Prompt embed(PromptLayout layout, const EncodedMedia* media) const;
  [[nodiscard]] Tensor with_visual(const Prompt& prompt, const Tensor& visual) const;
  std::size_t reuse(const Prompt& prompt, const std::shared_ptr<const EncodedMedia>& media,
                    std::span<const std::size_t> hooks, bool shortened);
  Tensor prefill(const Question& question, const Prompt& prompt, const PruningStrategy* strategy, PruningRun& run,
                 Answer& answer, const Control& control);
};

Engine::Engine() = default;
Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::load(const EngineOptions& options, const Control& control) {
  control.report(Stage::Load, 0, 1);
  const Stopwatch watch;
  std::unique_ptr<Engine> engine(new Engine);
  engine->impl_ = std::make_unique<Impl>(options);
  Impl& m = *engine->impl_;
  m.info = describe(options.model, m.config, m.weights);
  m.load_ms = watch.ms();
  control.report(Stage::Load, 1, 1);
  return engine;
}

const ModelInfo& Engine::info() const { return impl_->info; }
double Engine::load_ms() const { return impl_->load_ms; }

std::vector<std::string> Engine::backend_details() const {
  std::vector<std::string> details{"backend " + impl_->backend->name()};
  std::ranges::copy(impl_->backend->details(), std::back_inserter(details));
  return details;
}

std::shared_ptr<const EncodedMedia> Engine::encode(const Clip& clip, const Control& control) {
  if (clip.frames.empty()) fail(ErrorKind::Usage, "{}: no frame to look at", clip.path.string());
  auto media = std::make_shared<EncodedMedia>();
  EncodedMedia::Impl& to = *media->impl_;
  to.timings.open = clip.open_ms;
  to.timings.frames = clip.decode_ms;
  for (const Frame& frame : clip.frames) to.marks.push_back({frame.index, frame.time_s});

  const Stopwatch preprocessing;
  const PreprocessConfig& how = clip.is_image ? impl_->image_pixels : impl_->video_pixels;
  const Tensor pixels = preprocess(clip.frames, how, control);
  const VisionConfig& tower = impl_->config.vision;
  for (const Frame& frame : clip.frames)
    to.windows.push_back(grid_window(frame.image.width, frame.image.height, how, tower.grid() * tower.patch_size));
  to.timings.preprocess = preprocessing.ms();
  const Stopwatch seeing;
  to.tokens = impl_->vision.encode(pixels, clip.is_image ? MediaKind::Image : MediaKind::Video, control);
  to.timings.vision = seeing.ms();
  return media;
}

namespace {

Chat chat_of(const Question& question) {
  return {.system = question.system,
          .media = question.media ? question.media->kind() : MediaKind::None,
          .turns = question.turns};
}

}  // namespace

PromptLayout Engine::lay_out(const Question& question) const {
  return sparsight::lay_out(chat_of(question), impl_->tokenizer, impl_->config,
                            question.media ? question.media->visual_tokens() : 0);
}

struct Engine::Impl::Prompt {
  PromptLayout layout;
  std::vector<std::int32_t> ids;  // expanded
  Tensor embeddings;              // [length, hidden]
};

Engine::Impl::Prompt Engine::Impl::embed(PromptLayout layout, const EncodedMedia* media) const {
  std::vector<std::int32_t> ids = layout.expanded();
  Tensor embeddings = llama.embed(ids);
  if (layout.visual_count() != 0)
    std::copy_n(media->tokens().embeddings.f32(), media->tokens().embeddings.shape().elements(),
                embeddings.row(layout.visual_begin).data());
  return {std::move(layout), std::move(ids), std::move(embeddings)};
}

// The visual tokens of a prompt replaced by fewer.
Tensor Engine::Impl::with_visual(const Prompt& prompt, const Tensor& visual) const {
  const PromptLayout& at = prompt.layout;
  Tensor out(Shape{prompt.embeddings.rows() - at.visual_count() + visual.rows(), prompt.embeddings.cols()});
  const auto copy = [&](TensorView from, std::size_t to) {
    if (!from.empty()) std::copy_n(from.f32(), from.shape().elements(), out.row(to).data());
  };
  copy(prompt.embeddings.view().slice_rows(0, at.visual_begin), 0);
  copy(visual, at.visual_begin);
  copy(prompt.embeddings.view().slice_rows(at.visual_end, at.length - at.visual_end), at.visual_begin + visual.rows());
  return out;
}

// Cuts the cache down to what the prompt can go on from; returns how many of its tokens that is.
std::size_t Engine::Impl::reuse(const Prompt& prompt, const std::shared_ptr<const EncodedMedia>& media,
                                std::span<const std::size_t> hooks, bool shortened) {
  const std::size_t common = common_beginning(prompt.ids, prompt.layout, media);
  std::size_t begin = 0;
  if (hooks.empty()) {
    if (!cached_hook) begin = shortened ? std::min(common, prompt.layout.visual_begin) : common;
  } else if (!shortened && cached_hook == hooks.front() && common >= prompt.layout.visual_end) {
    begin = prompt.layout.visual_end;
  }
  for (std::size_t layer = 0; layer < config.text.layers; ++layer)
    cache.truncate_layer(layer, hooks.empty() || layer <= hooks.front() ? begin : 0);
  cached_ids.resize(begin);
  cached_media = media;
  return begin;
}

// Runs the prompt; returns the hidden state that the first token follows from. Leaves in `cached_*` what can be reused.
Tensor Engine::Impl::prefill(const Question& question, const Prompt& prompt, const PruningStrategy* strategy,
                             PruningRun& run, Answer& answer, const Control& control) {
  const PromptLayout& at = prompt.layout;
  Tensor shorter;
  if (at.visual_count() != 0)
    shorter = run.before_decoder(prompt.embeddings.view().slice_rows(at.visual_begin, at.visual_count()),
                                 prompt.embeddings.view().slice_rows(at.visual_end, at.length - at.visual_end),
                                 question.media->layout());
  const bool shortened = !shorter.empty();
  const std::size_t visual = shortened ? shorter.rows() : at.visual_count();
  const PromptSpans spans{at.visual_begin, visual, at.length - at.visual_count() + visual};
  const std::vector<std::size_t> hooks = strategy != nullptr ? strategy->layers() : std::vector<std::size_t>{};

  if (!question.reuse) cached_ids.clear();
  const std::size_t begin = reuse(prompt, question.media, hooks, shortened);
  answer.reused_tokens = begin;
  ForwardOptions options{.control = control};
  std::vector<std::int32_t> earlier_positions(begin);
  if (!hooks.empty() && begin != 0) {
    std::iota(earlier_positions.begin(), earlier_positions.end(), 0);
    options.resume = Resume{hooks.front(), hook_hidden, earlier_positions};
  }
  run.attach(options, spans, begin);
  if (!hooks.empty() && !shortened) {
    options.on_layer = [&](const LayerView& view) {
      if (view.layer != hooks.front() || options.resume) return;
      hook_hidden = Tensor::copy_of(view.hidden.slice_rows(0, at.visual_end));
    };
  }
  const Tensor changed = shortened ? with_visual(prompt, shorter) : Tensor();
  const TensorView all = shortened ? changed.view() : prompt.embeddings.view();
  std::vector<std::int32_t> positions(spans.length - begin);
  std::iota(positions.begin(), positions.end(), static_cast<std::int32_t>(begin));
  Tensor hidden = llama.forward(all.slice_rows(begin, spans.length - begin), positions, cache, options);
  const std::size_t same = shortened ? at.visual_begin : at.length;
  cached_ids.assign(prompt.ids.begin(), prompt.ids.begin() + static_cast<std::ptrdiff_t>(same));
  cached_hook = hooks.empty() ? std::nullopt : std::optional(hooks.front());
  return hidden;
}

Answer Engine::answer(const Question& question, const std::function<void(std::string_view)>& on_text,
                      const Control& control) {
  Impl& m = *impl_;
  validate(question.sampling);
  if (question.turns.empty() || question.turns.back().question.find_first_not_of(" \t\n") == std::string::npos)
    fail(ErrorKind::Usage, "the question is empty");

  const Stopwatch whole;
  const Impl::Prompt prompt = m.embed(lay_out(question), question.media.get());
  const PromptLayout& layout = prompt.layout;
  if (layout.length >= m.config.text.max_positions)
    fail(
        ErrorKind::Usage,
        "the prompt has {} tokens ({} of them visual), the model takes {}: ask about fewer frames, or start a new chat",
        layout.length, layout.visual_count(), m.config.text.max_positions);
  const std::unique_ptr<PruningStrategy> strategy =
      make_strategy(question.pruning, {.layers = m.config.text.layers,
                                       .visual_tokens = layout.visual_count(),
                                       .layout = question.media ? question.media->layout() : VisualLayout{}});

  Answer answer;
  answer.prompt_ids = layout.ids;
  answer.prompt_tokens = layout.length;
  answer.visual_tokens = layout.visual_count();
  const auto trace = std::make_shared<Trace>();
  trace->strategy = strategy ? question.pruning.strategy : "none";
  trace->budget = strategy ? to_string(question.pruning.budget) : "100%";
  for (std::size_t i = layout.visual_end; i < layout.length; ++i)
    trace->text.push_back(m.tokenizer.piece(prompt.ids[i]));

  const std::size_t limit = std::min(question.max_new_tokens, m.config.text.max_positions - layout.length);
  StreamDecoder stream(m.tokenizer);
  Sampler sampler(question.sampling);
  const auto say = [&](const std::string& text) {
    answer.text += text;
    if (on_text && !text.empty()) on_text(text);
  };
  Stopwatch generating;
  try {
    const Stopwatch prefilling;
    m.cache.reserve(layout.length + limit);
    PruningRun run(strategy.get(), m.config, m.llama, *m.backend, *trace, question.on_trace);
    Tensor hidden = m.prefill(question, prompt, strategy.get(), run, answer, control);
    answer.timings.prefill = prefilling.ms();
    const bool follow = strategy && strategy->decode_positions() == DecodePositions::LayerLength;
    // The answer joins what can be reused, unless its tokens saw a part of the video only.
    const bool grows = !m.cached_hook && m.cached_ids.size() == layout.length &&
                       !(strategy && strategy->cached_attention().has_value());

    generating = Stopwatch();
    answer.stop = StopReason::Length;
    while (answer.generated_ids.size() < limit) {
      const Tensor logits = m.llama.logits(hidden);
      const std::int32_t id = sampler.next(logits.row(0));
      if (question.first_logits && answer.first_log_probs.empty()) answer.first_log_probs = log_softmax(logits.row(0));
      if (answer.generated_ids.empty()) answer.first_token_ms = whole.ms();
      if (m.ends_answer(id)) {
        answer.stop = StopReason::EndOfAnswer;
        break;
      }
      answer.generated_ids.push_back(id);
      say(stream.push(id));
      control.report(Stage::Generate, answer.generated_ids.size(), limit);
      if (answer.generated_ids.size() == limit) break;
      const auto position = static_cast<std::int32_t>(layout.length + answer.generated_ids.size() - 1);
      ForwardOptions options{.control = control, .stage = Stage::Generate, .positions_follow_cache = follow};
      run.attach_decode(options);
      hidden = m.llama.forward(m.llama.embed({&id, 1}), {&position, 1}, m.cache, options);
      if (grows) m.cached_ids.push_back(id);
    }
  } catch (const Cancelled&) {
    answer.stop = StopReason::Cancelled;
  }
  say(stream.flush());
  if (answer.timings.prefill > 0) answer.timings.generate = generating.ms();
  if (answer.generated_ids.size() > 1)
    answer.tokens_per_second =
        static_cast<double>(answer.generated_ids.size() - 1) * 1000.0 / std::max(answer.timings.generate, 1e-6);
  trim_end(answer.text);
  if (layout.visual_count() != 0) answer.trace = trace;
  return answer;
}

}  // namespace sparsight
