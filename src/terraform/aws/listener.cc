#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/elbv2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;

/// Where none is written it is off, or as it was made elsewhere (provider, aws_lb_listener: computed).
Block mutual_authentication_block() {
  return one_block("mutual_authentication", {.attributes = {text("mode").required().checked(one_of({"off", "verify", "passthrough"})), text("trust_store_arn"), flag("ignore_client_certificate_expiry").defaults(false),
                                                            text("advertise_trust_store_ca_names").computed().checked(one_of({"on", "off"}))}})
      .computed();
}

std::vector<Record> mutual_records(const std::optional<elbv2::MutualAuthenticationAttributes>& mutual) {
  if (!mutual) return {};
  Record block;
  block.set("mode", mutual->mode.value_or("off"));
  block.set("trust_store_arn", mutual->trust_store_arn.value_or(""));
  block.set("ignore_client_certificate_expiry", mutual->ignore_client_certificate_expiry.value_or(false));
  block.set("advertise_trust_store_ca_names", mutual->advertise_trust_store_ca_names.value_or(""));
  return {block};
}

/// Keys of listener attributes that are arguments: routing.http.response.server.enabled is routing_http_response_server_enabled.
/// Source  ELBv2 API, ListenerAttribute.
constexpr const char* kSentHeaders[] = {
    "routing.http.request.x_amzn_mtls_clientcert.header_name",          "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",  "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
    "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name", "routing.http.request.x_amzn_mtls_clientcert_subject.header_name", "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
    "routing.http.request.x_amzn_tls_cipher_suite.header_name",         "routing.http.request.x_amzn_tls_version.header_name",
    "routing.http.response.access_control_allow_credentials.header_value", "routing.http.response.access_control_allow_headers.header_value", "routing.http.response.access_control_allow_methods.header_value",
    "routing.http.response.access_control_allow_origin.header_value",   "routing.http.response.access_control_expose_headers.header_value", "routing.http.response.access_control_max_age.header_value",
    "routing.http.response.content_security_policy.header_value",       "routing.http.response.strict_transport_security.header_value", "routing.http.response.x_content_type_options.header_value",
    "routing.http.response.x_frame_options.header_value"};
constexpr const char* kIdleTimeout = "tcp.idle_timeout.seconds";
constexpr const char* kTellsServer = "routing.http.response.server.enabled";

std::string argument_of(std::string_view key) { return replace_all(key, ".", "_"); }

Schema with_attributes(Schema schema) {
  for (const char* key : kSentHeaders) schema.attributes.push_back(text(argument_of(key)).computed());
  schema.attributes.push_back(flag(argument_of(kTellsServer)).computed());
  return schema;
}

/// Sets those that are written and differ from what there is.
Result<void> change_attributes(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned) {
  elbv2::ModifyListenerAttributesInput request;
  request.listener_arn = arn;
  auto& changed = request.attributes.emplace();
  const auto add = [&](const char* key, std::string value) {
    auto& one = changed.emplace_back();
    one.key = key;
    one.value = std::move(value);
  };
  for (const char* key : kSentHeaders) {
    const std::string name = argument_of(key);
    if (planned.has(name) && prior.text(name) != planned.text(name)) add(key, planned.text(name));
  }
  const std::string tells = argument_of(kTellsServer);
  if (planned.has(tells) && !(prior.value(tells) == planned.value(tells))) add(kTellsServer, planned.flag(tells) ? "true" : "false");
  const std::string idle = fmt::format("{}", prior.number("tcp_idle_timeout_seconds")), wanted_idle = fmt::format("{}", planned.number("tcp_idle_timeout_seconds"));
  if (upper(planned.text("protocol")) == "TCP" && planned.number("tcp_idle_timeout_seconds") != 0 && idle != wanted_idle) add(kIdleTimeout, wanted_idle);
  if (changed.empty()) return {};
  TRY(cloud.call<elbv2::ModifyListenerAttributesOutput>("elbv2", "ModifyListenerAttributes", request));
  return {};
}

Result<void> read_attributes(const Cloud& cloud, const std::string& arn, Record& state) {
  elbv2::DescribeListenerAttributesInput request;
  request.listener_arn = arn;
  const auto found = TRY(cloud.call<elbv2::DescribeListenerAttributesOutput>("elbv2", "DescribeListenerAttributes", request));
  std::map<std::string, std::string> values;
  for (const auto& attribute : found.attributes.value_or(std::vector<elbv2::ListenerAttribute>{})) values[attribute.key.value_or("")] = attribute.value.value_or("");
  for (const char* key : kSentHeaders) {
    if (values.contains(key)) state.set(argument_of(key), values[key]);
    else state.clear(argument_of(key));
  }
  if (values.contains(kIdleTimeout)) state.set("tcp_idle_timeout_seconds", static_cast<int64_t>(std::atoll(values[kIdleTimeout].c_str())));
  else state.clear("tcp_idle_timeout_seconds");
  if (values.contains(kTellsServer)) state.set(argument_of(kTellsServer), values[kTellsServer] == "true");
  return {};
}

