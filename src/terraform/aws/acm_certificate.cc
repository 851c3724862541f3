#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "aws/shapes/acm.h"
#include "aws/shapes/route53.h"
#include "base/text.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace acm = aws::acm;
constexpr std::chrono::seconds kRecords{120}, kIssuing{4500};
constexpr std::string_view kInertDomain = ".inert.invalid";  // of hosts that --inert makes up
constexpr std::chrono::seconds kEnding{15};  // listeners let go of it at once here, if this apply makes them

Result<std::optional<acm::CertificateDetail>> find_certificate(const Cloud& cloud, const std::string& arn) {
  acm::DescribeCertificateRequest request;
  request.certificate_arn = arn;
  auto found = TRY(look_up<acm::DescribeCertificateResponse>(cloud, "acm", "DescribeCertificate", request));
  if (!found || !found->certificate) return std::optional<acm::CertificateDetail>();
  return std::optional<acm::CertificateDetail>(std::move(*found->certificate));
}

/// A list, so that 2018's domain_validation_options.0 works; today's files only iterate over it.
Type options_type() {
  return Type::list(Type::object({{.name = "domain_name", .type = Type::string()}, {.name = "resource_record_name", .type = Type::string()}, {.name = "resource_record_type", .type = Type::string()}, {.name = "resource_record_value", .type = Type::string()}}));
}

constexpr const char* kOthers = "subject_alternative_names";

/// The domain's own name may be written among the others, and states of the official provider always have it there.
std::set<std::string> all_names(const Record& certificate) {
  const std::vector<std::string> others = certificate.texts(kOthers);
  std::set<std::string> names(others.begin(), others.end());
  names.insert(certificate.text("domain_name"));
  return names;
}

