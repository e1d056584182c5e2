// Reads all packets of a video without decoding them, and finds out which pictures there are and where decoding may
// start. Internal to the video module.
#pragma once

#include "core/media/video_source.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sparsight::ffmpeg {

// What the headers in one packet say.
struct PacketContent {
  bool shown = true;   // decoding it gives one picture; otherwise none
  bool entry = false;  // a decoder may start here: see PacketRecord::entry
};
// nullopt: not understood, or more than one picture. `nal_length`: bytes of the length field in front of a NAL unit, 0
// for start codes (H.264, HEVC).
[[nodiscard]] std::optional<PacketContent> inspect_packet(AVCodecID codec, int nal_length,
                                                          std::span<const std::uint8_t> data);

struct PacketRecord {
  std::int64_t pts = 0;
  std::int64_t position = 0;
  std::int32_t size = 0;
  bool shown = false;
  // A new decoder that starts here decodes every picture from this pts on exactly as one that started at the beginning
  // of the file.
  bool entry = false;
};

struct Scan {
  std::vector<PacketRecord> packets;  // in decoding order
  // The pts of the shown pictures that have one, ascending.
  std::vector<std::int64_t> stamps;
  // The same if all have one, else empty; a picture's index is its position in here.
  std::vector<std::int64_t> shown_pts;
  // The dts of the shown pictures, ascending, if each has one and the container has no pts; else empty.
  std::vector<std::int64_t> decode_order;
  // Every packet is understood and undamaged, timestamps are complete and distinct, and pictures leave the decoder in
  // the order of their timestamps. Then count and order are those of a full decode.
  bool regular = false;
  bool joined = false;             // the file joins several recordings, see Source::next
  bool damaged = false;            // reading stopped with an error or packets are marked as damaged
  std::int64_t discarded = 0;      // packets that an edit list hides
  std::int64_t last_duration = 0;  // of the last shown picture, in the stream's time base; 0: not known
};

// Leaves `source` at its end. Cancelled.
[[nodiscard]] Scan scan_packets(Source& source);

}  // namespace sparsight::ffmpeg
