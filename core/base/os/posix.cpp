// Linux and other POSIX systems.
#include "core/base/os/os.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>
#include <utility>

namespace sparsight::os {

namespace fs = std::filesystem;

namespace {

std::error_code last_error() { return {errno, std::generic_category()}; }
int descriptor(std::intptr_t handle) { return static_cast<int>(handle); }

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }
double seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

FileStamp stamp_from(const struct ::stat& info) {
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .bytes = static_cast<std::uint64_t>(info.st_size),
          .modified_ns = nanoseconds(info.st_mtim),
          .changed_ns = nanoseconds(info.st_ctim)};
}

int flags_of(Access access) {
  switch (access) {
    // O_NONBLOCK: otherwise opening a pipe without a writer blocks.
    case Access::Read: return O_RDONLY | O_NONBLOCK | O_NOCTTY;
    case Access::Write: return O_WRONLY | O_APPEND | O_NOCTTY;
    case Access::New: return O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    case Access::Append: return O_RDWR | O_CREAT | O_APPEND;
    case Access::Change: return O_RDWR | O_CREAT | O_NOFOLLOW;
  }
  return O_RDONLY;
}

// Errors of an operation that a file system does not support.
bool is_not_offered(int error) { return error == EINVAL || error == ENOTSUP || error == EROFS; }

int stream_of(Stream stream) {
  return stream == Stream::In ? STDIN_FILENO : stream == Stream::Out ? STDOUT_FILENO : STDERR_FILENO;
}

// The value after `key` and a colon in a /proc file.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

std::size_t memory_value(const std::string& key) {
  std::istringstream in(proc_value("/proc/meminfo", key));
  std::size_t kibibytes = 0;
  in >> kibibytes;
  return kibibytes * 1024;
}

// By the XDG base directory specification only absolute paths count.
fs::path user_folder(const char* variable, const char* below_home) {
  if (const char* named = std::getenv(variable); named != nullptr && *named == '/') return named;
  const fs::path home = home_folder();
  return home.empty() ? home : home / below_home;
}

}  // namespace

// ---- Files

File::File(const fs::path& path, Access access, std::error_code& error) {
  handle_ = ::open(path.c_str(), flags_of(access) | O_CLOEXEC, 0666);
  error = handle_ < 0 ? last_error() : std::error_code();
}

