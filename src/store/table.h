#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ensure.h"
#include "base/record.h"
#include "store/store.h"

namespace landfall::store {

/// Typed access. A noun T of model/ has `static constexpr std::string_view kTable = "vpc"` and
/// `std::string key() const`, e.g. "000000000000/us-west-2/vpc-0a1"; it lies under "<table>/<key>".
///
/// In a transaction:   auto vpc = find<Vpc>(tx, key);  put(tx, vpc);  erase<Vpc>(tx, key);  all<Vpc>(tx, "acct/region/")
/// Outside:            the same functions on a `const Store&` (each call sees the newest state).
template <class T>
std::string path_of(std::string_view key) {
  return std::string(T::kTable) + "/" + std::string(key);
}

template <class T>
T must_decode(const Entry& entry) {
  Result<T> record = decode<T>(entry.value);
  ENSURE(record.has_value(), ("the store holds what this version wrote: " + entry.key).c_str());
  return std::move(*record);
}

template <class T, class From>
std::optional<T> find(const From& from, std::string_view key) {
  const std::optional<Entry> entry = from.get(path_of<T>(key));
  if (!entry) return std::nullopt;
  return must_decode<T>(*entry);
}

template <class T, class From>
std::vector<T> all(const From& from, std::string_view key_prefix = "") {
  std::vector<T> records;
  for (const Entry& entry : from.list(path_of<T>(key_prefix))) records.push_back(must_decode<T>(entry));
  return records;
}

template <class T>
void put(Transaction& tx, const T& record) {
  tx.put(path_of<T>(record.key()), encode(record));
}

template <class T>
void erase(Transaction& tx, std::string_view key) {
  tx.erase(path_of<T>(key));
}

/// Changes one record if it exists: `change` gets a T&. Returns whether it existed.
template <class T>
bool update(Transaction& tx, std::string_view key, const std::function<void(T&)>& change) {
  std::optional<T> record = find<T>(tx, key);
  if (!record) return false;
  change(*record);
  put(tx, *record);
  return true;
}

}  // namespace landfall::store
