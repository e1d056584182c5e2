// SQLite with messages that name the file. Internal to the chat store.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

class SqlDatabase;

// A prepared statement: bind in order, then step() row by row.
class SqlStatement {
 public:
  SqlStatement(const SqlDatabase& database, std::string_view sql);

  SqlStatement& bind(std::int64_t value);
  SqlStatement& bind(std::string_view text);
  SqlStatement& bind_blob(std::span<const char> blob);
  SqlStatement& bind(std::optional<std::int64_t> value);
  [[nodiscard]] bool step();  // whether there is a row
  void run();                 // to the end

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::span<const char> blob(int column) const;  // until the next step
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Close {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  const SqlDatabase* database_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
  int next_ = 1;
};

class SqlDatabase {
 public:
  // For writing; for reading only where the file or its folder may not be written. Error{Store}: the file cannot be
  // opened, or is not there and `make` is false.
  SqlDatabase(std::filesystem::path file, bool make);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  [[nodiscard]] bool read_only() const { return read_only_; }
  // WAL where processes can share memory, else a rollback journal. Call it only once the database is known to be ours.
  void choose_journal();
  // Goes on with a copy, which is deleted with this object: a read-only database can be upgraded there.
  void copy_aside();

  void execute(const std::string& sql) const;  // one or more statements without parameters
  [[nodiscard]] SqlStatement prepare(std::string_view sql) const { return {*this, sql}; }
  [[nodiscard]] std::int64_t pragma(const std::string& name) const;  // its integer value
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle()); }
  // Error{Store} that says in plain words what SQLite reported.
  [[noreturn]] void refuse(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  struct Remove {
    void operator()(const std::filesystem::path* folder) const;
  };
  [[nodiscard]] int open(const std::string& name, int flags, bool exclusive = false);

  std::filesystem::path file_;
  std::unique_ptr<const std::filesystem::path, Remove> aside_;  // the folder of the copy; outlives the handle
  std::unique_ptr<sqlite3, Close> handle_;
  bool read_only_ = false;
  bool alone_ = false;  // no process can share memory with it
};

// Undone at the end of its scope, unless commit() was called. Part of the transaction that is open, if there is one.
class SqlTransaction {
 public:
  explicit SqlTransaction(const SqlDatabase& database);
  ~SqlTransaction();
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;
  void commit();

 private:
  const SqlDatabase* database_;
  bool open_;
};

}  // namespace sparsight
