// The program's only exception type, and SPARSIGHT_CHECK for bugs of the program.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sparsight {

// What went wrong, as far as a caller can react to it. Cancelling is not an error; a missing value is std::optional.
enum class ErrorKind {
  File,     // cannot be opened, read or written
  Decode,   // a video or image that FFmpeg cannot decode
  Model,    // a checkpoint, its config or its tokenizer is unusable
  Memory,   // not enough memory for what was asked
  Device,   // a backend is missing or failed
  Store,    // the chat database
  Network,  // a download
  Usage,    // an invalid request: an option out of range, a time range without frames
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

// Aborts and prints the location: for bugs of this program only, never for input.
#define SPARSIGHT_CHECK(condition) ((condition) ? (void)0 : ::sparsight::check_failed(#condition, __FILE__, __LINE__))
