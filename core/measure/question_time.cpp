#include "core/measure/question_time.h"

#include "core/base/os/os.h"
#include "core/base/progress.h"
#include "core/base/stopwatch.h"
#include "core/measure/bench.h"
#include "core/model/families/family.h"
#include "core/pruning/trace.h"

#include <algorithm>
#include <cstring>

namespace sparsight {
namespace {

constexpr double kSecondsEach = 0.06;
constexpr std::size_t kWords = 64;  // tokens of the chat's frame and of a question
constexpr double kCallsALayer = 9;  // of the backend

const MachineSpeed::Products& speed_for(const MachineSpeed& speed, WeightFormat format) {
  if (format == WeightFormat::Int4) return speed.int4;
  return format == WeightFormat::Int8 ? speed.int8 : speed.floats;
}

double bytes_of(WeightFormat format) {
  switch (format) {
    case WeightFormat::F32: return 4;
    case WeightFormat::F16: return 2;
    case WeightFormat::Int8: return 1;
    case WeightFormat::Int4: return 0.5 + 1.0 / kQuantisedBlock;
  }
  return 0;
}

class SpeedTest {
 public:
  SpeedTest(Backend& backend, std::stop_token stop)
      : backend_(backend), stop_(std::move(stop)), stored_(Shape{stored_bytes(backend)}, DType::U8) {
    constexpr std::size_t kPiece = 16 << 20;
    auto* at = static_cast<std::byte*>(stored_.data());
    for (std::size_t done = 0; done < stored_.rows(); done += kPiece) {
      stop_here_if_asked(stop_);
      std::memset(at + done, 0x3C, std::min(kPiece, stored_.rows() - done));  // small numbers in every format
    }
  }

  // Of the MLP of a narrow tower's layer.
  double products(WeightFormat format) {
    constexpr std::size_t kRows = 256, kWidth = 512, kInner = 4 * kWidth;
    const Tensor x = rows(kRows, kWidth), ones = rows(1, kWidth);
    const Weight up = weight(format, kInner, kWidth), down = weight(format, kWidth, kInner);
    Tensor normed = backend_.make(x.shape()), inner = backend_.make(Shape{kRows, kInner}), out = rows(kRows, kWidth);
    return rate(4.0 * kRows * kWidth * kInner, [&] {
      backend_.layer_norm(x, ones.view().slice_rows(0, 1), ones, 1e-5f, normed);
      backend_.linear({.x = normed, .weight = up, .bias = {}, .activation = Activation::Gelu}, inner);
      backend_.linear({.x = inner, .weight = down, .bias = {}}, out);
      backend_.finish();
    });
  }
  double bytes(WeightFormat format) {
    constexpr std::size_t kInputs = 1024;
    const double a_row = bytes_of(format) * kInputs;
    const std::size_t outputs = static_cast<std::size_t>(static_cast<double>(stored_.rows()) / a_row) / 32 * 32;
    const Tensor x = rows(1, kInputs);
    const Weight matrix = weight(format, outputs, kInputs);
    Tensor out = backend_.make(Shape{1, outputs});
    return rate(a_row * static_cast<double>(outputs), [&] {
      backend_.linear({.x = x, .weight = matrix, .bias = {}}, out);
      backend_.finish();
    });
  }
  enum class Attend { Causal, Whole, Rounded };
  double attention(Attend how) {
    constexpr std::size_t kRows = 512, kHeads = 8, kHeadDim = 64, kWidth = kHeads * kHeadDim;
    const Tensor q = rows(kRows, kWidth), k = rows(kRows, kWidth), v = rows(kRows, kWidth);
    Tensor out = backend_.make(q.shape());
    const bool causal = how == Attend::Causal;
    const double pairs = causal ? kRows * (kRows + 1) / 2.0 : 1.0 * kRows * kRows;
    return rate(4 * pairs * kWidth, [&] {
      backend_.attention({.q = q,
                          .k = k,
                          .v = v,
                          .heads = kHeads,
                          .kv_heads = kHeads,
                          .scale = 0.125f,
                          .causal = causal,
                          .rounded = how == Attend::Rounded},
                         out);
      backend_.finish();
    });
  }
  double calls() {
    constexpr std::size_t kWidth = 64, kCalls = 100;
    const Tensor x = rows(1, kWidth);
    const Weight matrix = weight(WeightFormat::F16, kWidth, kWidth);
    Tensor out = backend_.make(x.shape());
    return rate(kCalls, [&] {
      for (std::size_t i = 0; i < kCalls; ++i) backend_.linear({.x = x, .weight = matrix, .bias = {}}, out);
      backend_.finish();
    });
  }

 private:
  // Far more than most caches hold, and a part of what is free.
  static std::size_t stored_bytes(Backend& backend) {
    constexpr std::size_t kLeast = 16 << 20, kMost = 256 << 20;
    const std::size_t free = backend.free_memory().value_or(os::available_memory());
    return free == 0 ? kMost : std::clamp(free / 4, kLeast, kMost);
  }

  Tensor rows(std::size_t count, std::size_t width) {
    HostTensor values(Shape{count, width});
    for (std::size_t i = 0; i < count * width; ++i) values.f32()[i] = static_cast<float>(i % 127) / 64.0f - 1.0f;
    return backend_.upload(values);
  }

