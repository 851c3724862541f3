#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

/// The few pieces of SQLite that the store and the log store share.
namespace landfall::store {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

/// "Store.Corrupt", or "Store.Unavailable" (retryable): the database's own words behind `doing`.
std::unexpected<Error> unavailable(sqlite3* db, std::string_view doing);

Result<Database> open_database(const std::string& path);
Result<void> execute(sqlite3* db, const char* sql);
Result<Statement> prepare(sqlite3* db, const char* sql);
Result<void> run(sqlite3* db, sqlite3_stmt* statement);  ///< one step that gives no row, then reset
void bind_text(sqlite3_stmt* statement, int at, std::string_view text);  ///< text must outlive the step
std::string column_text(sqlite3_stmt* statement, int at);

}  // namespace landfall::store
