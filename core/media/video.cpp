#include "core/media/video.h"

#include "core/base/stopwatch.h"
#include "core/base/time_text.h"
#include "core/media/display.h"
#include "core/media/picture_file.h"
#include "core/media/video_picture.h"
#include "core/media/video_scan.h"
#include "core/media/video_seek.h"
#include "core/media/video_source.h"
#include "core/media/video_times.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <new>
#include <set>

namespace sparsight {
namespace {

using namespace ffmpeg;

constexpr std::int64_t kMaxBytes = std::int64_t{4} << 30;  // of all frames of a clip
constexpr std::size_t kMostFrames = std::size_t{1} << 24;

void check_request(const FrameRequest& request) {
  if (request.count == 0) fail(ErrorKind::Usage, "frames: expected at least 1, found 0");
  for (const auto& time : {request.start_s, request.end_s})
    if (time && std::isnan(*time)) fail(ErrorKind::Usage, "the time range: expected numbers, found NaN");
  if (request.start_s && request.end_s && *request.start_s >= *request.end_s)
    fail(ErrorKind::Usage, "the range from {} s to {} s is empty", *request.start_s, *request.end_s);
}

// The frame indices chosen from a video with these frame times and this rate; empty if the range holds none.
std::vector<std::int64_t> pick(const std::vector<double>& times, double frames_per_second,
                               const FrameRequest& request) {
  std::vector<std::int64_t> inside;
  for (std::size_t i = 0; i < times.size(); ++i)
    if ((!request.start_s || times[i] >= *request.start_s) && (!request.end_s || times[i] < *request.end_s))
      inside.push_back(static_cast<std::int64_t>(i));
  if (inside.empty()) return inside;
  const auto total = static_cast<std::int64_t>(inside.size());
  std::vector<std::int64_t> chosen =
      request.rule ? request.rule(total, frames_per_second) : choose_frames(total, request.count, request.choice);
  SPARSIGHT_CHECK(!chosen.empty() && chosen.front() >= 0 && chosen.back() < total && std::ranges::is_sorted(chosen));
  for (std::int64_t& index : chosen) index = inside[static_cast<std::size_t>(index)];
  return chosen;
}

std::vector<std::int64_t> distinct(std::vector<std::int64_t> indices) {
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

struct FullDecode {
  std::vector<double> times;
  double duration_s = 0;
  Images images;
  std::int64_t errors = 0;
  std::int64_t concealed = 0;
  bool repaired = false;  // some times repeated or went back
};

// Decodes from the start to picture `last`, or to the end, and keeps the pictures in `keep`. With Damage::Refuse it
// stops at the first sign of damage.
FullDecode decode_in_order(const std::filesystem::path& path, const std::set<std::int64_t>& keep, std::int64_t last,
                           const Scan& scan, Damage damage, const FrameRequest& request, const Control& control,
                           const OnPicture& on_picture) {
  Source source(path, control.stop);
  // With several threads, their timing decides how damaged parts are concealed; one thread always gives the same
  // result.
  Decoder decoder(source.stream(), damage, damage == Damage::Refuse ? kDecodingThreads : 1);
  RgbConverter converter(conversion_of(source, path, request.tone_map, request.square_pixels), kDecodingThreads);
  FrameTimes times(source, scan);
  FullDecode result;
  const std::size_t expected = scan.packets.size();
  const auto on_frame = [&](const AVFrame& frame) {
    const auto index = static_cast<std::int64_t>(times.seconds().size());
    times.add(frame.best_effort_timestamp);
    control.report(Stage::Frames, std::min(times.seconds().size(), expected), expected);
    if (keep.contains(index)) {
      const auto image = result.images.emplace(index, std::make_shared<RgbImage>(converter.convert(frame))).first;
      if (on_picture) on_picture(index, *image->second);
    }
    return index < last;
  };
  const auto packet = own(av_packet_alloc());
  bool go_on = true;
  const auto refused = [&] { return damage == Damage::Refuse && decoder.errors() + decoder.concealed() > 0; };
  while (go_on && !refused() && source.next(*packet)) go_on = decoder.feed(packet.get(), on_frame);
  if (go_on && !refused()) decoder.feed(nullptr, on_frame);
  result.times = times.seconds();
  result.duration_s = times.duration();
  result.repaired = times.repaired();
  result.errors = decoder.errors();
  result.concealed = decoder.concealed();
  return result;
}

// Decodes the whole video: once if the scan predicted the chosen frames, else once to count and a second time.
FullDecode decode_everything(const std::filesystem::path& path, const Scan& scan, double frames_per_second,
                             const std::vector<std::int64_t>& guess, const FrameRequest& request,
                             const Control& control, const OnPicture& on_picture) {
  constexpr auto kAll = std::numeric_limits<std::int64_t>::max();
  const std::set<std::int64_t> guessed(guess.begin(), guess.end());
  Damage damage = Damage::Refuse;
  FullDecode full = decode_in_order(path, guessed, kAll, scan, damage, request, control, on_picture);
  if (full.errors + full.concealed > 0) {
    damage = Damage::Conceal;
    full = decode_in_order(path, guessed, kAll, scan, damage, request, control, on_picture);
  }
  std::set<std::int64_t> missing;
  for (const std::int64_t index : pick(full.times, frames_per_second, request))
    if (!full.images.contains(index)) missing.insert(index);
  if (!missing.empty()) {
    FullDecode again = decode_in_order(path, missing, *missing.rbegin(), scan, damage, request, control, on_picture);
    full.images.merge(again.images);
  }
  return full;
}

void warn_of_damage(Clip& clip, const Source& source, const Scan& scan, const FullDecode& full) {
  const auto warn = [&clip](std::string_view text) { clip.warnings.emplace_back(text); };
  if (scan.damaged) warn("the file is damaged or cut short; what could be read is used");
  if (full.errors > 0)
    warn(fmt::format("{} of {} packets could not be decoded; their frames are missing", full.errors,
                     scan.packets.size()));
  if (full.repaired) warn("timestamps repeat or go back; times are interpolated there, or follow the frame rate");
  if (full.concealed > 0) warn(fmt::format("{} frames are damaged; parts of them are guessed", full.concealed));
  const std::int64_t declared = source.stream().nb_frames - scan.discarded;
  if (declared > clip.total_frames) {
    warn(fmt::format("the container declares {} frames, {} could be decoded", declared, clip.total_frames));
    return;
  }
  const double seconds = scan.joined ? 0 : source.declared_seconds();
  if (seconds > clip.duration_s + std::max(1.0, seconds * 0.05))
    warn(fmt::format("the container declares {}, the picture ends at {}", time_text(seconds, 1),
                     time_text(clip.duration_s, 1)));
}

// A complete GIF ends with a semicolon, perhaps padded; FFmpeg does not report a missing one.
bool gif_is_cut_short(const std::filesystem::path& path) {
  constexpr std::streamoff kPadding = 1024;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = in.tellg();
  std::string tail(static_cast<std::size_t>(std::clamp(size, std::streamoff{0}, kPadding)), '\0');
  in.seekg(size - static_cast<std::streamoff>(tail.size()));
  in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  const std::size_t last = tail.find_last_not_of('\0');
  return last == std::string::npos || tail[last] != ';';
}

void check_frames(const std::filesystem::path& path, const FrameRequest& request, std::size_t count) {
  if (!request.most || count <= *request.most) return;
  if (*request.most == 0)
    fail(ErrorKind::Usage, "{}: the text fills the model's context: no frame fits beside it; shorten the text",
         path.string());
  fail(ErrorKind::Usage, "{}: {} frames do not fit into the model's context beside the text: at most {} fit",
       path.string(), count, *request.most);
}

void check_count(const std::filesystem::path& path, const FrameRequest& request) {
  if (request.count > kMostFrames)
    fail(ErrorKind::Memory, "{}: {} frames are too many; choose at most {}", path.string(), request.count, kMostFrames);
}

void check_memory_for(const std::filesystem::path& path, const AVCodecParameters& codec, std::size_t distinct) {
  const double bytes = 3.0 * std::max(codec.width, 1) * std::max(codec.height, 1) * static_cast<double>(distinct);
  if (bytes > static_cast<double>(kMaxBytes))
    fail(ErrorKind::Memory,
         "{}: {} frames of {} x {} would take {:.1f} GiB, at most {} GiB are allowed; choose fewer frames",
         path.string(), distinct, codec.width, codec.height, bytes / (std::int64_t{1} << 30), kMaxBytes >> 30);
}

void refuse_range(const std::filesystem::path& path, const FrameRequest& request) {
  if (request.start_s || request.end_s)
    fail(ErrorKind::Usage, "{}: an image has no duration; leave out the time range", path.string());
}

void fill_frames(const std::vector<std::int64_t>& chosen, const std::vector<double>& times, double duration_s,
                 const Images& images, Clip& clip) {
  if (chosen.empty())
    fail(ErrorKind::Usage, "{}: the video has no frame in the range; it lasts {}", clip.path.string(),
         time_text(duration_s, 3));
  for (const std::int64_t index : chosen) {
    const auto image = images.find(index);
    if (image == images.end())
      fail(ErrorKind::Decode, "{}: frame {} is missing; did the file change while it was read?", clip.path.string(),
           index);
    clip.frames.push_back({index, times[static_cast<std::size_t>(index)], image->second});
  }
  clip.width = clip.frames[0].image->width;
  clip.height = clip.frames[0].image->height;
}

// Reads a still image or an animation that its own library decodes.
void read_pictures(PictureFile& file, const FrameRequest& request, const Control& control, Clip& clip) {
  clip.container = file.container();
  clip.total_frames = static_cast<std::int64_t>(file.times().size());
  clip.is_image = clip.total_frames == 1;
  clip.duration_s = file.duration_s();
  if (!clip.is_image) clip.frames_per_second = static_cast<double>(clip.total_frames) / std::max(clip.duration_s, 1e-3);
  if (clip.is_image)
    refuse_range(clip.path, request);
  else if (!request.rule)
    check_frames(clip.path, request, request.count);
  check_count(clip.path, request);
  const std::vector<std::int64_t> chosen =
      clip.is_image ? std::vector<std::int64_t>{0} : pick(file.times(), clip.frames_per_second, request);
  if (request.rule && !clip.is_image) check_frames(clip.path, request, chosen.size());
  const std::vector<std::int64_t> wanted = distinct(chosen);
  Images images;
  std::int64_t bytes = 0;
  for (const std::int64_t index : wanted) {
    control.report(Stage::Frames, images.size(), wanted.size());
    const auto image = std::make_shared<RgbImage>(file.picture(static_cast<std::size_t>(index)));
    bytes += static_cast<std::int64_t>(image->pixels.size());
    if (bytes > kMaxBytes)
      fail(ErrorKind::Memory, "{}: {} pictures of {} x {} would take more than {} GiB", clip.path.string(),
           wanted.size(), image->width, image->height, kMaxBytes >> 30);
    images.emplace(index, image);
  }
  clip.codec = file.codec();
  fill_frames(chosen, file.times(), file.duration_s(), images, clip);
  for (const std::string& warning : file.warnings())
    if (std::find(clip.warnings.begin(), clip.warnings.end(), warning) == clip.warnings.end())
      clip.warnings.push_back(warning);
}

void read_video(const std::filesystem::path& path, const FrameRequest& request, const Control& control, Source& source,
                const Scan& scan, const OnPicture& on_picture, Clip& clip) {
  const double rate = source.frame_rate();
  if (scan.packets.size() > 1 && !request.rule) check_frames(path, request, request.count);
  const bool may_be_image = source.may_be_image();
  FrameTimes scanned(source, scan);
  for (const std::int64_t pts : scan.shown_pts) scanned.add(pts);
  for (std::size_t i = 0; i < scan.decode_order.size(); ++i) scanned.add(AV_NOPTS_VALUE);
  if (scanned.seconds().empty() && !request.start_s && !request.end_s)
    for (std::size_t i = 0; i < scan.packets.size(); ++i) scanned.add(AV_NOPTS_VALUE);

  std::vector<std::int64_t> guess = distinct(pick(scanned.seconds(), rate, request));
  if (request.rule && scan.packets.size() > 1) {
    check_frames(path, request, guess.size());
    check_memory_for(path, *source.stream().codecpar, guess.size());
  }
  if (may_be_image && guess.empty()) guess = {0};
  FullDecode result;
  if (request.may_seek && scan.regular && !guess.empty()) {
    const SeekPlan plan(scan, guess);
    if (plan.worthwhile())
      if (auto images = plan.decode(path, kDecodingThreads, request, control, on_picture)) {
        result.images = std::move(*images);
        result.times = scanned.seconds();
        result.duration_s = scanned.duration();
        clip.by_seeking = true;
      }
  }
  if (!clip.by_seeking) result = decode_everything(path, scan, rate, guess, request, control, on_picture);
  if (result.times.empty()) {
    check_memory_behind_failure();
    fail(ErrorKind::Decode, "{}: no picture could be decoded ({} in {}, {} packets)", path.string(), clip.codec,
         clip.container, scan.packets.size());
  }

  clip.total_frames = static_cast<std::int64_t>(result.times.size());
  clip.is_image = clip.total_frames == 1 && may_be_image;
  if (clip.is_image) refuse_range(path, request);
  clip.duration_s = clip.is_image ? 0.0 : result.duration_s;
  clip.frames_per_second = clip.is_image ? 0.0 : rate;
  fill_frames(clip.is_image ? std::vector<std::int64_t>{0} : pick(result.times, rate, request), result.times,
              result.duration_s, result.images, clip);
  if (!request.square_pixels) clip.pixel_aspect = upright_aspect(source, stream_orientation(source.stream()));
  if (const auto curve = hdr_curve(source.stream().codecpar->color_trc))
    clip.warnings.push_back(hdr_warning(to_string(*curve), request.tone_map));
  if (!clip.is_image) warn_of_damage(clip, source, scan, result);
  if (clip.container == "gif" && gif_is_cut_short(path))
    clip.warnings.emplace_back("the GIF is cut short; its later frames are missing");
}

}  // namespace

std::vector<std::int64_t> choose_frames(std::int64_t total, std::size_t count, FrameChoice choice) {
  SPARSIGHT_CHECK(total >= 1 && count >= 1);
  // Same arithmetic as numpy, including rounding: a step in double, multiplied; linspace sets the last value exactly.
  const auto last = static_cast<double>(total - 1);
  const double step = choice == FrameChoice::Arange ? static_cast<double>(total) / static_cast<double>(count)
                      : count > 1                   ? last / static_cast<double>(count - 1)
                                                    : 0.0;
  std::vector<std::int64_t> indices;
  indices.reserve(count);
  for (std::size_t i = 0; i < count; ++i) indices.push_back(static_cast<std::int64_t>(static_cast<double>(i) * step));
  if (choice == FrameChoice::Linspace && count > 1) indices.back() = total - 1;
  return indices;
}

Clip read_clip(const std::filesystem::path& path, const FrameRequest& request, const Control& control,
               const OnPicture& on_picture) {
  check_request(request);
  control.report(Stage::Open, 0, 0);
  Clip clip;
  clip.path = path;
  clip.tone_map = request.tone_map;
  try {
    Stopwatch watch;
    std::optional<Source> source;
    auto kind = kind_of_picture(path);
    if (!kind) kind = kind_of_picture(path, source.emplace(path, control.stop));
    if (kind) {
      PictureFile file(path, *kind, request.tone_map);
      clip.open_ms = watch.ms();
      watch = Stopwatch();
      read_pictures(file, request, control, clip);
      clip.decode_ms = watch.ms();
      return clip;
    }
    const AVCodecParameters& codec = *source->stream().codecpar;
    clip.container = source->container();
    clip.codec = avcodec_get_name(codec.codec_id);
    if (!source->may_be_image() && !request.rule) check_frames(path, request, request.count);
    const Scan scan = scan_packets(*source);
    check_count(path, request);
    if (!request.rule)
      check_memory_for(path, codec, source->may_be_image() ? 1 : std::min(request.count, scan.packets.size()));
    clip.open_ms = watch.ms();
    watch = Stopwatch();
    read_video(path, request, control, *source, scan, source->may_be_image() ? OnPicture() : on_picture, clip);
    clip.decode_ms = watch.ms();
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::Memory, "{}: not enough memory for its frames", path.string());
  } catch (const Error& error) {
    if (std::string_view(error.what()).find(path.string()) != std::string_view::npos) throw;
    fail(error.kind(), "{}: {}", path.string(), error.what());
  }
  return clip;
}

}  // namespace sparsight
