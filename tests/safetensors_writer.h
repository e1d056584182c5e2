// Makes safetensors files for tests, valid and invalid ones.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::test {

// A file of exactly this header and this data.
inline std::string safetensors_file(std::string_view header, std::string_view data) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> (8 * i) & 0xFF);
  return (out += header) += data;
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

struct SafetensorsWriter {
  std::size_t alignment = 8;  // of the data section, as the format's library pads it
  std::string padding;        // more of it after the header

  void add(std::string_view name, std::string_view dtype, const std::vector<std::size_t>& shape,
           std::string_view bytes) {
    if (!entries_.empty()) entries_ += ",";
    entries_ += fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", name, dtype,
                            fmt::join(shape, ","), data_.size(), data_.size() + bytes.size());
    data_ += bytes;
  }
  [[nodiscard]] std::string str() const {
    std::string header = "{" + entries_ + "}";
    while (header.size() % alignment != 0) header += ' ';
    return safetensors_file(header + padding, data_);
  }

 private:
  std::string entries_;
  std::string data_;
};

}  // namespace sparsight::test
