#include "kernels/cuda/library.h"

#include <algorithm>
#include <vector>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace sparsight::cuda {
namespace {

#ifdef _WIN32
void* load(const std::filesystem::path& path, std::string& why) {
  // Only the system's folders and the program's own for a bare name: never the current one.
  const DWORD where = path.has_parent_path() ? LOAD_WITH_ALTERED_SEARCH_PATH
                                             : LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_APPLICATION_DIR;
  HMODULE handle = ::LoadLibraryExW(path.c_str(), nullptr, where);
  if (handle == nullptr) why = path.string() + ": Windows error " + std::to_string(::GetLastError());
  return reinterpret_cast<void*>(handle);
}
#else
void* load(const std::filesystem::path& path, std::string& why) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    why = text != nullptr ? text : path.string() + ": not found";
  }
  return handle;
}
#endif

}  // namespace

Library::Library(std::span<const char* const> names, std::span<const std::filesystem::path> folders) {
  std::vector<std::filesystem::path> tries;
  for (const std::filesystem::path& folder : folders)
    for (const char* name : names)
      if (std::error_code error; std::filesystem::is_regular_file(folder / name, error)) tries.push_back(folder / name);
  tries.insert(tries.end(), names.begin(), names.end());
  for (const std::filesystem::path& path : tries) {
    std::string why;
    handle_ = load(path, why);
    if (handle_ != nullptr) {
      name_ = path.string();
      why_.clear();
      return;
    }
    why_ += (why_.empty() ? "" : "; ") + why;
  }
  for (const std::filesystem::path& folder : folders)
    if (std::ranges::none_of(tries, [&](const auto& path) { return path.parent_path() == folder; }))
      why_ += "; none in " + folder.string();
}

void* Library::address_of(const char* name) const {
#ifdef _WIN32
  return reinterpret_cast<void*>(::GetProcAddress(reinterpret_cast<HMODULE>(handle_), name));
#else
  return ::dlsym(handle_, name);
#endif
}

}  // namespace sparsight::cuda
