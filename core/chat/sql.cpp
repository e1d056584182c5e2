#include "core/chat/sql.h"

#include "core/base/os/os.h"
#include "core/base/text.h"
#include "kernels/error.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

// How long to wait for another process that is writing.
constexpr int kBusyMs = 10'000;

// A path as a URI for SQLite, with `immutable` for a folder where no lock file can be made.
std::string immutable_uri(const fs::path& file) {
  return "file:" + escaped(fs::absolute(file).string(), Format::UriPath) + "?immutable=1";
}

fs::path beside(const fs::path& file, const char* ending) { return file.string() + ending; }

// Why a file cannot be read and written.
std::error_code may_not(const fs::path& file) {
  const std::error_code read = os::may_read(file);
  return read ? read : os::may_write(file);
}

// Why a database cannot be opened or written, as ": ..."; `system` is the system's last error, 0: none.
std::string why_not(const fs::path& file, int system) {
  std::error_code absent;
  const auto because = [](const fs::path& what, std::error_code error) {
    return fmt::format(": {}: {}", what.string(), error.message());
  };
  fs::path folder = fs::absolute(file, absent).parent_path();
  const fs::path wanted = folder;
  while (!fs::exists(folder, absent) && folder.has_relative_path()) folder = folder.parent_path();
  if (!fs::is_directory(folder, absent)) return because(folder, std::make_error_code(std::errc::not_a_directory));
  if (folder != wanted)
    return fmt::format(
        "{}, so its folder cannot be made",
        because(folder, os::may_write(folder) ? os::may_write(folder)
                                              : std::make_error_code(std::errc::no_such_file_or_directory)));
  if (fs::exists(file, absent) && may_not(file)) return because(file, may_not(file));
  for (const char* ending : {"-journal", "-wal", "-shm"}) {
    const fs::path side = beside(file, ending);
    const fs::file_status status = fs::symlink_status(side, absent);
    if (!fs::exists(status)) continue;
    if (!fs::is_regular_file(status)) return fmt::format(": {} is in the way: expected a file", side.string());
    if (may_not(side)) return because(side, may_not(side));
  }
  if (os::may_write(folder)) return because(folder, os::may_write(folder));
  return system == 0 ? "" : fmt::format(": {}", std::strerror(system));
}

// WAL needs memory that several processes share through a file beside the database.
bool cannot_share_memory(const fs::path& file) {
  std::error_code absent;
  const fs::path shared = beside(file, "-shm");
  const fs::file_status status = fs::symlink_status(shared, absent);
  if (fs::exists(status) && (!fs::is_regular_file(status) || may_not(shared))) return true;
  return os::is_shared_over_network(fs::absolute(file, absent).parent_path());
}

// Read from the file's header, without opening it as a database.
bool is_wal(const fs::path& file) {
  char header[20] = {};
  std::ifstream(file, std::ios::binary).read(header, sizeof header);
  return header[18] == 2 || header[19] == 2;
}

}  // namespace

int SqlDatabase::open(const std::string& name, int flags, bool exclusive) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) return code;
  sqlite3_busy_timeout(handle, kBusyMs);
  // An exclusive connection reads WAL without shared memory. The file is touched only by the second statement.
  return sqlite3_exec(handle,
                      exclusive ? "PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema"
                                : "SELECT count(*) FROM sqlite_schema",
                      nullptr, nullptr, nullptr);
}

void SqlDatabase::choose_journal() {
  if (read_only_) return;
  const auto run = [&](const char* sql) { return sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr); };
  if (!alone_) {
    // If another process is in the way, the mode stays as it is.
    const int code = run("PRAGMA journal_mode = WAL") & 0xff;
    alone_ = code == SQLITE_CANTOPEN || code == SQLITE_IOERR || code == SQLITE_PROTOCOL;
    if (!alone_) return;
  }
  if (const int code = run("PRAGMA journal_mode = DELETE"); code != SQLITE_OK) refuse(code);
  // The next statement releases the lock.
  execute("PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_schema");
}

