#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/certificate.h"
#include "model/container_service.h"
#include "model/load_balancing.h"
#include "model/reachability.h"
#include "model/reason.h"
#include "model/zone.h"
#include "store/store.h"

namespace landfall::why {

/// Everything that is asked about, as it lies in the records.
struct Ground {
  std::vector<model::Because> reasons;
  std::map<std::string, model::Origin> origins;  ///< by id
  std::vector<model::Origin> origin_list;        ///< the same
  std::vector<model::ApplyFailure> failures;
  std::vector<model::Service> services;
  std::vector<model::Task> tasks;
  std::vector<model::TargetGroup> groups;
  std::vector<model::Target> targets;
  std::vector<model::LoadBalancer> balancers;
  std::vector<model::Listener> listeners;
  std::vector<model::Rule> rules;
  std::vector<model::Certificate> certificates;
  std::vector<model::HostedZone> zones;
  std::vector<model::RecordSet> records;
};

Ground ground_of(const store::Store& store);

/// "arn:…:service/main/web" -> "web".
std::string tail_of(std::string_view arn);

/// A person's name for a thing: its Terraform address where one is known, else the id.
std::string name_of(const Ground& ground, const std::string& id);

}  // namespace landfall::why
