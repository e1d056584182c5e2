// Reads GGUF files, llama.cpp's format: metadata and tensors (format: ggml-org/ggml, docs/gguf.md). Files are not
// trusted.
#pragma once

#include "core/model/ggml_types.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// A value or an array of values; a view into the file.
struct GgufValue {
  enum class Type : std::uint8_t { U8, I8, U16, I16, U32, I32, F32, Bool, Text, Array, U64, I64, F64 };
  Type type{};  // of the elements, if it is an array
  bool is_array = false;
  std::size_t count = 1;
  std::span<const std::byte> numbers;  // little-endian, unaligned; empty for texts and nested arrays
  std::vector<std::string_view> texts;

  // Element i; nullopt if it is not a number.
  [[nodiscard]] std::optional<std::int64_t> integer(std::size_t i = 0) const;  // also nullopt if too large
  [[nodiscard]] std::optional<double> number(std::size_t i = 0) const;
};

struct GgufTensor {
  std::string name;
  const GgmlType* type = nullptr;
  std::vector<std::size_t> shape;  // outermost dimension first; a row is a whole number of blocks
  std::span<const std::byte> bytes;

  [[nodiscard]] std::size_t columns() const { return shape.empty() ? 1 : shape.back(); }
  [[nodiscard]] std::size_t rows() const;
  // Converts one row to floats. Error{Model} if the type is not supported.
  void read_row(std::size_t row, float* out) const;
};

// A view into the file's bytes, valid as long as they are.
struct GgufFile {
  std::string where;
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::map<std::string, GgufTensor, std::less<>> tensors;

  [[nodiscard]] const GgufTensor* tensor(std::string_view name) const;  // nullptr: missing
  [[nodiscard]] const GgufValue* find(std::string_view key) const;      // nullptr: missing
  // nullopt: missing. Error{Model} with the key if the value has another type or is out of range.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;                      // finite as a float
  [[nodiscard]] std::optional<std::size_t> size(std::string_view key, std::size_t max) const;  // 1 .. max
  [[nodiscard]] std::optional<std::int32_t> id(std::string_view key) const;                    // a token's id: >= 0
  [[nodiscard]] const GgufValue* array(std::string_view key, GgufValue::Type of) const;        // nullptr: missing
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;
};

// Parses the whole content of a file of version 2 or 3. Refuses: counts, lengths and sizes larger than the file; more
// than 16 million texts; duplicate keys and tensors; unknown types; rows that are not whole blocks; gaps and overlaps
// between tensors. Error{Model} with `where` and the key or tensor.
[[nodiscard]] GgufFile parse_gguf(std::span<const std::byte> bytes, std::string_view where);

}  // namespace sparsight
