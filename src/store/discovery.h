#pragma once

#include "model/discovery.h"
#include "store/store.h"

/// Cloud Map's instances and what is known of them in DNS. Callers: the API of Cloud Map, and ecs/ for services with registries.
namespace landfall::store {

/// The DNS records of a service, made anew from its healthy instances; its revision rises.
void publish_instances(Transaction& tx, model::DiscoveryService service);

/// Takes an instance away, with the name of its own. What is published of its service is still to be renewed.
void erase_instance(Transaction& tx, const model::DiscoveryService& service, const model::DiscoveryInstance& instance);

}  // namespace landfall::store
