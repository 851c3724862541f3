#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// Identity providers that roles may trust: OpenID Connect and SAML. The id is the ARN.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;
using Names = std::vector<std::string>;

std::string without_scheme(const std::string& url) { return url.starts_with("https://") ? url.substr(8) : url; }
bool is_same_url(const Value& there, const Value& wanted) { return there.has_value() && wanted.has_value() && without_scheme(there.as_string()) == without_scheme(wanted.as_string()); }

template <class Untag, class UntagOutput, class Tag, class TagOutput>
Result<void> update_tags(const Cloud& cloud, std::optional<std::string> Untag::* untagged, std::optional<std::string> Tag::* tagged, const char* untag, const char* tag, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    Untag request;
    request.*untagged = prior.text("id");
    request.tag_keys = change.removed;
    TRY(cloud.call<UntagOutput>("iam", untag, request));
  }
  if (!change.put.empty()) {
    Tag request;
    request.*tagged = prior.text("id");
    request.tags = to_tags<iam::Tag>(change.put);
    TRY(cloud.call<TagOutput>("iam", tag, request));
  }
  return {};
}

class OpenIdProvider final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("url").required().forces_new().same_if(is_same_url), text_set("client_id_list").required(), texts("thumbprint_list").computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateOpenIDConnectProviderRequest request;
    request.url = planned.text("url");
    request.client_id_list = planned.texts("client_id_list");
    if (!planned.texts("thumbprint_list").empty()) request.thumbprint_list = planned.texts("thumbprint_list");
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    const auto made = TRY(cloud.call<iam::CreateOpenIDConnectProviderResponse>("iam", "CreateOpenIDConnectProvider", request));
    state.set("id", made.open_id_connect_provider_arn.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetOpenIDConnectProviderRequest request;
    request.open_id_connect_provider_arn = state.text("id");
    const auto found = TRY(look_up<iam::GetOpenIDConnectProviderResponse>(cloud, "iam", "GetOpenIDConnectProvider", request));
    if (!found) return false;
    state.set("arn", state.text("id"));
    state.set("url", found->url.value_or(""));
    state.set("client_id_list", found->client_id_list.value_or(Names{}));
    state.set("thumbprint_list", found->thumbprint_list.value_or(Names{}));
    set_tags(cloud, state, from_tags(found->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    if (differs(prior, planned, "thumbprint_list") && !planned.texts("thumbprint_list").empty()) {
      iam::UpdateOpenIDConnectProviderThumbprintRequest request;
      request.open_id_connect_provider_arn = arn;
      request.thumbprint_list = planned.texts("thumbprint_list");
      TRY(cloud.call<iam::UpdateOpenIDConnectProviderThumbprintOutput>("iam", "UpdateOpenIDConnectProviderThumbprint", request));
    }
    TRY(change_clients(cloud, arn, prior.texts("client_id_list"), planned.texts("client_id_list")));
    return update_tags<iam::UntagOpenIDConnectProviderRequest, iam::UntagOpenIDConnectProviderOutput, iam::TagOpenIDConnectProviderRequest, iam::TagOpenIDConnectProviderOutput>(
        cloud, &iam::UntagOpenIDConnectProviderRequest::open_id_connect_provider_arn, &iam::TagOpenIDConnectProviderRequest::open_id_connect_provider_arn, "UntagOpenIDConnectProvider", "TagOpenIDConnectProvider", prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteOpenIDConnectProviderRequest request;
    request.open_id_connect_provider_arn = state.text("id");
    return ignore_gone(cloud.call<iam::DeleteOpenIDConnectProviderOutput>("iam", "DeleteOpenIDConnectProvider", request));
  }

 private:
  static Result<void> change_clients(const Cloud& cloud, const std::string& arn, const Names& before, const Names& after) {
    for (const std::string& client : after) {
      if (std::ranges::count(before, client) > 0) continue;
      iam::AddClientIDToOpenIDConnectProviderRequest request;
      request.open_id_connect_provider_arn = arn;
      request.client_id = client;
      TRY(cloud.call<iam::AddClientIDToOpenIDConnectProviderOutput>("iam", "AddClientIDToOpenIDConnectProvider", request));
    }
    for (const std::string& client : before) {
      if (std::ranges::count(after, client) > 0) continue;
      iam::RemoveClientIDFromOpenIDConnectProviderRequest request;
      request.open_id_connect_provider_arn = arn;
      request.client_id = client;
      TRY(cloud.call<iam::RemoveClientIDFromOpenIDConnectProviderOutput>("iam", "RemoveClientIDFromOpenIDConnectProvider", request));
    }
    return {};
  }
};

class SamlProvider final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text("saml_metadata_document").required(), text("saml_provider_uuid").read_only(), text("valid_until").read_only()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateSAMLProviderRequest request;
    request.name = planned.text("name");
    request.saml_metadata_document = planned.text("saml_metadata_document");
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    const auto made = TRY(cloud.call<iam::CreateSAMLProviderResponse>("iam", "CreateSAMLProvider", request));
    state.set("id", made.saml_provider_arn.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    iam::GetSAMLProviderRequest request;
    request.saml_provider_arn = arn;
    const auto found = TRY(look_up<iam::GetSAMLProviderResponse>(cloud, "iam", "GetSAMLProvider", request));
    if (!found) return false;
    state.set("arn", arn);
    state.set("name", arn.substr(arn.rfind('/') + 1));
    state.set("saml_metadata_document", found->saml_metadata_document.value_or(""));
    state.set("saml_provider_uuid", found->saml_provider_uuid.value_or(""));
    state.set("valid_until", found->valid_until ? iso8601(*found->valid_until) : "");
    set_tags(cloud, state, from_tags(found->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "saml_metadata_document")) {
      iam::UpdateSAMLProviderRequest request;
      request.saml_provider_arn = prior.text("id");
      request.saml_metadata_document = planned.text("saml_metadata_document");
      TRY(cloud.call<iam::UpdateSAMLProviderResponse>("iam", "UpdateSAMLProvider", request));
    }
    return update_tags<iam::UntagSAMLProviderRequest, iam::UntagSAMLProviderOutput, iam::TagSAMLProviderRequest, iam::TagSAMLProviderOutput>(
        cloud, &iam::UntagSAMLProviderRequest::saml_provider_arn, &iam::TagSAMLProviderRequest::saml_provider_arn, "UntagSAMLProvider", "TagSAMLProvider", prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteSAMLProviderRequest request;
    request.saml_provider_arn = state.text("id");
    return ignore_gone(cloud.call<iam::DeleteSAMLProviderOutput>("iam", "DeleteSAMLProvider", request));
  }
};

/// By ARN or URL.
Result<void> read_openid(const Cloud& cloud, Record& state) {
  std::string arn = state.text("arn");
  if (arn.empty()) arn = fmt::format("arn:aws:iam::{}:oidc-provider/{}", cloud.account, without_scheme(state.text("url")));
  Record there;
  there.set("id", arn);
  if (!TRY(OpenIdProvider().read(cloud, there))) return fail("NotFound", fmt::format("finding IAM OIDC Provider ({}): couldn't find resource", arn));
  for (const char* name : {"id", "arn", "url", "client_id_list", "thumbprint_list"}) state.set(name, there.value(name));
  state.set("tags", there.pairs("tags_all"));
  return {};
}

}  // namespace

void add_iam_identity_provider(Provider& provider) {
  provider.resources["aws_iam_openid_connect_provider"] = std::make_unique<OpenIdProvider>();
  provider.resources["aws_iam_saml_provider"] = std::make_unique<SamlProvider>();
  add_source(provider, "aws_iam_openid_connect_provider", {.attributes = {text("id").read_only(), text("arn").computed(), text("url").computed(), texts("client_id_list").read_only(), texts("thumbprint_list").read_only(), text_map("tags").computed()}}, read_openid);
}

}  // namespace landfall::terraform::aws_types
