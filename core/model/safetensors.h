// Reads and writes headers of tensor files (format: huggingface/safetensors, README "Format"). Headers are not trusted.
#pragma once

#include "kernels/tensor.h"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight {

// One safetensors header entry, offsets relative to the data section.
struct SafetensorsEntry {
  std::string type;            // as in the file: "BF16", "F8_E4M3"
  std::optional<DType> dtype;  // nullopt: a dtype that Sparsight does not compute with
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::string shape_str() const;  // "[4096, 11008]"
};

struct SafetensorsFile {
  std::map<std::string, SafetensorsEntry, std::less<>> entries;
  std::map<std::string, std::string, std::less<>> metadata;
  std::size_t data_begin = 0;  // offset of the data section; a multiple of 8 in files that the format's library wrote
};

// Parses the header of a file; `bytes` is its whole content. Refuses a header longer than the file or than 100 MB, deep
// or malformed JSON, duplicate names, unknown dtypes, sizes that overflow or differ from shape x dtype, and ranges that
// are out of bounds, overlap or leave gaps. Error{Model} names `where` and the tensor.
[[nodiscard]] SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view where);

// A tensor of a file to be written.
struct SafetensorsPart {
  std::string name;
  DType dtype;
  Shape shape;
  [[nodiscard]] std::size_t bytes() const { return shape.elements() * size_of(dtype); }
};
// The beginning of a file in which these tensors follow in this order without gaps; a multiple of 8 bytes.
[[nodiscard]] std::string safetensors_header(std::span<const SafetensorsPart> parts,
                                             std::span<const std::pair<std::string, std::string>> metadata = {});

}  // namespace sparsight
