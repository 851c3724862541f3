#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::store {

/// etcd's model: keys in byte order, a revision that rises with each commit, transactions, watches.
using Revision = int64_t;

struct Entry {
  std::string key;
  std::string value;
  Revision created = 0;   ///< revision of the commit that made the key
  Revision modified = 0;  ///< revision of the commit that last wrote it
};

/// One transaction: sees its own writes, commits whole or not at all. Valid inside Store::transact only.
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual std::optional<Entry> get(std::string_view key) const = 0;
  virtual std::vector<Entry> list(std::string_view prefix) const = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Runs `body` with a consistent view; its writes are durable when this returns success. If body fails nothing is
  /// written and its error is returned. Body may be run more than once (another host won a race), so it must have
  /// no effect besides the transaction. Errors: "Store.Unavailable" (disk full, I/O), blame host, retryable.
  /// Called by a body on its own thread it joins that transaction: its writes are durable with the outer ones, or
  /// undone alone if it fails; `get` and `list` see them too.
  virtual Result<Revision> transact(const std::function<Result<void>(Transaction&)>& body) = 0;

  virtual std::optional<Entry> get(std::string_view key) const = 0;
  virtual std::vector<Entry> list(std::string_view prefix) const = 0;  ///< in key order

  virtual Revision revision() const = 0;

  /// Waits until some key under one of `prefixes` changed after revision `since`, or the timeout passes, or the store
  /// is closed. Returns the newest revision (equal to `since` on timeout).
  virtual Revision wait(const std::vector<std::string>& prefixes, Revision since,
                        std::chrono::milliseconds timeout) = 0;

  /// Wakes all waiters now and for ever; transact still works. For stopping controllers.
  virtual void close() = 0;
  virtual bool is_closed() const = 0;
};

/// In memory only; for tests and the simulator.
std::unique_ptr<Store> open_memory();

/// SQLite file (WAL, synchronous=FULL) with all records cached in memory. Errors: "Store.Locked" if another daemon
/// holds it; "Store.Corrupt" names the file and what the integrity check found.
Result<std::unique_ptr<Store>> open_sqlite(const std::string& path);

}  // namespace landfall::store
