// The one exception type of the program, and CHECK for our own bugs.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sparsight {

// What went wrong, as far as a caller can act on it. Cancelling is not an error; absence is std::optional.
enum class ErrorKind {
  File,     // cannot be opened, read or written
  Decode,   // a video or image that FFmpeg cannot decode
  Model,    // a checkpoint, its config or its tokenizer is unusable
  Memory,   // not enough memory for what was asked
  Device,   // a backend is missing or failed
  Store,    // the chat database
  Network,  // a download
  Usage,    // a request that makes no sense: an option out of range, a range that holds no frame
};

[[nodiscard]] std::string_view to_string(ErrorKind kind);

// A message says what, where, expected and found:
//   `layers.3.self_attn.q_proj.weight: expected [4096, 4096], the file has [4096, 1024]`.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace sparsight

// Aborts with the place: for what can only be a bug of this program, never for input.
#define SPARSIGHT_CHECK(condition) ((condition) ? (void)0 : ::sparsight::check_failed(#condition, __FILE__, __LINE__))
