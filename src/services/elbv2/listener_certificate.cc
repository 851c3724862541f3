#include <fmt/format.h>

#include "services/elbv2/certificates.h"
#include "services/elbv2/quotas.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::Listener;

Result<shapes::AddListenerCertificatesOutput> add(const Deps& deps, const CallContext& context, const shapes::AddListenerCertificatesInput& request) {
  return transact<shapes::AddListenerCertificatesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AddListenerCertificatesOutput> {
    Listener listener = TRY(listener_at(tx, context, request.listener_arn));
    if (listener.protocol != "HTTPS" && listener.protocol != "TLS") return fail("ValidationError", fmt::format("Certificates can be added to HTTPS and TLS listeners only; the protocol is '{}'", listener.protocol));
    shapes::AddListenerCertificatesOutput result{.certificates = std::vector<shapes::Certificate>{}};
    for (const auto& certificate : list(request.certificates)) {
      const std::string arn = text(certificate.certificate_arn);
      TRY(check_certificate(tx, context, arn));
      if (std::ranges::count(listener.certificates, arn, &model::ListenerCertificate::arn) == 0) listener.certificates.push_back({.arn = arn});
      result.certificates->push_back({.certificate_arn = arn, .is_default = false});
    }
    store::put(tx, listener);
    TRY(quotas::check_certificates(tx, listener.load_balancer_arn));
    return result;
  });
}

Result<shapes::RemoveListenerCertificatesOutput> remove(const Deps& deps, const CallContext& context, const shapes::RemoveListenerCertificatesInput& request) {
  return transact<shapes::RemoveListenerCertificatesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RemoveListenerCertificatesOutput> {
    Listener listener = TRY(listener_at(tx, context, request.listener_arn));
    for (const auto& certificate : list(request.certificates)) {
      const std::string arn = text(certificate.certificate_arn);
      const bool is_default = std::ranges::any_of(listener.certificates, [&](const auto& c) { return c.is_default && c.arn == arn; });
      if (is_default) return fail("OperationNotPermitted", "Default certificate cannot be removed");
      std::erase_if(listener.certificates, [&](const auto& c) { return c.arn == arn; });
    }
    store::put(tx, listener);
    return shapes::RemoveListenerCertificatesOutput{};
  });
}

Result<shapes::DescribeListenerCertificatesOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeListenerCertificatesInput& request) {
  return transact<shapes::DescribeListenerCertificatesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeListenerCertificatesOutput> {
    const Listener listener = TRY(listener_at(tx, context, request.listener_arn));
    std::vector<shapes::Certificate> certificates;
    for (const auto& c : listener.certificates) certificates.push_back({.certificate_arn = c.arn, .is_default = c.is_default});
    auto answer = TRY(page(std::move(certificates), request.page_size, request.marker));
    shapes::DescribeListenerCertificatesOutput result{.certificates = answer.items};
    if (!answer.next.empty()) result.next_marker = answer.next;
    return result;
  });
}

}  // namespace

void register_listener_certificate(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AddListenerCertificatesInput, shapes::AddListenerCertificatesOutput>("elbv2", "AddListenerCertificates", {"ListenerArn", "Certificates.CertificateArn"}, bind(add));
  registry.add<shapes::RemoveListenerCertificatesInput, shapes::RemoveListenerCertificatesOutput>("elbv2", "RemoveListenerCertificates", {"ListenerArn", "Certificates.CertificateArn"}, bind(remove));
  registry.add<shapes::DescribeListenerCertificatesInput, shapes::DescribeListenerCertificatesOutput>("elbv2", "DescribeListenerCertificates", {"*"}, bind(describe));
}

}  // namespace landfall::services::elbv2
