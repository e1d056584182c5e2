#include "core/model/ggml_types.h"

#include "kernels/tensor.h"

#include <array>
#include <cstring>

namespace sparsight {
namespace {

// A block in a file, which is little-endian and unaligned.
class GgmlBlock {
 public:
  explicit GgmlBlock(const std::byte* at) : at_(at) {}
  [[nodiscard]] unsigned byte(std::size_t i) const { return std::to_integer<unsigned>(at_[i]); }
  [[nodiscard]] int signed_byte(std::size_t i) const { return static_cast<std::int8_t>(byte(i)); }
  [[nodiscard]] unsigned low(std::size_t i) const { return byte(i) & 15; }
  [[nodiscard]] unsigned high(std::size_t i) const { return byte(i) >> 4; }
  [[nodiscard]] unsigned two(std::size_t i) const { return byte(i) | byte(i + 1) << 8; }
  [[nodiscard]] float half(std::size_t i) const { return f16_to_f32(static_cast<std::uint16_t>(two(i))); }

 private:
  const std::byte* at_;
};

template <std::size_t kElements, std::size_t kBytes, void (*kReadBlock)(GgmlBlock, float*)>
void read_blocks(const std::byte* blocks, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) kReadBlock(GgmlBlock(blocks + i * kBytes), out + i * kElements);
}

void read_f32(const std::byte* blocks, std::size_t count, float* out) {
  std::memcpy(out, blocks, count * sizeof(float));
}
void read_f16(GgmlBlock b, float* out) { *out = b.half(0); }
void read_bf16(GgmlBlock b, float* out) { *out = bf16_to_f32(static_cast<std::uint16_t>(b.two(0))); }

// ---- 32 elements with a scale, and in those that end in _1 an offset

void read_q4_0(GgmlBlock b, float* out) {
  const float scale = b.half(0);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(static_cast<int>(b.low(2 + i)) - 8) * scale;
    out[i + 16] = static_cast<float>(static_cast<int>(b.high(2 + i)) - 8) * scale;
  }
}

void read_q4_1(GgmlBlock b, float* out) {
  const float scale = b.half(0), offset = b.half(2);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(b.low(4 + i)) * scale + offset;
    out[i + 16] = static_cast<float>(b.high(4 + i)) * scale + offset;
  }
}

// The fifth bit of element i; those of 32 elements are in the four bytes from `at` on.
unsigned fifth_bit(GgmlBlock b, std::size_t at, std::size_t i) { return (b.byte(at + i / 8) >> i % 8 & 1) << 4; }

void read_q5_0(GgmlBlock b, float* out) {
  const float scale = b.half(0);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(static_cast<int>(b.low(6 + i) | fifth_bit(b, 2, i)) - 16) * scale;
    out[i + 16] = static_cast<float>(static_cast<int>(b.high(6 + i) | fifth_bit(b, 2, i + 16)) - 16) * scale;
  }
}

void read_q5_1(GgmlBlock b, float* out) {
  const float scale = b.half(0), offset = b.half(2);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(b.low(8 + i) | fifth_bit(b, 4, i)) * scale + offset;
    out[i + 16] = static_cast<float>(b.high(8 + i) | fifth_bit(b, 4, i + 16)) * scale + offset;
  }
}

void read_q8_0(GgmlBlock b, float* out) {
  const float scale = b.half(0);
  for (std::size_t i = 0; i < 32; ++i) out[i] = static_cast<float>(b.signed_byte(2 + i)) * scale;
}

// ---- 256 elements in groups, whose scales are integers that share a scale

void read_q2_k(GgmlBlock b, float* out) {
  const float scale = b.half(80), offset = b.half(82);
  for (std::size_t group = 0; group < 16; ++group) {
    const float of_group = scale * static_cast<float>(b.low(group)), below = offset * static_cast<float>(b.high(group));
    const std::size_t values = 16 + group / 8 * 32 + group % 2 * 16, shift = group % 8 / 2 * 2;
    for (std::size_t i = 0; i < 16; ++i)
      *out++ = of_group * static_cast<float>(b.byte(values + i) >> shift & 3) - below;
  }
}

