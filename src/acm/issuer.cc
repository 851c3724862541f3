#include "acm/issuer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "model/reason.h"
#include "store/table.h"

namespace landfall::acm {
namespace {

using model::Because;
using model::Certificate;
using model::DomainValidation;
using model::HostedZone;
using model::RecordSet;

constexpr auto kQuiet = std::chrono::seconds(2);
constexpr auto kLook = std::chrono::minutes(1);
constexpr Duration kValidationLimit = std::chrono::hours(72);
constexpr std::string_view kNotValidated = "Certificate.NotValidated";

std::string without_dot(std::string_view name) {
  return lower(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
}

bool record_stands(const DomainValidation& wanted, const std::vector<HostedZone>& zones,
                   const std::vector<RecordSet>& records) {
  return std::ranges::any_of(records, [&](const RecordSet& record) {
    const bool is_public = std::ranges::any_of(
        zones, [&](const HostedZone& zone) { return zone.id == record.zone_id && !zone.is_private; });
    return is_public && record.type == "CNAME" && without_dot(record.name) == without_dot(wanted.record_name) &&
           record.values.size() == 1 && without_dot(record.values[0]) == without_dot(wanted.record_value);
  });
}

Because not_validated(const Certificate& certificate, WallTime now) {
  Because because{.subject = certificate.arn,
                  .code = std::string(kNotValidated),
                  .attribute = "domain_validation_options",
                  .remedy = "create the validation records in a public hosted zone of this account",
                  .since = now};
  std::string missing;
  for (const DomainValidation& validation : certificate.validations) {
    if (validation.status == "SUCCESS") continue;
    missing += (missing.empty() ? "" : ", ") + (validation.method == "EMAIL" ? validation.domain + " (by e-mail)" : validation.record_name);
    because.evidence[validation.record_name] = validation.record_value;
  }
  because.sentence = fmt::format("certificate for {} is PENDING_VALIDATION: no public record answers for {}",
                                 certificate.domain, missing);
  return because;
}

bool all_proven(const Certificate& certificate) {
  return std::ranges::all_of(certificate.validations, [](const auto& v) { return v.status == "SUCCESS"; });
}

std::string uuid_of(const Certificate& certificate) { return certificate.arn.substr(certificate.arn.rfind('/') + 1); }

}  // namespace

std::vector<DomainValidation> validated(const Certificate& certificate, const std::vector<HostedZone>& zones,
                                        const std::vector<RecordSet>& records) {
  std::vector<DomainValidation> result = certificate.validations;
  for (DomainValidation& validation : result) {
    if (validation.method == "DNS" && record_stands(validation, zones, records)) validation.status = "SUCCESS";
  }
  return result;
}

Issuer::Issuer(store::Store& store, const Clock& clock, const Authority& authority, std::filesystem::path key_folder)
    : store_(store), clock_(clock), authority_(authority), key_folder_(std::move(key_folder)) {}

void Issuer::run() {
  authority_.prepare();
  while (!store_.is_closed()) {
    const store::Revision now = store_.revision();
    step();
    // The next key is made when nobody is in a hurry.
    if (store_.wait({"certificate/", "record_set/", "hosted_zone/"}, now, kQuiet) == now && !store_.is_closed()) authority_.prepare();
    store_.wait({"certificate/", "record_set/", "hosted_zone/"}, now, kLook);
  }
}

void Issuer::step() {
  for (const Certificate& certificate : store::all<Certificate>(store_)) {
    if (certificate.status == "PENDING_VALIDATION") advance(certificate);
  }
}

void Issuer::advance(const Certificate& certificate) {
  Certificate next = certificate;
  next.validations = validated(certificate, store::all<HostedZone>(store_), store::all<RecordSet>(store_));
  if (all_proven(next)) return issue(next);
  const bool timed_out = clock_.wall() - certificate.created_at > kValidationLimit;
  const Because because = not_validated(next, clock_.wall());
  const auto recorded = store::find<Because>(store_, because.key());
  const bool is_known = recorded && recorded->sentence == because.sentence;
  if (!timed_out && is_known && encode(next) == encode(certificate)) return;
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    if (!store::find<Certificate>(tx, certificate.key())) return {};
    if (timed_out) next.status = "VALIDATION_TIMED_OUT";
    store::put(tx, next);
    store::put(tx, because);
    return {};
  });
  if (!done) log_error("certificate not recorded", {{"certificate", certificate.arn}, {"error", done.error().message()}});
}

void Issuer::issue(const Certificate& certificate) {
  const auto issued = authority_.issue({.names = certificate.names, .key_algorithm = certificate.key_algorithm});
  if (!issued) {
    log_error("certificate not issued", {{"certificate", certificate.arn}, {"error", issued.error().message()}});
    return;
  }
  const std::filesystem::path key_file = key_folder_ / (uuid_of(certificate) + ".key");
  Result<void> written = make_directories(key_folder_, 0700);
  if (written) written = write_file_atomic(key_file, issued->private_key_pem, 0600);
  if (!written) {
    log_error("certificate key not written", {{"certificate", certificate.arn}, {"error", written.error().message()}});
    return;
  }
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    const auto current = store::find<Certificate>(tx, certificate.key());
    if (!current || current->status != "PENDING_VALIDATION") return {};
    Certificate next = certificate;
    next.status = "ISSUED";
    next.certificate_pem = issued->certificate_pem;
    next.chain_pem = issued->chain_pem;
    next.key_file = key_file;
    next.serial = issued->serial;
    next.subject = "CN=" + certificate.domain;
    next.issuer = "Landfall";
    next.signature_algorithm = "SHA256WITHECDSA";
    next.not_before = issued->not_before;
    next.not_after = issued->not_after;
    next.issued_at = clock_.wall();
    store::put(tx, next);
    store::erase<Because>(tx, certificate.arn + "#" + std::string(kNotValidated));
    return {};
  });
  if (done) log_info("certificate issued", {{"certificate", certificate.arn}, {"domain", certificate.domain}});
}

}  // namespace landfall::acm