class Certificate final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("domain_name").computed().forces_new().same_if(same_name), text_set("subject_alternative_names").computed().forces_new(),
        text("validation_method").computed().forces_new().checked(one_of({"DNS", "EMAIL", "NONE"})), text("key_algorithm").computed().forces_new(), text("status").read_only(), text("type").read_only(),
        of_type("domain_validation_options", options_type()).read_only(), texts("validation_emails").read_only(), text("not_before").read_only(), text("not_after").read_only(),
        text("private_key").sensitive(), text("certificate_body"), text("certificate_chain"), refused(text("certificate_authority_arn")), refused(text("early_renewal_duration")),
    }, .blocks = {
        one_block("options", {.attributes = {text("certificate_transparency_logging_preference").defaults("ENABLED").checked(one_of({"ENABLED", "DISABLED"})), refused(text("export"))}}).computed(),
        set_block("validation_option", {.attributes = {text("domain_name").required().forces_new(), text("validation_domain").required().forces_new()}}).forces_new(),
    }});
    return schema;
  }

  /// Which names will want a record is known before anything is made: for_each over the options works in one apply.
  Result<void> adjust(const Cloud&, const Planned& planned) const override {
    Record& record = planned.planned;
    if (planned.prior != nullptr && record.value(kOthers).is_wholly_known() && all_names(*planned.prior) == all_names(record)) record.set(kOthers, planned.prior->value(kOthers));
    if (planned.prior != nullptr || record.text("validation_method") != "DNS" || !record.has("domain_name")) return {};
    const Value others = record.value("subject_alternative_names");
    if (!others.is_known() && record.value("subject_alternative_names").type().is_dynamic()) return {};
    std::vector<std::string> names{record.text("domain_name")};
    for (const std::string& name : record.texts("subject_alternative_names")) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    std::vector<Value> options;
    for (const std::string& name : names) {
      options.push_back(Value::object({{"domain_name", Value::string(name)}, {"resource_record_name", Value::unknown(Type::string())}, {"resource_record_type", Value::unknown(Type::string())}, {"resource_record_value", Value::unknown(Type::string())}}));
    }
    record.set("domain_validation_options", Value::list(options_type().element(), std::move(options)));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    if (planned.has("certificate_body")) {
      state.set("id", TRY(import_certificate(cloud, planned, "")));
      return {};
    }
    if (!planned.has("domain_name")) return fail("Acm.NoName", "one of domain_name (with validation_method) or private_key with certificate_body must be set");
    acm::RequestCertificateRequest request;
    request.domain_name = planned.text("domain_name");
    request.idempotency_token = cloud.ids->hex(32);
    if (planned.has("validation_method")) request.validation_method = planned.text("validation_method");
    if (planned.has("key_algorithm")) request.key_algorithm = planned.text("key_algorithm");
    const std::vector<std::string> others = planned.texts("subject_alternative_names");
    if (!others.empty()) request.subject_alternative_names = others;
    for (const Record& option : planned.blocks("validation_option")) {
      if (!request.domain_validation_options) request.domain_validation_options.emplace();
      auto& api = request.domain_validation_options->emplace_back();
      api.domain_name = option.text("domain_name");
      api.validation_domain = option.text("validation_domain");
    }
    const Record options = planned.block("options");
    if (options.has("certificate_transparency_logging_preference")) request.options.emplace().certificate_transparency_logging_preference = options.text("certificate_transparency_logging_preference");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<acm::Tag>(tags);
    const auto made = TRY(cloud.call<acm::RequestCertificateResponse>("acm", "RequestCertificate", request));
    const std::string arn = made.certificate_arn.value_or("");
    state.set("id", arn);
    return cloud.wait_until("validation records of " + arn, kRecords, [&]() -> Result<bool> {
      const auto certificate = TRY(find_certificate(cloud, arn));
      if (!certificate) return fail("ResourceNotFoundException", "the certificate " + arn + " is gone");
      const auto& list = certificate->domain_validation_options;
      return list && std::ranges::all_of(*list, [](const acm::DomainValidation& v) { return v.validation_method != "DNS" || v.resource_record.has_value(); });
    });
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    const auto certificate = TRY(find_certificate(cloud, arn));
    if (!certificate) return false;
    state.set("arn", arn);
    state.set("domain_name", certificate->domain_name.value_or(""));
    state.set("status", certificate->status.value_or(""));
    state.set("type", certificate->type.value_or(""));
    state.set("key_algorithm", replace_all(certificate->key_algorithm.value_or(""), "-", "_"));  // told with hyphens
    state.set("not_before", certificate->not_before ? iso8601(*certificate->not_before) : "");
    state.set("not_after", certificate->not_after ? iso8601(*certificate->not_after) : "");
    // The domain name is among the names; it is told only if it was written so.
    std::vector<std::string> names = certificate->subject_alternative_names.value_or(std::vector<std::string>{});
    const auto written = state.texts("subject_alternative_names");
    if (std::ranges::find(written, state.text("domain_name")) == written.end()) std::erase(names, state.text("domain_name"));
    state.set("subject_alternative_names", names);
    fill_validations(*certificate, state);
    std::vector<Record> options(1);
    options[0].set("certificate_transparency_logging_preference", certificate->options ? certificate->options->certificate_transparency_logging_preference.value_or("ENABLED") : "ENABLED");
    state.set("options", options);
    acm::ListTagsForCertificateRequest tags;
    tags.certificate_arn = arn;
    set_tags(cloud, state, from_tags(TRY(cloud.call<acm::ListTagsForCertificateResponse>("acm", "ListTagsForCertificate", tags)).tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    if (differs(prior, planned, "options")) {
      acm::UpdateCertificateOptionsRequest request;
      request.certificate_arn = arn;
      request.options.emplace().certificate_transparency_logging_preference = planned.block("options").text("certificate_transparency_logging_preference");
      TRY(cloud.call<acm::UpdateCertificateOptionsOutput>("acm", "UpdateCertificateOptions", request));
    }
    if (differs(prior, planned, {"private_key", "certificate_body", "certificate_chain"})) TRY(import_certificate(cloud, planned, arn));
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      acm::RemoveTagsFromCertificateRequest request;
      request.certificate_arn = arn;
      Pairs removed;
      for (const std::string& key : change.removed) removed[key] = prior.pairs("tags_all").at(key);
      request.tags = to_tags<acm::Tag>(removed);
      TRY(cloud.call<acm::RemoveTagsFromCertificateOutput>("acm", "RemoveTagsFromCertificate", request));
    }
    if (!change.put.empty()) {
      acm::AddTagsToCertificateRequest request;
      request.certificate_arn = arn;
      request.tags = to_tags<acm::Tag>(change.put);
      TRY(cloud.call<acm::AddTagsToCertificateOutput>("acm", "AddTagsToCertificate", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    acm::DeleteCertificateRequest request;
    request.certificate_arn = state.text("id");
    return cloud.retry_while(kEnding, is_in_use, [&] { return ignore_gone(cloud.call<acm::DeleteCertificateOutput>("acm", "DeleteCertificate", request)); });
  }

 private:
  static bool same_name(const Value& there, const Value& wanted) {
    const std::string a = lower(there.as_string()), b = lower(wanted.as_string());
    return a == b || a + "." == b;
  }

  /// In the place of one that was imported before, or as a new one. Its ARN.
  static Result<std::string> import_certificate(const Cloud& cloud, const Record& planned, const std::string& in_place_of) {
    acm::ImportCertificateRequest request;
    if (!in_place_of.empty()) request.certificate_arn = in_place_of;
    request.certificate = planned.text("certificate_body");
    request.private_key = planned.text("private_key");
    if (planned.has("certificate_chain")) request.certificate_chain = planned.text("certificate_chain");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty() && in_place_of.empty()) request.tags = to_tags<acm::Tag>(tags);
    return TRY(cloud.call<acm::ImportCertificateResponse>("acm", "ImportCertificate", request)).certificate_arn.value_or("");
  }

  static void fill_validations(const acm::CertificateDetail& certificate, Record& state) {
    std::vector<Record> options;
    std::vector<std::string> emails;
    std::string method = certificate.type == "IMPORTED" ? "NONE" : "";
    for (const auto& validation : certificate.domain_validation_options.value_or(std::vector<acm::DomainValidation>{})) {
      method = validation.validation_method.value_or("");
      for (const std::string& email : validation.validation_emails.value_or(std::vector<std::string>{})) emails.push_back(email);
      if (!validation.resource_record) continue;
      Record& option = options.emplace_back();
      option.set("domain_name", validation.domain_name.value_or(""));
      option.set("resource_record_name", validation.resource_record->name.value_or(""));
      option.set("resource_record_type", validation.resource_record->type.value_or(""));
      option.set("resource_record_value", validation.resource_record->value.value_or(""));
    }
    state.set("domain_validation_options", options);
    state.set("validation_emails", emails);
    state.set("validation_method", method);
  }
};

/// Those of the names that are not made up (--inert): none of these others is anywhere.
Value names_of_records(const Value& names) {
  std::vector<Value> made;
  for (const Value& name : names.elements()) {
    if (!name.has_value() || !name.as_string().ends_with(kInertDomain)) made.push_back(name);
  }
  return Value::set(Type::string(), std::move(made));
}

Attribute with_records_elsewhere(Attribute names) {
  names.carried_part = names_of_records;
  return names;
}

/// Whether a public zone of the account has the name, so that a record for it could be made there.
Result<bool> has_zone_for(const Cloud& cloud, const std::string& name) {
  aws::route53::ListHostedZonesRequest request;
  const auto zones = TRY(cloud.call<aws::route53::ListHostedZonesResponse>("route53", "ListHostedZones", request));
  return std::ranges::any_of(zones.hosted_zones.value_or(std::vector<aws::route53::HostedZone>{}), [&](const aws::route53::HostedZone& zone) {
    const bool is_private = zone.config && zone.config->private_zone.value_or(false);
    return !is_private && ("." + name + (name.ends_with('.') ? "" : ".")).ends_with("." + zone.name.value_or(""));
  });
}

/// Waits until the certificate is issued; is nothing by itself.
class Validation final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("certificate_arn").required().forces_new(), with_records_elsewhere(text_set("validation_record_fqdns").forces_new())}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string arn = planned.text("certificate_arn");
    const auto certificate = TRY(find_certificate(cloud, arn));
    if (!certificate) return fail("ResourceNotFoundException", "the certificate " + arn + " does not exist");
    const bool are_only_recorded = cloud.confirm_certificate && planned.value("validation_record_fqdns").has_value();
    if (!TRY(are_records_elsewhere(cloud, *certificate))) TRY(check_records(*certificate, planned, are_only_recorded));
    else TRY(cloud.confirm_certificate(arn));
    TRY(cloud.wait_until("certificate " + arn + " to be issued", kIssuing, [&]() -> Result<bool> {
      const auto now = TRY(find_certificate(cloud, arn));
      const std::string status = now ? now->status.value_or("") : "";
      if (status != "ISSUED" && status != "PENDING_VALIDATION") return fail("Acm.NotIssued", fmt::format("waiting for certificate {} to be issued: unexpected state '{}', wanted target 'ISSUED'", arn, status));
      return status == "ISSUED";
    }));
    const auto issued = TRY(find_certificate(cloud, arn));
    state.set("id", issued && issued->issued_at ? iso8601(*issued->issued_at) : arn);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto certificate = TRY(find_certificate(cloud, state.text("certificate_arn")));
    return certificate && certificate->status == "ISSUED";
  }

  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

 private:
  /// With --inert all: no zone of this account has any of the names, so that only a DNS elsewhere could hold the records.
  static Result<bool> are_records_elsewhere(const Cloud& cloud, const acm::CertificateDetail& certificate) {
    if (!cloud.confirm_certificate || certificate.status != "PENDING_VALIDATION") return false;
    for (const auto& validation : certificate.domain_validation_options.value_or(std::vector<acm::DomainValidation>{})) {
      if (!validation.resource_record || TRY(has_zone_for(cloud, validation.resource_record->name.value_or("")))) return false;
    }
    return true;
  }

  /// Each name that wants a record is among those that are given, if any are (none may be left of what --inert made up).
  static Result<void> check_records(const acm::CertificateDetail& certificate, const Record& planned, bool may_be_none_left) {
    std::vector<std::string> given = planned.texts("validation_record_fqdns");
    if (given.empty() && !may_be_none_left) return {};
    for (std::string& name : given) {
      if (name.ends_with('.')) name.pop_back();
    }
    for (const auto& validation : certificate.domain_validation_options.value_or(std::vector<acm::DomainValidation>{})) {
      if (!validation.resource_record) continue;
      std::string wanted = validation.resource_record->name.value_or("");
      if (wanted.ends_with('.')) wanted.pop_back();
      if (std::ranges::find(given, wanted) == given.end()) return fail("Acm.MissingRecord", fmt::format("missing {} DNS validation record: {}", validation.domain_name.value_or(""), wanted));
    }
    return {};
  }
};

}  // namespace

void add_acm_certificate(Provider& provider) {
  provider.resources["aws_acm_certificate"] = std::make_unique<Certificate>();
  provider.resources["aws_acm_certificate_validation"] = std::make_unique<Validation>();
}

}  // namespace landfall::terraform::aws_types
