#include "why/ground.h"

#include "store/table.h"

namespace landfall::why {

Ground ground_of(const store::Store& store) {
  Ground ground{.reasons = store::all<model::Because>(store),
                .origins = {},
                .origin_list = store::all<model::Origin>(store),
                .failures = store::all<model::ApplyFailure>(store),
                .services = store::all<model::Service>(store),
                .tasks = store::all<model::Task>(store),
                .groups = store::all<model::TargetGroup>(store),
                .targets = store::all<model::Target>(store),
                .balancers = store::all<model::LoadBalancer>(store),
                .listeners = store::all<model::Listener>(store),
                .rules = store::all<model::Rule>(store),
                .certificates = store::all<model::Certificate>(store),
                .zones = store::all<model::HostedZone>(store),
                .records = store::all<model::RecordSet>(store)};
  for (const model::Origin& origin : ground.origin_list) ground.origins.emplace(origin.id, origin);
  return ground;
}

std::string tail_of(std::string_view arn) { return std::string(arn.substr(arn.rfind('/') + 1)); }

std::string name_of(const Ground& ground, const std::string& id) {
  const auto origin = ground.origins.find(id);
  return origin == ground.origins.end() ? id : origin->second.address;
}

}  // namespace landfall::why
