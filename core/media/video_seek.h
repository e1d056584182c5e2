// Decodes only the parts of a video that hold the chosen pictures. Internal to the video module.
//
// Why the pictures equal those of a full decode:
// - Only a `regular` Scan is used: the codec's headers say for every packet whether it gives a picture, and all
//   timestamps are present and distinct. So the number of pictures and the index of each are known without decoding.
// - Decoding starts at an entry with a new decoder. Entries are pictures that by the codec's rules depend on nothing
//   earlier: IDR of H.264, IDR and CRA of HEVC, shown key frames of VP8, VP9 and AV1. Pictures that precede a CRA in
//   presentation are decoded from the entry before it.
// - The packets are the same, byte for byte: the file is read in order again, and packets that are not needed are
//   skipped. Where the demuxer seeks, it must land on a packet of the scan.
// - While decoding, every picture must have the timestamp that the scan predicts, without any decoder error at the
//   strictest error detection. On any deviation the result is discarded, and the caller decodes everything.
// It cannot detect damage in a skipped packet with intact headers for which a full decode would drop the picture; but
// the decoders in question conceal such damage and still give a picture.
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

  // True if it decodes clearly fewer packets than the file has.
  [[nodiscard]] bool worthwhile() const;
  // nullopt if anything differs from the scan's prediction. Of `request` it uses tone_map and square_pixels only. Calls
  // `on_picture`, if given, with each picture. Cancelled.
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