File::File(File&& other) noexcept : handle_(std::exchange(other.handle_, kNone)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

std::size_t File::read_at(std::uint64_t at, std::span<std::byte> to) const {
  std::size_t got = 0;
  while (got < to.size()) {
    const ssize_t n = ::pread(descriptor(handle_), to.data() + got, to.size() - got, static_cast<off_t>(at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

void File::write(std::string_view bytes, std::error_code& error) {
  error.clear();
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor(handle_), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error = written == 0 ? std::make_error_code(std::errc::io_error) : last_error();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void File::write_at(std::uint64_t at, std::string_view bytes, std::error_code& error) {
  error.clear();
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor(handle_), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error = written == 0 ? std::make_error_code(std::errc::io_error) : last_error();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
}

void File::resize(std::uint64_t bytes, std::error_code& error) {
  const bool done = ::ftruncate(descriptor(handle_), static_cast<off_t>(bytes)) == 0 &&
                    ::lseek(descriptor(handle_), 0, SEEK_END) >= 0;
  error = done ? std::error_code() : last_error();
}

std::uint64_t File::size(std::error_code& error) const {
  struct ::stat info {};
  error = ::fstat(descriptor(handle_), &info) == 0 ? std::error_code() : last_error();
  return static_cast<std::uint64_t>(info.st_size);
}

void File::sync(std::error_code& error) const {
  const bool done = ::fsync(descriptor(handle_)) == 0 || is_not_offered(errno);
  error = done ? std::error_code() : last_error();
}

std::error_code File::close() {
  if (handle_ == kNone) return {};
  // After EINTR the file is closed, too.
  const bool done = ::close(descriptor(std::exchange(handle_, kNone))) == 0 || errno == EINTR;
  return done ? std::error_code() : last_error();
}

bool File::try_lock() {
  while (::flock(descriptor(handle_), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return errno != EWOULDBLOCK;
  }
  return true;
}

bool File::is_named(const fs::path& path) const {
  struct ::stat held {
  }, now{};
  return ::fstat(descriptor(handle_), &held) == 0 && ::stat(path.c_str(), &now) == 0 && held.st_ino == now.st_ino &&
         held.st_dev == now.st_dev;
}

void File::take_permissions_of(const fs::path& path) const {
  struct ::stat former {};
  if (::lstat(path.c_str(), &former) == 0 && S_ISREG(former.st_mode))
    static_cast<void>(::fchmod(descriptor(handle_), former.st_mode & 0777));
}

bool File::is_regular() const {
  struct ::stat info {};
  return ::fstat(descriptor(handle_), &info) == 0 && S_ISREG(info.st_mode);
}

bool File::is_folder() const {
  struct ::stat info {};
  return ::fstat(descriptor(handle_), &info) == 0 && S_ISDIR(info.st_mode);
}

FileStamp File::stamp() const {
  struct ::stat info {};
  return ::fstat(descriptor(handle_), &info) == 0 ? stamp_from(info) : FileStamp{};
}

void replace(const fs::path& from, const fs::path& to, std::error_code& error) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    error = last_error();
    return;
  }
  error.clear();
  const fs::path folder = to.has_parent_path() ? to.parent_path() : ".";
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;  // a folder that may be written to but not read
  if (::fsync(handle) != 0 && !is_not_offered(errno)) error = last_error();
  ::close(handle);
}

std::error_code may_read(const fs::path& path) {
  return ::access(path.c_str(), R_OK) == 0 ? std::error_code() : last_error();
}

std::error_code may_write(const fs::path& path) {
  return ::access(path.c_str(), W_OK) == 0 ? std::error_code() : last_error();
}

bool is_device(const fs::path& path) {
  std::error_code absent;
  const fs::file_status status = fs::status(path, absent);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) return true;
  const auto of_process = [](const fs::path& name) { return name.string().starts_with("/proc/"); };
  return of_process(fs::read_symlink(path, absent)) ||
         of_process(fs::weakly_canonical(path.parent_path(), absent) / "");
}

std::optional<FileStamp> stamp_of(const fs::path& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return stamp_from(info);
}

bool is_shared_over_network(const fs::path& folder) {
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return false;
  // NFS, SMB 1 and 2, AFS, Coda, Ceph, Lustre, 9p, and FUSE, on which sshfs and others are built.
  constexpr std::array<std::uint32_t, 10> kShared{0x6969U,     0x517BU,     0xFF534D42U, 0xFE534D42U, 0x5346414FU,
                                                  0x73757245U, 0x00C36400U, 0x0BD00BD0U, 0x01021997U, 0x65735546U};
  return std::ranges::find(kShared, static_cast<std::uint32_t>(about.f_type)) != kShared.end();
}

void forget_pages(const fs::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);  // only clean pages can be dropped
  ::posix_fadvise(handle, 0, 0, POSIX_FADV_DONTNEED);
  ::close(handle);
}

// ---- Mapped files

// Accessing a page beyond the end of a file raises SIGBUS. Within a guarded range the handler maps zeros there and
// records the fault; any other fault goes to the previous handler, which by default ends the program. Guards are never
// freed, only reused, so that the handler may walk the list at any time. A guard in use has begin < end.
struct Mapping::Guard {
  std::atomic<std::uintptr_t> begin{0}, end{0};
  std::atomic<bool> faulted{false};
  std::atomic<bool> used{false};
  Guard* next = nullptr;

  static inline std::atomic<Guard*> first{nullptr};
  static inline std::uintptr_t page = 0;
  static inline struct sigaction before {};

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

  // True: `at` lies in a guarded range and can now be read. Makes system calls only: it runs in a signal handler, and
  // sanitizers intercept the library's mmap.
  static bool cover(std::uintptr_t at) {
    for (Guard* guard = first.load(); guard != nullptr; guard = guard->next) {
      const std::uintptr_t begin = guard->begin.load(), end = guard->end.load();
      if (at < begin || at >= end) continue;
      guard->faulted.store(true);
      const std::uintptr_t from = at / page * page;
      return ::syscall(SYS_mmap, from, end - from, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
                       -1, 0) == static_cast<long>(from);
    }
    return false;
  }

  static void on_fault(int signal, siginfo_t* info, void* context) {
    const int kept = errno;
    // Raised by the kernel, not sent by a process.
    if (info->si_code > 0 && cover(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
      errno = kept;
      return;
    }
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
      ::signal(signal, SIG_DFL);
      ::raise(signal);  // takes effect once this handler has returned
    } else {
      before.sa_handler(signal);
    }
    errno = kept;
  }

  // Installs the handler with the first guard, for the rest of the process. False: it failed.
  static bool install() {
    static const bool installed = [] {
      page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
      struct sigaction action {};
      action.sa_sigaction = on_fault;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK;
      sigemptyset(&action.sa_mask);
      return ::sigaction(SIGBUS, &action, &before) == 0;
    }();
    return installed;
  }
};

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<void*>::is_always_lock_free);  // a signal handler must not wait

Mapping::Mapping(const File& file, std::size_t bytes, std::error_code& error) {
  error.clear();
  if (bytes == 0) return;
  if (!Guard::install()) {
    error = last_error();
    return;
  }
  Guard& guard = Guard::take();
  void* at = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor(file.handle_), 0);
  if (at == MAP_FAILED) {
    error = last_error();
    guard.used.store(false);
    return;
  }
  ::madvise(at, bytes, MADV_HUGEPAGE);  // a hint, which not every kernel supports
  bytes_ = {static_cast<const std::byte*>(at), bytes};
  const auto begin = reinterpret_cast<std::uintptr_t>(at);
  guard.faulted.store(false);
  guard.begin.store(begin);
  guard.end.store((begin + bytes + Guard::page - 1) / Guard::page * Guard::page);
  guard_ = &guard;
}

Mapping::~Mapping() {
  if (guard_ == nullptr) return;
  guard_->end.store(0);
  guard_->begin.store(0);
  guard_->used.store(false);
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
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
  auto* base = const_cast<std::byte*>(bytes_.data());
  const auto first = static_cast<std::size_t>(part.data() - bytes_.data()), end = first + part.size();
  for (std::size_t at = first / Guard::page * Guard::page; at < end; at += kAtOnce) {
    if (stop.stop_requested()) return false;
    const std::size_t bytes = std::min(kAtOnce, end - at);
#ifdef MADV_POPULATE_READ  // Linux 5.14; older kernels refuse it
    if (::madvise(base + at, bytes, MADV_POPULATE_READ) == 0) continue;
    if (errno != EINVAL) break;
#endif
    for (std::size_t page = 0; page < bytes; page += Guard::page)
      static_cast<void>(*static_cast<const volatile std::byte*>(base + at + page));
  }
  return !stop.stop_requested();
}

// ---- This machine, this process

std::string cpu_name() { return proc_value("/proc/cpuinfo", "model name"); }
std::size_t memory_bytes() { return memory_value("MemTotal"); }
std::size_t available_memory() { return memory_value("MemAvailable"); }

std::size_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

double process_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return seconds(time);
}

