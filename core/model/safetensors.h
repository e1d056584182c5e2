// Files of tensors (format: huggingface/safetensors, README "Format"): their header, read and written. A header that is
// read is never trusted.
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
  std::optional<DType> dtype;  // none for a dtype that nothing here computes with
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::string shape_str() const;  // "[4096, 11008]"
};

struct SafetensorsFile {
  std::map<std::string, SafetensorsEntry, std::less<>> entries;
  std::map<std::string, std::string, std::less<>> metadata;
  std::size_t data_begin = 0;  // of the data section in the file; a multiple of 8 in files made by the format's library
};

// Parses the header of a file of which `bytes` is the whole content. Refuses: a header longer than the file or
// than 100 MB, deep or malformed JSON, names that occur twice, unknown dtypes, sizes that overflow or differ from
// shape x dtype, ranges that are out of bounds, overlap or leave holes. Error{Model} naming `where` and the tensor.
[[nodiscard]] SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view where);

// A tensor of a file that is written.
struct SafetensorsPart {
  std::string name;
  DType dtype;
  Shape shape;
  [[nodiscard]] std::size_t bytes() const { return shape.elements() * size_of(dtype); }
};
// What a file begins with whose tensors follow in this order and without gaps; a multiple of 8 bytes.
[[nodiscard]] std::string safetensors_header(std::span<const SafetensorsPart> parts,
                                             std::span<const std::pair<std::string, std::string>> metadata = {});

}  // namespace sparsight
