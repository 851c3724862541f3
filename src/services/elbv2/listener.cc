#include <fmt/format.h>

#include "model/certificate.h"
#include "services/elbv2/certificates.h"
#include "services/elbv2/login.h"
#include "services/elbv2/nodes.h"
#include "services/elbv2/quotas.h"
#include "services/elbv2/redirects.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::Listener;

shapes::MutualAuthenticationAttributes render_mutual(const model::MutualAuthentication& mutual) {
  shapes::MutualAuthenticationAttributes out{.mode = mutual.mode};
  if (mutual.mode != "verify") return out;
  out.trust_store_arn = mutual.trust_store_arn;
  out.ignore_client_certificate_expiry = mutual.ignores_expiry;
  out.advertise_trust_store_ca_names = mutual.advertises_ca_names ? "on" : "off";
  out.trust_store_association_status = "active";
  return out;
}

shapes::Listener render(const Listener& listener) {
  shapes::Listener out{.default_actions = render_actions(listener.default_actions), .listener_arn = listener.arn, .load_balancer_arn = listener.load_balancer_arn, .port = listener.port, .protocol = listener.protocol};
  for (const auto& certificate : listener.certificates) {
    if (certificate.is_default) out.certificates = std::vector{shapes::Certificate{.certificate_arn = certificate.arn}};
  }
  if (!listener.ssl_policy.empty()) out.ssl_policy = listener.ssl_policy;
  if (!listener.alpn_policy.empty()) out.alpn_policy = std::vector{listener.alpn_policy};
  if (listener.protocol == "HTTPS") out.mutual_authentication = render_mutual(listener.mutual_authentication);
  return out;
}

bool is_secure(const Listener& listener) { return listener.protocol == "HTTPS" || listener.protocol == "TLS"; }

/// Which protocols there are depends on the load balancer's type (NLB user guide, Listeners; UDP is not there yet).
Result<void> check_protocol(const model::LoadBalancer& balancer, const Listener& listener) {
  const bool is_network = balancer.type == "network";
  if (is_network && (listener.protocol == "UDP" || listener.protocol == "TCP_UDP")) return fail("UnsupportedProtocol", fmt::format("Landfall does not support the listener protocol '{}' yet; wanted TCP or TLS", listener.protocol));
  const bool is_known = is_network ? model::is_of_flows(listener.protocol) : listener.protocol == "HTTP" || listener.protocol == "HTTPS";
  if (!is_known) return fail("UnsupportedProtocol", fmt::format("Listener protocol '{}' must be one of '{}'", listener.protocol, is_network ? "UDP, TCP, TLS, TCP_UDP" : "HTTP, HTTPS"));
  return {};
}

/// HTTPS and TLS need one default certificate and a known policy; HTTP and TCP have neither.
Result<void> check_tls(const Transaction& tx, const CallContext& context, const std::vector<shapes::Certificate>& certificates, Listener& listener) {
  if (!is_secure(listener)) {
    if (!certificates.empty()) return fail("ValidationError", fmt::format("You cannot specify certificates for {} listeners", listener.protocol));
    if (!listener.ssl_policy.empty()) return fail("ValidationError", fmt::format("You cannot specify an SSL policy for {} listeners", listener.protocol));
    listener.certificates.clear();
    return {};
  }
  if (listener.ssl_policy.empty()) listener.ssl_policy = ssl_policies().front();
  if (std::ranges::count(ssl_policies(), listener.ssl_policy) == 0) return fail("SSLPolicyNotFound", fmt::format("SSL policy '{}' not found", listener.ssl_policy));
  if (certificates.size() > 1) return fail("TooManyCertificates", fmt::format("Up to '1' certificate ARNs can be specified, but '{}' were specified", certificates.size()));
  if (!certificates.empty()) {
    const std::string arn = text(certificates[0].certificate_arn);
    TRY(check_certificate(tx, context, arn));
    std::erase_if(listener.certificates, [&](const auto& c) { return c.is_default || c.arn == arn; });
    listener.certificates.insert(listener.certificates.begin(), {.arn = arn, .is_default = true});
  }
  if (listener.certificates.empty()) return fail("ValidationError", fmt::format("A certificate must be specified for {} listeners", listener.protocol));
  return {};
}

