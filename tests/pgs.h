// Subtitles as pictures, as a .sup file of Blu-ray (PGS) has them, made by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sparsight::test {

// A filled rectangle on a canvas, from `start_s` to `end_s`.
struct PgsCue {
  double start_s, end_s;
  int x, y, width, height;
};

namespace pgs {

inline void put(std::string& out, std::uint64_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes) & 0xFFU);
}

inline void segment(std::string& out, double time_s, std::uint8_t type, const std::string& content) {
  out += "PG";
  put(out, static_cast<std::uint64_t>(time_s * 90000), 4);
  put(out, 0, 4);
  put(out, type, 1);
  put(out, content.size(), 2);
  out += content;
}

// Run lengths of one colour.
inline std::string rows(int width, int height) {
  std::string out;
  for (int y = 0; y < height; ++y) {
    put(out, 0, 1);
    put(out, 0xC0U | static_cast<unsigned>(width) >> 8U, 1);
    put(out, static_cast<unsigned>(width) & 0xFFU, 1);
    put(out, 1, 1);
    put(out, 0, 2);
  }
  return out;
}

inline std::string composition(int width, int height, int number, const PgsCue* shown) {
  std::string out;
  put(out, static_cast<unsigned>(width), 2);
  put(out, static_cast<unsigned>(height), 2);
  put(out, 0x10, 1);
  put(out, static_cast<unsigned>(number), 2);
  put(out, shown != nullptr ? 0x80 : 0, 1);
  put(out, 0, 2);
  put(out, shown != nullptr ? 1 : 0, 1);
  if (shown == nullptr) return out;
  put(out, 0, 2);
  put(out, 0, 2);
  put(out, static_cast<unsigned>(shown->x), 2);
  put(out, static_cast<unsigned>(shown->y), 2);
  return out;
}

}  // namespace pgs

// Opaque, in a strong yellow.
inline std::string pgs_file(int width, int height, const std::vector<PgsCue>& cues) {
  std::string out;
  int number = 0;
  for (const PgsCue& cue : cues) {
    pgs::segment(out, cue.start_s, 0x16, pgs::composition(width, height, number++, &cue));
    std::string window;
    pgs::put(window, 1, 1);
    pgs::put(window, 0, 1);
    for (const int v : {cue.x, cue.y, cue.width, cue.height}) pgs::put(window, static_cast<unsigned>(v), 2);
    pgs::segment(out, cue.start_s, 0x17, window);
    std::string palette;
    pgs::put(palette, 0, 2);
    for (const unsigned v : {1U, 210U, 146U, 16U, 255U}) pgs::put(palette, v, 1);  // entry, Y, Cr, Cb, alpha
    pgs::segment(out, cue.start_s, 0x14, palette);
    const std::string data = pgs::rows(cue.width, cue.height);
    std::string object;
    pgs::put(object, 0, 3);
    pgs::put(object, 0xC0, 1);
    pgs::put(object, data.size() + 4, 3);
    pgs::put(object, static_cast<unsigned>(cue.width), 2);
    pgs::put(object, static_cast<unsigned>(cue.height), 2);
    pgs::segment(out, cue.start_s, 0x15, object + data);
    pgs::segment(out, cue.start_s, 0x80, "");
    pgs::segment(out, cue.end_s, 0x16, pgs::composition(width, height, number++, nullptr));
    pgs::segment(out, cue.end_s, 0x17, window);
    pgs::segment(out, cue.end_s, 0x80, "");
  }
  return out;
}

}  // namespace sparsight::test
