#include "core/video.h"

#include "core/image_file.h"
#include "core/stopwatch.h"
#include "core/video_picture.h"
#include "core/video_scan.h"
#include "core/video_seek.h"
#include "core/video_source.h"
#include "core/video_times.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <new>
#include <set>

namespace sparsight {
namespace {

using namespace ffmpeg;

constexpr std::int64_t kMaxBytes = std::int64_t{4} << 30;         // of all frames that are handed out
constexpr std::int64_t kMaxImageBytes = std::int64_t{512} << 20;  // of a file that is read at once

void check_request(const FrameRequest& request) {
  if (request.count == 0) fail(ErrorKind::Usage, "expected at least one frame, 0 were asked for");
  for (const auto& time : {request.start_s, request.end_s})
    if (time && std::isnan(*time)) fail(ErrorKind::Usage, "the time range is not a number");
  if (request.start_s && request.end_s && *request.start_s >= *request.end_s)
    fail(ErrorKind::Usage, "the range from {} s to {} s is empty", *request.start_s, *request.end_s);
}

// The chosen indices of a video whose frames have these times; empty if the range holds none.
std::vector<std::int64_t> pick(const std::vector<double>& times, const FrameRequest& request) {
  std::vector<std::int64_t> inside;
  for (std::size_t i = 0; i < times.size(); ++i)
    if ((!request.start_s || times[i] >= *request.start_s) && (!request.end_s || times[i] < *request.end_s))
      inside.push_back(static_cast<std::int64_t>(i));
  if (inside.empty()) return inside;
  std::vector<std::int64_t> chosen =
      choose_frames(static_cast<std::int64_t>(inside.size()), request.count, request.choice);
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
};

// Decodes from the start to picture `last`, or to the end, and keeps the pictures of `keep`. With Damage::Refuse it
// ends at the first sign of damage.
FullDecode decode_in_order(const std::filesystem::path& path, const std::set<std::int64_t>& keep, std::int64_t last,
                           const Scan& scan, Damage damage, const Control& control, const OnPicture& on_picture) {
  Source source(path, control.stop);
  // What stands in for damaged parts depends on how far the other threads have come; with one it is always the same.
  Decoder decoder(source.stream(), damage, damage == Damage::Refuse ? kDecodingThreads : 1);
  Painter painter;
  Orientation orientation = stream_orientation(source.stream());
  FrameTimes times(source);
  FullDecode result;
  const std::size_t expected = scan.packets.size();
  const auto on_frame = [&](const AVFrame& frame) {
    const auto index = static_cast<std::int64_t>(times.seconds().size());
    times.add(frame.best_effort_timestamp);
    control.report(Stage::Frames, std::min(times.seconds().size(), expected), expected);
    if (keep.contains(index)) {
      const AVDictionaryEntry* exif = av_dict_get(frame.metadata, "Orientation", nullptr, 0);
      if (exif != nullptr) orientation = exif_orientation(std::atoi(exif->value));
      const auto image = result.images.emplace(index, turn_upright(painter.paint(frame), orientation)).first;
      if (on_picture) on_picture(index, image->second);
    }
    return index < last;
  };
  const auto packet = own(av_packet_alloc());
  bool go_on = true;
  const auto refused = [&] { return damage == Damage::Refuse && decoder.errors() + decoder.concealed() > 0; };
  while (go_on && !refused() && source.next(*packet)) go_on = decoder.feed(packet.get(), on_frame);
  if (go_on && !refused()) decoder.feed(nullptr, on_frame);
  result.times = times.seconds();
  result.duration_s = times.duration(scan.last_duration);
  result.errors = decoder.errors();
  result.concealed = decoder.concealed();
  return result;
}

// The whole video, decoded once if the scan guessed the chosen frames right, else once to count and once more.
FullDecode decode_everything(const std::filesystem::path& path, const Scan& scan,
                             const std::vector<std::int64_t>& guess, const FrameRequest& request,
                             const Control& control, const OnPicture& on_picture) {
  constexpr auto kAll = std::numeric_limits<std::int64_t>::max();
  const std::set<std::int64_t> guessed(guess.begin(), guess.end());
  Damage damage = Damage::Refuse;
  FullDecode full = decode_in_order(path, guessed, kAll, scan, damage, control, on_picture);
  if (full.errors + full.concealed > 0) {
    damage = Damage::Conceal;
    full = decode_in_order(path, guessed, kAll, scan, damage, control, on_picture);
  }
  std::set<std::int64_t> missing;
  for (const std::int64_t index : pick(full.times, request))
    if (!full.images.contains(index)) missing.insert(index);
  if (!missing.empty()) {
    FullDecode again = decode_in_order(path, missing, *missing.rbegin(), scan, damage, control, on_picture);
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
  if (full.concealed > 0) warn(fmt::format("{} frames are damaged; parts of them are guessed", full.concealed));
  const std::int64_t declared = source.stream().nb_frames - scan.discarded;
  if (declared > clip.total_frames) {
    warn(fmt::format("the container declares {} frames, {} could be decoded", declared, clip.total_frames));
    return;
  }
  double seconds = 0;
  if (source.stream().duration > 0)
    seconds = static_cast<double>(source.stream().duration) * av_q2d(source.stream().time_base);
  else if (source.format().duration > 0 && source.format().duration_estimation_method != AVFMT_DURATION_FROM_BITRATE)
    seconds = static_cast<double>(source.format().duration) / AV_TIME_BASE;
  if (seconds > clip.duration_s + std::max(1.0, seconds * 0.05))
    warn(fmt::format("the container declares {:.1f} s, the picture ends at {:.1f} s", seconds, clip.duration_s));
}

// A GIF ends with a semicolon, perhaps padded; FFmpeg takes any end for the end.
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

bool is_jpeg(const Source& source, const std::filesystem::path& path) {
  if (source.stream().codecpar->codec_id != AV_CODEC_ID_MJPEG) return false;
  if (source.container() == "jpeg_pipe") return true;
  // A photograph with a preview or a gain map behind it is several JPEGs in a row.
  std::string extension = path.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return source.container() == "mjpeg" && (extension == ".jpg" || extension == ".jpeg");
}

bool is_webp(const Source& source) {
  return source.stream().codecpar->codec_id == AV_CODEC_ID_WEBP && source.container() == "webp_pipe";
}

void read_still(const std::filesystem::path& path, decltype(decode_jpeg)& decode, Clip& clip) {
  std::ifstream in(path, std::ios::binary);
  const std::int64_t size = static_cast<std::int64_t>(std::filesystem::file_size(path));
  if (size > kMaxImageBytes) fail(ErrorKind::Decode, "{}: a picture of {} bytes is too large", path.string(), size);
  std::vector<std::uint8_t> data(static_cast<std::size_t>(size));
  in.read(reinterpret_cast<char*>(data.data()), size);
  if (in.gcount() != size) fail(ErrorKind::File, "{}: could not be read to its end", path.string());
  try {
    clip.frames.push_back({0, 0.0, decode(data, clip.warnings)});
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", path.string(), error.what());
  }
  clip.is_image = true;
  clip.total_frames = 1;
  clip.width = clip.frames[0].image.width;
  clip.height = clip.frames[0].image.height;
}

bool may_be_image(const std::string& container) {
  return container.ends_with("_pipe") || container == "gif" || container == "apng";
}

void check_memory_for(const std::filesystem::path& path, const AVCodecParameters& codec, std::size_t count) {
  const double bytes = 3.0 * std::max(codec.width, 1) * std::max(codec.height, 1) * static_cast<double>(count);
  if (bytes > static_cast<double>(kMaxBytes))
    fail(ErrorKind::Memory, "{}: {} frames of {} x {} would take {:.1f} GiB, at most {} are given", path.string(),
         count, codec.width, codec.height, bytes / (std::int64_t{1} << 30), kMaxBytes >> 30);
}

void check_frames(const std::filesystem::path& path, const FrameRequest& request) {
  if (!request.most || request.count <= *request.most) return;
  if (*request.most == 0)
    fail(ErrorKind::Usage, "{}: the text leaves no room for a frame of video in the model's positions; shorten it",
         path.string());
  fail(ErrorKind::Usage, "{}: {} frames are more than the model has positions for beside the text: at most {} fit",
       path.string(), request.count, *request.most);
}

void read_video(const std::filesystem::path& path, const FrameRequest& request, const Control& control, Source& source,
                const Scan& scan, const OnPicture& on_picture, Clip& clip) {
  if (scan.packets.size() > 1) check_frames(path, request);
  FrameTimes scanned(source);
  for (const std::int64_t pts : scan.shown_pts) scanned.add(pts);
  if (scan.shown_pts.empty() && !request.start_s && !request.end_s)
    for (std::size_t i = 0; i < scan.packets.size(); ++i) scanned.add(AV_NOPTS_VALUE);

  const std::vector<std::int64_t> guess = distinct(pick(scanned.seconds(), request));
  FullDecode result;
  if (request.may_seek && scan.regular && !guess.empty()) {
    const SeekPlan plan(scan, guess);
    if (plan.worthwhile())
      if (auto images = plan.decode(path, kDecodingThreads, control, on_picture)) {
        result.images = std::move(*images);
        result.times = scanned.seconds();
        result.duration_s = scanned.duration(scan.last_duration);
        clip.by_seeking = true;
      }
  }
  if (!clip.by_seeking) result = decode_everything(path, scan, guess, request, control, on_picture);
  if (result.times.empty())
    fail(ErrorKind::Decode, "{}: no picture could be decoded ({} in {}, {} packets)", path.string(), clip.codec,
         clip.container, scan.packets.size());

  clip.total_frames = static_cast<std::int64_t>(result.times.size());
  clip.is_image = clip.total_frames == 1 && may_be_image(clip.container);
  clip.duration_s = clip.is_image ? 0.0 : result.duration_s;
  std::vector<std::int64_t> chosen = clip.is_image ? std::vector<std::int64_t>{0} : pick(result.times, request);
  if (chosen.empty())
    fail(ErrorKind::Usage, "{}: the video has no frame in the range; it lasts {:.3f} s", path.string(),
         result.duration_s);
  for (const std::int64_t index : chosen) {
    const auto image = result.images.find(index);
    if (image == result.images.end())
      fail(ErrorKind::Decode, "{}: frame {} was lost; did the file change while it was read?", path.string(), index);
    clip.frames.push_back({index, result.times[static_cast<std::size_t>(index)], image->second});
  }
  if (clip.is_image && clip.container == "png_pipe") {
    RgbImage& image = clip.frames[0].image;
    image = turn_upright(std::move(image), exif_orientation(read_png_orientation(path)));
  }
  clip.width = clip.frames[0].image.width;
  clip.height = clip.frames[0].image.height;
  if (!clip.is_image) warn_of_damage(clip, source, scan, result);
  if (clip.container == "gif" && gif_is_cut_short(path))
    clip.warnings.emplace_back("the GIF is cut short; its later frames are missing");
}

}  // namespace

std::vector<std::int64_t> choose_frames(std::int64_t total, std::size_t count, FrameChoice choice) {
  SPARSIGHT_CHECK(total >= 1 && count >= 1);
  // numpy's arithmetic, rounding included: a step in double, multiplied; linspace sets its last value itself.
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
  try {
    Stopwatch watch;
    Source source(path, control.stop);
    const AVCodecParameters& codec = *source.stream().codecpar;
    clip.container = source.container();
    clip.codec = avcodec_get_name(codec.codec_id);
    const bool jpeg = is_jpeg(source, path);
    if (jpeg || is_webp(source)) {
      clip.open_ms = watch.ms();
      watch = Stopwatch();
      read_still(path, jpeg ? decode_jpeg : decode_webp, clip);
      clip.decode_ms = watch.ms();
      return clip;
    }
    if (!may_be_image(clip.container)) check_frames(path, request);
    check_memory_for(path, codec, may_be_image(clip.container) ? 1 : request.count);
    const Scan scan = scan_packets(source);
    clip.open_ms = watch.ms();
    watch = Stopwatch();
    read_video(path, request, control, source, scan, may_be_image(clip.container) ? OnPicture() : on_picture, clip);
    clip.decode_ms = watch.ms();
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::Memory, "{}: no memory left for its frames", path.string());
  } catch (const Error& error) {
    if (std::string_view(error.what()).find(path.string()) != std::string_view::npos) throw;
    fail(error.kind(), "{}: {}", path.string(), error.what());
  }
  return clip;
}

}  // namespace sparsight
