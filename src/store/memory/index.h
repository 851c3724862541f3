#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "store/store.h"

namespace landfall::store {

/// One pending write: a value, or nothing for an erasure.
using Writes = std::map<std::string, std::optional<std::string>, std::less<>>;

/// The records of a store in memory, with waiting for changes. Not a store by itself: memory and SQLite build on it.
/// Thread-safe; `transact` serialises writers.
class Index {
 public:
  std::optional<Entry> get(std::string_view key) const;
  std::vector<Entry> list(std::string_view prefix) const;
  Revision revision() const;
  Revision wait(const std::vector<std::string>& prefixes, Revision since, std::chrono::milliseconds timeout);
  void close();
  bool is_closed() const;

  void load(Entry entry);                 ///< at start only
  void apply(const Writes& writes, Revision revision);

  /// Store::transact: `commit` makes the writes durable, applies them and gives the new revision.
  Result<Revision> transact(const std::function<Result<void>(Transaction&)>& body, const std::function<Result<Revision>(const Writes&)>& commit);

 private:
  friend class IndexTransaction;
  std::optional<Entry> get_committed(std::string_view key) const;
  std::vector<Entry> list_committed(std::string_view prefix) const;

  std::mutex commit_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, Revision, std::less<>> table_changed_;  ///< newest revision per first key part
  Revision revision_ = 0;
  bool closed_ = false;
};

/// A transaction over an index: reads see `writes` first.
class IndexTransaction final : public Transaction {
 public:
  explicit IndexTransaction(const Index& index) : index_(index) {}
  std::optional<Entry> get(std::string_view key) const override;
  std::vector<Entry> list(std::string_view prefix) const override;
  void put(std::string_view key, std::string_view value) override { writes[std::string(key)] = std::string(value); }
  void erase(std::string_view key) override { writes[std::string(key)] = std::nullopt; }

  Writes writes;

 private:
  const Index& index_;
};

}  // namespace landfall::store
