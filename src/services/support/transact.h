#pragma once

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

}  // namespace landfall::services
