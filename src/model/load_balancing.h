#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// Application and Network Load Balancers. ARNs are the ids here; keys are the ARNs themselves.
namespace landfall::model {

struct LoadBalancerNode {
  std::string zone, subnet_id, network_interface_id;
  std::string private_ip, public_ip;  ///< public_ip empty if internal
  bool is_in_dns = true;              ///< observed: false while DNS failover leaves the node out (alb/dns_failover.h)
  std::string allocation_id;          ///< of the Elastic IP that somebody chose for it; empty: public_ip is assigned
  bool has_chosen_ip = false;         ///< private_ip was asked for
  FIELDS(zone, subnet_id, network_interface_id, private_ip, public_ip, is_in_dns, allocation_id, has_chosen_ip)
};

/// States: provisioning -> active | failed. Moved by alb/ when the worker serves on every node.
struct LoadBalancer {
  std::string account, region, arn, name, vpc_id;
  std::string dns_name, canonical_hosted_zone_id;
  std::string scheme = "internet-facing";  ///< or "internal"
  std::string ip_address_type = "ipv4";
  std::vector<std::string> security_group_ids;
  std::vector<LoadBalancerNode> nodes;  ///< one per enabled zone
  std::map<std::string, std::string> attributes;  ///< only those set away from their default
  std::string state = "provisioning";
  std::string state_reason;
  WallTime created_at;
  Tags tags;
  std::string type = "application";  ///< or "network"
  std::string private_link_rules;    ///< "on", "off": EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic; empty without groups
  FIELDS(account, region, arn, name, vpc_id, dns_name, canonical_hosted_zone_id, scheme, ip_address_type,
         security_group_ids, nodes, attributes, state, state_reason, created_at, tags, type, private_link_rules)
  static constexpr std::string_view kTable = "load_balancer";
  std::string key() const { return arn; }
};

struct WeightedTargetGroup {
  std::string arn;
  int weight = 1;
  FIELDS(arn, weight)
};

struct RedirectAction {
  std::string protocol = "#{protocol}", host = "#{host}", port = "#{port}", path = "/#{path}", query = "#{query}";
  std::string status_code;  ///< "HTTP_301" or "HTTP_302"
  FIELDS(protocol, host, port, path, query, status_code)
};

struct FixedResponse {
  std::string status_code, content_type, message_body;
  FIELDS(status_code, content_type, message_body)
};

/// A claim that a token must hold besides those of RFC 7519.
struct JwtClaim {
  std::string name;
  std::string format;  ///< single-string, string-array, space-separated-values
  std::vector<std::string> values;
  FIELDS(name, format, values)
};

/// Which tokens let a request through.
struct JwtValidation {
  std::string jwks_endpoint, issuer;
  std::vector<JwtClaim> claims;
  FIELDS(jwks_endpoint, issuer, claims)
};

/// Who logs users in, and how long that holds (ALB user guide, Authenticate users).
struct AuthenticateOidc {
  std::string issuer, authorization_endpoint, token_endpoint, user_info_endpoint;
  std::string client_id, client_secret;  ///< the secret is told to nobody but the token endpoint
  std::string scope = "openid";
  std::string session_cookie_name = "AWSELBAuthSessionCookie";
  int64_t session_timeout = 604'800;     ///< seconds
  std::string on_unauthenticated_request = "authenticate";  ///< or "allow", "deny"
  std::map<std::string, std::string> extra_params;          ///< of the request to the authorization endpoint
  FIELDS(issuer, authorization_endpoint, token_endpoint, user_info_endpoint, client_id, client_secret, scope, session_cookie_name, session_timeout, on_unauthenticated_request, extra_params)
};

/// The last action of a list answers; before it authenticate-oidc or jwt-validation may stand.
struct Action {
  std::string type;  ///< forward, redirect, fixed-response, authenticate-oidc, jwt-validation
  int order = 0;     ///< 0: not given
  std::vector<WeightedTargetGroup> target_groups;
  bool is_simple_forward = false;  ///< given as TargetGroupArn alone; echoed so
  bool group_stickiness = false;
  int group_stickiness_seconds = 0;
  std::optional<RedirectAction> redirect;
  std::optional<FixedResponse> fixed_response;
  std::optional<JwtValidation> jwt_validation;
  std::optional<AuthenticateOidc> authenticate_oidc;
  FIELDS(type, order, target_groups, is_simple_forward, group_stickiness, group_stickiness_seconds, redirect, fixed_response, jwt_validation, authenticate_oidc)
};

struct QueryStringValue {
  std::string key, value;  ///< key empty: any key
  FIELDS(key, value)
};

struct Condition {
  std::string field;  ///< host-header, path-pattern, http-header, http-request-method, query-string, source-ip
  std::vector<std::string> values;
  std::string http_header_name;
  std::vector<QueryStringValue> query_strings;
  bool is_legacy = false;  ///< given as Field + Values
  std::vector<std::string> regex_values;  ///< in place of values: host-header, path-pattern, http-header
  FIELDS(field, values, http_header_name, query_strings, is_legacy, regex_values)
};

/// Rewrites a request that its rule has taken: what `regex` matches becomes `replace`, where $1 to $9 are its groups
/// (ALB user guide, Transforms for listener rules).
struct Transform {
  std::string type;  ///< host-header-rewrite, url-rewrite
  std::string regex, replace;
  FIELDS(type, regex, replace)
};

struct ListenerCertificate {
  std::string arn;
  bool is_default = false;
  FIELDS(arn, is_default)
};

/// Whether clients of a listener show certificates, and who looks at them (ALB user guide, Mutual TLS).
struct MutualAuthentication {
  std::string mode = "off";  ///< or "passthrough": shown to the targets, "verify": checked against the trust store
  std::string trust_store_arn;
  bool ignores_expiry = false;       ///< of the client's certificate
  bool advertises_ca_names = false;  ///< of the trust store, in the handshake
  FIELDS(mode, trust_store_arn, ignores_expiry, advertises_ca_names)
};

struct Listener {
  std::string account, region, arn, load_balancer_arn;
  int port = 0;
  std::string protocol;  ///< HTTP, HTTPS; of a network load balancer TCP, TLS
  std::string ssl_policy;
  std::vector<ListenerCertificate> certificates;
  std::vector<Action> default_actions;
  std::string default_rule_arn;
  std::map<std::string, std::string> attributes;
  MutualAuthentication mutual_authentication;
  Tags tags;
  std::string alpn_policy;  ///< of TLS: None, HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred; empty: not given
  FIELDS(account, region, arn, load_balancer_arn, port, protocol, ssl_policy, certificates, default_actions,
         default_rule_arn, attributes, mutual_authentication, tags, alpn_policy)
  static constexpr std::string_view kTable = "listener";
  std::string key() const { return arn; }
};

/// A list of certificates that count no more, of a trust store.
struct Revocation {
  int64_t id = 0;       ///< from 1 within its trust store
  int64_t entries = 0;  ///< revoked certificates
  std::string crl_pem;
  FIELDS(id, entries, crl_pem)
};

/// Certificate authorities whose clients listeners let in. Bytes are taken from S3 once, when it is made or changed.
struct TrustStore {
  std::string account, region, arn, name;
  std::string ca_pem;
  int certificates = 0;  ///< in ca_pem
  std::vector<Revocation> revocations;
  int64_t next_revocation_id = 1;
  Tags tags;
  FIELDS(account, region, arn, name, ca_pem, certificates, revocations, next_revocation_id, tags)
  static constexpr std::string_view kTable = "trust_store";
  std::string key() const { return arn; }
};

/// With what the load balancers of a region sign the claims of users (x-amzn-oidc-data). The private key lies beside the store
/// in `key_file` (mode 0600), never in a record.
struct ClaimsKey {
  std::string region, id, public_pem, key_file;
  FIELDS(region, id, public_pem, key_file)
  static constexpr std::string_view kTable = "claims_key";
  std::string key() const { return region; }
};

struct Rule {
  std::string account, region, arn, listener_arn;
  int priority = 0;
  std::vector<Condition> conditions;
  std::vector<Action> actions;
  Tags tags;
  std::vector<Transform> transforms;
  FIELDS(account, region, arn, listener_arn, priority, conditions, actions, tags, transforms)
  static constexpr std::string_view kTable = "rule";
  std::string key() const { return arn; }
};

struct HealthCheck {
  bool enabled = true;
  std::string protocol = "HTTP";  ///< or HTTPS, TCP (which knows no path and no matcher)
  std::string port = "traffic-port";
  std::string path = "/";
  int interval_seconds = 30;
  int timeout_seconds = 5;
  int healthy_threshold = 5;
  int unhealthy_threshold = 2;
  std::string matcher = "200";
  FIELDS(enabled, protocol, port, path, interval_seconds, timeout_seconds, healthy_threshold, unhealthy_threshold, matcher)
};

struct TargetGroup {
  std::string account, region, arn, name, vpc_id;
  std::string protocol = "HTTP";           ///< HTTP, HTTPS; behind a network load balancer TCP, TLS
  std::string protocol_version = "HTTP1";  ///< empty without HTTP
  int port = 80;
  std::string target_type = "instance";  ///< instance, ip
  HealthCheck health_check;
  std::map<std::string, std::string> attributes;  ///< only those set away from their default
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, arn, name, vpc_id, protocol, protocol_version, port, target_type, health_check, attributes,
         created_at, tags)
  static constexpr std::string_view kTable = "target_group";
  std::string key() const { return arn; }
};

