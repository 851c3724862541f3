#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

/// Data sources of IAM over what users and accounts have: profiles, keys, certificates, identity providers, sessions.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

Result<void> read_profiles(const Cloud& cloud, Record& state) {
  iam::ListInstanceProfilesForRoleRequest request{.role_name = state.text("role_name")};
  std::vector<std::string> arns, names, paths;
  do {
    const auto page = TRY(cloud.call<iam::ListInstanceProfilesForRoleResponse>("iam", "ListInstanceProfilesForRole", request));
    for (const auto& profile : page.instance_profiles.value_or(std::vector<iam::InstanceProfile>{})) {
      arns.push_back(profile.arn.value_or(""));
      names.push_back(profile.instance_profile_name.value_or(""));
      paths.push_back(profile.path.value_or(""));
    }
    request.marker = page.marker;
  } while (request.marker);
  state.set("id", state.text("role_name"));
  state.set("arns", arns);
  state.set("names", names);
  state.set("paths", paths);
  return {};
}

Result<void> read_keys(const Cloud& cloud, Record& state) {
  iam::ListAccessKeysRequest request{.user_name = state.text("user")};
  std::vector<Record> keys;
  do {
    const auto page = TRY(cloud.call<iam::ListAccessKeysResponse>("iam", "ListAccessKeys", request));
    for (const auto& key : page.access_key_metadata.value_or(std::vector<iam::AccessKeyMetadata>{})) {
      Record& one = keys.emplace_back();
      one.set("access_key_id", key.access_key_id.value_or(""));
      one.set("create_date", key.create_date ? iso8601(*key.create_date) : "");
      one.set("status", key.status.value_or(""));
    }
    request.marker = page.marker;
  } while (request.marker);
  state.set("id", state.text("user"));
  state.set("access_keys", keys);
  return {};
}

/// "arn:aws:iam::ACCOUNT:saml-provider/NAME"
Result<void> read_saml(const Cloud& cloud, Record& state) {
  const std::string arn = state.text("arn");
  const auto found = TRY(cloud.call<iam::GetSAMLProviderResponse>("iam", "GetSAMLProvider", iam::GetSAMLProviderRequest{.saml_provider_arn = arn}));
  state.set("id", arn);
  state.set("name", arn.substr(arn.rfind('/') + 1));
  state.set("saml_metadata_document", found.saml_metadata_document.value_or(""));
  state.set("create_date", found.create_date ? iso8601(*found.create_date) : "");
  state.set("valid_until", found.valid_until ? iso8601(*found.valid_until) : "");
  state.set("tags", from_tags(found.tags));
  return {};
}

/// By name or by the beginning of one; of several the one that expires last, if `latest` asks for it.
Result<iam::ServerCertificateMetadata> wanted_certificate(const Cloud& cloud, const Record& state) {
  iam::ListServerCertificatesRequest request;
  if (!state.text("path_prefix").empty()) request.path_prefix = state.text("path_prefix");
  std::vector<iam::ServerCertificateMetadata> found;
  do {
    const auto page = TRY(cloud.call<iam::ListServerCertificatesResponse>("iam", "ListServerCertificates", request));
    for (const auto& certificate : page.server_certificate_metadata_list.value_or(std::vector<iam::ServerCertificateMetadata>{})) {
      const std::string name = certificate.server_certificate_name.value_or("");
      if (state.text("name").empty() ? name.starts_with(state.text("name_prefix")) : name == state.text("name")) found.push_back(certificate);
    }
    request.marker = page.marker;
  } while (request.marker);
  std::ranges::stable_sort(found, std::greater<>(), [](const auto& certificate) { return certificate.expiration.value_or(WallTime{}).ms; });
  if (found.empty() || (found.size() > 1 && !state.flag("latest"))) return fail(found_not_one(found.size(), "IAM Server Certificate"));
  return found[0];
}

Result<void> read_certificate(const Cloud& cloud, Record& state) {
  const iam::ServerCertificateMetadata told = TRY(wanted_certificate(cloud, state));
  const auto whole = TRY(cloud.call<iam::GetServerCertificateResponse>("iam", "GetServerCertificate", iam::GetServerCertificateRequest{.server_certificate_name = told.server_certificate_name}));
  state.set("id", told.server_certificate_id.value_or(""));
  state.set("arn", told.arn.value_or(""));
  state.set("name", told.server_certificate_name.value_or(""));
  state.set("path", told.path.value_or(""));
  state.set("expiration_date", told.expiration ? iso8601(*told.expiration) : "");
  state.set("upload_date", told.upload_date ? iso8601(*told.upload_date) : "");
  state.set("certificate_body", whole.server_certificate->certificate_body.value_or(""));
  state.set("certificate_chain", whole.server_certificate->certificate_chain.value_or(""));
  return {};
}

