#include "core/encode_clip.h"

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
  ViewPixels views;

  [[nodiscard]] Shape shape() const { return views.values.shape(); }
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
               (out.empty() || s.waiting.front().shape() == out.front().shape())) {
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

// [all views, 3, height, width]. Error{Decode} if the frames' pixels differ in shape.
HostTensor stack(std::span<const Pixels> frames) {
  const Shape one = frames.front().shape();
  HostTensor out(Shape{frames.size() * one[0], one[1], one[2], one[3]});
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!(frames[i].shape() == one))
      fail(ErrorKind::Decode, "frame {}: expected pixels {}, the first frame's, found {}", frames[i].index, one.str(),
           frames[i].shape().str());
    std::copy_n(frames[i].views.values.f32(), one.elements(), out.f32() + i * one.elements());
  }
  return out;
}

Medium medium_of(const Clip& clip, const Shape& view, std::size_t tile_rows = 0, std::size_t tile_columns = 0) {
  const RgbImage& first = *clip.frames.front().image;
  Medium out{.kind = clip.is_image ? MediaKind::Image : MediaKind::Video,
             .frames = clip.frames.size(),
             .width = static_cast<std::size_t>(first.width),
             .height = static_cast<std::size_t>(first.height),
             .view_width = view[3],
             .view_height = view[2],
             .tile_rows = tile_rows,
             .tile_columns = tile_columns,
             .total_frames = clip.total_frames,
             .duration_s = clip.duration_s,
             .frames_per_second = clip.frames_per_second};
  for (const Frame& frame : clip.frames) {
    out.times.push_back(frame.time_s);
    out.indices.push_back(frame.index);
  }
  return out;
}

// Before the tower works for minutes: FrameRequest::most cannot limit frames whose size is not known.
void check_length(const Clip& clip, const Medium& medium, const ModelConfig& config) {
  const std::size_t tokens = config.layout(medium).tokens(), most = config.text.max_positions;
  if (!config.tower(medium.kind).any_size() || tokens < most) return;
  if (clip.is_image)
    fail(ErrorKind::Usage, "{}: {} x {} pixels become {} visual tokens, the model takes {}: make the picture smaller",
         clip.path.string(), medium.width, medium.height, tokens, most);
  fail(ErrorKind::Usage, "{}: {} frames of {} x {} become {} visual tokens, the model takes {}: choose fewer frames",
       clip.path.string(), medium.frames, medium.width, medium.height, tokens, most);
}

void check_taken(const std::filesystem::path& file, MediaKind kind, const ModelConfig& config) {
  if (config.takes(kind)) return;
  if (kind == MediaKind::Image)
    fail(ErrorKind::Usage, "{}: the model takes no pictures, only videos; choose another model for it", file.string());
  fail(ErrorKind::Usage, "{}: the model takes no videos, only pictures; choose another model for it", file.string());
}

// As look_at(), with the file in messages.
ViewPixels look_at_file(const std::filesystem::path& file, const RgbImage& picture, const PreprocessConfig& how,
                        const ModelConfig& config, MediaKind kind) {
  check_taken(file, kind, config);
  try {
    return look_at(picture, how, config, kind);
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", file.string(), error.what());
  }
}

// The tower's outputs for frames, by their index in the video.
class TowerOutputs {
 public:
  void add(std::span<const Pixels> frames, const VisionEncoder& vision, const Control& control) {
    const TowerStates& batch = batches_.emplace_back(vision.run_tower(stack(frames), MediaKind::Video, control));
    for (std::size_t i = 0; i < frames.size(); ++i) places_[frames[i].index] = {&batch, i, frames[i].views.window};
    view_ = frames.front().shape();
    rows_ = batch.features.rows() / frames.size();
  }
  [[nodiscard]] std::size_t count() const { return places_.size(); }
  [[nodiscard]] bool has(std::int64_t index) const { return places_.contains(index); }
  [[nodiscard]] const GridWindow& window(std::int64_t index) const { return places_.at(index).window; }
  [[nodiscard]] const Shape& view() const { return view_; }  // of one frame's pixels

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
    GridWindow window;
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
  Shape view_;
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
  const MediaKind kind = clip.is_image ? MediaKind::Image : MediaKind::Video;
  PreprocessConfig how = clip.is_image ? encoder.image : encoder.video;
  how.frames = clip.frames.size();
  const Stopwatch preprocessing;
  std::vector<Pixels> frames;
  for (const Frame& frame : clip.frames) {
    control.report(Stage::Preprocess, frames.size(), clip.frames.size());
    frames.push_back({frame.index, look_at_file(clip.path, *frame.image, how, encoder.config, kind)});
    out.windows.push_back(frames.back().views.window);
  }
  const HostTensor pixels = stack(frames);
  const ViewPixels& first = frames.front().views;
  const Medium medium = medium_of(clip, first.values.shape(), first.tile_rows, first.tile_columns);
  check_length(clip, medium, encoder.config);
  frames.clear();
  control.report(Stage::Preprocess, clip.frames.size(), clip.frames.size());
  out.preprocess_ms = preprocessing.ms();
  const Stopwatch timer;
  out.tokens = encoder.vision.encode(pixels, medium, control);
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
      const auto look = [&](std::int64_t index, const RgbImage& picture) {
        const Stopwatch preprocessing;
        pixels.add({index, look_at_file(path, picture, encoder.video, encoder.config, MediaKind::Video)});
        encoded.preprocess_ms += preprocessing.ms();
      };
      out.clip = read_clip(path, request, reading, encoder.vision.frame_by_frame() ? OnPicture(look) : OnPicture());
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
          if (layers.stage == Stage::Read) return control.report(layers.stage, layers.done, layers.total);
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
    if (!outputs.has(frame.index)) {
      std::vector<Pixels> one;
      one.push_back({frame.index, look_at_file(path, *frame.image, encoder.video, encoder.config, MediaKind::Video)});
      run_tower(one);
    }

  control.report(Stage::Vision, tower_layers, tower_layers);
  const Stopwatch projecting;
  encoded.tokens =
      encoder.vision.tokens(outputs.of(out.clip.frames, encoder.backend), medium_of(out.clip, outputs.view()));
  for (const Frame& frame : out.clip.frames) encoded.windows.push_back(outputs.window(frame.index));
  encoded.vision_ms += projecting.ms();
  stop_here_if_asked(control.stop);
  // The decoding thread also preprocessed: that time is counted separately.
  out.clip.decode_ms -= encoded.preprocess_ms;
  return out;
}

}  // namespace sparsight