/// What a request does not name stays as it is, unless the mode changes.
Result<void> read_mutual(const Transaction& tx, const CallContext& context, const std::optional<shapes::MutualAuthenticationAttributes>& given, Listener& listener) {
  if (given && listener.protocol != "HTTPS") return fail("InvalidConfigurationRequest", fmt::format("Mutual authentication is for HTTPS listeners; the protocol is '{}'", listener.protocol));
  if (listener.protocol != "HTTPS") listener.mutual_authentication = {};
  if (!given) return {};
  model::MutualAuthentication wanted{.mode = given->mode.value_or("off"), .trust_store_arn = text(given->trust_store_arn), .ignores_expiry = given->ignore_client_certificate_expiry.value_or(false), .advertises_ca_names = given->advertise_trust_store_ca_names == "on"};
  if (wanted.mode != "off" && wanted.mode != "passthrough" && wanted.mode != "verify") return fail("ValidationError", fmt::format("Mutual authentication mode '{}' must be one of 'off, passthrough, verify'", wanted.mode));
  if (wanted.mode == "verify") {
    if (wanted.trust_store_arn.empty()) return fail("ValidationError", "A trust store ARN must be specified for the mutual authentication mode 'verify'");
    TRY(trust_store_at(tx, context, wanted.trust_store_arn));
  } else if (!wanted.trust_store_arn.empty() || wanted.ignores_expiry || wanted.advertises_ca_names) {
    return fail("ValidationError", fmt::format("A trust store and what belongs to it can be specified for the mutual authentication mode 'verify' only; the mode is '{}'", wanted.mode));
  }
  listener.mutual_authentication = std::move(wanted);
  return {};
}

/// What asks for a token or a user stays behind HTTPS when the protocol changes.
Result<void> check_guards(const Transaction& tx, const Listener& listener) {
  const auto is_guarded = [](const std::vector<model::Action>& actions) { return std::ranges::any_of(actions, [](const model::Action& action) { return action.jwt_validation || action.authenticate_oidc; }); };
  if (listener.protocol == "HTTPS") return {};
  bool guarded = is_guarded(listener.default_actions);
  for (const auto& rule : store::all<model::Rule>(tx)) guarded = guarded || (rule.listener_arn == listener.arn && is_guarded(rule.actions));
  if (guarded) return fail("InvalidConfigurationRequest", fmt::format("The listener or one of its rules has a jwt-validation or authenticate-oidc action, which is for HTTPS; the protocol is '{}'", listener.protocol));
  return {};
}

/// Whether the actions that it has, and those of its rules, go with its protocol and port.
Result<void> check_actions(const Transaction& tx, const Listener& listener) {
  const auto check = [&](const std::vector<model::Action>& actions) -> Result<void> {
    TRY(check_protocols(tx, actions, listener.protocol));
    return check_loops(actions, listener);
  };
  TRY(check(listener.default_actions));
  for (const auto& rule : store::all<model::Rule>(tx)) {
    if (rule.listener_arn == listener.arn) TRY(check(rule.actions));
  }
  return {};
}

Result<void> check_port(const Transaction& tx, const Listener& listener) {
  if (listener.port < 1 || listener.port > 65535) return fail("ValidationError", fmt::format("Port '{}' must be between 1 and 65535", listener.port));
  for (const auto& other : store::all<Listener>(tx)) {
    if (other.arn != listener.arn && other.load_balancer_arn == listener.load_balancer_arn && other.port == listener.port) return fail("DuplicateListener", fmt::format("A listener already exists on this port for this load balancer '{}'", listener.load_balancer_arn));
  }
  return {};
}

