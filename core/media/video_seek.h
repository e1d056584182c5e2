// Decoding only the stretches that hold chosen pictures. Internal to the video module.
//
// Why the pictures are those of a full decode:
// - Only a Scan that is `regular` is used: codecs whose headers say for each packet whether a picture comes out of
//   it, read and understood for every packet, all timestamps present and distinct. So the number of pictures and
//   each one's index are known without decoding.
// - Decoding starts at an entry with a decoder that has seen nothing before. Entries are pictures that the codec's
//   rules make independent of everything earlier: IDR of H.264, IDR and CRA of HEVC, shown key frames of VP8, VP9
//   and AV1. Pictures that lead a CRA in presentation are taken from the entry before it.
// - The packets are the same, byte for byte: the file is read in order again and packets that are not needed are
//   left out. Where the demuxer jumps, the packet it lands on must be one that the scan has seen.
// - While decoding, every picture must come with the timestamp that the scan foretells, and no decoder error, with
//   error detection at its strictest. Any deviation gives the whole result up, and the caller decodes everything.
// What this cannot see is damage inside a packet that is skipped, with sound headers, at which a full decode would
// have dropped the picture; the decoders concerned conceal such damage and give a picture all the same.
#pragma once

#include "core/base/progress.h"
#include "core/media/video.h"
#include "core/media/video_scan.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace sparsight::ffmpeg {

using Images = std::map<std::int64_t, std::shared_ptr<const RgbImage>>;  // upright, by index

class SeekPlan {
 public:
  // `indices`: ascending, distinct, below scan.shown_pts.size(). `scan` is regular and outlives the plan.
  SeekPlan(const Scan& scan, std::vector<std::int64_t> indices);

  // Clearly fewer packets to decode than the file has.
  [[nodiscard]] bool worthwhile() const;
  // nullopt if anything differs from what the scan foretold. Of the request it heeds how pictures are to look.
  // `on_picture`, if any, hears of the pictures meanwhile. Cancelled.
  [[nodiscard]] std::optional<Images> decode(const std::filesystem::path& path, int threads,
                                             const FrameRequest& request, const Control& control,
                                             const OnPicture& on_picture) const;

 private:
  struct Target {
    std::int64_t index;
    std::size_t packet;
    std::size_t entry;
  };
  const Scan& scan_;
  std::vector<Target> targets_;
  std::size_t cost_ = 0;  // packets to decode
};

}  // namespace sparsight::ffmpeg