void read_q3_k(GgmlBlock b, float* out) {
  const float scale = b.half(108);
  for (std::size_t group = 0; group < 16; ++group) {
    // A group's scale has six bits: four in bytes 96 to 103, two in bytes 104 to 107.
    const unsigned low = group < 8 ? b.low(96 + group) : b.high(96 + group - 8);
    const unsigned six = low | (b.byte(104 + group % 4) >> group / 4 * 2 & 3) << 4;
    const float of_group = scale * static_cast<float>(static_cast<int>(six) - 32);
    const std::size_t within = group % 2 * 16, values = 32 + group / 8 * 32 + within, shift = group % 8 / 2 * 2;
    for (std::size_t i = 0; i < 16; ++i) {
      const int below = (b.byte(within + i) >> group / 2 & 1) != 0 ? 0 : 4;
      *out++ = of_group * static_cast<float>(static_cast<int>(b.byte(values + i) >> shift & 3) - below);
    }
  }
}

// A group's scale and offset in Q4_K and Q5_K, six bits each, from the twelve bytes at 4.
struct GroupScale {
  float scale, offset;
  GroupScale(GgmlBlock b, std::size_t group) {
    const std::size_t first = 4, second = 8, third = 12;
    unsigned of_scale = b.byte(first + group % 4) & 63, of_offset = b.byte(second + group % 4) & 63;
    if (group >= 4) {
      of_scale = b.low(third + group % 4) | b.byte(first + group % 4) >> 6 << 4;
      of_offset = b.high(third + group % 4) | b.byte(second + group % 4) >> 6 << 4;
    }
    scale = b.half(0) * static_cast<float>(of_scale);
    offset = b.half(2) * static_cast<float>(of_offset);
  }
};

void read_q4_k(GgmlBlock b, float* out) {
  for (std::size_t group = 0; group < 8; ++group) {
    const GroupScale of(b, group);
    const std::size_t values = 16 + group / 2 * 32;
    for (std::size_t i = 0; i < 32; ++i)
      *out++ = of.scale * static_cast<float>(group % 2 == 0 ? b.low(values + i) : b.high(values + i)) - of.offset;
  }
}

void read_q5_k(GgmlBlock b, float* out) {
  for (std::size_t group = 0; group < 8; ++group) {
    const GroupScale of(b, group);
    const std::size_t fifth = 16, values = 48 + group / 2 * 32;
    for (std::size_t i = 0; i < 32; ++i) {
      const unsigned four = group % 2 == 0 ? b.low(values + i) : b.high(values + i);
      *out++ = of.scale * static_cast<float>(four | (b.byte(fifth + i) >> group & 1) << 4) - of.offset;
    }
  }
}

void read_q6_k(GgmlBlock b, float* out) {
  const float scale = b.half(208);
  for (std::size_t group = 0; group < 16; ++group) {
    const float of_group = scale * static_cast<float>(b.signed_byte(192 + group));
    // Each half of the block has four runs of 32 elements; the first two share the low halves of 64 bytes, the others
    // the high halves.
    const std::size_t half = group / 8, kind = group % 8 / 2, within = group % 2 * 16;
    const std::size_t four = half * 64 + kind % 2 * 32 + within, two = 128 + half * 32 + within;
    for (std::size_t i = 0; i < 16; ++i) {
      const unsigned low = kind < 2 ? b.low(four + i) : b.high(four + i);
      const unsigned six = low | (b.byte(two + i) >> kind * 2 & 3) << 4;
      *out++ = of_group * static_cast<float>(static_cast<int>(six) - 32);
    }
  }
}

// ---- Four bits that stand for values of a table

constexpr std::array<float, 16> kNonLinear{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

void read_iq4_nl(GgmlBlock b, float* out) {
  const float scale = b.half(0);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = scale * kNonLinear[b.low(2 + i)];
    out[i + 16] = scale * kNonLinear[b.high(2 + i)];
  }
}

