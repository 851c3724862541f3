#pragma once

#include "model/reachability.h"
#include "store/store.h"

namespace landfall::store {

/// The records that model::trace looks at. `from` is a Store or, for one moment in time, a Transaction.
model::NetworkView view_of(const Store& store);
model::NetworkView view_of(const Transaction& tx);

}  // namespace landfall::store