class Listener final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = with_attributes(tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("load_balancer_arn").required().forces_new(), number("port").checked(between(1, 65535)),
        text("protocol").computed().same_if(is_same_ignoring_case).checked(balanced_protocol).carried_if(is_balanced_protocol).deciding(), text("ssl_policy").computed(), text("certificate_arn"), text("alpn_policy").checked(one_of({"None", "HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred"})),
        number("tcp_idle_timeout_seconds").computed().checked(between(60, 6000)),
    }, .blocks = {action_block("default_action"), mutual_authentication_block()}}));
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    keep_what_is_of_other_types(change, "default_action");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::CreateListenerInput request;
    request.load_balancer_arn = planned.text("load_balancer_arn");
    fill(planned, request);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<elbv2::Tag>(tags);
    const auto made = TRY(cloud.call<elbv2::CreateListenerOutput>("elbv2", "CreateListener", request));
    state.set("id", made.listeners->front().listener_arn.value_or(""));
    return change_attributes(cloud, state.text("id"), Record(), planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    elbv2::DescribeListenersInput request;
    request.listener_arns = std::vector<std::string>{arn};
    const auto found = TRY(look_up<elbv2::DescribeListenersOutput>(cloud, "elbv2", "DescribeListeners", request));
    if (!found || !found->listeners || found->listeners->empty()) return false;
    const elbv2::Listener& listener = found->listeners->front();
    state.set("arn", arn);
    state.set("load_balancer_arn", listener.load_balancer_arn.value_or(""));
    state.set("port", listener.port.value_or(0));
    state.set("protocol", listener.protocol.value_or(""));
    state.set("ssl_policy", listener.ssl_policy.value_or(""));
    state.set("alpn_policy", listener.alpn_policy && !listener.alpn_policy->empty() ? listener.alpn_policy->front() : "");
    const bool has_certificate = listener.certificates && !listener.certificates->empty();
    if (has_certificate) state.set("certificate_arn", listener.certificates->front().certificate_arn.value_or(""));
    else state.clear("certificate_arn");
    state.set("default_action", to_records(listener.default_actions, state, "default_action"));
    state.set("mutual_authentication", mutual_records(listener.mutual_authentication));
    TRY(read_attributes(cloud, arn, state));
    TRY(read_elb_tags(cloud, arn, state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, {"port", "protocol", "ssl_policy", "certificate_arn", "alpn_policy", "default_action", "mutual_authentication"})) {
      elbv2::ModifyListenerInput request;
      request.listener_arn = prior.text("id");
      fill(planned, request);
      TRY(cloud.call<elbv2::ModifyListenerOutput>("elbv2", "ModifyListener", request));
    }
    TRY(change_attributes(cloud, prior.text("id"), prior, planned));
    return update_elb_tags(cloud, prior.text("id"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::DeleteListenerInput request;
    request.listener_arn = state.text("id");
    return ignore_gone(cloud.call<elbv2::DeleteListenerOutput>("elbv2", "DeleteListener", request));
  }

 private:
  template <class Request>
  static void fill(const Record& planned, Request& request) {
    if (planned.has("port")) request.port = static_cast<int32_t>(planned.number("port"));
    const std::string protocol = planned.has("protocol") ? upper(planned.text("protocol")) : "HTTP";
    request.protocol = protocol;
    if ((protocol == "HTTPS" || protocol == "TLS") && !planned.text("ssl_policy").empty()) request.ssl_policy = planned.text("ssl_policy");
    if (!planned.text("certificate_arn").empty()) request.certificates.emplace().emplace_back().certificate_arn = planned.text("certificate_arn");
    if (protocol == "TLS" && !planned.text("alpn_policy").empty()) request.alpn_policy = std::vector<std::string>{planned.text("alpn_policy")};
    request.default_actions = actions_of(planned, "default_action");
    for (const Record& block : planned.blocks("mutual_authentication")) {
      if (protocol != "HTTPS") break;  // what an HTTPS listener told is still in the plan of one that is HTTP's from now on
      auto& mutual = request.mutual_authentication.emplace();
      mutual.mode = block.text("mode");
      if (mutual.mode != "verify") continue;
      mutual.trust_store_arn = block.text("trust_store_arn");
      mutual.ignore_client_certificate_expiry = block.flag("ignore_client_certificate_expiry");
      if (!block.text("advertise_trust_store_ca_names").empty()) mutual.advertise_trust_store_ca_names = block.text("advertise_trust_store_ca_names");
    }
  }
};

class ListenerCertificate final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("listener_arn").required().forces_new(), text("certificate_arn").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::AddListenerCertificatesInput request;
    request.listener_arn = planned.text("listener_arn");
    request.certificates.emplace().emplace_back().certificate_arn = planned.text("certificate_arn");
    TRY(cloud.call<elbv2::AddListenerCertificatesOutput>("elbv2", "AddListenerCertificates", request));
    state.set("id", planned.text("listener_arn") + "_" + planned.text("certificate_arn"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    elbv2::DescribeListenerCertificatesInput request;
    request.listener_arn = state.text("listener_arn");
    const auto found = TRY(look_up<elbv2::DescribeListenerCertificatesOutput>(cloud, "elbv2", "DescribeListenerCertificates", request));
    if (!found) return false;
    for (const auto& certificate : found->certificates.value_or(std::vector<elbv2::Certificate>{})) {
      if (certificate.certificate_arn == state.text("certificate_arn") && !certificate.is_default.value_or(false)) return true;
    }
    return false;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::RemoveListenerCertificatesInput request;
    request.listener_arn = state.text("listener_arn");
    request.certificates.emplace().emplace_back().certificate_arn = state.text("certificate_arn");
    return ignore_gone(cloud.call<elbv2::RemoveListenerCertificatesOutput>("elbv2", "RemoveListenerCertificates", request));
  }
};

}  // namespace

void add_listener(Provider& provider) {
  add_twice<Listener>(provider, "_listener");
  add_twice<ListenerCertificate>(provider, "_listener_certificate");
}

}  // namespace landfall::terraform::aws_types
