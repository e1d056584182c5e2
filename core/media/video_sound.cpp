#include "core/media/video_sound.h"

#include "core/media/video_reel.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <fmt/format.h>

#include <algorithm>

namespace sparsight::ffmpeg {
namespace {

constexpr int kRate = ReelSound::kRate, kChannels = ReelSound::kChannels;

}  // namespace

void Resampler::FreeContext::operator()(SwrContext* p) const { swr_free(&p); }

bool Resampler::convert(const AVFrame& frame, std::vector<std::int16_t>& to) {
  const Key key{frame.format, frame.sample_rate, frame.ch_layout.nb_channels};
  if (!context_ || key != key_) {
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO, heard{};
    // A decoder may know how many channels there are and not where.
    if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
      av_channel_layout_default(&heard, frame.ch_layout.nb_channels);
    else
      check_memory(av_channel_layout_copy(&heard, &frame.ch_layout));
    SwrContext* context = nullptr;
    swr_alloc_set_opts2(&context, &stereo, AV_SAMPLE_FMT_S16, kRate, &heard, static_cast<AVSampleFormat>(frame.format),
                        frame.sample_rate, 0, nullptr);
    av_channel_layout_uninit(&heard);
    context_.reset(context);
    key_ = key;
    if (context == nullptr || swr_init(context) < 0) {
      context_.reset();
      return false;
    }
  }
  to.resize(static_cast<std::size_t>(std::max(swr_get_out_samples(context_.get(), frame.nb_samples), 0)) * kChannels);
  auto* out = reinterpret_cast<std::uint8_t*>(to.data());
  const int got = swr_convert(context_.get(), &out, static_cast<int>(to.size()) / kChannels,
                              const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
  to.resize(static_cast<std::size_t>(std::max(got, 0)) * kChannels);
  return true;
}

void Tempo::FreeGraph::operator()(AVFilterGraph* p) const { avfilter_graph_free(&p); }

void Tempo::start() {
  silence_log();
  const auto made = [](int result) {
    check_memory(result);
    if (result < 0) fail(ErrorKind::Decode, "the speed of the sound cannot be changed: {}", describe(result));
  };
  graph_.reset(avfilter_graph_alloc());
  if (!graph_) fail(ErrorKind::Memory, "not enough memory for the sound");
  graph_->nb_threads = 1;
  const auto add = [&](const char* filter, const std::string& arguments) {
    AVFilterContext* context = nullptr;
    made(avfilter_graph_create_filter(&context, avfilter_get_by_name(filter), nullptr, arguments.c_str(), nullptr,
                                      graph_.get()));
    return context;
  };
  in_ = add("abuffer", fmt::format("sample_rate={0}:sample_fmt=s16:channel_layout=stereo:time_base=1/{0}", kRate));
  AVFilterContext* last = in_;
  const auto append = [&](AVFilterContext* next) {
    made(avfilter_link(last, 0, next, 0));
    last = next;
  };
  double left = tempo_;
  for (; left < 0.5; left *= 2) append(add("atempo", "0.5"));  // the least of one filter
  append(add("atempo", fmt::format("{:.6f}", left)));
  out_ = add("abuffersink", "");
  append(out_);
  made(avfilter_graph_config(graph_.get(), nullptr));
  frame_ = own(av_frame_alloc());
}

void Tempo::feed(std::span<const std::int16_t> samples, const OnSamples& on_samples) {
  if (samples.empty()) return;
  if (tempo_ == 1) return on_samples(samples);
  if (!graph_) start();
  const auto frame = own(av_frame_alloc());
  frame->format = AV_SAMPLE_FMT_S16;
  frame->sample_rate = kRate;
  frame->ch_layout = AV_CHANNEL_LAYOUT_STEREO;
  frame->nb_samples = static_cast<int>(samples.size()) / kChannels;
  frame->pts = fed_;
  fed_ += frame->nb_samples;
  if (av_frame_get_buffer(frame.get(), 0) < 0) fail(ErrorKind::Memory, "not enough memory for the sound");
  std::ranges::copy(samples, reinterpret_cast<std::int16_t*>(frame->data[0]));
  check_memory(av_buffersrc_add_frame(in_, frame.get()));
  drain(on_samples);
}

void Tempo::finish(const OnSamples& on_samples) {
  if (!graph_) return;
  check_memory(av_buffersrc_add_frame(in_, nullptr));
  drain(on_samples);
}

void Tempo::drain(const OnSamples& on_samples) {
  while (av_buffersink_get_frame(out_, frame_.get()) >= 0) {
    on_samples({reinterpret_cast<const std::int16_t*>(frame_->data[0]),
                static_cast<std::size_t>(frame_->nb_samples) * kChannels});
    av_frame_unref(frame_.get());
  }
}

}  // namespace sparsight::ffmpeg
