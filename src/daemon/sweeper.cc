#include "daemon/sweeper.h"

#include "services/dynamodb/expiry.h"
#include "services/dynamodb/journal.h"
#include "services/dynamodb/recovery.h"
#include "services/ecr/expiry.h"
#include "services/logs/expiry.h"
#include "services/logs/export.h"
#include "services/s3/access_log.h"
#include "services/s3/expiry.h"
#include "services/s3/inventory.h"
#include "services/ssm/policy.h"

namespace landfall::daemon {
namespace {

constexpr std::chrono::seconds kEvery{10};
constexpr int kRoundsPerHour = 360;

}  // namespace

void Sweeper::run() {
  for (int round = 0; !deps_.store.is_closed(); ++round) {
    services::dynamodb::expire_items(deps_);
    services::dynamodb::expire_changes(deps_);
    services::dynamodb::expire_backups(deps_);
    services::ecr::expire_images(deps_);
    services::s3::expire_objects(deps_);
    services::s3::deliver_access_logs(deps_);
    services::s3::deliver_reports(deps_);
    services::ssm::expire_parameters(deps_);
    const store::Revision seen = deps_.store.revision();
    services::logs::run_exports(deps_);
    if (round % kRoundsPerHour == 0) services::logs::expire_events(deps_);
    // The wait ends with a new export task, with the time, or with the store.
    deps_.store.wait({"export_task/"}, seen, kEvery);
  }
}

}  // namespace landfall::daemon
