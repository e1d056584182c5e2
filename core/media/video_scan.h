// One pass over the packets of a video, without decoding: which pictures are there and where decoding may start.
// Internal to the video module.
#pragma once

#include "core/media/video_source.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sparsight::ffmpeg {

// What the headers inside one packet say.
struct PacketContent {
  bool shown = true;   // one picture comes out of it; otherwise none
  bool entry = false;  // a decoder may start here: see PacketRecord::entry
};
// nullopt: not understood, or more than one picture. `nal_length` is the size of the length in front of a NAL unit,
// 0 for start codes (H.264, HEVC).
[[nodiscard]] std::optional<PacketContent> inspect_packet(AVCodecID codec, int nal_length,
                                                          std::span<const std::uint8_t> data);

struct PacketRecord {
  std::int64_t pts = 0;
  std::int64_t position = 0;
  std::int32_t size = 0;
  bool shown = false;
  // A fresh decoder started here gives every picture whose pts is not below this one's exactly as a decoder
  // that came from the start of the file does.
  bool entry = false;
};

struct Scan {
  std::vector<PacketRecord> packets;  // in decoding order
  // The pts that shown pictures have, ascending.
  std::vector<std::int64_t> stamps;
  // The same if all have one; a picture's index is its place in here.
  std::vector<std::int64_t> shown_pts;
  // The dts of the shown pictures, ascending, where every one has one and the container knows no pts.
  std::vector<std::int64_t> decode_order;
  // Every packet is understood and sound, timestamps are complete and distinct, and pictures leave the decoder in
  // the order of their timestamps: the count and the order are those of a full decode.
  bool regular = false;
  bool joined = false;             // of several recordings, see Source::next
  bool damaged = false;            // reading stopped with an error or packets are marked as damaged
  std::int64_t discarded = 0;      // packets that an edit list hides
  std::int64_t last_duration = 0;  // of the picture shown last, in the stream's time base; 0: not known
};

// Leaves `source` at its end. Cancelled.
[[nodiscard]] Scan scan_packets(Source& source);

}  // namespace sparsight::ffmpeg
