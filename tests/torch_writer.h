// Makes PyTorch's pickled checkpoints for tests, valid and hostile ones, instruction by instruction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight::test {

inline std::string little_endian(std::uint64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
  return out;
}

// Instructions of protocol 2.
namespace pickle {

inline std::string global(std::string_view module, std::string_view name) {
  return std::string("c").append(module).append("\n").append(name).append("\n");
}
inline std::string number(std::int64_t value) {
  return "\x8A\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}
inline std::string text(std::string_view value) { return ("X" + little_endian(value.size(), 4)).append(value); }
inline std::string tuple(std::initializer_list<std::string> items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}
inline std::string numbers(std::initializer_list<std::int64_t> values) {
  std::string out = "(";
  for (const std::int64_t value : values) out += number(value);
  return out + "t";
}
inline std::string dict(std::initializer_list<std::pair<std::string, std::string>> items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) out += text(key) + value;
  return out + "u";
}
inline std::string storage(std::string_view key = "0", std::int64_t elements = 4,
                           std::string_view type = "FloatStorage") {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), number(elements)}) + "Q";
}
inline std::string tensor(std::string_view data, std::int64_t offset, std::string_view shape,
                          std::string_view strides) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({std::string(data), number(offset), std::string(shape), std::string(strides), "\x89",
                global("collections", "OrderedDict") + ")R"}) +
         "R";
}
inline std::string tensor() { return tensor(storage(), 0, numbers({4}), numbers({1})); }

}  // namespace pickle

// An uncompressed ZIP archive.
inline std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out, directory;
  for (const auto& [name, content] : files) {
    const std::string sizes = little_endian(0, 4) + little_endian(content.size(), 4) +
                              little_endian(content.size(), 4) + little_endian(name.size(), 2) +
                              little_endian(0, 2);  // checksums are not read
    directory += "PK\1\2" + std::string(6, '\0') + std::string(6, '\0') + sizes + std::string(10, '\0') +
                 little_endian(out.size(), 4) + name;
    out += "PK\3\4" + std::string(4, '\0') + std::string(6, '\0') + sizes + name + content;
  }
  const std::size_t begin = out.size();
  return out + directory + "PK\5\6" + std::string(4, '\0') + little_endian(files.size(), 2) +
         little_endian(files.size(), 2) + little_endian(directory.size(), 4) + little_endian(begin, 4) +
         little_endian(0, 2);
}

// A checkpoint with this pickle, without its first and last instruction, and 16 bytes of data with the key "0".
inline std::string torch_zip(std::string_view pickle) {
  return stored_zip({{"m/data.pkl", ("\x80\x02" + std::string(pickle)) + "."}, {"m/data/0", std::string(16, '\1')}});
}

}  // namespace sparsight::test
