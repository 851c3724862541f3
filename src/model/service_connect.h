#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/record.h"

/// ECS Service Connect: how tasks of a namespace reach each other's ports by name.
/// Source  ECS guide, Service Connect concepts; ECS API, ServiceConnectConfiguration.
namespace landfall::model {

/// A name and a port that clients connect to.
struct ConnectAlias {
  std::string name;
  int port = 0;
  FIELDS(name, port)
};

/// A port that a service offers.
struct ConnectPort {
  std::string port_name;  ///< of the port mapping
  int container_port = 0;
  std::string discovery_name, discovery_arn;  ///< its service in Cloud Map
  std::vector<ConnectAlias> aliases;
  FIELDS(port_name, container_port, discovery_name, discovery_arn, aliases)
};

/// What a deployment takes part in a namespace with; without ports it is a client only.
struct ServiceConnect {
  std::string namespace_arn;
  std::vector<ConnectPort> ports;
  std::string as_told;  ///< JSON of ServiceConnectConfiguration, with its defaults
  FIELDS(namespace_arn, ports, as_told)
};

struct ConnectTarget {
  std::string ip;
  int port = 0;
  FIELDS(ip, port)
  bool operator==(const ConnectTarget&) const = default;
};

/// Where a task's endpoints have their addresses, as on AWS.
inline constexpr std::string_view kConnectRange = "127.255.0.0/16";

/// What a task finds behind a name and port. The names are those that were there when the task was started; the targets follow.
struct ConnectEndpoint {
  std::string name, address;  ///< address: of kConnectRange, the task's own
  int port = 0;
  std::vector<ConnectTarget> targets;  ///< running tasks, in the order of their addresses
  FIELDS(name, address, port, targets)
  bool operator==(const ConnectEndpoint&) const = default;
};

/// One task's view of its namespace. ecs/ keeps it, fargate/ writes the names into the task's hosts file, vpc/ leads the packets.
struct ConnectTable {
  std::string task_arn, namespace_arn;
  std::vector<ConnectEndpoint> endpoints;
  FIELDS(task_arn, namespace_arn, endpoints)
  static constexpr std::string_view kTable = "connect_table";
  std::string key() const { return task_arn; }
};

}  // namespace landfall::model