PageFaults page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {static_cast<double>(usage.ru_minflt), static_cast<double>(usage.ru_majflt)};
}

PageFaults page_faults_of_thread() {
  rusage usage{};
#ifdef RUSAGE_THREAD  // Linux
  getrusage(RUSAGE_THREAD, &usage);
#endif
  return {static_cast<double>(usage.ru_minflt), static_cast<double>(usage.ru_majflt)};
}

std::int64_t process_id() { return ::getpid(); }

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

fs::path program() {
  std::error_code unknown;
  return fs::read_symlink("/proc/self/exe", unknown);
}

fs::path home_folder() {
  const char* home = std::getenv("HOME");
  return home != nullptr ? home : "";
}

fs::path data_folder() { return user_folder("XDG_DATA_HOME", ".local/share"); }
fs::path cache_folder() { return user_folder("XDG_CACHE_HOME", ".cache"); }

void end_now(int exit_code) { ::_exit(exit_code); }

// ---- Standard streams

bool is_terminal(Stream stream) { return ::isatty(stream_of(stream)) != 0; }

bool clears_lines(Stream stream) {
  const char* kind = std::getenv("TERM");
  return is_terminal(stream) && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

std::optional<std::size_t> columns_of(Stream stream) {
  winsize size{};
  if (::ioctl(stream_of(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return std::nullopt;
  return size.ws_col;
}

void write_if_possible(Stream stream, std::string_view text) {
  const int handle = stream_of(stream);
  std::FILE* file = stream == Stream::Out ? stdout : stderr;
  if (ftrylockfile(file) != 0) return;  // another thread is writing and may never finish
  pollfd ready{.fd = handle, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0)
    static_cast<void>(::write(handle, text.data(), text.size()) < 0);
  funlockfile(file);
}

void fill_closed_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0 && ::open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR) != stream)
      std::abort();
}

// ---- Ctrl+C

struct Interrupts::Impl {
  sigset_t signals{};
};

Interrupts::Interrupts() : impl_(std::make_unique<Impl>()) {
  sigemptyset(&impl_->signals);
  sigaddset(&impl_->signals, SIGINT);
  sigaddset(&impl_->signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &impl_->signals, nullptr);
}

Interrupts::~Interrupts() = default;

void Interrupts::wait() {
  int signal = 0;
  sigwait(&impl_->signals, &signal);
}

bool Interrupts::wait_for(std::chrono::milliseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec moment{.tv_sec = whole.count(), .tv_nsec = std::chrono::nanoseconds(time - whole).count()};
  return sigtimedwait(&impl_->signals, nullptr, &moment) > 0;
}

void Interrupts::wake() { ::kill(::getpid(), SIGTERM); }  // blocked in every thread: the one in wait() receives it

// ---- Child processes

Trial::Trial(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    const std::string said = work();
    // Without cleaning up: drivers may crash at exit, too.
    ::_exit(::write(ends[1], said.data(), said.size()) < 0 ? 1 : 0);
  }
  ::close(ends[1]);
  answer_ = ends[0];
}

Trial::~Trial() {
  if (child_ > 0) {
    ::kill(static_cast<pid_t>(child_), SIGKILL);
    ::waitpid(static_cast<pid_t>(child_), nullptr, 0);
  }
  if (answer_ >= 0) ::close(descriptor(answer_));
}

bool Trial::runs() const { return child_ > 0; }

std::optional<std::string> Trial::answer(std::chrono::milliseconds patience) {
  if (child_ <= 0) return std::nullopt;
  pollfd waited{descriptor(answer_), POLLIN, 0};
  std::array<char, 128> text{};
  ssize_t length = 0;
  if (::poll(&waited, 1, static_cast<int>(patience.count())) == 0)
    ::kill(static_cast<pid_t>(child_), SIGKILL);
  else
    length = ::read(descriptor(answer_), text.data(), text.size());
  ::waitpid(static_cast<pid_t>(child_), nullptr, 0);
  child_ = -1;
  if (length <= 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(length));
}

void restart_program(char** arguments) { ::execv("/proc/self/exe", arguments); }

}  // namespace sparsight::os