  Weight weight(WeightFormat format, std::size_t outputs, std::size_t inputs) {
    if (format == WeightFormat::F16)
      return backend_.borrow(HostWeight(HostView(stored_.data(), DType::BF16, Shape{outputs, inputs})));
    const bool int4 = format == WeightFormat::Int4;
    const QuantisedShapes shapes = quantised_shapes(int4 ? Quantisation::Int4 : Quantisation::Int8, outputs, inputs);
    const auto view = [&](DType type, const Shape& shape) { return HostView(stored_.data(), type, shape); };
    return backend_.borrow(HostWeight(view(DType::U8, shapes.values), view(DType::F32, shapes.scales),
                                      int4 ? view(DType::I8, shapes.block_scales) : HostView(), outputs, inputs));
  }

  // Of `work` done by each call of `run`, a second: in the best of some calls, so that other programs count little. The
  // first one grows scratch memory.
  template <typename Run>
  double rate(double work, const Run& run) {
    double least_s = 0;
    run();
    std::size_t runs = 0;
    for (const Stopwatch all; runs < 3 || all.seconds() < kSecondsEach;) {
      stop_here_if_asked(stop_);
      const Stopwatch one;
      run();
      const double s = std::max(one.seconds(), 1e-9);
      least_s = runs++ == 0 ? s : std::min(least_s, s);
      if (all.seconds() > 2 * kSecondsEach) break;  // a slow machine
    }
    return work / least_s;
  }

  Backend& backend_;
  std::stop_token stop_;
  HostTensor stored_;  // weights of any format
};

}  // namespace

WeightFormat format_of(const ModelInfo& info) {
  if (info.quantisation) return *info.quantisation == Quantisation::Int4 ? WeightFormat::Int4 : WeightFormat::Int8;
  return info.weight_bytes >= 3 * info.parameters ? WeightFormat::F32 : WeightFormat::F16;
}

MachineSpeed measure_speed(const MakeBackend& make, const std::stop_token& stop) {
  stop_here_if_asked(stop);
  const std::unique_ptr<Backend> backend = make();
  SpeedTest test(*backend, stop);
  const auto both = [&](WeightFormat format) {
    return MachineSpeed::Products{.operations = test.products(format), .bytes = test.bytes(format)};
  };
  return {.floats = both(WeightFormat::F16),
          .int8 = both(WeightFormat::Int8),
          .int4 = both(WeightFormat::Int4),
          .tower_attention = test.attention(SpeedTest::Attend::Whole),
          .rounded_attention = test.attention(SpeedTest::Attend::Rounded),
          .attention = test.attention(SpeedTest::Attend::Causal),
          .calls = test.calls()};
}

QuestionTime estimate_question(const ModelConfig& given, WeightFormat format, const MachineSpeed& speed,
                               std::size_t frames) {
  const ModelConfig config = with_usual_frames(given);
  const bool videos = !config.family->chat.video.empty(), sees = config.family->sees();
  QuestionTime out{.media = !sees    ? MediaKind::None
                            : videos ? MediaKind::Video
                                     : MediaKind::Image,
                   .frames = !sees    ? 0
                             : videos ? frames
                                      : 1};

  // What everything passes through stays int8 beside int4 (core/model/quantise.h).
  const WeightFormat safe = format == WeightFormat::Int4 ? WeightFormat::Int8 : format;
  const VisionFlops vision = sees ? vision_flops(config, out.frames) : VisionFlops{};
  out.encode_s = vision.products / speed_for(speed, safe).operations +
                 vision.attention / (safe == WeightFormat::Int8 ? speed.rounded_attention : speed.tower_attention);

  const TextConfig& text = config.text;
  const std::size_t tokens = (sees ? config.layout(out.media, out.frames).tokens() : 0) + kWords;
  const auto flops = [&](std::size_t rows, std::size_t leaving) {
    return layer_flops(rows, leaving, text.hidden, text.intermediate, text.heads * text.head_dim,
                       text.kv_heads * text.head_dim);
  };
  const auto layers = static_cast<double>(text.layers);
  const LayerFlops layer = flops(tokens, tokens), last = flops(tokens, 1);
  const double attention = (layers - 1) * layer.attention + last.attention;
  const double products = (layers - 1) * layer.exact + last.exact - attention;
  const double head = static_cast<double>(text.hidden * text.vocab);  // weights
  const double head_s = head * bytes_of(safe) / speed_for(speed, safe).bytes;
  const double calls_s = layers * kCallsALayer / speed.calls;
  out.prefill_s = products / speed_for(speed, format).operations + attention / speed.attention + head_s + calls_s;

  const LayerFlops one = flops(1, 1);
  const double weights = layers * (one.exact - one.attention) / 2;
  const double cached_bytes = layers * static_cast<double>(tokens * 2 * text.kv_heads * text.head_dim) *
                              bytes_of(format < WeightFormat::Int8 ? WeightFormat::F32 : WeightFormat::F16);
  out.token_s = weights * bytes_of(format) / speed_for(speed, format).bytes + cached_bytes / speed.floats.bytes +
                head_s + calls_s;
  return out;
}

}  // namespace sparsight
