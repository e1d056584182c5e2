#include "core/engine.h"

#include "core/base/replace_file.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/encode_clip.h"
#include "core/model/families/family.h"
#include "core/model/frame_limit.h"
#include "core/model/likelihood.h"
#include "core/model/llama.h"
#include "core/model/model_folder.h"
#include "core/model/preprocess.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "core/model_check.h"
#include "core/model_reader.h"
#include "core/prompt_cache.h"
#include "core/pruning/registry.h"
#include "core/pruning/run.h"
#include "core/trace_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <system_error>

namespace sparsight {
namespace {

Chat chat_of(const Question& question) {
  return {.system = question.system,
          .media = question.media ? question.media->kind() : MediaKind::None,
          .turns = question.turns};
}

// The shortest one.
Chat any_chat() { return {.system = "", .media = MediaKind::Video, .turns = {{"?", ""}}}; }

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
std::size_t EncodedMedia::frames() const { return impl_->tokens.layout.frames(); }
const std::vector<FrameMark>& EncodedMedia::marks() const { return impl_->marks; }
const Timings& EncodedMedia::timings() const { return impl_->timings; }
const VisualTokens& EncodedMedia::tokens() const { return impl_->tokens; }

const GridWindow& EncodedMedia::window(std::size_t frame) const { return impl_->windows.at(frame); }

const VisualLayout& EncodedMedia::layout() const { return impl_->tokens.layout; }

// Order of members is order of life: what borrows comes after what lends.
struct Engine::Impl {
  Impl(const EngineOptions& options, const Control& control)
      : weights(Weights::open(options.model, read_config(options.model, options.families).family->names)),
        config(config_of(options, weights)),
        video_pixels(read_preprocess_config(options.model, config, MediaKind::Video)),
        image_pixels(read_preprocess_config(options.model, config, MediaKind::Image)),
        tokenizer(Tokenizer::open(options.model)),
        backend(options.backend()),
        vision(with_frequencies(options), weights, *backend),
        kv_dtype(options.kv_dtype.value_or(default_kv_dtype(config, weights))),
        plan(plan_decoder(config, weights, kv_dtype, *backend, options.device_layers)),
        llama(config, weights, *backend, kv_dtype, plan.placement, control),
        cache(llama, *backend),
        reader(weights, options.model, options.on_read, options.on_hash) {}

  const ModelConfig& with_frequencies(const EngineOptions& options) {
    if (options.round_frequencies)
      config.text.rope.frequencies = config.vision.frequencies = embedding_dtype(config, weights);
    return config;
  }

  static ModelConfig config_of(const EngineOptions& options, const Weights& weights) {
    ModelConfig out = read_config(options.model, weights, options.families);
    if (options.tower_activation) {
      out.vision.activation = *options.tower_activation;
      if (out.video_vision) out.video_vision->activation = *options.tower_activation;
    }
    return out;
  }

  Weights weights;
  ModelConfig config;
  PreprocessConfig video_pixels;
  PreprocessConfig image_pixels;
  Tokenizer tokenizer;
  std::unique_ptr<Backend> backend;
  VisionEncoder vision;
  DType kv_dtype;
  DecoderPlan plan;
  Llama llama;
  ModelInfo info;
  double load_ms = 0;

  PromptCache cache;
  ModelReader reader;

  void expect_towers() const {
    if (!config.family->sees())
      fail(ErrorKind::Usage,
           "{}: this model has no vision tower: it takes text only, no video and no image; choose another model",
           info.path.string());
  }
  // A prompt without room for an answer.
  [[noreturn]] void refuse_length(const PromptLayout& layout, const Question& question) const;

  // Between frames, layers and tokens it looks whether the weights are still there.
  [[nodiscard]] Control checking_weights(const Control& control) const {
    return {[this, &control](const Progress& now) {
              weights.check();
              if (control.on_progress) control.on_progress(now);
            },
            control.stop};
  }

  // What work() returns, of the model as it was loaded: a file that was written meanwhile is the reason behind whatever
  // else went wrong.
  template <typename Work>
  auto with_unchanged_model(const Work& work) const {
    weights.check_unchanged();
    try {
      auto result = work();
      weights.check_unchanged();
      return result;
    } catch (const Error&) {
      weights.check_unchanged();
      throw;
    }
  }

