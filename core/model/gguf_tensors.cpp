// Maps a GGUF file's tensors to the program's, and converts those that differ.
#include "core/base/json.h"
#include "core/model/families/names.h"
#include "core/model/gguf_model.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace sparsight {
namespace {

// ---- What a tensor is made of

// nullopt: quantised.
std::optional<DType> plain_dtype(const GgufTensor& tensor) {
  if (tensor.type->name == "F32") return DType::F32;
  if (tensor.type->name == "F16") return DType::F16;
  if (tensor.type->name == "BF16") return DType::BF16;
  return std::nullopt;
}

StoredTensor stored(std::string name, const GgufTensor& tensor) {
  StoredTensor out;
  out.name = std::move(name);
  out.type = tensor.type->name;
  out.shape = tensor.shape;
  out.bytes = tensor.bytes;
  if (const std::optional<DType> plain = plain_dtype(tensor)) {
    out.dtype = plain;
  } else if (tensor.type->read != nullptr) {
    out.dtype = DType::F32;
    out.make = [tensor](void* to) {
      for (std::size_t row = 0; row < tensor.rows(); ++row)
        tensor.read_row(row, static_cast<float*>(to) + row * tensor.columns());
    };
  }
  return out;
}

// llama.cpp rotates neighbouring values, transformers the two halves of a head, so the converter interleaves the
// halves' rows. This undoes it, for weights and biases.
StoredTensor unrotated(std::string name, const GgufTensor& tensor, std::size_t heads) {
  StoredTensor out = stored(std::move(name), tensor);
  const std::size_t rows = tensor.shape.empty() ? 1 : tensor.shape[0];
  if (rows % (2 * heads) != 0)
    fail(ErrorKind::Model, "{}: expected an even number of rows for each of {} heads, found {} rows",
         shown(tensor.name), heads, rows);
  if (!out.dtype) return out;
  const std::size_t half = rows / heads / 2, row_bytes = tensor.rows() * tensor.columns() / rows * size_of(*out.dtype);
  out.make = [straight = out.make, bytes = out.bytes, half, row_bytes, rows](void* to) {
    std::vector<std::byte> held(straight ? rows * row_bytes : 0);
    if (straight) straight(held.data());
    const std::byte* from = straight ? held.data() : bytes.data();
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t head = row / (2 * half), part = row / half % 2, at = row % half;
      const std::byte* source = from + (head * 2 * half + 2 * at + part) * row_bytes;
      std::copy_n(source, row_bytes, static_cast<std::byte*>(to) + row * row_bytes);
    }
  };
  return out;
}

// Joins tensors of one type: for each of `groups` in turn, that part of every tensor.
StoredTensor joined(std::string name, const std::vector<const GgufTensor*>& parts, std::size_t groups,
                    std::vector<std::size_t> shape) {
  std::vector<StoredTensor> each;
  for (const GgufTensor* part : parts) each.push_back(stored("", *part));
  StoredTensor out = each.front();
  out.name = std::move(name);
  out.shape = std::move(shape);
  const std::byte *begin = out.bytes.data(), *end = begin + out.bytes.size();
  std::vector<std::size_t> sizes;  // in bytes, after reading
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (each[i].type != out.type)
      fail(ErrorKind::Model, "{}: expected the type of {}, {}, found {}", shown(parts[i]->name), shown(parts[0]->name),
           out.type, each[i].type);
    begin = std::min(begin, each[i].bytes.data());
    end = std::max(end, each[i].bytes.data() + each[i].bytes.size());
    if (out.dtype) sizes.push_back(parts[i]->rows() * parts[i]->columns() * size_of(*out.dtype));
  }
  out.bytes = {begin, end};
  if (!out.dtype) return out;
  out.make = [each = std::move(each), sizes, groups](void* to) {
    const std::size_t stride = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}) / groups;
    std::size_t before = 0;  // bytes of a group already written
    for (std::size_t i = 0; i < each.size(); ++i) {
      const std::size_t size = sizes[i] / groups;
      std::vector<std::byte> held(each[i].make ? sizes[i] : 0);
      if (each[i].make) each[i].make(held.data());
      const std::byte* from = each[i].make ? held.data() : each[i].bytes.data();
      for (std::size_t group = 0; group < groups; ++group)
        std::copy_n(from + group * size, size, static_cast<std::byte*>(to) + group * stride + before);
      before += size;
    }
  };
  return out;
}

// ---- Names

struct GgufName {
  std::string_view theirs;  // prefix
  std::string_view ours;
};
using GgufNames = std::span<const GgufName>;

