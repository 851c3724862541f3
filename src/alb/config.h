#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alb/failures.h"
#include "base/error.h"
#include "base/record.h"
#include "model/load_balancing.h"

/// What one load balancer worker is told: a JSON file in the form of these records (docs/formats/alb-config.md). Members
/// with their default value may be left out; unknown ones are an error.
namespace landfall::alb {

struct NodeConfig {
  std::string zone;
  std::string address;   ///< bound by every listener; target connections come from it
  std::string device{};  ///< that has the address: connections with a client's address go out by it; "" by the routes
  FIELDS(zone, address, device)
};

struct CertificateConfig {
  std::string arn;
  std::string chain_pem;  ///< leaf first
  std::string key_file;   ///< PEM, unencrypted
  bool is_default = false;
  FIELDS(arn, chain_pem, key_file, is_default)
};

/// What a listener that verifies its clients' certificates believes.
struct TrustConfig {
  std::string ca_pem;
  std::vector<std::string> crl_pems;
  FIELDS(ca_pem, crl_pems)
};

/// With what the claims of users are signed.
struct SignerConfig {
  std::string id;        ///< the token's kid
  std::string key_file;  ///< PEM, unencrypted, P-256
  FIELDS(id, key_file)
};

struct ListenerConfig {
  model::Listener listener;
  std::vector<CertificateConfig> certificates;
  std::vector<model::Rule> rules;
  std::optional<TrustConfig> trust;  ///< with listener.mutual_authentication.mode "verify"
  FIELDS(listener, certificates, rules, trust)
};

struct GroupConfig {
  model::TargetGroup group;
  std::vector<model::Target> targets;
  FIELDS(group, targets)
};

struct Config {
  int64_t revision = 0;  ///< repeated in the worker's state once this is in force
  model::LoadBalancer balancer;
  std::vector<NodeConfig> nodes;
  std::vector<ListenerConfig> listeners;
  std::vector<GroupConfig> groups;
  int threads = 1;               ///< of the data path; in force from the worker's start
  int max_connections = 20'000;  ///< of clients at once, all threads together
  int memory_mib = 512;          ///< for bytes that wait for a slow peer; a connection that would need more is cut
  std::string access_log, connection_log;  ///< files in ALB's format; "" none
  int log_rotate_seconds = 0;    ///< a finished file is renamed FILE.<end, UTC>; 0: never
  std::string resolver = "169.254.169.253";  ///< of names of endpoints that rules name: the VPC's
  std::string ca_pem;            ///< roots besides the system's, for those endpoints
  std::optional<SignerConfig> signer;  ///< with an action authenticate-oidc
  std::string metrics;           ///< "address:port" of a Prometheus endpoint; "" none
  FIELDS(revision, balancer, nodes, listeners, groups, threads, max_connections, memory_mib, access_log, connection_log, log_rotate_seconds, resolver, ca_pem, signer, metrics)
};

/// One target as the worker sees it.
struct TargetState {
  std::string group_arn, id;
  int port = 0;
  std::string state, reason, description;
  std::string last_check;  ///< what the last one met, if it failed
  int in_flight = 0;
  std::map<std::string, std::string> found;  ///< by zone, what its node finds: a state, or what its last check met if it is alone with that
  std::vector<Failure> failures;
  FIELDS(group_arn, id, port, state, reason, description, last_check, in_flight, found, failures)
};

struct ListenerState {
  int port = 0;
  bool is_bound = false;
  std::string error;
  FIELDS(port, is_bound, error)
};

/// What the worker tells back, in `state.json` beside its configuration.
struct WorkerState {
  int pid = 0;
  int64_t revision = 0;      ///< of the configuration in force
  std::string config_error;  ///< why a newer one was refused
  std::vector<ListenerState> listeners;
  std::vector<TargetState> targets;
  std::map<std::string, int64_t> counters;  ///< requests, and by who ended them and why: "elb.502.target_refused"
  FIELDS(pid, revision, config_error, listeners, targets, counters)
};

Result<Config> parse_config(std::string_view text);

/// What the folder's worker has told last; {}: nothing yet.
WorkerState state_in(const std::filesystem::path& folder);

/// Whether an action of the listener logs users in.
bool has_logins(const ListenerConfig& listener);

/// Whether the worker does all that the configuration asks for. Errors: "Alb.Unsupported" names what it does not do,
/// "Alb.InvalidConfig" what cannot be meant.
Result<void> check_config(const Config& config);

}  // namespace landfall::alb
