#include "core/base/file_stamp.h"

#include <fmt/format.h>

namespace sparsight {

std::string FileStamp::str() const {
  return fmt::format("{}:{}:{}:{}:{}", device, inode, bytes, modified_ns, changed_ns);
}

}  // namespace sparsight
