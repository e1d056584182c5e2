// What the tests of the hub share: options for a hub of this machine, and content that differs everywhere.
#pragma once

#include "core/hub/fetch.h"
#include "kernels/error.h"
#include "tests/hub_server.h"
#include "tests/support.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace sparsight::test {

// Impatient, so that tests do not wait.
inline HubOptions options_for(const HubServer& server, const std::filesystem::path& cache) {
  HubOptions options;
  options.endpoint = server.endpoint();
  options.cache = cache;
  options.first_wait = std::chrono::milliseconds(1);
  options.longest_wait = std::chrono::milliseconds(5);
  return options;
}

inline std::string noise(std::size_t bytes, std::uint32_t seed = 1) {
  std::string text(bytes, '\0');
  for (char& c : text) {
    seed = seed * 1664525 + 1013904223;
    c = static_cast<char>(seed >> 24);
  }
  return text;
}

// A small repository as people have them: what Sparsight needs, and what it does not.
inline void stock(HubServer& server, std::size_t weight_bytes = 300'000) {
  server.files = {{.name = ".gitattributes", .content = "x"},
                  {.name = "README.md", .content = "# A model"},
                  {.name = "config.json", .content = R"({"model_type": "smolvlm"})"},
                  {.name = "empty.txt", .content = ""},
                  {.name = "model.safetensors", .content = noise(weight_bytes), .large = true},
                  {.name = "onnx/model.onnx", .content = noise(5000, 2), .large = true},
                  {.name = "pytorch_model.bin", .content = noise(5000, 3), .large = true},
                  {.name = "tokenizer.json", .content = "{}"}};
}

inline std::filesystem::path fetch(const HubServer& server, const HubOptions& options, const Control& control = {}) {
  return fetch_model(look_up(server.id, "main", options), options, control);
}

// The message of the Error of `kind` that `work` ends with; "nothing" if it ends well.
inline std::string failure_of(ErrorKind kind, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.kind() == kind ? std::string(error.what())
                                : "of another kind, " + std::string(to_string(error.kind())) + ": " + error.what();
  }
  return "nothing";
}

}  // namespace sparsight::test
