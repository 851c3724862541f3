#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/s3_site.h"
#include "terraform/aws/shaped.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

/// The canned ACL or the grants of a bucket; it always has one, so that destroying it leaves it as it is.
class BucketAcl final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("bucket").required().forces_new(), text("acl").checked(check_canned_acl), text("expected_bucket_owner").forces_new()}, .blocks = {policy_block()}};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    const bool has_acl = !change.config.value("acl").is_null(), has_grants = !change.config.blocks("access_control_policy").empty();
    if (has_acl == has_grants) return fail("Config.Conflict", has_acl ? "only one of `access_control_policy,acl` can be specified, but `access_control_policy,acl` were specified." : "one of `access_control_policy,acl` must be specified");
    const bool is_other_name = change.prior != nullptr && differs(*change.prior, change.planned, "acl");
    if (is_other_name) change.planned.set("id", Value::unknown(Type::string()));
    if (is_other_name && has_acl) change.planned.set("access_control_policy", Value::unknown(schema().type().attribute("access_control_policy")->type));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", id_of(planned));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up_setting<s3::GetBucketAclOutput>(cloud, "GetBucketAcl", of_bucket<s3::GetBucketAclRequest>(state), ""));
    if (!found) return false;
    const s3::AccessControlPolicy policy{.grants = found->grants, .owner = found->owner};
    state.set("access_control_policy", std::vector<Record>{told(policy, policy_block().schema)});
    return true;
  }

  Result<void> update_state(const Cloud& cloud, const Record&, const Record& planned, Record& state) const override { return create(cloud, planned, state); }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

  /// "NAME", "NAME,ACL", "NAME,OWNER" or "NAME,OWNER,ACL"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set("id", id);
    const std::vector<std::string> parts = split(id, ',');
    if (parts.size() > 3) return fail("Import.Id", fmt::format("unexpected format for ID ({}), expected BUCKET or BUCKET,ACL or BUCKET,EXPECTED_BUCKET_OWNER,ACL", id));
    record.set("bucket", parts[0]);
    for (size_t i = 1; i < parts.size(); ++i) record.set(parts[i].size() == 12 && parts[i].find_first_not_of("0123456789") == std::string::npos ? "expected_bucket_owner" : "acl", parts[i]);
    return record;
  }

 private:
  static Block policy_block() {
    return one_block("access_control_policy",
                     {.blocks = {set_block("grant", {.attributes = {text("permission").required().checked(one_of({"FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"}))},
                                                     .blocks = {one_block("grantee", {.attributes = {text("display_name").read_only(), text("email_address"), text("id"), text("type").required().checked(one_of({"CanonicalUser", "AmazonCustomerByEmail", "Group"})), text("uri")}})}}),
                                 one_block("owner", {.attributes = {text("display_name").computed(), text("id").required()}}).required()}})
        .computed();
  }

  static std::string id_of(const Record& planned) {
    std::string id = planned.text("bucket");
    for (const char* name : {"expected_bucket_owner", "acl"}) id += planned.text(name).empty() ? "" : "," + planned.text(name);
    return id;
  }

  static Result<void> put(const Cloud& cloud, const Record& planned) {
    if (!planned.text("acl").empty()) return put_acl(cloud, planned, planned.text("acl"));
    auto policy = TRY(filled<s3::AccessControlPolicy>(policy_block().schema, planned.block("access_control_policy")));
    return put_grants(cloud, planned, std::move(policy));
  }
};

}  // namespace

void add_s3_acl(Provider& provider) { provider.resources["aws_s3_bucket_acl"] = std::make_unique<BucketAcl>(); }

}  // namespace landfall::terraform::aws_types
