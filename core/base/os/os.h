// The floor that the program stands on: what it asks of the operating system, carried out by posix.cpp or windows.cpp.
// What fails comes back as std::error_code, and whoever asked says what that means. Any thread unless told otherwise.
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
  Read,    // symbolic links are followed; a pipe or a device never blocks
  Write,   // what is there and no regular file, such as a pipe or a device; links are followed
  New,     // to be written; fails where anything has that name, even a link
  Append,  // read, and written at the end; made where it is not there
  Change,  // read and written; made where it is not there; a link is refused
};

// An open file. One thread at a time.
class File {
 public:
  File() = default;
  File(const std::filesystem::path& path, Access access, std::error_code& error);
  ~File() { close(); }
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  explicit operator bool() const { return handle_ != kNone; }

  // As many bytes from `at` on as there are and fit.
  std::size_t read_at(std::uint64_t at, std::span<std::byte> to) const;
  // All of it: at the end where the file was opened to append, else behind what was written last.
  void write(std::string_view bytes, std::error_code& error);
  // Cuts the file, or makes it longer; what is written next comes behind.
  void resize(std::uint64_t bytes, std::error_code& error);
  [[nodiscard]] std::uint64_t size(std::error_code& error) const;
  // Onto the disk. A file system that cannot is no error.
  void sync(std::error_code& error) const;
  std::error_code close();

  // For this object alone, of all processes on all machines that see the file, until it is closed or the process ends.
  // False: another has it. On a file system without locks it is given at once.
  [[nodiscard]] bool try_lock();
  [[nodiscard]] bool is_named(const std::filesystem::path& path) const;  // that name leads to this file still
  void take_permissions_of(const std::filesystem::path& path) const;     // if it is a regular file; as far as it goes
  [[nodiscard]] bool is_regular() const;
  [[nodiscard]] bool is_folder() const;
  [[nodiscard]] FileStamp stamp() const;

 private:
  friend class Mapping;
  static constexpr std::intptr_t kNone = -1;
  std::intptr_t handle_ = kNone;
};

// Renames within a folder, over what has the new name, and onto the disk: after a crash the name leads to the whole new
// file or to the whole former one.
void replace(const std::filesystem::path& from, const std::filesystem::path& to, std::error_code& error);
[[nodiscard]] std::error_code may_read(const std::filesystem::path& path);
[[nodiscard]] std::error_code may_write(const std::filesystem::path& path);  // into a folder, too
// Written to as it is, and never replaced: pipes, devices, names such as /dev/stdout that stand for what is open.
[[nodiscard]] bool is_device(const std::filesystem::path& path);
// Of what the path leads to, links followed; nullopt if that is nothing.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::filesystem::path& path);
// Whether a folder lies on another machine, or where locks and shared memory may not work.
[[nodiscard]] bool is_shared_over_network(const std::filesystem::path& folder);
// The system forgets what it holds of a file in memory; for measuring.
void forget_pages(const std::filesystem::path& file);

// ---- Mapped files

// A file's bytes as memory, read-only, from a page's beginning. Where the file is cut meanwhile, or its disk is gone,
// there are zeros from there on, and faulted() says so; nothing ends the program.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const File& file, std::size_t bytes, std::error_code& error);
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] bool faulted() const;
  // Reads ahead and enters the pages in this process's tables; false if it was stopped.
  bool populate(const std::stop_token& stop) const;

 private:
  struct Guard;
  std::span<const std::byte> bytes_;
  Guard* guard_ = nullptr;
};

// ---- This machine, this process

[[nodiscard]] std::string cpu_name();          // as it names itself; empty if unknown
[[nodiscard]] std::size_t memory_bytes();      // 0 if unknown
[[nodiscard]] std::size_t available_memory();  // that programs may take without pushing others out; 0 if unknown
[[nodiscard]] std::size_t peak_memory();       // the most that this process has held so far
[[nodiscard]] double process_cpu_seconds();    // of all threads of this process so far
struct PageFaults {
  double minor = 0, major = 0;  // without and with a read from the disk
};
[[nodiscard]] PageFaults page_faults();  // of this process so far
[[nodiscard]] std::int64_t process_id();
[[nodiscard]] std::string machine_name();       // "?" if unknown
[[nodiscard]] std::filesystem::path program();  // this program's own file; empty if unknown
// Where programs keep what they store for this person, and what they can fetch again; empty if the system names none.
[[nodiscard]] std::filesystem::path data_folder();
[[nodiscard]] std::filesystem::path cache_folder();
[[nodiscard]] std::filesystem::path home_folder();
[[noreturn]] void end_now(int exit_code);  // without destructors

// ---- Standard streams

enum class Stream { In, Out, Error };
[[nodiscard]] bool is_terminal(Stream stream);
[[nodiscard]] bool clears_lines(Stream stream);  // a terminal that knows the sequences for it
// Of the terminal's lines, at least 2; nullopt: not known.
[[nodiscard]] std::optional<std::size_t> columns_of(Stream stream);
// Writes what can be written at once and never waits; what cannot is lost.
void write_if_possible(Stream stream, std::string_view text);
// Fills the places of closed standard streams, so that no file opened later becomes one of them. What is written to a
// closed output fails. Called first in main.
void fill_closed_standard_streams();

// ---- Ctrl+C, and the request to end

// Made before any other thread, so that all of them leave it to this. One object.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  void wait();                                             // for the next one, or for wake()
  [[nodiscard]] bool wait_for(std::chrono::milliseconds);  // true: there was one
  void wake();                                             // from any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- A child

// Runs `work` in a copy of this process, silent, that ends with it; for what may crash or hang, such as a driver. Made
// before any other thread. Where the system has no such copies nothing is run.
class Trial {
 public:
  explicit Trial(const std::function<std::string()>& work);
  ~Trial();  // ends it
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  [[nodiscard]] bool runs() const;
  // What `work` returned; nullopt: it crashed, or took longer. Call it once.
  [[nodiscard]] std::optional<std::string> answer(std::chrono::milliseconds patience);

 private:
  std::intptr_t child_ = -1, answer_ = -1;
};
// This program again, in place of this process. Comes back only if that fails.
void restart_program(char** arguments);

}  // namespace sparsight::os
