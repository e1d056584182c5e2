// Bytes as text, for data that is embedded in pages and pictures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sparsight {

// RFC 4648, padded, without line breaks.
[[nodiscard]] std::string to_base64(const std::vector<std::uint8_t>& bytes);

}  // namespace sparsight
