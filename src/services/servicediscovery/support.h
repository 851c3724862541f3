#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/shapes/servicediscovery.h"
#include "base/text.h"
#include "model/discovery.h"
#include "model/zone.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/discovery.h"
#include "store/table.h"

/// What the Cloud Map handlers share.
namespace landfall::services::servicediscovery {

namespace shapes = landfall::aws::servicediscovery;
using aws::CallContext;
using model::DiscoveryInstance;
using model::DiscoveryService;
using model::Namespace;
using store::Transaction;


template <class From>
Result<Namespace> namespace_at(const From& from, const CallContext& context, const std::optional<std::string>& id) {
  auto found = store::find<Namespace>(from, scope(context) + text(id).substr(text(id).rfind('/') + 1));
  if (!found) return fail("NamespaceNotFound", fmt::format("Namespace not found: {}", text(id)));
  return std::move(*found);
}

template <class From>
Result<DiscoveryService> service_at(const From& from, const CallContext& context, const std::optional<std::string>& id) {
  auto found = store::find<DiscoveryService>(from, scope(context) + text(id).substr(text(id).rfind('/') + 1));
  if (!found) return fail("ServiceNotFound", fmt::format("Service not found: {}", text(id)));
  return std::move(*found);
}

/// Records that the call is done; everything here is, at commit.
std::string put_operation(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& type, std::map<std::string, std::string> targets);

/// Whether a value passes a filter of a list. EQ has one value, IN several, BETWEEN two, BEGINS_WITH one.
template <class Filter>
bool passes(const Filter& filter, const std::string& fact) {
  const std::string condition = filter.condition.value_or("EQ");
  const auto& values = *filter.values;
  if (condition == "BETWEEN") return values.size() == 2 && values[0] <= fact && fact <= values[1];
  return std::ranges::any_of(values, [&](const std::string& value) { return condition == "BEGINS_WITH" ? fact.starts_with(value) : fact == value; });
}

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given);

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit.value_or(100), token, Error{.code = "InvalidInput", .what = "The NextToken is not valid"});
}

void register_namespace(aws::Registry&, const Deps&);
void register_service(aws::Registry&, const Deps&);
void register_instance(aws::Registry&, const Deps&);
void register_operation(aws::Registry&, const Deps&);
void register_attribute(aws::Registry&, const Deps&);

}  // namespace landfall::services::servicediscovery
