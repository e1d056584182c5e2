// Reads a model from a GGUF file: its decoder, tokenizer or vision tower, as this program describes them.
#pragma once

#include "core/model/config.h"
#include "core/model/gguf.h"
#include "core/model/stored_tensor.h"
#include "core/model/tokenizer/tokenizer_files.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// All functions: Error{Model} names the file, the key or tensor, what was expected and what was found. All views point
// into the file.

// LLaMA 3's rotary scaling: the divisor of each frequency. The decoder's configuration replaces this tensor.
inline constexpr std::string_view kGgufRopeFactors = "rope_freqs.weight";

struct GgufDecoder {
  std::string architecture;  // "llama", "qwen2" or "qwen2vl"
  TextConfig text;
};
[[nodiscard]] GgufDecoder read_gguf_decoder(const GgufFile& file);
// The configuration of a decoder alone, whose family is that of the file's chat template; or with the file of its
// vision tower, of the family that has both.
[[nodiscard]] ModelConfig gguf_config(const GgufFile& file, const GgufFile* tower_file, Families families);

struct GgufTokenizer {
  enum class Kind : std::uint8_t { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
  std::string_view model;                // "llama": SentencePiece, by scores; "gpt2": byte-level BPE, by merges
  std::string_view split;                // names the regex that splits text before BPE: "smollm", "qwen2"; may be empty
  std::vector<std::string_view> tokens;  // by id
  std::vector<Kind> kinds;               // by id
  std::vector<float> scores;             // by id; empty: none
  std::vector<std::string_view> merges;  // "Ġ t", best first; empty: none
  std::optional<std::int32_t> bos, eos, unknown, pad;
  std::optional<std::int32_t> end_of_turn;  // ends an answer like eos
  std::optional<bool> adds_bos, adds_eos, adds_space_prefix;
  std::string_view chat_template;  // may be empty
};
[[nodiscard]] GgufTokenizer read_gguf_tokenizer(const GgufFile& file);
// The same tokenizer as the files of a Hugging Face folder: a tokenizer.json for byte-level BPE, else a
// tokenizer.model with its tokenizer_config.json.
[[nodiscard]] TokenizerTexts gguf_tokenizer_texts(const GgufFile& file);

// Writes those files of a Hugging Face folder that say what is not in the weights, as far as `folder` has none: the
// configuration, the tokenizer and the chat template. Error{File}.
void write_gguf_folder(const GgufFile& file, Families families, const std::filesystem::path& folder);

// The vision tower and projector of a file named "mmproj".
struct GgufTower {
  enum class Kind { Llava, Qwen2Vl, Qwen25Vl };
  Kind kind = Kind::Llava;
  // `layers` counts the layers in the file: converters leave out those after a LLaVA's feature layer. `intermediate`
  // comes from the tensors, since the key is wrong in some files.
  VisionConfig vision;
  std::size_t projected = 0;                // the width of the decoder
  std::size_t merge = 1;                    // merge x merge patches become one token
  std::size_t window = 0;                   // side of an attention window in pixels; 0: no windows
  std::size_t full_attention_every = 0;     // with windows: every so many layers attend to everything
  std::vector<std::size_t> feature_layers;  // LLaVA's: states that become tokens; the last one unless the file says it
  std::vector<float> mean, std;             // per channel; may be empty
};
[[nodiscard]] GgufTower read_gguf_tower(const GgufFile& file);

// The tensors under transformers' names: prefix kDecoder for a decoder, kProjector for a LLaVA's projector, `prefix`,
// which ends in a dot, for all others of a tower. They are as in transformers: llama.cpp's order of q and k rows is
// undone, Qwen's q, k and v and the two frames of its patches are joined. fc1 and fc2, which old converters swapped,
// are recognised by their shapes. F32, F16 and BF16 keep their type, all others become F32. The tensors read the file's
// bytes and may outlive `file`.
[[nodiscard]] std::vector<StoredTensor> gguf_decoder_tensors(const GgufFile& file, const GgufDecoder& decoder);
[[nodiscard]] std::vector<StoredTensor> gguf_tower_tensors(const GgufFile& file, const GgufTower& tower,
                                                           std::string_view prefix);

}  // namespace sparsight