/// One that was made with the same settings: making it again changes nothing (ELBv2 API, CreateListener).
std::optional<Listener> same_listener(const Transaction& tx, Listener wanted) {
  for (const Listener& other : store::all<Listener>(tx)) {
    wanted.arn = other.arn;
    wanted.default_rule_arn = other.default_rule_arn;
    wanted.attributes = other.attributes;
    wanted.tags = other.tags;
    Listener made = other;  // without the certificates that came later
    std::erase_if(made.certificates, [](const auto& certificate) { return !certificate.is_default; });
    if (encode(wanted) == encode(made)) return other;
  }
  return std::nullopt;
}

Result<shapes::CreateListenerOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateListenerInput& request) {
  const model::Tags tags = TRY(tags_of(request.tags));
  return transact<shapes::CreateListenerOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateListenerOutput> {
    const auto balancer = TRY(balancer_at(tx, context, request.load_balancer_arn));
    const std::string tail = arn_tail(balancer.arn);
    Listener listener{.account = context.account, .region = context.region, .arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:listener/{}/{}", context.region, context.account, tail, deps.ids.hex(16)),
                      .load_balancer_arn = balancer.arn, .port = request.port.value_or(0), .protocol = text(request.protocol), .ssl_policy = text(request.ssl_policy), .tags = tags};
    if (listener.protocol.empty()) return fail("ValidationError", "A listener protocol must be specified");
    TRY(check_protocol(balancer, listener));
    TRY(check_tls(tx, context, list(request.certificates), listener));
    TRY(read_mutual(tx, context, request.mutual_authentication, listener));
    listener.alpn_policy = TRY(read_alpn_policy(request.alpn_policy, listener));
    listener.default_actions = TRY(read_actions(tx, context, list(request.default_actions), listener));
    if (const auto same = same_listener(tx, listener)) return shapes::CreateListenerOutput{.listeners = std::vector{render(*same)}};
    TRY(check_port(tx, listener));
    TRY(quotas::check_listeners(tx, balancer));
    TRY(check_association(tx, balancer, listener.default_actions));
    TRY(ensure_claims_key(deps, tx, context.region, listener.default_actions));
    listener.default_rule_arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:listener-rule/{}/{}/{}", context.region, context.account, tail, listener.arn.substr(listener.arn.rfind('/') + 1), deps.ids.hex(16));
    store::put(tx, listener);
    TRY(quotas::check_use(tx, balancer.arn));
    return shapes::CreateListenerOutput{.listeners = std::vector{render(listener)}};
  });
}

Result<shapes::DeleteListenerOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteListenerInput& request) {
  return transact<shapes::DeleteListenerOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteListenerOutput> {
    const Listener listener = TRY(listener_at(tx, context, request.listener_arn));
    for (const auto& rule : store::all<model::Rule>(tx)) {
      if (rule.listener_arn == listener.arn) store::erase<model::Rule>(tx, rule.arn);
    }
    store::erase<Listener>(tx, listener.arn);
    return shapes::DeleteListenerOutput{};
  });
}

Result<shapes::DescribeListenersOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeListenersInput& request) {
  if (!request.load_balancer_arn && list(request.listener_arns).empty()) return fail("ValidationError", "You must specify either listener ARNs or a load balancer ARN");
  auto all = own<Listener>(deps.store, context);
  for (const std::string& arn : list(request.listener_arns)) {
    if (std::ranges::count(all, arn, &Listener::arn) == 0) return fail("ListenerNotFound", "One or more listeners not found");
  }
  if (request.load_balancer_arn) {
    if (!store::find<model::LoadBalancer>(deps.store, *request.load_balancer_arn)) return fail("LoadBalancerNotFound", "One or more load balancers not found");
    std::erase_if(all, [&](const auto& l) { return l.load_balancer_arn != *request.load_balancer_arn; });
  }
  if (request.listener_arns && !request.listener_arns->empty()) std::erase_if(all, [&](const auto& l) { return std::ranges::count(*request.listener_arns, l.arn) == 0; });
  auto answer = TRY(page(std::move(all), request.page_size, request.marker));
  shapes::DescribeListenersOutput result{.listeners = std::vector<shapes::Listener>{}};
  for (const auto& listener : answer.items) result.listeners->push_back(render(listener));
  if (!answer.next.empty()) result.next_marker = answer.next;
  return result;
}

