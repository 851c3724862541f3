#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

/// OpenID Connect and SAML providers. Tokens of the former open sessions (daemon/web_identity.h); the latter are kept and told:
/// STS refuses AssumeRoleWithSAML by name.
namespace landfall::services::iam {
namespace {

using model::IdentityProvider;

constexpr size_t kMaxClients = 100, kMaxThumbprints = 5;  // IAM API, CreateOpenIDConnectProvider

Error no_oidc(const std::optional<std::string>& arn) { return {.code = "NoSuchEntity", .what = fmt::format("OpenIDConnect Provider not found for arn {}", text(arn))}; }
Error no_saml(const std::optional<std::string>& arn) { return {.code = "NoSuchEntity", .what = fmt::format("Manifest not found for arn {}", text(arn))}; }

Result<IdentityProvider> provider_at(const Transaction& tx, const std::optional<std::string>& arn, bool is_saml) {
  auto provider = store::find<IdentityProvider>(tx, text(arn));
  if (!provider || provider->metadata.empty() == is_saml) return fail(is_saml ? no_saml(arn) : no_oidc(arn));
  return std::move(*provider);
}

Result<void> check_thumbprints(const std::vector<std::string>& thumbprints) {
  if (thumbprints.size() > kMaxThumbprints) return fail("InvalidInput", fmt::format("Thumbprint list must contain fewer than {} entries.", kMaxThumbprints));
  return {};
}

Result<shapes::CreateOpenIDConnectProviderResponse> create_oidc(const Deps& deps, const CallContext& context, const shapes::CreateOpenIDConnectProviderRequest& request) {
  IdentityProvider provider{.account = context.account, .arn = {}, .url = text(request.url), .client_ids = request.client_id_list.value_or(std::vector<std::string>{}), .thumbprints = request.thumbprint_list.value_or(std::vector<std::string>{}), .created_at = deps.clock.wall()};
  const size_t scheme = provider.url.find("://");
  if (scheme == std::string::npos || scheme + 3 == provider.url.size()) return fail("ValidationError", "Invalid Open ID Connect Provider URL");
  TRY(check_thumbprints(provider.thumbprints));
  if (provider.client_ids.size() > kMaxClients) return fail("LimitExceeded", fmt::format("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {}", kMaxClients));
  provider.url = provider.url.substr(scheme + 3);
  provider.arn = fmt::format("arn:aws:iam::{}:oidc-provider/{}", context.account, provider.url.substr(0, provider.url.find('?')));
  provider.tags = TRY(checked_tags(request.tags));
  return transact<shapes::CreateOpenIDConnectProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateOpenIDConnectProviderResponse> {
    if (store::find<IdentityProvider>(tx, provider.arn)) return fail("EntityAlreadyExists", fmt::format("Provider with url {} already exists.", text(request.url)));
    store::put(tx, provider);
    return shapes::CreateOpenIDConnectProviderResponse{.open_id_connect_provider_arn = provider.arn, .tags = tags_if_any(request.tags)};
  });
}

Result<shapes::GetOpenIDConnectProviderResponse> get_oidc(const Deps& deps, const CallContext&, const shapes::GetOpenIDConnectProviderRequest& request) {
  return transact<shapes::GetOpenIDConnectProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetOpenIDConnectProviderResponse> {
    const IdentityProvider provider = TRY(provider_at(tx, request.open_id_connect_provider_arn, false));
    return shapes::GetOpenIDConnectProviderResponse{.client_id_list = provider.client_ids, .create_date = provider.created_at, .tags = tag_list(provider.tags), .thumbprint_list = provider.thumbprints, .url = provider.url};
  });
}

