#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/ec2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

Result<std::optional<ec2::KeyPairInfo>> find_key(const Cloud& cloud, ec2::DescribeKeyPairsRequest request) {
  auto found = TRY(look_up<ec2::DescribeKeyPairsResult>(cloud, "ec2", "DescribeKeyPairs", request));
  if (!found || !found->key_pairs || found->key_pairs->empty()) return std::optional<ec2::KeyPairInfo>();
  return std::optional<ec2::KeyPairInfo>(std::move(found->key_pairs->front()));
}

/// aws_key_pair: a public key under a name. The id is the name.
class KeyPair final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("fingerprint").read_only(), text("key_name").computed().forces_new(), text("key_name_prefix").computed().forces_new(),
                                                        text("key_pair_id").read_only(), text("key_type").read_only(), text("public_key").required().forces_new().same_if(is_same_key)}});
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::ImportKeyPairRequest request;
    request.key_name = planned.has("key_name") ? planned.text("key_name") : (planned.has("key_name_prefix") ? planned.text("key_name_prefix") : "terraform-") + cloud.ids->hex(26);
    request.public_key_material = planned.text("public_key");
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("key-pair", planned);
    const auto made = TRY(cloud.call<ec2::ImportKeyPairResult>("ec2", "ImportKeyPair", request));
    state.set("id", made.key_name.value_or(""));
    if (!planned.has("key_name_prefix")) state.set("key_name_prefix", "");
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto key = TRY(find_key(cloud, {.key_names = std::vector<std::string>{state.text("id")}}));
    if (!key) return false;
    state.set("arn", arn_of(cloud, "ec2", "key-pair/" + key->key_name.value_or("")));
    state.set("fingerprint", key->key_fingerprint.value_or(""));
    state.set("key_name", key->key_name.value_or(""));
    state.set("key_pair_id", key->key_pair_id.value_or(""));
    state.set("key_type", key->key_type.value_or(""));
    set_tags(cloud, state, from_tags(key->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return update_ec2_tags(cloud, prior.text("key_pair_id"), prior, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteKeyPairRequest request;
    request.key_name = state.text("id");
    return ignore_gone(cloud.call<ec2::DeleteKeyPairResult>("ec2", "DeleteKeyPair", request));
  }

 private:
  /// Spaces around it say nothing; what an import found is not known here.
  static bool is_same_key(const Value& there, const Value& wanted) { return there.has_value() && wanted.has_value() && trim(there.as_string()) == trim(wanted.as_string()); }
};

Result<void> read_key(const Cloud& cloud, Record& state) {
  ec2::DescribeKeyPairsRequest request;
  if (!state.text("key_name").empty()) request.key_names = std::vector<std::string>{state.text("key_name")};
  if (!state.text("key_pair_id").empty()) request.key_pair_ids = std::vector<std::string>{state.text("key_pair_id")};
  if (state.flag("include_public_key")) request.include_public_key = true;
  set_filters(request, filters_of(state, {}));
  const auto key = TRY(find_key(cloud, request));
  if (!key) return fail(found_not_one(0, "EC2 Key Pair"));
  state.set("id", key->key_pair_id.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "key-pair/" + key->key_name.value_or("")));
  state.set("create_time", key->create_time ? iso8601(*key->create_time) : "");
  state.set("fingerprint", key->key_fingerprint.value_or(""));
  state.set("key_name", key->key_name.value_or(""));
  state.set("key_pair_id", key->key_pair_id.value_or(""));
  state.set("key_type", key->key_type.value_or(""));
  state.set("public_key", key->public_key.value_or(""));
  state.set("tags", from_tags(key->tags));
  return {};
}

}  // namespace

void add_key_pair(Provider& provider) {
  provider.resources["aws_key_pair"] = std::make_unique<KeyPair>();
  add_source(provider, "aws_key_pair", {.attributes = {text("id").read_only(), text("arn").read_only(), text("create_time").read_only(), text("fingerprint").read_only(), flag("include_public_key").defaults(false), text("key_name"), text("key_pair_id"),
                                                       text("key_type").read_only(), text("public_key").read_only(), text_map("tags").read_only()}, .blocks = {filter_block()}}, read_key);
}

}  // namespace landfall::terraform::aws_types