void read_iq4_xs(GgmlBlock b, float* out) {
  const float scale = b.half(0);
  for (std::size_t group = 0; group < 8; ++group) {
    const unsigned low = group % 2 == 0 ? b.low(4 + group / 2) : b.high(4 + group / 2);
    const unsigned six = low | (b.two(2) >> 2 * group & 3) << 4;
    const float of_group = scale * static_cast<float>(static_cast<int>(six) - 32);
    const std::size_t values = 8 + group * 16;
    for (std::size_t i = 0; i < 16; ++i) {
      out[i] = of_group * kNonLinear[b.low(values + i)];
      out[i + 16] = of_group * kNonLinear[b.high(values + i)];
    }
    out += 32;
  }
}

constexpr std::array kGgmlTypes{
    GgmlType{0, "F32", 1, 4, read_f32},
    GgmlType{1, "F16", 1, 2, read_blocks<1, 2, read_f16>},
    GgmlType{2, "Q4_0", 32, 18, read_blocks<32, 18, read_q4_0>},
    GgmlType{3, "Q4_1", 32, 20, read_blocks<32, 20, read_q4_1>},
    GgmlType{6, "Q5_0", 32, 22, read_blocks<32, 22, read_q5_0>},
    GgmlType{7, "Q5_1", 32, 24, read_blocks<32, 24, read_q5_1>},
    GgmlType{8, "Q8_0", 32, 34, read_blocks<32, 34, read_q8_0>},
    GgmlType{9, "Q8_1", 32, 36, nullptr},
    GgmlType{10, "Q2_K", 256, 84, read_blocks<256, 84, read_q2_k>},
    GgmlType{11, "Q3_K", 256, 110, read_blocks<256, 110, read_q3_k>},
    GgmlType{12, "Q4_K", 256, 144, read_blocks<256, 144, read_q4_k>},
    GgmlType{13, "Q5_K", 256, 176, read_blocks<256, 176, read_q5_k>},
    GgmlType{14, "Q6_K", 256, 210, read_blocks<256, 210, read_q6_k>},
    GgmlType{15, "Q8_K", 256, 292, nullptr},
    GgmlType{16, "IQ2_XXS", 256, 66, nullptr},
    GgmlType{17, "IQ2_XS", 256, 74, nullptr},
    GgmlType{18, "IQ3_XXS", 256, 98, nullptr},
    GgmlType{19, "IQ1_S", 256, 50, nullptr},
    GgmlType{20, "IQ4_NL", 32, 18, read_blocks<32, 18, read_iq4_nl>},
    GgmlType{21, "IQ3_S", 256, 110, nullptr},
    GgmlType{22, "IQ2_S", 256, 82, nullptr},
    GgmlType{23, "IQ4_XS", 256, 136, read_blocks<256, 136, read_iq4_xs>},
    GgmlType{24, "I8", 1, 1, nullptr},
    GgmlType{25, "I16", 1, 2, nullptr},
    GgmlType{26, "I32", 1, 4, nullptr},
    GgmlType{27, "I64", 1, 8, nullptr},
    GgmlType{28, "F64", 1, 8, nullptr},
    GgmlType{29, "IQ1_M", 256, 56, nullptr},
    GgmlType{30, "BF16", 1, 2, read_blocks<1, 2, read_bf16>},
    GgmlType{34, "TQ1_0", 256, 54, nullptr},
    GgmlType{35, "TQ2_0", 256, 66, nullptr},
    GgmlType{39, "MXFP4", 32, 17, nullptr},
    GgmlType{40, "NVFP4", 64, 36, nullptr},
    GgmlType{41, "Q1_0", 128, 18, nullptr},
};

}  // namespace

const GgmlType* find_ggml_type(std::uint32_t number) {
  for (const GgmlType& type : kGgmlTypes)
    if (type.number == number) return &type;
  return nullptr;
}

}  // namespace sparsight
