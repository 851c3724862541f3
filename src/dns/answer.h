#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dns/choose.h"
#include "model/load_balancing.h"
#include "model/network.h"
#include "model/settings.h"
#include "model/zone.h"
#include "store/store.h"

namespace landfall::dns {

/// Everything that names are answered from, at one moment.
struct Names {
  model::Settings settings;
  std::vector<model::HostedZone> zones;
  std::map<std::string, std::vector<model::RecordSet>> records;  ///< by zone id
  std::vector<model::LoadBalancer> balancers;
  std::vector<model::Vpc> vpcs;
  std::vector<model::NetworkInterface> interfaces;
  std::set<std::string> sick_checks{};     ///< ids of health checks whose endpoint is not healthy
  std::set<std::string> sick_balancers{};  ///< ARNs; known only while some alias asks for it
  std::vector<model::VpcEndpoint> endpoints{};
};
Names names_of(const store::Store& store);

struct Question {
  std::string name;  ///< lower case, with trailing dot
  std::string type;  ///< "A", "AAAA", "CNAME", …
};

enum class Outcome { answered, no_data, no_such_name, not_ours };

/// Resource records in presentation form ("www.matabit.org. 60 IN A 198.18.0.9"), ready for the wire.
struct Answer {
  Outcome outcome = Outcome::not_ours;
  std::vector<std::string> records;
  std::vector<std::string> authority;
};

/// Answers as the resolver of `vpc` does, or as public DNS does if `vpc` is null. Order (Route 53 guide, private zones):
/// private zones of the VPC, most specific first and without fall-through; names of the VPC's addresses; AWS's own
/// names; public zones, as they are delegated. Routing policies are followed, health checks heeded. not_ours: the caller
/// may ask the outside. Pure but for `chance`.
Answer answer(const Names& names, const model::Vpc* vpc, const Question& question, const Chance& chance);

/// As the name servers of one zone answer, whoever asks them. Pure but for `chance`.
Answer answer_of_zone(const Names& names, const model::HostedZone& zone, const Question& question, const Chance& chance);

}  // namespace landfall::dns
