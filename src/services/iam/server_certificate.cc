#include <fmt/format.h>

#include "base/text.h"
#include "services/acm/imported.h"
#include "services/iam/inline_policies.h"

/// Server certificates: read, checked against their key, kept without it: nothing here serves them (ACM is for that).
namespace landfall::services::iam {
namespace {

using model::ServerCertificate;

Result<ServerCertificate> certificate_named(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name) {
  auto certificate = store::find<ServerCertificate>(tx, context.account + "/" + text(name));
  if (!certificate) return fail("NoSuchEntity", fmt::format("The Server Certificate with name {} cannot be found.", text(name)));
  return std::move(*certificate);
}

std::string arn_of(const ServerCertificate& c) { return fmt::format("arn:aws:iam::{}:server-certificate{}{}", c.account, c.path, c.name); }

shapes::ServerCertificateMetadata metadata_of(const ServerCertificate& c) {
  return {.arn = c.arn, .expiration = c.expires_at, .path = c.path, .server_certificate_id = c.id, .server_certificate_name = c.name, .upload_date = c.uploaded_at};
}

Result<shapes::UploadServerCertificateResponse> upload(const Deps& deps, const CallContext& context, const shapes::UploadServerCertificateRequest& request) {
  TRY(check_name("serverCertificateName", text(request.server_certificate_name)));
  TRY(check_path(request.path));
  ServerCertificate certificate{.account = context.account, .name = *request.server_certificate_name, .path = request.path.value_or("/"), .id = "ASCA" + deps.ids.upper_alnum(17), .body = text(request.certificate_body), .chain = text(request.certificate_chain), .uploaded_at = deps.clock.wall()};
  certificate.arn = arn_of(certificate);
  certificate.tags = TRY(checked_tags(request.tags));
  const auto read = services::acm::read_import(certificate.body, text(request.private_key), certificate.chain, deps.clock.wall());
  if (!read) return fail(read.error().what.find("does not match") != std::string::npos ? "KeyPairMismatch" : "MalformedCertificate", read.error().what);
  certificate.expires_at = read->not_after;
  return transact<shapes::UploadServerCertificateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UploadServerCertificateResponse> {
    if (store::find<ServerCertificate>(tx, certificate.key())) return fail("EntityAlreadyExists", fmt::format("The Server Certificate with name {} already exists.", certificate.name));
    store::put(tx, certificate);
    return shapes::UploadServerCertificateResponse{.server_certificate_metadata = metadata_of(certificate), .tags = tags_if_any(request.tags)};
  });
}

Result<shapes::GetServerCertificateResponse> get(const Deps& deps, const CallContext& context, const shapes::GetServerCertificateRequest& request) {
  return transact<shapes::GetServerCertificateResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetServerCertificateResponse> {
    const ServerCertificate c = TRY(certificate_named(tx, context, request.server_certificate_name));
    shapes::ServerCertificate out{.certificate_body = c.body, .server_certificate_metadata = metadata_of(c), .tags = tag_list(c.tags)};
    if (!c.chain.empty()) out.certificate_chain = c.chain;
    return shapes::GetServerCertificateResponse{.server_certificate = out};
  });
}

Result<shapes::ListServerCertificatesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListServerCertificatesRequest& request) {
  std::vector<shapes::ServerCertificateMetadata> found;
  for (const ServerCertificate& c : store::all<ServerCertificate>(deps.store, context.account + "/")) {
    if (c.path.starts_with(request.path_prefix.value_or("/"))) found.push_back(metadata_of(c));
  }
  return listed(shapes::ListServerCertificatesResponse{}, &shapes::ListServerCertificatesResponse::server_certificate_metadata_list, std::move(found), request.max_items, request.marker);
}

Result<shapes::UpdateServerCertificateOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateServerCertificateRequest& request) {
  TRY(check_path(request.new_path));
  return transact<shapes::UpdateServerCertificateOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateServerCertificateOutput> {
    ServerCertificate certificate = TRY(certificate_named(tx, context, request.server_certificate_name));
    store::erase<ServerCertificate>(tx, certificate.key());
    certificate.name = request.new_server_certificate_name.value_or(certificate.name);
    certificate.path = request.new_path.value_or(certificate.path);
    certificate.arn = arn_of(certificate);
    if (store::find<ServerCertificate>(tx, certificate.key())) return fail("EntityAlreadyExists", fmt::format("The Server Certificate with name {} already exists.", certificate.name));
    store::put(tx, certificate);
    return shapes::UpdateServerCertificateOutput{};
  });
}

}  // namespace

void register_server_certificate(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const auto change = [&deps]<class Answer>(const CallContext& c, const std::optional<std::string>& name, auto apply) {
    return change_holder<Answer>(deps, [&](const Transaction& tx) { return certificate_named(tx, c, name); }, apply);
  };
  registry.add<shapes::UploadServerCertificateRequest, shapes::UploadServerCertificateResponse>("iam", "UploadServerCertificate", {"*"}, bind(upload));
  registry.add<shapes::GetServerCertificateRequest, shapes::GetServerCertificateResponse>("iam", "GetServerCertificate", {"*"}, bind(get));
  registry.add<shapes::ListServerCertificatesRequest, shapes::ListServerCertificatesResponse>("iam", "ListServerCertificates", {"*"}, bind(list));
  registry.add<shapes::UpdateServerCertificateRequest, shapes::UpdateServerCertificateOutput>("iam", "UpdateServerCertificate", {"*"}, bind(update));
  registry.add<shapes::DeleteServerCertificateRequest, shapes::DeleteServerCertificateOutput>("iam", "DeleteServerCertificate", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DeleteServerCertificateOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServerCertificateOutput> {
      store::erase<ServerCertificate>(tx, TRY(certificate_named(tx, c, r.server_certificate_name)).key());
      return shapes::DeleteServerCertificateOutput{};
    });
  });
  registry.add<shapes::TagServerCertificateRequest, shapes::TagServerCertificateOutput>("iam", "TagServerCertificate", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::TagServerCertificateOutput>(c, r.server_certificate_name, [&](const Transaction&, ServerCertificate& certificate) { return add_tags(certificate.tags, r.tags); });
  });
  registry.add<shapes::UntagServerCertificateRequest, shapes::UntagServerCertificateOutput>("iam", "UntagServerCertificate", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::UntagServerCertificateOutput>(c, r.server_certificate_name, [&](const Transaction&, ServerCertificate& certificate) -> Result<void> {
      for (const std::string& key : *r.tag_keys) certificate.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListServerCertificateTagsRequest, shapes::ListServerCertificateTagsResponse>("iam", "ListServerCertificateTags", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListServerCertificateTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListServerCertificateTagsResponse> {
      return listed(shapes::ListServerCertificateTagsResponse{}, &shapes::ListServerCertificateTagsResponse::tags, *tag_list(TRY(certificate_named(tx, c, r.server_certificate_name)).tags), r.max_items, r.marker);
    });
  });
}

}  // namespace landfall::services::iam
