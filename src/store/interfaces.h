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
  std::string private_ip{};       ///< the address wanted; empty: the lowest that is free
};

/// Takes the lowest free address of the subnet that is in no reservation of it (five are reserved: VPC user guide, Subnet CIDR blocks), if there is one
/// under which no target drains, and records the ENI. Errors: "InvalidSubnetID.NotFound", "InsufficientFreeAddressesInSubnet", "InsufficientAddressCapacity",
/// "InvalidParameterValue" and "InvalidIPAddress.InUse" of a wanted address.
Result<model::NetworkInterface> create_interface(Transaction& tx, const InterfaceSpec& spec, IdSource& ids);

/// The lowest free address of the subnet, or `wanted` if that is free. Errors: as above.
Result<std::string> free_private_address(const Transaction& tx, const model::Subnet& subnet, const std::string& wanted = {});

/// Erases the ENI; releases its managed public address, disassociates others.
void delete_interface(Transaction& tx, const std::string& interface_key);

/// A free address of the daemon's public pool. Errors: "InsufficientAddressCapacity".
Result<std::string> free_public_address(const Transaction& tx);

/// Addresses of the subnet still free (size - 5 - interfaces), as AvailableIpAddressCount.
int64_t free_address_count(const Store& store, const model::Subnet& subnet);

}  // namespace landfall::store
