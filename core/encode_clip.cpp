#include "core/encode_clip.h"

#include "core/base/shared_state.h"
#include "core/base/stopwatch.h"
#include "core/model/preprocess.h"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace sparsight {
namespace {

struct Pixels {
  std::int64_t index;
  HostTensor values;  // [3, height, width]
};

// Preprocessed frames on their way from the decoding thread to the encoding one.
class PixelQueue {
 public:
  void add(Pixels pixels) {
    state_.change([&](State& s) { s.waiting.push_back(std::move(pixels)); });
  }
  void report(const Progress& now) {
    state_.change([&](State& s) { s.progress = now, s.reported = false; });
  }
  void end() {
    state_.change([](State& s) { s.ended = true; });
  }

  // Waits for frames and takes those of the same shape, at most `most`; none after decoding has ended and all are
  // taken. Reports the decoder's progress while it waits.
  [[nodiscard]] std::vector<Pixels> take(std::size_t most, const Control& control) {
    for (;;) {
      std::vector<Pixels> out;
      std::optional<Progress> news;
      const auto is_news = [](const State& s) { return !s.waiting.empty() || s.ended || !s.reported; };
      state_.wait({}, is_news, [&](State& s) {
        if (s.waiting.empty() && !s.ended) {
          s.reported = true;
          news = s.progress;
        }
        while (!s.waiting.empty() && out.size() < most &&
               (out.empty() || s.waiting.front().values.shape() == out.front().values.shape())) {
          out.push_back(std::move(s.waiting.front()));
          s.waiting.pop_front();
        }
      });
      if (!news) return out;
      control.report(news->stage, news->done, news->total);
    }
  }

  // Progress of decoding; nullopt after its end.
  [[nodiscard]] std::optional<Progress> progress() const {
    return state_.read([](const State& s) { return s.ended ? std::nullopt : std::optional(s.progress); });
  }
  [[nodiscard]] std::size_t waiting() const {
    return state_.read([](const State& s) { return s.waiting.size(); });
  }

 private:
  struct State {
    std::deque<Pixels> waiting;
    Progress progress{Stage::Open, 0, 0};
    bool reported = true;
    bool ended = false;
  };
  SharedState<State> state_;
};

// [frames, 3, height, width]
HostTensor stack(std::span<const Pixels> frames) {
  const Shape one = frames.front().values.shape();
  HostTensor out(Shape{frames.size(), one[0], one[1], one[2]});
  for (std::size_t i = 0; i < frames.size(); ++i)
    std::copy_n(frames[i].values.f32(), one.elements(), out.f32() + i * one.elements());
  return out;
}

// The tower's outputs for frames, by their index in the video.
class TowerOutputs {
 public:
  void add(std::span<const Pixels> frames, const VisionEncoder& vision, const Control& control) {
    const TowerStates& batch = batches_.emplace_back(vision.run_tower(stack(frames), MediaKind::Video, control));
    for (std::size_t i = 0; i < frames.size(); ++i) places_[frames[i].index] = {&batch, i};
    rows_ = batch.features.rows() / frames.size();
  }
  [[nodiscard]] std::size_t count() const { return places_.size(); }
  [[nodiscard]] bool has(std::int64_t index) const { return places_.contains(index); }

  // The outputs of a clip's frames, in their order. Each frame must have been added.
  [[nodiscard]] TowerStates of(std::span<const Frame> frames, Backend& backend) const {
    const TowerStates& like = batches_.front();
    TowerStates out{gather(frames, backend, [](const TowerStates& s) -> const Tensor& { return s.features; }), {}};
    for (std::size_t i = 0; i < like.states.size(); ++i)
      out.states.push_back({like.states[i].index, gather(frames, backend, [i](const TowerStates& s) -> const Tensor& {
                              return s.states[i].hidden;
                            })});
    return out;
  }

 private:
  struct Place {
    const TowerStates* batch;
    std::size_t frame;
  };

  template <typename TensorOf>
  [[nodiscard]] Tensor gather(std::span<const Frame> frames, Backend& backend, const TensorOf& tensor_of) const {
    const std::size_t width = tensor_of(batches_.front()).cols();
    Tensor out = backend.make(Shape{frames.size() * rows_, width});
    for (std::size_t f = 0; f < frames.size(); ++f) {
      const Place& from = places_.at(frames[f].index);
      backend.copy_rows(tensor_of(*from.batch).view().slice_rows(from.frame * rows_, rows_), out, f * rows_);
    }
    return out;
  }

