// Makes GGUF files for tests, valid and hostile ones.
#pragma once

#include "core/model/gguf.h"
#include "tests/torch_writer.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::test {

struct GgufWriter {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::uint64_t more_values = 0, more_tensors = 0;  // added to the header's counts
  std::size_t alignment = 32;

  static std::string text(std::string_view value) { return little_endian(value.size(), 8).append(value); }

  void value(std::string_view key, GgufValue::Type type, std::string_view bytes) {
    raw(key, static_cast<std::uint32_t>(type), bytes);
  }
  void raw(std::string_view key, std::uint32_t type, std::string_view bytes) {
    (values_ += text(key) + little_endian(type, 4)).append(bytes);
    ++value_count_;
  }
  void number(std::string_view key, std::uint32_t number) {
    value(key, GgufValue::Type::U32, little_endian(number, 4));
  }
  void floating(std::string_view key, float number) {
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    value(key, GgufValue::Type::F32, bytes);
  }
  void string(std::string_view key, std::string_view content) { value(key, GgufValue::Type::Text, text(content)); }
  void array(std::string_view key, GgufValue::Type type, std::uint64_t count, std::string_view bytes) {
    value(key, GgufValue::Type::Array,
          (little_endian(static_cast<std::uint32_t>(type), 4) + little_endian(count, 8)).append(bytes));
  }

  // `dims`: innermost first, as in the format. `offset_more` is added to the data's offset.
  void tensor(std::string_view name, const std::vector<std::uint64_t>& dims, std::uint32_t type, std::string_view data,
              std::uint64_t offset_more = 0) {
    tensors_ += text(name) + little_endian(dims.size(), 4);
    for (const std::uint64_t dim : dims) tensors_ += little_endian(dim, 8);
    tensors_ += little_endian(type, 4) + little_endian(data_.size() + offset_more, 8);
    data_.append(data);
    data_.append((alignment - data_.size() % alignment) % alignment, '\0');
    ++tensor_count_;
  }
  void zeros(std::string_view name, std::vector<std::uint64_t> dims) {  // F32
    std::uint64_t bytes = 4;
    for (const std::uint64_t dim : dims) bytes *= dim;
    tensor(name, dims, 0, std::string(bytes, '\0'));
  }

  [[nodiscard]] std::string str() const {
    std::string out = magic + little_endian(version, 4) + little_endian(tensor_count_ + more_tensors, 8) +
                      little_endian(value_count_ + more_values, 8) + values_ + tensors_;
    out.append((alignment - out.size() % alignment) % alignment, '\0');
    return out + data_;
  }

 private:
  std::string values_, tensors_, data_;
  std::uint64_t value_count_ = 0, tensor_count_ = 0;
};

}  // namespace sparsight::test
