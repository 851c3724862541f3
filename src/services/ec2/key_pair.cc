#include <algorithm>

#include <fmt/format.h>

#include "services/ec2/ssh_key.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::KeyPair;

constexpr size_t kMaxName = 255;

std::optional<KeyPair> named(const Transaction& tx, const CallContext& context, const std::string& name) {
  for (KeyPair& pair : store::all<KeyPair>(tx, scope(context))) {
    if (pair.name == name) return std::move(pair);
  }
  return std::nullopt;
}

/// Records a key under a name that is free.
Result<KeyPair> record(const Deps& deps, const CallContext& context, const std::string& name, const SshKey& key, const model::Tags& tags) {
  if (name.empty() || name.size() > kMaxName) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter KeyName is invalid. Wanted 1 to {} characters.", name, kMaxName));
  return transact<KeyPair>(deps.store, [&](Transaction& tx) -> Result<KeyPair> {
    if (named(tx, context, name)) return fail("InvalidKeyPair.Duplicate", fmt::format("The keypair '{}' already exists.", name));
    const KeyPair pair{.account = context.account, .region = context.region, .id = deps.ids.ec2("key"), .name = name, .type = key.type, .fingerprint = key.fingerprint,
                       .public_key = key.public_line + " " + name, .created_at = deps.clock.wall(), .tags = tags};
    store::put(tx, pair);
    return pair;
  });
}

Result<shapes::KeyPair> create(const Deps& deps, const CallContext& context, const shapes::CreateKeyPairRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "key-pair"));
  if (request.key_format.value_or("pem") != "pem") return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter KeyFormat={} of CreateKeyPair yet; wanted pem.", *request.key_format));
  const SshKey key = fresh_key(request.key_type.value_or("rsa"));
  const KeyPair pair = TRY(record(deps, context, text(request.key_name), key, tags));
  return shapes::KeyPair{.key_fingerprint = pair.fingerprint, .key_material = key.private_text, .key_name = pair.name, .key_pair_id = pair.id, .tags = tag_list(pair.tags)};
}

Result<shapes::ImportKeyPairResult> import(const Deps& deps, const CallContext& context, const shapes::ImportKeyPairRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "key-pair"));
  const SshKey key = TRY(read_public_key(text(request.public_key_material)));
  const KeyPair pair = TRY(record(deps, context, text(request.key_name), key, tags));
  return shapes::ImportKeyPairResult{.key_fingerprint = pair.fingerprint, .key_name = pair.name, .key_pair_id = pair.id, .tags = tag_list(pair.tags)};
}

/// One that is not there is as good as deleted (EC2 API, DeleteKeyPair).
Result<shapes::DeleteKeyPairResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteKeyPairRequest& request) {
  if (!request.key_name && !request.key_pair_id) return fail("MissingParameter", "The request must contain the parameter KeyName or KeyPairId");
  return transact<shapes::DeleteKeyPairResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteKeyPairResult> {
    const auto pair = request.key_pair_id ? store::find<KeyPair>(tx, key_of(context, *request.key_pair_id)) : named(tx, context, *request.key_name);
    shapes::DeleteKeyPairResult result{.return_ = true};
    if (!pair) return result;
    store::erase<KeyPair>(tx, pair->key());
    result.key_pair_id = pair->id;
    return result;
  });
}

Result<shapes::DescribeKeyPairsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeKeyPairsRequest& request) {
  static const std::vector<std::string_view> known{"key-pair-id", "fingerprint", "key-name"};
  auto all = TRY(select<KeyPair>(deps, context, request.key_pair_ids, request.filters, known, "InvalidKeyPair.NotFound", "key pair", [](const KeyPair& pair) {
    return Facts{{"key-pair-id", pair.id}, {"fingerprint", pair.fingerprint}, {"key-name", pair.name}};
  }));
  const auto names = request.key_names.value_or(std::vector<std::string>{});
  for (const std::string& name : names) {
    if (std::ranges::count(all, name, &KeyPair::name) == 0) return fail("InvalidKeyPair.NotFound", fmt::format("The key pair '{}' does not exist", name));
  }
  std::ranges::sort(all, {}, &KeyPair::name);
  shapes::DescribeKeyPairsResult result{.key_pairs = std::vector<shapes::KeyPairInfo>{}};
  for (const KeyPair& pair : all) {
    if (!names.empty() && std::ranges::count(names, pair.name) == 0) continue;
    auto& info = result.key_pairs->emplace_back(shapes::KeyPairInfo{.create_time = pair.created_at, .key_fingerprint = pair.fingerprint, .key_name = pair.name, .key_pair_id = pair.id, .key_type = pair.type, .tags = tag_list(pair.tags)});
    if (request.include_public_key.value_or(false)) info.public_key = pair.public_key;
  }
  return result;
}

}  // namespace

void register_key_pair(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateKeyPairRequest, shapes::KeyPair>("ec2", "CreateKeyPair", {"KeyName", "KeyType", "KeyFormat", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::ImportKeyPairRequest, shapes::ImportKeyPairResult>("ec2", "ImportKeyPair", {"KeyName", "PublicKeyMaterial", "TagSpecifications.*"}, bind(import));
  registry.add<shapes::DeleteKeyPairRequest, shapes::DeleteKeyPairResult>("ec2", "DeleteKeyPair", {"KeyName", "KeyPairId"}, bind(remove));
  registry.add<shapes::DescribeKeyPairsRequest, shapes::DescribeKeyPairsResult>("ec2", "DescribeKeyPairs", {"KeyNames.*", "KeyPairIds.*", "Filters.*", "IncludePublicKey"}, bind(describe));
}

}  // namespace landfall::services::ec2