Result<void> read_ssh_key(const Cloud& cloud, Record& state) {
  const iam::GetSSHPublicKeyRequest request{.encoding = state.text("encoding"), .ssh_public_key_id = state.text("ssh_public_key_id"), .user_name = state.text("username")};
  const auto found = TRY(cloud.call<iam::GetSSHPublicKeyResponse>("iam", "GetSSHPublicKey", request));
  const iam::SSHPublicKey key = found.ssh_public_key.value_or(iam::SSHPublicKey{});
  state.set("id", state.text("ssh_public_key_id"));
  state.set("fingerprint", key.fingerprint.value_or(""));
  state.set("public_key", key.ssh_public_key_body.value_or(""));
  state.set("status", key.status.value_or(""));
  return {};
}

/// data aws_iam_session_context: the role behind "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION"; anybody else is who they are.
Result<void> read_session(const Cloud& cloud, Record& state) {
  const std::string arn = state.text("arn");
  const std::vector<std::string> parts = split(arn, ':');
  const std::vector<std::string> resource = parts.size() == 6 ? split(parts[5], '/') : std::vector<std::string>{};
  state.set("id", arn);
  state.set("issuer_arn", arn);
  for (const char* name : {"issuer_id", "issuer_name", "session_name"}) state.set(name, "");
  if (resource.size() != 3 || parts[2] != "sts" || resource[0] != "assumed-role") return {};
  const auto found = TRY(cloud.call<iam::GetRoleResponse>("iam", "GetRole", iam::GetRoleRequest{.role_name = resource[1]}));
  state.set("issuer_arn", found.role->arn.value_or(""));
  state.set("issuer_id", found.role->role_id.value_or(""));
  state.set("issuer_name", resource[1]);
  state.set("session_name", resource[2]);
  return {};
}

Attribute rows(const char* name, std::initializer_list<const char*> members) {
  std::vector<Type::Attribute> texts;
  for (const char* member : members) texts.push_back({.name = member, .type = Type::string()});
  return of_type(name, Type::set(Type::object(std::move(texts)))).read_only();
}

std::vector<Attribute> read_only_texts(std::initializer_list<const char*> names, std::vector<Attribute> more) {
  for (const char* name : names) more.push_back(text(name).read_only());
  return more;
}

}  // namespace

void add_iam_record_sources(Provider& provider) {
  add_source(provider, "aws_iam_instance_profiles", {.attributes = {text("id").read_only(), text("role_name").required(), text_set("arns").read_only(), text_set("names").read_only(), text_set("paths").read_only()}}, read_profiles);
  add_source(provider, "aws_iam_access_keys", {.attributes = {text("id").read_only(), text("user").required(), rows("access_keys", {"access_key_id", "create_date", "status"})}}, read_keys);
  add_source(provider, "aws_iam_saml_provider", {.attributes = read_only_texts({"id", "name", "saml_metadata_document", "create_date", "valid_until"}, {text("arn").required(), text_map("tags").computed()})}, read_saml);
  add_source(provider, "aws_iam_server_certificate",
             {.attributes = read_only_texts({"id", "arn", "path", "certificate_body", "certificate_chain", "expiration_date", "upload_date"}, {text("name").computed(), text("name_prefix"), text("path_prefix"), flag("latest").defaults(false)})}, read_certificate);
  add_source(provider, "aws_iam_user_ssh_key",
             {.attributes = read_only_texts({"id", "fingerprint", "public_key", "status"}, {text("encoding").required().checked(one_of({"SSH", "PEM"})), text("ssh_public_key_id").required(), text("username").required()})}, read_ssh_key);
  add_source(provider, "aws_iam_session_context", {.attributes = read_only_texts({"id", "issuer_arn", "issuer_id", "issuer_name", "session_name"}, {text("arn").required()})}, read_session);
}

}  // namespace landfall::terraform::aws_types
