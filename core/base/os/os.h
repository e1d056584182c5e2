// Everything that the program asks of the operating system, implemented in posix.cpp and windows.cpp. Failures are
// returned as std::error_code; the caller makes the message. Any thread unless noted otherwise.
#pragma once

#include "core/base/file_stamp.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>

namespace sparsight::os {

// ---- Files

enum class Access {
  Read,    // follows symbolic links; never blocks on a pipe or a device
  Write,   // an existing pipe or device, not a regular file; follows links
  New,     // a new file, for writing; fails if the name exists, even as a link
  Append,  // reads, and writes at the end; creates the file if missing
  Change,  // reads and writes; creates the file if missing; refuses a link
};

// An open file. Used by one thread at a time.
class File {
 public:
  File() = default;
  File(const std::filesystem::path& path, Access access, std::error_code& error);
  ~File() { close(); }
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  explicit operator bool() const { return handle_ != kNone; }

  // Reads from offset `at` as many bytes as exist and fit; returns their number.
  std::size_t read_at(std::uint64_t at, std::span<std::byte> to) const;
  // Writes all of it: at the end with Access::Append, else after the last write.
  void write(std::string_view bytes, std::error_code& error);
  // Writes all of it at offset `at`, with Access::Change; the file grows if it must.
  void write_at(std::uint64_t at, std::string_view bytes, std::error_code& error);
  // Truncates or extends the file; the next write goes to its end.
  void resize(std::uint64_t bytes, std::error_code& error);
  [[nodiscard]] std::uint64_t size(std::error_code& error) const;
  // Flushes the file to the disk. Not an error on a file system that cannot.
  void sync(std::error_code& error) const;
  std::error_code close();

  // Locks the file for this object alone, among all processes on all machines that see it, until it is closed or the
  // process ends. False: another holds the lock. Always true on a file system without locks.
  [[nodiscard]] bool try_lock();
  [[nodiscard]] bool is_named(const std::filesystem::path& path) const;  // the name still leads to this file
  void take_permissions_of(const std::filesystem::path& path) const;     // if it is a regular file; best effort
  [[nodiscard]] bool is_regular() const;
  [[nodiscard]] bool is_folder() const;
  [[nodiscard]] FileStamp stamp() const;

 private:
  friend class Mapping;
  static constexpr std::intptr_t kNone = -1;
  std::intptr_t handle_ = kNone;
};

// Renames within a folder, replacing what has the new name, and flushes to disk: after a crash the name leads to the
// complete new file or the complete old one.
void replace(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& error);
[[nodiscard]] std::error_code may_read(const std::filesystem::path& path);
[[nodiscard]] std::error_code may_write(const std::filesystem::path& path);  // of a file, or into a folder
// Whether `path` is written to directly and never replaced: pipes, devices, names of open files such as /dev/stdout.
[[nodiscard]] bool is_device(const std::filesystem::path& path);
// Of the file that the path leads to, links followed; nullopt if there is none.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::filesystem::path& path);
// Whether a folder lies on a network file system, or on another one where locks and shared memory may not work.
[[nodiscard]] bool is_shared_over_network(const std::filesystem::path& folder);
// Drops the file from the system's page cache; for measuring.
void forget_pages(const std::filesystem::path& file);

// ---- Mapped files

// A file's bytes as read-only memory, aligned to a page. Where the file becomes shorter, or its disk is gone, the bytes
// are zeros from there on and faulted() is true; the program goes on.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const File& file, std::size_t bytes, std::error_code& error);
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] bool faulted() const;
  // Reads a part of the bytes ahead and enters its pages in this process's page tables; false if it was stopped.
  bool populate(std::span<const std::byte> part, const std::stop_token& stop) const;

 private:
  struct Guard;
  std::span<const std::byte> bytes_;
  Guard* guard_ = nullptr;
};

// ---- This machine, this process

[[nodiscard]] std::string cpu_name();          // as the processor names itself; empty if unknown
[[nodiscard]] std::size_t memory_bytes();      // 0 if unknown
[[nodiscard]] std::size_t available_memory();  // that can be used without swapping; 0 if unknown
[[nodiscard]] std::size_t peak_memory();       // of this process so far, in bytes
[[nodiscard]] double process_cpu_seconds();    // of all threads of this process
struct PageFaults {
  double minor = 0, major = 0;  // without and with a read from the disk
};
[[nodiscard]] PageFaults page_faults();            // of this process so far
[[nodiscard]] PageFaults page_faults_of_thread();  // of the calling thread so far; none where no system call tells
[[nodiscard]] std::int64_t process_id();
[[nodiscard]] std::string machine_name();       // "?" if unknown
[[nodiscard]] std::filesystem::path program();  // path of this program; empty if unknown
// Where programs keep this user's data, and data that can be fetched again; empty if the system names none.
[[nodiscard]] std::filesystem::path data_folder();
[[nodiscard]] std::filesystem::path cache_folder();
[[nodiscard]] std::filesystem::path home_folder();
[[noreturn]] void end_now(int exit_code);  // without destructors

// ---- Standard streams

enum class Stream { In, Out, Error };
[[nodiscard]] bool is_terminal(Stream stream);
[[nodiscard]] bool clears_lines(Stream stream);  // a terminal that understands the escape sequences for it
// Width of the terminal, at least 2; nullopt: not known.
[[nodiscard]] std::optional<std::size_t> columns_of(Stream stream);
// Writes as much as is possible without waiting; the rest is lost.
void write_if_possible(Stream stream, std::string_view text);
// Opens a placeholder for each closed standard stream, so that no file opened later takes its number. Writing to a
// closed output still fails. Called first in main.
void fill_closed_standard_streams();

// ---- Ctrl+C and termination requests

// Constructed before any other thread starts, so that no other thread gets these signals. One object per process.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  void wait();                                             // for the next interrupt or wake()
  [[nodiscard]] bool wait_for(std::chrono::milliseconds);  // true: an interrupt or wake() came
  void wake();                                             // from any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- Child processes

// Runs `work` in a copy of this process (fork) without output, which ends with this process; for code that may crash or
// hang, such as a driver. Constructed before any other thread starts. Does nothing on a system without fork.
class Trial {
 public:
  explicit Trial(const std::function<std::string()>& work);
  ~Trial();  // ends the child
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  [[nodiscard]] bool runs() const;
  // What `work` returned; nullopt: it crashed, or took longer. Call it once.
  [[nodiscard]] std::optional<std::string> answer(std::chrono::milliseconds patience);

 private:
  std::intptr_t child_ = -1, answer_ = -1;
};
// Replaces this process by a new start of the program. Returns only if that fails.
void restart_program(char** arguments);

}  // namespace sparsight::os
