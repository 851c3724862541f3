#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "model/container_service.h"
#include "model/scaling.h"
#include "scaling/decide.h"
#include "store/store.h"

namespace landfall::scaling {

/// Writes decisions about one target into records: desired count, bounds, cooldowns, activities, the service's event. Ends
/// activities whose change the service has fulfilled. Writes only what changed.
class CarryOut {
 public:
  CarryOut(store::Transaction& tx, const model::ScalableTarget& target, const model::Service& service, WallTime now, IdSource& ids) : tx_(tx), target_(target), service_(service), now_(now), ids_(ids) {}
  void apply(const Decisions& decisions);

 private:
  void set_bounds(const Decisions& decisions);
  void set_capacity(const Decisions& decisions);
  void tell(const Decisions& decisions);
  bool end(model::ScalingActivity& activity) const;

  store::Transaction& tx_;
  model::ScalableTarget target_;
  model::Service service_;
  WallTime now_;
  IdSource& ids_;
};

}  // namespace landfall::scaling
