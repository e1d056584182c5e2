#include "core/encode_clip.h"

#include "core/model/preprocess.h"
#include "core/base/shared_state.h"
#include "core/base/stopwatch.h"

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

// From the thread that decodes to the one that looks.
class Pictures {
 public:
  void add(Pixels pixels) {
    state_.change([&](State& s) { s.waiting.push_back(std::move(pixels)); });
  }
  void report(const Progress& now) {
    state_.change([&](State& s) { s.progress = now, s.told = false; });
  }
  void end() {
    state_.change([](State& s) { s.ended = true; });
  }

  // Waits for pictures and takes what there are of one shape, at most `most`; none once decoding is over and all are
  // taken. Passes progress on while it waits.
  [[nodiscard]] std::vector<Pixels> take(std::size_t most, const Control& control) {
    for (;;) {
      std::vector<Pixels> out;
      std::optional<Progress> news;
      const auto is_news = [](const State& s) { return !s.waiting.empty() || s.ended || !s.told; };
      state_.wait({}, is_news, [&](State& s) {
        if (s.waiting.empty() && !s.ended) {
          s.told = true;
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

  // How far decoding has come; nullopt once it is over.
  [[nodiscard]] std::optional<Progress> progress() const {
    return state_.look([](const State& s) { return s.ended ? std::nullopt : std::optional(s.progress); });
  }
  [[nodiscard]] std::size_t waiting() const {
    return state_.look([](const State& s) { return s.waiting.size(); });
  }

 private:
  struct State {
    std::deque<Pixels> waiting;
    Progress progress{Stage::Open, 0, 0};
    bool told = true;
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

// What the tower made of frames, by their index in the video.
class Seen {
 public:
  void see(std::span<const Pixels> frames, const VisionEncoder& vision, const Control& control) {
    const TowerStates& batch = batches_.emplace_back(vision.see(stack(frames), MediaKind::Video, control));
    for (std::size_t i = 0; i < frames.size(); ++i) places_[frames[i].index] = {&batch, i};
    rows_ = batch.features.rows() / frames.size();
  }
  [[nodiscard]] std::size_t count() const { return places_.size(); }
  [[nodiscard]] bool has(std::int64_t index) const { return places_.contains(index); }

  // Of a clip's frames, in their order. All were seen.
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
  std::size_t rows_ = 0;  // of a frame
};

// While FFmpeg decodes.
class ThreadsLeft {
 public:
  explicit ThreadsLeft(Backend& backend) : backend_(backend) { backend_.host_works_on(kDecodingThreads); }
  ~ThreadsLeft() { take_back(); }
  ThreadsLeft(const ThreadsLeft&) = delete;
  ThreadsLeft& operator=(const ThreadsLeft&) = delete;
  void take_back() const { backend_.host_works_on(0); }

 private:
  Backend& backend_;
};

}  // namespace

Sight look(const Clip& clip, const Eye& eye, const Control& control) {
  if (clip.frames.empty()) fail(ErrorKind::Usage, "{}: no frame to look at", clip.path.string());
  Sight out;
  const Stopwatch preprocessing;
  const HostTensor pixels = preprocess(clip.frames, clip.is_image ? eye.image : eye.video, control);
  out.preprocess_ms = preprocessing.ms();
  const Stopwatch seeing;
  out.tokens = eye.vision.encode(pixels, clip.is_image ? MediaKind::Image : MediaKind::Video, control);
  out.vision_ms = seeing.ms();
  return out;
}

Watched watch(const std::filesystem::path& path, const FrameRequest& request, const Eye& eye, const Control& control) {
  constexpr std::size_t kMostTogether = 8;
  control.report(Stage::Open, 0, 0);
  Watched out;
  Sight& sight = out.sight;
  Pictures pictures;
  std::exception_ptr failure;
  std::jthread decoding([&](const std::stop_token& stop) {
    try {
      const Control reading{[&](const Progress& now) { pictures.report(now); }, stop};
      out.clip = read_clip(path, request, reading, [&](std::int64_t index, const RgbImage& picture) {
        const Stopwatch preprocessing;
        pictures.add({index, preprocess(picture, eye.video)});
        sight.preprocess_ms += preprocessing.ms();
      });
    } catch (...) {
      failure = std::current_exception();
    }
    pictures.end();
  });
  const std::stop_callback stopping(control.stop, [&] { decoding.request_stop(); });

  const ThreadsLeft left(eye.backend);
  Seen seen;
  std::size_t tower_layers = 0;
  const auto see = [&](std::span<const Pixels> batch) {
    const Stopwatch seeing;
    const Control layer_by_layer{[&](const Progress& layers) {
                                   tower_layers = layers.total;
                                   if (const auto decoded = pictures.progress())
                                     return control.report(decoded->stage, decoded->done, decoded->total);
                                   left.take_back();
                                   const std::size_t frames = seen.count() + batch.size() + pictures.waiting();
                                   control.report(Stage::Vision,
                                                  (seen.count() * layers.total + batch.size() * layers.done) / frames,
                                                  layers.total);
                                 },
                                 control.stop};
    seen.see(batch, eye.vision, layer_by_layer);
    sight.vision_ms += seeing.ms();
  };
  for (;;) {
    const std::vector<Pixels> batch = pictures.take(kMostTogether, control);
    if (batch.empty()) break;
    see(batch);
  }
  left.take_back();
  decoding.join();
  if (failure) std::rethrow_exception(failure);
  if (seen.count() == 0) {
    sight = look(out.clip, eye, control);
    return out;
  }
  // What the file did not foretell.
  for (const Frame& frame : out.clip.frames)
    if (!seen.has(frame.index)) see(std::array{Pixels{frame.index, preprocess(*frame.image, eye.video)}});

  control.report(Stage::Vision, tower_layers, tower_layers);
  const Stopwatch projecting;
  sight.tokens = eye.vision.tokens(seen.of(out.clip.frames, eye.backend), MediaKind::Video);
  sight.vision_ms += projecting.ms();
  stop_here_if_asked(control.stop);
  // Pictures were preprocessed between those that were decoded.
  out.clip.decode_ms -= sight.preprocess_ms;
  return out;
}

}  // namespace sparsight