Result<shapes::DeleteOpenIDConnectProviderOutput> delete_oidc(const Deps& deps, const CallContext&, const shapes::DeleteOpenIDConnectProviderRequest& request) {
  return transact<shapes::DeleteOpenIDConnectProviderOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteOpenIDConnectProviderOutput> {
    if (!provider_at(tx, request.open_id_connect_provider_arn, false)) return fail("NoSuchEntity", fmt::format("OpenId connect Provider {} cannot be found.", *request.open_id_connect_provider_arn));
    store::erase<IdentityProvider>(tx, *request.open_id_connect_provider_arn);
    return shapes::DeleteOpenIDConnectProviderOutput{};
  });
}

Result<shapes::ListOpenIDConnectProvidersResponse> list_oidc(const Deps& deps, const CallContext& context, const shapes::ListOpenIDConnectProvidersRequest&) {
  shapes::ListOpenIDConnectProvidersResponse answer;
  answer.open_id_connect_provider_list.emplace();
  for (const auto& provider : store::all<IdentityProvider>(deps.store, fmt::format("arn:aws:iam::{}:oidc-provider/", context.account))) answer.open_id_connect_provider_list->push_back({.arn = provider.arn});
  return answer;
}

/// A SAML metadata document names one entity.
Result<void> check_metadata(const std::string& metadata) {
  if (metadata.find("EntityDescriptor") == std::string::npos) return fail("InvalidInput", "Could not parse metadata: it has no EntityDescriptor");
  return {};
}

constexpr Duration kSamlLife = std::chrono::hours(24) * 36'525;  // a hundred years: IAM's default of validUntil

Result<shapes::CreateSAMLProviderResponse> create_saml(const Deps& deps, const CallContext& context, const shapes::CreateSAMLProviderRequest& request) {
  TRY(check_name("name", text(request.name)));
  TRY(check_metadata(text(request.saml_metadata_document)));
  IdentityProvider provider{.account = context.account, .arn = fmt::format("arn:aws:iam::{}:saml-provider/{}", context.account, *request.name), .url = {}, .client_ids = {}, .thumbprints = {}, .metadata = *request.saml_metadata_document, .uuid = "SAMLSP" + deps.ids.upper_alnum(18), .created_at = deps.clock.wall()};
  provider.tags = TRY(checked_tags(request.tags));
  return transact<shapes::CreateSAMLProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateSAMLProviderResponse> {
    if (store::find<IdentityProvider>(tx, provider.arn)) return fail("EntityAlreadyExists", fmt::format("SAMLProvider with name {} already exists.", *request.name));
    store::put(tx, provider);
    return shapes::CreateSAMLProviderResponse{.saml_provider_arn = provider.arn, .tags = tags_if_any(request.tags)};
  });
}

Result<shapes::GetSAMLProviderResponse> get_saml(const Deps& deps, const CallContext&, const shapes::GetSAMLProviderRequest& request) {
  return transact<shapes::GetSAMLProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetSAMLProviderResponse> {
    const IdentityProvider provider = TRY(provider_at(tx, request.saml_provider_arn, true));
    shapes::GetSAMLProviderResponse told{.assertion_encryption_mode = "Allowed", .create_date = provider.created_at, .private_key_list = std::vector<shapes::SAMLPrivateKey>{}, .saml_metadata_document = provider.metadata, .tags = tag_list(provider.tags), .valid_until = provider.created_at + kSamlLife};
    if (!provider.uuid.empty()) told.saml_provider_uuid = provider.uuid;
    return told;
  });
}

Result<shapes::ListSAMLProvidersResponse> list_saml(const Deps& deps, const CallContext& context, const shapes::ListSAMLProvidersRequest&) {
  shapes::ListSAMLProvidersResponse answer;
  answer.saml_provider_list.emplace();
  for (const auto& provider : store::all<IdentityProvider>(deps.store, fmt::format("arn:aws:iam::{}:saml-provider/", context.account))) {
    answer.saml_provider_list->push_back({.arn = provider.arn, .create_date = provider.created_at, .valid_until = provider.created_at + kSamlLife});
  }
  return answer;
}

}  // namespace