/// One registered target. `desired` is intent (elbv2 API, ecs/); the health members are observed (alb/).
/// deregister: desired becomes "draining" with drain_until; alb/ erases the record after that moment.
struct Target {
  std::string target_group_arn;
  std::string id;  ///< address (or instance id)
  int port = 0;
  std::string zone;  ///< "" unknown, "all"
  std::string desired = "registered";  ///< or "draining"
  WallTime drain_until;
  bool is_idle = false;  ///< observed: draining and nothing in flight; ECS need not wait longer
  std::string state = "initial";  ///< initial, healthy, unhealthy, unused, draining, unavailable
  std::string reason = "Elb.RegistrationInProgress";
  std::string description = "Target registration is in progress";
  std::string last_check;  ///< observed: what the last health check met, if it failed: "status 404", "timed out"
  WallTime state_since;
  FIELDS(target_group_arn, id, port, zone, desired, drain_until, is_idle, state, reason, description, last_check, state_since)
  static constexpr std::string_view kTable = "target";
  std::string key() const { return target_group_arn + "#" + id + ":" + std::to_string(port); }
};

/// Whether it carries connections and not requests: TCP and TLS (ELBv2 API: listeners and groups of network load balancers).
bool is_of_flows(std::string_view protocol);

/// Whether a node sends to targets of other zones: the group says, or leaves it to its load balancer.
bool crosses_zones(const TargetGroup& group, const LoadBalancer& balancer);

/// Listeners and rules that forward to a group, found from the records: empty means "no associated load balancer".
/// (ELBv2: a group is associated when a listener's default action or a rule names it.)
std::vector<std::string> load_balancers_of(const TargetGroup& group, const std::vector<Listener>& listeners,
                                           const std::vector<Rule>& rules);

/// Whether a target of the zone gets requests: only where the load balancer has a subnet ("all": everywhere).
/// Source  ALB user guide: Availability Zones and load balancer nodes
bool is_zone_enabled(const LoadBalancer& balancer, std::string_view zone);

/// Attribute value or AWS's default for it ("deregistration_delay.timeout_seconds" -> "300"). Empty: no such attribute.
std::string target_group_attribute(const TargetGroup& group, std::string_view name);
std::string load_balancer_attribute(const LoadBalancer& balancer, std::string_view name);
/// All attributes with their defaults, as Describe…Attributes answers.
const std::map<std::string, std::string>& target_group_attribute_defaults(const TargetGroup& group);
const std::map<std::string, std::string>& load_balancer_attribute_defaults(std::string_view type);
const std::map<std::string, std::string>& listener_attribute_defaults(std::string_view protocol);

}  // namespace landfall::model
