// Windows 10 and later. std::filesystem has UTF-16 paths, so any name works.
#include "core/base/os/os.h"

// clang-format off
#include <windows.h>
#include <psapi.h>
#include <shlobj.h>
// clang-format on
#include <fcntl.h>
#include <io.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace sparsight::os {

namespace fs = std::filesystem;

namespace {

std::error_code last_error() { return {static_cast<int>(::GetLastError()), std::system_category()}; }
HANDLE handle_of(std::intptr_t handle) { return reinterpret_cast<HANDLE>(handle); }

// Converts 100 ns since 1601 to nanoseconds since 1970.
std::int64_t nanoseconds(const LARGE_INTEGER& time) { return (time.QuadPart - 116'444'736'000'000'000) * 100; }

FileStamp stamp_from(HANDLE handle) {
  BY_HANDLE_FILE_INFORMATION info{};
  FILE_BASIC_INFO times{};
  if (!::GetFileInformationByHandle(handle, &info) ||
      !::GetFileInformationByHandleEx(handle, FileBasicInfo, &times, sizeof times))
    return {};
  return {.device = info.dwVolumeSerialNumber,
          .inode = std::uint64_t{info.nFileIndexHigh} << 32 | info.nFileIndexLow,
          .bytes = std::uint64_t{info.nFileSizeHigh} << 32 | info.nFileSizeLow,
          .modified_ns = nanoseconds(times.LastWriteTime),
          .changed_ns = nanoseconds(times.ChangeTime)};
}

HANDLE open_for_information(const fs::path& path) {
  return ::CreateFileW(path.c_str(), FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
}

bool is_link(const fs::path& path) {
  const DWORD attributes = ::GetFileAttributesW(path.c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

OVERLAPPED at_offset(std::uint64_t at) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(at);
  place.OffsetHigh = static_cast<DWORD>(at >> 32);
  return place;
}

fs::path known_folder(const KNOWNFOLDERID& id) {
  PWSTR text = nullptr;
  fs::path folder;
  if (::SHGetKnownFolderPath(id, KF_FLAG_DEFAULT, nullptr, &text) == S_OK) folder = text;
  ::CoTaskMemFree(text);
  return folder;
}

DWORD standard_handle(Stream stream) {
  return stream == Stream::In ? STD_INPUT_HANDLE : stream == Stream::Out ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE;
}

double seconds(const FILETIME& time) {
  return 1e-7 * static_cast<double>(std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime);
}

}  // namespace

// ---- Files

File::File(const fs::path& path, Access access, std::error_code& error) {
  error.clear();
  const bool reads = access == Access::Read || access == Access::Append || access == Access::Change;
  const bool writes = access != Access::Read;
  if (access == Access::Change && is_link(path)) {
    error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
    return;
  }
  const DWORD rights =
      (reads ? GENERIC_READ : 0) | (!writes                    ? 0
                                    : access == Access::Append ? FILE_APPEND_DATA | FILE_WRITE_DATA | SYNCHRONIZE
                                                               : GENERIC_WRITE);
  const DWORD how = access == Access::Read || access == Access::Write ? OPEN_EXISTING
                    : access == Access::New                           ? CREATE_NEW
                                                                      : OPEN_ALWAYS;
  HANDLE handle = ::CreateFileW(path.c_str(), rights, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                how, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  if (handle == INVALID_HANDLE_VALUE) {
    error = last_error();
    return;
  }
  handle_ = reinterpret_cast<std::intptr_t>(handle);
  if (access == Access::Append) ::SetFilePointerEx(handle, {}, nullptr, FILE_END);
}

File::File(File&& other) noexcept : handle_(std::exchange(other.handle_, kNone)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

std::size_t File::read_at(std::uint64_t at, std::span<std::byte> to) const {
  std::size_t got = 0;
  while (got < to.size()) {
    OVERLAPPED place = at_offset(at + got);
    DWORD n = 0;
    const auto most = static_cast<DWORD>(std::min<std::size_t>(to.size() - got, 1u << 30));
    if (!::ReadFile(handle_of(handle_), to.data() + got, most, &n, &place) || n == 0) break;
    got += n;
  }
  return got;
}

void File::write(std::string_view bytes, std::error_code& error) {
  error.clear();
  while (!bytes.empty()) {
    DWORD written = 0;
    const auto most = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1u << 30));
    if (!::WriteFile(handle_of(handle_), bytes.data(), most, &written, nullptr) || written == 0) {
      error = last_error();
      return;
    }
    bytes.remove_prefix(written);
  }
}

void File::write_at(std::uint64_t at, std::string_view bytes, std::error_code& error) {
  error.clear();
  while (!bytes.empty()) {
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(at);
    place.OffsetHigh = static_cast<DWORD>(at >> 32);
    DWORD written = 0;
    const auto most = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1u << 30));
    if (!::WriteFile(handle_of(handle_), bytes.data(), most, &written, &place) || written == 0) {
      error = last_error();
      return;
    }
    bytes.remove_prefix(written);
    at += written;
  }
}

void File::resize(std::uint64_t bytes, std::error_code& error) {
  LARGE_INTEGER end{};
  end.QuadPart = static_cast<LONGLONG>(bytes);
  const bool done =
      ::SetFilePointerEx(handle_of(handle_), end, nullptr, FILE_BEGIN) != 0 && ::SetEndOfFile(handle_of(handle_)) != 0;
  error = done ? std::error_code() : last_error();
}

std::uint64_t File::size(std::error_code& error) const {
  LARGE_INTEGER bytes{};
  error = ::GetFileSizeEx(handle_of(handle_), &bytes) ? std::error_code() : last_error();
  return static_cast<std::uint64_t>(bytes.QuadPart);
}

void File::sync(std::error_code& error) const {
  const bool done = ::FlushFileBuffers(handle_of(handle_)) != 0 || ::GetLastError() == ERROR_INVALID_FUNCTION;
  error = done ? std::error_code() : last_error();
}

std::error_code File::close() {
  if (handle_ == kNone) return {};
  return ::CloseHandle(handle_of(std::exchange(handle_, kNone))) ? std::error_code() : last_error();
}

bool File::try_lock() {
  // Locks a range beyond the end of any file: a locked range cannot be read by others.
  OVERLAPPED place = at_offset(std::uint64_t{1} << 62);
  if (::LockFileEx(handle_of(handle_), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place))
    return true;
  return ::GetLastError() != ERROR_LOCK_VIOLATION;
}

bool File::is_named(const fs::path& path) const {
  const std::optional<FileStamp> now = os::stamp_of(path);
  const FileStamp held = stamp();
  return now && now->device == held.device && now->inode == held.inode;
}

void File::take_permissions_of(const fs::path&) const {}  // new files inherit the folder's

bool File::is_regular() const { return ::GetFileType(handle_of(handle_)) == FILE_TYPE_DISK && !is_folder(); }

bool File::is_folder() const {
  BY_HANDLE_FILE_INFORMATION info{};
  return ::GetFileInformationByHandle(handle_of(handle_), &info) &&
         (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

FileStamp File::stamp() const { return stamp_from(handle_of(handle_)); }

void replace(const fs::path& from, const fs::path& to, std::error_code& error) {
  const bool done = ::MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
  error = done ? std::error_code() : last_error();
}

std::error_code may_read(const fs::path& path) {
  HANDLE handle = ::CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return last_error();
  ::CloseHandle(handle);
  return {};
}

std::error_code may_write(const fs::path& path) {
  HANDLE handle =
      ::CreateFileW(path.c_str(), FILE_WRITE_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);  // for a folder: adding a file
  if (handle == INVALID_HANDLE_VALUE) return last_error();
  ::CloseHandle(handle);
  return {};
}

bool is_device(const fs::path& path) {
  HANDLE handle = open_for_information(path);
  if (handle == INVALID_HANDLE_VALUE) return false;
  const DWORD type = ::GetFileType(handle);
  ::CloseHandle(handle);
  return type == FILE_TYPE_CHAR || type == FILE_TYPE_PIPE;
}

std::optional<FileStamp> stamp_of(const fs::path& path) {
  HANDLE handle = open_for_information(path);
  if (handle == INVALID_HANDLE_VALUE) return std::nullopt;
  const FileStamp stamp = stamp_from(handle);
  ::CloseHandle(handle);
  return stamp;
}

bool is_shared_over_network(const fs::path& folder) {
  std::error_code unknown;
  const fs::path root = fs::weakly_canonical(folder, unknown).root_path();
  return ::GetDriveTypeW(root.c_str()) == DRIVE_REMOTE;
}

void forget_pages(const fs::path& file) {
  // Opening a file without buffering drops it from the cache.
  HANDLE handle = ::CreateFileW(file.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                                FILE_FLAG_NO_BUFFERING, nullptr);
  if (handle != INVALID_HANDLE_VALUE) ::CloseHandle(handle);
}

// ---- Mapped files

// Windows lets nobody truncate a mapped file. A failing disk raises an exception in the reading thread; within a
// mapping the handler records it and maps pages of zeros there.
struct Mapping::Guard {
  std::atomic<std::uintptr_t> begin{0}, end{0};
  std::atomic<bool> faulted{false};
  std::atomic<bool> used{false};
  Guard* next = nullptr;

  static inline std::atomic<Guard*> first{nullptr};

  static Guard& take() {
    for (Guard* guard = first.load(); guard != nullptr; guard = guard->next)
      if (bool free = false; guard->used.compare_exchange_strong(free, true)) return *guard;
    auto* guard = new Guard;  // never freed
    guard->used.store(true);
    guard->next = first.load();
    while (!first.compare_exchange_weak(guard->next, guard)) {
    }
    return *guard;
  }

  static LONG CALLBACK on_fault(EXCEPTION_POINTERS* fault) {
    if (fault->ExceptionRecord->ExceptionCode != EXCEPTION_IN_PAGE_ERROR) return EXCEPTION_CONTINUE_SEARCH;
    const auto at = static_cast<std::uintptr_t>(fault->ExceptionRecord->ExceptionInformation[1]);
    for (Guard* guard = first.load(); guard != nullptr; guard = guard->next) {
      const std::uintptr_t begin = guard->begin.load(), end = guard->end.load();
      if (at < begin || at >= end) continue;
      guard->faulted.store(true);
      auto* whole = reinterpret_cast<void*>(begin);
      if (!::UnmapViewOfFile(whole) ||
          ::VirtualAlloc(whole, end - begin, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY) == nullptr)
        return EXCEPTION_CONTINUE_SEARCH;
      return EXCEPTION_CONTINUE_EXECUTION;
    }
    return EXCEPTION_CONTINUE_SEARCH;
  }

  static bool install() {
    static const bool installed = ::AddVectoredExceptionHandler(1, on_fault) != nullptr;
    return installed;
  }
};

Mapping::Mapping(const File& file, std::size_t bytes, std::error_code& error) {
  error.clear();
  if (bytes == 0) return;
  HANDLE mapping =
      Guard::install() ? ::CreateFileMappingW(handle_of(file.handle_), nullptr, PAGE_READONLY, 0, 0, nullptr) : nullptr;
  void* at = mapping != nullptr ? ::MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, bytes) : nullptr;
  if (at == nullptr) error = last_error();
  if (mapping != nullptr) ::CloseHandle(mapping);  // the view keeps it open
  if (at == nullptr) return;
  bytes_ = {static_cast<const std::byte*>(at), bytes};
  Guard& guard = Guard::take();
  guard.faulted.store(false);
  guard.begin.store(reinterpret_cast<std::uintptr_t>(at));
  guard.end.store(reinterpret_cast<std::uintptr_t>(at) + bytes);
  guard_ = &guard;
}

Mapping::~Mapping() {
  if (guard_ == nullptr) return;
  const bool zeros = guard_->faulted.load();
  guard_->end.store(0);
  guard_->begin.store(0);
  guard_->used.store(false);
  auto* at = const_cast<std::byte*>(bytes_.data());
  if (zeros)
    ::VirtualFree(at, 0, MEM_RELEASE);
  else
    ::UnmapViewOfFile(at);
}

Mapping::Mapping(Mapping&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), guard_(std::exchange(other.guard_, nullptr)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(guard_, other.guard_);
  return *this;
}

bool Mapping::faulted() const { return guard_ != nullptr && guard_->faulted.load(); }

bool Mapping::populate(std::span<const std::byte> part, const std::stop_token& stop) const {
  constexpr std::size_t kAtOnce = std::size_t{64} << 20;
  for (std::size_t at = 0; at < part.size(); at += kAtOnce) {
    if (stop.stop_requested()) return false;
    WIN32_MEMORY_RANGE_ENTRY range{const_cast<std::byte*>(part.data()) + at, std::min(kAtOnce, part.size() - at)};
    if (!::PrefetchVirtualMemory(::GetCurrentProcess(), 1, &range, 0)) break;
  }
  return !stop.stop_requested();
}

// ---- This machine, this process

std::string cpu_name() {
  std::array<char, 256> name{};
  DWORD bytes = name.size() - 1;
  const LSTATUS found = ::RegGetValueA(HKEY_LOCAL_MACHINE, "HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0",
                                       "ProcessorNameString", RRF_RT_REG_SZ, nullptr, name.data(), &bytes);
  return found == ERROR_SUCCESS ? name.data() : "";
}

std::size_t memory_bytes() {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  return ::GlobalMemoryStatusEx(&status) ? static_cast<std::size_t>(status.ullTotalPhys) : 0;
}

std::size_t available_memory() {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  return ::GlobalMemoryStatusEx(&status) ? static_cast<std::size_t>(status.ullAvailPhys) : 0;
}

std::size_t peak_memory() {
  PROCESS_MEMORY_COUNTERS counters{};
  return ::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters) ? counters.PeakWorkingSetSize : 0;
}

double process_cpu_seconds() {
  FILETIME made{}, ended{}, kernel{}, user{};
  return ::GetProcessTimes(::GetCurrentProcess(), &made, &ended, &kernel, &user) ? seconds(kernel) + seconds(user) : 0;
}

PageFaults page_faults() {
  PROCESS_MEMORY_COUNTERS counters{};
  ::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters);
  return {static_cast<double>(counters.PageFaultCount), 0};  // Windows counts both as one
}

PageFaults page_faults_of_thread() { return {}; }

std::int64_t process_id() { return ::GetCurrentProcessId(); }

std::string machine_name() {
  std::array<char, 256> name{};
  DWORD length = name.size();
  return ::GetComputerNameExA(ComputerNameDnsHostname, name.data(), &length) ? name.data() : "?";
}

fs::path program() {
  std::wstring name(32768, L'\0');
  name.resize(::GetModuleFileNameW(nullptr, name.data(), static_cast<DWORD>(name.size())));
  return name;
}

fs::path home_folder() { return known_folder(FOLDERID_Profile); }

fs::path data_folder() {
  if (const wchar_t* named = ::_wgetenv(L"XDG_DATA_HOME"); named != nullptr && fs::path(named).is_absolute())
    return named;
  return known_folder(FOLDERID_LocalAppData);
}

fs::path cache_folder() {
  if (const wchar_t* named = ::_wgetenv(L"XDG_CACHE_HOME"); named != nullptr && fs::path(named).is_absolute())
    return named;
  return known_folder(FOLDERID_LocalAppData);
}

void end_now(int exit_code) { ::_exit(exit_code); }

// ---- Standard streams

bool is_terminal(Stream stream) {
  DWORD mode = 0;
  return ::GetConsoleMode(::GetStdHandle(standard_handle(stream)), &mode) != 0;
}

bool clears_lines(Stream stream) {
  const HANDLE console = ::GetStdHandle(standard_handle(stream));
  DWORD mode = 0;
  return ::GetConsoleMode(console, &mode) != 0 &&
         ::SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

std::optional<std::size_t> columns_of(Stream stream) {
  CONSOLE_SCREEN_BUFFER_INFO about{};
  if (!::GetConsoleScreenBufferInfo(::GetStdHandle(standard_handle(stream)), &about)) return std::nullopt;
  const int columns = about.srWindow.Right - about.srWindow.Left + 1;
  return columns < 2 ? std::nullopt : std::optional(static_cast<std::size_t>(columns));
}

void write_if_possible(Stream stream, std::string_view text) {
  DWORD written = 0;
  ::WriteFile(::GetStdHandle(standard_handle(stream)), text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
}

void fill_closed_standard_streams() {
  for (const int stream : {0, 1, 2})
    if (::_get_osfhandle(stream) < 0 && ::_wopen(L"NUL", stream == 1 ? _O_RDONLY : _O_RDWR) < 0) std::abort();
}

// ---- Ctrl+C

namespace {

struct Requests {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;

  void add() {
    const std::lock_guard lock(mutex);
    ++waiting;
    changed.notify_all();
  }
};

Requests& requests() {
  static Requests all;
  return all;
}

BOOL WINAPI on_control(DWORD) {
  requests().add();
  return TRUE;
}

}  // namespace

struct Interrupts::Impl {};

Interrupts::Interrupts() : impl_(std::make_unique<Impl>()) { ::SetConsoleCtrlHandler(on_control, TRUE); }
Interrupts::~Interrupts() { ::SetConsoleCtrlHandler(on_control, FALSE); }

void Interrupts::wait() {
  Requests& all = requests();
  std::unique_lock lock(all.mutex);
  all.changed.wait(lock, [&] { return all.waiting > 0; });
  --all.waiting;
}

bool Interrupts::wait_for(std::chrono::milliseconds time) {
  Requests& all = requests();
  std::unique_lock lock(all.mutex);
  if (!all.changed.wait_for(lock, time, [&] { return all.waiting > 0; })) return false;
  --all.waiting;
  return true;
}

void Interrupts::wake() { requests().add(); }

// ---- Child processes

Trial::Trial(const std::function<std::string()>&) {}  // Windows has no fork
Trial::~Trial() = default;
bool Trial::runs() const { return false; }
std::optional<std::string> Trial::answer(std::chrono::milliseconds) { return std::nullopt; }

void restart_program(char**) {
  STARTUPINFOW start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION made{};
  std::wstring line = ::GetCommandLineW();
  if (::CreateProcessW(program().c_str(), line.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr, &start, &made))
    end_now(0);
}

}  // namespace sparsight::os
