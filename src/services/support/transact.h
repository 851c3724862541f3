#pragma once

#include <functional>
#include <utility>

#include "store/store.h"

namespace landfall::services {

/// Runs `body` (a function of Transaction& that gives Result<Answer>) in one transaction; what it answers counts only if
/// the transaction is durable.
template <class Answer, class Body>
Result<Answer> transact(store::Store& store, Body body) {
  Answer answer{};
  TRY(store.transact([&](store::Transaction& tx) -> Result<void> {
    answer = TRY(body(tx));
    return {};
  }));
  return answer;
}

/// Runs `call`, undoes what it recorded, and gives its outcome.
inline Result<void> undone(store::Store& store, const std::function<Result<void>()>& call) {
  static const Error kUndone{.code = "Store.Undone", .what = "what a dry run recorded is not kept"};
  Result<void> outcome = fail(kUndone);
  const auto kept = store.transact([&](store::Transaction&) -> Result<void> {
    outcome = call();
    return fail(kUndone);
  });
  if (kept.error().code != kUndone.code) return fail(kept.error());
  return outcome;
}

}  // namespace landfall::services
