// The one public door: load a model, encode a video, answer questions about it. CLI and app go through here.
#pragma once

#include "core/base/progress.h"
#include "core/media/video.h"
#include "core/model/config.h"
#include "core/model/preprocess.h"
#include "core/model/prompt.h"
#include "core/model/sampler.h"
#include "core/model_card.h"
#include "core/pruning/options.h"
#include "core/pruning/trace.h"
#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct EngineOptions {
  std::filesystem::path model;  // a Hugging Face directory of a model of one of `families`, or a GGUF file
  Families families = sparsight::families();
  MakeBackend backend{};                // makes what computes it, one of kernels/backends.h; called once, by load()
  std::vector<std::string> warnings{};  // the first of ModelInfo::warnings: what the caller knows about the backend
  // Layers of the decoder whose weights a device with memory of its own holds; nullopt: as many as fit. The others stay
  // in the host's memory, where the processor computes them.
  std::optional<std::size_t> device_layers{};
  // Of keys and values: F32 or BF16; BF16 beside quantised weights and else F32 if not given.
  std::optional<DType> kv_dtype{};
  // Round rotary frequencies to the weights' dtype: for comparing with a reference model that was cast, see RopeConfig.
  bool round_frequencies = false;
  // Of the towers' MLPs, in place of what the model says or, where its folder does not say it, its family assumes.
  std::optional<Activation> tower_activation{};
  // Hears how much of what the model uses has been read ahead, Stage::Read by bytes, on the engine's own thread that
  // reads it; perhaps before load() returns. Never, if memory can't hold the model.
  OnProgress on_read{};
  // Hears the model's hash (core/model/model_identity.h) once it is known, on a thread of the engine's own that has
  // read the files by then; perhaps before load() returns. Never, if the files can't be read or the engine is gone
  // before.
  std::function<void(const std::string&)> on_hash{};
};

// Frames that went through the towers, ready for any number of questions. Immutable, shared.
class EncodedMedia;
struct VisualTokens;  // core/model/vision.h
class Weights;        // core/model/weights.h

struct FrameMark {
  std::int64_t index;
  double time_s;
};

// By stage, in milliseconds. A stage that did not run for this answer (the video was encoded before) is 0.
struct Timings {
  double load = 0;
  double open = 0;
  double frames = 0;
  double preprocess = 0;
  double vision = 0;
  double encode = 0;  // open to vision, which overlap: on the clock
  double prefill = 0;
  double generate = 0;
};

struct Question {
  std::shared_ptr<const EncodedMedia> media;  // null: a question without a video
  std::string system;
  std::vector<Turn> turns;  // the last one is asked; its answer is empty
  Sampling sampling;
  std::size_t max_new_tokens = 256;
  PruningOptions pruning{};
  // The trace as far as it has come, after every decoder layer of the prompt, on the thread that calls answer().
  std::function<void(const Trace&)> on_trace{};
  bool text_attention = false;  // on: TraceStep::text_attention is filled; no decision changes
  bool attention = false;       // on: Trace::attention is filled; nothing else changes
  bool rank = false;        // on: TraceStep::rank is filled wherever a strategy has one; off: where the budget needs it
  bool reuse = true;        // off: the whole prompt is computed, so that times can be compared
  std::string clip_hash{};  // content_hash() of the file that `media` is of, for the trace; empty: not known
  bool first_logits = false;  // on: Answer::first_log_probs is filled
};

enum class StopReason { EndOfAnswer, Length, Cancelled };
[[nodiscard]] std::string_view to_string(StopReason reason);

struct Answer {
  std::string text;  // trimmed
  StopReason stop = StopReason::EndOfAnswer;
  std::vector<std::int32_t> prompt_ids;     // before the placeholder is expanded
  std::vector<std::int32_t> generated_ids;  // without the end token
  std::size_t prompt_tokens = 0;            // expanded
  std::size_t visual_tokens = 0;            // of the prompt, without words between frames
  bool could_see = true;                    // the model takes videos or images
  std::size_t reused_tokens = 0;            // of the prompt, whose KV was there already
  double first_token_ms = 0;                // from the call to the first token's text
  double tokens_per_second = 0;             // of the tokens after the first
  Timings timings;                          // prefill and generate only
  std::shared_ptr<const Trace> trace;       // of a question with a video; what became of its tokens
  // On request: natural logarithm of the first token's probability by id, of the model itself (temperature 1, all
  // tokens), [vocabulary].
  std::vector<float> first_log_probs;
};

