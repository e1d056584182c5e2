#include "core/chat_store_sql.h"

#include "kernels/error.h"

#include <cctype>
#include <utility>

namespace sparsight {
namespace {

// Another process may be writing; it is waited for this long.
constexpr int kBusyMs = 10'000;

// A path as a URI that SQLite takes as it is, with `immutable` for a folder where no lock file can be made.
std::string immutable_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + "?immutable=1";
}

}  // namespace

int SqlDatabase::open(const std::string& name, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) return code;
  sqlite3_busy_timeout(handle, kBusyMs);
  // The file is touched only by the first statement.
  return sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
}

SqlDatabase::SqlDatabase(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code ignored;
  if (std::filesystem::exists(file_, ignored) && !std::filesystem::is_regular_file(file_, ignored))
    fail(ErrorKind::Store, "{}: expected a database, found something that is not a file", file_.string());
  int code = open(file_.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  read_only_ = code == SQLITE_OK && sqlite3_db_readonly(handle(), "main") == 1;
  const int kind = code & 0xff;
  if (code != SQLITE_OK && (kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY || kind == SQLITE_PERM) &&
      std::filesystem::exists(file_, ignored)) {
    read_only_ = true;
    code = open(immutable_uri(file_), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  if (code != SQLITE_OK) refuse(code);
}

void SqlDatabase::refuse(int code) const {
  const std::string where = file_.string();
  switch (code & 0xff) {
    case SQLITE_FULL: fail(ErrorKind::Store, "{}: the disk is full; the last change was not saved", where);
    case SQLITE_READONLY: fail(ErrorKind::Store, "{}: may only be read; the last change was not saved", where);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail(ErrorKind::Store, "{}: another program has been writing to it for {} s; the last change was not saved",
           where, kBusyMs / 1000);
    case SQLITE_NOTADB: fail(ErrorKind::Store, "{}: expected a chat database, found a file of another kind", where);
    case SQLITE_CORRUPT:
      fail(ErrorKind::Store, "{}: the database is damaged ({}); a copy of it may be read with `sqlite3 FILE .recover`",
           where, handle_ ? sqlite3_errmsg(handle()) : "");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: fail(ErrorKind::Store, "{}: cannot be opened: no such folder, or no permission", where);
    case SQLITE_IOERR:
      fail(ErrorKind::Store, "{}: reading or writing failed ({}); is the disk full or gone?", where,
           sqlite3_errstr(code));
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
