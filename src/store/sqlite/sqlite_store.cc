#include <fcntl.h>
#include <sys/file.h>

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/file.h"
#include "store/memory/index.h"
#include "store/sqlite/database.h"

namespace landfall::store {
namespace {

constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA locking_mode=EXCLUSIVE;"
    "CREATE TABLE IF NOT EXISTS entries(key BLOB PRIMARY KEY, value BLOB NOT NULL, created INTEGER NOT NULL,"
    " modified INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS head(id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO head VALUES(1, 0);"
    "BEGIN EXCLUSIVE; COMMIT;";

class SqliteStore final : public Store {
 public:
  SqliteStore(Fd owner, Database db) : owner_(std::move(owner)), db_(std::move(db)) {}

  Result<void> open() {
    if (Result<void> ready = execute(db_.get(), kSchema); !ready) {
      if (sqlite3_errcode(db_.get()) == SQLITE_BUSY) {
        return fail("Store.Locked", fmt::format("{} is held by another landfall daemon", sqlite3_db_filename(db_.get(), "main")));
      }
      return ready;
    }
    TRY(check_integrity());
    put_ = TRY(prepare(db_.get(),
                       "INSERT INTO entries VALUES(?1,?2,?3,?3) ON CONFLICT(key) DO UPDATE SET value=?2, modified=?3"));
    erase_ = TRY(prepare(db_.get(), "DELETE FROM entries WHERE key=?1"));
    head_ = TRY(prepare(db_.get(), "UPDATE head SET revision=?1"));
    return load();
  }

  Result<Revision> transact(const std::function<Result<void>(Transaction&)>& body) override {
    return index_.transact(body, [this](const Writes& writes) { return commit(writes); });
  }

  std::optional<Entry> get(std::string_view key) const override { return index_.get(key); }
  std::vector<Entry> list(std::string_view prefix) const override { return index_.list(prefix); }
  Revision revision() const override { return index_.revision(); }
  Revision wait(const std::vector<std::string>& prefixes, Revision since,
                std::chrono::milliseconds timeout) override {
    return index_.wait(prefixes, since, timeout);
  }
  void close() override { index_.close(); }
  bool is_closed() const override { return index_.is_closed(); }

 private:
  Result<Revision> commit(const Writes& writes) {
    const Revision next = revision_ + 1;
    if (Result<void> written = write(writes, next); !written) {
      sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      return std::unexpected(written.error());
    }
    revision_ = next;
    index_.apply(writes, next);
    return next;
  }

  Result<void> check_integrity() {
    const Statement check = TRY(prepare(db_.get(), "PRAGMA quick_check(1)"));
    if (sqlite3_step(check.get()) != SQLITE_ROW) return unavailable(db_.get(), "checking the store");
    const std::string verdict = column_text(check.get(), 0);
    if (verdict == "ok") return {};
    return fail("Store.Corrupt", fmt::format("{} is damaged: {}", sqlite3_db_filename(db_.get(), "main"), verdict),
                Blame::host);
  }

  Result<void> load() {
    const Statement rows = TRY(prepare(db_.get(), "SELECT key, value, created, modified FROM entries"));
    int step = 0;
    while ((step = sqlite3_step(rows.get())) == SQLITE_ROW) {
      index_.load(Entry{.key = column_text(rows.get(), 0),
                        .value = column_text(rows.get(), 1),
                        .created = sqlite3_column_int64(rows.get(), 2),
                        .modified = sqlite3_column_int64(rows.get(), 3)});
    }
    if (step != SQLITE_DONE) return unavailable(db_.get(), "reading the store");
    const Statement head = TRY(prepare(db_.get(), "SELECT revision FROM head"));
    if (sqlite3_step(head.get()) != SQLITE_ROW) return unavailable(db_.get(), "reading the store's revision");
    revision_ = sqlite3_column_int64(head.get(), 0);
    index_.apply({}, revision_);
    return {};
  }

  Result<void> write(const Writes& writes, Revision next) {
    TRY(execute(db_.get(), "BEGIN IMMEDIATE"));
    for (const auto& [key, value] : writes) {
      sqlite3_stmt* statement = value ? put_.get() : erase_.get();
      bind_text(statement, 1, key);
      if (value) {
        bind_text(statement, 2, *value);
        sqlite3_bind_int64(statement, 3, next);
      }
      TRY(run(db_.get(), statement));
    }
    sqlite3_bind_int64(head_.get(), 1, next);
    TRY(run(db_.get(), head_.get()));
    return execute(db_.get(), "COMMIT");
  }

  Fd owner_;  ///< holds the lock; let go after the database
  Database db_;
  Statement put_, erase_, head_;
  Revision revision_ = 0;
  Index index_;
};

/// The right to open the store, kept by the kernel until the process ends. SQLite's own locks are asked for one by one: of two that
/// make a new database at the same moment both can find the other's and give up. A file beside, because closing any
/// descriptor of the database would let SQLite's locks go.
Result<Fd> own(const std::string& path) {
  const std::string file = path + ".lock";
  Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail(Error{.code = "Store.Unavailable", .what = errno_error("opening " + file, errno).message(), .blame = Blame::host, .retryable = true});
  for (int tries = 0; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++tries) {  // one that was killed has it until the kernel has taken it apart
    if (tries == 50) return fail("Store.Locked", fmt::format("{} is held by another landfall daemon", path));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::string& path) {
  Fd owner = TRY(own(path));
  Database db = TRY(open_database(path));
  auto store = std::make_unique<SqliteStore>(std::move(owner), std::move(db));
  TRY(store->open().while_doing("opening the store " + path));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace landfall::store
