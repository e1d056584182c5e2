#include "core/media/video_scan.h"

#include <algorithm>
#include <limits>

namespace sparsight::ffmpeg {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Reads bits, most significant first. Past the end it reads zeros, and overrun() is true.
class Bits {
 public:
  explicit Bits(Bytes data) : data_(data) {}
  std::uint32_t take(int count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      const std::size_t byte = at_ / 8;
      const std::uint32_t bit = byte < data_.size() ? (data_[byte] >> (7 - at_ % 8)) & 1u : 0u;
      value = value << 1 | bit;
    }
    return value;
  }
  [[nodiscard]] bool overrun() const { return at_ > data_.size() * 8; }

 private:
  Bytes data_;
  std::size_t at_ = 0;
};

// Calls `visit` with each NAL unit; false if the units do not fill the packet exactly.
template <typename Visit>
bool for_each_nal(int nal_length, Bytes data, Visit visit) {
  if (nal_length > 0) {
    const auto prefix = static_cast<std::size_t>(nal_length);
    while (!data.empty()) {
      if (data.size() < prefix) return false;
      std::size_t size = 0;
      for (const std::uint8_t byte : data.first(prefix)) size = size << 8 | byte;
      data = data.subspan(prefix);
      if (size > data.size()) return false;
      if (size > 0) visit(data.first(size));
      data = data.subspan(size);
    }
    return true;
  }
  constexpr std::array<std::uint8_t, 3> kStart{0, 0, 1};
  auto start = std::search(data.begin(), data.end(), kStart.begin(), kStart.end());
  if (start == data.end()) return false;
  while (start != data.end()) {
    const auto begin = start + kStart.size();
    start = std::search(begin, data.end(), kStart.begin(), kStart.end());
    if (begin != start) visit(Bytes(begin, start));
  }
  return true;
}

std::optional<PacketContent> inspect_h264(int nal_length, Bytes data) {
  int pictures = 0;
  bool idr = false;
  bool plain = true;
  const bool whole = for_each_nal(nal_length, data, [&](Bytes nal) {
    const int type = nal[0] & 0x1f;
    if ((nal[0] & 0x80) != 0 || (type >= 2 && type <= 4)) plain = false;  // data partitions
    if (type != 1 && type != 5) return;
    if (nal.size() < 2) {
      plain = false;
      return;
    }
    idr = idr || type == 5;
    if ((nal[1] & 0x80) != 0) ++pictures;  // first_mb_in_slice = 0
  });
  if (!whole || !plain || pictures != 1) return std::nullopt;
  return PacketContent{true, idr};
}

std::optional<PacketContent> inspect_hevc(int nal_length, Bytes data) {
  int pictures = 0;
  bool entry = false;
  bool plain = true;
  const bool whole = for_each_nal(nal_length, data, [&](Bytes nal) {
    const int type = (nal[0] >> 1) & 0x3f;
    if ((nal[0] & 0x80) != 0 || nal.size() < 3) {
      plain = false;
      return;
    }
    const bool other_layer = (nal[0] & 1) != 0 || (nal[1] & 0xf8) != 0;
    if (other_layer) return;
    // BLA pictures and ends of sequence make a decoder drop the pictures that lead the next entry.
    if ((type >= 16 && type <= 18) || type == 36 || type == 37) plain = false;
    if (type > 21) return;
    const bool irap = type >= 19;
    entry = entry || irap;
    if ((nal[2] & 0x80) == 0) return;                 // first_slice_segment_in_pic_flag
    if (irap && (nal[2] & 0x40) != 0) plain = false;  // no_output_of_prior_pics_flag
    ++pictures;
  });
  if (!whole || !plain || pictures != 1) return std::nullopt;
  return PacketContent{true, entry};
}

std::optional<PacketContent> inspect_vp8(Bytes data) {
  if (data.size() < 3) return std::nullopt;
  const bool key = (data[0] & 1) == 0;
  if (key && (data.size() < 10 || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a)) return std::nullopt;
  const bool shown = (data[0] & 0x10) != 0;
  return PacketContent{shown, key && shown};
}

std::optional<PacketContent> inspect_vp9_frame(Bytes data) {
  Bits bits(data);
  if (bits.take(2) != 2) return std::nullopt;
  const std::uint32_t profile = bits.take(1) | bits.take(1) << 1;
  if (profile == 3 && bits.take(1) != 0) return std::nullopt;
  if (bits.take(1) != 0) return PacketContent{true, false};  // shows a picture that was decoded before
  const bool key = bits.take(1) == 0;
  const bool shown = bits.take(1) != 0;
  bits.take(1);  // error_resilient_mode
  if (key && bits.take(24) != 0x498342) return std::nullopt;
  if (bits.overrun()) return std::nullopt;
  return PacketContent{shown, key && shown};
}