void register_identity_provider(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const auto change_oidc = [&deps]<class Answer>(const std::optional<std::string>& arn, auto apply) {
    return change_holder<Answer>(deps, [&](const Transaction& tx) { return provider_at(tx, arn, false); }, apply);
  };
  const auto change_saml = [&deps]<class Answer>(const std::optional<std::string>& arn, auto apply) {
    return change_holder<Answer>(deps, [&](const Transaction& tx) { return provider_at(tx, arn, true); }, apply);
  };
  registry.add<shapes::CreateOpenIDConnectProviderRequest, shapes::CreateOpenIDConnectProviderResponse>("iam", "CreateOpenIDConnectProvider", {"*"}, bind(create_oidc));
  registry.add<shapes::GetOpenIDConnectProviderRequest, shapes::GetOpenIDConnectProviderResponse>("iam", "GetOpenIDConnectProvider", {"*"}, bind(get_oidc));
  registry.add<shapes::DeleteOpenIDConnectProviderRequest, shapes::DeleteOpenIDConnectProviderOutput>("iam", "DeleteOpenIDConnectProvider", {"*"}, bind(delete_oidc));
  registry.add<shapes::ListOpenIDConnectProvidersRequest, shapes::ListOpenIDConnectProvidersResponse>("iam", "ListOpenIDConnectProviders", {"*"}, bind(list_oidc));
  registry.add<shapes::UpdateOpenIDConnectProviderThumbprintRequest, shapes::UpdateOpenIDConnectProviderThumbprintOutput>("iam", "UpdateOpenIDConnectProviderThumbprint", {"*"}, [change_oidc](const CallContext&, const auto& r) {
    return change_oidc.template operator()<shapes::UpdateOpenIDConnectProviderThumbprintOutput>(r.open_id_connect_provider_arn, [&](const Transaction&, IdentityProvider& provider) -> Result<void> {
      TRY(check_thumbprints(*r.thumbprint_list));
      provider.thumbprints = *r.thumbprint_list;
      return {};
    });
  });
  registry.add<shapes::AddClientIDToOpenIDConnectProviderRequest, shapes::AddClientIDToOpenIDConnectProviderOutput>("iam", "AddClientIDToOpenIDConnectProvider", {"*"}, [change_oidc](const CallContext&, const auto& r) {
    return change_oidc.template operator()<shapes::AddClientIDToOpenIDConnectProviderOutput>(r.open_id_connect_provider_arn, [&](const Transaction&, IdentityProvider& provider) -> Result<void> {
      if (std::ranges::count(provider.client_ids, *r.client_id) == 0) provider.client_ids.push_back(*r.client_id);
      return {};
    });
  });
  registry.add<shapes::RemoveClientIDFromOpenIDConnectProviderRequest, shapes::RemoveClientIDFromOpenIDConnectProviderOutput>("iam", "RemoveClientIDFromOpenIDConnectProvider", {"*"}, [change_oidc](const CallContext&, const auto& r) {
    return change_oidc.template operator()<shapes::RemoveClientIDFromOpenIDConnectProviderOutput>(r.open_id_connect_provider_arn, [&](const Transaction&, IdentityProvider& provider) -> Result<void> {
      std::erase(provider.client_ids, *r.client_id);
      return {};
    });
  });
  registry.add<shapes::TagOpenIDConnectProviderRequest, shapes::TagOpenIDConnectProviderOutput>("iam", "TagOpenIDConnectProvider", {"*"}, [change_oidc](const CallContext&, const auto& r) {
    return change_oidc.template operator()<shapes::TagOpenIDConnectProviderOutput>(r.open_id_connect_provider_arn, [&](const Transaction&, IdentityProvider& provider) { return add_tags(provider.tags, r.tags); });
  });
  registry.add<shapes::UntagOpenIDConnectProviderRequest, shapes::UntagOpenIDConnectProviderOutput>("iam", "UntagOpenIDConnectProvider", {"*"}, [change_oidc](const CallContext&, const auto& r) {
    return change_oidc.template operator()<shapes::UntagOpenIDConnectProviderOutput>(r.open_id_connect_provider_arn, [&](const Transaction&, IdentityProvider& provider) -> Result<void> {
      for (const std::string& key : *r.tag_keys) provider.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListOpenIDConnectProviderTagsRequest, shapes::ListOpenIDConnectProviderTagsResponse>("iam", "ListOpenIDConnectProviderTags", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::ListOpenIDConnectProviderTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListOpenIDConnectProviderTagsResponse> {
      return listed(shapes::ListOpenIDConnectProviderTagsResponse{}, &shapes::ListOpenIDConnectProviderTagsResponse::tags, *tag_list(TRY(provider_at(tx, r.open_id_connect_provider_arn, false)).tags), r.max_items, r.marker);
    });
  });
  const std::vector<std::string> plain_saml{"Name", "SAMLMetadataDocument", "SAMLProviderArn", "Tags.*"};
  registry.add<shapes::CreateSAMLProviderRequest, shapes::CreateSAMLProviderResponse>("iam", "CreateSAMLProvider", plain_saml, bind(create_saml));
  registry.add<shapes::GetSAMLProviderRequest, shapes::GetSAMLProviderResponse>("iam", "GetSAMLProvider", {"*"}, bind(get_saml));
  registry.add<shapes::ListSAMLProvidersRequest, shapes::ListSAMLProvidersResponse>("iam", "ListSAMLProviders", {"*"}, bind(list_saml));
  registry.add<shapes::UpdateSAMLProviderRequest, shapes::UpdateSAMLProviderResponse>("iam", "UpdateSAMLProvider", plain_saml, [change_saml](const CallContext&, const auto& r) -> Result<shapes::UpdateSAMLProviderResponse> {
    TRY((change_saml.template operator()<shapes::UpdateSAMLProviderResponse>(r.saml_provider_arn, [&](const Transaction&, IdentityProvider& provider) -> Result<void> {
      TRY(check_metadata(text(r.saml_metadata_document)));
      provider.metadata = *r.saml_metadata_document;
      return {};
    })));
    return shapes::UpdateSAMLProviderResponse{.saml_provider_arn = r.saml_provider_arn};
  });
  registry.add<shapes::DeleteSAMLProviderRequest, shapes::DeleteSAMLProviderOutput>("iam", "DeleteSAMLProvider", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::DeleteSAMLProviderOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteSAMLProviderOutput> {
      store::erase<IdentityProvider>(tx, TRY(provider_at(tx, r.saml_provider_arn, true)).arn);
      return shapes::DeleteSAMLProviderOutput{};
    });
  });
  registry.add<shapes::TagSAMLProviderRequest, shapes::TagSAMLProviderOutput>("iam", "TagSAMLProvider", {"*"}, [change_saml](const CallContext&, const auto& r) {
    return change_saml.template operator()<shapes::TagSAMLProviderOutput>(r.saml_provider_arn, [&](const Transaction&, IdentityProvider& provider) { return add_tags(provider.tags, r.tags); });
  });
  registry.add<shapes::UntagSAMLProviderRequest, shapes::UntagSAMLProviderOutput>("iam", "UntagSAMLProvider", {"*"}, [change_saml](const CallContext&, const auto& r) {
    return change_saml.template operator()<shapes::UntagSAMLProviderOutput>(r.saml_provider_arn, [&](const Transaction&, IdentityProvider& provider) -> Result<void> {
      for (const std::string& key : *r.tag_keys) provider.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListSAMLProviderTagsRequest, shapes::ListSAMLProviderTagsResponse>("iam", "ListSAMLProviderTags", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::ListSAMLProviderTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListSAMLProviderTagsResponse> {
      return listed(shapes::ListSAMLProviderTagsResponse{}, &shapes::ListSAMLProviderTagsResponse::tags, *tag_list(TRY(provider_at(tx, r.saml_provider_arn, true)).tags), r.max_items, r.marker);
    });
  });
}

}  // namespace landfall::services::iam