  [[nodiscard]] ClipEncoder clip_encoder() const { return {*backend, vision, config, video_pixels, image_pixels}; }
  [[nodiscard]] std::shared_ptr<const EncodedMedia> encoded_media(const Clip& clip, EncodedClip encoded,
                                                                  double whole_ms) const;

  [[nodiscard]] PromptLayout lay_out(const Question& question) const;
  [[nodiscard]] Answer answer(const Question& question, const std::function<void(std::string_view)>& on_text,
                              const Control& control);

  struct Prompt;
  [[nodiscard]] Prompt prompt_of(const Question& question) const;
  void embed(Prompt& prompt, const Question& question, const Control& control) const;
  struct Entering;
  [[nodiscard]] Entering enter(const Prompt& prompt, const Question& question, PruningRun& run,
                               const Control& control) const;
  [[nodiscard]] std::unique_ptr<PruningStrategy> strategy_for(const Question& question, const Prompt& prompt) const;
  [[nodiscard]] TraceSource source_of(const Question& question) const;
  [[nodiscard]] std::shared_ptr<Trace> begin_trace(const Question& question, const Prompt& prompt, bool prunes) const;
  struct Answering;
};

// What questions need of a clip.
std::shared_ptr<const EncodedMedia> Engine::Impl::encoded_media(const Clip& clip, EncodedClip encoded,
                                                                double whole_ms) const {
  auto media = std::make_shared<EncodedMedia>();
  EncodedMedia::Impl& to = *media->impl_;
  to.timings.open = clip.open_ms;
  to.timings.frames = clip.decode_ms;
  to.timings.preprocess = encoded.preprocess_ms;
  to.timings.vision = encoded.vision_ms;
  to.timings.encode = whole_ms;
  for (const Frame& frame : clip.frames) to.marks.push_back({frame.index, frame.time_s});
  to.windows = std::move(encoded.windows);
  to.tokens = std::move(encoded.tokens);
  return media;
}

Engine::Engine() = default;
Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::load(const EngineOptions& given, const Control& control) {
  control.report(Stage::Load, 0, 1);
  EngineOptions options = given;
  options.model = model_folder(given.model);
  SPARSIGHT_CHECK(options.backend != nullptr);
  const Stopwatch watch;
  // That it is a model of another kind is said before what is missing of it.
  if (std::error_code absent; std::filesystem::exists(options.model / "config.json", absent))
    static_cast<void>(read_config(options.model, options.families));
  check_model_folder(options.model);
  std::unique_ptr<Engine> engine(new Engine);
  engine->impl_ = std::make_unique<Impl>(options, control);
  Impl& m = *engine->impl_;
  m.info = describe_model(options.model, m.config, m.weights);
  m.info.kv_dtype = m.kv_dtype;
  m.info.arithmetic = m.backend->info().arithmetic;
  if (m.backend->info().memory_bytes != 0)
    m.info.device_layers = std::min(m.plan.placement.layers, m.config.text.layers);
  m.info.warnings.insert(m.info.warnings.begin(), options.warnings.begin(), options.warnings.end());
  if (!m.plan.sentence.empty()) m.info.warnings.push_back(m.plan.sentence);
  m.info.frames_to_offer = m.config.family->placeholder_text == nullptr || m.config.family->chat.video.empty()
                               ? most_frames_to_offer(m.config)
                               : std::max<std::size_t>(1, sparsight::most_frames(m.config, m.tokenizer, any_chat(),
                                                                                 room_for_a_chat(m.config)));
  m.weights.check();
  std::error_code unreadable;
  for (const auto& file : std::filesystem::directory_iterator(options.model, unreadable)) keep_input(file.path());
  m.load_ms = watch.ms();
  control.report(Stage::Load, m.config.text.layers, m.config.text.layers);
  return engine;
}

const ModelInfo& Engine::info() const { return impl_->info; }
double Engine::load_ms() const { return impl_->load_ms; }

void Engine::check_model() const { impl_->weights.check_unchanged(); }

std::string Engine::model_hash(const std::stop_token& stop) const { return impl_->reader.hash(stop); }
std::string Engine::known_model_hash() const { return impl_->reader.known_hash(); }

std::vector<std::string> Engine::backend_details() const {
  const BackendInfo backend = impl_->backend->info();
  std::vector<std::string> details{"backend " + backend.name};
  std::ranges::copy(backend.details, std::back_inserter(details));
  if (info().device_layers)
    details.push_back(fmt::format("{} of {} layers on the GPU", *info().device_layers, info().config.text.layers));
  details.push_back(fmt::format("KV cache {}", to_string(impl_->kv_dtype)));
  return details;
}

std::shared_ptr<const EncodedMedia> Engine::encode(const Clip& clip, const Control& control) {
  impl_->expect_towers();
  const Stopwatch whole;
  EncodedClip encoded = impl_->with_unchanged_model(
      [&] { return encode_clip(clip, impl_->clip_encoder(), impl_->checking_weights(control)); });
  return impl_->encoded_media(clip, std::move(encoded), clip.open_ms + clip.decode_ms + whole.ms());
}

OpenedClip Engine::open(const std::filesystem::path& path, const FrameRequest& asked, const Control& control) {
  impl_->expect_towers();
  const Stopwatch whole;
  FrameRequest request = asked;
  const std::size_t most = impl_->config.family->placeholder_text == nullptr
                               ? sparsight::most_frames(impl_->config, 0)
                               : sparsight::most_frames(impl_->config, impl_->tokenizer, any_chat());
  request.most = std::min(asked.most.value_or(most), most);
  if (asked.as_trained) {
    FrameRequest own = trained_request({.most = std::min(*request.most, asked.most.value_or(info().frames_to_offer))});
    request.rule = std::move(own.rule);
  }
  EncodedFile file = impl_->with_unchanged_model(
      [&] { return encode_file(path, request, impl_->clip_encoder(), impl_->checking_weights(control)); });
  auto encoded = impl_->encoded_media(file.clip, std::move(file.encoded), whole.ms());
  return {std::move(file.clip), std::move(encoded)};
}

std::vector<float> Engine::log_probabilities(std::string_view text, std::size_t most, const Control& control) {
  Impl& m = *impl_;
  // Of a long text only its beginning becomes tokens, with some more, as the end of a cut text may have others.
  constexpr std::size_t kBytesAToken = 16, kMore = 64;
  std::vector<std::int32_t> ids;
  for (std::size_t bytes = std::min(text.size(), most) * kBytesAToken;; bytes *= 4) {
    const std::string_view part = text.substr(0, whole_characters(text, bytes));
    const TextSpan typed{part, false};
    ids = m.tokenizer.encode(std::span(&typed, 1));
    if (part.size() == text.size() || ids.size() >= most + kMore) break;
  }
  ids.resize(std::min(ids.size(), most));
  if (ids.size() < 2) fail(ErrorKind::Usage, "the text: expected at least two tokens, found {}", ids.size());
  return m.with_unchanged_model(
      [&] { return sparsight::log_probabilities(m.llama, m.config, *m.backend, ids, m.checking_weights(control)); });
}

std::size_t Engine::most_frames(const Question& question) const {
  impl_->expect_towers();
  return sparsight::most_frames(impl_->config, impl_->tokenizer, chat_of(question));
}

PromptLayout Engine::Impl::lay_out(const Question& question) const {
  if (!question.media) return sparsight::lay_out(chat_of(question), tokenizer, config, 0);
  const VisualTokens& visual = question.media->tokens();
  return sparsight::lay_out(chat_of(question), tokenizer, config, visual.medium, visual.layout);
}

PromptLayout Engine::lay_out(const Question& question) const { return impl_->lay_out(question); }

std::vector<RotaryPlace> Engine::places(const Question& question) const {
  if (!question.media) return {};
  return places_of(impl_->lay_out(question), impl_->config, question.media->tokens().medium,
                   question.media->tokens().layout);
}

FrameRequest Engine::trained_request(FrameRequest request) const {
  const ChooseFrames choose = impl_->config.family->frames;
  PreprocessConfig how = impl_->video_pixels;
  if (request.most) how.max_frames = std::min(how.max_frames, std::max<std::size_t>(1, *request.most));
  if (choose != nullptr)
    request.rule = [choose, how](std::int64_t total, double frames_per_second) {
      return choose(total, frames_per_second, how);
    };
  return request;
}

struct Engine::Impl::Prompt {
  PromptLayout layout;
  std::vector<std::int32_t> ids;      // expanded
  std::vector<RotaryPlace> places{};  // of M-RoPE; empty: ordinary positions
  Tensor embeddings{};                // [length, hidden], by embed()
};

Engine::Impl::Prompt Engine::Impl::prompt_of(const Question& question) const {
  PromptLayout layout = lay_out(question);
  if (layout.length >= config.text.max_positions) refuse_length(layout, question);
  std::vector<std::int32_t> ids = layout.expanded();
  if (layout.visual_count() == 0) return {std::move(layout), std::move(ids)};
  std::vector<RotaryPlace> places =
      places_of(layout, config, question.media->tokens().medium, question.media->tokens().layout);
  return {std::move(layout), std::move(ids), std::move(places)};
}

// Of the words, and the visual tokens between those of the visual span.
void Engine::Impl::embed(Prompt& prompt, const Question& question, const Control& control) const {
  std::vector<std::int32_t> words = prompt.ids;
  std::ranges::replace(words, kNoPlaceholderToken, std::int32_t{0});  // its row is overwritten
  prompt.embeddings = backend->make(Shape{words.size(), config.text.hidden});
  llama.embed(words, prompt.embeddings, control);
  const PromptLayout& layout = prompt.layout;
  if (layout.visual_count() == 0) return;
  std::size_t row = 0;
  for (std::size_t b = 0; b < layout.visual.blocks().size(); ++b) {
    const VisualBlock& block = layout.visual.blocks()[b];
    const std::size_t count = block.tokens() - block.words_before - block.words_after;
    backend->copy_rows(question.media->tokens().embeddings.view().slice_rows(row, count), prompt.embeddings,
                       layout.visual_begin + layout.visual.begin(b) + block.words_before);
    row += count;
  }
}

// A prompt as it enters the decoder, after hooks 1 and 2.
struct Engine::Impl::Entering : DecoderPrompt {
  Tensor visual, all;  // what `changed` and `embeddings` show where not all visual tokens go on as they are
};

Engine::Impl::Entering Engine::Impl::enter(const Prompt& prompt, const Question& question, PruningRun& run,
                                           const Control& control) const {
  const PromptLayout& at = prompt.layout;
  const TensorView all = prompt.embeddings;
  const PromptSpans spans{at.visual_begin, at.visual_count(), at.length};
  const TensorView visual = all.slice_rows(at.visual_begin, at.visual_count()),
                   text = all.slice_rows(at.visual_end, at.length - at.visual_end);
  Entering out;
  if (question.media) out.clip = {question.media, &question.media->tokens()};
  if (at.visual_count() != 0) {
    const VisualLayout& layout = prompt.layout.visual;
    out.visual = run.tower(vision, question.media->tokens(), layout, control);
    Tensor fewer = run.before_decoder(out.visual.empty() ? visual : out.visual.view(), text, layout);
    if (!fewer.empty()) out.visual = std::move(fewer);
  }
  const std::size_t count = out.visual.empty() ? at.visual_count() : out.visual.rows();
  out.spans = spans.with_visual(count);
  out.ids = prompt.ids;
  out.embeddings = all;
  out.positions = run.positions(at.visual_begin, out.spans.length);
  if (out.visual.empty()) return out;
  const auto first = out.ids.begin() + static_cast<std::ptrdiff_t>(at.visual_begin);
  out.ids.erase(first, first + static_cast<std::ptrdiff_t>(at.visual_count() - count));
  out.all = splice(*backend, all, spans, out.visual);
  out.changed = out.visual;
  out.embeddings = out.all;
  return out;
}

void Engine::Impl::refuse_length(const PromptLayout& layout, const Question& question) const {
  const bool goes_on = question.turns.size() > 1;
  const std::size_t most = config.text.max_positions, visual = layout.visual_count();
  std::size_t frames = 0;
  if (visual > 0 && !config.tower(question.media->kind()).any_size())
    frames = sparsight::most_frames(config, tokenizer, chat_of(question));
  if (visual > 0 && config.tower(question.media->kind()).any_size())  // of the size of these
    frames = (most - std::min(most, layout.length - visual + 1)) * layout.visual.frames() / visual;
  const bool some_fit = frames > 0 && question.media->kind() == MediaKind::Video;
  if (some_fit && goes_on)
    fail(
        ErrorKind::Usage,
        "the prompt has {} tokens ({} of them visual), the model takes {}: ask about fewer frames (at most {} fit), or "
        "start a new chat",
        layout.length, visual, most, frames);
  if (some_fit)
    fail(
        ErrorKind::Usage,
        "the prompt has {} tokens ({} of them visual), the model takes {}: ask about fewer frames (at most {} fit), or "
        "shorten the question",
        layout.length, visual, most, frames);
  if (goes_on)
    fail(ErrorKind::Usage,
         "the prompt has {} tokens ({} of them visual), the model takes {}: start a new chat, or shorten the question",
         layout.length, visual, most);
  fail(ErrorKind::Usage, "the prompt has {} tokens ({} of them visual), the model takes {}: shorten the question",
       layout.length, visual, most);
}

Answer Engine::answer(const Question& question, const std::function<void(std::string_view)>& on_text,
                      const Control& control) {
  return impl_->with_unchanged_model(
      [&] { return impl_->answer(question, on_text, impl_->checking_weights(control)); });
}

TraceSource Engine::Impl::source_of(const Question& question) const {
  const std::filesystem::path& path = info.path;
  TraceSource source{.model = (path.has_filename() ? path : path.parent_path()).filename().string(),
                     .model_hash = {},
                     .layers = config.text.layers,
                     .clip_hash = question.clip_hash,
                     .frames = {}};
  if (!question.media) return source;
  for (const FrameMark& mark : question.media->marks())
    source.frames.push_back({mark.index, mark.time_s, question.media->window(source.frames.size())});
  return source;
}

std::unique_ptr<PruningStrategy> Engine::Impl::strategy_for(const Question& question, const Prompt& prompt) const {
  return make_strategy(question.pruning, question.media
                                             ? setting_of(config, question.media->kind(), prompt.layout.visual)
                                             : PruningSetting{.layers = config.text.layers});
}

std::shared_ptr<Trace> Engine::Impl::begin_trace(const Question& question, const Prompt& prompt, bool prunes) const {
  auto trace = std::make_shared<Trace>();
  trace->source = source_of(question);
  trace->strategy = prunes ? question.pruning.strategy : "none";
  trace->budget = prunes ? to_string(question.pruning.budget) : "100%";
  for (std::size_t i = prompt.layout.visual_end; i < prompt.layout.length; ++i)
    trace->text.push_back(tokenizer.piece(prompt.ids[i]));
  trace->said = words_of_prompt(chat_of(question), *config.family, tokenizer,
                                std::span(prompt.ids).subspan(prompt.layout.visual_end));
  const VisualLayout& visual = prompt.layout.visual;
  if (!visual.has_words()) return trace;
  for (std::size_t token = 0; token < visual.tokens(); ++token)
    if (visual.is_word(token)) trace->words.push_back(tokenizer.piece(prompt.ids[prompt.layout.visual_begin + token]));
  return trace;
}

// One question while it is answered.
struct Engine::Impl::Answering {
  Impl& m;
  const Question& question;
  const std::function<void(std::string_view)>& on_text;
  const Control& control;
  Stopwatch since_asked{};
  Prompt prompt = m.prompt_of(question);
  std::unique_ptr<PruningStrategy> strategy = m.strategy_for(question, prompt);
  std::shared_ptr<Trace> trace = m.begin_trace(question, prompt, strategy != nullptr);
  std::size_t limit = std::min(question.max_new_tokens, m.config.text.max_positions - prompt.layout.length);
  Answer answer{};
  StreamDecoder stream{m.tokenizer};
  std::vector<TokenText> said{};  // of the answer's tokens

