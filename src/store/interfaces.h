#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "model/network.h"
#include "store/store.h"

namespace landfall::store {

/// What a new ENI is for; see model::NetworkInterface for the members of the same name.
struct InterfaceSpec {
  std::string subnet_key;  ///< model::Subnet::key
  std::vector<std::string> security_group_ids{};
  std::string description{};
  std::string type = "interface";
  std::string requester_id{};
  std::string owner{};
  std::string host_namespace{};
  std::string device = "eth0";
  bool assign_public_ip = false;  ///< an Address (is_managed) comes with it
};

/// Takes the lowest free address of the subnet (five are reserved: VPC user guide, Subnet CIDR blocks), if there is one
/// under which no target drains, and records the ENI. Errors: "InvalidSubnetID.NotFound", "InsufficientFreeAddressesInSubnet", "InsufficientAddressCapacity".
Result<model::NetworkInterface> create_interface(Transaction& tx, const InterfaceSpec& spec, IdSource& ids);

/// Erases the ENI; releases its managed public address, disassociates others.
void delete_interface(Transaction& tx, const std::string& interface_key);

/// A free address of the daemon's public pool. Errors: "InsufficientAddressCapacity".
Result<std::string> free_public_address(const Transaction& tx);

/// Addresses of the subnet still free (size - 5 - interfaces), as AvailableIpAddressCount.
int64_t free_address_count(const Store& store, const model::Subnet& subnet);

}  // namespace landfall::store
