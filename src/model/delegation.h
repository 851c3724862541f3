#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/zone.h"

/// Which public hosted zone the world asks for a name. Pure.
namespace landfall::model {

/// The values of the NS records that a zone holds at a name; empty without.
using NameServersAt = std::function<std::vector<std::string>(const std::string& zone_id, std::string_view name)>;

struct Delegation {
  const HostedZone* zone = nullptr;  ///< null: no zone of ours is asked
  /// Where the way ends without a zone: the name whose NS records lead to servers of none of ours, and the zone that holds them.
  std::string lame_at;
  const HostedZone* parent = nullptr;
};

/// From the topmost zone that holds the name down, each time its NS records below its apex delegate: to the zone of that
/// name whose name servers they tell. A zone of a longer name that nothing delegates to is not asked. Of several topmost
/// zones of one name the oldest is taken for the registered one: there is no registrar here whose word it would be.
/// `name`: lower case, with a trailing dot. Source: Route 53 developer guide, Creating a subdomain; Making Route 53 the DNS service.
Delegation delegation_of(const std::vector<HostedZone>& zones, const NameServersAt& servers_at, std::string_view name);

/// Whether `name` is `zone` or lies below it; both lower case, with a trailing dot.
bool is_at_or_below(std::string_view name, std::string_view zone);

}  // namespace landfall::model