  std::deque<TowerStates> batches_;
  std::map<std::int64_t, Place> places_;
  std::size_t rows_ = 0;  // per frame
};

// Reserves threads for FFmpeg while it decodes.
class ReservedThreads {
 public:
  explicit ReservedThreads(Backend& backend) : backend_(backend) { backend_.reserve_host_threads(kDecodingThreads); }
  ~ReservedThreads() { release(); }
  ReservedThreads(const ReservedThreads&) = delete;
  ReservedThreads& operator=(const ReservedThreads&) = delete;
  void release() const { backend_.reserve_host_threads(0); }

 private:
  Backend& backend_;
};

}  // namespace

EncodedClip encode_clip(const Clip& clip, const ClipEncoder& encoder, const Control& control) {
  if (clip.frames.empty()) fail(ErrorKind::Usage, "{}: the clip has no frames", clip.path.string());
  EncodedClip out;
  const Stopwatch preprocessing;
  const HostTensor pixels = preprocess(clip.frames, clip.is_image ? encoder.image : encoder.video, control);
  out.preprocess_ms = preprocessing.ms();
  const Stopwatch timer;
  out.tokens = encoder.vision.encode(pixels, clip.is_image ? MediaKind::Image : MediaKind::Video, control);
  out.vision_ms = timer.ms();
  return out;
}

EncodedFile encode_file(const std::filesystem::path& path, const FrameRequest& request, const ClipEncoder& encoder,
                        const Control& control) {
  constexpr std::size_t kMostTogether = 8;
  control.report(Stage::Open, 0, 0);
  EncodedFile out;
  EncodedClip& encoded = out.encoded;
  PixelQueue pixels;
  std::exception_ptr failure;
  std::jthread decoding([&](const std::stop_token& stop) {
    try {
      const Control reading{[&](const Progress& now) { pixels.report(now); }, stop};
      out.clip = read_clip(path, request, reading, [&](std::int64_t index, const RgbImage& picture) {
        const Stopwatch preprocessing;
        pixels.add({index, preprocess(picture, encoder.video)});
        encoded.preprocess_ms += preprocessing.ms();
      });
    } catch (...) {
      failure = std::current_exception();
    }
    pixels.end();
  });
  const std::stop_callback stopping(control.stop, [&] { decoding.request_stop(); });

  const ReservedThreads decoding_threads(encoder.backend);
  TowerOutputs outputs;
  std::size_t tower_layers = 0;
  const auto run_tower = [&](std::span<const Pixels> batch) {
    const Stopwatch timer;
    const Control layer_by_layer{
        [&](const Progress& layers) {
          tower_layers = layers.total;
          if (const auto decoded = pixels.progress())
            return control.report(decoded->stage, decoded->done, decoded->total);
          decoding_threads.release();
          const std::size_t frames = outputs.count() + batch.size() + pixels.waiting();
          control.report(Stage::Vision, (outputs.count() * layers.total + batch.size() * layers.done) / frames,
                         layers.total);
        },
        control.stop};
    outputs.add(batch, encoder.vision, layer_by_layer);
    encoded.vision_ms += timer.ms();
  };
  for (;;) {
    const std::vector<Pixels> batch = pixels.take(kMostTogether, control);
    if (batch.empty()) break;
    run_tower(batch);
  }
  decoding_threads.release();
  decoding.join();
  if (failure) std::rethrow_exception(failure);
  if (outputs.count() == 0) {
    encoded = encode_clip(out.clip, encoder, control);
    return out;
  }
  // Frames that the decoder did not announce.
  for (const Frame& frame : out.clip.frames)
    if (!outputs.has(frame.index)) run_tower(std::array{Pixels{frame.index, preprocess(*frame.image, encoder.video)}});

  control.report(Stage::Vision, tower_layers, tower_layers);
  const Stopwatch projecting;
  encoded.tokens = encoder.vision.tokens(outputs.of(out.clip.frames, encoder.backend), MediaKind::Video);
  encoded.vision_ms += projecting.ms();
  stop_here_if_asked(control.stop);
  // The decoding thread also preprocessed: that time is counted separately.
  out.clip.decode_ms -= encoded.preprocess_ms;
  return out;
}

}  // namespace sparsight
