#include "daemon/sweeper.h"

#include "services/dynamodb/expiry.h"
#include "services/ecr/expiry.h"

namespace landfall::daemon {
namespace {

constexpr std::chrono::seconds kEvery{10};

}  // namespace

void Sweeper::run() {
  while (!deps_.store.is_closed()) {
    services::dynamodb::expire_items(deps_);
    services::ecr::expire_images(deps_);
    // Nothing lies under this prefix: the wait ends with the time, or with the store.
    deps_.store.wait({"no such table/"}, deps_.store.revision(), kEvery);
  }
}

}  // namespace landfall::daemon