  [[nodiscard]] PruningRun::OnTrace on_trace() const {
    if (!question.on_trace) return {};
    return [this](const Trace& so_far) {
      m.weights.check();
      question.on_trace(so_far);
    };
  }
  void say(const std::string& text) {
    m.weights.check();
    answer.text += text;
    if (on_text && !text.empty()) on_text(text);
  }
  // False: it ends the answer.
  [[nodiscard]] bool say_token(std::int32_t id);
  [[nodiscard]] std::size_t last_turn() const;  // the text token that it begins with
  TensorView prefill(PruningRun& run, std::size_t& length);
  void finish(PruningRun& run);
  void generate(PruningRun& run, TensorView hidden, std::size_t length);
};

std::size_t Engine::Impl::Answering::last_turn() const {
  const std::size_t turn = question.turns.size() - 1;
  const auto first = std::ranges::find(trace->said, turn, &TraceWord::turn);
  return first == trace->said.end() ? 0 : first->first;
}

// Returns the hidden state that the first token follows from; `length`: of the prompt as it entered the decoder.
TensorView Engine::Impl::Answering::prefill(PruningRun& run, std::size_t& length) {
  m.embed(prompt, question, control);
  Entering entering = m.enter(prompt, question, run, control);
  if (strategy && !strategy->layers().empty()) entering.pruned_after = strategy->layers().front();
  length = entering.spans.length;
  if (question.attention && question.media)
    entering.computed_from = entering.spans.visual_begin + entering.spans.visual_count + last_turn();
  m.llama.set_places(prompt.places);
  if (!question.reuse) m.cache.forget();
  return m.cache.prefill(entering, limit, [&](std::size_t first_row) {
    answer.reused_tokens = first_row;
    ForwardOptions options{.control = control};
    run.attach(options, entering.spans, first_row);
    return options;
  });
}

bool Engine::Impl::Answering::say_token(std::int32_t id) {
  if (answer.generated_ids.empty()) answer.first_token_ms = since_asked.ms();
  if (std::ranges::count(m.config.eos, id) != 0) {
    answer.stop = StopReason::EndOfAnswer;
    return false;
  }
  answer.generated_ids.push_back(id);
  const std::size_t begin = answer.text.size();
  say(stream.push(id));
  said.push_back({begin, answer.text.size()});
  control.report(Stage::Generate, answer.generated_ids.size(), limit);
  return true;
}

void Engine::Impl::Answering::generate(PruningRun& run, TensorView hidden, std::size_t length) {
  Sampler sampler(question.sampling);
  const bool follow = strategy && strategy->decode_positions() == DecodePositions::LayerLength;
  // Where the first token of the answer stands, unless the layers differ in length.
  const std::size_t next = follow ? length : prompt.layout.length;
  ForwardOptions options{.control = control, .stage = Stage::Generate, .positions_follow_cache = follow};
  answer.stop = StopReason::Length;
  while (answer.generated_ids.size() < limit) {
    const TensorView logits = m.llama.logits(hidden);
    const std::int32_t id = sampler.next(*m.backend, logits);
    if (question.first_logits && answer.first_log_probs.empty())
      answer.first_log_probs = log_softmax(m.backend->read(logits).row(0));
    if (!say_token(id) || answer.generated_ids.size() == limit) return;
    run.attach_decode(options);
    hidden = m.cache.next(id, static_cast<std::int32_t>(next + answer.generated_ids.size() - 1), options);
  }
}

// What the trace says about the answer.
void Engine::Impl::Answering::finish(PruningRun& run) {
  run.finish(answer.generated_ids.size());
  if (!said.empty()) said.back().end = answer.text.size();
  answer.text.resize(trimmed_end(answer.text, " \n\t").size());
  trace->answer = answer.text;
  trace->answer_words = words_in(answer.text, said, 0, answer.text.size());
  for (TraceWord& word : trace->answer_words) word.turn = question.turns.size() - 1, word.of_question = false;
}

Answer Engine::Impl::answer(const Question& question, const std::function<void(std::string_view)>& on_text,
                            const Control& control) {
  validate(question.sampling);
  if (question.turns.empty() || trimmed(question.turns.back().question, " \t\n").empty())
    fail(ErrorKind::Usage, "the question is empty");

  Answering one{*this, question, on_text, control};
  Answer& answer = one.answer;
  const PromptLayout& layout = one.prompt.layout;
  answer.prompt_ids = layout.ids;
  answer.prompt_tokens = layout.length;
  answer.visual_tokens = layout.visual_count() - layout.visual.words();
  answer.could_see = config.family->sees();
  Stopwatch generating;
  PruningRun run(one.strategy.get(), config, llama, *backend, *one.trace, one.on_trace(),
                 {.text_attention = question.text_attention,
                  .attention = question.attention && layout.visual_count() != 0,
                  .turn = one.last_turn(),
                  .answer = one.limit,
                  .rank = question.rank});
  try {
    const Stopwatch prefilling;
    std::size_t length = 0;
    const TensorView hidden = one.prefill(run, length);
    answer.timings.prefill = prefilling.ms();
    generating = Stopwatch();
    one.generate(run, hidden, length);
  } catch (const Cancelled&) {
    answer.stop = StopReason::Cancelled;
  }
  one.say(one.stream.flush());
  one.finish(run);
  if (answer.timings.prefill > 0) answer.timings.generate = generating.ms();
  if (answer.generated_ids.size() > 1)
    answer.tokens_per_second =
        static_cast<double>(answer.generated_ids.size() - 1) * 1000.0 / std::max(answer.timings.generate, 1e-6);
  one.trace->source.model_hash = reader.known_hash();
  if (layout.visual_count() != 0) answer.trace = one.trace;
  return std::move(answer);
}

}  // namespace sparsight
