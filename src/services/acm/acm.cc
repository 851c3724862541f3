#include "services/acm/acm.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "aws/shapes/acm.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "model/certificate.h"
#include "model/load_balancing.h"
#include "model/reason.h"
#include "services/acm/imported.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::acm {
namespace {

namespace shapes = landfall::aws::acm;
using aws::CallContext;
using model::Certificate;
using store::Transaction;

constexpr size_t kMaxNames = 100;  // ACM quotas


template <class From>
Result<Certificate> certificate_at(const From& from, const CallContext& context, const std::optional<std::string>& arn) {
  auto certificate = store::find<Certificate>(from, text(arn));
  if (!certificate || certificate->account != context.account || certificate->region != context.region) return fail("ResourceNotFoundException", fmt::format("Could not find certificate {}.", text(arn)));
  return std::move(*certificate);
}

bool is_domain(const std::string& given) {
  const std::string name = given.starts_with("*.") ? given.substr(2) : given;
  if (name.size() > 253 || name.find('.') == std::string::npos) return false;
  for (const std::string& label : split(name, '.')) {
    const bool plain = std::ranges::all_of(label, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
    if (label.empty() || label.size() > 63 || !plain || label.front() == '-' || label.back() == '-') return false;
  }
  return true;
}

/// The CNAME that proves a name; the same for the same account and name, and for its wildcard (ACM guide, DNS validation).
model::DomainValidation validation_of(const CallContext& context, const std::string& domain, const std::string& method) {
  const std::string base = lower(domain.starts_with("*.") ? domain.substr(2) : domain);
  const std::string hash = to_hex(sha256(context.account + "/" + base));
  std::string letters;
  for (size_t i = 0; i < 10; ++i) letters += static_cast<char>('a' + (hash[i] * 7 + hash[i + 10]) % 26);
  return {.domain = domain, .method = method, .record_name = fmt::format("_{}.{}.", hash.substr(0, 32), base), .record_value = fmt::format("_{}.{}.acm-validations.aws.", hash.substr(32), letters)};
}

Result<shapes::RequestCertificateResponse> request_certificate(const Deps& deps, const CallContext& context, const shapes::RequestCertificateRequest& request) {
  Certificate certificate{.account = context.account, .region = context.region, .domain = lower(text(request.domain_name)), .key_algorithm = request.key_algorithm.value_or("RSA_2048"),
                          .created_at = deps.clock.wall(), .idempotency_token = text(request.idempotency_token)};
  const std::string method = request.validation_method.value_or("EMAIL");
  if (method == "HTTP") return fail("ValidationException", "Landfall does not support the validation method HTTP yet; wanted DNS or EMAIL");
  if (certificate.key_algorithm != "RSA_2048" && certificate.key_algorithm != "EC_prime256v1" && certificate.key_algorithm != "EC_secp384r1") return fail("ValidationException", fmt::format("The key algorithm {} cannot be requested; wanted RSA_2048, EC_prime256v1 or EC_secp384r1", certificate.key_algorithm));
  certificate.names.push_back(certificate.domain);
  for (const std::string& name : request.subject_alternative_names.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(certificate.names, lower(name)) == 0) certificate.names.push_back(lower(name));
  }
  if (certificate.names.size() > kMaxNames) return fail("LimitExceededException", fmt::format("A certificate has at most {} names; found {}", kMaxNames, certificate.names.size()));
  for (const std::string& name : certificate.names) {
    if (!is_domain(name)) return fail("InvalidDomainValidationOptionsException", fmt::format("The domain name '{}' is not valid: wanted labels of letters, digits and hyphens, '*' as the whole leftmost label only", name));
    certificate.validations.push_back(validation_of(context, name, method));
  }
  for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) certificate.tags[text(tag.key)] = text(tag.value);
  certificate.arn = fmt::format("arn:aws:acm:{}:{}:certificate/{}", context.region, context.account, deps.ids.uuid());
  return transact<shapes::RequestCertificateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RequestCertificateResponse> {
    for (const Certificate& other : store::all<Certificate>(tx)) {
      const bool again = !certificate.idempotency_token.empty() && other.idempotency_token == certificate.idempotency_token && other.names == certificate.names && deps.clock.wall() - other.created_at < std::chrono::hours(1);
      if (again && other.account == context.account && other.region == context.region) return shapes::RequestCertificateResponse{.certificate_arn = other.arn};
    }
    store::put(tx, certificate);
    return shapes::RequestCertificateResponse{.certificate_arn = certificate.arn};
  });
}

