#include <mutex>

#include <fmt/format.h>

#include "store/log_store.h"
#include "store/sqlite/database.h"

namespace landfall::store {
namespace {

constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE IF NOT EXISTS events(sequence INTEGER PRIMARY KEY AUTOINCREMENT, log_group BLOB NOT NULL,"
    " stream BLOB NOT NULL, at INTEGER NOT NULL, ingested INTEGER NOT NULL, message BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS events_by_stream ON events(log_group, stream, sequence);"
    "CREATE INDEX IF NOT EXISTS events_by_stream_and_time ON events(log_group, stream, at, sequence);"
    "CREATE INDEX IF NOT EXISTS events_by_time ON events(log_group, at, sequence);";

class SqliteLogStore final : public LogStore {
 public:
  explicit SqliteLogStore(Database db) : db_(std::move(db)) {}

  Result<void> append(const std::string& group_key, const std::string& stream,
                      const std::vector<LogEvent>& events) override {
    const std::lock_guard lock(mutex_);
    TRY(execute(db_.get(), "BEGIN IMMEDIATE"));
    Result<void> written = insert(group_key, stream, events);
    if (written) written = execute(db_.get(), "COMMIT");
    if (!written) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    return written;
  }

  Result<std::vector<LogEvent>> read(const LogQuery& query) const override {
    const std::lock_guard lock(mutex_);
    const Statement select = TRY(prepare(db_.get(), statement_for(query).c_str()));
    const std::string prefix_end = query.stream_prefix + '\xff';
    bind_text(select.get(), 1, query.group_key);
    sqlite3_bind_int64(select.get(), 2, query.after_sequence);
    sqlite3_bind_int64(select.get(), 3, query.from.ms);
    sqlite3_bind_int64(select.get(), 4, query.limit);
    if (query.until) sqlite3_bind_int64(select.get(), 5, query.until.ms);
    if (query.before_sequence > 0) sqlite3_bind_int64(select.get(), 6, query.before_sequence);
    if (query.stream) bind_text(select.get(), 7, *query.stream);
    if (!query.stream_prefix.empty()) {
      bind_text(select.get(), 8, query.stream_prefix);
      bind_text(select.get(), 9, prefix_end);
    }
    for (const auto& [position, first] : {std::pair(&query.after, 10), std::pair(&query.before, 12)}) {
      if (!*position) continue;
      sqlite3_bind_int64(select.get(), first, (*position)->at.ms);
      sqlite3_bind_int64(select.get(), first + 1, (*position)->sequence);
    }
    std::vector<LogEvent> events;
    int step = 0;
    while ((step = sqlite3_step(select.get())) == SQLITE_ROW) {
      events.push_back(LogEvent{.sequence = sqlite3_column_int64(select.get(), 0),
                                .timestamp = {sqlite3_column_int64(select.get(), 1)},
                                .ingested = {sqlite3_column_int64(select.get(), 2)},
                                .stream = column_text(select.get(), 3),
                                .message = column_text(select.get(), 4)});
    }
    if (step != SQLITE_DONE) return unavailable(db_.get(), "reading log events");
    return events;
  }

  Result<void> erase(const std::string& group_key, const std::optional<std::string>& stream) override {
    const std::lock_guard lock(mutex_);
    const Statement remove = TRY(prepare(
        db_.get(), stream ? "DELETE FROM events WHERE log_group=?1 AND stream=?2" : "DELETE FROM events WHERE log_group=?1"));
    bind_text(remove.get(), 1, group_key);
    if (stream) bind_text(remove.get(), 2, *stream);
    return run(db_.get(), remove.get());
  }

  Result<void> erase_older(const std::string& group_key, WallTime before) override {
    const std::lock_guard lock(mutex_);
    const Statement remove = TRY(prepare(db_.get(), "DELETE FROM events WHERE log_group=?1 AND at<?2"));
    bind_text(remove.get(), 1, group_key);
    sqlite3_bind_int64(remove.get(), 2, before.ms);
    return run(db_.get(), remove.get());
  }

 private:
  static std::string statement_for(const LogQuery& query) {
    std::string sql =
        "SELECT sequence, at, ingested, stream, message FROM events WHERE log_group=?1 AND sequence>?2 AND at>=?3";
    if (query.until) sql += " AND at<?5";
    if (query.before_sequence > 0) sql += " AND sequence<?6";
    if (query.stream) sql += " AND stream=?7";
    if (!query.stream_prefix.empty()) sql += " AND stream>=?8 AND stream<?9";
    if (query.after) sql += " AND (at, sequence)>(?10, ?11)";
    if (query.before) sql += " AND (at, sequence)<(?12, ?13)";
    const char* direction = query.newest_first ? " DESC" : "";
    return sql + " ORDER BY " + (query.by_time ? std::string("at") + direction + ", " : "") + "sequence" + direction + " LIMIT ?4";
  }

  Result<void> insert(const std::string& group_key, const std::string& stream, const std::vector<LogEvent>& events) {
    const Statement insert =
        TRY(prepare(db_.get(), "INSERT INTO events(log_group, stream, at, ingested, message) VALUES(?1,?2,?3,?4,?5)"));
    for (const LogEvent& event : events) {
      bind_text(insert.get(), 1, group_key);
      bind_text(insert.get(), 2, stream);
      sqlite3_bind_int64(insert.get(), 3, event.timestamp.ms);
      sqlite3_bind_int64(insert.get(), 4, event.ingested.ms);
      bind_text(insert.get(), 5, event.message);
      TRY(run(db_.get(), insert.get()));
    }
    return {};
  }

  Database db_;
  mutable std::mutex mutex_;
};

}  // namespace

Result<std::unique_ptr<LogStore>> open_log_store(const std::string& path) {
  Database db = TRY(open_database(path));
  TRY(execute(db.get(), kSchema).while_doing("opening the log store " + path));
  return std::unique_ptr<LogStore>(std::make_unique<SqliteLogStore>(std::move(db)));
}

}  // namespace landfall::store