// What a model is and needs, for people.
struct ModelInfo {
  std::filesystem::path path;
  ModelConfig config;
  std::size_t parameters = 0;
  std::size_t weight_bytes = 0;
  std::string dtype;                            // of the weights as the files name it, all of them if there are several
  std::optional<Quantisation> quantisation{};   // of the decoder's layers
  DType kv_dtype = DType::F32;                  // of the keys and values that an engine caches
  Arithmetic arithmetic = Arithmetic::Float32;  // that weights are multiplied in
  std::optional<std::size_t> device_layers{};   // on a device with memory of its own: the layers that it holds
  std::optional<ModelCard> card{};
  std::vector<std::string> warnings{};  // for people: what of the folder or of the device is not used, and why
  // The limit shown before a question is asked: a video's frames that fit beside a chat of some length, at least 1. Of
  // a loaded model; else 0.
  std::size_t frames_to_offer = 0;
  // What its family says about it (Family::notes), unless its maker gave it a card. English; the app translates it.
  std::vector<std::string> notes{};

  [[nodiscard]] std::size_t kv_bytes_per_token() const {  // of all layers, where nothing is pruned
    return config.text.layers * 2 * config.text.kv_heads * config.text.head_dim * size_of(kv_dtype);
  }
};

struct OpenedClip {
  Clip clip;
  std::shared_ptr<const EncodedMedia> encoded;
};

// One call at a time; a call may be made from any thread. What it hands out must not be used after the engine is gone.
class Engine {
 public:
  // Reports Stage::Load by layers. Error{File, Model, Memory, Device}; Cancelled.
  [[nodiscard]] static std::unique_ptr<Engine> load(const EngineOptions& options, const Control& control = {});
  ~Engine();

  [[nodiscard]] const ModelInfo& info() const;
  [[nodiscard]] std::vector<std::string> backend_details() const;
  [[nodiscard]] double load_ms() const;
  // Error{File} if the model's files are no longer what was loaded. Every call that computes asks this by itself.
  void check_model() const;
  // The model's hash, of the files as they were loaded. Waits until it is known; from any thread. Error{File};
  // Cancelled.
  [[nodiscard]] std::string model_hash(const std::stop_token& stop = {}) const;
  [[nodiscard]] std::string known_model_hash() const;  // empty: not known yet, or the files could not be read

  // The largest number of frames that fits beside the question's text and one token of the answer, for
  // FrameRequest::most. Ignores question.media. Errors of answer(); Error{Usage} for a model that takes text only.
  [[nodiscard]] std::size_t most_frames(const Question& question) const;
  // The request with the frames that the model was trained with (Family::frames), at most `most`, if its family says
  // so; else as it is.
  [[nodiscard]] FrameRequest trained_request(FrameRequest request) const;
  // Reads a clip and encodes its frames while later ones are still being decoded; equal to encode(read_clip(path,
  // request)) to the bit, with trained_request(request) if the request says as_trained (and leaves room for a chat if
  // it does not say `most`). Frames that no question would leave room for are refused before any is decoded.
  // Error{File, Decode, Usage, Memory, Model}; Error{Usage} also for a model that takes text only; Cancelled.
  [[nodiscard]] OpenedClip open(const std::filesystem::path& path, const FrameRequest& request = {},
                                const Control& control = {});
  // Preprocesses frames that were read and runs the tower and projector. Error{Usage, Decode, Model}; Cancelled.
  [[nodiscard]] std::shared_ptr<const EncodedMedia> encode(const Clip& clip, const Control& control = {});

  // Streams text through on_text while it comes; returns the whole answer. A stop while generating returns what was
  // said so far with StopReason::Cancelled; a stop before the first token does the same with an empty text.
  // Error{Usage} for an empty question or sampling out of range; Error{Model} if the prompt exceeds the model's
  // positions.
  [[nodiscard]] Answer answer(const Question& question, const std::function<void(std::string_view)>& on_text = {},
                              const Control& control = {});

  // How likely the model finds a text that no template surrounds: natural logarithms of the probability of each of its
  // tokens after those before it, without the first. Of the first `most` tokens; a text longer than the model's
  // positions is read in pieces, each with a first token of its own. Special tokens in it are ordinary characters.
  // Reports Stage::Prefill by tokens. Error{Usage}: fewer than two tokens. Cancelled.
  [[nodiscard]] std::vector<float> log_probabilities(std::string_view text, std::size_t most,
                                                     const Control& control = {});

  // The prompt as answer() lays it out, for tests and tools that compare ids.
  [[nodiscard]] PromptLayout lay_out(const Question& question) const;
  // Where M-RoPE puts the prompt's tokens; empty for other models and without a medium.
  [[nodiscard]] std::vector<RotaryPlace> places(const Question& question) const;

 private:
  Engine();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class EncodedMedia {
 public:
  EncodedMedia();
  ~EncodedMedia();
  [[nodiscard]] MediaKind kind() const;
  [[nodiscard]] std::size_t visual_tokens() const;
  [[nodiscard]] std::size_t frames() const;
  [[nodiscard]] const std::vector<FrameMark>& marks() const;
  [[nodiscard]] const Timings& timings() const;  // open to encode
  [[nodiscard]] const VisualTokens& tokens() const;
  [[nodiscard]] const VisualLayout& layout() const;
  [[nodiscard]] const GridWindow& window(std::size_t frame) const;  // where the grid of tokens lies on a frame

 private:
  friend class Engine;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