constexpr std::array kGgufDecoder{
    GgufName{"token_embd.", "embed_tokens."},
    GgufName{"output_norm.", "norm."},
};
constexpr std::array kGgufDecoderLayer{
    GgufName{"attn_norm.", "input_layernorm."},    GgufName{"attn_q.", "self_attn.q_proj."},
    GgufName{"attn_k.", "self_attn.k_proj."},      GgufName{"attn_v.", "self_attn.v_proj."},
    GgufName{"attn_output.", "self_attn.o_proj."}, GgufName{"ffn_norm.", "post_attention_layernorm."},
    GgufName{"ffn_gate.", "mlp.gate_proj."},       GgufName{"ffn_up.", "mlp.up_proj."},
    GgufName{"ffn_down.", "mlp.down_proj."},
};

constexpr std::array kGgufClip{
    GgufName{"v.class_embd", "embeddings.class_embedding"},
    GgufName{"v.patch_embd.", "embeddings.patch_embedding."},
    GgufName{"v.position_embd.", "embeddings.position_embedding."},
    GgufName{"v.pre_ln.", "pre_layrnorm."},
    GgufName{"v.post_ln.", "post_layernorm."},
};
constexpr std::array kGgufClipLayer{
    GgufName{"attn_q.", "self_attn.q_proj."}, GgufName{"attn_k.", "self_attn.k_proj."},
    GgufName{"attn_v.", "self_attn.v_proj."}, GgufName{"attn_out.", "self_attn.out_proj."},
    GgufName{"ln1.", "layer_norm1."},         GgufName{"ln2.", "layer_norm2."},
    GgufName{"ffn_up.", "mlp.fc1."},          GgufName{"ffn_down.", "mlp.fc2."},
};
constexpr std::array kGgufProjector{
    GgufName{"mm.0.", "linear_1."},
    GgufName{"mm.2.", "linear_2."},
};

constexpr std::array kGgufQwen{
    GgufName{"v.patch_embd.", "patch_embed.proj."},
    GgufName{"v.post_ln.", "merger.ln_q."},
    GgufName{"mm.0.", "merger.mlp.0."},
    GgufName{"mm.2.", "merger.mlp.2."},
};
constexpr std::array kGgufQwen2Layer{
    GgufName{"attn_qkv.", "attn.qkv."}, GgufName{"attn_out.", "attn.proj."}, GgufName{"ln1.", "norm1."},
    GgufName{"ln2.", "norm2."},         GgufName{"ffn_up.", "mlp.fc1."},     GgufName{"ffn_down.", "mlp.fc2."},
};
constexpr std::array kGgufQwen25Layer{
    GgufName{"attn_qkv.", "attn.qkv."},
    GgufName{"attn_out.", "attn.proj."},
    GgufName{"ln1.", "norm1."},
    GgufName{"ln2.", "norm2."},
    GgufName{"ffn_gate.", "mlp.gate_proj."},
    GgufName{"ffn_up.", "mlp.up_proj."},
    GgufName{"ffn_down.", "mlp.down_proj."},
};

std::optional<std::string> renamed(std::string_view name, GgufNames names) {
  for (const GgufName& n : names)
    if (name.starts_with(n.theirs)) return std::string(n.ours).append(name.substr(n.theirs.size()));
  return std::nullopt;
}

// Splits "blk.12.attn_q.weight" into the layer's number and the name in the layer.
struct InLayer {
  std::string_view layer, name;
};
std::optional<InLayer> in_layer(std::string_view name, std::string_view before) {
  if (!name.starts_with(before)) return std::nullopt;
  name.remove_prefix(before.size());
  const std::size_t dot = name.find('.');
  if (dot == 0 || dot > 4 || dot == std::string_view::npos ||
      name.substr(0, dot).find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return InLayer{name.substr(0, dot), name.substr(dot + 1)};
}

[[noreturn]] void refuse_tensor(const GgufFile& file, std::string_view name, std::string_view of) {
  fail(ErrorKind::Model, "{}: tensor {}: unknown part of a {} model", file.where, shown(name), of);
}

// Whether a layer's fc1 has the name "ffn_down", which old converters gave it.
bool is_mlp_swapped(const GgufFile& file, std::string_view layer, std::size_t width) {
  const GgufTensor* up = file.tensor(fmt::format("v.blk.{}.ffn_up.weight", layer));
  const GgufTensor* down = file.tensor(fmt::format("v.blk.{}.ffn_down.weight", layer));
  return up != nullptr && down != nullptr && down->columns() == width && up->columns() != width;
}

// Joins q, k and v of a layer of Qwen's tower, weights or biases.
StoredTensor joined_qkv(const GgufFile& file, const GgufTensor& q, std::string_view layer, std::string_view kind,
                        std::string name) {
  std::vector<const GgufTensor*> parts{&q};
  for (const char* other : {"attn_k", "attn_v"}) {
    const std::string needed = fmt::format("v.blk.{}.{}.{}", layer, other, kind);
    const GgufTensor* found = file.tensor(needed);
    if (found == nullptr || found->shape != q.shape) file.refuse(needed, "expected a tensor of attn_q's shape");
    parts.push_back(found);
  }
  std::vector<std::size_t> shape = q.shape;
  if (shape.empty()) file.refuse(q.name, "expected a tensor of one or two dimensions");
  shape[0] *= 3;
  return joined(std::move(name), parts, 1, std::move(shape));
}

// Joins the weights of the two frames of Qwen's patches: [hidden, channels, 2, height, width].
StoredTensor joined_patches(const GgufFile& file, const GgufTensor& first, const GgufTensor& second, std::string name) {
  if (first.shape.size() != 4 || first.shape != second.shape)
    file.refuse(second.name, "expected the same four dimensions as the first frame's");
  std::vector<std::size_t> shape = first.shape;
  shape.insert(shape.begin() + 2, 2);
  const std::size_t filters = shape[0] * shape[1];
  return joined(std::move(name), {&first, &second}, filters, std::move(shape));
}

}  // namespace