SqlDatabase::SqlDatabase(fs::path file, bool make) : file_(std::move(file)) {
  std::error_code absent;
  const bool there = fs::exists(file_, absent);
  if (there && !fs::is_regular_file(file_, absent))
    fail(ErrorKind::Store, "{}: expected a database, found something that is not a file", file_.string());
  if (!there && !make)
    fail(ErrorKind::Store, "{}: there is no chat database; the app makes it with the first question", file_.string());
  if (file_ != ":memory:" && file_.has_parent_path()) fs::create_directories(file_.parent_path(), absent);
  alone_ = file_ != ":memory:" && cannot_share_memory(file_);
  int code = open(file_.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, alone_ && is_wal(file_));
  read_only_ = code == SQLITE_OK && sqlite3_db_readonly(handle(), "main") == 1;
  const int kind = code & 0xff;
  if ((kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY || kind == SQLITE_PERM) && fs::exists(file_, absent) &&
      !os::may_read(file_)) {
    read_only_ = true;
    // The changes that the last writer left in the -wal file count too; an immutable database would not show them.
    if (const fs::path wal = beside(file_, "-wal"); fs::exists(wal, absent) && fs::file_size(wal, absent) > 0) {
      copy_aside();
      return;
    }
    code = open(immutable_uri(file_), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  if (code != SQLITE_OK) refuse(code);
}

void SqlDatabase::Remove::operator()(const fs::path* folder) const {
  std::error_code ignored;
  fs::remove_all(*folder, ignored);
  delete folder;
}

void SqlDatabase::copy_aside() {
  std::string name = (fs::temp_directory_path() / "sparsight-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    fail(ErrorKind::Store, "{}: may only be read, and there is no room for a copy of it: {}: {}", file_.string(), name,
         std::strerror(errno));
  aside_.reset(new fs::path(name));
  const fs::path copy = *aside_ / "chats.db";
  std::error_code error, absent;
  fs::copy_file(file_, copy, error);
  if (const fs::path wal = beside(file_, "-wal"); !error && fs::exists(wal, absent))
    fs::copy_file(wal, beside(copy, "-wal"), error);
  if (error) fail(ErrorKind::Store, "{}: may only be read, and cannot be copied: {}", file_.string(), error.message());
  fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write, error);
  if (const int code = open(copy.string(), SQLITE_OPEN_READWRITE, true); code != SQLITE_OK) refuse(code);
}

void SqlDatabase::refuse(int code) const {
  const std::string where = file_.string();
  const int system = handle_ ? sqlite3_system_errno(handle()) : 0;
  switch (code & 0xff) {
    case SQLITE_NOMEM: fail(ErrorKind::Memory, "{}: not enough memory; the last change was not saved", where);
    case SQLITE_FULL: fail(ErrorKind::Store, "{}: the disk is full; the last change was not saved", where);
    case SQLITE_READONLY:
      fail(ErrorKind::Store, "{}: may only be read{}; the last change was not saved", where, why_not(file_, 0));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail(ErrorKind::Store, "{}: another program has been writing to it for {} s; the last change was not saved",
           where, kBusyMs / 1000);
    case SQLITE_NOTADB: fail(ErrorKind::Store, "{}: expected a chat database, found a file of another kind", where);
    case SQLITE_CORRUPT:
      fail(ErrorKind::Store, "{}: the database is damaged ({}); a copy of it may be read with `sqlite3 FILE .recover`",
           where, handle_ ? sqlite3_errmsg(handle()) : "");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: fail(ErrorKind::Store, "{}: cannot be opened{}", where, why_not(file_, system));
    case SQLITE_IOERR:
      if (system == ENOSPC || system == EDQUOT || system == EFBIG)
        fail(ErrorKind::Store, "{}: the disk is full ({}); the last change was not saved", where,
             std::strerror(system));
      fail(ErrorKind::Store, "{}: reading or writing failed ({}{}{}); is the disk full or gone?", where,
           sqlite3_errstr(code), system == 0 ? "" : ": ", system == 0 ? "" : std::strerror(system));
    default: fail(ErrorKind::Store, "{}: {}", where, handle_ ? sqlite3_errmsg(handle()) : sqlite3_errstr(code));
  }
}

void SqlDatabase::execute(const std::string& sql) const {
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) refuse(code);
}

std::int64_t SqlDatabase::pragma(const std::string& name) const {
  SqlStatement statement = prepare("PRAGMA " + name);
  return statement.step() ? statement.integer(0) : 0;
}

SqlStatement::SqlStatement(const SqlDatabase& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) database.refuse(code);
}

SqlStatement& SqlStatement::bind(std::int64_t value) {
  SPARSIGHT_CHECK(sqlite3_bind_int64(statement_.get(), next_++, value) == SQLITE_OK);
  return *this;
}

SqlStatement& SqlStatement::bind(std::string_view text) {
  const int code = sqlite3_bind_text64(statement_.get(), next_++, text.empty() ? "" : text.data(), text.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->refuse(code);
  return *this;
}

SqlStatement& SqlStatement::bind_blob(std::span<const char> blob) {
  const int code = sqlite3_bind_blob64(statement_.get(), next_++, blob.data(), blob.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) database_->refuse(code);
  return *this;
}

SqlStatement& SqlStatement::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  SPARSIGHT_CHECK(sqlite3_bind_null(statement_.get(), next_++) == SQLITE_OK);
  return *this;
}

bool SqlStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->refuse(code);
  return false;
}

void SqlStatement::run() {
  while (step()) {
  }
}

std::int64_t SqlStatement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string SqlStatement::text(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? "" : std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(bytes));
}

std::span<const char> SqlStatement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(data), static_cast<std::size_t>(data == nullptr ? 0 : bytes)};
}

bool SqlStatement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

SqlTransaction::SqlTransaction(const SqlDatabase& database)
    : database_(&database), open_(sqlite3_get_autocommit(database.handle()) != 0) {
  if (open_) database.execute("BEGIN IMMEDIATE");
}

SqlTransaction::~SqlTransaction() {
  if (open_) sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqlTransaction::commit() {
  if (open_) database_->execute("COMMIT");
  open_ = false;
}

}  // namespace sparsight
