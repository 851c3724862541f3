#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alb/claims_token.h"
#include "alb/config.h"
#include "alb/group.h"
#include "alb/key_sets.h"
#include "alb/rules.h"
#include "alb/tls.h"
#include "alb/transforms.h"

namespace landfall::alb {

enum class ForwardedFor { append, preserve, remove };
enum class DesyncMode { monitor, defensive, strictest };

/// The load balancer's attributes, read once.
struct Options {
  bool preserves_host = false, drops_invalid_fields = false, tells_client_port = false, tells_tls = false, speaks_http2 = true;
  ForwardedFor forwarded_for = ForwardedFor::append;
  DesyncMode desync = DesyncMode::defensive;
  std::chrono::seconds idle_timeout{60}, client_keep_alive{3600};
  bool logs_requests = false, logs_connections = false;

  /// Whether the mode lets nothing through that is so far from the standard (ALB user guide, Desync mitigation mode).
  bool blocks(const http::h1::Desync& found) const {
    using Class = http::h1::Desync::Class;
    return (desync == DesyncMode::strictest && found.grade != Class::compliant) || (desync == DesyncMode::defensive && found.grade == Class::severe);
  }
  /// Whether the connections of such a request, the client's and the target's, carry no other one.
  bool isolates(const http::h1::Desync& found) const { return desync == DesyncMode::defensive && found.grade == http::h1::Desync::Class::ambiguous; }
};

/// Response fields that a listener sets or removes (API, ListenerAttribute).
struct ResponseEdits {
  bool hides_server = false;
  std::vector<std::pair<std::string, std::string>> sets;  ///< replacing what the target sent
};

/// Where a rule leads.
struct CompiledAction {
  const model::Action* action = nullptr;
  const model::JwtValidation* token = nullptr;  ///< that the request must bring; null: none
  std::shared_ptr<KeySet> keys;                  ///< that sign it
  const model::AuthenticateOidc* login = nullptr;  ///< who logs its users in; null: it needs none
  std::vector<std::pair<const Group*, int>> groups;  ///< with their weights; a forward only
  int total_weight = 0;
  bool is_sticky = false;  ///< group stickiness
  std::shared_ptr<const Transforms> transforms;  ///< null: none
  int priority = 0;        ///< of its rule; 0: default action
};

struct Listener {
  ListenerConfig config;
  std::shared_ptr<const TlsContext> tls;  ///< null: HTTP
  RuleTable rules;
  std::vector<CompiledAction> actions;    ///< of the rules, by index
  CompiledAction fallback;
  bool carries_flows = false;             ///< connections of a network load balancer, not requests
  std::chrono::seconds flow_idle_timeout{350};
  bool has_logins = false;                ///< of an action at least
  /// The action whose users are of that provider (provider_mark); null: there is none any more.
  const CompiledAction* login_of(std::string_view provider) const;
  ResponseEdits edits;
  std::map<std::string, std::string> request_names;  ///< names of request fields about TLS, where a listener renames them, by attribute
};

/// One configuration, compiled. Requests keep the one with which they began.
struct Snapshot {
  Config config;
  Options options;
  std::vector<Node> nodes;  ///< the configuration's; one without an address if there are none
  std::map<int, std::unique_ptr<Listener>> listeners;  ///< by port
  std::map<std::string, Group> groups;
  std::map<std::string, std::shared_ptr<KeySet>> key_sets;  ///< by endpoint

  std::shared_ptr<const ClaimsSigner> signer;  ///< null: there are no logins

  /// Targets that were known before keep their health and connections. Errors: what does not load.
  static Result<std::shared_ptr<const Snapshot>> compile(Config config, const Snapshot* before);
};

}  // namespace landfall::alb
