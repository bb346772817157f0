#include "ledger/sqlite.h"

#include <fmt/format.h>

namespace whet::ledger::sqlite {
namespace {

constexpr int wait_for_writer_ms = 5000;

Error failure(sqlite3* db, int code, const std::string& path) {
  const int primary = code & 0xff;
  const std::string said = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  if (primary == SQLITE_NOTADB) {
    return {ErrorKind::invalid, fmt::format("{} is not a ledger of Whet: {}.", path, said),
            "Move it away; Whet then begins a new one.", ""};
  }
  if (primary == SQLITE_CORRUPT) {
    return {ErrorKind::invalid, fmt::format("The ledger {} is damaged: {}.", path, said),
            "Keep a copy, move it away, and look at the target for what Whet may have left there.",
            ""};
  }
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return {ErrorKind::timeout, fmt::format("The ledger {} is in use by another process.", path),
            "Wait until the other Whet has finished.", ""};
  }
  if (primary == SQLITE_FULL) {
    return {ErrorKind::refused, fmt::format("The ledger {} cannot grow: its disk is full.", path),
            "Free some space there; nothing is changed on a target without the ledger.", ""};
  }
  return {ErrorKind::usage, fmt::format("Cannot use the ledger {}: {}.", path, said),
          "Check that the file and its folder can be written.", ""};
}

}  // namespace

void Query::bind(int position, std::string_view text) {
  sqlite3_bind_text(statement_.get(), position, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
}
void Query::bind(int position, double number) {
  sqlite3_bind_double(statement_.get(), position, number);
}
void Query::bind(int position, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), position, number);
}

Result<bool> Query::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_.get()), code, path_);
}

std::string Query::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}
double Query::number(int column) const { return sqlite3_column_double(statement_.get(), column); }
std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  std::unique_ptr<sqlite3, CloseDatabase> db(raw);
  if (code != SQLITE_OK) return failure(db.get(), code, path);
  sqlite3_extended_result_codes(db.get(), 1);
  sqlite3_busy_timeout(db.get(), wait_for_writer_ms);
  return Database(std::move(db), path);
}

Result<Query> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement(raw);
  if (code != SQLITE_OK) return failure(db_.get(), code, path_);
  return Query(std::move(statement), path_);
}

Status Database::run(const char* sql) const {
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(db_.get(), code, path_);
  return {};
}

Result<std::int64_t> Database::integer(std::string_view sql) const {
  Query query = WHET_TRY(prepare(sql));
  const bool found = WHET_TRY(query.step());
  return found ? query.integer(0) : std::int64_t{0};
}

Result<Transaction> Transaction::begin(const Database& db) {
  WHET_TRY_VOID(db.run("BEGIN IMMEDIATE"));
  return Transaction(db);
}

Transaction::~Transaction() {
  // A failed COMMIT or a full disk may have ended the transaction already; nothing is lost then.
  if (db_ != nullptr) static_cast<void>(db_->run("ROLLBACK"));
}

Status Transaction::commit() {
  WHET_TRY_VOID(db_->run("COMMIT"));
  db_ = nullptr;
  return {};
}

}  // namespace whet::ledger::sqlite