std::vector<StoredTensor> gguf_decoder_tensors(const GgufFile& file, const GgufDecoder& decoder) {
  std::vector<StoredTensor> out;
  const bool rotated = decoder.architecture == "llama";
  for (const auto& [name, tensor] : file.tensors) {
    if (name == kGgufRopeFactors) continue;
    const std::optional<InLayer> in = in_layer(name, "blk.");
    if (in && in->name.starts_with("attn_rot_embd.")) continue;  // frequencies in old files
    std::optional<std::string> ours = in ? renamed(in->name, kGgufDecoderLayer) : renamed(name, kGgufDecoder);
    if (name == "output.weight") {
      ours = kLmHead;
    } else if (ours) {
      ours = decoder_tensor(in ? fmt::format("layers.{}.{}", in->layer, *ours) : *ours);
    } else {
      refuse_tensor(file, name, decoder.architecture);
    }
    if (rotated && in && in->name.starts_with("attn_q."))
      out.push_back(unrotated(*ours, tensor, decoder.text.heads));
    else if (rotated && in && in->name.starts_with("attn_k."))
      out.push_back(unrotated(*ours, tensor, decoder.text.kv_heads));
    else
      out.push_back(stored(*ours, tensor));
  }
  return out;
}

std::vector<StoredTensor> gguf_tower_tensors(const GgufFile& file, const GgufTower& tower, std::string_view prefix) {
  const bool llava = tower.kind == GgufTower::Kind::Llava;
  const GgufNames of_tower = llava ? GgufNames(kGgufClip) : GgufNames(kGgufQwen);
  const GgufNames of_layer = llava                                    ? GgufNames(kGgufClipLayer)
                             : tower.kind == GgufTower::Kind::Qwen2Vl ? GgufNames(kGgufQwen2Layer)
                                                                      : GgufNames(kGgufQwen25Layer);
  const std::string layers = std::string(prefix) + (llava ? "encoder.layers." : "blocks.");
  constexpr std::string_view kSecondFrame = "v.patch_embd.weight.1";
  std::vector<StoredTensor> out;
  for (const auto& [name, tensor] : file.tensors) {
    if (name == kSecondFrame && !llava) continue;  // joined with the first
    if (name == "model.image_newline" || name == "v.image_newline") {
      out.push_back(stored("model.image_newline", tensor));
    } else if (const std::optional<InLayer> in = in_layer(name, "v.blk.")) {
      if (!llava && (in->name.starts_with("attn_k.") || in->name.starts_with("attn_v."))) continue;  // joined with q
      if (!llava && in->name.starts_with("attn_q.")) {
        const std::string_view kind = in->name.substr(std::string_view("attn_q.").size());
        out.push_back(
            joined_qkv(file, tensor, in->layer, kind, fmt::format("{}{}.attn.qkv.{}", layers, in->layer, kind)));
        continue;
      }
      std::string theirs(in->name);
      if (is_mlp_swapped(file, in->layer, tower.vision.hidden)) {
        if (theirs.starts_with("ffn_up."))
          theirs.replace(0, 6, "ffn_down");
        else if (theirs.starts_with("ffn_down."))
          theirs.replace(0, 8, "ffn_up");
      }
      const std::optional<std::string> ours = renamed(theirs, of_layer);
      if (!ours) refuse_tensor(file, name, "tower");
      out.push_back(stored(fmt::format("{}{}.{}", layers, in->layer, *ours), tensor));
    } else if (const std::optional<std::string> projector = renamed(name, kGgufProjector); projector && llava) {
      out.push_back(stored(projector_tensor(*projector), tensor));
    } else if (const std::optional<std::string> ours = renamed(name, of_tower)) {
      const GgufTensor* second = file.tensor(std::string(kSecondFrame));
      if (!llava && second != nullptr && name == "v.patch_embd.weight")
        out.push_back(joined_patches(file, tensor, *second, std::string(prefix) + *ours));
      else
        out.push_back(stored(std::string(prefix) + *ours, tensor));
    } else {
      refuse_tensor(file, name, "tower");
    }
  }
  return out;
}

}  // namespace sparsight
