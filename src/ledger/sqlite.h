// SQLite behind RAII: a database, a prepared statement, errors as sentences. Only for .cpp files of
// this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "base/result.h"

namespace whet::ledger::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

/// A prepared statement. Bind from 1, step, read columns from 0.
class Query {
 public:
  Query(std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement, std::string path)
      : statement_(std::move(statement)), path_(std::move(path)) {}

  void bind(int position, std::string_view text);
  void bind(int position, double number);
  void bind(int position, std::int64_t number);

  /// True when there is a row, false at the end.
  Result<bool> step();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] double number(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;

 private:
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
  std::string path_;
};

class Database {
 public:
  /// Opens a file that exists. Waits up to 5 s for another process that writes.
  static Result<Database> open(const std::string& path);

  Result<Query> prepare(std::string_view sql) const;
  /// Runs statements without parameters or rows.
  [[nodiscard]] Status run(const char* sql) const;
  /// The first column of the first row; 0 when there is none.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view sql) const;

 private:
  Database(std::unique_ptr<sqlite3, CloseDatabase> db, std::string path)
      : db_(std::move(db)), path_(std::move(path)) {}

  std::unique_ptr<sqlite3, CloseDatabase> db_;
  std::string path_;
};

/// A writing transaction: rolled back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(const Database& db);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction(Transaction&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(const Database& db) : db_(&db) {}
  const Database* db_;
};

}  // namespace whet::ledger::sqlite
