// What a GGUF file says about a model: its decoder, its tokenizer or its vision tower, in this program's words.
#pragma once

#include "core/model/config.h"
#include "core/model/gguf.h"
#include "core/model/stored_tensor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// All below: Error{Model} names the file, the key or tensor, what was expected and what was found. Views into the file.

// What LLaMA 3's scaling divides the frequencies of rotary positions by; no tensor of the program's.
inline constexpr std::string_view kGgufRopeFactors = "rope_freqs.weight";

struct GgufDecoder {
  std::string architecture;  // "llama", "qwen2" or "qwen2vl"
  TextConfig text;
  bool qkv_bias = false;                   // q, k and v have one, o has none (text.attention_bias: all four)
  std::vector<std::size_t> rope_sections;  // M-RoPE's, of pairs of rotated values: time, height, width; else empty
};
[[nodiscard]] GgufDecoder read_gguf_decoder(const GgufFile& file);

struct GgufTokenizer {
  enum class Kind : std::uint8_t { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
  std::string_view model;  // "llama": SentencePiece, by scores; "gpt2": byte-level BPE, by merges
  std::string_view split;  // whose regex splits text before byte-level BPE: "smollm", "qwen2"; may be empty
  std::vector<std::string_view> tokens;  // by id
  std::vector<Kind> kinds;               // of each token
  std::vector<float> scores;             // of each token; empty: none
  std::vector<std::string_view> merges;  // "Ġ t", best first; empty: none
  std::optional<std::int32_t> bos, eos, unknown, pad;
  std::optional<bool> adds_bos, adds_eos, adds_space_prefix;
  std::string_view chat_template;  // may be empty
};
[[nodiscard]] GgufTokenizer read_gguf_tokenizer(const GgufFile& file);

// A file named "mmproj": tower and projector.
struct GgufTower {
  enum class Kind { Llava, Qwen2Vl, Qwen25Vl };
  Kind kind = Kind::Llava;
  // Its layers are those that the file has; converters leave out those behind the features that a LLaVA uses. The
  // width of the MLP is that of the tensors: the key is wrong in some files.
  VisionConfig vision;
  std::size_t projected = 0;             // the width of the decoder
  std::size_t merge = 1;                 // so many patches a side become one token
  std::size_t window = 0;                // pixels a side; 0: no windows
  std::size_t full_attention_every = 0;  // every so many layers, where there are windows
  std::vector<float> mean, std;          // by channel
};
[[nodiscard]] GgufTower read_gguf_tower(const GgufFile& file);

// The tensors under the names that transformers gives them: the decoder's below kDecoder, a LLaVA's projector below
// kProjector, all others of a tower below `tower`, which ends in a dot. llama.cpp's order of rotated rows is undone,
// q, k and v of Qwen's tower are one tensor again and its patches have their two frames; fc1 and fc2 that old
// converters swapped are told apart by their shapes. F32, F16 and BF16 are as they are, all others become F32 when they
// are read. The tensors read from the file's bytes and outlive `file`.
[[nodiscard]] std::vector<StoredTensor> gguf_decoder_tensors(const GgufFile& file, const GgufDecoder& decoder);
[[nodiscard]] std::vector<StoredTensor> gguf_tower_tensors(const GgufFile& file, const GgufTower& tower,
                                                           std::string_view prefix);

}  // namespace sparsight