/// The key file is written before the record names it; a crash in between leaves a file that nobody names.
Result<shapes::ImportCertificateResponse> import_certificate(const Deps& deps, const CallContext& context, const shapes::ImportCertificateRequest& request) {
  Certificate certificate = TRY(read_import(text(request.certificate), text(request.private_key), text(request.certificate_chain), deps.clock.wall()));
  if (request.certificate_arn && request.tags) return fail("ValidationException", "Tags cannot be given when a certificate is imported again.");
  certificate.account = context.account;
  certificate.region = context.region;
  certificate.arn = request.certificate_arn.value_or(fmt::format("arn:aws:acm:{}:{}:certificate/{}", context.region, context.account, deps.ids.uuid()));
  for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) certificate.tags[text(tag.key)] = text(tag.value);
  if (request.certificate_arn) {
    const Certificate before = TRY(certificate_at(deps.store, context, request.certificate_arn));
    if (before.type != "IMPORTED") return fail("ValidationException", fmt::format("Certificate {} was not imported and cannot be replaced by an import.", before.arn));
    certificate.tags = before.tags;
    certificate.created_at = before.created_at;
  }
  const std::filesystem::path folder = std::filesystem::path(deps.data_dir) / "certificates";
  TRY(make_directories(folder, 0700));
  certificate.key_file = folder / (certificate.arn.substr(certificate.arn.rfind('/') + 1) + "-" + deps.ids.hex(8) + ".key");
  TRY(write_file_atomic(certificate.key_file, text(request.private_key), 0600));
  return transact<shapes::ImportCertificateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ImportCertificateResponse> {
    store::put(tx, certificate);
    return shapes::ImportCertificateResponse{.certificate_arn = certificate.arn};
  });
}

std::vector<std::string> users_of(const store::Store& store, const std::string& arn) {
  std::set<std::string> users;
  for (const auto& listener : store::all<model::Listener>(store)) {
    if (std::ranges::count(listener.certificates, arn, &model::ListenerCertificate::arn) > 0) users.insert(listener.load_balancer_arn);
  }
  return {users.begin(), users.end()};
}

shapes::CertificateDetail render(const Deps& deps, const Certificate& c) {
  shapes::CertificateDetail out{.certificate_arn = c.arn, .created_at = c.created_at, .domain_name = c.domain, .in_use_by = users_of(deps.store, c.arn), .key_algorithm = c.key_algorithm, .status = c.status,
                                .subject_alternative_names = c.names, .type = c.type};
  if (c.type == "AMAZON_ISSUED") {
    out.domain_validation_options = std::vector<shapes::DomainValidation>{};
    out.options = shapes::CertificateOptions{.certificate_transparency_logging_preference = c.transparency_logging ? "ENABLED" : "DISABLED"};
    out.renewal_eligibility = out.in_use_by->empty() ? "INELIGIBLE" : "ELIGIBLE";
    for (const auto& v : c.validations) {
      shapes::DomainValidation option{.domain_name = v.domain, .validation_domain = v.domain, .validation_method = v.method, .validation_status = v.status};
      if (v.method == "DNS") option.resource_record = shapes::ResourceRecord{.name = v.record_name, .type = "CNAME", .value = v.record_value};
      out.domain_validation_options->push_back(option);
    }
  } else {
    out.imported_at = c.imported_at;
    out.renewal_eligibility = "INELIGIBLE";
  }
  if (c.status == "ISSUED") {
    out.issuer = c.issuer;
    out.not_before = c.not_before;
    out.not_after = c.not_after;
    out.serial = c.serial;
    out.subject = c.subject;
    out.signature_algorithm = c.signature_algorithm;
    if (c.issued_at) out.issued_at = c.issued_at;
  }
  if (!c.failure_reason.empty()) out.failure_reason = c.failure_reason;
  return out;
}

Result<shapes::ListCertificatesResponse> list_certificates(const Deps& deps, const CallContext& context, const shapes::ListCertificatesRequest& request) {
  const auto includes = request.includes.value_or(shapes::Filters{});
  const auto key_types = includes.key_types.value_or(std::vector<std::string>{"RSA_1024", "RSA_2048"});
  std::vector<shapes::CertificateSummary> found;
  for (const Certificate& c : store::all<Certificate>(deps.store)) {
    const bool status_fits = !request.certificate_statuses || std::ranges::count(*request.certificate_statuses, c.status) > 0;
    if (c.account != context.account || c.region != context.region || !status_fits || std::ranges::count(key_types, c.key_algorithm) == 0) continue;
    shapes::CertificateSummary out{.certificate_arn = c.arn, .created_at = c.created_at, .domain_name = c.domain, .has_additional_subject_alternative_names = false, .in_use = !users_of(deps.store, c.arn).empty(),
                                   .key_algorithm = c.key_algorithm, .status = c.status, .subject_alternative_name_summaries = c.names, .type = c.type};
    if (c.status == "ISSUED") {
      out.not_before = c.not_before;
      out.not_after = c.not_after;
    }
    found.push_back(std::move(out));
  }
  if (request.sort_by.has_value() != request.sort_order.has_value()) return fail("ValidationException", "SortBy and SortOrder must both be given or neither");
  if (request.sort_by) {
    std::ranges::stable_sort(found, [&](const auto& a, const auto& b) { return *request.sort_order == "ASCENDING" ? *a.created_at < *b.created_at : *b.created_at < *a.created_at; });
  }
  auto answer = TRY(page_of(std::move(found), request.max_items, request.next_token, Error{.code = "ValidationException", .what = "The NextToken is not valid."}));
  shapes::ListCertificatesResponse result{.certificate_summary_list = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DeleteCertificateOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteCertificateRequest& request) {
  std::string key_file;
  auto done = transact<shapes::DeleteCertificateOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteCertificateOutput> {
    const Certificate certificate = TRY(certificate_at(tx, context, request.certificate_arn));
    if (!users_of(deps.store, certificate.arn).empty()) return fail("ResourceInUseException", fmt::format("Certificate {} in account {} is in use.", certificate.arn, context.account));
    for (const auto& because : store::all<model::Because>(tx, certificate.arn + "#")) store::erase<model::Because>(tx, because.key());
    store::erase<Certificate>(tx, certificate.arn);
    key_file = certificate.key_file;
    return shapes::DeleteCertificateOutput{};
  });
  if (done && !key_file.empty()) ::unlink(key_file.c_str());
  return done;
}

