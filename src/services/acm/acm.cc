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
#include "services/acm/locked_key.h"
#include "services/acm/usages.h"
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
constexpr size_t kMaxTags = 50;    // per certificate: ACM API, AddTagsToCertificate

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

/// Answers tell algorithms with hyphens, requests with underscores (recorded answers of ACM, 2023).
std::string told_algorithm(const std::string& algorithm) { return replace_all(algorithm, "_", "-"); }

Result<void> check_tag_key(const std::optional<std::string>& key) {
  if (lower(text(key)).starts_with("aws:")) return fail("ValidationException", "AWS internal tags cannot be changed with this API");
  return {};
}

Result<void> add_tags(model::Tags& tags, const std::optional<std::vector<shapes::Tag>>& given) {
  for (const auto& tag : given.value_or(std::vector<shapes::Tag>{})) {
    TRY(check_tag_key(tag.key));
    tags[text(tag.key)] = text(tag.value);
  }
  if (tags.size() <= kMaxTags) return {};
  std::vector<std::string> pairs;
  for (const auto& [key, value] : tags) pairs.push_back(fmt::format("{}={}", key, value));
  return fail("TooManyTagsException", fmt::format("the TagSet: '{{{}}}' contains too many Tags", join(pairs, ", ")));
}

/// The domain whose mail is asked is the name's own or one above it (ACM API, DomainValidationOption).
Result<void> set_validation_domain(Certificate& certificate, const shapes::DomainValidationOption& option) {
  const std::string name = lower(text(option.domain_name)), domain = lower(text(option.validation_domain));
  const auto found = std::ranges::find(certificate.validations, name, &model::DomainValidation::domain);
  if (found == certificate.validations.end()) return fail("InvalidDomainValidationOptionsException", fmt::format("The domain name '{}' is not one of the certificate's", name));
  if (name != domain && !name.ends_with("." + domain)) return fail("InvalidDomainValidationOptionsException", fmt::format("The validation domain '{}' is not '{}' or a superdomain of it", domain, name));
  found->validation_domain = domain;
  return {};
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
  for (const auto& option : request.domain_validation_options.value_or(std::vector<shapes::DomainValidationOption>{})) TRY(set_validation_domain(certificate, option));
  if (request.options) {
    certificate.transparency_logging = text(request.options->certificate_transparency_logging_preference) != "DISABLED";
    certificate.is_exportable = text(request.options->export_) == "ENABLED";
  }
  TRY(add_tags(certificate.tags, request.tags));
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
  TRY(add_tags(certificate.tags, request.tags));
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
  shapes::CertificateDetail out{.certificate_arn = c.arn, .created_at = c.created_at, .domain_name = c.domain, .in_use_by = users_of(deps.store, c.arn), .key_algorithm = told_algorithm(c.key_algorithm), .options = shapes::CertificateOptions{.certificate_transparency_logging_preference = c.type == "AMAZON_ISSUED" && c.transparency_logging ? "ENABLED" : "DISABLED"}, .status = c.status,
                                .subject_alternative_names = c.names, .type = c.type};
  if (c.type == "AMAZON_ISSUED") {
    out.domain_validation_options = std::vector<shapes::DomainValidation>{};
    out.options->export_ = c.is_exportable ? "ENABLED" : "DISABLED";
    // Known before it is issued.
    out.issuer = "Landfall";
    out.signature_algorithm = "SHA256WITHECDSA";
    out.subject = "CN=" + c.domain;
    out.renewal_eligibility = out.in_use_by->empty() ? "INELIGIBLE" : "ELIGIBLE";
    for (const auto& v : c.validations) {
      shapes::DomainValidation option{.domain_name = v.domain, .validation_domain = v.validation_domain.empty() ? v.domain : v.validation_domain, .validation_method = v.method, .validation_status = v.status};
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
  const Usages usages = usages_of(c.certificate_pem);
  out.key_usages.emplace();
  out.extended_key_usages.emplace();
  for (const std::string& name : usages.key) out.key_usages->push_back({.name = name});
  for (const auto& [name, oid] : usages.extended) out.extended_key_usages->push_back({.name = name, .oid = oid});
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
                                   .key_algorithm = told_algorithm(c.key_algorithm), .key_usages = std::vector<std::string>{}, .status = c.status, .subject_alternative_name_summaries = c.names, .type = c.type};
    const Usages usages = usages_of(c.certificate_pem);
    out.key_usages = usages.key;
    out.extended_key_usages.emplace();
    for (const auto& one : usages.extended) out.extended_key_usages->push_back(one.name);
    out.renewal_eligibility = c.type == "AMAZON_ISSUED" && *out.in_use ? "ELIGIBLE" : "INELIGIBLE";
    if (c.issued_at) out.issued_at = c.issued_at;
    if (c.imported_at) out.imported_at = c.imported_at;
    if (c.type == "AMAZON_ISSUED") {
      out.export_option = c.is_exportable ? "ENABLED" : "DISABLED";
      out.exported = c.was_exported;
    }
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

/// Only what was requested as exportable leaves with its key (ACM user guide, Exportable public certificates).
Result<shapes::ExportCertificateResponse> export_certificate(const Deps& deps, const CallContext& context, const shapes::ExportCertificateRequest& request) {
  return transact<shapes::ExportCertificateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ExportCertificateResponse> {
    Certificate certificate = TRY(certificate_at(tx, context, request.certificate_arn));
    if (!certificate.is_exportable) return fail("ValidationException", fmt::format("Certificate ARN: {} is not an exportable certificate.", certificate.arn));
    if (certificate.status != "ISSUED") return fail("RequestInProgressException", fmt::format("Certificate {} has not been issued yet.", certificate.arn));
    const std::string key = TRY(read_file(certificate.key_file));
    auto locked = TRY(locked_key(key, text(request.passphrase)));
    shapes::ExportCertificateResponse answer{.certificate = certificate.certificate_pem, .certificate_chain = certificate.chain_pem, .private_key = std::move(locked)};
    certificate.was_exported = true;
    store::put(tx, certificate);
    return answer;
  });
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
  registry.add<shapes::RequestCertificateRequest, shapes::RequestCertificateResponse>("acm", "RequestCertificate", {"DomainName", "ValidationMethod", "SubjectAlternativeNames.*", "IdempotencyToken", "KeyAlgorithm", "Tags.*", "DomainValidationOptions.*", "Options.*"}, bind(request_certificate));
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
      return add_tags(certificate.tags, r.tags);
    });
  });
  registry.add<shapes::RemoveTagsFromCertificateRequest, shapes::RemoveTagsFromCertificateOutput>("acm", "RemoveTagsFromCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::RemoveTagsFromCertificateOutput>(deps, c, r.certificate_arn, [&](Certificate& certificate) -> Result<void> {
      // A tag with a value goes only if the value is the same (ACM API, RemoveTagsFromCertificate).
      for (const auto& tag : *r.tags) {
        TRY(check_tag_key(tag.key));
        const auto found = certificate.tags.find(text(tag.key));
        if (found != certificate.tags.end() && (!tag.value || *tag.value == found->second)) certificate.tags.erase(found);
      }
      return {};
    });
  });
  registry.add<shapes::ListTagsForCertificateRequest, shapes::ListTagsForCertificateResponse>("acm", "ListTagsForCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListTagsForCertificateResponse> {
    shapes::ListTagsForCertificateResponse result{.tags = std::vector<shapes::Tag>{}};
    const Certificate certificate = TRY(certificate_at(deps.store, c, r.certificate_arn));
    for (const auto& [key, value] : certificate.tags) result.tags->push_back({.key = key, .value = value});
    return result;
  });
  registry.add<shapes::UpdateCertificateOptionsRequest, shapes::UpdateCertificateOptionsOutput>("acm", "UpdateCertificateOptions", {"CertificateArn", "Options.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UpdateCertificateOptionsOutput>(deps, c, r.certificate_arn, [&](Certificate& certificate) -> Result<void> {
      if (certificate.type == "IMPORTED") return fail("InvalidStateException", "Options of an imported certificate cannot be changed.");
      if (r.options->certificate_transparency_logging_preference) certificate.transparency_logging = *r.options->certificate_transparency_logging_preference != "DISABLED";
      if (r.options->export_ && (*r.options->export_ == "ENABLED") != certificate.is_exportable) return fail("ValidationException", "The export option of a certificate cannot be changed after it was requested.");
      return {};
    });
  });
  registry.add<shapes::ExportCertificateRequest, shapes::ExportCertificateResponse>("acm", "ExportCertificate", {"*"}, bind(export_certificate));
}

}  // namespace landfall::services::acm
