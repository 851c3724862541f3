#include "store/sqlite/database.h"

#include <fmt/format.h>

#include "base/file.h"

namespace landfall::store {

std::unexpected<Error> unavailable(sqlite3* db, std::string_view doing) {
  const bool corrupt = sqlite3_errcode(db) == SQLITE_CORRUPT || sqlite3_errcode(db) == SQLITE_NOTADB;
  const char* file = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  const bool names_file = file == nullptr || doing.find(file) != std::string_view::npos;
  return fail(Error{.code = corrupt ? "Store.Corrupt" : "Store.Unavailable",
                    .what = names_file ? fmt::format("{}: {}", doing, sqlite3_errmsg(db)) : fmt::format("{} in {}: {}", doing, file, sqlite3_errmsg(db)),
                    .blame = Blame::host,
                    .retryable = !corrupt});
}

Result<Database> open_database(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(
      path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  Database db(raw);
  if (opened != SQLITE_OK) return unavailable(raw, "opening " + path);
  return db;
}

Result<void> execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return unavailable(db, sql);
  return {};
}

Result<Statement> prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK) return unavailable(db, sql);
  return Statement(statement);
}

Result<void> run(sqlite3* db, sqlite3_stmt* statement) {
  const int step = sqlite3_step(statement);
  sqlite3_reset(statement);
  if (step != SQLITE_DONE) return unavailable(db, "writing " + std::string(sqlite3_db_filename(db, "main")));
  return {};
}

void bind_text(sqlite3_stmt* statement, int at, std::string_view text) {
  sqlite3_bind_blob64(statement, at, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_STATIC);
}

std::string column_text(sqlite3_stmt* statement, int at) {
  const void* data = sqlite3_column_blob(statement, at);
  const int size = sqlite3_column_bytes(statement, at);
  return data == nullptr ? "" : std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

}  // namespace landfall::store
