// GGUF files, llama.cpp's: metadata and tensors (format: ggml-org/ggml, docs/gguf.md). Nothing in a file is trusted.
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

// A value, or an array of them, where it lies in the file.
struct GgufValue {
  enum class Type : std::uint8_t { U8, I8, U16, I16, U32, I32, F32, Bool, Text, Array, U64, I64, F64 };
  Type type{};  // of the elements if it is an array
  bool is_array = false;
  std::size_t count = 1;
  std::span<const std::byte> numbers;  // little-endian, aligned to nothing; empty for texts and arrays of arrays
  std::vector<std::string_view> texts;

  // Element i as a number, where it is one.
  [[nodiscard]] std::optional<std::int64_t> integer(std::size_t i = 0) const;  // none above the largest
  [[nodiscard]] std::optional<double> number(std::size_t i = 0) const;
};

struct GgufTensor {
  std::string name;
  const GgmlType* type = nullptr;
  std::vector<std::size_t> shape;  // outermost first; rows are whole blocks
  std::span<const std::byte> bytes;

  [[nodiscard]] std::size_t columns() const { return shape.empty() ? 1 : shape.back(); }
  [[nodiscard]] std::size_t rows() const;
  // Row `row` as floats. Error{Model} for a type that nothing here reads.
  void read_row(std::size_t row, float* out) const;
};

// Views into the file's bytes; lives as long as those do.
struct GgufFile {
  std::string where;
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::map<std::string, GgufTensor, std::less<>> tensors;

  [[nodiscard]] const GgufTensor* tensor(std::string_view name) const;  // nullptr: missing
  [[nodiscard]] const GgufValue* find(std::string_view key) const;      // nullptr: missing
  // Error{Model} names the key where the value is of another kind.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;                      // finite as a float
  [[nodiscard]] std::optional<std::size_t> size(std::string_view key, std::size_t max) const;  // 1 .. max
  [[nodiscard]] std::optional<std::int32_t> id(std::string_view key) const;                    // of a token: >= 0
  [[nodiscard]] const GgufValue* array(std::string_view key, GgufValue::Type of) const;        // nullptr: missing
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;
};

// Of a file whose content is `bytes`; versions 2 and 3. Refuses: counts, lengths and sizes beyond the file, more than
// 16 million texts, values and tensors that occur twice, unknown types, tensors that are not whole blocks, or do not
// follow each other as the format wants it. Error{Model} naming `where` and the key or tensor.
[[nodiscard]] GgufFile parse_gguf(std::span<const std::byte> bytes, std::string_view where);

}  // namespace sparsight
