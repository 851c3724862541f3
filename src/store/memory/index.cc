#include "store/memory/index.h"

#include <algorithm>
#include <utility>

namespace landfall::store {
namespace {

std::string_view table_of(std::string_view key) { return key.substr(0, key.find('/')); }

/// The transaction whose body this thread runs.
struct Open {
  const Index* index = nullptr;
  IndexTransaction* transaction = nullptr;
};
thread_local Open open_here;

}  // namespace

Result<Revision> Index::transact(const std::function<Result<void>(Transaction&)>& body, const std::function<Result<Revision>(const Writes&)>& commit) {
  if (open_here.index == this) {
    Writes before = open_here.transaction->writes;
    if (auto done = body(*open_here.transaction); !done) {
      open_here.transaction->writes = std::move(before);
      return std::unexpected(done.error());
    }
    return revision();
  }
  const std::lock_guard lock(commit_mutex_);
  IndexTransaction tx(*this);
  const Open around = std::exchange(open_here, {this, &tx});
  const Result<void> done = body(tx);
  open_here = around;
  if (!done) return std::unexpected(done.error());
  if (tx.writes.empty()) return revision();
  return commit(tx.writes);
}

std::optional<Entry> Index::get(std::string_view key) const { return open_here.index == this ? open_here.transaction->get(key) : get_committed(key); }

std::vector<Entry> Index::list(std::string_view prefix) const { return open_here.index == this ? open_here.transaction->list(prefix) : list_committed(prefix); }

std::optional<Entry> Index::get_committed(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

std::vector<Entry> Index::list_committed(std::string_view prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> result;
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it) {
    result.push_back(it->second);
  }
  return result;
}

Revision Index::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

void Index::load(Entry entry) {
  const std::lock_guard lock(mutex_);
  revision_ = std::max(revision_, entry.modified);
  std::string key = entry.key;
  entries_.insert_or_assign(std::move(key), std::move(entry));
}

void Index::apply(const Writes& writes, Revision revision) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : writes) {
      table_changed_[std::string(table_of(key))] = revision;
      if (!value) {
        entries_.erase(key);
        continue;
      }
      Entry& entry = entries_[key];
      if (entry.key.empty()) entry = Entry{.key = key, .value = {}, .created = revision};
      entry.value = *value;
      entry.modified = revision;
    }
    revision_ = revision;
  }
  changed_.notify_all();
}

/// Changes are tracked per table (the part before the first '/'): a wait may wake for a neighbour in the same table,
/// which level-triggered callers take in their stride.
Revision Index::wait(const std::vector<std::string>& prefixes, Revision since, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto touched = [&] {
    return std::ranges::any_of(prefixes, [&](const std::string& prefix) {
      const auto found = table_changed_.find(table_of(prefix));
      return found != table_changed_.end() && found->second > since;
    });
  };
  const bool changed = changed_.wait_for(lock, timeout, [&] { return closed_ || touched(); });
  return changed && touched() ? revision_ : since;
}

void Index::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool Index::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::optional<Entry> IndexTransaction::get(std::string_view key) const {
  const auto pending = writes.find(key);
  if (pending == writes.end()) return index_.get_committed(key);
  if (!pending->second) return std::nullopt;
  return Entry{.key = pending->first, .value = *pending->second};
}

std::vector<Entry> IndexTransaction::list(std::string_view prefix) const {
  std::map<std::string, Entry> merged;
  for (Entry& entry : index_.list_committed(prefix)) {
    std::string key = entry.key;
    merged.insert_or_assign(std::move(key), std::move(entry));
  }
  for (auto it = writes.lower_bound(prefix); it != writes.end() && it->first.starts_with(prefix); ++it) {
    if (it->second) {
      merged[it->first] = Entry{.key = it->first, .value = *it->second};
    } else {
      merged.erase(it->first);
    }
  }
  std::vector<Entry> result;
  for (auto& [key, entry] : merged) result.push_back(std::move(entry));
  return result;
}

}  // namespace landfall::store
