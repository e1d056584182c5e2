#include "core/media/video_seek.h"

#include "core/media/video_picture.h"

#include <algorithm>
#include <memory>
#include <numeric>

namespace sparsight::ffmpeg {
namespace {

constexpr std::int64_t kWorthAJump = std::int64_t{8} << 20;  // bytes; for less, reading on is as fast

// Reads the packets of a scan in order and can skip some.
class PacketReader {
 public:
  PacketReader(const std::filesystem::path& path, const Scan& scan, const Control& control)
      : path_(path), scan_(scan), control_(control), packet_(own(av_packet_alloc())) {
    restart();
    const std::string container = source_->container();
    may_jump_ = container.starts_with("mov,") || container.starts_with("matroska");
  }

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ == scan_.packets.size(); }
  [[nodiscard]] const Source& source() const { return *source_; }
  [[nodiscard]] const AVPacket& packet() const { return *packet_; }

  // Reads packet at() and increments at(); false if it differs from the scan's.
  [[nodiscard]] bool read() {
    if (!ahead_ && !source_->next(*packet_)) return false;
    ahead_ = false;
    return matches(at_++);
  }

  // Moves forward to packet `target` >= at().
  [[nodiscard]] bool skip_to(std::size_t target) {
    if (may_jump_ && scan_.packets[target].position - scan_.packets[at_].position > kWorthAJump && !jump(target)) {
      may_jump_ = false;
      restart();
    }
    while (at_ < target)
      if (!read()) return false;
    return true;
  }

 private:
  void restart() {
    source_ = std::make_unique<Source>(path_, control_.stop);
    at_ = 0;
    ahead_ = false;
  }

  [[nodiscard]] bool matches(std::size_t number) const {
    const PacketRecord& seen = scan_.packets[number];
    return seen.pts == packet_->pts && seen.position == packet_->pos && seen.size == packet_->size;
  }

  [[nodiscard]] bool jump(std::size_t target) {
    if (!source_->jump(scan_.packets[target].pts) || !source_->next(*packet_)) return false;
    for (std::size_t number = at_; number <= target; ++number) {
      if (!matches(number)) continue;
      at_ = number;
      ahead_ = true;
      return true;
    }
    return false;
  }

  const std::filesystem::path& path_;
  const Scan& scan_;
  const Control& control_;
  std::unique_ptr<Source> source_;
  Owned<AVPacket> packet_;
  std::size_t at_ = 0;
  bool ahead_ = false;  // packet_ already holds packet at_
  bool may_jump_ = false;
};

}  // namespace

SeekPlan::SeekPlan(const Scan& scan, std::vector<std::int64_t> indices) : scan_(scan) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < scan.packets.size(); ++i)
    if (scan.packets[i].shown) shown.push_back(i);
  std::sort(shown.begin(), shown.end(),
            [&](std::size_t a, std::size_t b) { return scan.packets[a].pts < scan.packets[b].pts; });
  std::size_t at = 0;
  for (const std::int64_t index : indices) {
    const std::size_t packet = shown[static_cast<std::size_t>(index)];
    std::size_t entry = packet;
    const auto usable = [&](const PacketRecord& one) { return one.entry && one.pts <= scan.packets[packet].pts; };
    while (entry > 0 && !usable(scan.packets[entry])) --entry;
    if (entry > at) at = entry;
    if (packet >= at) {
      cost_ += packet + 1 - at;
      at = packet + 1;
    }
    targets_.push_back({index, packet, entry});
  }
}

bool SeekPlan::worthwhile() const { return cost_ * 5 < scan_.packets.size() * 4; }

std::optional<Images> SeekPlan::decode(const std::filesystem::path& path, int threads, const FrameRequest& request,
                                       const Control& control, const OnPicture& on_picture) const {
  PacketReader reader(path, scan_, control);
  RgbConverter converter(conversion_of(reader.source(), path, request.tone_map, request.square_pixels),
                         kDecodingThreads);
  Images images;
  std::unique_ptr<Decoder> decoder;
  std::size_t decoded = 0;
  std::size_t next_index = 0;  // of the next picture
  std::int64_t entry_pts = 0;  // earlier pictures are inexact or missing
  std::size_t wanted = 0;      // targets_[wanted] is the next one needed
  bool as_predicted = true;
  const auto on_frame = [&](const AVFrame& frame) {
    if (frame.pts != AV_NOPTS_VALUE && frame.pts < entry_pts) return true;
    as_predicted = next_index < scan_.shown_pts.size() && frame.pts == scan_.shown_pts[next_index];
    if (!as_predicted) return false;
    const auto index = static_cast<std::int64_t>(next_index++);
    if (wanted == targets_.size() || index != targets_[wanted].index) return true;
    const auto image = images.emplace(index, std::make_shared<RgbImage>(converter.convert(frame))).first;
    if (on_picture) on_picture(index, *image->second);
    ++wanted;
    return true;
  };
  bool drained = false;
  // With N threads a decoder reports an error N packets late.
  const auto settled = [&] {
    return wanted == 0 || drained || reader.at() > targets_[wanted - 1].packet + static_cast<std::size_t>(threads);
  };
  while (wanted < targets_.size() || !settled()) {
    const Target& target = targets_[std::min(wanted, targets_.size() - 1)];
    if (!decoder || (target.entry > reader.at() && settled())) {
      if (!reader.skip_to(target.entry)) return std::nullopt;
      decoder = std::make_unique<Decoder>(reader.source().stream(), Damage::Refuse, threads);
      entry_pts = scan_.packets[target.entry].pts;
      next_index = static_cast<std::size_t>(
          std::lower_bound(scan_.shown_pts.begin(), scan_.shown_pts.end(), entry_pts) - scan_.shown_pts.begin());
    }
    const bool at_end = reader.at_end();
    if (!at_end && !reader.read()) return std::nullopt;
    decoder->feed(at_end ? nullptr : &reader.packet(), on_frame);
    drained = at_end;
    if (!as_predicted || decoder->errors() > 0 || decoder->concealed() > 0) return std::nullopt;
    if (at_end && wanted < targets_.size()) return std::nullopt;
    control.report(Stage::Frames, std::min(++decoded, cost_), cost_);
  }
  return images;
}

}  // namespace sparsight::ffmpeg
