#include "core/video_frames.h"

#include "core/video_picture.h"
#include "core/video_source.h"
#include "core/video_times.h"

namespace sparsight {

double for_each_frame(const std::filesystem::path& path, const std::function<bool(const Frame&)>& on_frame,
                      const std::stop_token& stop) {
  using namespace ffmpeg;
  Source source(path, stop);
  // One thread: what stands in for damaged parts is then always the same.
  Decoder decoder(source.stream(), Damage::Conceal, 1);
  Painter painter;
  const Orientation orientation = stream_orientation(source.stream());
  FrameTimes times(source);
  std::int64_t last_duration = 0;
  const auto show = [&](const AVFrame& frame) {
    stop_here_if_asked(stop);
    const auto index = static_cast<std::int64_t>(times.seconds().size());
    times.add(frame.best_effort_timestamp);
    last_duration = frame.pkt_duration;
    return on_frame({index, times.seconds().back(), turn_upright(painter.paint(frame), orientation)});
  };
  const auto packet = own(av_packet_alloc());
  bool go_on = true;
  while (go_on && source.next(*packet)) go_on = decoder.feed(packet.get(), show);
  if (go_on) decoder.feed(nullptr, show);
  if (times.seconds().empty()) fail(ErrorKind::Decode, "{}: no picture could be decoded", path.string());
  return times.duration(last_duration);
}

}  // namespace sparsight
