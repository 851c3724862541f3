#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/members.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

/// Line ends and spaces around a PEM text say nothing.
bool is_same_pem(const Value& there, const Value& wanted) {
  if (!there.has_value() || !wanted.has_value()) return false;
  const auto plain = [](const Value& value) { return std::string(trim(replace_all(value.as_string(), "\r\n", "\n"))); };
  return plain(there) == plain(wanted);
}

/// aws_iam_server_certificate. The id is IAM's.
class ServerCertificate final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").computed(), text("name_prefix").computed().forces_new(), text("path").defaults("/"),
                                                        text("certificate_body").required().forces_new().same_if(is_same_pem), text("certificate_chain").forces_new().same_if(is_same_pem), text("private_key").required().forces_new().sensitive().same_if(is_same_pem),
                                                        text("expiration").read_only(), text("upload_date").read_only()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::UploadServerCertificateRequest request;
    request.server_certificate_name = generated_name(cloud, planned);
    request.path = planned.text("path");
    request.certificate_body = planned.text("certificate_body");
    request.private_key = planned.text("private_key");
    set_text(planned, "certificate_chain", request.certificate_chain);
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    const auto made = TRY(cloud.call<iam::UploadServerCertificateResponse>("iam", "UploadServerCertificate", request));
    state.set("id", made.server_certificate_metadata->server_certificate_id.value_or(""));
    state.set("name", *request.server_certificate_name);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetServerCertificateRequest request;
    request.server_certificate_name = state.text("name");
    const auto found = TRY(look_up<iam::GetServerCertificateResponse>(cloud, "iam", "GetServerCertificate", request));
    if (!found || !found->server_certificate || !found->server_certificate->server_certificate_metadata) return false;
    const iam::ServerCertificate& certificate = *found->server_certificate;
    const iam::ServerCertificateMetadata& told = *certificate.server_certificate_metadata;
    state.set("id", told.server_certificate_id.value_or(""));
    state.set("arn", told.arn.value_or(""));
    state.set("name", told.server_certificate_name.value_or(""));
    set_prefix(state, told.server_certificate_name.value_or(""));
    state.set("path", told.path.value_or("/"));
    state.set("expiration", told.expiration ? iso8601(*told.expiration) : "");
    state.set("upload_date", told.upload_date ? iso8601(*told.upload_date) : "");
    const auto keep_pem = [&](const char* name, const std::optional<std::string>& pem) {
      const Value now = Value::string(pem.value_or(""));
      if (!is_same_pem(now, state.value(name))) state.set(name, now);
    };
    keep_pem("certificate_body", certificate.certificate_body);
    keep_pem("certificate_chain", certificate.certificate_chain);
    set_tags(cloud, state, from_tags(certificate.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string name = planned.text("name");
    if (differs(prior, planned, {"name", "path"})) {
      iam::UpdateServerCertificateRequest request;
      request.server_certificate_name = prior.text("name");
      if (differs(prior, planned, "name")) request.new_server_certificate_name = name;
      request.new_path = planned.text("path");
      TRY(cloud.call<iam::UpdateServerCertificateOutput>("iam", "UpdateServerCertificate", request));
    }
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      iam::UntagServerCertificateRequest request;
      request.server_certificate_name = name;
      request.tag_keys = change.removed;
      TRY(cloud.call<iam::UntagServerCertificateOutput>("iam", "UntagServerCertificate", request));
    }
    if (!change.put.empty()) {
      iam::TagServerCertificateRequest request;
      request.server_certificate_name = name;
      request.tags = to_tags<iam::Tag>(change.put);
      TRY(cloud.call<iam::TagServerCertificateOutput>("iam", "TagServerCertificate", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteServerCertificateRequest request;
    request.server_certificate_name = state.text("name");
    return delete_when_free(cloud, [&] { return ignore_gone(cloud.call<iam::DeleteServerCertificateOutput>("iam", "DeleteServerCertificate", request)); });
  }

  /// By its name.
  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set("id", id);
    record.set("name", id);
    return record;
  }
};

}  // namespace

void add_iam_server_certificate(Provider& provider) { provider.resources["aws_iam_server_certificate"] = std::make_unique<ServerCertificate>(); }

}  // namespace landfall::terraform::aws_types