template <class Answer, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Certificate certificate = TRY(certificate_at(tx, context, arn));
    TRY(apply(certificate));
    store::put(tx, certificate);
    return Answer{};
  });
}

}  // namespace

void register_acm(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::RequestCertificateRequest, shapes::RequestCertificateResponse>("acm", "RequestCertificate", {"DomainName", "ValidationMethod", "SubjectAlternativeNames.*", "IdempotencyToken", "KeyAlgorithm", "Tags.*", "Options.CertificateTransparencyLoggingPreference"}, bind(request_certificate));
  registry.add<shapes::ImportCertificateRequest, shapes::ImportCertificateResponse>("acm", "ImportCertificate", {"*"}, bind(import_certificate));
  registry.add<shapes::DescribeCertificateRequest, shapes::DescribeCertificateResponse>("acm", "DescribeCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::DescribeCertificateResponse> {
    return shapes::DescribeCertificateResponse{.certificate = render(deps, TRY(certificate_at(deps.store, c, r.certificate_arn)))};
  });
  registry.add<shapes::GetCertificateRequest, shapes::GetCertificateResponse>("acm", "GetCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::GetCertificateResponse> {
    const Certificate certificate = TRY(certificate_at(deps.store, c, r.certificate_arn));
    if (certificate.status != "ISSUED") return fail("RequestInProgressException", "The certificate is not issued yet.");
    return shapes::GetCertificateResponse{.certificate = certificate.certificate_pem, .certificate_chain = certificate.chain_pem};
  });
  registry.add<shapes::ListCertificatesRequest, shapes::ListCertificatesResponse>("acm", "ListCertificates", {"CertificateStatuses.*", "Includes.keyTypes", "NextToken", "MaxItems", "SortBy", "SortOrder"}, bind(list_certificates));
  registry.add<shapes::DeleteCertificateRequest, shapes::DeleteCertificateOutput>("acm", "DeleteCertificate", {"*"}, bind(remove));
  registry.add<shapes::AddTagsToCertificateRequest, shapes::AddTagsToCertificateOutput>("acm", "AddTagsToCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::AddTagsToCertificateOutput>(deps, c, r.certificate_arn, [&](Certificate& certificate) -> Result<void> {
      for (const auto& tag : *r.tags) certificate.tags[text(tag.key)] = text(tag.value);
      return {};
    });
  });
  registry.add<shapes::RemoveTagsFromCertificateRequest, shapes::RemoveTagsFromCertificateOutput>("acm", "RemoveTagsFromCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::RemoveTagsFromCertificateOutput>(deps, c, r.certificate_arn, [&](Certificate& certificate) -> Result<void> {
      for (const auto& tag : *r.tags) certificate.tags.erase(text(tag.key));
      return {};
    });
  });
  registry.add<shapes::ListTagsForCertificateRequest, shapes::ListTagsForCertificateResponse>("acm", "ListTagsForCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListTagsForCertificateResponse> {
    shapes::ListTagsForCertificateResponse result{.tags = std::vector<shapes::Tag>{}};
    const Certificate certificate = TRY(certificate_at(deps.store, c, r.certificate_arn));
    for (const auto& [key, value] : certificate.tags) result.tags->push_back({.key = key, .value = value});
    return result;
  });
  registry.add<shapes::UpdateCertificateOptionsRequest, shapes::UpdateCertificateOptionsOutput>("acm", "UpdateCertificateOptions", {"CertificateArn", "Options.CertificateTransparencyLoggingPreference"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UpdateCertificateOptionsOutput>(deps, c, r.certificate_arn, [&](Certificate& certificate) -> Result<void> {
      if (certificate.type == "IMPORTED") return fail("InvalidStateException", "Options of an imported certificate cannot be changed.");
      certificate.transparency_logging = text(r.options->certificate_transparency_logging_preference) != "DISABLED";
      return {};
    });
  });
}

}  // namespace landfall::services::acm
