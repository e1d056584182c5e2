// A shared library that is loaded while the program runs.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace sparsight::cuda {

// Stays loaded until the program ends: NVIDIA's libraries have threads of their own.
class Library {
 public:
  // The first of `names` that can be loaded: from `folders`, in this order, then from where the system looks. Not
  // found: why() says for each what the system said.
  Library(std::span<const char* const> names, std::span<const std::filesystem::path> folders);

  [[nodiscard]] bool loaded() const { return handle_ != nullptr; }
  [[nodiscard]] const std::string& name() const { return name_; }  // that was found, with its folder if one was named
  [[nodiscard]] const std::string& why() const { return why_; }
  // Sets a pointer to the function of this name; nullptr: the library has none.
  template <typename Function>
  bool find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(address_of(name));
    return function != nullptr;
  }
  [[nodiscard]] bool has(const char* name) const { return address_of(name) != nullptr; }

 private:
  [[nodiscard]] void* address_of(const char* name) const;

  void* handle_ = nullptr;
  std::string name_, why_;
};

}  // namespace sparsight::cuda
