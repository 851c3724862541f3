#pragma once

#include <atomic>
#include <string>

#include "aws/endpoint.h"
#include "store/store.h"

namespace landfall::daemon {

/// Answers of calls that are carried out once, kept in the store under the caller's token: at most 4096, oldest gone
/// first. Borrows the store.
class KeptAnswers {
 public:
  explicit KeptAnswers(store::Store& store);

  /// Runs `call` in a transaction that what it records joins, and keeps its answer with it. A refused call is not kept.
  /// Errors: the call's own; "Landfall.NotMade" if nothing is kept and `is_only_recalled`; the store's.
  Result<http::Response> answer(const std::string& key, bool is_only_recalled, const aws::Hooks::Call& call);

 private:
  void trim(store::Transaction& tx);

  store::Store& store_;
  std::atomic<size_t> count_;
};

}  // namespace landfall::daemon