Result<shapes::ModifyListenerOutput> modify(const Deps& deps, const CallContext& context, const shapes::ModifyListenerInput& request) {
  return transact<shapes::ModifyListenerOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyListenerOutput> {
    Listener listener = TRY(listener_at(tx, context, request.listener_arn));
    if (request.port) listener.port = *request.port;
    if (request.protocol) listener.protocol = *request.protocol;
    if (request.ssl_policy) listener.ssl_policy = *request.ssl_policy;
    else if (!is_secure(listener)) listener.ssl_policy.clear();
    const auto balancer = TRY(balancer_at(tx, context, listener.load_balancer_arn));
    TRY(check_protocol(balancer, listener));
    TRY(check_port(tx, listener));
    TRY(check_tls(tx, context, list(request.certificates), listener));
    TRY(read_mutual(tx, context, request.mutual_authentication, listener));
    listener.alpn_policy = TRY(read_alpn_policy(request.alpn_policy, listener));
    std::erase_if(listener.attributes, [&](const auto& attribute) { return !model::listener_attribute_defaults(listener.protocol).contains(attribute.first); });
    if (request.default_actions) {
      listener.default_actions = TRY(read_actions(tx, context, *request.default_actions, listener, listener.default_actions));
      TRY(ensure_claims_key(deps, tx, context.region, listener.default_actions));
      TRY(check_association(tx, balancer, listener.default_actions));
    }
    TRY(check_guards(tx, listener));
    TRY(check_actions(tx, listener));
    store::put(tx, listener);
    TRY(quotas::check_use(tx, balancer.arn));
    return shapes::ModifyListenerOutput{.listeners = std::vector{render(listener)}};
  });
}

}  // namespace

/// A PENDING_VALIDATION certificate is refused in the words that AWS uses, however little they tell.
Result<void> check_certificate(const Transaction& tx, const CallContext& context, const std::string& arn) {
  const auto certificate = store::find<model::Certificate>(tx, arn);
  if (!certificate || certificate->region != context.region || certificate->account != context.account) return fail("CertificateNotFound", fmt::format("Certificate '{}' not found", arn));
  if (certificate->status != "ISSUED") {
    return fail("UnsupportedCertificate", fmt::format("The certificate '{}' must have a fully-qualified domain name, a supported signature, and a supported key size.", arn));
  }
  return {};
}

void register_listener(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> shared{"Port", "Protocol", "SslPolicy", "Certificates.CertificateArn", "AlpnPolicy.*", "DefaultActions.*", "MutualAuthentication.Mode", "MutualAuthentication.TrustStoreArn",
                                        "MutualAuthentication.IgnoreClientCertificateExpiry", "MutualAuthentication.AdvertiseTrustStoreCaNames"};
  std::vector<std::string> creating{"LoadBalancerArn", "Tags.*"}, modifying{"ListenerArn"};
  creating.insert(creating.end(), shared.begin(), shared.end());
  modifying.insert(modifying.end(), shared.begin(), shared.end());
  registry.add<shapes::CreateListenerInput, shapes::CreateListenerOutput>("elbv2", "CreateListener", creating, bind(create));
  registry.add<shapes::DeleteListenerInput, shapes::DeleteListenerOutput>("elbv2", "DeleteListener", {"ListenerArn"}, bind(remove));
  registry.add<shapes::DescribeListenersInput, shapes::DescribeListenersOutput>("elbv2", "DescribeListeners", {"*"}, bind(describe));
  registry.add<shapes::ModifyListenerInput, shapes::ModifyListenerOutput>("elbv2", "ModifyListener", modifying, bind(modify));
}

}  // namespace landfall::services::elbv2
