#include "core/media/video_frames.h"

#include "core/base/machine.h"
#include "core/media/picture_file.h"
#include "core/media/video_picture.h"
#include "core/media/video_scan.h"
#include "core/media/video_source.h"
#include "core/media/video_times.h"
#include "kernels/backend.h"

#include <algorithm>
#include <cstdint>

namespace sparsight {

double for_each_frame(const std::filesystem::path& path, ToneMap tone_map,
                      const std::function<bool(const Frame&)>& on_frame, const std::stop_token& stop) {
  using namespace ffmpeg;
  const auto pictures = open_pictures(path, tone_map, stop);
  if (pictures) {
    for (std::size_t i = 0; i < pictures->times().size(); ++i) {
      stop_here_if_asked(stop);
      const auto image = std::make_shared<RgbImage>(pictures->picture(i));
      if (!on_frame({static_cast<std::int64_t>(i), pictures->times()[i], image})) break;
    }
    return pictures->duration_s();
  }
  Source counted(path, stop);
  const Scan scan = scan_packets(counted);
  Source source(path, stop);
  // One thread, so that damaged parts are always concealed in the same way.
  Decoder decoder(source.stream(), Damage::Conceal, 1);
  RgbConverter converter(conversion_of(source, path, tone_map, false), static_cast<int>(usable_cores()));
  FrameTimes times(source, scan);
  const auto show = [&](const AVFrame& frame) {
    stop_here_if_asked(stop);
    const auto index = static_cast<std::int64_t>(times.seconds().size());
    times.add(frame.best_effort_timestamp);
    return on_frame({index, times.seconds().back(), std::make_shared<RgbImage>(converter.convert(frame))});
  };
  const auto packet = own(av_packet_alloc());
  bool go_on = true;
  while (go_on && source.next(*packet)) go_on = decoder.feed(packet.get(), show);
  if (go_on) decoder.feed(nullptr, show);
  if (times.seconds().empty()) {
    check_memory_behind_failure();
    fail(ErrorKind::Decode, "{}: no picture could be decoded", path.string());
  }
  return times.duration();
}

std::vector<double> frame_times(const std::filesystem::path& path, const std::stop_token& stop) {
  using namespace ffmpeg;
  if (const auto pictures = open_pictures(path, ToneMap::Off, stop))
    return pictures->times().size() > 1 ? pictures->times() : std::vector<double>();
  Source source(path, stop);
  const Scan scan = scan_packets(source);
  if (scan.damaged) return {};
  FrameTimes times(source, scan);
  for (const std::int64_t stamp : scan.decode_order.empty() ? scan.stamps : scan.decode_order) times.add(stamp);
  const auto shown = std::ranges::count_if(scan.packets, [](const PacketRecord& packet) { return packet.shown; });
  if (times.seconds().size() != static_cast<std::size_t>(shown) || shown < 2) return {};  // some have no stamp
  return times.seconds();
}

}  // namespace sparsight