// A VP9 packet is one frame or a superframe: hidden frames, one shown frame, and an index of their sizes.
std::optional<PacketContent> inspect_vp9(Bytes data) {
  if (data.empty()) return std::nullopt;
  const std::uint8_t marker = data.back();
  const std::size_t frames = (marker & 7) + 1u;
  const std::size_t width = ((marker >> 3) & 3) + 1u;
  const std::size_t index = 2 + width * frames;
  if ((marker & 0xe0) != 0xc0 || data.size() < index || data[data.size() - index] != marker)
    return inspect_vp9_frame(data);
  Bytes sizes = data.last(index).subspan(1);
  data = data.first(data.size() - index);
  PacketContent content{false, false};
  for (std::size_t i = 0; i < frames; ++i, sizes = sizes.subspan(width)) {
    std::size_t size = 0;
    for (std::size_t byte = width; byte > 0; --byte) size = size << 8 | sizes[byte - 1];
    if (size == 0 || size > data.size()) return std::nullopt;
    const auto frame = inspect_vp9_frame(data.first(size));
    if (!frame || (frame->shown && content.shown)) return std::nullopt;
    content.shown = content.shown || frame->shown;
    content.entry = content.entry || (i == 0 && frame->entry);
    data = data.subspan(size);
  }
  return content;
}

// Open bitstream units: `| 0 type:4 extension:1 has_size:1 0 |`, then a size in groups of seven bits.
std::optional<PacketContent> inspect_av1(Bytes data) {
  PacketContent content{false, false};
  bool sequence = false;
  while (!data.empty()) {
    const std::uint8_t header = data[0];
    const int type = (header >> 3) & 15;
    const bool extension = (header & 4) != 0;
    if ((header & 0x80) != 0 || extension) return std::nullopt;  // layers need a full decode
    data = data.subspan(1);
    std::size_t size = data.size();
    if ((header & 2) != 0) {
      size = 0;
      for (int shift = 0;; shift += 7) {
        if (data.empty() || shift > 28) return std::nullopt;
        const std::uint8_t byte = data[0];
        data = data.subspan(1);
        size |= static_cast<std::size_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) break;
      }
    }
    if (size > data.size()) return std::nullopt;
    constexpr int kSequence = 1;
    constexpr int kFrameHeader = 3;
    constexpr int kFrame = 6;
    if (type == kSequence) {
      if (size == 0 || (data[0] & 0x08) != 0) return std::nullopt;  // a still picture's reduced header
      sequence = true;
    }
    if (type == kFrameHeader || type == kFrame) {
      Bits bits(data.first(size));
      const bool repeated = bits.take(1) != 0;
      const bool key = !repeated && bits.take(2) == 0;
      const bool shown = repeated || bits.take(1) != 0;
      if (bits.overrun() || (shown && content.shown)) return std::nullopt;
      content.shown = content.shown || shown;
      content.entry = content.entry || (key && shown && sequence);
    }
    data = data.subspan(size);
  }
  return content;
}

int nal_length_of(const AVCodecParameters& codec) {
  const Bytes extra(codec.extradata, static_cast<std::size_t>(std::max(codec.extradata_size, 0)));
  if (codec.codec_id == AV_CODEC_ID_H264) return extra.size() >= 7 && extra[0] == 1 ? (extra[4] & 3) + 1 : 0;
  if (codec.codec_id != AV_CODEC_ID_HEVC) return 0;
  return extra.size() >= 23 && (extra[0] != 0 || extra[1] != 0 || extra[2] > 1) ? (extra[21] & 3) + 1 : 0;
}

// Runs FFmpeg's parsers over the slice headers of H.264 and HEVC, which finds damage there, and single fields.
class HeaderParser {
 public:
  explicit HeaderParser(const AVCodecParameters& codec) {
    h264_ = codec.codec_id == AV_CODEC_ID_H264;
    if (!h264_ && codec.codec_id != AV_CODEC_ID_HEVC) return;
    context_ = own(avcodec_alloc_context3(nullptr));
    check_memory(avcodec_parameters_to_context(context_.get(), &codec));
    parser_.reset(av_parser_init(codec.codec_id));
    if (parser_) parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
  }

  bool sound(const AVPacket& packet) {
    if (!context_) return true;
    if (!parser_) return false;
    parser_->pict_type = AV_PICTURE_TYPE_NONE;
    std::uint8_t* ignored = nullptr;
    int size = 0;
    av_parser_parse2(parser_.get(), context_.get(), &ignored, &size, packet.data, packet.size, packet.pts, packet.dts,
                     packet.pos);
    if (h264_) return parser_->picture_structure == AV_PICTURE_STRUCTURE_FRAME;
    return parser_->pict_type != AV_PICTURE_TYPE_NONE;
  }

 private:
  Owned<AVCodecContext> context_;
  Owned<AVCodecParserContext> parser_;
  bool h264_ = false;
};

bool changes_stream(const AVPacket& packet) {
  for (int i = 0; i < packet.side_data_elems; ++i) {
    const AVPacketSideDataType type = packet.side_data[i].type;
    if (type == AV_PKT_DATA_NEW_EXTRADATA || type == AV_PKT_DATA_PARAM_CHANGE) return true;
  }
  return false;
}

