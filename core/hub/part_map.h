// Which bytes of an unfinished file are on the disk, kept in a file beside it, so that a download goes on after the
// program was killed. The map is written after the bytes were flushed: it never claims more than what is there.
#pragma once

#include "core/base/os/os.h"
#include "core/hub/http.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// The number of bytes that are missing by the map in `file`; all of them if there is no map of this content.
[[nodiscard]] std::uint64_t missing_by_map(const std::filesystem::path& file, const std::string& hash,
                                           std::uint64_t bytes, std::uint64_t on_disk);

// What a map's text claims, in order and apart from each other; nothing if it is of other content, or claims more than
// the first `on_disk` bytes.
[[nodiscard]] std::vector<ByteRange> parse_part_map(std::string_view text, const std::string& hash, std::uint64_t bytes,
                                                    std::uint64_t on_disk);

// A line of text for each flush; whatever follows the first line that is not whole is ignored.
class PartMap {
 public:
  // Reads the map in `file` if it is of the content `hash` of `bytes` bytes and claims no more than the first `on_disk`
  // bytes of it; else begins a new one. Error{File}.
  PartMap(std::filesystem::path file, const std::string& hash, std::uint64_t bytes, std::uint64_t on_disk);

  void add(const std::vector<ByteRange>& flushed);       // Error{File}
  void forget();                                         // claims nothing any more. Error{File}
  [[nodiscard]] std::vector<ByteRange> missing() const;  // in order, as few as possible
  [[nodiscard]] std::uint64_t missing_bytes() const;

 private:
  void begin();

  std::filesystem::path file_;
  std::string title_;  // the first line
  std::uint64_t bytes_;
  std::vector<ByteRange> held_;  // in order, apart from each other
  os::File open_;
};

}  // namespace sparsight