// True if timestamps are complete and distinct, begin at an entry, and are reordered no further than the decoder's
// delay. Clears `entry` where a picture that is shown later precedes it in the file.
bool put_in_order(Scan& scan, int delay) {
  std::vector<std::int64_t> waiting;  // the greatest `reach` timestamps so far, descending
  const auto reach = static_cast<std::size_t>(delay) + 1;
  bool first = true;
  bool regular = true, complete = true;
  std::int64_t first_pts = 0;
  for (PacketRecord& packet : scan.packets) {
    if (!packet.shown) continue;
    if (packet.pts == AV_NOPTS_VALUE) {
      complete = false;
      continue;
    }
    scan.stamps.push_back(packet.pts);
    if (first) {
      first_pts = packet.pts;
      regular = packet.entry;
      first = false;
    }
    if (packet.pts < first_pts) regular = false;
    if (packet.entry && !waiting.empty() && waiting.front() > packet.pts) packet.entry = false;
    if (waiting.size() == reach && waiting.back() > packet.pts) regular = false;
    waiting.insert(std::upper_bound(waiting.begin(), waiting.end(), packet.pts, std::greater<>()), packet.pts);
    if (waiting.size() > reach) waiting.pop_back();
  }
  std::sort(scan.stamps.begin(), scan.stamps.end());
  if (!complete) return false;
  scan.shown_pts = scan.stamps;
  const bool distinct = std::adjacent_find(scan.shown_pts.begin(), scan.shown_pts.end()) == scan.shown_pts.end();
  return regular && distinct && !scan.shown_pts.empty();
}

}  // namespace

std::optional<PacketContent> inspect_packet(AVCodecID codec, int nal_length, Bytes data) {
  switch (codec) {
    case AV_CODEC_ID_H264: return inspect_h264(nal_length, data);
    case AV_CODEC_ID_HEVC: return inspect_hevc(nal_length, data);
    case AV_CODEC_ID_VP8: return inspect_vp8(data);
    case AV_CODEC_ID_VP9: return inspect_vp9(data);
    case AV_CODEC_ID_AV1: return inspect_av1(data);
    case AV_CODEC_ID_PRORES:
      if (data.size() < 8 || !std::equal(data.begin() + 4, data.begin() + 8, "icpf")) return std::nullopt;
      return PacketContent{true, true};
    default: return std::nullopt;
  }
}

Scan scan_packets(Source& source) {
  Scan scan;
  const AVCodecParameters& codec = *source.stream().codecpar;
  const int nal_length = nal_length_of(codec);
  HeaderParser headers(codec);
  const auto packet = own(av_packet_alloc());
  bool understood = true;
  std::int64_t last_pts = std::numeric_limits<std::int64_t>::min();
  // FFmpeg also marks the end and the start of a recording as damaged: ignore marks near a join.
  constexpr std::size_t kNear = 3;  // packets
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::size_t marked = kNone, joined = kNone;
  while (source.next(*packet)) {
    PacketRecord record{packet->pts, packet->pos, packet->size, packet->size > 0, false};
    const std::size_t number = scan.packets.size();
    if (source.joined()) {
      joined = number;
      scan.joined = true;
      if (marked != kNone && number - marked <= kNear) marked = kNone;
    }
    if (marked != kNone && number - marked > kNear) scan.damaged = true;
    const bool near_join = joined != kNone && number - joined < kNear;
    if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && !near_join) marked = number;
    if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0) {
      understood = false;
      record.shown = false;
      ++scan.discarded;
    }
    if (changes_stream(*packet)) understood = false;
    if (understood) {
      const Bytes data(packet->data, static_cast<std::size_t>(packet->size));
      const auto content = inspect_packet(codec.codec_id, nal_length, data);
      understood = content.has_value() && headers.sound(*packet);
      if (content) {
        record.shown = content->shown;
        record.entry = content->entry;
      }
    }
    const std::int64_t stamp = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (record.shown && stamp != AV_NOPTS_VALUE && stamp > last_pts) {
      last_pts = stamp;
      scan.last_duration = packet->duration;
    }
    if (record.shown && packet->dts != AV_NOPTS_VALUE) scan.decode_order.push_back(packet->dts);
    scan.packets.push_back(record);
  }
  if (marked != kNone || source.read_error() != 0) scan.damaged = true;
  const auto shown = std::count_if(scan.packets.begin(), scan.packets.end(), [](const auto& one) { return one.shown; });
  const bool ordered = put_in_order(scan, codec.video_delay);
  // AVI has no pts; its packets carry FFmpeg's guesses.
  const bool by_dts = static_cast<std::ptrdiff_t>(scan.decode_order.size()) == shown && scan.shown_pts.empty() &&
                      (scan.stamps.empty() || source.container() == "avi");
  if (!by_dts) scan.decode_order.clear();
  std::sort(scan.decode_order.begin(), scan.decode_order.end());
  scan.regular = understood && ordered && !scan.damaged;
  return scan;
}

}  // namespace sparsight::ffmpeg
